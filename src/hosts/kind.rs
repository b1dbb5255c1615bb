//! What kind of picture a file is: its content says so, never its name.

use imagesize::{Compression, ImageType};

use crate::core::image::ImageKind;

/// The kind that a file which begins like this is of; `None` when it is none that can be used.
#[must_use]
pub fn kind_of_beginning(bytes: &[u8]) -> Option<ImageKind> {
    imagesize::image_type(bytes).ok().and_then(kind_of)
}

/// The kind that can be used, if it is one.
#[must_use]
pub const fn kind_of(found: ImageType) -> Option<ImageKind> {
    match found {
        ImageType::Bmp => Some(ImageKind::Bmp),
        ImageType::Gif => Some(ImageKind::Gif),
        ImageType::Heif(Compression::Av1) => Some(ImageKind::Avif),
        ImageType::Jpeg => Some(ImageKind::Jpeg),
        ImageType::Png => Some(ImageKind::Png),
        ImageType::Tiff => Some(ImageKind::Tiff),
        ImageType::Webp => Some(ImageKind::Webp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts() {
        for (bytes, kind) in [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01" as &[u8], Some(ImageKind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(ImageKind::Png)),
            (b"GIF89a<?php system($_GET['c']); ?>", Some(ImageKind::Gif)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(ImageKind::Webp)),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0", Some(ImageKind::Bmp)),
            (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", Some(ImageKind::Avif)),
            (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", None),
            (b"II*\0\x08\0\0\0\0\0\0\0", Some(ImageKind::Tiff)),
            (b"MM\0*\0\0\0\x08\0\0\0\0", Some(ImageKind::Tiff)),
            (b"<html><body>", None),
            (b"", None),
        ] {
            assert_eq!(kind_of_beginning(bytes), kind, "{bytes:?}");
        }
    }
}
