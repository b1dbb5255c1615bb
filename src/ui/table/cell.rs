//! What stands in one cell of the table.

use egui::accesskit::Role;
use egui::{Color32, Label, Popup, Rect, RichText, Sense, TextStyle, TextWrapMode, Ui, WidgetInfo};

use super::{Drawing, Edit, View, chooser, marked};
use crate::core::{Column, Command, Field, Row, Selection};
use crate::ui::icons::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::{Action, button, format, texts};

impl Drawing<'_, '_> {
    pub(super) fn cell(&mut self, ui: &mut Ui, column: Column, place: usize, row: &Row) {
        let palette = self.palette;
        let scene = self.table.scene;
        let ink = palette.ink.text;
        if self.table.view.edit.as_ref().is_some_and(|edit| (edit.gallery, edit.column) == (row.id, column)) {
            return self.edit(ui, column);
        }
        match column {
            Column::Number => text(ui, &(place + 1).to_string(), palette.ink.secondary),
            Column::Name => text(ui, &row.name, ink),
            Column::Uploaded => text(ui, &format!("{}/{}", row.tally.uploaded, row.tally.usable()), ink),
            Column::Progress => progress(ui, row, palette),
            Column::Status => self.status(ui, row),
            Column::Size => text(ui, &format::bytes(row.tally.bytes_total), ink),
            Column::Speed => match scene.rates.of(row.id) {
                0 => {}
                rate => text(ui, &format::rate(rate), ink),
            },
            Column::Eta => {
                if let Some(seconds) = scene.rates.seconds_left(row) {
                    text(ui, &format::duration(seconds), ink);
                }
            }
            Column::Host => self.host(ui, row),
            Column::Added => text(ui, &self.table.clock.minute(row.past.added_at), ink),
            Column::Finished => {
                if let Some(at) = row.past.finished_at {
                    text(ui, &self.table.clock.minute(at), ink);
                }
            }
            Column::Reason => {
                let reason = scene.snapshot.reason(row);
                if !reason.is_empty() {
                    ui.add(Label::new(&*reason).truncate());
                }
            }
            Column::Template => self.template(ui, row),
            Column::Tab => text(ui, scene.snapshot.tab_name(row), ink),
            Column::Field(field) => self.field(ui, field, row),
            Column::Link => text(ui, row.link.as_deref().unwrap_or_default(), palette.ink.info),
        }
    }

    /// The state; why it is so shows under the pointer, as the column of reasons may be out of sight.
    fn status(&self, ui: &mut Ui, row: &Row) {
        marked(ui, Icon::of_state(row.state), self.palette.state(row.state), texts::state(row.state));
        let rect = ui.max_rect();
        if !ui.is_sizing_pass() && ui.rect_contains_pointer(rect) {
            let reason = self.table.scene.snapshot.reason(row);
            let words = format!("{} {reason}", texts::state_sentence(row.state));
            ui.interact(rect, ui.scope_id().with("why"), Sense::hover()).on_hover_text(words.trim());
        }
    }

    /// The field in which the person types.
    fn edit(&mut self, ui: &mut Ui, column: Column) {
        let View { columns, edit, .. } = &mut self.table.view;
        let goes_on = edit.as_mut().is_some_and(|edit| edit.show(ui, columns.title(column), self.table.actions));
        if !goes_on {
            **edit = None;
            ui.memory_mut(|memory| memory.request_focus(super::focus_id()));
        }
    }

    /// One of the person's own fields: a double click changes it.
    fn field(&mut self, ui: &mut Ui, field: Field, row: &Row) {
        let column = Column::Field(field);
        let value = row.post.fields.get(field);
        if ui.is_sizing_pass() {
            return text(ui, value, self.palette.ink.text);
        }
        let response = ui.interact(ui.max_rect(), ui.scope_id().with("field"), Sense::CLICK);
        let title = self.table.view.columns.title(column);
        let _ = button::named_field(response.clone(), &texts::editing(title), value);
        text(ui, value, self.palette.ink.text);
        if response.double_clicked() {
            *self.table.view.edit = Edit::new(row, column);
        } else {
            self.table.mouse(&response, row);
        }
    }

    /// What its output is made with; a click chooses another.
    fn template(&mut self, ui: &mut Ui, row: &Row) {
        let chosen = row.post.template.as_deref();
        let name = chosen.unwrap_or(texts::TEMPLATE_DEFAULT);
        let response = chooser(ui, texts::COLUMN_TEMPLATE, name);
        let ink = &self.palette.ink;
        let color = match (response.hovered(), chosen) {
            (true, _) => ink.info,
            (false, Some(_)) => ink.text,
            (false, None) => ink.secondary,
        };
        text(ui, name, color);
        if response.clicked() && !self.table.view.selection.contains(row.id) {
            self.table.view.selection.only(row.id);
        }
        let (actions, templates) = (&mut *self.table.actions, &self.table.scene.snapshot.templates);
        Popup::menu(&response).show(|ui| {
            let mut set = |template: Option<String>| {
                actions.push(Action::Ask(Command::SetTemplate(Selection::of([row.id]), template)));
            };
            if button::check(ui, texts::TEMPLATE_DEFAULT, chosen.is_none()) {
                set(None);
                ui.close();
            }
            for name in templates.iter().map(|template| template.name.as_str()) {
                if button::check(ui, name, chosen == Some(name)) {
                    set(Some(name.to_owned()));
                    ui.close();
                }
            }
        });
    }

    /// Where it goes; a click chooses another until something has been sent.
    fn host(&mut self, ui: &mut Ui, row: &Row) {
        let hosts = &self.table.scene.snapshot.hosts;
        let name = self.table.scene.snapshot.host_name(&row.host);
        if row.has_begun() || hosts.len() < 2 {
            return text(ui, name, self.palette.ink.text);
        }
        let response = chooser(ui, texts::COLUMN_HOST, name);
        let ink = if response.hovered() { self.palette.ink.info } else { self.palette.ink.text };
        text(ui, name, ink);
        if response.clicked() && !self.table.view.selection.contains(row.id) {
            self.table.view.selection.only(row.id);
        }
        let actions = &mut *self.table.actions;
        Popup::menu(&response).show(|ui| {
            for host in hosts.iter().filter(|host| host.is_known) {
                if button::check(ui, &host.name, host.id == row.host) {
                    actions.push(Action::Ask(Command::SetHost(Selection::of([row.id]), host.id.clone())));
                    ui.close();
                }
            }
        });
    }
}

/// Words that are cut off at the end of the cell, and then shown in full under the pointer.
pub(super) fn text(ui: &mut Ui, words: &str, color: Color32) {
    if ui.is_sizing_pass() {
        ui.add(Label::new(words).extend());
        ui.add_space(2.0 * theme::CELL_PAD);
        return;
    }
    if words.is_empty() {
        return;
    }
    let rect = ui.max_rect();
    let galley = egui::WidgetText::from(RichText::new(words).color(color)).into_galley(
        ui,
        Some(TextWrapMode::Truncate),
        rect.width(),
        TextStyle::Body,
    );
    let is_right = ui.layout().prefer_right_to_left();
    let x = if is_right { rect.right() - galley.size().x } else { rect.left() };
    let elided = galley.elided;
    ui.painter().galley(egui::pos2(x, rect.center().y - galley.size().y / 2.0), galley, color);
    if elided && ui.rect_contains_pointer(rect) {
        ui.interact(rect, ui.scope_id().with("whole"), Sense::hover()).on_hover_text(words);
    }
}

/// A bar with its percentage on it, readable on both of its parts.
fn progress(ui: &mut Ui, row: &Row, palette: &Palette) {
    bar(ui, row.progress(), palette.bar(row.state), palette);
}

/// Space above and below a bar, in points.
pub const BAR_AROUND: f32 = 4.0;

/// A bar with its percentage on it, as high as there is room.
pub fn bar(ui: &mut Ui, share: f32, fill: Color32, palette: &Palette) {
    let rect = ui.max_rect().shrink2(egui::vec2(0.0, BAR_AROUND));
    let words = format::percent(share);
    let response = ui.interact(rect, ui.scope_id().with("bar"), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, &words);
        info.value = Some(f64::from(share) * 100.0);
        info
    });
    let filled = Rect::from_min_size(rect.min, egui::vec2(rect.width() * share, rect.height()));
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS_BAR, palette.surface.input);
    painter.with_clip_rect(filled.intersect(painter.clip_rect())).rect_filled(rect, theme::RADIUS_BAR, fill);
    painter.rect_stroke(rect, theme::RADIUS_BAR, palette.line(), egui::StrokeKind::Inside);
    for (part, color) in
        [(Rect::from_min_max(filled.right_top(), rect.max), palette.ink.text), (filled, Palette::on_bar(fill))]
    {
        let galley = painter.layout_no_wrap(words.clone(), TextStyle::Small.resolve(ui.style()), color);
        let at = rect.center() - galley.size() / 2.0;
        painter.with_clip_rect(part.intersect(painter.clip_rect())).galley(at, galley, color);
    }
}
