//! Which galleries are where, so that no step looks at all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::Scope;
use crate::core::{Gallery, GalleryId, GalleryState};

/// Lookups kept in step with the galleries' states.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_key: HashMap<PathBuf, GalleryId>,
    unscanned: BTreeSet<GalleryId>,
    scanning: usize,
    queued: BTreeMap<String, BTreeSet<GalleryId>>,
}

impl Index {
    pub fn insert(&mut self, gallery: &Gallery) {
        self.by_key.insert(gallery.folder.key.clone(), gallery.id);
        match gallery.state {
            GalleryState::Added => {
                self.unscanned.insert(gallery.id);
            }
            GalleryState::Scanning => self.scanning += 1,
            GalleryState::Queued => {
                self.queued.entry(gallery.host.clone()).or_default().insert(gallery.id);
            }
            _ => {}
        }
    }

    pub fn remove(&mut self, gallery: &Gallery) {
        self.by_key.remove(&gallery.folder.key);
        match gallery.state {
            GalleryState::Added => {
                self.unscanned.remove(&gallery.id);
            }
            GalleryState::Scanning => self.scanning = self.scanning.saturating_sub(1),
            GalleryState::Queued => {
                if let Some(queued) = self.queued.get_mut(&gallery.host) {
                    queued.remove(&gallery.id);
                }
            }
            _ => {}
        }
    }

    /// The gallery of this folder.
    pub fn find(&self, key: &Path) -> Option<GalleryId> {
        self.by_key.get(key).copied()
    }

    pub fn first_unscanned(&self, scope: &Scope) -> Option<GalleryId> {
        self.unscanned.iter().copied().find(|id| scope.contains(*id))
    }

    pub const fn scanning(&self) -> usize {
        self.scanning
    }

    /// The first queued gallery of each host.
    pub fn first_queued(&self, scope: &Scope) -> Vec<GalleryId> {
        let first = |ids: &BTreeSet<GalleryId>| ids.iter().copied().find(|id| scope.contains(*id));
        self.queued.values().filter_map(first).collect()
    }
}
