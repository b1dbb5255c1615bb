//! For the editor: what the pieces of a text are, and what could be written at the cursor.

use std::ops::Range;

use super::filter::FILTERS;
use super::lexer::{Lexeme, Token, lex};
use super::names::{self, PLACEHOLDERS, Scope};
use super::settings::KEYS;

/// What a piece of a template is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Comes out as it is.
    Text,
    /// A line of the head.
    Setting,
    /// `#name#`.
    Placeholder,
    /// `[if …]`, `[each …]`, `[sep]`, `[else]` and the ends.
    Block,
    /// `##`.
    Escape,
    /// Looks like one of these and is none.
    Wrong,
}

/// The pieces of `text`, without gaps; ranges are bytes.
#[must_use]
pub fn tokens(text: &str) -> Vec<(Range<usize>, TokenKind)> {
    let kind = |token: &Token| match token.kind {
        Lexeme::Text | Lexeme::Nothing => TokenKind::Text,
        Lexeme::Setting(_) => TokenKind::Setting,
        Lexeme::Hash => TokenKind::Escape,
        Lexeme::Placeholder => {
            let inside = text.get(token.at.start + 1..token.at.end - 1).unwrap_or_default();
            let name = inside.split('|').next().unwrap_or_default();
            if names::find(name).is_some() { TokenKind::Placeholder } else { TokenKind::Wrong }
        }
        Lexeme::If | Lexeme::Each | Lexeme::Else | Lexeme::EndIf | Lexeme::EndEach | Lexeme::Sep | Lexeme::EndSep => {
            TokenKind::Block
        }
        Lexeme::UnknownSetting | Lexeme::Misplaced | Lexeme::Unclosed => TokenKind::Wrong,
    };
    lex(text).iter().map(|token| (token.at.clone(), kind(token))).collect()
}

/// Something that could be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces, in bytes.
    pub at: Range<usize>,
    /// What it writes.
    pub text: String,
    /// Where the cursor then is, in bytes of `text`.
    pub cursor: usize,
    /// What it is, in a line.
    pub words: &'static str,
}

/// Blocks, where the cursor goes, and what they are.
const BLOCKS: [(&str, usize, &str); 9] = [
    ("[if ][/if]", 4, "only when there is something"),
    ("[if ][else][/if]", 4, "one or the other"),
    ("[each image][/each]", 12, "once for every image"),
    ("[each image 4][/each]", 14, "once for every image, four in a row"),
    ("[each link][/each]", 11, "once for every file-host link"),
    ("[each failed][/each]", 13, "once for every missing image"),
    ("[sep], [/sep]", 13, "between the items of a loop"),
    ("[else]", 6, "otherwise"),
    ("[/if]", 5, "the end of an [if …]"),
];

/// What could be written at `cursor`, a place in bytes: names after `#` and in `[if `, filters after `|`, blocks after `[`,
/// settings at the beginning.
#[must_use]
pub fn completions(text: &str, cursor: usize) -> Vec<Completion> {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = text.get(..cursor).unwrap_or_default();
    let tokens = lex(before);
    let Some(last) = tokens.last() else { return Vec::new() };
    let scope = scope(&tokens, before);
    // `[if na` is a block that does not end, and text.
    let unclosed = tokens.iter().rev().nth(1).filter(|token| token.kind == Lexeme::Unclosed);
    let start = unclosed.map_or(last.at.start, |token| token.at.start);
    let open = before.get(start..).unwrap_or_default();
    if !matches!(last.kind, Lexeme::Text | Lexeme::Unclosed | Lexeme::UnknownSetting) {
        return Vec::new();
    }
    let Some(sign) = open.rfind(['#', '[', '|', '\n', ']']) else { return Vec::new() };
    let Some((_, tail)) = open.split_at_checked(sign) else { return Vec::new() };
    let from = start + sign;
    let written = tail.get(1..).unwrap_or_default();
    match tail.chars().next() {
        Some('#') => {
            // What is there already of the same placeholder is replaced, too.
            let whole = lex(text).into_iter().find(|token| token.at.start == from && token.kind == Lexeme::Placeholder);
            let is_plain = |at: &Range<usize>| !text.get(at.clone()).unwrap_or_default().contains('|');
            let at = whole.map(|token| token.at).filter(is_plain).unwrap_or(from..cursor);
            after_hash(before, &at, written, scope)
        }
        Some('|') if is_placeholder(open.get(..sign).unwrap_or_default()) => filters(from + 1..cursor, written),
        Some('[') => after_bracket(from, written, scope),
        _ => Vec::new(),
    }
}

/// The loop at the end of `before`.
fn scope(tokens: &[Token], before: &str) -> Scope {
    let mut scope = Scope::Gallery;
    for token in tokens {
        match token.kind {
            Lexeme::Each => {
                let tag = before.get(token.at.clone()).unwrap_or_default();
                let name = tag.trim_start_matches("[each").trim_end_matches(']').split_whitespace().next();
                let of_name = |scope: &Scope| {
                    scope.block().trim_start_matches("[each ").trim_end_matches(']') == name.unwrap_or("?")
                };
                scope = [Scope::Image, Scope::Link, Scope::Failed].into_iter().find(of_name).unwrap_or(scope);
            }
            Lexeme::EndEach => scope = Scope::Gallery,
            _ => {}
        }
    }
    scope
}

/// Whether the end of `text` is a placeholder without its closing `#`, with or without filters.
fn is_placeholder(text: &str) -> bool {
    let name = text.rsplit('#').next().unwrap_or_default().split('|').next().unwrap_or_default();
    names::find(name).is_some()
}

fn names(scope: Scope, written: &str) -> impl Iterator<Item = &'static names::Entry> {
    let written = written.to_ascii_lowercase();
    let fits = move |entry: &&names::Entry| {
        (entry.scope == Scope::Gallery || entry.scope == scope) && entry.name.to_ascii_lowercase().starts_with(&written)
    };
    // What belongs to the loop first.
    let (near, far): (Vec<_>, Vec<_>) =
        PLACEHOLDERS.iter().filter(fits).partition(|entry| entry.scope != Scope::Gallery);
    near.into_iter().chain(far)
}

fn after_hash(before: &str, at: &Range<usize>, written: &str, scope: Scope) -> Vec<Completion> {
    let placeholders = names(scope, written).map(|entry| {
        let text = format!("#{}#", entry.name);
        Completion { at: at.clone(), cursor: text.len(), text, words: entry.words }
    });
    let is_head =
        lex(before.get(..at.start).unwrap_or_default()).iter().all(|token| matches!(token.kind, Lexeme::Setting(_)));
    let keys = KEYS.iter().filter(|(_, key, ..)| is_head && key.starts_with(&written.to_ascii_uppercase()));
    let settings = keys.map(|(_, key, _, words)| {
        let text = format!("#{key}: ");
        Completion { at: at.clone(), cursor: text.len(), text, words }
    });
    placeholders.chain(settings).collect()
}

fn filters(at: Range<usize>, written: &str) -> Vec<Completion> {
    let fitting = FILTERS.iter().filter(|(name, ..)| name.starts_with(written));
    let completion = |(_, text, words): &(_, &str, &'static str)| Completion {
        at: at.clone(),
        text: (*text).to_owned(),
        cursor: text.len(),
        words,
    };
    fitting.map(completion).collect()
}

fn after_bracket(from: usize, written: &str, scope: Scope) -> Vec<Completion> {
    if let Some(condition) = written.strip_prefix("if ") {
        let name = condition.rsplit(' ').next().unwrap_or_default();
        let before_name = condition.strip_suffix(name).unwrap_or_default().trim();
        if !["", "not"].contains(&before_name) {
            return Vec::new();
        }
        let start = from + 1 + written.len() - name.len();
        let completion = |entry: &'static names::Entry| Completion {
            at: start..start + name.len(),
            text: entry.name.to_owned(),
            cursor: entry.name.len(),
            words: entry.words,
        };
        return names(scope, name).map(completion).collect();
    }
    let ends_loop = (scope != Scope::Gallery).then_some(("[/each]", 7, "the end of an [each …]"));
    let fitting = BLOCKS.into_iter().chain(ends_loop).filter(|(text, ..)| {
        let is_for_loops = text.starts_with("[sep]");
        let opens_loop = text.starts_with("[each");
        let is_in_loop = scope != Scope::Gallery;
        text.get(1..).is_some_and(|text| text.starts_with(written))
            && !(is_for_loops && !is_in_loop || opens_loop && is_in_loop)
    });
    let at = from..from + 1 + written.len();
    fitting.map(|(text, cursor, words)| Completion { at: at.clone(), text: text.to_owned(), cursor, words }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is offered at `‸`, written into the text.
    fn offered(text: &str) -> Vec<String> {
        let cursor = text.find('‸').expect("a cursor");
        let text = text.replace('‸', "");
        let offered = completions(&text, cursor);
        assert!(offered.iter().all(|offer| offer.text.is_char_boundary(offer.cursor) && !offer.words.is_empty()));
        let replaced = |offer: &Completion| {
            let mut text = text.clone();
            text.replace_range(offer.at.clone(), &offer.text);
            text
        };
        offered.iter().map(replaced).collect()
    }

    #[test]
    fn names_settings_filters_and_blocks_are_offered() {
        assert_eq!(offered("x #fold‸ y"), ["x #folderName# y", "x #folderSize# y", "x #folderBytes# y"]);
        assert_eq!(offered("x #FOLDERN‸"), ["x #folderName#"]);
        assert_eq!(offered("#width# #gallerylink‸"), ["#width# #galleryLink#"]);
        assert_eq!(offered("#PER‸\n"), ["#PER LINE: \n"]);
        assert_eq!(offered("#FORMAT: text\n#SEP‸"), ["#FORMAT: text\n#SEPARATOR: "]);
        assert_eq!(offered("x\n#SEP‸"), [""; 0]);
        assert_eq!(offered("#image.th‸"), [""; 0]);
        assert_eq!(offered("[each image]#image.th‸"), ["[each image]#image.thumb#"]);
        assert_eq!(offered("[each image]#‸").first().map(String::as_str), Some("[each image]#image.link#"));
        assert_eq!(offered("[each image][/each]#image.th‸"), [""; 0]);
        assert_eq!(offered("#width|up‸"), ["#width|upper"]);
        assert_eq!(offered("#width|upper|sl‸#"), ["#width|upper|slice:0:20#"]);
        assert_eq!(offered("x #folderN‸am# y"), ["x #folderName# y"]);
        assert_eq!(offered("x #folderN‸#width#"), ["x #folderName##width#"]);
        assert_eq!(offered("x [if gal‸").len(), 3);
        assert_eq!(offered("x [if not galleryL‸"), ["x [if not galleryLink"]);
        assert_eq!(offered("x [if a = gal‸"), [""; 0]);
        assert_eq!(offered("[‸").len(), 8);
        assert_eq!(offered("[/‸"), ["[/if]"]);
        assert_eq!(offered("[each image][/‸"), ["[each image][/if]", "[each image][/each]"]);
        assert_eq!(offered("[each link][s‸"), ["[each link][sep], [/sep]"]);
        assert_eq!(offered("plain‸"), [""; 0]);
        assert_eq!(offered("‸"), [""; 0]);
    }

    #[test]
    fn pieces_have_their_kinds() {
        let text = "#FORMAT: text\na ## #width# #widht# [if x][/if] #width";
        let found: Vec<_> = tokens(text).into_iter().map(|(at, kind)| (text.get(at).expect("in it"), kind)).collect();
        assert_eq!(
            found,
            [
                ("#FORMAT: text\n", TokenKind::Setting),
                ("a ", TokenKind::Text),
                ("##", TokenKind::Escape),
                (" ", TokenKind::Text),
                ("#width#", TokenKind::Placeholder),
                (" ", TokenKind::Text),
                ("#widht#", TokenKind::Wrong),
                (" ", TokenKind::Text),
                ("[if x]", TokenKind::Block),
                ("[/if]", TokenKind::Block),
                (" ", TokenKind::Text),
                ("#width", TokenKind::Wrong),
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_cover_the_text(text in "[#\\[\\]|a-z äif\n]{0,60}", cursor in 0_usize..80) {
            let mut reached = 0;
            for (at, _) in tokens(&text) {
                prop_assert_eq!(at.start, reached);
                reached = at.end;
            }
            prop_assert_eq!(reached, text.len());
            for offer in completions(&text, cursor) {
                prop_assert!(text.get(offer.at).is_some());
            }
        }
    }
}
