//! How far all galleries of the tab are together.

use egui::{Label, RichText, Ui, UiBuilder};

use crate::core::{GalleryState, Scene};
use crate::ui::{format, status, table, texts, theme};

#[expect(clippy::cast_precision_loss, reason = "a share for a progress bar")]
pub fn show(ui: &mut Ui, scene: &Scene) {
    let palette = theme::palette(ui);
    let counts = &scene.counts;
    let moving: u64 = counts.uploading.iter().map(|row| row.arrived().saturating_sub(row.tally.bytes_uploaded)).sum();
    let arrived = counts.bytes_uploaded.saturating_add(moving).min(counts.bytes_total);
    let share = if counts.bytes_total == 0 { 0.0 } else { arrived as f32 / counts.bytes_total as f32 };
    let size = egui::vec2(ui.available_width(), theme::BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let all_done = counts.bytes_total > 0 && arrived == counts.bytes_total;
    let state = if all_done { GalleryState::Completed } else { GalleryState::Uploading };
    // A child: the place is taken already.
    let rect = rect.expand2(egui::vec2(0.0, table::BAR_AROUND));
    table::bar(&mut ui.new_child(UiBuilder::new().max_rect(rect)), share, palette.bar(state), palette);
    if scene.snapshot.rows.is_empty() {
        ui.add(Label::new(RichText::new(texts::PROGRESS_NOTHING).color(palette.ink.secondary)).truncate());
        return;
    }
    ui.add(Label::new(texts::bytes_of(&format::bytes(arrived), &format::bytes(counts.bytes_total))).truncate());
    let states = status::states(scene);
    ui.add(Label::new(RichText::new(states).color(palette.ink.secondary)).truncate());
}

/// How far what is on its way is, from 0 to 1; `None` when nothing is.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub fn uploading_share(scene: &Scene) -> Option<f32> {
    let rows = &scene.counts.uploading;
    let total: u64 = rows.iter().map(|row| row.tally.bytes_total).sum();
    let arrived: u64 = rows.iter().map(|row| row.arrived()).sum();
    (total > 0).then(|| (arrived as f32 / total as f32).min(1.0))
}
