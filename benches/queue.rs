//! What a decision of the queue costs when the queue is long: `cargo bench --bench queue`. Pure, so nothing is written.

use std::path::PathBuf;
use std::sync::Arc;

use bbdrop::core::gallery::{AfterScan, AtHost, Past, Place};
use bbdrop::core::queue::{DEFAULT_HOST, Event, Queue, Scope, Stored, Ticket};
use bbdrop::core::{Command, Folder, Gallery, GalleryId, GalleryState, HostFacts, Selection, Tally};
use divan::{Bencher, black_box};

const GALLERIES: i64 = 100_000;

fn main() {
    divan::main();
}

/// Every second one is queued, the others wait for the person.
fn long_queue() -> Queue {
    let gallery = |id: i64| {
        let path = PathBuf::from(format!("/home/me/Pictures/{id:06}"));
        Gallery {
            id: GalleryId(id),
            name: format!("{id:06}"),
            folder: Folder { path: path.clone(), key: path, chosen: None },
            place: Place { position: id << 20, ..Place::default() },
            state: if id % 2 == 0 { GalleryState::Queued } else { GalleryState::Ready },
            host: DEFAULT_HOST.to_owned(),
            after_scan: AfterScan::default(),
            tally: Tally { total: 30, bytes_total: 9_000_000, ..Tally::default() },
            at_host: AtHost::default(),
            post: Arc::default(),
            reason: None,
            past: Past { added_at: id, ..Past::default() },
        }
    };
    let galleries = (1..=GALLERIES).map(gallery).collect();
    let stored = Stored { galleries, id_last: GALLERIES, ..Stored::default() };
    let host = HostFacts::named(DEFAULT_HOST, DEFAULT_HOST);
    Queue::restore(stored, vec![host], jiff::tz::TimeZone::UTC, Scope::All).0
}

/// One command for one gallery: its state changes, the schedule is looked at, the effects come out.
fn bench_command(bencher: Bencher, command: impl Fn(Selection) -> Command) {
    let mut queue = long_queue();
    let mut id = 0;
    bencher.bench_local(|| {
        id = id % GALLERIES + 1;
        let command = command(Selection::of([GalleryId(id)]));
        black_box(queue.step(Event::Command { ticket: Ticket(0), command }, 0));
        queue.take_touched()
    });
}

#[divan::bench]
fn step_pause_one_of_100_000(bencher: Bencher) {
    bench_command(bencher, Command::Pause);
}

#[divan::bench]
fn step_start_one_of_100_000(bencher: Bencher) {
    bench_command(bencher, Command::Start);
}

#[divan::bench]
fn step_that_changes_nothing(bencher: Bencher) {
    let mut queue = long_queue();
    bencher.bench_local(|| queue.step(Event::Timer, 0).len());
}
