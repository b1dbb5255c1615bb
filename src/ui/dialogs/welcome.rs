//! The first page: where images go, what is made of them, whether the file manager offers BBDrop. Shown once, before there is a queue.

use egui::{Context, Label};

use super::form::{self, Field};
use super::{foot, framed};
use crate::core::integration::Entry;
use crate::core::snapshot::HostRow;
use crate::core::{Command, Snapshot, Takes, TemplateChange};
use crate::ui::texts::welcome as texts;
use crate::ui::{Action, button, theme};

/// What a person has chosen so far.
#[derive(Default)]
pub struct Welcome {
    ready: bool,
    /// As it is set, until something else is chosen.
    host: Option<String>,
    template: Option<String>,
    integrates: bool,
}

/// What the buttons want.
enum Pressed {
    Nothing,
    Done,
    Import,
}

impl Welcome {
    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, actions: &mut Vec<Action>) -> bool {
        let is_first = !std::mem::replace(&mut self.ready, true);
        if is_first {
            actions.push(Action::Ask(Command::Templates(TemplateChange::List)));
            actions.push(Action::Ask(Command::Integrate(None)));
        }
        let fix = |ui: &mut egui::Ui| ui.set_width(theme::WELCOME_WIDTH.min(super::room(ctx).x));
        let pressed = framed(ctx, texts::TITLE, fix, |ui| {
            ui.add(Label::new(texts::WHAT).wrap());
            self.host(ui, snapshot);
            self.template(ui, snapshot);
            self.integration(ui, snapshot);
            ui.add_space(theme::GAP);
            form::note(ui, texts::LATER);
            foot(ui, |ui| {
                let import = ui.add(button::dialog(texts::IMPORT)).on_hover_text(texts::IMPORT_WHAT);
                let done = ui.add(button::dialog(texts::DONE));
                // Not only at first: what the file manager offers comes later, and what is below it is a new button then.
                if ui.memory(|memory| memory.focused().is_none()) {
                    done.request_focus();
                }
                match (done.clicked(), import.clicked()) {
                    (true, _) => Pressed::Done,
                    (_, true) => Pressed::Import,
                    _ => Pressed::Nothing,
                }
            })
        });
        match pressed {
            Some(Pressed::Nothing) => true,
            Some(Pressed::Import) => {
                actions.push(Action::PickOld);
                true
            }
            Some(Pressed::Done) => {
                self.done(snapshot, actions);
                false
            }
            // Everything stays as it is.
            None => false,
        }
    }

    fn host(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        form::heading(ui, texts::HOST_TITLE);
        let mut hosts: Vec<_> = snapshot.hosts.iter().filter(|host| host.is_known).collect();
        // The folder of one's own needs nothing, so it is first.
        hosts.sort_by_cached_key(|host| (host.id != texts::FOLDER, host.name.to_lowercase()));
        let takes = Takes::Choice(hosts.iter().map(|host| (host.id.clone(), host.name.clone())).collect());
        let host = self.host.get_or_insert_with(|| snapshot.settings.host.clone());
        form::field(ui, &Field { label: texts::HOST, takes: &takes, hint: "", is_secret: false }, host, None);
        let chosen = hosts.iter().find(|known| known.id == *host);
        form::note(ui, chosen.map_or("", |host| about(host)));
    }

    fn template(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        form::heading(ui, texts::TEMPLATE_TITLE);
        let named = |name: &String| (name.clone(), name.clone());
        let takes = Takes::Choice(snapshot.templates.iter().map(|row| named(&row.name)).collect());
        let template = self.template.get_or_insert_with(|| snapshot.settings.output.template.clone());
        let field = Field { label: texts::TEMPLATE, takes: &takes, hint: "", is_secret: false };
        form::field(ui, &field, template, None);
        let chosen = snapshot.templates.iter().find(|row| row.name == *template);
        form::note(ui, chosen.map_or("", |row| row.words));
    }

    /// Where there is a file manager that can be told.
    fn integration(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot) {
        let Some(integration) = snapshot.integration.as_deref().filter(|there| !there.places.is_empty()) else {
            return;
        };
        form::heading(ui, texts::INTEGRATION_TITLE);
        if integration.entry() == Entry::Present {
            form::note(ui, texts::INTEGRATION_THERE);
        } else {
            button::tick(ui, &mut self.integrates, texts::INTEGRATION);
        }
    }

    fn done(&mut self, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        let settings = &snapshot.settings;
        let chosen = [
            ("uploads.host", self.host.take(), &settings.host),
            ("output.template", self.template.take(), &settings.output.template),
        ];
        for (key, value, before) in chosen {
            if let Some(value) = value.filter(|value| value != before) {
                actions.push(Action::Ask(Command::Configure { key: key.to_owned(), value }));
            }
        }
        if self.integrates {
            actions.push(Action::Ask(Command::Integrate(Some(true))));
        }
    }
}

/// What a person has to do for a host.
fn about(host: &HostRow) -> &'static str {
    match host {
        host if host.id == texts::FOLDER => texts::HOST_FOLDER,
        host if host.secrets.iter().any(|secret| !secret.is_optional) => texts::HOST_SIGN_IN,
        _ => texts::HOST_NOTHING,
    }
}
