//! Text to tokens: what stands for something, and the plain text between. Knows the signs of the language, not their grammar.

use std::ops::Range;

use super::names;
use super::settings::{KEYS, Key};

/// A piece of the text that means one thing. Tokens cover the text without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub at: Range<usize>,
    pub kind: Lexeme,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    Text,
    /// Byte order marks.
    Nothing,
    /// A line of the head with its line end.
    Setting(Key),
    /// A key in the head that is not known, but looks like one that is. Text; the head ends here.
    UnknownSetting,
    /// The key of a setting that is not in the head. Text.
    Misplaced,
    /// `##`.
    Hash,
    /// `#name#`, `#name|filter#`; the name need not be known.
    Placeholder,
    /// `[if …]`, `[each …]`.
    If,
    Each,
    Else,
    EndIf,
    EndEach,
    Sep,
    EndSep,
    /// The beginning of a placeholder or block that does not end; with filters, to the end of the line. Text.
    Unclosed,
}

/// Blocks that have only one form.
const FIXED: [(&str, Lexeme); 5] = [
    ("[else]", Lexeme::Else),
    ("[/if]", Lexeme::EndIf),
    ("[/each]", Lexeme::EndEach),
    ("[sep]", Lexeme::Sep),
    ("[/sep]", Lexeme::EndSep),
];

/// All tokens of a template.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = skip_marks(text, 0, &mut tokens);
    while let Some((kind, length)) = setting(text.get(at..).unwrap_or_default()) {
        tokens.push(Token { at: at..at + length, kind });
        at += length;
        if kind == Lexeme::UnknownSetting {
            break;
        }
    }
    at = skip_marks(text, at, &mut tokens);
    lex_body(text, at..text.len(), &mut tokens);
    tokens
}

/// Byte order marks at `at` are nothing; gives the place behind them.
fn skip_marks(text: &str, at: usize, tokens: &mut Vec<Token>) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = at + rest.len() - rest.trim_start_matches('\u{feff}').len();
    if at < end {
        tokens.push(Token { at: at..end, kind: Lexeme::Nothing });
    }
    end
}

/// What the first line is and how much of it belongs to that, when it is one of the head.
fn setting(text: &str) -> Option<(Lexeme, usize)> {
    let length = text.find('\n').map_or(text.len(), |end| end + 1);
    let (name, _) = text.get(..length)?.strip_prefix('#')?.split_once(':')?;
    let is_key = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    match Key::from_name(name) {
        Some(key) => Some((Lexeme::Setting(key), length)),
        None if is_key => {
            let looks_like = super::problem::similar(name, KEYS.iter().map(|(_, known, ..)| *known));
            looks_like.map(|_| (Lexeme::UnknownSetting, 1 + name.len()))
        }
        None => None,
    }
}

/// The tokens of a part that has no head.
pub(super) fn lex_body(text: &str, part: Range<usize>, tokens: &mut Vec<Token>) {
    let text = text.get(..part.end).unwrap_or_default();
    let (mut at, mut plain_from) = (part.start, part.start);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['#', '['])) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        let starts_line = at > part.start && text.get(..at).is_some_and(|before| before.ends_with('\n'));
        match special(rest, starts_line) {
            Some((kind, length)) => {
                if plain_from < at {
                    tokens.push(Token { at: plain_from..at, kind: Lexeme::Text });
                }
                tokens.push(Token { at: at..at + length, kind });
                at += length;
                plain_from = at;
            }
            None => at += 1,
        }
    }
    if plain_from < part.end {
        tokens.push(Token { at: plain_from..part.end, kind: Lexeme::Text });
    }
}

/// What stands at the beginning of `rest`, and its length; `None` when it is only text.
fn special(rest: &str, starts_line: bool) -> Option<(Lexeme, usize)> {
    if rest.starts_with("##") {
        return Some((Lexeme::Hash, 2));
    }
    let Some(after) = rest.strip_prefix('#') else { return block(rest) };
    if starts_line
        && let Some((name, _)) = after.split_once(':')
        && Key::from_name(name).is_some()
    {
        return Some((Lexeme::Misplaced, 1 + name.len()));
    }
    match closed(after) {
        Some(length) => {
            // `#fff#folderName#`: the second sign opens the placeholder.
            let is_known = names::find(name(after)).is_some();
            let next = after.get(length + 1..).unwrap_or_default();
            if !is_known && names::find(name(next)).is_some() && closed(next).is_some() {
                return None;
            }
            Some((Lexeme::Placeholder, length + 2))
        }
        None => names::find(name(after)).map(|entry| {
            let tail = after.get(entry.name.len()..).filter(|tail| tail.starts_with('|'));
            let filters = tail.map_or(0, |tail| tail.find('\n').unwrap_or(tail.len()));
            (Lexeme::Unclosed, 1 + entry.name.len() + filters)
        }),
    }
}

/// The name at the beginning.
pub(super) fn name(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default().trim_end_matches('.');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { "" }
}

/// How long the placeholder at the beginning is, without its closing `#`.
fn closed(text: &str) -> Option<usize> {
    let length = Some(name(text).len()).filter(|length| *length > 0)?;
    let tail = text.get(length..)?;
    if tail.starts_with('#') {
        return Some(length);
    }
    let mut is_escaped = true; // The first `|`.
    for (at, c) in tail.strip_prefix('|').map(|_| tail)?.char_indices() {
        match c {
            '\n' => return None,
            '#' if !is_escaped => return Some(length + at),
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    None
}

fn block(rest: &str) -> Option<(Lexeme, usize)> {
    if let Some((sign, kind)) = FIXED.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Some((*kind, sign.len()));
    }
    for (sign, kind) in [("[if", Lexeme::If), ("[each", Lexeme::Each)] {
        let Some(tail) = rest.strip_prefix(sign).filter(|tail| tail.starts_with([' ', '\t', '\r', '\n', ']'])) else {
            continue;
        };
        return match tail.find([']', '\n']) {
            Some(end) if tail.get(end..).is_some_and(|tail| tail.starts_with(']')) => {
                Some((kind, sign.len() + end + 1))
            }
            _ => Some((Lexeme::Unclosed, sign.len())),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Lexeme::{Else, Hash, If, Misplaced, Placeholder, Setting, Text, Unclosed, UnknownSetting};
    use super::*;

    fn check(text: &str, expected: &[(&str, Lexeme)]) {
        let tokens = lex(text);
        let found: Vec<_> =
            tokens.iter().map(|token| (text.get(token.at.clone()).expect("in it"), token.kind)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn tokens_cover_the_text() {
        check("a#folderName#b", &[("a", Text), ("#folderName#", Placeholder), ("b", Text)]);
        check("#width##height#", &[("#width#", Placeholder), ("#height#", Placeholder)]);
        check("###width#", &[("##", Hash), ("#width#", Placeholder)]);
        check("[color=#fff]#x", &[("[color=#fff]#x", Text)]);
        check("#fff#width#", &[("#fff", Text), ("#width#", Placeholder)]);
        check("#fff#", &[("#fff#", Placeholder)]);
        check("C# and #1#", &[("C# and #1#", Text)]);
        check(r"#width|replace:\#:|x#!", &[(r"#width|replace:\#:|x#", Placeholder), ("!", Text)]);
        check("#width|upper\n#", &[("#width|upper", Unclosed), ("\n#", Text)]);
        check("#width.", &[("#width", Unclosed), (".", Text)]);
        check("[if a][iframe][else]", &[("[if a]", If), ("[iframe]", Text), ("[else]", Else)]);
        check("[if a\n]", &[("[if", Unclosed), (" a\n]", Text)]);
    }

    #[test]
    fn the_head_ends_with_the_first_other_line() {
        let (title, format) = (Setting(Key::PostTitle), Setting(Key::Format));
        check(
            "\u{feff}#POSTTITLE: a\r\n#FORMAT:text\nx",
            &[("\u{feff}", Lexeme::Nothing), ("#POSTTITLE: a\r\n", title), ("#FORMAT:text\n", format), ("x", Text)],
        );
        check(
            "#FORMTA: a\n#FORMAT: a",
            &[("#FORMTA", UnknownSetting), (": a\n", Text), ("#FORMAT", Misplaced), (": a", Text)],
        );
        check("\u{feff}\u{feff}", &[("\u{feff}\u{feff}", Lexeme::Nothing)]);
        check("#NSFW: a\n#FORMAT: a", &[("#NSFW: a\n", Text), ("#FORMAT", Misplaced), (": a", Text)]);
    }
}
