//! The command palette: every command of the list, found by typing a part of its name. Decides nothing.

use egui::accesskit::Role;
use egui::{Button, Context, Id, Key, Modal, Modifiers, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::commands::{Facts, MenuCommand};
use super::{button, texts, theme};

/// Longest text to search for, in characters.
const WORDS_MAX: usize = 80;

/// What was typed, and which of the found commands is meant.
#[derive(Default)]
pub struct CommandPalette {
    words: String,
    at: usize,
}

impl CommandPalette {
    /// Draws it; says whether it stays open, and what was picked.
    pub fn show(&mut self, ctx: &Context, facts: &Facts) -> (bool, Option<MenuCommand>) {
        let palette = theme::palette_of(ctx);
        let key = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (down, up) = (key(Key::ArrowDown), key(Key::ArrowUp));
        let (enter, leave) = (key(Key::Enter), key(Key::Escape));
        let shown = Modal::new(Id::unique("command palette"))
            .backdrop_color(palette.surface.veil)
            .frame(palette.raised(palette.surface.border))
            .show(ctx, |ui| {
                ui.set_width(theme::PALETTE_SIZE[0]);
                self.field(ui);
                let found = found(&self.words, facts);
                let last = found.len().saturating_sub(1);
                self.at = (self.at + usize::from(down)).saturating_sub(usize::from(up)).min(last);
                let clicked = self.list(ui, &found, down || up);
                clicked.or_else(|| found.get(self.at).copied().filter(|_| enter))
            });
        let picked = shown.inner;
        (picked.is_none() && !leave && !shown.response.clicked_elsewhere(), picked)
    }

    fn field(&mut self, ui: &mut Ui) {
        let edit = TextEdit::singleline(&mut self.words).hint_text(texts::PALETTE_HINT).char_limit(WORDS_MAX);
        let field = button::line(ui, edit.desired_width(f32::INFINITY));
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, texts::PALETTE_HINT));
        if field.changed() {
            self.at = 0;
        }
        field.request_focus();
        ui.add_space(theme::GAP / 2.0);
    }

    fn list(&self, ui: &mut Ui, found: &[MenuCommand], moved: bool) -> Option<MenuCommand> {
        let mut clicked = None;
        if found.is_empty() {
            ui.label(texts::PALETTE_NOTHING);
        }
        ScrollArea::vertical().max_height(theme::PALETTE_SIZE[1]).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (place, command) in found.iter().enumerate() {
                let words = command.words();
                let button = Button::new(words.label).min_size(egui::vec2(ui.available_width(), theme::ROW_HEIGHT));
                let mut button = button.selected(place == self.at).frame_when_inactive(place == self.at).truncate();
                if let Some(shortcut) = command.shortcut() {
                    button = button.shortcut_text(button::keys(ui.ctx(), shortcut));
                }
                let response = ui.add(button).on_hover_text(words.tooltip);
                let chosen = place == self.at;
                let name = texts::palette_entry(words.label);
                response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, &name));
                if chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(*command);
                }
            }
        });
        clicked
    }
}

/// What can be done now and has the letters of `words` in its name, the best ones first.
fn found(words: &str, facts: &Facts) -> Vec<MenuCommand> {
    let possible = MenuCommand::ALL.into_iter().filter(|command| command.is_enabled(facts));
    let mut found: Vec<_> =
        possible.filter_map(|command| Some((distance(words, command.words().label)?, command))).collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, command)| command).collect()
}

/// How far the letters of `words` are apart in `label`, in order; `None` when they are not all in it. A word's beginning counts less.
fn distance(words: &str, label: &str) -> Option<usize> {
    let label: Vec<char> = label.to_lowercase().chars().collect();
    let (mut at, mut distance) = (0, 0);
    for letter in words.to_lowercase().chars().filter(|letter| !letter.is_whitespace()) {
        let skipped = label.get(at..)?.iter().position(|other| *other == letter)?;
        let begins = at + skipped == 0 || label.get(at + skipped - 1).is_some_and(|before| *before == ' ');
        distance += if begins { usize::from(skipped > 0) } else { 2 * skipped };
        at += skipped + 1;
    }
    Some(distance)
}

#[cfg(test)]
mod tests {
    use super::{distance, found};
    use crate::ui::commands::{Facts, MenuCommand};

    #[test]
    fn letters_in_order_find_and_near_ones_come_first() {
        assert_eq!(distance("xyz", "Zoom in"), None);
        assert!(distance("zi", "Zoom in") < distance("zi", "Size of zip"));
        assert_eq!(found("zoom o", &Facts::default()).first(), Some(&MenuCommand::ZoomOut));
        assert_eq!(found("dark", &Facts::default()).first(), Some(&MenuCommand::ThemeDark));
        assert!(!found("", &Facts::default()).contains(&MenuCommand::Remove), "nothing is selected");
    }
}
