//! The dialog of hosts: what it says, what can be set, signing in, testing, and hosts from files.

use std::collections::BTreeMap;

use egui::Key;
use egui_kittest::kittest::Queryable as _;

use super::Bench;
use super::hosts::{entry, host, two_hosts};
use crate::core::{
    Command, Entered, HostOption, HostPreview, HostSecret, HostSettings, Refusal, RefusalCode, Reply, Snapshot, Takes,
    Tested,
};
use crate::ui::texts::dialogs as texts;
use crate::ui::{Action, Answer, Matter};

/// Two hosts in trouble, and `full`, which has everything that a host can have.
pub fn hosts() -> Snapshot {
    let mut snapshot = two_hosts();
    let option = |key: &str, label: &str, takes, default: &str| HostOption {
        key: key.to_owned(),
        label: label.to_owned(),
        takes,
        default: default.to_owned(),
    };
    let choices = vec![("0".to_owned(), "Family safe".to_owned()), ("1".to_owned(), "Adult".to_owned())];
    let secret = |name: &str, label: &str, is_optional| HostSecret {
        name: name.to_owned(),
        label: label.to_owned(),
        is_optional,
    };
    let mut full = host("full", None, None);
    full.options = vec![
        option("options.rating", "Content rating", Takes::Choice(choices), "0"),
        option("options.size", "Thumbnail size", Takes::Number(150, 500), "300"),
        option("origins.api", "Address of the API", Takes::Url, "https://api.example"),
    ];
    full.secrets = vec![secret("key", "API key", false), secret("email", "E-mail", true)];
    full.is_own = true;
    snapshot.hosts.push(full);
    snapshot
}

fn open() -> Bench {
    let mut bench = Bench::new(hosts());
    let asked = entry(&mut bench, "Tools", "Hosts…");
    assert_eq!(asked, [Action::AskAbout(Matter::KeptSecrets, Command::KeptSecrets)]);
    bench
}

fn answer(bench: &mut Bench, matter: &Matter, answer: &Answer) -> Vec<Action> {
    let mut actions = Vec::new();
    bench.harness.state_mut().ui.answered(matter, answer, &mut actions);
    actions.extend(bench.run());
    actions
}

fn kept(bench: &mut Bench, names: &[&str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let kept = BTreeMap::from([("full".to_owned(), names)]);
    answer(bench, &Matter::KeptSecrets, &Ok(Reply::Kept(kept)));
}

fn type_into(bench: &mut Bench, name: &str, text: &str) -> Vec<Action> {
    bench.harness.get_by_label(name).focus();
    bench.run();
    bench.harness.get_by_label(name).type_text(text);
    bench.run()
}

fn refusal(words: &str) -> Answer {
    Err(Refusal::new(RefusalCode::HostNotReady, words))
}

fn configure(key: &str, value: &str) -> Action {
    Action::Ask(Command::ConfigureHost { host: "full".to_owned(), key: key.to_owned(), value: value.to_owned() })
}

#[test]
fn the_list_says_how_each_host_is_and_the_chosen_one_can_be_used_again() {
    let mut bench = open();
    kept(&mut bench, &[]);
    for words in ["Host folder, paused", "Host other, stopped", "Host full, needs sign-in", "Paused until"] {
        assert!(bench.shows(words), "{words}");
    }
    bench.harness.check_accessibility();
    assert_eq!(bench.click("Use it again now"), [Action::Ask(Command::ResumeHost("folder".to_owned()))]);
    bench.click("Host other, stopped");
    assert!(bench.shows("Wrong key."));
    let (host, key, value) = ("other".to_owned(), "enabled".to_owned(), "false".to_owned());
    assert_eq!(bench.click("Use this host"), [Action::Ask(Command::ConfigureHost { host, key, value })]);
    let (key, value) = ("uploads.host".to_owned(), "other".to_owned());
    assert_eq!(bench.click("Use for new galleries"), [Action::Ask(Command::Configure { key, value })]);
    type_into(&mut bench, "Search", "full");
    assert!(!bench.shows("Host other,") && bench.shows("Host full, needs sign-in"));
    bench.key(Key::Escape);
    assert!(!bench.shows("Host full,"));
}

#[test]
fn arrow_keys_move_through_the_list() {
    let mut bench = open();
    bench.click("Host folder, paused");
    bench.key(Key::ArrowDown);
    assert!(bench.shows("Content rating"), "by their names, not by their order in the snapshot");
    bench.key(Key::End);
    assert!(bench.shows("Wrong key."));
    bench.key(Key::ArrowUp);
    bench.key(Key::ArrowUp);
    bench.key(Key::ArrowUp);
    assert!(bench.shows("Paused until"));
}

#[test]
fn signing_in_sends_what_was_entered_and_keeps_nothing_of_it() {
    let mut bench = open();
    kept(&mut bench, &[]);
    bench.click("Host full, needs sign-in");
    assert!(!bench.is_enabled("Sign out"));
    let shown = bench.harness.get_all_by_label("Sign in");
    assert!(shown.count() >= 1);
    type_into(&mut bench, "API key", "geheim");
    let asked = bench.key(Key::Enter);
    let entered = Entered(BTreeMap::from([("key".to_owned(), "geheim".to_owned())]));
    let matter = Matter::SignIn("full".to_owned());
    let command = Command::SignIn { host: "full".to_owned(), entered };
    assert_eq!(asked, [Action::AskAbout(matter.clone(), command)]);
    assert!(bench.shows(texts::SIGN_IN_BUSY) && !bench.shows("geheim"));
    answer(&mut bench, &matter, &refusal("The host does not accept the key."));
    assert!(bench.shows("does not accept the key"));
    let asked = answer(&mut bench, &matter, &Ok(Reply::Done));
    assert_eq!(asked, [Action::AskAbout(Matter::KeptSecrets, Command::KeptSecrets)]);
    kept(&mut bench, &["key"]);
    assert!(bench.shows("Host full, ready") && bench.shows(texts::SIGN_IN_DONE));
    let asked = bench.click("Sign out");
    let matter = Matter::SignOut("full".to_owned());
    assert_eq!(asked, [Action::AskAbout(matter, Command::SignOut("full".to_owned()))]);
}

#[test]
fn a_store_of_secrets_that_cannot_be_read_says_why() {
    let mut bench = open();
    answer(&mut bench, &Matter::KeptSecrets, &refusal("The system's key store cannot be used."));
    bench.click("Host full, ready");
    assert!(bench.shows("key store cannot be used"));
}

#[test]
fn a_test_shows_every_step_with_its_time() {
    let mut bench = open();
    bench.click("Host full, ready");
    let asked = bench.click("Test connection");
    let matter = Matter::Test("full".to_owned());
    assert_eq!(asked, [Action::AskAbout(matter.clone(), Command::TestHost("full".to_owned()))]);
    assert!(!bench.is_enabled("Test connection") && bench.shows(texts::TEST_BUSY));
    let step =
        |what: &str, ok, words: &str, took_ms| Tested { what: what.to_owned(), ok, words: words.to_owned(), took_ms };
    let steps = vec![step("open", true, "A gallery.", 12), step("upload", false, "Wrong key.", 1234)];
    answer(&mut bench, &matter, &Ok(Reply::Tested(steps)));
    assert!(bench.shows("open · 12 ms") && bench.shows("upload · 1.2 s") && bench.shows("Wrong key."));
    assert!(bench.is_enabled("Test connection") && !bench.shows(texts::TEST_GOOD));
}

#[test]
fn options_are_checked_as_one_types_and_count_when_the_field_is_left() {
    let mut bench = open();
    bench.click("Host full, ready");
    assert!(bench.shows("150 to 500"));
    bench.harness.get_by_label("Thumbnail size").focus();
    bench.key_with(egui::Modifiers::COMMAND, Key::A);
    bench.harness.get_by_label("Thumbnail size").type_text("15");
    bench.run();
    assert!(bench.shows("150 to 500, not “15”"));
    assert_eq!(bench.key(Key::Tab), [], "it would be refused");
    bench.harness.get_by_label("Thumbnail size").focus();
    bench.run();
    bench.key(Key::End);
    bench.harness.get_by_label("Thumbnail size").type_text("0");
    bench.run();
    assert!(!bench.shows("not “15"));
    assert_eq!(bench.key(Key::Tab), [configure("options.size", "150")]);
    bench.click("Content rating");
    assert_eq!(bench.click("Adult"), [configure("options.rating", "1")]);
}

#[test]
fn every_setting_of_a_host_has_a_control() {
    let shown: Vec<_> = texts::HOST_SETTINGS.iter().map(|(key, ..)| (*key).to_owned()).collect();
    let there: Vec<_> = HostSettings::default().entries(&[]).into_iter().map(|(key, _)| key).collect();
    assert_eq!(shown, there);
    let mut bench = open();
    bench.click("Host full, ready");
    for (_, label, _) in texts::HOST_SETTINGS {
        bench.harness.get_by_label(label);
    }
    bench.harness.check_accessibility();
}

#[test]
fn a_file_is_looked_at_before_its_host_is_added() {
    let mut bench = open();
    assert_eq!(bench.click("Add from file…"), [Action::PickHostFile]);
    let file = std::path::PathBuf::from("/tmp/party.sxcu");
    bench.harness.input_mut().dropped_files.push(std::sync::Arc::new(super::actions::Dropped(file.clone())));
    let asked = bench.run();
    assert_eq!(asked, [Action::AskAbout(Matter::ReadHost, Command::ReadHost(file))], "not added to the queue");
    let preview = HostPreview {
        id: "party".to_owned(),
        name: "My party".to_owned(),
        places: vec![("api".to_owned(), "https://party.example".to_owned())],
        cautions: vec!["http://127.0.0.1:9 (meta) is a loopback address".to_owned()],
        sends: vec!["the image".to_owned(), "headers: pw".to_owned()],
        text: "{}".to_owned(),
        ..HostPreview::default()
    };
    answer(&mut bench, &Matter::ReadHost, &Ok(Reply::Host(Box::new(preview))));
    assert!(bench.shows("Caution: http://127.0.0.1:9 (meta) is a loopback address."));
    for words in ["My party (party)", "https://party.example (api)", "headers: pw", texts::IMPORT_TRUST] {
        assert!(bench.shows(words), "{words}");
    }
    bench.harness.check_accessibility();
    let command = Command::AddHost { text: "{}".to_owned(), replace: false };
    assert_eq!(bench.click("Add host"), [Action::AskAbout(Matter::AddHost, command)]);
    answer(&mut bench, &Matter::AddHost, &refusal("The disk is full."));
    assert!(bench.shows("The disk is full."));
    answer(&mut bench, &Matter::AddHost, &Ok(Reply::Done));
    assert!(bench.shows("Host folder, paused"), "back at the hosts");
}

#[test]
fn only_own_hosts_can_be_removed() {
    let mut bench = open();
    assert!(!bench.is_enabled("Remove host"));
    bench.click("Host full, ready");
    assert_eq!(bench.click("Remove host"), [Action::Ask(Command::RemoveHost("full".to_owned()))]);
}

#[test]
fn an_answer_that_comes_after_the_dialog_is_told_when_it_is_bad() {
    let mut bench = Bench::new(hosts());
    answer(&mut bench, &Matter::AddHost, &refusal("The disk is full."));
    assert!(bench.shows("The disk is full."));
}

#[test]
fn it_fits_the_smallest_window() {
    let mut bench = Bench::sized(hosts(), egui::vec2(533.0, 400.0));
    entry(&mut bench, "Tools", "Hosts…");
    bench.click("Host full, ready");
    for name in ["Close", "Add from file…", "Remove host", "Search"] {
        let rect = bench.harness.get_by_label(name).rect();
        assert!(
            egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(533.0, 400.0)).contains_rect(rect),
            "{name}: {rect}"
        );
    }
}
