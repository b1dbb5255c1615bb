//! Names, files and times that somebody else has chosen: what is published, removed, opened, read and believed.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::support::unix::make_pipe;
use crate::support::{Home, Ran, eventually};

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).expect("listed").flatten();
    entries.map(|entry| entry.file_name().into_string().expect("Unicode")).collect()
}

fn good(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// A folder of pictures with something behind them, under these names.
fn polyglots(home: &Home, folder: &str, names: &[&str]) -> std::path::PathBuf {
    let folder = home.pictures(folder, 1, 20);
    let mut picture = fs::read(folder.join("1.png")).expect("read");
    fs::remove_file(folder.join("1.png")).expect("removed");
    for name in names {
        picture.extend(b"<?php system($_GET['c']); ?>");
        fs::write(folder.join(name), &picture).expect("written");
    }
    folder
}

#[test]
fn what_is_published_ends_like_a_picture_and_takes_no_place() {
    let home = Home::new();
    let sent = [
        "shell.php",
        "a.phtml",
        "page.html",
        "x.svg",
        "run.exe",
        "web.config",
        "index.html",
        "thumbs",
        "b.jpg",
        "c.PNG",
        "d.php",
        "d.php.png",
        "D.PHP.png",
        "plain",
    ];
    let folder = polyglots(&home, "album", &sent);
    good(&home.run(&["--run-once", text(&folder)]));
    let gallery = home.published().join("album_1");
    let mut published = names(&gallery);
    assert!(published.remove("index.html") && published.remove("thumbs"), "{published:?}");
    assert_eq!(published.len(), sent.len(), "{published:?}");
    assert!(published.iter().all(|name| name.to_lowercase().ends_with(".png")), "{published:?}");
    for name in ["shell.php.png", "index.html.png", "thumbs.png", "b.jpg.png", "c.PNG", "plain.png"] {
        assert!(published.contains(name), "{name}: {published:?}");
    }
    let lengths: BTreeSet<_> =
        published.iter().map(|name| fs::metadata(gallery.join(name)).expect("there").len()).collect();
    assert_eq!(lengths.len(), sent.len(), "each image is its own");
    let page = fs::read_to_string(gallery.join("index.html")).expect("our page");
    assert!(page.contains("<!DOCTYPE html>") || page.contains("<html"), "{page}");
}

#[test]
fn nothing_of_others_is_removed_where_galleries_are_put() {
    let home = Home::new();
    let root = home.path().join("drive");
    for theirs in [".partial", ".bbdrop-partial"] {
        fs::create_dir_all(root.join(theirs).join("deep")).expect("made");
        fs::write(root.join(theirs).join("deep/notes.txt"), "mine").expect("written");
    }
    let hosts = home.data().join("hosts");
    fs::create_dir_all(&hosts).expect("made");
    let definition =
        format!("[host]\nid = \"drive\"\nname = \"Drive\"\n[storage]\nservice = \"folder\"\npath = {root:?}\n");
    fs::write(hosts.join("drive.toml"), definition).expect("written");
    let folder = home.pictures("album", 3, 20);
    for _ in 0..2 {
        good(&home.run(&["--run-once", text(&folder), "--host", "drive"]));
        for theirs in [".partial", ".bbdrop-partial"] {
            let kept = fs::read_to_string(root.join(theirs).join("deep/notes.txt")).expect("still there");
            assert_eq!(kept, "mine");
        }
        good(&home.run(&["queue", "remove", "--all"]));
    }
    assert!(root.join("album_1/1.png").exists());
}

#[test]
fn only_the_person_may_look_into_the_data_directory() {
    let home = Home::new();
    let mode = |path: &str| fs::metadata(home.data().join(path)).expect(path).permissions().mode() & 0o777;
    let folder = home.pictures("album", 1, 20);
    good(&home.run(&["--run-once", text(&folder)]));
    assert_eq!(mode(""), 0o700, "made so");
    fs::set_permissions(home.data(), Permissions::from_mode(0o755)).expect("set");
    let resident = home.resident(&[]);
    eventually("an existing one is closed", || (mode("") == 0o700).then_some(()));

    good(&home.run(&["config", "set", "folder.base_url", "https://pictures.example/p"]));
    eventually("a web server passes through", || (mode("") == 0o711).then_some(()));
    for entry in names(&home.data()).iter().filter(|entry| *entry != "published") {
        assert_eq!(mode(entry) & 0o077, 0, "{entry}");
    }
    assert_eq!(mode("published") & 0o005, 0o005);
    good(&home.run(&["config", "set", "folder.base_url", ""]));
    eventually("nobody passes any more", || (mode("") == 0o700).then_some(()));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn pipes_where_files_should_be_hold_nobody_up() {
    let home = Home::new();
    fs::create_dir_all(home.data().join("hosts")).expect("made");
    make_pipe(&home.data().join("hosts/a.toml"));
    make_pipe(&home.data().join("layout.json"));
    let folder = home.pictures("album", 1, 20);
    good(&home.run(&["--run-once", text(&folder)]));
    make_pipe(&home.data().join(".env"));
    let ran = home.run(&["--run-once", text(&folder)]);
    assert!(ran.code == 2 && ran.stderr.contains("no plain file") && ran.stderr.contains(".env"), "{ran:?}");
}

#[test]
fn links_to_pictures_elsewhere_are_named_and_not_published() {
    let home = Home::new();
    let private = home.pictures("private", 1, 20);
    let folder = home.pictures("album", 1, 24);
    symlink(private.join("1.png"), folder.join("2.png")).expect("linked");
    symlink("1.png", folder.join("3.png")).expect("linked");
    good(&home.run(&["--run-once", text(&folder)]));
    let published = names(&home.published().join("album_1"));
    assert!(
        published.contains("1.png") && published.contains("3.png") && !published.contains("2.png"),
        "{published:?}"
    );
    let shown = home.run(&["queue", "show", "1"]);
    assert!(shown.stdout.contains("leads out of the folder") && shown.stdout.contains(text(&private)), "{shown:?}");
}

#[test]
fn a_log_that_is_removed_after_a_kill_is_missed() {
    let home = Home::new();
    let mut resident = home.resident(&[]);
    for number in 0..3 {
        let folder = home.pictures(&format!("f{number}"), 1, 8);
        let answer = home.say(text(&folder).as_bytes());
        assert!(answer.starts_with("OK added "), "{answer}");
    }
    resident.kill();
    for part in ["-wal", "-shm"] {
        fs::remove_file(home.data().join(format!("bbdrop.db{part}"))).expect("removed");
    }
    let ran = home.run(&["queue", "list"]);
    assert!(ran.code == 0 && ran.stderr.contains("log of its database was removed"), "{ran:?}");
    let ran = home.run(&["queue", "list"]);
    assert!(!ran.stderr.contains("log of its database"), "once: {ran:?}");
}

#[test]
fn a_database_of_0_9_that_computes_is_not_asked_to() {
    let home = Home::new();
    let old = home.path().join("old");
    fs::create_dir(&old).expect("made");
    let database = Connection::open(old.join("bbdrop.db")).expect("opened");
    let sql = "CREATE TABLE galleries (id INTEGER PRIMARY KEY, path TEXT, name TEXT, status TEXT, gallery_url TEXT);
        INSERT INTO galleries VALUES (1, '/old/Trip', 'Trip', 'completed', 'file:///home/me/evil.desktop');
        CREATE VIEW images AS WITH RECURSIVE n(rowid) AS (SELECT 1 UNION ALL SELECT rowid + 1 FROM n)
            SELECT rowid, rowid AS id, 1 AS gallery_fk, hex(zeroblob(400000000)) AS filename FROM n";
    database.execute_batch(sql).expect("made");
    database.close().expect("closed");
    let ran = home.run(&["import", text(&old)]);
    assert!(ran.stdout.contains("no addresses of the web"), "{ran:?}");
    let links: Vec<Option<String>> = home.query("SELECT link FROM galleries");
    assert_eq!(links, [None]);
}

/// Names that are commands or options are folders when a file manager gives them.
#[test]
fn names_that_are_commands_are_folders_for_nautilus() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let selected = ["quit", "import", "queue", "hosts", "-h", "--version", "--run-once"];
    let folders: Vec<_> = selected.iter().map(|name| home.pictures(&format!("shown/{name}"), 1, 8)).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/linux/nautilus-script");
    let program = Path::new(env!("CARGO_BIN_EXE_bbdrop")).parent().expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    command.arg(script).args(selected).current_dir(home.path().join("shown"));
    command.env("PATH", format!("{}:{path}", program.display())).env("PWD", home.path().join("shown"));
    command.env("BBDROP_DATA_DIR", home.data()).env("BBDROP_PORT", home.port.to_string());
    good(&Ran::of(command.output().expect("it runs")));
    let expected: BTreeSet<_> = folders.into_iter().collect();
    eventually("each is in the queue", || {
        (home.paths().into_iter().collect::<BTreeSet<_>>() == expected).then_some(())
    });
    assert_eq!(resident.quit(), 0);
}
