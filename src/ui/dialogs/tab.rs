//! Asks for the name of a tab.

use egui::{Context, Key, Label, TextEdit};

use super::{Answer, Matter, foot, frame};
use crate::core::post::NAME_CHARS_MAX;
use crate::core::{Command, TabId};
use crate::ui::{Action, button, texts, theme};

/// Asks what a tab is to be called.
pub struct NameTab {
    /// `None` makes a new one.
    tab: Option<TabId>,
    name: String,
    begun: bool,
    /// Why the name cannot be used, in words.
    refused: Option<String>,
    done: bool,
}

impl NameTab {
    pub const fn new() -> Self {
        Self { tab: None, name: String::new(), begun: false, refused: None, done: false }
    }

    pub const fn rename(tab: TabId, name: String) -> Self {
        Self { tab: Some(tab), name, begun: false, refused: None, done: false }
    }

    /// Takes in what came of the name.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer) -> bool {
        if *matter != Matter::NameTab {
            return false;
        }
        match answer {
            Ok(_) => self.done = true,
            Err(refusal) => self.refused = Some(refusal.words.clone()),
        }
        true
    }

    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        let title = if self.tab.is_some() { texts::RENAME_TAB_TITLE } else { texts::NEW_TAB_TITLE };
        let answer = frame(ctx, title, |ui| {
            let edit = TextEdit::singleline(&mut self.name).char_limit(NAME_CHARS_MAX);
            let edit = edit.hint_text(texts::TAB_NAME).desired_width(f32::INFINITY);
            let field = button::named_field(button::line(ui, edit), texts::TAB_NAME, &self.name);
            if !std::mem::replace(&mut self.begun, true) {
                field.request_focus();
            }
            if let Some(words) = &self.refused {
                let ink = theme::palette(ui).ink.error;
                ui.add(Label::new(egui::RichText::new(words).color(ink)).wrap());
            }
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            foot(ui, |ui| {
                let can = !self.name.trim().is_empty();
                let label = if self.tab.is_some() { texts::RENAME_TAB_YES } else { texts::NEW_TAB_YES };
                let yes = ui.add_enabled(can, button::dialog(label));
                let cancel = ui.add(button::dialog(texts::CANCEL));
                (yes.clicked() || enter && can, cancel.clicked())
            })
        });
        if answer.is_some_and(|answer| answer.0) {
            let name = self.name.trim().to_owned();
            let command = match self.tab {
                Some(tab) => Command::RenameTab(tab, name),
                None => Command::AddTab(name),
            };
            self.begun = false;
            actions.push(Action::AskAbout(Matter::NameTab, command));
        }
        !self.done && answer.is_some_and(|answer| !answer.1)
    }
}
