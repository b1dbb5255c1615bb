//! Random histories: whatever happens, in whatever order, the queue keeps its promises.

mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;

use jiff::tz::TimeZone;

use super::schedule::{CLAIMS_AHEAD, OPEN_AHEAD_MAX, SCANS_MAX};
use super::*;
use crate::core::gallery::{Before, Priority, Session};
use crate::core::host::Limits;
use crate::core::output::{OutputMade, TemplatesDone};
use crate::core::{
    AddOutcome, Choices, Closed, Command, ContentHash, Direction, FaultKind, Field, Folder, Image, ImageLinks,
    ImageState, Refusal, RefusalCode, Reply, Selection, Sent, Tab, TabId,
};

/// The hosts of these histories.
const HOSTS: [&str; 2] = ["folder", "other"];

fn hosts() -> Vec<HostFacts> {
    let host = |id: &&str| HostFacts {
        limits: Limits { parallel_images: 3, requests_per_second: (*id == "other").then_some(5), ..Limits::default() },
        ..HostFacts::named(id, id)
    };
    HOSTS.iter().map(host).collect()
}

/// One thing that happens in a history.
#[derive(Clone, Debug)]
enum Happening {
    Add(Vec<u8>, bool, bool),
    /// By somebody of whom nobody knows who it is.
    Bring(u8),
    Start(Option<i64>),
    Pause(Option<i64>),
    Stop(Option<i64>),
    Retry(Option<i64>),
    Remove(i64, bool),
    Rescan(Option<i64>),
    Reset(i64),
    Reuse(i64),
    Move(i64, u8),
    Priority(i64, u8),
    SetHost(i64, bool),
    /// From BBDrop 0.9; what there is of it is drawn from the number.
    Import,
    /// Names, templates, fields and tabs.
    Arrange(i64, u8),
    /// A setting of a host, or that it is used again.
    Host(bool, u8),
    /// The nth thing under way is answered; how well is drawn from the number.
    Answer(usize, u8),
    Tick(i64),
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    let id = || prop_oneof![Just(None), (1..8_i64).prop_map(Some)];
    prop_oneof![
        2 => (proptest::collection::vec(0..8_u8, 1..4), any::<bool>(), any::<bool>())
            .prop_map(|(folders, start, other)| Happening::Add(folders, start, other)),
        1 => (0..8_u8).prop_map(Happening::Bring),
        1 => Just(Happening::Import),
        1 => id().prop_map(Happening::Rescan),
        1 => (1..8_i64).prop_map(Happening::Reset),
        1 => (1..8_i64).prop_map(Happening::Reuse),
        1 => (1..8_i64, any::<u8>()).prop_map(|(id, to)| Happening::Move(id, to)),
        1 => (1..8_i64, any::<u8>()).prop_map(|(id, to)| Happening::Priority(id, to)),
        1 => (1..8_i64, any::<bool>()).prop_map(|(id, other)| Happening::SetHost(id, other)),
        2 => (1..8_i64, any::<u8>()).prop_map(|(id, what)| Happening::Arrange(id, what)),
        1 => (any::<bool>(), any::<u8>()).prop_map(|(other, what)| Happening::Host(other, what)),
        2 => id().prop_map(Happening::Start),
        1 => id().prop_map(Happening::Pause),
        1 => id().prop_map(Happening::Stop),
        1 => id().prop_map(Happening::Retry),
        1 => (1..8_i64, any::<bool>()).prop_map(|(id, forget)| Happening::Remove(id, forget)),
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
    host_settings: BTreeMap<String, HostSettings>,
    pauses: BTreeMap<String, Pause>,
    tabs: Vec<Tab>,
    /// The folders from which something is on record as uploaded.
    history: BTreeSet<PathBuf>,
}

impl World {
    fn new() -> Self {
        let (queue, _) = Queue::restore(Stored::default(), hosts(), TimeZone::UTC, Scope::All);
        Self {
            queue,
            galleries: BTreeMap::new(),
            images: BTreeMap::new(),
            under_way: Vec::new(),
            unanswered: BTreeSet::new(),
            tickets: 0,
            now: 1_000_000,
            id_last: 0,
            record: String::new(),
            host_settings: BTreeMap::new(),
            pauses: BTreeMap::new(),
            tabs: Tab::first(),
            history: BTreeSet::new(),
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
            Happening::Add(folders, start, other) => {
                let paths = folders.iter().map(|n| PathBuf::from(format!("/f{n}"))).collect();
                let host = other.then(|| "other".to_owned());
                self.command(Command::Add { paths, choices: Choices { start, host, ..Choices::default() } });
            }
            Happening::Bring(folder) => {
                let paths = vec![PathBuf::from(format!("/f{folder}"))];
                self.command(Command::Add { paths, choices: Choices { unproven: true, ..Choices::default() } });
            }
            Happening::Import => self.command(Command::Import("/old".into())),
            Happening::Rescan(id) => self.command(Command::Rescan(selection(id))),
            Happening::Reset(id) => self.command(Command::Reset(selection(Some(id)))),
            Happening::Reuse(id) => self.command(Command::Reuse(selection(Some(id)))),
            Happening::Move(id, to) => {
                let target = Direction::Before(GalleryId(i64::from(to / 5 % 8)));
                let directions = [Direction::Top, Direction::Up, Direction::Down, Direction::Bottom, target];
                self.command(Command::Move(selection(Some(id)), directions[usize::from(to) % 5]));
            }
            Happening::Priority(id, to) => {
                self.command(Command::SetPriority(selection(Some(id)), Priority::ALL[usize::from(to) % 3]));
            }
            Happening::SetHost(id, other) => {
                self.command(Command::SetHost(selection(Some(id)), HOSTS[usize::from(other)].to_owned()));
            }
            Happening::Arrange(id, what) => self.command(arrange(id, what)),
            Happening::Host(other, what) => {
                let host = HOSTS[usize::from(other)].to_owned();
                let set = |key: &str, value: &str| Command::ConfigureHost {
                    host: host.clone(),
                    key: key.to_owned(),
                    value: value.to_owned(),
                };
                self.command(match what % 5 {
                    0 => set("enabled", "false"),
                    1 => set("enabled", "true"),
                    2 => set("galleries_at_once", "3"),
                    3 => set("galleries_at_once", "1"),
                    _ => Command::ResumeHost(host.clone()),
                });
            }
            Happening::Start(id) => self.command(Command::Start(selection(id))),
            Happening::Pause(id) => self.command(Command::Pause(selection(id))),
            Happening::Stop(id) => self.command(Command::Stop(selection(id))),
            Happening::Retry(id) => self.command(Command::Retry(selection(id))),
            Happening::Remove(id, false) => self.command(Command::Remove(selection(Some(id)))),
            Happening::Remove(id, true) => self.command(Command::Forget(selection(Some(id)))),
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
        let stored = Stored {
            galleries: self.galleries.values().cloned().collect(),
            settings: Settings::default(),
            id_last: self.id_last,
            host_settings: self.host_settings.clone(),
            pauses: self.pauses.clone(),
            tabs: self.tabs.clone(),
        };
        let (queue, effects) = Queue::restore(stored, hosts(), TimeZone::UTC, Scope::All);
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
                Effect::Upload(ref order) => {
                    // It waits for no commit, so what is stored must say so from an earlier one.
                    let stored =
                        self.images.get(&order.gallery.id).map(|images| &images[order.image.position as usize]);
                    let stored = stored.map(|image| &image.state);
                    assert_eq!(stored, Some(&ImageState::Uploading), "not marked in flight before it is sent");
                    assert!(order.gallery.at_host.session.is_some(), "sent without a session");
                    assert!(
                        !self.queue.lanes[&order.gallery.host].is_closed(),
                        "sent to a host that is not to be used"
                    );
                    self.under_way.push(effect);
                }
                _ => self.under_way.push(effect),
            }
        }
        self.under_way.retain(|e| {
            !matches!(
                e,
                Effect::Cancel(_)
                    | Effect::LookAt(_)
                    | Effect::Raise
                    | Effect::Throttle { .. }
                    | Effect::MeasureDisk
                    | Effect::Copy { .. }
            )
        });
    }

    fn check_reply(&self, reply: &Result<Reply, Refusal>) {
        if let Ok(Reply::Added(outcomes)) = reply {
            for outcome in outcomes.iter().flatten() {
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
                let finished = matches!(&stored.state, ImageState::Uploaded(links) if !links.link.is_empty());
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
            Write::RemoveSession(_) | Write::PutSetting { .. } | Write::PutHistoryLink { .. } => {}
            Write::RemoveHistory(key) => self.history.retain(|folder| *folder != key),
            Write::PutAttempt(attempt) => {
                assert!(self.galleries.contains_key(&attempt.gallery), "a record without a gallery");
                assert!(!attempt.fault.words.is_empty());
            }
            Write::PutHistory(uploaded) => {
                assert!(self.galleries.contains_key(&uploaded.gallery));
                self.history.insert(uploaded.folder);
            }
            Write::PutHostSetting { host, key, value } => {
                self.host_settings.entry(host).or_default().set(&[], &key, &value).expect("stored as it was set");
            }
            Write::PutHistoryOf { gallery, .. } | Write::PutSavedFiles(gallery, _) => {
                assert!(self.galleries.contains_key(&gallery));
            }
            Write::PutTabs(tabs) => self.tabs = tabs,
            Write::PutHostPause { host, pause: Some(pause) } => drop(self.pauses.insert(host, pause)),
            Write::PutHostPause { host, pause: None } => drop(self.pauses.remove(&host)),
        }
    }

    fn answer(&self, effect: Effect, how: u8) -> Event {
        match effect {
            Effect::Resolve { ticket, paths, choices, .. } => Event::Resolved {
                ticket,
                choices,
                folders: paths.into_iter().map(|path| vec![resolve(path, how)]).collect(),
            },
            Effect::Scan { gallery, .. } => {
                let known = self.images.get(&gallery.id).cloned().unwrap_or_default();
                Event::Scanned { gallery: gallery.id, outcome: scan(how, known) }
            }
            Effect::Import { ticket, .. } => import::of_old_folders(ticket, how),
            Effect::Claim { gallery, image } => Event::Claimed { gallery, image },
            Effect::LookForFolders(folders) => {
                Event::FoldersBack(folders.into_iter().filter(|_| how.is_multiple_of(2)).map(|(id, _)| id).collect())
            }
            Effect::Recall(gallery) => {
                let mut images = self.images.get(&gallery.id).cloned().unwrap_or_default();
                let pending = images.iter_mut().filter(|image| image.state == ImageState::Pending);
                pending.skip(usize::from(how % 2)).for_each(|image| {
                    image.state = ImageState::Uploaded(ImageLinks { link: "r".into(), ..ImageLinks::default() });
                });
                Event::Recalled { gallery: gallery.id, outcome: Ok(Recalled { images, link: Some("page".to_owned()) }) }
            }
            Effect::Begin { gallery, .. } => {
                let images = self.images.get(&gallery.id).cloned().unwrap_or_default();
                let session = gallery.at_host.session.unwrap_or_else(|| Session(gallery.id.to_string()));
                Event::Begun {
                    gallery: gallery.id,
                    outcome: outcome(how, Begun { session, images, first_alone: how.is_multiple_of(2) }),
                }
            }
            Effect::Upload(order) => {
                let owed = how.is_multiple_of(5);
                let link = if owed { "" } else { "l" };
                let sent = Sent {
                    links: ImageLinks { link: link.into(), thumb: "t".into(), ..ImageLinks::default() },
                    hash: Some(ContentHash([how; 32])),
                    rest_ms: how.is_multiple_of(7).then_some(2_000),
                    session: how.is_multiple_of(3).then(|| Session(how.to_string())),
                    note: how.is_multiple_of(11).then(|| "made smaller".to_owned()),
                };
                let (gallery, image) = (order.gallery.id, order.image.position);
                Event::Transferred { gallery, image, outcome: outcome(how, sent).map_err(failure) }
            }
            Effect::MakeOutput { gallery, .. } => {
                let trouble = how.is_multiple_of(5).then(|| "no room".to_owned());
                let made = OutputMade { trouble, copied: Some("text".to_owned()), files: Some(Vec::new()) };
                Event::OutputMade { gallery: gallery.id, made }
            }
            Effect::Close { gallery, images } => {
                let owed = images
                    .into_iter()
                    .filter(|image| matches!(&image.state, ImageState::Uploaded(links) if links.link.is_empty()));
                let links = ImageLinks { link: "late".into(), ..ImageLinks::default() };
                let collected = |position| match (how, position) {
                    (1..=60, 0) => Err(Fault::new(FaultKind::HostFault, "not in the list")),
                    _ => Ok(links.clone()),
                };
                let images = owed.map(|image| (image.position, collected(image.position))).collect();
                Event::Closed { gallery: gallery.id, outcome: outcome(how, Closed { link: "page".to_owned(), images }) }
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn check(&self) {
        let mut stored: Vec<_> = self.galleries.values().collect();
        stored.sort_by_key(|gallery| (gallery.place.position, gallery.id));
        let held: Vec<_> = self.queue.galleries().collect();
        assert_eq!(stored, held, "store and queue agree after every step");
        assert_eq!(self.queue.tabs(), self.tabs);
        assert!(self.tabs.iter().any(|tab| tab.id == TabId::MAIN), "the first tab is gone");
        assert!(held.iter().all(|gallery| self.queue.has_tab(gallery.place.tab)), "in a tab that is not there");
        assert!(self.queue.in_flight() <= self.queue.settings().parallel_images, "slots exceeded");
        let keys: BTreeSet<_> = held.iter().map(|gallery| &gallery.folder.key).collect();
        assert_eq!(keys.len(), held.len(), "a folder is in the queue twice");
        let scanning = held.iter().filter(|g| g.state == GalleryState::Scanning).count();
        assert!(scanning <= SCANS_MAX);
        for (host, lane) in &self.queue.lanes {
            let uploading = held.iter().filter(|g| g.host == *host && g.state == GalleryState::Uploading).count();
            assert!(uploading <= lane.settings.galleries_at_once + OPEN_AHEAD_MAX, "{host}: {uploading}");
        }
        assert!(self.queue.work.values().all(|work| work.claims() <= CLAIMS_AHEAD));
        assert!(self.queue.next_deadline().is_none_or(|at| at > self.now), "asks for a time that is over");
        for gallery in held {
            self.check_gallery(gallery);
        }
    }

    fn check_gallery(&self, gallery: &Gallery) {
        use GalleryState::{Added, Completed, Failed, Incomplete, Missing, Ready, Scanning, Uploading};
        if matches!(gallery.state, Failed | Incomplete | Missing) {
            let reason = gallery.reason.as_ref().map(|fault| fault.words.as_str());
            assert!(reason.is_some_and(|words| !words.is_empty()), "no reason: {gallery:?}");
        }
        if matches!(gallery.state, Completed) {
            let stopped = gallery.reason.as_ref().filter(|fault| fault.kind == FaultKind::Cancelled);
            assert_eq!(stopped, None, "goes on, but says that it is stopped");
        }
        if gallery.is_unproven() {
            assert!(matches!(gallery.state, Added | Scanning | Ready), "it was started: {gallery:?}");
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
        for host in HOSTS {
            let (key, value) = ("enabled".to_owned(), "true".to_owned());
            self.command(Command::ConfigureHost { host: host.to_owned(), key, value });
            self.command(Command::ResumeHost(host.to_owned()));
        }
        // Once more for what was missing when it was paused.
        for _ in 0..2 {
            self.happen(Happening::Start(None));
            self.answer_everything();
        }
        for gallery in self.queue.galleries() {
            assert!(gallery.state.is_settled(), "hangs: {gallery:?}");
            assert!(!gallery.post.is_due, "its output is never made: {gallery:?}");
        }
        assert!(self.unanswered.is_empty(), "never answered: {:?}", self.unanswered);
        assert!(self.queue.work.is_empty(), "work left over: {:?}", self.queue.work);
    }

    fn answer_everything(&mut self) {
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
    }
}

/// One of all that a person can say of a gallery or of tabs.
fn arrange(id: i64, what: u8) -> Command {
    let gallery = Selection::of([GalleryId(id)]);
    let tab = TabId(i64::from(what / 8 % 4) + 1);
    match what % 8 {
        0 => Command::Rename(GalleryId(id), format!("name {what}")),
        1 => Command::SetTemplate(gallery, (what / 8).is_multiple_of(2).then(|| "mine".to_owned())),
        2 => Command::SetField { selection: gallery, field: Field::ALL[usize::from(what / 8 % 8)], value: "v".into() },
        3 => Command::AddTab(format!("tab {}", what / 8 % 4)),
        4 => Command::RenameTab(tab, format!("tab {}", id % 4)),
        5 => Command::DeleteTab { tab, into: TabId(id % 4 + 1) },
        6 if what / 32 < 4 => Command::RenderAgain(gallery),
        6 => Command::MoveTab(tab, usize::from(what / 32)),
        _ => Command::MoveToTab(gallery, tab),
    }
}

fn resolve(path: PathBuf, how: u8) -> Resolution {
    if how % 7 == 6 {
        return Err(Refusal::new(RefusalCode::NotAFolder, "not a folder"));
    }
    Ok(Folder { key: path.clone(), path, chosen: None })
}

fn scan(how: u8, known: Vec<Image>) -> Result<Scan, Fault> {
    let image = |n: u8| FoundImage {
        file: PathBuf::from(format!("{n}.jpg")),
        bytes: u64::from(n) + 1,
        modified_at: 0,
        pixels: if n % 4 == 3 { Err("broken".to_owned()) } else { Ok((1, 1)) },
    };
    match how % 8 {
        7 => Err(Fault::new(FaultKind::LocalFile, "unreadable")),
        6 => Ok(Scan::Missing(Fault::new(FaultKind::LocalFile, "gone"))),
        5 => Ok(Scan::Found(Found { known, ..Found::default() })),
        n => {
            let before = how.is_multiple_of(3).then(|| Before { at: 1, host: "folder".to_owned(), images: 1 });
            Ok(Scan::Found(Found { images: (0..=n * 2).map(image).collect(), known, before }))
        }
    }
}

fn failure(fault: Fault) -> Failure {
    match fault.kind {
        FaultKind::Changed => {
            let pixels = if fault.words.len().is_multiple_of(2) { Ok((2, 2)) } else { Err("broken now".to_owned()) };
            Failure::Changed(FoundImage { file: PathBuf::from("0.jpg"), bytes: 99, modified_at: 5, pixels })
        }
        _ => Failure::Fault(fault),
    }
}

/// Mostly good.
fn outcome<T>(how: u8, good: T) -> Result<T, Fault> {
    match how % 24 {
        10 => Err(Fault::new(FaultKind::Network, "reset")),
        11 => Err(Fault::new(FaultKind::RateLimited, "slowly").with_wait_ms(how.is_multiple_of(2).then_some(5_000))),
        12 => Err(Fault::new(FaultKind::Auth, "who are you?")),
        13 => Err(Fault::new(FaultKind::Quota, "no more today").with_wait_ms(Some(120_000))),
        14 => Err(Fault::new(FaultKind::FolderGone, "gone")),
        15 => Err(Fault::new(FaultKind::Changed, if how.is_multiple_of(2) { "aa" } else { "a" })),
        6 => Err(Fault::new(FaultKind::BadImage, "damaged")),
        7 => Err(Fault::new(FaultKind::HostFault, "the host failed")),
        8 => Err(Fault::new(FaultKind::Rejected, "the host said no")),
        5 => Err(Fault::new(FaultKind::Expired, "full")),
        9 => Err(Fault::new(FaultKind::Cancelled, "cancelled")),
        _ => Ok(good),
    }
}

proptest! {
    #![proptest_config(crate::core::tests::cases(5_120))]

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
