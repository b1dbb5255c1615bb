//! Changing a gallery's name or one of the person's own fields in its cell.

use egui::{Key, Ui};

use crate::core::post::{FIELD_CHARS_MAX, NAME_CHARS_MAX};
use crate::core::{Column, Command, GalleryId, Row, Selection};
use crate::ui::{Action, button, texts};

/// What is being typed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub gallery: GalleryId,
    pub column: Column,
    before: String,
    text: String,
    /// The field has been given the keyboard.
    begun: bool,
}

impl Edit {
    /// Begins to change what stands in `column`; `None` when that cannot be changed.
    pub fn new(row: &Row, column: Column) -> Option<Self> {
        let before = match column {
            Column::Field(field) => row.post.fields.get(field).to_owned(),
            Column::Name => row.name.clone(),
            _ => return None,
        };
        Some(Self { gallery: row.id, column, text: before.clone(), before, begun: false })
    }

    /// Draws the field in the cell `ui`; says whether it goes on.
    pub fn show(&mut self, ui: &mut Ui, title: &str, actions: &mut Vec<Action>) -> bool {
        let edit = egui::TextEdit::singleline(&mut self.text)
            .char_limit(if self.column == Column::Name { NAME_CHARS_MAX } else { FIELD_CHARS_MAX })
            .margin(egui::Margin::symmetric(1, 1))
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(f32::INFINITY);
        let mut shown = edit.show(ui);
        let field = button::ring(ui, shown.response.response.clone());
        let field = button::named_field(field, &texts::editing(title), &self.text);
        if !std::mem::replace(&mut self.begun, true) {
            field.request_focus();
            let all = egui::text::CCursorRange::two(
                egui::text::CCursor::default(),
                egui::text::CCursor::new(self.text.chars().count()),
            );
            shown.state.cursor.set_char_range(Some(all));
            shown.state.store(ui.ctx(), field.id);
            return true;
        }
        if !field.lost_focus() {
            return true;
        }
        let is_left = ui.input(|input| input.key_pressed(Key::Escape));
        if !is_left && self.text != self.before {
            actions.push(Action::Ask(self.command()));
        }
        false
    }

    fn command(&self) -> Command {
        match self.column {
            Column::Field(field) => {
                Command::SetField { selection: Selection::of([self.gallery]), field, value: self.text.clone() }
            }
            _ => Command::Rename(self.gallery, self.text.clone()),
        }
    }
}
