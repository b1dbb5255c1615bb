//! What is computed from a gallery's images, once for a rendering.

use std::collections::HashMap;

use super::gallery::{GalleryView, ImageView};

/// What the images come to; of those in the output.
pub(super) struct Facts<'g> {
    /// In the output.
    pub shown: Vec<&'g ImageView>,
    /// Not in it, though they should be.
    pub missing: Vec<&'g ImageView>,
    /// Medians in pixels; zero when unknown.
    pub width: u32,
    pub height: u32,
    /// The most frequent ending, in upper case.
    pub extension: String,
    pub bytes: u64,
}

impl<'g> Facts<'g> {
    pub fn of(gallery: &'g GalleryView) -> Self {
        let (shown, rest): (Vec<_>, Vec<_>) = gallery.images.iter().partition(|image| image.is_shown());
        let bytes = shown.iter().fold(0, |sum: u64, image| sum.saturating_add(image.size));
        Self {
            missing: rest.into_iter().filter(|image| !image.is_skipped()).collect(),
            width: median(shown.iter().map(|image| image.width)),
            height: median(shown.iter().map(|image| image.height)),
            extension: extension(&shown),
            // Sizes of single images may be unknown.
            bytes: if bytes == 0 { gallery.bytes } else { bytes },
            shown,
        }
    }
}

fn median(edges: impl Iterator<Item = u32>) -> u32 {
    let mut edges: Vec<u32> = edges.filter(|pixels| *pixels > 0).collect();
    edges.sort_unstable();
    edges.get(edges.len() / 2).copied().unwrap_or(0)
}

/// Of endings that are equally frequent the one that comes first.
fn extension(images: &[&ImageView]) -> String {
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    for (index, image) in images.iter().enumerate() {
        if let Some((stem, ending)) = image.name.rsplit_once('.')
            && !stem.is_empty()
        {
            counts.entry(ending.to_uppercase()).or_insert((0, usize::MAX - index)).0 += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, rank)| *rank).map(|(ending, _)| ending).unwrap_or_default()
}

/// The file name without its ending.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// A size in binary units.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(super) fn binary_size(bytes: u64) -> String {
    let mut units = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    let mut size = bytes as f64 / 1024.0;
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
    use super::*;

    #[test]
    fn computed_from_what_is_shown() {
        let image = |name: &str, width, state: &str| ImageView {
            name: name.into(),
            link: "l".into(),
            width,
            height: 10,
            size: 512,
            state: state.into(),
            ..ImageView::default()
        };
        let images = vec![
            image("a.png", 30, ""),
            image("b.jpg", 10, "uploaded"),
            image("c.JPG", 20, ""),
            image("d.png", 0, ""),
            image("e.png", 99, "failed"),
            image("f.png", 99, "skipped"),
        ];
        let gallery = GalleryView { images, bytes: 7, ..GalleryView::default() };
        let facts = Facts::of(&gallery);
        assert_eq!((facts.shown.len(), facts.missing.len()), (4, 1));
        assert_eq!((facts.width, facts.height, facts.bytes), (20, 10, 2048));
        assert_eq!(facts.extension, "PNG", "equally frequent, and first");
        let nothing = GalleryView { bytes: 7, ..GalleryView::default() };
        let facts = Facts::of(&nothing);
        assert_eq!((facts.width, facts.extension.as_str(), facts.bytes), (0, "", 7));
    }

    #[test]
    fn names_and_sizes() {
        assert_eq!((stem("a.b.jpg"), stem("a"), stem(".hidden")), ("a.b", "a", ".hidden"));
        let sizes = [0, 1536, 5 << 20, 3 << 30, u64::MAX].map(binary_size);
        assert_eq!(sizes, ["0.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 GiB", "16777216.0 TiB"]);
    }
}
