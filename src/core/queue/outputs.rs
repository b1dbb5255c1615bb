//! Output that is due: made once a gallery is complete, and anew when what it is made of has changed. One at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Effect, Queue, Ticket, Write};
use crate::core::output::{OutputMade, TemplatesDone};
use crate::core::post::Post;
use crate::core::{Gallery, GalleryId, GalleryState, Refusal, Reply, Selection};

/// What is to be made, and what is being made.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    due: BTreeMap<GalleryId, Occasion>,
    under_way: Option<GalleryId>,
}

/// Why output is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Occasion {
    /// What it is made of has changed, or the program ended before it was made.
    Anew,
    /// The gallery was completed just now.
    Completed,
}

/// Whether a gallery has output that is worth keeping.
fn has_output(gallery: &Gallery) -> bool {
    matches!(gallery.state, GalleryState::Completed | GalleryState::Incomplete) && gallery.tally.uploaded > 0
}

impl Queue {
    /// The output of a gallery that has just got there.
    pub(super) fn output_after(&mut self, id: GalleryId, before: GalleryState) {
        let is_new = before == GalleryState::Uploading && self.state(id) == Some(GalleryState::Completed);
        self.output_is_due(id, if is_new { Occasion::Completed } else { Occasion::Anew });
    }

    /// Something that the output is made of has changed. Says whether there is output to make.
    pub(super) fn output_changed(&mut self, id: GalleryId) -> bool {
        self.output_is_due(id, Occasion::Anew)
    }

    fn output_is_due(&mut self, id: GalleryId, occasion: Occasion) -> bool {
        let is_due = self.galleries.get(&id).is_some_and(has_output);
        if is_due {
            self.amend(id, |gallery| Arc::make_mut(&mut gallery.post).is_due = true);
            let entry = self.outputs.due.entry(id).or_insert(occasion);
            *entry = occasion.max(*entry);
        }
        is_due
    }

    /// What the last process did not get to.
    pub(super) fn recover_outputs(&mut self) {
        let due = self.galleries.values().filter(|gallery| gallery.post.is_due).map(|g| (g.id, Occasion::Anew));
        self.outputs.due = due.collect();
    }

    pub(super) fn render_again(&mut self, ticket: Ticket, selection: &Selection) {
        self.each(ticket, selection, Self::output_changed);
    }

    pub(super) fn start_outputs(&mut self) {
        while self.outputs.under_way.is_none() {
            let next = self.outputs.due.iter().find(|(id, _)| self.scope.contains(**id));
            let Some((id, occasion)) = next.map(|(id, occasion)| (*id, *occasion)) else { return };
            self.outputs.due.remove(&id);
            let Some(gallery) = self.galleries.get(&id) else { continue };
            if !has_output(gallery) {
                self.amend(id, |gallery| Arc::make_mut(&mut gallery.post).is_due = false);
                continue; // Reset or scanned anew meanwhile.
            }
            let copies = occasion == Occasion::Completed && self.settings.output.copy_automatically;
            self.outputs.under_way = Some(id);
            self.effects.push(Effect::MakeOutput { gallery: Box::new(gallery.clone()), copies });
        }
    }

    pub(super) fn output_made(&mut self, id: GalleryId, made: OutputMade) {
        if self.outputs.under_way == Some(id) {
            self.outputs.under_way = None;
        }
        let OutputMade { files, trouble, copied } = made;
        let Some(gallery) = self.galleries.get(&id) else {
            return; // Removed meanwhile. What was saved stays.
        };
        if let Some(text) = copied {
            self.effects.push(Effect::Copy { name: gallery.name.clone(), text });
        }
        let is_due = self.outputs.due.contains_key(&id);
        self.amend_post(id, |post| {
            post.is_due = is_due;
            post.trouble = trouble;
        });
        if let Some(files) = files {
            self.effects.push(Effect::Write(Write::PutSavedFiles(id, files)));
        }
    }

    /// Galleries that have a template keep it under its new name.
    pub(super) fn templates_changed(&mut self, ticket: Ticket, outcome: Result<TemplatesDone, Refusal>) {
        if let Ok(TemplatesDone { renamed: Some((name, to)), .. }) = &outcome {
            let has = |gallery: &&Gallery| gallery.post.template.as_ref() == Some(name);
            let ids: Vec<_> = self.galleries.values().filter(has).map(|gallery| gallery.id).collect();
            for id in ids {
                self.amend_post(id, |post| post.template = Some(to.clone()));
            }
            if self.settings.output.template == *name {
                self.settings.output.template.clone_from(to);
                let (key, value) = ("output.template".to_owned(), to.clone());
                self.effects.push(Effect::Write(Write::PutSetting { key, value }));
                self.changes.settings = true;
            }
        }
        self.effects.push(Effect::Reply(ticket, outcome.map(Reply::Templates)));
    }

    /// Says whether that has changed something.
    pub(super) fn amend_post(&mut self, id: GalleryId, change: impl FnOnce(&mut Post)) -> bool {
        let Some(gallery) = self.galleries.get(&id) else { return false };
        let mut post = Post::clone(&gallery.post);
        change(&mut post);
        let is_new = post != *gallery.post;
        if is_new {
            self.amend(id, |gallery| gallery.post = Arc::new(post));
        }
        is_new
    }
}
