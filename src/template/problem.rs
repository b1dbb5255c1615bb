//! What is wrong with a template: where, in words, and what was probably meant.

use std::ops::Range;

/// Problems that are told; more of them say nothing new.
const PROBLEMS_MAX: usize = 100;
/// Longer names are not compared with ours.
const NAME_CHARS_MAX: usize = 40;

/// Something in a template that will not do what its writer expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In characters; at least 1, also when something is missing at the very end.
    pub length: usize,
    /// The same place as bytes of the template's text.
    pub at: Range<usize>,
    /// What is wrong.
    pub words: String,
    /// What `at` should probably be.
    pub suggestion: Option<String>,
}

/// Collects problems by place in `text`.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<(Range<usize>, String, Option<String>)>,
}

impl<'t> Problems<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub fn add(&mut self, at: Range<usize>, words: impl Into<String>) {
        if !self.are_enough() {
            self.found.push((at, words.into(), None));
        }
    }

    /// `written` is no name that is known; `meant` is one that looks like it, as it should be written.
    pub fn add_unknown(&mut self, at: Range<usize>, written: &str, meant: Option<String>, otherwise: &str) {
        if self.are_enough() {
            return;
        }
        let words = match &meant {
            Some(meant) => format!("{written}: did you mean {meant}?"),
            None => otherwise.to_owned(),
        };
        self.found.push((at, words, meant));
    }

    pub fn are_enough(&self) -> bool {
        self.found.len() >= PROBLEMS_MAX
    }

    /// In the order of the text.
    pub fn finish(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(at, ..)| at.start);
        let (mut line, mut column, mut reached) = (1, 1, 0);
        let mut problems = Vec::with_capacity(self.found.len());
        for (at, words, suggestion) in self.found {
            for c in self.text.get(reached..at.start).unwrap_or_default().chars() {
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            reached = at.start;
            let length = self.text.get(at.clone()).unwrap_or_default().chars().count().max(1);
            problems.push(Problem { line, column, length, at, words, suggestion });
        }
        problems
    }
}

/// The candidate that `written` looks like, if one does.
pub(super) fn similar<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let length = written.chars().count();
    if length > NAME_CHARS_MAX {
        return None;
    }
    let best = candidates.map(|candidate| (distance(written, candidate), candidate)).min_by_key(|(away, _)| *away);
    best.filter(|(away, _)| *away <= length / 3).map(|(_, candidate)| candidate)
}

/// Letters that are wrong, missing, too many or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_ascii_lowercase(), &other.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, away) in
            [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("Ab", "aB", 0), ("widht", "width", 1)]
        {
            assert_eq!(distance(one, other), away, "{one} {other}");
        }
    }

    #[test]
    fn only_what_looks_alike_is_suggested() {
        let names = || ["folderName", "width", "ext1"].into_iter();
        assert_eq!(similar("foldrName", names()), Some("folderName"));
        assert_eq!(similar("FOLDERNAME", names()), Some("folderName"));
        assert_eq!(similar("ext9", names()), Some("ext1"));
        assert_eq!(similar("fff", names()), None);
        assert_eq!(similar("", names()), None);
    }
}
