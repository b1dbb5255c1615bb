//! Asks before galleries leave the queue.

use std::collections::BTreeSet;

use egui::{Context, Label};

use super::{foot, frame};
use crate::core::{Command, GalleryId, Selection};
use crate::ui::icons::Icon;
use crate::ui::{Action, button, texts, theme};

/// The question, about galleries that were selected when it was asked.
pub struct Remove {
    galleries: BTreeSet<GalleryId>,
    question: String,
    /// The default button has been given the keyboard.
    ready: bool,
}

impl Remove {
    /// Asks about `galleries`; `first` is the name of one of them.
    pub fn new(galleries: BTreeSet<GalleryId>, first: &str) -> Self {
        let question = texts::remove_question(galleries.len(), first);
        Self { galleries, question, ready: false }
    }

    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        let answer = frame(ctx, texts::REMOVE_TITLE, |ui| {
            ui.horizontal_top(|ui| {
                Icon::Question.show(ui, theme::palette(ui).ink.warning);
                ui.vertical(|ui| {
                    ui.add(Label::new(&self.question).wrap());
                    ui.add(Label::new(texts::REMOVE_STAYS).wrap());
                });
            });
            foot(ui, |ui| {
                let cancel = ui.add(button::dialog(texts::CANCEL));
                let remove = ui.add(button::dialog(texts::REMOVE_YES));
                if !std::mem::replace(&mut self.ready, true) {
                    remove.request_focus();
                }
                (remove.clicked(), cancel.clicked())
            })
        });
        match answer {
            Some((true, _)) => {
                actions.push(Action::Ask(Command::Remove(Selection::of(std::mem::take(&mut self.galleries)))));
                false
            }
            Some((false, cancelled)) => !cancelled,
            None => false,
        }
    }
}
