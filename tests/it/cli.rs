//! The command line: commands, JSON shapes, exit codes; with a resident and without.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Home, eventually};

fn pictures(home: &Home, name: &str, count: u32, edge: u32) -> String {
    home.pictures(name, count, edge).to_str().expect("Unicode").to_owned()
}

#[test]
fn usage_errors_are_2_and_help_is_0() {
    let home = Home::new();
    for args in [&["--run-once"][..], &["--nonsense"], &["queue", "start"], &["queue", "start", "x"], &["output"]] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.stderr.is_empty()), (2, false), "{args:?} {ran:?}");
    }
    for args in [&["--help"][..], &["--version"], &["queue", "--help"]] {
        assert_eq!(home.run(args).code, 0, "{args:?}");
    }
    assert!(!home.data().exists(), "nothing of this needs a data directory");
}

#[test]
fn the_data_directory_may_stand_before_the_command() {
    let home = Home::new();
    let other = home.path().join("other");
    let other = other.to_str().expect("Unicode");
    assert_eq!(home.run(&["--data-dir", other, "quit"]).code, 5);
    assert_eq!(home.run(&["--data-dir", other, "queue", "list", "--json"]).stdout, "[]\n");
    assert_eq!(home.run(&["queue", "list", "--json", "--data-dir", other]).stdout, "[]\n");
    assert!(!home.data().exists());
    assert_eq!(home.run(&["--headless", "quit"]).code, 2);
}

#[test]
fn without_a_resident_quit_is_5_and_status_says_so() {
    let home = Home::new();
    let ran = home.run(&["quit"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (5, "BBDrop is not running.\n"));
    let status = home.status();
    assert_eq!((&status["resident"], &status["pid"]), (&false.into(), &serde_json::Value::Null), "{status}");
    assert_eq!(home.run(&["status"]).stdout, "BBDrop is not running\n");
}

#[test]
fn status_has_the_documented_shape() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let status = home.status();
    assert_eq!(status["resident"], true);
    assert_eq!(status["pid"], resident.child.id());
    assert_eq!(status["state"], "idle");
    assert_eq!(status["folder_port"], home.port);
    assert!(status["delegate_port"].as_u64().is_some_and(|port| (54_000..=54_050).contains(&port)), "{status}");
    assert_eq!(status["counts"]["completed"], 0);
    assert_eq!(status["bytes_per_second"], 0);
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn queue_list_has_the_documented_shape() {
    let home = Home::new();
    let folder = pictures(&home, "album", 2, 20);
    assert_eq!(home.run(&["--run-once", &folder]).code, 0);
    let list = home.list();
    let gallery = &list[0];
    let keys: Vec<_> = gallery.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "added_at",
        "bytes",
        "finished_at",
        "gallery_link",
        "host",
        "id",
        "images",
        "name",
        "path",
        "priority",
        "reason",
        "state",
        "tab",
        "template",
    ];
    assert_eq!(keys, expected);
    assert_eq!(gallery["images"], serde_json::json!({"total": 2, "uploaded": 2, "failed": 0, "skipped": 0}));
    assert_eq!(gallery["bytes"]["total"], gallery["bytes"]["uploaded"]);
    assert_eq!((&gallery["state"], &gallery["host"]), (&"completed".into(), &"folder".into()));
    assert!(gallery["added_at"].as_str().is_some_and(|at| at.ends_with('Z') && at.contains('T')), "{gallery}");
    assert_eq!(home.run(&["queue", "list", "--state", "failed", "--json"]).stdout, "[]\n");
}

#[test]
fn start_pause_stop_retry_and_remove_do_what_they_say() {
    let home = Home::new();
    let album = pictures(&home, "album", 60, 500);
    let resident = home.resident(&[&album]);
    let other = pictures(&home, "other", 1, 20);
    assert_eq!(home.run(&[&other]).code, 0);
    eventually("both are scanned", || (home.states() == ["ready", "ready"]).then_some(()));
    assert_eq!(home.run(&["queue", "start", "1"]).stdout, "1 gallery started\n");
    let some = || home.query::<i64>("SELECT images_uploaded FROM galleries WHERE id = 1")[0];
    eventually("an image arrives", || (some() > 0).then_some(()));
    assert_eq!(home.run(&["queue", "pause", "--all"]).stdout, "1 gallery paused\n");
    assert_eq!(home.states(), ["paused", "ready"]);
    eventually("what is in flight ends", || {
        (home.query::<i64>("SELECT count(*) FROM images WHERE state = 'uploading'") == [0]).then_some(())
    });
    let held = some();
    assert!(held < 60, "there was time to pause");
    assert_eq!(home.run(&["queue", "start", "--state", "paused"]).code, 0);
    eventually("it goes on", || (some() > held).then_some(()));
    assert_eq!(home.run(&["queue", "stop", "1"]).code, 0);
    assert_eq!(home.states(), ["incomplete", "ready"]);
    assert_eq!(home.run(&["queue", "retry", "1"]).code, 0);
    eventually("it is complete", || (home.states() == ["completed", "ready"]).then_some(()));
    assert_eq!(home.run(&["queue", "remove", "1"]).stdout, "1 gallery removed\n");
    assert_eq!(home.list().len(), 1);
    assert!(home.published().join("album_1/1.png").exists(), "published images stay");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_gallery_that_is_not_there_is_named() {
    let home = Home::new();
    for args in [&["queue", "start", "99"][..], &["output", "99"]] {
        let ran = home.run(args);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("no gallery 99"), "{ran:?}");
    }
}

#[test]
fn output_prints_what_run_once_printed() {
    let home = Home::new();
    let folder = pictures(&home, "album", 3, 20);
    let printed = home.run(&["--run-once", &folder, "--output-to-stdout"]).stdout;
    assert_eq!(home.run(&["output", "1"]).stdout, printed);
    let resident = home.resident(&[]);
    assert_eq!(home.run(&["output", "1"]).stdout, printed);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn commands_without_a_resident_change_the_queue_for_the_next_one() {
    let home = Home::new();
    let folder = pictures(&home, "album", 3, 20);
    let resident = home.resident(&[&folder]);
    eventually("it is scanned", || (home.states() == ["ready"]).then_some(()));
    assert_eq!(resident.quit(), 0);
    assert_eq!(home.run(&["queue", "start", "1"]).stdout, "1 gallery started\n");
    assert_eq!(home.states(), ["queued"], "nobody works on it yet");
    let resident = home.resident(&[]);
    eventually("the resident goes on", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn settings_are_kept_and_wrong_ones_refused() {
    let home = Home::new();
    assert_eq!(home.run(&["config", "get", "uploads.parallel_images"]).stdout, "12\n");
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "2"]).code, 0);
    assert_eq!(home.run(&["config", "get", "uploads.parallel_images"]).stdout, "2\n");
    let ran = home.run(&["config", "set", "uploads.parallel_images", "99"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(home.run(&["config", "set", "nonsense", "1"]).code, 2);
    assert!(home.run(&["config", "list"]).stdout.contains("uploads.parallel_images = 2\n"));
}

#[test]
fn automatic_start_starts() {
    let home = Home::new();
    assert_eq!(home.run(&["config", "set", "uploads.start_automatically", "true"]).code, 0);
    let folder = pictures(&home, "album", 1, 20);
    let resident = home.resident(&[&folder]);
    eventually("it uploads by itself", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = Home::new();
    let mut child =
        crate::support::spawn(home.bbdrop(&["config", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()));
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!((crate::support::wait(&mut child).code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_run_once_leaves_a_resumable_queue_and_says_so() {
    let home = Home::new();
    let folder = pictures(&home, "album", 60, 700);
    let mut child = home.bbdrop(&["--run-once", &folder]).stderr(Stdio::piped()).spawn().expect("it starts");
    let uploaded = || home.query::<i64>("SELECT count(*) FROM images WHERE state = 'uploaded'").first().copied();
    eventually("an image arrives", || uploaded().filter(|n| *n > 0));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("it runs").success());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!(crate::support::wait(&mut child).code(), Some(1));
    assert!(stderr.contains("stays there and goes on"), "{stderr}");
    let ran = home.run(&["--run-once", &folder]);
    assert_eq!(ran.code, 0, "{ran:?}");
}
