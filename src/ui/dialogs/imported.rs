//! Says what an import from BBDrop 0.9 has taken, what was there already and what could not be taken, each with the reason.

use egui::{Context, Label, RichText, ScrollArea};

use super::{close, foot, frame_wide};
use crate::core::legacy::{ImportReport, Item};
use crate::ui::texts::dialogs as texts;
use crate::ui::{button, theme};

/// The account of an import.
pub struct Imported {
    summary: String,
    /// Titles and items, so that only what is seen is drawn.
    lines: Vec<Line>,
    /// As `bbdrop import` prints it.
    text: String,
    ready: bool,
}

struct Line {
    words: String,
    is_title: bool,
    is_refusal: bool,
}

impl Imported {
    pub fn new(report: &ImportReport) -> Self {
        // What could not be taken comes first: that is what a person has to look at.
        let parts = [
            (texts::OLD_NOT_TAKEN, &report.not_taken, true),
            (texts::OLD_TAKEN, &report.taken, false),
            (texts::OLD_THERE, &report.there_already, false),
        ];
        let mut lines = Vec::new();
        for (title, items, is_refusal) in parts.into_iter().filter(|(_, items, _)| !items.is_empty()) {
            lines.push(Line { words: format!("{title} ({})", items.len()), is_title: true, is_refusal: false });
            lines.extend(items.iter().map(|item| Line { words: in_words(item), is_title: false, is_refusal }));
        }
        let text = lines.iter().flat_map(|line| [line.words.as_str(), "\n"]).collect();
        Self { summary: report.summary(), lines, text, ready: false }
    }

    /// Says whether it stays open.
    pub fn show(&mut self, ctx: &Context) -> bool {
        let closed = frame_wide(ctx, texts::OLD_TITLE, |ui| {
            super::body(ui, |ui| {
                ui.add(Label::new(&self.summary).wrap());
                ui.add_space(theme::GAP);
                theme::palette(ui).well().show(ui, |ui| {
                    let area = ScrollArea::both().id_salt(texts::OLD_LIST).auto_shrink([false, false]);
                    area.show_rows(ui, theme::LINE_HEIGHT, self.lines.len(), |ui, rows| {
                        for line in self.lines.iter().take(rows.end).skip(rows.start) {
                            line.show(ui);
                        }
                    });
                });
            });
            foot(ui, |ui| {
                let copy = ui.add(button::dialog(texts::OLD_COPY));
                if copy.on_hover_text(texts::OLD_COPY_WHAT).clicked() {
                    ui.ctx().copy_text(self.text.clone());
                }
                close(ui, !std::mem::replace(&mut self.ready, true))
            })
        });
        closed == Some(false)
    }
}

impl Line {
    fn show(&self, ui: &mut egui::Ui) {
        let ink = &theme::palette(ui).ink;
        let words = RichText::new(&self.words);
        let words = if self.is_title { words.strong() } else { words };
        let words = if self.is_refusal { words.color(ink.error) } else { words };
        ui.horizontal(|ui| {
            ui.set_min_height(theme::LINE_HEIGHT);
            if !self.is_title {
                ui.add_space(theme::GAP);
            }
            ui.add(Label::new(words).extend());
        });
    }
}

fn in_words(item: &Item) -> String {
    format!("{} “{}”: {}", item.kind.name(), item.name, item.words)
}
