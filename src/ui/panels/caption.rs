//! The caption of a panel: what it is, a handle to drag it by, and buttons that float and hide it.

use egui::accesskit::Role;
use egui::{Align, Label, Layout, Rect, Sense, Ui, UiBuilder, WidgetInfo};

use super::Panel;
use crate::ui::icons::Icon;
use crate::ui::{button, texts, theme};

/// What was done with a caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    Nothing,
    Drag,
    Hide,
    /// Into a window of its own, or back.
    Float,
}

/// Draws the caption at the top of `ui`. In a window of its own (`floats`) there is nothing to drag it to.
pub fn show(ui: &mut Ui, panel: Panel, floats: bool) -> Did {
    let palette = theme::palette(ui);
    let full = ui.available_rect_before_wrap();
    let rect = Rect::from_min_size(full.min, egui::vec2(full.width(), theme::CAPTION_HEIGHT));
    ui.advance_cursor_after_rect(rect);
    let sense = if floats { Sense::hover() } else { Sense::DRAG };
    let handle = ui.interact(rect, ui.scope_id().with(("caption", panel)), sense);
    handle.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, panel.title()));
    if !floats && handle.hovered() {
        ui.set_cursor_icon(egui::CursorIcon::Grab);
    }
    ui.painter().rect_filled(rect, 0.0, palette.surface.header);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, palette.line());
    let mut did = if handle.drag_started() { Did::Drag } else { Did::Nothing };
    let inner = rect.shrink2(egui::vec2(theme::CELL_PAD + 2.0, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = egui::vec2(2.0, 1.0);
        if button::small(ui, Icon::Cross, &texts::hide(panel.title())).clicked() {
            did = Did::Hide;
        }
        let (icon, name) =
            if floats { (Icon::Dock, texts::dock(panel.title())) } else { (Icon::Float, texts::float(panel.title())) };
        if button::small(ui, icon, &name).clicked() {
            did = Did::Float;
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(egui::RichText::new(panel.title()).strong()).truncate());
        });
    });
    did
}
