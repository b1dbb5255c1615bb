//! Killed at any instant and opened again: nothing is lost, nothing finished is done again.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::support::{Home, eventually};

const PICTURES: u32 = 60;

/// When every published original was made and written: both change when a file is sent again.
fn published(home: &Home) -> BTreeMap<String, (SystemTime, SystemTime)> {
    let Ok(entries) = std::fs::read_dir(home.published().join("album_1")) else { return BTreeMap::new() };
    let files = entries.filter_map(Result::ok).filter(|entry| entry.path().extension().is_some_and(|e| e == "png"));
    let seen = files.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some((entry.file_name().into_string().ok()?, (metadata.created().ok()?, metadata.modified().ok()?)))
    });
    seen.collect()
}

fn uploaded(home: &Home) -> Vec<String> {
    let names: Vec<Vec<u8>> = home.query("SELECT file FROM images WHERE state = 'uploaded'");
    names.into_iter().map(|name| String::from_utf8(name).expect("UTF-8")).collect()
}

#[test]
fn after_sigkill_the_remaining_images_and_only_they_are_uploaded() {
    let home = Home::new();
    let folder = home.pictures("album", PICTURES, 700);
    let mut done_before = BTreeMap::new();
    let mut kills = 0;
    for goal in [1, 10, 20, 30, 40, 50] {
        let mut resident = home.resident(&[folder.to_str().expect("Unicode")]);
        if goal == 1 {
            eventually("the scan ends", || (home.states() == ["ready"]).then_some(()));
            assert_eq!(home.run(&["queue", "start", "--all"]).code, 0);
        }
        eventually("some more images arrive", || (uploaded(&home).len() >= goal).then_some(()));
        resident.kill();
        kills += 1;
        let finished = uploaded(&home);
        println!("kill {kills}: {} of {PICTURES} images were done", finished.len());
        let now = published(&home);
        for (name, file) in &done_before {
            assert_eq!(now.get(name), Some(file), "{name} was finished and has been sent again");
        }
        done_before = now.into_iter().filter(|(name, _)| finished.contains(name)).collect();
        assert_eq!(done_before.len(), finished.len(), "what counts as uploaded is there");
    }
    let resident = home.resident(&[]);
    eventually("the gallery is complete", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(resident.quit(), 0);
    let after = published(&home);
    assert_eq!(after.len(), PICTURES as usize);
    for (name, file) in &done_before {
        assert_eq!(after.get(name), Some(file), "{name} was finished and has been sent again");
    }
    let folders = std::fs::read_dir(home.published()).expect("listed").filter_map(Result::ok);
    let folders: Vec<_> = folders.map(|entry| entry.file_name()).filter(|name| name != ".bbdrop-partial").collect();
    assert_eq!(folders, ["album_1"], "one host gallery");
    let check: Vec<String> = home.query("PRAGMA integrity_check");
    assert_eq!(check, ["ok"]);
    let positions: Vec<i64> = home.query("SELECT position FROM images ORDER BY position");
    assert_eq!(positions, (0..i64::from(PICTURES)).collect::<Vec<_>>());
}

#[test]
fn an_acknowledged_folder_survives_a_kill_at_once() {
    let home = Home::new();
    for round in 0..5 {
        let folder = home.pictures(&format!("f{round}"), 1, 8);
        let mut resident = home.resident(&[]);
        let answer = home.say(folder.to_str().expect("Unicode").as_bytes());
        assert!(answer.starts_with("OK added "), "{answer}");
        resident.kill();
        let names: Vec<String> = home.query("SELECT name FROM galleries ORDER BY id");
        assert_eq!(names.len(), round + 1, "{names:?}");
    }
}

#[test]
fn without_resume_on_start_it_waits_for_the_person() {
    let home = Home::new();
    let folder = home.pictures("album", 30, 700);
    assert_eq!(home.run(&["config", "set", "uploads.resume_on_start", "false"]).code, 0);
    let mut resident = home.resident(&[folder.to_str().expect("Unicode")]);
    eventually("the scan ends", || (home.states() == ["ready"]).then_some(()));
    assert_eq!(home.run(&["queue", "start", "--all"]).code, 0);
    eventually("an image arrives", || (!uploaded(&home).is_empty()).then_some(()));
    resident.kill();
    let resident = home.resident(&[]);
    assert_eq!(home.list()[0]["state"], "incomplete");
    assert_eq!(home.run(&["queue", "start", "--all"]).code, 0);
    eventually("the gallery is complete", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(resident.quit(), 0);
}
