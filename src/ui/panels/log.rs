//! What has happened since the window was opened, newest last; a click goes to the gallery.

use egui::{Label, RichText, Sense, Ui};

use super::dock::nothing;
use crate::core::Scene;
use crate::ui::format::Clock;
use crate::ui::icons::Icon;
use crate::ui::selection::Selection;
use crate::ui::{texts, theme};

pub fn show(ui: &mut Ui, scene: &Scene, clock: &Clock, selection: &mut Selection) {
    let lines = &scene.log.lines;
    if lines.is_empty() {
        return nothing(ui, texts::LOG_EMPTY);
    }
    let palette = theme::palette(ui);
    let height = ui.text_style_height(&egui::TextStyle::Body);
    super::scroll().stick_to_bottom(true).show_rows(ui, height, lines.len(), |ui, shown| {
        for line in shown.filter_map(|place| lines.get(place)) {
            ui.horizontal(|ui| {
                ui.label(RichText::new(clock.second(line.at)).color(palette.ink.secondary));
                Icon::of_state(line.state).show(ui, palette.state(line.state));
                let words = texts::happened(&line.name, line.state, &line.reason);
                if ui.add(Label::new(words).truncate().sense(Sense::click())).clicked()
                    && scene.row(line.gallery).is_some()
                {
                    selection.only(line.gallery);
                }
            });
        }
    });
}
