//! What is wrong with a file, where, and how to mend it.

use std::fmt;

use super::grammar::Remark;
use super::json::Place;

/// One thing that is wrong, or only odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, as in `Headers.Accept`; empty for the file as a whole.
    pub key: String,
    /// Of the key in the file, from 1.
    pub line: usize,
    /// Of the key in its line, from 1.
    pub column: usize,
    /// In the key's text: which character, from 1.
    pub character: Option<usize>,
    /// What is wrong.
    pub words: String,
    /// How to mend it.
    pub mend: String,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub key: String,
    pub place: Place,
}

impl Default for Spot {
    fn default() -> Self {
        Self { key: String::new(), place: Place::START }
    }
}

impl Spot {
    pub fn problem(&self, words: &str, mend: &str) -> Problem {
        let Self { key, place } = self;
        let (words, mend) = (words.to_owned(), mend.to_owned());
        Problem { key: key.clone(), line: place.line, column: place.column, character: None, words, mend }
    }

    pub fn remark(&self, remark: &Remark) -> Problem {
        Problem { character: Some(remark.at), ..self.problem(&remark.words, &remark.mend) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, ", {}", self.key)?;
        }
        if let Some(character) = self.character {
            write!(f, ", character {character}")?;
        }
        write!(f, ": {}. {}", self.words, self.mend)
    }
}
