//! The menu bar and the menu of a row. Every entry is a command of `commands`.

use std::collections::BTreeSet;

use egui::containers::menu::MenuButton;
use egui::{Button, MenuBar, Modifiers, Popup, ThemePreference, Ui};

use super::commands::{Facts, MenuCommand};
use super::panels::{Panel, Panels};
use super::{button, texts, theme};

type Group = &'static [MenuCommand];

const FILE: [Group; 2] =
    [&[MenuCommand::AddFolders, MenuCommand::AddImages, MenuCommand::OpenDataFolder], &[MenuCommand::Quit]];
const EDIT: [Group; 3] =
    [&[MenuCommand::SelectAll, MenuCommand::CopyOutput], &[MenuCommand::Remove], &[MenuCommand::Settings]];
const QUEUE: [Group; 4] = [
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    ORDER,
    PRIORITY,
    &[MenuCommand::Rescan, MenuCommand::Reuse, MenuCommand::Reset, MenuCommand::Relocate],
];
const ORDER: Group = &[MenuCommand::MoveTop, MenuCommand::MoveUp, MenuCommand::MoveDown, MenuCommand::MoveBottom];
const PRIORITY: Group = &[MenuCommand::PriorityHigh, MenuCommand::PriorityNormal, MenuCommand::PriorityLow];
const TOOLS: [Group; 1] = [&[MenuCommand::Hosts, MenuCommand::Templates]];
const VIEW: [Group; 4] = [
    &[MenuCommand::Palette, MenuCommand::Search],
    &[MenuCommand::ThemeSystem, MenuCommand::ThemeLight, MenuCommand::ThemeDark],
    &[MenuCommand::ZoomIn, MenuCommand::ZoomOut, MenuCommand::ZoomReset],
    &[MenuCommand::ResetLayout],
];
const PANELS: [Group; 1] = [&[
    MenuCommand::Panel(Panel::Filters),
    MenuCommand::Panel(Panel::Quick),
    MenuCommand::Panel(Panel::Hosts),
    MenuCommand::Panel(Panel::Details),
    MenuCommand::Panel(Panel::Progress),
    MenuCommand::Panel(Panel::Speed),
    MenuCommand::Panel(Panel::Log),
]];
const HELP: [Group; 1] = [&[MenuCommand::Shortcuts, MenuCommand::About]];
const ROW: [Group; 7] = [
    &[MenuCommand::Start, MenuCommand::Pause, MenuCommand::Stop, MenuCommand::Retry],
    ORDER,
    PRIORITY,
    &[MenuCommand::Rescan, MenuCommand::Reuse, MenuCommand::Reset, MenuCommand::Relocate],
    &[MenuCommand::OpenFolder, MenuCommand::OpenLink],
    &[MenuCommand::CopyOutput, MenuCommand::Panel(Panel::Details)],
    &[MenuCommand::Remove],
];

/// What is on at the moment, for entries that are on or off.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    pub panels: BTreeSet<Panel>,
}

impl Marks {
    pub fn of(panels: &Panels) -> Self {
        Self { panels: Panel::ALL.into_iter().filter(|panel| panels.is_shown(*panel)).collect() }
    }

    fn checked(&self, command: MenuCommand, theme: ThemePreference) -> Option<bool> {
        Some(match command {
            MenuCommand::Panel(panel) => self.panels.contains(&panel),
            MenuCommand::ThemeSystem => theme == ThemePreference::System,
            MenuCommand::ThemeLight => theme == ThemePreference::Light,
            MenuCommand::ThemeDark => theme == ThemePreference::Dark,
            _ => return None,
        })
    }
}

/// The menu bar; pushes the commands that were picked.
pub fn bar(ui: &mut Ui, facts: &Facts, marks: &Marks, picked: &mut Vec<MenuCommand>) {
    let menus: [(_, &[Group]); 6] = [
        (texts::MENU_FILE, &FILE),
        (texts::MENU_EDIT, &EDIT),
        (texts::MENU_QUEUE, &QUEUE),
        (texts::MENU_VIEW, &VIEW),
        (texts::MENU_TOOLS, &TOOLS),
        (texts::MENU_HELP, &HELP),
    ];
    let strip = theme::palette(ui).strip();
    egui::Panel::top("menu bar").frame(strip).show_separator_line(false).show(ui, |ui| {
        MenuBar::new().ui(ui, |ui| {
            ui.spacing_mut().button_padding = egui::vec2(7.0, 2.0);
            ui.spacing_mut().item_spacing.x = 0.0;
            for ((label, access), groups) in menus {
                let pressed = button::access_key(access).is_some_and(|key| button::take(ui, Modifiers::ALT, key));
                let title = button::underlined(ui, label, access);
                let (response, _) = MenuButton::from_button(Button::new(title)).ui(ui, |ui| {
                    entries(ui, groups, facts, marks, picked);
                    if label == texts::MENU_VIEW.0 {
                        ui.menu_button(texts::MENU_PANELS, |ui| entries(ui, &PANELS, facts, marks, picked));
                    }
                });
                if pressed {
                    Popup::open_id(ui.ctx(), Popup::default_response_id(&response));
                    ui.ctx().request_repaint();
                }
            }
        });
    });
}

/// What a right click on a row offers, for everything that is selected.
pub fn row(ui: &mut Ui, facts: &Facts, marks: &Marks, picked: &mut Vec<MenuCommand>) {
    entries(ui, &ROW, facts, marks, picked);
}

fn entries(ui: &mut Ui, groups: &[Group], facts: &Facts, marks: &Marks, picked: &mut Vec<MenuCommand>) {
    let theme = ui.ctx().options(|options| options.theme_preference);
    let mut first = true;
    for group in groups {
        if !std::mem::take(&mut first) {
            ui.separator();
        }
        for command in *group {
            let checked = marks.checked(*command, theme);
            if button::entry(ui, *command, facts, checked) {
                picked.push(*command);
            }
        }
    }
}
