//! Tags that a missing value would leave empty: `[url=][/url]`, `[img][/img]`, `<img src="">`. Also knows which tags are open
//! where the output may be split. Looks at the template's own text only: values cannot contain tags.

use std::ops::Range;

use super::sheet::{Pair, Sheet};

/// Tags in each other that are looked at.
const DEPTH_MAX: usize = 64;
/// Tags that hold a place even when nothing is in them.
const PLACES: [&str; 8] = ["td", "th", "tr", "table", "li", "list", "*", "hr"];
/// Tags of HTML without an end.
const VOID: [&str; 5] = ["img", "br", "hr", "input", "meta"];

/// How tags are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Bbcode,
    Html,
}

/// The tags that are open.
#[derive(Debug)]
pub(super) struct Tags {
    syntax: Syntax,
    open: Vec<Open>,
    /// A `[` without its `]` so far: where, and the holes before it.
    begun: Option<(usize, usize)>,
}

#[derive(Debug)]
struct Open {
    name: String,
    tag: Range<usize>,
    /// Where `[url=` leads.
    address: Range<usize>,
    /// A missing value has left it without that.
    is_emptied: bool,
    holes: usize,
    breaks: usize,
    line_start: usize,
}

impl Tags {
    pub const fn new(syntax: Syntax) -> Self {
        Self { syntax, open: Vec::new(), begun: None }
    }

    /// Puts out a piece of a line of the template.
    pub fn literal(&mut self, sheet: &mut Sheet, line: &str) {
        let signs = match self.syntax {
            Syntax::Bbcode => ['[', ']'],
            Syntax::Html => ['<', '>'],
        };
        let mut rest = line;
        while let Some((before, after)) = rest.find(signs).and_then(|at| rest.split_at_checked(at)) {
            sheet.out.push_str(before);
            let begins = after.starts_with(['[', '<']);
            if begins {
                self.begun = Some((sheet.end(), sheet.holes));
            }
            let (sign, tail) = after.split_at_checked(1).unwrap_or((after, ""));
            sheet.out.push_str(sign);
            rest = tail;
            if !begins && let Some((at, holes)) = self.begun.take() {
                self.tag(sheet, at, holes);
            }
        }
        sheet.out.push_str(rest);
    }

    /// A tag ends in the line in which it begins.
    pub fn line_end(&mut self) {
        self.begun = None;
    }

    /// The tag from `at` to the end is complete.
    fn tag(&mut self, sheet: &mut Sheet, at: usize, holes: usize) {
        let inside = at + 1..sheet.end() - 1;
        let written = sheet.part(&inside);
        if let Some(name) = written.strip_prefix('/') {
            if let Some(depth) = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) {
                self.open.truncate(depth + 1);
                if let Some(open) = self.open.pop() {
                    self.close(sheet, &open, at);
                }
            }
            return;
        }
        let end = written.find(|c: char| !(c.is_ascii_alphanumeric() || c == '*')).unwrap_or(written.len());
        let (name, tail) = written.split_at_checked(end).unwrap_or((written, ""));
        if name.is_empty() || !(tail.is_empty() || tail.starts_with(['=', ' '])) {
            return;
        }
        let address = self.address(name, tail);
        let is_emptied = address.as_ref().is_some_and(Range::is_empty) && sheet.holes > holes;
        let is_void = self.syntax == Syntax::Html && VOID.contains(&name);
        if is_void {
            if is_emptied {
                sheet.truncate(at, sheet.line_start);
                sheet.hole();
            }
            return;
        }
        let address = address.map_or(0..0, |range| inside.start + end + range.start..inside.start + end + range.end);
        let open = Open {
            name: name.to_owned(),
            tag: at..sheet.end(),
            address,
            is_emptied,
            holes,
            breaks: sheet.breaks.len(),
            line_start: sheet.line_start,
        };
        if self.open.len() >= DEPTH_MAX {
            self.open.remove(0);
        }
        self.open.push(open);
    }

    /// The place of the value in `tail` that the tag is for: after `=`, or of `href` and `src`.
    fn address(&self, name: &str, tail: &str) -> Option<Range<usize>> {
        let from = match self.syntax {
            Syntax::Bbcode => tail.starts_with('=').then_some(1)?,
            Syntax::Html => {
                let attribute = match name {
                    "a" => " href=",
                    "img" => " src=",
                    _ => return None,
                };
                tail.find(attribute)? + attribute.len()
            }
        };
        let value = tail.get(from..)?;
        let (from, length) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => (from + 1, value.get(1..)?.find(quote)?),
            _ if self.syntax == Syntax::Html => (from, value.find(' ').unwrap_or(value.len())),
            _ => (from, value.len()),
        };
        let value = tail.get(from..from + length)?;
        Some(if value.trim().is_empty() { from..from } else { from..from + length })
    }

    /// The end of `open` is complete and begins at `at`.
    fn close(&self, sheet: &mut Sheet, open: &Open, at: usize) {
        let content = open.tag.end..at;
        let is_blank = sheet.part(&content).trim().is_empty();
        let name = open.name.to_ascii_lowercase();
        let leads_somewhere = ["url", "a"].contains(&name.as_str()) && !open.address.is_empty();
        if open.is_emptied {
            sheet.truncate(at, sheet.line_start);
            sheet.remove(&open.tag);
        } else if !is_blank || sheet.holes == open.holes || !self.is_removable(&name) {
            if sheet.breaks.len() > open.breaks {
                sheet.pairs.push(Pair { opening: open.tag.clone(), closing: at..sheet.end() });
            }
        } else if leads_somewhere {
            // A link is never lost: it shows where it leads.
            let (closing, address) = (sheet.since(at).to_owned(), sheet.part(&open.address).to_owned());
            sheet.truncate(open.tag.end, open.line_start);
            sheet.out.extend([address, closing]);
        } else {
            sheet.truncate(open.tag.start, open.line_start);
            sheet.mark();
        }
    }

    fn is_removable(&self, name: &str) -> bool {
        match self.syntax {
            Syntax::Bbcode => !PLACES.contains(&name),
            Syntax::Html => name == "a",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `∅` is a value that is missing, `…` one that is there.
    fn check(syntax: Syntax, template: &str, expected: &str) {
        let (mut sheet, mut tags) = (Sheet::default(), Tags::new(syntax));
        for piece in template.split_inclusive(['∅', '…']) {
            tags.literal(&mut sheet, piece.trim_end_matches(['∅', '…']));
            if piece.ends_with('∅') {
                sheet.hole();
            } else if piece.ends_with('…') {
                sheet.value(|out| out.push_str("https://h/1"));
            }
        }
        assert_eq!(sheet.out, expected, "{template}");
    }

    #[test]
    fn missing_values_leave_no_empty_bbcode() {
        for (template, expected) in [
            ("[url=∅]text[/url]", "text"),
            ("[url=\"∅\"]text[/url]", "text"),
            ("[url=∅]∅[/url]", ""),
            ("[url]∅[/url]", ""),
            ("a[img]∅[/img]b", "ab"),
            ("[IMG]∅[/img]", ""),
            ("[center][img]∅[/img][/center]", ""),
            ("[url=…][img]∅[/img][/url]", "[url=https://h/1]https://h/1[/url]"),
            ("[url=…][img]…[/img][/url]", "[url=https://h/1][img]https://h/1[/img][/url]"),
            ("[size=∅][b]x[/b][/size]", "[b]x[/b]"),
            ("[hr][/hr][url=][/url]", "[hr][/hr][url=][/url]"),
            ("[td]∅[/td]", "[td][/td]"),
            ("[list][*]∅[*]x[/list]", "[list][*][*]x[/list]"),
            ("[b]∅ [i]x[/i][/b]", "[b] [i]x[/i][/b]"),
            ("[b]∅[/i][/b] [ ] [/x]", "[b][/i][/b] [ ] [/x]"),
        ] {
            check(Syntax::Bbcode, template, expected);
        }
    }

    #[test]
    fn nor_empty_html() {
        for (template, expected) in [
            ("<a href=\"∅\">text</a>", "text"),
            ("<img src=\"∅\" alt=\"x\">", ""),
            ("<a href=\"…\"><img src=\"∅\"></a>", "<a href=\"https://h/1\">https://h/1</a>"),
            ("<a class=\"x\" href='…'>∅</a>", "<a class=\"x\" href='https://h/1'>https://h/1</a>"),
            ("<td>∅</td><p>∅</p>", "<td></td><p></p>"),
            ("<br><img src=\"…\" alt=\"∅\">", "<br><img src=\"https://h/1\" alt=\"\">"),
        ] {
            check(Syntax::Html, template, expected);
        }
    }
}
