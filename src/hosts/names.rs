//! File and folder names that every system can store, and their place in a URL.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest name in bytes; leaves room for what a storage service appends while it writes.
const NAME_BYTES_MAX: usize = 180;

/// Names that Windows reserves, with any ending
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const RESERVED: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2",
    "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Everything that must be encoded in one path segment (RFC 3986), and what `BBCode` or HTML might trip over.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'/')
    .add(b'+')
    .add(b';')
    .add(b'=')
    .add(b'@');

/// `name` as a single file name that Windows, Linux and storage services take; the same for names that already are.
#[must_use]
pub fn file_name(name: &str) -> String {
    let replaced: String =
        name.chars().map(|c| if c.is_control() || "<>:\"/\\|?*\u{fffd}".contains(c) { '_' } else { c }).collect();
    let trimmed = replaced.trim_start().trim_end_matches([' ', '.']);
    let short = shorten(trimmed).trim_end_matches([' ', '.']).to_owned();
    let stem = short.split('.').next().unwrap_or_default().trim_end();
    if short.is_empty() || RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(stem)) {
        return format!("_{short}");
    }
    short
}

/// Cuts the stem, never the ending, and never inside a character.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let end = (0..=NAME_BYTES_MAX - ending.len()).rev().find(|end| stem.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{ending}", stem.get(..end).unwrap_or_default())
}

/// One path segment of a URL.
#[must_use]
pub fn url_segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// `name` as a file name in ASCII, as near as its letters allow.
#[must_use]
pub fn ascii_name(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let good = |text: &str| {
        let ascii = deunicode::deunicode(text);
        let kept = |c: char| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' };
        ascii.trim().chars().map(kept).collect::<String>()
    };
    let (stem, ending) = (good(stem), good(ending));
    file_name(&if ending.is_empty() { stem } else { format!("{stem}.{ending}") })
}

/// How a host wants names of galleries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRules {
    /// Most characters.
    pub chars_max: usize,
    /// The characters it takes; `None` is any that can be printed.
    pub allowed: Option<Vec<char>>,
}

impl Default for NameRules {
    fn default() -> Self {
        Self { chars_max: 200, allowed: None }
    }
}

impl NameRules {
    /// `name` as the host takes it, with `suffix` at its end. What the host cannot have is written in ASCII or becomes `_`.
    #[must_use]
    pub fn fit(&self, name: &str, suffix: &str) -> String {
        let mut fit = String::new();
        for c in name.chars().filter(|c| !c.is_control()) {
            match &self.allowed {
                Some(allowed) if !allowed.contains(&c) => {
                    let ascii = deunicode::deunicode_char(c).unwrap_or("_");
                    fit.extend(ascii.chars().map(|c| if allowed.contains(&c) { c } else { '_' }));
                }
                _ => fit.push(c),
            }
        }
        let room = self.chars_max.saturating_sub(suffix.chars().count());
        let mut fit: String = fit.trim().chars().take(room).collect();
        if fit.trim().is_empty() {
            fit = "gallery".chars().take(room).collect();
        }
        format!("{}{suffix}", fit.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn good_names_stay_and_bad_ones_become_good() {
        for (name, expected) in [
            ("Beach 10.webp", "Beach 10.webp"),
            ("海辺 3.jpg", "海辺 3.jpg"),
            ("a/b\\c:d?.png", "a_b_c_d_.png"),
            ("nul.jpg", "_nul.jpg"),
            ("COM1", "_COM1"),
            ("dots...", "dots"),
            ("..", "_"),
            ("", "_"),
            (" x ", "x"),
        ] {
            assert_eq!(file_name(name), expected, "{name:?}");
        }
        let long = file_name(&format!("{}.jpeg", "ö".repeat(200)));
        assert!(long.len() <= NAME_BYTES_MAX && long.rsplit('.').next() == Some("jpeg"), "{long}");
    }

    #[test]
    fn galleries_have_the_names_that_their_host_takes() {
        let turbo = NameRules { chars_max: 20, allowed: crate::hosts::values::characters("A-Za-z0-9_ -") };
        for (name, suffix, expected) in [
            ("Trip", "", "Trip"),
            ("Löwe & Bär: 2026/07", "", "Lowe _ Bar_ 2026_07"),
            ("A very long name of a gallery", " (2)", "A very long name (2)"),
            ("\n", "", "gallery"),
            ("海辺", "", "Hai Bian"),
        ] {
            assert_eq!(turbo.fit(name, suffix), expected);
        }
        assert_eq!(NameRules::default().fit("Löwe [1]", ""), "Löwe [1]");
    }

    #[test]
    fn names_become_ascii() {
        for (name, expected) in [("a.jpg", "a.jpg"), ("Müller \"1\".JPG", "Muller _1_.JPG"), ("😀", "grinning")] {
            assert_eq!(ascii_name(name), expected);
        }
    }

    #[test]
    fn segments_are_encoded() {
        assert_eq!(url_segment("a b[1]&#%.jpg"), "a%20b%5B1%5D%26%23%25.jpg");
        assert_eq!(url_segment("海"), "%E6%B5%B7");
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_that_stays(name in "\\PC{0,300}") {
            let good = file_name(&name);
            prop_assert!(!good.is_empty() && good.len() <= NAME_BYTES_MAX + 1);
            prop_assert!(!good.contains(['/', '\\']) && good != "." && good != "..");
            prop_assert_eq!(file_name(&good), good);
        }
    }
}
