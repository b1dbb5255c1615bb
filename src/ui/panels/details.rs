//! The panel about the selected gallery: what it is, what happened to it, and its images. Only the visible images are drawn.

use egui::accesskit::Role;
use egui::{ComboBox, Label, RichText, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::dock::nothing;
use crate::core::{Command, Details, GalleryState, Image, Row, Scene, Snapshot};
use crate::ui::commands::Facts;
use crate::ui::format::{self, Clock};
use crate::ui::icons::Icon;
use crate::ui::selection::Selection;
use crate::ui::theme::{self, Palette};
use crate::ui::{Action, button, table, texts};

/// Width of the captions of the form, in points.
const CAPTION_WIDTH: f32 = 76.0;

pub fn show(
    ui: &mut Ui,
    scene: &Scene,
    facts: &Facts,
    selection: &Selection,
    clock: &Clock,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    match selection.single().and_then(|id| scene.row(id)) {
        Some(row) => gallery(ui, row, &scene.snapshot, clock, actions, palette),
        None if facts.selected > 1 => {
            ui.label(texts::selected(facts.selected));
        }
        None => nothing(ui, texts::DETAILS_NONE),
    }
}

fn gallery(
    ui: &mut Ui,
    row: &Row,
    snapshot: &Snapshot,
    clock: &Clock,
    actions: &mut Vec<Action>,
    palette: &'static Palette,
) {
    let title = ui.add(Label::new(RichText::new(&row.name).heading()).truncate().sense(Sense::hover()));
    title.widget_info(|| WidgetInfo::labeled(Role::Heading, true, texts::details_of(&row.name)));
    ui.add_space(theme::GAP / 2.0);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = ui.text_style_height(&egui::TextStyle::Body);
        fields(ui, row, snapshot, clock, actions, palette);
    });
    ui.add_space(theme::GAP / 2.0);
    ui.horizontal(|ui| {
        let folder = button::plain(Some((Icon::Folder, palette.bar.incomplete)), texts::OPEN_FOLDER.label);
        let folder = button::named(ui.add(folder), texts::OPEN_THIS_NAME);
        if folder.on_hover_text(texts::OPEN_FOLDER.tooltip).clicked() {
            actions.push(Action::OpenFolder(row.id));
        }
        let copy = button::plain(Some((Icon::Copy, palette.ink.text)), texts::COPY_THIS);
        let copy = button::named(ui.add_enabled(row.tally.uploaded > 0, copy), texts::COPY_THIS_NAME);
        let copy = copy.on_hover_text(texts::COPY_THIS_NAME).on_disabled_hover_text(texts::NOTHING_TO_DO);
        if copy.clicked() {
            actions.push(Action::Ask(Command::Output(vec![row.id])));
        }
    });
    ui.add_space(theme::GAP / 2.0);
    let tally = row.tally;
    let counts = texts::images(tally.uploaded, tally.usable(), tally.failed, tally.skipped);
    ui.add(Label::new(counts).truncate());
    match snapshot.details.as_deref().filter(|details| details.id == row.id) {
        Some(details) if details.images.is_empty() => {
            ui.label(RichText::new(texts::DETAILS_NO_IMAGES).color(palette.ink.secondary));
        }
        Some(details) => images(ui, details, palette),
        None => {
            ui.label(RichText::new(texts::DETAILS_LOADING).color(palette.ink.secondary));
        }
    }
}

fn fields(ui: &mut Ui, row: &Row, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>, palette: &Palette) {
    let reason = snapshot.reason(row);
    field(ui, texts::FIELD_STATUS, palette, |ui| {
        Icon::of_state(row.state).show(ui, palette.state(row.state));
        ui.add(Label::new(texts::state_sentence(row.state)).wrap());
    });
    if !reason.is_empty() {
        field(ui, texts::FIELD_REASON, palette, |ui| {
            ui.add(Label::new(&*reason).wrap());
        });
    }
    field(ui, texts::FIELD_FOLDER, palette, |ui| {
        ui.add(Label::new(row.path.to_string_lossy()).truncate());
    });
    field(ui, texts::FIELD_HOST, palette, |ui| host(ui, row, snapshot, actions));
    if let Some(at) = row.past.finished_at {
        field(ui, texts::FIELD_FINISHED, palette, |ui| {
            ui.label(clock.minute(at));
        });
    }
    if let Some(link) = &row.link {
        field(ui, texts::FIELD_LINK, palette, |ui| {
            let words = RichText::new(link).color(palette.ink.info).underline();
            let response = ui.add(Label::new(words).truncate().sense(Sense::click()));
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, link));
            if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
                actions.push(Action::OpenLink(row.id));
            }
        });
    }
}

/// One line of the form: what it is about in secondary ink, then `value`.
fn field(ui: &mut Ui, caption: &str, palette: &Palette, value: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.scope(|ui| {
            ui.set_width(CAPTION_WIDTH);
            ui.label(RichText::new(caption).color(palette.ink.secondary));
        });
        value(ui);
    });
}

/// Where it goes; another can be chosen until something has been sent.
fn host(ui: &mut Ui, row: &Row, snapshot: &Snapshot, actions: &mut Vec<Action>) {
    let has_begun = row.tally.uploaded > 0 || matches!(row.state, GalleryState::Uploading | GalleryState::Completed);
    if has_begun || snapshot.hosts.len() < 2 {
        ui.add(Label::new(&row.host).truncate());
        return;
    }
    let list = ComboBox::from_id_salt(("host", row.id)).selected_text(&row.host).show_ui(ui, |ui| {
        for host in snapshot.hosts.iter().filter(|host| host.is_known) {
            if ui.selectable_label(host.id == row.host, &host.name).clicked() && host.id != row.host {
                actions.push(Action::Ask(Command::SetHost(crate::core::Selection::of([row.id]), host.id.clone())));
            }
        }
    });
    button::named_list(list.response, texts::FIELD_HOST, &row.host);
}

fn images(ui: &mut Ui, details: &Details, palette: &'static Palette) {
    palette.well().show(ui, |ui| {
        ui.spacing_mut().item_spacing = egui::vec2(theme::GAP, 0.0);
        ui.visuals_mut().widgets.noninteractive.bg_stroke.color = palette.surface.grid;
        let titles = [texts::COLUMN_FILE, texts::COLUMN_STATUS, texts::COLUMN_REASON];
        table::head_strip(ui, palette);
        TableBuilder::new(ui)
            .id_salt(("images", details.id))
            .striped(true)
            .resizable(true)
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .column(Column::initial(92.0).at_least(50.0).clip(true))
            .column(Column::initial(88.0).at_least(50.0).clip(true))
            .column(Column::remainder().at_least(30.0).clip(true))
            .header(theme::HEADER_HEIGHT, |mut header| {
                for title in titles {
                    header.col(|ui| table::head(ui, title, false));
                }
            })
            .body(|body| {
                body.rows(theme::ROW_HEIGHT, details.images.len(), |mut line| {
                    if let Some(image) = details.images.get(line.index()) {
                        image_row(&mut line, image, palette);
                    }
                });
            });
    });
}

fn image_row(line: &mut egui_extras::TableRow<'_, '_>, image: &Image, palette: &Palette) {
    line.col(|ui| {
        ui.push_id(image.position, |ui| {
            let hint = format!("{}, {}", image.name(), format::bytes(image.bytes));
            ui.add(Label::new(image.name()).truncate()).on_hover_text(hint);
        });
    });
    line.col(|ui| {
        ui.push_id(image.position, |ui| {
            table::marked(
                ui,
                Icon::of_image(&image.state),
                palette.image(&image.state),
                texts::image_state(&image.state),
            );
        });
    });
    line.col(|ui| {
        ui.push_id(image.position, |ui| ui.add(Label::new(image.state.reason()).truncate()));
    });
}
