//! The values of a definition: text with names in braces, checked when it is loaded, filled in when it is sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;
use serde::Deserialize;

use super::file::{Algorithm, FileFacts};

/// What there is, for those who write definitions. `docs/hosts.md` has the same list; a test compares them.
pub(super) const VALUES: [(&str, &str); 21] = [
    ("origin.NAME", "the base URL of that name, without a slash at its end"),
    ("gallery.name", "the gallery's name, fit for the host"),
    ("gallery.NAME", "what `open` or `set` gave the gallery under that name"),
    ("image.NAME", "what an earlier step or line gave the image under that name"),
    ("option.NAME", "what the person chose"),
    ("secret.NAME", "what the person entered or `sign_in` was given; never shown"),
    ("file", "the image itself; stands alone in a field of `multipart`, or is the whole `raw`"),
    ("file:ascii", "the same, under its ASCII name"),
    ("file.name", "the image's file name"),
    ("file.ascii_name", "the same in ASCII"),
    ("file.stem", "the file name without its ending"),
    ("file.ext", "its ending in small letters, without the dot"),
    ("file.mime", "its media type, by the ending"),
    ("file.size", "its size in bytes"),
    ("file.modified", "when it was last changed (RFC 3339)"),
    ("file.md5", "MD5 of its content, in hex"),
    ("file.sha1", "SHA-1 of its content, in hex"),
    ("file.sha256", "SHA-256 of its content, in hex"),
    ("random:20:a-z0-9", "so many random characters out of these"),
    ("now.unix", "the time in seconds since 1970; `{now.iso}` in RFC 3339"),
    ("first:TEXT", "TEXT for the image that makes the gallery, nothing for the others"),
];
/// Most random characters in one value.
const RANDOM_MAX: usize = 200;

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
    /// What was extracted for the image under that name.
    Image(String),
    /// What the person chose.
    Option(String),
    /// What only the host may know.
    Secret(String),
    /// The image itself.
    File { is_ascii: bool },
    /// Something about the image.
    About(About),
    /// So many characters out of these.
    Random(usize, Vec<char>),
    /// Seconds since 1970, or the time in words.
    Now { is_unix: bool },
    /// This text for the image that makes the gallery.
    First(String),
}

/// What is known of the image that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Name,
    AsciiName,
    Stem,
    Ending,
    Mime,
    Size,
    Modified,
    Hash(Algorithm),
}

/// What names stand for in one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub origins: &'a BTreeMap<String, Url>,
    pub options: &'a BTreeMap<String, String>,
    pub secrets: &'a BTreeMap<String, String>,
    pub gallery: &'a BTreeMap<String, String>,
    pub image: &'a BTreeMap<String, String>,
    /// The image that is sent.
    pub file: Option<&'a FileFacts>,
    /// Whether the gallery is made with this image.
    pub is_first: bool,
    /// What may be missing, as `gallery.x`: it stands for nothing then.
    pub may_lack: &'a BTreeSet<String>,
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
            let name = Reference::parse(name).ok_or_else(|| unknown(name))?;
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

    /// Whether it is the image and nothing else; and then whether under its ASCII name.
    pub fn as_file(&self) -> Option<bool> {
        match self.0.as_slice() {
            [Part::Value(Reference::File { is_ascii })] => Some(*is_ascii),
            _ => None,
        }
    }

    /// Whether it begins with an address that is known or can be checked when it is, and what follows cannot make another of it.
    pub fn is_an_address(&self) -> bool {
        let is_place = |part: &Part| {
            matches!(part, Part::Value(Reference::Origin(_) | Reference::Gallery(_) | Reference::Image(_)))
        };
        let Some((first, rest)) = self.0.split_first() else { return false };
        let more_origins = rest.iter().any(|part| matches!(part, Part::Value(Reference::Origin(_))));
        let follows = match rest.first() {
            None => true,
            Some(Part::Literal(text)) => text.starts_with(['/', '?']),
            Some(Part::Value(_)) => false,
        };
        is_place(first) && follows && !more_origins
    }

    /// With every value as it is.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub fn fill(&self, values: &Values<'_>) -> Result<String, String> {
        self.fill_with(values, str::to_owned)
    }

    /// With every value but an address that it begins with as `encode` makes it.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub fn fill_with(&self, values: &Values<'_>, encode: impl Fn(&str) -> String) -> Result<String, String> {
        let mut filled = String::new();
        for (n, part) in self.0.iter().enumerate() {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Value(name) => {
                    let value = values.get(name).ok_or_else(|| name.to_string())?;
                    if n == 0 && (matches!(name, Reference::Origin(_)) || value.contains("://")) {
                        filled.push_str(&value);
                    } else {
                        filled.push_str(&encode(&value));
                    }
                }
            }
        }
        Ok(filled)
    }

    /// Whether a field with it is left out when it is filled to nothing: it has values, and nothing else.
    pub fn may_be_left_out(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|part| matches!(part, Part::Value(_)))
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<_> = VALUES.iter().map(|(name, _)| format!("{{{name}}}")).collect();
    format!("there is no value {{{name}}}; there are {}", known.join(", "))
}

impl Reference {
    fn parse(name: &str) -> Option<Self> {
        let about = match name {
            "file" => return Some(Self::File { is_ascii: false }),
            "file:ascii" => return Some(Self::File { is_ascii: true }),
            "now.unix" => return Some(Self::Now { is_unix: true }),
            "now.iso" => return Some(Self::Now { is_unix: false }),
            "file.name" => About::Name,
            "file.ascii_name" => About::AsciiName,
            "file.stem" => About::Stem,
            "file.ext" => About::Ending,
            "file.mime" => About::Mime,
            "file.size" => About::Size,
            "file.modified" => About::Modified,
            "file.md5" => About::Hash(Algorithm::Md5),
            "file.sha1" => About::Hash(Algorithm::Sha1),
            "file.sha256" => About::Hash(Algorithm::Sha256),
            _ => return Self::parse_named(name),
        };
        Some(Self::About(about))
    }

    fn parse_named(name: &str) -> Option<Self> {
        if let Some(text) = name.strip_prefix("first:") {
            return Some(Self::First(text.to_owned()));
        }
        if let Some((count, alphabet)) = name.strip_prefix("random:").and_then(|rest| rest.split_once(':')) {
            let count = count.parse().ok().filter(|count| (1..=RANDOM_MAX).contains(count))?;
            return Some(Self::Random(count, characters(alphabet)?));
        }
        let (group, name) = name.split_once('.').filter(|(_, name)| is_name(name))?;
        let name = name.to_owned();
        Some(match group {
            "origin" => Self::Origin(name),
            "gallery" => Self::Gallery(name),
            "image" => Self::Image(name),
            "option" => Self::Option(name),
            "secret" => Self::Secret(name),
            _ => return None,
        })
    }
}

/// The characters of `a-z0-9_`.
pub(super) fn characters(ranges: &str) -> Option<Vec<char>> {
    let mut characters = Vec::new();
    let mut rest = ranges.chars().peekable();
    while let Some(first) = rest.next() {
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if first < last && u32::from(last) - u32::from(first) < 256 => {
                characters.extend(first..=last);
                rest = ahead;
            }
            _ => characters.push(first),
        }
    }
    (!characters.is_empty()).then_some(characters)
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Origin(name) => write!(f, "{{origin.{name}}}"),
            Self::Gallery(name) => write!(f, "{{gallery.{name}}}"),
            Self::Image(name) => write!(f, "{{image.{name}}}"),
            Self::Option(name) => write!(f, "{{option.{name}}}"),
            Self::Secret(name) => write!(f, "{{secret.{name}}}"),
            Self::File { is_ascii: false } => f.write_str("{file}"),
            Self::File { is_ascii: true } => f.write_str("{file:ascii}"),
            Self::About(_) => f.write_str("{file.…}"),
            Self::Random(..) => f.write_str("{random:…}"),
            Self::Now { .. } => f.write_str("{now.…}"),
            Self::First(text) => write!(f, "{{first:{text}}}"),
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
        let named =
            |values: &'a BTreeMap<String, String>, name: &str| values.get(name).map(|value| value.as_str().into());
        match name {
            Reference::Origin(name) => {
                self.origins.get(name).map(|url| url.as_str().trim_end_matches('/').to_owned().into())
            }
            Reference::Gallery(name) => named(self.gallery, name).or_else(|| self.lacking("gallery", name)),
            Reference::Image(name) => named(self.image, name).or_else(|| self.lacking("image", name)),
            Reference::Option(name) => named(self.options, name),
            Reference::Secret(name) => named(self.secrets, name).or_else(|| self.lacking("secret", name)),
            Reference::About(about) => self.file.map(|file| file.get(*about)),
            Reference::Random(count, characters) => Some(random(*count, characters).into()),
            Reference::Now { is_unix: true } => Some(jiff::Timestamp::now().as_second().to_string().into()),
            Reference::Now { is_unix: false } => Some(
                jiff::fmt::temporal::DateTimePrinter::new()
                    .precision(Some(0))
                    .timestamp_to_string(&jiff::Timestamp::now())
                    .into(),
            ),
            Reference::First(text) => Some(if self.is_first { text.clone().into() } else { "".into() }),
            Reference::File { .. } => None,
        }
    }
}

impl Values<'_> {
    fn lacking(&self, group: &str, name: &str) -> Option<Cow<'static, str>> {
        self.may_lack.contains(&format!("{group}.{name}")).then_some(Cow::Borrowed(""))
    }
}

fn random(count: usize, characters: &[char]) -> String {
    let pick = |_| {
        let n = getrandom::u64().unwrap_or_default() % characters.len().max(1) as u64;
        usize::try_from(n).ok().and_then(|n| characters.get(n).copied())
    };
    (0..count).filter_map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::names::url_segment;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_are_filled_in_and_braces_stay() {
        let origins = BTreeMap::from([("api".to_owned(), Url::parse("http://127.0.0.1:9/v1/").expect("a URL"))]);
        let gallery = map(&[("name", "A b"), ("key", "k/&"), ("endpoint", "http://x/up")]);
        let (image, options, secrets) = (map(&[("id", "7")]), map(&[("size", "300")]), map(&[("key", "s3")]));
        let file = FileFacts::new("海\".JPG".to_owned(), 7, 1_000_000_000_000);
        let values = Values {
            origins: &origins,
            options: &options,
            secrets: &secrets,
            gallery: &gallery,
            image: &image,
            file: Some(&file),
            is_first: true,
            may_lack: &BTreeSet::from(["gallery.maybe".to_owned()]),
        };
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{gallery.name}/{image.id}", "A b/7"),
            ("{{{gallery.key}}}", "{k/&}"),
            ("{file.name}:{file.size}", "海\".JPG:7"),
            ("{file.ascii_name} {file.stem} {file.ext} {file.mime}", "Hai _.JPG 海\" jpg image/jpeg"),
            ("{file.modified}", "2001-09-09T01:46:40Z"),
            ("{option.size}{secret.key}", "300s3"),
            ("{first:true}{gallery.maybe}", "true"),
        ] {
            assert_eq!(Text::parse(text).expect(text).fill(&values).as_deref(), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("{origin.api}/g/{gallery.key}", "http://127.0.0.1:9/v1/g/k%2F%26"),
            ("{gallery.endpoint}?a={gallery.key}", "http://x/up?a=k%2F%26"),
        ] {
            let filled = Text::parse(text).expect(text).fill_with(&values, url_segment);
            assert_eq!(filled.as_deref(), Ok(expected));
        }
        let missing = Text::parse("{gallery.other}").expect("a text");
        assert_eq!(missing.fill(&values), Err("{gallery.other}".to_owned()));
        let others = Text::parse("{first:true}").expect("a text").fill(&Values { is_first: false, ..values });
        assert_eq!(others.as_deref(), Ok(""));
        let random = Text::parse("{random:20:a-cX_}").expect("a text");
        let (one, other) = (random.fill(&values).expect("filled"), random.fill(&values).expect("filled"));
        assert!(one != other && one.len() == 20 && one.chars().all(|c| "abcX_".contains(c)), "{one}");
        assert!(Text::parse("{now.unix}").expect("a text").fill(&values).expect("filled").len() >= 10);
        assert!(Text::parse("{now.iso}").expect("a text").fill(&values).expect("filled").ends_with('Z'));
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        for (text, words) in [
            ("{gallery.name", "lone brace"),
            ("a}b", "lone brace"),
            ("{file.md6}", "{file.md6}"),
            ("{}", "{}"),
            ("{gallery.Upper}", "{gallery.Upper}"),
            ("{gallery.}", "{gallery.}"),
            ("{random:0:a}", "{random:0:a}"),
            ("{random:999:a}", "{random:999:a}"),
            ("{random:9:}", "{random:9:}"),
            ("{secret}", "there are {origin.NAME}"),
        ] {
            let error = Text::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_cannot_be_made_another() {
        for (text, good) in [
            ("{origin.api}", true),
            ("{origin.api}/a/{gallery.key}", true),
            ("{origin.api}?a=b", true),
            ("{gallery.endpoint}", true),
            ("{origin.api}.evil.example/", false),
            ("{origin.api}@evil.example/", false),
            ("{origin.api}{gallery.key}", false),
            ("{origin.api}/{origin.other}", false),
            ("http://evil.example/", false),
            ("{gallery.key}{origin.api}", false),
            ("{option.address}/", false),
            ("", false),
        ] {
            assert_eq!(Text::parse(text).expect(text).is_an_address(), good, "{text}");
        }
    }
}
