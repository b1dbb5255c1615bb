//! Images that are larger than their host takes, made to fit: only where the person has asked for that.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;

use super::thumbnail::{Decoded, decode, set_profile, shrink};
use crate::core::image::ImageKind;
use crate::core::{Fault, FaultKind};

/// Tried one after the other, then with fewer pixels.
const QUALITIES: [u8; 3] = [92, 85, 78];
/// What is left of the longer edge after each round, in hundredths.
const EDGE_PERCENT: u32 = 80;
const ROUNDS_MAX: usize = 12;

/// An image that fits, in a file of its own, which goes with this.
pub(super) struct Smaller {
    _dir: tempfile::TempDir,
    pub path: PathBuf,
    /// What was done, for the record.
    pub words: String,
}

/// Makes a JPEG of at most `most` bytes of the image at `path`, upright and with its colours.
///
/// # Errors
/// [`FaultKind::TooLarge`] when it cannot be made to fit: animations would lose what they are.
pub(super) fn make(path: &Path, most: u64) -> Result<Smaller, Fault> {
    let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    let too_large = |why: &str| {
        let words = format!("The image is larger than the {} that the host takes, and {why}.", megabytes(most));
        Fault::new(FaultKind::TooLarge, words)
    };
    let is_animation = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gif"));
    if is_animation {
        return Err(too_large("an animation is not made smaller"));
    }
    let Decoded { mut picture, profile, _share } =
        decode(path).map_err(|error| too_large(&format!("it cannot be made smaller: {error}")))?;
    let before = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    for _ in 0..ROUNDS_MAX {
        let edge = picture.width().max(picture.height());
        // JPEG has no transparency: what is transparent becomes white.
        picture = flat(shrink(picture, edge));
        for quality in QUALITIES {
            let mut bytes = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
            set_profile(&mut encoder, profile.clone(), &picture);
            picture.write_with_encoder(encoder).map_err(|error| too_large(&error.to_string()))?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if size <= most {
                let (width, height) = (picture.width(), picture.height());
                let words = format!(
                    "It had {}, the host takes {}: it was sent as a JPEG of {width} × {height} pixels with {}.",
                    megabytes(before),
                    megabytes(most),
                    megabytes(size)
                );
                return keep(path, &bytes, words).map_err(|error| too_large(&format!("cannot be kept: {error}")));
            }
        }
        picture = shrink(picture, (edge * EDGE_PERCENT / 100).max(1));
    }
    Err(too_large("it cannot be made small enough"))
}

fn keep(path: &Path, bytes: &[u8], words: String) -> std::io::Result<Smaller> {
    let dir = tempfile::tempdir()?;
    // Not in place of the ending: there may be another image of that name.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let path = dir.path().join(ImageKind::Jpeg.named(&name));
    std::fs::write(&path, bytes)?;
    Ok(Smaller { _dir: dir, path, words })
}

fn flat(picture: image::DynamicImage) -> image::DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut white = image::RgbaImage::from_pixel(picture.width(), picture.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut white, &picture.to_rgba8(), 0, 0);
    image::DynamicImage::ImageRgb8(image::DynamicImage::ImageRgba8(white).to_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(path: &Path) {
        let mut seed = 7_u32;
        let picture = image::RgbaImage::from_fn(400, 300, |x, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = seed.to_be_bytes();
            image::Rgba([a, b, c, if x < 10 { 0 } else { 255 }])
        });
        picture.save(path).expect("written");
    }

    #[test]
    fn what_is_too_large_is_made_to_fit_and_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("noise.png");
        noise(&path);
        for most in [100_000, 20_000] {
            let smaller = make(&path, most).expect("made");
            assert!(std::fs::metadata(&smaller.path).expect("there").len() <= most);
            assert_eq!(smaller.path.file_name().expect("a name"), "noise.png.jpg");
            let picture = image::open(&smaller.path).expect("a picture").to_rgb8();
            assert!(picture.get_pixel(0, 0).0.iter().all(|channel| *channel > 200), "transparent is white");
            assert!(smaller.words.contains("the host takes 0.") && smaller.words.contains("JPEG"), "{}", smaller.words);
        }
        let fault = make(&path, 100).err().expect("too small");
        assert_eq!(fault.kind, FaultKind::TooLarge);
        let gif = dir.path().join("a.gif");
        std::fs::copy(&path, &gif).expect("copied");
        assert!(make(&gif, 10).err().expect("an animation").words.contains("animation"));
    }
}
