//! The toolbar: the commands one needs all day. Every button is a command of `commands`.

use egui::{ComboBox, Ui};

use super::commands::{Facts, MenuCommand};
use super::{button, texts, theme};
use crate::core::GalleryState;

const GROUPS: [&[MenuCommand]; 3] = [
    &[MenuCommand::AddFolders],
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    &[MenuCommand::CopyOutput, MenuCommand::Remove],
];

/// Pushes the commands whose buttons were pressed.
pub fn show(ui: &mut Ui, facts: &Facts, filter: &mut Option<GalleryState>, pressed: &mut Vec<MenuCommand>) {
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
            ui.separator();
            state_filter(ui, facts, filter);
        });
    });
}

/// Which galleries are shown.
fn state_filter(ui: &mut Ui, facts: &Facts, filter: &mut Option<GalleryState>) {
    let name = |state: GalleryState| texts::filter(state, facts.count(state));
    let shown = filter.map_or_else(|| texts::FILTER_ALL.to_owned(), name);
    let list = ComboBox::from_id_salt("state filter").selected_text(&shown).show_ui(ui, |ui| {
        ui.selectable_value(filter, None, texts::FILTER_ALL);
        for state in GalleryState::ALL {
            if facts.count(state) > 0 || *filter == Some(state) {
                ui.selectable_value(filter, Some(state), name(state));
            }
        }
    });
    button::named_list(list.response, texts::FILTER, &shown).on_hover_text(texts::FILTER_WHAT);
}
