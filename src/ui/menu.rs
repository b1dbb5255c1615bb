//! The menu bar and the menu of a row. Every entry is a command of `commands`.

use std::collections::BTreeSet;

use egui::containers::menu::MenuButton;
use egui::{Button, MenuBar, Modifiers, Popup, ThemePreference, Ui};

use super::choices::Choice;
use super::commands::{Facts, MenuCommand};
use super::panels::{Panel, Panels};
use super::selection::Selection;
use super::{Action, button, texts, theme};
use crate::core::Scene;

type Group = &'static [Entry];

/// One line of a menu.
#[derive(Clone, Copy)]
enum Entry {
    Do(MenuCommand),
    Choose(Choice),
    /// Menus within.
    Menu(&'static str, Group),
}

use Entry::{Choose, Do, Menu};

const FILE: [Group; 3] = [
    &[Do(MenuCommand::AddFolders), Do(MenuCommand::AddImages)],
    &[Do(MenuCommand::Import), Do(MenuCommand::OpenDataFolder)],
    &[Do(MenuCommand::Quit)],
];
const EDIT: [Group; 5] = [
    &[Do(MenuCommand::SelectAll)],
    &[Do(MenuCommand::CopyOutput), Choose(Choice::CopyAs)],
    SET,
    &[Do(MenuCommand::Rename), Do(MenuCommand::Remove)],
    &[Do(MenuCommand::Settings)],
];
const SET: Group = &[Choose(Choice::Host), Choose(Choice::Template), Choose(Choice::Tab)];
const QUEUE: [Group; 5] = [UPLOAD, ORDER, PRIORITY, RENEW, &[Do(MenuCommand::ClearCompleted)]];
const UPLOAD: Group = &[Do(MenuCommand::Start), Do(MenuCommand::Pause), Do(MenuCommand::Stop), Do(MenuCommand::Retry)];
const ORDER: Group =
    &[Do(MenuCommand::MoveTop), Do(MenuCommand::MoveUp), Do(MenuCommand::MoveDown), Do(MenuCommand::MoveBottom)];
const PRIORITY: Group = &[Do(MenuCommand::PriorityHigh), Do(MenuCommand::PriorityNormal), Do(MenuCommand::PriorityLow)];
const RENEW: Group =
    &[Do(MenuCommand::Rescan), Do(MenuCommand::Reuse), Do(MenuCommand::Reset), Do(MenuCommand::Relocate)];
const TOOLS: [Group; 3] = [
    &[Do(MenuCommand::Hosts), Do(MenuCommand::Templates), Do(MenuCommand::Limits)],
    &[Do(MenuCommand::Statistics), Do(MenuCommand::Panel(Panel::Log))],
    &[Menu(texts::MENU_FILE_MANAGER, FILE_MANAGER)],
];
const FILE_MANAGER: Group = &[Do(MenuCommand::FileManagerAdd), Do(MenuCommand::FileManagerRemove)];
const VIEW: [Group; 5] = [
    &[Do(MenuCommand::Palette), Do(MenuCommand::Search)],
    &[Menu(texts::MENU_TABS, TABS), Menu(texts::MENU_PANELS, PANELS)],
    &[Do(MenuCommand::ThemeSystem), Do(MenuCommand::ThemeLight), Do(MenuCommand::ThemeDark)],
    &[Do(MenuCommand::ZoomIn), Do(MenuCommand::ZoomOut), Do(MenuCommand::ZoomReset)],
    &[Do(MenuCommand::ResetLayout)],
];
const TABS: Group = &[
    Do(MenuCommand::NewTab),
    Do(MenuCommand::RenameTab),
    Do(MenuCommand::CloseTab),
    Do(MenuCommand::NextTab),
    Do(MenuCommand::PreviousTab),
];
const PANELS: Group = &[
    Do(MenuCommand::Panel(Panel::Filters)),
    Do(MenuCommand::Panel(Panel::Quick)),
    Do(MenuCommand::Panel(Panel::Hosts)),
    Do(MenuCommand::Panel(Panel::Details)),
    Do(MenuCommand::Panel(Panel::Progress)),
    Do(MenuCommand::Panel(Panel::Speed)),
    Do(MenuCommand::Panel(Panel::Log)),
];
const HELP: [Group; 1] = [&[Do(MenuCommand::Guide), Do(MenuCommand::Shortcuts), Do(MenuCommand::About)]];
const ROW: [Group; 6] = [
    UPLOAD,
    &[Do(MenuCommand::OpenFolder), Do(MenuCommand::OpenLink), Do(MenuCommand::CopyOutput), Choose(Choice::CopyAs)],
    SET,
    &[Menu(texts::MENU_ORDER, ORDER), Menu(texts::MENU_PRIORITY, PRIORITY)],
    RENEW,
    &[Do(MenuCommand::Rename), Do(MenuCommand::Panel(Panel::Details)), Do(MenuCommand::Remove)],
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

/// What a menu is drawn from, and what it may push.
pub struct Menus<'a> {
    pub scene: &'a Scene,
    pub facts: &'a Facts,
    pub marks: &'a Marks,
    pub selection: &'a Selection,
    pub picked: &'a mut Vec<MenuCommand>,
    pub actions: &'a mut Vec<Action>,
}

impl Menus<'_> {
    /// The menu bar.
    pub fn bar(&mut self, ui: &mut Ui) {
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
                    let (response, _) =
                        MenuButton::from_button(Button::new(title)).ui(ui, |ui| self.groups(ui, groups));
                    if pressed {
                        Popup::open_id(ui.ctx(), Popup::default_response_id(&response));
                        ui.ctx().request_repaint();
                    }
                }
            });
        });
    }

    /// What a right click on a row offers, for everything that is selected.
    pub fn row(&mut self, ui: &mut Ui) {
        self.groups(ui, &ROW);
    }

    fn groups(&mut self, ui: &mut Ui, groups: &[Group]) {
        let mut first = true;
        for group in groups {
            if !std::mem::take(&mut first) {
                ui.separator();
            }
            self.entries(ui, group);
        }
    }

    fn entries(&mut self, ui: &mut Ui, group: Group) {
        let theme = ui.ctx().options(|options| options.theme_preference);
        for entry in group {
            match *entry {
                Do(command) => {
                    if button::entry(ui, command, self.facts, self.marks.checked(command, theme)) {
                        self.picked.push(command);
                    }
                }
                Choose(choice) => choice.show(ui, self.scene, self.selection, self.actions),
                Menu(label, group) => button::submenu(ui, label, |ui| self.entries(ui, group)),
            }
        }
    }
}
