//! The first page and the statistics.

use std::sync::Arc;

use egui::Key;
use egui_kittest::kittest::Queryable as _;

use super::hosts::{entry, host};
use super::{Bench, row, snapshot};
use crate::core::integration::{Entry, Integration, Place};
use crate::core::{Command, GalleryState, HostSecret, Row, Snapshot, TemplateChange, TemplateRow};
use crate::ui::texts::welcome as texts;
use crate::ui::{Action, Layout};

pub fn first() -> Snapshot {
    let secret = HostSecret { name: "key".to_owned(), label: "Key".to_owned(), is_optional: false };
    let mut other = host("other", None, None);
    other.secrets = vec![secret];
    let template = |name: &str, words| TemplateRow {
        name: name.to_owned(),
        text: "".into(),
        is_own: false,
        is_builtin: true,
        words,
        trouble: None,
    };
    let place = Place { what: "Menu of folders".to_owned(), at: "/x".to_owned(), entry: Entry::Missing };
    Snapshot {
        hosts: vec![other, host("folder", None, None)],
        templates: vec![template("default", "BBCode: thumbnails"), template("html", "HTML: thumbnails")].into(),
        integration: Some(Arc::new(Integration { places: vec![place] })),
        ..Snapshot::default()
    }
}

/// Chooses from a list.
fn choose(bench: &mut Bench, list: &str, what: &str) {
    bench.harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, list).click();
    bench.run();
    bench.click(what);
}

fn set(key: &str, value: &str) -> Action {
    Action::Ask(Command::Configure { key: key.to_owned(), value: value.to_owned() })
}

#[test]
fn the_first_page_is_shown_once_and_sets_what_was_chosen() {
    let mut bench = Bench::new(first());
    let asked = bench.run();
    assert!(asked.contains(&Action::Ask(Command::Templates(TemplateChange::List))), "{asked:?}");
    assert!(bench.shows(texts::TITLE) && bench.shows(texts::HOST_FOLDER) && bench.shows("BBCode: thumbnails"));
    bench.harness.check_accessibility();
    choose(&mut bench, texts::HOST, "Host other");
    assert!(bench.shows(texts::HOST_SIGN_IN));
    choose(&mut bench, texts::TEMPLATE, "html");
    bench.click(texts::INTEGRATION);
    let asked = bench.click(texts::DONE);
    let integrate = Action::Ask(Command::Integrate(Some(true)));
    assert_eq!(asked, [set("uploads.host", "other"), set("output.template", "html"), integrate]);
    assert!(!bench.shows(texts::TITLE));
    let kept = bench.harness.state().kept.clone().expect("kept");
    assert!(kept.welcomed);
    let mut again = Bench::arranged(first(), egui::vec2(1280.0, 800.0), (*kept).clone());
    again.run();
    assert!(!again.shows(texts::TITLE), "once");
}

#[test]
fn the_first_page_is_left_by_keyboard_without_a_change_and_never_over_a_queue() {
    for key in [Key::Enter, Key::Escape] {
        let mut bench = Bench::new(Snapshot { integration: None, ..first() });
        bench.run();
        bench.harness.state_mut().snapshot.integration = first().integration;
        bench.run();
        assert_eq!(bench.key(key), []);
        assert!(!bench.shows(texts::TITLE), "{key:?}");
    }
    let rows = vec![Arc::new(row(1, "cats", GalleryState::Ready))];
    let bench = Bench::new(Snapshot { rows, ..first() });
    assert!(!bench.shows(texts::TITLE));
    let bench = Bench::arranged(first(), egui::vec2(800.0, 600.0), Layout { welcomed: true, ..Layout::default() });
    assert!(!bench.shows(texts::TITLE));
}

#[test]
fn statistics_count_galleries_images_and_bytes_by_host() {
    let of = |id, state, host: &str| Row { host: host.to_owned(), ..row(id, "x", state) };
    let rows = vec![
        of(1, GalleryState::Completed, "folder"),
        of(2, GalleryState::Completed, "other"),
        of(3, GalleryState::Incomplete, "other"),
        of(4, GalleryState::Ready, "third"),
    ];
    let mut bench = Bench::new(Snapshot { hosts: first().hosts, ..snapshot(rows) });
    assert_eq!(entry(&mut bench, "Tools", "Statistics"), []);
    bench.harness.check_accessibility();
    for words in ["Everything in the queue", "24", "22.9 MiB", "2 galleries are not complete; 1 image failed."] {
        assert!(bench.shows(words), "{words}");
    }
    assert!(bench.shows("Host other") && bench.shows("13.4 MiB") && bench.shows("9.54 MiB"));
    bench.key(Key::Enter);
    assert!(!bench.shows("Everything in the queue"));
}
