//! The filters: states, hosts and templates with counts. A click shows only these, Ctrl adds; what is hidden is not selected.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{RichText, Sense, Ui, WidgetInfo};

use crate::core::{GalleryState, Scene, Wanted};
use crate::ui::icons::Icon;
use crate::ui::selection::Selection;
use crate::ui::{texts, theme};

pub fn show(ui: &mut Ui, scene: &Scene, wanted: &mut Wanted, selection: &mut Selection) {
    let before = (wanted.states.clone(), wanted.hosts.clone(), wanted.templates.clone());
    super::scroll().show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let palette = theme::palette(ui);
        title(ui, texts::FILTER_STATES);
        let all = GalleryState::ALL.into_iter().map(|state| scene.counts.of(state)).sum();
        if choice(ui, None, texts::FILTER_ALL, all, wanted.states.is_empty()).clicked() {
            wanted.states.clear();
        }
        for state in GalleryState::ALL {
            let count = scene.counts.of(state);
            let mark = Some((Icon::of_state(state), palette.state(state)));
            let response = choice(ui, mark, texts::state(state), count, wanted.states.contains(&state));
            toggle(&mut wanted.states, &state, &response);
        }
        ui.add_space(theme::GAP);
        title(ui, texts::FILTER_HOSTS);
        if choice(ui, None, texts::FILTER_ALL_HOSTS, all, wanted.hosts.is_empty()).clicked() {
            wanted.hosts.clear();
        }
        for (host, count) in &scene.counts.hosts {
            let name = scene.snapshot.host_name(host);
            let response = choice(ui, None, name, *count, wanted.hosts.contains(host));
            toggle(&mut wanted.hosts, host, &response);
        }
        ui.add_space(theme::GAP);
        title(ui, texts::FILTER_TEMPLATES);
        if choice(ui, None, texts::FILTER_ALL_TEMPLATES, all, wanted.templates.is_empty()).clicked() {
            wanted.templates.clear();
        }
        for (template, count) in &scene.counts.templates {
            let name = if template.is_empty() { texts::FILTER_DEFAULT_TEMPLATE } else { template.as_str() };
            let response = choice(ui, None, name, *count, wanted.templates.contains(template));
            toggle(&mut wanted.templates, template, &response);
        }
    });
    if before != (wanted.states.clone(), wanted.hosts.clone(), wanted.templates.clone()) {
        selection.clear();
    }
}

fn title(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).color(theme::palette(ui).ink.secondary));
}

/// Alone, or with Ctrl beside the others; once more takes it out.
fn toggle<T: Ord + Clone>(chosen: &mut BTreeSet<T>, value: &T, response: &egui::Response) {
    if !response.clicked() {
        return;
    }
    let also = response.ctx.input(|input| input.modifiers.command);
    let was_only = chosen.len() == 1 && chosen.contains(value);
    if also {
        if !chosen.remove(value) {
            chosen.insert(value.clone());
        }
    } else {
        chosen.clear();
        if !was_only {
            chosen.insert(value.clone());
        }
    }
}

/// One line: mark, word, count at the right.
fn choice(ui: &mut Ui, mark: Option<(Icon, egui::Color32)>, words: &str, count: usize, chosen: bool) -> egui::Response {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), theme::LINE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, texts::counted_filter(words, count)));
    if chosen {
        ui.painter().rect_filled(rect, theme::RADIUS_BAR, palette.surface.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS_BAR, palette.surface.hover);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme::RADIUS_BAR, palette.focus(), egui::StrokeKind::Inside);
    }
    let inner = rect.shrink2(egui::vec2(theme::CELL_PAD, 0.0));
    let ink = if count == 0 && !chosen { palette.ink.secondary } else { palette.ink.text };
    let font = egui::TextStyle::Body.resolve(ui.style());
    let at = inner.right_center();
    let number = ui.painter().text(at, egui::Align2::RIGHT_CENTER, count.to_string(), font, ink);
    if let Some((icon, color)) = mark {
        let at = egui::pos2(inner.left() + theme::ICON / 2.0, inner.center().y);
        // What there is none of steps back.
        let color = if count == 0 && !chosen { palette.ink.secondary } else { color };
        icon.paint(ui.painter(), egui::Rect::from_center_size(at, egui::Vec2::splat(theme::ICON)), color);
    }
    let left = inner.left() + theme::ICON + theme::CELL_PAD + 2.0;
    let text = egui::WidgetText::from(RichText::new(words).color(ink)).into_galley(
        ui,
        Some(egui::TextWrapMode::Truncate),
        (number.left() - theme::CELL_PAD - left).max(1.0),
        egui::TextStyle::Body,
    );
    ui.painter().galley(egui::pos2(left, inner.center().y - text.size().y / 2.0), text, ink);
    response
}
