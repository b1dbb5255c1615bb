//! Random histories: whatever happens, in whatever order, the queue keeps its promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;

use super::schedule::{GALLERIES_PER_HOST_MAX, SCANS_MAX};
use super::*;
use crate::core::gallery::Session;
use crate::core::{
    AddOutcome, Command, FaultKind, Folder, Image, ImageLinks, ImageState, Refusal, RefusalCode, Reply, Selection,
};

/// One thing that happens in a history.
#[derive(Clone, Debug)]
enum Happening {
    Add(Vec<u8>, bool),
    Start(Option<i64>),
    Pause(Option<i64>),
    Stop(Option<i64>),
    Retry(Option<i64>),
    Remove(i64),
    /// The nth thing under way is answered; how well is drawn from the number.
    Answer(usize, u8),
    Tick(i64),
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    let id = || prop_oneof![Just(None), (1..8_i64).prop_map(Some)];
    prop_oneof![
        2 => (proptest::collection::vec(0..8_u8, 1..4), any::<bool>()).prop_map(|(f, s)| Happening::Add(f, s)),
        2 => id().prop_map(Happening::Start),
        1 => id().prop_map(Happening::Pause),
        1 => id().prop_map(Happening::Stop),
        1 => id().prop_map(Happening::Retry),
        1 => (1..8_i64).prop_map(Happening::Remove),
        14 => (any::<usize>(), any::<u8>()).prop_map(|(n, how)| Happening::Answer(n, how)),
        2 => (0..90_000_i64).prop_map(Happening::Tick),
        1 => Just(Happening::Crash),
    ]
}

/// The world around the queue: a store, and what is under way.
struct World {
    queue: Queue,
    galleries: BTreeMap<GalleryId, Gallery>,
    images: BTreeMap<GalleryId, Vec<Image>>,
    under_way: Vec<Effect>,
    unanswered: BTreeSet<Ticket>,
    tickets: u64,
    now: Millis,
    id_last: i64,
    record: String,
}

impl World {
    fn new() -> Self {
        Self {
            queue: Queue::default(),
            galleries: BTreeMap::new(),
            images: BTreeMap::new(),
            under_way: Vec::new(),
            unanswered: BTreeSet::new(),
            tickets: 0,
            now: 1_000_000,
            id_last: 0,
            record: String::new(),
        }
    }

    fn run(history: &[Happening]) -> Self {
        let mut world = Self::new();
        for happening in history {
            world.happen(happening.clone());
        }
        world
    }

    fn happen(&mut self, happening: Happening) {
        let selection = |id: Option<i64>| id.map_or_else(Selection::all, |id| Selection::of([GalleryId(id)]));
        match happening {
            Happening::Add(folders, start) => {
                let folders = folders.iter().map(|n| PathBuf::from(format!("/f{n}"))).collect();
                self.command(Command::Add { folders, start });
            }
            Happening::Start(id) => self.command(Command::Start(selection(id))),
            Happening::Pause(id) => self.command(Command::Pause(selection(id))),
            Happening::Stop(id) => self.command(Command::Stop(selection(id))),
            Happening::Retry(id) => self.command(Command::Retry(selection(id))),
            Happening::Remove(id) => self.command(Command::Remove(selection(Some(id)))),
            Happening::Answer(n, how) if !self.under_way.is_empty() => {
                let effect = self.under_way.remove(n % self.under_way.len());
                let event = self.answer(effect, how);
                self.step(event);
            }
            Happening::Answer(..) => {}
            Happening::Tick(ms) => {
                self.now += ms;
                self.step(Event::Timer);
            }
            Happening::Crash => self.crash(),
        }
    }

    fn command(&mut self, command: Command) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.unanswered.insert(ticket);
        self.step(Event::Command { ticket, command });
    }

    /// What is not committed is gone, what is under way is never answered; the store opens again.
    fn crash(&mut self) {
        self.under_way.clear();
        self.unanswered.clear();
        let galleries = self.galleries.values().cloned().collect();
        let (queue, effects) = Queue::restore(galleries, Settings::default(), self.id_last, Scope::All);
        self.queue = queue;
        self.carry_out(effects);
        self.step(Event::Timer);
    }

    fn step(&mut self, event: Event) {
        let effects = self.queue.step(event, self.now);
        self.record.extend([format!("{effects:?}\n")]);
        self.carry_out(effects);
        self.check();
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let (writes, rest): (Vec<_>, Vec<_>) = effects.into_iter().partition(|e| matches!(e, Effect::Write(_)));
        for effect in writes {
            if let Effect::Write(write) = effect {
                self.write(write);
            }
        }
        for effect in rest {
            match effect {
                Effect::Reply(ticket, reply) => {
                    assert!(self.unanswered.remove(&ticket), "{ticket:?} answered twice: {reply:?}");
                    self.check_reply(&reply);
                }
                Effect::Upload { ref gallery, ref image } => {
                    let stored = &self.images[&gallery.id][image.position as usize];
                    assert_eq!(stored.state, ImageState::Uploading, "not marked in flight before it is sent");
                    assert!(gallery.session.is_some(), "sent without a session");
                    self.under_way.push(effect);
                }
                _ => self.under_way.push(effect),
            }
        }
        self.under_way.retain(|e| !matches!(e, Effect::Cancel(_) | Effect::LookAt(_) | Effect::Raise));
    }

    fn check_reply(&self, reply: &Result<Reply, Refusal>) {
        if let Ok(Reply::Added(outcomes)) = reply {
            for outcome in outcomes {
                if let AddOutcome::Added(id) | AddOutcome::Duplicate(id) = outcome {
                    assert!(self.galleries.contains_key(id), "accepted, but not stored");
                }
            }
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::PutGallery(gallery) => {
                self.id_last = self.id_last.max(gallery.id.0);
                if let Some(before) = self.galleries.get(&gallery.id) {
                    let (from, to) = (before.state, gallery.state);
                    // One step may pass through two states (Ready → Queued → Uploading).
                    let legal = from == to
                        || from.may_become(to)
                        || GalleryState::ALL.into_iter().any(|via| from.may_become(via) && via.may_become(to));
                    assert!(legal, "{from:?} → {to:?}");
                }
                self.galleries.insert(gallery.id, *gallery);
            }
            Write::RemoveGallery(id) => {
                self.galleries.remove(&id);
                self.images.remove(&id);
            }
            Write::PutImages(id, images) => {
                assert!(self.galleries.contains_key(&id), "images without a gallery");
                self.images.insert(id, images);
            }
            Write::PutImage(id, image) => {
                assert!(self.galleries.contains_key(&id), "an image without a gallery");
                let stored = &mut self.images.get_mut(&id).expect("scanned")[image.position as usize];
                let finished = matches!(stored.state, ImageState::Uploaded(_));
                assert!(!finished, "finished work was touched: {stored:?} → {image:?}");
                *stored = *image;
            }
            Write::ResetFailed(id) => {
                for image in self.images.entry(id).or_default() {
                    if matches!(image.state, ImageState::Failed(_)) {
                        image.state = ImageState::Pending;
                    }
                }
            }
            Write::PutSetting { .. } => {}
        }
    }

    fn answer(&self, effect: Effect, how: u8) -> Event {
        match effect {
            Effect::Resolve { ticket, folders, start } => {
                Event::Resolved { ticket, start, folders: folders.into_iter().map(|path| resolve(path, how)).collect() }
            }
            Effect::Scan { gallery, .. } => Event::Scanned { gallery, outcome: scan(how) },
            Effect::Begin(gallery) => {
                let images = self.images.get(&gallery.id).cloned().unwrap_or_default();
                let session = gallery.session.unwrap_or_else(|| Session(gallery.id.to_string()));
                Event::Begun { gallery: gallery.id, outcome: outcome(how, Begun { session, images }) }
            }
            Effect::Upload { gallery, image } => {
                let links = ImageLinks { link: "l".into(), thumb: "t".into(), direct: "d".into() };
                Event::Transferred { gallery: gallery.id, image: image.position, outcome: outcome(how, links) }
            }
            Effect::Close { gallery, .. } => {
                Event::Closed { gallery: gallery.id, outcome: outcome(how, "page".to_owned()) }
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn check(&self) {
        let stored: Vec<_> = self.galleries.values().collect();
        let held: Vec<_> = self.queue.galleries().collect();
        assert_eq!(stored, held, "store and queue agree after every step");
        assert!(self.queue.in_flight() <= self.queue.settings().parallel_images, "slots exceeded");
        let keys: BTreeSet<_> = held.iter().map(|gallery| &gallery.folder.key).collect();
        assert_eq!(keys.len(), held.len(), "a folder is in the queue twice");
        let scanning = held.iter().filter(|g| g.state == GalleryState::Scanning).count();
        assert!(scanning <= SCANS_MAX);
        let sending = |g: &&&Gallery| {
            g.state == GalleryState::Uploading && !self.queue.work.get(&g.id).is_some_and(Work::is_closing)
        };
        assert!(held.iter().filter(sending).count() <= GALLERIES_PER_HOST_MAX);
        for gallery in held {
            self.check_gallery(gallery);
        }
    }

    fn check_gallery(&self, gallery: &Gallery) {
        use GalleryState::{Completed, Failed, Incomplete, Missing, Uploading};
        if matches!(gallery.state, Failed | Incomplete | Missing) {
            let reason = gallery.reason.as_ref().map(|fault| fault.words.as_str());
            assert!(reason.is_some_and(|words| !words.is_empty()), "no reason: {gallery:?}");
        }
        if matches!(gallery.state, Completed | GalleryState::Queued) {
            let stopped = gallery.reason.as_ref().filter(|fault| fault.kind == FaultKind::Cancelled);
            assert_eq!(stopped, None, "goes on, but says that it is stopped");
        }
        if gallery.state == Uploading {
            assert!(self.queue.work.contains_key(&gallery.id), "uploading, but nothing is done: {gallery:?}");
        }
        let Some(images) = self.images.get(&gallery.id) else { return };
        let count =
            |wanted: &str| u32::try_from(images.iter().filter(|i| i.state.name() == wanted).count()).expect("few");
        let tally = gallery.tally;
        assert_eq!(
            (tally.uploaded, tally.failed, tally.skipped),
            (count("uploaded"), count("failed"), count("skipped"))
        );
        if gallery.state == Completed {
            assert_eq!((tally.pending(), tally.failed), (0, 0), "{gallery:?}");
        }
        for image in images {
            if let ImageState::Failed(fault) = &image.state {
                assert!(!fault.words.is_empty() && fault.kind != FaultKind::Cancelled, "{image:?}");
            }
        }
    }

    /// Everything is answered well until nothing is under way: nothing may be left hanging.
    fn come_to_rest(&mut self) {
        self.happen(Happening::Start(None));
        for _ in 0..10_000 {
            if self.under_way.is_empty() {
                match self.queue.next_deadline() {
                    Some(at) => self.now = self.now.max(at),
                    None => break,
                }
                self.step(Event::Timer);
            } else {
                self.happen(Happening::Answer(0, 0));
            }
        }
        for gallery in self.queue.galleries() {
            assert!(gallery.state.is_settled(), "hangs: {gallery:?}");
        }
        assert!(self.unanswered.is_empty(), "never answered: {:?}", self.unanswered);
        assert!(self.queue.work.is_empty(), "work left over: {:?}", self.queue.work);
    }
}

fn resolve(path: PathBuf, how: u8) -> Resolution {
    if how % 7 == 6 {
        return Err(Refusal::new(RefusalCode::NotAFolder, "not a folder"));
    }
    Ok(Folder { key: path.clone(), path })
}

fn scan(how: u8) -> Result<Scan, Fault> {
    let image = |n: u8| FoundImage {
        file: PathBuf::from(format!("{n}.jpg")),
        bytes: u64::from(n) + 1,
        modified_at: 0,
        pixels: if n % 4 == 3 { Err("broken".to_owned()) } else { Ok((1, 1)) },
    };
    match how % 8 {
        7 => Err(Fault::new(FaultKind::LocalFile, "unreadable")),
        6 => Ok(Scan::Missing(Fault::new(FaultKind::LocalFile, "gone"))),
        5 => Ok(Scan::Found(Vec::new())),
        n => Ok(Scan::Found((0..=n * 2).map(image).collect())),
    }
}

/// Mostly good.
fn outcome<T>(how: u8, good: T) -> Result<T, Fault> {
    match how % 10 {
        6 => Err(Fault::new(FaultKind::BadImage, "damaged")),
        7 => Err(Fault::new(FaultKind::HostFault, "the host failed")),
        8 => Err(Fault::new(FaultKind::Rejected, "the host said no")),
        9 => Err(Fault::new(FaultKind::Cancelled, "cancelled")),
        _ => Ok(good),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_a_promise(history in proptest::collection::vec(happening(), 1..120)) {
        let mut world = World::run(&history);
        world.come_to_rest();
    }

    #[test]
    fn the_same_history_gives_the_same_result(history in proptest::collection::vec(happening(), 1..60)) {
        prop_assert_eq!(World::run(&history).record, World::run(&history).record);
    }
}

#[test]
fn accepted_folders_stay_until_they_are_removed() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1, 2, 2, 3], false));
    world.happen(Happening::Answer(0, 0));
    assert_eq!(world.galleries.len(), 3);
    world.happen(Happening::Crash);
    assert_eq!(world.galleries.len(), 3);
    world.happen(Happening::Remove(2));
    assert_eq!(world.galleries.keys().map(|id| id.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn ids_are_never_given_out_twice() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], false));
    world.happen(Happening::Answer(0, 0));
    world.happen(Happening::Remove(1));
    world.happen(Happening::Crash);
    world.happen(Happening::Add(vec![1], false));
    let n = world.under_way.iter().position(|e| matches!(e, Effect::Resolve { .. })).expect("asked");
    world.happen(Happening::Answer(n, 0));
    assert_eq!(world.galleries.keys().map(|id| id.0).collect::<Vec<_>>(), [2]);
}

#[test]
fn quitting_answers_who_waits_and_begins_nothing() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], true));
    world.happen(Happening::Answer(0, 0));
    world.command(Command::Await(vec![GalleryId(1)]));
    assert_eq!(world.unanswered.len(), 1);
    world.under_way.clear();
    world.command(Command::Quit);
    assert!(world.unanswered.is_empty());
    assert!(matches!(world.under_way.as_slice(), [Effect::Shutdown]), "{:?}", world.under_way);
    let effects = world.queue.step(Event::Scanned { gallery: GalleryId(1), outcome: scan(0) }, 0);
    assert!(effects.iter().all(|e| matches!(e, Effect::Write(_))), "{effects:?}");
}
