//! What everybody but the queue sees: an immutable picture of the committed state.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::gallery::{Before, Past, Place};
use super::post::Post;
use super::{
    Arrival, Gallery, GalleryId, GalleryState, HostOption, HostSecret, HostSettings, Image, Integration, Millis,
    Settings, Tab, Tally, TemplateRow,
};

/// The whole program at one moment. Rows that did not change keep their `Arc`.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Galleries in queue order.
    pub rows: Vec<Arc<Row>>,
    /// The gallery being looked at.
    pub details: Option<Arc<Details>>,
    /// Bytes per second, all transfers together.
    pub bytes_per_second: u64,
    /// Bytes sent since the start of the program, also of images that have not arrived.
    pub bytes_sent: u64,
    /// Something the person must know as long as it lasts, e.g. that the disk is full.
    pub trouble: Option<String>,
    /// The doors of the resident.
    pub doors: Doors,
    /// The settings in force.
    pub settings: Settings,
    /// The hosts and how they are, by id.
    pub hosts: Vec<HostRow>,
    /// Why nothing new is begun, whatever the host.
    pub holds_everything: Option<String>,
    /// The tabs in their order; the one with [`super::TabId::MAIN`] is always there.
    pub tabs: Arc<[Tab]>,
    /// The templates that there were when somebody last looked ([`super::TemplateChange::List`] looks again).
    pub templates: Arc<[TemplateRow]>,
    /// The entries of the system's file manager, once somebody has looked.
    pub integration: Option<Arc<Integration>>,
}

impl Snapshot {
    /// Why the gallery of a row failed or waits, in words; empty when there is nothing to say.
    #[must_use]
    pub fn reason<'a>(&'a self, row: &'a Row) -> Cow<'a, str> {
        let host = || self.hosts.iter().find(|host| host.id == row.host);
        match row.state {
            GalleryState::Added => "Waits to be scanned.".into(),
            GalleryState::Queued => {
                let waits_for = host().and_then(|host| host.waits_for.as_deref()).or(self.holds_everything.as_deref());
                waits_for.unwrap_or("Waits for its turn.").into()
            }
            GalleryState::Uploading => {
                let waits_for = host().and_then(|host| host.waits_for.as_deref()).or(self.holds_everything.as_deref());
                waits_for.unwrap_or(&row.reason).into()
            }
            GalleryState::Ready if row.reason.is_empty() => match &row.past.before {
                Some(before) => before_in_words(before).into(),
                None => "".into(),
            },
            _ => match &row.post.trouble {
                Some(trouble) if row.reason.is_empty() => trouble.into(),
                Some(trouble) => format!("{} {trouble}", row.reason).into(),
                None => row.reason.as_str().into(),
            },
        }
    }

    /// What the host of that id is called; one that is gone by its id.
    #[must_use]
    pub fn host_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.hosts.iter().find(|host| host.id == id).map_or(id, |host| host.name.as_str())
    }

    /// What the tab of a row is called.
    #[must_use]
    pub fn tab_name(&self, row: &Row) -> &str {
        let tab = self.tabs.iter().find(|tab| tab.id == row.place.tab).or_else(|| self.tabs.first());
        tab.map_or(Tab::MAIN_NAME, |tab| tab.name.as_str())
    }

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

fn before_in_words(before: &Before) -> String {
    let date = jiff::Timestamp::from_millisecond(before.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = date.to_zoned(jiff::tz::TimeZone::UTC).date();
    let count = if before.images == 1 { "1 image was".to_owned() } else { format!("{} images were", before.images) };
    format!("{count} uploaded on {date} to {}. Start uploads again, or reuse the links.", before.host)
}

/// A host as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Identity.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether there is a definition.
    pub is_known: bool,
    /// Whether it is not used until a person has done something.
    pub is_closed: bool,
    /// Why its galleries wait; `None` when they only wait for their turn.
    pub waits_for: Option<String>,
    /// Until when it is left alone.
    pub paused_until: Option<Millis>,
    /// What the person has set.
    pub settings: HostSettings,
    /// What can be set beyond what every host has.
    pub options: Vec<HostOption>,
    /// What a person is asked for to sign in.
    pub secrets: Vec<HostSecret>,
    /// Images sent at once, as things are.
    pub parallel_images: usize,
    /// The person has added it, and may take it away.
    pub is_own: bool,
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
    /// Where it is in the queue.
    pub place: Place,
    /// Where it stands.
    pub state: GalleryState,
    /// The host's id.
    pub host: String,
    /// How far it is.
    pub tally: Tally,
    /// The gallery's page at the host.
    pub link: Option<String>,
    /// What went wrong; empty when there is nothing to say. [`Snapshot::reason`] also knows what it waits for.
    pub reason: String,
    /// When it was added and finished, and whether its images were uploaded before.
    pub past: Past,
    /// What its output is made of.
    pub post: Arc<Post>,
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
            place: gallery.place,
            state: gallery.state,
            host: gallery.host.clone(),
            tally: gallery.tally,
            link: gallery.at_host.link.clone(),
            reason: gallery.reason.as_ref().map(|fault| fault.words.clone()).unwrap_or_default(),
            past: gallery.past.clone(),
            post: Arc::clone(&gallery.post),
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
        (self.arrived() as f32 / self.tally.bytes_total as f32).min(1.0)
    }

    /// Whether something of it is at its host, or on its way there: it cannot go to another one any more.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.state.has_begun(self.tally.uploaded)
    }

    /// Bytes that have arrived, of images in flight too.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.tally.bytes_uploaded.saturating_add(self.moved.load(std::sync::atomic::Ordering::Relaxed))
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
    /// Put the output of the gallery of that name, which is complete, on the clipboard, and say so.
    CopyOutput { name: String, text: String },
    /// Sub-folders have become galleries of their own.
    HasSubfolders,
    /// Tell the person.
    Tell { words: String, is_error: bool },
    /// The program was asked to end.
    Quit,
}
