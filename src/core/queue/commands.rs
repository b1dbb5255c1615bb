//! What a person can ask of galleries in the queue.

use std::collections::BTreeSet;

use super::{Effect, Question, Queue, Ticket, Waiter, Write};
use crate::core::gallery::{AtHost, Past};
use crate::core::message::HostChange;
use crate::core::{
    Choices, Command, Fault, FaultKind, Gallery, GalleryId, GalleryState, HostFacts, OutputWish, Refusal, RefusalCode,
    Reply, Selection, Tally,
};

impl Queue {
    pub(super) fn command(&mut self, ticket: Ticket, command: Command) {
        if self.stopping && !matches!(command, Command::Report | Command::Quit) {
            return self.refuse(ticket, stopping());
        }
        match command {
            Command::Add { paths, choices } => self.add_command(ticket, paths, choices),
            Command::Start(selection) => self.each(ticket, &selection, Self::start),
            Command::Pause(selection) => self.each(ticket, &selection, Self::pause),
            Command::Stop(selection) => self.each(ticket, &selection, Self::stop),
            Command::Retry(selection) => self.each(ticket, &selection, Self::retry),
            Command::Remove(selection) => self.each(ticket, &selection, Self::remove),
            Command::Forget(selection) => self.each(ticket, &selection, Self::forget),
            Command::Rescan(selection) => self.each(ticket, &selection, Self::scan_again),
            Command::Reset(selection) => self.each(ticket, &selection, Self::reset),
            Command::Reuse(selection) => self.each(ticket, &selection, Self::reuse),
            Command::Relocate { gallery, folder } => self.relocate(ticket, gallery, folder),
            Command::Move(selection, direction) => {
                let moved = self.select(&selection).map(|ids| Reply::Changed(self.move_all(&ids, direction)));
                self.effects.push(Effect::Reply(ticket, moved));
            }
            Command::SetPriority(selection, priority) => {
                self.each(ticket, &selection, |queue, id| queue.set_priority(id, priority));
            }
            Command::SetHost(selection, host) => self.set_host(ticket, &selection, &host),
            Command::Rename(gallery, name) => self.rename(ticket, gallery, &name),
            Command::SetTemplate(selection, template) => self.set_template(ticket, &selection, template.as_deref()),
            Command::SetField { selection, field, value } => self.set_field(ticket, &selection, field, &value),
            Command::AddTab(name) => self.add_tab(ticket, &name),
            Command::RenameTab(tab, name) => self.rename_tab(ticket, tab, &name),
            Command::DeleteTab { tab, into } => self.delete_tab(ticket, tab, into),
            Command::MoveTab(tab, to) => self.move_tab(ticket, tab, to),
            Command::MoveToTab(selection, tab) => self.move_to_tab(ticket, &selection, tab),
            Command::Configure { key, value } => self.configure(ticket, key, &value),
            Command::ConfigureHost { host, key, value } => self.configure_host(ticket, host, key, &value),
            Command::ResumeHost(host) => self.resume_host(ticket, &host),
            Command::SignIn { host, entered } => {
                self.at_host(ticket, host, |ticket, host| Effect::SignIn { ticket, host, entered: Some(entered) });
            }
            Command::SignOut(host) => {
                self.at_host(ticket, host, |ticket, host| Effect::SignIn { ticket, host, entered: None });
            }
            Command::TestHost(host) => {
                self.at_host(ticket, host, |ticket, host| Effect::Ask(ticket, Question::TestHost(host)));
            }
            Command::ReloadHosts => self.load_hosts(ticket, HostChange::None),
            Command::AddHost { text, replace } => self.load_hosts(ticket, HostChange::Add { text, replace }),
            Command::RemoveHost(id) if self.settings.host == id => self.refuse(ticket, is_for_new_galleries(&id)),
            Command::RemoveHost(id) => self.load_hosts(ticket, HostChange::Remove(id)),
            Command::ReadHost(file) => self.ask(ticket, Question::ReadHost(file)),
            Command::KeptSecrets => self.ask(ticket, Question::KeptSecrets),
            Command::Import(from) => self.effects.push(Effect::Import { ticket, from }),
            Command::Await(galleries) => {
                self.waiters.push(Waiter { ticket, galleries: galleries.into_iter().collect() });
            }
            Command::Show(gallery) if self.galleries.contains_key(&gallery) => {
                self.ask(ticket, Question::Show(gallery));
            }
            Command::Show(gallery) => self.refuse(ticket, no_such_gallery(gallery)),
            Command::Output(ids) => self.output(ticket, &ids, OutputWish::default()),
            Command::OutputAs(ids, wish) => self.output(ticket, &ids, wish),
            Command::RenderAgain(selection) => self.render_again(ticket, &selection),
            Command::Templates(change) => self.effects.push(Effect::Templates { ticket, change }),
            Command::LookAt(gallery) => self.pass_on(ticket, Effect::LookAt(gallery)),
            Command::Integrate(wanted) => self.ask(ticket, Question::Integrate { wanted }),
            Command::Raise => self.pass_on(ticket, Effect::Raise),
            Command::Announce(arrival) => self.pass_on(ticket, Effect::Announce(arrival)),
            Command::Report => self.ask(ticket, Question::Report),
            Command::Quit => self.quit(ticket),
        }
    }

    fn load_hosts(&mut self, ticket: Ticket, change: HostChange) {
        self.effects.push(Effect::LoadHosts { ticket, change });
    }

    fn pass_on(&mut self, ticket: Ticket, effect: Effect) {
        self.effects.push(effect);
        self.done(ticket);
    }

    fn add_command(&mut self, ticket: Ticket, paths: Vec<std::path::PathBuf>, choices: Choices) {
        if let Some(refusal) = choices.host.as_deref().and_then(|host| self.refuse_host(host)) {
            return self.refuse(ticket, refusal);
        }
        if !self.has_tab(choices.tab) {
            return self.refuse(ticket, super::tabs::no_such_tab());
        }
        let subfolders = self.settings.adding.subfolders != crate::core::settings::Subfolders::Ignore;
        self.effects.push(Effect::Resolve { ticket, paths, choices, subfolders });
    }

    /// Why nothing can be uploaded to `host`, if there is no such host.
    fn refuse_host(&self, host: &str) -> Option<Refusal> {
        if self.lanes.get(host).is_some_and(|lane| lane.is_known) {
            return None;
        }
        let known: Vec<_> =
            self.lanes.values().filter(|lane| lane.is_known).map(|lane| lane.facts.id.as_str()).collect();
        let words = format!("There is no host “{host}”. There are: {}.", known.join(", "));
        Some(Refusal::new(RefusalCode::NoSuchHost, words))
    }

    /// Does `action` to every selected gallery; answers with those it changed.
    pub(super) fn each(
        &mut self,
        ticket: Ticket,
        selection: &Selection,
        action: impl Fn(&mut Self, GalleryId) -> bool,
    ) {
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
        let host = gallery.host.clone();
        self.forgive(&host);
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Added | GalleryState::Scanning if !gallery.after_scan.start_asked => {
                self.amend(id, |gallery| {
                    gallery.reason.take_if(|fault| fault.kind == FaultKind::Unproven);
                    gallery.after_scan.start = true;
                    gallery.after_scan.start_asked = true;
                });
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

    /// A pause that the host has not asked for ends when the person wants to go on: perhaps they have made room.
    fn forgive(&mut self, host: &str) {
        let lane = self.know_host(host);
        if lane.pause.as_ref().is_some_and(|pause| !pause.is_asked && pause.fault.kind == FaultKind::Quota) {
            lane.pause = None;
            self.store_pause(host);
        }
    }

    /// Whatever held it, it goes on.
    fn queue_up(&mut self, id: GalleryId) {
        self.amend(id, |gallery| gallery.reason = None);
        self.transition(id, GalleryState::Queued);
    }

    fn pause(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Queued | GalleryState::Uploading => {
                self.give_claims_back(id);
                self.transition(id, GalleryState::Paused);
            }
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
                self.give_claims_back(id);
                self.come_to_a_stop(id, tally);
            }
            _ => return self.forget_start(id),
        }
        true
    }

    /// A gallery that is not scanned yet waits for the person after its scan.
    fn forget_start(&mut self, id: GalleryId) -> bool {
        let waits = |gallery: &Gallery| {
            matches!(gallery.state, GalleryState::Added | GalleryState::Scanning) && gallery.after_scan.start
        };
        let changed = self.galleries.get(&id).is_some_and(waits);
        if changed {
            self.amend(id, |gallery| {
                gallery.after_scan.start = false;
                gallery.after_scan.start_asked = false;
            });
        }
        changed
    }

    pub(super) fn retry(&mut self, id: GalleryId) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        match gallery.state {
            GalleryState::Missing if self.work.contains_key(&id) => return false,
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

    fn forget(&mut self, id: GalleryId) -> bool {
        let key = self.galleries.get(&id).map(|gallery| gallery.folder.key.clone());
        let removed = self.remove(id);
        if let Some(key) = key {
            self.effects.push(Effect::Write(Write::RemoveHistory(key)));
        }
        removed
    }

    /// Forgets everything but the folder. What was published stays where it is.
    fn reset(&mut self, id: GalleryId) -> bool {
        let may = self.can_be_scanned_again(id);
        if may {
            self.amend(id, |gallery| {
                gallery.tally = Tally::default();
                gallery.at_host = AtHost::default();
                gallery.reason = None;
                gallery.after_scan.returns_to = None;
                gallery.past = Past { added_at: gallery.past.added_at, ..Past::default() };
            });
            self.effects.push(Effect::Write(Write::PutImages(id, Vec::new())));
            self.effects.push(Effect::Write(Write::RemoveSession(id)));
            self.transition(id, GalleryState::Added);
        }
        may
    }

    fn reuse(&mut self, id: GalleryId) -> bool {
        let is_idle = !self.work.contains_key(&id);
        let waits =
            |gallery: &&Gallery| gallery.state == GalleryState::Ready && gallery.past.before.is_some() && is_idle;
        let Some(gallery) = self.galleries.get(&id).filter(waits) else { return false };
        self.effects.push(Effect::Recall(Box::new(gallery.clone())));
        true
    }

    fn relocate(&mut self, ticket: Ticket, gallery: GalleryId, folder: std::path::PathBuf) {
        if self.galleries.contains_key(&gallery) {
            self.effects.push(Effect::Relocate { ticket, gallery, folder });
        } else {
            self.refuse(ticket, no_such_gallery(gallery));
        }
    }

    /// Cancels the transfers of a gallery; their answers still come.
    fn cancel(&mut self, id: GalleryId) {
        if self.work.contains_key(&id) {
            self.effects.push(Effect::Cancel(id));
        }
    }

    fn set_host(&mut self, ticket: Ticket, selection: &Selection, host: &str) {
        if let Some(refusal) = self.refuse_host(host) {
            return self.refuse(ticket, refusal);
        }
        let ids = match self.select(selection) {
            Ok(ids) => ids,
            Err(refusal) => return self.refuse(ticket, refusal),
        };
        let elsewhere = |id: &GalleryId| self.galleries.get(id).filter(|gallery| gallery.host != host);
        let has_begun =
            |gallery: &Gallery| gallery.at_host.session.is_some() || gallery.state.has_begun(gallery.tally.uploaded);
        let others = ids.into_iter().filter_map(|id| Some((id, has_begun(elsewhere(&id)?))));
        let (begun, changed): (Vec<_>, Vec<_>) = others.partition(|(_, has_begun)| *has_begun);
        let changed: Vec<_> = changed.into_iter().map(|(id, _)| id).collect();
        for id in &changed {
            self.rearrange(*id, |gallery| host.clone_into(&mut gallery.host));
        }
        let reply = match begun.len() {
            0 => Reply::Changed(changed),
            count => Reply::Told { changed, words: stays_at_its_host(count) },
        };
        self.effects.push(Effect::Reply(ticket, Ok(reply)));
    }

    fn configure_host(&mut self, ticket: Ticket, host: String, key: String, value: &str) {
        let Some(lane) = self.lanes.get_mut(&host) else {
            let refusal = self.refuse_host(&host);
            return self.effects.push(Effect::Reply(ticket, refusal.map_or(Ok(Reply::Done), Err)));
        };
        match lane.settings.set(&lane.facts.options, &key, value) {
            Ok(()) => {
                let value = lane.settings.stored(&key);
                self.effects.push(Effect::Write(Write::PutHostSetting { host, key, value }));
                self.clocks.settings_changed();
                self.changes.hosts = true;
                self.done(ticket);
            }
            Err(words) => self.refuse(ticket, Refusal::new(RefusalCode::BadRequest, words)),
        }
    }

    fn resume_host(&mut self, ticket: Ticket, host: &str) {
        let Some(lane) = self.lanes.get_mut(host) else {
            let refusal = self.refuse_host(host);
            return self.effects.push(Effect::Reply(ticket, refusal.map_or(Ok(Reply::Done), Err)));
        };
        lane.held = None;
        lane.pause = None;
        self.store_pause(host);
        self.done(ticket);
    }

    fn ask(&mut self, ticket: Ticket, question: Question) {
        self.effects.push(Effect::Ask(ticket, question));
    }

    fn at_host(&mut self, ticket: Ticket, host: String, effect: impl FnOnce(Ticket, String) -> Effect) {
        match self.refuse_host(&host) {
            Some(refusal) => self.refuse(ticket, refusal),
            None => self.effects.push(effect(ticket, host)),
        }
    }

    /// A host that was held for want of it is used again.
    pub(super) fn signed_in(&mut self, ticket: Ticket, host: &str, outcome: Result<(), Fault>) {
        match outcome {
            Ok(()) => self.resume_host(ticket, host),
            Err(fault) => self.refuse(ticket, Refusal::new(RefusalCode::HostNotReady, fault.words)),
        }
    }

    /// A host that is gone keeps its lane: its galleries wait for it.
    pub(super) fn hosts_loaded(&mut self, ticket: Ticket, hosts: Vec<HostFacts>, refusal: Option<Refusal>) {
        for lane in self.lanes.values_mut() {
            lane.is_known = hosts.iter().any(|facts| facts.id == lane.facts.id);
        }
        for facts in hosts {
            let lane = self.know_host(&facts.id);
            lane.is_known = true;
            lane.learn(facts);
        }
        self.clocks.settings_changed();
        self.changes.hosts = true;
        self.effects.push(Effect::Reply(ticket, refusal.map_or(Ok(Reply::Done), Err)));
    }

    fn configure(&mut self, ticket: Ticket, key: String, value: &str) {
        if key == "uploads.host"
            && let Some(refusal) = self.refuse_host(value.trim())
        {
            return self.refuse(ticket, Refusal::new(RefusalCode::BadRequest, refusal.words));
        }
        match self.settings.set(&key, value) {
            Ok(()) => {
                let entries = self.settings.entries();
                let value = entries.into_iter().find(|(known, _)| *known == key).map(|(_, value)| value);
                self.effects.push(Effect::Write(Write::PutSetting { key, value: value.unwrap_or_default() }));
                self.clocks.settings_changed();
                self.changes.hosts = true;
                self.done(ticket);
            }
            Err(words) => self.refuse(ticket, Refusal::new(RefusalCode::BadRequest, words)),
        }
    }

    fn output(&mut self, ticket: Ticket, ids: &[GalleryId], wish: OutputWish) {
        let mut galleries = Vec::with_capacity(ids.len());
        for id in ids.iter().copied().collect::<BTreeSet<_>>() {
            match self.galleries.get(&id) {
                Some(gallery) => galleries.push(gallery.clone()),
                None => return self.refuse(ticket, no_such_gallery(id)),
            }
        }
        galleries.sort_by_key(|gallery| (gallery.place.position, gallery.id));
        self.ask(ticket, Question::Render { galleries, wish });
    }

    fn quit(&mut self, ticket: Ticket) {
        self.stopping = true;
        for waiter in std::mem::take(&mut self.waiters) {
            self.refuse(waiter.ticket, stopping());
        }
        self.done(ticket);
        self.effects.push(Effect::Shutdown);
    }

    pub(super) fn done(&mut self, ticket: Ticket) {
        self.effects.push(Effect::Reply(ticket, Ok(Reply::Done)));
    }

    pub(super) fn refuse(&mut self, ticket: Ticket, refusal: Refusal) {
        self.effects.push(Effect::Reply(ticket, Err(refusal)));
    }
}

pub(super) fn no_such_gallery(id: GalleryId) -> Refusal {
    let words = format!("There is no gallery {id} in the queue. `bbdrop queue list` shows them.");
    Refusal::new(RefusalCode::NoSuchGallery, words)
}

/// Whoever adds galleries then would have them waiting for a host that is gone.
fn is_for_new_galleries(id: &str) -> Refusal {
    let words = format!(
        "New galleries go to “{id}”. Choose another host for them first: Settings, Hosts, or `bbdrop config set uploads.host ID`."
    );
    Refusal::new(RefusalCode::BadRequest, words)
}

/// Said of galleries that were to go to another host.
fn stays_at_its_host(count: usize) -> String {
    if count == 1 {
        "1 gallery stays at its host, where its upload has begun. Reset it to send it to another one.".to_owned()
    } else {
        format!(
            "{count} galleries stay at their hosts, where their uploads have begun. Reset them to send them to another one."
        )
    }
}

/// What a command is told that comes too late.
pub(crate) fn stopping() -> Refusal {
    Refusal::new(
        RefusalCode::Stopping,
        "BBDrop is shutting down. What is in the queue stays there and goes on at the next start.",
    )
}
