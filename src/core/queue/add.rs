//! Into the queue: adding folders, and finding them again.

use std::sync::Arc;

use super::{Effect, Queue, Resolution, Scope, Ticket};
use crate::core::gallery::{AfterScan, Past, Place};
use crate::core::post::Post;
use crate::core::{
    AddOutcome, Choices, Fault, FaultKind, Folder, Gallery, GalleryId, GalleryState, Millis, Refusal, RefusalCode,
    Reply,
};

impl Queue {
    pub(super) fn resolved(&mut self, ticket: Ticket, folders: Vec<Vec<Resolution>>, choices: &Choices, now: Millis) {
        let each = |queue: &mut Self, folder: Resolution| match folder {
            Ok(folder) => queue.add(folder, choices, now),
            Err(refusal) => AddOutcome::Refused(refusal),
        };
        let outcomes =
            folders.into_iter().map(|folders| folders.into_iter().map(|folder| each(self, folder)).collect()).collect();
        self.effects.push(Effect::Reply(ticket, Ok(Reply::Added(outcomes))));
    }

    fn add(&mut self, folder: Folder, choices: &Choices, now: Millis) -> AddOutcome {
        let start = choices.start && !choices.unproven;
        if let Some(id) = self.index.find(&folder.key) {
            self.take_into_scope(id);
            if !choices.unproven {
                self.vouch_for(id);
            }
            if start {
                self.start_or_retry(id);
            }
            return AddOutcome::Duplicate(id);
        }
        self.id_last += 1;
        let id = GalleryId(self.id_last);
        let name = choices.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| title(&folder));
        let host = choices.host.as_ref().unwrap_or(&self.settings.host);
        let gallery = Gallery {
            place: Place { tab: choices.tab, ..self.last_place() },
            post: Arc::new(Post { template: choices.template.clone(), ..Post::default() }),
            after_scan: AfterScan {
                start: start || (self.settings.start_automatically && !choices.unproven),
                start_asked: start,
                returns_to: None,
            },
            reason: choices.unproven.then(unproven),
            past: Past { added_at: now, ..Past::default() },
            ..Gallery::new(id, folder, &name, host)
        };
        self.know_host(&gallery.host);
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

    /// A gallery that somebody unknown has brought is brought by this user as well: from now on it is like any other.
    fn vouch_for(&mut self, id: GalleryId) {
        let Some(gallery) = self.galleries.get(&id).filter(|gallery| gallery.is_unproven()) else { return };
        let starts = self.settings.start_automatically && gallery.past.before.is_none();
        let is_ready = gallery.state == GalleryState::Ready;
        self.amend(id, |gallery| {
            gallery.reason = None;
            gallery.after_scan.start |= starts && !is_ready;
        });
        if starts && is_ready {
            self.transition(id, GalleryState::Queued);
        }
    }

    fn start_or_retry(&mut self, id: GalleryId) {
        match self.state(id) {
            Some(GalleryState::Failed | GalleryState::Incomplete | GalleryState::Missing) => {
                self.amend(id, |gallery| {
                    gallery.after_scan.start = true;
                    gallery.after_scan.start_asked = true;
                });
                self.retry(id);
            }
            _ => {
                self.start(id);
            }
        }
    }

    /// Missing folders that are there again are looked at again.
    pub(super) fn folders_back(&mut self, galleries: Vec<GalleryId>) {
        for id in galleries {
            // Its last transfers must have answered: they are about the images as they were.
            if self.state(id) == Some(GalleryState::Missing) && !self.work.contains_key(&id) {
                self.transition(id, GalleryState::Added);
            }
        }
    }

    pub(super) fn relocated(&mut self, ticket: Ticket, id: GalleryId, folder: Resolution) {
        let outcome = folder.and_then(|folder| match self.index.find(&folder.key) {
            Some(other) if other != id => {
                let words = format!("That folder is gallery {other} already. Folder: {}", folder.path.display());
                Err(Refusal::new(RefusalCode::BadRequest, words))
            }
            _ if !self.can_be_scanned_again(id) => {
                let words = "A gallery that is being scanned or uploaded cannot be moved. Stop it first.";
                Err(Refusal::new(RefusalCode::BadRequest, words))
            }
            _ => {
                self.rearrange(id, |gallery| {
                    let chosen = gallery.folder.chosen.take();
                    gallery.folder = Folder { chosen, ..folder };
                });
                self.scan_again(id);
                Ok(Reply::Changed(vec![id]))
            }
        });
        self.effects.push(Effect::Reply(ticket, outcome));
    }

    pub(super) fn can_be_scanned_again(&self, id: GalleryId) -> bool {
        let state = self.state(id);
        let busy = matches!(state, None | Some(GalleryState::Added | GalleryState::Scanning | GalleryState::Uploading));
        !busy && !self.work.contains_key(&id)
    }

    /// Looks at the folder again; the gallery then returns to where it stood.
    pub(super) fn scan_again(&mut self, id: GalleryId) -> bool {
        let may = self.can_be_scanned_again(id);
        if may {
            self.amend(id, |gallery| {
                if gallery.state != GalleryState::Missing {
                    gallery.after_scan.returns_to = Some(gallery.state);
                }
            });
            self.transition(id, GalleryState::Added);
        }
        may
    }
}

fn unproven() -> Fault {
    let words = "BBDrop cannot tell which user of this computer sent this folder, so it was not started. Look at it, then press Start.";
    Fault::new(FaultKind::Unproven, words)
}

/// The folder's name; a drive's or the root's path stands for itself.
fn title(folder: &Folder) -> String {
    let path = &folder.path;
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
