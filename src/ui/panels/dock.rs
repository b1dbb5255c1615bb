//! Lays the panels out and lets them be dragged, tabbed, floated and hidden. What they show is drawn by their own files.

use egui::{Color32, Frame, Margin, Stroke, Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, ResizeState, SimplificationOptions, TabState, TileId, Tiles, UiResponse};

use super::caption::{self, Did};
use super::{Details, Panel, Panels, details, filters, hosts, log, progress, quick, speed};
use crate::core::Scene;
use crate::ui::Action;
use crate::ui::commands::{Facts, MenuCommand};
use crate::ui::format::Clock;
use crate::ui::table::View;
use crate::ui::theme;

/// Draws the queue as it is viewed; pushes what is asked for.
pub type DrawQueue<'a> = dyn FnMut(&mut Ui, View<'_>, &mut Vec<MenuCommand>, &mut Vec<Action>) + 'a;

/// What the panels are drawn from, and what they may change.
pub struct Dock<'a> {
    pub scene: &'a Scene,
    pub facts: &'a Facts,
    pub clock: &'a Clock,
    pub view: View<'a>,
    pub details: &'a mut Details,
    pub asked: &'a mut Vec<MenuCommand>,
    pub actions: &'a mut Vec<Action>,
    /// Draws the queue.
    pub galleries: &'a mut DrawQueue<'a>,
    /// What was done with captions in this frame.
    pub did: Vec<(Panel, Did)>,
}

impl Dock<'_> {
    /// Draws every panel that is shown into what is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, panels: &mut Panels) {
        panels.lay_out(ui.available_size());
        panels.tree.ui(self, ui);
        for panel in panels.floating.clone() {
            if panels.is_shown(panel) {
                self.float(ui, panel);
            }
        }
        for (panel, did) in std::mem::take(&mut self.did) {
            match did {
                Did::Hide => panels.set_shown(panel, false),
                Did::Float => {
                    if !panels.floating.remove(&panel) {
                        panels.floating.insert(panel);
                    }
                }
                Did::Drag | Did::Nothing => {}
            }
        }
    }

    fn float(&mut self, ui: &Ui, panel: Panel) {
        let palette = theme::palette(ui);
        egui::Window::new(panel.title())
            .id(egui::Id::unique(("floating", panel.title())))
            .title_bar(false)
            .frame(palette.raised(palette.surface.border).inner_margin(0))
            .default_size(theme::FLOATING_SIZE)
            .resizable(true)
            .constrain_to(ui.ctx().content_rect())
            .show(ui.ctx(), |ui| {
                let did = caption::show(ui, panel, true);
                self.did.push((panel, did));
                Frame::NONE.inner_margin(Margin::same(6)).show(ui, |ui| self.content(ui, panel));
            });
    }

    fn content(&mut self, ui: &mut Ui, panel: Panel) {
        match panel {
            Panel::Galleries => {
                let View { columns, wanted, selection, edit, drop } = &mut self.view;
                (self.galleries)(ui, View { columns, wanted, selection, edit, drop }, self.asked, self.actions);
            }
            Panel::Filters => filters::show(ui, self.scene, self.view.wanted, self.view.selection),
            Panel::Quick => quick::show(ui, &self.scene.snapshot, self.actions),
            Panel::Hosts => hosts::show(ui, self.scene, self.asked, self.actions),
            Panel::Details => {
                let given = details::Given {
                    scene: self.scene,
                    facts: self.facts,
                    selection: self.view.selection,
                    clock: self.clock,
                };
                self.details.show(ui, &given, self.actions);
            }
            Panel::Progress => progress::show(ui, self.scene),
            Panel::Speed => speed::show(ui, self.scene),
            Panel::Log => log::show(ui, self.scene, self.clock, self.view.selection),
        }
    }
}

impl Behavior<Panel> for Dock<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, panel: &mut Panel) -> UiResponse {
        let panel = *panel;
        let palette = theme::palette(ui);
        if panel == Panel::Galleries {
            self.content(ui, panel);
            return UiResponse::None;
        }
        ui.painter().rect_filled(ui.max_rect(), theme::RADIUS_BAR, palette.surface.panel);
        let did = caption::show(ui, panel, false);
        self.did.push((panel, did));
        Frame::NONE.inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(ui.max_rect().expand(2.0)));
            self.content(ui, panel);
        });
        if did == Did::Drag { UiResponse::DragStarted } else { UiResponse::None }
    }

    fn tab_title_for_pane(&mut self, panel: &Panel) -> WidgetText {
        panel.title().into()
    }

    fn paint_on_top_of_tile(&self, painter: &egui::Painter, style: &egui::Style, tile: TileId, rect: egui::Rect) {
        let _ = (style, tile);
        painter.rect_stroke(rect, theme::RADIUS_BAR, theme::palette_of(painter.ctx()).line(), egui::StrokeKind::Inside);
    }

    fn gap_width(&self, _: &egui::Style) -> f32 {
        theme::SPLITTER
    }

    fn min_size(&self) -> f32 {
        theme::PANEL_MIN
    }

    fn cycle_tabs_with_keyboard(&self) -> bool {
        false // Ctrl+Tab goes through the tabs of the queue.
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: false, ..SimplificationOptions::default() }
    }

    fn resize_stroke(&self, style: &egui::Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => Stroke::NONE,
            ResizeState::Hovering | ResizeState::Dragging => style.visuals.widgets.hovered.bg_stroke,
        }
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        visuals.panel_fill
    }

    fn tab_text_color(&self, visuals: &Visuals, _: &Tiles<Panel>, _: TileId, _: &TabState) -> Color32 {
        visuals.text_color()
    }

    fn drag_preview_stroke(&self, visuals: &Visuals) -> Stroke {
        visuals.widgets.hovered.bg_stroke
    }

    fn dragged_overlay_color(&self, visuals: &Visuals) -> Color32 {
        visuals.panel_fill.gamma_multiply(0.5)
    }
}

/// What the panels say when there is nothing to say.
pub(super) fn nothing(ui: &mut Ui, words: &str) {
    let ink = theme::palette(ui).ink.secondary;
    ui.add(egui::Label::new(egui::RichText::new(words).color(ink)).wrap());
}
