//! Asks once what shall become of sub-folders.

use egui::{Context, Label};

use super::{foot, frame};
use crate::core::Command;
use crate::ui::{Action, button, texts};

pub fn show(ctx: &Context, actions: &mut Vec<Action>) -> bool {
    let answer = frame(ctx, texts::SUBFOLDERS_TITLE, |ui| {
        ui.add(Label::new(texts::SUBFOLDERS_QUESTION).wrap());
        foot(ui, |ui| {
            let galleries = ui.add(button::dialog(texts::SUBFOLDERS_GALLERIES)).clicked().then_some("galleries");
            let ignore = ui.add(button::dialog(texts::SUBFOLDERS_IGNORE)).clicked().then_some("ignore");
            galleries.or(ignore)
        })
    });
    if let Some(Some(value)) = answer {
        let key = "adding.subfolders".to_owned();
        actions.push(Action::Ask(Command::Configure { key, value: value.to_owned() }));
    }
    // Left without an answer: it is asked again the next time.
    answer == Some(None)
}
