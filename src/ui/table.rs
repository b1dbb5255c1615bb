//! The queue as a table: one row per gallery, whole rows selected, only the visible ones drawn.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Align, Color32, EventFilter, Id, Label, Layout, Rect, RichText, Sense, TextStyle, TextWrapMode, Ui, WidgetInfo,
};
use egui_extras::{Column, TableBuilder, TableRow};

use super::commands::{Facts, MenuCommand};
use super::format::{self, Clock};
use super::icons::Icon;
use super::selection::{Click, Selection};
use super::theme::{self, Palette};
use super::{menu, texts};
use crate::core::{GalleryId, Row, Snapshot};

/// What the table is drawn from, and what it may change.
pub struct Table<'a> {
    pub snapshot: &'a Snapshot,
    pub rows: &'a [Arc<Row>],
    pub facts: &'a Facts,
    pub clock: &'a Clock,
    pub details_open: bool,
    pub selection: &'a mut Selection,
    pub asked: &'a mut Vec<MenuCommand>,
    /// Scroll to this gallery.
    pub reveal: Option<GalleryId>,
    /// Set when a row was double clicked.
    pub opened: bool,
}

/// The widget that has the keyboard while the queue has it.
pub fn focus_id() -> Id {
    Id::unique("queue table")
}

/// Title, width and least width of each column, in points; `true` puts the text right.
const COLUMNS: [(&str, f32, f32, bool); 9] = [
    (texts::COLUMN_NUMBER, 40.0, 28.0, true),
    (texts::COLUMN_NAME, 200.0, 80.0, false),
    (texts::COLUMN_UPLOADED, 66.0, 50.0, true),
    (texts::COLUMN_PROGRESS, 110.0, 60.0, false),
    (texts::COLUMN_STATUS, 94.0, 60.0, false),
    (texts::COLUMN_SIZE, 72.0, 50.0, true),
    (texts::COLUMN_HOST, 70.0, 50.0, false),
    (texts::COLUMN_ADDED, 112.0, 60.0, false),
    (texts::COLUMN_REASON, 150.0, 80.0, false),
];

/// The place of the column that takes what the others leave at first.
const NAME: usize = 1;

impl Table<'_> {
    pub fn show(&mut self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let area = ui.available_rect_before_wrap();
        self.keyboard(ui, area, palette);
        palette.well().show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::vec2(theme::GAP, 0.0);
            ui.visuals_mut().widgets.hovered.bg_fill = palette.surface.hover;
            ui.visuals_mut().widgets.noninteractive.bg_stroke.color = palette.surface.grid;
            egui::ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| self.table(ui, palette));
        });
    }

    fn keyboard(&mut self, ui: &Ui, area: Rect, palette: &Palette) {
        let response = ui.interact(area, focus_id(), Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Table, true, texts::QUEUE));
        // A click below the last row selects nothing.
        if ui.interact(area, focus_id().with("ground"), Sense::CLICK).clicked() {
            self.selection.clear();
        }
        if response.has_focus() {
            let filter = EventFilter { tab: false, escape: true, horizontal_arrows: true, vertical_arrows: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(focus_id(), filter));
            ui.painter().rect_stroke(area, 2.0, palette.focus(), egui::StrokeKind::Outside);
        }
    }

    fn table(&mut self, ui: &mut Ui, palette: &'static Palette) {
        head_strip(ui, palette);
        let name_width = name_width(ui.available_width() - ui.spacing().scroll.allocated_width());
        let mut table = TableBuilder::new(ui)
            .id_salt("queue")
            .striped(true)
            .resizable(true)
            .sense(Sense::CLICK)
            .auto_shrink(false)
            .min_scrolled_height(0.0)
            .animate_scrolling(false)
            .cell_layout(Layout::left_to_right(Align::Center));
        let last = COLUMNS.len() - 1;
        for (place, (_, width, least, _)) in COLUMNS.into_iter().enumerate() {
            let column = match place {
                NAME => Column::initial(name_width),
                _ if place == last => Column::remainder(),
                _ => Column::initial(width),
            };
            table = table.column(column.at_least(least).clip(true));
        }
        if let Some(place) = self.reveal.and_then(|id| self.rows.iter().position(|row| row.id == id)) {
            table = table.scroll_to_row(place, None);
        }
        table
            .header(theme::HEADER_HEIGHT, |mut header| {
                for (title, _, _, right) in COLUMNS {
                    header.col(|ui| head(ui, title, right));
                }
            })
            .body(|body| {
                let rows = self.rows;
                body.rows(theme::ROW_HEIGHT, rows.len(), |mut line| {
                    if let Some(row) = rows.get(line.index()) {
                        self.row(&mut line, row, palette);
                    }
                });
            });
    }

    fn row(&mut self, line: &mut TableRow<'_, '_>, row: &Row, palette: &Palette) {
        let chosen = self.selection.contains(row.id);
        let reason = self.snapshot.reason(row);
        line.set_selected(chosen);
        let number = (line.index() + 1).to_string();
        cell(line, row, |ui| right(ui, &number, palette.ink.secondary));
        name(line, row, chosen, &reason);
        cell(line, row, |ui| {
            right(ui, &format!("{}/{}", row.tally.uploaded, row.tally.usable()), palette.ink.text);
        });
        cell(line, row, |ui| progress(ui, row, palette));
        cell(line, row, |ui| {
            marked(ui, Icon::of_state(row.state), palette.state(row.state), texts::state(row.state));
        });
        cell(line, row, |ui| right(ui, &format::bytes(row.tally.bytes_total), palette.ink.text));
        cell(line, row, |ui| text(ui, &row.host));
        cell(line, row, |ui| text(ui, &self.clock.minute(row.past.added_at)));
        cell(line, row, |ui| {
            if !reason.is_empty() {
                text(ui, &reason);
            }
        });
        self.mouse(&line.response(), row);
    }

    fn mouse(&mut self, response: &egui::Response, row: &Row) {
        let modifiers = response.ctx.input(|input| input.modifiers);
        if response.clicked() {
            let click = match (modifiers.shift, modifiers.command) {
                (true, _) => Click::Range,
                (_, true) => Click::Toggle,
                _ => Click::Only,
            };
            self.selection.click(self.rows, row.id, click);
            response.ctx.memory_mut(|memory| memory.request_focus(focus_id()));
        }
        if response.secondary_clicked() && !self.selection.contains(row.id) {
            self.selection.only(row.id);
        }
        self.opened |= response.double_clicked();
        response.context_menu(|ui| menu::row(ui, self.facts, self.details_open, self.asked));
    }
}

/// What the other columns leave of `available` for the name, in points.
fn name_width(available: f32) -> f32 {
    let others: f32 =
        COLUMNS.iter().enumerate().filter(|(place, _)| *place != NAME).map(|(_, column)| column.1 + theme::GAP).sum();
    (available - others - 3.0 * theme::GAP).clamp(150.0, 360.0)
}

fn cell(line: &mut TableRow<'_, '_>, row: &Row, content: impl FnOnce(&mut Ui)) {
    line.col(|ui| {
        ui.push_id(row.id, content);
    });
}

/// The name's cell speaks for the whole row.
fn name(line: &mut TableRow<'_, '_>, row: &Row, chosen: bool, reason: &str) {
    let (_, response) = line.col(|ui| {
        let rect = ui.max_rect();
        let galley = egui::WidgetText::from(row.name.as_str()).into_galley(
            ui,
            Some(TextWrapMode::Truncate),
            rect.width(),
            TextStyle::Body,
        );
        let at = egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ui.visuals().text_color());
    });
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::Row, true, chosen, &row.name);
        info.current_text_value =
            Some(format!("{}, {} {}", texts::state(row.state), format::percent(row.progress()), reason));
        info
    });
    response.on_hover_ui(|ui| {
        ui.label(RichText::new(&row.name).strong());
        ui.label(row.path.to_string_lossy());
    });
}

/// The raised strip behind the header of the table that is drawn next.
pub fn head_strip(ui: &Ui, palette: &Palette) {
    let top = ui.cursor().top();
    let rect = Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=top + theme::HEADER_HEIGHT);
    ui.painter().rect_filled(rect, 0.0, palette.surface.header);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, palette.line());
}

/// A header cell.
pub fn head(ui: &mut Ui, title: &str, right: bool) {
    let layout = if right { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    ui.with_layout(layout, |ui| ui.add(Label::new(title).truncate()));
}

fn text(ui: &mut Ui, words: &str) {
    ui.add(Label::new(words).truncate());
}

fn right(ui: &mut Ui, words: &str, color: Color32) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add(Label::new(RichText::new(words).color(color)).truncate());
    });
}

/// A bar with its percentage on it, readable on both of its parts.
fn progress(ui: &mut Ui, row: &Row, palette: &Palette) {
    let rect = ui.max_rect().shrink2(egui::vec2(0.0, 4.0));
    let share = row.progress();
    let words = format::percent(share);
    let response = ui.allocate_rect(rect, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, &words);
        info.value = Some(f64::from(share) * 100.0);
        info
    });
    let fill = palette.bar(row.state);
    let filled = Rect::from_min_size(rect.min, egui::vec2(rect.width() * share, rect.height()));
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, palette.surface.input);
    painter.with_clip_rect(filled.intersect(painter.clip_rect())).rect_filled(rect, 2.0, fill);
    painter.rect_stroke(rect, 2.0, palette.line(), egui::StrokeKind::Inside);
    for (part, color) in
        [(Rect::from_min_max(filled.right_top(), rect.max), palette.ink.text), (filled, Palette::on_bar(fill))]
    {
        let galley = painter.layout_no_wrap(words.clone(), TextStyle::Small.resolve(ui.style()), color);
        let at = rect.center() - galley.size() / 2.0;
        painter.with_clip_rect(part.intersect(painter.clip_rect())).galley(at, galley, color);
    }
}

/// A cell with a mark and a word.
pub fn marked(ui: &mut Ui, icon: Icon, color: Color32, words: &str) {
    icon.show(ui, color);
    text(ui, words);
}
