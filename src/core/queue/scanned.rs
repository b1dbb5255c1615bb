//! What a scan found becomes the gallery's images; finished results are kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Effect, Found, FoundImage, Queue, Recalled, Scan, Write};
use crate::core::gallery::AfterScan;
use crate::core::{Fault, FaultKind, Gallery, GalleryId, GalleryState, Image, ImageState, Millis, Tally, natural};

impl Queue {
    pub(super) fn scanned(&mut self, id: GalleryId, outcome: Result<Scan, Fault>, now: Millis) {
        if self.state(id) != Some(GalleryState::Scanning) {
            return; // Removed meanwhile.
        }
        match outcome {
            Ok(Scan::Found(found)) => self.take_over(id, found, now),
            Ok(Scan::Missing(fault)) => self.fail(id, GalleryState::Missing, fault),
            Err(fault) => self.fail(id, GalleryState::Failed, fault),
        }
    }

    fn take_over(&mut self, id: GalleryId, found: Found, now: Millis) {
        let images = in_source_order(found.images, found.known);
        let tally = tally(&images);
        let is_nothing_new = found.before.is_none();
        self.amend(id, |gallery| {
            gallery.tally = tally;
            gallery.reason.take_if(|fault| fault.kind != FaultKind::Unproven);
            gallery.past.before = found.before;
        });
        let nothing = nothing_usable(&images);
        self.effects.push(Effect::Write(Write::PutImages(id, images)));
        if let Some(fault) = nothing {
            return self.fail(id, GalleryState::Failed, fault);
        }
        let Some(gallery) = self.galleries.get(&id) else { return };
        let next = after_scan(gallery, is_nothing_new);
        self.amend(id, |gallery| {
            gallery.after_scan = AfterScan::default();
            if next == GalleryState::Completed {
                gallery.past.finished_at.get_or_insert(now);
            }
        });
        match next {
            GalleryState::Incomplete => self.fail(id, next, something_is_left(tally)),
            _ => self.transition(id, next),
        }
    }

    /// The links of an earlier upload are taken over.
    pub(super) fn recalled(&mut self, id: GalleryId, outcome: Result<Recalled, Fault>, now: Millis) {
        let is_idle = !self.work.contains_key(&id);
        let ready = |gallery: &&Gallery| gallery.state == GalleryState::Ready && is_idle;
        let Some(gallery) = self.galleries.get(&id).filter(ready) else {
            return; // Started or removed meanwhile.
        };
        let had = gallery.tally.uploaded;
        match outcome {
            Ok(Recalled { images, link }) => {
                let tally = tally(&images);
                if tally.uploaded == had {
                    let words =
                        "The links of the earlier upload are not there any more. Start it to upload the images.";
                    return self.amend(id, |gallery| gallery.reason = Some(Fault::new(FaultKind::Rejected, words)));
                }
                self.effects.push(Effect::Write(Write::PutImages(id, images)));
                self.amend(id, |gallery| {
                    gallery.tally = tally;
                    gallery.reason = None;
                    gallery.past.before = None;
                    gallery.at_host.link = gallery.at_host.link.take().or(link);
                });
                if tally.pending() == 0 {
                    self.amend(id, |gallery| gallery.past.finished_at = Some(now));
                    self.transition(id, GalleryState::Completed);
                }
            }
            Err(fault) => self.amend(id, |gallery| gallery.reason = Some(fault)),
        }
    }
}

/// Where a gallery with usable images goes from its scan.
fn after_scan(gallery: &Gallery, is_nothing_new: bool) -> GalleryState {
    use GalleryState::{Completed, Failed, Incomplete, Paused, Queued, Ready};
    let Gallery { after_scan, tally, .. } = gallery;
    let is_finished = tally.pending() == 0 && tally.failed == 0;
    match after_scan.returns_to {
        // What was uploaded before is not sent once more only because a setting says that everything is.
        None if after_scan.start && (is_nothing_new || after_scan.start_asked) => Queued,
        Some(_) if is_finished => Completed,
        Some(_) if after_scan.start => Queued,
        Some(state @ (Paused | Queued)) => state,
        Some(Incomplete | Failed) if tally.uploaded > 0 => Incomplete,
        Some(Completed) if tally.pending() == 0 => Incomplete,
        _ => Ready,
    }
}

pub(super) fn something_is_left(tally: Tally) -> Fault {
    let words = match (tally.pending(), tally.failed) {
        (0, failed) => format!("{failed} of the images have failed. Retry them."),
        (pending, _) => format!("{pending} of the images are not uploaded. Start it to upload them."),
    };
    Fault::new(FaultKind::Cancelled, words)
}

/// The images of a folder in source order. What is known and has not changed keeps what became of it; what is uploaded is
/// kept also when its file is gone.
fn in_source_order(found: Vec<FoundImage>, known: Vec<Image>) -> Vec<Image> {
    let mut known: HashMap<PathBuf, Image> = known.into_iter().map(|image| (image.file.clone(), image)).collect();
    let mut images: Vec<_> = found.into_iter().map(|found| merge(known.remove(&found.file), found)).collect();
    images.extend(known.into_values().filter(|image| matches!(image.state, ImageState::Uploaded(_))));
    images.sort_by_cached_key(|image| NaturalKey(image.name(), image.file.clone()));
    for (position, image) in (0..u32::MAX).zip(&mut images) {
        image.position = position;
    }
    images
}

fn merge(known: Option<Image>, found: FoundImage) -> Image {
    match known {
        Some(image)
            if image.is_of(found.bytes, found.modified_at)
                && !matches!(image.state, ImageState::Skipped(_) | ImageState::Uploading) =>
        {
            // From now on it is known by what it is.
            let pixels = found.pixels.unwrap_or(image.pixels);
            Image { bytes: found.bytes, modified_at: found.modified_at, pixels, ..image }
        }
        _ => Image {
            position: 0,
            file: found.file,
            bytes: found.bytes,
            modified_at: found.modified_at,
            pixels: *found.pixels.as_ref().unwrap_or(&(0, 0)),
            attempts: 0,
            state: found.pixels.map_or_else(ImageState::Skipped, |_| ImageState::Pending),
        },
    }
}

/// A name that sorts naturally; names that look the same are told apart by their bytes.
#[derive(PartialEq, Eq)]
struct NaturalKey(String, PathBuf);

impl Ord for NaturalKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        natural::compare(&self.0, &other.0).then_with(|| Path::cmp(&self.1, &other.1))
    }
}

impl PartialOrd for NaturalKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

pub(super) fn tally(images: &[Image]) -> Tally {
    let mut tally = Tally::default();
    for image in images {
        tally.total += 1;
        match image.state {
            ImageState::Skipped(_) => tally.skipped += 1,
            ImageState::Failed(_) => tally.failed += 1,
            ImageState::Uploaded(_) => {
                tally.uploaded += 1;
                tally.bytes_uploaded += image.bytes;
            }
            ImageState::Pending | ImageState::Uploading => {}
        }
        if !matches!(image.state, ImageState::Skipped(_)) {
            tally.bytes_total += image.bytes;
        }
    }
    tally
}

pub(super) fn nothing_usable(images: &[Image]) -> Option<Fault> {
    let words = match images {
        [] => "There are no images in this folder. Add pictures and retry.".to_owned(),
        [first, ..] if images.iter().all(|image| matches!(image.state, ImageState::Skipped(_))) => {
            format!(
                "None of the {} images in this folder can be used. {}: {}",
                images.len(),
                first.name(),
                first.state.reason()
            )
        }
        _ => return None,
    };
    Some(Fault::new(FaultKind::LocalFile, words))
}
