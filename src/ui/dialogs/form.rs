//! Forms in dialogs: a label on the left, what is set on the right, and below it what is wrong with it. Keeps nothing.

use egui::{Align, ComboBox, Id, Label, Layout, Response, RichText, TextEdit, Ui, Vec2};

use crate::core::Takes;
use crate::ui::texts::dialogs as texts;
use crate::ui::{button, theme};

/// One line of a form.
pub struct Field<'a> {
    pub label: &'a str,
    pub takes: &'a Takes,
    /// Shown while nothing is written.
    pub hint: &'a str,
    /// Written without being seen.
    pub is_secret: bool,
}

/// What a person has done to a field in this frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    Nothing,
    /// The keyboard is still in it.
    Typing,
    /// It is chosen, or the field is left.
    Done,
    /// Done with the Enter key.
    Entered,
}

/// The words above a group of fields.
pub fn heading(ui: &mut Ui, words: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(words).strong());
    ui.separator();
}

/// What explains something, in a quieter colour.
pub fn note(ui: &mut Ui, words: &str) {
    ui.add(Label::new(RichText::new(words).color(theme::palette(ui).ink.secondary)).wrap());
}

/// What explains a field of that kind, below its words or its value.
pub fn note_below(ui: &mut Ui, takes: &Takes, words: &str) {
    let spacing = ui.spacing();
    let left = match takes {
        Takes::Switch => spacing.icon_width + spacing.icon_spacing,
        _ => label_width(ui) + spacing.item_spacing.x,
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(left);
        ui.vertical(|ui| note(ui, words));
    });
}

/// What went wrong.
pub fn wrong(ui: &mut Ui, words: &str) {
    ui.add(Label::new(RichText::new(words).color(theme::palette(ui).ink.error)).wrap());
}

/// Draws one field; `wrong_words` say why its value is refused.
pub fn field(ui: &mut Ui, field: &Field, value: &mut String, wrong_words: Option<&str>) -> Edited {
    let edited = if *field.takes == Takes::Switch {
        switch(ui, field.label, value)
    } else {
        let label = |ui: &mut Ui, width: f32| {
            ui.set_width(width);
            ui.add(Label::new(field.label).wrap()).id
        };
        beside(ui, label, |ui, width, label| match field.takes {
            Takes::Choice(choices) => choice(ui, field, label, choices, value),
            Takes::Number(min, max) => {
                let edit = TextEdit::singleline(value).desired_width(theme::NUMBER_WIDTH).hint_text(field.hint);
                let response = button::line(ui, edit).labelled_by(label);
                note(ui, &texts::range(*min, *max));
                edited(ui, &response)
            }
            Takes::Text | Takes::Url | Takes::Switch => {
                let edit = TextEdit::singleline(value).password(field.is_secret).hint_text(field.hint);
                let edit = edit.desired_width(width.min(theme::FIELD_WIDTH));
                let response = button::line(ui, edit).labelled_by(label);
                edited(ui, &response)
            }
        })
    };
    if let Some(words) = wrong_words {
        beside(ui, |_, _| (), |ui, _, ()| wrong(ui, words));
    }
    edited
}

/// `left` in the column of labels, `right` beside it.
pub fn beside<L, R>(ui: &mut Ui, left: impl FnOnce(&mut Ui, f32) -> L, right: impl FnOnce(&mut Ui, f32, L) -> R) -> R {
    let whole = ui.available_width();
    let width = label_width(ui);
    ui.horizontal_top(|ui| {
        let column = Layout::top_down(Align::Min);
        let size = Vec2::new(width, ui.spacing().interact_size.y);
        let said = ui
            .allocate_ui_with_layout(size, column, |ui| {
                ui.set_min_size(size);
                ui.add_space(theme::LABEL_DROP);
                left(ui, width)
            })
            .inner;
        let rest = whole - width - ui.spacing().item_spacing.x;
        ui.allocate_ui_with_layout(Vec2::new(rest, size.y), Layout::left_to_right(Align::Center), |ui| {
            right(ui, rest, said)
        })
        .inner
    })
    .inner
}

/// Width of the column of labels, in points.
fn label_width(ui: &Ui) -> f32 {
    (ui.available_width() * theme::LABEL_SHARE).min(theme::LABEL_WIDTH)
}

fn switch(ui: &mut Ui, label: &str, value: &mut String) -> Edited {
    let mut on = value == "true";
    // A long label goes on below itself.
    let changed = ui.vertical(|ui| button::tick(ui, &mut on, label).changed()).inner;
    if changed {
        *value = on.to_string();
    }
    if changed { Edited::Done } else { Edited::Nothing }
}

fn choice(ui: &mut Ui, field: &Field, label: Id, choices: &[(String, String)], value: &mut String) -> Edited {
    let words = |value: &str| choices.iter().find(|(known, _)| known == value).map(|(_, words)| words.clone());
    let shown = words(value).unwrap_or_else(|| value.clone());
    let before = value.clone();
    let width = button::list_width(ui, &shown);
    let list = ComboBox::from_id_salt(field.label).width(width).truncate().selected_text(&shown).show_ui(ui, |ui| {
        for (known, words) in choices {
            ui.selectable_value(value, known.clone(), words);
        }
    });
    button::named_list(list.response.labelled_by(label), field.label, &shown);
    if *value == before { Edited::Nothing } else { Edited::Done }
}

fn edited(ui: &Ui, response: &Response) -> Edited {
    if response.lost_focus() {
        let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
        return if enter { Edited::Entered } else { Edited::Done };
    }
    if response.changed() { Edited::Typing } else { Edited::Nothing }
}
