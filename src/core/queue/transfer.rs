//! What comes back from the host: results, failures and what follows from them.

use super::scanned::nothing_usable;
use super::work::{Stage, Work};
use super::{Attempt, Begun, Effect, Failure, FoundImage, Queue, Uploaded, Write};
use crate::core::retry::{self, Verdict};
use crate::core::{
    Closed, ContentHash, Fault, FaultKind, Gallery, GalleryId, GalleryState, Image, ImageLinks, ImageState, Millis,
    Sent, Tally,
};

/// Stands for the gallery itself where an image's position is asked for.
const WHOLE_GALLERY: u32 = u32::MAX;
/// How often another gallery is opened at the host for the rest of one.
const RENEWALS_MAX: u32 = 3;

impl Queue {
    pub(super) fn begun(&mut self, id: GalleryId, outcome: Result<Begun, Fault>, now: Millis) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.stage == Stage::Beginning) else { return };
        match outcome {
            Ok(Begun { session, images, first_alone }) => {
                let on_the_way = work.open(images, first_alone);
                self.amend(id, |gallery| gallery.at_host.session = Some(session));
                self.host_succeeded(id);
                for image in on_the_way {
                    self.note_uncertain(id, image, now);
                }
            }
            Err(fault) if fault.kind == FaultKind::FolderGone => self.folder_gone(id, fault),
            Err(fault) => self.try_again_or_settle(id, fault, now, Stage::BeginAt),
        }
    }

    /// The record names what was sent with an unknown answer when the program ended.
    fn note_uncertain(&mut self, gallery: GalleryId, image: u32, now: Millis) {
        if self.galleries.contains_key(&gallery) {
            let words = "BBDrop ended while this image was on its way. It is sent again if it is not at the host.";
            let fault = Fault::new(FaultKind::Cancelled, words);
            let attempt = Attempt { gallery, image: Some(image), at: now, number: 0, fault, again_at: None };
            self.effects.push(Effect::Write(Write::PutAttempt(Box::new(attempt))));
        }
    }

    pub(super) fn transferred(&mut self, id: GalleryId, position: u32, outcome: Result<Sent, Failure>, now: Millis) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.is_in_flight(position)) else { return };
        let sent_to = work.land(position);
        let is_old = sent_to != Some(work.renewals);
        let state = match outcome {
            // What goes with a gallery that was opened anew since is not for the one that came before.
            Ok(sent) if is_old => self.arrived(id, position, Sent { session: None, ..sent }, now),
            Ok(sent) => self.arrived(id, position, sent, now),
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::FolderGone => {
                self.put_back(id, position);
                self.folder_gone(id, fault);
                ImageState::Pending
            }
            Err(Failure::Changed(found)) => self.changed(id, position, found, now),
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::Cancelled => {
                self.put_back(id, position);
                ImageState::Pending
            }
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::Expired && is_old => {
                self.put_back(id, position);
                ImageState::Pending
            }
            Err(Failure::Fault(fault)) if fault.kind == FaultKind::Expired && self.renew(id, position, &fault, now) => {
                ImageState::Pending
            }
            Err(Failure::Fault(fault)) => self.failed_attempt(id, position, fault, now),
        };
        let Some(image) = self.work.get_mut(&id).and_then(|work| work.set(position, state)) else { return };
        self.count(id, &image);
        if self.galleries.contains_key(&id) {
            self.effects.push(Effect::Write(Write::PutImage(id, Box::new(image))));
        }
    }

    fn put_back(&mut self, id: GalleryId, position: u32) {
        if let Some(work) = self.work.get_mut(&id) {
            work.put_back(position);
        }
    }

    /// The host's gallery takes no more images: another one is opened for the rest, and the record says so. Not for ever.
    fn renew(&mut self, id: GalleryId, position: u32, fault: &Fault, now: Millis) -> bool {
        let Some(work) = self.work.get_mut(&id) else { return false };
        if work.renewals == RENEWALS_MAX {
            return false;
        }
        work.put_back(position);
        work.renewals += 1;
        work.stage = Stage::BeginAt(now);
        let renewals = work.renewals;
        self.record(id, Some(position), renewals, fault, Some(now), now);
        true
    }

    fn arrived(&mut self, id: GalleryId, position: u32, sent: Sent, now: Millis) -> ImageState {
        self.host_succeeded(id);
        self.rest(id, sent.rest_ms, now);
        if let Some(session) = sent.session {
            if let Some(work) = self.work.get_mut(&id) {
                work.made();
            }
            self.amend(id, |gallery| gallery.at_host.session = Some(session));
        }
        if let Some(words) = sent.note {
            self.record(id, Some(position), 0, &Fault::new(FaultKind::TooLarge, words), None, now);
        }
        self.remember(id, position, &sent.links, sent.hash, now);
        ImageState::Uploaded(sent.links)
    }

    /// For the history; not as long as the host owes the links.
    fn remember(&mut self, id: GalleryId, position: u32, links: &ImageLinks, hash: Option<ContentHash>, now: Millis) {
        let image = self.work.get(&id).and_then(|work| work.images().get(position as usize));
        if let (Some(gallery), Some(image), false) = (self.galleries.get(&id), image, links.link.is_empty()) {
            let uploaded = Uploaded {
                gallery: id,
                folder: gallery.folder.key.clone(),
                file: image.file.clone(),
                host: gallery.host.clone(),
                options: format!("thumbnails.size={}", self.settings.thumbnail_px),
                bytes: image.bytes,
                modified_at: image.modified_at,
                hash,
                links: links.clone(),
                at: now,
            };
            self.effects.push(Effect::Write(Write::PutHistory(Box::new(uploaded))));
        }
    }

    /// The file is another one than was scanned: it is measured anew and sent as it is now.
    fn changed(&mut self, id: GalleryId, position: u32, found: FoundImage, now: Millis) -> ImageState {
        let Some(image) = self.work.get_mut(&id).and_then(|work| work.image_mut(position)) else {
            return ImageState::Pending;
        };
        let before = std::mem::replace(&mut image.bytes, found.bytes);
        image.modified_at = found.modified_at;
        self.amend(id, |gallery| {
            gallery.tally.bytes_total = gallery.tally.bytes_total.saturating_sub(before) + found.bytes;
        });
        match found.pixels {
            Ok(pixels) => {
                if let Some(image) = self.work.get_mut(&id).and_then(|work| work.image_mut(position)) {
                    image.pixels = pixels;
                }
                let words = "The file changed while it was uploaded. Retry once it is finished.";
                self.failed_attempt(id, position, Fault::new(FaultKind::Changed, words), now)
            }
            Err(reason) => ImageState::Skipped(reason),
        }
    }

    /// Another try later, or failed for good.
    fn failed_attempt(&mut self, id: GalleryId, position: u32, fault: Fault, now: Millis) -> ImageState {
        if fault.kind == FaultKind::BadImage {
            return ImageState::Skipped(fault.words);
        }
        let attempts =
            self.work.get(&id).and_then(|work| work.images().get(position as usize)).map_or(0, |i| i.attempts);
        let (verdict, again_at) = self.judge(id, position, attempts + 1, &fault, now);
        self.record(id, Some(position), attempts + 1, &fault, again_at, now);
        let Some(work) = self.work.get_mut(&id) else { return ImageState::Pending };
        match verdict {
            Verdict::PauseHost(_) | Verdict::HoldHost => {
                work.put_back(position);
                return ImageState::Pending;
            }
            Verdict::Again(_) => work.delay(position, again_at.unwrap_or(now)),
            Verdict::GiveUp => {}
        }
        if let Some(image) = work.image_mut(position) {
            image.attempts = attempts + 1;
        }
        if verdict == Verdict::GiveUp {
            return ImageState::Failed(fault);
        }
        self.amend(id, |gallery| gallery.reason = Some(fault));
        ImageState::Pending
    }

    /// What follows from a failure, for the transfer and for its host; and when it is tried again, if that is known.
    fn judge(
        &mut self,
        id: GalleryId,
        image: u32,
        attempts: u32,
        fault: &Fault,
        now: Millis,
    ) -> (Verdict, Option<Millis>) {
        let Some(host) = self.galleries.get(&id).map(|gallery| gallery.host.clone()) else {
            return (Verdict::GiveUp, None); // Removed meanwhile.
        };
        let lane = self.know_host(&host);
        let mut verdict = retry::verdict(fault, &lane.facts.retry, attempts, id, image);
        if verdict == Verdict::HoldHost && !lane.refused() {
            let passing = Fault::new(FaultKind::HostFault, "");
            verdict = retry::verdict(&passing, &lane.facts.retry, attempts, id, image);
        }
        let mut again_at = None;
        let is_news = match verdict {
            Verdict::Again(delay) => {
                again_at = Some(now + delay);
                // A file that changes says nothing about the host.
                fault.kind != FaultKind::Changed && lane.failed(fault, now)
            }
            Verdict::PauseHost(wait) => {
                again_at = Some(lane.asked_for_time(fault, wait, now));
                true
            }
            Verdict::HoldHost => {
                lane.held = Some(fault.clone());
                true
            }
            Verdict::GiveUp => {
                let says_something = matches!(fault.kind, FaultKind::Network | FaultKind::HostFault);
                says_something && lane.failed(fault, now)
            }
        };
        if is_news {
            self.store_pause(&host);
        }
        (verdict, again_at)
    }

    fn host_succeeded(&mut self, id: GalleryId) {
        let Some(host) = self.galleries.get(&id).map(|gallery| gallery.host.clone()) else { return };
        if self.know_host(&host).succeeded() {
            self.store_pause(&host);
        }
    }

    /// The host has said that it takes no more requests for so long.
    fn rest(&mut self, id: GalleryId, rest_ms: Option<Millis>, now: Millis) {
        let host = self.galleries.get(&id).map(|gallery| gallery.host.clone());
        let (Some(rest_ms), Some(host)) = (rest_ms.filter(|ms| *ms > 0), host) else { return };
        let lane = self.know_host(&host);
        let words = format!("{} takes no more requests for the moment. It goes on by itself.", lane.facts.name);
        let fault = Fault::new(FaultKind::RateLimited, words).with_wait_ms(Some(rest_ms));
        lane.asked_for_time(&fault, rest_ms.min(retry::WAIT_MS_MAX), now);
        self.store_pause(&host);
    }

    pub(super) fn store_pause(&mut self, host: &str) {
        self.changes.hosts = true;
        let pause = self.lanes.get(host).and_then(|lane| lane.pause.clone());
        self.effects.push(Effect::Write(Write::PutHostPause { host: host.to_owned(), pause }));
    }

    fn record(
        &mut self,
        gallery: GalleryId,
        image: Option<u32>,
        number: u32,
        fault: &Fault,
        again_at: Option<Millis>,
        now: Millis,
    ) {
        if self.galleries.contains_key(&gallery) {
            let attempt = Attempt { gallery, image, at: now, number, fault: fault.clone(), again_at };
            self.effects.push(Effect::Write(Write::PutAttempt(Box::new(attempt))));
        }
    }

    /// The whole folder is gone, perhaps with its drive: the gallery waits for it.
    fn folder_gone(&mut self, id: GalleryId, fault: Fault) {
        if let Some(work) = self.work.get_mut(&id) {
            if work.stage == Stage::Beginning {
                work.stage = Stage::Transferring;
            }
            self.effects.push(Effect::Cancel(id));
        }
        self.give_claims_back(id);
        if self.state(id) == Some(GalleryState::Uploading) {
            self.amend(id, |gallery| gallery.after_scan.returns_to = Some(GalleryState::Queued));
            self.fail(id, GalleryState::Missing, fault);
        }
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

    /// What the host says of images only now.
    fn collect(&mut self, id: GalleryId, images: Vec<(u32, Result<ImageLinks, Fault>)>, now: Millis) {
        for (position, outcome) in images {
            let state = match outcome {
                Ok(links) => {
                    self.remember(id, position, &links, None, now);
                    ImageState::Uploaded(links)
                }
                Err(fault) => {
                    self.record(id, Some(position), 1, &fault, None, now);
                    ImageState::Failed(fault)
                }
            };
            let is_lost = matches!(state, ImageState::Failed(_));
            let Some(image) = self.work.get_mut(&id).and_then(|work| work.set(position, state)) else { continue };
            if is_lost {
                self.amend(id, |gallery| {
                    gallery.tally.uploaded = gallery.tally.uploaded.saturating_sub(1);
                    gallery.tally.bytes_uploaded = gallery.tally.bytes_uploaded.saturating_sub(image.bytes);
                    gallery.tally.failed += 1;
                });
            }
            if self.galleries.contains_key(&id) {
                self.effects.push(Effect::Write(Write::PutImage(id, Box::new(image))));
            }
        }
    }

    pub(super) fn closed(&mut self, id: GalleryId, outcome: Result<Closed, Fault>, now: Millis) {
        let Some(work) = self.work.get_mut(&id).filter(|work| work.stage == Stage::Closing) else { return };
        match outcome {
            Ok(Closed { link, images }) => {
                if work.has_pending() {
                    // Another try was asked for while the page was made: it waits for its turn.
                    work.stage = Stage::Transferring;
                    if self.state(id) == Some(GalleryState::Uploading) {
                        self.work.remove(&id);
                        self.transition(id, GalleryState::Queued);
                    }
                    return;
                }
                self.host_succeeded(id);
                self.collect(id, images, now);
                let work = self.work.get(&id);
                let failures = work.and_then(|work| failures(work).or_else(|| nothing_usable(work.images())));
                if let Some(link) = Some(link).filter(|link| !link.is_empty() && self.galleries.contains_key(&id)) {
                    self.effects.push(Effect::Write(Write::PutHistoryLink { gallery: id, link: link.clone() }));
                    self.amend(id, |gallery| gallery.at_host.link = Some(link));
                }
                self.settle(id, failures, now);
            }
            Err(fault) => self.try_again_or_settle(id, fault, now, Stage::CloseAt),
        }
    }

    /// The gallery could not be opened or closed: once more later, or it ends with what is uploaded.
    fn try_again_or_settle(&mut self, id: GalleryId, fault: Fault, now: Millis, later: fn(Millis) -> Stage) {
        let Some(work) = self.work.get_mut(&id) else { return };
        work.attempts += 1;
        let attempts = work.attempts;
        let (verdict, again_at) = self.judge(id, WHOLE_GALLERY, attempts, &fault, now);
        self.record(id, None, attempts, &fault, again_at, now);
        let Some(work) = self.work.get_mut(&id) else { return };
        match verdict {
            Verdict::GiveUp => return self.settle(id, Some(fault), now),
            Verdict::Again(_) => {}
            // Nothing is counted against it.
            Verdict::PauseHost(_) | Verdict::HoldHost => work.attempts -= 1,
        }
        work.stage = later(again_at.unwrap_or(now));
        self.amend(id, |gallery| gallery.reason = Some(fault));
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
            gallery.past.finished_at = Some(now);
        });
        self.transition(id, next);
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
