//! What everybody but the queue sees: an immutable picture of the committed state.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{Arrival, Gallery, GalleryId, GalleryState, Image, Millis, Settings, Tally};

/// The whole program at one moment. Rows that did not change keep their `Arc`.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Galleries in queue order.
    pub rows: Vec<Arc<Row>>,
    /// The gallery being looked at.
    pub details: Option<Arc<Details>>,
    /// Bytes per second, all transfers together.
    pub bytes_per_second: u64,
    /// Something the person must know as long as it lasts, e.g. that the disk is full.
    pub trouble: Option<String>,
    /// The doors of the resident.
    pub doors: Doors,
    /// The settings in force.
    pub settings: Settings,
}

impl Snapshot {
    /// How many galleries are in `state`.
    #[must_use]
    pub fn count(&self, state: GalleryState) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    /// Whether anything is being scanned or uploaded, or waits for that.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.rows.iter().any(|row| {
            matches!(
                row.state,
                GalleryState::Added | GalleryState::Scanning | GalleryState::Queued | GalleryState::Uploading
            )
        })
    }
}

/// Where later launches and scripts reach this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doors {
    /// The folder channel's port, when it could be had.
    pub folder_port: Option<u16>,
    /// The delegate channel's port.
    pub delegate_port: Option<u16>,
    /// Why the folder channel is closed.
    pub trouble: Option<String>,
}

/// One gallery as a row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Identity.
    pub id: GalleryId,
    /// The title.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// Where it stands.
    pub state: GalleryState,
    /// The host's id.
    pub host: String,
    /// How far it is.
    pub tally: Tally,
    /// The gallery's page at the host.
    pub link: Option<String>,
    /// Why it failed or waits; empty when there is nothing to say.
    pub reason: String,
    /// When it was added.
    pub added_at: Millis,
    /// When it was last completed.
    pub finished_at: Option<Millis>,
    /// Bytes moved for images in flight; counts up while the row is on screen.
    pub moved: Arc<AtomicU64>,
}

impl Row {
    /// The row of `gallery`.
    #[must_use]
    pub fn new(gallery: &Gallery, moved: Arc<AtomicU64>) -> Self {
        Self {
            id: gallery.id,
            name: gallery.name.clone(),
            path: gallery.folder.path.clone(),
            state: gallery.state,
            host: gallery.host.clone(),
            tally: gallery.tally,
            link: gallery.link.clone(),
            reason: gallery.reason.as_ref().map(|fault| fault.words.clone()).unwrap_or_default(),
            added_at: gallery.added_at,
            finished_at: gallery.finished_at,
            moved,
        }
    }

    /// Share of the bytes that have arrived, from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share for a progress bar")]
    pub fn progress(&self) -> f32 {
        if self.state == GalleryState::Completed {
            return 1.0;
        }
        if self.tally.bytes_total == 0 {
            return 0.0;
        }
        let moving = self.moved.load(std::sync::atomic::Ordering::Relaxed);
        let arrived = self.tally.bytes_uploaded.saturating_add(moving);
        (arrived as f32 / self.tally.bytes_total as f32).min(1.0)
    }
}

/// The images of one gallery.
#[derive(Clone, Debug)]
pub struct Details {
    /// Whose images these are.
    pub id: GalleryId,
    /// In source order.
    pub images: Vec<Image>,
}

/// Something that happened once and is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Show the window and bring it to the front.
    Raise,
    /// Other launches have brought something.
    Arrived(Arrival),
    /// Put this text on the clipboard.
    Copy(String),
    /// Tell the person.
    Tell { words: String, is_error: bool },
    /// The program was asked to end.
    Quit,
}
