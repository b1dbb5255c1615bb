//! The queue: the only place where galleries and images change state.
//!
//! [`Queue::step`] takes an event and the time and returns effects. It is pure and deterministic. The effects of one
//! step are carried out in two parts: first all [`Effect::Write`]s as one transaction, then, once that is committed, the
//! rest. So nothing is acted upon, answered or shown before it is durable.

mod add;
mod commands;
mod event;
mod import;
mod index;
mod lane;
mod order;
mod outputs;
mod scanned;
mod schedule;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod transfer;
mod tabs;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

pub use event::{
    Attempt, Begun, Effect, Event, Failure, Found, FoundImage, Pause, Question, Recalled, Resolution, Scan, Ticket,
    UploadOrder, Uploaded, Write,
};

pub use import::ImportPart;

pub(crate) use commands::stopping;

use super::legacy::ImportReport;
use super::snapshot::HostRow;
use super::{Fault, Gallery, GalleryId, GalleryState, HostFacts, HostSettings, Millis, Settings, Tab, TabId, Tally};
use index::Index;
use lane::Lane;
use outputs::Outputs;
use schedule::Clocks;
use work::Work;

/// The host every gallery goes to until the person chooses another.
pub const DEFAULT_HOST: &str = "folder";

/// What the queue is restored from.
#[derive(Debug, Default)]
pub struct Stored {
    /// All galleries.
    pub galleries: Vec<Gallery>,
    /// The settings.
    pub settings: Settings,
    /// The highest gallery id ever given out.
    pub id_last: i64,
    /// What the person has set for hosts.
    pub host_settings: BTreeMap<String, HostSettings>,
    /// Hosts that were left alone when the program ended.
    pub pauses: BTreeMap<String, Pause>,
    /// The tabs in their order.
    pub tabs: Vec<Tab>,
}

/// All galleries and what is being done with them.
#[derive(Debug, Default)]
pub struct Queue {
    galleries: BTreeMap<GalleryId, Gallery>,
    index: Index,
    /// Galleries with transfers under way (or draining after a stop).
    work: BTreeMap<GalleryId, Work>,
    lanes: BTreeMap<String, Lane>,
    outputs: Outputs,
    waiters: Vec<Waiter>,
    /// What is known so far of imports under way.
    imports: BTreeMap<Ticket, ImportReport>,
    settings: Settings,
    clocks: Clocks,
    id_last: i64,
    tabs: Vec<Tab>,
    tab_last: i64,
    scope: Scope,
    /// Set by `Quit`: nothing new is begun.
    stopping: bool,
    /// What the step under way has decided so far.
    effects: Vec<Effect>,
    changes: Changes,
}

/// What has changed and is not told yet.
#[derive(Debug, Default)]
struct Changes {
    /// In the step under way.
    unsaved: BTreeSet<GalleryId>,
    /// Since the publisher last asked.
    touched: BTreeSet<GalleryId>,
    /// Hosts or what holds everything, since the publisher last asked.
    hosts: bool,
    /// Tabs, since the publisher last asked.
    tabs: bool,
    /// Settings, other than by a command.
    settings: bool,
}

/// Which galleries this process works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The resident: all.
    #[default]
    All,
    /// A `--run-once` of its own: those it was asked for; the others wait for the resident.
    Only(BTreeSet<GalleryId>),
    /// A command without a resident: it only changes what is stored.
    Nothing,
}

impl Scope {
    fn contains(&self, id: GalleryId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
            Self::Nothing => false,
        }
    }
}

/// Somebody who waits until all of these have settled.
#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    galleries: BTreeSet<GalleryId>,
}

impl Queue {
    /// A queue with what the store holds, for these hosts; times of the day are those of `zone`.
    ///
    /// Returns the effects that recover from the last end of the program: what was scanning is scanned again, what was
    /// uploading goes on (or waits, as the settings say).
    #[must_use]
    pub fn restore(stored: Stored, hosts: Vec<HostFacts>, zone: TimeZone, scope: Scope) -> (Self, Vec<Effect>) {
        let Stored { galleries, settings, id_last, host_settings, pauses, tabs } = stored;
        let mut queue = Self { settings, id_last, scope, clocks: Clocks::new(zone), ..Self::default() };
        queue.lanes = hosts.into_iter().map(|facts| (facts.id.clone(), Lane::new(facts, true))).collect();
        queue.take_tabs(tabs);
        for mut gallery in galleries {
            if !queue.has_tab(gallery.place.tab) {
                gallery.place.tab = TabId::MAIN;
            }
            queue.id_last = queue.id_last.max(gallery.id.0);
            queue.know_host(&gallery.host);
            queue.index.insert(&gallery);
            queue.galleries.insert(gallery.id, gallery);
        }
        for (host, settings) in host_settings {
            queue.know_host(&host).settings = settings;
        }
        for (host, pause) in pauses {
            queue.know_host(&host).pause = Some(pause);
        }
        queue.recover();
        queue.recover_outputs();
        let effects = queue.finish_step();
        (queue, effects)
    }

    /// The lane of a host, also of one without a definition.
    fn know_host(&mut self, id: &str) -> &mut Lane {
        self.lanes.entry(id.to_owned()).or_insert_with(|| Lane::new(HostFacts::named(id, id), false))
    }

    fn recover(&mut self) {
        let interrupted: Vec<_> = self.galleries.values().map(|g| (g.id, g.state, g.tally)).collect();
        for (id, state, tally) in interrupted {
            match state {
                GalleryState::Scanning => self.transition(id, GalleryState::Added),
                GalleryState::Uploading if self.settings.resume_on_start => {
                    self.transition(id, GalleryState::Queued);
                }
                GalleryState::Uploading => self.come_to_a_stop(id, tally),
                _ => {}
            }
        }
    }

    /// Takes one event at `now` and says what must be done.
    pub fn step(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        self.tick(now);
        match event {
            Event::Command { ticket, command } => self.command(ticket, command),
            Event::Resolved { ticket, folders, choices } => self.resolved(ticket, folders, &choices, now),
            Event::Relocated { ticket, gallery, folder } => self.relocated(ticket, gallery, folder),
            Event::Scanned { gallery, outcome } => self.scanned(gallery, outcome, now),
            Event::Begun { gallery, outcome } => self.begun(gallery, outcome, now),
            Event::Claimed { gallery, image } => self.claimed(gallery, image),
            Event::Transferred { gallery, image, outcome } => self.transferred(gallery, image, outcome, now),
            Event::Closed { gallery, outcome } => self.closed(gallery, outcome, now),
            Event::Recalled { gallery, outcome } => self.recalled(gallery, outcome, now),
            Event::DiskMeasured(free_mib) => self.disk_measured(free_mib),
            Event::SignedIn { ticket, host, outcome } => self.signed_in(ticket, &host, outcome),
            Event::HostsLoaded { ticket, hosts, refusal } => self.hosts_loaded(ticket, hosts, refusal),
            Event::OutputMade { gallery, made } => self.output_made(gallery, made),
            Event::TemplatesChanged { ticket, outcome } => self.templates_changed(ticket, outcome),
            Event::FoldersBack(galleries) => self.folders_back(galleries),
            Event::Imported { ticket, outcome } => self.imported(ticket, outcome.map(|part| *part)),
            Event::Timer => {}
        }
        self.schedule(now);
        self.finish_step()
    }

    /// All galleries in queue order.
    pub fn galleries(&self) -> impl Iterator<Item = &Gallery> {
        self.index.in_order().filter_map(|id| self.galleries.get(&id))
    }

    /// One gallery.
    #[must_use]
    pub fn gallery(&self, id: GalleryId) -> Option<&Gallery> {
        self.galleries.get(&id)
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the person has set for a host.
    #[must_use]
    pub fn host_settings(&self, host: &str) -> HostSettings {
        self.lanes.get(host).map(|lane| lane.settings.clone()).unwrap_or_default()
    }

    /// The hosts and how they are.
    #[must_use]
    pub fn hosts(&self, now: Millis) -> Vec<HostRow> {
        self.lanes.values().map(|lane| lane.row(now)).collect()
    }

    /// Why nothing new is begun at the moment, whatever the host.
    #[must_use]
    pub fn holds_everything(&self) -> Option<String> {
        self.clocks.disk_trouble(self.settings.disk_reserve_mib)
    }

    /// Images in flight, all galleries together.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.work.values().map(Work::in_flight).sum()
    }

    /// Whether [`Queue::settings`] have changed other than by a command since this was last asked.
    pub fn take_settings_changed(&mut self) -> bool {
        std::mem::take(&mut self.changes.settings)
    }

    /// Galleries changed, added or removed since this was last asked.
    pub fn take_touched(&mut self) -> BTreeSet<GalleryId> {
        std::mem::take(&mut self.changes.touched)
    }

    /// Whether [`Queue::hosts`] or [`Queue::holds_everything`] may have changed since this was last asked.
    pub fn take_hosts_changed(&mut self) -> bool {
        std::mem::take(&mut self.changes.hosts)
    }

    /// The only place where a gallery's state is set. A change that the table forbids is a defect of the caller and is not made.
    fn transition(&mut self, id: GalleryId, next: GalleryState) {
        let Some(gallery) = self.galleries.get_mut(&id) else { return };
        if gallery.state == next {
            return;
        }
        debug_assert!(gallery.state.may_become(next), "{id}: {:?} may not become {next:?}", gallery.state);
        if gallery.state.may_become(next) {
            let before = gallery.state;
            self.index.remove(gallery);
            gallery.state = next;
            self.index.insert(gallery);
            self.touch(id);
            self.output_after(id, before);
        }
    }

    /// Changes what no lookup depends on.
    fn amend(&mut self, id: GalleryId, change: impl FnOnce(&mut Gallery)) {
        if let Some(gallery) = self.galleries.get_mut(&id) {
            change(gallery);
            self.touch(id);
        }
    }

    /// Changes a gallery's folder, place or host.
    fn rearrange(&mut self, id: GalleryId, change: impl FnOnce(&mut Gallery)) {
        if let Some(gallery) = self.galleries.get_mut(&id) {
            self.index.remove(gallery);
            change(gallery);
            self.index.insert(gallery);
            self.touch(id);
        }
    }

    fn touch(&mut self, id: GalleryId) {
        self.changes.unsaved.insert(id);
        self.changes.touched.insert(id);
    }

    /// A transition with its reason.
    fn fail(&mut self, id: GalleryId, next: GalleryState, fault: Fault) {
        self.amend(id, |gallery| gallery.reason = Some(fault));
        self.transition(id, next);
    }

    /// With something uploaded it is incomplete, otherwise as good as new.
    fn come_to_a_stop(&mut self, id: GalleryId, tally: Tally) {
        if tally.uploaded > 0 {
            self.fail(id, GalleryState::Incomplete, transfer::stopped());
        } else {
            self.transition(id, GalleryState::Ready);
        }
    }

    fn state(&self, id: GalleryId) -> Option<GalleryState> {
        self.galleries.get(&id).map(|gallery| gallery.state)
    }

    /// Adds the writes for everything touched, answers those who waited for it, and hands the effects out.
    fn finish_step(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in std::mem::take(&mut self.changes.unsaved) {
            match self.galleries.get(&id) {
                Some(gallery) => effects.push(Effect::Write(Write::PutGallery(Box::new(gallery.clone())))),
                None => effects.push(Effect::Write(Write::RemoveGallery(id))),
            }
        }
        effects.append(&mut self.effects);
        self.answer_waiters(&mut effects);
        effects
    }

    fn answer_waiters(&mut self, effects: &mut Vec<Effect>) {
        let (galleries, lanes, now) = (&self.galleries, &self.lanes, self.clocks.now);
        let is_held = self.holds_everything().is_some();
        // What waits for a person, who may never come, or for long, is not waited for.
        let is_stuck = |gallery: &Gallery| match gallery.state {
            GalleryState::Queued => is_held || lanes.get(&gallery.host).is_some_and(|lane| lane.is_out_for_long(now)),
            GalleryState::Uploading => is_held,
            _ => false,
        };
        let is_done = |gallery: &Gallery| (gallery.state.is_settled() && !gallery.post.is_due) || is_stuck(gallery);
        let settled = |id: &GalleryId| galleries.get(id).is_none_or(is_done);
        self.waiters.retain(|waiter| {
            let done = waiter.galleries.iter().all(settled);
            if done {
                effects.push(Effect::Reply(waiter.ticket, Ok(super::Reply::Done)));
            }
            !done
        });
    }
}
