//! The queue's boundary: what can happen to it, and what it wants done.

use std::path::PathBuf;

use crate::core::gallery::Session;
use crate::core::{Arrival, Command, Fault, Folder, Gallery, GalleryId, Image, ImageLinks, Millis, Refusal, Reply};

/// Names one command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Everything that can happen to the queue.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody asks for something.
    Command { ticket: Ticket, command: Command },
    /// The folders of an `Add` have been looked at.
    Resolved { ticket: Ticket, folders: Vec<Resolution>, start: bool },
    /// A scan has ended.
    Scanned { gallery: GalleryId, outcome: Result<Scan, Fault> },
    /// A gallery is open at its host.
    Begun { gallery: GalleryId, outcome: Result<Begun, Fault> },
    /// One image has arrived, or has not.
    Transferred { gallery: GalleryId, image: u32, outcome: Result<ImageLinks, Fault> },
    /// A gallery is closed at its host; the link of its page.
    Closed { gallery: GalleryId, outcome: Result<String, Fault> },
    /// [`super::Queue::next_deadline`] has come.
    Timer,
}

/// A folder that exists, or why the path is none.
pub type Resolution = Result<Folder, Refusal>;

/// What a scan found.
#[derive(Clone, Debug)]
pub enum Scan {
    /// The folder's images in source order.
    Found(Vec<FoundImage>),
    /// The folder is not there.
    Missing(Fault),
}

/// One image file as the scan found it.
#[derive(Clone, Debug)]
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
}

/// What must be done after a step: first the writes, as one transaction; once it is committed, the rest.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Store something.
    Write(Write),
    /// Look whether these are folders; answered with [`Event::Resolved`].
    Resolve { ticket: Ticket, folders: Vec<PathBuf>, start: bool },
    /// List and measure; answered with [`Event::Scanned`].
    Scan { gallery: GalleryId, path: PathBuf },
    /// Load the images and open the gallery at its host; answered with [`Event::Begun`].
    Begin(Box<Gallery>),
    /// Send one image; answered with [`Event::Transferred`].
    Upload { gallery: Box<Gallery>, image: Box<Image> },
    /// Cancel all transfers of a gallery; each is still answered.
    Cancel(GalleryId),
    /// Close the gallery at its host; answered with [`Event::Closed`].
    Close { gallery: Box<Gallery>, images: Vec<Image> },
    /// Answer a command.
    Reply(Ticket, Result<Reply, Refusal>),
    /// Answer with rendered output.
    Render { ticket: Ticket, galleries: Vec<Gallery> },
    /// Answer with a snapshot of what is committed.
    Report(Ticket),
    /// Publish the images of this gallery.
    LookAt(Option<GalleryId>),
    /// Bring the window to the front.
    Raise,
    /// Tell the person what has come.
    Announce(Arrival),
    /// End the program.
    Shutdown,
}

/// One change of the store.
#[derive(Clone, Debug)]
pub enum Write {
    /// Insert or replace a gallery, its images untouched.
    PutGallery(Box<Gallery>),
    /// Delete a gallery with all that belongs to it.
    RemoveGallery(GalleryId),
    /// Replace all images of a gallery.
    PutImages(GalleryId, Vec<Image>),
    /// Replace one image.
    PutImage(GalleryId, Box<Image>),
    /// Make every failed image of a gallery pending again.
    ResetFailed(GalleryId),
    /// Store one setting.
    PutSetting { key: String, value: String },
}
