//! What texts of a definition are filled from: the file, the answer, what the person said, the time and chance.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;

use crate::hosts::lookup;

/// Which text is filled: it decides how the file name and the input are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `RequestURL`: encoded for a URL.
    Address,
    /// Parameters, headers and arguments: as they are.
    Value,
    /// `Data` of a JSON body: encoded for a JSON text.
    Json,
    /// `Data` of an XML body: encoded for XML.
    Xml,
    /// What is read from the answer: encoded for a URL.
    Result,
}

/// All that a text may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Which text it is.
    pub stage: Stage,
    /// The name under which the file is sent.
    pub file_name: &'a str,
    /// The text or URL to send; empty for files.
    pub input: &'a str,
    /// What came back, once something did.
    pub response: Option<&'a Response>,
    /// What the person answered, by [`super::Question::id`].
    pub answers: &'a BTreeMap<String, String>,
    /// Now.
    pub moment: &'a Moment<'a>,
}

/// Time, counter and chance.
pub struct Moment<'a> {
    /// In the person's time zone.
    pub now: jiff::Zoned,
    /// For `%i`; it should go up with every upload.
    pub counter: u64,
    /// A number below the one given, by chance.
    pub random: &'a (dyn Fn(usize) -> usize + Sync),
}

/// An answer of the host.
#[derive(Debug)]
pub struct Response {
    pub(super) text: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    json: OnceLock<Result<Value, String>>,
    searched_since: OnceLock<Instant>,
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).field("counter", &self.counter).finish_non_exhaustive()
    }
}

impl Moment<'_> {
    pub(super) fn below(&self, number: usize) -> usize {
        (self.random)(number).checked_rem(number).unwrap_or(0)
    }

    pub(super) fn pick<'t, T>(&self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }

    /// A part of the date or the time by its code.
    pub(super) fn now(&self, name: &str, in_halves: bool) -> String {
        let now = &self.now;
        match name {
            "y" => now.year().to_string(),
            "yy" => now.strftime("%y").to_string(),
            "mo" => now.strftime("%m").to_string(),
            // ShareX writes some of them in Windows' language; here they are English.
            "mon" | "mon2" => now.strftime("%B").to_string(),
            "d" => now.strftime("%d").to_string(),
            "h" => now.strftime(if in_halves { "%I" } else { "%H" }).to_string(),
            "mi" => now.strftime("%M").to_string(),
            "s" => now.strftime("%S").to_string(),
            "ms" => format!("{:03}", now.millisecond()),
            "wy" => now.date().iso_week_date().week().to_string(),
            "w" | "w2" => now.strftime("%A").to_string(),
            "pm" => if now.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
            _ => now.timestamp().as_second().to_string(),
        }
    }
}

impl Response {
    /// Puts an answer together; `text` is what calls search, see [`super::Sxcu::response`].
    #[must_use]
    pub const fn new(text: String, url: String, headers: Vec<(String, String)>) -> Self {
        Self { text, url, headers, json: OnceLock::new(), searched_since: OnceLock::new() }
    }

    /// When it was searched first: all searches share their time.
    pub(super) fn searched_since(&self) -> Instant {
        *self.searched_since.get_or_init(Instant::now)
    }

    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The text as JSON, read once.
    pub(super) fn json(&self) -> Result<&Value, String> {
        self.json.get_or_init(|| lookup::json_value(&self.text)).as_ref().map_err(Clone::clone)
    }
}
