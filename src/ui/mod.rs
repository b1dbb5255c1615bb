//! The window: draws a [`Snapshot`], pushes [`Action`]s, decides nothing. Never touches files, threads, channels or locks.

mod button;
mod choices;
mod clipboard;
mod columns;
mod commands;
mod dialogs;
mod dropping;
mod format;
mod icons;
mod keyboard;
mod layout;
mod menu;
mod palette;
mod panels;
mod perform;
mod pictures;
mod selection;
mod status;
mod table;
mod tabs;
#[cfg(test)]
mod tests;
mod texts;
mod theme;
mod toasts;
mod toolbar;
mod typeahead;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Context, Pos2, ViewportCommand};

use crate::core::settings::Subfolders;
use crate::core::{Arrival, Command, GalleryId, GalleryState, Reply, Scene, Settings, Snapshot, TabId, Wanted};
use clipboard::Clipboard;
use columns::Columns;
use commands::{Facts, MenuCommand};
pub use dialogs::{Answer, Matter};
use dialogs::{Dialog, Dialogs, Question, Welcome};
use format::Clock;
pub use layout::Layout;
use menu::{Marks, Menus};
use palette::CommandPalette;
use panels::{Details, Dock, Panel, Panels};
pub use pictures::{Made, PictureOf, Wish};
use selection::Selection;
use table::{Edit, Table, View};
pub use texts::importing;
use toasts::{Toasts, Topic};
use toolbar::Toolbar;
use typeahead::TypeAhead;

/// How often moving progress bars are drawn.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// What one step of zooming adds or takes.
const ZOOM_STEP: f32 = 0.1;

/// What the person wants: a command of the program, or what only the window's shell can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Ask for folders with the system's dialog.
    PickFolders,
    /// Ask for images with the system's dialog.
    PickImages,
    /// Ask where BBDrop 0.9 has kept its things, with the system's dialog; they are taken over then, about [`Matter::ImportOld`].
    PickOld,
    /// These were dropped and go into that tab; they may be anything.
    AddFolders(Vec<PathBuf>, TabId),
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
    /// From now on the queue is wanted so.
    Want(Arc<Wanted>),
    /// This is how the window is arranged; it shall be so at the next start.
    Keep(Arc<Layout>),
    /// Close the window; whoever is there wants it so.
    CloseNow,
    /// Put the window away, and go on without it.
    PutAway,
    /// From now on only these pictures are wanted; each comes to [`Ui::pictured`].
    MakePictures(Arc<[Wish]>),
    /// Put this on the clipboard.
    CopyText(String),
    Quit,
}

/// What the window remembers between frames.
pub struct Ui {
    can_hide: bool,
    selection: Selection,
    columns: Columns,
    edit: Option<Edit>,
    typed: TypeAhead,
    wanted: Wanted,
    /// What was asked for last.
    asked_for: Arc<Wanted>,
    panels: Panels,
    /// How the window was arranged when that was last kept.
    kept: Arc<Layout>,
    details: Details,
    palette: Option<CommandPalette>,
    dialogs: Dialogs,
    toasts: Toasts,
    clock: Clock,
    /// The banner that was put away.
    hidden: Option<String>,
    eye: Eye,
}

/// What is looked at.
#[derive(Default)]
struct Eye {
    /// What was last asked to be looked at.
    looked_at: Option<GalleryId>,
    /// To be scrolled into view.
    reveal: Option<GalleryId>,
    /// To be selected as soon as its row is there.
    select: Option<GalleryId>,
    /// The search box gets the keyboard.
    find: bool,
    /// The window may close, whatever is on its way.
    may_close: bool,
    /// What stands in the title bar.
    title: String,
    /// A text field had the keyboard in the last frame.
    types: bool,
    /// The last line of the log that was told.
    told: u64,
    first: First,
    follow: keyboard::Follow,
    clipboard: Clipboard,
    drop: dropping::Target,
}

/// What is known of the first page.
#[derive(Default)]
struct First {
    /// It was shown, at this start or an earlier one.
    is_shown: bool,
    /// The queue was there in this run, so that it is known whether the page is wanted.
    is_decided: bool,
}

impl Default for Ui {
    fn default() -> Self {
        Self::new(Layout::default())
    }
}

impl Ui {
    /// A window that is arranged as it was.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        let wanted = Wanted { tab: layout.tab, sort: layout.sort.clone(), ..Wanted::default() };
        Self {
            can_hide: false,
            selection: Selection::default(),
            columns: layout.columns.clone(),
            edit: None,
            typed: TypeAhead::default(),
            asked_for: Arc::new(wanted.clone()),
            wanted,
            panels: layout.panels.clone(),
            eye: Eye { first: First { is_shown: layout.welcomed, ..First::default() }, ..Eye::default() },
            kept: Arc::new(layout),
            details: Details::default(),
            palette: None,
            dialogs: Dialogs::default(),
            toasts: Toasts::default(),
            clock: Clock::default(),
            hidden: None,
        }
    }

    /// Once at start-up: the look of both themes. Zooming is a command of ours, so egui's own is off.
    pub fn prepare(&mut self, ctx: &Context) {
        theme::apply(ctx);
        ctx.set_theme(self.kept.theme);
        ctx.set_zoom_factor(self.kept.zoom);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
    }

    /// The tab that takes what is added in the window.
    #[must_use]
    pub fn tab(&self) -> TabId {
        self.wanted.tab.unwrap_or(TabId::MAIN)
    }

    /// The window may close without a question: somebody who knows wants it so.
    pub const fn let_go(&mut self) {
        self.eye.may_close = true;
    }

    /// What is to be seen of the queue at first.
    #[must_use]
    pub fn wanted(&self) -> Arc<Wanted> {
        Arc::clone(&self.asked_for)
    }

    /// Tells the person something, at the bottom right. Errors stay until they are clicked away.
    pub fn tell(&mut self, words: String, is_error: bool) {
        self.toasts.tell(words, is_error);
    }

    /// Tells what other launches have brought. A burst of launches is one piece of news.
    pub fn arrived(&mut self, arrival: &Arrival) {
        if !arrival.added.is_empty() {
            self.toasts.count(Topic::Added, arrival.added.len(), texts::added_from_outside);
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
        if settings.adding.subfolders == Subfolders::Ask && !self.dialogs.is_open() {
            self.dialogs.open(Dialog::AskSubfolders);
        }
    }

    /// Selects a gallery and scrolls to it, now or as soon as the snapshot has it.
    pub fn reveal(&mut self, id: GalleryId) {
        self.eye.select = Some(id);
    }

    /// What came of something that a dialog has asked. When the dialog is gone, only what went wrong is told.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer, actions: &mut Vec<Action>) {
        if let (Matter::NameTab, Ok(Reply::Tab(tab))) = (matter, answer) {
            self.show_tab(Some(*tab));
        }
        if *matter == Matter::ImportOld {
            self.toasts.withdraw(texts::IMPORTING);
        }
        if let Matter::OutputOf(gallery) = matter {
            self.details.answered(*gallery, answer);
        } else if !self.dialogs.answered(matter, answer, actions)
            && let Err(refusal) = answer
        {
            self.tell(refusal.words.clone(), true);
        }
    }

    /// Where in the next frame the things are that are dragged over the window, or were dropped, `None` when nobody knows; and which of them have
    /// an address that is not on this computer.
    pub fn dragged_to(&mut self, at: Option<Pos2>, elsewhere: Arc<[String]>) {
        (self.eye.drop.at, self.eye.drop.elsewhere) = (at, elsewhere);
    }

    /// Whether the program can go on without its window: a person gets it back from the notification area.
    pub const fn set_can_hide(&mut self, can_hide: bool) {
        self.can_hide = can_hide;
    }

    /// A picture that was wanted is there.
    pub fn pictured(&mut self, ctx: &Context, made: Made) {
        self.details.pictures.take(ctx, made);
    }

    /// The longer edge of the pictures that are wanted, in pixels.
    #[must_use]
    pub const fn picture_px() -> u32 {
        theme::PICTURE_PX
    }

    /// Draws everything and pushes what the person wants.
    pub fn show(&mut self, ui: &mut egui::Ui, scene: &Scene, actions: &mut Vec<Action>) {
        let ctx = ui.ctx().clone();
        let snapshot = &*scene.snapshot;
        self.eye.follow.begin(&ctx);
        if self.eye.clipboard.was_refused(&ctx) {
            self.tell(texts::CLIPBOARD_REFUSED.to_owned(), true);
        }
        self.welcome(snapshot);
        self.select_revealed(scene);
        self.leave_lost_tab(scene);
        let mut asked = Vec::new();
        if !self.dialogs.is_open() && self.palette.is_none() {
            self.keys(&ctx, scene, &mut asked);
        }
        let facts = Facts::of(scene, &mut self.selection);
        let marks = Marks::of(&self.panels);
        Menus { scene, facts: &facts, marks: &marks, selection: &self.selection, picked: &mut asked, actions }.bar(ui);
        let words = self.wanted.words.clone();
        let bandwidth = &snapshot.settings.bandwidth;
        let toolbar = Toolbar { facts: &facts, bandwidth, pressed: &mut asked, actions };
        toolbar::show(ui, toolbar, &mut self.wanted, std::mem::take(&mut self.eye.find));
        if self.wanted.words != words {
            // What is not seen is not selected.
            self.selection.clear();
        }
        status::bar(ui, scene, &facts);
        status::banner(ui, snapshot, &mut self.hidden);
        let queue = self.panels(ui, scene, &facts, &marks, &mut asked, actions);
        if let Some(palette) = &mut self.palette {
            let (keep_open, picked) = palette.show(&ctx, &facts);
            asked.extend(picked);
            if !keep_open {
                self.palette = None;
            }
        }
        for command in asked {
            if command.is_enabled(&facts) {
                self.perform(&ctx, command, scene, actions);
            }
        }
        self.dialogs.show(&ctx, snapshot, &self.clock, actions);
        self.follow_galleries(actions);
        self.tell_news(scene);
        self.eye.select = self.toasts.show(&ctx, queue).or(self.eye.select);
        let shown = self.tab();
        dropping::watch(&ctx, &scene.snapshot.tabs, shown, &mut self.eye.drop, actions);
        self.close(&ctx, scene);
        self.entitle(&ctx, scene);
        self.eye.types = ctx.text_edit_focused();
        self.eye.follow.end(&ctx);
        self.eye.clipboard.watch(&ctx);
        self.look(actions);
        self.details.pictures.ask(actions);
        self.want(actions);
        self.keep(&ctx, actions);
        if scene.counts.of(GalleryState::Uploading) > 0 {
            ctx.request_repaint_after(PROGRESS_EVERY);
        }
    }

    fn keys(&mut self, ctx: &Context, scene: &Scene, asked: &mut Vec<MenuCommand>) {
        let pressed = keyboard::read(ctx, self.eye.types);
        asked.extend(pressed.commands);
        if let Some((step, extend)) = pressed.step {
            self.eye.reveal = self.selection.step(scene, step, extend);
        }
        let now = ctx.input(|input| input.time);
        let from = self.selection.cursor();
        if let Some(id) = self.typed.find(&pressed.typed, now, from, scene) {
            self.selection.only(id);
            self.eye.reveal = Some(id);
        }
        if pressed.open && !self.selection.is_empty() {
            self.panels.set_shown(Panel::Details, true);
        }
        if pressed.clear {
            self.selection.clear();
        }
    }

    /// Draws them; says where the queue is.
    fn panels(
        &mut self,
        ui: &mut egui::Ui,
        scene: &Scene,
        facts: &Facts,
        marks: &Marks,
        asked: &mut Vec<MenuCommand>,
        actions: &mut Vec<Action>,
    ) -> egui::Rect {
        let (clock, reveal) = (&self.clock, self.eye.reveal.take());
        let (mut opened, mut queue) = (false, ui.available_rect_before_wrap());
        let mut galleries =
            |ui: &mut egui::Ui, view: View<'_>, asked: &mut Vec<MenuCommand>, actions: &mut Vec<Action>| {
                queue = ui.max_rect();
                let mut view = view;
                tabs::show(ui, scene, &mut view, asked, actions);
                if scene.snapshot.rows.is_empty() {
                    dropping::guide(ui, actions);
                } else if scene.is_empty() {
                    nothing_like_that(ui, view.wanted);
                } else {
                    let marks = marks.clone();
                    let mut table = Table { scene, facts, clock, marks, view, asked, actions, reveal, opened: false };
                    table.show(ui);
                    opened |= table.opened;
                }
            };
        let view = View {
            columns: &mut self.columns,
            wanted: &mut self.wanted,
            selection: &mut self.selection,
            edit: &mut self.edit,
            drop: &mut self.eye.drop,
        };
        let frame = egui::Frame::NONE.fill(theme::palette(ui).surface.panel).inner_margin(theme::FRAME);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            let details = &mut self.details;
            let mut dock =
                Dock { scene, facts, clock, view, details, asked, actions, galleries: &mut galleries, did: Vec::new() };
            dock.show(ui, &mut self.panels);
        });
        if opened {
            self.panels.set_shown(Panel::Details, true);
        }
        queue
    }

    /// Asks for what is wanted now, when that is something else.
    fn want(&mut self, actions: &mut Vec<Action>) {
        let many = self.selection.len() > commands::LOOKED_AT_MAX;
        self.wanted.selected = if many { Arc::clone(self.selection.ids()) } else { Arc::default() };
        if self.wanted != *self.asked_for {
            self.asked_for = Arc::new(self.wanted.clone());
            actions.push(Action::Want(Arc::clone(&self.asked_for)));
        }
    }

    /// Asks before the window is closed while something is on its way. Whoever sees the question and closes it again, means it.
    fn close(&mut self, ctx: &Context, scene: &Scene) {
        let is_asked = ctx.input(|input| input.viewport().close_requested());
        if !is_asked || self.eye.may_close || self.dialogs.asks_to_close() {
            return;
        }
        let uploading = scene.snapshot.count(GalleryState::Uploading);
        if uploading > 0 {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            let lines = vec![texts::closing_question(uploading)];
            let question = Question::new(texts::CLOSING_TITLE, lines, texts::CLOSING_YES, Action::CloseNow);
            let question = question.or(texts::CLOSING_NO);
            let question =
                if self.can_hide { question.otherwise(texts::CLOSING_HIDE, Action::PutAway) } else { question };
            self.dialogs.open_first(Dialog::Question(Box::new(question)));
        }
    }

    /// The title says how far uploads are.
    fn entitle(&mut self, ctx: &Context, scene: &Scene) {
        let title = match panels::uploading_share(scene) {
            Some(share) => texts::title(&format::percent(share)),
            None => texts::TITLE.to_owned(),
        };
        if title != self.eye.title {
            self.eye.title.clone_from(&title);
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
        }
    }

    /// Keeps how the window is arranged, when that is something else.
    fn keep(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        let (theme, zoom) = (ctx.options(|options| options.theme_preference), ctx.zoom_factor());
        let Layout { columns, sort, panels, theme: themed, zoom: zoomed, tab, welcomed, .. } = &*self.kept;
        let is_kept = *columns == self.columns
            && *sort == self.wanted.sort
            && *panels == self.panels
            && (*themed, *tab, *welcomed) == (theme, self.wanted.tab, self.eye.first.is_shown)
            && (zoomed - zoom).abs() < ZOOM_STEP / 2.0;
        if !is_kept {
            self.kept = Arc::new(Layout {
                columns: self.columns.clone(),
                sort: self.wanted.sort.clone(),
                panels: self.panels.clone(),
                theme,
                zoom,
                tab: self.wanted.tab,
                welcomed: self.eye.first.is_shown,
                ..Layout::default()
            });
            actions.push(Action::Keep(Arc::clone(&self.kept)));
        }
    }

    /// The first page, once, before there is anything in the queue.
    fn welcome(&mut self, snapshot: &Snapshot) {
        // Before the engine has told of its hosts nothing is known.
        if snapshot.hosts.is_empty() || std::mem::replace(&mut self.eye.first.is_decided, true) {
            return;
        }
        if snapshot.rows.is_empty() && !std::mem::replace(&mut self.eye.first.is_shown, true) {
            self.dialogs.open_first(Dialog::Welcome(Welcome::default()));
        }
    }

    /// Tells of galleries that have come to an end since the last look.
    fn tell_news(&mut self, scene: &Scene) {
        let told = std::mem::replace(&mut self.eye.told, scene.log.last());
        for happened in scene.log.lines.iter().rev().take_while(|line| line.number > told) {
            self.toasts.ended(happened);
        }
    }

    fn select_revealed(&mut self, scene: &Scene) {
        let Some(id) = self.eye.select.filter(|id| scene.row(*id).is_some()) else { return };
        self.selection.only(id);
        if scene.place_of(id).is_some() {
            self.eye.select = None;
            self.eye.reveal = Some(id);
        } else {
            // It is filtered away.
            self.wanted = Wanted { tab: None, ..self.wanted.unfiltered() };
        }
    }

    /// A tab that is gone shows nothing.
    fn leave_lost_tab(&mut self, scene: &Scene) {
        let is_lost = |tab: &TabId| !scene.snapshot.tabs.iter().any(|known| known.id == *tab);
        // A tab that was just made is not in the snapshot yet, and while the queue is being opened none is.
        let is_known = !scene.snapshot.tabs.is_empty() && self.wanted.tab == scene.wanted.tab;
        if is_known && self.wanted.tab.as_ref().is_some_and(is_lost) {
            self.wanted.tab = None;
        }
    }

    fn look(&mut self, actions: &mut Vec<Action>) {
        let wanted = self.selection.single();
        if wanted != self.eye.looked_at {
            self.eye.looked_at = wanted;
            actions.push(Action::Ask(Command::LookAt(wanted)));
        }
    }
}

/// What is seen when no gallery passes the filters.
fn nothing_like_that(ui: &mut egui::Ui, wanted: &mut Wanted) {
    theme::palette(ui).ground().show(ui, |ui| {
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            ui.add_space(theme::GAP);
            ui.vertical(|ui| {
                ui.label(texts::FILTER_NOTHING);
                if ui.add(button::dialog(texts::FILTER_NOTHING_YES)).clicked() {
                    *wanted = wanted.unfiltered();
                }
            });
        });
        ui.take_available_space();
    });
}
