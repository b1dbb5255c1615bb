//! Dialogs: each one file and one struct with `show() -> keep open`. They queue: one is asked after the other, none steals a click.

mod about;
mod form;
mod guide;
mod host_file;
mod host_page;
mod hosts;
mod imported;
mod list;
mod question;
mod settings;
mod shortcuts;
mod statistics;
mod subfolders;
mod tab;
mod template_editor;
mod template_preview;
mod templates;
mod welcome;

use std::collections::VecDeque;
use std::path::PathBuf;

use egui::{Align, Context, Id, Key, Layout, Modal, Modifiers, RichText, Ui, Vec2};

pub use about::About;
pub use guide::Guide;
use hosts::Hosts;
use imported::Imported;
pub use question::Question;
pub use settings::Settings;
pub use shortcuts::Shortcuts;
pub use statistics::Statistics;
pub use tab::NameTab;
use templates::Templates;
pub use welcome::Welcome;

use super::format::Clock;
use super::{Action, button, dropping, texts, theme};
use crate::core::{GalleryId, Refusal, Reply, Snapshot};

/// What the buttons at the foot of a dialog take, in points.
const FOOT_HEIGHT: f32 = theme::BUTTON_HEIGHT + theme::GAP + 8.0;

/// What came of a command.
pub type Answer = Result<Reply, Refusal>;

/// What a dialog has asked about: the answer comes back to it with this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// By which names something is kept for hosts.
    KeptSecrets,
    /// Signing in at that host.
    SignIn(String),
    /// Forgetting what was entered for that host.
    SignOut(String),
    /// Trying that host.
    Test(String),
    /// A file that may be a definition.
    ReadHost,
    /// Adding the host that was looked at.
    AddHost,
    /// Changing the setting of that key.
    Setting(String),
    /// Listing, saving, deleting or importing templates.
    Templates,
    /// Making or renaming a tab.
    NameTab,
    /// Making the output of galleries anew, after their template was changed.
    RenderAgain,
    /// Taking over what BBDrop 0.9 has kept. Whoever asked, the window shows what came of it.
    ImportOld,
    /// What would be copied of that gallery; the details panel has asked.
    OutputOf(GalleryId),
}

/// One question or message.
pub enum Dialog {
    Question(Box<Question>),
    Hosts(Box<Hosts>),
    Settings(Box<Settings>),
    Templates(Box<Templates>),
    AskSubfolders,
    NameTab(NameTab),
    Imported(Imported),
    Statistics(Statistics),
    Welcome(Welcome),
    About(About),
    Guide(Box<Guide>),
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

    /// Asks a question when the dialogs before it are closed.
    pub fn ask(&mut self, question: Question) {
        self.open(Dialog::Question(Box::new(question)));
    }

    /// Opens `dialog` before all others; they come back after it.
    pub fn open_first(&mut self, dialog: Dialog) {
        self.queue.push_front(dialog);
    }

    /// Whether it is being asked if the window shall close.
    pub fn asks_to_close(&self) -> bool {
        matches!(self.queue.front(), Some(Dialog::Question(question)) if question.is_about(&Action::CloseNow))
    }

    pub fn is_open(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Gives what came of a command to the dialog that asked; says whether there is one.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer, actions: &mut Vec<Action>) -> bool {
        if let Ok(Reply::Imported(report)) = answer {
            self.open(Dialog::Imported(Imported::new(report)));
            return true;
        }
        self.queue.iter_mut().any(|dialog| match dialog {
            Dialog::Hosts(dialog) => dialog.answered(matter, answer, actions),
            Dialog::Settings(dialog) => dialog.answered(matter, answer),
            Dialog::Templates(dialog) => dialog.answered(matter, answer),
            Dialog::NameTab(dialog) => dialog.answered(matter, answer),
            _ => false,
        })
    }

    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, clock: &Clock, actions: &mut Vec<Action>) {
        let Some(dialog) = self.queue.front_mut() else { return };
        let keep_open = match dialog {
            Dialog::Question(dialog) => dialog.show(ctx, actions),
            Dialog::Hosts(dialog) => dialog.show(ctx, snapshot, clock, actions),
            Dialog::Settings(dialog) => dialog.show(ctx, snapshot, actions),
            Dialog::Templates(dialog) => dialog.show(ctx, snapshot, actions),
            Dialog::NameTab(dialog) => dialog.show(ctx, actions),
            Dialog::AskSubfolders => subfolders::show(ctx, actions),
            Dialog::Imported(dialog) => dialog.show(ctx),
            Dialog::Statistics(dialog) => dialog.show(ctx, snapshot, clock),
            Dialog::Welcome(dialog) => dialog.show(ctx, snapshot, actions),
            Dialog::About(dialog) => dialog.show(ctx),
            Dialog::Guide(dialog) => dialog.show(ctx),
            Dialog::Shortcuts(dialog) => dialog.show(ctx),
        };
        if !keep_open {
            self.queue.pop_front();
        }
    }
}

/// A dialog's title, content, and Escape to leave. Says what `content` said, or `None` when left.
fn frame<T>(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui) -> T) -> Option<T> {
    framed(ctx, title, |ui| ui.set_width(theme::DIALOG_WIDTH.min(room(ui.ctx()).x)), content)
}

/// The same for a dialog with a list on the left, as large as the window allows.
fn frame_wide<T>(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui) -> T) -> Option<T> {
    let fix = |ui: &mut Ui| {
        let size = theme::DIALOG_WIDE.min(room(ui.ctx()));
        ui.set_min_size(size);
        ui.set_max_size(size);
    };
    framed(ctx, title, fix, content)
}

fn framed<T>(ctx: &Context, title: &str, fix: impl FnOnce(&mut Ui), content: impl FnOnce(&mut Ui) -> T) -> Option<T> {
    let palette = theme::palette_of(ctx);
    let shown = Modal::new(Id::unique(("dialog", title)))
        .backdrop_color(palette.surface.veil)
        .frame(palette.raised(palette.surface.border))
        .show(ctx, |ui| {
            fix(ui);
            ui.label(RichText::new(title).heading());
            ui.separator();
            content(ui)
        });
    // It is centred as large as it was in the last frame.
    let (id, size) = (Id::unique(("dialog size", title)), shown.response.rect.size());
    if ctx.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<Vec2>(id), size)) != size {
        ctx.request_repaint();
    }
    // With a list open, Escape closes only that.
    let left = !shown.any_popup_open && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    (!left).then_some(shown.inner)
}

/// What a dialog may take of the window.
fn room(ctx: &Context) -> Vec2 {
    // The frame's own margin and line come on top.
    ctx.content_rect().size() - Vec2::splat(2.0 * theme::DIALOG_AROUND + 22.0)
}

/// One of two columns.
struct Side<'u> {
    ui: &'u mut Ui,
    is_left: bool,
}

/// The part of a dialog above its buttons, whatever is in it.
fn body<T>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> T) -> T {
    let size = Vec2::new(ui.available_width(), ui.available_height() - FOOT_HEIGHT);
    let shown = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        content(ui)
    });
    shown.inner
}

/// A list on the left, and what belongs to its choice on the right.
fn columns(ui: &mut Ui, mut content: impl FnMut(&mut Side)) {
    body(ui, |ui| {
        let whole = ui.available_size();
        let left = (whole.x * theme::SIDE_SHARE).min(theme::SIDE_WIDTH);
        let right = whole.x - left - theme::GAP;
        ui.spacing_mut().item_spacing.x = theme::GAP;
        ui.horizontal_top(|ui| {
            for (width, is_left) in [(left, true), (right, false)] {
                let size = Vec2::new(width, whole.y);
                ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                    ui.set_min_size(size);
                    ui.set_max_size(size);
                    ui.spacing_mut().item_spacing.x = theme::GAP / 2.0;
                    content(&mut Side { ui, is_left });
                });
            }
        });
    });
}

/// The button that closes what only shows something. It has the keyboard from the first frame on.
fn close(ui: &mut Ui, is_first_frame: bool) -> bool {
    let close = ui.add(button::dialog(texts::CLOSE));
    if is_first_frame {
        close.request_focus();
    }
    close.clicked()
}

/// Buttons at the bottom right.
fn foot<T>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> T) -> T {
    foot_wide(ui, |_| (), buttons).1
}

/// Buttons at the bottom left, and at the bottom right. They are drawn from left to right, so that Tab goes that way.
fn foot_wide<L, R>(ui: &mut Ui, left: impl FnOnce(&mut Ui) -> L, right: impl FnOnce(&mut Ui) -> R) -> (L, R) {
    ui.add_space(theme::GAP);
    let id = ui.scope_id().with("foot");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let size = Vec2::new(ui.available_width(), theme::BUTTON_HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let width = known.unwrap_or_default();
        let room = Vec2::new((ui.available_width() - width - theme::GAP).max(0.0), size.y);
        let left = ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), left).inner;
        ui.add_space((ui.available_width() - width).max(0.0));
        let right = ui.scope(right);
        let width = right.response.rect.width();
        if known.is_none_or(|known| (known - width).abs() > 0.5) {
            ui.data_mut(|data| data.insert_temp(id, width));
            ui.ctx().request_discard("the buttons of a dialog have another width");
        }
        (left, right.inner)
    })
    .inner
}

/// Files that were dropped, for a dialog that takes them: the window behind it does not see them. While they hover, `words` say
/// what will happen.
fn drops(ctx: &Context, words: &str) -> Option<Vec<PathBuf>> {
    let (dropped, hovering) = ctx.input_mut(|input| {
        (std::mem::take(&mut input.raw.dropped_files), std::mem::take(&mut input.raw.hovered_files))
    });
    if !hovering.is_empty() {
        dropping::veil(ctx, &dropping::Will::Do(words.to_owned()), None);
    }
    (!dropped.is_empty()).then(|| dropped.iter().map(|file| file.path().to_path_buf()).collect())
}
