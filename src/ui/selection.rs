//! Which galleries are selected, and how clicks and keys change that. Knows no widget.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::{GalleryId, Scene};

/// Rows that one press of Page Up or Page Down moves over.
const PAGE: usize = 20;

/// The selected galleries, by identity: it survives any change of the order.
#[derive(Debug, Default)]
pub struct Selection {
    ids: Arc<BTreeSet<GalleryId>>,
    /// Where a range starts.
    anchor: Option<GalleryId>,
    /// Where the keyboard is.
    cursor: Option<GalleryId>,
}

/// How a click changes the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    /// Only this one.
    Only,
    /// This one in or out.
    Toggle,
    /// From the anchor to this one.
    Range,
}

/// How the keyboard moves through the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

impl Selection {
    pub const fn ids(&self) -> &Arc<BTreeSet<GalleryId>> {
        &self.ids
    }

    pub fn contains(&self, id: GalleryId) -> bool {
        self.ids.contains(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The selected gallery, when it is exactly one.
    pub fn single(&self) -> Option<GalleryId> {
        if self.ids.len() == 1 { self.ids.first().copied() } else { None }
    }

    /// What a command is for: the selected ones, or (`None`) all.
    pub fn or_all(&self) -> Option<BTreeSet<GalleryId>> {
        (!self.ids.is_empty()).then(|| (*self.ids).clone())
    }

    /// Where the keyboard is.
    pub const fn cursor(&self) -> Option<GalleryId> {
        self.cursor
    }

    pub fn only(&mut self, id: GalleryId) {
        self.ids = Arc::new(BTreeSet::from([id]));
        self.anchor = Some(id);
        self.cursor = Some(id);
    }

    pub fn all(&mut self, scene: &Scene) {
        self.ids = Arc::clone(scene.shown());
    }

    pub fn clear(&mut self) {
        if !self.ids.is_empty() {
            self.ids = Arc::default();
        }
    }

    /// Forgets galleries that are no longer in the queue.
    pub fn keep_existing(&mut self, scene: &Scene) {
        if self.ids.iter().any(|id| scene.row(*id).is_none()) {
            Arc::make_mut(&mut self.ids).retain(|id| scene.row(*id).is_some());
        }
    }

    /// Only these are left of what was selected.
    pub fn keep(&mut self, ids: &Arc<BTreeSet<GalleryId>>) {
        self.ids = Arc::clone(ids);
    }

    pub fn click(&mut self, scene: &Scene, id: GalleryId, click: Click) {
        match click {
            Click::Only => self.only(id),
            Click::Toggle => {
                let ids = Arc::make_mut(&mut self.ids);
                if !ids.remove(&id) {
                    ids.insert(id);
                }
                self.anchor = Some(id);
                self.cursor = Some(id);
            }
            Click::Range => self.range(scene, id),
        }
    }

    /// Moves the keyboard's place, extending the range or selecting only the new place; says where it is now.
    pub fn step(&mut self, scene: &Scene, step: Step, extend: bool) -> Option<GalleryId> {
        let last = scene.len().checked_sub(1)?;
        let at = self.cursor.and_then(|id| scene.place_of(id));
        let next = match (step, at) {
            (Step::Home, _) | (Step::Down | Step::PageDown, None) => 0,
            (Step::End, _) | (Step::Up | Step::PageUp, None) => last,
            (Step::Up, Some(at)) => at.saturating_sub(1),
            (Step::PageUp, Some(at)) => at.saturating_sub(PAGE),
            (Step::Down, Some(at)) => at + 1,
            (Step::PageDown, Some(at)) => at + PAGE,
        };
        let id = scene.shown_at(next.min(last))?.1.id;
        self.click(scene, id, if extend { Click::Range } else { Click::Only });
        Some(id)
    }

    fn range(&mut self, scene: &Scene, id: GalleryId) {
        let anchor = self.anchor.unwrap_or(id);
        let (Some(from), Some(to)) = (scene.place_of(anchor), scene.place_of(id)) else { return self.only(id) };
        let span = (from.min(to)..=from.max(to)).filter_map(|place| scene.shown_at(place));
        self.ids = Arc::new(span.map(|(_, row)| row.id).collect());
        self.anchor = Some(anchor);
        self.cursor = Some(id);
    }
}
