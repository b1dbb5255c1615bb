//! The queue as a table: one row per gallery, whole rows selected, only what is visible drawn. Sorts and filters nothing itself.

mod cell;
mod drag;
mod edit;
mod head;

use egui::accesskit::Role;
use egui::{Align, EventFilter, Id, Label, Layout, Rect, Sense, Ui, WidgetInfo};
use egui_table::{CellInfo, HeaderCellInfo, HeaderRow, TableDelegate, TableState};

use super::Action;
use super::columns::{self, Columns, Shown};
use super::commands::{Facts, MenuCommand};
use super::dropping::Target;
use super::format::{self, Clock};
use super::menu::{Marks, Menus};
use super::selection::{Click, Selection};
use super::theme::{self, Palette};
use super::{button, icons::Icon, texts};
use crate::core::{Column, GalleryId, Row, Scene, Wanted};

pub use cell::{BAR_AROUND, bar};
pub use drag::Rows;
pub use edit::Edit;

/// What the table is drawn from, and what it may change.
pub struct Table<'a> {
    pub scene: &'a Scene,
    pub facts: &'a Facts,
    pub clock: &'a Clock,
    pub marks: Marks,
    pub view: View<'a>,
    pub asked: &'a mut Vec<MenuCommand>,
    pub actions: &'a mut Vec<Action>,
    /// Scroll to this gallery.
    pub reveal: Option<GalleryId>,
    /// Set when a row was double clicked.
    pub opened: bool,
}

/// How the person sees the queue.
pub struct View<'a> {
    pub columns: &'a mut Columns,
    pub wanted: &'a mut Wanted,
    pub selection: &'a mut Selection,
    /// What is being changed in its cell.
    pub edit: &'a mut Option<Edit>,
    /// Where something from outside would go.
    pub drop: &'a mut Target,
}

/// The widget that has the keyboard while the queue has it.
pub fn focus_id() -> Id {
    Id::unique("queue table")
}

/// What is drawn in this frame.
struct Drawing<'a, 'b> {
    table: &'b mut Table<'a>,
    palette: &'static Palette,
    columns: Vec<Shown>,
    heads: Vec<(Column, Rect)>,
    /// Where dragged rows would go.
    landing: Option<drag::Landing>,
}

impl Table<'_> {
    pub fn show(&mut self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let area = ui.available_rect_before_wrap();
        let has_keyboard = self.keyboard(ui, area);
        palette.ground().show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
            // The table's own lines go on over the scroll bar and where there are no rows; each cell has one.
            ui.visuals_mut().widgets.noninteractive.bg_stroke = egui::Stroke::NONE;
            self.table(ui, palette);
        });
        if has_keyboard {
            // The edge of the panel is around it.
            let inside = Rect::from_min_max(area.min + egui::vec2(1.0, 0.0), area.max - egui::Vec2::splat(1.0));
            ui.painter().rect_stroke(inside, theme::RADIUS_BAR, palette.focus(), egui::StrokeKind::Inside);
        }
    }

    /// Says whether the queue has the keyboard.
    fn keyboard(&mut self, ui: &Ui, area: Rect) -> bool {
        let response = ui.interact(area, focus_id(), Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Table, true, texts::QUEUE));
        // A click below the last row selects nothing.
        if ui.interact(area, focus_id().with("ground"), Sense::CLICK).clicked() {
            self.view.selection.clear();
            ui.memory_mut(|memory| memory.request_focus(focus_id()));
        }
        if response.has_focus() {
            let filter = EventFilter { tab: false, escape: true, horizontal_arrows: true, vertical_arrows: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(focus_id(), filter));
        }
        response.has_focus()
    }

    fn table(&mut self, ui: &mut Ui, palette: &'static Palette) {
        let columns = self.view.columns.fitted(self.room(ui));
        let id = |column: Column| Id::unique(("queue column", column));
        let of = |shown: &Shown| {
            let range = egui::Rangef::new(columns::WIDTH_MIN, columns::WIDTH_MAX);
            egui_table::Column::new(shown.width).range(range).id(id(shown.column))
        };
        let mut table = egui_table::Table::new()
            .id_salt("queue")
            .num_rows(u64::try_from(self.scene.len()).unwrap_or(0))
            .columns(columns.iter().map(of).collect::<Vec<_>>())
            .headers([HeaderRow::new(theme::HEADER_HEIGHT)]);
        if let Some(place) = self.reveal.and_then(|id| self.scene.place_of(id)) {
            table = table.scroll_to_row(u64::try_from(place).unwrap_or(0), None);
        }
        // The widths are ours; the table only draws them and lets them be dragged.
        let state_id = table.get_id(ui);
        let mut state = TableState::load(ui.ctx(), state_id).unwrap_or_default();
        state.col_widths.extend(columns.iter().map(|shown| (id(shown.column), shown.width)));
        state.store(ui.ctx(), state_id);
        let shown = columns.clone();
        head::strip(ui, palette);
        let mut drawing = Drawing { table: self, palette, columns, heads: Vec::new(), landing: None };
        table.show(ui, &mut drawing);
        drawing.rearrange(ui);
        drawing.land(ui);
        if let Some(state) = TableState::load(ui.ctx(), state_id) {
            let width = |shown: &Shown| state.col_widths.get(&id(shown.column)).copied().unwrap_or(shown.width);
            if shown.iter().any(|shown| (width(shown) - shown.width).abs() > 0.1) {
                self.view.columns.set_widths(shown.iter().map(|shown| (shown.column, width(shown))));
            }
        }
    }

    /// For columns, beside the scroll bar.
    #[expect(clippy::cast_precision_loss, reason = "a height on the screen")]
    fn room(&self, ui: &Ui) -> f32 {
        let bar = ui.spacing().scroll.allocated_width();
        let rows = self.scene.len() as f32 * theme::ROW_HEIGHT + theme::HEADER_HEIGHT;
        let scrolls = rows > ui.available_height() - bar;
        ui.available_width() - if scrolls { bar } else { 0.0 }
    }

    fn row(&mut self, ui: &Ui, row: &Row, rect: Rect) -> bool {
        let response = ui.interact(rect, Id::unique(("gallery", row.id)), Sense::CLICK | Sense::DRAG);
        self.mouse(&response, row);
        let chosen = self.view.selection.contains(row.id);
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::Row, true, chosen, &row.name);
            let percent = format::percent(row.progress());
            let reason = self.scene.snapshot.reason(row);
            info.current_text_value = Some(format!("{}, {percent} {reason}", texts::state(row.state)));
            info
        });
        drag::lift(&response, row, self.view.selection);
        response.context_menu(|ui| {
            let Self { scene, facts, marks, view, asked, actions, .. } = self;
            Menus { scene, facts, marks, selection: view.selection, picked: asked, actions }.row(ui);
        });
        response.hovered()
    }

    fn mouse(&mut self, response: &egui::Response, row: &Row) {
        let modifiers = response.ctx.input(|input| input.modifiers);
        let selection = &mut *self.view.selection;
        if response.clicked() {
            let click = match (modifiers.shift, modifiers.command) {
                (true, _) => Click::Range,
                (_, true) => Click::Toggle,
                _ => Click::Only,
            };
            selection.click(self.scene, row.id, click);
            response.ctx.memory_mut(|memory| memory.request_focus(focus_id()));
        }
        if response.secondary_clicked() && !selection.contains(row.id) {
            selection.only(row.id);
        }
        self.opened |= response.double_clicked();
    }
}

impl TableDelegate for Drawing<'_, '_> {
    fn default_row_height(&self) -> f32 {
        theme::ROW_HEIGHT
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        // The heads go on above the scroll bar, which is no place for the beginning of one.
        let (whole, seen) = (ui.max_rect().width(), ui.max_rect().intersect(ui.clip_rect()).width());
        let is_cut = seen < whole && seen < ui.spacing().scroll.allocated_width() + 1.0;
        if let Some(shown) = self.columns.get(cell.group_index).copied().filter(|_| !is_cut) {
            self.head(ui, shown.column);
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, place: u64) {
        // The table asks for each row once more, for columns that do not scroll; there are none.
        if ui.clip_rect().width() < 1.0 {
            return;
        }
        let scene = self.table.scene;
        let shown = usize::try_from(place).ok().and_then(|place| scene.shown_at(place));
        let Some((_, row)) = shown else { return };
        // As wide as the table, wherever it is scrolled to.
        let rect = Rect::from_x_y_ranges(ui.clip_rect().x_range(), ui.max_rect().y_range());
        let surface = &self.palette.surface;
        let hovered = self.table.row(ui, row, rect);
        self.drag_over(ui, row.id, place, rect);
        let fill = if self.table.view.selection.contains(row.id) {
            Some(surface.selection)
        } else if hovered {
            Some(surface.hover)
        } else if place % 2 == 1 {
            Some(surface.stripe)
        } else {
            None
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(rect, 0.0, fill);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let scene = self.table.scene;
        let shown = usize::try_from(cell.row_nr).ok().and_then(|place| scene.shown_at(place));
        let (Some((place, row)), Some(shown)) = (shown, self.columns.get(cell.col_nr).copied()) else { return };
        let line = egui::Stroke::new(1.0, self.palette.surface.grid);
        ui.painter().vline(ui.max_rect().right() - 0.5, ui.max_rect().y_range(), line);
        ui.push_id(row.id, |ui| {
            let rect = ui.max_rect().shrink2(egui::vec2(theme::CELL_PAD, 0.0));
            let layout = if columns::is_numeric(shown.column) {
                Layout::right_to_left(Align::Center)
            } else {
                Layout::left_to_right(Align::Center)
            };
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect).layout(layout), |ui| {
                self.cell(ui, shown.column, place, row);
            });
        });
    }
}

/// A cell with a mark and a word.
pub fn marked(ui: &mut Ui, icon: Icon, color: egui::Color32, words: &str) {
    icon.show(ui, color);
    ui.add_space(theme::CELL_PAD);
    ui.add(Label::new(words).truncate());
}

/// A link-like choice in a cell: says what is chosen, and that it can be changed.
fn chooser(ui: &mut Ui, name: &str, chosen: &str) -> egui::Response {
    let response = ui.interact(ui.max_rect(), ui.scope_id().with("chooser"), Sense::CLICK);
    let _ = button::named_list(response.clone(), name, chosen);
    response
}
