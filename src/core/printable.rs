//! Foreign text among ours: what would move a cursor, end a line or turn the letters around it is taken out or written out.

use std::borrow::Cow;

/// Whether `c` is no letter to see but acts on those beside it: a control character, an end of a line, a mark of direction
/// (Unicode's `Bidi_Control`, UAX #9).
#[must_use]
pub const fn is_unprintable(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// `text` as one line that shows everything that is in it: `\n`, `\u{1b}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// `text` on one line without what cannot be seen, and so many characters of it at most.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let spaced: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    let mut line = String::new();
    for word in spaced.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(chars_max) {
        None => line,
        Some(_) => line.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        for (text, expected) in [
            ("a folder 海 🙂 ✈\u{fe0f}", "a folder 海 🙂 ✈\u{fe0f}"),
            ("a\u{1b}]0;x\u{7}\u{1b}[2J b\nOK faked", r"a\u{1b}]0;x\u{7}\u{1b}[2J b\nOK faked"),
            ("\r\t\u{9b}2J\u{7f}\0", r"\r\t\u{9b}2J\u{7f}\u{0}"),
            ("gpj.\u{202e}exe \u{2066}\u{2069}\u{200f}\u{61c}", r"gpj.\u{202e}exe \u{2066}\u{2069}\u{200f}\u{61c}"),
            ("a\u{2028}b\u{2029}c\u{85}", r"a\u{2028}b\u{2029}c\u{85}"),
        ] {
            assert_eq!(printable(text), expected);
        }
        for c in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| c.is_control()) {
            assert!(is_unprintable(c), "{c:?}");
        }
    }

    #[test]
    fn words_come_on_one_line_and_are_cut() {
        assert_eq!(one_line(" Bad\n\tname\u{1b}[2J \u{202e}x. ", 50), "Bad name [2J x.");
        assert_eq!(one_line("\n\u{202e}", 50), "");
        assert_eq!(one_line("aaaa", 4), "aaaa");
        assert_eq!(one_line("海海海海海", 4), "海海海…");
    }
}
