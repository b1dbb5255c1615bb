//! What has happened to galleries, read off from one snapshot to the next. Bounded; nothing is stored.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::core::{GalleryId, GalleryState, Millis, Row, Snapshot};

/// Entries that are kept.
pub const LINES_MAX: usize = 500;

/// The last happenings, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub lines: VecDeque<Happened>,
    count: u64,
}

/// A gallery has come to another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Counted from 1, never twice.
    pub number: u64,
    pub at: Millis,
    pub gallery: GalleryId,
    pub name: String,
    pub state: GalleryState,
    /// Why, in words; may be empty.
    pub reason: String,
}

impl Log {
    /// The number of the last entry.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.count
    }

    /// What has changed from `before` to `after`. The first snapshot of all is no news.
    pub fn follow(&mut self, before: &Before<'_>, after: &Snapshot, now: Millis) {
        for row in &after.rows {
            let Some(known) = before(row.id) else { continue };
            if !Arc::ptr_eq(known, row) && known.state != row.state {
                self.push(row, after.reason(row).into_owned(), now);
            }
        }
    }

    fn push(&mut self, row: &Row, reason: String, now: Millis) {
        self.count += 1;
        let (number, name) = (self.count, row.name.clone());
        self.lines.push_back(Happened { number, at: now, gallery: row.id, name, state: row.state, reason });
        if self.lines.len() > LINES_MAX {
            self.lines.pop_front();
        }
    }
}

/// Where a gallery was before.
pub type Before<'a> = dyn Fn(GalleryId) -> Option<&'a Arc<Row>> + 'a;
