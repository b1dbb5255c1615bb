//! The output of galleries: what is stored, rendered with the template.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::saved;
use super::templates::{self, Templates};
use crate::core::image::is_cover;
use crate::core::output::{OutputMade, PostText};
use crate::core::report::rfc3339;
use crate::core::settings::OutputSettings;
use crate::core::{Gallery, Image, ImageLinks, ImageState, Output, OutputWish};
use crate::store::{Reader, StoreError};
use crate::template::{self, CoverView, Fields, GalleryView, ImageView, Template, Times};

/// What is said of output that is too long.
const IS_CUT: &str = "The output is longer than fits into memory; it was cut.";

/// Renders `galleries`, one after the other. An image without a link is left out and noted.
///
/// # Errors
/// When the store cannot be read.
pub fn render(source: &Source, galleries: &[Gallery], wish: &OutputWish) -> Result<Output, StoreError> {
    let mut output = Output::default();
    let mut chosen: BTreeMap<&str, Chosen> = BTreeMap::new();
    for gallery in galleries {
        let name = wish.template.as_ref().or(gallery.post.template.as_ref()).unwrap_or(&source.template);
        let template = chosen.entry(name).or_insert_with(|| choose(&source.templates, name));
        add(&mut output, template, gallery, &source.reader.images(gallery.id)?, wish.with_data);
    }
    output.notes.extend(chosen.into_values().filter_map(|chosen| chosen.trouble));
    Ok(output)
}

/// What output is made from.
pub struct Source {
    /// What is stored.
    pub reader: Arc<Reader>,
    /// The templates that there are.
    pub templates: Templates,
    /// The template of galleries that have none of their own.
    pub template: String,
}

/// The template that output is made with.
pub struct Chosen {
    /// The one that was asked for, or the built-in default.
    pub template: Template,
    /// Why it is not the one that was asked for, in words.
    pub trouble: Option<String>,
}

/// The template of that name. What is uploaded is never without output: a template that is gone, unreadable or wrong is replaced by the
/// built-in default, and that is said.
#[must_use]
pub fn choose(templates: &Templates, name: &str) -> Chosen {
    let why = match templates.text(name) {
        Ok(Some(text)) => {
            let (template, problems) = template::parse(&text);
            match problems.first() {
                None => return Chosen { template, trouble: None },
                Some(problem) => format!("is not in order ({})", templates::in_words(problem)),
            }
        }
        Ok(None) => "is not there any more".to_owned(),
        Err(words) => format!("cannot be used ({})", words.trim_end_matches('.')),
    };
    let (template, problems) = template::parse(template::DEFAULT);
    debug_assert!(problems.is_empty(), "{problems:?}");
    let words = format!("The template “{name}” {why}. The output was made with the built-in default instead.");
    Chosen { template, trouble: Some(words) }
}

fn add(output: &mut Output, chosen: &Chosen, gallery: &Gallery, images: &[Image], with_data: bool) {
    output.notes.extend(images.iter().filter_map(note));
    if let Some(fault) = gallery.reason.as_ref().filter(|_| gallery.tally.uploaded == 0) {
        output.notes.push(format!("{}: {}", gallery.name, fault.words));
    }
    let mut view = view(gallery, images);
    let rendered = template::render(&chosen.template, &view);
    view.title.clone_from(&rendered.title);
    if with_data {
        output.data.push(serde_json::to_value(&view).unwrap_or_default());
    }
    if view.images.iter().all(|image| image.link.is_empty()) {
        return;
    }
    if rendered.is_cut {
        output.notes.push(format!("{}: {}", gallery.name, IS_CUT));
    }
    output.galleries += 1;
    output.text.push_str(&rendered.text());
    let titles: Vec<_> = (0..rendered.parts.len()).map(|part| rendered.title_of(part)).collect();
    let posts = titles.into_iter().zip(rendered.parts);
    output.posts.extend(posts.map(|(title, text)| PostText::new(gallery.id, title, text)));
}

/// Makes and saves the output of one gallery; what goes wrong is in what comes back.
pub fn make(
    source: &Source,
    gallery: &Gallery,
    settings: &OutputSettings,
    data_dir: &Path,
    copies: bool,
) -> OutputMade {
    let (images, before) =
        match source.reader.images(gallery.id).and_then(|i| Ok((i, source.reader.saved_files(gallery.id)?))) {
            Ok(stored) => stored,
            Err(error) => return OutputMade { trouble: Some(error.words), ..OutputMade::default() },
        };
    let Chosen { template, trouble } =
        choose(&source.templates, gallery.post.template.as_ref().unwrap_or(&source.template));
    let mut troubles: Vec<String> = trouble.into_iter().collect();
    let mut view = view(gallery, &images);
    let rendered = template::render(&template, &view);
    if rendered.is_cut {
        troubles.push(IS_CUT.to_owned());
    }
    view.title.clone_from(&rendered.title);
    let text = rendered.text();
    let json = serde_json::to_string_pretty(&view).map(|json| json + "\n").unwrap_or_default();
    let mut files = before;
    let data = settings.save.then(|| (data_dir.join(saved::DIRECTORY), saved::Place::Ours));
    let folder = settings.save_in_folder.then(|| (gallery.folder.path.join(saved::IN_FOLDER), saved::Place::Theirs));
    for (directory, place) in data.into_iter().chain(folder) {
        let contents = [("txt", text.as_bytes()), ("json", json.as_bytes())];
        let saved = saved::save(&directory, place, &saved::stem(gallery), &contents, files);
        files = saved.files;
        troubles.extend(saved.trouble);
    }
    let trouble = (!troubles.is_empty()).then(|| troubles.join(" "));
    OutputMade { files: Some(files), trouble, copied: copies.then_some(text) }
}

/// Why an image is not in the output; nothing for one that is, or that is only not sent yet.
fn note(image: &Image) -> Option<String> {
    let reason = match &image.state {
        ImageState::Uploaded(links) if links.link.is_empty() => "the host has given no link to it",
        state => state.reason(),
    };
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
