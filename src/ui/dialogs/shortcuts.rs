//! Lists every key the window knows, from the same list that makes them work.

use egui::{Context, Grid, Label, RichText, ScrollArea};

use super::{close, foot, frame};
use crate::ui::commands::MenuCommand;
use crate::ui::{texts, theme};

/// The list of keys.
#[derive(Default)]
pub struct Shortcuts {
    ready: bool,
}

impl Shortcuts {
    pub fn show(&mut self, ctx: &Context) -> bool {
        let closed = frame(ctx, texts::SHORTCUTS.label, |ui| {
            let height = theme::DIALOG_LIST_HEIGHT.min(super::room(ui.ctx()).y - 3.0 * theme::BUTTON_HEIGHT);
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                // Two columns, the space between them, and the scroll bar.
                let column = (super::room(ui.ctx()).x - 4.0 * theme::GAP) / 2.0;
                let grid = Grid::new("keys").num_columns(2).striped(true).max_col_width(column);
                grid.spacing([theme::GAP * 2.0, 4.0]).show(ui, |ui| {
                    for command in MenuCommand::ALL {
                        let Some(shortcut) = command.shortcut() else { continue };
                        ui.label(RichText::new(ui.ctx().format_shortcut(&shortcut)).strong());
                        // Written out, so that no label has the very name of a button.
                        ui.add(Label::new(command.words().tooltip).wrap());
                        ui.end_row();
                    }
                    for (keys, what) in texts::OTHER_KEYS {
                        ui.add(Label::new(RichText::new(keys).strong()).wrap());
                        ui.add(Label::new(what).wrap());
                        ui.end_row();
                    }
                });
            });
            foot(ui, |ui| close(ui, !std::mem::replace(&mut self.ready, true)))
        });
        closed == Some(false)
    }
}
