//! Tabs, names, fields and templates of galleries, and the output that people paste.

use crate::support::Home;

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
