//! JSON paths in the dialect that `ShareX` takes (Newtonsoft's `SelectToken`): one value, or none, or words.

use serde_json::Value;

use super::json_filter::Filter;
use super::{Budget, check_path, json_parse};

/// A path, read and ready.
#[derive(Clone, Debug)]
pub struct JsonPath {
    pub(super) segments: Vec<Segment>,
}

/// One part of a path: from values to values.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// `.name`, `['name']`, `['a','b']`
    Names(Vec<String>),
    /// `[0]`, `[0,2]`
    Indexes(Vec<usize>),
    /// `[first:end:step]`
    Slice { first: Option<i64>, end: Option<i64>, step: i64 },
    /// `.*`, `[*]`
    Every,
    /// `..`: the value and all below it
    Deep,
    /// `[?(…)]`
    Filter(Filter),
}

impl JsonPath {
    /// Reads a path. `$.` in front may be missing, and `.[` is the same as `[`.
    ///
    /// # Errors
    /// Says what is wrong at which character, counted from 1.
    pub fn new(path: &str) -> Result<Self, String> {
        check_path("JSON path", path)?;
        json_parse::path(path)
    }

    /// The text of the one value that the path finds in `root`; empty when there is none or it is null. Numbers are written
    /// as in JSON, true and false as `ShareX` does: `True`, `False`.
    ///
    /// # Errors
    /// Several values, or one that is no text, number, true or false.
    pub fn find(&self, root: &Value) -> Result<String, String> {
        let mut budget = Budget::new();
        match self.select(root, root, &mut budget)?.as_slice() {
            [] => Ok(String::new()),
            [value] => text(value).ok_or_else(|| {
                let what = if value.is_array() { "a list" } else { "an object" };
                format!("the JSON path finds {what}, not a text or a number")
            }),
            several => Err(format!("the JSON path finds {} values, not one", several.len())),
        }
    }

    /// The texts of all values that the path finds in `root`; lists and objects are left out.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn find_all(&self, root: &Value) -> Result<Vec<String>, String> {
        let mut budget = Budget::new();
        Ok(self.select(root, root, &mut budget)?.into_iter().filter_map(text).collect())
    }

    /// Everything that the path finds from `start`; `$` in its filters is `root`.
    pub(super) fn select<'a>(
        &self,
        start: &'a Value,
        root: &'a Value,
        budget: &mut Budget,
    ) -> Result<Vec<&'a Value>, String> {
        let mut found = vec![start];
        for segment in &self.segments {
            let mut next = Vec::new();
            for value in found {
                budget.spend(1)?;
                segment.apply(value, root, &mut next, budget)?;
            }
            found = next;
        }
        Ok(found)
    }
}

impl Segment {
    fn apply<'a>(
        &self,
        value: &'a Value,
        root: &'a Value,
        found: &mut Vec<&'a Value>,
        budget: &mut Budget,
    ) -> Result<(), String> {
        let before = found.len();
        match self {
            Self::Names(names) => found.extend(names.iter().filter_map(|name| value.get(name))),
            Self::Indexes(indexes) => found.extend(indexes.iter().filter_map(|index| value.get(index))),
            Self::Slice { first, end, step } => {
                let items = value.as_array().map_or(&[] as &[_], Vec::as_slice);
                budget.spend(items.len())?;
                found.extend(slice(items, *first, *end, *step));
            }
            Self::Every => found.extend(children(value)),
            Self::Deep => {
                let mut waiting = vec![value];
                while let Some(value) = waiting.pop() {
                    budget.spend(1)?;
                    found.push(value);
                    waiting.extend(children(value).rev());
                }
            }
            Self::Filter(filter) => {
                for child in children(value) {
                    budget.spend(1)?;
                    if filter.holds(child, root, budget)? {
                        found.push(child);
                    }
                }
            }
        }
        budget.spend(found.len() - before)
    }
}

fn children(value: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    let items = value.as_array().into_iter().flatten();
    items.chain(value.as_object().into_iter().flat_map(|object| object.values()))
}

fn slice(items: &[Value], first: Option<i64>, end: Option<i64>, step: i64) -> Vec<&Value> {
    let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_start = |at: i64| if at < 0 { at.saturating_add(len) } else { at };
    let (first, end) = (first.map(from_start), end.map(from_start));
    let is_chosen = |at: i64| {
        if step > 0 {
            let first = first.unwrap_or(0).max(0);
            at >= first && at < end.unwrap_or(len) && (at - first) % step == 0
        } else {
            let first = first.unwrap_or(len - 1).min(len - 1);
            at <= first && at > end.unwrap_or(-1) && (first - at) % step == 0
        }
    };
    let mut chosen: Vec<_> = (0..len).zip(items).filter(|(at, _)| is_chosen(*at)).map(|(_, item)| item).collect();
    if step < 0 {
        chosen.reverse();
    }
    chosen
}

/// A scalar's text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
