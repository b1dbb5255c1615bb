//! Asks before the results of galleries are forgotten.

use std::collections::BTreeSet;

use egui::{Context, Label};

use super::{foot, frame};
use crate::core::{Command, GalleryId, Selection};
use crate::ui::icons::Icon;
use crate::ui::{Action, button, texts, theme};

/// The question, about galleries that were selected when it was asked.
pub struct Reset(pub BTreeSet<GalleryId>);

impl Reset {
    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        let answer = frame(ctx, texts::RESET_TITLE, |ui| {
            ui.horizontal_top(|ui| {
                Icon::Question.show(ui, theme::palette(ui).ink.warning);
                ui.add(Label::new(texts::reset_question(self.0.len())).wrap());
            });
            foot(ui, |ui| {
                let cancel = ui.add(button::dialog(texts::CANCEL));
                let reset = ui.add(button::dialog(texts::RESET_YES));
                (reset.clicked(), cancel.clicked())
            })
        });
        if let Some((true, _)) = answer {
            actions.push(Action::Ask(Command::Reset(Selection::of(std::mem::take(&mut self.0)))));
        }
        answer == Some((false, false))
    }
}
