//! The settings one changes all day, for galleries that are added from now on.

use egui::accesskit::Role;
use egui::{DragValue, Ui, WidgetInfo};

use crate::core::{Command, Snapshot};
use crate::ui::{Action, button, texts};

/// Width of the captions, in points.
const CAPTION_WIDTH: f32 = 76.0;

/// Edges of thumbnails that can be chosen, in pixels.
const THUMBNAILS: std::ops::RangeInclusive<u32> = 50..=1000;
/// What an arrow beside the number adds or takes.
const STEP: i32 = 10;

pub fn show(ui: &mut Ui, snapshot: &Snapshot, actions: &mut Vec<Action>) {
    let settings = &snapshot.settings;
    let mut set = |key: &str, value: String| {
        actions.push(Action::Ask(Command::Configure { key: key.to_owned(), value }));
    };
    super::scroll().show(ui, |ui| {
        line(ui, texts::QUICK_HOST_SHORT, |ui| {
            let chosen = snapshot.host_name(&settings.host);
            let choices = snapshot.hosts.iter().filter(|host| host.is_known && host.settings.enabled);
            let choices = choices.map(|host| (host.id.as_str(), host.name.as_str()));
            if let Some(id) =
                button::list(ui, "quick host", (texts::QUICK_HOST, texts::QUICK_HOST_WHAT), chosen, choices)
            {
                set("uploads.host", id);
            }
        });
        line(ui, texts::COLUMN_TEMPLATE, |ui| {
            let chosen = settings.output.template.as_str();
            let choices = snapshot.templates.iter().map(|template| (template.name.as_str(), template.name.as_str()));
            let name = texts::QUICK_TEMPLATE;
            if let Some(name) = button::list(ui, "quick template", (name, name), chosen, choices) {
                set("output.template", name);
            }
        });
        line(ui, texts::QUICK_THUMBNAILS, |ui| {
            let mut size = settings.thumbnail_px;
            let field = DragValue::new(&mut size).range(THUMBNAILS).suffix(texts::PIXELS).update_while_editing(false);
            let field = button::spin(ui, field);
            field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, texts::QUICK_THUMBNAILS));
            let steps = button::steps(ui, &field);
            size = size.saturating_add_signed(steps * STEP).clamp(*THUMBNAILS.start(), *THUMBNAILS.end());
            if size != settings.thumbnail_px && !field.dragged() {
                set("thumbnails.size", size.to_string());
            }
        });
        let mut start = settings.start_automatically;
        let field = button::tick(ui, &mut start, texts::QUICK_START).on_hover_text(texts::QUICK_START_WHAT);
        // The dialog of settings has a box with the very words.
        field.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, start, texts::QUICK_START_NAME));
        if field.changed() {
            set("uploads.start_automatically", start.to_string());
        }
    });
}

/// What it is about, and the value as wide as the panel allows.
fn line(ui: &mut Ui, caption: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.set_width(CAPTION_WIDTH);
            ui.label(caption);
        });
        value(ui);
    });
}
