//! What was uploaded before: recognised when a folder is scanned, and its links taken when the person wants that.

use std::collections::HashMap;
use std::path::Path;

use crate::core::gallery::Before;
use crate::core::image::is_same_file;
use crate::core::queue::{Found, Recalled, Uploaded};
use crate::core::{ContentHash, Fault, FaultKind, Gallery, Image, ImageState, Millis};
use crate::store::{Reader, StoreError};

/// Adds to what a scan found what the store knows of it.
///
/// # Errors
/// When the store cannot be read.
pub fn recognise(reader: &Reader, gallery: &Gallery, found: Found, by_content: bool) -> Result<Found, Fault> {
    let known = reader.images(gallery.id).map_err(fault)?;
    let mut past = Past::new(reader, gallery, by_content)?;
    let mut seen: Vec<Uploaded> = Vec::new();
    for image in found.images.iter().filter(|image| image.pixels.is_ok()) {
        seen.extend(past.find(&image.file, image.bytes, image.modified_at)?);
    }
    // Its own uploads are no news.
    seen.retain(|uploaded| uploaded.gallery != gallery.id);
    let newest = seen.iter().max_by_key(|uploaded| uploaded.at);
    let before = newest.map(|newest| Before {
        at: newest.at,
        host: newest.host.clone(),
        images: u32::try_from(seen.iter().filter(|uploaded| uploaded.host == newest.host).count()).unwrap_or(u32::MAX),
    });
    Ok(Found { known, before, ..found })
}

/// The images of a gallery with the links of their earlier upload.
///
/// # Errors
/// When the store or, where content is compared, a file cannot be read.
pub fn recall(reader: &Reader, gallery: &Gallery) -> Result<Recalled, Fault> {
    let mut images = reader.images(gallery.id).map_err(fault)?;
    let Some(before) = &gallery.past.before else { return Ok(Recalled { images, link: None }) };
    let mut past = Past::new(reader, gallery, true)?;
    let mut link = None;
    let pending = |image: &&mut Image| image.state == ImageState::Pending;
    for image in images.iter_mut().filter(pending) {
        let found = past.find(&image.file, image.bytes, image.modified_at)?;
        if let Some(uploaded) = found.filter(|uploaded| uploaded.host == before.host) {
            if link.is_none() {
                link = reader.history_link(&uploaded).map_err(fault)?;
            }
            image.state = ImageState::Uploaded(uploaded.links);
        }
    }
    Ok(Recalled { images, link })
}

/// The uploads of a folder, and of its contents wherever they were.
struct Past<'a> {
    reader: &'a Reader,
    folder: &'a Path,
    by_file: HashMap<std::path::PathBuf, Vec<Uploaded>>,
    by_content: bool,
}

impl<'a> Past<'a> {
    fn new(reader: &'a Reader, gallery: &'a Gallery, by_content: bool) -> Result<Self, Fault> {
        let mut by_file: HashMap<_, Vec<_>> = HashMap::new();
        for uploaded in reader.history_of_folder(&gallery.folder.key).map_err(fault)? {
            by_file.entry(uploaded.file.clone()).or_default().push(uploaded);
        }
        Ok(Self { reader, folder: &gallery.folder.path, by_file, by_content })
    }

    /// The newest upload of that file, or of its content.
    fn find(&mut self, file: &Path, bytes: u64, modified_at: Millis) -> Result<Option<Uploaded>, Fault> {
        let same = |uploaded: &&Uploaded| is_same_file((uploaded.bytes, uploaded.modified_at), (bytes, modified_at));
        let by_path = self.by_file.get(file).and_then(|uploads| uploads.iter().find(same)).cloned();
        if by_path.is_some() || !self.by_content {
            return Ok(by_path);
        }
        match hash(&self.folder.join(file)) {
            Ok(hash) => Ok(self.reader.history_of_content(hash).map_err(fault)?.into_iter().next()),
            Err(_) => Ok(None), // It will be said when it is to be sent.
        }
    }
}

fn hash(path: &Path) -> std::io::Result<ContentHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(ContentHash(hasher.finalize().into()))
}

fn fault(error: StoreError) -> Fault {
    Fault::new(FaultKind::LocalFile, error.words)
}
