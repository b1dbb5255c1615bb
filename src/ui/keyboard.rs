//! Keys: turns them into commands and moves through the queue, before any widget sees them. Changes nothing itself.

use egui::accesskit::{self, ActionRequest, TreeId};
use egui::{Context, Event, FocusDirection, Id, Key, Modifiers, Popup};

use super::commands::MenuCommand;
use super::selection::Step;
use super::{table, theme};

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

/// Goes with the keyboard where egui does not: to what is scrolled out of sight, and past splitters, which are for the mouse.
#[derive(Default)]
pub struct Follow {
    at: Option<Id>,
    has_moved: bool,
    goes_back: bool,
}

impl Follow {
    /// Before anything is drawn.
    pub fn begin(&mut self, ctx: &Context) {
        let Some(id) = self.at.filter(|_| std::mem::take(&mut self.has_moved)) else { return };
        let Some(at) = ctx.read_response(id) else { return };
        if at.rect.width().min(at.rect.height()) <= theme::SPLITTER_GRIP {
            let direction = if self.goes_back { FocusDirection::Previous } else { FocusDirection::Next };
            ctx.memory_mut(|memory| memory.move_focus(direction));
        } else if at.interact_rect.height().max(0.0) < at.rect.height().min(theme::ROW_HEIGHT) - 1.0 {
            let action = accesskit::Action::ScrollIntoView;
            let (target_tree, target_node) = (TreeId::ROOT, id.accesskit_id());
            let request = ActionRequest { action, target_tree, target_node, data: None };
            ctx.input_mut(|input| input.events.push(Event::AccessKitActionRequest(request)));
        }
    }

    /// After everything is drawn. What the mouse has come to is in sight.
    pub fn end(&mut self, ctx: &Context) {
        let at = ctx.memory(egui::Memory::focused);
        let (by_mouse, tab) = ctx.input(|input| {
            let tab = input.key_pressed(Key::Tab).then_some(input.modifiers.shift);
            (input.pointer.any_down() || input.pointer.any_released(), tab)
        });
        self.goes_back = tab.unwrap_or(self.goes_back);
        self.has_moved = at != self.at && !by_mouse;
        self.at = at;
        if self.has_moved {
            ctx.request_repaint();
        }
    }
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
