//! Tabs, names, fields and templates of galleries, and the output that people paste.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(unix)]
use std::path::Path;
use std::time::Duration;

use crate::support::scripted::ScriptedHost;
use crate::support::upload_server::Kind;
use crate::support::{Home, eventually};

fn run(home: &Home, args: &[&str]) -> String {
    let ran = home.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    ran.stdout
}

fn refused(home: &Home, args: &[&str], code: i32) -> String {
    let ran = home.run(args);
    assert_eq!(ran.code, code, "{args:?}: {ran:?}");
    ran.stderr
}

fn tabs(home: &Home) -> Vec<(String, u64)> {
    let tabs: serde_json::Value = serde_json::from_str(&run(home, &["tabs", "list", "--json"])).expect("JSON");
    let tab = |tab: &serde_json::Value| {
        (tab["name"].as_str().expect("a name").to_owned(), tab["galleries"].as_u64().expect("a count"))
    };
    tabs.as_array().expect("a list").iter().map(tab).collect()
}

#[test]
fn tabs_names_and_fields_are_kept_with_and_without_a_resident() {
    let home = Home::new();
    let folders = home.albums("album", 3, 1);
    assert_eq!(tabs(&home), [("Main".to_owned(), 0)], "one is always there");
    for name in ["Trips", "Work", "Old"] {
        run(&home, &["tabs", "add", name]);
    }
    run(&home, &["queue", "add", &folders[0], "--tab", "trips"]);
    let mut resident = home.resident(&[]);
    run(&home, &["queue", "add", &folders[1], &folders[2], "--tab", "Old"]);
    run(&home, &["queue", "tab", "Work", "2"]);
    run(&home, &["queue", "rename", "1", "  Rome, 2026 "]);
    run(&home, &["queue", "field", "custom2", "a [b] value", "1", "2"]);
    run(&home, &["queue", "field", "ext4", "x", "1"]);
    run(&home, &["tabs", "rename", "Main", "First"]);
    run(&home, &["tabs", "move", "Work", "1"]);
    let words = run(&home, &["tabs", "remove", "Old", "--into", "Trips"]);
    assert!(words.contains("1 gallery went into “Trips”"), "{words}");
    let expected = [("Work", 1), ("First", 0), ("Trips", 2)].map(|(name, count)| (name.to_owned(), count));
    let check = || {
        assert_eq!(tabs(&home), expected);
        let list = home.list();
        assert_eq!([&list[0]["tab"], &list[1]["tab"], &list[2]["tab"]], ["Trips", "Work", "Trips"]);
        assert_eq!(list[0]["name"], "Rome, 2026");
        let shown: serde_json::Value =
            serde_json::from_str(&run(&home, &["queue", "show", "1", "--json"])).expect("JSON");
        assert_eq!(shown["custom"], serde_json::json!(["", "a [b] value", "", ""]));
        assert_eq!(shown["ext"], serde_json::json!(["", "", "", "x"]));
    };
    check();
    resident.kill();
    check();
    // Without a resident the same is said and done.
    assert!(refused(&home, &["tabs", "add", "WORK"], 2).contains("“Work” already"));
    assert!(refused(&home, &["tabs", "add", " "], 2).contains("empty"));
    assert!(refused(&home, &["tabs", "remove", "First"], 2).contains("always there"));
    assert!(refused(&home, &["queue", "tab", "Nowhere", "1"], 2).contains("There are: Work, First, Trips."));
    assert!(refused(&home, &["queue", "add", &folders[0], "--tab", "Nowhere"], 2).contains("no tab"));
    assert!(refused(&home, &["queue", "field", "custom9", "x", "1"], 2).contains("custom1"));
    assert!(refused(&home, &["queue", "rename", "1", ""], 2).contains("empty"));
    check();
    assert!(run(&home, &["tabs", "remove", "Work"]).contains("“First”"));
    assert_eq!(home.list()[1]["tab"], "First", "into the first tab");
}

#[test]
fn who_renames_what_is_at_a_host_is_told_that_it_keeps_its_name_there() {
    let home = Home::new();
    let folder = home.albums("album", 1, 1).remove(0);
    run(&home, &["--run-once", &folder]);
    let ran = home.run(&["queue", "rename", "1", "Other"]);
    assert_eq!((ran.code, home.list()[0]["name"].as_str()), (0, Some("Other")));
    assert!(ran.stderr.contains("keeps the name"), "{ran:?}");
}

fn template(home: &Home, name: &str, text: &str) {
    let directory = home.data().join("templates");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join(format!("{name}.template.txt")), text).expect("written");
}

/// Files with output in the data directory, with their texts.
fn saved(home: &Home) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(home.data().join("galleries")) else { return BTreeMap::new() };
    let file = |entry: std::fs::DirEntry| {
        Some((entry.file_name().into_string().ok()?, std::fs::read_to_string(entry.path()).ok()?))
    };
    entries.flatten().filter_map(file).collect()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn every_way_to_the_output_takes_a_template_and_refuses_one_that_is_not_there() {
    let home = Home::new();
    template(&home, "mine", "MINE #folderName#\n[each image]#image.name# [/each]\n");
    template(&home, "titled", "#POSTTITLE: #folderName# (#pictureCount#)\n#MAX IMAGES: 1\n#allImages#\n");
    let folders = home.albums("album", 3, 2);
    let printed = run(&home, &["--run-once", &folders[0], "--template", "mine", "--output-to-stdout"]);
    assert!(printed.starts_with("MINE album") && printed.contains("1.png 2.png"), "{printed}");
    assert_eq!(home.list()[0]["template"], "mine");
    assert_eq!(run(&home, &["output", "1"]), printed, "it keeps its template");
    assert!(run(&home, &["output", "1", "--template", "html"]).contains("<a href="));
    run(&home, &["queue", "add", &folders[1], "--template", "titled"]);
    let resident = home.resident(&[]);
    let printed = run(&home, &["--run-once", &folders[1], "--template", "page-links", "--output-to-stdout"]);
    assert!(printed.starts_with("file://"), "for this output: {printed}");
    assert_eq!(home.list()[1]["template"], "titled", "and no more");
    let answer = home.request(r#"{"command": "output", "ids": [2], "token": "TOKEN"}"#);
    let posts: Vec<_> = answer["posts"].as_array().expect("posts").iter().map(|post| post["title"].clone()).collect();
    assert_eq!(posts.len(), 2, "{answer}");
    assert!(posts[0].as_str().is_some_and(|title| title.ends_with("(2) (1/2)")), "{posts:?}");
    run(&home, &["config", "set", "output.template", "mine"]);
    let printed = run(&home, &["--run-once", &folders[2], "--output-to-stdout"]);
    assert!(printed.starts_with("MINE"), "the template of the settings: {printed}");
    assert_eq!(home.list()[2]["template"], "mine");
    for args in [
        &["output", "1", "--template", "none"][..],
        &["--run-once", &folders[0], "--template", "none"],
        &["queue", "add", &folders[0], "--template", "none"],
        &["queue", "template", "none", "1"],
        &["config", "set", "output.template", "none"],
    ] {
        let words = refused(&home, args, 2);
        assert!(words.contains("“none”") && words.contains("mine") && words.contains("html"), "{args:?}: {words}");
    }
    let answer = home.request(r#"{"command": "run_once", "folders": ["/x"], "template": "none", "token": "TOKEN"}"#);
    assert_eq!(answer["code"], "no-such-template");
    run(&home, &["queue", "template", "", "1"]);
    assert_eq!(resident.quit(), 0);
    // The same without a resident.
    assert!(refused(&home, &["output", "1", "--template", "none"], 2).contains("“none”"));
}

#[test]
fn a_template_that_breaks_or_goes_while_its_gallery_is_uploaded_loses_nothing_and_the_row_says_so() {
    let home = Home::new();
    // Time to change the templates before the first image has arrived.
    let host = ScriptedHost::start(&home, "scripted", Duration::from_secs(3));
    template(&home, "mine", "#folderName#\n");
    template(&home, "other", "#folderName#\n");
    let resident = home.resident(&[]);
    let folders = home.albums("album", 2, 3);
    run(&home, &["queue", "add", &folders[0], "--host", "scripted", "--template", "mine", "--start"]);
    run(&home, &["queue", "add", &folders[1], "--host", "scripted", "--template", "other", "--start"]);
    eventually("they are on their way", || (host.requests(Kind::Upload) > 0).then_some(()));
    template(&home, "mine", "#folderName#\n[if galleryLink]#gallryLink#\n");
    std::fs::remove_file(home.data().join("templates/other.template.txt")).expect("removed");
    eventually("they are complete", || (home.count("completed") == 2).then_some(()));
    let reason = |index: usize| home.list()[index]["reason"].as_str().unwrap_or_default().to_owned();
    eventually("the row says so", || reason(1).contains("not there any more").then_some(()));
    eventually("the other, too", || (reason(0).contains("“mine”") && reason(0).contains("line 2")).then_some(()));
    let ran = home.run(&["output", "1"]);
    assert_eq!(ran.stdout.matches("[url=").count(), 3, "every link: {ran:?}");
    assert!(ran.stderr.contains("built-in default"), "{ran:?}");
    assert!(saved(&home).values().any(|text| text.matches("[url=").count() == 3));
    // Mended, and made anew without another upload.
    template(&home, "mine", "MENDED #folderName#\n");
    run(&home, &["queue", "render", "1"]);
    eventually("it is made anew", || saved(&home).values().any(|text| text.starts_with("MENDED")).then_some(()));
    eventually("the row is content", || reason(0).is_empty().then_some(()));
    run(&home, &["queue", "template", "page-links", "2"]);
    eventually("another template, other files", || {
        saved(&home).values().any(|text| text.starts_with("http")).then_some(())
    });
    eventually("that row, too", || reason(1).is_empty().then_some(()));
    assert_eq!(host.requests(Kind::Upload), 6, "nothing was sent again");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn the_gallery_as_json_has_the_documented_shape_everywhere() {
    let home = Home::new();
    template(&home, "titled", "#POSTTITLE: My #folderName#\n#allImages#\n");
    let folder = home.pictures("Trip", 2, 8);
    std::fs::write(folder.join("3.png"), "no picture").expect("written");
    run(&home, &["--run-once", folder.to_str().expect("Unicode"), "--template", "titled"]);
    run(&home, &["queue", "field", "custom1", "mine", "1"]);
    let printed = json(&run(&home, &["output", "1", "--json"]));
    let keys =
        |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    let all = [
        "name",
        "title",
        "host",
        "gallery_link",
        "cover",
        "images",
        "links",
        "custom",
        "ext",
        "bytes",
        "added_at",
        "finished_at",
    ];
    for key in all {
        assert!(keys(&printed).contains(key), "{key}: {printed}");
    }
    assert_eq!(keys(&printed["cover"]), ["link", "thumb"].map(str::to_owned).into());
    let image = ["name", "link", "thumb", "direct", "delete", "width", "height", "size", "state", "reason"];
    assert_eq!(keys(&printed["images"][0]), image.map(str::to_owned).into());
    assert_eq!(printed["title"], "My Trip");
    assert_eq!(printed["custom"], serde_json::json!(["mine", "", "", ""]));
    assert_eq!(printed["images"].as_array().map(Vec::len), Some(3), "also what is left out");
    assert_eq!(printed["images"][2]["state"], "skipped");
    // What is saved is the same, and `templates render` takes it.
    let resident = home.resident(&[]);
    eventually("it is saved", || {
        let saved = saved(&home);
        (json(saved.get("Trip_1.json")?) == printed).then_some(())
    });
    assert_eq!(resident.quit(), 0);
    let file = home.data().join("galleries/Trip_1.json");
    let rendered = run(&home, &["templates", "render", "default", "--data", file.to_str().expect("Unicode")]);
    assert_eq!(rendered, run(&home, &["output", "1", "--template", "default"]));
}

#[test]
fn saved_files_have_names_for_every_system_and_are_never_over_those_of_others() {
    let home = Home::new();
    let directory = home.data().join("galleries");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("CON_1.txt"), "my notes").expect("written");
    let folders = home.albums("album", 4, 1);
    let names = ["CON", "../../evil", "same", "same"];
    for (folder, name) in folders.iter().zip(names) {
        run(&home, &["--run-once", folder, "--name", name]);
    }
    let names: Vec<_> = saved(&home).into_keys().collect();
    let expected = [
        ".._.._evil_2.json",
        ".._.._evil_2.txt",
        "CON_1.txt",
        "_CON_1.json",
        "_CON_1.txt",
        "same_3.json",
        "same_3.txt",
        "same_4.json",
        "same_4.txt",
    ];
    assert_eq!(names, expected);
    // A file that somebody has changed is theirs.
    std::fs::write(directory.join("same_3.txt"), "mine now").expect("written");
    let resident = home.resident(&[]);
    run(&home, &["queue", "template", "page-links", "--all"]);
    eventually("all are made anew", || {
        let saved = saved(&home);
        let is_new = |name: &str| saved.get(name).is_some_and(|text| text.starts_with("file://"));
        ["same_3 (2).txt", "same_4.txt", "_CON_1.txt"].into_iter().all(is_new).then_some(())
    });
    assert_eq!(saved(&home)["same_3.txt"], "mine now");
    run(&home, &["queue", "rename", "4", "other"]);
    eventually("a new name, a new file", || saved(&home).contains_key("other_4.txt").then_some(()));
    eventually("and the old one is gone", || (!saved(&home).contains_key("same_4.txt")).then_some(()));
    assert!(!home.path().join("evil_2.txt").exists());
    assert_eq!(resident.quit(), 0);
}

#[cfg(unix)]
#[test]
fn in_the_folder_it_is_saved_only_when_that_is_wanted_and_a_link_is_not_followed() {
    let home = Home::new();
    let folders = home.albums("album", 2, 1);
    run(&home, &["--run-once", &folders[0]]);
    assert!(!Path::new(&folders[0]).join(".uploaded").exists(), "not unless it is wanted");
    run(&home, &["config", "set", "output.save_in_folder", "true"]);
    run(&home, &["config", "set", "output.save", "false"]);
    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    std::os::unix::fs::symlink(&elsewhere, Path::new(&folders[1]).join(".uploaded")).expect("linked");
    let resident = home.resident(&[]);
    run(&home, &["queue", "render", "1"]);
    let text = Path::new(&folders[0]).join(".uploaded");
    eventually("it is in the folder", || (text.read_dir().ok()?.count() == 2).then_some(()));
    run(&home, &["--run-once", &folders[1]]);
    let reason = home.list()[1]["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("could not be saved") && reason.contains("link"), "{reason}");
    assert_eq!(home.list()[1]["state"], "completed", "that is no failure of the upload");
    assert_eq!(elsewhere.read_dir().expect("listed").count(), 0);
    assert_eq!(saved(&home).len(), 2, "not in the data directory any more");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_kill_between_completion_and_saving_loses_no_file() {
    let home = Home::new();
    let folders = home.albums("album", 12, 1);
    let mut resident = home.resident(&[]);
    let args: Vec<_> = ["queue", "add", "--start"].into_iter().chain(folders.iter().map(String::as_str)).collect();
    run(&home, &args);
    for goal in [1, 4, 7] {
        eventually("some are complete", || (home.count("completed") >= goal).then_some(()));
        resident.kill();
        resident = home.resident(&[]);
    }
    eventually("all are complete", || (home.count("completed") == folders.len()).then_some(()));
    eventually("all are saved", || (saved(&home).len() == 2 * folders.len()).then_some(()));
    resident.kill();
    // As a kill right after the commit leaves it.
    let db = rusqlite::Connection::open(home.data().join("bbdrop.db")).expect("opened");
    db.execute("UPDATE galleries SET output_due = 1 WHERE id IN (3, 4)", []).expect("written");
    drop(db);
    let directory = home.data().join("galleries");
    let lost = saved(&home).into_keys().find(|name| name.ends_with("_3.txt")).expect("there");
    std::fs::remove_file(directory.join(&lost)).expect("removed");
    std::fs::write(directory.join(".bbdrop-1.partial"), "half").expect("written");
    let resident = home.resident(&[]);
    eventually("it is there again", || saved(&home).contains_key(&lost).then_some(()));
    eventually("nothing is due", || {
        (home.query::<i64>("SELECT count(*) FROM galleries WHERE output_due = 1") == [0]).then_some(())
    });
    assert_eq!(saved(&home).len(), 2 * folders.len(), "none twice, nothing half written: {:?}", saved(&home).keys());
    assert_eq!(resident.quit(), 0);
}
