//! A new host from a file: first what it would do, then the person decides. Reads nothing itself.

use std::path::PathBuf;

use egui::{Context, Label, ScrollArea, Ui};

use super::{Answer, Matter, body, drops, foot, form, frame_wide};
use crate::core::{Command, HostPreview, Reply};
use crate::ui::texts::dialogs as texts;
use crate::ui::{Action, button, theme};

/// Where the file stands.
#[derive(Default)]
pub enum HostFile {
    #[default]
    None,
    Reading,
    Wrong(String),
    Preview {
        host: Box<HostPreview>,
        wrong: Option<String>,
    },
    Added(String),
}

impl HostFile {
    pub const fn is_open(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// These files were dropped.
    pub fn dropped(&mut self, files: &[PathBuf], actions: &mut Vec<Action>) {
        match files {
            [file] => {
                *self = Self::Reading;
                actions.push(Action::AskAbout(Matter::ReadHost, Command::ReadHost(file.clone())));
            }
            _ => *self = Self::Wrong(texts::IMPORT_ONE.to_owned()),
        }
    }

    /// The file is read, or the host added.
    pub fn answered(&mut self, answer: &Answer) {
        match (answer, &mut *self) {
            (Ok(Reply::Host(host)), _) => *self = Self::Preview { host: host.clone(), wrong: None },
            (Ok(_), Self::Preview { host, .. }) => *self = Self::Added(host.id.clone()),
            (Err(refusal), Self::Preview { wrong, .. }) => *wrong = Some(refusal.words.clone()),
            (Err(refusal), _) => *self = Self::Wrong(refusal.words.clone()),
            (Ok(_), _) => {}
        }
    }

    /// The host that was added, once.
    pub fn take_added(&mut self) -> Option<String> {
        let Self::Added(id) = self else { return None };
        let id = std::mem::take(id);
        *self = Self::None;
        Some(id)
    }

    /// Says whether it stays open.
    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        if let Some(files) = drops(ctx, texts::IMPORT_DROP) {
            self.dropped(&files, actions);
        }
        let is_over = frame_wide(ctx, texts::IMPORT_TITLE, |ui| {
            body(ui, |ui| {
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| match self {
                    Self::None | Self::Added(_) => {}
                    Self::Reading => form::note(ui, texts::IMPORT_READING),
                    Self::Wrong(words) => form::wrong(ui, words),
                    Self::Preview { host, wrong } => {
                        preview(ui, host);
                        if let Some(words) = wrong {
                            form::wrong(ui, words);
                        }
                    }
                });
            });
            foot(ui, |ui| {
                if let Self::Preview { host, .. } = self {
                    let yes = if host.replaces.is_some() { texts::IMPORT_REPLACE } else { texts::IMPORT_YES };
                    if ui.add(button::dialog(yes)).clicked() {
                        let (text, replace) = (host.text.clone(), host.replaces.is_some());
                        actions.push(Action::AskAbout(Matter::AddHost, Command::AddHost { text, replace }));
                    }
                }
                ui.add(button::dialog(texts::IMPORT_BACK)).clicked()
            })
        });
        is_over == Some(false)
    }
}

/// Who the host is, whom it contacts, what is sent.
fn preview(ui: &mut Ui, host: &HostPreview) {
    ui.label(egui::RichText::new(format!("{} ({})", host.name, host.id)).heading());
    form::note(ui, texts::IMPORT_TRUST);
    if let Some(name) = &host.replaces {
        let words = egui::RichText::new(texts::replaces(name)).color(theme::palette(ui).ink.warning);
        ui.add(Label::new(words).wrap());
    }
    if let Some(home) = &host.home {
        lines(ui, texts::IMPORT_HOME, std::iter::once(home.clone()));
    }
    for caution in &host.cautions {
        let words = egui::RichText::new(texts::caution(caution)).color(theme::palette(ui).ink.warning);
        ui.add(Label::new(words).wrap());
    }
    lines(ui, texts::IMPORT_CONTACTS, host.places.iter().map(|(name, url)| format!("{url} ({name})")));
    lines(ui, texts::IMPORT_SENDS, host.sends.iter().cloned());
    lines(ui, texts::IMPORT_ODD, host.oddities.iter().cloned());
    lines(ui, texts::IMPORT_ASKS, host.secrets.iter().map(|secret| secret.label.clone()));
}

fn lines(ui: &mut Ui, heading: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        form::heading(ui, heading);
        for line in lines {
            ui.add(Label::new(line).wrap());
        }
    }
}
