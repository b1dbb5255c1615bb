//! The status bar at the foot of the window, and the banner above the queue for what must not be overlooked.

use egui::{Label, RichText, Ui};

use super::commands::Facts;
use super::icons::Icon;
use super::{button, format, texts, theme};
use crate::core::gallery::in_words;
use crate::core::{GalleryState, Scene, Snapshot};

/// Between the parts of the status bar.
const DOT: &str = " · ";

/// States that are worth a number, in the order in which they are shown.
const COUNTED: [GalleryState; 6] = [
    GalleryState::Uploading,
    GalleryState::Queued,
    GalleryState::Paused,
    GalleryState::Incomplete,
    GalleryState::Failed,
    GalleryState::Missing,
];

/// Counts, speed and doors.
pub fn bar(ui: &mut Ui, scene: &Scene, facts: &Facts) {
    let snapshot = &scene.snapshot;
    let palette = theme::palette(ui);
    egui::Panel::bottom("status bar").frame(palette.strip()).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.add(Label::new(summary(scene, facts)).truncate());
            if let Some(trouble) = &snapshot.doors.trouble {
                ui.separator();
                Icon::Warning.show(ui, palette.ink.warning);
                ui.add(Label::new(RichText::new(trouble).color(palette.ink.warning)).truncate());
            }
        });
    });
}

/// What must be known as long as it lasts. That a port is taken can be put away (`hidden`): it may be so for good, and the
/// status bar goes on saying it.
pub fn banner(ui: &mut Ui, snapshot: &Snapshot, hidden: &mut Option<String>) {
    if let Some(trouble) = &snapshot.trouble {
        strip(ui, "banner", trouble, false);
    }
    let door = snapshot.doors.trouble.as_ref().filter(|trouble| hidden.as_ref() != Some(trouble));
    if let Some(trouble) = door
        && strip(ui, "door banner", trouble, true)
    {
        *hidden = Some(trouble.clone());
    }
}

/// Draws one strip; says whether it was put away.
fn strip(ui: &mut Ui, id: &'static str, words: &str, can_be_hidden: bool) -> bool {
    let palette = theme::palette(ui);
    let frame = egui::Frame::NONE.fill(palette.surface.panel);
    let mut put_away = false;
    egui::Panel::top(id).frame(frame).show_separator_line(false).show(ui, |ui| {
        palette.banner().show(ui, |ui| {
            ui.horizontal(|ui| {
                Icon::Warning.show(ui, palette.ink.warning);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    put_away = can_be_hidden && button::dismiss(ui).clicked();
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        ui.add(Label::new(RichText::new(words).strong()).wrap());
                    });
                });
            });
        });
    });
    put_away
}

/// `3 uploading · 12 queued · 1 failed`; empty when nothing is worth a number.
pub fn states(scene: &Scene) -> String {
    let counted = COUNTED.into_iter().map(|state| (state, scene.counts.of(state))).filter(|(_, count)| *count > 0);
    counted.map(|(state, count)| texts::counted(count, state)).collect::<Vec<_>>().join(DOT)
}

/// `3 uploading · 12 queued · 1 failed · 4.20 MiB/s · 00:03:10 left · disk 512 GiB · port 27849 listening`
fn summary(scene: &Scene, facts: &Facts) -> String {
    let snapshot = &scene.snapshot;
    let mut parts = vec![states(scene)];
    if parts.iter().all(String::is_empty) {
        parts = vec![in_words(facts.total)];
    }
    if scene.len() < facts.total {
        parts.push(texts::shown(scene.len(), facts.total));
    }
    if facts.selected > 1 {
        parts.push(texts::selected(facts.selected));
    }
    let speed = scene.speeds.now;
    if speed > 0 {
        parts.push(format::rate(speed));
        if let Some(seconds) = scene.counts.bytes_waiting.checked_div(speed) {
            parts.push(texts::left(&format::duration(seconds)));
        }
    }
    if let Some(free) = scene.disk_free {
        parts.push(texts::disk(&format::bytes(free)));
    }
    if let Some(port) = snapshot.doors.folder_port {
        parts.push(texts::port_listening(port));
    }
    parts.join(DOT)
}
