//! Which galleries are where, so that no step looks at all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::Scope;
use crate::core::gallery::Priority;
use crate::core::{Gallery, GalleryId, GalleryState};

/// Who is uploaded when.
pub(super) type Turn = (Reverse<Priority>, i64, GalleryId);

/// Lookups kept in step with the galleries' states.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_key: HashMap<PathBuf, GalleryId>,
    by_position: BTreeSet<(i64, GalleryId)>,
    unscanned: BTreeSet<(i64, GalleryId)>,
    scanning: usize,
    queued: BTreeMap<String, BTreeSet<Turn>>,
    missing: BTreeSet<GalleryId>,
}

/// The place of `gallery` in the order of uploads.
pub(super) const fn turn(gallery: &Gallery) -> Turn {
    (Reverse(gallery.place.priority), gallery.place.position, gallery.id)
}

impl Index {
    pub fn insert(&mut self, gallery: &Gallery) {
        let by_position = (gallery.place.position, gallery.id);
        self.by_key.insert(gallery.folder.key.clone(), gallery.id);
        self.by_position.insert(by_position);
        match gallery.state {
            GalleryState::Added => {
                self.unscanned.insert(by_position);
            }
            GalleryState::Scanning => self.scanning += 1,
            GalleryState::Queued => {
                self.queued.entry(gallery.host.clone()).or_default().insert(turn(gallery));
            }
            GalleryState::Missing => {
                self.missing.insert(gallery.id);
            }
            _ => {}
        }
    }

    pub fn remove(&mut self, gallery: &Gallery) {
        let by_position = (gallery.place.position, gallery.id);
        self.by_key.remove(&gallery.folder.key);
        self.by_position.remove(&by_position);
        match gallery.state {
            GalleryState::Added => {
                self.unscanned.remove(&by_position);
            }
            GalleryState::Scanning => self.scanning = self.scanning.saturating_sub(1),
            GalleryState::Queued => {
                if let Some(queued) = self.queued.get_mut(&gallery.host) {
                    queued.remove(&turn(gallery));
                }
            }
            GalleryState::Missing => {
                self.missing.remove(&gallery.id);
            }
            _ => {}
        }
    }

    /// The gallery of this folder.
    pub fn find(&self, key: &Path) -> Option<GalleryId> {
        self.by_key.get(key).copied()
    }

    pub fn first_unscanned(&self, scope: &Scope) -> Option<GalleryId> {
        self.unscanned.iter().map(|(_, id)| *id).find(|id| scope.contains(*id))
    }

    pub const fn scanning(&self) -> usize {
        self.scanning
    }

    /// The first queued gallery of `host`.
    pub fn first_queued(&self, host: &str, scope: &Scope) -> Option<GalleryId> {
        self.queued.get(host)?.iter().map(|(_, _, id)| *id).find(|id| scope.contains(*id))
    }

    /// How many galleries wait for `host`.
    pub fn queued(&self, host: &str) -> usize {
        self.queued.get(host).map_or(0, BTreeSet::len)
    }

    pub const fn missing(&self) -> &BTreeSet<GalleryId> {
        &self.missing
    }

    /// All galleries in queue order.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = GalleryId> {
        self.by_position.iter().map(|(_, id)| *id)
    }

    /// The neighbour before a place, or after it.
    pub fn neighbour(&self, place: (i64, GalleryId), before: bool) -> Option<GalleryId> {
        let found = if before {
            self.by_position.range(..place).next_back()
        } else {
            self.by_position.range(place..).find(|other| **other != place)
        };
        found.map(|(_, id)| *id)
    }

    /// The first and the last position.
    pub fn ends(&self) -> Option<(i64, i64)> {
        Some((self.by_position.first()?.0, self.by_position.last()?.0))
    }
}
