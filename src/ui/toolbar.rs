//! The toolbar: the commands one needs all day. Every button is a command of `commands`.

use egui::Ui;

use super::commands::{Facts, MenuCommand};
use super::{button, theme};

const GROUPS: [&[MenuCommand]; 3] = [
    &[MenuCommand::AddFolders],
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    &[MenuCommand::CopyOutput, MenuCommand::Remove],
];

/// Pushes the commands whose buttons were pressed.
pub fn show(ui: &mut Ui, facts: &Facts, pressed: &mut Vec<MenuCommand>) {
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
        });
    });
}
