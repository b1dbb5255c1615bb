//! A gallery: one folder in the queue, its state, and the one table of legal state changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::post::{Post, TabId};
use super::{Fault, FaultKind, Millis};

/// A gallery's identity: its database id, never reused. The path is data, not identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GalleryId(pub i64);

impl std::fmt::Display for GalleryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// `1 gallery`, `3 galleries`.
#[must_use]
pub fn in_words(count: usize) -> String {
    if count == 1 { "1 gallery".to_owned() } else { format!("{count} galleries") }
}

/// Where a gallery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GalleryState {
    /// Committed, not scanned yet.
    Added,
    /// Its folder is being listed and measured.
    Scanning,
    /// Scanned, waiting for the person.
    Ready,
    /// Waiting for a slot of its host.
    Queued,
    /// Images are on their way.
    Uploading,
    /// Held by the person; keeps session and results.
    Paused,
    /// Every usable image is uploaded.
    Completed,
    /// Some images are uploaded, some are not; the reasons are with the images.
    Incomplete,
    /// Nothing is uploaded; the reason is on the gallery.
    Failed,
    /// The folder cannot be reached.
    Missing,
}

impl GalleryState {
    /// Whether something of a gallery in this state, with so many images uploaded, is at its host or on its way there.
    #[must_use]
    pub const fn has_begun(self, uploaded: u32) -> bool {
        uploaded > 0 || matches!(self, Self::Uploading | Self::Completed)
    }

    /// Every state, in the order in which a person meets them.
    pub const ALL: [Self; 10] = [
        Self::Added,
        Self::Scanning,
        Self::Ready,
        Self::Queued,
        Self::Uploading,
        Self::Paused,
        Self::Completed,
        Self::Incomplete,
        Self::Failed,
        Self::Missing,
    ];

    /// The lower-case name: stored, printed as JSON, taken by `--state`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Scanning => "scanning",
            Self::Ready => "ready",
            Self::Queued => "queued",
            Self::Uploading => "uploading",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The one table of legal state changes. Nothing outside [`super::Queue`] changes a state.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use GalleryState::{Added, Completed, Failed, Incomplete, Missing, Paused, Queued, Ready, Scanning, Uploading};
        match self {
            Added => matches!(next, Scanning),
            // Added: the program ended in the middle of the scan. Paused, Incomplete, Completed: it was scanned again.
            Scanning => {
                matches!(next, Added | Ready | Queued | Paused | Completed | Incomplete | Failed | Missing)
            }
            // Added, here and below: it is scanned again. Completed: the links of an earlier upload are taken.
            Ready => matches!(next, Queued | Completed | Added),
            Incomplete | Failed => matches!(next, Queued | Added),
            Queued => matches!(next, Uploading | Paused | Ready | Incomplete | Added),
            // Queued, Ready, Incomplete: the program ended, the person stopped it, or the host is held.
            Uploading => matches!(next, Completed | Incomplete | Failed | Missing | Paused | Ready | Queued),
            Paused => matches!(next, Queued | Ready | Incomplete | Added),
            Completed | Missing => matches!(next, Added),
        }
    }

    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Ready | Self::Completed | Self::Incomplete | Self::Failed | Self::Missing)
    }
}

/// A folder as the person named it, and as it is compared with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Absolute, as given: for display and for reading.
    pub path: PathBuf,
    /// Canonical (links resolved): two folders are the same when these are equal.
    pub key: PathBuf,
    /// File names of picked images; `None` is all images in the folder.
    pub chosen: Option<Arc<BTreeSet<PathBuf>>>,
}

/// Who goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    /// Every priority, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// The priority of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }
}

/// Where a gallery is in the queue: rows are shown by position, uploads go by priority first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub priority: Priority,
    /// Smaller is earlier; with gaps.
    pub position: i64,
    /// The tab it is shown in; uploads do not care.
    pub tab: TabId,
}

/// What follows a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AfterScan {
    /// Goes on to upload.
    pub start: bool,
    /// The person has asked for that; it is done also when the images were uploaded before.
    pub start_asked: bool,
    /// It is scanned again, or its folder was missing: where it stood before.
    pub returns_to: Option<GalleryState>,
}

/// When it was added and finished, and what was there before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// When it was added.
    pub added_at: Millis,
    /// When it was last completed, in part or in whole.
    pub finished_at: Option<Millis>,
    /// Its images were uploaded before.
    pub before: Option<Before>,
}

/// An earlier upload of images that are in a gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// When the last of them was uploaded.
    pub at: Millis,
    /// The host's id.
    pub host: String,
    /// How many of the gallery's images they are.
    pub images: u32,
}

/// How many images a gallery has, and how far they are. `total` counts skipped ones too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All images found.
    pub total: u32,
    /// Uploaded, result stored.
    pub uploaded: u32,
    /// Failed for good.
    pub failed: u32,
    /// Left out, with a reason.
    pub skipped: u32,
    /// Bytes of all usable images.
    pub bytes_total: u64,
    /// Bytes of the uploaded ones.
    pub bytes_uploaded: u64,
}

impl Tally {
    /// Images still to send.
    #[must_use]
    pub const fn pending(&self) -> u32 {
        self.total.saturating_sub(self.uploaded + self.failed + self.skipped)
    }

    /// Images that can be sent at all.
    #[must_use]
    pub const fn usable(&self) -> u32 {
        self.total.saturating_sub(self.skipped)
    }
}

/// What the host needs to go on in the same host gallery after a restart: an opaque value of that host (JSON).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(pub String);

/// What there is of a gallery at its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtHost {
    /// Set before the first image is sent.
    pub session: Option<Session>,
    /// The gallery's page.
    pub link: Option<String>,
}

/// One folder in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gallery {
    /// Identity.
    pub id: GalleryId,
    /// Where the images are.
    pub folder: Folder,
    /// The title a person sees; at first the folder's name.
    pub name: String,
    /// When it is its turn.
    pub place: Place,
    /// Where it stands.
    pub state: GalleryState,
    /// What follows when it has been scanned.
    pub after_scan: AfterScan,
    /// The host's id.
    pub host: String,
    /// How far it is.
    pub tally: Tally,
    /// What there is of it at its host.
    pub at_host: AtHost,
    /// What its output is made of.
    pub post: Arc<Post>,
    /// Why it failed or waits.
    pub reason: Option<Fault>,
    /// When it was added and finished.
    pub past: Past,
}

impl Gallery {
    /// Whether it waits for the person because nobody knows who brought it.
    #[must_use]
    pub fn is_unproven(&self) -> bool {
        self.reason.as_ref().is_some_and(|fault| fault.kind == FaultKind::Unproven)
    }

    /// A gallery to which nothing has happened yet.
    #[must_use]
    pub fn new(id: GalleryId, folder: Folder, name: &str, host: &str) -> Self {
        Self {
            id,
            folder,
            name: name.to_owned(),
            place: Place::default(),
            state: GalleryState::Added,
            after_scan: AfterScan::default(),
            host: host.to_owned(),
            tally: Tally::default(),
            at_host: AtHost::default(),
            post: Arc::default(),
            reason: None,
            past: Past::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GalleryState;

    #[test]
    fn names_are_distinct_and_read_back() {
        for state in GalleryState::ALL {
            assert_eq!(GalleryState::from_name(state.name()), Some(state));
            assert!(!state.may_become(state), "{state:?} may not become itself");
        }
    }

    #[test]
    fn every_state_can_be_left_and_reached() {
        for state in GalleryState::ALL {
            assert!(GalleryState::ALL.into_iter().any(|next| state.may_become(next)), "{state:?}");
            assert!(GalleryState::ALL.into_iter().any(|from| from.may_become(state)), "{state:?}");
        }
    }
}
