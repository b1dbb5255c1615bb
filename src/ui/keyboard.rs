//! Keys: turns them into commands and moves through the queue, before any widget sees them. Changes nothing itself.

use egui::{Context, Event, Key, Modifiers, Popup};

use super::commands::MenuCommand;
use super::selection::Step;
use super::table;

/// What the keys of this frame ask for.
#[derive(Debug, Default)]
pub struct Pressed {
    pub commands: Vec<MenuCommand>,
    /// A move through the rows, and whether it extends the selection.
    pub step: Option<(Step, bool)>,
    /// Enter: show the details.
    pub open: bool,
    /// Escape: select nothing.
    pub clear: bool,
    /// Letters that go to the row whose name begins with them.
    pub typed: String,
}

const STEPS: [(Key, Step); 6] = [
    (Key::ArrowUp, Step::Up),
    (Key::ArrowDown, Step::Down),
    (Key::PageUp, Step::PageUp),
    (Key::PageDown, Step::PageDown),
    (Key::Home, Step::Home),
    (Key::End, Step::End),
];

/// Takes the keys that belong to the window or the queue out of the input. A field that had the keyboard until this frame (`had_field`)
/// is still meant by them: Escape has taken it away already.
pub fn read(ctx: &Context, had_field: bool) -> Pressed {
    let mut pressed = Pressed::default();
    let menu_open = Popup::is_any_open(ctx);
    let focused = ctx.memory(egui::Memory::focused);
    let types = had_field || ctx.text_edit_focused();
    // A focused button keeps Enter and the arrows, a field all keys that mean something in it.
    let rows_have_keys = !menu_open && !types && focused.is_none_or(|id| id == table::focus_id());
    // Shift is ignored by keys that do not ask for it, so those that do come first.
    let mut commands = MenuCommand::ALL;
    commands.sort_by_key(|command| !command.shortcut().is_some_and(|shortcut| shortcut.modifiers.shift));
    for command in commands {
        let Some(shortcut) = command.shortcut() else { continue };
        if command.is_for_rows() && (menu_open || types) {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            pressed.commands.push(command);
        }
    }
    if also(ctx, &pressed, MenuCommand::ZoomIn, Key::Equals) {
        pressed.commands.push(MenuCommand::ZoomIn);
    }
    // The windowing layer turns Ctrl+C into this event.
    if !menu_open && !types && take_copy(ctx) && !pressed.commands.contains(&MenuCommand::CopyOutput) {
        pressed.commands.push(MenuCommand::CopyOutput);
    }
    if rows_have_keys {
        read_rows(ctx, &mut pressed);
    }
    pressed
}

fn read_rows(ctx: &Context, pressed: &mut Pressed) {
    let extend = ctx.input(|input| input.modifiers.shift);
    for (key, step) in STEPS {
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            pressed.step = Some((step, extend));
        } else if ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, key)) {
            pressed.step = Some((step, true));
        }
    }
    pressed.typed = ctx.input_mut(|input| {
        let mut typed = String::new();
        input.events.retain(|event| match event {
            Event::Text(text) => {
                typed.push_str(text);
                false
            }
            _ => true,
        });
        typed
    });
    pressed.open = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    pressed.clear = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
}

fn also(ctx: &Context, pressed: &Pressed, command: MenuCommand, key: Key) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, key)) && !pressed.commands.contains(&command)
}

fn take_copy(ctx: &Context) -> bool {
    ctx.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| !matches!(event, Event::Copy));
        input.events.len() < before
    })
}
