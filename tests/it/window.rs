//! The whole program through its window: a real display, a real window manager, real drops, clicks and keys.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton};

use crate::support::display::{Display, Program, Window};
use crate::support::{Home, eventually, skipped};

/// How long a window is watched doing nothing.
const IDLE: Duration = Duration::from_secs(10);
/// Enough for the upload to be still under way when it is held twice.
const PICTURES: u32 = 90;
pub const FIRST_FRAME: &str = "first frame";

/// An environment in which OpenGL cannot start.
const NO_OPENGL: [(&str, &str); 3] = [
    ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent"),
    ("__GLX_VENDOR_LIBRARY_NAME", "nonexistent"),
    ("LIBGL_DRIVERS_PATH", "/nonexistent"),
];
/// An environment in which Vulkan cannot start, and wgpu takes nothing else.
const NO_VULKAN: [(&str, &str); 3] =
    [("VK_ICD_FILENAMES", "/nonexistent"), ("VK_DRIVER_FILES", "/nonexistent"), ("WGPU_BACKEND", "vulkan")];

/// A display, or the word that this test is left out.
pub fn display() -> Option<Display> {
    Display::open().map_err(|missing| skipped(&missing)).ok()
}

/// The program in the foreground, its window and its X window.
pub fn open(display: &Display, home: &Home, args: &[&str]) -> (Program, Window, String) {
    let program = display.start(home, args, &[]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    window.settle();
    (program, window, id)
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

/// Waits until the queue stands so in the database.
pub fn wait_for_states(home: &Home, states: &[&str]) {
    eventually(&format!("states {states:?}"), || (home.states() == states).then_some(()));
}

fn uploaded(home: &Home, id: u32) -> u32 {
    home.query(&format!("SELECT images_uploaded FROM galleries WHERE id = {id}")).first().copied().unwrap_or(0)
}

/// Waits until the galleries are in these tabs in the database.
fn wait_for_tabs(home: &Home, tabs: &[&str]) {
    let stored =
        || home.query::<String>("SELECT tabs.name FROM galleries JOIN tabs ON tabs.id = tab_id ORDER BY galleries.id");
    eventually(&format!("galleries in {tabs:?}"), || (stored() == tabs).then_some(()));
}

/// Every picture of `source` is published under its name, byte for byte.
fn assert_published(home: &Home, source: &Path, id: u32, count: u32) {
    let name = source.file_name().expect("a name").to_string_lossy();
    let target = home.published().join(format!("{name}_{id}"));
    let files: Vec<PathBuf> =
        std::fs::read_dir(source).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), count as usize);
    for file in files {
        let published = target.join(file.file_name().expect("a name"));
        let same = std::fs::read(&file).expect("read") == std::fs::read(&published).expect("published");
        assert!(same, "{} is not what was sent", published.display());
    }
    println!("{count} pictures of {name} are published byte for byte");
}

#[test]
fn a_folder_is_dropped_started_uploaded_copied() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let holiday = home.pictures("Holiday", 3, 400);
    // One image at a time, so that there is time to click Pause and Stop.
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
    let (mut program, window, id) = open(&display, &home, &["-v"]);
    window.shot("empty");

    display.drop_on(&id, &[&holiday]);
    wait_for_states(&home, &["ready"]);
    window.wait_for_row("Holiday", "Ready");
    window.settle();
    window.shot("dropped");
    window.click(Role::Button, "Start");
    wait_for_states(&home, &["completed"]);
    assert_published(&home, &holiday, 1, 3);

    window.click(Role::Row, "Holiday");
    window.click(Role::Button, "Copy BBCode");
    let copied = eventually("BBCode is on the clipboard", || Some(display.clipboard()).filter(|text| !text.is_empty()));
    assert_eq!(copied.matches("[url=").count(), 3, "{copied}");
    println!("copied: {copied}");
    window.shot("completed");

    hands_over(&display, &home, &program, &window, &id);
    holds_and_goes_on(&home, &window);
    closes_and_comes_back(&display, &home, &mut program, &id);
}

/// A second launch adds its folder, or raises the window; it never becomes a second program.
fn hands_over(display: &Display, home: &Home, program: &Program, window: &Window, id: &str) {
    let second = home.pictures("Second trip", PICTURES, 900);
    let ran = display.launch(home, &[text(&second)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    wait_for_states(home, &["completed", "ready"]);
    window.wait_for_row("Second trip", "Ready");
    window.wait_for_words("1 gallery added from outside");

    display.xdotool(&["windowminimize", "--sync", id]);
    eventually("the window is minimised", || display.visible_window().is_none().then_some(()));
    for nonsense in ["GET / HTTP/1.1\r\n\r\n", "/no/such/folder", "noise"] {
        assert!(home.say(nonsense.as_bytes()).starts_with("ERROR "), "{nonsense}");
    }
    program.wait_until_quiet();
    assert_eq!(display.visible_window(), None, "only real requests bring the window up");
    let started = Instant::now();
    let ran = display.launch(home, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let raised = eventually("the window is back", || display.visible_window());
    println!("figure: second launch brings the window back = {} ms", started.elapsed().as_millis());
    assert_eq!(raised, id);
    eventually("the window has the keyboard", || {
        (display.xdotool(&["getactivewindow"]).stdout.trim() == id).then_some(())
    });
}

/// Pause and Stop hold an upload under way, and Start goes on each time.
fn holds_and_goes_on(home: &Home, window: &Window) {
    let second = home.path().join("Second trip");
    window.click(Role::Row, "Second trip");
    window.press(Role::Button, "Start");
    eventually("images are under way", || (uploaded(home, 2) > 0).then_some(()));
    window.press(Role::Button, "Pause");
    wait_for_states(home, &["completed", "paused"]);
    let paused_at = uploaded(home, 2);
    println!("paused after {paused_at} of {PICTURES} images");
    assert!(paused_at < PICTURES, "the gallery was finished before it could be paused");
    window.wait_for_row("Second trip", "Paused");
    window.shot("paused");

    window.press(Role::Button, "Start");
    wait_for_states(home, &["completed", "uploading"]);
    window.press(Role::Button, "Stop");
    wait_for_states(home, &["completed", "incomplete"]);
    let stopped_at = uploaded(home, 2);
    println!("stopped after {stopped_at} of {PICTURES} images");
    assert!((paused_at..PICTURES).contains(&stopped_at), "the gallery was finished before it could be stopped");
    window.wait_for_row("Second trip", "Incomplete");
    window.shot("stopped");

    window.press(Role::Button, "Start");
    window.shot("uploading");
    // Ninety large pictures one by one take their time in a debug build.
    eventually("the rest is uploaded", || (home.states() == ["completed", "completed"]).then_some(()));
    assert_published(home, &second, 2, PICTURES);
}

/// The window manager's close button ends the program; the next start shows the same queue.
fn closes_and_comes_back(display: &Display, home: &Home, program: &mut Program, id: &str) {
    let resident = home.data().join("resident.json");
    assert!(resident.exists());
    display.xdotool(&["windowactivate", "--sync", id, "key", "alt+F4"]);
    let ended = program.wait();
    assert_eq!(ended.code(), Some(0), "{}", program.said());
    assert!(!resident.exists(), "resident.json is left behind");

    let (mut program, window, id) = open(display, home, &["-v"]);
    window.wait_for_row("Holiday", "Completed, 100");
    window.wait_for_row("Second trip", "Completed, 100");
    assert_eq!(home.states(), ["completed", "completed"]);
    display.xdotool(&["windowactivate", "--sync", &id, "key", "alt+F4"]);
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());
}

#[test]
fn folders_go_into_the_tab_they_are_dropped_on() {
    let Some(display) = display() else { return };
    let home = Home::new();
    assert_eq!(home.run(&["tabs", "add", "Work"]).code, 0);
    let [quick, table, slow, all] = ["Quick", "Table", "Slow", "All"].map(|name| home.pictures(name, 1, 40));
    let (program, window, id) = open(&display, &home, &["-vv"]);
    let place = |role, name| window.wait_for(role, name).centre.expect("a place");
    display.drop_at(&id, Some(place(Role::Tab, "Work (0)")), &[&quick]);
    wait_for_tabs(&home, &["Work"]);
    display.drop_at(&id, Some(place(Role::Row, "Quick")), &[&table]);
    wait_for_tabs(&home, &["Work", "Main"]);

    let drag = display.drag_to(&id, place(Role::Tab, "Work (1)"), &[&slow]);
    window.wait_for_words("Add “Slow” to Work");
    window.shot("dragged-over-a-tab");
    drag.let_go();
    wait_for_tabs(&home, &["Work", "Main", "Work"]);

    window.click(Role::Tab, "Work (2)");
    let drag = display.drag_to(&id, place(Role::Tab, "All (3)"), &[&all]);
    window.wait_for_words("Add “All” to Work");
    drag.let_go();
    wait_for_tabs(&home, &["Work", "Main", "Work", "Work"]);
    eventually("the news is gone", || (!window.shows("added")).then_some(()));
    draws_nothing(&program, "window that things were dragged over");
}

#[test]
fn no_control_is_without_a_name() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (_program, window, _) = open(&display, &home, &[]);
    all_named(&window, "empty");
    for n in 1..=3 {
        let folder = home.pictures(&format!("Gallery {n}"), n, 200);
        assert_eq!(display.launch(&home, &[text(&folder)]).code, 0);
    }
    wait_for_states(&home, &["ready"; 3]);
    window.wait_for_row("Gallery 3", "Ready");
    window.click(Role::Row, "Gallery 2");
    all_named(&window, "details");
    for key in [Key::F, Key::E, Key::Q, Key::V, Key::H] {
        window.key(key, Modifiers::ALT);
        all_named(&window, &format!("menu-{}", key.name()));
        window.key(Key::Escape, Modifiers::NONE);
    }
    window.click_with(Role::Row, "Gallery 2", PointerButton::Secondary);
    all_named(&window, "menu-row");
    window.key(Key::Escape, Modifiers::NONE);
    for (key, name) in [(Key::F1, "guide"), (Key::Delete, "remove")] {
        window.key(key, Modifiers::NONE);
        all_named(&window, name);
        window.key(Key::Escape, Modifiers::NONE);
    }
    window.click(Role::Button, "Help");
    window.click(Role::MenuItem, "About BBDrop");
    all_named(&window, "about");
    window.key(Key::Escape, Modifiers::NONE);
    other_looks(&window);
}

fn all_named(window: &Window, what: &str) {
    window.settle();
    window.shot(&format!("names-{what}"));
    let (nameless, controls) = window.nameless();
    println!("{what}: {controls} controls, {} without a name", nameless.len());
    assert!(nameless.is_empty(), "{nameless:#?}");
    assert!(controls > 5, "the tree is not whole");
}

/// The other theme and the smallest window, zoomed and not.
fn other_looks(window: &Window) {
    for theme in ["Light theme", "Dark theme"] {
        window.click(Role::Button, "View");
        window.click(Role::MenuItemCheckBox, theme);
        all_named(window, &theme.to_lowercase().replace(' ', "-"));
    }
    window.resize(800, 600);
    all_named(window, "smallest");
    for _ in 0..5 {
        window.key(Key::Plus, Modifiers::COMMAND);
    }
    all_named(window, "zoomed");
}

#[test]
fn the_other_renderer_takes_over() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let folder = home.pictures("Taken over", 2, 100);
    let mut program = display.start(&home, &["-v"], &NO_OPENGL);
    let window = program.window();
    program.wait_for_line("The glow renderer failed");
    let first_frame = {
        program.wait_for_line("renderer: wgpu");
        program.wait_for_line(FIRST_FRAME)
    };
    println!("figure: first frame after the other renderer took over = {} ms", first_frame.as_millis());
    assert_eq!(display.launch(&home, &[text(&folder)]).code, 0);
    window.wait_for_row("Taken over", "Ready");
    window.shot("taken-over");
    assert_eq!(home.run(&["quit"]).code, 0);
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());

    let mut program = display.start(&home, &["--renderer", "wgpu"], &NO_VULKAN);
    assert_eq!(program.wait().code(), Some(1), "{}", program.said());
    let said = program.said();
    println!("without Vulkan: {said}");
    assert!(said.contains("The window could not be opened (wgpu:"), "{said}");
    assert!(said.contains("--headless"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(!home.data().join("resident.json").exists());
    let list = home.list();
    assert_eq!((list.len(), list[0]["name"].as_str()), (1, Some("Taken over")), "{list:?}");
}

/// Watches the window for [`IDLE`]: not one frame. The CPU time of the program meanwhile.
pub fn draws_nothing(program: &Program, what: &str) -> Duration {
    program.wait_until_quiet();
    let (frames, cpu, from) = (program.count("frame "), program.cpu(), Instant::now());
    eventually("the time has passed", || (from.elapsed() >= IDLE).then_some(()));
    let (drawn, used) = (program.count("frame ") - frames, program.cpu().saturating_sub(cpu));
    println!("figure: frames of an idle {what} in 10 s = {drawn} frames");
    println!("figure: CPU time of an idle {what} in 10 s = {:.1} ms", used.as_secs_f64() * 1e3);
    assert!(frames > 0, "frames are not counted");
    assert_eq!(drawn, 0, "{}", program.said().lines().rev().take(10).collect::<Vec<_>>().join("\n"));
    used
}

#[test]
fn output_is_copied_when_that_is_wanted_and_outlives_the_program() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let _manager = display.clipboard_manager();
    assert_eq!(home.run(&["config", "set", "output.copy_automatically", "true"]).code, 0);
    let trip = home.pictures("Trip", 2, 40);
    let (mut program, window, _) = open(&display, &home, &[]);
    assert_eq!(home.run(&["queue", "add", "--start", text(&trip)]).code, 0);
    window.wait_for_words("The output of “Trip” is on the clipboard.");
    let copied = eventually("it is on the clipboard", || Some(display.clipboard()).filter(|text| !text.is_empty()));
    assert_eq!(copied, home.run(&["output", "1"]).stdout);
    assert_eq!(home.run(&["quit"]).code, 0);
    assert!(program.wait().success());
    let kept = eventually("the clipboard manager has it", || Some(display.clipboard()).filter(|text| !text.is_empty()));
    assert_eq!(kept, copied);
}
