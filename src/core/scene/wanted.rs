//! What a person wants to see of the queue: which galleries, in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::column::Column;
use crate::core::{GalleryId, GalleryState, Row, Snapshot, TabId};

/// Filters, order and selection. Empty sets let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only galleries in this tab.
    pub tab: Option<TabId>,
    /// Only galleries in one of these states.
    pub states: BTreeSet<GalleryState>,
    /// Only galleries that go to one of these hosts.
    pub hosts: BTreeSet<String>,
    /// Only galleries whose output is made with one of these templates; the empty name is the one of the settings.
    pub templates: BTreeSet<String>,
    /// Only galleries in whose name, path, link or reason each of these words is.
    pub words: String,
    /// The columns to sort by, the first one first; empty is the order of the queue.
    pub sort: Vec<Key>,
    /// What is selected: what can be done with it is found out, too.
    pub selected: Arc<BTreeSet<GalleryId>>,
}

/// One column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Key {
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Wanted {
    /// Whether every gallery is wanted.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tab.is_none()
            && self.states.is_empty()
            && self.hosts.is_empty()
            && self.templates.is_empty()
            && self.words.trim().is_empty()
    }

    /// The same tab and order, but nothing filtered.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        Self { tab: self.tab, sort: self.sort.clone(), ..Self::default() }
    }

    /// Sorts by `column` from now on. Once more reverses it; `also` keeps the columns before it.
    pub fn sort_by(&mut self, column: Column, also: bool) {
        // The place in the queue is the order of the queue, and backwards.
        if column == Column::Number && !also {
            let backwards = self.sort.is_empty();
            self.sort = backwards.then_some(Key { column, descending: true }).into_iter().collect();
            return;
        }
        let known = self.sort.iter().position(|key| key.column == column);
        if let Some(key) = known.filter(|_| also || self.sort.len() == 1).and_then(|known| self.sort.get_mut(known)) {
            key.descending = !key.descending;
            return;
        }
        if !also {
            self.sort.clear();
        }
        self.sort.push(Key { column, descending: false });
    }

    /// How a gallery is looked at, one after the other.
    pub(super) fn sieve(&self) -> impl Fn(&Row, &Snapshot) -> bool {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        move |row, snapshot| {
            self.tab.is_none_or(|tab| row.place.tab == tab)
                && (self.states.is_empty() || self.states.contains(&row.state))
                && (self.hosts.is_empty() || self.hosts.contains(&row.host))
                && (self.templates.is_empty()
                    || self.templates.contains(row.post.template.as_deref().unwrap_or_default()))
                && has_words(row, snapshot, &words)
        }
    }
}

fn has_words(row: &Row, snapshot: &Snapshot, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let path = row.path.to_string_lossy();
    let link = row.link.as_deref().unwrap_or_default();
    let text = [row.name.as_str(), &*path, link, &*snapshot.reason(row)].join("\n").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}
