//! The queue: the only place where galleries and images change state.
//!
//! [`Queue::step`] takes an event and the time and returns effects. It is pure and deterministic. The effects of one
//! step are carried out in two parts: first all [`Effect::Write`]s as one transaction, then, once that is committed, the
//! rest. So nothing is acted upon, answered or shown before it is durable.

mod add;
mod commands;
mod event;
mod index;
mod schedule;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::{BTreeMap, BTreeSet};

pub use event::{Begun, Effect, Event, FoundImage, Resolution, Scan, Ticket, Write};

pub(crate) use commands::stopping;

use super::{Fault, Gallery, GalleryId, GalleryState, Millis, Settings, Tally};
use index::Index;
use transfer::Work;

/// The host every gallery goes to until the person chooses another.
pub const DEFAULT_HOST: &str = "folder";

/// All galleries and what is being done with them.
#[derive(Debug, Default)]
pub struct Queue {
    galleries: BTreeMap<GalleryId, Gallery>,
    index: Index,
    /// Galleries with transfers under way (or draining after a stop).
    work: BTreeMap<GalleryId, Work>,
    waiters: Vec<Waiter>,
    settings: Settings,
    id_last: i64,
    scope: Scope,
    /// Set by `Quit`: nothing new is begun.
    stopping: bool,
    /// What the step under way has decided so far.
    effects: Vec<Effect>,
    /// Changed in the step under way.
    unsaved: BTreeSet<GalleryId>,
    /// Changed since the publisher last asked.
    touched: BTreeSet<GalleryId>,
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
    /// A queue with what the store holds. `id_last` is the highest id ever given out.
    ///
    /// Returns the effects that recover from the last end of the program: what was scanning is scanned again, what was
    /// uploading goes on (or waits, as the settings say).
    #[must_use]
    pub fn restore(galleries: Vec<Gallery>, settings: Settings, id_last: i64, scope: Scope) -> (Self, Vec<Effect>) {
        let mut queue = Self { settings, id_last, scope, ..Self::default() };
        for gallery in galleries {
            queue.id_last = queue.id_last.max(gallery.id.0);
            queue.index.insert(&gallery);
            queue.galleries.insert(gallery.id, gallery);
        }
        let interrupted: Vec<_> = queue.galleries.values().map(|g| (g.id, g.state, g.tally)).collect();
        for (id, state, tally) in interrupted {
            match state {
                GalleryState::Scanning => queue.transition(id, GalleryState::Added),
                GalleryState::Uploading if queue.settings.resume_on_start => {
                    queue.transition(id, GalleryState::Queued);
                }
                GalleryState::Uploading => queue.come_to_a_stop(id, tally),
                _ => {}
            }
        }
        let effects = queue.finish_step();
        (queue, effects)
    }

    /// Takes one event at `now` and says what must be done.
    pub fn step(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        match event {
            Event::Command { ticket, command } => self.command(ticket, command),
            Event::Resolved { ticket, folders, start } => self.resolved(ticket, folders, start, now),
            Event::Scanned { gallery, outcome } => self.scanned(gallery, outcome),
            Event::Begun { gallery, outcome } => self.begun(gallery, outcome, now),
            Event::Transferred { gallery, image, outcome } => self.transferred(gallery, image, outcome, now),
            Event::Closed { gallery, outcome } => self.closed(gallery, outcome, now),
            Event::Timer => {}
        }
        self.schedule(now);
        self.finish_step()
    }

    /// When [`Event::Timer`] must come at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.work.values().filter_map(Work::next_deadline).min()
    }

    /// All galleries in queue order.
    pub fn galleries(&self) -> impl Iterator<Item = &Gallery> {
        self.galleries.values()
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

    /// Images in flight, all galleries together.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.work.values().map(Work::in_flight).sum()
    }

    /// Galleries changed, added or removed since this was last asked.
    pub fn take_touched(&mut self) -> BTreeSet<GalleryId> {
        std::mem::take(&mut self.touched)
    }

    /// The only place where a gallery's state is set. A change that the table forbids is a defect of the caller and is not made.
    fn transition(&mut self, id: GalleryId, next: GalleryState) {
        let Some(gallery) = self.galleries.get_mut(&id) else { return };
        if gallery.state == next {
            return;
        }
        debug_assert!(gallery.state.may_become(next), "{id}: {:?} may not become {next:?}", gallery.state);
        if gallery.state.may_become(next) {
            self.index.remove(gallery);
            gallery.state = next;
            self.index.insert(gallery);
            self.touch(id);
        }
    }

    /// Changes anything about a gallery but its state.
    fn amend(&mut self, id: GalleryId, change: impl FnOnce(&mut Gallery)) {
        if let Some(gallery) = self.galleries.get_mut(&id) {
            change(gallery);
            self.touch(id);
        }
    }

    fn touch(&mut self, id: GalleryId) {
        self.unsaved.insert(id);
        self.touched.insert(id);
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
        for id in std::mem::take(&mut self.unsaved) {
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
        let galleries = &self.galleries;
        let settled = |id: &GalleryId| galleries.get(id).is_none_or(|gallery| gallery.state.is_settled());
        self.waiters.retain(|waiter| {
            let done = waiter.galleries.iter().all(settled);
            if done {
                effects.push(Effect::Reply(waiter.ticket, Ok(super::Reply::Done)));
            }
            !done
        });
    }
}
