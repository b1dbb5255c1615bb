//! Filters: `#folderName|upper|slice:0:20#`. What they make of a value is escaped afterwards, unless one is `raw`.

use std::borrow::Cow;
use std::fmt;

use super::escape;
use super::problem::similar;

/// Filters of one placeholder.
pub(super) const FILTERS_MAX: usize = 16;
/// No filter makes a value longer than that, in bytes.
const VALUE_BYTES_MAX: usize = 1 << 20;
/// Signs that a backslash keeps from meaning something.
const ESCAPED: [char; 4] = ['\\', ':', '|', '#'];

/// Every filter: its name, how it is written, what it does.
pub static FILTERS: [(&str, &str, &str); 7] = [
    ("upper", "upper", "in upper case"),
    ("lower", "lower", "in lower case"),
    ("trim", "trim", "without spaces at both ends"),
    ("slice", "slice:0:20", "the characters from the first number, counted from 0, up to the second"),
    ("replace", "replace:_: ", "every occurrence of the first text replaced by the second"),
    ("url", "url", "percent-encoded, to be a part of an address"),
    ("raw", "raw", "as it is, without escaping"),
];

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Upper,
    Lower,
    Trim,
    Slice { from: usize, to: Option<usize> },
    Replace { from: String, to: String },
    Url,
    Raw,
}

impl Filter {
    /// Reads `name:argument:argument`.
    pub fn parse(written: &str) -> Result<Self, (String, Option<&'static str>)> {
        let words = split(written, ':');
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let number = |word: &str| word.trim().parse::<usize>().map_err(|_| ());
        let filter = match words.as_slice() {
            ["upper"] => Ok(Self::Upper),
            ["lower"] => Ok(Self::Lower),
            ["trim"] => Ok(Self::Trim),
            ["url"] => Ok(Self::Url),
            ["raw"] => Ok(Self::Raw),
            ["slice", from] => number(from).map(|from| Self::Slice { from, to: None }),
            ["slice", from, to] => {
                number(from).and_then(|from| number(to).map(|to| Self::Slice { from, to: Some(to) }))
            }
            ["replace", from, to] if !from.is_empty() => {
                Ok(Self::Replace { from: (*from).to_owned(), to: (*to).to_owned() })
            }
            _ => Err(()),
        };
        filter.map_err(|()| wrong(words.first().copied().unwrap_or_default()))
    }

    /// What it makes of `text`.
    pub fn apply<'v>(&self, text: Cow<'v, str>) -> Cow<'v, str> {
        match self {
            Self::Upper => text.to_uppercase().into(),
            Self::Lower => text.to_lowercase().into(),
            Self::Trim => text.trim().to_owned().into(),
            Self::Slice { from, to } => {
                let count = to.map_or(usize::MAX, |to| to.saturating_sub(*from));
                text.chars().skip(*from).take(count).collect::<String>().into()
            }
            Self::Replace { from, to } => {
                let grown = text.matches(from.as_str()).count().saturating_mul(to.len()).saturating_add(text.len());
                if grown > VALUE_BYTES_MAX { text } else { text.replace(from.as_str(), to).into() }
            }
            Self::Url if text.len() > VALUE_BYTES_MAX / 3 => text,
            Self::Url => escape::component(&text).into(),
            Self::Raw => text,
        }
    }
}

/// What to say of a filter that cannot be read, and the name that was probably meant.
fn wrong(name: &str) -> (String, Option<&'static str>) {
    if let Some((_, written, _)) = FILTERS.iter().find(|(known, ..)| *known == name) {
        return (format!("The filter {name} is written like this: {written}"), None);
    }
    let names = FILTERS.map(|(known, ..)| known);
    let words = format!("There is no filter “{name}”. The filters are {}.", names.join(", "));
    (words, similar(name, names.into_iter()))
}

/// `text` at every `separator` that has no backslash before it, without those backslashes.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '\\').then(|| chars.next_if(|next| ESCAPED.contains(next))).flatten();
        match (escaped, words.last_mut()) {
            (None, _) if c == separator => words.push(String::new()),
            (escaped, Some(word)) => word.push(escaped.unwrap_or(c)),
            (_, None) => {}
        }
    }
    words
}

/// The filters in what stands between the first `|` and the closing `#`, each as it is written, with where it begins.
pub(super) fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut from, mut is_escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '|' && !is_escaped {
            pieces.push((from, text.get(from..at).unwrap_or_default()));
            from = at + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    pieces.push((from, text.get(from..).unwrap_or_default()));
    pieces
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upper => f.write_str("upper"),
            Self::Lower => f.write_str("lower"),
            Self::Trim => f.write_str("trim"),
            Self::Url => f.write_str("url"),
            Self::Raw => f.write_str("raw"),
            Self::Slice { from, to: None } => write!(f, "slice:{from}"),
            Self::Slice { from, to: Some(to) } => write!(f, "slice:{from}:{to}"),
            Self::Replace { from, to } => write!(f, "replace:{}:{}", guarded(from), guarded(to)),
        }
    }
}

fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len());
    for c in text.chars() {
        if ESCAPED.contains(&c) {
            guarded.push('\\');
        }
        guarded.push(c);
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, text: &str, expected: &str) {
        let parsed = Filter::parse(filter).expect(filter);
        assert_eq!(parsed.apply(text.into()), expected, "{filter}");
        assert_eq!(Filter::parse(&parsed.to_string()), Ok(parsed), "{filter}");
    }

    #[test]
    fn every_filter() {
        check("upper", "straße", "STRASSE");
        check("lower", "ÄB", "äb");
        check("trim", " a b\n", "a b");
        check("slice:1:3", "äöüx", "öü");
        check("slice:2", "äöüx", "üx");
        check("slice:3:1", "äöüx", "");
        check("replace:_: ", "a_b_c", "a b c");
        check(r"replace:\::\|\#\\", "a:b", r"a|#\b");
        check(r"replace:\d:x", r"a\d", "ax");
        check("replace:_:", "a_b", "ab");
        check("url", "a b/ä", "a%20b%2F%C3%A4");
        check("raw", "[b]", "[b]");
    }

    #[test]
    fn what_cannot_be_read_is_explained() {
        for (filter, words) in [
            ("uper", "There is no filter “uper”"),
            ("slice", "The filter slice is written like this: slice:0:20"),
            ("slice:a", "slice:0:20"),
            ("replace::x", "replace:_: "),
            ("upper:1", "like this: upper"),
        ] {
            let (said, _) = Filter::parse(filter).expect_err(filter);
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(Filter::parse("uper").expect_err("uper").1, Some("upper"));
    }

    #[test]
    fn no_filter_grows_without_end() {
        let mut text: Cow<'_, str> = "a".into();
        for _ in 0..FILTERS_MAX {
            text = Filter::Replace { from: "a".into(), to: "a".repeat(100) }.apply(text);
            text = Filter::Url.apply(text);
        }
        assert!(text.len() <= VALUE_BYTES_MAX);
    }
}
