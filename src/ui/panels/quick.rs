//! The settings one changes all day, for galleries that are added from now on.

use egui::accesskit::Role;
use egui::{ComboBox, DragValue, Grid, Ui, WidgetInfo};

use crate::core::{Command, Snapshot};
use crate::ui::{Action, button, texts};

pub fn show(ui: &mut Ui, snapshot: &Snapshot, actions: &mut Vec<Action>) {
    let settings = &snapshot.settings;
    let mut set = |key: &str, value: String| {
        actions.push(Action::Ask(Command::Configure { key: key.to_owned(), value }));
    };
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Grid::new("quick settings").num_columns(2).show(ui, |ui| {
            ui.label(texts::QUICK_HOST);
            let known = snapshot.hosts.iter().find(|host| host.id == settings.host);
            let chosen = known.map_or(settings.host.as_str(), |host| host.name.as_str());
            let width = ui.available_width();
            let list =
                ComboBox::from_id_salt("quick host").width(width).truncate().selected_text(chosen).show_ui(ui, |ui| {
                    for host in snapshot.hosts.iter().filter(|host| host.is_known && host.settings.enabled) {
                        let is_chosen = host.id == settings.host;
                        if ui.selectable_label(is_chosen, &host.name).clicked() && !is_chosen {
                            set("uploads.host", host.id.clone());
                        }
                    }
                });
            let _ = button::named_list(list.response, texts::QUICK_HOST, chosen).on_hover_text(texts::QUICK_HOST_WHAT);
            ui.end_row();
            ui.label(texts::COLUMN_TEMPLATE);
            let chosen = settings.output.template.as_str();
            let list = ComboBox::from_id_salt("quick template").width(width).truncate().selected_text(chosen).show_ui(
                ui,
                |ui| {
                    for template in snapshot.templates.iter() {
                        let is_chosen = template.name == chosen;
                        if ui.selectable_label(is_chosen, &template.name).clicked() && !is_chosen {
                            set("output.template", template.name.clone());
                        }
                    }
                },
            );
            let _ =
                button::named_list(list.response, texts::QUICK_TEMPLATE, chosen).on_hover_text(texts::QUICK_TEMPLATE);
            ui.end_row();
            ui.label(texts::QUICK_THUMBNAILS);
            let mut size = settings.thumbnail_px;
            let field =
                ui.add(DragValue::new(&mut size).range(50..=1000).suffix(texts::PIXELS).update_while_editing(false));
            field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, texts::QUICK_THUMBNAILS));
            if size != settings.thumbnail_px && !field.dragged() {
                set("thumbnails.size", size.to_string());
            }
            ui.end_row();
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
