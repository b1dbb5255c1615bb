//! The output as it grows: its lines, where values are missing, where it may be split. Things can be taken back.

use std::ops::Range;

/// Longer output is cut: a template that repeats itself must not take all memory.
pub(super) const OUTPUT_BYTES_MAX: usize = 64 << 20;

/// A place where the output may be split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Break {
    /// The first part ends here; the next one begins at `to`.
    pub from: usize,
    pub to: usize,
    /// Images up to here.
    pub images: usize,
    /// Between two items or lines; `false`: inside an item.
    pub is_good: bool,
}

/// A tag and its end, with a [`Break`] between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub opening: Range<usize>,
    pub closing: Range<usize>,
}

/// The output so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub out: String,
    /// Where the last line and the one before it begin.
    pub line_start: usize,
    line_start_before: usize,
    /// What is before does not belong to the line: an item of a row.
    pub item_start: usize,
    /// The last line held a block or an empty placeholder.
    is_marked: bool,
    /// Values and blocks that came to nothing.
    pub holes: usize,
    /// Whether it will be split.
    pub is_split: bool,
    pub breaks: Vec<Break>,
    pub pairs: Vec<Pair>,
    pub images: usize,
    pub is_in_item: bool,
}

impl Sheet {
    pub fn is_full(&self) -> bool {
        self.out.len() >= OUTPUT_BYTES_MAX
    }

    /// A block begins or ends in this line.
    pub fn mark(&mut self) {
        self.is_marked = true;
    }

    /// Something comes to nothing here.
    pub fn hole(&mut self) {
        self.is_marked = true;
        self.holes += 1;
    }

    pub fn end(&self) -> usize {
        self.out.len()
    }

    pub fn since(&self, from: usize) -> &str {
        self.out.get(from..).unwrap_or_default()
    }

    pub fn part(&self, at: &Range<usize>) -> &str {
        self.out.get(at.clone()).unwrap_or_default()
    }

    /// Ends a line of the template. A line that held nothing but blocks or empty placeholders vanishes.
    pub fn line_end(&mut self) {
        let from = self.line_start.max(self.item_start);
        if self.is_marked && self.since(from).trim().is_empty() {
            self.truncate(from, self.line_start);
        } else {
            self.push_break(self.end(), self.end() + 1, !self.is_in_item);
            self.push_line_end();
        }
        self.is_marked = false;
    }

    /// Ends a line whatever it holds.
    pub fn push_line_end(&mut self) {
        self.out.push('\n');
        self.line_start_before = self.line_start;
        self.line_start = self.end();
        self.is_marked = false;
    }

    /// Takes back a line end that has just come, if it came after `from`.
    pub fn pop_line_end(&mut self, from: usize) -> bool {
        let is_there = self.line_start == self.end() && self.end() > from && self.out.ends_with('\n');
        if is_there {
            self.truncate(self.end() - 1, self.line_start_before);
        }
        is_there
    }

    /// The last line may vanish, too.
    pub fn finish(&mut self) {
        if self.is_marked && self.since(self.line_start).trim().is_empty() {
            self.truncate(self.line_start, self.line_start);
            if self.out.ends_with('\n') {
                self.truncate(self.end() - 1, self.line_start_before);
            }
        }
    }

    /// Text that is not the template's: its lines are not looked at.
    pub fn value(&mut self, write: impl FnOnce(&mut String)) {
        let from = self.end();
        write(&mut self.out);
        if let Some(last) = self.since(from).rfind('\n') {
            self.line_start_before = self.line_start;
            self.line_start = from + last + 1;
        }
    }

    /// Takes back everything from `length` on; the last line then begins at `line_start`.
    pub fn truncate(&mut self, length: usize, line_start: usize) {
        self.out.truncate(length);
        self.line_start = line_start.min(length);
        for place in self.breaks.iter_mut().rev().take_while(|place| place.to > length) {
            place.from = place.from.min(length);
            place.to = length;
        }
        while self.pairs.last().is_some_and(|pair| pair.closing.end > length) {
            self.pairs.pop();
        }
    }

    /// Takes out a tag; what follows it moves up.
    pub fn remove(&mut self, at: &Range<usize>) {
        if self.out.get(at.clone()).is_none() {
            return;
        }
        self.out.replace_range(at.clone(), "");
        let moved = |place: &mut usize| {
            if *place >= at.end {
                *place -= at.len();
            }
        };
        moved(&mut self.line_start);
        moved(&mut self.line_start_before);
        for place in self.breaks.iter_mut().rev().take_while(|place| place.from >= at.end) {
            moved(&mut place.from);
            moved(&mut place.to);
        }
        for pair in self.pairs.iter_mut().rev().take_while(|pair| pair.opening.start >= at.end) {
            for place in
                [&mut pair.opening.start, &mut pair.opening.end, &mut pair.closing.start, &mut pair.closing.end]
            {
                moved(place);
            }
        }
    }

    /// It may be split here; what is between the two places is then left out.
    pub fn push_break(&mut self, from: usize, to: usize, is_good: bool) {
        if self.is_split {
            while self.breaks.last().is_some_and(|last| last.from > from || last.to > to) {
                self.breaks.pop();
            }
            self.breaks.push(Break { from, to, images: self.images, is_good });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_lines_without_anything_vanish() {
        let mut sheet = Sheet::default();
        sheet.line_end();
        sheet.mark();
        sheet.out.push_str("  ");
        sheet.line_end();
        sheet.mark();
        sheet.out.push('a');
        sheet.line_end();
        assert_eq!(sheet.out, "\na\n");
        sheet.hole();
        sheet.finish();
        assert_eq!(sheet.out, "\na", "with the line end before it");
    }

    #[test]
    fn what_is_taken_out_moves_the_rest_up() {
        let mut sheet = Sheet { is_split: true, ..Sheet::default() };
        sheet.out.push_str("x[a]");
        sheet.line_end();
        sheet.out.push('b');
        sheet.push_break(6, 6, true);
        sheet.remove(&(1..4));
        assert_eq!((sheet.out.as_str(), sheet.line_start), ("x\nb", 2));
        assert_eq!(sheet.breaks.iter().map(|place| (place.from, place.to)).collect::<Vec<_>>(), [(1, 2), (3, 3)]);
        sheet.truncate(2, 2);
        assert_eq!(sheet.breaks.last().map(|place| (place.from, place.to)), Some((2, 2)));
    }
}
