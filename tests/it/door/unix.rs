//! Names and users that only Unix has.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{launch, padded, text};
use crate::support::unix::{NOBODY, give_to_nobody, is_root};
use crate::support::{Home, Ran, eventually, skipped};

/// The longest path the system opens, in bytes without the end mark (Linux, `PATH_MAX`).
const PATH_BYTES_MAX: usize = 4095;

#[test]
fn odd_names_and_ways_of_writing_are_one_row_per_folder() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let mut deep = home.path().to_owned();
    while deep.as_os_str().len() + 1 + 200 < PATH_BYTES_MAX {
        deep.push("d".repeat(200));
    }
    deep.push("e".repeat(PATH_BYTES_MAX - 1 - deep.as_os_str().len()));
    let not_unicode = home.path().join(OsStr::from_bytes(b"not \xff Unicode"));
    let plain = home.empty_folder("plain");
    let folders =
        [deep.clone(), not_unicode, home.empty_folder("海辺 — 🎉 b&c %41"), home.empty_folder("line end\n"), plain];
    for folder in &folders {
        std::fs::create_dir_all(folder).expect("made");
        assert_eq!(launch(&home, folder), "1 gallery added to the queue.\n");
    }
    std::os::unix::fs::symlink(&folders[4], home.path().join("folders/link")).expect("linked");
    for other in ["plain/", "./plain", "link/../plain/.", "link"] {
        let said = launch(&home, &home.path().join("folders").join(other));
        assert!(said.starts_with("Already in the queue: "), "{other}: {said}");
    }
    let with_separator = PathBuf::from(OsString::from_vec(padded(&deep, PATH_BYTES_MAX + 1)));
    assert!(launch(&home, &with_separator).starts_with("Already in the queue: "), "a path of 4,096 bytes");
    assert_eq!(home.paths(), folders);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn two_users_on_one_machine_do_not_meet() {
    if !is_root() {
        return skipped("a second user needs root");
    }
    let (ours, mut theirs) = (Home::new(), Home::new());
    theirs.port = ours.port;
    give_to_nobody(&theirs.data());
    let resident = ours.resident(&[]);
    let mut other = theirs.start(theirs.bbdrop_as_nobody(&["--headless"]).stderr(Stdio::null()));
    let ask_other = |args: &[&str]| Ran::of(theirs.bbdrop_as_nobody(args).output().expect("it runs"));
    eventually("the other user's resident tells of the port", || {
        let status = ask_other(&["status", "--json"]).stdout;
        let status: serde_json::Value = serde_json::from_str(&status).ok()?;
        status["folder_port_trouble"].as_str().map(str::to_owned)
    });
    let their_folder = theirs.empty_folder("theirs");
    assert_eq!(ask_other(&[text(&their_folder)]).stderr, "1 gallery added to the queue.\n");
    let our_folder = ours.empty_folder("ours");
    assert_eq!(launch(&ours, &our_folder), "1 gallery added to the queue.\n");

    // A raw client of the other user at our door: refused at both channels, even with the token.
    let refused = as_nobody_over_tcp(ours.port, text(&their_folder));
    assert!(refused.starts_with("ERROR foreign-user "), "{refused}");
    let file = ours.resident_file();
    let request = serde_json::json!({"command": "add", "token": file["token"], "folders": [their_folder]});
    let delegate = file["delegate_port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let refused = as_nobody_over_tcp(delegate, &format!("{request}\n"));
    assert!(refused.contains("foreign-user"), "{refused}");
    assert_eq!((ours.paths(), theirs.paths()), (vec![our_folder], vec![their_folder]));

    // And the other way round: a stale file of theirs that names our port gets nothing from them.
    let mut file = theirs.resident_file();
    file["folder_port"] = ours.port.into();
    std::fs::write(theirs.data().join("resident.json"), file.to_string()).expect("written");
    let another = theirs.empty_folder("another");
    assert_eq!(ask_other(&[text(&another)]).stderr, "1 gallery added to the queue.\n");
    assert_eq!(ours.paths().len(), 1);
    assert_eq!(ask_other(&["quit"]).code, 0);
    assert_eq!(other.wait().code(), Some(0));
    assert_eq!(resident.quit(), 0);
}

/// What a client of the other user gets for `message`.
fn as_nobody_over_tcp(port: u16, message: &str) -> String {
    let script = "exec 3<>/dev/tcp/127.0.0.1/$1 && printf %s \"$2\" >&3 && cat <&3";
    let mut client = Command::new("bash");
    client.args(["-c", script, "client", &port.to_string(), message]).uid(NOBODY).gid(NOBODY);
    Ran::of(client.output().expect("it runs")).stdout
}
