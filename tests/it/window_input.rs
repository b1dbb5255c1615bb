//! Bad input to the window: a monitor that is gone, no fonts, dialogs that the system cancels or does not have, ten thousand files at once, settings of a
//! newer version. The window comes up, stays whole, says what is wrong, and goes on working.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::accesskit::Role;

use crate::support::display::{Display, Geometry, Node, Program, SCREEN, Window};
use crate::support::unix::make_pipe;
use crate::support::zenity::Zenity;
use crate::support::{Home, eventually, skipped};

/// What is dropped at once.
const DROPPED: usize = 10_000;
/// Folders among them that can be used.
const FOLDERS: usize = 20;
/// Images among them, all of one folder.
const IMAGES: usize = 30;
/// Longer than a dialog that could not be opened.
const A_LOOK: Duration = Duration::from_millis(800);
/// What an empty queue shows.
const WORDS: &str = "Drop folders of images here";
const NO_DIALOG: &str = "dialog for choosing files could not be opened";

/// A display, or the word that this test is left out.
fn display() -> Option<Display> {
    Display::open().map_err(|missing| skipped(&missing)).ok()
}

fn open(display: &Display, home: &Home, env: &[(&str, &str)]) -> (Program, Window, String) {
    let program = display.start(home, &["-v"], env);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    window.settle();
    (program, window, id)
}

fn quit(home: &Home, program: Program) -> String {
    let said = ends(home, program);
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// It ends well, with the renderer that it began with.
fn ends(home: &Home, mut program: Program) -> String {
    assert_eq!(home.run(&["quit"]).code, 0);
    let (ended, said) = (program.wait(), program.said());
    assert!(ended.code() == Some(0) && !said.contains("renderer failed"), "{ended}: {said}");
    said
}

/// The window takes a folder and shows it.
fn works(display: &Display, home: &Home, window: &Window, name: &str) {
    let folder = home.pictures(name, 1, 20);
    assert_eq!(display.launch(home, &[folder.to_str().expect("Unicode")]).code, 0);
    window.wait_for_row(name, "Ready");
    window.click(Role::Row, name);
}

#[test]
fn a_window_whose_monitor_is_gone_comes_up_on_the_one_that_is_there() {
    let Some(display) = display() else { return };
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    let comes_up = |what: &str, kept: &str| {
        std::fs::write(home.data().join("window.ron"), kept).expect("written");
        let (program, window, id) = open(&display, &home, &[]);
        window.wait_for(Role::Button, "Add folders…");
        let found = display.geometry(&id);
        println!("{what}: {found:?}");
        (found, quit(&home, program).contains("where no monitor is"))
    };
    let placed = |at: (&str, &str), size: (&str, &str)| {
        let kept = format!(
            "{{\"window\":\"(normal_geometry:(outer_position_pixels:Some((x:{},y:{})),scale_factor:1.0,inner_size_points:(x:{},y:{})),\
             fullscreen:false,maximized:false)\"}}",
            at.0, at.1, size.0, size.1
        );
        comes_up(&format!("{at:?} {size:?}"), &kept)
    };
    let is_inside = |found: Geometry| {
        let Geometry { x, y, width, height } = found;
        x >= 0 && y >= 0 && x + width <= SCREEN.0 && y + height <= SCREEN.1
    };
    // What is written here is what eframe reads.
    let (found, is_moved) = placed(("120", "80"), ("900", "650"));
    assert_eq!((found.width, found.height, is_moved), (900, 650, false));
    assert!((120..140).contains(&found.x) && (80..140).contains(&found.y), "{found:?}");

    for at in [("5000", "-3000"), ("-4000", "100"), ("300", "2500")] {
        let (found, is_moved) = placed(at, ("900", "650"));
        assert!(is_inside(found), "{at:?}: {found:?}");
        assert_eq!((found.width, found.height), (900, 650));
        // By us: another window manager would leave it there.
        assert!(is_moved, "{at:?}");
    }
    let (found, _) = placed(("inf", "NaN"), ("900", "650"));
    assert!(is_inside(found), "{found:?}");
    let (found, _) = placed(("-50", "-3000"), ("9000", "inf"));
    assert!(found.width <= SCREEN.0 && found.height <= SCREEN.1, "{found:?}");
    assert!((0..100).contains(&found.x) && (0..100).contains(&found.y), "{found:?}");
}

#[test]
fn a_place_that_makes_no_sense_is_set_aside_and_said() {
    let Some(display) = display() else { return };
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    for kept in ["{\"window\":", "{\"window\":\"(of_a_newer_version:Some(7))\"}"] {
        let (file, aside) = (home.data().join("window.ron"), home.data().join("window.old.ron"));
        std::fs::write(&file, kept).expect("written");
        let (program, window, id) = open(&display, &home, &[]);
        window.wait_for_words("usual place and size");
        let found = display.geometry(&id);
        assert!(found.width >= 800 && found.width <= SCREEN.0, "{found:?}");
        quit(&home, program);
        assert_eq!(std::fs::read_to_string(&aside).expect("kept"), kept);
        let (program, window, _) = open(&display, &home, &[]);
        assert!(!window.shows("usual place and size"), "it is told once");
        quit(&home, program);
    }
}

/// How often a line across the middle of the words goes from paper to ink.
fn strokes(window: &Window, words: &str) -> usize {
    let label = || window.nodes().into_iter().find(|node| node.role == Role::Label && node.value == words);
    let bounds = eventually(words, || label()?.bounds);
    let picture = image::open(window.shot("no-fonts")).expect("a picture").to_luma8();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points of a picture")]
    let (left, right, y) = (bounds.min.x as u32, bounds.max.x as u32, bounds.center().y as u32);
    let line: Vec<_> = (left..right).map(|x| picture.get_pixel(x, y).0[0]).collect();
    let paper = picture.get_pixel(left.saturating_sub(2), y).0[0];
    let is_ink: Vec<_> = line.iter().map(|shade| shade.abs_diff(paper) > 60).collect();
    is_ink.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

#[test]
fn without_any_font_of_the_system_text_is_drawn() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let nothing = home.path().join("nothing");
    std::fs::create_dir_all(&nothing).expect("made");
    let fonts = home.path().join("fonts.conf");
    std::fs::write(&fonts, "<?xml version=\"1.0\"?><fontconfig></fontconfig>").expect("written");
    let nothing = nothing.to_str().expect("Unicode");
    let mut env = vec![("FONTCONFIG_FILE", fonts.to_str().expect("Unicode")), ("FONTCONFIG_PATH", nothing)];
    env.extend(
        ["HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, nothing)),
    );
    let (program, window, _) = open(&display, &home, &env);
    let strokes = strokes(&window, WORDS);
    println!("{strokes} strokes in “{WORDS}”");
    // Every letter has one or two.
    assert!((WORDS.len() / 2..WORDS.len() * 2).contains(&strokes), "{strokes}");
    // Letters that no font here has are no reason to end; the reader of fonts panics on a thread of its own.
    works(&display, &home, &window, "Meer 海辺 🏖");
    works(&display, &home, &window, "Море");
    window.shot("no-fonts");
    ends(&home, program);
}

/// A name, and what a person does.
type Way<'a> = (&'static str, Box<dyn Fn() + 'a>);

/// What opens a dialog of the system.
fn ways_to_pick(window: &Window) -> [Way<'_>; 3] {
    let file = move |name: &'static str| {
        move || {
            window.click(Role::Button, "File");
            window.click(Role::MenuItem, name);
        }
    };
    [
        ("folders", Box::new(move || window.click(Role::Button, "Add folders…"))),
        ("images", Box::new(file("Add images…"))),
        ("BBDrop 0.9", Box::new(file("Import from BBDrop 0.9…"))),
    ]
}

#[test]
fn a_dialog_that_is_cancelled_changes_nothing() {
    let Some(display) = display() else { return };
    let home = Home::new();
    // Who reads a pipe waits until somebody writes.
    let zenity = Zenity::new(&home, Some("read -r _ < \"${0%/*}/cancel\"; exit 1"));
    let cancel = zenity.dir.join("cancel");
    make_pipe(&cancel);
    let (program, window, _) = open(&display, &home, &zenity.env());
    for (times, (what, pick)) in (1..).zip(ways_to_pick(&window)) {
        println!("{what} …");
        pick();
        zenity.wait_for(times);
        let from = Instant::now();
        // There is one dialog at a time, and the window works behind it.
        pick();
        eventually("a person has looked at it", || (from.elapsed() >= A_LOOK).then_some(()));
        std::fs::write(&cancel, "\n").expect("cancelled");
        assert_eq!(zenity.asked(), times);
    }
    works(&display, &home, &window, "Afterwards");
    assert!(!window.shows("could not"), "nothing is wrong");
    assert_eq!(home.list().len(), 1);
    quit(&home, program);
}

#[test]
fn a_dialog_that_does_not_come_up_is_said() {
    let Some(display) = display() else { return };
    for (what, script) in [("missing", None), ("crashing", Some("kill -SEGV $$"))] {
        let home = Home::new();
        let zenity = Zenity::new(&home, script);
        let (program, window, _) = open(&display, &home, &zenity.env());
        for (times, (which, pick)) in (1..).zip(ways_to_pick(&window)) {
            println!("{what}: {which} …");
            pick();
            window.wait_for_words(NO_DIALOG);
            window.wait_for_words("zenity");
            if script.is_some() {
                zenity.wait_for(times);
            }
            window.click(Role::Button, "Dismiss");
            eventually("the message is gone", || (!window.shows(NO_DIALOG)).then_some(()));
        }
        assert_eq!(home.list().len(), 0);
        works(&display, &home, &window, "Afterwards");
        quit(&home, program);
    }
}

fn number(home: &Home, sql: &str) -> usize {
    home.query::<usize>(sql).first().copied().unwrap_or(0)
}

#[test]
fn ten_thousand_images_dropped_at_once_are_one_gallery() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, id) = open(&display, &home, &[]);
    let files = home.many_pictures("Everything", DROPPED);
    let from = Instant::now();
    display.drop_on(&id, &files);
    window.wait_for_row("Everything", "Ready");
    println!("{DROPPED} images are ready {} ms after the drop began", from.elapsed().as_millis());
    assert_eq!(home.states(), ["ready"]);
    let sql = "SELECT count(DISTINCT file) FROM images WHERE gallery_id = 1 AND state = 'pending'";
    assert_eq!(number(&home, sql), DROPPED);
    window.click(Role::Row, "Everything");
    window.wait_for_words("1.png");
    works(&display, &home, &window, "Afterwards");
    quit(&home, program);
}

#[test]
fn ten_thousand_files_of_which_few_can_be_used_are_one_message() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, id) = open(&display, &home, &[]);
    let rest = home.path().join("rest");
    std::fs::create_dir(&rest).expect("made");
    let useless = DROPPED - FOLDERS - IMAGES;
    let mut paths: Vec<PathBuf> = (0..useless).map(|n| rest.join(format!("{n}.txt"))).collect();
    for file in &paths {
        std::fs::write(file, "").expect("written");
    }
    paths.splice(5_000..5_000, home.many_pictures("Some", IMAGES));
    paths.extend((0..FOLDERS).map(|n| home.pictures(&format!("Folder {n}"), 1, 4)));
    assert_eq!(paths.len(), DROPPED);
    display.drop_on(&id, &paths);
    let words = format!("{useless} could not be added.");
    window.wait_for_words(&words);
    eventually("everything is looked at", || (home.states() == vec!["ready"; FOLDERS + 1]).then_some(()));
    assert_eq!(number(&home, "SELECT count(DISTINCT path) FROM galleries"), FOLDERS + 1);
    assert_eq!(number(&home, "SELECT images_total FROM galleries WHERE name = 'Some'"), IMAGES);
    assert_eq!(number(&home, "SELECT count(*) FROM images"), FOLDERS + IMAGES);
    let is_message = |node: &Node| node.role == Role::Label && node.value.contains("could not be added");
    let messages = window.nodes().iter().filter(|node| is_message(node)).count();
    assert_eq!(messages, 1);
    works(&display, &home, &window, "Afterwards");
    quit(&home, program);
}

#[test]
fn a_setting_of_a_newer_version_is_said_and_stays() {
    let Some(display) = display() else { return };
    let home = Home::new();
    assert_eq!(home.list().len(), 0);
    let db = rusqlite::Connection::open(home.data().join("bbdrop.db")).expect("opened");
    db.execute_batch("INSERT INTO settings VALUES ('adding.recognise', 'by smell')").expect("written");
    drop(db);
    let (program, window, _) = open(&display, &home, &[]);
    window.wait_for_words("adding.recognise");
    for words in ["“by smell”", "“path” is used instead"] {
        assert!(window.shows(words), "{words}");
    }
    window.shot("unusable-setting");
    works(&display, &home, &window, "Afterwards");
    quit(&home, program);
    assert_eq!(home.query::<String>("SELECT value FROM settings WHERE key = 'adding.recognise'"), ["by smell"]);
}
