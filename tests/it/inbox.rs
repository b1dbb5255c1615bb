//! The inbox: what is in it gets into the queue, once; what does not belong there is told and kept, and holds nobody up.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::launch::Launch;
#[cfg(unix)]
use crate::support::unix::{give_to_nobody, make_pipe};
use crate::support::{Home, eventually};

/// Larger than any file that is read.
const HUGE: u64 = 17 * 1024 * 1024;

/// Puts a file into the inbox the way a careful script does: whole, or not at all.
fn drop_file(home: &Home, name: &str, content: &[u8]) {
    std::fs::create_dir_all(home.inbox()).expect("made");
    let unfinished = home.inbox().join("unfinished");
    std::fs::write(&unfinished, content).expect("written");
    std::fs::rename(unfinished, home.inbox().join(name)).expect("renamed");
}

/// `file:///C:/…` on Windows.
fn file_url(path: &Path) -> String {
    let path = path.to_str().expect("Unicode").replace('\\', "/");
    format!("file://{}{path}", if cfg!(windows) { "/" } else { "" })
}

fn drop_letter(home: &Home, name: &str, folders: &[&Path]) {
    let letter = serde_json::json!({ "folders": folders });
    drop_file(home, name, letter.to_string().as_bytes());
}

fn wait_until_gone(home: &Home, name: &str) {
    eventually("the letter is taken", || (!home.inbox().join(name).exists()).then_some(()));
}

fn wait_for_words(resident: &Launch, words: &[&str]) {
    eventually(&format!("{words:?} is told"), || {
        let told = resident.stderr();
        words.iter().all(|part| told.contains(part)).then_some(())
    });
}

fn quit(home: &Home, mut resident: Launch) {
    assert_eq!(home.run(&["quit"]).code, 0);
    resident.end_well();
    assert!(!resident.stderr().contains("panicked"), "{}", resident.stderr());
    home.check_integrity();
}

#[test]
fn letters_are_taken_in_at_the_start_and_while_it_runs() {
    let home = Home::new();
    let folders = ["a", "b", "海辺 [1] & co", "d"].map(|name| home.empty_folder(name));
    let [a, b, c, d] = folders.each_ref();
    drop_letter(&home, "1.json", &[a, b]);
    drop_letter(&home, "2.json", &[b]);
    let resident = Launch::start(&home, Vec::new());
    home.holds_exactly(&BTreeSet::from([a.clone(), b.clone()]));
    drop_letter(&home, "1.json", &[c, a]);
    home.holds_exactly(&BTreeSet::from([a.clone(), b.clone(), c.clone()]));
    let url = format!("{{\"folders\": [\"{}\"], \"from\": \"a newer version\"}}", file_url(d));
    drop_file(&home, "1.json", url.as_bytes());
    home.holds_exactly(&BTreeSet::from(folders));
    // Without a display Wine does not tell of the end of the session, and that is said.
    let told = resident.stderr();
    let told: Vec<_> = told.lines().filter(|line| !line.contains("the end of the session")).collect();
    assert_eq!(told, [""; 0]);
    quit(&home, resident);
}

#[test]
fn what_is_no_letter_is_told_and_put_aside_and_holds_nobody_up() {
    let home = Home::new();
    let folders = ["first", "middle", "last"].map(|name| home.empty_folder(name));
    for (name, folder) in ["0.json", "f.json", "z.json"].into_iter().zip(&folders) {
        drop_letter(&home, name, &[folder]);
    }
    let strangers = [
        ("broken", b"{\"folders\": [".as_slice()),
        ("empty", b""),
        ("foreign", b"{\"name\": \"package\", \"version\": 1}"),
        ("noise", b"\x00\xff\xfe\x80"),
        ("number", b"{\"folders\": [1]}"),
        ("server", b"{\"folders\": [\"file://server/share\"]}"),
        ("text", b"{\"folders\": \"/tmp\"}"),
    ];
    for (name, content) in strangers {
        drop_file(&home, &format!("{name}.json"), content);
    }
    std::fs::File::create(home.inbox().join("huge.json")).and_then(|file| file.set_len(HUGE)).expect("made");
    std::fs::create_dir(home.inbox().join("directory.json")).expect("made");
    #[cfg(unix)]
    make_pipe(&home.inbox().join("pipe.json"));
    let other_names = [".a.tmp", "notes.txt", "b.json.part", "json", "c.JSON~"];
    for name in other_names {
        drop_file(&home, name, b"not yours");
    }
    let resident = Launch::start(&home, Vec::new());
    home.holds_exactly(&BTreeSet::from(folders));
    for (name, content) in strangers {
        assert_eq!(std::fs::read(home.inbox().join(format!("{name}.bad"))).expect("kept"), content);
        wait_for_words(&resident, &["Add them again.", &format!("{name}.bad")]);
    }
    for name in ["huge.bad", "directory.bad", "pipe.bad"].iter().take(if cfg!(unix) { 3 } else { 2 }) {
        assert!(home.inbox().join(name).exists(), "{name}");
        wait_for_words(&resident, &[name]);
    }
    for name in other_names {
        assert_eq!(std::fs::read(home.inbox().join(name)).expect("left alone"), b"not yours", "{name}");
    }
    quit(&home, resident);
}

#[test]
fn what_is_put_aside_is_kept_whatever_is_put_aside_later() {
    let home = Home::new();
    let resident = Launch::start(&home, Vec::new());
    home.wait_for_resident();
    let contents = ["first", "second", "third"];
    for content in contents {
        drop_file(&home, "same.json", content.as_bytes());
        wait_until_gone(&home, "same.json");
    }
    let kept = home.letters("bad");
    let mut kept: Vec<_> = kept.iter().map(|path| std::fs::read_to_string(path).expect("read")).collect();
    kept.sort_unstable();
    assert_eq!(kept, contents);
    quit(&home, resident);
}

#[test]
fn folders_that_are_gone_are_told_and_their_letter_is_done_with() {
    let home = Home::new();
    let there = home.empty_folder("there");
    let file = home.path().join("file.jpg");
    std::fs::write(&file, "x").expect("written");
    let resident = Launch::start(&home, Vec::new());
    drop_letter(&home, "1.json", &[&home.path().join("gone"), &there, &file, Path::new("relative")]);
    drop_letter(&home, "2.json", &[&home.path().join("gone as well")]);
    for name in ["1.json", "2.json"] {
        wait_until_gone(&home, name);
    }
    home.holds_exactly(&BTreeSet::from([there]));
    wait_for_words(&resident, &["gone", "gone as well", "file.jpg", "relative"]);
    assert_eq!(home.letters("bad").len(), 0);
    quit(&home, resident);
}

/// Sees the resident look around once more, from the beginning to the end: it writes its file at the end of each look.
#[cfg(unix)]
fn wait_for_a_look(home: &Home) {
    for _ in 0..2 {
        let _ = std::fs::remove_file(home.data().join("resident.json"));
        eventually("the file is there again", || home.data().join("resident.json").exists().then_some(()));
    }
}

#[cfg(unix)]
#[test]
fn a_letter_that_cannot_be_deleted_is_taken_once() {
    use crate::support::Ran;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    give_to_nobody(&home.data());
    give_to_nobody(&home.inbox());
    let folder = home.empty_folder("a");
    drop_letter(&home, "1.json", &[&folder]);
    drop_file(&home, "2.json", b"no letter");
    std::fs::set_permissions(home.inbox(), Permissions::from_mode(0o555)).expect("set");
    let mut resident = Launch::start_as_nobody(&home);
    let run = |args: &[&str]| Ran::of(home.bbdrop_as_nobody(args).output().expect("it runs"));
    eventually("the folder is in the queue", || {
        assert!(resident.is_running(), "it has ended: {}", resident.stderr());
        (home.rows().contains(&folder)).then_some(())
    });
    wait_for_words(&resident, &["1.json", "2.json"]);
    assert_eq!(run(&["queue", "remove", "--all"]).code, 0);
    wait_for_a_look(&home);
    assert!(home.rows().is_empty(), "it came back");
    let told = resident.stderr();
    wait_for_a_look(&home);
    assert_eq!(resident.stderr(), told, "once is enough");
    assert_eq!(home.letters("json").len(), 2);
    assert_eq!(run(&["quit"]).code, 0);
    resident.end_well();
}
