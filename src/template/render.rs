//! Template and gallery to text. Values are escaped: none of them can open or close a `BBCode` tag.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::parse::{Piece, Placeholder, Template};

/// What a template can say about a gallery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GalleryView {
    /// The folder's name.
    pub folder_name: String,
    /// The gallery's name.
    pub name: String,
    /// The gallery's page, if it has one.
    pub link: String,
    /// Images with links, in source order.
    pub images: Vec<ImageView>,
    /// How many images are missing.
    pub failed: usize,
}

/// What a template can say about an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageView {
    /// The file name.
    pub name: String,
    /// Where a click leads.
    pub link: String,
    /// The thumbnail; empty when there is none.
    pub thumb: String,
    /// Width and height in pixels; zero when unknown.
    pub pixels: (u32, u32),
    /// Size of the file.
    pub bytes: u64,
}

/// Renders `gallery`. Linear in its output.
#[must_use]
pub fn render(template: &Template, gallery: &GalleryView) -> String {
    let mut output = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => output.push_str(text),
            Piece::Placeholder(placeholder) => output.push_str(&value(*placeholder, gallery)),
        }
    }
    output
}

fn value(placeholder: Placeholder, gallery: &GalleryView) -> String {
    match placeholder {
        Placeholder::FolderName => escape_text(&gallery.folder_name).into_owned(),
        Placeholder::GalleryName => escape_text(&gallery.name).into_owned(),
        Placeholder::PictureCount => gallery.images.len().to_string(),
        Placeholder::FailedCount => gallery.failed.to_string(),
        Placeholder::Width => median(gallery, |pixels| pixels.0).to_string(),
        Placeholder::Height => median(gallery, |pixels| pixels.1).to_string(),
        Placeholder::Longest => median(gallery, |p| p.0).max(median(gallery, |p| p.1)).to_string(),
        Placeholder::Extension => extension(gallery),
        Placeholder::FolderSize => binary_size(gallery.images.iter().map(|image| image.bytes).sum()),
        Placeholder::GalleryLink => escape_url(&gallery.link).into_owned(),
        Placeholder::AllImages => gallery.images.iter().map(clickable_thumbnail).collect::<Vec<_>>().join(" "),
    }
}

/// A missing thumbnail never leaves an empty tag: then the link is shown as text.
fn clickable_thumbnail(image: &ImageView) -> String {
    let link = escape_url(&image.link);
    if image.thumb.is_empty() {
        return format!("[url={link}]{}[/url]", escape_text(&image.name));
    }
    format!("[url={link}][img]{}[/img][/url]", escape_url(&image.thumb))
}

/// Text that no board takes for markup. Brackets become parentheses: boards differ in the entities they know.
fn escape_text(text: &str) -> Cow<'_, str> {
    if text.contains(['[', ']', '\n', '\r']) {
        Cow::Owned(text.replace('[', "(").replace(']', ")").replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// A URL without characters that could end it or its tag.
fn escape_url(url: &str) -> Cow<'_, str> {
    let unsafe_in_tag = |c: char| c.is_whitespace() || c.is_control() || "[]\"'<>".contains(c);
    if !url.contains(unsafe_in_tag) {
        return Cow::Borrowed(url);
    }
    let mut escaped = String::with_capacity(url.len() + 8);
    for c in url.chars() {
        if unsafe_in_tag(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                escaped.extend([format!("%{byte:02X}")]);
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn median(gallery: &GalleryView, edge: fn((u32, u32)) -> u32) -> u32 {
    let mut edges: Vec<u32> = gallery.images.iter().map(|image| edge(image.pixels)).filter(|px| *px > 0).collect();
    edges.sort_unstable();
    edges.get(edges.len() / 2).copied().unwrap_or(0)
}

fn extension(gallery: &GalleryView) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for image in &gallery.images {
        if let Some((_, ending)) = image.name.rsplit_once('.') {
            *counts.entry(ending.to_uppercase()).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(ending, _)| escape_text(&ending).into_owned()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn binary_size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64 / 1024.0;
    let mut units = units.into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    format!("{size:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT, parse};
    use super::*;
    use proptest::prelude::*;

    fn image(name: &str) -> ImageView {
        ImageView {
            name: name.into(),
            link: format!("https://h/{name}"),
            thumb: format!("https://h/t/{name}"),
            pixels: (4, 3),
            bytes: 1536,
        }
    }

    fn check(text: &str, expected: &str) {
        let gallery = GalleryView {
            folder_name: "My [b]trip".into(),
            name: "Trip".into(),
            link: "https://h/g".into(),
            images: vec![image("1.jpg"), image("2.png"), image("3.jpg")],
            failed: 2,
        };
        let (template, problems) = parse(text);
        assert_eq!(problems, []);
        assert_eq!(render(&template, &gallery), expected);
    }

    #[test]
    fn every_placeholder() {
        check("#folderName#|#galleryName#", "My (b)trip|Trip");
        check("#pictureCount# #failedCount# #extension# #folderSize#", "3 2 JPG 4.5 KiB");
        check("#width#x#height# #longest# #galleryLink# ##", "4x3 4 https://h/g #");
    }

    #[test]
    fn the_default_is_the_name_and_clickable_thumbnails_in_order() {
        let thumbs = ["1.jpg", "2.png", "3.jpg"]
            .map(|name| format!("[url=https://h/{name}][img]https://h/t/{name}[/img][/url]"));
        check(DEFAULT, &format!("My (b)trip\n{}\n", thumbs.join(" ")));
    }

    #[test]
    fn an_image_without_a_thumbnail_leaves_no_empty_tag() {
        let gallery = GalleryView {
            images: vec![ImageView { thumb: String::new(), ..image("a.avif") }],
            ..GalleryView::default()
        };
        assert_eq!(render(&parse("#allImages#").0, &gallery), "[url=https://h/a.avif]a.avif[/url]");
    }

    proptest! {
        #[test]
        fn values_never_open_a_tag(name in ".{0,40}", link in ".{0,40}", text in "[a-z# ]{0,40}") {
            let image = ImageView { name: name.clone(), link: link.clone(), thumb: link.clone(), ..ImageView::default() };
            let gallery = GalleryView { folder_name: name.clone(), name, link, images: vec![image], failed: 0 };
            let output = render(&parse(&text).0, &gallery);
            prop_assert!(!output.contains(['[', ']']) || text.contains("#allImages#"), "{}", output);
            let rendered = render(&parse("#allImages##folderName##galleryLink#").0, &gallery);
            prop_assert_eq!(rendered.matches('[').count(), rendered.matches(']').count());
            prop_assert!(rendered.matches('[').count() <= 4, "{}", rendered);
        }
    }
}
