//! What can be asked of the program and what it answers. The window, the door and the command line send the same commands.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{GalleryId, GalleryState, Snapshot};

/// Everything a person or a script can ask for. There is no second way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Put folders (absolute paths) into the queue; with `start`, upload them as soon as they are scanned.
    Add { folders: Vec<PathBuf>, start: bool },
    /// Upload, or go on.
    Start(Selection),
    /// Let what is in flight finish, then hold.
    Pause(Selection),
    /// Cancel what is in flight.
    Stop(Selection),
    /// Try exactly what failed once more.
    Retry(Selection),
    /// Take out of the queue; published images stay where they are.
    Remove(Selection),
    /// Change one setting.
    Configure { key: String, value: String },
    /// Answered once all of these have settled.
    Await(Vec<GalleryId>),
    /// The rendered output of these galleries, in queue order.
    Output(Vec<GalleryId>),
    /// Show the images of this gallery in the snapshot from now on.
    LookAt(Option<GalleryId>),
    /// Bring the window to the front, and this gallery into view.
    Raise(Option<GalleryId>),
    /// A snapshot that holds everything answered so far.
    Report,
    /// Shut down cleanly.
    Quit,
}

/// Which galleries a command is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// These, or all.
    pub ids: Option<BTreeSet<GalleryId>>,
    /// Only those in this state.
    pub state: Option<GalleryState>,
}

impl Selection {
    /// Every gallery.
    #[must_use]
    pub const fn all() -> Self {
        Self { ids: None, state: None }
    }

    /// These galleries.
    pub fn of(ids: impl IntoIterator<Item = GalleryId>) -> Self {
        Self { ids: Some(ids.into_iter().collect()), state: None }
    }
}

/// The answer to a [`Command`].
#[derive(Clone, Debug)]
pub enum Reply {
    /// One outcome per folder, in order.
    Added(Vec<AddOutcome>),
    /// These galleries were changed.
    Changed(Vec<GalleryId>),
    /// Rendered galleries.
    Output(Output),
    /// The state of everything.
    Report(Arc<Snapshot>),
    /// Done; nothing more to say.
    Done,
}

/// The output of galleries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Rendered text, one gallery after the other.
    pub text: String,
    /// What is not in it and why, a line each.
    pub notes: Vec<String>,
    /// Galleries with at least one image in it.
    pub galleries: usize,
}

/// What became of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddOutcome {
    /// In the queue, committed.
    Added(GalleryId),
    /// It was there already.
    Duplicate(GalleryId),
    /// Not taken.
    Refused(Refusal),
}

/// A "no": a code to branch on and words for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Refusal {
    /// What to branch on.
    pub code: RefusalCode,
    /// What to show.
    pub words: String,
}

impl Refusal {
    /// A refusal with `code`, said in `words`.
    pub fn new(code: RefusalCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

/// Why something was refused. The names are those of the folder channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    TooLong,
    NotUtf8,
    NotAbsolute,
    NotAFolder,
    NothingToUpload,
    UploadFailed,
    NotAuthorised,
    NoSuchGallery,
    BadRequest,
    Busy,
    Stopping,
    Internal,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::TooLong,
        Self::NotUtf8,
        Self::NotAbsolute,
        Self::NotAFolder,
        Self::NothingToUpload,
        Self::UploadFailed,
        Self::NotAuthorised,
        Self::NoSuchGallery,
        Self::BadRequest,
        Self::Busy,
        Self::Stopping,
        Self::Internal,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::NotUtf8 => "not-utf8",
            Self::NotAbsolute => "not-absolute",
            Self::NotAFolder => "not-a-folder",
            Self::NothingToUpload => "nothing-to-upload",
            Self::UploadFailed => "upload-failed",
            Self::NotAuthorised => "not-authorised",
            Self::NoSuchGallery => "no-such-gallery",
            Self::BadRequest => "bad-request",
            Self::Busy => "busy",
            Self::Stopping => "stopping",
            Self::Internal => "internal",
        }
    }

    /// The code of that name; an unknown one (a newer version's) reads as `Internal`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|code| code.name() == name).unwrap_or(Self::Internal)
    }
}
