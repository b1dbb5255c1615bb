//! The queue's boundary: what can happen to it, and what it wants done.

use std::path::PathBuf;

use super::ImportPart;
use crate::core::gallery::{Before, Session};
use crate::core::message::HostChange;
use crate::core::output::{OutputMade, TemplatesDone};
use crate::core::{
    Arrival, Choices, Closed, Command, ContentHash, Entered, Fault, Folder, Gallery, GalleryId, HostFacts, Image,
    ImageLinks, Millis, OutputWish, Refusal, Reply, SavedFile, Sent, Tab, TemplateChange,
};

/// Names one command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Everything that can happen to the queue.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody asks for something.
    Command { ticket: Ticket, command: Command },
    /// The paths of an `Add` have been looked at: for each the folders it stands for.
    Resolved { ticket: Ticket, folders: Vec<Vec<Resolution>>, choices: Choices },
    /// The new folder of a `Relocate` has been looked at.
    Relocated { ticket: Ticket, gallery: GalleryId, folder: Resolution },
    /// A scan has ended.
    Scanned { gallery: GalleryId, outcome: Result<Scan, Fault> },
    /// A gallery is open at its host.
    Begun { gallery: GalleryId, outcome: Result<Begun, Fault> },
    /// That this image is on its way is stored: it may be sent.
    Claimed { gallery: GalleryId, image: u32 },
    /// One image has arrived, or has not.
    Transferred { gallery: GalleryId, image: u32, outcome: Result<Sent, Failure> },
    /// A gallery is closed at its host.
    Closed { gallery: GalleryId, outcome: Result<Closed, Fault> },
    /// The links of an earlier upload have been looked up.
    Recalled { gallery: GalleryId, outcome: Result<Recalled, Fault> },
    /// Free space on the drive of the data directory, in MiB; `None` when the system does not say.
    DiskMeasured(Option<u64>),
    /// What was entered for a host is kept, or the host does not accept it.
    SignedIn { ticket: Ticket, host: String, outcome: Result<(), Fault> },
    /// The hosts that there are now, and what is wrong with the definitions that are left out.
    HostsLoaded { ticket: Ticket, hosts: Vec<HostFacts>, refusal: Option<Refusal> },
    /// The output of a gallery that was due.
    OutputMade { gallery: GalleryId, made: OutputMade },
    /// What became of a change of templates.
    TemplatesChanged { ticket: Ticket, outcome: Result<TemplatesDone, Refusal> },
    /// These missing folders are there again.
    FoldersBack(Vec<GalleryId>),
    /// Some of what an import has found, or why there is nothing to take.
    Imported { ticket: Ticket, outcome: Result<Box<ImportPart>, Refusal> },
    /// [`super::Queue::next_deadline`] has come.
    Timer,
}

/// A folder that exists, or why the path is none.
pub type Resolution = Result<Folder, Refusal>;

/// Why an image has not arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// As the fault's kind says.
    Fault(Fault),
    /// The file is not what was scanned; this is what it is now.
    Changed(FoundImage),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What a scan found.
#[derive(Clone, Debug)]
pub enum Scan {
    /// The folder is there.
    Found(Found),
    /// The folder is not there.
    Missing(Fault),
}

/// What is in a folder.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Its images, in no particular order.
    pub images: Vec<FoundImage>,
    /// Those that were known before, as stored.
    pub known: Vec<Image>,
    /// An earlier upload of some of them.
    pub before: Option<Before>,
}

/// One image file as the scan found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundImage {
    /// File name within the folder.
    pub file: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
    /// Modification time.
    pub modified_at: Millis,
    /// Width and height in pixels as stored, or why it cannot be used.
    pub pixels: Result<(u32, u32), String>,
}

/// A gallery that is open at its host.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Goes with the gallery from now on.
    pub session: Session,
    /// All images of the gallery, as stored.
    pub images: Vec<Image>,
    /// The host makes the gallery of its first image: that one must have arrived before others are sent.
    pub first_alone: bool,
}

/// The links of an earlier upload.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// All images of the gallery; those that were uploaded before have their links.
    pub images: Vec<Image>,
    /// The page of the earlier gallery.
    pub link: Option<String>,
}

/// What must be done after a step: first the writes, as one transaction; once it is committed, the rest.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Store something.
    Write(Write),
    /// Look which folders these paths stand for; answered with [`Event::Resolved`].
    Resolve { ticket: Ticket, paths: Vec<PathBuf>, choices: Choices, subfolders: bool },
    /// Look whether that is a folder; answered with [`Event::Relocated`].
    Relocate { ticket: Ticket, gallery: GalleryId, folder: PathBuf },
    /// List and measure; answered with [`Event::Scanned`].
    Scan { gallery: Box<Gallery>, by_content: bool },
    /// Load the images and open the gallery at its host, with `anew` also when it was open; answered with [`Event::Begun`].
    Begin { gallery: Box<Gallery>, anew: bool },
    /// Answer with [`Event::Claimed`].
    Claim { gallery: GalleryId, image: u32 },
    /// Send one image; answered with [`Event::Transferred`]. That it is on its way is committed already, so this
    /// waits for no commit.
    Upload(Box<UploadOrder>),
    /// Cancel all transfers of a gallery; each is still answered.
    Cancel(GalleryId),
    /// Close the gallery at its host; answered with [`Event::Closed`].
    Close { gallery: Box<Gallery>, images: Vec<Image> },
    /// Look up the links of an earlier upload; answered with [`Event::Recalled`].
    Recall(Box<Gallery>),
    /// Send at most so many bytes per second to that host, or in all.
    Throttle { host: Option<String>, bytes_per_second: Option<u64> },
    /// Keep what was entered if the host accepts it, or forget it (`None`); answered with [`Event::SignedIn`].
    SignIn { ticket: Ticket, host: String, entered: Option<Entered> },
    /// Make the change, look again which hosts there are, and answer with [`Event::HostsLoaded`].
    LoadHosts { ticket: Ticket, change: HostChange },
    /// Look what BBDrop 0.9 has kept there; answered with [`Event::Imported`], several of them.
    Import { ticket: Ticket, from: PathBuf },
    /// Answer with [`Event::DiskMeasured`].
    MeasureDisk,
    /// Look whether these folders are there; answered with [`Event::FoldersBack`].
    LookForFolders(Vec<(GalleryId, PathBuf)>),
    /// Answer a command.
    Reply(Ticket, Result<Reply, Refusal>),
    /// Find something out and answer a command with it.
    Ask(Ticket, Question),
    /// Render and save, with `copies` also for the clipboard; answered with [`Event::OutputMade`].
    MakeOutput { gallery: Box<Gallery>, copies: bool },
    /// Put the output of the gallery of that name on the clipboard.
    Copy { name: String, text: String },
    /// Answered with [`Event::TemplatesChanged`].
    Templates { ticket: Ticket, change: TemplateChange },
    /// Publish the images of this gallery.
    LookAt(Option<GalleryId>),
    /// Bring the window to the front.
    Raise,
    /// Tell the person what has come.
    Announce(Arrival),
    /// End the program.
    Shutdown,
}

/// What a command asks for that the queue does not know. Nothing of the queue changes by it.
#[derive(Clone, Debug)]
pub enum Question {
    /// What is stored of the gallery's images.
    Show(GalleryId),
    /// Rendered output.
    Render { galleries: Vec<Gallery>, wish: OutputWish },
    /// A snapshot of what is committed.
    Report,
    /// What the host does with a tiny image.
    TestHost(String),
    /// What the definition in this file would do.
    ReadHost(PathBuf),
    /// The names by which something is kept for hosts.
    KeptSecrets,
    /// The entries of the system's file manager, once they are as wanted.
    Integrate { wanted: Option<bool> },
}

/// One image to send.
#[derive(Clone, Debug)]
pub struct UploadOrder {
    /// With its session.
    pub gallery: Gallery,
    /// What to send.
    pub image: Image,
    /// An earlier process may have sent it already.
    pub is_uncertain: bool,
    /// Another image of the gallery could get the same name at its host.
    pub has_namesake: bool,
}

/// One change of the store.
#[derive(Clone, Debug)]
pub enum Write {
    /// Insert or replace a gallery, its images untouched.
    PutGallery(Box<Gallery>),
    /// Delete a gallery with all that belongs to it.
    RemoveGallery(GalleryId),
    /// Replace all images of a gallery; what is recorded of their failures goes.
    PutImages(GalleryId, Vec<Image>),
    /// Replace one image.
    PutImage(GalleryId, Box<Image>),
    /// Make every failed image of a gallery pending again.
    ResetFailed(GalleryId),
    /// Forget what the host needs to go on in the same host gallery.
    RemoveSession(GalleryId),
    /// Record a failure.
    PutAttempt(Box<Attempt>),
    /// Record an upload.
    PutHistory(Box<Uploaded>),
    /// Record all uploaded images of a gallery that is stored already; what is on record stays.
    PutHistoryOf { gallery: GalleryId, host: String, at: Millis },
    /// The page of a gallery whose uploads are recorded.
    PutHistoryLink { gallery: GalleryId, link: String },
    /// Forget what was uploaded from the folder of that key.
    RemoveHistory(PathBuf),
    /// Store one setting.
    PutSetting { key: String, value: String },
    /// Store one setting of a host.
    PutHostSetting { host: String, key: String, value: String },
    /// The files that were written for a gallery.
    PutSavedFiles(GalleryId, Vec<SavedFile>),
    /// All tabs, in their order.
    PutTabs(Vec<Tab>),
    /// The host is left alone until then; `None` is not any longer.
    PutHostPause { host: String, pause: Option<Pause> },
}

impl Write {
    /// Whether losing it in a power cut (not when the program is killed) would only repeat work that was in flight then.
    #[must_use]
    pub fn is_progress(&self) -> bool {
        matches!(self, Self::PutImage(_, image) if image.state == crate::core::ImageState::Uploading)
    }
}

/// Something that went wrong on the way of an image or of a whole gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub gallery: GalleryId,
    /// `None`: opening or closing the gallery.
    pub image: Option<u32>,
    pub at: Millis,
    /// From 1.
    pub number: u32,
    pub fault: Fault,
    /// When it is tried again; `None` when it is not, or not at a known time.
    pub again_at: Option<Millis>,
}

/// One upload for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub gallery: GalleryId,
    /// The folder's key.
    pub folder: PathBuf,
    pub file: PathBuf,
    pub host: String,
    /// What else the links depend on, as text.
    pub options: String,
    pub bytes: u64,
    pub modified_at: Millis,
    pub hash: Option<ContentHash>,
    pub links: ImageLinks,
    pub at: Millis,
}

/// A host is left alone for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: Millis,
    /// How long it is in all: it never lasts longer, whatever becomes of the clock.
    pub length_ms: Millis,
    /// The host has said until when; a start by the person does not change that.
    pub is_asked: bool,
    /// Why.
    pub fault: Fault,
}
