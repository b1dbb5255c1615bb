//! Rows on their way to another place in the queue, or onto a tab.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{DragAndDrop, Id, LayerId, Order, Rect, Response, Stroke, TextStyle, Ui};

use super::Drawing;
use crate::core::{Command, Direction, GalleryId, Row, Selection};
use crate::ui::selection;
use crate::ui::theme;
use crate::ui::{Action, texts};

/// The galleries that are being dragged.
pub struct Rows(pub Arc<BTreeSet<GalleryId>>);

/// Where dragged rows would go.
pub(super) struct Landing {
    /// In front of this one; `None` is the end.
    before: Option<GalleryId>,
    /// The line between the rows.
    y: f32,
}

/// Begins to drag the selected rows; a row that is not selected becomes the only one.
pub(super) fn lift(response: &Response, row: &Row, selection: &mut selection::Selection) {
    if response.drag_started() {
        if !selection.contains(row.id) {
            selection.only(row.id);
        }
        DragAndDrop::set_payload(&response.ctx, Rows(Arc::clone(selection.ids())));
    }
}

impl Drawing<'_, '_> {
    /// Sees whether dragged rows are over this one.
    pub(super) fn drag_over(&mut self, ui: &Ui, id: GalleryId, place: u64, rect: Rect) {
        let Some(at) = ui.ctx().pointer_interact_pos().filter(|_| DragAndDrop::has_payload_of_type::<Rows>(ui.ctx()))
        else {
            return;
        };
        if !rect.intersect(ui.clip_rect()).contains(at) {
            return;
        }
        self.landing = Some(if at.y < rect.center().y {
            Landing { before: Some(id), y: rect.top() }
        } else {
            let next = usize::try_from(place).ok().and_then(|place| self.table.scene.shown_at(place + 1));
            Landing { before: next.map(|(_, row)| row.id), y: rect.bottom() }
        });
    }

    /// Shows where dragged rows would go, and puts them there. A sorted table has no order of its own to change.
    pub(super) fn land(&mut self, ui: &Ui) {
        let Some(rows) = DragAndDrop::payload::<Rows>(ui.ctx()) else { return };
        let is_sorted = !self.table.scene.wanted.sort.is_empty();
        self.ghost(ui, &rows, is_sorted && self.landing.is_some());
        let Some(landing) = self.landing.take().filter(|_| !is_sorted) else { return };
        let line = Stroke::new(theme::MARK_WIDTH, self.palette.ink.accent);
        ui.painter().hline(ui.clip_rect().x_range(), landing.y, line);
        if ui.input(|input| input.pointer.any_released()) {
            DragAndDrop::clear_payload(ui.ctx());
            let direction = landing.before.map_or(Direction::Bottom, Direction::Before);
            let moved = Selection::of(rows.0.iter().copied());
            self.table.actions.push(Action::Ask(Command::Move(moved, direction)));
        }
    }

    /// How many there are, at the pointer.
    fn ghost(&self, ui: &Ui, rows: &Rows, is_sorted: bool) {
        let Some(at) = ui.ctx().pointer_interact_pos() else { return };
        ui.set_cursor_icon(if is_sorted { egui::CursorIcon::NoDrop } else { egui::CursorIcon::Grabbing });
        let words = if is_sorted { texts::DRAG_SORTED.to_owned() } else { texts::dragged(rows.0.len()) };
        let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, Id::unique("dragged rows")));
        let ink = self.palette.ink.text;
        let galley = painter.layout_no_wrap(words, TextStyle::Body.resolve(ui.style()), ink);
        let rect = Rect::from_min_size(at + egui::vec2(14.0, 10.0), galley.size()).expand(theme::CELL_PAD);
        painter.rect(
            rect,
            theme::RADIUS_BAR,
            self.palette.surface.panel,
            self.palette.line(),
            egui::StrokeKind::Inside,
        );
        painter.galley(rect.min + egui::Vec2::splat(theme::CELL_PAD), galley, ink);
    }
}
