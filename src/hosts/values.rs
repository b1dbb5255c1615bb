//! The values of a definition: text with names in braces, checked when it is loaded, filled in when it is sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// What there is, for those who write definitions.
const THERE_IS: &str = "there are {origin.NAME}, {gallery.name}, {gallery.NAME} for what was extracted as NAME before, \
    {file.name}, {file.size} and {file}";

/// Text with names in braces. A brace itself is written twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Reference),
}

/// What a name in braces stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// The base URL of that name.
    Origin(String),
    /// The gallery's name, or what was extracted under that name.
    Gallery(String),
    /// The image's file name.
    FileName,
    /// The image's size in bytes.
    FileSize,
    /// The image itself.
    File,
}

/// What goes with a gallery: what was extracted when it was opened. Stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub vars: BTreeMap<String, String>,
    #[serde(default)]
    pub link: String,
}

/// What names stand for in one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub origins: &'a BTreeMap<String, Url>,
    pub state: &'a State,
    /// Reference and size of the image that it is about.
    pub file: Option<(&'a str, u64)>,
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl Text {
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.extend(from.chars().next());
                rest = after;
                continue;
            }
            let Some((name, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
                return Err(format!("“{text}” has a lone brace; a brace that stands for itself is written twice"));
            };
            let name = Reference::parse(name).ok_or_else(|| format!("there is no value {{{name}}}; {THERE_IS}"))?;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Value(name));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// All names in it.
    pub fn names(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(name) => Some(name),
            Part::Literal(_) => None,
        })
    }

    /// Whether it is the image and nothing else.
    pub fn is_file(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Value(Reference::File)])
    }

    /// Whether it begins with an origin, and what follows cannot make another host of it.
    pub fn is_below_an_origin(&self) -> bool {
        let Some((Part::Value(Reference::Origin(_)), rest)) = self.0.split_first() else { return false };
        let more_origins = rest.iter().any(|part| matches!(part, Part::Value(Reference::Origin(_))));
        let follows = match rest.first() {
            None => true,
            Some(Part::Literal(text)) => text.starts_with(['/', '?']),
            Some(Part::Value(_)) => false,
        };
        follows && !more_origins
    }

    /// With every value as it is.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub fn fill(&self, values: &Values<'_>) -> Result<String, String> {
        self.fill_with(values, str::to_owned)
    }

    /// With every value but an origin as `encode` makes it.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub fn fill_with(&self, values: &Values<'_>, encode: impl Fn(&str) -> String) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Value(name) => {
                    let value = values.get(name).ok_or_else(|| name.to_string())?;
                    match name {
                        Reference::Origin(_) => filled.push_str(&value),
                        _ => filled.push_str(&encode(&value)),
                    }
                }
            }
        }
        Ok(filled)
    }
}

impl Reference {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "file" => Self::File,
            "file.name" => Self::FileName,
            "file.size" => Self::FileSize,
            _ => match name.split_once('.')? {
                ("origin", name) if is_name(name) => Self::Origin(name.to_owned()),
                ("gallery", name) if is_name(name) => Self::Gallery(name.to_owned()),
                _ => return None,
            },
        })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Origin(name) => write!(f, "{{origin.{name}}}"),
            Self::Gallery(name) => write!(f, "{{gallery.{name}}}"),
            Self::FileName => f.write_str("{file.name}"),
            Self::FileSize => f.write_str("{file.size}"),
            Self::File => f.write_str("{file}"),
        }
    }
}

/// Whether `name` can be the name of a value: `upload_key`, `id2`.
pub(super) fn is_name(name: &str) -> bool {
    let good = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    good && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 40
}

impl<'a> Values<'a> {
    fn get(&self, name: &Reference) -> Option<Cow<'a, str>> {
        match name {
            Reference::Origin(name) => self.origins.get(name).map(|url| url.as_str().trim_end_matches('/').into()),
            Reference::Gallery(name) if name == "link" => Some(self.state.link.as_str().into()),
            Reference::Gallery(name) => self.state.vars.get(name).map(|value| value.as_str().into()),
            Reference::FileName => self.file.map(|(name, _)| name.into()),
            Reference::FileSize => self.file.map(|(_, bytes)| bytes.to_string().into()),
            Reference::File => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::names::url_segment;

    #[test]
    fn names_are_filled_in_and_braces_stay() {
        let origins = BTreeMap::from([("api".to_owned(), Url::parse("http://127.0.0.1:9/v1/").expect("a URL"))]);
        let vars = BTreeMap::from([("name".to_owned(), "A b".to_owned()), ("key".to_owned(), "k/&".to_owned())]);
        let state = State { vars, link: "http://x/g".into() };
        let values = Values { origins: &origins, state: &state, file: Some(("海.jpg", 7)) };
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{gallery.name}/{gallery.link}", "A b/http://x/g"),
            ("{{{gallery.key}}}", "{k/&}"),
            ("{file.name}:{file.size}", "海.jpg:7"),
        ] {
            assert_eq!(Text::parse(text).expect(text).fill(&values).as_deref(), Ok(expected), "{text}");
        }
        let url = Text::parse("{origin.api}/g/{gallery.key}").expect("a text");
        assert_eq!(url.fill_with(&values, url_segment).as_deref(), Ok("http://127.0.0.1:9/v1/g/k%2F%26"));
        let missing = Text::parse("{gallery.other}").expect("a text");
        assert_eq!(missing.fill(&values), Err("{gallery.other}".to_owned()));
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        for (text, words) in [
            ("{gallery.name", "lone brace"),
            ("a}b", "lone brace"),
            ("{file.md5}", "{file.md5}"),
            ("{}", "{}"),
            ("{gallery.Upper}", "{gallery.Upper}"),
            ("{gallery.}", "{gallery.}"),
            ("{secret}", "there are {origin.NAME}"),
        ] {
            let error = Text::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn only_declared_origins_can_be_asked() {
        for (text, good) in [
            ("{origin.api}", true),
            ("{origin.api}/a/{gallery.key}", true),
            ("{origin.api}?a=b", true),
            ("{origin.api}.evil.example/", false),
            ("{origin.api}@evil.example/", false),
            ("{origin.api}{gallery.key}", false),
            ("{origin.api}/{origin.other}", false),
            ("http://evil.example/", false),
            ("{gallery.key}{origin.api}", false),
            ("", false),
        ] {
            assert_eq!(Text::parse(text).expect(text).is_below_an_origin(), good, "{text}");
        }
    }
}
