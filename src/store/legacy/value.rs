//! Values of columns that may hold anything.

use std::path::PathBuf;

use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::core::{Millis, path_bytes};

/// Longest text that is taken, in bytes; a longer one is no name, no link and no field.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Longest list of failed files, in bytes.
const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The end of the year 9999, in seconds since the epoch.
const SECONDS_MAX: f64 = 253_402_207_199.0;

/// As text; empty for NULL, for what is none and for what is too long. Bytes that are no Unicode are replaced.
pub fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() <= TEXT_BYTES_MAX => {
            String::from_utf8_lossy(bytes).replace('\0', "")
        }
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => String::new(),
    }
}

/// As a whole number, also when it is written as text or as 3.0.
pub fn number(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Real(number) => whole(number),
        ValueRef::Text(_) => {
            let text = text(value);
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    // Exact below 2^53; what is larger counts nothing here.
    let is_small = number.is_finite() && number.abs() < 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "looked at in the line above")]
    let whole = number.trunc() as i64;
    is_small.then_some(whole)
}

/// Seconds since the epoch, with or without a fraction. 0 is 0.9's "never".
pub fn millis(value: ValueRef<'_>) -> Option<Millis> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of our time are exact")]
    let seconds = match value {
        ValueRef::Integer(seconds) => seconds as f64,
        ValueRef::Real(seconds) => seconds,
        ValueRef::Text(_) => text(value).trim().parse().ok()?,
        ValueRef::Null | ValueRef::Blob(_) => return None,
    };
    (seconds > 0.0 && seconds <= SECONDS_MAX).then(|| whole((seconds * 1000.0).round())).flatten()
}

/// Width or height.
pub fn pixels(value: ValueRef<'_>) -> u32 {
    number(value).and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(0)
}

/// As a path or a file name, byte for byte where the system allows it. Empty when there is none.
pub fn path(value: ValueRef<'_>) -> PathBuf {
    let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = value else { return PathBuf::new() };
    if bytes.len() > TEXT_BYTES_MAX || bytes.contains(&0) {
        return PathBuf::new();
    }
    path_bytes::read(bytes.to_vec()).unwrap_or_else(|| PathBuf::from(text(value)))
}

/// 0.9's list of what failed: names, or pairs of a name and why. `None` when it cannot be understood.
pub fn failed_files(value: ValueRef<'_>) -> Option<Vec<(PathBuf, String)>> {
    let bytes = match value {
        ValueRef::Null => return Some(Vec::new()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        ValueRef::Integer(_) | ValueRef::Real(_) => return None,
    };
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    if bytes.len() > LIST_BYTES_MAX {
        return None;
    }
    match serde_json::from_slice(bytes).ok()? {
        Value::Null => Some(Vec::new()),
        Value::Array(entries) => entries.iter().map(failed_file).collect(),
        Value::Object(entries) => Some(entries.iter().map(|(name, why)| (PathBuf::from(name), words(why))).collect()),
        _ => None,
    }
}

fn failed_file(entry: &Value) -> Option<(PathBuf, String)> {
    match entry {
        Value::String(name) => Some((PathBuf::from(name), String::new())),
        Value::Array(pair) => {
            let name = pair.first()?.as_str()?;
            Some((PathBuf::from(name), pair.get(1).map(words).unwrap_or_default()))
        }
        Value::Object(entry) => {
            let first = |names: &[&str]| names.iter().find_map(|name| entry.get(*name));
            let name = first(&["filename", "file", "name"])?.as_str()?;
            Some((PathBuf::from(name), first(&["error", "reason", "message"]).map(words).unwrap_or_default()))
        }
        _ => None,
    }
}

fn words(value: &Value) -> String {
    let words = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    words.chars().take(1000).collect()
}
