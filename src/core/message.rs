//! What can be asked of the program and what it answers. The window, the door and the command line send the same commands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::gallery::Priority;
use super::legacy::ImportReport;
use super::output::{Output, OutputWish, TemplateChange, TemplatesDone};
use super::post::{Field, TabId};
use super::queue::Attempt;
use super::{GalleryId, GalleryState, HostPreview, Image, Snapshot};

/// Everything a person or a script can ask for. There is no second way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Put folders, or picked images (absolute paths), into the queue.
    Add { paths: Vec<PathBuf>, choices: Choices },
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
    /// The same, and forget what was uploaded from their folders: added again, they are like new.
    Forget(Selection),
    /// Look at the folders again: new, changed and removed files; results are kept.
    Rescan(Selection),
    /// Forget all results and scan anew.
    Reset(Selection),
    /// Take the links of the earlier upload instead of uploading again.
    Reuse(Selection),
    /// The folder of a gallery is there now.
    Relocate { gallery: GalleryId, folder: PathBuf },
    /// Change the order.
    Move(Selection, Direction),
    /// Change who goes first.
    SetPriority(Selection, Priority),
    /// Upload to another host; only what has not begun.
    SetHost(Selection, String),
    /// Call a gallery something else; at its host it keeps the name it was opened with.
    Rename(GalleryId, String),
    /// Make the output with another template; `None` is the one of the settings.
    SetTemplate(Selection, Option<String>),
    /// Fill one of the person's own fields.
    SetField { selection: Selection, field: Field, value: String },
    /// One more tab; answered with [`Reply::Tab`].
    AddTab(String),
    /// Call a tab something else.
    RenameTab(TabId, String),
    /// Take a tab away; its galleries go `into` another.
    DeleteTab { tab: TabId, into: TabId },
    /// Change the order of the tabs: it comes to this place, counted from 0 without it.
    MoveTab(TabId, usize),
    /// Show galleries in another tab.
    MoveToTab(Selection, TabId),
    /// Change one setting.
    Configure { key: String, value: String },
    /// Change one setting of a host.
    ConfigureHost { host: String, key: String, value: String },
    /// Use a host again that is paused or held.
    ResumeHost(String),
    /// Keep what is entered for a host, if the host accepts it.
    SignIn { host: String, entered: Entered },
    /// Forget what was entered for a host.
    SignOut(String),
    /// Upload one tiny image to a host, and take it away again where that can be done.
    TestHost(String),
    /// Look again which hosts there are: a definition was added, changed or taken away.
    ReloadHosts,
    /// Say what the definition in this file would do, and whom it contacts. Nothing is changed.
    ReadHost(PathBuf),
    /// Add the host of a definition; with `replace` also in the place of one of the same id.
    AddHost { text: String, replace: bool },
    /// Put the definition of a host away that the person has added.
    RemoveHost(String),
    /// By which names something is kept for the hosts at which one signs in. Never what.
    KeptSecrets,
    /// Take over what BBDrop 0.9 has kept: its data directory, its database or one of its templates.
    Import(PathBuf),
    /// Answered once all of these have settled.
    Await(Vec<GalleryId>),
    /// The images of a gallery and what went wrong on their way.
    Show(GalleryId),
    /// The rendered output of these galleries, in queue order.
    Output(Vec<GalleryId>),
    /// The same as the wish says.
    OutputAs(Vec<GalleryId>, OutputWish),
    /// Make the output of these galleries anew, with all that is saved of it. Nothing is uploaded.
    RenderAgain(Selection),
    /// Work with templates; answered with [`Reply::Templates`].
    Templates(TemplateChange),
    /// Show the images of this gallery in the snapshot from now on.
    LookAt(Option<GalleryId>),
    /// Make the entries of the system's file manager, or take them away; `None` only looks how they are. The next snapshot says.
    Integrate(Option<bool>),
    /// Bring the window to the front.
    Raise,
    /// Tell the person what came from outside the window.
    Announce(Arrival),
    /// A snapshot that holds everything answered so far.
    Report,
    /// Shut down cleanly.
    Quit,
}

/// What a person has entered to sign in, by the names of the host's definition. Not even shown to those who look for faults.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entered(pub BTreeMap<String, String>);

impl Entered {
    /// Whether nothing was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What goes with folders that are added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Upload as soon as they are scanned.
    pub start: bool,
    /// The host's id; `None` is the one of the settings.
    pub host: Option<String>,
    /// The title; `None` is the folder's name.
    pub name: Option<String>,
    /// The template's name; `None` is the one of the settings.
    pub template: Option<String>,
    /// The tab they are shown in.
    pub tab: TabId,
    /// Paths of image files are taken, too: those of one folder become a gallery of just these images.
    pub takes_images: bool,
    /// Whoever brought them may be another user: nothing but the person starts them.
    pub unproven: bool,
}

/// Where a gallery moves in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Top,
    Up,
    Down,
    Bottom,
    /// In front of this gallery.
    Before(GalleryId),
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
    /// For each path, in order, what became of it.
    Added(Vec<Outcomes>),
    /// These galleries were changed.
    Changed(Vec<GalleryId>),
    /// Done, with something to say; these galleries were changed.
    Told { changed: Vec<GalleryId>, words: String },
    /// The tab is there.
    Tab(TabId),
    /// The images of one gallery.
    Images(Arc<StoredImages>),
    /// Rendered galleries.
    Output(Output),
    /// The templates that there are, and what was done.
    Templates(TemplatesDone),
    /// The state of everything.
    Report(Arc<Snapshot>),
    /// What was taken over from BBDrop 0.9, and what was not.
    Imported(Box<ImportReport>),
    /// What a host did with a tiny image.
    Tested(Vec<Tested>),
    /// What a definition would do.
    Host(Box<HostPreview>),
    /// By host, the names by which something is kept.
    Kept(BTreeMap<String, Vec<String>>),
    /// Done; nothing more to say.
    Done,
}

/// One step of trying a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// What was tried.
    pub what: String,
    /// Whether it worked.
    pub ok: bool,
    /// What came of it, in words.
    pub words: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took_ms: u64,
}

/// What becomes of the hosts before they are looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostChange {
    /// Nothing.
    None,
    /// As [`Command::AddHost`].
    Add { text: String, replace: bool },
    /// As [`Command::RemoveHost`].
    Remove(String),
}

/// What is stored of a gallery's images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredImages {
    /// In source order.
    pub images: Vec<Image>,
    /// What went wrong, oldest first.
    pub attempts: Vec<Attempt>,
}

/// What became of one path: one outcome, or one per sub-folder with images.
pub type Outcomes = Vec<AddOutcome>;

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

/// What other launches and scripts have brought. The window comes to the front for folders that are in the queue, not for
/// refused ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// New galleries.
    pub added: Vec<GalleryId>,
    /// Galleries that were there already, with their folders' names.
    pub duplicates: Vec<(GalleryId, String)>,
    /// Why others were refused, in words; the first few.
    pub refused: Vec<String>,
    /// To be brought into view: the last one that is in the queue.
    pub reveals: Option<GalleryId>,
    /// Sub-folders have become galleries of their own.
    pub has_subfolders: bool,
}

impl Arrival {
    /// Refusals that are told one by one; a flood of them says nothing new.
    const REFUSED_MAX: usize = 5;

    /// What became of `folders`, which have these `outcomes`.
    #[must_use]
    pub fn of(folders: &[PathBuf], outcomes: &[Outcomes]) -> Self {
        let mut arrival = Self { has_subfolders: has_subfolders(outcomes), ..Self::default() };
        let each = |(folder, outcomes)| std::iter::repeat(folder).zip(outcomes);
        for (folder, outcome) in folders.iter().zip(outcomes).flat_map(each) {
            match outcome {
                AddOutcome::Added(id) => arrival.added.push(*id),
                AddOutcome::Duplicate(id) => {
                    let name = folder.file_name().unwrap_or(folder.as_os_str());
                    arrival.duplicates.push((*id, name.to_string_lossy().into_owned()));
                }
                AddOutcome::Refused(refusal) => arrival.refuse(refusal.words.clone()),
            }
            if let AddOutcome::Added(id) | AddOutcome::Duplicate(id) = outcome {
                arrival.reveals = Some(*id);
            }
        }
        arrival
    }

    /// One more refusal.
    pub fn refuse(&mut self, words: String) {
        if self.refused.len() < Self::REFUSED_MAX {
            self.refused.push(words);
        }
    }

    /// Both as one.
    pub fn join(&mut self, other: Self) {
        self.added.extend(other.added);
        self.duplicates.extend(other.duplicates);
        other.refused.into_iter().for_each(|words| self.refuse(words));
        self.reveals = other.reveals.or(self.reveals);
        self.has_subfolders |= other.has_subfolders;
    }

    /// New galleries, as scripts see them.
    #[must_use]
    pub fn added_ids(&self) -> Vec<i64> {
        self.added.iter().map(|id| id.0).collect()
    }

    /// Galleries that were there already, as scripts see them.
    #[must_use]
    pub fn duplicate_ids(&self) -> Vec<i64> {
        self.duplicates.iter().map(|(id, _)| id.0).collect()
    }
}

/// Whether one of the added paths has become several galleries, and at least one of them is new.
#[must_use]
pub fn has_subfolders(outcomes: &[Outcomes]) -> bool {
    let is_new = |outcome: &AddOutcome| matches!(outcome, AddOutcome::Added(_));
    outcomes.iter().any(|outcomes| outcomes.len() > 1 && outcomes.iter().any(is_new))
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
    ForeignUser,
    NothingToUpload,
    UploadFailed,
    NotAllTaken,
    NotAuthorised,
    NoSuchHost,
    HostNotReady,
    NoSuchTemplate,
    NoSuchGallery,
    NoSuchTab,
    AlreadyThere,
    BadRequest,
    Busy,
    Stopping,
    Internal,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 19] = [
        Self::TooLong,
        Self::NotUtf8,
        Self::NotAbsolute,
        Self::NotAFolder,
        Self::ForeignUser,
        Self::NothingToUpload,
        Self::UploadFailed,
        Self::NotAllTaken,
        Self::NotAuthorised,
        Self::NoSuchHost,
        Self::HostNotReady,
        Self::NoSuchTemplate,
        Self::NoSuchGallery,
        Self::NoSuchTab,
        Self::AlreadyThere,
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
            Self::ForeignUser => "foreign-user",
            Self::NothingToUpload => "nothing-to-upload",
            Self::UploadFailed => "upload-failed",
            Self::NotAllTaken => "not-all-taken",
            Self::NotAuthorised => "not-authorised",
            Self::NoSuchHost => "no-such-host",
            Self::HostNotReady => "host-not-ready",
            Self::NoSuchTemplate => "no-such-template",
            Self::NoSuchGallery => "no-such-gallery",
            Self::NoSuchTab => "no-such-tab",
            Self::AlreadyThere => "already-there",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_add_up_and_the_last_one_in_the_queue_is_brought_into_view() {
        let arrival = |outcome: AddOutcome| Arrival::of(&[PathBuf::from("/trips/Rome")], &[vec![outcome]]);
        let mut sum = arrival(AddOutcome::Added(GalleryId(7)));
        sum.join(arrival(AddOutcome::Duplicate(GalleryId(3))));
        let refused = AddOutcome::Refused(Refusal::new(RefusalCode::NotAFolder, "no"));
        (0..9).for_each(|_| sum.join(arrival(refused.clone())));
        assert_eq!((sum.added_ids(), sum.duplicate_ids()), (vec![7], vec![3]));
        assert_eq!(sum.duplicates, [(GalleryId(3), "Rome".to_owned())]);
        assert_eq!(sum.reveals, Some(GalleryId(3)));
        assert_eq!(sum.refused.len(), Arrival::REFUSED_MAX);
        assert_eq!(arrival(refused).reveals, None, "the window stays where it is");
    }
}
