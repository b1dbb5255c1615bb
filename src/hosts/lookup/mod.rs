//! Finds values in what a host answered: JSON paths, `XPath` over XML and HTML, regular expressions. Answers are foreign
//! text: every search is limited in depth, size and work, and ends in a value or in words. Pure: no I/O, no clock.
//!
//! There are no CSS selectors: whatever they can say, `XPath` can (`contains(concat(' ', @class, ' '), ' x ')`), and the
//! crates for them come under a licence that `deny.toml` does not take.

mod json;
mod json_filter;
mod json_parse;
mod tree;
mod html;
mod xml;
mod xpath;
mod xpath_parse;
mod xpath_value;
mod regex;

use std::time::{Duration, Instant};

pub use json::JsonPath;
pub use regex::Pattern;
pub use xpath::XPath;

/// Longest answer that is searched, in bytes.
pub const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Longest path or pattern, in bytes.
pub const PATH_BYTES_MAX: usize = 8 << 10;
/// How deep brackets, filters and elements may be nested.
const DEPTH_MAX: usize = 256;

/// Most values of one JSON text.
const VALUES_MAX: usize = 400_000;
/// How long it may take to read an answer, or to search it once.
pub const TIME_MAX: Duration = Duration::from_secs(2);

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Well-formed XML; names are compared exactly.
    Xml,
    /// HTML as browsers read it; names are compared without regard to case.
    Html,
}

/// The one value at `path` in the JSON `text`, see [`JsonPath::find`].
///
/// # Errors
/// The path, the text or what is there, in words.
pub fn json(text: &str, path: &str) -> Result<String, String> {
    JsonPath::new(path)?.find(&json_value(text)?)
}

/// `text` as JSON.
///
/// # Errors
/// Says that it is none, and where.
pub fn json_value(text: &str) -> Result<serde_json::Value, String> {
    check_size(text)?;
    check_values(text)?;
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).map_err(|error| format!("the answer is no JSON: {error}"))
}

/// The texts of everything that `path` finds in `text`, in the order of the document.
///
/// # Errors
/// The path or the text, in words.
pub fn xpath(text: &str, path: &str, kind: Kind) -> Result<Vec<String>, String> {
    XPath::new(path)?.find_all(text, kind)
}

/// Before anything is made of it: each value takes some thirty bytes, however short it is written.
fn check_values(text: &str) -> Result<(), String> {
    let (mut values, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' | b'[' | b'{' if !is_quoted => values = values.saturating_add(1),
            _ => {}
        }
    }
    let fits = values < VALUES_MAX;
    if fits { Ok(()) } else { Err(format!("the answer has more than {VALUES_MAX} values")) }
}

/// A document to search, read once.
#[derive(Debug)]
pub struct Document(tree::Tree);

impl Document {
    /// Reads `text`. HTML, for which nothing else is a limit, in at most `left`.
    ///
    /// # Errors
    /// What is wrong with it, or that it is too large, too deep or takes too long.
    pub fn read(text: &str, kind: Kind, left: Duration) -> Result<Self, String> {
        let tree = match kind {
            Kind::Xml => xml::parse(text)?,
            Kind::Html => html::parse(text, Instant::now() + TIME_MAX.min(left))?,
        };
        Ok(Self(tree))
    }
}

fn check_size(text: &str) -> Result<(), String> {
    let fits = text.len() <= ANSWER_BYTES_MAX;
    if fits { Ok(()) } else { Err(format!("the answer is longer than {} MiB", ANSWER_BYTES_MAX >> 20)) }
}

fn check_path(what: &str, path: &str) -> Result<(), String> {
    let fits = path.len() <= PATH_BYTES_MAX;
    if fits { Ok(()) } else { Err(format!("the {what} is longer than {PATH_BYTES_MAX} bytes")) }
}

/// How much may still be done in one search. Never asks a clock, so that the same search always ends the same way.
struct Budget(u64);

impl Budget {
    /// Some tenths of a second.
    fn new() -> Self {
        Self(10_000_000)
    }

    /// # Errors
    /// When nothing is left.
    fn spend(&mut self, steps: usize) -> Result<(), String> {
        let left = u64::try_from(steps).ok().and_then(|steps| self.0.checked_sub(steps));
        self.0 = left.ok_or("the search takes too long; make the path more exact")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
