//! Filtering, sorting and counting on hand-made galleries.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::core::{Folder, Gallery};

fn gallery(id: i64, name: &str, change: impl FnOnce(&mut Gallery)) -> Arc<Row> {
    let path = PathBuf::from(format!("/photos/{name}"));
    let folder = Folder { path: path.clone(), key: path, chosen: None };
    let mut gallery = Gallery::new(GalleryId(id), folder, name, "folder");
    gallery.place.position = id;
    change(&mut gallery);
    Arc::new(Row::new(&gallery, Arc::default()))
}

fn zoo() -> Arc<Snapshot> {
    let rows = vec![
        gallery(1, "trip 10", |g| g.state = GalleryState::Failed),
        gallery(2, "trip 9", |g| g.host = "other".to_owned()),
        gallery(3, "Árbol", |g| {
            g.state = GalleryState::Failed;
            g.tally.bytes_total = 7;
        }),
    ];
    Arc::new(Snapshot { rows, ..Snapshot::default() })
}

fn check(wanted: Wanted, names: &[&str]) {
    let scene = Scene::default().next(zoo(), Arc::new(wanted), 0);
    let shown: Vec<_> = (0..scene.len()).filter_map(|place| scene.shown_at(place)).map(|(_, row)| &*row.name).collect();
    assert_eq!(shown, names);
    for place in 0..scene.len() {
        let (_, row) = scene.shown_at(place).expect("shown");
        assert_eq!(scene.place_of(row.id), Some(place));
        assert!(scene.shown().contains(&row.id));
    }
}

fn by(columns: &[(Column, bool)]) -> Wanted {
    let sort = columns.iter().map(|(column, descending)| Key { column: *column, descending: *descending }).collect();
    Wanted { sort, ..Wanted::default() }
}

#[test]
fn without_wishes_everything_is_shown_in_the_order_of_the_queue() {
    check(Wanted::default(), &["trip 10", "trip 9", "Árbol"]);
}

#[test]
fn text_sorts_naturally_and_keys_add_up() {
    check(by(&[(Column::Name, false)]), &["trip 9", "trip 10", "Árbol"]);
    check(by(&[(Column::Name, true)]), &["Árbol", "trip 10", "trip 9"]);
    check(by(&[(Column::Status, false), (Column::Name, true)]), &["trip 9", "Árbol", "trip 10"]);
    check(by(&[(Column::Size, true)]), &["Árbol", "trip 10", "trip 9"]);
}

#[test]
fn several_states_and_hosts_can_be_chosen_and_words_narrow() {
    let words = |words: &str| Wanted { words: words.to_owned(), ..Wanted::default() };
    check(Wanted { states: [GalleryState::Failed].into(), ..Wanted::default() }, &["trip 10", "Árbol"]);
    check(Wanted { hosts: ["other".to_owned()].into(), ..Wanted::default() }, &["trip 9"]);
    check(words("TRIP 9"), &["trip 9"]);
    check(words("photos"), &["trip 10", "trip 9", "Árbol"]);
    check(words("scanned"), &["trip 9"]);
    check(words("árb"), &["Árbol"]);
    check(words("nothing of that"), &[]);
}

#[test]
fn clicks_on_headers_reverse_and_add() {
    let mut wanted = Wanted::default();
    wanted.sort_by(Column::Name, false);
    wanted.sort_by(Column::Name, false);
    assert_eq!(wanted.sort, [Key { column: Column::Name, descending: true }]);
    wanted.sort_by(Column::Size, true);
    wanted.sort_by(Column::Name, true);
    assert_eq!(
        wanted.sort.iter().map(|key| (key.column, key.descending)).collect::<Vec<_>>(),
        [(Column::Name, false), (Column::Size, false)]
    );
    wanted.sort_by(Column::Host, false);
    assert_eq!(wanted.sort, [Key { column: Column::Host, descending: false }]);
    wanted.sort_by(Column::Number, false);
    assert_eq!(wanted.sort, [], "the order of the queue");
    wanted.sort_by(Column::Number, false);
    assert_eq!(wanted.sort, [Key { column: Column::Number, descending: true }]);
}

#[test]
fn a_scene_follows_its_snapshot_and_stays_sorted() {
    let wanted = Arc::new(by(&[(Column::Name, false)]));
    let first = Scene::default().next(zoo(), Arc::clone(&wanted), 0);
    let mut rows = zoo().rows.clone();
    rows.remove(1);
    rows.push(gallery(4, "trip 1", |_| {}));
    let second = first.next(Arc::new(Snapshot { rows, ..Snapshot::default() }), wanted, 50);
    let shown: Vec<_> = (0..second.len()).filter_map(|place| second.shown_at(place)).map(|(_, row)| row.id.0).collect();
    assert_eq!(shown, [4, 1, 3]);
    assert!(second.row(GalleryId(2)).is_none());
    assert_eq!(second.counts.of(GalleryState::Failed), 2);
}

#[test]
fn speeds_are_measured_over_time() {
    let row = gallery(1, "a", |g| {
        g.state = GalleryState::Uploading;
        g.tally.bytes_total = 10_000;
    });
    let snapshot = Arc::new(Snapshot { rows: vec![Arc::clone(&row)], bytes_per_second: 500, ..Snapshot::default() });
    let scene = Scene::default().next(Arc::clone(&snapshot), Arc::default(), 0);
    row.moved.store(2_000, std::sync::atomic::Ordering::Relaxed);
    let scene = scene.next(snapshot, Arc::default(), 1_000);
    assert_eq!(scene.rates.of(row.id), 2_000);
    assert_eq!(scene.rates.seconds_left(&row), Some(4));
    assert_eq!(scene.speeds.peak, 500);
    let still = [2_000, 3_000, 4_000]
        .into_iter()
        .fold(scene.clone(), |scene, now| scene.next(Arc::default(), Arc::default(), now));
    let samples: Vec<_> = still.speeds.samples.iter().copied().collect();
    assert_eq!(samples, [(0, 500), (1_000, 500), (2_000, 0), (4_000, 0)], "it fell at once, not slowly");
    let idle = scene.next(Arc::default(), Arc::default(), 200_000);
    assert_eq!((idle.rates.of(row.id), idle.speeds.samples.len()), (0, 1), "only what is not older than two minutes");
}

#[test]
fn the_speed_now_is_steady_although_images_go_in_bursts() {
    let row = gallery(1, "a", |g| g.state = GalleryState::Uploading);
    let snapshot =
        |bytes_per_second| Arc::new(Snapshot { rows: vec![Arc::clone(&row)], bytes_per_second, ..Snapshot::default() });
    let bursts = (0..20).map(|step| (step * 500, if step % 3 == 0 { 900 } else { 0 }));
    let scene = bursts.fold(Scene::default(), |scene, (now, speed)| scene.next(snapshot(speed), Arc::default(), now));
    assert_eq!(scene.speeds.now, 300);
    let idle = scene.next(Arc::default(), Arc::default(), 10_000);
    assert_eq!(idle.speeds.now, 0, "nothing is on its way any more");
}

#[test]
fn what_is_selected_is_in_the_queue() {
    let selected = Arc::new([GalleryId(1), GalleryId(9)].into());
    let wanted = Arc::new(Wanted { selected, ..Wanted::default() });
    let scene = Scene::default().next(zoo(), wanted, 0);
    assert_eq!(*scene.selected, [GalleryId(1)].into());
    let wanted = Arc::new(Wanted { selected: Arc::clone(&scene.selected), ..Wanted::default() });
    let scene = scene.next(zoo(), Arc::clone(&wanted), 0);
    assert!(Arc::ptr_eq(&scene.selected, &wanted.selected), "nothing is copied when all of it is there");
}
