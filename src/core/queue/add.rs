//! Into the queue: adding folders and taking over what a scan found.

use super::{DEFAULT_HOST, Effect, FoundImage, Queue, Resolution, Scan, Scope, Ticket, Write};
use crate::core::{
    AddOutcome, Fault, FaultKind, Folder, Gallery, GalleryId, GalleryState, Image, ImageState, Millis, Reply, Tally,
    natural,
};

impl Queue {
    pub(super) fn resolved(&mut self, ticket: Ticket, folders: Vec<Resolution>, start: bool, now: Millis) {
        let outcomes = folders
            .into_iter()
            .map(|folder| match folder {
                Ok(folder) => self.add(folder, start, now),
                Err(refusal) => AddOutcome::Refused(refusal),
            })
            .collect();
        self.effects.push(Effect::Reply(ticket, Ok(Reply::Added(outcomes))));
    }

    fn add(&mut self, folder: Folder, start: bool, now: Millis) -> AddOutcome {
        if let Some(id) = self.index.find(&folder.key) {
            self.take_into_scope(id);
            if start {
                self.start_or_retry(id);
            }
            return AddOutcome::Duplicate(id);
        }
        self.id_last += 1;
        let id = GalleryId(self.id_last);
        let gallery = Gallery {
            id,
            name: title(&folder),
            folder,
            state: GalleryState::Added,
            host: DEFAULT_HOST.to_owned(),
            start_when_scanned: start || self.settings.start_automatically,
            tally: Tally::default(),
            session: None,
            link: None,
            reason: None,
            added_at: now,
            finished_at: None,
        };
        self.index.insert(&gallery);
        self.galleries.insert(id, gallery);
        self.touch(id);
        self.take_into_scope(id);
        AddOutcome::Added(id)
    }

    fn take_into_scope(&mut self, id: GalleryId) {
        if let Scope::Only(ids) = &mut self.scope {
            ids.insert(id);
        }
    }

    fn start_or_retry(&mut self, id: GalleryId) {
        match self.state(id) {
            Some(GalleryState::Failed | GalleryState::Incomplete | GalleryState::Missing) => {
                self.amend(id, |gallery| gallery.start_when_scanned = true);
                self.retry(id);
            }
            _ => {
                self.start(id);
            }
        }
    }

    pub(super) fn scanned(&mut self, id: GalleryId, outcome: Result<Scan, Fault>) {
        if self.state(id) != Some(GalleryState::Scanning) {
            return; // Removed meanwhile.
        }
        match outcome {
            Ok(Scan::Found(found)) => self.take_over(id, found),
            Ok(Scan::Missing(fault)) => self.fail(id, GalleryState::Missing, fault),
            Err(fault) => self.fail(id, GalleryState::Failed, fault),
        }
    }

    fn take_over(&mut self, id: GalleryId, found: Vec<FoundImage>) {
        let images = in_source_order(found);
        let tally = tally(&images);
        self.amend(id, |gallery| {
            gallery.tally = tally;
            gallery.reason = None;
        });
        let nothing = nothing_usable(&images);
        self.effects.push(Effect::Write(Write::PutImages(id, images)));
        if let Some(fault) = nothing {
            self.fail(id, GalleryState::Failed, fault);
            return;
        }
        let start = self.galleries.get(&id).is_some_and(|gallery| gallery.start_when_scanned);
        self.transition(id, if start { GalleryState::Queued } else { GalleryState::Ready });
    }
}

/// The folder's name; a drive's or the root's path stands for itself.
fn title(folder: &Folder) -> String {
    let path = &folder.path;
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn in_source_order(mut found: Vec<FoundImage>) -> Vec<Image> {
    found.sort_by_cached_key(|image| NaturalKey(image.file.to_string_lossy().into_owned()));
    let positions = 0..u32::MAX;
    let image = |(position, image): (u32, FoundImage)| Image {
        position,
        file: image.file,
        bytes: image.bytes,
        modified_at: image.modified_at,
        pixels: *image.pixels.as_ref().unwrap_or(&(0, 0)),
        attempts: 0,
        state: image.pixels.map_or_else(ImageState::Skipped, |_| ImageState::Pending),
    };
    positions.zip(found).map(image).collect()
}

/// A name that sorts naturally.
#[derive(PartialEq, Eq)]
struct NaturalKey(String);

impl Ord for NaturalKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        natural::compare(&self.0, &other.0)
    }
}

impl PartialOrd for NaturalKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn tally(images: &[Image]) -> Tally {
    let mut tally = Tally::default();
    for image in images {
        tally.total += 1;
        match image.state {
            ImageState::Skipped(_) => tally.skipped += 1,
            _ => tally.bytes_total += image.bytes,
        }
    }
    tally
}

pub(super) fn nothing_usable(images: &[Image]) -> Option<Fault> {
    let words = match images {
        [] => {
            "There are no images in this folder (sub-folders are not looked into). Add pictures and retry.".to_owned()
        }
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
