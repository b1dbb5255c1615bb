//! Why something failed: a kind to branch on plus words for a person. Never holds a secret.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::printable::is_unprintable;

/// What a failure is, as far as the program must tell failures apart. [`super::retry`] says what follows from each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The host cannot be reached, or the connection broke: refused, reset, DNS, TLS, timeout.
    Network,
    /// The host asks to be asked less often (429, or 503 with Retry-After).
    RateLimited,
    /// The host (or the drive it lives on) failed in a way that may pass: 5xx, an answer that makes no sense.
    HostFault,
    /// There is no definition of the host (any more).
    NoHost,
    /// The host wants to see a person in a browser first (Cloudflare page).
    Challenge,
    /// The host does not accept who we are (401, 403, bad key).
    Auth,
    /// The host has no room left, or none today.
    Quota,
    /// The host's gallery takes no more images: another one must be opened for the rest.
    Expired,
    /// The host will never take this.
    Rejected,
    /// The image is larger than the host takes.
    TooLarge,
    /// The source file is gone or unreadable.
    LocalFile,
    /// The whole folder is not there.
    FolderGone,
    /// The source file is not what was scanned, or changed while it was sent.
    Changed,
    /// The file is no picture that can be used: it is skipped, the gallery goes on.
    BadImage,
    /// The person stopped it.
    Cancelled,
    /// Who brought it cannot be told: it waits for the person.
    Unproven,
}

impl FaultKind {
    /// Every kind, for tests and for reading stored names.
    pub const ALL: [Self; 16] = [
        Self::Network,
        Self::RateLimited,
        Self::HostFault,
        Self::NoHost,
        Self::Challenge,
        Self::Auth,
        Self::Quota,
        Self::Expired,
        Self::Rejected,
        Self::TooLarge,
        Self::LocalFile,
        Self::FolderGone,
        Self::Changed,
        Self::BadImage,
        Self::Cancelled,
        Self::Unproven,
    ];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::RateLimited => "rate_limited",
            Self::HostFault => "host_fault",
            Self::NoHost => "no_host",
            Self::Challenge => "challenge",
            Self::Auth => "auth",
            Self::Quota => "quota",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::TooLarge => "too_large",
            Self::LocalFile => "local_file",
            Self::FolderGone => "folder_gone",
            Self::Changed => "changed",
            Self::BadImage => "bad_image",
            Self::Cancelled => "cancelled",
            Self::Unproven => "unproven",
        }
    }

    /// The kind stored under `name`; an unknown name (a newer version's) reads as [`FaultKind::Rejected`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Rejected)
    }
}

/// A failure: its kind, and a sentence that says what happened and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{words}")]
pub struct Fault {
    /// What to branch on.
    pub kind: FaultKind,
    /// What to show.
    pub words: String,
    /// How long the host asks to be left alone, in milliseconds.
    #[serde(default)]
    pub wait_ms: Option<Millis>,
}

impl Fault {
    /// A fault of `kind`, said in `words`.
    pub fn new(kind: FaultKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), wait_ms: None }
    }

    /// The same as it is kept and shown: hosts have a say in the words.
    #[must_use]
    pub fn on_one_line(self) -> Self {
        /// More than any sentence of ours, with what a host says in it.
        const CHARS_MAX: usize = 1_000;
        let words = self.words.chars().map(|c| if is_unprintable(c) { ' ' } else { c });
        let cut = self.words.chars().nth(CHARS_MAX).map(|_| '…');
        Self { words: words.take(CHARS_MAX).chain(cut).collect(), ..self }
    }

    /// The same, from a host that asks to be left alone for so long.
    #[must_use]
    pub fn with_wait_ms(self, wait_ms: Option<Millis>) -> Self {
        Self { wait_ms, ..self }
    }
}
