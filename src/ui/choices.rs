//! Menus whose entries depend on what there is: templates, hosts, tabs. They act on the selected galleries.

use std::collections::BTreeSet;

use egui::Ui;

use super::selection::Selection as Selected;
use super::{Action, button, texts};
use crate::core::{Command, GalleryId, OutputWish, Scene, Selection};

/// A menu within a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    CopyAs,
    Host,
    Template,
    Tab,
}

impl Choice {
    pub const fn label(self) -> &'static str {
        match self {
            Self::CopyAs => texts::CHOICE_COPY_AS,
            Self::Host => texts::CHOICE_HOST,
            Self::Template => texts::CHOICE_TEMPLATE,
            Self::Tab => texts::CHOICE_TAB,
        }
    }

    /// The entry that opens the menu, greyed out when nothing is selected.
    pub fn show(self, ui: &mut Ui, scene: &Scene, selection: &Selected, actions: &mut Vec<Action>) {
        let selected = selection.ids();
        let can_copy =
            self != Self::CopyAs || selected.iter().filter_map(|id| scene.row(*id)).any(|row| row.tally.uploaded > 0);
        ui.add_enabled_ui(!selected.is_empty() && can_copy, |ui| {
            button::submenu(ui, self.label(), |ui| self.entries(ui, scene, selected, actions));
        });
    }

    fn entries(self, ui: &mut Ui, scene: &Scene, selected: &BTreeSet<GalleryId>, actions: &mut Vec<Action>) {
        let snapshot = &scene.snapshot;
        let these = || Selection::of(selected.iter().copied());
        let mut ask = |command| actions.push(Action::Ask(command));
        match self {
            Self::CopyAs => {
                for template in snapshot.templates.iter() {
                    if button::choice(ui, &template.name) {
                        let wish = OutputWish { template: Some(template.name.clone()), ..OutputWish::default() };
                        ask(Command::OutputAs(selected.iter().copied().collect(), wish));
                    }
                }
                if snapshot.templates.is_empty() {
                    ui.label(texts::CHOICE_NO_TEMPLATES);
                }
            }
            Self::Host => {
                for host in snapshot.hosts.iter().filter(|host| host.is_known) {
                    if button::choice(ui, &host.name) {
                        ask(Command::SetHost(these(), host.id.clone()));
                    }
                }
            }
            Self::Template => {
                if button::choice(ui, texts::TEMPLATE_DEFAULT) {
                    ask(Command::SetTemplate(these(), None));
                }
                for template in snapshot.templates.iter() {
                    if button::choice(ui, &template.name) {
                        ask(Command::SetTemplate(these(), Some(template.name.clone())));
                    }
                }
            }
            Self::Tab => {
                for tab in snapshot.tabs.iter() {
                    if button::choice(ui, &tab.name) {
                        ask(Command::MoveToTab(these(), tab.id));
                    }
                }
            }
        }
    }
}
