//! What the queue knows of folders: moved, changed, uploaded before, with sub-folders, on a drive that is nearly full.

use std::path::Path;
use std::time::Duration;

use crate::support::scripted::ScriptedHost;
use crate::support::upload_server::Kind;
use crate::support::{Home, eventually};
#[cfg(unix)]
use crate::support::{skipped, unix::SmallDrive};

/// A gallery as the resident tells of it: a moment after its database has it.
fn told(home: &Home, id: usize) -> serde_json::Value {
    home.list().get(id - 1).cloned().unwrap_or_default()
}

fn state(home: &Home, id: usize) -> String {
    told(home, id)["state"].as_str().unwrap_or_default().to_owned()
}

fn run(home: &Home, args: &[&str]) -> String {
    let ran = home.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    ran.stdout
}

#[test]
fn what_was_uploaded_before_is_recognised_and_its_links_can_be_taken() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let folder = home.albums("album", 1, 3).remove(0);
    let first = run(&home, &["--run-once", &folder, "--host", "scripted", "--output-to-stdout"]);
    run(&home, &["queue", "remove", "--all"]);
    run(&home, &["config", "set", "uploads.start_automatically", "true"]);
    let resident = home.resident(&[]);
    run(&home, &["queue", "add", &folder, "--host", "scripted"]);
    eventually("it waits for the person", || (state(&home, 1) == "ready").then_some(()));
    let reason = home.list()[0]["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("3 images were uploaded") && reason.contains("scripted"), "{reason}");
    run(&home, &["queue", "reuse", "--all"]);
    eventually("the links are there", || (state(&home, 1) == "completed").then_some(()));
    assert_eq!(host.requests(Kind::Upload), 3, "nothing was sent again");
    let id = home.list()[0]["id"].to_string();
    assert_eq!(run(&home, &["output", &id]), first);
    assert!(home.list()[0]["gallery_link"].as_str().is_some_and(|link| link.contains("/gallery/")));
    // A copy elsewhere is recognised by its content only.
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).expect("made");
    for n in 1..=3 {
        std::fs::copy(Path::new(&folder).join(format!("{n}.png")), copy.join(format!("x{n}.png"))).expect("copied");
    }
    run(&home, &["config", "set", "adding.recognise", "content"]);
    run(&home, &["queue", "add", copy.to_str().expect("Unicode"), "--host", "scripted"]);
    eventually("it is recognised", || {
        let row = home.list().pop()?;
        (row["state"] == "ready" && row["reason"].as_str()?.contains("uploaded")).then_some(())
    });
    assert_eq!(resident.quit(), 0);
}

#[test]
fn what_is_forgotten_is_uploaded_like_new() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let [folder, other] = <[String; 2]>::try_from(home.albums("album", 2, 3)).expect("two");
    for folder in [&folder, &other] {
        run(&home, &["--run-once", folder, "--host", "scripted"]);
    }
    run(&home, &["queue", "forget", "1"]);
    run(&home, &["queue", "remove", "2"]);
    run(&home, &["config", "set", "uploads.start_automatically", "true"]);
    let resident = home.resident(&[]);
    run(&home, &["queue", "add", &folder, &other, "--host", "scripted"]);
    eventually("only what was removed waits", || (home.states() == ["completed", "ready"]).then_some(()));
    assert_eq!(host.requests(Kind::Upload), 9);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_file_that_changes_after_the_scan_is_sent_as_it_is_then() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let resident = home.resident(&[]);
    let folder = home.albums("album", 1, 3).remove(0);
    run(&home, &["queue", "add", &folder, "--host", "scripted"]);
    eventually("it is scanned", || (home.states() == ["ready"]).then_some(()));
    let other = home.pictures("other", 1, 40).join("1.png");
    let file = Path::new(&folder).join("2.png");
    std::fs::copy(&other, &file).expect("changed");
    run(&home, &["queue", "start", "--all"]);
    eventually("it is complete", || (home.states() == ["completed"]).then_some(()));
    let bytes: Vec<u64> = host
        .server
        .galleries()
        .iter()
        .filter_map(|gallery| {
            host.server.images_of(&gallery.hash).get("2.png").and_then(|a| a.first()).map(|a| a.bytes)
        })
        .collect();
    assert_eq!(bytes, [file.metadata().expect("there").len()]);
    let words = run(&home, &["queue", "show", "1"]);
    assert!(words.contains("2.png, attempt 1: The file changed"), "{words}");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_folder_that_is_gone_is_looked_for_and_one_that_has_moved_can_be_said() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folders = home.albums("album", 2, 2);
    run(&home, &["queue", "add", &folders[0], &folders[1]]);
    eventually("they are scanned", || (home.count("ready") == 2).then_some(()));
    let away = home.path().join("away");
    std::fs::rename(&folders[0], &away).expect("moved");
    run(&home, &["queue", "start", "1"]);
    eventually("it is missed", || (state(&home, 1) == "missing").then_some(()));
    assert!(told(&home, 1)["reason"].as_str().is_some_and(|words| words.contains("not there")));
    std::fs::rename(&away, &folders[0]).expect("moved back");
    eventually("it goes on by itself", || (state(&home, 1) == "completed").then_some(()));
    std::fs::rename(&folders[1], &away).expect("moved");
    run(&home, &["queue", "relocate", "2", away.to_str().expect("Unicode")]);
    run(&home, &["queue", "start", "2"]);
    eventually("it is found", || (state(&home, 2) == "completed").then_some(()));
    // New files are found, what is uploaded stays.
    std::fs::copy(away.join("1.png"), away.join("3.png")).expect("copied");
    run(&home, &["queue", "rescan", "2"]);
    eventually("there is something to do", || (state(&home, 2) == "ready").then_some(()));
    let images = &told(&home, 2)["images"];
    assert_eq!((images["total"].as_u64(), images["uploaded"].as_u64()), (Some(3), Some(2)));
    run(&home, &["queue", "reset", "2"]);
    eventually("it is as new", || {
        let gallery = home.list().pop()?;
        (gallery["state"] == "ready" && gallery["images"]["uploaded"] == 0).then_some(())
    });
    assert_eq!(resident.quit(), 0);
}

#[test]
fn sub_folders_are_galleries_and_picked_images_are_one() {
    let home = Home::new();
    let album = home.albums("album", 1, 3).remove(0);
    home.pictures("album-0/inner", 2, 8);
    run(&home, &["queue", "add", &album]);
    let names = |home: &Home| home.query::<String>("SELECT name FROM galleries ORDER BY id");
    assert_eq!(names(&home), ["album-0", "inner"]);
    run(&home, &["queue", "remove", "--all"]);
    run(&home, &["config", "set", "adding.subfolders", "ignore"]);
    let picked = ["1.png", "3.png"].map(|name| Path::new(&album).join(name).to_str().expect("Unicode").to_owned());
    run(&home, &["queue", "add", &picked[0], &picked[1], "--name", "Two of them"]);
    assert_eq!(names(&home), ["Two of them"]);
    let resident = home.resident(&[]);
    eventually("it is scanned", || (home.states() == ["ready"]).then_some(()));
    let files: Vec<String> = home.query("SELECT CAST(file AS TEXT) FROM images ORDER BY position");
    assert_eq!(files, ["1.png", "3.png"]);
    assert_eq!(resident.quit(), 0);
}

#[cfg(unix)]
#[test]
fn little_space_holds_uploads_and_says_so() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 16 * 1024 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    let folder = home.albums("album", 1, 2).remove(0);
    let ran = home.run(&["--run-once", &folder]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("200 MiB are kept free"), "{ran:?}");
    run(&home, &["config", "set", "uploads.disk_reserve", "1"]);
    run(&home, &["--run-once", &folder]);
    assert_eq!(home.states(), ["completed"]);
}

#[test]
fn settings_of_hosts_are_kept_and_do_something() {
    let home = Home::new();
    let host = ScriptedHost::start(&home, "scripted", Duration::ZERO);
    let folder = home.albums("album", 1, 2).remove(0);
    run(&home, &["hosts", "set", "scripted", "enabled", "false"]);
    let ran = home.run(&["--run-once", &folder, "--host", "scripted"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("switched off"), "{ran:?}");
    run(&home, &["hosts", "set", "scripted", "enabled", "true"]);
    run(&home, &["hosts", "set", "scripted", "bandwidth_limit", "100"]);
    assert!(run(&home, &["hosts", "show", "scripted"]).contains("bandwidth_limit = 100\n"));
    let ran = home.run(&["hosts", "set", "scripted", "galleries_at_once", "9"]);
    assert!(ran.code == 2 && ran.stderr.contains("from 1 to 4"), "{ran:?}");
    let large = home.pictures("large", 1, 300);
    let bytes = large.join("1.png").metadata().expect("there").len();
    let began = std::time::Instant::now();
    run(&home, &["--run-once", large.to_str().expect("Unicode"), "--host", "scripted"]);
    let least = Duration::from_millis(bytes * 1000 / (100 * 1024) * 6 / 10);
    assert!(began.elapsed() >= least, "{bytes} bytes in {:?}", began.elapsed());
    assert_eq!(host.requests(Kind::Upload), 1);
    run(&home, &["config", "set", "uploads.host", "scripted"]);
    assert_eq!(home.run(&["config", "set", "uploads.host", "nowhere"]).code, 2);
    run(&home, &["queue", "add", &home.albums("next", 1, 1).remove(0)]);
    assert_eq!(home.list().last().expect("there")["host"], "scripted");
}
