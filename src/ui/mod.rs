//! The window: draws a [`Snapshot`], pushes [`Action`]s, decides nothing. Never touches files, threads, channels or locks.

mod button;
mod commands;
mod details;
mod dialogs;
mod dropping;
mod format;
mod icons;
mod keyboard;
mod menu;
mod selection;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod theme;
mod toasts;
mod toolbar;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Context, ThemePreference};

use crate::core::gallery::Priority;
use crate::core::settings::Subfolders;
use crate::core::{Arrival, Command, Direction, GalleryId, GalleryState, Row, Settings, Snapshot};
use commands::{Facts, MenuCommand};
use dialogs::{About, Dialog, Dialogs, Remove, Reset, Shortcuts};
pub use dialogs::{Answer, Matter};
use format::Clock;
use selection::Selection;
use table::Table;
use toasts::{Toasts, Topic};

/// How often moving progress bars are drawn.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// What one step of zooming adds or takes.
const ZOOM_STEP: f32 = 0.1;

/// What the person wants: a command of the program, or what only the window's shell can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for folders with the system's dialog.
    PickFolders,
    /// Ask for images with the system's dialog.
    PickImages,
    /// These were dropped; they may be anything.
    AddFolders(Vec<PathBuf>),
    /// Ask where the folder of this gallery is now, with the system's dialog.
    Relocate(GalleryId),
    /// Ask for a file that defines a host, with the system's dialog; it is read then, about [`Matter::ReadHost`].
    PickHostFile,
    /// The same as `Ask`, for a dialog: the answer comes to [`Ui::answered`].
    AskAbout(Matter, Command),
    /// Whatever is asked of the queue and its hosts; what had to be confirmed is confirmed already.
    Ask(Command),
    OpenFolder(GalleryId),
    OpenLink(GalleryId),
    OpenDataFolder,
    Quit,
}

/// What the window remembers between frames.
pub struct Ui {
    selection: Selection,
    details_open: bool,
    dialogs: Dialogs,
    toasts: Toasts,
    clock: Clock,
    /// The banner that was put away.
    hidden: Option<String>,
    /// Only galleries in this state are shown.
    filter: Option<GalleryState>,
    /// What was last asked to be looked at.
    looked_at: Option<GalleryId>,
    /// To be scrolled into view.
    reveal: Option<GalleryId>,
    /// To be selected as soon as its row is there.
    select: Option<GalleryId>,
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}

impl Ui {
    #[must_use]
    pub fn new() -> Self {
        Self {
            selection: Selection::default(),
            details_open: true,
            dialogs: Dialogs::default(),
            toasts: Toasts::default(),
            clock: Clock::default(),
            hidden: None,
            filter: None,
            looked_at: None,
            reveal: None,
            select: None,
        }
    }

    /// Once at start-up: the look of both themes. Zooming is a command of ours, so egui's own is off.
    pub fn prepare(&mut self, ctx: &Context) {
        theme::apply(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
    }

    /// Tells the person something, at the bottom right. Errors stay until they are clicked away.
    pub fn tell(&mut self, words: String, is_error: bool) {
        self.toasts.tell(words, is_error);
    }

    /// Tells what other launches have brought from `source` (“Explorer”). A burst of launches is one piece of news.
    pub fn arrived(&mut self, arrival: &Arrival, source: &str) {
        if !arrival.added.is_empty() {
            self.toasts.count(Topic::Added, arrival.added.len(), |count| texts::added_from(count, source));
        }
        match arrival.duplicates.as_slice() {
            [] => {}
            [(_, name)] => self.toasts.tell(texts::already_there(name), false),
            several => self.toasts.count(Topic::Duplicates, several.len(), texts::several_already_there),
        }
        for words in &arrival.refused {
            self.toasts.tell(texts::refused(words), true);
        }
    }

    /// Asks once whether sub-folders shall go on to be galleries of their own.
    pub fn ask_about_subfolders(&mut self, settings: &Settings) {
        if settings.subfolders == Subfolders::Ask && !self.dialogs.is_open() {
            self.dialogs.open(Dialog::AskSubfolders);
        }
    }

    /// Selects a gallery and scrolls to it, now or as soon as the snapshot has it.
    pub fn reveal(&mut self, id: GalleryId) {
        self.select = Some(id);
    }

    /// What came of something that a dialog has asked. When the dialog is gone, only what went wrong is told.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer, actions: &mut Vec<Action>) {
        if !self.dialogs.answered(matter, answer, actions)
            && let Err(refusal) = answer
        {
            self.tell(refusal.words.clone(), true);
        }
    }

    /// Draws everything and pushes what the person wants.
    pub fn show(&mut self, ui: &mut egui::Ui, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        let ctx = ui.ctx().clone();
        self.select_revealed(snapshot);
        let mut asked = Vec::new();
        let rows = self.shown(snapshot);
        if !self.dialogs.is_open() {
            self.keys(&ctx, &rows, &mut asked);
        }
        let facts = Facts::of(snapshot, &mut self.selection);
        menu::bar(ui, &facts, self.details_open, &mut asked);
        let filter = self.filter;
        toolbar::show(ui, &facts, &mut self.filter, &mut asked);
        if self.filter != filter {
            // What is not seen is not selected.
            self.selection.clear();
        }
        status::bar(ui, snapshot, &facts);
        status::banner(ui, snapshot, &mut self.hidden);
        if self.details_open {
            self.details_open = details::show(ui, snapshot, &facts, &self.selection, &self.clock, actions);
        }
        let frame = egui::Frame::central_panel(ui.style()).fill(theme::palette(ui).surface.panel).inner_margin(4);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            if snapshot.rows.is_empty() {
                dropping::guide(ui, actions);
            } else {
                self.table(ui, snapshot, &rows, &facts, &mut asked);
            }
        });
        for command in asked {
            if command.is_enabled(&facts) {
                self.perform(&ctx, command, snapshot, actions);
            }
        }
        self.dialogs.show(&ctx, snapshot, &self.clock, actions);
        self.toasts.show(&ctx);
        dropping::watch(&ctx, actions);
        self.look(actions);
        if facts.count(GalleryState::Uploading) > 0 {
            ctx.request_repaint_after(PROGRESS_EVERY);
        }
    }

    fn keys(&mut self, ctx: &Context, rows: &[Arc<Row>], asked: &mut Vec<MenuCommand>) {
        let pressed = keyboard::read(ctx);
        asked.extend(pressed.commands);
        if let Some((step, extend)) = pressed.step {
            self.reveal = self.selection.step(rows, step, extend);
        }
        if pressed.open && !self.selection.is_empty() {
            self.details_open = true;
        }
        if pressed.clear {
            self.selection.clear();
        }
    }

    fn table(
        &mut self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        rows: &[Arc<Row>],
        facts: &Facts,
        asked: &mut Vec<MenuCommand>,
    ) {
        if rows.is_empty() {
            ui.label(texts::FILTER_NOTHING);
            return;
        }
        let mut table = Table {
            snapshot,
            rows,
            facts,
            clock: &self.clock,
            details_open: self.details_open,
            selection: &mut self.selection,
            asked,
            reveal: self.reveal.take(),
            opened: false,
        };
        table.show(ui);
        self.details_open |= table.opened;
    }

    fn perform(&mut self, ctx: &Context, command: MenuCommand, snapshot: &Snapshot, actions: &mut Vec<Action>) {
        let target = self.selection.or_all().or_else(|| {
            // With a filter all means all that is shown.
            self.filter.map(|_| self.shown(snapshot).iter().map(|row| row.id).collect())
        });
        let zoom = ctx.zoom_factor();
        let mut ask = |command| actions.push(Action::Ask(command));
        match command {
            MenuCommand::AddFolders => actions.push(Action::PickFolders),
            MenuCommand::AddImages => actions.push(Action::PickImages),
            MenuCommand::OpenDataFolder => actions.push(Action::OpenDataFolder),
            MenuCommand::Quit => actions.push(Action::Quit),
            MenuCommand::SelectAll => self.selection.all(&self.shown(snapshot)),
            MenuCommand::CopyOutput => ask(Command::Output(self.selection.ids().iter().copied().collect())),
            MenuCommand::Remove => self.ask_remove(snapshot),
            MenuCommand::Start => ask(Command::Start(asked(target))),
            MenuCommand::Pause => ask(Command::Pause(asked(target))),
            MenuCommand::Stop => ask(Command::Stop(asked(target))),
            MenuCommand::Retry => ask(Command::Retry(asked(target))),
            MenuCommand::Rescan => ask(Command::Rescan(self.selected())),
            MenuCommand::Reuse => ask(Command::Reuse(asked(target))),
            MenuCommand::Reset => self.dialogs.open(Dialog::Reset(Reset(self.selection.ids().clone()))),
            MenuCommand::Relocate => actions.extend(self.selection.single().map(Action::Relocate)),
            MenuCommand::MoveTop => self.move_to(Direction::Top, actions),
            MenuCommand::MoveUp => self.move_to(Direction::Up, actions),
            MenuCommand::MoveDown => self.move_to(Direction::Down, actions),
            MenuCommand::MoveBottom => self.move_to(Direction::Bottom, actions),
            MenuCommand::PriorityHigh => self.prefer(Priority::High, actions),
            MenuCommand::PriorityNormal => self.prefer(Priority::Normal, actions),
            MenuCommand::PriorityLow => self.prefer(Priority::Low, actions),
            MenuCommand::Hosts => self.dialogs.open(Dialog::Hosts(Box::default())),
            MenuCommand::Settings => self.dialogs.open(Dialog::Settings(Box::default())),
            MenuCommand::Templates => self.dialogs.open(Dialog::Templates(Box::default())),
            MenuCommand::OpenFolder => actions.extend(self.selection.single().map(Action::OpenFolder)),
            MenuCommand::OpenLink => actions.extend(self.selection.single().map(Action::OpenLink)),
            MenuCommand::Details => self.details_open = !self.details_open,
            MenuCommand::ThemeSystem => ctx.set_theme(ThemePreference::System),
            MenuCommand::ThemeLight => ctx.set_theme(ThemePreference::Light),
            MenuCommand::ThemeDark => ctx.set_theme(ThemePreference::Dark),
            MenuCommand::ZoomIn => zoom_to(ctx, zoom + ZOOM_STEP),
            MenuCommand::ZoomOut => zoom_to(ctx, zoom - ZOOM_STEP),
            MenuCommand::ZoomReset => zoom_to(ctx, 1.0),
            MenuCommand::Shortcuts => self.dialogs.open(Dialog::Shortcuts(Shortcuts::default())),
            MenuCommand::About => self.dialogs.open(Dialog::About(About::default())),
        }
    }

    /// What the filter lets through.
    fn shown<'a>(&self, snapshot: &'a Snapshot) -> Cow<'a, [Arc<Row>]> {
        match self.filter {
            None => Cow::Borrowed(&snapshot.rows),
            Some(state) => snapshot.rows.iter().filter(|row| row.state == state).map(Arc::clone).collect(),
        }
    }

    fn selected(&self) -> crate::core::Selection {
        crate::core::Selection::of(self.selection.ids().iter().copied())
    }

    fn move_to(&self, direction: Direction, actions: &mut Vec<Action>) {
        actions.push(Action::Ask(Command::Move(self.selected(), direction)));
    }

    fn prefer(&self, priority: Priority, actions: &mut Vec<Action>) {
        actions.push(Action::Ask(Command::SetPriority(self.selected(), priority)));
    }

    fn ask_remove(&mut self, snapshot: &Snapshot) {
        let ids = self.selection.ids();
        let first = snapshot.rows.iter().find(|row| ids.contains(&row.id));
        let first = first.map(|row| row.name.clone()).unwrap_or_default();
        self.dialogs.open(Dialog::Remove(Remove::new(ids.clone(), &first)));
    }

    fn select_revealed(&mut self, snapshot: &Snapshot) {
        if let Some(id) = self.select.filter(|id| snapshot.rows.iter().any(|row| row.id == *id)) {
            self.select = None;
            self.filter = None;
            self.selection.only(id);
            self.reveal = Some(id);
        }
    }

    fn look(&mut self, actions: &mut Vec<Action>) {
        let wanted = self.selection.single();
        if wanted != self.looked_at {
            self.looked_at = wanted;
            actions.push(Action::Ask(Command::LookAt(wanted)));
        }
    }
}

fn asked(ids: Option<BTreeSet<GalleryId>>) -> crate::core::Selection {
    crate::core::Selection { ids, state: None }
}

fn zoom_to(ctx: &Context, factor: f32) {
    let steps = (factor / ZOOM_STEP).round() * ZOOM_STEP;
    ctx.set_zoom_factor(steps.clamp(*theme::ZOOM.start(), *theme::ZOOM.end()));
}
