//! What a template says about its output in its first lines: `#FORMAT: html`, `#PER LINE: 4`. `#POSTTITLE:` is one of them.

use super::problem::similar;

/// Most images in a line.
const PER_LINE_MAX: usize = 1000;
/// Shorter posts would be nothing but tags that are closed and opened again.
const CHARACTERS_MIN: usize = 100;
/// Longest separator, in characters.
const SEPARATOR_CHARS_MAX: usize = 1000;

/// How values are escaped, and what `#allImages#` looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For boards.
    #[default]
    Bbcode,
    /// For pages.
    Html,
    /// `CommonMark`.
    Markdown,
    /// Nothing is escaped but line ends.
    Text,
    /// Values stand in string literals.
    Json,
    /// RFC 4180; values are quoted where they need it.
    Csv,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("bbcode", Self::Bbcode),
        ("html", Self::Html),
        ("markdown", Self::Markdown),
        ("text", Self::Text),
        ("json", Self::Json),
        ("csv", Self::Csv),
    ];

    /// As `#FORMAT:` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

/// What a template says about its output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How values are escaped.
    pub format: Format,
    /// Between the images of `#allImages#`; `None` is what is usual for the format.
    pub separator: Option<String>,
    /// Images of `#allImages#` in one line.
    pub per_line: Option<usize>,
    /// Images in one post.
    pub images_max: Option<usize>,
    /// Characters in one post.
    pub characters_max: Option<usize>,
}

/// What a line of the head sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    PostTitle,
    Format,
    Separator,
    PerLine,
    MaxImages,
    MaxCharacters,
}

/// Every key: as it is written after `#`, an example, what it does.
pub(super) const KEYS: [(Key, &str, &str, &str); 6] = [
    (Key::PostTitle, "POSTTITLE", "#folderName#", "the title of the post; not part of its text"),
    (Key::Format, "FORMAT", "bbcode", "bbcode, html, markdown, text, json or csv: how values are escaped"),
    (Key::Separator, "SEPARATOR", "two spaces", "between the images of #allImages#"),
    (Key::PerLine, "PER LINE", "4", "images of #allImages# in one line"),
    (Key::MaxImages, "MAX IMAGES", "50", "images in one post; more go into further posts"),
    (Key::MaxCharacters, "MAX CHARACTERS", "20000", "characters in one post; more go into further posts"),
];

/// Separators that have a name.
const SEPARATORS: [(&str, &str); 5] =
    [("space", " "), ("two spaces", "  "), ("new line", "\n"), ("blank line", "\n\n"), ("nothing", "")];

impl Key {
    pub fn from_name(name: &str) -> Option<Self> {
        KEYS.iter().find(|(_, known, ..)| *known == name).map(|(key, ..)| *key)
    }
}

impl Settings {
    /// Takes `value` for `key`. [`Key::PostTitle`] is for the parser.
    ///
    /// # Errors
    /// In words, with what was probably meant.
    pub(super) fn set(&mut self, key: Key, value: &str) -> Result<(), (String, Option<&'static str>)> {
        let value = value.trim();
        match key {
            Key::PostTitle => {}
            Key::Format => {
                let known = Format::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
                let names = Format::ALL.map(|(name, _)| name);
                let words = || format!("There is no format “{value}”. The formats are {}.", names.join(", "));
                self.format = known.ok_or_else(|| (words(), similar(value, names.into_iter())))?.1;
            }
            Key::Separator => self.separator = Some(separator(value).map_err(|words| (words, None))?),
            Key::PerLine => self.per_line = Some(number(value, 1, PER_LINE_MAX)?),
            Key::MaxImages => self.images_max = Some(number(value, 1, usize::MAX)?),
            Key::MaxCharacters => self.characters_max = Some(number(value, CHARACTERS_MIN, usize::MAX)?),
        }
        Ok(())
    }

    /// The lines that set this.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        let mut line = |name: &str, value: &str| lines.extend(["#", name, ": ", value, "\n"]);
        if self.format != Format::default() {
            line("FORMAT", self.format.name());
        }
        if let Some(separator) = &self.separator {
            line("SEPARATOR", &quoted(separator));
        }
        for (name, number) in
            [("PER LINE", self.per_line), ("MAX IMAGES", self.images_max), ("MAX CHARACTERS", self.characters_max)]
        {
            if let Some(number) = number {
                line(name, &number.to_string());
            }
        }
        lines
    }
}

fn number(value: &str, min: usize, max: usize) -> Result<usize, (String, Option<&'static str>)> {
    let number = value.parse::<usize>().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| {
        let bounds = if max == usize::MAX { format!("of at least {min}") } else { format!("from {min} to {max}") };
        (format!("“{value}” is no whole number {bounds}."), None)
    })
}

/// A name, a text in quotation marks with `\n \t \" \\`, or the text as it stands.
fn separator(value: &str) -> Result<String, String> {
    if let Some((_, text)) = SEPARATORS.iter().find(|(name, _)| *name == value) {
        return Ok((*text).to_owned());
    }
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut text = String::new();
    let mut chars = quoted.unwrap_or(value).chars();
    while let Some(c) = chars.next() {
        match (c, quoted.is_some()) {
            ('"', true) => return Err("A quotation mark inside the separator is written \\\"".to_owned()),
            ('\\', true) => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(c @ ('\\' | '"')) => text.push(c),
                _ => return Err("After a backslash there must be n, t, \" or \\".to_owned()),
            },
            _ => text.push(c),
        }
    }
    if text.chars().count() > SEPARATOR_CHARS_MAX {
        return Err(format!("A separator has at most {SEPARATOR_CHARS_MAX} characters."));
    }
    Ok(text)
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_takes_its_example_and_is_written_back() {
        let mut settings = Settings::default();
        for (key, name, example, _) in KEYS {
            assert_eq!(Key::from_name(name), Some(key));
            assert_eq!(settings.set(key, example), Ok(()), "{name}");
        }
        let lines = "#SEPARATOR: \"  \"\n#PER LINE: 4\n#MAX IMAGES: 50\n#MAX CHARACTERS: 20000\n";
        assert_eq!(settings.lines(), lines);
    }

    #[test]
    fn separators() {
        for (written, text) in [
            ("space", " "),
            ("nothing", ""),
            ("new line", "\n"),
            ("|", "|"),
            (r#"" | ""#, " | "),
            (r#""a\n\t\"\\""#, "a\n\t\"\\"),
            (r"a\n", r"a\n"),
            ("\"", "\""),
        ] {
            let read = separator(written);
            assert_eq!(read.as_deref(), Ok(text), "{written}");
            assert_eq!(separator(&quoted(text)).as_deref(), Ok(text), "{written}");
        }
        for wrong in [r#""a"b""#, r#""\x""#, r#""\""#] {
            assert!(separator(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn wrong_values_are_explained() {
        for (key, value, words, meant) in [
            (Key::Format, "htm", "no format “htm”", Some("html")),
            (Key::PerLine, "0", "no whole number from 1 to 1000", None),
            (Key::PerLine, "x", "no whole number", None),
            (Key::MaxImages, "-1", "no whole number of at least 1", None),
            (Key::MaxCharacters, "5", "no whole number of at least 100", None),
        ] {
            let (said, suggestion) = Settings::default().set(key, value).expect_err(value);
            assert!(said.contains(words), "{said}");
            assert_eq!(suggestion, meant);
        }
    }
}
