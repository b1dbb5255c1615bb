//! Why something failed: a kind to branch on plus words for a person. Never holds a secret.

use serde::{Deserialize, Serialize};

/// What a failure is, as far as the program must tell failures apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The host (or the drive it lives on) failed in a way that may pass.
    HostFault,
    /// The host has no room left.
    Quota,
    /// The host will never take this.
    Rejected,
    /// The source file is gone, unreadable or changed.
    LocalFile,
    /// The file is no picture that can be used: it is skipped, the gallery goes on.
    BadImage,
    /// The person stopped it.
    Cancelled,
}

impl FaultKind {
    /// Every kind, for tests and for reading stored names.
    pub const ALL: [Self; 6] =
        [Self::HostFault, Self::Quota, Self::Rejected, Self::LocalFile, Self::BadImage, Self::Cancelled];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostFault => "host_fault",
            Self::Quota => "quota",
            Self::Rejected => "rejected",
            Self::LocalFile => "local_file",
            Self::BadImage => "bad_image",
            Self::Cancelled => "cancelled",
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
}

impl Fault {
    /// A fault of `kind`, said in `words`.
    pub fn new(kind: FaultKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }
}
