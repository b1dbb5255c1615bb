//! A question with two or three answers, before something is lost or stopped.

use egui::{Context, Label};

use super::{foot, form, frame};
use crate::ui::icons::Icon;
use crate::ui::{Action, button, texts, theme};

/// What is asked, and what a yes does.
pub struct Question {
    title: &'static str,
    lines: Vec<String>,
    yes: &'static str,
    no: &'static str,
    action: Action,
    also: Option<Also>,
    /// A third answer, and what it does.
    otherwise: Option<(&'static str, Action)>,
    /// The yes is yet to be given the keyboard, so that Enter means it.
    wants_focus: bool,
}

/// What a yes can do besides.
struct Also {
    label: &'static str,
    what: &'static str,
    action: Action,
    is_wanted: bool,
}

impl Question {
    pub const fn new(title: &'static str, lines: Vec<String>, yes: &'static str, action: Action) -> Self {
        Self { title, lines, yes, no: texts::CANCEL, action, also: None, otherwise: None, wants_focus: true }
    }

    /// With a box to tick: a yes does `action` then, in the place of the other. `what` explains it.
    pub fn with(self, label: &'static str, what: &'static str, action: Action) -> Self {
        Self { also: Some(Also { label, what, action, is_wanted: false }), ..self }
    }

    /// Enter alone does not mean yes: it could not be undone.
    pub fn grave(self) -> Self {
        Self { wants_focus: false, ..self }
    }

    /// With a third answer.
    pub fn otherwise(self, label: &'static str, action: Action) -> Self {
        Self { otherwise: Some((label, action)), ..self }
    }

    /// What the other button says.
    pub fn or(self, no: &'static str) -> Self {
        Self { no, ..self }
    }

    pub fn is_about(&self, action: &Action) -> bool {
        self.action == *action
    }

    /// Draws it; says whether it stays open.
    pub fn show(&mut self, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        let answer = frame(ctx, self.title, |ui| {
            ui.horizontal_top(|ui| {
                Icon::Question.show(ui, theme::palette(ui).ink.warning);
                ui.vertical(|ui| {
                    for line in &self.lines {
                        ui.add(Label::new(line).wrap());
                    }
                    if let Some(also) = &mut self.also {
                        ui.add_space(theme::GAP);
                        button::tick(ui, &mut also.is_wanted, also.label);
                        form::note(ui, also.what);
                    }
                });
            });
            foot(ui, |ui| {
                let yes = ui.add(button::dialog(self.yes));
                let otherwise = self.otherwise.as_ref().filter(|(label, _)| ui.add(button::dialog(label)).clicked());
                actions.extend(otherwise.map(|(_, action)| action.clone()));
                let no = ui.add(button::dialog(self.no));
                if std::mem::take(&mut self.wants_focus) {
                    yes.request_focus();
                }
                (yes.clicked(), no.clicked() || otherwise.is_some())
            })
        });
        if answer.is_some_and(|answer| answer.0) {
            let also = self.also.as_ref().filter(|also| also.is_wanted);
            actions.push(also.map_or(&self.action, |also| &also.action).clone());
        }
        answer == Some((false, false))
    }
}
