//! The keys of a file: found without regard to case, read as what they should be, with a problem for what they are not.

use super::json::{Entry, Node, Place, Value};
use super::problem::{Problem, Spot};

/// The file's object, and what was found wrong with it so far.
pub(super) struct Fields {
    entries: Vec<Entry>,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

/// A text and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub text: String,
    pub spot: Spot,
}

impl Fields {
    pub const fn new(entries: Vec<Entry>) -> Self {
        Self { entries, problems: Vec::new(), warnings: Vec::new() }
    }

    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some_and(|entry| !matches!(entry.node.value, Value::Null))
    }

    /// Of several, the last one counts.
    fn find(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key))
    }

    pub fn spot(&self, key: &str) -> Spot {
        Spot { key: key.to_owned(), place: self.find(key).map_or(Place::START, |entry| entry.at) }
    }

    fn wrong_kind(&mut self, spot: &Spot, expected: &str, node: &Node) {
        let words = format!("here is {}, where {expected} should be", node.value.kind());
        self.problems.push(spot.problem(&words, &format!("Write {expected}.")));
    }

    /// Empty when it is missing or null.
    pub fn text(&mut self, key: &str) -> Written {
        let spot = self.spot(key);
        let node = self.find(key).map(|entry| entry.node.clone());
        Written { text: node.map_or(String::new(), |node| self.scalar(&spot, &node)), spot }
    }

    fn scalar(&mut self, spot: &Spot, node: &Node) -> String {
        match &node.value {
            Value::Null => String::new(),
            Value::Text(text) | Value::Bare(text) => text.clone(),
            Value::List(_) | Value::Map(_) => {
                self.wrong_kind(spot, "a \"text\"", node);
                String::new()
            }
        }
    }

    /// The pairs of an object, in their order; of several with the same name the last value counts, in the first's place.
    pub fn map(&mut self, key: &str) -> Vec<(String, Written)> {
        let spot = self.spot(key);
        let Some(node) = self.find(key).map(|entry| entry.node.clone()) else { return Vec::new() };
        let entries = match node.value {
            Value::Null => return Vec::new(),
            Value::Map(entries) => entries,
            _ => {
                self.wrong_kind(&spot, "an object {\"name\": \"value\"}", &node);
                return Vec::new();
            }
        };
        let mut pairs: Vec<(String, Written)> = Vec::new();
        for entry in entries {
            let spot = Spot { key: format!("{key}.{}", entry.key), place: entry.at };
            let text = self.scalar(&spot, &entry.node);
            match pairs.iter_mut().find(|(name, _)| *name == entry.key) {
                Some((_, written)) => *written = Written { text, spot },
                None => pairs.push((entry.key, Written { text, spot })),
            }
        }
        pairs
    }

    /// The texts of a list.
    pub fn list(&mut self, key: &str) -> Vec<String> {
        let spot = self.spot(key);
        let Some(node) = self.find(key).map(|entry| entry.node.clone()) else { return Vec::new() };
        match node.value {
            Value::Null => Vec::new(),
            Value::List(items) => items.iter().map(|item| self.scalar(&spot, item)).collect(),
            _ => {
                self.wrong_kind(&spot, "a list [\"…\"]", &node);
                Vec::new()
            }
        }
    }

    /// One of `names`, by name or by number.
    pub fn choice<T: Copy>(&mut self, key: &str, names: &[(&str, T)]) -> Option<T> {
        if !self.has(key) {
            return None;
        }
        let Written { text, spot } = self.text(key);
        let text = text.trim();
        let by_name = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        let found = by_name.or_else(|| names.get(text.parse::<usize>().ok()?));
        if found.is_none() && !self.problems.iter().any(|problem| problem.key == key) {
            let known = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            self.problems.push(spot.problem(&format!("“{text}” is not known here"), &format!("Write one of {known}.")));
        }
        found.map(|(_, value)| *value)
    }

    /// Several of `names` with commas, or the sum of their numbers 1, 2, 4 …
    pub fn choices<T: Copy>(&mut self, key: &str, names: &[(&str, T)]) -> Vec<T> {
        let Written { text, spot } = self.text(key);
        let mut chosen = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("None"))
        {
            if let Some((_, value)) = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                chosen.push(*value);
            } else if let Ok(bits) = name.parse::<u32>() {
                chosen.extend(by_bits(bits, names));
            } else {
                let known = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let words = format!("“{name}” is not known here");
                self.problems.push(spot.problem(&words, &format!("Write None, or some of {known}, with commas.")));
            }
        }
        chosen
    }
}

/// Those whose bits are set, the first of `names` being the lowest.
fn by_bits<T: Copy>(bits: u32, names: &[(&str, T)]) -> impl Iterator<Item = T> {
    names.iter().zip(0..u32::BITS).filter(move |(_, n)| bits >> n & 1 == 1).map(|((_, value), _)| *value)
}
