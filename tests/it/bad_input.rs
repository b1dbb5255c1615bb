//! Bad input: a sentence that says what happened and what to do, the right exit code, nothing lost, no panic.

#[cfg(unix)]
mod unix;

use std::path::Path;
use std::process::Stdio;

use crate::support::{Home, Ran, eventually};

fn check(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, code, "{ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    for part in words {
        assert!(ran.stderr.contains(part), "{part:?} is not in {ran:?}");
    }
}

fn run_once(home: &Home, folder: &Path) -> Ran {
    home.run(&["--run-once", folder.to_str().expect("Unicode"), "--output-to-stdout"])
}

#[test]
fn no_folder_a_file_and_a_folder_without_pictures_are_3() {
    let home = Home::new();
    let file = home.path().join("file.jpg");
    std::fs::write(&file, "x").expect("written");
    let empty = home.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    check(&run_once(&home, &home.path().join("gone")), 3, &["no such folder", "gone"]);
    check(&run_once(&home, &file), 3, &["a file, not a folder", "file.jpg"]);
    check(&run_once(&home, &empty), 3, &["no images in this folder", "empty"]);
}

#[test]
fn the_resident_says_the_same() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let empty = home.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    check(&run_once(&home, &home.path().join("gone")), 3, &["no such folder"]);
    check(&run_once(&home, &empty), 3, &["no images in this folder"]);
    check(&home.run(&[home.path().join("gone").to_str().expect("Unicode")]), 3, &["no such folder"]);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn zero_byte_and_broken_pictures_are_skipped_with_their_reasons() {
    let home = Home::new();
    let folder = home.pictures("album", 2, 300);
    std::fs::write(folder.join("empty.jpg"), "").expect("written");
    std::fs::write(folder.join("noise.jpg"), [7; 500]).expect("written");
    let whole = std::fs::read(folder.join("1.png")).expect("read");
    std::fs::write(folder.join("cut.png"), &whole[..whole.len() / 2]).expect("written");
    let ran = run_once(&home, &folder);
    check(
        &ran,
        0,
        &["empty.jpg: skipped: The file is empty", "noise.jpg: skipped: ", "cut.png: skipped: The picture is damaged"],
    );
    assert_eq!(ran.stdout.matches("[url=").count(), 2);
    std::fs::remove_file(folder.join("1.png")).expect("removed");
    std::fs::remove_file(folder.join("2.png")).expect("removed");
    let other = home.path().join("other");
    std::fs::rename(&folder, &other).expect("renamed");
    check(&run_once(&home, &other), 3, &["None of the 3 images"]);
}

#[test]
fn a_database_from_a_newer_version_is_left_alone() {
    let home = Home::new();
    assert_eq!(home.list().len(), 0);
    let db = home.data().join("bbdrop.db");
    rusqlite::Connection::open(&db).expect("opened").execute_batch("PRAGMA user_version = 999").expect("set");
    let before = std::fs::read(&db).expect("read");
    for args in [&["queue", "list"][..], &["--headless"], &["--run-once", "/tmp"]] {
        check(&home.run(args), 6, &["newer version", "left untouched", "bbdrop.db"]);
    }
    assert_eq!(std::fs::read(&db).expect("read"), before);
}

/// What was set aside, and its bytes.
fn set_aside(home: &Home) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(home.data()).expect("listed").filter_map(Result::ok);
    let damaged = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.contains(".damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    damaged.map(|entry| std::fs::read(entry.path()).expect("read")).collect()
}

#[test]
fn a_damaged_database_is_set_aside_and_an_empty_one_takes_its_place() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    let garbage = vec![0x42; 8192];
    std::fs::write(home.data().join("bbdrop.db"), &garbage).expect("written");
    check(&home.run(&["queue", "list"]), 0, &["damaged", "set aside", "no backup"]);
    assert_eq!(set_aside(&home), [garbage]);
    check(&home.run(&["queue", "list"]), 0, &[]);
    assert_eq!(set_aside(&home).len(), 1, "it is told once");
}

#[test]
fn a_damaged_database_is_rebuilt_from_the_newest_backup_that_is_whole() {
    let home = Home::new();
    let folders = home.albums("album", 3, 1);
    let mut args = vec!["queue", "add"];
    args.extend(folders.iter().map(String::as_str));
    assert_eq!(home.run(&args).code, 0);
    let (db, backups) = (home.data().join("bbdrop.db"), home.data().join("backups"));
    std::fs::create_dir(&backups).expect("made");
    let backup = backups.join("bbdrop-20261122-080500.db");
    let target = backup.to_str().expect("Unicode");
    let stored = rusqlite::Connection::open(&db).expect("opened");
    stored.execute("VACUUM INTO ?", [target]).expect("backed up");
    drop(stored);
    std::fs::write(backups.join("bbdrop-20261123-080500.db"), "no database").expect("written");
    std::fs::write(&db, [7; 9000]).expect("written");
    let ran = home.run(&["queue", "list", "--json"]);
    check(&ran, 0, &["set aside", "rebuilt from the backup of 2026-11-2"]);
    assert_eq!(ran.stdout.matches("album-").count(), 6, "{ran:?}");
    assert_eq!(set_aside(&home), [vec![7; 9000]]);
}

#[test]
fn a_broken_definition_of_a_host_is_left_out_and_named() {
    let home = Home::new();
    let hosts = home.data().join("hosts");
    std::fs::create_dir_all(&hosts).expect("made");
    std::fs::write(hosts.join("odd.toml"), "[host]\nid = \"odd\"\ncolour = \"red\"\n").expect("written");
    let ran = home.run(&["hosts", "list"]);
    check(&ran, 0, &["odd.toml", "colour"]);
    assert!(ran.stdout.contains("folder") && !ran.stdout.contains("odd"), "{ran:?}");
}

#[test]
fn a_setting_that_cannot_be_used_is_told_and_kept_until_it_is_set() {
    let home = Home::new();
    assert_eq!(home.run(&["config", "set", "output.save", "false"]).code, 0);
    let db = rusqlite::Connection::open(home.data().join("bbdrop.db")).expect("opened");
    let insert = "INSERT INTO settings VALUES ('thumbnails.size', 'as large as life'), ('of.a.newer.version', 'x')";
    db.execute_batch(insert).expect("written");
    drop(db);
    let stored = || home.query::<String>("SELECT key || '=' || value FROM settings ORDER BY key");
    let before = stored();
    let words = ["thumbnails.size", "“as large as life”", "“300” is used instead", "kept until you set it"];
    let ran = home.run(&["config", "get", "thumbnails.size"]);
    check(&ran, 0, &words);
    assert_eq!((ran.stdout.as_str(), ran.stderr.contains("newer")), ("300\n", false), "{ran:?}");

    let resident = home.start(home.bbdrop(&["--headless"]).stderr(Stdio::piped()));
    home.wait_for_resident();
    // Another setting does not take it along.
    assert_eq!(home.run(&["config", "set", "output.save", "true"]).code, 0);
    assert_eq!(home.run(&["quit"]).code, 0);
    check(&resident.last_words(), 0, &words);
    let expected: Vec<_> = before.iter().map(|row| row.replace("output.save=false", "output.save=true")).collect();
    assert_eq!(stored(), expected);

    assert_eq!(home.run(&["config", "set", "thumbnails.size", "200"]).code, 0);
    let ran = home.run(&["config", "get", "thumbnails.size"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("200\n", ""));
    assert!(stored().contains(&"of.a.newer.version=x".to_owned()));
}

#[test]
fn a_database_of_the_first_schema_is_backed_up_and_brought_up_to_date() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    let folder = home.albums("album", 1, 2).remove(0);
    let old = rusqlite::Connection::open(home.data().join("bbdrop.db")).expect("opened");
    old.execute_batch(include_str!("../../migrations/0001_queue.sql")).expect("made");
    old.execute_batch("PRAGMA user_version = 1").expect("set");
    let insert = "INSERT INTO galleries (id, path, path_key, name, state, host, start_when_scanned, images_total,
        images_uploaded, images_failed, images_skipped, bytes_total, bytes_uploaded, added_at)
        VALUES (5, ?1, ?1, 'Old', 'added', 'folder', 0, 0, 0, 0, 0, 0, 0, 1)";
    old.execute(insert, [folder.as_bytes()]).expect("inserted");
    drop(old);
    let listed = home.list();
    assert_eq!((listed[0]["id"].as_i64(), listed[0]["name"].as_str()), (Some(5), Some("Old")));
    assert_eq!(home.query::<i64>("SELECT position FROM galleries"), [5 << 20]);
    let backups: Vec<_> = std::fs::read_dir(home.data().join("backups")).expect("there").flatten().collect();
    assert_eq!(backups.len(), 1);
    let backup = rusqlite::Connection::open(backups[0].path()).expect("opened");
    let version: i64 = backup.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("read");
    let name: String = backup.query_row("SELECT name FROM galleries", [], |row| row.get(0)).expect("read");
    assert_eq!((version, name.as_str()), (1, "Old"));
}

#[test]
fn a_resident_says_that_the_database_was_damaged_and_goes_on() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    std::fs::write(home.data().join("bbdrop.db"), [7; 9000]).expect("written");
    let resident = home.start(home.bbdrop(&["--headless"]).stderr(Stdio::piped()));
    home.wait_for_resident();
    assert_eq!(home.run(&["quit"]).code, 0);
    check(&resident.last_words(), 0, &["damaged", "set aside", "no backup"]);
}

#[test]
fn damage_inside_the_database_is_found_after_a_crash() {
    let home = Home::new();
    let folder = home.pictures("album", 300, 1);
    let mut resident = home.resident(&[folder.to_str().expect("Unicode")]);
    eventually("it is scanned", || (home.states() == ["ready"]).then_some(()));
    resident.kill();
    let db = home.data().join("bbdrop.db");
    rusqlite::Connection::open(&db)
        .expect("opened")
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("checkpointed");
    let mut bytes = std::fs::read(&db).expect("read");
    let pages = bytes.len() / 4096;
    for page in 4..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xee);
    }
    std::fs::write(&db, &bytes).expect("written");
    check(&home.run(&["queue", "list"]), 0, &["damaged", "set aside", "no backup"]);
    assert_eq!(set_aside(&home), [bytes]);
}

#[test]
fn a_bad_port_is_said() {
    let home = Home::new();
    let ran = Ran::of(home.bbdrop(&["--headless"]).env("BBDROP_PORT", "99999").output().expect("it runs"));
    check(&ran, 2, &["BBDROP_PORT", "1 to 65535"]);
}
