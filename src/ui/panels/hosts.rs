//! The hosts that have something to do or something to say: state, galleries, speed, and a way to use them again.

use egui::{Align, Label, Layout, RichText, Ui};

use crate::core::gallery::in_words;
use crate::core::snapshot::HostRow;
use crate::core::{Command, Scene};
use crate::ui::commands::MenuCommand;
use crate::ui::icons::Icon;
use crate::ui::{Action, button, format, texts, theme};

pub fn show(ui: &mut Ui, scene: &Scene, asked: &mut Vec<MenuCommand>, actions: &mut Vec<Action>) {
    let settings = &scene.snapshot.settings;
    super::scroll().show(ui, |ui| {
        for host in &scene.snapshot.hosts {
            let count = scene.counts.hosts.get(&host.id).copied().unwrap_or(0);
            if count > 0 || host.id == settings.host {
                ui.push_id(&host.id, |ui| line(ui, scene, host, count, actions));
            }
        }
        if ui.link(texts::HOSTS_MORE).on_hover_text(texts::HOSTS.tooltip).clicked() {
            asked.push(MenuCommand::Hosts);
        }
    });
}

/// A small button that says to a screen reader which host it is for.
fn small(ui: &mut Ui, words: &str, host: &str, tooltip: &str) -> bool {
    let response = ui.small_button(words).on_hover_text(tooltip);
    button::named(response, &texts::of_host(words, host)).clicked()
}

fn line(ui: &mut Ui, scene: &Scene, host: &HostRow, count: usize, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let is_held = host.paused_until.is_some() || host.waits_for.is_some();
    let (icon, color) = match (host.settings.enabled, is_held) {
        (false, _) => (Icon::Dash, palette.ink.secondary),
        (true, true) => (Icon::Pause, palette.ink.warning),
        (true, false) => (Icon::Check, palette.ink.success),
    };
    let speed: u64 =
        scene.counts.uploading.iter().filter(|row| row.host == host.id).map(|row| scene.rates.of(row.id)).sum();
    ui.horizontal(|ui| {
        icon.show(ui, color);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if host.settings.enabled && is_held {
                if small(ui, texts::HOST_RESUME_SHORT, &host.name, texts::HOST_RESUME_WHAT) {
                    actions.push(Action::Ask(Command::ResumeHost(host.id.clone())));
                }
            } else {
                let (words, value) =
                    if host.settings.enabled { (texts::HOST_PAUSE, "false") } else { (texts::HOST_USE, "true") };
                if small(ui, words, &host.name, texts::HOST_PAUSE_WHAT) {
                    let (host, key) = (host.id.clone(), "enabled".to_owned());
                    actions.push(Action::Ask(Command::ConfigureHost { host, key, value: value.to_owned() }));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(&host.name).truncate());
            });
        });
    });
    let mut words = if host.settings.enabled { in_words(count) } else { texts::HOST_OFF.to_owned() };
    if speed > 0 {
        words = format!("{words} · {}", format::rate(speed));
    }
    if let Some(why) = host.waits_for.as_deref().filter(|_| host.settings.enabled) {
        words = format!("{words} · {why}");
    }
    ui.add(Label::new(RichText::new(words).color(palette.ink.secondary)).wrap());
    ui.add_space(theme::GAP / 2.0);
}
