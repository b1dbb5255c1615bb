//! Who is next: scans, galleries and images, within the limits of each host and of all together.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::index::turn;
use super::work::Stage;
use super::{Effect, Queue, UploadOrder, Work, Write};
use crate::core::bandwidth::Bandwidth;
use crate::core::{Gallery, GalleryId, GalleryState, Millis};

/// Folders scanned at once.
pub(super) const SCANS_MAX: usize = 4;
/// Images claimed ahead of those in flight, for each gallery whose turn it is.
pub(super) const CLAIMS_AHEAD: usize = 8;
/// Galleries of one host that are open at once beyond those whose turn it is: what waits for another try, or to be closed.
pub(super) const OPEN_AHEAD_MAX: usize = 8;
/// The next gallery is opened while this many images for each slot still wait.
const OPEN_AHEAD_IMAGES: usize = 2;
/// Missing folders looked for at once.
const FOLDERS_MAX: usize = 64;
const MINUTE: Millis = 60_000;
/// How often the drive and missing folders are looked at, while there is something that needs them.
const LOOK_EVERY: Millis = 10_000;

/// What the queue knows of the world that changes by itself.
#[derive(Debug)]
pub(super) struct Clocks {
    zone: TimeZone,
    /// Of the last step.
    pub now: Millis,
    /// When limits by the time of day are to be looked at again; `None` is not yet, or after a change.
    limits_at: Option<Millis>,
    throttled_to: Option<u64>,
    disk_at: Millis,
    disk_free_mib: Option<u64>,
    folders_at: Millis,
    /// The last one looked for.
    folder_last: Option<GalleryId>,
}

impl Default for Clocks {
    fn default() -> Self {
        Self::new(TimeZone::UTC)
    }
}

impl Clocks {
    pub const fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            now: 0,
            limits_at: None,
            throttled_to: None,
            disk_at: 0,
            disk_free_mib: None,
            folders_at: 0,
            folder_last: None,
        }
    }

    pub const fn settings_changed(&mut self) {
        self.limits_at = None;
        self.disk_at = 0;
    }

    /// The clock was set back by so much.
    const fn set_back(&mut self, by: Millis) {
        self.limits_at = None;
        self.disk_at -= by;
        self.folders_at -= by;
    }

    /// Why nothing new is begun.
    pub fn disk_trouble(&self, reserve_mib: u32) -> Option<String> {
        let free = self.disk_free_mib.filter(|free| *free < u64::from(reserve_mib))?;
        Some(format!(
            "Only {free} MiB are free on the drive of the data directory, {reserve_mib} MiB are kept free. Uploads go on by themselves once there is space."
        ))
    }

    /// The minute of the local day, and when the next one begins.
    fn minute(&self, now: Millis) -> (u16, Millis) {
        let at = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone());
        let minute = u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0);
        (minute, now - now.rem_euclid(MINUTE) + MINUTE)
    }
}

impl Queue {
    /// When [`super::Event::Timer`] must come at the latest. `None` while nothing depends on time: an idle program sleeps.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        if self.stopping || self.scope == super::Scope::Nothing {
            return None;
        }
        let missing = (!self.index.missing().is_empty()).then_some(self.clocks.folders_at);
        if !self.is_busy() {
            return missing;
        }
        let works = self.work.values().filter_map(Work::next_deadline);
        let lanes = self.lanes.values().filter(|lane| self.is_wanted(&lane.facts.id));
        let lanes = lanes.flat_map(super::Lane::deadlines);
        let others = [missing, self.clocks.limits_at, Some(self.clocks.disk_at)].into_iter().flatten();
        // What was due in the last step and could not be done waits for something else.
        works.chain(lanes).chain(others).filter(|at| *at > self.clocks.now).min()
    }

    /// It is `now`. A clock can be set back (by a person, another system on this computer, or the network after the start): all that was
    /// to come is then pulled back with it, so that nothing waits longer than it was to.
    pub(super) fn tick(&mut self, now: Millis) {
        let back = self.clocks.now - now;
        if back > 0 {
            self.clocks.set_back(back);
            self.work.values_mut().for_each(|work| work.set_back(back));
            self.lanes.values_mut().for_each(|lane| lane.set_back(back));
        }
        self.clocks.now = now;
        let mut moved = Vec::new();
        for lane in self.lanes.values_mut() {
            if lane.shorten_pause(now) || back > 0 && lane.pause.is_some() {
                moved.push(lane.facts.id.clone());
            }
        }
        for host in moved {
            self.store_pause(&host);
        }
    }

    /// Whether anything is uploaded or waits for that.
    fn is_busy(&self) -> bool {
        !self.work.is_empty() || self.lanes.keys().any(|host| self.index.queued(host) > 0)
    }

    fn is_wanted(&self, host: &str) -> bool {
        self.index.queued(host) > 0 || self.works_of(host).next().is_some()
    }

    /// Fills every free slot.
    pub(super) fn schedule(&mut self, now: Millis) {
        self.drop_drained_work();
        if self.stopping {
            return;
        }
        self.end_pauses(now);
        self.start_scans();
        self.start_outputs();
        self.look_around(now);
        self.set_throttles(now);
        let hosts: Vec<String> = self.lanes.keys().filter(|host| self.is_wanted(host)).cloned().collect();
        for host in hosts {
            self.schedule_host(&host, now);
        }
    }

    /// Work of galleries that are no longer uploading ends with its last transfer.
    fn drop_drained_work(&mut self) {
        let galleries = &self.galleries;
        self.work.retain(|id, work| {
            let uploading = galleries.get(id).is_some_and(|gallery| gallery.state == GalleryState::Uploading);
            uploading || !work.is_drained()
        });
    }

    fn end_pauses(&mut self, now: Millis) {
        let is_over = |lane: &&super::Lane| lane.pause.as_ref().is_some_and(|pause| pause.until <= now);
        let over: Vec<_> = self.lanes.values().filter(is_over).map(|lane| lane.facts.id.clone()).collect();
        for host in over {
            self.know_host(&host).pause = None;
            self.store_pause(&host);
        }
    }

    fn start_scans(&mut self) {
        while self.index.scanning() < SCANS_MAX {
            let Some(id) = self.index.first_unscanned(&self.scope) else { return };
            self.transition(id, GalleryState::Scanning);
            if let Some(gallery) = self.galleries.get(&id) {
                let by_content = self.settings.adding.recognise == crate::core::settings::Recognise::Content;
                self.effects.push(Effect::Scan { gallery: Box::new(gallery.clone()), by_content });
            }
        }
    }

    /// Looks at the drive while something is uploaded, and for folders that are missing.
    fn look_around(&mut self, now: Millis) {
        if self.scope == super::Scope::Nothing {
            return;
        }
        if self.is_busy() && self.clocks.disk_at <= now {
            self.clocks.disk_at = now + LOOK_EVERY;
            self.effects.push(Effect::MeasureDisk);
        }
        if self.clocks.folders_at <= now && !self.index.missing().is_empty() {
            self.clocks.folders_at = now + LOOK_EVERY;
            let missing = self.index.missing();
            let after = missing.iter().filter(|id| self.clocks.folder_last.is_none_or(|last| **id > last));
            let next: Vec<_> = after.take(FOLDERS_MAX).filter_map(|id| self.galleries.get(id)).collect();
            self.clocks.folder_last = next.last().map(|gallery| gallery.id).filter(|_| next.len() == FOLDERS_MAX);
            let folders = next.into_iter().map(|gallery| (gallery.id, gallery.folder.path.clone())).collect();
            self.effects.push(Effect::LookForFolders(folders));
        }
    }

    pub(super) fn disk_measured(&mut self, free_mib: Option<u64>) {
        let reserve = self.settings.disk_reserve_mib;
        let before = self.clocks.disk_trouble(reserve);
        self.clocks.disk_free_mib = free_mib;
        self.changes.hosts |= before != self.clocks.disk_trouble(reserve);
    }

    fn set_throttles(&mut self, now: Millis) {
        if self.clocks.limits_at.is_some_and(|at| now < at) {
            return;
        }
        let (minute, next_minute) = self.clocks.minute(now);
        let limit = self.settings.bandwidth.at(minute);
        if self.clocks.throttled_to != limit {
            self.clocks.throttled_to = limit;
            self.effects.push(Effect::Throttle { host: None, bytes_per_second: limit });
        }
        for lane in self.lanes.values_mut() {
            let limit = lane.settings.bandwidth.at(minute);
            if lane.throttled_to != limit {
                lane.throttled_to = limit;
                let host = Some(lane.facts.id.clone());
                self.effects.push(Effect::Throttle { host, bytes_per_second: limit });
            }
        }
        let plans = self.lanes.values().map(|lane| &lane.settings.bandwidth).chain([&self.settings.bandwidth]);
        let minutes = plans.filter_map(|plan: &Bandwidth| plan.minutes_until_change(minute)).min();
        self.clocks.limits_at =
            Some(minutes.map_or(Millis::MAX, |minutes| next_minute + (i64::from(minutes) - 1) * MINUTE));
    }

    fn schedule_host(&mut self, host: &str, now: Millis) {
        let Some(lane) = self.lanes.get(host) else { return };
        if lane.is_out_for_long(now) {
            return self.wait_in_the_queue(host);
        }
        if !lane.is_open(now) {
            return;
        }
        self.close_galleries(host, now);
        if self.holds_everything().is_some() {
            return;
        }
        self.start_galleries(host, now);
        let mut in_turn: Vec<_> = self.works_of(host).collect();
        in_turn.sort_by_key(|id| self.galleries.get(id).map(turn));
        for id in &in_turn {
            if let Some(work) = self.work.get_mut(id) {
                work.wake(now);
            }
        }
        self.start_images(host, &in_turn, now);
        self.claim_images(host, &in_turn);
    }

    /// Galleries of a host that cannot be used for long give their slots back: they are queued, and the host says why.
    fn wait_in_the_queue(&mut self, host: &str) {
        let ids: Vec<_> = self.works_of(host).collect();
        for id in ids {
            self.give_claims_back(id);
            if self.work.get(&id).is_some_and(Work::is_drained) {
                self.work.remove(&id);
                self.transition(id, GalleryState::Queued);
            }
        }
    }

    /// Galleries of `host` that are uploading.
    fn works_of<'a>(&'a self, host: &'a str) -> impl Iterator<Item = GalleryId> + 'a {
        let uploading = move |gallery: &Gallery| gallery.host == host && gallery.state == GalleryState::Uploading;
        self.work.keys().copied().filter(move |id| self.galleries.get(id).is_some_and(uploading))
    }

    fn close_galleries(&mut self, host: &str, now: Millis) {
        let ids: Vec<_> = self.works_of(host).collect();
        for id in ids {
            if self.work.get(&id).is_some_and(|work| work.is_due_to_close(now)) && self.take_request(host, now) {
                let (Some(work), Some(gallery)) = (self.work.get_mut(&id), self.galleries.get(&id)) else { continue };
                work.stage = Stage::Closing;
                let images = work.images().to_vec();
                self.effects.push(Effect::Close { gallery: Box::new(gallery.clone()), images });
            }
        }
    }

    /// Opens galleries, the next one a little before its turn, so that no slot waits for that.
    fn start_galleries(&mut self, host: &str, now: Millis) {
        let due: Vec<_> =
            self.works_of(host).filter(|id| self.work.get(id).is_some_and(|work| work.is_due_to_begin(now))).collect();
        for id in due {
            if self.take_request(host, now) {
                self.begin(id);
            }
        }
        while self.may_open_another(host) {
            let Some(id) = self.index.first_queued(host, &self.scope) else { return };
            // After a quick pause and start its transfers may still be under way: the work goes on.
            if self.work.contains_key(&id) {
                self.transition(id, GalleryState::Uploading);
            } else if self.take_request(host, now) {
                self.transition(id, GalleryState::Uploading);
                self.work.insert(id, Work::default());
                self.begin(id);
            } else {
                return;
            }
        }
    }

    fn begin(&mut self, id: GalleryId) {
        if let (Some(work), Some(gallery)) = (self.work.get_mut(&id), self.galleries.get(&id)) {
            work.stage = Stage::Beginning;
            let anew = work.renewals > 0 && !work.images().is_empty();
            self.effects.push(Effect::Begin { gallery: Box::new(gallery.clone()), anew });
        }
    }

    fn may_open_another(&self, host: &str) -> bool {
        let Some(lane) = self.lanes.get(host) else { return false };
        let at_once = lane.settings.galleries_at_once;
        let works: Vec<_> = self.works_of(host).filter_map(|id| self.work.get(&id)).collect();
        let holding: Vec<_> = works.iter().filter(|work| work.holds_turn()).collect();
        let waiting: usize = holding.iter().map(|work| work.waiting()).sum();
        let nearly_done = waiting <= OPEN_AHEAD_IMAGES * lane.parallel_images();
        let is_opening = holding.iter().any(|work| work.stage != Stage::Transferring);
        let turns = at_once + usize::from(nearly_done && !is_opening);
        holding.len() < turns && works.len() < at_once + OPEN_AHEAD_MAX
    }

    fn take_request(&mut self, host: &str, now: Millis) -> bool {
        self.lanes.get_mut(host).is_some_and(|lane| lane.take_request(now))
    }

    /// Sends claimed images, in turn; galleries whose turn it is at once share the slots.
    fn start_images(&mut self, host: &str, in_turn: &[GalleryId], now: Millis) {
        let Some(lane) = self.lanes.get(host) else { return };
        let (parallel, at_once) = (lane.parallel_images(), lane.settings.galleries_at_once);
        loop {
            let sending: usize =
                self.work.iter().filter(|(id, _)| self.is_at(**id, host)).map(|(_, w)| w.in_flight()).sum();
            if sending >= parallel || self.in_flight() >= self.settings.parallel_images {
                return;
            }
            let works = in_turn.iter().filter_map(|id| self.work.get(id).map(|work| (*id, work)));
            let turns = works.filter(|(_, work)| work.stage == Stage::Transferring && work.waiting() > 0).take(at_once);
            let ready = turns.filter(|(_, work)| work.may_send());
            let Some((id, _)) = ready.min_by_key(|(_, work)| work.in_flight()) else { return };
            if !self.take_request(host, now) {
                return;
            }
            self.send_next(id);
        }
    }

    fn is_at(&self, id: GalleryId, host: &str) -> bool {
        self.galleries.get(&id).is_some_and(|gallery| gallery.host == host)
    }

    fn send_next(&mut self, id: GalleryId) {
        let (Some(work), Some(gallery)) = (self.work.get_mut(&id), self.galleries.get(&id)) else { return };
        if let Some((image, is_uncertain)) = work.send_next() {
            let has_namesake = work.has_namesake(image.position);
            let order = UploadOrder { gallery: gallery.clone(), image, is_uncertain, has_namesake };
            self.effects.push(Effect::Upload(Box::new(order)));
        }
    }

    /// Claims what is sent next, ahead of time: the disk then holds nothing up.
    fn claim_images(&mut self, host: &str, in_turn: &[GalleryId]) {
        let turns = self.lanes.get(host).map_or(1, |lane| lane.settings.galleries_at_once) + 1;
        let waiting = in_turn
            .iter()
            .filter(|id| self.work.get(id).is_some_and(|work| work.stage == Stage::Transferring && work.waiting() > 0));
        let waiting: Vec<_> = waiting.take(turns).copied().collect();
        for id in waiting {
            while self.work.get(&id).is_some_and(|work| work.claims() < CLAIMS_AHEAD) {
                let Some(image) = self.work.get_mut(&id).and_then(Work::claim_next) else { break };
                let position = image.position;
                self.effects.push(Effect::Write(Write::PutImage(id, Box::new(image))));
                self.effects.push(Effect::Claim { gallery: id, image: position });
            }
        }
    }

    /// What is claimed and not in flight is pending again.
    pub(super) fn give_claims_back(&mut self, id: GalleryId) {
        let Some(work) = self.work.get_mut(&id) else { return };
        for image in work.give_claims_back() {
            if self.galleries.contains_key(&id) {
                self.effects.push(Effect::Write(Write::PutImage(id, Box::new(image))));
            }
        }
    }

    pub(super) fn claimed(&mut self, id: GalleryId, image: u32) {
        if let Some(work) = self.work.get_mut(&id) {
            work.confirm(image);
        }
        if self.state(id) != Some(GalleryState::Uploading) {
            self.give_claims_back(id);
        }
    }
}
