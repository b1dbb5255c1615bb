//! Launches by the hundred, and residents that are killed, stopped or ending meanwhile: no folder is lost, none is there
//! twice, and no launch ends with anything but 0.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::support::launch::{Chance, Launch, PATIENCE_WITH_A_CROWD};
use crate::support::unix::{Gate, stop, wake};
use crate::support::{Home, eventually, eventually_within, tenth_of, wait};

/// One crowd at a time: together they would be a thousand processes.
static CROWD: Mutex<()> = Mutex::new(());

/// Launches of each crowd.
fn crowds() -> impl Iterator<Item = usize> {
    (0..tenth_of(10)).flat_map(|_| [1, 15, 100, 500])
}

/// The longest that a launch may take when the resident does not answer.
const GIVE_UP_MAX: Duration = Duration::from_secs(20);

/// Launches in a burst during which the resident is killed.
const BURST: usize = 12;

fn folders_of(launches: &[Launch]) -> BTreeSet<PathBuf> {
    launches.iter().flat_map(|launch| launch.folders.clone()).collect()
}

/// Launches with a folder each, of which all exist before the first one begins. They may begin while the gate is held.
fn launch_at_once(home: &Home, count: usize) -> (Vec<Launch>, File) {
    let gate = Gate::new(home);
    let start = |n: usize| Launch::start_behind(&gate, home, vec![home.empty_folder(&n.to_string())]);
    let mut launches: Vec<_> = (0..count).map(start).collect();
    assert!(launches.iter_mut().all(Launch::is_running), "{count} processes at once");
    (launches, gate.open())
}

/// Waits until at most `residents` launches go on; the others have ended with 0, unless they were killed.
fn all_end_but(residents: usize, launches: &mut [Launch]) {
    eventually_within(PATIENCE_WITH_A_CROWD, "the launches end", || {
        let running = launches.iter_mut().filter_map(|launch| launch.is_running().then_some(()));
        (running.count() <= residents).then_some(())
    });
    for launch in launches {
        if !launch.is_running() {
            launch.end_well();
        }
    }
}

/// One of them becomes the resident, every folder is in the queue once, everybody ends with 0.
fn check_cold(home: &Home, count: usize) {
    let (mut launches, _gate) = launch_at_once(home, count);
    all_end_but(1, &mut launches);
    home.holds_exactly(&folders_of(&launches));
    assert_eq!(launches.iter_mut().filter_map(|launch| launch.is_resident(home).then_some(())).count(), 1);
    assert_eq!(home.run(&["quit"]).code, 0);
    all_end_but(0, &mut launches);
    home.check_integrity();
}

#[test]
fn any_number_of_cold_launches_makes_one_resident_and_loses_nothing() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    for count in crowds() {
        check_cold(&Home::new(), count);
    }
}

#[test]
fn any_number_of_launches_after_a_crash_makes_one_resident_and_loses_nothing() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    for count in crowds() {
        let home = Home::new();
        home.resident(&[]).kill();
        assert!(home.data().join("resident.json").exists(), "it names doors that nobody opens");
        check_cold(&home, count);
    }
}

#[test]
fn any_number_of_launches_hands_over_to_the_resident_there_is() {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    for count in crowds() {
        let home = Home::new();
        let resident = home.resident(&[]);
        let (mut launches, _gate) = launch_at_once(&home, count);
        all_end_but(0, &mut launches);
        home.holds_exactly(&folders_of(&launches));
        assert_eq!(home.status()["pid"], resident.child.id());
        assert_eq!(resident.quit(), 0);
        home.check_integrity();
    }
}

/// Launches that come and go while residents are killed.
struct Siege<'a> {
    home: &'a Home,
    chance: Chance,
    launches: Vec<Launch>,
    folders: usize,
    kills: usize,
    again: usize,
}

impl Siege<'_> {
    fn launch(&mut self) {
        let first = self.folders;
        self.folders += 1 + self.chance.below(3);
        let folders = (first..self.folders).map(|n| self.home.empty_folder(&n.to_string())).collect();
        self.launches.push(Launch::start(self.home, folders));
    }

    fn kill_resident(&mut self) {
        for launch in &mut self.launches {
            if launch.is_resident(self.home) && launch.kill() {
                launch.was_resident = true;
                self.kills += 1;
            }
        }
    }

    /// Kills any launch; when it has not got as far as leaving its folders anywhere, they count as never sent.
    fn kill_somebody(&mut self) {
        let victim = self.chance.below(self.launches.len());
        if self.launches[victim].kill() {
            self.kills += 1;
        }
    }

    fn burst(&mut self) {
        for _ in 0..BURST {
            self.launch();
            match self.chance.below(10) {
                0..3 => {
                    self.chance.moment(Duration::from_millis(30));
                    self.kill_resident();
                }
                3 => {
                    self.chance.moment(Duration::from_millis(10));
                    self.kill_somebody();
                }
                _ => {}
            }
        }
        self.chance.moment(Duration::from_millis(100));
        self.kill_resident();
    }

    /// What was acknowledged is there at once, without anybody's help; the rest is when a resident has looked around.
    fn check(&mut self) {
        all_end_but(1, &mut self.launches);
        let rows = self.home.rows();
        for launch in &self.launches {
            let acknowledged = !launch.is_killed && launch.stderr().contains("added to the queue.");
            let missing: Vec<_> = launch.folders.iter().filter(|folder| !rows.contains(*folder)).collect();
            assert!(!acknowledged || missing.is_empty(), "missing: {missing:?}: {}", launch.stderr());
        }
        if !self.launches.iter_mut().any(Launch::is_running) {
            self.launches.push(Launch::start(self.home, Vec::new()));
        }
        self.home.wait_for_resident();
        self.home.wait_for_empty_inbox();
        let rows = self.home.rows();
        let home = self.home;
        for launch in &mut self.launches {
            let is_there = launch.folders.iter().all(|folder| rows.contains(folder));
            // A resident has left its folders in the inbox before it says that it is one.
            assert!(is_there || launch.is_killed && !launch.was_resident, "lost: {:?}", launch.folders);
            if !is_there {
                self.again += 1;
                Launch::start(home, launch.folders.clone()).end_well();
            }
        }
        self.home.holds_exactly(&(0..self.folders).map(|n| self.home.empty_folder(&n.to_string())).collect());
        self.launches.retain_mut(Launch::is_running);
    }
}

#[test]
fn a_resident_killed_between_any_two_steps_loses_nothing() {
    let home = Home::new();
    let chance = Chance::from_environment("BBDROP_KILL_SEED");
    let mut siege = Siege { home: &home, chance, launches: Vec::new(), folders: 0, kills: 0, again: 0 };
    let bursts = tenth_of(120);
    for _ in 0..bursts {
        siege.burst();
        siege.check();
    }
    let Siege { mut launches, folders, kills, again, .. } = siege;
    println!("figure: {} launches, {folders} folders, {kills} kills, {again} launches sent again", bursts * BURST);
    assert!(kills >= bursts / 2, "only {kills} kills");
    assert_eq!(home.run(&["quit"]).code, 0);
    all_end_but(0, &mut launches);
    home.check_integrity();
}

#[test]
fn a_cold_launch_killed_once_its_folder_is_in_the_inbox_has_not_lost_it() {
    let home = Home::new();
    assert_eq!(home.list().len(), 0, "there is a database");
    let mut folders = BTreeSet::new();
    for round in 0..tenth_of(50) {
        // While the database is held by somebody else, the launch gets no further than this.
        let database = rusqlite::Connection::open(home.data().join("bbdrop.db")).expect("opened");
        database.execute_batch("BEGIN IMMEDIATE").expect("held");
        let folder = home.empty_folder(&round.to_string());
        let mut launch = Launch::start(&home, vec![folder.clone()]);
        eventually("its folder is in the inbox", || (home.letters("json").len() > round).then_some(()));
        assert!(launch.kill(), "it was still there");
        folders.insert(folder);
        assert!(home.rows().is_empty(), "nothing is in the queue yet");
    }
    let resident = home.resident(&[]);
    home.holds_exactly(&folders);
    assert_eq!(resident.quit(), 0);
    home.check_integrity();
}

#[test]
fn launches_give_up_on_a_stopped_resident_which_finds_their_folders_when_it_goes_on() {
    let home = Home::new();
    let resident = home.resident(&[]);
    stop(resident.child.id());
    let named = [&["a"][..], &["b"], &["c", "d", "e"], &["f"], &["f"], &["g"]];
    let launch = |names: &&[&str]| Launch::start(&home, names.iter().map(|name| home.empty_folder(name)).collect());
    let mut launches: Vec<_> = named.iter().map(launch).collect();
    all_end_but(0, &mut launches);
    for launch in &launches {
        assert!(launch.took <= GIVE_UP_MAX, "{:?}: {:?}", launch.folders, launch.took);
        let galleries = if launch.folders.len() == 1 { "1 gallery" } else { "3 galleries" };
        let words = format!("BBDrop does not answer at the moment. {galleries} will be added as soon as it does.\n");
        assert_eq!(launch.stderr(), words);
    }
    assert_eq!(home.letters("json").len(), launches.len());
    wake(resident.child.id());
    home.holds_exactly(&folders_of(&launches));
    assert_eq!(resident.quit(), 0);
    home.check_integrity();
}

#[test]
fn a_launch_in_the_middle_of_a_shutdown_loses_nothing() {
    let home = Home::new();
    let chance = Chance::from_environment("BBDROP_QUIT_SEED");
    let mut launches = Vec::new();
    let mut quits: Vec<Child> = Vec::new();
    for n in 0..tenth_of(400) {
        launches.push(Launch::start(&home, vec![home.empty_folder(&n.to_string())]));
        chance.moment(Duration::from_millis(60));
        if chance.below(3) > 0 {
            quits.push(home.bbdrop(&["quit"]).stderr(Stdio::null()).spawn().expect("it starts"));
            chance.moment(Duration::from_millis(30));
        }
    }
    for mut quit in quits {
        // 5: nobody was there to be ended.
        let code = wait(&mut quit).code();
        assert!([Some(0), Some(5)].contains(&code), "{code:?}");
    }
    eventually_within(PATIENCE_WITH_A_CROWD, "every launch ends", || {
        home.ask_to_quit();
        launches.iter_mut().all(|launch| !launch.is_running()).then_some(())
    });
    all_end_but(0, &mut launches);
    let resident = home.resident(&[]);
    home.holds_exactly(&folders_of(&launches));
    assert_eq!(resident.quit(), 0);
    home.check_integrity();
}
