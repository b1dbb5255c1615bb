//! Everything at once for a while: launches, raw clients, commands, residents killed and ended. At the end the queue holds
//! what was sent and nothing else, each folder once.
//!
//! A minute in the ordinary run; `scripts/prove soak` takes ten.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::support::launch::{Chance, Launch, PATIENCE_WITH_A_CROWD};
use crate::support::{Home, eventually_within};

const USUAL_SECONDS: u64 = 60;
const LAUNCHERS: usize = 5;
const RAW_CLIENTS: usize = 2;
/// New folders a second, so that a soak of hours stays small. Over that, folders go again that were sent before.
const NEW_FOLDERS: u64 = 25;
/// Between two things that one thread does.
const PAUSE_MAX: Duration = Duration::from_millis(120);
/// How long a resident may live.
const LIFE_MAX: Duration = Duration::from_millis(1500);

/// How often what was done.
#[derive(Default)]
struct Counts {
    launches: AtomicUsize,
    messages: AtomicUsize,
    commands: AtomicUsize,
    kills: AtomicUsize,
    quits: AtomicUsize,
}

/// What all threads share.
struct Soak {
    home: Home,
    started: Instant,
    whole: Duration,
    sent: Mutex<Vec<PathBuf>>,
    /// The launch of each launcher, so that it can be killed when it is the resident.
    launches: [Mutex<Option<Launch>>; LAUNCHERS],
    launchers_shall_end: AtomicBool,
    counts: Counts,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn get<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Soak {
    fn new() -> Self {
        let seconds = std::env::var("BBDROP_SOAK_SECONDS").ok();
        let seconds = seconds.map_or(USUAL_SECONDS, |seconds| seconds.parse().expect("BBDROP_SOAK_SECONDS: a number"));
        Self {
            home: Home::new(),
            started: Instant::now(),
            whole: Duration::from_secs(seconds),
            sent: Mutex::default(),
            launches: Default::default(),
            launchers_shall_end: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }

    fn is_over(&self) -> bool {
        self.started.elapsed() > self.whole
    }

    /// One that is new, or when there are many already, one that was sent before.
    fn folder(&self, chance: &Chance) -> PathBuf {
        let mut sent = get(&self.sent);
        let known = sent.get(chance.below(sent.len())).cloned();
        let has_enough = sent.len() as u64 > self.started.elapsed().as_secs() * NEW_FOLDERS;
        known.filter(|_| has_enough).unwrap_or_else(|| {
            let folder = self.home.empty_folder(&sent.len().to_string());
            sent.push(folder.clone());
            folder
        })
    }

    /// Launches with one folder or several, each of which ends with 0, unless it is killed as the resident: then it has
    /// left its folders in the inbox before.
    fn launch(&self, chance: &Chance, own: &Mutex<Option<Launch>>) {
        while !self.launchers_shall_end.load(Ordering::Relaxed) {
            let several = if chance.below(3) == 0 { 2 + chance.below(4) } else { 1 };
            let folders = (0..several).map(|_| self.folder(chance)).collect();
            *get(own) = Some(Launch::start(&self.home, folders));
            count(&self.counts.launches);
            let ended = || get(own).as_mut().is_none_or(|launch| !launch.is_running()).then_some(());
            eventually_within(self.whole + PATIENCE_WITH_A_CROWD, "the launch ends", ended);
            if let Some(mut launch) = get(own).take() {
                launch.end_well();
            }
            chance.moment(PAUSE_MAX);
        }
    }

    /// As a script does it: again until it is acknowledged.
    fn send_raw(&self, chance: &Chance) {
        while !self.is_over() {
            let folder = self.folder(chance);
            let message = folder.to_str().expect("Unicode").as_bytes();
            eventually_within(PATIENCE_WITH_A_CROWD, "the folder is acknowledged", || {
                let answer = self.home.say(message);
                let is_of_the_moment = ["ERROR stopping ", "ERROR busy "].iter().any(|error| answer.starts_with(error));
                assert!(answer.starts_with("OK ") || answer.is_empty() || is_of_the_moment, "{answer}");
                answer.starts_with("OK ").then_some(())
            });
            count(&self.counts.messages);
            chance.moment(PAUSE_MAX);
        }
    }

    /// Commands get their answer, whoever is the resident and whether there is one.
    fn command(&self, chance: &Chance) {
        while !self.is_over() {
            let args = [&["status"][..], &["status", "--json"], &["queue", "list"], &["queue", "list", "--json"]];
            let ran = self.home.run(args[chance.below(args.len())]);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            count(&self.counts.commands);
            chance.moment(PAUSE_MAX * 4);
        }
    }

    /// Residents live for a moment; most of them are killed, some are asked to end.
    fn end_residents(&self, chance: &Chance) {
        while !self.is_over() {
            chance.moment(LIFE_MAX);
            if chance.below(5) == 0 {
                self.home.ask_to_quit();
                count(&self.counts.quits);
                continue;
            }
            for launch in &self.launches {
                if let Some(launch) = get(launch).as_mut()
                    && launch.is_resident(&self.home)
                    && launch.kill()
                {
                    count(&self.counts.kills);
                }
            }
        }
    }

    /// Until the time is over and everything that was sent is acknowledged. Nobody is the resident then.
    fn run(&self, chance: &Chance) {
        std::thread::scope(|scope| {
            let start = |work: fn(&Self, &Chance)| {
                let chance = chance.branch();
                scope.spawn(move || work(self, &chance))
            };
            let start_launcher = |own| {
                let chance = chance.branch();
                scope.spawn(move || self.launch(&chance, own))
            };
            let launchers: Vec<_> = self.launches.iter().map(start_launcher).collect();
            let mut others = vec![start(Self::command), start(Self::end_residents)];
            others.extend((0..RAW_CLIENTS).map(|_| start(Self::send_raw)));
            // Raw clients need a resident, so the launchers go on until they are done.
            let went_well: Vec<_> = others.into_iter().map(|thread| thread.join().is_ok()).collect();
            self.launchers_shall_end.store(true, Ordering::Relaxed);
            eventually_within(PATIENCE_WITH_A_CROWD, "the launchers end", || {
                self.home.ask_to_quit();
                launchers.iter().all(std::thread::ScopedJoinHandle::is_finished).then_some(())
            });
            assert!(!went_well.contains(&false), "one of the threads failed");
        });
    }

    /// What is in the queue when everything has settled.
    fn settle(self) {
        let resident = self.home.resident(&[]);
        self.home.wait_for_empty_inbox();
        let sent: BTreeSet<_> = get(&self.sent).iter().cloned().collect();
        let rows = self.home.rows();
        let lost = sent.difference(&rows).count();
        let strange = rows.difference(&sent).count();
        let doubled = self.home.doubled();
        let Counts { launches, messages, commands, kills, quits } = &self.counts;
        println!(
            "figure: soak of {} s = {} folders, {} launches, {} messages, {} commands, {} kills, {} quits, lost {lost}, doubled {doubled}",
            self.whole.as_secs(),
            sent.len(),
            launches.load(Ordering::Relaxed),
            messages.load(Ordering::Relaxed),
            commands.load(Ordering::Relaxed),
            kills.load(Ordering::Relaxed),
            quits.load(Ordering::Relaxed),
        );
        assert_eq!((lost, strange, doubled), (0, 0, 0));
        assert_eq!(self.home.letters("bad").len(), 0);
        assert_eq!(resident.quit(), 0);
        self.home.check_integrity();
    }
}

#[test]
fn launches_clients_and_kills_lose_nothing() {
    let soak = Soak::new();
    soak.run(&Chance::from_environment("BBDROP_SOAK_SEED"));
    soak.settle();
}
