//! Bad input: a sentence that says what happened and what to do, the right exit code, nothing lost, no panic.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Home, Ran, SmallDrive, eventually, give_to_nobody, is_root, skipped};

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

fn run_as_nobody(home: &Home, args: &[&str]) -> Ran {
    Ran::of(home.bbdrop_as_nobody(args).output().expect("it runs"))
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
fn without_room_for_a_backup_the_schema_stays_as_it_is() {
    let home = Home::new();
    let Some(_drive) = SmallDrive::mount(&home, 512 * 1024) else {
        return skipped("a small drive needs root and tmpfs");
    };
    let db = home.data().join("bbdrop.db");
    let old = rusqlite::Connection::open(&db).expect("opened");
    old.execute_batch(include_str!("../../migrations/0001_queue.sql")).expect("made");
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

#[test]
fn a_bad_port_is_said() {
    let home = Home::new();
    let ran = Ran::of(home.bbdrop(&["--headless"]).env("BBDROP_PORT", "99999").output().expect("it runs"));
    check(&ran, 2, &["BBDROP_PORT", "1 to 65535"]);
}
