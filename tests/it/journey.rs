//! A whole evening at the window: first page, host, drops, pause, a failure, copying, tidying up, closing in the middle, and the next morning. Every
//! step is checked in the database, at the server or on the clipboard.

use std::path::PathBuf;
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton};

use crate::support::display::{Display, Program, Window};
use crate::support::scripted::ScriptedHost;
use crate::support::upload_server::{Fault, Faults, Latency, Matching, Scripted};
use crate::support::{Home, eventually, skipped};

const HOST: &str = "A host of one's own";
const LATENCY: Duration = Duration::from_millis(20);
/// Slow enough to pause and to close in the middle, however busy the machine is.
const SLOW: Duration = Duration::from_millis(1500);
const IMAGES: u32 = 12;
const IMAGES_OF_THE_LAST: u32 = 60;
/// No more images are on their way when the program is closed.
const IN_FLIGHT_MAX: usize = 4;

struct Evening {
    display: Display,
    home: Home,
    host: ScriptedHost,
}

impl Evening {
    fn begin() -> Option<Self> {
        let display = Display::open().map_err(|missing| skipped(&missing)).ok()?;
        let home = Home::new();
        let host = ScriptedHost::start(&home, "scripted", LATENCY);
        assert_eq!(home.run(&["config", "set", "uploads.parallel_images", &IN_FLIGHT_MAX.to_string()]).code, 0);
        // Lists are sorted by names, and what has to be scrolled to cannot be clicked.
        let file = home.data().join("hosts/scripted.toml");
        let definition = std::fs::read_to_string(&file).expect("read").replace("Scripted host scripted", HOST);
        std::fs::write(file, definition).expect("written");
        Some(Self { display, home, host })
    }

    fn open(&self) -> (Program, Window, String) {
        let program = self.display.start_first(&self.home, &["-v"], &[]);
        let window = program.window();
        let id = eventually("the window is on the screen", || self.display.visible_window());
        window.settle();
        (program, window, id)
    }

    fn states(&self, wanted: &[&str]) {
        eventually(&format!("states {wanted:?}"), || (self.home.states() == wanted).then_some(()));
    }

    fn number(&self, sql: &str) -> u32 {
        self.home.query(sql).first().copied().unwrap_or_default()
    }

    fn text(&self, sql: &str) -> String {
        self.home.query(sql).first().cloned().unwrap_or_default()
    }
}

#[test]
fn an_evening_at_the_window_and_the_next_morning() {
    let Some(evening) = Evening::begin() else { return };
    let (mut program, window, id) = evening.open();
    chooses_the_host(&evening, &window);
    drops_and_uploads(&evening, &window, &id);
    copies(&evening, &window);
    tidies_up(&evening, &window);
    let layout = closes_in_the_middle(&evening, &window, &mut program, &id);

    let (mut program, window, _) = evening.open();
    finds_everything_as_it_was(&evening, &window, &layout);
    assert_eq!(evening.home.run(&["quit"]).code, 0);
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());
}

fn chooses_the_host(evening: &Evening, window: &Window) {
    window.wait_for_words("Welcome to BBDrop");
    window.shot("evening-welcome");
    window.click(Role::ComboBox, "Image host");
    window.click(Role::Button, HOST);
    window.click(Role::Button, "Done");
    eventually("the host is chosen", || {
        let chosen = evening.home.run(&["config", "get", "uploads.host"]).stdout;
        (chosen.trim() == "scripted").then_some(())
    });
}

/// Three folders by one drop, one by a second launch; paused, gone on, one image refused, tried again.
fn drops_and_uploads(evening: &Evening, window: &Window, id: &str) {
    let home = &evening.home;
    let folders: Vec<PathBuf> =
        ["Beach", "Castle", "Arbour"].iter().map(|name| home.pictures(name, IMAGES, 60)).collect();
    evening.display.drop_on(id, &folders.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    evening.states(&["ready"; 3]);
    let fourth = home.pictures("Dunes", IMAGES, 60);
    assert_eq!(evening.display.launch(home, &[fourth.to_str().expect("Unicode")]).code, 0);
    evening.states(&["ready"; 4]);
    let refused = Scripted { matching: Matching::image("2.png"), fault: Fault::status(415, "not a picture") };
    let script = vec![refused.clone()];
    evening.host.server.set(Faults { latency: slow(SLOW), script, ..Faults::default() });

    window.wait_for_row("Dunes", "Ready");
    window.click(Role::Row, "Beach");
    window.key(Key::A, Modifiers::COMMAND);
    window.press(Role::Button, "Start");
    eventually("something is uploaded", || {
        (evening.number("SELECT sum(images_uploaded) FROM galleries") > 0).then_some(())
    });
    window.press(Role::Button, "Pause");
    eventually("nothing is on its way", || {
        let states = home.states();
        (!states.iter().any(|state| state == "uploading" || state == "queued")).then_some(())
    });
    let held = home.states();
    assert!(held.iter().any(|state| state == "paused"), "{held:?}");
    window.shot("evening-paused");
    // What the host refuses has not come yet, or has: it stays in the script until then.
    let script = vec![refused; evening.host.server.script_left()];
    evening.host.server.set(Faults { latency: Latency::all(LATENCY), script, ..Faults::default() });
    window.press(Role::Button, "Start");
    eventually("three are completed, one is not", || {
        let mut states = home.states();
        states.sort_unstable();
        (states == ["completed", "completed", "completed", "incomplete"]).then_some(())
    });
    window.wait_for_words("not a picture");
    window.shot("evening-failed");
    window.press(Role::Button, "Retry failed");
    evening.states(&["completed"; 4]);
    let stored = evening.host.stored();
    assert_eq!(stored.len(), 4 * IMAGES as usize, "{stored:?}");
    assert!(stored.values().all(|times| *times == 1), "{stored:?}");
}

fn copies(evening: &Evening, window: &Window) {
    window.click(Role::Row, "Beach");
    window.key(Key::A, Modifiers::COMMAND);
    window.click(Role::Button, "Copy BBCode");
    let copied = eventually("all four are on the clipboard", || {
        Some(evening.display.clipboard()).filter(|text| text.matches("[url=").count() == 4 * IMAGES as usize)
    });
    let each = ["1", "2", "3", "4"].map(|id| evening.home.run(&["output", id]).stdout);
    let places: Vec<_> = each.iter().map(|output| copied.find(output.trim_end())).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{copied}");
}

/// A name, a tab, an order, a filter, a search, settings, a panel.
fn tidies_up(evening: &Evening, window: &Window) {
    let home = &evening.home;
    window.click(Role::Row, "Castle");
    window.key(Key::F2, Modifiers::NONE);
    window.type_text("Zwinger");
    window.key(Key::Enter, Modifiers::NONE);
    eventually("it has its new name", || {
        (home.query::<String>("SELECT name FROM galleries ORDER BY id")[1] == "Zwinger").then_some(())
    });

    window.key(Key::T, Modifiers::COMMAND);
    window.type_text("Trips");
    window.key(Key::Enter, Modifiers::NONE);
    eventually("the tab is there", || (evening.text("SELECT name FROM tabs WHERE id = 2") == "Trips").then_some(()));
    window.click(Role::Tab, "All (4)");
    window.click_with(Role::Row, "Zwinger", PointerButton::Secondary);
    window.click(Role::MenuItem, "Move to tab");
    window.click(Role::MenuItem, "Trips");
    eventually("it is in the tab", || {
        (evening.number("SELECT count(*) FROM galleries WHERE tab_id = 2 AND id = 2") == 1).then_some(())
    });
    window.wait_for(Role::Tab, "Trips (1)");
    window.click(Role::Tab, "Main (3)");

    window.click(Role::ColumnHeader, "Gallery name");
    eventually("sorted", || (window.rows() == ["Arbour", "Beach", "Dunes"]).then_some(()));
    window.click(Role::CheckBox, "Failed (0)");
    window.wait_for_words("No gallery is like that.");
    window.click(Role::CheckBox, "All states (3)");
    window.key(Key::F, Modifiers::COMMAND);
    window.type_text("dun");
    eventually("found", || (window.rows() == ["Dunes"]).then_some(()));
    window.key(Key::Escape, Modifiers::NONE);
    eventually("everything is shown again", || (window.rows().len() == 3).then_some(()));

    window.click(Role::CheckBox, "Start new galleries automatically");
    eventually("the setting is changed", || {
        let set = home.run(&["config", "get", "uploads.start_automatically"]).stdout;
        (set.trim() == "true").then_some(())
    });
    window.click(Role::Button, "Hide hosts");
    eventually("the panel is hidden", || (!window.shows("Hide hosts")).then_some(()));
    window.key(Key::Plus, Modifiers::COMMAND);
    window.click(Role::Button, "View");
    window.click(Role::MenuItemCheckBox, "Light theme");
    window.shot("evening-tidied");
}

/// Returns the layout as it is kept.
fn closes_in_the_middle(evening: &Evening, window: &Window, program: &mut Program, id: &str) -> String {
    let home = &evening.home;
    evening.host.server.set(Faults { latency: slow(SLOW), ..Faults::default() });
    let last = home.pictures("Evening walk", IMAGES_OF_THE_LAST, 60);
    evening.display.drop_on(id, &[&last]);
    let uploaded = "SELECT images_uploaded FROM galleries WHERE id = 5";
    eventually("the last one is on its way", || (evening.number(uploaded) > 0).then_some(()));
    evening.display.xdotool(&["windowactivate", "--sync", id, "key", "alt+F4"]);
    window.wait_for_words("1 gallery is being uploaded.");
    window.shot("evening-closing");
    window.press(Role::Button, "Stop and close");
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());
    let left = evening.number(uploaded);
    println!("closed after {left} of {IMAGES_OF_THE_LAST} images");
    assert!((1..IMAGES_OF_THE_LAST).contains(&left), "it was not closed in the middle");
    evening.host.server.set(Faults { latency: Latency::all(LATENCY), ..Faults::default() });
    std::fs::read_to_string(home.data().join("layout.json")).expect("the layout is kept")
}

/// Uploads take their time, galleries are opened and closed at once.
fn slow(upload: Duration) -> Latency {
    Latency { upload, ..Latency::default() }
}

fn finds_everything_as_it_was(evening: &Evening, window: &Window, layout: &str) {
    eventually("the same order in the same tab", || {
        (window.rows() == ["Arbour", "Beach", "Dunes", "Evening walk"]).then_some(())
    });
    window.shot("evening-next-morning");
    assert!(!window.shows("Hide hosts"), "the panel is hidden");
    let kept = std::fs::read_to_string(evening.home.data().join("layout.json")).expect("kept");
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let (kept, layout) = (read(&kept), read(layout));
    for key in ["columns", "sort", "theme", "zoom", "tab"] {
        assert_eq!(kept[key], layout[key], "{key}");
    }
    assert_eq!(kept["panels"]["hidden"], layout["panels"]["hidden"]);
    assert_eq!((layout["theme"].as_str(), layout["tab"].as_i64()), (Some("Light"), Some(1)), "{layout}");
    assert!(layout["zoom"].as_f64().is_some_and(|zoom| (zoom - 1.1).abs() < 0.01), "{layout}");
    // It goes on by itself, and nothing that was finished is sent again.
    evening.states(&["completed"; 5]);
    let stored = evening.host.stored();
    assert_eq!(stored.len(), (4 * IMAGES + IMAGES_OF_THE_LAST) as usize);
    let twice = stored.values().filter(|times| **times > 1).count();
    println!("sent again after closing: {twice}");
    assert!(twice <= IN_FLIGHT_MAX && stored.values().all(|times| *times <= 2), "{stored:?}");
}
