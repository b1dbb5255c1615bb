//! Lists every key the window knows, from the same list that makes them work.

use egui::{Context, Label, RichText, ScrollArea, Ui};

use super::{close, foot, framed};
use crate::ui::commands::MenuCommand;
use crate::ui::{button, texts, theme};

/// The list of keys.
#[derive(Default)]
pub struct Shortcuts {
    ready: bool,
}

impl Shortcuts {
    pub fn show(&mut self, ctx: &Context) -> bool {
        let fix = |ui: &mut Ui| ui.set_width(theme::SHORTCUTS_WIDTH.min(super::room(ctx).x));
        let closed = framed(ctx, texts::SHORTCUTS.label, fix, |ui| {
            let height = theme::DIALOG_LIST_HEIGHT.min(super::room(ui.ctx()).y - 3.0 * theme::BUTTON_HEIGHT);
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                for command in MenuCommand::ALL {
                    let Some(shortcut) = command.shortcut() else { continue };
                    // Written out, so that no label has the very name of a button.
                    line(ui, &button::keys(ui.ctx(), shortcut), command.words().tooltip);
                }
                for (keys, what) in texts::OTHER_KEYS {
                    line(ui, keys, what);
                }
            });
            foot(ui, |ui| close(ui, !std::mem::replace(&mut self.ready, true)))
        });
        closed == Some(false)
    }
}

/// The keys, and beside them what they do.
fn line(ui: &mut Ui, keys: &str, what: &str) {
    let ink = &theme::palette(ui).ink;
    let width = ui.available_width() * theme::KEYS_SHARE;
    ui.horizontal_top(|ui| {
        ui.scope(|ui| {
            ui.set_width(width);
            ui.add(Label::new(keys).wrap());
        });
        ui.add_space(theme::GAP);
        ui.add(Label::new(RichText::new(what).color(ink.secondary)).wrap());
    });
}
