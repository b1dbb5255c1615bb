//! A parsed template: settings, title and pieces.

use super::condition::Condition;
use super::filter::Filter;
use super::names::{Entry, Scope};
use super::settings::Settings;

/// A parsed template. Its `Display` is text that parses to the same template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub(super) settings: Settings,
    /// What `#POSTTITLE:` says.
    pub(super) title: Option<Vec<Piece>>,
    pub(super) body: Vec<Piece>,
}

impl Template {
    /// What it says about its output.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it is; line ends are `\n`.
    Text(String),
    /// What was reported and stays text, as it was written: an unknown placeholder, a block without an end.
    Verbatim(String),
    Value(Value),
    If(Box<If>),
    Each(Box<Each>),
    /// `[sep]`: put out but after the last item of a loop and at the end of a row.
    Separator(Vec<Self>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub entry: &'static Entry,
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct If {
    pub condition: Condition,
    pub then: Vec<Piece>,
    pub otherwise: Option<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Each {
    pub list: List,
    /// At least 1.
    pub per_row: Option<usize>,
    pub body: Vec<Piece>,
}

/// What a loop goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Image,
    Link,
    Failed,
}

impl List {
    pub const ALL: [(&'static str, Self); 3] = [("image", Self::Image), ("link", Self::Link), ("failed", Self::Failed)];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Link => "link",
            Self::Failed => "failed",
        }
    }

    pub const fn scope(self) -> Scope {
        match self {
            Self::Image => Scope::Image,
            Self::Link => Scope::Link,
            Self::Failed => Scope::Failed,
        }
    }
}
