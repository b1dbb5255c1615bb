//! Taking values out of an answer: where they are, how they are cut out, and what is left when they are not there.

use std::time::{Duration, Instant};

use reqwest::header::HeaderName;
use serde_json::Value;

use super::answer::{Answer, VALUE_BYTES_MAX, is_value};
use super::lookup::{self, Pattern};
use super::names::url_segment;
use super::values::{Text, Values};

/// Most records in one answer.
const RECORDS_MAX: usize = 10_000;

/// One value to take out of an answer.
#[derive(Clone, Debug)]
pub(super) struct Extract {
    pub name: String,
    /// The first of these that has one.
    pub from: Vec<Place>,
    /// Cut out by this; `$1` and `${name}` in the second stand for its groups.
    pub cut: Option<(Pattern, String)>,
    /// It is HTML: `&amp;` stands for `&`.
    pub is_html: bool,
    /// It need not be there.
    pub is_optional: bool,
}

/// Where a value is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// JSON pointer (RFC 6901).
    Json(String),
    Header(HeaderName),
    /// The whole body.
    Body,
    /// Where the answer came from, after redirects.
    Url,
    /// The first group, or the whole match when it has none.
    Regex(Pattern),
    /// `XPath` 1.0 over HTML.
    XPath(lookup::XPath),
    /// Made of other values.
    Text(Text),
}

/// Several records in one answer.
#[derive(Clone, Debug)]
pub(super) struct Items {
    /// Where each record is.
    pub each: Place,
    pub extract: Vec<Extract>,
}

/// Why a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// Not in the answer, under this name.
    Value(String),
    /// The answer is none.
    Senseless,
    /// A name that stands for nothing.
    Name(String),
}

impl Extract {
    /// The value; `None` when it is not there and need not be.
    ///
    /// # Errors
    /// When it must be there.
    pub fn take(&self, answer: &Answer, values: &Values<'_>) -> Result<Option<String>, Missing> {
        for place in &self.from {
            let found = match place {
                Place::Text(text) if text.is_an_address() => {
                    Some(text.fill_with(values, url_segment).map_err(Missing::Name)?)
                }
                Place::Text(text) => Some(text.fill(values).map_err(Missing::Name)?),
                place => place.find_in(answer),
            };
            match self.finish(found, answer.time_left())? {
                Some(found) if !is_value(&found) => return Err(Missing::Senseless),
                Some(found) => return Ok(Some(found)),
                None => {}
            }
        }
        if self.is_optional { Ok(None) } else { Err(Missing::Value(self.name.clone())) }
    }

    fn finish(&self, found: Option<String>, left: Duration) -> Result<Option<String>, Missing> {
        let found = match (found, &self.cut) {
            (Some(found), Some((pattern, with))) => cut(pattern, &found, with, left).ok().flatten(),
            (found, _) => found,
        };
        let found = found
            .map(|found| if self.is_html { html_escape::decode_html_entities(&found).into_owned() } else { found });
        let found = found.map(|found| found.trim().to_owned()).filter(|found| !found.is_empty());
        match found {
            Some(found) if found.len() > VALUE_BYTES_MAX => Err(Missing::Senseless),
            found => Ok(found),
        }
    }
}

impl Place {
    fn find_in(&self, answer: &Answer) -> Option<String> {
        match self {
            Self::Json(pointer) => answer.json()?.pointer(pointer).and_then(scalar),
            Self::Header(name) => answer.headers.get(name)?.to_str().ok().map(str::to_owned),
            Self::Url => Some(answer.url.to_string()),
            Self::XPath(path) => path.find_all_in(answer.html()?).ok()?.into_iter().next(),
            Self::Body | Self::Regex(_) | Self::Text(_) => self.find(answer.text(), answer.time_left()),
        }
    }

    /// In the text of one record.
    fn find(&self, text: &str, left: Duration) -> Option<String> {
        match self {
            Self::Json(pointer) => lookup::json_value(text).ok()?.pointer(pointer).and_then(scalar),
            Self::Body => Some(text.to_owned()),
            Self::Regex(pattern) => pattern.find_within(text, group(pattern), left).ok(),
            Self::XPath(path) => {
                let document = lookup::Document::read(text, lookup::Kind::Html, left).ok()?;
                path.find_all_in(&document).ok()?.into_iter().next()
            }
            Self::Header(_) | Self::Url | Self::Text(_) => None,
        }
    }

    /// Every record.
    fn find_all(&self, answer: &Answer) -> Vec<String> {
        let mut found = match self {
            Self::Json(pointer) => {
                let array = answer.json().and_then(|json| json.pointer(pointer)).and_then(Value::as_array);
                array.into_iter().flatten().take(RECORDS_MAX).map(ToString::to_string).collect()
            }
            Self::Regex(pattern) => {
                pattern.find_all_within(answer.text(), group(pattern), answer.time_left()).unwrap_or_default()
            }
            Self::XPath(path) => answer.html().and_then(|document| path.find_all_in(document).ok()).unwrap_or_default(),
            Self::Header(_) | Self::Body | Self::Url | Self::Text(_) => self.find_in(answer).into_iter().collect(),
        };
        found.truncate(RECORDS_MAX);
        found
    }

    /// Whether the answer must be JSON.
    pub const fn is_json(&self) -> bool {
        matches!(self, Self::Json(_))
    }
}

impl Items {
    /// Every record with the values that it has. One without a value that must be there is left out, as are those for which there
    /// is no time left.
    pub fn take(&self, answer: &Answer) -> Vec<Vec<(&str, String)>> {
        let record = |text: String| {
            let mut values = Vec::new();
            for extract in &self.extract {
                let mut places = extract.from.iter().map(|place| {
                    let left = answer.time_left();
                    extract.finish(place.find(&text, left), left).ok().flatten()
                });
                match places.find_map(|found| found) {
                    Some(found) => values.push((extract.name.as_str(), found)),
                    None if extract.is_optional => {}
                    None => return None,
                }
            }
            Some(values)
        };
        let all = self.each.find_all(answer).into_iter();
        all.take_while(|_| answer.time_left() > Duration::ZERO).filter_map(record).collect()
    }
}

/// The group that counts.
fn group(pattern: &Pattern) -> &'static str {
    if pattern.has_group("1") { "1" } else { "" }
}

/// `with`, its `$1` and `${name}` filled with what `pattern` finds in `text`; `None` when it finds nothing.
///
/// # Errors
/// When the search takes too long.
fn cut(pattern: &Pattern, text: &str, with: &str, left: Duration) -> Result<Option<String>, String> {
    let until = Instant::now() + left;
    if !pattern.is_in_within(text, left)? {
        return Ok(None);
    }
    let mut filled = String::new();
    let mut rest = with;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let braced = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (name, after) = match braced {
            Some(braced) => braced,
            None => after.split_at(digits),
        };
        if name.is_empty() {
            filled.push('$');
        } else {
            filled.push_str(&pattern.find_within(text, name, until.saturating_duration_since(Instant::now()))?);
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Some(filled))
}

/// `text` with the first match of `pattern` replaced, as [`cut`] does; `None` when there is none.
///
/// # Errors
/// When the search takes too long.
pub(super) fn replace(pattern: &Pattern, text: &str, with: &str, left: Duration) -> Result<Option<String>, String> {
    let Some(new) = cut(pattern, text, with, left)? else { return Ok(None) };
    let whole = pattern.find_within(text, "", left)?;
    Ok((!whole.is_empty()).then(|| text.replacen(&whole, &new, 1)))
}

/// A value that is one text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_out_is_put_together_again() {
        let pattern = Pattern::new(r"//t(\d+)\.(?<host>[^/]+)/thumbs/").expect("a pattern");
        let link = "https://t12.example.to/thumbs/1/a.jpg";
        let left = Duration::from_secs(1);
        assert_eq!(cut(&pattern, link, "$1-${host}$", left), Ok(Some("12-example.to$".to_owned())));
        let direct = replace(&pattern, link, "//img$1.${host}/images/", left);
        assert_eq!(direct, Ok(Some("https://img12.example.to/images/1/a.jpg".to_owned())));
        assert_eq!(replace(&pattern, "https://x/", "y", left), Ok(None));
    }
}
