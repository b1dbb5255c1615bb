//! Dialogs: each one file and one struct with `show() -> keep open`. They queue: one is asked after the other, none steals a click.

mod about;
mod hosts;
mod remove;
mod reset;
mod shortcuts;
mod subfolders;

use std::collections::VecDeque;

use egui::{Context, Id, Key, Modal, Modifiers, RichText, Ui};

pub use about::About;
pub use hosts::Hosts;
pub use remove::Remove;
pub use reset::Reset;
pub use shortcuts::Shortcuts;

use super::format::Clock;
use super::{Action, theme};
use crate::core::Snapshot;

/// One question or message.
pub enum Dialog {
    Remove(Remove),
    Reset(Reset),
    Hosts(Hosts),
    AskSubfolders,
    About(About),
    Shortcuts(Shortcuts),
}

/// What is open, the one on screen first.
#[derive(Default)]
pub struct Dialogs {
    queue: VecDeque<Dialog>,
}

impl Dialogs {
    /// Opens `dialog` when those before it are closed.
    pub fn open(&mut self, dialog: Dialog) {
        self.queue.push_back(dialog);
    }

    pub fn is_open(&self) -> bool {
        !self.queue.is_empty()
    }

    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>) {
        let Some(dialog) = self.queue.front_mut() else { return };
        let keep_open = match dialog {
            Dialog::Remove(dialog) => dialog.show(ctx, actions),
            Dialog::Reset(dialog) => dialog.show(ctx, actions),
            Dialog::Hosts(dialog) => dialog.show(ctx, snapshot, clock, actions),
            Dialog::AskSubfolders => subfolders::show(ctx, actions),
            Dialog::About(dialog) => dialog.show(ctx),
            Dialog::Shortcuts(dialog) => dialog.show(ctx),
        };
        if !keep_open {
            self.queue.pop_front();
        }
    }
}

/// The frame of every dialog: title, content, and Escape to leave. Says what `content` said, or `None` when left.
fn frame<T>(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui) -> T) -> Option<T> {
    let palette = theme::palette_of(ctx);
    let shown = Modal::new(Id::unique(("dialog", title)))
        .backdrop_color(palette.surface.veil)
        .frame(palette.raised(palette.surface.border))
        .show(ctx, |ui| {
            ui.set_width(theme::DIALOG_WIDTH);
            ui.label(RichText::new(title).heading());
            ui.separator();
            content(ui)
        });
    let left = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    (!left).then_some(shown.inner)
}

/// Buttons at the bottom right; the first one drawn stands outermost.
fn foot<T>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> T) -> T {
    ui.add_space(theme::GAP);
    ui.horizontal(|ui| ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), buttons).inner).inner
}
