//! The toolbar: the commands one needs all day. Every button is a command of `commands`.

use egui::accesskit::Role;
use egui::{Align, Key, Layout, TextEdit, Ui, WidgetInfo};

use super::commands::{Facts, MenuCommand};
use super::icons::Icon;
use super::{button, texts, theme};
use crate::core::Wanted;

/// Longest text to search for, in characters.
const SEARCH_MAX: usize = 200;

const GROUPS: [&[MenuCommand]; 3] = [
    &[MenuCommand::AddFolders],
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    &[MenuCommand::CopyOutput, MenuCommand::Remove],
];

/// Pushes the commands whose buttons were pressed; the search box narrows what is `wanted`.
pub fn show(ui: &mut Ui, facts: &Facts, wanted: &mut Wanted, find: bool, pressed: &mut Vec<MenuCommand>) {
    let strip = theme::palette(ui).strip();
    egui::Panel::top("toolbar").frame(strip).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let mut first = true;
            for group in GROUPS {
                if !std::mem::take(&mut first) {
                    ui.separator();
                }
                for command in group {
                    if button::command(ui, *command, facts) {
                        pressed.push(*command);
                    }
                }
            }
            // Where it does not fit beside the buttons, it has a line of its own.
            if ui.available_width() < theme::SEARCH_WIDTH_MIN {
                ui.end_row();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| search(ui, wanted, find));
        });
    });
}

/// Narrows as one types: name, path, link, reason. Escape empties it.
fn search(ui: &mut Ui, wanted: &mut Wanted, find: bool) {
    if !wanted.words.is_empty() && button::small(ui, Icon::Cross, texts::SEARCH_CLEAR).clicked() {
        wanted.words.clear();
    }
    let width = (ui.available_width() - theme::ICON - theme::GAP).min(theme::SEARCH_WIDTH);
    // The button beside it comes and goes; the keyboard stays.
    let edit = TextEdit::singleline(&mut wanted.words)
        .id(egui::Id::unique("search"))
        .hint_text(texts::SEARCH_HINT)
        .desired_width(width);
    let field = button::line(ui, edit.char_limit(SEARCH_MAX));
    field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, texts::SEARCH_NAME));
    if find {
        field.request_focus();
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        wanted.words.clear();
    }
    Icon::Lens.show(ui, theme::palette(ui).ink.secondary);
}
