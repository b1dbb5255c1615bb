//! The list on the left of a dialog: one stop of the Tab key; arrow keys move the choice, as in a Qt list. Keeps nothing.

use egui::accesskit::Role;
use egui::{EventFilter, Key, Modifiers, Rect, ScrollArea, Sense, TextStyle, Ui, Vec2, WidgetInfo};

use crate::ui::icons::Icon;
use crate::ui::theme;

/// One entry.
pub struct Entry {
    /// Tells it from the others.
    pub key: String,
    pub label: String,
    /// A word at its right end.
    pub state: String,
    pub mark: Option<(Icon, egui::Color32)>,
}

/// Draws `entries` into what is left of `ui`, and moves `chosen`. Says whether it was moved.
pub fn show(ui: &mut Ui, name: &str, entries: &[Entry], chosen: &mut String) -> bool {
    let before = chosen.clone();
    if !entries.is_empty() && entries.iter().all(|entry| entry.key != *chosen) {
        entries.first().map(|entry| entry.key.as_str()).unwrap_or_default().clone_into(chosen);
    }
    let base = ui.scope_id().with(name);
    theme::palette(ui).well().inner_margin(1).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ScrollArea::vertical().id_salt(name).auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for entry in entries {
                row(ui, base, entry, chosen);
            }
        });
    });
    let steered = entries.iter().any(|entry| entry.key == *chosen && ui.memory(|m| m.has_focus(base.with(&entry.key))));
    if steered && let Some(next) = step(ui, entries, chosen) {
        ui.memory_mut(|memory| memory.request_focus(base.with(next)));
        next.clone_into(chosen);
    }
    *chosen != before
}

/// The entry that an arrow key leads to.
fn step<'e>(ui: &Ui, entries: &'e [Entry], chosen: &str) -> Option<&'e str> {
    let at = entries.iter().position(|entry| entry.key == chosen)?;
    let last = entries.len().saturating_sub(1);
    let to = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        if pressed(Key::ArrowDown) {
            Some((at + 1).min(last))
        } else if pressed(Key::ArrowUp) {
            Some(at.saturating_sub(1))
        } else if pressed(Key::Home) {
            Some(0)
        } else if pressed(Key::End) {
            Some(last)
        } else {
            None
        }
    })?;
    entries.get(to).map(|entry| entry.key.as_str())
}

fn row(ui: &mut Ui, base: egui::Id, entry: &Entry, chosen: &mut String) {
    let palette = theme::palette(ui);
    let is_chosen = entry.key == *chosen;
    let size = Vec2::new(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    // Only the chosen one is a stop of the Tab key.
    let sense = if is_chosen { Sense::click() } else { Sense::CLICK };
    let id = base.with(&entry.key);
    let response = ui.interact(rect, id, sense);
    let name = if entry.state.is_empty() { entry.label.clone() } else { format!("{}, {}", entry.label, entry.state) };
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &name));
    if response.clicked() {
        entry.key.clone_into(chosen);
        response.request_focus();
    }
    if response.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        if is_chosen {
            response.scroll_to_me(None);
        }
    }
    if is_chosen {
        ui.painter().rect_filled(rect, 0.0, palette.surface.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.surface.hover);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect.shrink(1.0), 0.0, palette.focus(), egui::StrokeKind::Inside);
    }
    paint(ui, rect, entry);
    if entry.state.is_empty() {
        response
    } else {
        response.on_hover_text(&name)
    };
}

fn paint(ui: &Ui, rect: Rect, entry: &Entry) {
    let palette = theme::palette(ui);
    let inner = rect.shrink2(Vec2::new(theme::GAP, 0.0));
    let mut left = inner.left();
    if let Some((icon, color)) = entry.mark {
        let square =
            Rect::from_center_size(egui::pos2(left + theme::ICON / 2.0, inner.center().y), Vec2::splat(theme::ICON));
        icon.paint(ui.painter(), square, color);
        left += theme::ICON + theme::GAP / 2.0;
    }
    let small = TextStyle::Small.resolve(ui.style());
    let state = ui.painter().layout_no_wrap(entry.state.clone(), small, palette.ink.secondary);
    let right = inner.right() - state.size().x;
    ui.painter().galley(egui::pos2(right, inner.center().y - state.size().y / 2.0), state, palette.ink.secondary);
    let mut job = egui::text::LayoutJob::simple_singleline(
        entry.label.clone(),
        TextStyle::Body.resolve(ui.style()),
        palette.ink.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - left - theme::GAP / 2.0).max(0.0));
    let label = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(left, inner.center().y - label.size().y / 2.0), label, palette.ink.text);
}
