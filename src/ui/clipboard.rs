//! Looks whether what was copied is on the clipboard: a system refuses it without a word while another program holds it.

use egui::{Context, Event, OutputCommand, ViewportCommand, ViewportId};

/// Frames until the clipboard has answered.
const FRAMES_MAX: u8 = 5;

/// What was copied and is yet to be seen there.
#[derive(Default)]
pub struct Clipboard {
    awaited: Option<Awaited>,
}

struct Awaited {
    text: String,
    frames: u8,
}

impl Clipboard {
    /// Before anything is drawn: takes the answer, so that no field does. Says whether something else is there.
    pub fn was_refused(&mut self, ctx: &Context) -> bool {
        let Some(awaited) = &mut self.awaited else { return false };
        awaited.frames += 1;
        let mut is_there = None;
        ctx.input_mut(|input| {
            input.events.retain(|event| match event {
                Event::Paste(text) => {
                    is_there = Some(lines(text).eq(lines(&awaited.text)));
                    false
                }
                Event::PasteImage(_) => {
                    is_there = Some(false);
                    false
                }
                _ => true,
            });
        });
        if is_there.is_none() && awaited.frames <= FRAMES_MAX {
            ctx.request_repaint();
            return false;
        }
        self.awaited = None;
        is_there != Some(true)
    }

    /// After everything is drawn: asks for the clipboard when something was copied.
    pub fn watch(&mut self, ctx: &Context) {
        let copied = ctx.output(|output| {
            output.commands.iter().rev().find_map(|command| match command {
                OutputCommand::CopyText(text) if !text.is_empty() => Some(text.clone()),
                _ => None,
            })
        });
        if let Some(text) = copied {
            self.awaited = Some(Awaited { text, frames: 0 });
            ctx.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::RequestPaste);
        }
    }
}

/// Systems end lines in different ways.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end().lines()
}
