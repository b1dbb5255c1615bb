//! The dialog of settings: a copy is edited, OK and Apply ask for what was changed, what is refused is said beside the field.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::Bench;
use super::hosts::two_hosts;
use crate::core::integration::{Entry, Integration, Place};
use crate::core::{Command, Refusal, RefusalCode, Reply};
use crate::ui::texts::settings::PAGES;
use crate::ui::{Action, Matter};

fn open() -> Bench {
    let mut bench = Bench::new(two_hosts());
    bench.key_with(Modifiers::COMMAND, Key::Comma);
    assert!(bench.shows("Settings"));
    bench
}

fn change(key: &str, value: &str) -> Action {
    let command = Command::Configure { key: key.to_owned(), value: value.to_owned() };
    Action::AskAbout(Matter::Setting(key.to_owned()), command)
}

fn write(bench: &mut Bench, name: &str, text: &str) {
    bench.harness.get_by_label(name).focus();
    bench.run();
    bench.key_with(Modifiers::COMMAND, Key::A);
    bench.harness.get_by_label(name).type_text(text);
    bench.run();
}

#[test]
fn every_page_shows_its_settings_and_has_names_for_all() {
    let mut bench = open();
    for page in &PAGES {
        bench.harness.get_by_role_and_label(egui::accesskit::Role::ListBoxOption, page.title).click();
        bench.run();
        for setting in page.settings {
            let shown = bench.harness.query_all_by_label(setting.label).next();
            assert!(shown.is_some(), "{}", setting.label);
        }
        bench.harness.check_accessibility();
    }
}

#[test]
fn nothing_is_asked_before_ok_and_cancel_asks_nothing() {
    let mut bench = open();
    assert_eq!(bench.click("Start automatically"), []);
    assert_eq!(bench.click("Cancel"), []);
    assert!(!bench.shows("Start automatically"));
    bench.key_with(Modifiers::COMMAND, Key::Comma);
    bench.click("Start automatically");
    assert_eq!(bench.click("OK"), [change("uploads.start_automatically", "true")]);
    let matter = Matter::Setting("uploads.start_automatically".to_owned());
    bench.harness.state_mut().ui.answered(&matter, &Ok(Reply::Done), &mut Vec::new());
    bench.run();
    assert!(!bench.shows("Start automatically"), "closed once it is taken");
}

#[test]
fn a_wrong_value_is_said_beside_its_field_and_cannot_be_applied() {
    let mut bench = open();
    bench.click("Uploads");
    assert!(!bench.is_enabled("Apply"), "nothing is changed");
    write(&mut bench, "Images at once", "65");
    assert!(bench.shows("from 1 to 64, not “65”") && !bench.is_enabled("Apply") && !bench.is_enabled("OK"));
    write(&mut bench, "Images at once", "8");
    assert_eq!(bench.click("Apply"), [change("uploads.parallel_images", "8")]);
    let refusal = Refusal::new(RefusalCode::Internal, "The disk is full.");
    let matter = Matter::Setting("uploads.parallel_images".to_owned());
    bench.harness.state_mut().ui.answered(&matter, &Err(refusal), &mut Vec::new());
    bench.run();
    assert!(bench.shows("The disk is full."));
}

#[test]
fn the_entries_of_the_file_manager_are_shown_added_and_removed() {
    let mut snapshot = two_hosts();
    let place = |what: &str, entry| Place { what: what.to_owned(), at: format!("/{what}"), entry };
    let places = vec![place("Menu of Dolphin", Entry::Present), place("Menu of Nemo", Entry::Missing)];
    snapshot.integration = Some(std::sync::Arc::new(Integration { places }));
    let mut bench = Bench::new(snapshot);
    bench.key_with(Modifiers::COMMAND, Key::Comma);
    let ask = |wanted| Action::Ask(Command::Integrate(wanted));
    assert_eq!(bench.click("Integration"), [ask(None)], "how they are is looked at once");
    assert!(bench.shows("Menu of Dolphin: present") && bench.shows("Menu of Nemo: missing"));
    assert_eq!(bench.click("Add entries"), [ask(Some(true))]);
    assert_eq!(bench.click("Remove entries"), [ask(Some(false))]);
    bench.harness.check_accessibility();
}

#[test]
fn enter_in_a_field_is_ok() {
    let mut bench = open();
    bench.click("Uploads");
    write(&mut bench, "Keep free, in MiB", "5");
    assert_eq!(bench.key(Key::Enter), [change("uploads.disk_reserve", "5")]);
}

#[test]
fn a_search_leaves_what_has_its_words() {
    let mut bench = open();
    bench.harness.get_by_label("Search settings").focus();
    bench.run();
    bench.harness.get_by_label("Search settings").type_text("content");
    bench.run();
    assert!(bench.shows("Recognise uploaded images by") && !bench.shows("Images at once"));
    bench.harness.get_by_label("Search settings").type_text("xyzzy");
    bench.run();
    assert!(bench.shows("Nothing has these words."));
}

#[test]
fn defaults_come_back_and_hold_after_apply() {
    let mut snapshot = two_hosts();
    snapshot.settings.set("thumbnails.size", "200").expect("a setting");
    let mut bench = Bench::new(snapshot);
    bench.key_with(Modifiers::COMMAND, Key::Comma);
    assert_eq!(bench.click("Restore defaults"), []);
    assert_eq!(bench.click("Apply"), [change("thumbnails.size", "300")]);
}
