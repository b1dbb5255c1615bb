//! Order, priorities, the state filter, and the question about sub-folders.

use egui_kittest::kittest::Queryable as _;

use super::{Bench, row, snapshot};
use crate::core::gallery::Priority;
use crate::core::snapshot::HostRow;
use crate::core::{Command, Direction, GalleryId, GalleryState, HostSettings, Selection, Snapshot};
use crate::ui::Action;

pub fn host(id: &str, waits_for: Option<&str>, paused_until: Option<i64>) -> HostRow {
    HostRow {
        id: id.to_owned(),
        name: format!("Host {id}"),
        is_known: true,
        is_closed: waits_for.is_some() && paused_until.is_none(),
        waits_for: waits_for.map(str::to_owned),
        paused_until,
        settings: HostSettings::default(),
        options: Vec::new(),
        secrets: Vec::new(),
        parallel_images: 4,
        is_own: false,
    }
}

pub fn two_hosts() -> Snapshot {
    let rows = vec![
        row(1, "cats", GalleryState::Queued),
        row(2, "dogs", GalleryState::Failed),
        row(3, "birds", GalleryState::Ready),
    ];
    let hosts = vec![
        host("folder", Some("No room left today."), Some(1_795_334_700_000)),
        host("other", Some("Wrong key."), None),
    ];
    Snapshot { hosts, ..snapshot(rows) }
}

pub fn entry(bench: &mut Bench, menu: &str, entry: &str) -> Vec<Action> {
    bench.click(menu);
    bench.harness.get_by_role_and_label(egui::accesskit::Role::MenuItem, entry).click();
    bench.run()
}

#[test]
fn what_waits_says_for_what() {
    let mut bench = Bench::new(two_hosts());
    assert!(bench.shows("No room left today."));
    bench.click("cats");
    assert!(bench.shows("Details of cats"));
}

#[test]
fn order_and_priority_are_in_the_menu() {
    let mut bench = Bench::new(two_hosts());
    bench.click("dogs");
    let dogs = || Selection::of([GalleryId(2)]);
    let asked = entry(&mut bench, "Queue", "Move to top");
    assert_eq!(asked, [Action::Ask(Command::Move(dogs(), Direction::Top))]);
    let asked = entry(&mut bench, "Queue", "High priority");
    assert_eq!(asked, [Action::Ask(Command::SetPriority(dogs(), Priority::High))]);
    let asked = entry(&mut bench, "Queue", "Rescan");
    assert_eq!(asked, [Action::Ask(Command::Rescan(dogs()))]);
    assert_eq!(entry(&mut bench, "Queue", "Folder has moved…"), [Action::Relocate(GalleryId(2))]);
    assert_eq!(entry(&mut bench, "Queue", "Reset…"), [], "asks first");
    assert!(bench.shows("Forget the links"));
    assert_eq!(bench.click("Cancel"), []);
}

#[test]
fn the_filter_shows_one_state_and_commands_are_for_what_is_shown() {
    let mut bench = Bench::new(two_hosts());
    bench.click("Failed (1)");
    assert!(bench.shows("dogs") && !bench.shows("cats") && !bench.shows("birds"));
    assert_eq!(bench.click("Retry failed"), [Action::Ask(Command::Retry(Selection::of([GalleryId(2)])))]);
}

#[test]
fn what_becomes_of_sub_folders_is_asked_once() {
    let mut bench = Bench::new(two_hosts());
    let settings = bench.harness.state().snapshot.settings.clone();
    bench.harness.state_mut().ui.ask_about_subfolders(&settings);
    bench.run();
    assert!(bench.shows("galleries of their own"));
    let (key, value) = ("adding.subfolders".to_owned(), "ignore".to_owned());
    let asked = bench.click("No, ignore them");
    assert_eq!(asked, [Action::Ask(Command::Configure { key: key.clone(), value: value.clone() })]);
    let mut settings = settings;
    settings.set(&key, &value).expect("a setting");
    bench.harness.state_mut().ui.ask_about_subfolders(&settings);
    bench.run();
    assert!(!bench.shows("galleries of their own"), "once is enough");
}
