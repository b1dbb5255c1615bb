//! The account of an import: what was taken, what was there already, what could not be taken and why. The JSON only grows.

use serde::{Deserialize, Serialize};

use super::VERSIONS;
use crate::core::gallery::in_words;

/// What an import has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportReport {
    /// The directory or file it was asked to take.
    pub from: String,
    /// The database that was read.
    pub database: Option<String>,
    /// What the database says of its schema.
    pub schema_version: Option<i64>,
    /// New here.
    pub taken: Vec<Item>,
    /// Left as it is.
    pub there_already: Vec<Item>,
    /// Why not is with each.
    pub not_taken: Vec<Item>,
}

/// One thing and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub kind: Kind,
    pub name: String,
    /// What became of it, or why it was not taken.
    pub words: String,
    /// Its number in this queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gallery: Option<i64>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Gallery,
    Tab,
    Template,
    Database,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gallery => "gallery",
            Self::Tab => "tab",
            Self::Template => "template",
            Self::Database => "database",
        }
    }
}

impl Item {
    /// Anything but a gallery of the queue.
    pub fn new(kind: Kind, name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { kind, name: name.into(), words: words.into(), gallery: None }
    }
}

impl ImportReport {
    /// With what is known besides.
    pub fn join(&mut self, more: Self) {
        if self.from.is_empty() {
            self.from = more.from;
        }
        self.database = self.database.take().or(more.database);
        self.schema_version = self.schema_version.or(more.schema_version);
        self.taken.extend(more.taken);
        self.there_already.extend(more.there_already);
        self.not_taken.extend(more.not_taken);
    }

    /// What must be said of a schema that is not known.
    #[must_use]
    pub fn doubt_of_version(version: i64) -> Option<String> {
        let (first, last) = (VERSIONS.start(), VERSIONS.end());
        (!VERSIONS.contains(&version)).then(|| {
            format!("It says schema {version}; known are {first} to {last}. What could be understood was taken.")
        })
    }

    /// In a sentence or two, for a person who looks at the window.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |items: &[Item], kind| items.iter().filter(|item| item.kind == kind).count();
        let (galleries, templates) = (count(&self.taken, Kind::Gallery), count(&self.taken, Kind::Template));
        let templates = match templates {
            0 => None,
            1 => Some("1 template".to_owned()),
            several => Some(format!("{several} templates")),
        };
        let taken: Vec<_> = (galleries > 0).then(|| in_words(galleries)).into_iter().chain(templates).collect();
        let taken = if taken.is_empty() { "Nothing".to_owned() } else { taken.join(" and ") };
        let mut sentences = vec![format!("{taken} taken from BBDrop 0.9.")];
        match self.there_already.len() {
            0 => {}
            1 => sentences.push("1 was there already.".to_owned()),
            several => sentences.push(format!("{several} were there already.")),
        }
        if let [first, others @ ..] = self.not_taken.as_slice() {
            let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            sentences.push(format!("Not taken: {} {} ({}){others}.", first.kind.name(), first.name, first.words));
        }
        sentences.join(" ")
    }
}
