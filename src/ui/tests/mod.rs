//! The window on hand-made snapshots: what it shows and which actions come out. No pictures, no GPU.

mod actions;
mod arranged;
mod both_themes;
mod dialog_hosts;
mod dialog_settings;
mod dialog_templates;
mod dialog_welcome;
mod dropping;
mod hosts;
mod painter;
mod panels;
mod pictures;
mod shown;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::{Action, Layout, Ui};
use crate::core::gallery::{Past, Place};
use crate::core::{
    Command, Details, Fault, FaultKind, GalleryId, GalleryState, Image, ImageLinks, ImageState, Row, Scene, Selection,
    Snapshot, Tally, Wanted,
};

/// Frames until the window comes to rest: the keyboard goes past each splitter in one.
const STEPS_MAX: u64 = 40;

/// What a harness drives: the window and the picture it draws.
struct Window {
    ui: Ui,
    snapshot: Snapshot,
    scene: Scene,
    wanted: Arc<Wanted>,
    /// How it is to be arranged at the next start.
    kept: Option<Arc<Layout>>,
}

impl Window {
    /// What a thread of its own does in the program.
    fn show(&mut self, ui: &mut egui::Ui, out: &mut Vec<Action>) {
        let snapshot = Arc::new(self.snapshot.clone());
        self.scene = self.scene.next(snapshot, Arc::clone(&self.wanted), 0);
        let mut actions = Vec::new();
        self.ui.show(ui, &self.scene, &mut actions);
        for action in actions {
            match action {
                Action::Want(wanted) => {
                    self.wanted = wanted;
                    ui.ctx().request_repaint();
                }
                Action::Keep(layout) => self.kept = Some(layout),
                other => out.push(other),
            }
        }
    }
}

/// The window, and every action that came out of it since the last look.
struct Bench {
    harness: Harness<'static, Window>,
    actions: Rc<RefCell<Vec<Action>>>,
}

impl Bench {
    fn new(snapshot: Snapshot) -> Self {
        Self::sized(snapshot, egui::vec2(1280.0, 800.0))
    }

    fn sized(snapshot: Snapshot, size: egui::Vec2) -> Self {
        Self::arranged(snapshot, size, Layout::default())
    }

    /// A window that is opened as it was the last time.
    fn arranged(snapshot: Snapshot, size: egui::Vec2, layout: Layout) -> Self {
        let (wanted, prepared) = (Ui::new(layout.clone()).wanted(), layout.clone());
        let actions = Rc::new(RefCell::new(Vec::new()));
        let out = Rc::clone(&actions);
        let harness = Harness::builder()
            .with_size(size)
            .with_context_setup(move |ctx| Ui::new(prepared).prepare(ctx))
            .allow_missing_glyphs()
            .with_max_steps(STEPS_MAX)
            .build_ui_state(
                move |ui, window: &mut Window| window.show(ui, &mut out.borrow_mut()),
                Window { ui: Ui::new(layout), snapshot, scene: Scene::default(), wanted, kept: None },
            );
        let mut bench = Self { harness, actions };
        bench.harness.run();
        bench
    }

    /// Lets everything that was asked of the harness happen; the actions since the last call.
    fn run(&mut self) -> Vec<Action> {
        self.harness.run();
        self.actions.take()
    }

    /// Clicks what has this accessible name.
    fn click(&mut self, name: &str) -> Vec<Action> {
        self.harness.get_by_label(name).click();
        self.run()
    }

    fn click_with(&mut self, name: &str, modifiers: egui::Modifiers) -> Vec<Action> {
        self.harness.get_by_label(name).click_modifiers(modifiers);
        self.run()
    }

    fn key(&mut self, key: egui::Key) -> Vec<Action> {
        self.key_with(egui::Modifiers::NONE, key)
    }

    fn key_with(&mut self, modifiers: egui::Modifiers, key: egui::Key) -> Vec<Action> {
        self.harness.key_press_modifiers(modifiers, key);
        self.run()
    }

    fn shows(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    fn is_enabled(&self, name: &str) -> bool {
        use egui_kittest::kittest::NodeT as _;
        !self.harness.get_by_label(name).accesskit_node().is_disabled()
    }
}

fn row(id: i64, name: &str, state: GalleryState) -> Row {
    let uploaded = match state {
        GalleryState::Completed => 10,
        GalleryState::Uploading | GalleryState::Paused | GalleryState::Incomplete => 4,
        _ => 0,
    };
    Row {
        id: GalleryId(id),
        name: name.to_owned(),
        path: PathBuf::from(format!("/photos/{name}")),
        place: Place { position: id, ..Place::default() },
        state,
        host: "folder".to_owned(),
        tally: Tally {
            total: 10,
            uploaded,
            failed: u32::from(state == GalleryState::Incomplete),
            skipped: 0,
            bytes_total: 10_000_000,
            bytes_uploaded: u64::from(uploaded) * 1_000_000,
        },
        link: (uploaded > 0).then(|| format!("https://host.example/{id}")),
        reason: match state {
            GalleryState::Failed => "The host has no room left. Free some or choose another host.".to_owned(),
            _ => String::new(),
        },
        past: Past { added_at: 1_795_334_700_000, ..Past::default() },
        post: Arc::default(),
        moved: Arc::new(AtomicU64::new(0)),
    }
}

fn snapshot(rows: Vec<Row>) -> Snapshot {
    Snapshot { rows: rows.into_iter().map(Arc::new).collect(), ..Snapshot::default() }
}

/// cats (1) is ready, dogs (2) completed, birds (3) failed.
fn three() -> Snapshot {
    snapshot(vec![
        row(1, "cats", GalleryState::Ready),
        row(2, "dogs", GalleryState::Completed),
        row(3, "birds", GalleryState::Failed),
    ])
}

fn image(position: u32, file: &str, state: ImageState) -> Image {
    Image { position, file: file.into(), bytes: 1000, modified_at: 0, pixels: (10, 10), attempts: 0, state }
}

fn details(id: i64) -> Arc<Details> {
    let failed = Fault::new(FaultKind::LocalFile, "The file is empty. Replace it and press Retry failed.");
    Arc::new(Details {
        id: GalleryId(id),
        images: vec![
            image(0, "one.jpg", ImageState::Uploaded(ImageLinks::default())),
            image(1, "two.jpg", ImageState::Failed(failed)),
            image(2, "three.jpg", ImageState::Pending),
        ],
    })
}

fn ask(command: Command) -> Action {
    Action::Ask(command)
}

fn these<const N: usize>(ids: [i64; N]) -> Selection {
    Selection::of(ids.into_iter().map(GalleryId))
}
