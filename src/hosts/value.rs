//! Text with places to fill in, as host definitions have it: `{gallery.name}`, `{gallery.VAR}`, `{file.name}`, `{file.size}`.
//! Which places there are is checked when the definition is read.

use std::collections::BTreeMap;

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Of the gallery: its `name`, or what a step took from an answer.
    Variable(String),
    FileName,
    FileSize,
}

/// The names that may be used at one place of a definition.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// After `gallery.`.
    pub variables: Vec<String>,
    /// Whether there is a file.
    pub has_file: bool,
}

/// What is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// After `gallery.`.
    pub variables: &'a BTreeMap<String, String>,
    /// Name and size of the file.
    pub file: Option<(&'a str, u64)>,
}

impl Value {
    /// Reads `text`; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// Says which name there is not.
    pub fn parse(text: &str, scope: &Scope) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, brace, after)) = split_at_brace(rest) {
            plain.push_str(before);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push(brace);
                rest = after;
                continue;
            }
            let name = if brace == '{' { after.split_once('}') } else { None };
            let Some((name, after)) = name else {
                return Err(format!("has a brace without its partner in “{text}”; write {{{{ or }}}} for the sign"));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(scope.part(name)?);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The text with everything filled in, each value as `encode` writes it.
    ///
    /// # Errors
    /// The name of what is missing.
    pub fn fill(&self, names: Names<'_>, encode: fn(&str) -> String) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.0 {
            let missing = |name: &str| name.to_owned();
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Variable(name) => text.push_str(&encode(names.variables.get(name).ok_or_else(|| missing(name))?)),
                Part::FileName => text.push_str(&encode(names.file.ok_or_else(|| missing("file.name"))?.0)),
                Part::FileSize => text.push_str(&names.file.ok_or_else(|| missing("file.size"))?.1.to_string()),
            }
        }
        Ok(text)
    }
}

impl Scope {
    fn part(&self, name: &str) -> Result<Part, String> {
        match name.split_once('.') {
            Some(("gallery", variable)) if self.variables.iter().any(|known| known == variable) => {
                Ok(Part::Variable(variable.to_owned()))
            }
            Some(("file", "name")) if self.has_file => Ok(Part::FileName),
            Some(("file", "size")) if self.has_file => Ok(Part::FileSize),
            _ => Err(format!("names {{{name}}}, which is not known here; known are {}", self.in_words())),
        }
    }

    fn in_words(&self) -> String {
        let gallery = self.variables.iter().map(|name| format!("{{gallery.{name}}}"));
        let file = ["{file.name}", "{file.size}"].into_iter().filter(|_| self.has_file).map(str::to_owned);
        gallery.chain(file).collect::<Vec<_>>().join(", ")
    }
}

/// What is before the next brace, the brace, and what is after it.
fn split_at_brace(text: &str) -> Option<(&str, char, &str)> {
    let (at, brace) = text.char_indices().find(|(_, c)| matches!(c, '{' | '}'))?;
    Some((text.get(..at)?, brace, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { variables: vec!["name".to_owned(), "hash".to_owned()], has_file: true }
    }

    fn fill(text: &str) -> Result<String, String> {
        let variables = [("name", "A b"), ("hash", "x/y")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables = BTreeMap::from(variables);
        let names = Names { variables: &variables, file: Some(("1.jpg", 9)) };
        Value::parse(text, &scope())?.fill(names, |text| text.replace(['/', ' '], "_"))
    }

    #[test]
    fn places_are_filled_and_only_values_are_encoded() {
        for (text, expected) in [
            ("", ""),
            ("plain /", "plain /"),
            ("{gallery.name}", "A_b"),
            ("/{gallery.hash}/{file.name}?{file.size}", "/x_y/1.jpg?9"),
            ("{{{gallery.hash}}} {{}}", "{x_y} {}"),
        ] {
            assert_eq!(fill(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn unknown_names_and_lone_braces_are_refused() {
        for text in ["{gallery.key}", "{secret.key}", "{file}", "{}", "{gallery.name", "}", "a}b", "{origin.api}/x"] {
            fill(text).expect_err(text);
        }
        let words = Value::parse("{file.name}", &Scope { has_file: false, ..scope() }).expect_err("no file here");
        assert!(words.contains("{file.name}") && words.ends_with("{gallery.name}, {gallery.hash}"), "{words}");
    }
}
