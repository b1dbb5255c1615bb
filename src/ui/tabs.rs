//! The tabs above the queue: each shows the galleries of one tab. Rows and things from outside can be dropped on them; they can be dragged into another order.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{DragAndDrop, Id, Rect, Response, RichText, ScrollArea, Sense, Stroke, TextStyle, Ui, WidgetInfo};

use super::commands::MenuCommand;
use super::dropping::Target;
use super::icons::Icon;
use super::table::{Rows, View};
use super::theme::{self, Palette};
use super::{Action, button, texts};
use crate::core::{Command, GalleryId, Scene, Selection, TabId};

/// A tab on its way to another place.
struct Moving(TabId);

/// Draws the strip; a click shows another tab.
pub fn show(ui: &mut Ui, scene: &Scene, view: &mut View<'_>, asked: &mut Vec<MenuCommand>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let strip =
        Rect::from_min_size(ui.available_rect_before_wrap().min, egui::vec2(ui.available_width(), theme::TAB_HEIGHT));
    ui.painter().rect_filled(strip, 0.0, palette.surface.panel);
    ui.painter().hline(strip.x_range(), strip.bottom() - 0.5, palette.line());
    let (shown, drop) = (view.wanted.tab, &mut *view.drop);
    let mut bar = Bar { scene, palette, asked, actions, shown, drop, places: Vec::new() };
    ui.scope_builder(egui::UiBuilder::new().max_rect(strip), |ui| {
        ScrollArea::horizontal().scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden).show(
            ui,
            |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    bar.tabs(ui);
                });
            },
        );
    });
    // What they are of follows at once.
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    ui.advance_cursor_after_rect(strip);
    ui.spacing_mut().item_spacing.y = spacing;
    bar.rearrange(ui);
    let shown = bar.shown;
    if shown != view.wanted.tab {
        view.wanted.tab = shown;
        // What is not seen is not selected.
        view.selection.clear();
    }
}

struct Bar<'a> {
    scene: &'a Scene,
    palette: &'static Palette,
    asked: &'a mut Vec<MenuCommand>,
    actions: &'a mut Vec<Action>,
    shown: Option<TabId>,
    drop: &'a mut Target,
    /// Where each tab is.
    places: Vec<(TabId, Rect)>,
}

impl Bar<'_> {
    fn tabs(&mut self, ui: &mut Ui) {
        let scene = self.scene;
        if self.tab(ui, None, texts::TAB_ALL, scene.snapshot.rows.len()).clicked() {
            self.shown = None;
        }
        for tab in scene.snapshot.tabs.iter() {
            let count = scene.counts.tabs.get(&tab.id).copied().unwrap_or(0);
            let response = self.tab(ui, Some(tab.id), &tab.name, count);
            if response.clicked() || response.secondary_clicked() {
                self.shown = Some(tab.id);
            }
            if response.double_clicked() {
                self.asked.push(MenuCommand::RenameTab);
            }
            if response.drag_started() {
                DragAndDrop::set_payload(ui.ctx(), Moving(tab.id));
            }
            // Asking for it takes it, whatever it is.
            if DragAndDrop::has_payload_of_type::<Rows>(ui.ctx())
                && let Some(rows) = response.dnd_release_payload::<Rows>()
            {
                let rows = Selection::of(rows.0.iter().copied());
                self.actions.push(Action::Ask(Command::MoveToTab(rows, tab.id)));
            }
            self.places.push((tab.id, response.rect));
            response.context_menu(|ui| self.menu(ui, tab.id));
        }
        if button::small(ui, Icon::Plus, texts::NEW_TAB.label).clicked() {
            self.asked.push(MenuCommand::NewTab);
        }
    }

    fn tab(&mut self, ui: &mut Ui, id: Option<TabId>, name: &str, count: usize) -> Response {
        let is_shown = self.shown == id;
        let ink = if is_shown { self.palette.ink.text } else { self.palette.ink.secondary };
        let words = texts::counted_filter(name, count);
        let text = egui::WidgetText::from(RichText::new(&words).color(ink)).into_galley(
            ui,
            Some(egui::TextWrapMode::Truncate),
            theme::TAB_WIDTH_MAX,
            TextStyle::Body,
        );
        let size = egui::vec2(text.size().x + 2.0 * theme::TAB_PAD, theme::TAB_HEIGHT);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let sense = if id.is_some() { Sense::click_and_drag() } else { Sense::click() };
        let response = ui.interact(rect, Id::unique(("tab", id)), sense);
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, &words));
        let takes_drop = id.is_some_and(|id| self.drop.meets(&response, id));
        let takes = takes_drop || id.is_some() && response.dnd_hover_payload::<Rows>().is_some();
        let surface = &self.palette.surface;
        let painter = ui.painter();
        if is_shown || takes {
            painter.rect_filled(rect, 0.0, if takes { surface.selection } else { surface.window });
            let top = Stroke::new(theme::MARK_WIDTH, self.palette.ink.accent);
            painter.hline(rect.x_range(), rect.top() + theme::MARK_WIDTH / 2.0, top);
        } else if response.hovered() {
            painter.rect_filled(rect.with_max_y(rect.bottom() - 1.0), 0.0, surface.hover);
        }
        painter.vline(rect.right() - 0.5, rect.y_range(), self.palette.line());
        if response.has_focus() {
            painter.rect_stroke(rect.shrink(1.0), theme::RADIUS_BAR, self.palette.focus(), egui::StrokeKind::Inside);
        }
        painter.galley(rect.center() - text.size() / 2.0, text, ink);
        response
    }

    /// What can be done with a tab.
    fn menu(&mut self, ui: &mut Ui, id: TabId) {
        let scene = self.scene;
        for command in [MenuCommand::NewTab, MenuCommand::RenameTab] {
            if button::choice(ui, command.words().label) {
                self.asked.push(command);
            }
        }
        let others = || scene.snapshot.tabs.iter().filter(move |tab| tab.id != id);
        ui.add_enabled_ui(others().next().is_some(), |ui| {
            ui.separator();
            ui.add_enabled_ui(id != TabId::MAIN, |ui| {
                ui.menu_button(texts::MERGE_TAB.label, |ui| {
                    for other in others() {
                        if button::choice(ui, &other.name) {
                            self.asked.push(MenuCommand::MergeInto(other.id));
                        }
                    }
                });
            });
            ui.menu_button(texts::TAB_MOVE_ALL, |ui| {
                for other in others() {
                    if button::choice(ui, &other.name) {
                        let rows = Selection::of(in_tab(scene, id));
                        self.actions.push(Action::Ask(Command::MoveToTab(rows, other.id)));
                    }
                }
            });
            ui.separator();
            ui.add_enabled_ui(id != TabId::MAIN, |ui| {
                if button::choice(ui, MenuCommand::CloseTab.words().label) {
                    self.asked.push(MenuCommand::CloseTab);
                }
            });
        });
    }

    /// Shows where a dragged tab would go, and puts it there.
    fn rearrange(&mut self, ui: &Ui) {
        let Some(moving) = DragAndDrop::payload::<Moving>(ui.ctx()) else { return };
        ui.set_cursor_icon(egui::CursorIcon::Grabbing);
        let at = ui.ctx().pointer_interact_pos();
        let target = at.and_then(|at| self.places.iter().position(|(_, rect)| rect.x_range().contains(at.x)));
        let from = self.places.iter().position(|(id, _)| *id == moving.0);
        if let (Some(to), Some(from)) = (target, from)
            && to != from
            && let Some((_, rect)) = self.places.get(to)
        {
            let x = if to > from { rect.right() } else { rect.left() };
            ui.painter().vline(x, rect.y_range(), Stroke::new(theme::MARK_WIDTH, self.palette.ink.accent));
            if ui.input(|input| input.pointer.any_released()) {
                self.actions.push(Action::Ask(Command::MoveTab(moving.0, to)));
            }
        }
        if ui.input(|input| input.pointer.any_released()) {
            DragAndDrop::clear_payload(ui.ctx());
        }
    }
}

/// Every gallery of a tab, shown or not.
pub fn in_tab(scene: &Scene, tab: TabId) -> BTreeSet<GalleryId> {
    scene.snapshot.rows.iter().filter(|row| row.place.tab == tab).map(|row| row.id).collect()
}

/// The tab after `shown` (or before it), the first one of all being that of everything.
pub fn beside(scene: &Scene, shown: Option<TabId>, back: bool) -> Option<TabId> {
    let tabs: Vec<Option<TabId>> =
        std::iter::once(None).chain(scene.snapshot.tabs.iter().map(|tab| Some(tab.id))).collect();
    let at = tabs.iter().position(|tab| *tab == shown).unwrap_or(0);
    let next = if back { at + tabs.len() - 1 } else { at + 1 };
    tabs.get(next % tabs.len()).copied().flatten()
}
