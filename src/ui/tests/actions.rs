//! Which actions come out of clicks, keys and drops.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::hosts::entry;
use super::{Bench, Snapshot, ask, details, row, snapshot, these, three};
use crate::core::legacy::{ImportReport, Item, Kind};
use crate::core::{Command, GalleryId, GalleryState, Refusal, RefusalCode, Reply, Selection, TabId};
use crate::ui::{Action, Matter};

#[derive(Debug)]
pub struct Dropped(pub std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("never read".to_owned())
    }
}

fn look(id: i64) -> Action {
    ask(Command::LookAt(Some(GalleryId(id))))
}

fn output<const N: usize>(ids: [i64; N]) -> Action {
    ask(Command::Output(ids.into_iter().map(GalleryId).collect()))
}

#[test]
fn buttons_act_on_all_when_nothing_is_selected() {
    let mut bench = Bench::new(snapshot(vec![
        row(1, "cats", GalleryState::Ready),
        row(2, "dogs", GalleryState::Uploading),
        row(3, "birds", GalleryState::Failed),
    ]));
    assert_eq!(bench.click("Start"), [ask(Command::Start(Selection::all()))]);
    assert_eq!(bench.click("Pause"), [ask(Command::Pause(Selection::all()))]);
    assert_eq!(bench.click("Stop"), [ask(Command::Stop(Selection::all()))]);
    assert_eq!(bench.click("Retry failed"), [ask(Command::Retry(Selection::all()))]);
    assert_eq!(bench.click("Add folders…"), [Action::PickFolders]);
}

#[test]
fn buttons_act_on_the_selection() {
    let mut bench = Bench::new(three());
    assert_eq!(bench.click("cats"), [look(1)]);
    assert_eq!(bench.click("Start"), [ask(Command::Start(these([1])))]);
    assert_eq!(bench.click("birds"), [look(3)]);
    assert_eq!(bench.click("Retry failed"), [ask(Command::Retry(these([3])))]);
    assert_eq!(bench.click("dogs"), [look(2)]);
    assert_eq!(bench.click("Copy BBCode"), [output([2])]);
}

#[test]
fn a_command_with_nothing_to_do_is_off() {
    let mut bench = Bench::new(three());
    for (name, on) in [
        ("Start", true),
        ("Pause", false),
        ("Stop", false),
        ("Retry failed", true),
        ("Copy BBCode", false),
        ("Remove", false),
    ] {
        assert_eq!(bench.is_enabled(name), on, "{name}");
    }
    bench.click("cats");
    assert!(bench.is_enabled("Remove"));
    assert!(!bench.is_enabled("Copy BBCode"), "nothing of it is uploaded");
    assert_eq!(bench.click("Copy BBCode"), []);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::C), [], "the key obeys the same rule");
}

#[test]
fn clicks_with_control_and_shift_select_several() {
    let mut bench = Bench::new(three());
    bench.click("cats");
    assert_eq!(bench.click_with("birds", Modifiers::COMMAND), [ask(Command::LookAt(None))]);
    assert_eq!(bench.click("Start"), [ask(Command::Start(these([1, 3])))]);
}

#[test]
fn shift_selects_a_range() {
    let mut bench = Bench::new(three());
    bench.click("cats");
    bench.click_with("birds", Modifiers::SHIFT);
    assert_eq!(bench.click("Start"), [ask(Command::Start(these([1, 2, 3])))]);
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut bench = Bench::new(three());
    assert_eq!(bench.key(Key::ArrowDown), [look(1)]);
    assert_eq!(bench.key(Key::ArrowDown), [look(2)]);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::C), [output([2])]);
    assert_eq!(bench.key(Key::End), [look(3)]);
    assert_eq!(bench.key(Key::Home), [look(1)]);
    assert_eq!(bench.key_with(Modifiers::SHIFT, Key::ArrowDown), [ask(Command::LookAt(None))]);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::A), []);
    bench.key(Key::Delete);
    assert!(bench.shows("Remove 3 galleries from the queue?"));
    assert_eq!(bench.key(Key::Enter), [ask(Command::Remove(these([1, 2, 3])))]);
    assert_eq!(bench.key(Key::Escape), []);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::O), [Action::PickFolders]);
    let shifted = Modifiers { shift: true, ..Modifiers::COMMAND };
    assert_eq!(bench.key_with(shifted, Key::O), [Action::PickImages]);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::Q), [Action::Quit]);
}

#[test]
fn the_copy_event_of_the_system_copies() {
    let mut bench = Bench::new(three());
    bench.click("dogs");
    bench.harness.event(egui::Event::Copy);
    assert_eq!(bench.run(), [output([2])]);
}

#[test]
fn access_keys_open_menus_and_pick_entries() {
    let mut bench = Bench::new(three());
    assert_eq!(bench.key_with(Modifiers::ALT, Key::F), []);
    assert!(bench.shows("Open data folder"));
    assert_eq!(bench.key(Key::D), [Action::OpenDataFolder]);
    assert!(!bench.shows("Open data folder"), "the menu is closed");
}

#[test]
fn menu_entries_do_what_they_say() {
    let mut bench = Bench::new(three());
    bench.click("Queue");
    bench.harness.get_by_role_and_label(egui::accesskit::Role::MenuItem, "Start").click();
    assert_eq!(bench.run(), [ask(Command::Start(Selection::all()))]);
}

#[test]
fn removing_asks_first() {
    let mut bench = Bench::new(three());
    bench.click("birds");
    assert_eq!(bench.click("Remove"), []);
    assert!(bench.shows("Remove “birds” from the queue?"));
    assert!(bench.shows("already published stay"));
    assert_eq!(bench.click("Cancel"), []);
    assert!(!bench.shows("Remove “birds”"));
    bench.click("Remove");
    assert_eq!(bench.key(Key::Escape), []);
    assert!(!bench.shows("Remove “birds”"));
    bench.click("Remove");
    assert_eq!(bench.click("Remove from queue"), [ask(Command::Remove(these([3])))]);
    assert!(!bench.shows("Remove “birds”"));
}

#[test]
fn removing_forgets_what_was_uploaded_only_when_that_is_ticked() {
    let mut bench = Bench::new(three());
    bench.click("birds");
    bench.click("Remove");
    assert_eq!(bench.click("Also from history"), []);
    assert_eq!(bench.click("Remove from queue"), [ask(Command::Forget(these([3])))]);
    bench.click("Remove");
    assert_eq!(bench.click("Remove from queue"), [ask(Command::Remove(these([3])))], "each time anew");
}

#[test]
fn an_open_dialog_keeps_the_keys_to_itself() {
    let mut bench = Bench::new(three());
    bench.click("birds");
    bench.key(Key::Delete);
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::O), []);
    assert_eq!(bench.key(Key::ArrowUp), []);
    assert!(bench.shows("Remove “birds”"));
}

#[test]
fn a_right_click_selects_and_offers() {
    let mut bench = Bench::new(three());
    bench.harness.get_by_label("dogs").click_secondary();
    assert_eq!(bench.run(), [look(2)]);
    assert_eq!(bench.click("Open gallery link"), [Action::OpenLink(GalleryId(2))]);
    bench.harness.get_by_label("dogs").click_secondary();
    bench.run();
    assert_eq!(bench.click("Open folder"), [Action::OpenFolder(GalleryId(2))]);
}

#[test]
fn the_details_panel_acts_on_its_gallery() {
    let mut bench = Bench::new(Snapshot { details: Some(details(2)), ..three() });
    bench.click("dogs");
    let asked = bench.click("Output");
    let about = Action::AskAbout(Matter::OutputOf(GalleryId(2)), Command::Output(vec![GalleryId(2)]));
    assert!(asked.contains(&about), "{asked:?}");
    assert_eq!(bench.click("Copy this gallery's BBCode"), [output([2])]);
    bench.click("About");
    assert_eq!(bench.click("Open this gallery's folder"), [Action::OpenFolder(GalleryId(2))]);
    assert_eq!(bench.click("https://host.example/2"), [Action::OpenLink(GalleryId(2))]);
}

#[test]
fn what_is_dropped_is_passed_on() {
    let mut bench = Bench::new(Snapshot::default());
    let path = std::path::PathBuf::from("/photos/cats");
    bench.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.clone())));
    assert_eq!(bench.run(), [Action::AddFolders(vec![path], TabId::MAIN)]);
}

#[test]
fn a_gallery_that_is_gone_is_no_longer_selected() {
    let mut bench = Bench::new(three());
    bench.click("birds");
    bench.harness.state_mut().snapshot.rows.pop();
    assert_eq!(bench.run(), [ask(Command::LookAt(None))]);
    assert_eq!(bench.click("Start"), [ask(Command::Start(Selection::all()))]);
}

#[test]
fn revealing_selects_and_scrolls_also_before_the_row_is_there() {
    let many = (1..=500).map(|id| row(id, &format!("gallery {id}"), GalleryState::Ready)).collect();
    let mut bench = Bench::new(Snapshot::default());
    bench.harness.state_mut().ui.reveal(GalleryId(400));
    assert_eq!(bench.run(), []);
    bench.harness.state_mut().snapshot = snapshot(many);
    assert_eq!(bench.run(), [look(400)]);
    bench.run();
    assert!(bench.harness.query_by_label("gallery 400").is_some(), "scrolled into view");
}

#[test]
fn a_click_below_the_rows_selects_nothing() {
    let mut bench = Bench::new(three());
    bench.click("cats");
    let below = bench.harness.get_by_label("birds").rect().center() + egui::vec2(0.0, 200.0);
    bench.harness.drag_at(below);
    bench.harness.drop_at(below);
    assert_eq!(bench.run(), [ask(Command::LookAt(None))]);
}

#[test]
fn a_click_faster_than_a_frame_selects() {
    for hover_first in [true, false] {
        let mut bench = Bench::new(three());
        let pos = bench.harness.get_by_label("dogs").rect().center();
        if hover_first {
            bench.harness.hover_at(pos);
            bench.run();
        }
        let button = |pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        bench.harness.input_mut().events.extend([egui::Event::PointerMoved(pos), button(true), button(false)]);
        assert_eq!(bench.run(), [look(2)], "hovered before: {hover_first}");
    }
}

#[test]
fn what_bbdrop_0_9_has_kept_is_taken_over_from_the_menu_and_the_account_is_shown() {
    let mut bench = Bench::new(three());
    assert_eq!(entry(&mut bench, "File", "Import from BBDrop 0.9…"), [Action::PickOld]);
    let item = |kind, name: &str, words: &str| Item::new(kind, name, words);
    let report = ImportReport {
        taken: vec![item(Kind::Gallery, "Trip", "completed, 3 images with their links")],
        there_already: vec![item(Kind::Tab, "Main", "there is a tab of that name")],
        not_taken: vec![item(Kind::Template, "bytes", "The template is no UTF-8 text.")],
        ..ImportReport::default()
    };
    let answer = Ok(Reply::Imported(Box::new(report)));
    bench.harness.state_mut().ui.answered(&Matter::ImportOld, &answer, &mut Vec::new());
    bench.run();
    bench.harness.check_accessibility();
    for words in [
        "1 gallery taken from BBDrop 0.9. 1 was there already.",
        "Not taken (1)",
        "template “bytes”: The template is no UTF-8 text.",
        "gallery “Trip”: completed, 3 images with their links",
        "There already (1)",
    ] {
        assert!(bench.shows(words), "{words}");
    }
    bench.key(Key::Enter);
    assert!(!bench.shows("Not taken (1)"), "the keyboard is on Close");
    let refused = Err(Refusal::new(RefusalCode::NothingToUpload, "There is nothing of BBDrop 0.9 in it."));
    bench.harness.state_mut().ui.answered(&Matter::ImportOld, &refused, &mut Vec::new());
    bench.run();
    assert!(bench.shows("There is nothing of BBDrop 0.9 in it."), "also what went wrong is said");
}

#[test]
fn a_limit_is_chosen_in_the_toolbar_and_any_other_in_the_settings() {
    let mut bench = Bench::new(three());
    let set = |value: &str| {
        let key = "uploads.bandwidth_limit".to_owned();
        Action::Ask(Command::Configure { key, value: value.to_owned() })
    };
    bench.click("Speed limit");
    assert_eq!(bench.click("1,000 KiB/s"), [set("1000")]);
    let limited = bench.harness.state_mut().snapshot.settings.set("uploads.bandwidth_limit", "123");
    assert_eq!(limited, Ok(()));
    bench.run();
    bench.click("Speed limit");
    assert!(bench.shows("123 KiB/s"), "one of the person's own is among them");
    assert_eq!(bench.click("No limit"), [set("0")]);
    bench.click("Speed limit");
    bench.click("Other…");
    assert!(bench.shows("Other limits by time of day"), "the settings are open where limits are");
}

#[test]
fn entries_of_the_file_manager_are_in_the_tools() {
    let mut bench = Bench::new(three());
    for (name, wanted) in [("Add entries", true), ("Remove entries", false)] {
        bench.click("Tools");
        bench.click("File manager");
        assert_eq!(bench.click(name), [Action::Ask(Command::Integrate(Some(wanted)))]);
    }
}
