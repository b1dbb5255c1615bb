//! A day in a moment: queues in simulated time, described by the files in `tests/data/queues`. One file, one test case.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::core::gallery::Session;
use crate::core::host::Limits;
use crate::core::{Choices, Closed, Command, FaultKind, Folder, Image, ImageLinks, Selection, Sent};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    /// What it shows.
    about: String,
    /// RFC 3339.
    start: String,
    /// IANA name of the time zone; times of day are of it.
    zone: String,
    /// How long every request takes.
    #[serde(default = "fifty")]
    latency_ms: i64,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    host: Vec<HostOfScene>,
    gallery: Vec<GalleryOfScene>,
    #[serde(default)]
    fault: Vec<FaultOfScene>,
    #[serde(default)]
    disk: Vec<DiskOfScene>,
    #[serde(default)]
    clock: Vec<ClockOfScene>,
    #[serde(default)]
    command: Vec<CommandOfScene>,
    expect: Vec<Expectation>,
}

const fn fifty() -> i64 {
    50
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostOfScene {
    id: String,
    #[serde(default)]
    requests_per_second: Option<u32>,
    #[serde(default)]
    requests_per_hour: Option<u32>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// So many galleries alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GalleryOfScene {
    host: String,
    #[serde(default = "one")]
    count: u32,
    images: u32,
}

const fn one() -> u32 {
    1
}

/// What a host answers to its requests from the `first` to the `last` (from 1).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOfScene {
    host: String,
    first: usize,
    last: usize,
    kind: FaultKind,
    #[serde(default)]
    wait_s: Option<i64>,
}

/// From then on so much is free.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiskOfScene {
    after_s: i64,
    free_mib: u64,
}

/// The clock is set then, by so much.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOfScene {
    after_s: i64,
    by_s: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandOfScene {
    after_s: i64,
    /// `pause`, `start`, or `resume HOST`.
    run: String,
}

/// What is so at a moment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    after_s: i64,
    /// Images uploaded, by host.
    #[serde(default)]
    uploaded: BTreeMap<String, u32>,
    /// Galleries in a state.
    #[serde(default)]
    states: BTreeMap<GalleryState, usize>,
    /// The limit in bytes per second, by host; `all` is that of all together; 0 is none.
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    /// Why a host's galleries wait, in part; empty is that they do not.
    #[serde(default)]
    waits_for: BTreeMap<String, String>,
    /// Most requests in any second and in any hour until then, by host.
    #[serde(default)]
    requests_per_second_max: BTreeMap<String, usize>,
    #[serde(default)]
    requests_per_hour_max: BTreeMap<String, usize>,
}

/// The world of a scene.
struct World {
    queue: Queue,
    scene: Scene,
    /// As it passes, whatever the clock shows.
    now: Millis,
    /// By how much the clock is off.
    clock_off: Millis,
    /// When the timer fires that was set after the last step.
    timer: Option<Millis>,
    /// What comes when; in order of coming for the same time.
    coming: BTreeMap<(Millis, u64), Event>,
    number: u64,
    images: BTreeMap<GalleryId, Vec<Image>>,
    requests: BTreeMap<String, Vec<Millis>>,
    limits: BTreeMap<String, u64>,
    steps: usize,
}

impl World {
    fn new(scene: Scene) -> Self {
        let facts = |host: &HostOfScene| HostFacts {
            limits: Limits {
                requests_per_second: host.requests_per_second,
                requests_per_hour: host.requests_per_hour,
                ..Limits::default()
            },
            ..HostFacts::named(&host.id, &host.id)
        };
        let mut stored = Stored::default();
        for (key, value) in &scene.settings {
            stored.settings.set(key, value).expect("a setting");
        }
        for host in &scene.host {
            let settings = stored.host_settings.entry(host.id.clone()).or_default();
            host.settings.iter().for_each(|(key, value)| settings.set(&[], key, value).expect("a setting of a host"));
        }
        let zone = TimeZone::get(&scene.zone).expect("a time zone");
        let (queue, _) = Queue::restore(stored, scene.host.iter().map(facts).collect(), zone, Scope::All);
        let now = moment(&scene.start);
        let mut world = Self {
            queue,
            scene,
            now,
            clock_off: 0,
            timer: None,
            coming: BTreeMap::new(),
            number: 0,
            images: BTreeMap::new(),
            requests: BTreeMap::new(),
            limits: BTreeMap::new(),
            steps: 0,
        };
        world.add_galleries();
        world
    }

    fn add_galleries(&mut self) {
        for gallery in std::mem::take(&mut self.scene.gallery) {
            for _ in 0..gallery.count {
                let choices = Choices { start: true, host: Some(gallery.host.clone()), ..Choices::default() };
                let name = format!("{}-{}-{}", gallery.host, gallery.images, self.number);
                let command = Command::Add { paths: vec![PathBuf::from(name)], choices };
                self.command(command);
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.step(Event::Command { ticket: Ticket(self.number), command });
    }

    fn run_until(&mut self, end: Millis) {
        loop {
            let coming = self.coming.keys().next().map(|(at, _)| *at);
            let Some(at) = [coming, self.timer].into_iter().flatten().min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            let event = match self.coming.first_entry() {
                Some(entry) if entry.key().0 <= self.now => entry.remove(),
                _ => Event::Timer,
            };
            self.step(event);
        }
        self.now = end;
    }

    fn step(&mut self, event: Event) {
        self.steps += 1;
        assert!(self.steps < 2_000_000, "{}: a busy loop", self.scene.about);
        let effects = self.queue.step(event, self.clock());
        self.timer = self.queue.next_deadline().map(|at| at - self.clock_off);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn clock(&self) -> Millis {
        self.now + self.clock_off
    }

    fn answer(&mut self, after_ms: Millis, event: Event) {
        self.number += 1;
        self.coming.insert((self.now + after_ms, self.number), event);
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Write(write) => self.write(write),
            Effect::Resolve { ticket, paths, choices, .. } => {
                let folder = |path: PathBuf| vec![Ok(Folder { key: path.clone(), path, chosen: None })];
                let folders = paths.into_iter().map(folder).collect();
                self.answer(0, Event::Resolved { ticket, folders, choices });
            }
            Effect::Scan { gallery, .. } => {
                let images = found(&gallery.folder.path);
                let outcome = Ok(Scan::Found(Found { images, ..Found::default() }));
                self.answer(1, Event::Scanned { gallery: gallery.id, outcome });
            }
            Effect::Claim { gallery, image } => self.answer(1, Event::Claimed { gallery, image }),
            Effect::MeasureDisk => {
                let since = self.now - moment(&self.scene.start);
                let free = self.scene.disk.iter().rfind(|disk| disk.after_s * 1000 <= since).map(|disk| disk.free_mib);
                self.answer(1, Event::DiskMeasured(free.or(Some(1_000_000))));
            }
            Effect::Throttle { host, bytes_per_second } => {
                self.limits.insert(host.unwrap_or_else(|| "all".to_owned()), bytes_per_second.unwrap_or(0));
            }
            Effect::Begin { gallery, .. } => {
                let images = self.images.get(&gallery.id).cloned().unwrap_or_default();
                let outcome = self.request(&gallery.host).map(|()| Begun {
                    session: Session("s".to_owned()),
                    images,
                    first_alone: false,
                });
                self.answer(self.scene.latency_ms, Event::Begun { gallery: gallery.id, outcome });
            }
            Effect::Upload(order) => {
                let links = ImageLinks { link: "l".to_owned(), ..ImageLinks::default() };
                let outcome = self.request(&order.gallery.host).map(|()| Sent::with(links));
                let (gallery, image) = (order.gallery.id, order.image.position);
                let outcome = outcome.map_err(Failure::Fault);
                self.answer(self.scene.latency_ms, Event::Transferred { gallery, image, outcome });
            }
            Effect::Close { gallery, .. } => {
                let outcome =
                    self.request(&gallery.host).map(|()| Closed { link: "page".to_owned(), ..Closed::default() });
                self.answer(self.scene.latency_ms, Event::Closed { gallery: gallery.id, outcome });
            }
            _ => {}
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::PutImages(id, images) => drop(self.images.insert(id, images)),
            Write::PutImage(id, image) => {
                let stored = self.images.get_mut(&id).and_then(|images| images.get_mut(image.position as usize));
                *stored.expect("scanned") = *image;
            }
            _ => {}
        }
    }

    fn request(&mut self, host: &str) -> Result<(), Fault> {
        let requests = self.requests.entry(host.to_owned()).or_default();
        requests.push(self.now);
        let number = requests.len();
        let is_it = |fault: &&FaultOfScene| fault.host == host && (fault.first..=fault.last).contains(&number);
        match self.scene.fault.iter().find(is_it) {
            Some(FaultOfScene { kind, wait_s, .. }) => {
                Err(Fault::new(*kind, kind.name()).with_wait_ms(wait_s.map(|seconds| seconds * 1000)))
            }
            None => Ok(()),
        }
    }

    fn check(&self, expected: &Expectation) {
        let about = format!("{}, after {} s", self.scene.about, expected.after_s);
        for (host, count) in &expected.uploaded {
            let images = self.queue.galleries().filter(|gallery| gallery.host == *host);
            assert_eq!(
                images.map(|gallery| gallery.tally.uploaded).sum::<u32>(),
                *count,
                "{about}: uploaded to {host}"
            );
        }
        for (state, count) in &expected.states {
            let here = self.queue.galleries().filter(|gallery| gallery.state == *state).count();
            assert_eq!(here, *count, "{about}: {}", state.name());
        }
        for (host, limit) in &expected.limits {
            assert_eq!(self.limits.get(host).copied().unwrap_or(0), *limit, "{about}: limit of {host}");
        }
        for (host, words) in &expected.waits_for {
            let rows = self.queue.hosts(self.clock());
            let row = rows.iter().find(|row| row.id == *host).expect("a host");
            let waits_for = row.waits_for.clone().or_else(|| self.queue.holds_everything()).unwrap_or_default();
            let fits = if words.is_empty() { waits_for.is_empty() } else { waits_for.contains(words) };
            assert!(fits, "{about}: {host} waits for “{waits_for}”");
        }
        let most = [(1_000, &expected.requests_per_second_max), (3_600_000, &expected.requests_per_hour_max)];
        for (period, hosts) in most {
            for (host, most) in hosts {
                assert_eq!(most_in(&self.requests[host], period), *most, "{about}: requests in {period} ms at {host}");
            }
        }
    }
}

fn found(folder: &Path) -> Vec<FoundImage> {
    let name = folder.to_string_lossy();
    let count: u32 = name.rsplit('-').nth(1).and_then(|count| count.parse().ok()).expect("as it was named");
    let image = |n| FoundImage { file: format!("{n}.jpg").into(), bytes: 1, modified_at: 0, pixels: Ok((1, 1)) };
    (0..count).map(image).collect()
}

/// The most of `times` that are in any window of `period`.
fn most_in(times: &[Millis], period: Millis) -> usize {
    let mut window = VecDeque::new();
    let mut most = 0;
    for at in times {
        window.push_back(*at);
        while window.front().is_some_and(|first| at - first >= period) {
            window.pop_front();
        }
        most = most.max(window.len());
    }
    most
}

fn moment(text: &str) -> Millis {
    text.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

fn play(scene: Scene) {
    let start = moment(&scene.start);
    let mut world = World::new(scene);
    let commands = std::mem::take(&mut world.scene.command);
    let expectations = std::mem::take(&mut world.scene.expect);
    let clocks = std::mem::take(&mut world.scene.clock);
    let mut times: Vec<Millis> = commands.iter().map(|command| command.after_s).collect();
    times.extend(expectations.iter().map(|expected| expected.after_s));
    times.extend(clocks.iter().map(|clock| clock.after_s));
    times.sort_unstable();
    times.dedup();
    for time in times {
        world.run_until(start + time * 1000);
        // First what is so, then what is done.
        expectations.iter().filter(|expected| expected.after_s == time).for_each(|expected| world.check(expected));
        for clock in clocks.iter().filter(|clock| clock.after_s == time) {
            world.clock_off += clock.by_s * 1000;
        }
        for command in commands.iter().filter(|command| command.after_s == time) {
            world.command(match command.run.split_once(' ') {
                Some(("resume", host)) => Command::ResumeHost(host.to_owned()),
                None if command.run == "pause" => Command::Pause(Selection::all()),
                None if command.run == "start" => Command::Start(Selection::all()),
                _ => panic!("{command:?}"),
            });
        }
    }
}

#[test]
fn every_scene_goes_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/queues");
    let mut count = 0;
    for entry in folder.read_dir().expect("there").flatten() {
        let path = entry.path();
        let scene = std::fs::read_to_string(&path).expect("read");
        match toml::from_str(&scene) {
            Ok(scene) => play(scene),
            Err(error) => panic!("{}: {error}", path.display()),
        }
        count += 1;
    }
    assert!(count >= 5, "only {count} scenes");
}
