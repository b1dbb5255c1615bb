//! What `tags` does, for Markdown: `![]()` and `[](…)` that a missing value would leave.

use super::sheet::Sheet;

/// Brackets in each other that are looked at.
const DEPTH_MAX: usize = 16;

/// The brackets that are open.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    at: usize,
    is_image: bool,
    /// Where the text begins and, once it is complete, ends; the address begins two signs later.
    text: (usize, Option<usize>),
    holes: usize,
    line_start: usize,
}

impl Brackets {
    /// Puts out a piece of a line of the template.
    pub fn literal(&mut self, sheet: &mut Sheet, line: &str) {
        let mut rest = line;
        while let Some((before, after)) = rest.find(['[', ']', ')']).and_then(|at| rest.split_at_checked(at)) {
            sheet.out.push_str(before);
            let (sign, tail) = after.split_at_checked(1).unwrap_or((after, ""));
            match sign {
                "[" => self.begin(sheet),
                "]" if tail.starts_with('(') => {
                    if let Some(open) = self.open.iter_mut().rfind(|open| open.text.1.is_none()) {
                        open.text.1 = Some(sheet.end());
                    }
                }
                "]" => {
                    self.open.pop_if(|open| open.text.1.is_none());
                }
                _ => {}
            }
            sheet.out.push_str(sign);
            rest = tail;
            if sign == ")"
                && let Some(Open { text: (_, Some(end)), .. }) = self.open.last()
                && let (end, Some(open)) = (*end, self.open.pop())
            {
                finish(sheet, &open, end);
            }
        }
        sheet.out.push_str(rest);
    }

    /// A link ends in the line in which it begins.
    pub fn line_end(&mut self) {
        self.open.clear();
    }

    fn begin(&mut self, sheet: &Sheet) {
        let is_image = sheet.out.ends_with('!');
        let at = sheet.end() - usize::from(is_image);
        if self.open.len() >= DEPTH_MAX {
            self.open.remove(0);
        }
        let text = (sheet.end() + 1, None);
        self.open.push(Open { at, is_image, text, holes: sheet.holes, line_start: sheet.line_start });
    }
}

/// The link is complete; its text ends at `text_end`.
fn finish(sheet: &mut Sheet, open: &Open, text_end: usize) {
    if sheet.holes == open.holes {
        return;
    }
    let text = sheet.part(&(open.text.0..text_end)).to_owned();
    let address = sheet.part(&(text_end + 2..sheet.end() - 1)).to_owned();
    let shown = match (address.trim().is_empty(), text.trim().is_empty()) {
        (true, _) if open.is_image => String::new(),
        (true, _) => text,
        (false, true) if !open.is_image => format!("[{address}]({address})"),
        (false, _) => return,
    };
    sheet.truncate(open.at, open.line_start);
    sheet.out.push_str(&shown);
    sheet.mark();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `∅` is a value that is missing, `…` one that is there.
    fn check(template: &str, expected: &str) {
        let (mut sheet, mut brackets) = (Sheet::default(), Brackets::default());
        for piece in template.split_inclusive(['∅', '…']) {
            brackets.literal(&mut sheet, piece.trim_end_matches(['∅', '…']));
            if piece.ends_with('∅') {
                sheet.hole();
            } else if piece.ends_with('…') {
                sheet.value(|out| out.push_str("https://h/1"));
            }
        }
        assert_eq!(sheet.out, expected, "{template}");
    }

    #[test]
    fn missing_values_leave_no_empty_links() {
        for (template, expected) in [
            ("a ![∅](∅) b", "a  b"),
            ("![x](∅)", ""),
            ("[text](∅)", "text"),
            ("[∅](…)", "[https://h/1](https://h/1)"),
            ("[![∅](∅)](…)", "[https://h/1](https://h/1)"),
            ("[![∅](…)](…)", "[![](https://h/1)](https://h/1)"),
            ("[![…](…)](∅)", "![https://h/1](https://h/1)"),
            ("[]() [x] (∅) [ ]", "[]() [x] () [ ]"),
        ] {
            check(template, expected);
        }
    }
}
