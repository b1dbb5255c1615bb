//! Bad input that only Unix can be given here: what may not be read or written, drives that are full, no display, libraries that are missing.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::{check, run_once, set_aside};
use crate::support::unix::{SmallDrive, give_to_nobody, is_root};
use crate::support::{Home, Ran, eventually, skipped};

fn run_as_nobody(home: &Home, args: &[&str]) -> Ran {
    Ran::of(home.bbdrop_as_nobody(args).output().expect("it runs"))
}

#[test]
fn an_unreadable_folder_is_said() {
    let home = Home::new();
    give_to_nobody(&home.data());
    let folder = home.pictures("album", 1, 20);
    std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("set");
    if !is_root() {
        std::fs::set_permissions(&folder, Permissions::from_mode(0o000)).expect("set");
    }
    let ran = run_as_nobody(&home, &["--run-once", folder.to_str().expect("Unicode")]);
    check(&ran, 3, &["cannot be read", "permissions", "album"]);
}

#[test]
fn a_read_only_data_directory_is_6() {
    let home = Home::new();
    std::fs::create_dir(home.data()).expect("made");
    std::fs::set_permissions(home.data(), Permissions::from_mode(0o555)).expect("set");
    let folder = home.pictures("album", 1, 20);
    let ran = run_as_nobody(&home, &["--run-once", folder.to_str().expect("Unicode")]);
    check(&ran, 6, &["data directory cannot be used", "--data-dir", "data"]);
}

#[test]
fn a_full_drive_fails_in_words_and_loses_nothing() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 1024 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    assert_eq!(home.run(&["config", "set", "uploads.disk_reserve", "0"]).code, 0);
    let folder = home.pictures("album", 8, 300);
    let ran = run_once(&home, &folder);
    assert!([1, 6].contains(&ran.code), "{ran:?}");
    check(&ran, ran.code, &["full", "Free some space"]);
    assert_eq!(home.query::<String>("PRAGMA integrity_check"), ["ok"]);
    let remounted = Command::new("mount").args(["-o", "remount,size=64m"]).arg(home.data()).status();
    assert!(remounted.is_ok_and(|status| status.success()));
    let ran = run_once(&home, &folder);
    check(&ran, 0, &[]);
    assert_eq!(ran.stdout.matches("[url=").count(), 8);
}

#[test]
fn a_database_that_cannot_be_written_holds_the_answers_until_it_can() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 1024 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    let folder = home.pictures("album", 1, 20);
    let resident = home.resident(&[]);
    let filler = home.data().join("filler");
    // Fills the drive to the last byte; the error at the end is the point.
    let _ = std::fs::write(&filler, vec![0; 1024 * 1024]);
    let path = folder.to_str().expect("Unicode").to_owned();
    let answer = std::thread::scope(|scope| {
        let asking = scope.spawn(|| home.say(path.as_bytes()));
        eventually("the trouble is told", || {
            let trouble = home.status()["trouble"].as_str().map(str::to_owned);
            trouble.filter(|words| words.contains("full"))
        });
        std::fs::remove_file(&filler).expect("removed");
        asking.join().expect("asked")
    });
    assert_eq!(answer, "OK added 1\n");
    assert_eq!(home.list().len(), 1);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn without_room_for_a_backup_the_schema_stays_as_it_is() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 512 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    let db = home.data().join("bbdrop.db");
    let old = rusqlite::Connection::open(&db).expect("opened");
    old.execute_batch(include_str!("../../../migrations/0001_queue.sql")).expect("made");
    old.execute_batch("PRAGMA user_version = 1; INSERT INTO settings VALUES ('filler', hex(zeroblob(150000)))")
        .expect("set");
    drop(old);
    let before = std::fs::read(&db).expect("read");
    check(&home.run(&["queue", "list"]), 6, &["convert", "nothing was changed", "Free some space"]);
    assert_eq!(std::fs::read(&db).expect("read"), before);
    assert_eq!(std::fs::read_dir(home.data().join("backups")).expect("there").count(), 0, "nothing half done");
    let remounted = Command::new("mount").args(["-o", "remount,size=64m"]).arg(home.data()).status();
    assert!(remounted.is_ok_and(|status| status.success()));
    assert_eq!(home.list().len(), 0);
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").read_dir().expect("there").count();
    assert_eq!(home.query::<usize>("PRAGMA user_version"), [migrations]);
}

#[test]
fn without_room_to_rebuild_the_damaged_database_stays_where_it_is() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 1024 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    assert_eq!(home.run(&["config", "set", "thumbnails.size", "123"]).code, 0);
    let (db, backups) = (home.data().join("bbdrop.db"), home.data().join("backups"));
    std::fs::create_dir(&backups).expect("made");
    std::fs::rename(&db, backups.join("bbdrop-20261122-080500.db")).expect("renamed");
    std::fs::write(&db, [7; 9000]).expect("written");
    let filler = home.data().join("filler");
    // Fills the drive to the last byte; the error at the end is the point.
    let _ = std::fs::write(&filler, vec![0; 1024 * 1024]);
    check(&home.run(&["queue", "list"]), 6, &["damaged", "nothing was changed", "Free some space"]);
    assert_eq!((std::fs::read(&db).expect("read"), set_aside(&home).len()), (vec![7; 9000], 0));
    std::fs::remove_file(&filler).expect("removed");
    let ran = home.run(&["config", "get", "thumbnails.size"]);
    check(&ran, 0, &["set aside", "rebuilt"]);
    assert_eq!(ran.stdout, "123\n");
}

#[test]
fn no_display_is_said_and_the_folders_are_kept() {
    let home = Home::new();
    let folder = home.pictures("album", 1, 20);
    let ran = home.run(&[folder.to_str().expect("Unicode")]);
    check(&ran, 1, &["no display", "--headless"]);
    assert_eq!(home.list().len(), 1);
}

#[test]
fn a_missing_library_of_the_window_is_named_with_its_package() {
    let home = Home::new();
    let folder = home.pictures("album", 1, 20);
    let found = Command::new("sh").args(["-c", "ldconfig -p | sed -n 's/.*libxkbcommon-x11.so.0.*=> //p'"]).output();
    let library = found.map(|found| String::from_utf8_lossy(&found.stdout).trim().to_owned()).unwrap_or_default();
    let program = env!("CARGO_BIN_EXE_bbdrop");
    let hide = if library.is_empty() { String::new() } else { format!("mount --bind /dev/null {library} && ") };
    let with_folder = folder.to_str().expect("Unicode");
    let run = |args: &str| {
        let mut command = home.bbdrop(&[]);
        let (data, port) = (home.data(), home.port.to_string());
        command = {
            let mut unshare = Command::new("unshare");
            unshare.args(["-m", "sh", "-c", &format!("{hide}exec {program} {args}")]);
            unshare.env("BBDROP_DATA_DIR", data).env("BBDROP_PORT", port).env("DISPLAY", ":987");
            unshare.env_remove("WAYLAND_DISPLAY");
            drop(command);
            unshare
        };
        Ran::of(command.output().expect("it runs"))
    };
    if !is_root() || run("--version").code != 0 {
        return skipped("hiding a library needs root and mount namespaces");
    }
    check(&run(with_folder), 1, &["libxkbcommon-x11", "libxkbcommon-x11-0", "apt install", "--headless"]);
    check(&run(&format!("--run-once {with_folder}")), 0, &[]);
}
