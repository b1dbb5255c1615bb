//! The hosts: all of them on the left, how they are; the chosen one on the right. Files that are dropped here are looked at as new hosts.

use std::collections::BTreeMap;

use egui::{Context, TextEdit, Ui};

use super::host_file::HostFile;
use super::host_page::HostPage;
use super::list::{self, Entry};
use super::{Answer, Matter, columns, drops, foot_wide, frame_wide};
use crate::core::snapshot::HostRow;
use crate::core::{Command, Reply, Snapshot};
use crate::ui::format::Clock;
use crate::ui::icons::Icon;
use crate::ui::texts::dialogs as texts;
use crate::ui::{Action, button, theme};

/// What is known of what is kept for signing in.
#[derive(Default)]
pub enum Kept {
    #[default]
    NotAsked,
    Asked,
    /// By host, the names.
    Known(BTreeMap<String, Vec<String>>),
    /// It cannot be known, and why.
    Unknown(String),
}

/// The dialog of hosts.
#[derive(Default)]
pub struct Hosts {
    search: String,
    chosen: String,
    pages: BTreeMap<String, HostPage>,
    kept: Kept,
    file: HostFile,
    /// To be chosen as soon as it is there.
    added: Option<String>,
}

/// How a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Ready,
    Paused,
    NeedsSignIn,
    Held,
    Off,
    Gone,
}

impl Kept {
    /// Whether something that the host cannot do without is missing.
    pub fn misses(&self, host: &HostRow) -> bool {
        let Self::Known(kept) = self else { return false };
        let names = kept.get(&host.id).map(Vec::as_slice).unwrap_or_default();
        host.secrets.iter().any(|secret| !secret.is_optional && !names.contains(&secret.name))
    }

    pub fn has(&self, host: &str, name: &str) -> bool {
        matches!(self, Self::Known(kept) if kept.get(host).is_some_and(|names| names.iter().any(|n| n == name)))
    }
}

impl Stand {
    pub fn of(host: &HostRow, kept: &Kept) -> Self {
        match host {
            HostRow { is_known: false, .. } => Self::Gone,
            HostRow { settings, .. } if !settings.enabled => Self::Off,
            HostRow { paused_until: Some(_), .. } => Self::Paused,
            host if kept.misses(host) => Self::NeedsSignIn,
            HostRow { is_closed: true, .. } => Self::Held,
            HostRow { .. } => Self::Ready,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Ready => texts::STAND_READY,
            Self::Paused => texts::STAND_PAUSED,
            Self::NeedsSignIn => texts::STAND_SIGN_IN,
            Self::Held => texts::STAND_HELD,
            Self::Off => texts::STAND_OFF,
            Self::Gone => texts::STAND_GONE,
        }
    }

    const fn mark(self, ink: &theme::Inks) -> (Icon, egui::Color32) {
        match self {
            Self::Ready => (Icon::Check, ink.success),
            Self::Paused => (Icon::Pause, ink.warning),
            Self::NeedsSignIn => (Icon::Question, ink.warning),
            Self::Held => (Icon::Cross, ink.error),
            Self::Off | Self::Gone => (Icon::Dash, ink.secondary),
        }
    }
}

impl Hosts {
    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>) -> bool {
        if matches!(self.kept, Kept::NotAsked) {
            self.kept = Kept::Asked;
            actions.push(Action::AskAbout(Matter::KeptSecrets, Command::KeptSecrets));
        }
        if self.chosen.is_empty() {
            self.chosen.clone_from(&snapshot.settings.host);
        }
        if let Some(files) = drops(ctx, texts::IMPORT_DROP) {
            self.file.dropped(&files, actions);
        }
        if let Some(added) = self.file.take_added() {
            self.added = Some(added);
        }
        // Leaving the file leads back to the hosts.
        if self.file.is_open() {
            if self.file.show(ctx, actions) {
                return true;
            }
            self.file = HostFile::default();
        }
        if let Some(added) = self.added.take_if(|id| snapshot.hosts.iter().any(|host| host.id == *id)) {
            self.chosen = added;
        }
        let left = frame_wide(ctx, texts::HOSTS_TITLE, |ui| {
            let is_own = snapshot.hosts.iter().any(|host| host.id == self.chosen && host.is_own);
            columns(ui, |side| {
                if side.is_left {
                    self.list(side.ui, snapshot);
                } else if let Some(host) = snapshot.hosts.iter().find(|host| host.id == self.chosen) {
                    let page = self.pages.entry(host.id.clone()).or_default();
                    side.ui.push_id(&host.id, |ui| page.show(ui, host, &self.kept, snapshot, clock, actions));
                }
            });
            self.foot(ui, is_own, actions)
        });
        left == Some(false)
    }

    /// What came of what was asked.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer, actions: &mut Vec<Action>) -> bool {
        match (matter, answer) {
            (Matter::KeptSecrets, Ok(Reply::Kept(kept))) => self.kept = Kept::Known(kept.clone()),
            (Matter::KeptSecrets, Err(refusal)) => self.kept = Kept::Unknown(refusal.words.clone()),
            (Matter::SignIn(host) | Matter::SignOut(host) | Matter::Test(host), answer) => {
                self.pages.entry(host.clone()).or_default().answered(matter, answer);
                if !matches!(matter, Matter::Test(_)) {
                    actions.push(Action::AskAbout(Matter::KeptSecrets, Command::KeptSecrets));
                }
            }
            (Matter::ReadHost | Matter::AddHost, answer) => self.file.answered(answer),
            _ => return false,
        }
        true
    }

    fn list(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        let search = TextEdit::singleline(&mut self.search).hint_text(texts::SEARCH).desired_width(f32::INFINITY);
        let response = button::line(ui, search);
        button::named_field(response, texts::SEARCH, &self.search);
        let wanted = self.search.trim().to_lowercase();
        let fits = |host: &&HostRow| [&host.name, &host.id].iter().any(|words| words.to_lowercase().contains(&wanted));
        let ink = &theme::palette(ui).ink;
        let entry = |host: &HostRow| {
            let stand = Stand::of(host, &self.kept);
            let state = stand.words().to_owned();
            Entry { key: host.id.clone(), label: host.name.clone(), state, mark: Some(stand.mark(ink)) }
        };
        let mut hosts: Vec<_> = snapshot.hosts.iter().filter(fits).collect();
        hosts.sort_by_cached_key(|host| host.name.to_lowercase());
        let entries: Vec<_> = hosts.into_iter().map(entry).collect();
        if entries.is_empty() {
            ui.label(texts::SEARCH_NOTHING);
        } else {
            list::show(ui, texts::HOSTS_LIST, &entries, &mut self.chosen);
        }
    }

    fn foot(&self, ui: &mut Ui, is_own: bool, actions: &mut Vec<Action>) -> bool {
        let own = |ui: &mut Ui| {
            if ui.add(button::dialog(texts::IMPORT)).on_hover_text(texts::IMPORT_WHAT).clicked() {
                actions.push(Action::PickHostFile);
            }
            let remove = ui
                .add_enabled(is_own, button::dialog(texts::REMOVE_HOST))
                .on_hover_text(texts::REMOVE_HOST_WHAT)
                .on_disabled_hover_text(texts::REMOVE_HOST_BUILTIN);
            if remove.clicked() {
                actions.push(Action::Ask(Command::RemoveHost(self.chosen.clone())));
            }
        };
        foot_wide(ui, own, |ui| ui.add(button::dialog(texts::CLOSE)).clicked()).1
    }
}
