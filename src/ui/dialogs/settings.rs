//! The settings: pages on the left, a copy of what is set on the right. Nothing is asked of the program before OK or Apply.

use std::collections::BTreeMap;

use egui::{Context, ScrollArea, TextEdit, Ui};

use super::form::{self, Edited, Field};
use super::list::{self, Entry};
use super::{Answer, Matter, columns, foot_wide, frame_wide};
use crate::core::{Command, Settings as Values, Snapshot, Takes};
use crate::ui::texts::dialogs as texts;
use crate::ui::texts::settings::{self as pages, Page, Setting};
use crate::ui::{Action, button, theme};

/// The dialog of settings.
#[derive(Default)]
pub struct Settings {
    search: String,
    page: String,
    /// What is written, where it is not what is set.
    changed: BTreeMap<&'static str, String>,
    /// Why the program has refused a value.
    refused: BTreeMap<String, String>,
    /// Values that the program is to answer about; the dialog closes after the last one if that was asked for.
    asked: usize,
    closes: bool,
    /// How the entries of the file manager are was asked for.
    has_looked: bool,
}

/// What the buttons want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressed {
    Nothing,
    Ok,
    Apply,
    Cancel,
    Defaults,
}

impl Settings {
    /// Opened at the page of that title.
    pub fn at(page: &str) -> Self {
        Self { page: page.to_owned(), ..Self::default() }
    }

    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, actions: &mut Vec<Action>) -> bool {
        if self.is_done() {
            return false;
        }
        let set_to: BTreeMap<_, _> = snapshot.settings.entries().into_iter().collect();
        if self.asked == 0 {
            self.changed.retain(|key, value| set_to.get(key) != Some(&*value));
        }
        let mut entered = false;
        let pressed = frame_wide(ctx, texts::SETTINGS_TITLE, |ui| {
            columns(ui, |side| {
                if side.is_left {
                    self.list(side.ui);
                } else {
                    entered |= self.page(side.ui, snapshot, &set_to, actions);
                }
            });
            self.foot(ui, snapshot)
        });
        match pressed {
            None | Some(Pressed::Cancel) => return false,
            Some(Pressed::Nothing) if !entered => {}
            Some(Pressed::Defaults) => self.restore_defaults(&set_to),
            Some(pressed) => {
                self.closes = pressed != Pressed::Apply;
                if self.changed.keys().any(|key| self.wrong(key, snapshot).is_some()) {
                    self.closes = false;
                    return true;
                }
                self.apply(snapshot, actions);
            }
        }
        !self.is_done()
    }

    /// The program has taken a value, or refused it.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer) -> bool {
        let Matter::Setting(key) = matter else { return false };
        self.asked = self.asked.saturating_sub(1);
        if let Err(refusal) = answer {
            self.refused.insert(key.clone(), refusal.words.clone());
            self.closes = false;
        }
        true
    }

    fn list(&mut self, ui: &mut Ui) {
        let search = TextEdit::singleline(&mut self.search).hint_text(texts::SEARCH).desired_width(f32::INFINITY);
        let response = button::line(ui, search);
        button::named_field(response, texts::SETTINGS_SEARCH, &self.search);
        let wanted = self.search.clone();
        let fits = |page: &&Page| page.settings.iter().any(|setting| setting.has(&wanted));
        let entry = |page: &Page| Entry {
            key: page.title.to_owned(),
            label: page.title.to_owned(),
            state: String::new(),
            mark: None,
        };
        let entries: Vec<_> = pages::PAGES.iter().filter(fits).map(entry).collect();
        if entries.is_empty() {
            ui.label(texts::SEARCH_NOTHING);
        } else {
            list::show(ui, texts::SETTINGS_PAGES, &entries, &mut self.page);
        }
    }

    /// The settings of the chosen page that have the words of the search. Says whether Enter was pressed in one.
    fn page(
        &mut self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        set_to: &BTreeMap<&str, String>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let Some(page) = pages::PAGES.iter().find(|page| page.title == self.page) else { return false };
        let mut entered = false;
        ScrollArea::vertical().id_salt(page.title).auto_shrink([false, false]).show(ui, |ui| {
            ui.label(egui::RichText::new(page.title).heading());
            ui.add_space(theme::GAP / 2.0);
            let wanted = self.search.clone();
            for setting in page.settings.iter().filter(|setting| setting.has(&wanted)) {
                entered |= self.setting(ui, setting, snapshot, set_to) == Edited::Entered;
                form::note_below(ui, &takes(setting, snapshot), setting.what);
                ui.add_space(theme::GAP);
            }
            if page.title == pages::INTEGRATION {
                self.file_manager(ui, snapshot, actions);
            }
        });
        entered
    }

    /// The entries of the file manager as they are, and what can be done with them: at once, they are no settings.
    fn file_manager(&mut self, ui: &mut Ui, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.has_looked, true) {
            actions.push(Action::Ask(Command::Integrate(None)));
        }
        form::heading(ui, pages::FILE_MANAGER);
        form::note(ui, pages::FILE_MANAGER_WHAT);
        match &snapshot.integration {
            None => form::note(ui, pages::FILE_MANAGER_UNKNOWN),
            Some(integration) => {
                for place in &integration.places {
                    let words = format!("{}: {}", place.what, pages::entry(place.entry));
                    ui.add(egui::Label::new(words).wrap()).on_hover_text(&place.at);
                }
            }
        }
        ui.horizontal(|ui| {
            for (label, wanted) in [(pages::FILE_MANAGER_ADD, true), (pages::FILE_MANAGER_REMOVE, false)] {
                if ui.add(button::dialog(label)).clicked() {
                    actions.push(Action::Ask(Command::Integrate(Some(wanted))));
                }
            }
        });
    }

    fn setting(
        &mut self,
        ui: &mut Ui,
        setting: &'static Setting,
        snapshot: &Snapshot,
        set_to: &BTreeMap<&str, String>,
    ) -> Edited {
        let key = setting.key;
        let stored = set_to.get(key).cloned().unwrap_or_default();
        let mut value = self.changed.get(key).cloned().unwrap_or(stored);
        let wrong = self.wrong(key, snapshot);
        let takes = takes(setting, snapshot);
        let field = Field { label: setting.label, takes: &takes, hint: setting.hint, is_secret: false };
        let edited = form::field(ui, &field, &mut value, wrong.as_deref());
        if self.changed.get(key).or_else(|| set_to.get(key)) != Some(&value) {
            self.refused.remove(key);
            self.changed.insert(key, value);
        }
        edited
    }

    /// Why the value that is written would be refused, or was.
    fn wrong(&self, key: &str, snapshot: &Snapshot) -> Option<String> {
        let value = self.changed.get(key)?;
        let refused = self.refused.get(key).cloned();
        refused.or_else(|| snapshot.settings.clone().set(key, value).err())
    }

    fn foot(&self, ui: &mut Ui, snapshot: &Snapshot) -> Pressed {
        let is_good = self.changed.keys().all(|key| self.wrong(key, snapshot).is_none());
        let can_apply = is_good && !self.changed.is_empty();
        let button = |ui: &mut Ui, can: bool, label: &str, what: Pressed| {
            ui.add_enabled(can, button::dialog(label)).clicked().then_some(what)
        };
        let (defaults, other) = foot_wide(
            ui,
            |ui| button(ui, true, texts::DEFAULTS, Pressed::Defaults),
            |ui| {
                [
                    button(ui, is_good, texts::OK, Pressed::Ok),
                    button(ui, true, texts::CANCEL, Pressed::Cancel),
                    button(ui, can_apply, texts::APPLY, Pressed::Apply),
                ]
            },
        );
        defaults.or_else(|| other.into_iter().flatten().next()).unwrap_or(Pressed::Nothing)
    }

    /// Writes the defaults into every field; they hold after OK or Apply.
    fn restore_defaults(&mut self, set_to: &BTreeMap<&str, String>) {
        let defaults = Values::default().entries();
        self.refused.clear();
        self.changed = defaults.into_iter().filter(|(key, value)| set_to.get(key) != Some(value)).collect();
    }

    /// Whether it was left with OK and everything is taken.
    fn is_done(&self) -> bool {
        self.closes && self.asked == 0 && self.refused.is_empty()
    }

    fn apply(&mut self, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        let mut values = snapshot.settings.clone();
        for (key, value) in &self.changed {
            let _ = values.set(key, value); // Looked at before.
        }
        for (key, value) in values.entries() {
            // As it is stored: without spaces around it and the like.
            let Some(changed) = self.changed.get_mut(key) else { continue };
            changed.clone_from(&value);
            let key = key.to_owned();
            self.asked += 1;
            actions.push(Action::AskAbout(Matter::Setting(key.clone()), Command::Configure { key, value }));
        }
    }
}

/// What a setting takes, as things are.
fn takes(setting: &Setting, snapshot: &Snapshot) -> Takes {
    use crate::ui::texts::settings::Kind;
    let pair = |(value, words): &(&str, &str)| ((*value).to_owned(), (*words).to_owned());
    match setting.kind {
        Kind::Switch => Takes::Switch,
        Kind::Text => Takes::Text,
        Kind::Number(min, max) => Takes::Number(min, max),
        Kind::Choice(choices) => Takes::Choice(choices.iter().map(pair).collect()),
        Kind::Template => {
            let names = snapshot.templates.iter().map(|template| template.name.clone());
            Takes::Choice(names.map(|name| (name.clone(), name)).collect())
        }
        Kind::Host => {
            let known = snapshot.hosts.iter().filter(|host| host.is_known);
            Takes::Choice(known.map(|host| (host.id.clone(), host.name.clone())).collect())
        }
    }
}
