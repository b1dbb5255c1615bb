//! What is dropped on the window, by programs of every kind: all of it is in the queue, or it is said what is not and why.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::Pos2;

use crate::support::display::{Display, Program, Window};
use crate::support::{Home, eventually, eventually_within, skipped};

/// More than GTK gives in one piece (256 KiB).
const MANY: usize = 10_000;
/// Of the window.
const MIDDLE: Pos2 = Pos2::new(640.0, 380.0);
/// Longer than a program that lets go may take until it has said what.
const HANDED_OVER: Duration = Duration::from_secs(40);

/// A display, or the word that this test is left out.
fn display() -> Option<Display> {
    Display::open().map_err(|missing| skipped(&missing)).ok()
}

fn open(display: &Display, home: &Home) -> (Program, Window, String) {
    let program = display.start(home, &["-v"], &[]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    window.settle();
    (program, window, id)
}

fn quit(home: &Home, mut program: Program) {
    assert_eq!(home.run(&["quit"]).code, 0);
    let (ended, said) = (program.wait(), program.said());
    assert!(ended.success() && !said.contains("panicked") && !said.contains("library only"), "{said}");
}

/// What the queue has, by name.
fn names(home: &Home) -> Vec<String> {
    home.query("SELECT name FROM galleries ORDER BY name")
}

fn wait_for_names(home: &Home, expected: &[&str]) {
    eventually(&format!("{expected:?} are in the queue"), || (names(home) == expected).then_some(()));
}

#[test]
fn one_thing_that_cannot_be_taken_does_not_keep_the_rest_out() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, id) = open(&display, &home);
    let odd = home.pictures("odd", 1, 20);
    let renamed = odd.with_file_name(OsStr::from_bytes(b"not \xff Unicode"));
    std::fs::rename(&odd, &renamed).expect("renamed");
    let paths = [
        home.pictures("Rome", 1, 20),
        home.path().join("gone"),
        PathBuf::from("sftp://nas/Oslo"),
        renamed,
        home.pictures("a #% b", 1, 20),
    ];
    let said = display.drop_by(&[], &id, None, &paths);
    assert!(said.contains("finished ["), "{said}");
    eventually("three are ready", || (home.states() == ["ready"; 3]).then_some(()));
    window.wait_for_words("“sftp://nas/Oslo” was not added");
    window.wait_for_words("gone");
    window.shot("dropped-with-some-that-cannot-be-taken");
    quit(&home, program);
}

/// Drops so many files of one folder in a way: they are one gallery.
fn many_are_one_gallery(drop: impl FnOnce(&Display, &str, &[PathBuf])) {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, _window, id) = open(&display, &home);
    drop(&display, &id, &home.many_pictures("Everything", MANY));
    let images = || home.query::<usize>("SELECT count(*) FROM images WHERE state = 'pending'");
    eventually("all are in one gallery", || (images() == [MANY]).then_some(()));
    assert_eq!(names(&home), ["Everything"]);
    quit(&home, program);
}

#[test]
fn a_list_in_pieces_is_taken_whole() {
    many_are_one_gallery(|display, id, files| drop(display.drop_by(&["--pieces", "--again"], id, None, files)));
}

#[test]
fn ten_thousand_files_come_from_gtk_by_the_mouse() {
    many_are_one_gallery(|display, id, files| assert_eq!(display.drop_from_gtk(id, files), "end", "GTK is content"));
}

/// Xwayland: a Wayland window would take no drops.
#[test]
fn where_there_are_both_window_systems_it_is_x11() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let program = display.start(&home, &["-v"], &[("WAYLAND_DISPLAY", "wayland-of-nobody")]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    window.settle();
    display.drop_on(&id, &[home.pictures("Rome", 1, 20)]);
    wait_for_names(&home, &["Rome"]);
    quit(&home, program);
}

#[test]
fn programs_that_do_it_otherwise_are_understood_or_it_is_said() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, id) = open(&display, &home);
    let folder = |name: &str| vec![home.pictures(name, 1, 20)];
    // One that says what it drags only after the drop, and one that knows no proxies, whose drops the window's library takes.
    display.drop_by(&["--late"], &id, None, &folder("Late"));
    wait_for_names(&home, &["Late"]);
    display.drop_by(&["--direct"], &id, None, &folder("Old"));
    wait_for_names(&home, &["Late", "Old"]);
    // One that never says it.
    let said = display.drop_by(&["--silent"], &id, None, &folder("Silent"));
    assert!(said.contains("finished ["), "it is not kept waiting: {said}");
    window.wait_for_words("has not said what it is");
    window.shot("dropped-without-a-word");
    // One that crashes while it drags, and one that goes on after it.
    let drag = display.drag_to(&id, MIDDLE, &[Path::new("/Crash")]);
    window.wait_for_words("Add “Crash” to Main");
    drop(drag);
    eventually_within(HANDED_OVER, "the veil is gone", || (!window.shows("Add “Crash”")).then_some(()));
    display.drop_on(&id, &folder("After"));
    wait_for_names(&home, &["After", "Late", "Old"]);
    quit(&home, program);
}

#[test]
fn what_is_elsewhere_is_said_before_it_is_dropped() {
    let Some(display) = display() else { return };
    let home = Home::new();
    let (program, window, id) = open(&display, &home);
    let drag = display.drag_to(&id, MIDDLE, &[Path::new("sftp://nas/Oslo")]);
    window.wait_for_words("“sftp://nas/Oslo” is not on this computer");
    window.shot("dragged-from-elsewhere");
    drag.let_go();
    window.wait_for_words("“sftp://nas/Oslo” was not added");
    assert_eq!(home.list().len(), 0);
    quit(&home, program);
}
