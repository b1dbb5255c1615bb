//! What is known of the selected gallery: folder, host, link, dates.

use egui::accesskit::Role;
use egui::{ComboBox, Label, RichText, Sense, Ui, WidgetInfo};

use crate::core::{Command, Row, Snapshot};
use crate::ui::format::{self, Clock};
use crate::ui::icons::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::{Action, button, texts};

/// Width of the captions of the form, in points.
const CAPTION_WIDTH: f32 = 70.0;

pub fn show(ui: &mut Ui, row: &Row, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    crate::ui::panels::scroll().show(ui, |ui| {
        ui.scope(|ui| {
            ui.spacing_mut().interact_size.y = ui.text_style_height(&egui::TextStyle::Body);
            fields(ui, row, snapshot, clock, actions, palette);
        });
        ui.add_space(theme::GAP / 2.0);
        let folder = button::plain(Some((Icon::Folder, palette.bar.incomplete)), texts::OPEN_FOLDER.label);
        let folder = button::named(ui.add(folder), texts::OPEN_THIS_NAME);
        if folder.on_hover_text(texts::OPEN_FOLDER.tooltip).clicked() {
            actions.push(Action::OpenFolder(row.id));
        }
    });
}

fn fields(ui: &mut Ui, row: &Row, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>, palette: &Palette) {
    let words = |ui: &mut Ui, text: &str| {
        ui.add(Label::new(text).truncate());
    };
    field(ui, texts::FIELD_FOLDER, palette, |ui| {
        let path = row.path.to_string_lossy();
        ui.add(Label::new(&*path).truncate().selectable(true));
    });
    field(ui, texts::FIELD_HOST, palette, |ui| host(ui, row, snapshot, actions));
    field(ui, texts::FIELD_SIZE, palette, |ui| words(ui, &format::bytes(row.tally.bytes_total)));
    field(ui, texts::FIELD_TEMPLATE, palette, |ui| {
        words(ui, row.post.template.as_deref().unwrap_or(texts::TEMPLATE_DEFAULT));
    });
    field(ui, texts::FIELD_TAB, palette, |ui| words(ui, snapshot.tab_name(row)));
    field(ui, texts::FIELD_ADDED, palette, |ui| words(ui, &clock.minute(row.past.added_at)));
    if let Some(at) = row.past.finished_at {
        field(ui, texts::FIELD_FINISHED, palette, |ui| words(ui, &clock.minute(at)));
    }
    if let Some(link) = &row.link {
        field(ui, texts::FIELD_LINK, palette, |ui| {
            let words = RichText::new(link).color(palette.ink.info).underline();
            let response = ui.add(Label::new(words).truncate().sense(Sense::click()));
            let response = button::ring(ui, response);
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
    let name = snapshot.host_name(&row.host);
    if row.has_begun() || snapshot.hosts.len() < 2 {
        ui.add(Label::new(name).truncate());
        return;
    }
    let list = ComboBox::from_id_salt(("host", row.id)).selected_text(name).show_ui(ui, |ui| {
        for host in snapshot.hosts.iter().filter(|host| host.is_known) {
            if ui.selectable_label(host.id == row.host, &host.name).clicked() && host.id != row.host {
                actions.push(Action::Ask(Command::SetHost(crate::core::Selection::of([row.id]), host.id.clone())));
            }
        }
    });
    button::named_list(list.response, texts::FIELD_HOST, name);
}
