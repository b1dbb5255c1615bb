//! Folders dragged over the window: says what a drop will do, and passes on what was dropped. Looks at no file.

use egui::{Align2, Context, Order, Ui};

use super::{Action, button, icons::Icon, texts, theme};

/// What the queue's place shows as long as there is nothing in it.
pub fn guide(ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    palette.well().show(ui, |ui| {
        let space = ui.available_size();
        ui.vertical_centered(|ui| {
            ui.add_space((space.y / 2.0 - 100.0).max(theme::GAP));
            let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::ICON_LARGE), egui::Sense::hover());
            Icon::Folder.paint(ui.painter(), rect, palette.surface.border);
            ui.add_space(theme::GAP);
            ui.heading(texts::EMPTY_TITLE);
            ui.label(texts::EMPTY_OR);
            ui.add_space(theme::GAP);
            if ui.add(button::dialog(texts::EMPTY_BUTTON)).on_hover_text(texts::ADD_FOLDERS.tooltip).clicked() {
                actions.push(Action::PickFolders);
            }
            ui.add_space(theme::GAP);
            ui.label(egui::RichText::new(texts::EMPTY_HINT).color(palette.ink.secondary));
            ui.take_available_space();
        });
    });
}

/// Watches for things dragged over the window and let go.
pub fn watch(ctx: &Context, ui: &Ui, actions: &mut Vec<Action>) {
    let (dropped, hovering) = ctx.input(|input| {
        let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
        (dropped, input.raw.hovered_files.clone())
    });
    if !dropped.is_empty() {
        actions.push(Action::AddFolders(dropped));
        return;
    }
    if hovering.is_empty() {
        return;
    }
    let first = hovering.first().and_then(|file| file.path.as_ref()?.file_name());
    let words = texts::drop_will(hovering.len(), first.map(|name| name.to_string_lossy()).as_deref());
    let palette = theme::palette(ui);
    let screen = ctx.content_rect();
    let painter = ctx.layer_painter(egui::LayerId::new(Order::Foreground, egui::Id::unique("drop veil")));
    painter.rect_filled(screen, 0.0, palette.surface.veil);
    painter.rect_stroke(screen.shrink(3.0), 2.0, palette.focus(), egui::StrokeKind::Inside);
    egui::Area::new(egui::Id::unique("drop words"))
        .order(Order::Tooltip)
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .interactable(false)
        .show(ctx, |ui| {
            palette.raised(palette.ink.accent).show(ui, |ui| {
                ui.horizontal(|ui| {
                    Icon::Plus.show(ui, palette.ink.accent);
                    ui.add(egui::Label::new(egui::RichText::new(words).heading()).extend());
                });
            });
        });
}
