//! The images of the selected gallery: a small picture, the name, how it is and why. Only the visible ones are drawn and asked for.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Label, Layout, Rect, RichText, TextStyle, Ui, UiBuilder};

use crate::core::{Image, Row, Snapshot};
use crate::ui::icons::Icon;
use crate::ui::pictures::Pictures;
use crate::ui::theme::{self, Palette};
use crate::ui::{format, texts};

pub fn show(ui: &mut Ui, row: &Row, snapshot: &Snapshot, pictures: &mut Pictures, palette: &'static Palette) {
    let tally = row.tally;
    let counts = texts::images(tally.uploaded, tally.usable(), tally.failed, tally.skipped);
    ui.add(Label::new(counts).truncate());
    match snapshot.details.as_deref().filter(|details| details.id == row.id) {
        Some(details) if details.images.is_empty() => {
            ui.label(RichText::new(texts::DETAILS_NO_IMAGES).color(palette.ink.secondary));
        }
        Some(details) => {
            palette.well().inner_margin(0).show(ui, |ui| {
                ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
                crate::ui::panels::scroll().id_salt(("images", row.id)).show_rows(
                    ui,
                    theme::IMAGE_ROW,
                    details.images.len(),
                    |ui, shown| {
                        for image in shown.filter_map(|place| details.images.get(place)) {
                            line(ui, row, image, pictures, palette);
                        }
                    },
                );
            });
        }
        None => {
            ui.label(RichText::new(texts::DETAILS_LOADING).color(palette.ink.secondary));
        }
    }
}

fn line(ui: &mut Ui, row: &Row, image: &Image, pictures: &mut Pictures, palette: &'static Palette) {
    let size = egui::vec2(ui.available_width(), theme::IMAGE_ROW);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    if image.position % 2 == 1 {
        ui.painter().rect_filled(rect, 0.0, palette.surface.stripe);
    }
    let inner = rect.shrink(theme::CELL_PAD);
    let [width, height] = theme::PICTURE;
    let place = Rect::from_min_size(inner.min, egui::vec2(width, height));
    pictures.paint(ui, row, image, place);
    let words = Rect::from_min_max(egui::pos2(place.right() + theme::GAP, inner.top() - 2.0), inner.max);
    let mut beside =
        ui.new_child(UiBuilder::new().max_rect(words).id_salt(image.position).layout(Layout::top_down(Align::Min)));
    beside.set_clip_rect(beside.clip_rect().intersect(rect));
    beside.spacing_mut().item_spacing.y = 1.0;
    beside.add(Label::new(image.name()).truncate());
    beside.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::CELL_PAD;
        Icon::of_image(&image.state).show(ui, palette.image(&image.state));
        ui.add(Label::new(how(ui, image, palette)).wrap());
    });
    // A reason needs the room.
    if image.state.reason().is_empty() {
        let size = RichText::new(format::bytes(image.bytes)).color(palette.ink.secondary);
        beside.add(Label::new(size).truncate());
    }
    if !image.state.reason().is_empty() {
        response.on_hover_ui(|ui| {
            ui.label(image.name());
            ui.label(image.state.reason());
        });
    }
}

/// The state, and why; what does not fit into two lines is in the tooltip.
fn how(ui: &Ui, image: &Image, palette: &Palette) -> LayoutJob {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob { wrap: TextWrapping { max_rows: 2, ..TextWrapping::default() }, ..LayoutJob::default() };
    let mut add = |words: &str, color| job.append(words, 0.0, TextFormat::simple(font.clone(), color));
    add(texts::image_state(&image.state), palette.ink.text);
    if !image.state.reason().is_empty() {
        add(": ", palette.ink.secondary);
        add(image.state.reason(), palette.ink.secondary);
    }
    job
}
