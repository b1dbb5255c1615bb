//! The output of galleries: what is stored, rendered with the template.

use crate::core::image::is_cover;
use crate::core::report::rfc3339;
use crate::core::{Gallery, Image, ImageLinks, ImageState, Output};
use crate::store::{Reader, StoreError};
use crate::template::{self, CoverView, Fields, GalleryView, ImageView, Template, Times};

/// Renders `galleries`, one after the other. An image without a link is left out and noted.
///
/// # Errors
/// When the store cannot be read.
pub fn render(reader: &Reader, galleries: &[Gallery]) -> Result<Output, StoreError> {
    let (template, problems) = template::parse(template::DEFAULT);
    debug_assert!(problems.is_empty(), "{problems:?}");
    let mut output = Output::default();
    for gallery in galleries {
        add(&mut output, &template, gallery, &reader.images(gallery.id)?);
    }
    Ok(output)
}

fn add(output: &mut Output, template: &Template, gallery: &Gallery, images: &[Image]) {
    output.notes.extend(images.iter().filter_map(note));
    if let Some(fault) = gallery.reason.as_ref().filter(|_| gallery.tally.uploaded == 0) {
        output.notes.push(format!("{}: {}", gallery.name, fault.words));
    }
    let view = view(gallery, images);
    if view.images.iter().all(|image| image.link.is_empty()) {
        return;
    }
    let rendered = template::render(template, &view);
    if rendered.is_cut {
        output.notes.push(format!("{}: the output is longer than fits into memory; it was cut.", gallery.name));
    }
    output.galleries += 1;
    output.text.push_str(&rendered.text());
}

/// Why an image is not in the output; nothing for one that is, or that is only not sent yet.
fn note(image: &Image) -> Option<String> {
    let reason = image.state.reason();
    (!reason.is_empty()).then(|| format!("{}: {}: {reason}", image.name(), image.state.name()))
}

/// A gallery as templates and JSON files see it.
#[must_use]
pub fn view(gallery: &Gallery, images: &[Image]) -> GalleryView {
    let folder = gallery.folder.path.file_name().unwrap_or(gallery.folder.path.as_os_str());
    GalleryView {
        name: gallery.name.clone(),
        folder: folder.to_string_lossy().into_owned(),
        host: gallery.host.clone(),
        gallery_link: gallery.at_host.link.clone().unwrap_or_default(),
        cover: images.iter().find(|image| is_cover(&image.name())).map(cover_view).unwrap_or_default(),
        images: images.iter().map(image_view).collect(),
        fields: Fields { custom: gallery.post.fields.custom().to_vec(), ext: gallery.post.fields.ext().to_vec() },
        bytes: gallery.tally.bytes_uploaded,
        times: Times {
            added_at: rfc3339(gallery.past.added_at),
            finished_at: gallery.past.finished_at.map(rfc3339).unwrap_or_default(),
        },
        ..GalleryView::default()
    }
}

fn cover_view(image: &Image) -> CoverView {
    match &image.state {
        ImageState::Uploaded(links) => CoverView { link: links.link.clone(), thumb: links.thumb.clone() },
        _ => CoverView::default(),
    }
}

fn image_view(image: &Image) -> ImageView {
    let ImageLinks { link, thumb, direct, delete } = match &image.state {
        ImageState::Uploaded(links) => links.clone(),
        _ => ImageLinks::default(),
    };
    ImageView {
        name: image.name(),
        link,
        thumb,
        direct,
        delete,
        width: image.pixels.0,
        height: image.pixels.1,
        size: image.bytes,
        state: image.state.name().to_owned(),
        reason: image.state.reason().to_owned(),
    }
}
