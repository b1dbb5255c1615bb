//! Hosts as data, by the real program: checked, imported, set up, signed in at, removed; on servers that others wrote and on ones
//! that stand in for the classic hosts.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

#[cfg(unix)]
use crate::storage::check_bytes;
#[cfg(unix)]
use crate::support::servers::{self, Access, PASSWORD, USER};
#[cfg(unix)]
use crate::support::skipped;
use crate::support::stand_in::{Fixture, StandIn};
use crate::support::upload_server::{Config, UploadServer};
use crate::support::{Home, Ran, eventually, sample_gallery};

#[cfg(unix)]
const MISSING: &str = "a server is not installed: run scripts/test-tools";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn good(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn set(home: &Home, id: &str, key: &str, value: &str) {
    good(&home.run(&["hosts", "set", id, key, value]));
}

/// Enters secrets, a line each.
fn sign_in(home: &Home, id: &str, secrets: &[&str]) -> Ran {
    let mut command = home.bbdrop(&["hosts", "sign-in", id]);
    let mut child = crate::support::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let lines = secrets.join("\n") + "\n";
    child.stdin.take().expect("open").write_all(lines.as_bytes()).expect("written");
    Ran::of(child.wait_with_output().expect("it ends"))
}

fn upload(home: &Home, id: &str) -> Ran {
    home.run(&["--run-once", text(&sample_gallery()), "--host", id, "--output-to-stdout"])
}

fn write(home: &Home, name: &str, content: &str) -> PathBuf {
    let path = home.path().join(name);
    std::fs::write(&path, content).expect("written");
    path
}

#[test]
fn definitions_are_checked_with_line_and_key() {
    let home = Home::new();
    let builtin: Vec<_> =
        root().join("assets/hosts").read_dir().expect("there").map(|e| e.expect("read").path()).collect();
    let mut args = vec!["hosts", "check"];
    args.extend(builtin.iter().map(|path| text(path)));
    let ran = home.run(&args);
    good(&ran);
    assert_eq!(ran.stdout.matches(": usable").count(), builtin.len());
    for words in ["contacts  https://api.pixhost.to (api)", "img (the image)", "asks for  API key"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let bad = write(
        &home,
        "bad.toml",
        "[host]\nid = \"x\"\nname = \"X\"\n[origins]\na = \"https://x.example\"\n[[upload]]\nmethod = \"POST\"\nurl = \"{origin.b}/\"\n",
    );
    let uploader = write(
        &home,
        "bad.sxcu",
        "{\n \"Version\": \"14.0.0\",\n \"RequestURL\": \"https://[your host]/up\",\n \"Body\": \"MultipartFormData\",\n \"FileFormName\": \"f\"\n}",
    );
    let texts = write(
        &home,
        "texts.sxcu",
        r#"{"Version":"14.0.0","RequestURL":"https://e.example","Body":"FormURLEncoded","Arguments":{"t":"{input}"}}"#,
    );
    for (path, words) in [
        (&bad, &["line 8", "[[upload]] number 1, url", "{origin.b}"] as &[&str]),
        (&uploader, &["line 3, column", "RequestURL", "no host"]),
        (&texts, &["it loads, but cannot be used for images"]),
        (&home.path().join("none.toml"), &["cannot be read"]),
    ] {
        let ran = home.run(&["hosts", "check", text(path)]);
        assert_eq!(ran.code, 1, "{ran:?}");
        for words in words {
            assert!(ran.stdout.contains(words), "{words}: {ran:?}");
        }
        let ran = home.run(&["hosts", "check", "--json", text(path)]);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(json[0]["usable"], false);
    }
}

/// Files that their authors have published.
#[test]
fn public_uploaders_load_or_say_why_not() {
    let files = root().join("tests/data/sxcu/public").read_dir().expect("public uploaders");
    let home = Home::new();
    let files: Vec<_> = files.map(|entry| entry.expect("read").path()).collect();
    for file in &files {
        let ran = home.run(&["hosts", "check", text(file)]);
        println!("{}", ran.stdout.trim_end());
        let is_named =
            ran.stdout.contains(": usable") || ran.stdout.contains("it loads, but cannot be used for images");
        assert!(is_named, "{ran:?}");
    }
    assert!(files.len() >= 5);
}

#[cfg(unix)]
#[test]
fn a_sharex_uploader_works_with_a_real_server() {
    let Some(server) = servers::copyparty(Access::Account) else { return skipped(MISSING) };
    let home = Home::new();
    let uploader = serde_json::json!({
        "Version": "15.0.0",
        "Name": "My party",
        "DestinationType": "ImageUploader",
        "RequestMethod": "POST",
        "RequestURL": format!("http://127.0.0.1:{}/", server.port),
        "Parameters": { "j": null },
        "Headers": { "pw": PASSWORD },
        "Body": "MultipartFormData",
        "Arguments": { "act": "bput" },
        "FileFormName": "f",
        "URL": "{json:files[0].url}",
        "ThumbnailURL": "{json:files[0].url}?th=w",
    });
    let file = write(&home, "party.sxcu", &uploader.to_string());
    let imported = home.run(&["hosts", "import", "--yes", text(&file)]);
    good(&imported);
    for words in ["My party (my-party)", &format!("http://127.0.0.1:{}", server.port), "headers: pw", "fields: act"] {
        assert!(imported.stdout.contains(words), "{words}: {imported:?}");
    }
    assert!(!imported.stdout.contains(PASSWORD));
    check_with_password(&upload(&home, "my-party"));
    let again = home.run(&["hosts", "import", "--yes", text(&file)]);
    assert!(again.code == 1 && again.stderr.contains("--replace"), "{again:?}");
    good(&home.run(&["config", "set", "uploads.host", "my-party"]));
    let refused = home.run(&["hosts", "remove", "my-party"]);
    assert!(refused.code != 0 && refused.stderr.contains("New galleries go to “my-party”"), "{refused:?}");
    good(&home.run(&["config", "set", "uploads.host", "folder"]));
    good(&home.run(&["hosts", "remove", "my-party"]));
    assert_eq!(upload(&home, "my-party").code, 4);
}

/// The links of copyparty with an account, which nobody sees without its password.
#[cfg(unix)]
fn check_with_password(ran: &Ran) {
    let with_password = ran.stdout.replace("?th=w", &format!("?th=w&pw={}", PASSWORD.replace(' ', "%20")));
    let links = with_password.split("[url=").map(|part| match part.split_once(']') {
        Some((link, rest)) if link.starts_with("http") => {
            format!("{link}?pw={}]{rest}", PASSWORD.replace(' ', "%20"))
        }
        _ => part.to_owned(),
    });
    let stdout = links.collect::<Vec<_>>().join("[url=");
    check_bytes(&Ran { stdout, ..ran.clone() });
}

#[cfg(unix)]
#[test]
fn the_builtin_copyparty_works_with_the_real_one() {
    for access in [Access::Anyone, Access::Account] {
        let Some(server) = servers::copyparty(access) else { return skipped(MISSING) };
        let home = Home::new();
        set(&home, "copyparty", "origins.site", &format!("http://127.0.0.1:{}", server.port));
        good(&home.run(&["config", "set", "secrets.store", "file"]));
        if access == Access::Account {
            let refused = upload(&home, "copyparty");
            assert_eq!(refused.code, 4, "{refused:?}");
            good(&sign_in(&home, "copyparty", &[PASSWORD]));
            check_with_password(&upload(&home, "copyparty"));
        } else {
            let tested = home.run(&["hosts", "test", "copyparty"]);
            good(&tested);
            assert!(tested.stdout.contains("upload     ok      http://127.0.0.1"), "{tested:?}");
            check_bytes(&upload(&home, "copyparty"));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_storage_is_added_set_up_and_signed_in_at_from_the_command_line() {
    let Some(server) = servers::wsgidav(Access::Account) else { return skipped(MISSING) };
    let home = Home::new();
    good(&home.run(&["hosts", "add", "my-dav", "webdav"]));
    let unset = upload(&home, "my-dav");
    assert!(unset.code == 4 && unset.stderr.contains("endpoint is missing"), "{unset:?}");
    set(&home, "my-dav", "endpoint", &format!("http://127.0.0.1:{}", server.port));
    set(&home, "my-dav", "root", "/galleries");
    set(&home, "my-dav", "user", USER);
    good(&home.run(&["config", "set", "secrets.store", "file"]));
    good(&sign_in(&home, "my-dav", &["wrong"]));
    let refused = upload(&home, "my-dav");
    assert!(refused.code == 4 && refused.stderr.contains("does not accept who we are"), "{refused:?}");
    good(&sign_in(&home, "my-dav", &[PASSWORD]));
    let ran = upload(&home, "my-dav");
    good(&ran);
    let secrets = home.data().join("secrets.json");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&secrets).expect("there")) & 0o777;
    assert_eq!(mode, 0o600, "for nobody else's eyes");
    for file in ["bbdrop.db", "bbdrop.db-wal"] {
        let stored = std::fs::read(home.data().join(file)).unwrap_or_default();
        assert!(!stored.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "{file}");
    }
    good(&home.run(&["hosts", "sign-out", "my-dav"]));
    assert!(!std::fs::read_to_string(&secrets).expect("read").contains(PASSWORD));
    assert_eq!(home.run(&["hosts", "add", "my-dav", "ftp"]).code, 1);
    assert_eq!(home.run(&["hosts", "add", "Bad Name", "ftp"]).code, 2);
    let links: Vec<_> = ran.stdout.matches("[url=http://127.0.0.1").collect();
    assert!(links.len() > 10, "{ran:?}");
}

#[cfg(unix)]
#[test]
fn without_a_key_store_it_is_said_what_can_be_done() {
    let home = Home::new();
    let ran = sign_in(&home, "imgbb", &["a-key"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("bbdrop config set secrets.store file"), "{ran:?}");
    assert!(!ran.stderr.contains("a-key"));
    let nothing = home.run(&["hosts", "sign-in", "imgbb"]);
    assert!(nothing.code == 1 && nothing.stderr.contains("API key is missing"), "{nothing:?}");
    let nobody = home.run(&["hosts", "sign-in", "nowhere"]);
    assert!(nobody.code == 4 && nobody.stderr.contains("There is no host “nowhere”"), "{nobody:?}");
}

/// The host `id`, with every place that it contacts at a server that answers as it does.
fn stand_in(home: &Home, id: &str) -> StandIn {
    let fixture = std::fs::read_to_string(root().join(format!("tests/data/hosts/{id}.toml"))).expect("read");
    let fixture: Fixture = toml::from_str(&fixture).expect("good");
    let server = StandIn::start(&fixture);
    let shown = home.run(&["hosts", "show", id]);
    for line in shown.stdout.lines().filter_map(|line| line.strip_prefix("origins.")) {
        let (name, _) = line.split_once(" = ").expect("a setting");
        set(home, id, &format!("origins.{name}"), &format!("{}/{name}", server.url));
    }
    for (key, value) in &fixture.options {
        set(home, id, key, value);
    }
    if !fixture.secrets.is_empty() {
        good(&home.run(&["config", "set", "secrets.store", "file"]));
        let shown = home.run(&["hosts", "show", id, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let names = json["secrets"].as_array().expect("secrets").iter().map(|secret| secret["name"].as_str());
        let lines: Vec<_> = names.map(|name| fixture.secrets[name.expect("a name")].as_str()).collect();
        good(&sign_in(home, id, &lines));
    }
    server
}

#[test]
fn the_classic_hosts_take_a_gallery() {
    for (id, page) in [
        ("pixhost", "https://pixhost.example/gallery/"),
        ("imx", "/site/g/g"),
        ("turboimagehost", "https://turbo.example/album/123/Name"),
    ] {
        let home = Home::new();
        let server = stand_in(&home, id);
        // Only what the host takes.
        let folder = home.pictures("Löwen & Bären", 12, 30);
        let ran = home.run(&["--run-once", text(&folder), "--host", id, "--output-to-stdout"]);
        good(&ran);
        assert_eq!(ran.stdout.matches("[url=").count(), 12, "{ran:?}");
        let stored = server.stored();
        assert_eq!(stored.len(), 12, "{id}");
        assert!(stored.iter().all(|image| image.gallery == stored[0].gallery), "{id}: one gallery");
        for image in &stored {
            assert!(image.content == std::fs::read(folder.join(&image.file)).expect("read"), "{id}: {}", image.file);
        }
        let link = home.list()[0]["gallery_link"].as_str().unwrap_or_default().to_owned();
        assert!(link.contains(page), "{id}: {link}");
    }
}

#[test]
fn a_gallery_whose_host_is_removed_waits_and_goes_on_when_it_is_back() {
    let home = Home::new();
    let server = UploadServer::start(Config::default()).expect("a server");
    let file = example(&home, server.url());
    good(&home.run(&["hosts", "import", "--yes", text(&file)]));
    let resident = home.resident(&[]);
    good(&home.run(&["hosts", "set", "my-host", "bandwidth_limit", "100"]));
    let folder = home.pictures("album", 20, 200);
    home.upload(&[text(&folder).to_owned()], "my-host");
    eventually("some images arrive", || {
        home.query::<i64>("SELECT images_uploaded FROM galleries").first().filter(|count| **count >= 2).copied()
    });
    good(&home.run(&["hosts", "remove", "my-host"]));
    eventually("it waits and says why", || {
        let list = home.list();
        let reason = list[0]["reason"].as_str().unwrap_or_default();
        (list[0]["state"] == "queued" && reason.contains("There is no host")).then_some(())
    });
    good(&home.run(&["hosts", "import", "--yes", text(&file)]));
    good(&home.run(&["hosts", "set", "my-host", "bandwidth_limit", "0"]));
    eventually("the gallery is complete", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(resident.quit(), 0);
    let galleries = server.galleries();
    assert_eq!(galleries.len(), 1);
    assert_eq!(server.images_of(&galleries[0].hash).len(), 20);
}

/// The whole definition of the documentation, for the server at `url`.
fn example(home: &Home, url: &str) -> PathBuf {
    let docs = std::fs::read_to_string(root().join("docs/hosts.md")).expect("read");
    let (_, rest) = docs.split_once("```toml\n[host]\nid = \"my-host\"").expect("the example");
    let (example, _) = rest.split_once("```").expect("its end");
    let example = format!("[host]\nid = \"my-host\"{example}").replace("https://api.example.org", url);
    write(home, "my-host.toml", &example)
}

#[test]
fn the_example_of_the_documentation_works() {
    let home = Home::new();
    let server = UploadServer::start(Config::default()).expect("a server");
    let file = example(&home, server.url());
    good(&home.run(&["hosts", "check", text(&file)]));
    good(&home.run(&["hosts", "import", "--yes", text(&file)]));
    let tested = home.run(&["hosts", "test", "my-host"]);
    good(&tested);
    let folder = home.pictures("album", 3, 20);
    let ran = home.run(&["--run-once", text(&folder), "--host", "my-host", "--output-to-stdout"]);
    good(&ran);
    assert_eq!(ran.stdout.matches("[url=").count(), 3, "{ran:?}");
}

#[test]
fn every_key_and_value_of_the_language_is_documented() {
    let docs = std::fs::read_to_string(root().join("docs/hosts.md")).expect("read");
    let written = std::fs::read_to_string(root().join("src/hosts/definition/written.rs")).expect("read");
    let mut keys = 0;
    for line in written.lines() {
        let Some((name, _)) = line.trim().strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) else { continue };
        if name.contains([' ', '(']) {
            continue;
        }
        let name = if name == "pattern" { "match" } else { name };
        let is_there = [format!("`{name}`"), format!("`{name} "), format!("[{name}"), format!(" {name} ")];
        assert!(is_there.iter().any(|form| docs.contains(form)), "docs/hosts.md does not name the key {name}");
        keys += 1;
    }
    assert!(keys > 60, "{keys}");
}

#[cfg(unix)]
#[test]
fn a_self_signed_server_is_refused_in_words_and_trusted_when_it_is_pinned() {
    let Some((server, fingerprint)) = servers::rclone_webdav_with_tls() else { return skipped(MISSING) };
    let home = Home::new();
    good(&home.run(&["hosts", "add", "own", "webdav"]));
    set(&home, "own", "endpoint", &format!("https://127.0.0.1:{}", server.port));
    set(&home, "own", "connect_timeout", "5");
    let host = home.data().join("hosts/own.toml");
    let patient = std::fs::read_to_string(&host).expect("read");
    std::fs::write(&host, patient.replace("[storage]", "[retry]\nnetwork_attempts = 1\n[storage]")).expect("written");
    let refused = upload(&home, "own");
    assert!(refused.code != 0 && refused.stderr.contains("certificate"), "{refused:?}");
    set(&home, "own", "certificate", &"00".repeat(32));
    good(&home.run(&["queue", "remove", "--all"]));
    let other = upload(&home, "own");
    assert!(other.code != 0 && other.stderr.contains("certificate"), "{other:?}");
    set(&home, "own", "certificate", &fingerprint);
    good(&home.run(&["queue", "remove", "--all"]));
    let ran = upload(&home, "own");
    good(&ran);
    assert!(server.root().read_dir().expect("there").count() > 0);
}

#[test]
fn what_a_host_cannot_take_is_said_before_it_is_sent() {
    let home = Home::new();
    let server = stand_in(&home, "pixhost");
    let ran = upload(&home, "pixhost");
    assert_eq!(ran.code, 1, "{ran:?}");
    let shown = home.run(&["queue", "show", "1"]);
    assert!(shown.stdout.contains("The host takes gif, jpeg, jpg, png, not webp"), "{shown:?}");
    assert!(server.stored().iter().all(|image| !image.file.contains("webp")));
}

#[test]
fn what_is_too_large_is_made_to_fit_when_that_is_asked_for() {
    let home = Home::new();
    let server = UploadServer::start(Config::default()).expect("a server");
    let file = example(&home, server.url());
    let text_of = std::fs::read_to_string(&file).expect("read").replace("10_000_000", "2_000");
    std::fs::write(&file, text_of).expect("written");
    good(&home.run(&["hosts", "import", "--yes", text(&file)]));
    let folder = home.path().join("large");
    std::fs::create_dir(&folder).expect("made");
    std::fs::copy(sample_gallery().join("IMG_20.jpg"), folder.join("large.jpg")).expect("copied");
    let upload = || home.run(&["--run-once", text(&folder), "--host", "my-host", "--output-to-stdout"]);
    let refused = upload();
    assert!(refused.code == 1 && refused.stderr.contains("Make it smaller"), "{refused:?}");
    set(&home, "my-host", "shrink_to_fit", "true");
    good(&home.run(&["queue", "remove", "--all"]));
    good(&upload());
    let shown = home.run(&["queue", "show", "2"]);
    assert!(shown.stdout.contains("it was sent as a JPEG"), "{shown:?}");
    let galleries = server.galleries();
    let sent = server.images_of(&galleries.last().expect("a gallery").hash);
    assert!(sent["large.jpg"].iter().all(|arrival| arrival.bytes <= 2_000), "{sent:?}");
}

#[cfg(unix)]
#[test]
fn secrets_are_in_the_key_store_of_the_system_where_there_is_one() {
    let home = Home::new();
    let server = stand_in_with_key_store(&home);
    let sample = home.pictures("album", 2, 20);
    let store = home.path().join("store");
    std::fs::create_dir(&store).expect("made");
    // One session of the desktop: its bus, its key store, and the program twice.
    let script = "printf x | gnome-keyring-daemon --unlock --components=secrets > /dev/null 2>&1 || exit 77
        printf 'a-key-of-mine\\n' | \"$0\" hosts sign-in imgbb || exit 1
        \"$0\" --run-once \"$1\" --host imgbb --output-to-stdout";
    let mut command = std::process::Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script, env!("CARGO_BIN_EXE_bbdrop"), text(&sample)]);
    command.env("BBDROP_DATA_DIR", home.data()).env("BBDROP_PORT", home.port.to_string());
    command.env("HOME", &store).env("XDG_DATA_HOME", &store).env("XDG_RUNTIME_DIR", &store);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
    let Ok(output) = command.output() else { return skipped("dbus-run-session is not installed") };
    if output.status.code() == Some(77) || output.status.code() == Some(127) {
        return skipped("gnome-keyring-daemon is not installed");
    }
    let ran = Ran::of(output);
    good(&ran);
    assert_eq!(ran.stdout.matches("[url=").count(), 2, "{ran:?}");
    assert_eq!(server.stored().len(), 2);
    assert!(!home.data().join("secrets.json").exists());
    let is_there = |bytes: &[u8]| bytes.windows(13).any(|window| window == b"a-key-of-mine");
    for entry in walk(home.path()) {
        assert!(!is_there(&std::fs::read(&entry).unwrap_or_default()), "{}", entry.display());
    }
}

/// imgbb, not signed in at.
#[cfg(unix)]
fn stand_in_with_key_store(home: &Home) -> StandIn {
    let fixture = std::fs::read_to_string(root().join("tests/data/hosts/imgbb.toml")).expect("read");
    let server = StandIn::start(&toml::from_str(&fixture).expect("good"));
    set(home, "imgbb", "origins.api", &format!("{}/api", server.url));
    server
}

/// Every file below a folder.
#[cfg(unix)]
fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().filter_map(Result::ok);
    entries.flat_map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { vec![entry.path()] }).collect()
}
