//! The heads of the table's columns: a click sorts, dragging moves, the other button chooses what is shown.

use egui::accesskit::Role;
use egui::{Align, DragAndDrop, Id, Label, Layout, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo};

use super::Drawing;
use crate::core::{Column, Field};
use crate::ui::columns;
use crate::ui::theme::{self, Palette};
use crate::ui::{button, texts};

/// A head on its way to another place.
struct Moving(Column);

impl Drawing<'_, '_> {
    pub(super) fn head(&mut self, ui: &mut Ui, column: Column) {
        let rect = ui.max_rect();
        let title = self.table.view.columns.title(column).to_owned();
        let title = title.as_str();
        let keys = &self.table.view.wanted.sort;
        let key = keys.iter().position(|key| key.column == column);
        let sorted = key.and_then(|place| keys.get(place)).map(|key| key.descending);
        let several = (keys.len() > 1).then_some(key).flatten();
        if ui.is_sizing_pass() {
            ui.add_space(theme::CELL_PAD);
            ui.add(Label::new(title).extend());
            ui.add_space(theme::ICON);
            return;
        }
        let response = ui.interact(rect, Id::unique(("head", column)), Sense::click_and_drag());
        raised(ui, rect, self.palette, &response);
        let inner = rect.shrink2(egui::vec2(theme::CELL_PAD, 0.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
            if let Some(descending) = sorted {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    arrow(ui, descending, self.palette);
                    if let Some(place) = several {
                        ui.label(RichText::new((place + 1).to_string()).small().color(self.palette.ink.secondary));
                    }
                    self.title(ui, title, column);
                });
            } else {
                self.title(ui, title, column);
            }
        });
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ColumnHeader, true, title);
            info.current_text_value = sorted.map(|descending| texts::sorted(descending).to_owned());
            info
        });
        if response.clicked() {
            let also = ui.input(|input| input.modifiers.shift);
            self.table.view.wanted.sort_by(column, also);
        }
        if response.drag_started() {
            DragAndDrop::set_payload(ui.ctx(), Moving(column));
        }
        response.context_menu(|ui| {
            if let Column::Field(field) = column {
                self.name(ui, field);
            }
            self.choices(ui);
        });
        self.heads.push((column, rect));
    }

    /// Painted: the head itself has the accessible name.
    fn title(&self, ui: &mut Ui, title: &str, column: Column) {
        let layout = if columns::is_numeric(column) {
            Layout::right_to_left(Align::Center)
        } else {
            Layout::left_to_right(Align::Center)
        };
        let rect = ui.available_rect_before_wrap();
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect).layout(layout), |ui| {
            super::cell::text(ui, title, self.palette.ink.text);
        });
    }

    /// What the person calls a field of their own.
    fn name(&mut self, ui: &mut Ui, field: Field) {
        let id = Id::unique(("name of column", field));
        let columns = &mut *self.table.view.columns;
        let mut name =
            ui.data(|data| data.get_temp(id)).unwrap_or_else(|| columns.title(Column::Field(field)).to_owned());
        ui.label(texts::COLUMN_RENAME);
        let edit = egui::TextEdit::singleline(&mut name).desired_width(theme::SEARCH_WIDTH);
        let edit = button::named_field(button::line(ui, edit), texts::COLUMN_RENAME, &name);
        if edit.changed() {
            columns.rename(field, &name);
            ui.data_mut(|data| data.insert_temp(id, name));
        }
        if edit.lost_focus() {
            ui.data_mut(|data| data.remove_temp::<String>(id));
        }
        ui.separator();
    }

    /// Which columns are shown.
    fn choices(&mut self, ui: &mut Ui) {
        for shown in self.table.view.columns.all().collect::<Vec<_>>() {
            if button::check(ui, self.table.view.columns.title(shown.column), shown.is_visible) {
                self.table.view.columns.toggle(shown.column);
            }
        }
        ui.separator();
        if button::check(ui, texts::COLUMNS_RESET, false) {
            *self.table.view.columns = columns::Columns::default();
            ui.close();
        }
        if !self.table.view.wanted.sort.is_empty() && button::check(ui, texts::SORT_RESET, false) {
            self.table.view.wanted.sort.clear();
            ui.close();
        }
    }

    /// Shows where a dragged head would go, and puts it there.
    pub(super) fn rearrange(&mut self, ui: &Ui) {
        let Some(moving) = DragAndDrop::payload::<Moving>(ui.ctx()) else { return };
        ui.set_cursor_icon(egui::CursorIcon::Grabbing);
        let Some(at) = ui.ctx().pointer_interact_pos() else { return };
        let Some((target, rect)) = self.heads.iter().find(|(_, rect)| rect.x_range().contains(at.x)).copied() else {
            return;
        };
        if target != moving.0 {
            let after = self.heads.iter().position(|head| head.0 == moving.0)
                < self.heads.iter().position(|head| head.0 == target);
            let x = if after { rect.right() } else { rect.left() };
            ui.painter().vline(x, rect.y_range(), Stroke::new(theme::MARK_WIDTH, self.palette.ink.accent));
        }
        if ui.input(|input| input.pointer.any_released()) {
            DragAndDrop::clear_payload(ui.ctx());
            self.table.view.columns.move_to(moving.0, target);
        }
    }
}

/// The raised strip behind all heads, also where there is none.
pub(super) fn strip(ui: &Ui, palette: &Palette) {
    let top = ui.cursor().top();
    let rect = Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=top + theme::HEADER_HEIGHT);
    ui.painter().rect_filled(rect, 0.0, palette.surface.header);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, palette.line());
}

fn raised(ui: &Ui, rect: Rect, palette: &Palette, response: &egui::Response) {
    let surface = &palette.surface;
    let fill = if response.is_pointer_button_down_on() {
        surface.pressed
    } else if response.hovered() {
        surface.hover
    } else {
        surface.header
    };
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, fill);
    painter.hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, surface.light));
    painter.hline(rect.x_range(), rect.bottom() - 0.5, palette.line());
    painter.vline(rect.right() - 0.5, rect.y_range(), palette.line());
    if response.has_focus() {
        painter.rect_stroke(rect.shrink(1.0), 0.0, palette.focus(), egui::StrokeKind::Inside);
    }
}

fn arrow(ui: &mut Ui, descending: bool, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(theme::ICON * 0.7, theme::ICON), Sense::hover());
    let (x, y, half) = (rect.center().x, rect.center().y, rect.width() * 0.4);
    let tip = if descending { half * 0.6 } else { -half * 0.6 };
    let points = vec![egui::pos2(x - half, y - tip), egui::pos2(x + half, y - tip), egui::pos2(x, y + tip)];
    ui.painter().add(Shape::convex_polygon(points, palette.ink.secondary, Stroke::NONE));
}
