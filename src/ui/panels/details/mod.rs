//! The panel about the selected gallery: how it is, then its images, its output, or what is known of it, one tab each.

mod about;
mod images;
mod output;
mod trouble;

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Label, RichText, Sense, Ui, WidgetInfo};

use super::dock::nothing;
use crate::core::{GalleryState, Row, Scene, Snapshot};
use crate::ui::commands::Facts;
use crate::ui::dialogs::Answer;
use crate::ui::format::Clock;
use crate::ui::icons::Icon;
use crate::ui::pictures::Pictures;
use crate::ui::selection::Selection;
use crate::ui::theme::{self, Palette};
use crate::ui::{Action, button, texts};
use output::OutputOf;

/// What the panel remembers between frames.
#[derive(Default)]
pub struct Details {
    page: Page,
    output: OutputOf,
    pub pictures: Pictures,
}

/// What is shown of the gallery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    Images,
    Output,
    About,
}

/// What the panel is drawn from.
pub struct Given<'a> {
    pub scene: &'a Scene,
    pub facts: &'a Facts,
    pub selection: &'a Selection,
    pub clock: &'a Clock,
}

impl Details {
    /// What came of asking for a gallery's output.
    pub fn answered(&mut self, gallery: crate::core::GalleryId, answer: &Answer) {
        self.output.answered(gallery, answer);
    }

    pub fn show(&mut self, ui: &mut Ui, given: &Given<'_>, actions: &mut Vec<Action>) {
        match given.selection.single().and_then(|id| given.scene.row(id)) {
            Some(row) => self.gallery(ui, row, given, actions),
            None if given.facts.selected > 1 => {
                ui.label(texts::selected(given.facts.selected));
            }
            None => nothing(ui, texts::DETAILS_NONE),
        }
    }

    fn gallery(&mut self, ui: &mut Ui, row: &Arc<Row>, given: &Given<'_>, actions: &mut Vec<Action>) {
        let palette = theme::palette(ui);
        let snapshot = &*given.scene.snapshot;
        let title = ui.add(Label::new(RichText::new(&row.name).heading()).truncate().sense(Sense::hover()));
        title.widget_info(|| WidgetInfo::labeled(Role::Heading, true, texts::details_of(&row.name)));
        state(ui, row, snapshot, palette);
        trouble::fold(ui, row, snapshot, actions);
        ui.add_space(theme::GAP / 2.0);
        self.pages(ui, palette);
        ui.add_space(theme::GAP / 2.0);
        match self.page {
            Page::Images => images::show(ui, row, snapshot, &mut self.pictures, palette),
            Page::Output => self.output.show(ui, row, snapshot, actions),
            Page::About => about::show(ui, row, snapshot, given.clock, actions),
        }
    }

    /// The tabs, as far left as they can be.
    fn pages(&mut self, ui: &mut Ui, palette: &Palette) {
        let strip = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let pages = [
                (Page::Images, texts::PAGE_IMAGES),
                (Page::Output, texts::PAGE_OUTPUT),
                (Page::About, texts::PAGE_ABOUT),
            ];
            for (page, words) in pages {
                if button::tab(ui, words, self.page == page).clicked() {
                    self.page = page;
                }
            }
        });
        let rect = strip.response.rect;
        ui.painter().hline(ui.max_rect().x_range(), rect.bottom() + 0.5, palette.line());
    }
}

/// How it is: mark, sentence, and why.
fn state(ui: &mut Ui, row: &Row, snapshot: &Snapshot, palette: &Palette) {
    ui.horizontal_top(|ui| {
        Icon::of_state(row.state).show(ui, palette.state(row.state));
        ui.add(Label::new(texts::state_sentence(row.state)).wrap());
    });
    let reason = snapshot.reason(row);
    // That it waits for its turn, or to be looked at, is what the sentence says already.
    let is_said = row.state == GalleryState::Added || *reason == *texts::state_sentence(row.state);
    if !reason.is_empty() && !is_said {
        ui.add(Label::new(RichText::new(&*reason).color(palette.ink.secondary)).wrap());
    }
}
