//! The window's shell: eframe on one side, the engine on the other. Draws through [`crate::ui`], which decides nothing.

use std::cell::RefCell;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::{self, Event, UserAttentionType, ViewportBuilder, ViewportCommand, ViewportEvent, ViewportId};
use tokio::sync::watch;

use super::NOTICES_MAX;
use super::arranger::{self, Arranger, Bell};
use super::desktop::Sight;
use super::drops::Drops;
use super::fonts;
use super::layout::{self, Keeper};
use super::notices::{error_notice, reply_notices};
use super::opening;
use super::pictures::Pictures;
use super::place;
use super::watchdog::Watchdog;
use crate::cli::Renderer;
use crate::core::image::ENDINGS as IMAGES;
use crate::core::{Choices, Command, GalleryId, Notice, Row, Scene, Snapshot, TabId};
use crate::engine::Handle;
use crate::hosts::PUBLISHED;
use crate::platform::{self, drag::Place};
use crate::ui::{Action, Answer, Matter, Ui, importing};

/// Endings of files that define a host.
const DEFINITIONS: [&str; 2] = ["toml", "sxcu"];
/// Where BBDrop 0.9 keeps everything, in a person's home.
const OLD_DATA_DIR: &str = ".bbdrop";
/// Pictures that are taken over in one frame.
const PICTURES_A_FRAME: usize = 8;
/// Faster than any person.
const NOBODY_CANCELS_WITHIN: Duration = Duration::from_millis(600);
/// The reason is told by whoever has tried to open it.
const NO_QUEUE: &str = "The queue could not be opened.";
const NO_DIALOG: &str = "The system's dialog for choosing files could not be opened. Drop folders and images on the window instead, or install the package xdg-desktop-portal-gtk or zenity.";

/// Wakes the window from other threads, whichever renderer it has at the moment.
#[derive(Clone, Debug, Default)]
pub struct Waker(Arc<Mutex<Option<egui::Context>>>);

impl Waker {
    /// Lets the window look at what is new.
    pub fn wake(&self) {
        if let Some(context) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            context.request_repaint_of(ViewportId::ROOT);
        }
    }

    /// Lets the taskbar point at the window until it is in front.
    pub fn call_for_attention(&self) {
        if let Some(context) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            let call = ViewportCommand::RequestUserAttention(UserAttentionType::Informational);
            context.send_viewport_cmd_to(ViewportId::ROOT, call);
        }
    }

    fn set(&self, context: egui::Context) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(context);
    }
}

/// What a window is made of.
pub struct Parts {
    pub handle: Handle,
    /// What the engine shows, as soon as the queue is open; nothing comes when it cannot be opened.
    pub opened: Receiver<watch::Receiver<Arc<Snapshot>>>,
    pub rings: Receiver<()>,
    pub bell: Bell,
    pub noticed: Receiver<Notice>,
    pub waker: Waker,
    pub sight: Sight,
    pub data_dir: PathBuf,
    /// What has gone wrong before the window was there, in words.
    pub trouble: Option<String>,
}

/// Shows the window until it is closed. When one renderer fails, the other takes over in the same run.
///
/// # Errors
/// In words, when no renderer works.
pub fn run(parts: Parts, renderer: Renderer) -> Result<(), String> {
    let (started, data_dir) = (Instant::now(), parts.data_dir.clone());
    let shell = Rc::new(RefCell::new(Stage::Waiting(Box::new(parts))));
    let mut failures = Vec::new();
    for renderer in order(renderer) {
        let held = Rc::clone(&shell);
        let creator: eframe::AppCreator<'_> = Box::new(move |creation| {
            fonts::provide(&creation.egui_ctx);
            let shell = held.borrow_mut().shell(started)?;
            shell.borrow_mut().prepare(creation, renderer);
            Ok(Box::new(Window(shell)))
        });
        let run = AssertUnwindSafe(|| eframe::run_native("BBDrop", options(renderer, &data_dir), creator));
        let failure = match catch_unwind(run) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it stopped unexpectedly".to_owned(),
        };
        if matches!(*shell.borrow(), Stage::Nothing) {
            return Err(failure); // No renderer is to blame.
        }
        tracing::warn!("The {renderer} renderer failed: {failure}");
        failures.push(format!("{renderer}: {failure}"));
    }
    Err(format!("The window could not be opened ({}). Check the graphics driver.", failures.join("; ")))
}

fn order(asked: Renderer) -> Vec<eframe::Renderer> {
    match asked {
        Renderer::Auto if platform::GLOW_FIRST => vec![eframe::Renderer::Glow, eframe::Renderer::Wgpu],
        Renderer::Auto => vec![eframe::Renderer::Wgpu, eframe::Renderer::Glow],
        Renderer::Glow => vec![eframe::Renderer::Glow],
        Renderer::Wgpu => vec![eframe::Renderer::Wgpu],
    }
}

fn options(renderer: eframe::Renderer, data_dir: &Path) -> eframe::NativeOptions {
    // Without one, eframe's own is on the taskbar.
    let icon = eframe::icon_data::from_png_bytes(ICON).unwrap_or_default();
    let viewport = ViewportBuilder::default()
        .with_icon(icon)
        .with_app_id("bbdrop")
        .with_title("BBDrop")
        .with_inner_size([1280.0, 760.0])
        .with_min_inner_size([800.0, 600.0])
        .with_drag_and_drop(true);
    eframe::NativeOptions {
        viewport,
        renderer,
        persistence_path: Some(data_dir.join(place::FILE)),
        event_loop_builder: Some(Box::new(platform::choose_window_system)),
        system_font_fallback: false, // We have our own, which takes no harm where there are none.
        ..eframe::NativeOptions::default()
    }
}

/// On the taskbar and in the title bar.
const ICON: &[u8] = include_bytes!("../../assets/icon/128.png");

/// How far the shell is, which the first renderer that works makes and the next one has when that fails later.
enum Stage {
    Waiting(Box<Parts>),
    There(Rc<RefCell<Shell>>),
    /// There is nothing to be shown.
    Nothing,
}

impl Stage {
    /// Waits until the queue is open.
    fn shell(&mut self, started: Instant) -> Result<Rc<RefCell<Shell>>, String> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Waiting(parts) => *self = Self::There(Rc::new(RefCell::new(Shell::new(*parts, started)?))),
            there => *self = there,
        }
        match self {
            Self::There(shell) => Ok(Rc::clone(shell)),
            Self::Waiting(_) | Self::Nothing => Err(NO_QUEUE.to_owned()),
        }
    }
}

/// What lives as long as the window, across renderers.
struct Shell {
    handle: Handle,
    noticed: Receiver<Notice>,
    waker: Waker,
    sight: Sight,
    /// The window was closed, and the program has stayed.
    is_put_away: bool,
    /// Somebody wants the end, not only the window out of sight.
    is_ending: bool,
    data_dir: PathBuf,
    arranger: Arranger,
    keeper: Keeper,
    pictures: Pictures,
    drops: Drops,
    ui: Ui,
    scene: Arc<Scene>,
    actions: Vec<Action>,
    tell: (SyncSender<Notice>, Receiver<Notice>),
    answers: (SyncSender<Answered>, Receiver<Answered>),
    picking: Arc<AtomicBool>,
    frames: Frames,
    watchdog: Watchdog,
}

/// What came of something that a dialog has asked.
type Answered = (Matter, Answer);

/// Counts frames, so that tests can see that an idle window draws none.
struct Frames {
    drawn: u64,
    started: Instant,
}

impl Shell {
    fn new(parts: Parts, started: Instant) -> Result<Self, String> {
        let Parts { handle, opened, rings, bell, noticed, waker, sight, data_dir, trouble } = parts;
        let (layout, layout_trouble) = layout::load(&data_dir);
        let mut ui = Ui::new(layout);
        for words in trouble.into_iter().chain(layout_trouble) {
            ui.tell(words, true);
        }
        let no_thread = |error| format!("The window could not be opened: {error}. End other programs and try again.");
        let snapshots = opened.recv().map_err(|_| NO_QUEUE)?;
        let parts = arranger::Parts { snapshots, rings, bell, waker: waker.clone(), data_dir: data_dir.clone() };
        let mut arranger = Arranger::start(parts, ui.wanted()).map_err(no_thread)?;
        let keeper = Keeper::start(data_dir.clone()).map_err(no_thread)?;
        let pictures = Pictures::start(waker.clone(), Ui::picture_px()).map_err(no_thread)?;
        let drops = Drops::start(waker.clone()).map_err(no_thread)?;
        Ok(Self {
            handle,
            noticed,
            waker,
            pictures,
            drops,
            sight,
            is_put_away: false,
            is_ending: false,
            data_dir,
            scene: arranger.scene(),
            arranger,
            keeper,
            ui,
            actions: Vec::new(),
            tell: sync_channel(NOTICES_MAX),
            answers: sync_channel(NOTICES_MAX),
            picking: Arc::default(),
            frames: Frames { drawn: 0, started },
            watchdog: Watchdog::default(),
        })
    }

    fn prepare(&mut self, creation: &eframe::CreationContext<'_>, renderer: eframe::Renderer) {
        tracing::info!("renderer: {renderer}");
        self.ui.prepare(&creation.egui_ctx);
        self.waker.set(creation.egui_ctx.clone());
        place::bring_back(creation);
        if let Some(words) = place::check(creation, &self.data_dir) {
            self.ui.tell(words, true);
        }
        let window = platform::desktop::window_of(creation);
        if let Err(error) = self.drops.set_window(window) {
            tracing::warn!("what is dragged comes from the window's library only: {error}");
        }
        self.sight.set_window(window, &self.waker);
    }

    /// What is dropped waits until it is known where.
    fn look_at_drops(&mut self, context: &egui::Context, input: &mut egui::RawInput) {
        let dragged = self.drops.look(input, Instant::now());
        let to_points = |[x, y]: Place| egui::pos2(x.into(), y.into()) / context.pixels_per_point();
        self.ui.dragged_to(dragged.at.map(to_points), dragged.elsewhere);
        if let Some(words) = dragged.trouble {
            self.ui.tell(words, true);
        }
        if let Some(again) = dragged.again {
            context.request_repaint_after(again);
        }
    }

    /// Takes over what is new.
    fn logic(&mut self, context: &egui::Context) {
        self.frames.report_first();
        self.scene = self.arranger.scene();
        self.hide_or_end(context);
        self.note_focus(context);
        while let Ok(notice) = self.noticed.try_recv().or_else(|_| self.tell.1.try_recv()) {
            self.notice(context, notice);
        }
        let mut pictures = 0;
        while let Some(made) = (pictures < PICTURES_A_FRAME).then(|| self.pictures.take()).flatten() {
            self.ui.pictured(context, made);
            pictures += 1;
        }
        if pictures == PICTURES_A_FRAME {
            context.request_repaint(); // There may be more.
        }
        while let Ok((matter, answer)) = self.answers.1.try_recv() {
            self.ui.answered(&matter, &answer, &mut self.actions);
        }
    }

    /// Closing the window may leave the program running in the notification area.
    fn hide_or_end(&mut self, context: &egui::Context) {
        let (is_closing, is_seen) = context.input(|input| {
            let window = input.viewport();
            (window.close_requested(), window.visible() != Some(false))
        });
        let stays = self.scene.snapshot.settings.desktop.close_to_tray && self.sight.is_in_tray();
        if is_closing && !std::mem::take(&mut self.is_ending) && stays {
            // Nothing ends, so there is nothing to be asked about.
            context.input_mut(|input| {
                if let Some(window) = input.raw.viewports.get_mut(&ViewportId::ROOT) {
                    window.events.retain(|event| *event != ViewportEvent::Close);
                }
            });
            context.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::CancelClose);
            self.put_away(context);
        }
        self.ui.set_can_hide(self.sight.is_in_tray());
        self.sight.set_hidden(self.is_put_away || !is_seen);
    }

    /// A click in the notification area brings the window back.
    fn put_away(&mut self, context: &egui::Context) {
        self.is_put_away = true;
        context.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Visible(false));
    }

    /// What has called for attention is seen once the window is in front; not every system ends that by itself.
    fn note_focus(&self, context: &egui::Context) {
        let (is_in_front, comes_to_front) = context.input(|input| {
            (input.viewport().focused == Some(true), input.events.contains(&Event::WindowFocused(true)))
        });
        self.sight.set_in_front(is_in_front);
        if comes_to_front {
            let end = ViewportCommand::RequestUserAttention(UserAttentionType::Reset);
            context.send_viewport_cmd_to(ViewportId::ROOT, end);
        }
    }

    /// Shows the window, also when it is minimised or put away, and brings it to the front.
    fn raise(&mut self, context: &egui::Context) {
        self.is_put_away = false;
        for command in [ViewportCommand::Visible(true), ViewportCommand::Minimized(false), ViewportCommand::Focus] {
            context.send_viewport_cmd_to(ViewportId::ROOT, command);
        }
    }

    /// The program is to end, after a question if there is one.
    fn end(&mut self, context: &egui::Context) {
        self.is_ending = true;
        context.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Close);
    }

    fn notice(&mut self, context: &egui::Context, notice: Notice) {
        match notice {
            Notice::Raise => self.raise(context),
            Notice::Arrived(arrival) => {
                if let Some(id) = arrival.reveals {
                    self.raise(context);
                    self.ui.reveal(id);
                }
                self.ui.arrived(&arrival);
                if arrival.has_subfolders {
                    self.ui.ask_about_subfolders(&self.scene.snapshot.settings);
                }
            }
            Notice::HasSubfolders => self.ui.ask_about_subfolders(&self.scene.snapshot.settings),
            Notice::Copy(text) => context.copy_text(text),
            Notice::CopyOutput { name, text } => {
                context.copy_text(text);
                self.ui.tell(format!("The output of “{name}” is on the clipboard."), false);
            }
            Notice::Tell { words, is_error } => self.ui.tell(words, is_error),
            Notice::Quit => self.close(context),
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        self.frames.count(ui.ctx());
        self.ui.show(ui, &self.scene, &mut self.actions);
        for action in std::mem::take(&mut self.actions) {
            self.act(ui.ctx(), action);
        }
    }

    fn act(&mut self, context: &egui::Context, action: Action) {
        match action {
            Action::PickFolders => {
                let dialog = rfd::FileDialog::new().set_title("Add folders");
                let tab = self.ui.tab();
                self.pick(move || picked(dialog.pick_folders()).map(|folders| add(folders, tab)));
            }
            Action::PickImages => {
                let dialog = rfd::FileDialog::new().set_title("Add images").add_filter("Images", &IMAGES);
                let tab = self.ui.tab();
                self.pick(move || picked(dialog.pick_files()).map(|files| add(files, tab)));
            }
            Action::Relocate(gallery) => {
                let dialog = rfd::FileDialog::new().set_title("Where is the folder now?");
                self.pick(move || dialog.pick_folder().map(|folder| Command::Relocate { gallery, folder }));
            }
            Action::AddFolders(folders, tab) => self.send(add(folders, tab)),
            Action::Ask(command) => self.send(command),
            Action::AskAbout(matter, command) => self.ask(matter, command),
            Action::PickHostFile => {
                let dialog = rfd::FileDialog::new().set_title("Add a host").add_filter("Hosts", &DEFINITIONS);
                let (asker, handle) = (self.asker(Matter::ReadHost), self.handle.clone());
                self.pick_for(move || dialog.pick_file(), move |file| handle.send(Command::ReadHost(file), asker));
            }
            Action::PickOld => self.pick_old(),
            Action::OpenFolder(id) => self.open(id, |row| Some(row.path.clone().into_os_string())),
            Action::OpenLink(id) => self.open_link(id),
            Action::Want(wanted) => self.arranger.want(wanted),
            Action::Keep(layout) => self.keeper.keep(layout),
            Action::MakePictures(wishes) => self.pictures.make(wishes),
            Action::CopyText(text) => context.copy_text(text),
            Action::OpenDataFolder => self.open_target(self.data_dir.clone().into_os_string()),
            Action::CloseNow => self.close(context),
            Action::PutAway => self.put_away(context),
            Action::Quit => self.end(context),
        }
    }

    /// Without a question.
    fn close(&mut self, context: &egui::Context) {
        self.ui.let_go();
        self.end(context);
    }

    /// Sends a command; what there is to say about its answer comes back as notices.
    fn send(&self, command: Command) {
        let teller = self.teller();
        self.handle.send(command, Box::new(move |reply| reply_notices(reply).into_iter().for_each(teller)));
    }

    /// Sends a command of a dialog, whose answer comes back to it.
    fn ask(&self, matter: Matter, command: Command) {
        self.handle.send(command, self.asker(matter));
    }

    /// Gives an answer to the window. There is always room: a dialog asks one thing at a time.
    fn asker(&self, matter: Matter) -> crate::engine::Answer {
        let (answers, waker) = (self.answers.0.clone(), self.waker.clone());
        Box::new(move |answer| {
            let _ = answers.try_send((matter, answer));
            waker.wake();
        })
    }

    /// Tells the window something from any thread; what does not fit is dropped, it is only words.
    fn teller(&self) -> impl Fn(Notice) + Send + 'static {
        let (notices, waker) = (self.tell.0.clone(), self.waker.clone());
        move |notice| {
            let _ = notices.try_send(notice);
            waker.wake();
        }
    }

    /// The system's dialog, on a thread of its own, one at a time.
    fn pick(&self, ask: impl FnOnce() -> Option<Command> + Send + 'static) {
        let (handle, teller) = (self.handle.clone(), self.teller());
        self.pick_for(ask, move |command| {
            handle.send(command, Box::new(move |reply| reply_notices(reply).into_iter().for_each(teller)));
        });
    }

    /// Everything of BBDrop 0.9 that is in a folder. What comes of it is shown by a dialog; it may take a while.
    fn pick_old(&self) {
        let dialog = rfd::FileDialog::new().set_title("Where has BBDrop 0.9 kept its queue? Mostly in .bbdrop");
        let (asker, handle, teller) = (self.asker(Matter::ImportOld), self.handle.clone(), self.teller());
        let ask = move || {
            let usual = std::env::home_dir().map(|home| home.join(OLD_DATA_DIR)).filter(|usual| usual.is_dir());
            usual.map_or(dialog.clone(), |usual| dialog.set_directory(usual)).pick_folder()
        };
        self.pick_for(ask, move |folder| {
            let words = importing(&folder.display().to_string());
            teller(Notice::Tell { words, is_error: false });
            handle.send(Command::Import(folder), asker);
        });
    }

    fn pick_for<T>(&self, ask: impl FnOnce() -> Option<T> + Send + 'static, then: impl FnOnce(T) + Send + 'static) {
        if self.picking.swap(true, Ordering::AcqRel) {
            return;
        }
        let picking = Arc::clone(&self.picking);
        let teller = self.teller();
        let pick = move || {
            let asked = Instant::now();
            let picked = ask();
            picking.store(false, Ordering::Release);
            match picked {
                Some(picked) => then(picked),
                // A dialog that fails looks like one that was cancelled, but nobody cancels that fast.
                None if asked.elapsed() < NOBODY_CANCELS_WITHIN => teller(error_notice(NO_DIALOG.to_owned())),
                None => {}
            }
        };
        if let Err(error) = std::thread::Builder::new().name("picker".to_owned()).spawn(pick) {
            self.picking.store(false, Ordering::Release);
            self.teller()(error_notice(format!("The folder dialog could not be opened: {error}.")));
        }
    }

    fn open_link(&self, id: GalleryId) {
        let Some(link) = self.scene.row(id).and_then(|row| row.link.clone()) else { return };
        match opening::link(&link, &self.data_dir.join(PUBLISHED)) {
            Ok(target) => self.open_target(target),
            Err(words) => self.teller()(error_notice(words)),
        }
    }

    fn open(&self, id: GalleryId, target: impl Fn(&Row) -> Option<OsString>) {
        if let Some(target) = self.scene.row(id).and_then(|row| target(row)) {
            self.open_target(target);
        }
    }

    /// With the system's program for it; finding that out may take long.
    fn open_target(&self, target: OsString) {
        let teller = self.teller();
        let open = move || {
            if let Err(error) = opener::open(&target) {
                teller(error_notice(format!("{} could not be opened: {error}.", target.display())));
            }
        };
        if let Err(error) = std::thread::Builder::new().name("opener".to_owned()).spawn(open) {
            self.teller()(error_notice(format!("Nothing can be opened: {error}.")));
        }
    }
}

/// What was dropped at the very end is in the queue, too.
impl Drop for Shell {
    fn drop(&mut self) {
        let rest = self.drops.rest();
        if !rest.is_empty() {
            self.send(add(rest, self.ui.tab()));
        }
    }
}

impl Frames {
    fn count(&mut self, context: &egui::Context) {
        self.drawn += 1;
        tracing::trace!("frame {}", self.drawn);
        if self.drawn == 1 {
            context.request_repaint(); // `report_first` comes after it is on screen.
        }
    }

    fn report_first(&self) {
        if self.drawn == 1 {
            tracing::info!("first frame {} ms after the window was asked for", self.started.elapsed().as_millis());
        }
    }
}

/// What eframe holds: the shell is not its own, so that the next renderer can have it.
struct Window(Rc<RefCell<Shell>>);

impl eframe::App for Window {
    fn raw_input_hook(&mut self, context: &egui::Context, input: &mut egui::RawInput) {
        if input.viewport_id == ViewportId::ROOT {
            self.0.borrow_mut().look_at_drops(context, input);
        }
    }

    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        let mut shell = self.0.borrow_mut();
        let mut watchdog = std::mem::take(&mut shell.watchdog);
        watchdog.watch("`logic`", || shell.logic(context));
        shell.watchdog = watchdog;
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut shell = self.0.borrow_mut();
        let mut watchdog = std::mem::take(&mut shell.watchdog);
        watchdog.watch("`ui`", || shell.draw(ui));
        shell.watchdog = watchdog;
    }
}

/// Nothing picked is cancelled, or failed: a dialog that may give several gives none then.
fn picked(paths: Option<Vec<PathBuf>>) -> Option<Vec<PathBuf>> {
    paths.filter(|paths| !paths.is_empty())
}

fn add(paths: Vec<PathBuf>, tab: TabId) -> Command {
    Command::Add { paths, choices: Choices { takes_images: true, tab, ..Choices::default() } }
}
