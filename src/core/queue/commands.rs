//! What a person can ask of galleries in the queue.

use std::collections::BTreeSet;

use super::{Effect, Queue, Ticket, Waiter, Write};
use crate::core::{Command, GalleryId, GalleryState, Refusal, RefusalCode, Reply, Selection};

impl Queue {
    pub(super) fn command(&mut self, ticket: Ticket, command: Command) {
        if self.stopping && !matches!(command, Command::Report | Command::Quit) {
            return self.refuse(ticket, stopping());
        }
        match command {
            Command::Add { folders, start } => self.effects.push(Effect::Resolve { ticket, folders, start }),
            Command::Start(selection) => self.each(ticket, &selection, Self::start),
            Command::Pause(selection) => self.each(ticket, &selection, Self::pause),
            Command::Stop(selection) => self.each(ticket, &selection, Self::stop),
            Command::Retry(selection) => self.each(ticket, &selection, Self::retry),
            Command::Remove(selection) => self.each(ticket, &selection, Self::remove),
            Command::Configure { key, value } => self.configure(ticket, key, &value),
            Command::Await(galleries) => {
                self.waiters.push(Waiter { ticket, galleries: galleries.into_iter().collect() });
            }
            Command::Output(ids) => self.output(ticket, &ids),
            Command::LookAt(gallery) => {
                self.effects.push(Effect::LookAt(gallery));
                self.done(ticket);
            }
            Command::Raise => {
                self.effects.push(Effect::Raise);
                self.done(ticket);
            }
            Command::Announce(arrival) => {
                self.effects.push(Effect::Announce(arrival));
                self.done(ticket);
            }
            Command::Report => self.effects.push(Effect::Report(ticket)),
            Command::Quit => self.quit(ticket),
        }
    }

    /// Does `action` to every selected gallery; answers with those it changed.
    fn each(&mut self, ticket: Ticket, selection: &Selection, action: fn(&mut Self, GalleryId) -> bool) {
        match self.select(selection) {
            Ok(ids) => {
                let changed = ids.into_iter().filter(|id| action(self, *id)).collect();
                self.effects.push(Effect::Reply(ticket, Ok(Reply::Changed(changed))));
            }
            Err(refusal) => self.refuse(ticket, refusal),
        }
    }

    fn select(&self, selection: &Selection) -> Result<BTreeSet<GalleryId>, Refusal> {
        let ids: BTreeSet<_> = match &selection.ids {
            Some(ids) => {
                if let Some(id) = ids.iter().find(|id| !self.galleries.contains_key(id)) {
                    return Err(no_such_gallery(*id));
                }
                ids.clone()
            }
            None => self.galleries.keys().copied().collect(),
        };
        let wanted = |id: &GalleryId| selection.state.is_none_or(|state| self.state(*id) == Some(state));
        Ok(ids.into_iter().filter(wanted).collect())
    }

    pub(super) fn start(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Added | GalleryState::Scanning if !gallery.start_when_scanned => {
                self.amend(id, |gallery| gallery.start_when_scanned = true);
            }
            GalleryState::Ready | GalleryState::Paused => self.queue_up(id),
            // Stopped: something is left to send, or only the closing was.
            GalleryState::Incomplete if gallery.tally.pending() > 0 || gallery.tally.failed == 0 => {
                self.queue_up(id);
            }
            _ => return false,
        }
        true
    }

    /// Whatever held it, it goes on.
    fn queue_up(&mut self, id: GalleryId) {
        self.amend(id, |gallery| gallery.reason = None);
        self.transition(id, GalleryState::Queued);
    }

    fn pause(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Queued | GalleryState::Uploading => self.transition(id, GalleryState::Paused),
            _ => return self.forget_start(id),
        }
        true
    }

    fn stop(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Queued | GalleryState::Uploading | GalleryState::Paused => {
                let tally = gallery.tally;
                self.cancel(id);
                self.come_to_a_stop(id, tally);
            }
            _ => return self.forget_start(id),
        }
        true
    }

    /// A gallery that is not scanned yet waits for the person after its scan.
    fn forget_start(&mut self, id: GalleryId) -> bool {
        let waits = |gallery: &crate::core::Gallery| {
            matches!(gallery.state, GalleryState::Added | GalleryState::Scanning) && gallery.start_when_scanned
        };
        let changed = self.galleries.get(&id).is_some_and(waits);
        if changed {
            self.amend(id, |gallery| gallery.start_when_scanned = false);
        }
        changed
    }

    pub(super) fn retry(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Missing => self.transition(id, GalleryState::Added),
            GalleryState::Failed if gallery.tally.usable() == 0 => self.transition(id, GalleryState::Added),
            GalleryState::Failed | GalleryState::Incomplete => {
                self.reset_failed(id);
                self.transition(id, GalleryState::Queued);
            }
            GalleryState::Uploading | GalleryState::Paused if gallery.tally.failed > 0 => self.reset_failed(id),
            _ => return false,
        }
        self.amend(id, |gallery| gallery.reason = None);
        true
    }

    fn reset_failed(&mut self, id: GalleryId) {
        self.amend(id, |gallery| gallery.tally.failed = 0);
        if let Some(work) = self.work.get_mut(&id) {
            work.reset_failed();
        }
        self.effects.push(Effect::Write(Write::ResetFailed(id)));
    }

    fn remove(&mut self, id: GalleryId) -> bool {
        self.cancel(id);
        let Some(gallery) = self.galleries.remove(&id) else { return false };
        self.index.remove(&gallery);
        self.touch(id);
        true
    }

    /// Cancels the transfers of a gallery; their answers still come.
    fn cancel(&mut self, id: GalleryId) {
        if self.work.contains_key(&id) {
            self.effects.push(Effect::Cancel(id));
        }
    }

    fn configure(&mut self, ticket: Ticket, key: String, value: &str) {
        match self.settings.set(&key, value) {
            Ok(()) => {
                let entries = self.settings.entries();
                let value = entries.into_iter().find(|(known, _)| *known == key).map(|(_, value)| value);
                self.effects.push(Effect::Write(Write::PutSetting { key, value: value.unwrap_or_default() }));
                self.done(ticket);
            }
            Err(words) => self.refuse(ticket, Refusal::new(RefusalCode::BadRequest, words)),
        }
    }

    fn output(&mut self, ticket: Ticket, ids: &[GalleryId]) {
        let mut galleries = Vec::with_capacity(ids.len());
        for id in ids.iter().copied().collect::<BTreeSet<_>>() {
            match self.galleries.get(&id) {
                Some(gallery) => galleries.push(gallery.clone()),
                None => return self.refuse(ticket, no_such_gallery(id)),
            }
        }
        self.effects.push(Effect::Render { ticket, galleries });
    }

    fn quit(&mut self, ticket: Ticket) {
        self.stopping = true;
        for waiter in std::mem::take(&mut self.waiters) {
            self.refuse(waiter.ticket, stopping());
        }
        self.done(ticket);
        self.effects.push(Effect::Shutdown);
    }

    fn done(&mut self, ticket: Ticket) {
        self.effects.push(Effect::Reply(ticket, Ok(Reply::Done)));
    }

    fn refuse(&mut self, ticket: Ticket, refusal: Refusal) {
        self.effects.push(Effect::Reply(ticket, Err(refusal)));
    }
}

fn no_such_gallery(id: GalleryId) -> Refusal {
    let words = format!("There is no gallery {id} in the queue. `bbdrop queue list` shows them.");
    Refusal::new(RefusalCode::NoSuchGallery, words)
}

/// What a command is told that comes too late.
pub(crate) fn stopping() -> Refusal {
    Refusal::new(
        RefusalCode::Stopping,
        "BBDrop is shutting down. What is in the queue stays there and goes on at the next start.",
    )
}
