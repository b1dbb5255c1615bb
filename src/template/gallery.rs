//! What a template can say about a gallery; as JSON the shape of saved files, `output --json` and `templates render --data`.

use serde::{Deserialize, Deserializer, Serialize};

/// A gallery. Unknown keys of the JSON are ignored, missing ones and `null` are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GalleryView {
    /// The gallery's name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Its title; empty when it has none of its own.
    #[serde(deserialize_with = "lenient")]
    pub title: String,
    /// The folder's name; empty when it is the gallery's name.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The image host.
    #[serde(deserialize_with = "lenient")]
    pub host: String,
    /// The gallery's page, if it has one.
    #[serde(deserialize_with = "lenient")]
    pub gallery_link: String,
    /// The picture that stands for it.
    #[serde(deserialize_with = "lenient")]
    pub cover: CoverView,
    /// All images in source order; those that are uploaded have a link.
    #[serde(deserialize_with = "lenient")]
    pub images: Vec<ImageView>,
    /// File-host links.
    #[serde(deserialize_with = "lenient")]
    pub links: Vec<LinkView>,
    /// The person's own fields.
    #[serde(flatten)]
    pub fields: Fields,
    /// Size of all images in bytes.
    #[serde(deserialize_with = "lenient")]
    pub bytes: u64,
    /// When it was added and finished.
    #[serde(flatten)]
    pub times: Times,
}

/// The picture that stands for a gallery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoverView {
    /// Where a click leads.
    #[serde(deserialize_with = "lenient")]
    pub link: String,
    /// The thumbnail.
    #[serde(deserialize_with = "lenient")]
    pub thumb: String,
}

/// One image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageView {
    /// The file name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Where a click leads; without it the image is not in the output.
    #[serde(deserialize_with = "lenient")]
    pub link: String,
    /// The thumbnail.
    #[serde(deserialize_with = "lenient")]
    pub thumb: String,
    /// The file itself.
    #[serde(deserialize_with = "lenient")]
    pub direct: String,
    /// The page that deletes it.
    #[serde(deserialize_with = "lenient")]
    pub delete: String,
    /// In pixels; zero when unknown.
    #[serde(deserialize_with = "lenient")]
    pub width: u32,
    /// In pixels; zero when unknown.
    #[serde(deserialize_with = "lenient")]
    pub height: u32,
    /// Of the file, in bytes.
    #[serde(deserialize_with = "lenient")]
    pub size: u64,
    /// As [`crate::core::ImageState::name`] says it; empty is uploaded.
    #[serde(deserialize_with = "lenient")]
    pub state: String,
    /// Why it is not uploaded.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
}

/// One file-host link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkView {
    /// The address.
    #[serde(deserialize_with = "lenient")]
    pub url: String,
    /// The file host.
    #[serde(deserialize_with = "lenient")]
    pub host: String,
    /// Of the file, in bytes.
    #[serde(deserialize_with = "lenient")]
    pub size: u64,
    /// From 1; zero when there are no parts.
    #[serde(deserialize_with = "lenient")]
    pub part: u32,
    /// How many parts there are.
    #[serde(deserialize_with = "lenient")]
    pub parts: u32,
    /// The file name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// The person's own fields; four of each kind, missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// Filled by the person.
    #[serde(deserialize_with = "lenient_list")]
    pub custom: Vec<String>,
    /// Filled by other programs.
    #[serde(deserialize_with = "lenient_list")]
    pub ext: Vec<String>,
}

/// Moments as RFC 3339; empty when unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// When it was added.
    #[serde(deserialize_with = "lenient")]
    pub added_at: String,
    /// When it was finished.
    #[serde(deserialize_with = "lenient")]
    pub finished_at: String,
}

/// `null` is empty.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn lenient_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let list: Option<Vec<Option<String>>> = Option::deserialize(deserializer)?;
    Ok(list.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect())
}

impl GalleryView {
    /// The gallery that previews show when none is chosen.
    #[must_use]
    pub fn sample() -> Self {
        serde_json::from_str(include_str!("../../assets/templates/sample.json")).unwrap_or_default()
    }
}

impl ImageView {
    /// Whether it is in the output.
    pub(super) fn is_shown(&self) -> bool {
        !self.link.trim().is_empty()
            && !["pending", "uploading", "failed", "skipped"].contains(&self.state.to_ascii_lowercase().as_str())
    }

    /// Whether it was never to be sent.
    pub(super) fn is_skipped(&self) -> bool {
        self.state.eq_ignore_ascii_case("skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_shape_is_the_documented_one() {
        let keys = |value: &serde_json::Value| {
            let mut keys: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
            keys.sort_unstable();
            keys.join(" ")
        };
        let json = serde_json::to_value(GalleryView::sample()).expect("JSON");
        assert_eq!(
            keys(&json),
            "added_at bytes cover custom ext finished_at gallery_link host images links name title"
        );
        assert_eq!(keys(&json["cover"]), "link thumb");
        assert_eq!(keys(&json["images"][0]), "delete direct height link name reason size state thumb width");
        assert_eq!(keys(&json["links"][0]), "host name part parts size url");
        assert_eq!(serde_json::from_value::<GalleryView>(json).ok(), Some(GalleryView::sample()));
    }

    #[test]
    fn unknown_keys_are_ignored_and_missing_ones_are_empty() {
        let read = |text| serde_json::from_str::<GalleryView>(text).expect(text);
        assert_eq!(read("{}"), GalleryView::default());
        assert_eq!(
            read(r#"{"name":null,"images":null,"cover":null,"bytes":null,"custom":null,"added_at":null,"new":[1]}"#),
            GalleryView::default()
        );
        let gallery = read(r#"{"images":[{"link":"l","width":null,"x":{}}],"custom":["a",null],"ext":["b"]}"#);
        assert_eq!(gallery.images, [ImageView { link: "l".into(), ..ImageView::default() }]);
        assert_eq!((gallery.fields.custom, gallery.fields.ext), (vec!["a".into(), String::new()], vec!["b".into()]));
    }

    #[test]
    fn only_uploaded_images_with_a_link_are_shown() {
        let shown = |link: &str, state: &str| {
            ImageView { link: link.into(), state: state.into(), ..ImageView::default() }.is_shown()
        };
        assert!(shown("l", "") && shown("l", "uploaded"));
        assert!(!shown("", "uploaded") && !shown(" ", "") && !shown("l", "failed") && !shown("l", "Pending"));
    }
}
