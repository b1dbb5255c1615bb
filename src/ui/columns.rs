//! The columns of the queue as a person has arranged them: which are shown, in which order, how wide. Draws nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::texts;
use crate::core::{Column, Field};

/// Narrower than this no column gets, in points.
pub const WIDTH_MIN: f32 = 28.0;
/// Wider than this no column gets, in points.
pub const WIDTH_MAX: f32 = 1200.0;
/// Longest name of a column, in characters.
const TITLE_CHARS_MAX: usize = 40;

/// All columns, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    shown: Vec<Shown>,
    /// The widths are ours, and follow the room there is; `false` once a person has set one.
    #[serde(default)]
    fits: bool,
    /// What a person calls the fields of their own.
    titles: BTreeMap<Field, String>,
}

/// One column as it is arranged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub column: Column,
    /// In points.
    pub width: f32,
    pub is_visible: bool,
}

impl Default for Columns {
    fn default() -> Self {
        Self { shown: Column::ALL.into_iter().map(Shown::new).collect(), fits: true, titles: BTreeMap::new() }
    }
}

impl Shown {
    fn new(column: Column) -> Self {
        Self { column, width: default_width(column), is_visible: !is_hidden_at_first(column) }
    }
}

/// As wide as it is worth while there is room, in points.
const fn default_width(column: Column) -> f32 {
    match column {
        Column::Number => 44.0,
        Column::Name => 300.0,
        Column::Progress | Column::Link => 160.0,
        Column::Status | Column::Host => 110.0,
        Column::Size => 80.0,
        Column::Uploaded | Column::Speed | Column::Tab => 90.0,
        Column::Eta => 70.0,
        Column::Template | Column::Added | Column::Finished => 120.0,
        Column::Reason => 220.0,
        Column::Field(_) => 100.0,
    }
}

/// As narrow as it can be read, in points.
const fn least_width(column: Column) -> f32 {
    match column {
        Column::Number => 44.0,
        Column::Name => 136.0,
        Column::Status => 100.0,
        Column::Progress => 84.0,
        Column::Host => 96.0,
        Column::Speed => 78.0,
        Column::Uploaded | Column::Template => 70.0,
        Column::Size => 68.0,
        Column::Eta => 64.0,
        Column::Reason => 120.0,
        Column::Added | Column::Finished => 116.0,
        other => default_width(other),
    }
}

/// Who gets what is left over when all have what they need, one after the other, and up to how many points.
const SPARE: [(Column, f32); 6] = [
    (Column::Name, 220.0),
    (Column::Reason, default_width(Column::Reason)),
    (Column::Name, default_width(Column::Name)),
    (Column::Progress, default_width(Column::Progress)),
    (Column::Reason, WIDTH_MAX),
    (Column::Name, WIDTH_MAX),
];

const fn is_hidden_at_first(column: Column) -> bool {
    matches!(column, Column::Finished | Column::Link | Column::Tab | Column::Field(_))
}

/// Whether its text stands right.
pub const fn is_numeric(column: Column) -> bool {
    matches!(column, Column::Number | Column::Uploaded | Column::Size | Column::Speed | Column::Eta)
}

impl Columns {
    /// What is shown, from left to right.
    pub fn visible(&self) -> impl Iterator<Item = Shown> {
        self.shown.iter().copied().filter(|shown| shown.is_visible)
    }

    /// Every column, shown or not.
    pub fn all(&self) -> impl Iterator<Item = Shown> {
        self.shown.iter().copied()
    }

    /// What is shown, with the widths it has in `room` points: those a person has set; otherwise as many columns as can be, from the left,
    /// are whole in it, and none is cut in two.
    pub fn fitted(&self, room: f32) -> Vec<Shown> {
        let mut shown: Vec<Shown> = self.visible().collect();
        if !self.fits {
            return shown;
        }
        let (room, needs) = (room.floor(), |shown: &Shown| least_width(shown.column));
        let mut needed = 0.0;
        let count = shown.iter().map(needs).take_while(|width| {
            needed += width;
            needed <= room
        });
        let count = count.count();
        let (whole, _) = shown.split_at_mut(count);
        let mut left = room - whole.iter().map(needs).sum::<f32>();
        for shown in &mut *whole {
            shown.width = needs(shown);
        }
        for (column, most) in SPARE {
            if let Some(shown) = whole.iter_mut().find(|shown| shown.column == column) {
                let more = (most - shown.width).clamp(0.0, left.max(0.0));
                shown.width += more;
                left -= more;
            }
        }
        shown
    }

    /// A person has given columns these widths; from now on no width is ours.
    pub fn set_widths(&mut self, widths: impl IntoIterator<Item = (Column, f32)>) {
        self.fits = false;
        for (column, width) in widths {
            if let Some(shown) = self.find(column) {
                shown.width = width.clamp(WIDTH_MIN, WIDTH_MAX);
            }
        }
    }

    /// Shows or hides a column; the last one stays, a table without columns helps nobody.
    pub fn toggle(&mut self, column: Column) {
        let visible = self.visible().count();
        if let Some(shown) = self.find(column)
            && (visible > 1 || !shown.is_visible)
        {
            shown.is_visible = !shown.is_visible;
        }
    }

    /// Puts `column` where `target` is, which makes room.
    pub fn move_to(&mut self, column: Column, target: Column) {
        let place = |wanted| self.shown.iter().position(|shown| shown.column == wanted);
        if let (Some(from), Some(to)) = (place(column), place(target)) {
            let moved = self.shown.remove(from);
            self.shown.insert(to.min(self.shown.len()), moved);
        }
    }

    /// What stands above a column.
    pub fn title(&self, column: Column) -> &str {
        let own = if let Column::Field(field) = column { self.titles.get(&field) } else { None };
        own.map_or_else(|| title(column), String::as_str)
    }

    /// Calls a field of the person's own something else; nothing is its first name again.
    pub fn rename(&mut self, field: Field, name: &str) {
        let name: String = name.trim().chars().take(TITLE_CHARS_MAX).collect();
        if name.is_empty() || name == field.name() {
            self.titles.remove(&field);
        } else {
            self.titles.insert(field, name);
        }
    }

    /// Makes what was read from a file usable: every column once, one of them visible, widths within their bounds.
    pub fn complete(&mut self) {
        let mut known = std::collections::BTreeSet::new();
        self.shown.retain(|shown| known.insert(shown.column));
        self.shown.extend(Column::ALL.into_iter().filter(|column| !known.contains(column)).map(Shown::new));
        for shown in &mut self.shown {
            let width = if shown.width.is_finite() { shown.width } else { default_width(shown.column) };
            shown.width = width.clamp(WIDTH_MIN, WIDTH_MAX);
        }
        if self.visible().next().is_none() {
            self.toggle(Column::Name);
        }
    }

    fn find(&mut self, column: Column) -> Option<&mut Shown> {
        self.shown.iter_mut().find(|shown| shown.column == column)
    }
}

/// What a column is called at first.
const fn title(column: Column) -> &'static str {
    match column {
        Column::Number => texts::COLUMN_NUMBER,
        Column::Name => texts::COLUMN_NAME,
        Column::Uploaded => texts::COLUMN_UPLOADED,
        Column::Progress => texts::COLUMN_PROGRESS,
        Column::Status => texts::COLUMN_STATUS,
        Column::Size => texts::COLUMN_SIZE,
        Column::Speed => texts::COLUMN_SPEED,
        Column::Eta => texts::COLUMN_ETA,
        Column::Host => texts::COLUMN_HOST,
        Column::Added => texts::COLUMN_ADDED,
        Column::Finished => texts::COLUMN_FINISHED,
        Column::Reason => texts::COLUMN_REASON,
        Column::Link => texts::COLUMN_LINK,
        Column::Template => texts::COLUMN_TEMPLATE,
        Column::Tab => texts::COLUMN_TAB,
        Column::Field(field) => field.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;
    use crate::core::{Column, Field};

    #[test]
    fn columns_move_hide_and_keep_their_width() {
        let mut columns = Columns::default();
        columns.move_to(Column::Host, Column::Name);
        columns.toggle(Column::Progress);
        columns.set_widths([(Column::Name, 5.0)]);
        let visible: Vec<_> = columns.visible().map(|shown| shown.column).take(4).collect();
        assert_eq!(visible, [Column::Number, Column::Host, Column::Name, Column::Uploaded]);
        columns.move_to(Column::Number, Column::Uploaded);
        assert_eq!(columns.visible().nth(2).map(|shown| shown.column), Some(Column::Uploaded));
        assert_eq!(columns.find(Column::Name).map(|shown| shown.width), Some(super::WIDTH_MIN));
    }

    #[test]
    fn widths_follow_the_room_until_a_person_sets_one() {
        let mut columns = Columns::default();
        let check = |columns: &Columns, room: f32, last: Column| {
            let fitted = columns.fitted(room);
            let at = fitted.iter().position(|shown| shown.column == last).expect("shown");
            let sum = |count: usize| fitted.iter().take(count).map(|shown| shown.width).sum::<f32>();
            assert!((sum(at + 1) - room).abs() < 0.5, "{room}: {last:?} does not end at the edge: {fitted:?}");
        };
        check(&columns, 840.0, Column::Host);
        check(&columns, 1000.0, Column::Reason);
        check(&columns, 1900.0, Column::Added);
        check(&columns, 200.0, Column::Name);
        assert!(columns.fitted(10.0).iter().all(|shown| shown.width >= super::WIDTH_MIN));
        columns.set_widths([(Column::Host, 91.0)]);
        let widths = |columns: &Columns, room| columns.fitted(room).iter().map(|shown| shown.width).collect::<Vec<_>>();
        assert_eq!(widths(&columns, 840.0), widths(&columns, 1900.0));
        assert!(widths(&columns, 840.0).contains(&91.0));
    }

    #[test]
    fn widths_of_an_earlier_version_stay_as_they_were() {
        let text = r#"{"shown": [{"column": "name", "width": 333.0, "is_visible": true}], "titles": {}}"#;
        let mut columns: Columns = serde_json::from_str(text).expect("read");
        columns.complete();
        assert_eq!(columns.fitted(840.0).first().map(|shown| shown.width), Some(333.0));
    }

    #[test]
    fn whatever_was_kept_becomes_every_column_once() {
        let mut columns = Columns { shown: Vec::new(), ..Columns::default() };
        columns.shown.extend([super::Shown { column: Column::Name, width: f32::NAN, is_visible: false }; 2]);
        columns.complete();
        assert_eq!(columns.all().count(), Column::ALL.len());
        assert!(columns.all().all(|shown| shown.width.is_finite()));
        columns.rename(Field::Custom1, "  Source ");
        columns.rename(Field::Ext1, " ");
        let titles = [Field::Custom1, Field::Ext1].map(|field| columns.title(Column::Field(field)).to_owned());
        assert_eq!(titles, ["Source", "ext1"]);
    }

    #[test]
    fn the_last_column_cannot_be_hidden() {
        let mut columns = Columns::default();
        Column::ALL.into_iter().filter(|column| *column != Column::Link).for_each(|column| {
            if columns.find(column).is_some_and(|shown| shown.is_visible) {
                columns.toggle(column);
            }
        });
        assert_eq!(columns.visible().count(), 1);
    }
}
