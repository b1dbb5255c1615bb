//! One image of a gallery: what the scan found, and how far its upload is.

use std::path::PathBuf;

use super::gallery::Session;
use super::{Fault, Millis};

/// What the host gave back for one image. Links are absolute URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageLinks {
    /// The page or file a click should open.
    pub link: String,
    /// The thumbnail; empty when there is none.
    pub thumb: String,
    /// The image file itself; empty when the host has no such link.
    pub direct: String,
    /// Where the image can be taken away again; empty when the host has no such link. Not for posts.
    pub delete: String,
}

/// Endings of files that are meant to be images.
pub const ENDINGS: [&str; 9] = ["jpg", "jpeg", "png", "gif", "webp", "bmp", "avif", "tif", "tiff"];

/// A kind of picture that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    Avif,
    Tiff,
}

impl ImageKind {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Jpeg, Self::Png, Self::Gif, Self::Webp, Self::Bmp, Self::Avif, Self::Tiff];

    /// The endings of its files, the usual one first.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Bmp => &["bmp"],
            Self::Avif => &["avif"],
            Self::Tiff => &["tif", "tiff"],
        }
    }

    /// Its media type (IANA).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
        }
    }

    /// The kind that the ending of a file name stands for, in any case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Self::ALL.into_iter().find(|kind| kind.endings().iter().any(|known| known.eq_ignore_ascii_case(ending)))
    }

    /// `name` as it is where its ending says this kind, else with the usual ending behind it: `a.php` becomes `a.php.gif`.
    #[must_use]
    pub fn named(self, name: &str) -> String {
        if Self::of_name(name) == Some(self) {
            return name.to_owned();
        }
        let usual = self.endings().first().copied().unwrap_or_default();
        format!("{name}.{usual}")
    }
}

/// Whether the image of that file name is the cover of its gallery: `cover.jpg`, `Cover.PNG` and so on.
#[must_use]
pub fn is_cover(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, _)| stem.eq_ignore_ascii_case("cover"))
}

/// BLAKE3 of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// One image that has arrived at its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the host gave back.
    pub links: ImageLinks,
    /// Of what was sent; `None` when it was found at the host instead of being sent.
    pub hash: Option<ContentHash>,
    /// How long the host takes no more requests, if it has said so.
    pub rest_ms: Option<Millis>,
    /// What goes with the gallery from now on, where the host has made the gallery of this image.
    pub session: Option<Session>,
    /// What else a person should know, for the record.
    pub note: Option<String>,
}

impl Sent {
    /// With these links, and nothing else to say.
    #[must_use]
    pub const fn with(links: ImageLinks) -> Self {
        Self { links, hash: None, rest_ms: None, session: None, note: None }
    }
}

/// A gallery that is closed at its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The gallery's page; empty when the host has none.
    pub link: String,
    /// What the host says of images only now, by their positions: their links, or why they have none.
    pub images: Vec<(u32, Result<ImageLinks, Fault>)>,
}

/// How far one image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageState {
    /// To be sent.
    Pending,
    /// On its way; after a crash: sent, answer unknown.
    Uploading,
    /// Done, result stored.
    Uploaded(ImageLinks),
    /// Failed for good.
    Failed(Fault),
    /// Never to be sent, and why.
    Skipped(String),
}

impl ImageState {
    /// The stored and printed name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Uploading => "uploading",
            Self::Uploaded(_) => "uploaded",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }

    /// Why it is not uploaded, in words; empty when there is nothing to say.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Failed(fault) => &fault.words,
            Self::Skipped(reason) => reason,
            Self::Pending | Self::Uploading | Self::Uploaded(_) => "",
        }
    }
}

/// One image file of a gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Place in source order, from 0; identity within the gallery.
    pub position: u32,
    /// File name within the folder.
    pub file: PathBuf,
    /// File size in bytes when it was scanned.
    pub bytes: u64,
    /// File modification time when it was scanned.
    pub modified_at: Millis,
    /// Width and height in pixels as stored (before EXIF rotation); zero when unknown.
    pub pixels: (u32, u32),
    /// How often sending has failed since it was last asked for.
    pub attempts: u32,
    /// How far it is.
    pub state: ImageState,
}

impl Image {
    /// The modification time of a file that nobody has looked at here.
    pub const MODIFIED_UNKNOWN: Millis = Millis::MIN;

    /// Whether a file of that size and time is the one that is known: what was uploaded of it is good for it.
    #[must_use]
    pub const fn is_of(&self, bytes: u64, modified_at: Millis) -> bool {
        is_same_file((self.bytes, self.modified_at), (bytes, modified_at))
    }

    /// The file name as text; bytes that are no Unicode are replaced.
    #[must_use]
    pub fn name(&self) -> String {
        self.file.to_string_lossy().into_owned()
    }
}

/// Whether a file, as it is `known` by its size and modification time, is the one that is `there`. What nobody has looked at
/// here is known by its size alone, or, where that is unknown too (0), by its name.
#[must_use]
pub const fn is_same_file(known: (u64, Millis), there: (u64, Millis)) -> bool {
    if known.1 == Image::MODIFIED_UNKNOWN {
        return known.0 == there.0 || known.0 == 0;
    }
    known.0 == there.0 && known.1 == there.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_of_the_kind_stays_and_any_other_gets_one_behind_it() {
        for (kind, name, expected) in [
            (ImageKind::Jpeg, "a.JPG", "a.JPG"),
            (ImageKind::Jpeg, "a.jpeg", "a.jpeg"),
            (ImageKind::Jpeg, "a.Jpe", "a.Jpe"),
            (ImageKind::Jpeg, "a.jfif", "a.jfif"),
            (ImageKind::Tiff, "a.tiff", "a.tiff"),
            (ImageKind::Jpeg, "a.png", "a.png.jpg"),
            (ImageKind::Gif, "shell.php", "shell.php.gif"),
            (ImageKind::Gif, "gif", "gif.gif"),
            (ImageKind::Webp, "index.html", "index.html.webp"),
            (ImageKind::Avif, "web.config", "web.config.avif"),
            (ImageKind::Bmp, "a.gif.", "a.gif..bmp"),
        ] {
            assert_eq!(kind.named(name), expected);
        }
    }
}
