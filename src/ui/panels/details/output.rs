//! What would be copied of the selected gallery, asked for when it is looked at and when what it is made of has changed.

use std::sync::Arc;

use egui::{Align, Layout, RichText, TextEdit, TextStyle, Ui};

use crate::core::{Command, GalleryId, Reply, Row, Settings, Snapshot, TemplateRow};
use crate::ui::dialogs::{Answer, Matter};
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::{Action, button, texts};

/// Characters that are shown; laying out more would take as long as a frame may. All of them are copied.
const CHARS_MAX: usize = 12_000;
/// It is not made more often, in seconds.
const EVERY_S: f64 = 1.0;

/// The output as it was last made.
#[derive(Default)]
pub struct OutputOf {
    /// Of what it was asked for.
    of: Option<Made>,
    /// When that was, in seconds of the window's clock.
    asked_at: f64,
    /// The answer is not there yet.
    is_asked: bool,
    gallery: Option<GalleryId>,
    text: String,
    /// What is not shown, in characters.
    rest: usize,
    /// What is missing and why, or why there is none.
    notes: Vec<String>,
}

/// Everything that output is made of: made of the same, it is the same.
struct Made {
    row: Arc<Row>,
    settings: Settings,
    templates: Arc<[TemplateRow]>,
}

impl Made {
    fn is_of(&self, row: &Arc<Row>, snapshot: &Snapshot) -> bool {
        Arc::ptr_eq(&self.row, row)
            && Arc::ptr_eq(&self.templates, &snapshot.templates)
            && self.settings == snapshot.settings
    }
}

impl OutputOf {
    /// What came of asking. What came of asking for another gallery is late.
    pub fn answered(&mut self, gallery: GalleryId, answer: &Answer) {
        if self.of.as_ref().is_none_or(|of| of.row.id != gallery) {
            return;
        }
        self.is_asked = false;
        self.gallery = Some(gallery);
        match answer {
            Ok(Reply::Output(output)) => {
                let end = output.text.char_indices().nth(CHARS_MAX).map_or(output.text.len(), |(end, _)| end);
                let (shown, rest) = output.text.split_at(end);
                shown.clone_into(&mut self.text);
                self.rest = rest.chars().count();
                self.notes.clone_from(&output.notes);
            }
            Ok(_) => self.text.clear(),
            Err(refusal) => {
                self.text.clear();
                self.notes = vec![refusal.words.clone()];
            }
        }
    }

    pub fn show(&mut self, ui: &mut Ui, row: &Arc<Row>, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        self.ask(ui, row, snapshot, actions);
        let palette = theme::palette(ui);
        let is_there = self.gallery == Some(row.id);
        ui.horizontal(|ui| {
            let copy = button::plain(Some((Icon::Copy, palette.ink.text)), texts::COPY_THIS);
            let copy = button::named(ui.add_enabled(row.tally.uploaded > 0, copy), texts::COPY_THIS_NAME);
            let copy = copy.on_hover_text(texts::COPY_THIS_NAME).on_disabled_hover_text(texts::NOTHING_TO_DO);
            if copy.clicked() {
                actions.push(Action::Ask(Command::Output(vec![row.id])));
            }
            if is_there && self.rest > 0 {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(RichText::new(texts::output_rest(self.rest)).color(palette.ink.secondary));
                });
            }
        });
        if !is_there {
            ui.label(RichText::new(texts::OUTPUT_LOADING).color(palette.ink.secondary));
            return;
        }
        for note in &self.notes {
            ui.label(RichText::new(note).color(palette.ink.secondary));
        }
        if self.text.is_empty() {
            if self.notes.is_empty() {
                ui.label(RichText::new(texts::OUTPUT_NONE).color(palette.ink.secondary));
            }
            return;
        }
        palette.well().inner_margin(0).show(ui, |ui| {
            crate::ui::panels::scroll().id_salt(("output", row.id)).show(ui, |ui| {
                let mut text = self.text.as_str();
                let field = TextEdit::multiline(&mut text)
                    .id_salt(("output text", row.id))
                    .font(TextStyle::Monospace)
                    .frame(egui::Frame::NONE.inner_margin(theme::CELL_PAD))
                    .desired_width(f32::INFINITY);
                let field = ui.add(field);
                button::named_text(button::ring(ui, field), texts::OUTPUT_NAME, &self.text);
            });
        });
    }

    /// Asks again when it would be something else, one question at a time, and not for every image of a fast upload.
    fn ask(&mut self, ui: &Ui, row: &Arc<Row>, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        let is_other = self.of.as_ref().is_none_or(|of| of.row.id != row.id);
        if self.of.as_ref().is_some_and(|of| of.is_of(row, snapshot)) || (self.is_asked && !is_other) {
            return;
        }
        let now = ui.input(|input| input.time);
        let wait = self.asked_at + EVERY_S - now;
        if wait > 0.0 && !is_other {
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(wait));
            return;
        }
        let (settings, templates) = (snapshot.settings.clone(), Arc::clone(&snapshot.templates));
        self.of = Some(Made { row: Arc::clone(row), settings, templates });
        self.asked_at = now;
        self.is_asked = true;
        actions.push(Action::AskAbout(Matter::OutputOf(row.id), Command::Output(vec![row.id])));
    }
}
