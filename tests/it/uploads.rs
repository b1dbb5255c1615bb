//! Uploads to a real server by the real program: killed, on a bad day, to several hosts at once.

#[cfg(unix)]
mod unix;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use crate::support::launch::Chance;
use crate::support::scripted::ScriptedHost;
use crate::support::upload_server::{Fault, Faults, Kind, Latency, Matching, Random};
use crate::support::{Home, tenth_of};

const GALLERIES: usize = 20;
const IMAGES: u32 = 30;
/// Images in flight at once.
const IN_FLIGHT: usize = 4;

/// Starts a resident, lets it work for a random moment, kills it.
fn live_and_die(home: &Home, chance: &Chance, most: Duration) {
    let mut resident = home.start(home.bbdrop(&["--headless"]).stdout(Stdio::null()).stderr(Stdio::inherit()));
    chance.moment(most);
    resident.kill();
}

/// Kill by kill: never more is sent again than what was in flight at those there were.
fn check_repeats(host: &ScriptedHost, kills: usize) {
    let again: usize = host.stored().values().map(|times| times - 1).sum();
    assert!(again <= kills * IN_FLIGHT, "{again} images were sent again in {kills} kills");
}

/// What must hold however often the program was killed.
fn check_everything_arrived(home: &Home, host: &ScriptedHost, images: usize, kills: usize) {
    let stored = host.stored();
    assert_eq!(stored.len(), images, "every image is at the server");
    let again: Vec<_> = stored.iter().filter(|(_, times)| **times > 1).collect();
    let times: usize = again.iter().map(|(_, times)| **times - 1).sum();
    println!("figure: images sent again in {kills} kills = {times}");
    assert!(times <= kills * IN_FLIGHT, "{times} images were sent again in {kills} kills");
    let recorded: Vec<String> = home.query(
        "SELECT galleries.name || '/' || CAST(images.file AS TEXT) FROM attempts
         JOIN galleries ON galleries.id = attempts.gallery_id
         JOIN images ON images.gallery_id = attempts.gallery_id AND images.position = attempts.position
         WHERE attempts.attempt = 0",
    );
    for ((gallery, file), times) in again {
        let named = recorded.iter().filter(|name| **name == format!("{gallery}/{file}")).count();
        assert!(named >= times - 1, "{gallery}/{file} was sent {times} times, {named} are on record");
    }
    for (name, galleries) in host.galleries_with_images() {
        assert_eq!(galleries.len(), 1, "{name} is in one gallery of the host");
    }
    let integrity: Vec<String> = home.query("PRAGMA integrity_check");
    assert_eq!(integrity, ["ok"]);
}

/// The output of a gallery names its pictures in source order.
fn check_output(home: &Home, id: i64, images: u32) {
    let ran = home.run(&["output", &id.to_string()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let places: Vec<_> = (1..=images).map(|n| ran.stdout.find(&format!("/{n}.png]"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", ran.stdout);
}

#[test]
fn kills_lose_nothing_and_repeat_only_what_was_in_flight() {
    let home = Home::new();
    let kills_max = tenth_of(200);
    let chance = Chance::from_environment("BBDROP_KILL_SEED");
    let host = ScriptedHost::start(&home, "scripted", Duration::from_millis(25));
    let mut kills = 0;
    let mut rounds = 0;
    while kills < kills_max {
        let folders = home.albums(&format!("round{rounds}"), GALLERIES, IMAGES);
        home.upload(&folders, host.id);
        rounds += 1;
        while kills < kills_max && home.count("completed") < rounds * GALLERIES {
            live_and_die(&home, &chance, Duration::from_millis(150));
            kills += 1;
            check_repeats(&host, kills);
        }
    }
    let resident = home.resident(&[]);
    home.wait_until_settled(Duration::from_mins(2));
    assert_eq!(home.count("completed"), rounds * GALLERIES, "{:?}", home.states());
    assert_eq!(resident.quit(), 0);
    check_everything_arrived(&home, &host, rounds * GALLERIES * IMAGES as usize, kills);
    for id in home.query::<i64>("SELECT id FROM galleries") {
        check_output(&home, id, IMAGES);
    }
}

#[test]
fn a_host_that_can_be_asked_is_not_sent_again_what_it_has() {
    let home = Home::new();
    let chance = Chance::from_environment("BBDROP_FIND_SEED");
    let host = ScriptedHost::start_with_list(&home, "scripted", Duration::from_millis(25));
    let kills = tenth_of(300);
    let folders = home.albums("found", kills / 7, IMAGES);
    home.upload(&folders, host.id);
    for _ in 0..kills {
        live_and_die(&home, &chance, Duration::from_millis(120));
    }
    let resident = home.resident(&[]);
    home.wait_until_settled(Duration::from_mins(1));
    assert_eq!(home.count("completed"), folders.len(), "{:?}", home.states());
    assert_eq!(resident.quit(), 0);
    check_everything_arrived(&home, &host, folders.len() * IMAGES as usize, kills);
    let again: usize = host.stored().values().map(|times| times - 1).sum();
    // One that the server had not finished with when it was asked may come twice.
    assert!(again < kills, "{again} images were sent again though the host has them");
}

#[test]
fn a_bad_day_at_the_host_ends_every_image_with_a_link_or_a_reason() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let mut faults = Fault::bad_day();
    let stall = |after_bytes| Fault::Stall { after_bytes, time_max: Duration::from_secs(5) };
    faults.extend([401, 413, 507].map(|status| Fault::status(status, "not today")));
    faults.extend([Fault::Challenge, Fault::UrlsWithoutName, stall(None), stall(Some(50))]);
    let random = Random { matching: Matching::default(), percent: 20, seed: 7, faults };
    let latency = Latency::all(Duration::from_millis(2));
    host.server.set(Faults { random: Some(random), latency, ..Faults::default() });
    let resident = home.resident(&[]);
    assert_eq!(home.run(&["hosts", "set", host.id, "idle_timeout", "1"]).code, 0);
    let folders = home.albums("album", 100, 6);
    home.upload(&folders, host.id);
    home.wait_until_settled(Duration::from_mins(4));
    for gallery in home.list() {
        let (images, reason) = (&gallery["images"], &gallery["reason"]);
        let settled = ["completed", "incomplete", "failed"].contains(&gallery["state"].as_str().expect("a state"));
        assert!(settled, "{gallery}");
        assert!(gallery["state"] == "completed" || reason.as_str().is_some_and(|words| words.len() > 10), "{gallery}");
        assert!(images["uploaded"].as_u64().is_some(), "{gallery}");
    }
    let silent: Vec<i64> = home.query(
        "SELECT count(*) FROM images JOIN galleries ON galleries.id = gallery_id
         WHERE images.state NOT IN ('uploaded', 'failed', 'skipped') AND galleries.state <> 'failed'
         OR images.state = 'failed' AND length(images.reason) < 10",
    );
    // Where the host refused to open the gallery at all, its reason is that of all its images.
    assert_eq!(silent, [0], "every image has a link or a reason");
    let done: Vec<i64> = home.query("SELECT count(*) FROM images WHERE state = 'uploaded'");
    println!("figure: images of 600 uploaded on a bad day = {}", done[0]);
    assert!(done[0] > 450, "{done:?}");
    let asked = host.server.received().len();
    println!("figure: requests on a bad day = {asked}, most in a second = {}", host.server.requests_per_second_max());
    assert!(asked < 2_500, "a busy loop: {asked} requests");
    let waits: Vec<i64> = home.query("SELECT count(*) FROM attempts WHERE again_at > at");
    assert!(waits[0] > 20, "the waits are on record: {waits:?}");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn three_hosts_at_once_with_kills_between_put_no_image_into_a_wrong_gallery() {
    let home = Home::new();
    let chance = Chance::from_environment("BBDROP_HOSTS_SEED");
    let hosts = ["one", "two", "three"].map(|id| ScriptedHost::start(&home, id, Duration::from_millis(10)));
    let kills = tenth_of(120);
    let albums = kills / 2;
    let folders: Vec<Vec<String>> = hosts.iter().map(|host| home.albums(host.id, albums, 20)).collect();
    for n in 0..albums {
        for (host, folders) in hosts.iter().zip(&folders) {
            home.upload(&folders[n..=n], host.id);
        }
    }
    for _ in 0..kills {
        live_and_die(&home, &chance, Duration::from_millis(250));
    }
    let resident = home.resident(&[]);
    home.wait_until_settled(Duration::from_mins(2));
    assert_eq!(home.count("completed"), 3 * albums, "{:?}", home.list());
    assert_eq!(resident.quit(), 0);
    for host in &hosts {
        let expected = (0..albums).flat_map(|n| (1..=20).map(move |image| (n, image)));
        let expected = expected.map(|(n, image)| (format!("{}-{n}", host.id), format!("{image}.png")));
        let stored: BTreeMap<_, _> = host.stored();
        assert_eq!(stored.keys().cloned().collect::<std::collections::BTreeSet<_>>(), expected.collect());
        assert!(host.galleries_with_images().values().all(|galleries| galleries.len() == 1));
        assert!(host.requests(Kind::Close) >= albums);
    }
}

#[test]
fn an_unknown_host_is_4_and_a_held_one_says_why() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let folder = home.albums("album", 1, 2).remove(0);
    let ran = home.run(&["--run-once", &folder, "--host", "nowhere"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("nowhere") && ran.stderr.contains("scripted"), "{ran:?}");
    let random =
        Random { matching: Matching::default(), percent: 100, seed: 1, faults: vec![Fault::status(401, "Wrong key")] };
    host.server.set(Faults { random: Some(random), ..Faults::default() });
    let ran = home.run(&["--run-once", &folder, "--host", "scripted", "--output-to-stdout"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
    assert!(ran.stderr.contains("Wrong key"), "{ran:?}");
    host.server.set(Faults::default());
    let ran = home.run(&["--run-once", &folder, "--host", "scripted", "--output-to-stdout"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("[url=").count(), 2);
}
