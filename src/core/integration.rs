//! What the system's file manager knows of the program. Only describes: looking and changing is `platform::shell`.

use serde::Serialize;

/// Every place where the program can be entered, and how it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Integration {
    pub places: Vec<Place>,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What a person sees of it, e.g. "Menu of folders in Dolphin".
    pub what: String,
    /// File or registry key.
    pub at: String,
    /// How it is.
    pub entry: Entry,
}

/// How an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// It starts this program.
    Present,
    /// It starts another program, or is not what this version writes.
    Outdated,
    /// It is not there.
    Missing,
}

impl Integration {
    /// One word for all: present when every entry is, missing when none is there, otherwise outdated.
    #[must_use]
    pub fn entry(&self) -> Entry {
        let all = |entry: Entry| self.places.iter().all(|place| place.entry == entry);
        if all(Entry::Missing) {
            Entry::Missing
        } else if all(Entry::Present) {
            Entry::Present
        } else {
            Entry::Outdated
        }
    }
}

impl Entry {
    /// The name, as people and scripts see it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Outdated => "outdated",
            Self::Missing => "missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Integration, Place};

    #[test]
    fn one_word_for_all() {
        let of = |entries: &[Entry]| {
            let place = |entry: &Entry| Place { what: String::new(), at: String::new(), entry: *entry };
            Integration { places: entries.iter().map(place).collect() }.entry()
        };
        assert_eq!(of(&[]), Entry::Missing, "where there is nothing to enter");
        assert_eq!(of(&[Entry::Missing, Entry::Missing]), Entry::Missing);
        assert_eq!(of(&[Entry::Present, Entry::Present]), Entry::Present);
        assert_eq!(of(&[Entry::Present, Entry::Missing]), Entry::Outdated);
        assert_eq!(of(&[Entry::Outdated]), Entry::Outdated);
    }
}
