//! The hosts: how they are, until when they are left alone, and their limits.

use std::collections::BTreeMap;

use egui::{ComboBox, Context, Label, RichText, TextEdit, Ui};

use super::{foot, frame};
use crate::core::snapshot::HostRow;
use crate::core::{Command, Settings, Snapshot};
use crate::ui::format::Clock;
use crate::ui::{Action, button, texts, theme};

/// Most images sent at once, and most galleries.
const PARALLEL_MAX: usize = 16;
const GALLERIES_MAX: usize = 4;

/// What is being typed, by host and key.
#[derive(Default)]
pub struct Hosts {
    typed: BTreeMap<(String, &'static str), String>,
}

impl Hosts {
    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>) -> bool {
        let left = frame(ctx, texts::HOSTS_TITLE, |ui| {
            egui::ScrollArea::vertical().max_height(theme::DIALOG_LIST_HEIGHT).auto_shrink([false, true]).show(
                ui,
                |ui| {
                    self.together(ui, &snapshot.settings, actions);
                    ui.add_space(theme::GAP);
                    for host in &snapshot.hosts {
                        ui.push_id(&host.id, |ui| self.host(ui, host, clock, actions));
                        ui.add_space(theme::GAP);
                    }
                },
            );
            foot(ui, |ui| ui.add(button::dialog(texts::CLOSE)).clicked())
        });
        left == Some(false)
    }

    fn together(&mut self, ui: &mut Ui, settings: &Settings, actions: &mut Vec<Action>) {
        ui.label(RichText::new(texts::HOSTS_ALL).strong());
        egui::Grid::new("limits of all").num_columns(2).show(ui, |ui| {
            let (limit, schedule) = (settings.bandwidth.limit_text(), settings.bandwidth.schedule_text());
            let fields = [
                ("uploads.bandwidth_limit", texts::HOST_LIMIT, limit),
                ("uploads.bandwidth_schedule", texts::HOST_SCHEDULE, schedule),
            ];
            for (key, label, set_to) in fields {
                if let Some(value) = self.text(ui, "", (key, label), set_to) {
                    actions.push(Action::Ask(Command::Configure { key: key.to_owned(), value }));
                }
            }
        });
    }

    fn host(&mut self, ui: &mut Ui, host: &HostRow, clock: &Clock, actions: &mut Vec<Action>) {
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            ui.label(RichText::new(&host.name).strong());
            if (host.paused_until.is_some() || host.waits_for.is_some() && host.settings.enabled)
                && ui.button(texts::HOST_RESUME).on_hover_text(texts::HOST_RESUME_WHAT).clicked()
            {
                actions.push(Action::Ask(Command::ResumeHost(host.id.clone())));
            }
        });
        let state = match (host.paused_until, &host.waits_for) {
            (Some(until), words) => texts::host_paused(&clock.minute(until), words.as_deref().unwrap_or_default()),
            (None, Some(words)) => words.clone(),
            (None, None) => texts::HOST_READY.to_owned(),
        };
        ui.add(Label::new(RichText::new(state).color(palette.ink.secondary)).wrap());
        let mut enabled = host.settings.enabled;
        if ui.checkbox(&mut enabled, texts::HOST_ENABLED).changed() {
            set(host, "enabled", enabled.to_string(), actions);
        }
        egui::Grid::new("limits").num_columns(2).show(ui, |ui| {
            let parallel = host.settings.parallel_images.map_or_else(|| "default".to_owned(), |n| n.to_string());
            let choices = std::iter::once("default".to_owned()).chain((1..=PARALLEL_MAX).map(|n| n.to_string()));
            choice(ui, host, ("parallel_images", texts::HOST_PARALLEL), &parallel, choices, actions);
            let galleries = host.settings.galleries_at_once.to_string();
            let choices = (1..=GALLERIES_MAX).map(|n| n.to_string());
            choice(ui, host, ("galleries_at_once", texts::HOST_GALLERIES), &galleries, choices, actions);
            let bandwidth = &host.settings.bandwidth;
            let fields = [
                ("bandwidth_limit", texts::HOST_LIMIT, bandwidth.limit_text()),
                ("bandwidth_schedule", texts::HOST_SCHEDULE, bandwidth.schedule_text()),
            ];
            for (key, label, set_to) in fields {
                if let Some(value) = self.text(ui, &host.id, (key, label), set_to) {
                    set(host, key, value, actions);
                }
            }
        });
    }

    /// What is typed counts when the field is left.
    fn text(&mut self, ui: &mut Ui, host: &str, (key, label): (&'static str, &str), set_to: String) -> Option<String> {
        let label = ui.label(label);
        let typed = self.typed.entry((host.to_owned(), key)).or_insert_with(|| set_to.clone());
        let edit = TextEdit::singleline(typed).desired_width(theme::DIALOG_WIDTH / 2.0);
        let hint = if key.ends_with("schedule") { texts::HOST_SCHEDULE_HINT } else { "" };
        let field = ui.add(edit.hint_text(hint)).labelled_by(label.id);
        ui.end_row();
        if field.lost_focus() && *typed != set_to {
            return Some(typed.clone());
        }
        if !field.has_focus() {
            *typed = set_to;
        }
        None
    }
}

fn choice(
    ui: &mut Ui,
    host: &HostRow,
    (key, label): (&str, &str),
    set_to: &str,
    choices: impl Iterator<Item = String>,
    actions: &mut Vec<Action>,
) {
    let label = ui.label(label);
    let list = ComboBox::from_id_salt(key).selected_text(set_to).show_ui(ui, |ui| {
        for value in choices {
            if ui.selectable_label(value == set_to, &value).clicked() && value != set_to {
                set(host, key, value, actions);
            }
        }
    });
    list.response.labelled_by(label.id);
    ui.end_row();
}

fn set(host: &HostRow, key: &str, value: String, actions: &mut Vec<Action>) {
    actions.push(Action::Ask(Command::ConfigureHost { host: host.id.clone(), key: key.to_owned(), value }));
}
