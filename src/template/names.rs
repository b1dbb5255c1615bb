//! The one table of placeholders: what the parser knows, what completion offers, what the user guide and the tests list.

/// Where a placeholder means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere.
    Gallery,
    /// Inside `[each image]`.
    Image,
    /// Inside `[each link]`.
    Link,
    /// Inside `[each failed]`.
    Failed,
}

impl Scope {
    /// The block it needs; empty for [`Scope::Gallery`].
    #[must_use]
    pub const fn block(self) -> &'static str {
        match self {
            Self::Gallery => "",
            Self::Image => "[each image]",
            Self::Link => "[each link]",
            Self::Failed => "[each failed]",
        }
    }
}

/// What kind of value it is: decides how it is escaped, compared and tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// An address.
    Url,
    /// A whole number; zero is false.
    Number,
    /// Bytes, shown in binary units; compared in bytes; zero is false.
    Size,
    /// Ready-made markup in the template's format; takes no filters.
    Markup,
}

/// What the gallery puts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    FolderName,
    GalleryName,
    GalleryTitle,
    GalleryLink,
    Host,
    PictureCount,
    FailedCount,
    Width,
    Height,
    Longest,
    Extension,
    FolderSize,
    AllImages,
    Cover,
    HostLinks,
    /// From 0.
    Custom(usize),
    /// From 0.
    Ext(usize),
    /// Videos are no pictures: known, and empty.
    Video,
    ImageLink,
    ImageThumb,
    ImageDirect,
    ImageDelete,
    ImageWidth,
    ImageHeight,
    ImageBbcode,
    LinkUrl,
    LinkHost,
    LinkPart,
    LinkParts,
    FailedReason,
    FailedState,
    /// Of the item of whatever loop it is in, here and below.
    ItemName,
    ItemStem,
    ItemIndex,
    ItemSize,
}

/// One placeholder.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) placeholder: Placeholder,
    /// As it is written, without the `#`.
    pub name: &'static str,
    /// Where it means something.
    pub scope: Scope,
    /// What kind of value it is.
    pub kind: Kind,
    /// What it is, in a line.
    pub words: &'static str,
}

const fn entry(placeholder: Placeholder, name: &'static str, scope: Scope, kind: Kind, words: &'static str) -> Entry {
    Entry { placeholder, name, scope, kind, words }
}

use Kind::{Markup, Number, Size, Text, Url};
use Scope::{Failed, Gallery, Image, Link};

/// All of them, in the order of the user guide.
#[rustfmt::skip] // A table.
pub static PLACEHOLDERS: [Entry; 62] = [
    entry(Placeholder::FolderName, "folderName", Gallery, Text, "the folder's name"),
    entry(Placeholder::GalleryName, "galleryName", Gallery, Text, "the gallery's name"),
    entry(Placeholder::GalleryTitle, "galleryTitle", Gallery, Text, "the gallery's title; its name when it has none"),
    entry(Placeholder::GalleryLink, "galleryLink", Gallery, Url, "the gallery's page at the host"),
    entry(Placeholder::Host, "host", Gallery, Text, "the image host"),
    entry(Placeholder::PictureCount, "pictureCount", Gallery, Number, "how many images are in the output"),
    entry(Placeholder::FailedCount, "failedCount", Gallery, Number, "how many images are missing from it"),
    entry(Placeholder::Width, "width", Gallery, Number, "median width in pixels"),
    entry(Placeholder::Height, "height", Gallery, Number, "median height in pixels"),
    entry(Placeholder::Longest, "longest", Gallery, Number, "the larger of both"),
    entry(Placeholder::Extension, "extension", Gallery, Text, "the most frequent file name ending, in upper case"),
    entry(Placeholder::FolderSize, "folderSize", Gallery, Size, "size of all images in binary units"),
    entry(Placeholder::FolderSize, "folderBytes", Gallery, Number, "the same in bytes"),
    entry(Placeholder::AllImages, "allImages", Gallery, Markup, "every image as a clickable thumbnail"),
    entry(Placeholder::Cover, "cover", Gallery, Markup, "the cover as a clickable thumbnail"),
    entry(Placeholder::HostLinks, "hostLinks", Gallery, Markup, "every file-host link, a line each"),
    entry(Placeholder::Custom(0), "custom1", Gallery, Text, "your own field 1"),
    entry(Placeholder::Custom(1), "custom2", Gallery, Text, "your own field 2"),
    entry(Placeholder::Custom(2), "custom3", Gallery, Text, "your own field 3"),
    entry(Placeholder::Custom(3), "custom4", Gallery, Text, "your own field 4"),
    entry(Placeholder::Ext(0), "ext1", Gallery, Text, "field 1 filled by other programs"),
    entry(Placeholder::Ext(1), "ext2", Gallery, Text, "field 2 filled by other programs"),
    entry(Placeholder::Ext(2), "ext3", Gallery, Text, "field 3 filled by other programs"),
    entry(Placeholder::Ext(3), "ext4", Gallery, Text, "field 4 filled by other programs"),
    entry(Placeholder::Video, "videoDetails", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "screenshotSheet", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "downloadLinks", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "filename", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "duration", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "resolution", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "fps", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "bitrate", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "videoCodec", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "audioCodec", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "audioTracks", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::Video, "filesize", Gallery, Text, "for videos; empty for pictures"),
    entry(Placeholder::ImageLink, "image.link", Image, Url, "what a click opens"),
    entry(Placeholder::ImageThumb, "image.thumb", Image, Url, "the thumbnail"),
    entry(Placeholder::ImageDirect, "image.direct", Image, Url, "the image file itself"),
    entry(Placeholder::ImageDelete, "image.delete", Image, Url, "the page that deletes it; not for posts"),
    entry(Placeholder::ItemName, "image.name", Image, Text, "the file name"),
    entry(Placeholder::ItemStem, "image.stem", Image, Text, "the file name without its ending"),
    entry(Placeholder::ItemIndex, "image.index", Image, Number, "its number, from 1"),
    entry(Placeholder::ImageWidth, "image.width", Image, Number, "width in pixels; 0 when unknown"),
    entry(Placeholder::ImageHeight, "image.height", Image, Number, "height in pixels; 0 when unknown"),
    entry(Placeholder::ItemSize, "image.size", Image, Size, "size of the file in binary units"),
    entry(Placeholder::ItemSize, "image.bytes", Image, Number, "the same in bytes"),
    entry(Placeholder::ImageBbcode, "image.bbcode", Image, Markup, "a clickable thumbnail, as in #allImages#"),
    entry(Placeholder::LinkUrl, "link.url", Link, Url, "the address"),
    entry(Placeholder::LinkHost, "link.host", Link, Text, "the file host"),
    entry(Placeholder::ItemName, "link.name", Link, Text, "the file name"),
    entry(Placeholder::ItemIndex, "link.index", Link, Number, "its number, from 1"),
    entry(Placeholder::ItemSize, "link.size", Link, Size, "size of the file in binary units"),
    entry(Placeholder::ItemSize, "link.bytes", Link, Number, "the same in bytes"),
    entry(Placeholder::LinkPart, "link.part", Link, Number, "which part of a split archive it is"),
    entry(Placeholder::LinkParts, "link.parts", Link, Number, "how many parts there are"),
    entry(Placeholder::ItemName, "failed.name", Failed, Text, "the file name"),
    entry(Placeholder::ItemStem, "failed.stem", Failed, Text, "the file name without its ending"),
    entry(Placeholder::ItemIndex, "failed.index", Failed, Number, "its number, from 1"),
    entry(Placeholder::ItemSize, "failed.size", Failed, Size, "size of the file in binary units"),
    entry(Placeholder::FailedState, "failed.state", Failed, Text, "how far it is: failed, pending, …"),
    entry(Placeholder::FailedReason, "failed.reason", Failed, Text, "why it is missing"),
];

/// The placeholder of that name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    PLACEHOLDERS.iter().find(|entry| entry.name == name)
}

/// The same for conditions, where `BBDrop` 0.9 also took `gallery_link` for `galleryLink`.
pub(super) fn find_in_condition(name: &str) -> Option<&'static Entry> {
    find(name).or_else(|| {
        let mut words = name.split('_');
        let mut camel = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            camel.push_str(letters.as_str());
        }
        find(&camel)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_say_where_they_belong() {
        for entry in &PLACEHOLDERS {
            assert_eq!(find(entry.name), Some(entry), "{} is there twice", entry.name);
            let prefix = entry.name.split_once('.').map_or("", |(prefix, _)| prefix);
            let block = if prefix.is_empty() { String::new() } else { format!("[each {prefix}]") };
            assert_eq!(entry.scope.block(), block, "{}", entry.name);
        }
    }

    #[test]
    fn conditions_know_the_old_spelling() {
        let name = |written| find_in_condition(written).map(|entry| entry.name);
        assert_eq!((name("gallery_link"), name("ext1")), (Some("galleryLink"), Some("ext1")));
        assert_eq!((name("gallery__link"), name("_"), name("")), (Some("galleryLink"), None, None));
    }
}
