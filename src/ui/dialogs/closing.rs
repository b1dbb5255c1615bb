//! Asks before the window is closed while something is being uploaded.

use egui::{Context, Label};

use super::{foot, frame};
use crate::ui::icons::Icon;
use crate::ui::{Action, button, texts, theme};

/// The question; `uploading` galleries were on their way when it was asked.
pub struct Closing {
    uploading: usize,
    ready: bool,
}

impl Closing {
    pub const fn new(uploading: usize) -> Self {
        Self { uploading, ready: false }
    }

    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        let answer = frame(ctx, texts::CLOSING_TITLE, |ui| {
            ui.horizontal_top(|ui| {
                Icon::Question.show(ui, theme::palette(ui).ink.warning);
                ui.add(Label::new(texts::closing_question(self.uploading)).wrap());
            });
            foot(ui, |ui| {
                let stay = ui.add(button::dialog(texts::CLOSING_NO));
                let close = ui.add(button::dialog(texts::CLOSING_YES));
                if !std::mem::replace(&mut self.ready, true) {
                    close.request_focus();
                }
                (close.clicked(), stay.clicked())
            })
        });
        if answer.is_some_and(|answer| answer.0) {
            actions.push(Action::CloseNow);
        }
        answer == Some((false, false))
    }
}
