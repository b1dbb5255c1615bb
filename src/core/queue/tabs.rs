//! Tabs, names, templates and fields: what a person says of galleries without anything being uploaded.

use super::{Effect, Queue, Ticket, Write};
use crate::core::gallery::in_words;
use crate::core::post::{FIELD_CHARS_MAX, Field, Post, TABS_MAX, checked_name};
use crate::core::{GalleryId, Refusal, RefusalCode, Reply, Selection, Tab, TabId};

impl Queue {
    /// The tabs in their order.
    #[must_use]
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// Whether [`Queue::tabs`] has changed since this was last asked.
    pub fn take_tabs_changed(&mut self) -> bool {
        std::mem::take(&mut self.changes.tabs)
    }

    pub(super) fn rename(&mut self, ticket: Ticket, id: GalleryId, name: &str) {
        let Some(gallery) = self.galleries.get(&id) else {
            return self.refuse(ticket, super::commands::no_such_gallery(id));
        };
        let name = match checked_name(name) {
            Ok(name) => name,
            Err(words) => return self.refuse(ticket, bad_request(words)),
        };
        let changed: Vec<_> = (gallery.name != name).then_some(id).into_iter().collect();
        let is_at_host = gallery.at_host.session.is_some() || gallery.at_host.link.is_some();
        let reply = if is_at_host && !changed.is_empty() {
            let words = "Renamed here. At its host the gallery keeps the name it was opened with.".to_owned();
            Reply::Told { changed: changed.clone(), words }
        } else {
            Reply::Changed(changed.clone())
        };
        if !changed.is_empty() {
            self.amend(id, |gallery| gallery.name = name);
            self.output_changed(id);
        }
        self.effects.push(Effect::Reply(ticket, Ok(reply)));
    }

    pub(super) fn set_template(&mut self, ticket: Ticket, selection: &Selection, template: Option<&str>) {
        let template = template.map(str::trim).filter(|name| !name.is_empty());
        self.each(ticket, selection, |queue, id| {
            queue.amend_output(id, |post| post.template = template.map(str::to_owned))
        });
    }

    pub(super) fn set_field(&mut self, ticket: Ticket, selection: &Selection, field: Field, value: &str) {
        if value.chars().count() > FIELD_CHARS_MAX {
            let words = format!("A field has at most {FIELD_CHARS_MAX} characters.");
            return self.refuse(ticket, bad_request(words));
        }
        self.each(ticket, selection, |queue, id| {
            queue.amend_output(id, |post| post.fields.set(field, value.to_owned()))
        });
    }

    /// Says whether that has changed something.
    fn amend_output(&mut self, id: GalleryId, change: impl FnOnce(&mut Post)) -> bool {
        let is_new = self.amend_post(id, change);
        if is_new {
            self.output_changed(id);
        }
        is_new
    }

    pub(super) fn add_tab(&mut self, ticket: Ticket, name: &str) {
        let added = self.new_tab(name).map(Reply::Tab);
        self.effects.push(Effect::Reply(ticket, added));
    }

    pub(super) fn new_tab(&mut self, name: &str) -> Result<TabId, Refusal> {
        let name = self.free_tab_name(name, None)?;
        if self.tabs.len() >= TABS_MAX {
            return Err(bad_request(format!("There are {TABS_MAX} tabs; that is the most there can be.")));
        }
        self.tab_last += 1;
        let id = TabId(self.tab_last);
        self.tabs.push(Tab { id, name });
        self.store_tabs();
        Ok(id)
    }

    pub(super) fn rename_tab(&mut self, ticket: Ticket, id: TabId, name: &str) {
        let name = match self.free_tab_name(name, Some(id)) {
            Ok(name) => name,
            Err(refusal) => return self.refuse(ticket, refusal),
        };
        match self.tabs.iter_mut().find(|tab| tab.id == id) {
            Some(tab) => tab.name = name,
            None => return self.refuse(ticket, no_such_tab()),
        }
        self.store_tabs();
        self.done(ticket);
    }

    /// Its galleries go into another tab.
    pub(super) fn delete_tab(&mut self, ticket: Ticket, id: TabId, into: TabId) {
        if id == TabId::MAIN {
            return self.refuse(ticket, bad_request("The first tab is always there; it can be renamed.".to_owned()));
        }
        if id == into || !self.has_tab(id) || !self.has_tab(into) {
            return self.refuse(ticket, no_such_tab());
        }
        let moved: Vec<_> = self.galleries.values().filter(|gallery| gallery.place.tab == id).map(|g| g.id).collect();
        for gallery in &moved {
            self.amend(*gallery, |gallery| gallery.place.tab = into);
        }
        self.tabs.retain(|tab| tab.id != id);
        self.store_tabs();
        let name = self.tabs.iter().find(|tab| tab.id == into).map(|tab| tab.name.as_str()).unwrap_or_default();
        let words = match moved.len() {
            0 => "The tab is gone; it was empty.".to_owned(),
            count => format!("The tab is gone; {} went into “{name}”.", in_words(count)),
        };
        self.effects.push(Effect::Reply(ticket, Ok(Reply::Told { changed: moved, words })));
    }

    /// Before the tab that is at `to` without it.
    pub(super) fn move_tab(&mut self, ticket: Ticket, id: TabId, to: usize) {
        let Some(from) = self.tabs.iter().position(|tab| tab.id == id) else {
            return self.refuse(ticket, no_such_tab());
        };
        let tab = self.tabs.remove(from);
        let to = to.min(self.tabs.len());
        self.tabs.insert(to, tab);
        if from != to {
            self.store_tabs();
        }
        self.done(ticket);
    }

    pub(super) fn move_to_tab(&mut self, ticket: Ticket, selection: &Selection, tab: TabId) {
        if !self.has_tab(tab) {
            return self.refuse(ticket, no_such_tab());
        }
        self.each(ticket, selection, |queue, id| {
            let is_elsewhere = queue.galleries.get(&id).is_some_and(|gallery| gallery.place.tab != tab);
            if is_elsewhere {
                queue.amend(id, |gallery| gallery.place.tab = tab);
            }
            is_elsewhere
        });
    }

    pub(super) fn has_tab(&self, id: TabId) -> bool {
        self.tabs.iter().any(|tab| tab.id == id)
    }

    /// What the store holds, with the first tab in any case; galleries of tabs that are not there are in the first.
    pub(super) fn take_tabs(&mut self, tabs: Vec<Tab>) {
        self.tabs = if tabs.iter().any(|tab| tab.id == TabId::MAIN) { tabs } else { Tab::first() };
        self.tab_last = self.tabs.iter().map(|tab| tab.id.0).max().unwrap_or_default();
        self.changes.tabs = true;
    }

    fn free_tab_name(&self, name: &str, own: Option<TabId>) -> Result<String, Refusal> {
        let name = checked_name(name).map_err(bad_request)?;
        match self.tabs.iter().find(|tab| Some(tab.id) != own && tab.is_called(&name)) {
            Some(tab) => Err(bad_request(format!("There is a tab “{}” already.", tab.name))),
            None => Ok(name),
        }
    }

    fn store_tabs(&mut self) {
        self.changes.tabs = true;
        self.effects.push(Effect::Write(Write::PutTabs(self.tabs.clone())));
    }
}

fn bad_request(words: String) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, words)
}

pub(super) fn no_such_tab() -> Refusal {
    Refusal::new(RefusalCode::NoSuchTab, "There is no such tab any more. `bbdrop tabs list` shows them.")
}
