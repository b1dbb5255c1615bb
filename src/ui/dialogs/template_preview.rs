//! What a template makes of the selected gallery, or of a sample. Rendered only when something has changed, and of a few images.

use std::path::Path;

use crate::core::{Details, GalleryId, Image, ImageState, Row, Snapshot};
use crate::template::{self, GalleryView, ImageView, Template};

/// Images that a preview is made of.
const IMAGES_MAX: usize = 60;
/// Characters of it that are shown.
const CHARS_MAX: usize = 20_000;

/// What a preview is of, and of which text.
type Of = (u64, Option<(GalleryId, usize)>);

/// The last preview.
#[derive(Default)]
pub struct Preview {
    /// The template's name in the list, and what else it was made of.
    of: Option<(String, Of)>,
    /// What was made.
    pub text: String,
    /// The title that the template gives.
    pub title: String,
    /// Of which gallery; `None` is the sample.
    pub gallery: Option<String>,
    /// The gallery has more images than the preview.
    pub is_short: bool,
}

impl Preview {
    /// Made anew, if the template (its `name` or `revision`) or the gallery is another.
    pub fn look(&mut self, name: &str, template: &Template, revision: u64, snapshot: &Snapshot) {
        let details = snapshot.details.as_deref().filter(|details| details.images.iter().any(is_uploaded));
        let row = details.and_then(|details| snapshot.rows.iter().find(|row| row.id == details.id));
        let gallery = details.zip(row);
        let uploaded =
            |details: &Details| details.images.iter().take(IMAGES_MAX).filter(|image| is_uploaded(image)).count();
        let of = (revision, gallery.map(|(details, _)| (details.id, uploaded(details))));
        if self.of.as_ref().is_some_and(|(known, known_of)| known == name && *known_of == of) {
            return;
        }
        self.of = Some((name.to_owned(), of));
        let view = gallery.map_or_else(GalleryView::sample, |(details, row)| view(row, &details.images));
        let rendered = template::render(template, &view);
        self.is_short = details.is_some_and(|details| details.images.len() > IMAGES_MAX);
        self.gallery = gallery.map(|(_, row)| row.name.clone());
        self.text = rendered.text().chars().take(CHARS_MAX).collect();
        self.title = rendered.title_of(0);
    }
}

const fn is_uploaded(image: &Image) -> bool {
    matches!(image.state, ImageState::Uploaded(_))
}

/// As much of a gallery as the window knows.
fn view(row: &Row, images: &[Image]) -> GalleryView {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let image = |image: &Image| {
        let (width, height) = image.pixels;
        let view = ImageView {
            name: name(&image.file),
            width,
            height,
            size: image.bytes,
            state: image.state.name().to_owned(),
            ..ImageView::default()
        };
        match &image.state {
            ImageState::Uploaded(links) => ImageView {
                link: links.link.clone(),
                thumb: links.thumb.clone(),
                direct: links.direct.clone(),
                delete: links.delete.clone(),
                ..view
            },
            _ => view,
        }
    };
    GalleryView {
        name: row.name.clone(),
        folder: name(&row.path),
        host: row.host.clone(),
        gallery_link: row.link.clone().unwrap_or_default(),
        images: images.iter().take(IMAGES_MAX).map(image).collect(),
        bytes: row.tally.bytes_total,
        ..GalleryView::default()
    }
}
