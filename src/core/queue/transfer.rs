//! The transfers of a gallery: what is pending, in flight, waiting for another try; and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::add::nothing_usable;
use super::{Begun, Effect, Queue, Write};
use crate::core::{
    Fault, FaultKind, Gallery, GalleryId, GalleryState, Image, ImageLinks, ImageState, Millis, Tally, retry,
};

/// Stands for the gallery itself where an image's position is asked for.
const WHOLE_GALLERY: u32 = u32::MAX;

/// A gallery's transfers. Exists from the slot it gets until the last transfer has answered.
#[derive(Debug, Default)]
pub(super) struct Work {
    stage: Stage,
    images: Vec<Image>,
    pending: BTreeSet<u32>,
    /// Images that wait for another try, and until when.
    delayed: BTreeMap<u32, Millis>,
    in_flight: BTreeSet<u32>,
    /// Failed attempts to open or close.
    attempts: u32,
}

/// How far a gallery is with its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Being opened.
    #[default]
    Beginning,
    /// To be opened again at that time.
    BeginAt(Millis),
    /// Images are sent.
    Transferring,
    /// Being closed.
    Closing,
    /// To be closed again at that time.
    CloseAt(Millis),
}

impl Work {
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether nothing is under way whose answer must be waited for.
    pub fn is_drained(&self) -> bool {
        self.in_flight.is_empty() && !matches!(self.stage, Stage::Beginning | Stage::Closing)
    }

    pub const fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing | Stage::CloseAt(_))
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        let delayed = self.delayed.values().copied().min();
        match self.stage {
            Stage::BeginAt(at) | Stage::CloseAt(at) => Some(at),
            Stage::Transferring => delayed,
            Stage::Beginning | Stage::Closing => None,
        }
    }

    /// Whether the time of another try to open has come; it is then under way.
    pub fn is_due_to_begin(&mut self, now: Millis) -> bool {
        let due = matches!(self.stage, Stage::BeginAt(at) if at <= now);
        if due {
            self.stage = Stage::Beginning;
        }
        due
    }

    /// Takes the next image to send; it is then in flight.
    pub fn next_image(&mut self, now: Millis) -> Option<Image> {
        if self.stage != Stage::Transferring {
            return None;
        }
        let due: Vec<u32> = self.delayed.iter().filter(|(_, at)| **at <= now).map(|(image, _)| *image).collect();
        for image in due {
            self.delayed.remove(&image);
            self.pending.insert(image);
        }
        let position = self.pending.pop_first()?;
        self.in_flight.insert(position);
        self.set(position, ImageState::Uploading)
    }

    /// When nothing is left to send, or the time of another try has come: closing begins, with these images.
    pub fn close_when_done(&mut self, now: Millis) -> Option<Vec<Image>> {
        let sent = self.stage == Stage::Transferring
            && self.pending.is_empty()
            && self.delayed.is_empty()
            && self.in_flight.is_empty();
        let due = matches!(self.stage, Stage::CloseAt(at) if at <= now);
        (sent || due).then(|| {
            self.stage = Stage::Closing;
            self.images.clone()
        })
    }

    pub fn reset_failed(&mut self) {
        for image in &mut self.images {
            if matches!(image.state, ImageState::Failed(_)) {
                image.state = ImageState::Pending;
                image.attempts = 0;
                self.pending.insert(image.position);
            }
        }
    }

    fn open(&mut self, images: Vec<Image>) {
        let unfinished = |image: &&Image| matches!(image.state, ImageState::Pending | ImageState::Uploading);
        self.pending = images.iter().filter(unfinished).map(|image| image.position).collect();
        self.images = images;
        self.stage = Stage::Transferring;
        self.attempts = 0;
    }

    fn set(&mut self, position: u32, state: ImageState) -> Option<Image> {
        let image = self.images.get_mut(position as usize)?;
        image.state = state;
        Some(image.clone())
    }

    fn failed(&self) -> impl Iterator<Item = (&Image, &Fault)> {
        self.images.iter().filter_map(|image| match &image.state {
            ImageState::Failed(fault) => Some((image, fault)),
            _ => None,
        })
    }
}

impl Queue {
    pub(super) fn begun(&mut self, id: GalleryId, outcome: Result<Begun, Fault>, now: Millis) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.stage == Stage::Beginning) else { return };
        match outcome {
            Ok(Begun { session, images }) => {
                work.open(images);
                self.amend(id, |gallery| gallery.session = Some(session));
            }
            Err(fault) => self.try_again_or_settle(id, fault, now, Stage::BeginAt),
        }
    }

    pub(super) fn transferred(
        &mut self,
        id: GalleryId,
        position: u32,
        outcome: Result<ImageLinks, Fault>,
        now: Millis,
    ) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.in_flight.contains(&position)) else { return };
        work.in_flight.remove(&position);
        let Some(attempts) = work.images.get(position as usize).map(|image| image.attempts) else { return };
        let state = match outcome {
            Ok(links) => ImageState::Uploaded(links),
            Err(fault) if fault.kind == FaultKind::Cancelled => {
                work.pending.insert(position);
                ImageState::Pending
            }
            Err(fault) if fault.kind == FaultKind::BadImage => ImageState::Skipped(fault.words),
            Err(fault) => self.failed_attempt(id, position, attempts + 1, fault, now),
        };
        let Some(image) = self.work.get_mut(&id).and_then(|work| work.set(position, state)) else { return };
        self.count(id, &image);
        if self.galleries.contains_key(&id) {
            self.effects.push(Effect::Write(Write::PutImage(id, Box::new(image))));
        }
    }

    /// Another try later, or failed for good.
    fn failed_attempt(&mut self, id: GalleryId, position: u32, attempts: u32, fault: Fault, now: Millis) -> ImageState {
        if let Some(work) = self.work.get_mut(&id) {
            if let Some(image) = work.images.get_mut(position as usize) {
                image.attempts = attempts;
            }
            if let Some(delay) = again(&fault, attempts, id, position) {
                work.delayed.insert(position, now + delay);
                self.amend(id, |gallery| gallery.reason = Some(fault));
                return ImageState::Pending;
            }
        }
        ImageState::Failed(fault)
    }

    fn count(&mut self, id: GalleryId, image: &Image) {
        match image.state {
            ImageState::Uploaded(_) => self.amend(id, |gallery| {
                gallery.tally.uploaded += 1;
                gallery.tally.bytes_uploaded += image.bytes;
            }),
            ImageState::Failed(_) => self.amend(id, |gallery| gallery.tally.failed += 1),
            ImageState::Skipped(_) => self.amend(id, |gallery| {
                gallery.tally.skipped += 1;
                gallery.tally.bytes_total = gallery.tally.bytes_total.saturating_sub(image.bytes);
            }),
            ImageState::Pending | ImageState::Uploading => {}
        }
    }

    pub(super) fn closed(&mut self, id: GalleryId, outcome: Result<String, Fault>, now: Millis) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.stage == Stage::Closing) else { return };
        match outcome {
            Ok(link) => {
                if !work.pending.is_empty() {
                    // Another try was asked for while the page was made: it waits for its turn.
                    work.stage = Stage::Transferring;
                    if self.state(id) == Some(GalleryState::Uploading) {
                        self.work.remove(&id);
                        self.transition(id, GalleryState::Queued);
                    }
                    return;
                }
                let failures = failures(work).or_else(|| nothing_usable(&work.images));
                self.amend(id, |gallery| gallery.link = Some(link).filter(|link| !link.is_empty()));
                self.settle(id, failures, now);
            }
            Err(fault) => self.try_again_or_settle(id, fault, now, Stage::CloseAt),
        }
    }

    /// The gallery could not be opened or closed: once more later, or it ends with what is uploaded.
    fn try_again_or_settle(&mut self, id: GalleryId, fault: Fault, now: Millis, later: fn(Millis) -> Stage) {
        let Some(work) = self.work.get_mut(&id) else { return };
        work.attempts += 1;
        match again(&fault, work.attempts, id, WHOLE_GALLERY) {
            Some(delay) => {
                work.stage = later(now + delay);
                self.amend(id, |gallery| gallery.reason = Some(fault));
            }
            None => self.settle(id, Some(fault), now),
        }
    }

    /// Nothing more can be done now: the gallery takes the state that its images say.
    fn settle(&mut self, id: GalleryId, fault: Option<Fault>, now: Millis) {
        if let Some(work) = self.work.get_mut(&id) {
            work.stage = Stage::Transferring;
        }
        let Some(gallery) = self.galleries.get(&id).filter(|gallery| gallery.state == GalleryState::Uploading) else {
            return; // Paused, stopped or removed meanwhile.
        };
        let next = settled_state(gallery, fault.is_some());
        self.work.remove(&id);
        self.amend(id, |gallery| {
            gallery.reason = fault;
            gallery.finished_at = Some(now);
        });
        self.transition(id, next);
    }
}

fn again(fault: &Fault, attempts: u32, gallery: GalleryId, image: u32) -> Option<Millis> {
    match retry::verdict(fault, &crate::core::host::Retry::default(), attempts, gallery, image) {
        retry::Verdict::Again(ms) => Some(ms),
        _ => None,
    }
}

fn settled_state(gallery: &Gallery, failed: bool) -> GalleryState {
    match gallery.tally {
        Tally { uploaded: 0, .. } => GalleryState::Failed,
        _ if failed => GalleryState::Incomplete,
        _ => GalleryState::Completed,
    }
}

/// What failed for good, as one reason for the gallery.
fn failures(work: &Work) -> Option<Fault> {
    let count = work.failed().count();
    let (image, fault) = work.failed().next()?;
    let words = match count {
        1 => format!("{}: {}", image.name(), fault.words),
        _ => format!("{count} images failed. {}: {}", image.name(), fault.words),
    };
    Some(Fault::new(fault.kind, words))
}

/// Why a stopped gallery is incomplete.
pub(super) fn stopped() -> Fault {
    Fault::new(FaultKind::Cancelled, "Stopped. Start it to upload the rest.")
}
