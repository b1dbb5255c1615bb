//! The transfers of one gallery: what is pending, claimed, in flight, or waits for another try. Decides nothing about hosts.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::image::ImageKind;
use crate::core::{Fault, Image, ImageState, Millis};

/// A gallery's transfers. Exists from the slot it gets until the last transfer has answered.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub stage: Stage,
    images: Vec<Image>,
    pending: BTreeSet<u32>,
    /// Images that wait for another try, and until when.
    delayed: BTreeMap<u32, Millis>,
    /// Stored as on their way, ahead of time, so that sending never waits for the disk.
    claims: Claims,
    /// Each with the opening of the gallery that it was sent to.
    in_flight: BTreeMap<u32, u32>,
    /// How often the gallery was opened anew.
    pub renewals: u32,
    /// The next image must arrive before others are sent.
    first_alone: bool,
    /// What an earlier process may have sent already.
    uncertain: BTreeSet<u32>,
    /// Images whose names could become another's at their host.
    namesakes: BTreeSet<u32>,
    /// Failed attempts to open or close.
    pub attempts: u32,
}

#[derive(Debug, Default)]
struct Claims {
    /// The claim is being stored.
    unconfirmed: BTreeSet<u32>,
    /// The claim is stored.
    confirmed: BTreeSet<u32>,
}

/// How far a gallery is with its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
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

    pub fn is_in_flight(&self, position: u32) -> bool {
        self.in_flight.contains_key(&position)
    }

    /// Images that still wait for a slot.
    pub fn waiting(&self) -> usize {
        self.pending.len() + self.claims.unconfirmed.len() + self.claims.confirmed.len()
    }

    /// Whether it needs its gallery's turn: it is being opened, or has images that wait for a slot.
    pub fn holds_turn(&self) -> bool {
        match self.stage {
            Stage::Beginning | Stage::BeginAt(_) => true,
            Stage::Transferring => self.waiting() > 0,
            Stage::Closing | Stage::CloseAt(_) => false,
        }
    }

    /// Whether nothing is under way whose answer must be waited for.
    pub fn is_drained(&self) -> bool {
        let under_way = matches!(self.stage, Stage::Beginning | Stage::Closing);
        self.in_flight.is_empty() && self.claims.unconfirmed.is_empty() && !under_way
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        let delayed = self.delayed.values().copied().min();
        match self.stage {
            Stage::BeginAt(at) | Stage::CloseAt(at) => Some(at),
            Stage::Transferring => delayed,
            Stage::Beginning | Stage::Closing => None,
        }
    }

    /// The clock was set back by so much.
    pub fn set_back(&mut self, by: Millis) {
        self.delayed.values_mut().for_each(|at| *at -= by);
        if let Stage::BeginAt(at) | Stage::CloseAt(at) = &mut self.stage {
            *at -= by;
        }
    }

    /// Whether the time of another try to open has come.
    pub fn is_due_to_begin(&self, now: Millis) -> bool {
        matches!(self.stage, Stage::BeginAt(at) if at <= now)
    }

    /// What waited for another try and is due waits for a slot again.
    pub fn wake(&mut self, now: Millis) {
        let due: Vec<u32> = self.delayed.iter().filter(|(_, at)| **at <= now).map(|(image, _)| *image).collect();
        for image in due {
            self.delayed.remove(&image);
            self.pending.insert(image);
        }
    }

    /// Claims the next image; its claim is to be stored.
    pub fn claim_next(&mut self) -> Option<Image> {
        if self.stage != Stage::Transferring {
            return None;
        }
        let position = self.pending.pop_first()?;
        self.claims.unconfirmed.insert(position);
        self.set(position, ImageState::Uploading)
    }

    /// How many claims there are that are not in flight.
    pub fn claims(&self) -> usize {
        self.claims.unconfirmed.len() + self.claims.confirmed.len()
    }

    pub fn confirm(&mut self, position: u32) {
        if self.claims.unconfirmed.remove(&position) {
            self.claims.confirmed.insert(position);
        }
    }

    /// Whether an image may be sent now.
    pub fn may_send(&self) -> bool {
        let waits_for_the_first = self.first_alone && self.in_flight() > 0;
        !waits_for_the_first && !self.claims.confirmed.is_empty()
    }

    /// Takes the next image whose claim is stored; it is then in flight. Says whether it may have been sent before.
    pub fn send_next(&mut self) -> Option<(Image, bool)> {
        let position = self.claims.confirmed.pop_first()?;
        self.in_flight.insert(position, self.renewals);
        let is_uncertain = self.uncertain.remove(&position);
        self.images.get(position as usize).cloned().map(|image| (image, is_uncertain))
    }

    /// Gives every stored claim back that is not in flight; these images are pending again. A claim that is being stored must
    /// be stored first, so that none is ever sent whose last word in the store is another.
    pub fn give_claims_back(&mut self) -> Vec<Image> {
        let given = std::mem::take(&mut self.claims.confirmed);
        self.pending.extend(&given);
        given.into_iter().filter_map(|position| self.set(position, ImageState::Pending)).collect()
    }

    /// An image has answered. Returns after how many renewals of its gallery it was sent.
    pub fn land(&mut self, position: u32) -> Option<u32> {
        self.in_flight.remove(&position)
    }

    /// The host has made the gallery.
    pub const fn made(&mut self) {
        self.first_alone = false;
    }

    /// It waits for a slot again.
    pub fn put_back(&mut self, position: u32) {
        self.pending.insert(position);
    }

    /// It waits for another try.
    pub fn delay(&mut self, position: u32, until: Millis) {
        self.delayed.insert(position, until);
    }

    /// Whether nothing is left to send and nothing under way.
    pub fn is_all_sent(&self) -> bool {
        self.waiting() == 0 && self.delayed.is_empty() && self.in_flight.is_empty()
    }

    /// When nothing is left to send, or the time of another try has come: closing may begin.
    pub fn is_due_to_close(&self, now: Millis) -> bool {
        match self.stage {
            Stage::Transferring => self.is_all_sent(),
            Stage::CloseAt(at) => at <= now,
            Stage::Beginning | Stage::BeginAt(_) | Stage::Closing => false,
        }
    }

    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
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

    /// Takes the stored images over. Returns those that were on their way when the program ended.
    pub fn open(&mut self, images: Vec<Image>, first_alone: bool) -> Vec<u32> {
        self.first_alone = first_alone;
        self.attempts = 0;
        if !self.images.is_empty() {
            // Opened anew: what is in flight or waits stays so.
            self.stage = Stage::Transferring;
            return Vec::new();
        }
        let unfinished = |image: &&Image| matches!(image.state, ImageState::Pending | ImageState::Uploading);
        self.pending = images.iter().filter(unfinished).map(|image| image.position).collect();
        let on_the_way = images.iter().filter(|image| image.state == ImageState::Uploading);
        let on_the_way: Vec<_> = on_the_way.map(|image| image.position).collect();
        self.uncertain = on_the_way.iter().copied().collect();
        self.namesakes = namesakes(&images);
        self.images = images;
        self.stage = Stage::Transferring;
        on_the_way
    }

    pub fn has_namesake(&self, position: u32) -> bool {
        self.namesakes.contains(&position)
    }

    pub fn images(&self) -> &[Image] {
        &self.images
    }

    pub fn image_mut(&mut self, position: u32) -> Option<&mut Image> {
        self.images.get_mut(position as usize)
    }

    pub fn set(&mut self, position: u32, state: ImageState) -> Option<Image> {
        let image = self.image_mut(position)?;
        image.state = state;
        Some(image.clone())
    }

    pub fn failed(&self) -> impl Iterator<Item = (&Image, &Fault)> {
        self.images.iter().filter_map(|image| match &image.state {
            ImageState::Failed(fault) => Some((image, fault)),
            _ => None,
        })
    }
}

/// What could end in one file: names that differ only in case, where case is not told apart, and a name that becomes another by
/// the ending of a picture behind it.
fn namesakes(images: &[Image]) -> BTreeSet<u32> {
    let mut by_name: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for image in images {
        by_name.entry(image.file.to_string_lossy().to_lowercase()).or_default().push(image.position);
    }
    let mut namesakes: BTreeSet<u32> = by_name.values().filter(|same| same.len() > 1).flatten().copied().collect();
    for (name, positions) in by_name.iter().filter(|(name, _)| ImageKind::of_name(name).is_some()) {
        if let Some(others) = name.rsplit_once('.').and_then(|(stem, _)| by_name.get(stem)) {
            namesakes.extend(positions.iter().chain(others));
        }
    }
    namesakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_become_the_same_are_namesakes() {
        let images = ["a.png", "b.png", "A.PNG", "Ä.png", "ä.png", "c.php", "C.PHP.gif", "d.php", "b.jpg"]
            .into_iter()
            .enumerate()
            .map(|(position, file)| Image {
                position: u32::try_from(position).expect("few"),
                file: file.into(),
                bytes: 1,
                modified_at: 0,
                pixels: (1, 1),
                attempts: 0,
                state: ImageState::Pending,
            });
        let mut work = Work::default();
        work.open(images.collect(), false);
        assert_eq!((0..9).filter(|position| work.has_namesake(*position)).collect::<Vec<_>>(), [0, 2, 3, 4, 5, 6]);
    }
}
