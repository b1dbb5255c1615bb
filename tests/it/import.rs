//! `bbdrop import`: what BBDrop 0.9 has kept is taken once, with and without a resident, and nothing of it is changed.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::old_database::{OldDatabase, OldRow, VERSIONS, images, links};
use crate::support::{Home, eventually};

/// 0.9's data directory in this home.
fn old(home: &Home) -> PathBuf {
    home.path().join(".bbdrop")
}

fn database(home: &Home, version: i64) -> OldDatabase {
    OldDatabase::create(&old(home).join("bbdrop.db"), version)
}

/// Everything below 0.9's data directory.
fn content(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("listed").path()) {
        if path.is_dir() {
            files.extend(content(&path));
        } else if !path.to_string_lossy().ends_with("-shm") {
            files.push((path.clone(), std::fs::read(&path).expect("read")));
        }
    }
    files.sort();
    files
}

/// Runs the import, sees that nothing of 0.9 has changed, and gives the exit code and the report.
fn import(home: &Home, from: &Path) -> (i32, Value) {
    let before = content(&old(home));
    let ran = home.run(&["import", from.to_str().expect("Unicode"), "--json"]);
    assert_eq!(content(&old(home)), before, "something of BBDrop 0.9 was changed");
    assert!(!home.data().join(".import").exists(), "a copy was left");
    let report = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
    assert!(ran.code == 0 || !ran.stderr.is_empty(), "{ran:?}");
    (ran.code, report)
}

fn names<'r>(report: &'r Value, part: &str) -> Vec<&'r str> {
    let items = report[part].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

fn words<'r>(report: &'r Value, name: &str) -> &'r str {
    let parts = ["taken", "there_already", "not_taken"].into_iter();
    let mut items = parts.flat_map(|part| report[part].as_array().map(Vec::as_slice).unwrap_or_default());
    let item = items.find(|item| item["name"] == name).unwrap_or(&Value::Null);
    item["words"].as_str().unwrap_or_default()
}

fn states(home: &Home) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    home.list().iter().map(|gallery| (text(&gallery["name"]), text(&gallery["state"]))).collect()
}

fn urls(output: &str) -> Vec<String> {
    output.split("[url=").skip(1).map(|rest| rest.split(']').next().unwrap_or_default().to_owned()).collect()
}

fn output(home: &Home, name: &str) -> Vec<String> {
    let list = home.list();
    let gallery = list.iter().find(|gallery| gallery["name"] == name).expect("in the queue");
    let ran = home.run(&["output", &gallery["id"].to_string()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    urls(&ran.stdout)
}

fn size(file: &Path) -> u64 {
    file.metadata().expect("there").len()
}

/// A finished gallery, one of each state that has a rest, and two templates.
fn fill(home: &Home, old_database: &OldDatabase) {
    old_database.tab(2, "Later", 1, Some("#ff0000"));
    let row = OldRow { status: "completed", tab: (1, "Main"), host: "imx", total: 3, ..OldRow::default() };
    old_database.add(&OldRow {
        path: home.path().join("gone/Done").display().to_string(),
        name: "Done",
        template: Some("mine"),
        tab: (2, "Later"),
        host: "turbo",
        link: "https://imx.to/g/done",
        custom1: "one",
        ext4: "four",
        images: images("done", 12),
        ..row.clone()
    });
    for status in ["queued", "uploading", "paused", "ready", "incomplete"] {
        let folder = home.pictures(status, 3, 8);
        let (link, thumb) = (format!("https://imx.to/i/{status}"), format!("https://t.imx.to/{status}.jpg"));
        let bytes = size(&folder.join("2.png"));
        let uploaded = ("2.png".to_owned(), bytes, Some(link), Some(thumb));
        old_database.add(&OldRow {
            path: folder.display().to_string(),
            name: status,
            status,
            images: vec![uploaded],
            ..row.clone()
        });
    }
    let templates = old(home).join("templates");
    std::fs::create_dir_all(&templates).expect("made");
    std::fs::write(templates.join("mine.template.txt"), "#folderName# #custom1#\n#allImages#\n").expect("written");
    std::fs::write(templates.join(".template by window.txt"), "#allImages#").expect("written");
}

const AT_REST: [(&str, &str); 6] = [
    ("Done", "completed"),
    ("queued", "paused"),
    ("uploading", "paused"),
    ("paused", "paused"),
    ("ready", "incomplete"),
    ("incomplete", "incomplete"),
];

#[test]
fn everything_is_taken_once_with_and_without_a_resident() {
    for (version, with_resident) in VERSIONS.zip([false, true].into_iter().cycle()) {
        let home = Home::new();
        let old_database = database(&home, version);
        fill(&home, &old_database);
        old_database.close();
        let resident = with_resident.then(|| home.resident(&[]));
        let (code, report) = import(&home, &old(&home));
        assert_eq!((code, &report["not_taken"]), (0, &serde_json::json!([])), "{report:#}");
        assert_eq!(report["schema_version"], version);
        let galleries = AT_REST.map(|(name, _)| name);
        assert_eq!(names(&report, "taken"), [["by window", "mine", "Later"].as_slice(), galleries.as_slice()].concat());
        assert!(words(&report, "Done").starts_with("completed, 12 images"), "{report:#}");
        assert_eq!(output(&home, "Done"), links("done", 12), "in the order of the old table");

        let (code, again) = import(&home, &old(&home));
        assert_eq!((code, &again["taken"]), (0, &serde_json::json!([])), "{again:#}");
        assert_eq!(names(&again, "there_already").len(), 10, "{again:#}");
        let resident = resident.unwrap_or_else(|| home.resident(&[]));
        let at_rest = AT_REST.map(|(name, state)| (name.to_owned(), state.to_owned()));
        eventually("every folder was looked at", || (states(&home) == at_rest).then_some(()));
        let done = &home.list()[0];
        assert_eq!(done["tab"], "Later");
        assert_eq!(done["template"], "mine");
        assert_eq!(done["host"], if version >= 16 { "turboimagehost" } else { "imx" });
        assert_eq!(done["gallery_link"], "https://imx.to/g/done");
        assert_eq!(done["images"]["uploaded"], 12);
        assert_eq!(done["finished_at"], "2023-11-14T22:21:40.25Z");
        assert_eq!(done["added_at"], "2023-11-14T22:13:20Z");
        let shown = home.run(&["queue", "show", &done["id"].to_string(), "--json"]);
        let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        assert_eq!(shown["custom"][0], if version >= 9 { "one" } else { "" });
        assert_eq!(shown["ext"][3], if version >= 12 { "four" } else { "" });
        assert_eq!(home.run(&["templates", "show", "by window"]).stdout, "#allImages#");
        assert_eq!(resident.quit(), 0);
    }
}

#[test]
fn what_0_9_has_uploaded_is_not_sent_again() {
    let home = Home::new();
    let old_database = database(&home, 16);
    let folder = home.pictures("Trip", 3, 8);
    let bytes = size(&folder.join("2.png"));
    let there =
        ("2.png".to_owned(), bytes, Some("https://imx.to/i/2".to_owned()), Some("https://t.imx.to/2".to_owned()));
    let path = folder.display().to_string();
    old_database.add(&OldRow {
        path,
        name: "Trip",
        status: "uploading",
        host: "closed",
        total: 3,
        images: vec![there],
        ..OldRow::default()
    });
    old_database.close();
    let (code, report) = import(&home, &old(&home));
    assert_eq!(code, 0, "{report:#}");
    assert!(words(&report, "Trip").contains("“closed” is not known here; it has the host “folder” now"), "{report:#}");
    let resident = home.resident(&[]);
    eventually("it waits for the person", || (home.states() == ["paused"]).then_some(()));
    assert_eq!(home.run(&["queue", "start", "--all"]).code, 0);
    eventually("the rest is uploaded", || (home.states() == ["completed"]).then_some(()));
    let published = home.published().join("Trip_1");
    assert!(published.join("1.png").exists() && published.join("3.png").exists());
    assert!(!published.join("2.png").exists(), "a finished image was sent again");
    let urls = output(&home, "Trip");
    assert_eq!((urls.len(), urls[1].as_str()), (3, "https://imx.to/i/2"));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn images_of_a_finished_gallery_are_recognised_when_their_folder_comes_again() {
    let home = Home::new();
    let old_database = database(&home, 12);
    let folder = home.pictures("Trip", 2, 8);
    let image = |n: u32| {
        let file = format!("{n}.png");
        let bytes = size(&folder.join(&file));
        (file, bytes, Some(format!("https://imx.to/i/{n}")), Some(format!("https://t.imx.to/{n}")))
    };
    let path = folder.display().to_string();
    let images = vec![image(2), image(1)];
    old_database.add(&OldRow {
        path: path.clone(),
        name: "Trip",
        status: "completed",
        total: 2,
        images,
        ..OldRow::default()
    });
    old_database.close();
    assert_eq!(import(&home, &old(&home)).0, 0);
    let resident = home.resident(&[]);
    assert_eq!(output(&home, "Trip"), ["https://imx.to/i/2", "https://imx.to/i/1"]);
    assert_eq!(home.run(&["queue", "remove", "--all"]).code, 0);
    assert_eq!(home.run(&["queue", "add", &path]).code, 0);
    eventually("the scan ends", || (home.states() == ["ready"]).then_some(()));
    assert_eq!(home.query::<String>("SELECT before_host FROM galleries"), ["imx"]);
    assert_eq!(home.run(&["queue", "reuse", "--all"]).code, 0);
    eventually("its links are taken", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(output(&home, "Trip"), ["https://imx.to/i/1", "https://imx.to/i/2"], "in the order of their names");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_database_that_somebody_holds_is_read_all_the_same() {
    let home = Home::new();
    let old_database = database(&home, 16);
    fill(&home, &old_database);
    old_database.connection.execute_batch("BEGIN EXCLUSIVE; DELETE FROM images").expect("held");
    let (code, report) = import(&home, &old(&home).join("bbdrop.db"));
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(output(&home, "Done"), links("done", 12), "what is not committed counts for nothing");
    assert_eq!(names(&report, "taken").len(), 9, "the templates beside it, too");
}

#[test]
fn killed_in_the_middle_and_repeated_nothing_is_doubled() {
    const GALLERIES: usize = 3000;
    let home = Home::new();
    let old_database = database(&home, 16);
    old_database.connection.execute_batch("BEGIN").expect("begun");
    for number in 0..GALLERIES {
        let path = format!("{}/not here/{number}", if cfg!(windows) { "C:" } else { "" });
        let row = OldRow {
            path,
            name: "many",
            status: "completed",
            total: 3,
            images: images("many", 3),
            ..OldRow::default()
        };
        old_database.add(&row);
    }
    old_database.connection.execute_batch("COMMIT").expect("committed");
    old_database.close();
    let rows = || home.query::<i64>("SELECT count(*) FROM galleries").first().copied().unwrap_or(0);
    let mut seen_half = false;
    for _ in 0..3 {
        let before = rows();
        let mut command = home.bbdrop(&["import", old(&home).to_str().expect("Unicode")]);
        let mut running = home.start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        eventually("some are taken, or all", || {
            (rows() > before || running.child.try_wait().expect("waited").is_some()).then_some(())
        });
        running.kill();
        seen_half |= (1..i64::try_from(GALLERIES).expect("few")).contains(&rows());
    }
    let (code, report) = import(&home, &old(&home));
    assert_eq!(code, 0, "{:?}", report["not_taken"]);
    assert_eq!(
        names(&report, "there_already").len() + names(&report, "taken").len(),
        GALLERIES + 1,
        "with the first tab"
    );
    println!("killed with a half of it taken: {seen_half}");
    assert_eq!(rows(), i64::try_from(GALLERIES).expect("few"));
    assert_eq!(
        home.query::<i64>("SELECT count(DISTINCT path) FROM galleries"),
        [i64::try_from(GALLERIES).expect("few")]
    );
    assert_eq!(home.query::<i64>("SELECT count(*) FROM images"), [i64::try_from(3 * GALLERIES).expect("few")]);
    assert_eq!(home.query::<i64>("SELECT count(*) FROM history"), [i64::try_from(3 * GALLERIES).expect("few")]);
    home.check_integrity();
}

#[test]
fn templates_that_differ_are_kept_under_a_new_name() {
    let home = Home::new();
    let own = home.data().join("templates");
    let theirs = old(&home);
    for (file, text) in [
        (own.join("mine.template.txt"), "ours"),
        (own.join("same.template.txt"), "same"),
        (theirs.join("mine.template.txt"), "theirs"),
        (theirs.join("same.template.txt"), "same"),
        (theirs.join("html.template.txt"), "not the built-in one"),
        (theirs.join("broken.template.txt"), "x\n[if width]"),
        (theirs.join("note.txt"), "no template"),
    ] {
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    std::fs::write(theirs.join("bytes.template.txt"), b"\xff").expect("written");
    for round in 0..2 {
        let (code, report) = import(&home, &theirs);
        assert_eq!((code, names(&report, "not_taken")), (1, vec!["bytes"]), "{report:#}");
        let part = if round == 0 { "taken" } else { "there_already" };
        assert!(["mine", "html", "broken"].iter().all(|name| names(&report, part).contains(name)), "{report:#}");
        assert!(names(&report, "there_already").contains(&"same"));
        if round == 0 {
            assert!(words(&report, "mine").contains("“mine (2)”"), "{report:#}");
            assert!(words(&report, "broken").contains("line 2: This [if …] has no [/if]"), "{report:#}");
        }
    }
    let show = |name: &str| home.run(&["templates", "show", name]).stdout;
    assert_eq!((show("mine"), show("mine (2)")), ("ours".to_owned(), "theirs".to_owned()));
    assert_eq!(show("html (2)"), "not the built-in one");
    assert_ne!(show("html"), "not the built-in one");
    assert_eq!(own.read_dir().expect("listed").count(), 5);
    let (code, report) = import(&home, &theirs.join("mine.template.txt"));
    assert_eq!((code, names(&report, "there_already")), (0, vec!["mine"]), "one template alone");
}

#[test]
fn what_cannot_be_taken_is_said() {
    let home = Home::new();
    let nothing = home.run(&["import", home.path().join("none").to_str().expect("Unicode")]);
    assert!(nothing.code == 3 && nothing.stderr.starts_with("There is no such folder or file"), "{nothing:?}");
    std::fs::create_dir_all(old(&home)).expect("made");
    let empty = home.run(&["import", old(&home).to_str().expect("Unicode")]);
    assert!(empty.code == 3 && empty.stderr.starts_with("There is nothing of BBDrop 0.9 in it"), "{empty:?}");
    let ours = home.run(&["import", home.data().to_str().expect("Unicode")]);
    assert!(ours.code == 2 && ours.stderr.starts_with("This is the data directory of this BBDrop itself"), "{ours:?}");

    std::fs::write(old(&home).join("bbdrop.db"), "Dear diary,").expect("written");
    let (code, report) = import(&home, &old(&home));
    assert_eq!((code, names(&report, "not_taken").len()), (1, 1), "{report:#}");
    assert_eq!(report["not_taken"][0]["words"], "The file is no SQLite database.");
    std::fs::remove_file(old(&home).join("bbdrop.db")).expect("removed");

    let old_database = database(&home, 16);
    let folder = home.pictures("good", 1, 8);
    for (path, name, failed_files) in [
        (folder.display().to_string(), "good", "{broken"),
        ("Pictures/here".to_owned(), "relative", ""),
        (String::new(), "", ""),
    ] {
        old_database.add(&OldRow { path, name, status: "ready", host: "imx", failed_files, ..OldRow::default() });
    }
    old_database.connection.execute_batch("UPDATE settings SET value_text = '99'").expect("set");
    old_database.close();
    let (code, report) = import(&home, &old(&home));
    assert_eq!((code, names(&report, "taken")), (1, vec!["good"]), "{report:#}");
    assert!(words(&report, "good").contains("which images have failed cannot be read"), "{report:#}");
    assert!(words(&report, "relative").contains("none of this computer"), "{report:#}");
    assert_eq!(names(&report, "not_taken").len(), 3, "{report:#}");
    assert!(report["not_taken"].to_string().contains("schema 99"), "{report:#}");
    let text = home.run(&["import", old(&home).to_str().expect("Unicode")]);
    let lines = ["There already:\n  tab  Main:", "  gallery 1  good: its folder is in the queue", "Not taken:\n"];
    assert!(text.code == 1 && lines.iter().all(|line| text.stdout.contains(line)), "{text:?}");
    assert!(text.stderr.contains("Not taken: database"), "{text:?}");
}
