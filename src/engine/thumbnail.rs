//! Thumbnails for hosts that make none: upright, colours as in the original.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use fast_image_resize::Resizer;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits};

use crate::core::{Fault, FaultKind};
use crate::hosts::Thumbnail;

const JPEG_QUALITY: u8 = 85;
/// More than any camera makes; stops pictures that claim to be huge.
const EDGE_PX_MAX: u32 = 65_535;
const DECODE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// All pictures that are decoded at the moment take no more than one may.
static MEMORY: Memory = Memory { taken: Mutex::new(0), freed: Condvar::new() };

/// Bytes that decoded pictures take together.
struct Memory {
    taken: Mutex<u64>,
    freed: Condvar,
}

/// So many bytes of [`MEMORY`], until it is dropped.
pub(super) struct Share(u64);

impl Memory {
    /// Waits until there is room for `bytes`.
    fn take(&'static self, bytes: u64) -> Share {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut u64| taken.saturating_add(bytes) > DECODE_BYTES_MAX && *taken > 0;
        let mut taken = self.freed.wait_while(taken, is_full).unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_add(bytes);
        Share(bytes)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = MEMORY.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(self.0);
        MEMORY.freed.notify_all();
    }
}

/// A picture in memory.
pub(super) struct Decoded {
    /// Upright.
    pub picture: DynamicImage,
    /// Of its colours.
    pub profile: Option<Vec<u8>>,
    pub _share: Share,
}

/// Makes a thumbnail of at most `edge_px` on its longer edge; never larger than the picture.
///
/// `Ok(None)`: the picture is fine, but of a kind or size that we cannot decode (AVIF).
///
/// # Errors
/// [`FaultKind::BadImage`] when the picture is damaged, [`FaultKind::LocalFile`] when the file cannot be read.
pub fn make(path: &Path, edge_px: u32) -> Result<Option<Thumbnail>, Fault> {
    match decode(path) {
        Ok(Decoded { picture, profile, _share }) => {
            encode(&shrink(picture, edge_px), profile).map(Some).map_err(|error| bad(path, &error))
        }
        Err(ImageError::Unsupported(_) | ImageError::Limits(_)) => Ok(None),
        Err(ImageError::IoError(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(Fault::new(
            FaultKind::LocalFile,
            format!("The file cannot be read: {error}. Check it, then retry. File: {}", path.display()),
        )),
        Err(error) => Err(bad(path, &error)),
    }
}

/// A picture made small, for the window.
#[derive(Clone, Debug)]
pub struct SmallPicture {
    /// Width and height, in pixels.
    pub size: [usize; 2],
    /// Four bytes a pixel, row by row.
    pub rgba: Vec<u8>,
}

/// The picture in a file, at most `edge_px` on its longer edge; `None` when it is none that we can read.
#[must_use]
pub fn small_picture(path: &Path, edge_px: u32) -> Option<SmallPicture> {
    let Decoded { picture, _share, .. } = decode(path).ok()?;
    let small = shrink(picture, edge_px).into_rgba8();
    let size = [usize::try_from(small.width()).ok()?, usize::try_from(small.height()).ok()?];
    Some(SmallPicture { size, rgba: small.into_raw() })
}

fn bad(path: &Path, error: &ImageError) -> Fault {
    Fault::new(FaultKind::BadImage, format!("The picture is damaged: {error}. File: {}", path.display()))
}

/// Waits while others take too much memory.
pub(super) fn decode(path: &Path) -> Result<Decoded, ImageError> {
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(EDGE_PX_MAX);
    limits.max_image_height = Some(EDGE_PX_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let profile = decoder.icc_profile()?;
    let share = MEMORY.take(decoder.total_bytes());
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(Decoded { picture, profile, _share: share })
}

/// Eight bits a channel, at most `edge_px` long.
pub(super) fn shrink(picture: DynamicImage, edge_px: u32) -> DynamicImage {
    let has_alpha = picture.color().has_alpha();
    let gray = !picture.color().has_color();
    let picture = match (gray, has_alpha) {
        (true, false) => DynamicImage::ImageLuma8(picture.into_luma8()),
        (false, false) => DynamicImage::ImageRgb8(picture.into_rgb8()),
        (true, true) => DynamicImage::ImageLumaA8(picture.into_luma_alpha8()),
        (false, true) => DynamicImage::ImageRgba8(picture.into_rgba8()),
    };
    let (width, height) = fit(picture.width(), picture.height(), edge_px);
    if (width, height) == (picture.width(), picture.height()) {
        return picture;
    }
    let mut small = DynamicImage::new(width, height, picture.color());
    match Resizer::new().resize(&picture, &mut small, None) {
        Ok(()) => small,
        // Not for these pixel types; the slower way gives the same.
        Err(_) => picture.resize_exact(width, height, image::imageops::FilterType::Lanczos3),
    }
}

fn fit(width: u32, height: u32, edge_px: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    if longer <= edge_px {
        return (width, height);
    }
    let scale = |edge: u32| {
        let scaled = (u64::from(edge) * u64::from(edge_px) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(edge_px).max(1)
    };
    (scale(width), scale(height))
}

fn encode(picture: &DynamicImage, profile: Option<Vec<u8>>) -> Result<Thumbnail, ImageError> {
    let mut bytes = Vec::new();
    if picture.color().has_alpha() {
        let mut encoder = PngEncoder::new(&mut bytes);
        set_profile(&mut encoder, profile, picture);
        picture.write_with_encoder(encoder)?;
        Ok(Thumbnail { bytes, ending: "png" })
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        set_profile(&mut encoder, profile, picture);
        picture.write_with_encoder(encoder)?;
        Ok(Thumbnail { bytes, ending: "jpg" })
    }
}

pub(super) fn set_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>, picture: &DynamicImage) {
    if let Some(profile) = profile.filter(|profile| fits_pixels(profile, picture)) {
        // Both encoders take profiles; without one the picture would only look a little different.
        let _ = encoder.set_icc_profile(profile);
    }
}

/// A profile describes pixels of its own colour space only (a CMYK profile does not fit decoded RGB).
/// The space is at bytes 16–19 of the header (ICC.1:2022, 7.2.6).
fn fits_pixels(profile: &[u8], picture: &DynamicImage) -> bool {
    let space: &[u8] = if picture.color().has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_into_the_square_and_never_grows() {
        assert_eq!(fit(4000, 3000, 300), (300, 225));
        assert_eq!(fit(3000, 4000, 300), (225, 300));
        assert_eq!(fit(200, 100, 300), (200, 100));
        assert_eq!(fit(60_000, 1, 300), (300, 1));
    }

    #[test]
    fn damaged_pictures_are_bad_images_and_missing_ones_local_files() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.png");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDRxxxx").expect("written");
        assert_eq!(make(&path, 300).expect_err("damaged").kind, FaultKind::BadImage);
        assert_eq!(make(&dir.path().join("none"), 300).expect_err("missing").kind, FaultKind::LocalFile);
    }
}
