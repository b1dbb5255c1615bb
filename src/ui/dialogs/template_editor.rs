//! The text of a template: coloured, with what is wrong underlined, and completion after `#`, `[` and `|`. Knows no list and no file.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, CCursorRange, CharIndex, LayoutJob};
use egui::{
    Area, Galley, Id, Key, Label, Modifiers, Order, Stroke, TextBuffer, TextEdit, TextFormat, TextStyle, Ui, Vec2,
};

use super::form;
use crate::template::{self, Completion, Problem, Template, TokenKind};
use crate::ui::texts::templates as texts;
use crate::ui::{button, theme};

/// Completions that are shown at once.
const OFFERS_MAX: usize = 9;

/// The editor of one template.
pub struct Editor {
    pub text: String,
    /// Where the keyboard is in the text, in bytes.
    cursor: usize,
    /// Where it is to be.
    moves_to: Option<usize>,
    offers: Vec<Completion>,
    offer: usize,
    seen: Seen,
}

/// What is known of the text as it was last looked at.
pub struct Seen {
    text: String,
    is_dark: bool,
    job: LayoutJob,
    problems: Vec<Problem>,
    template: Arc<Template>,
    /// Counts up whenever the text is another.
    pub revision: u64,
}

impl Editor {
    pub fn new(text: &str) -> Self {
        let (template, problems) = template::parse(text);
        let seen = Seen {
            text: text.to_owned(),
            is_dark: false,
            job: LayoutJob::default(),
            problems,
            template: Arc::new(template),
            revision: 0,
        };
        Self { text: text.to_owned(), cursor: 0, moves_to: None, offers: Vec::new(), offer: 0, seen }
    }

    /// The text as it is understood.
    pub fn template(&self) -> &Arc<Template> {
        &self.seen.template
    }

    pub const fn revision(&self) -> u64 {
        self.seen.revision
    }

    /// Writes `words` where the keyboard is, which goes to `cursor` of them.
    pub fn insert(&mut self, words: &str, cursor: usize) {
        let at = self.cursor;
        self.replace(at..at, words, cursor);
    }

    fn replace(&mut self, at: Range<usize>, words: &str, cursor: usize) {
        if self.text.get(at.clone()).is_some() {
            self.text.replace_range(at.clone(), words);
            self.cursor = at.start + cursor;
            self.moves_to = Some(self.cursor);
        }
        self.offers.clear();
    }

    /// Draws the text, so many points high at least.
    pub fn show(&mut self, ui: &mut Ui, height: f32) {
        let id = ui.scope_id().with("template");
        self.steer(ui, id);
        if let Some(to) = self.moves_to.take() {
            let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
            let chars = self.text.get(..to).map_or(0, |before| before.chars().count());
            state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(CharIndex(chars)))));
            TextEdit::store_state(ui.ctx(), id, state);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        self.seen.look(ui, &self.text);
        let seen = &self.seen;
        let mut layout = |ui: &Ui, text: &dyn TextBuffer, width: f32| -> Arc<Galley> {
            let mut job = if text.as_str() == seen.text {
                seen.job.clone()
            } else {
                highlight(ui, text.as_str(), &template::parse(text.as_str()).1)
            };
            job.wrap.max_width = width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let edit = TextEdit::multiline(&mut self.text).id(id).font(TextStyle::Monospace).desired_width(f32::INFINITY);
        let output = edit.min_size(Vec2::new(0.0, height)).layouter(&mut layout).show(ui);
        let changed = output.response.response.changed();
        button::named_text(button::ring(ui, output.response.response), texts::TEMPLATE_TEXT, &self.text);
        let Some(range) = output.cursor_range else { return };
        let chars = range.primary.index.0;
        let cursor = self.text.char_indices().nth(chars).map_or(self.text.len(), |(at, _)| at);
        if changed {
            // At once: what is drawn below in this frame is of the new text.
            self.seen.look(ui, &self.text);
            self.offers = template::completions(&self.text, cursor);
            self.offer = 0;
        } else if cursor != self.cursor {
            self.offers.clear();
        }
        self.cursor = cursor;
        let below = output.galley.pos_from_cursor(range.primary).left_bottom() + output.galley_pos.to_vec2();
        self.offers(ui, id, below);
    }

    /// What is wrong, a line each; with a suggestion that can be taken.
    pub fn problems(&mut self, ui: &mut Ui) {
        let mut taken = None;
        for problem in &self.seen.problems {
            ui.horizontal_wrapped(|ui| {
                form::wrong(ui, &texts::problem(problem.line, problem.column, &problem.words));
                if let Some(suggestion) = &problem.suggestion
                    && ui.small_button(texts::use_suggestion(suggestion)).clicked()
                {
                    taken = Some((problem.at.clone(), suggestion.clone()));
                }
                if ui.small_button(texts::TEMPLATE_GO).on_hover_text(texts::TEMPLATE_GO_WHAT).clicked() {
                    self.moves_to = Some(problem.at.start);
                }
            });
        }
        if let Some((at, words)) = taken {
            self.replace(at, &words, words.len());
        }
    }

    pub fn is_good(&self) -> bool {
        self.seen.problems.is_empty()
    }

    /// With completions on the screen arrows choose, Enter takes and Escape puts them away; Ctrl+Space brings them.
    fn steer(&mut self, ui: &Ui, id: Id) {
        if !ui.memory(|memory| memory.has_focus(id)) {
            self.offers.clear();
            return;
        }
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::CTRL, Key::Space) {
            self.offers = template::completions(&self.text, self.cursor);
            self.offer = 0;
        }
        if self.offers.is_empty() {
            return;
        }
        let last = self.offers.len() - 1;
        if pressed(Modifiers::NONE, Key::ArrowDown) {
            self.offer = if self.offer == last { 0 } else { self.offer + 1 };
        } else if pressed(Modifiers::NONE, Key::ArrowUp) {
            self.offer = self.offer.checked_sub(1).unwrap_or(last);
        } else if pressed(Modifiers::NONE, Key::Escape) {
            self.offers.clear();
        } else if pressed(Modifiers::NONE, Key::Enter)
            && let Some(offer) = self.offers.get(self.offer).cloned()
        {
            self.replace(offer.at, &offer.text, offer.cursor);
        }
    }

    fn offers(&mut self, ui: &Ui, id: Id, below: egui::Pos2) {
        if self.offers.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let first = (self.offer + 1).saturating_sub(OFFERS_MAX);
        let mut taken = None;
        Area::new(id.with("offers")).order(Order::Tooltip).fixed_pos(below).constrain(true).show(ui.ctx(), |ui| {
            palette.raised(palette.surface.border).inner_margin(2).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (index, offer) in self.offers.iter().enumerate().skip(first).take(OFFERS_MAX) {
                    let words = format!("{}   {}", offer.text.trim_end(), offer.words);
                    if ui.selectable_label(index == self.offer, words).clicked() {
                        taken = Some(offer.clone());
                    }
                }
                if self.offers.len() > OFFERS_MAX {
                    ui.add(Label::new(texts::more(self.offers.len() - OFFERS_MAX)));
                }
            });
        });
        if let Some(offer) = taken {
            self.replace(offer.at, &offer.text, offer.cursor);
        }
    }
}

impl Seen {
    fn look(&mut self, ui: &Ui, text: &str) {
        let is_dark = ui.visuals().dark_mode;
        if self.text == text && self.is_dark == is_dark && !self.job.sections.is_empty() {
            return;
        }
        if self.text != text {
            self.revision += 1;
            text.clone_into(&mut self.text);
        }
        let (template, problems) = template::parse(text);
        self.is_dark = is_dark;
        self.job = highlight(ui, text, &problems);
        self.template = Arc::new(template);
        self.problems = problems;
    }
}

/// `text` in colours, with `problems` underlined.
fn highlight(ui: &Ui, text: &str, problems: &[Problem]) -> LayoutJob {
    let ink = &theme::palette(ui).ink;
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut job = LayoutJob::default();
    for (at, kind) in template::tokens(text) {
        let color = match kind {
            TokenKind::Text => ink.text,
            TokenKind::Setting | TokenKind::Escape => ink.secondary,
            TokenKind::Placeholder => ink.info,
            TokenKind::Block => ink.success,
            TokenKind::Wrong => ink.error,
        };
        for (piece, is_wrong) in pieces(at, problems) {
            let underline = if is_wrong { Stroke::new(1.5, ink.error) } else { Stroke::NONE };
            let format = TextFormat { font_id: font.clone(), color, underline, ..TextFormat::default() };
            job.append(text.get(piece).unwrap_or_default(), 0.0, format);
        }
    }
    if job.sections.is_empty() {
        job.append("", 0.0, TextFormat::simple(font, ink.text));
    }
    job
}

/// `at` in pieces that are wholly inside or outside of a problem.
fn pieces(at: Range<usize>, problems: &[Problem]) -> Vec<(Range<usize>, bool)> {
    let edges = problems.iter().flat_map(|problem| [problem.at.start, problem.at.end]);
    let mut cuts: Vec<_> = edges.filter(|edge| at.start < *edge && *edge < at.end).collect();
    cuts.extend([at.start, at.end]);
    cuts.sort_unstable();
    cuts.dedup();
    let is_wrong = |piece: &Range<usize>| {
        problems.iter().any(|problem| problem.at.start <= piece.start && piece.end <= problem.at.end)
    };
    cuts.iter()
        .zip(cuts.iter().skip(1))
        .map(|(from, to)| *from..*to)
        .map(|piece| (piece.clone(), is_wrong(&piece)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_inside_a_piece_of_text_is_cut_out() {
        let problem =
            |at: Range<usize>| Problem { line: 1, column: 1, length: 1, at, words: String::new(), suggestion: None };
        assert_eq!(pieces(0..9, &[problem(2..4)]), [(0..2, false), (2..4, true), (4..9, false)]);
        assert_eq!(pieces(2..4, &[problem(0..9)]), [(2..4, true)]);
        assert_eq!(pieces(0..9, &[]), [(0..9, false)]);
    }
}
