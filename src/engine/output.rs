//! The output of galleries: what is stored, rendered with the template.

use crate::core::{Gallery, Image, ImageState, Output};
use crate::store::{Reader, StoreError};
use crate::template::{self, GalleryView, ImageView};

/// Renders `galleries`, one after the other. An image without a link is left out and noted.
///
/// # Errors
/// When the store cannot be read.
pub fn render(reader: &Reader, galleries: &[Gallery]) -> Result<Output, StoreError> {
    let (template, problems) = template::parse(template::DEFAULT);
    debug_assert!(problems.is_empty(), "{problems:?}");
    let mut output = Output::default();
    for gallery in galleries {
        let images = reader.images(gallery.id)?;
        output.notes.extend(images.iter().filter_map(note));
        if let Some(fault) = gallery.reason.as_ref().filter(|_| gallery.tally.uploaded == 0) {
            output.notes.push(format!("{}: {}", gallery.name, fault.words));
        }
        let view = view(gallery, &images);
        if !view.images.is_empty() {
            output.galleries += 1;
            output.text.push_str(&template::render(&template, &view));
        }
    }
    Ok(output)
}

/// Why an image is not in the output; nothing for one that is, or that is only not sent yet.
fn note(image: &Image) -> Option<String> {
    let reason = image.state.reason();
    (!reason.is_empty()).then(|| format!("{}: {}: {reason}", image.name(), image.state.name()))
}

fn view(gallery: &Gallery, images: &[Image]) -> GalleryView {
    let folder = gallery.folder.path.file_name().unwrap_or(gallery.folder.path.as_os_str());
    let shown = images.iter().filter_map(|image| match &image.state {
        ImageState::Uploaded(links) if !links.link.is_empty() => Some(ImageView {
            name: image.name(),
            link: links.link.clone(),
            thumb: links.thumb.clone(),
            pixels: image.pixels,
            bytes: image.bytes,
        }),
        _ => None,
    });
    let shown: Vec<_> = shown.collect();
    let skipped = usize::try_from(gallery.tally.skipped).unwrap_or(0);
    GalleryView {
        folder_name: folder.to_string_lossy().into_owned(),
        name: gallery.name.clone(),
        link: gallery.link.clone().unwrap_or_default(),
        failed: images.len().saturating_sub(shown.len() + skipped),
        images: shown,
    }
}
