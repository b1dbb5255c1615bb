//! The toolbar: the commands one needs all day. Every button is a command of `commands`.

use egui::accesskit::Role;
use egui::{Align, Key, Layout, TextEdit, Ui, WidgetInfo};

use super::commands::{Facts, MenuCommand};
use super::icons::Icon;
use super::{Action, button, texts, theme};
use crate::core::bandwidth::Bandwidth;
use crate::core::{Command, Wanted};

/// Limits that can be chosen at once, in KiB/s; 0 is none. The settings take any other.
const LIMITS: [u32; 8] = [0, 100, 250, 500, 1000, 2500, 5000, 10_000];
/// Longest text to search for, in characters.
const SEARCH_MAX: usize = 200;

const GROUPS: [&[MenuCommand]; 3] = [
    &[MenuCommand::AddFolders],
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    &[MenuCommand::CopyOutput, MenuCommand::Remove],
];

/// What the toolbar is drawn from, and what it may push.
pub struct Toolbar<'a> {
    pub facts: &'a Facts,
    pub bandwidth: &'a Bandwidth,
    pub pressed: &'a mut Vec<MenuCommand>,
    pub actions: &'a mut Vec<Action>,
}

/// Pushes the commands whose buttons were pressed; the search box narrows what is `wanted`, and is given the keyboard to `find` something.
pub fn show(ui: &mut Ui, toolbar: Toolbar<'_>, wanted: &mut Wanted, find: bool) {
    let Toolbar { facts, bandwidth, pressed, actions } = toolbar;
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
            let room = ui.available_size_before_wrap().x;
            // Where it does not fit beside the buttons, it has a line of its own.
            if room < theme::SEARCH_WIDTH_MIN {
                ui.end_row();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                // In a small window it steps aside; the menu Tools has it, too.
                if room > theme::SEARCH_WIDTH + theme::LIMIT_WIDTH + theme::ICON_LARGE {
                    ui.scope(|ui| {
                        ui.set_max_width(theme::LIMIT_WIDTH);
                        limit(ui, bandwidth, pressed, actions);
                    });
                }
                search(ui, wanted, find);
            });
        });
    });
}

/// How much of the line uploads may take, all hosts together.
fn limit(ui: &mut Ui, bandwidth: &Bandwidth, pressed: &mut Vec<MenuCommand>, actions: &mut Vec<Action>) {
    let set = bandwidth.limit();
    let own = Some(set).filter(|set| !LIMITS.contains(set));
    let choices: Vec<_> = LIMITS.into_iter().chain(own).map(|limit| (limit.to_string(), texts::limit(limit))).collect();
    let other = [(texts::LIMIT_OTHER, texts::LIMIT_OTHER)].into_iter();
    let choices = choices.iter().map(|(value, words)| (value.as_str(), words.as_str())).chain(other);
    let tooltip = if bandwidth.has_schedule() { texts::LIMIT_WHAT_TIMES } else { texts::LIMIT_WHAT };
    match button::list(ui, "limit", (texts::LIMIT_NAME, tooltip), &texts::limit(set), choices) {
        Some(other) if other == texts::LIMIT_OTHER => pressed.push(MenuCommand::Limits),
        Some(value) => {
            let key = "uploads.bandwidth_limit".to_owned();
            actions.push(Action::Ask(Command::Configure { key, value }));
        }
        None => {}
    }
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
