//! The delegate channel's JSON (ADR-007): one request, one response. Unknown fields are ignored, missing ones are empty.

use serde::{Deserialize, Serialize};

use super::token::Token;
use crate::core::legacy::ImportReport;
use crate::core::output::PostText;
use crate::core::report::{GalleryDetails, GalleryReport, HostReport, StatusReport, TabReport};
use crate::core::{Entered, GalleryState, Refusal, RefusalCode, Tested};

/// Longest request in bytes.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// What a client asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the JSON")]
pub struct Request {
    /// `data` of the response is the rendered output; otherwise a short account.
    pub output_to_stdout: bool,
    /// From `resident.json`. Everything but `raise` needs it.
    pub token: Token,
    /// Chosen by the client: repeating a request that changes something repeats the answer, not the work. Empty is none.
    pub request_id: String,
    /// What is wanted.
    pub command: Verb,
    /// For `run_once` and `add`: absolute paths or `file://` URLs.
    pub folders: Vec<String>,
    /// For `run_once` and `add`: the host's id; empty is the usual one.
    pub host: String,
    /// For `run_once`, `add` and `output`: the template's name; empty is the usual one.
    pub template: String,
    /// For `run_once` and `add`: the tab's name; empty is the first. For `tabs`: which one.
    pub tab: String,
    /// For `queue`, `hosts` and `tabs`: what to do.
    pub action: Action,
    /// For `queue` and `output`: which galleries; `null` is all.
    pub ids: Option<Vec<i64>>,
    /// For `queue`: only those in this state.
    pub state: Option<GalleryState>,
    /// For `configure` and `hosts`, and for `settings` to ask for one; for `queue` with `field` its name.
    pub key: String,
    /// For `configure` and `hosts`; for `queue` and `tabs`: the new priority, direction, host, folder, name and so on; for `import`: the
    /// path; for `prove`: the question.
    pub value: String,
    /// For `add`: upload as soon as the folder is scanned.
    pub start: bool,
    /// For `run_once` and `add`: the gallery's title; empty is the folder's name.
    pub name: String,
    /// For `hosts` with `sign_in`: what was entered, by the names of the host's definition.
    #[serde(skip_serializing_if = "Entered::is_empty")]
    pub entered: Entered,
    /// For `output`: `output` of the response is each gallery as JSON.
    pub with_data: bool,
    /// For `run_once` and `add`: paths of images are taken, too; those of one folder become a gallery.
    pub takes_images: bool,
}

impl Request {
    /// Whether it only looks: asked twice, it does no more than once.
    #[must_use]
    pub const fn only_looks(&self) -> bool {
        match self.command {
            Verb::Raise | Verb::Status | Verb::Show | Verb::Output | Verb::Settings | Verb::Prove => true,
            Verb::Queue | Verb::Hosts | Verb::Tabs => matches!(self.action, Action::List),
            Verb::RunOnce | Verb::Add | Verb::Configure | Verb::Import | Verb::Quit => false,
        }
    }
}

/// The commands of the delegate channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Upload the folders and wait for the end.
    #[default]
    RunOnce,
    /// Put the folders into the queue.
    Add,
    /// Bring the window to the front.
    Raise,
    /// How the resident is.
    Status,
    /// Work with galleries.
    Queue,
    /// One gallery with its images and what went wrong on their way.
    Show,
    /// The hosts; with `action` `set`, `resume`, `sign_in`, `sign_out`, `test` or `reload` works with one.
    Hosts,
    /// The tabs; with `action` `add`, `rename`, `remove` or `move` works with one.
    Tabs,
    /// Rendered output.
    Output,
    /// All settings.
    Settings,
    /// Change one setting.
    Configure,
    /// Take over what BBDrop 0.9 has kept: `value` is the path of its data directory, its database or a template.
    Import,
    /// Shut down cleanly.
    Quit,
    /// Show that this is the resident, before it is told the token: `value` is any text, the answer's `data` the proof
    /// (`Token::proof`). The request itself follows on the same connection.
    Prove,
}

/// What `queue` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    #[default]
    List,
    Start,
    Pause,
    Stop,
    Retry,
    Remove,
    /// Remove, and forget what was uploaded from their folders.
    Forget,
    /// Look at the folders again.
    Rescan,
    /// Forget all results and scan anew.
    Reset,
    /// Take the links of an earlier upload.
    Reuse,
    /// Change the order: `value` is `top`, `up`, `down` or `bottom`.
    Move,
    /// Change who goes first: `value` is `high`, `normal` or `low`.
    Priority,
    /// Upload to another host: `value` is its id.
    Host,
    /// The folder of a gallery is there now: `value` is its path.
    Relocate,
    /// Call a gallery or a tab something else: `value` is its new name.
    Rename,
    /// Make the output with another template: `value` is its name; empty is the one of the settings.
    Template,
    /// Fill one of the person's own fields: `key` is its name, `value` what is in it.
    Field,
    /// Make the output anew, with what is saved of it.
    Render,
    /// Show galleries in another tab: `value` is its name.
    Tab,
    /// For `tabs`: one more.
    Add,
    /// For `hosts`: change one setting of `host`.
    Set,
    /// For `hosts`: use `host` again that is paused or held.
    Resume,
    /// For `hosts`: keep what was `entered`, if `host` accepts it.
    SignIn,
    /// For `hosts`: forget what was entered for `host`.
    SignOut,
    /// For `hosts`: upload one tiny image to `host`.
    Test,
    /// For `hosts`: read all definitions again. With a `host`, broken definitions of others are only mentioned.
    Reload,
    /// For `hosts`: add the host of the definition in `value`; with `key` `replace` also in the place of another.
    Import,
    /// For `hosts`: put away the definition of `host`, which the person has added.
    RemoveHost,
}

/// What comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Response {
    /// Whether everything asked for was done.
    pub success: bool,
    /// Rendered output or a short account.
    pub data: String,
    /// Why not, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why not, to branch on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For `run_once` and `add`: ids of new galleries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<i64>,
    /// For `run_once` and `add`: ids of galleries that were there already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<i64>,
    /// The galleries it was about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub galleries: Vec<GalleryReport>,
    /// What was left out and why, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// For `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusReport>,
    /// For `hosts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostReport>,
    /// For `hosts` with `test`: every step and what came of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tested: Vec<Tested>,
    /// For `output`, and for `run_once` with `output_to_stdout`: the same text post by post.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<PostText>,
    /// For `output` with `with_data`: galleries as templates see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<serde_json::Value>,
    /// For `tabs`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tabs: Vec<TabReport>,
    /// For `show`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gallery: Option<GalleryDetails>,
    /// For `import`: what was taken over and what was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Box<ImportReport>>,
    /// For `settings`: keys and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<(String, String)>,
}

impl Response {
    /// Done; `data` says what.
    pub fn done(data: impl Into<String>) -> Self {
        Self { success: true, data: data.into(), ..Self::default() }
    }

    /// As it is sent: one line.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default(); // Texts and numbers: nothing that JSON has not.
        bytes.push(b'\n');
        bytes
    }

    /// Whether the token was not the resident's.
    #[must_use]
    pub fn is_not_authorised(&self) -> bool {
        self.refusal_code() == Some(RefusalCode::NotAuthorised)
    }

    /// The reason of a response that is none of success.
    #[must_use]
    pub fn refusal_code(&self) -> Option<RefusalCode> {
        self.code.as_deref().map(RefusalCode::from_name)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        Self { error: Some(refusal.words), code: Some(refusal.code.name().to_owned()), ..Self::default() }
    }
}
