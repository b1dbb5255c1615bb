//! The storage host on servers that nobody here wrote, by the real program: every link leads to the very bytes of its source,
//! whatever was killed on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bbdrop::core::gallery::Session;
use bbdrop::core::{Fault, FaultKind, Folder, Gallery, GalleryId, Settings};
use bbdrop::hosts::{Host, Meter, Route, Setup, Stamp, StorageHost, StorageSpec, Timeouts, Upload};
use tokio::task::JoinSet;

use crate::run_once::expected_order;
use crate::support::launch::Chance;
use crate::support::servers::{self, Access, BUCKET, KEYS, PASSWORD, Server, USER, fetch};
use crate::support::{Home, Ran, eventually, sample_gallery, skipped, tenth_of};

const MISSING: &str = "a server is not installed: run scripts/test-tools";
const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(10), idle: Duration::from_secs(10) };
const ROOT: &str = "my galleries";

/// One kind of server, the `[storage]` table for it, and where it keeps what goes below [`ROOT`].
struct Store {
    server: Server,
    table: String,
    root: PathBuf,
    /// Shows what a server keeps that has no links of its own.
    _web: Option<Server>,
}

impl Store {
    fn dav(server: Server) -> Self {
        let table =
            format!("service = \"webdav\"\nendpoint = \"http://127.0.0.1:{}\"\nroot = \"/{ROOT}\"\n", server.port);
        let root = server.root().join(ROOT);
        Self { server, table, root, _web: None }
    }

    fn s3(server: Server) -> Self {
        let endpoint = format!("endpoint = \"http://127.0.0.1:{}\"", server.port);
        let table =
            format!("service = \"s3\"\n{endpoint}\nbucket = \"{BUCKET}\"\nregion = \"eu-1\"\nroot = \"{ROOT}\"\n");
        let root = server.root().join(BUCKET).join(ROOT);
        Self { server, table, root, _web: None }
    }

    fn ftp(server: Server) -> Option<Self> {
        let web = servers::web(&server.root())?;
        let base = format!("http://127.0.0.1:{}/{}", web.port, ROOT.replace(' ', "%20"));
        let endpoint = format!("endpoint = \"ftp://127.0.0.1:{}\"", server.port);
        let table = format!("service = \"ftp\"\n{endpoint}\nroot = \"/{ROOT}\"\nbase_url = \"{base}\"\n");
        let root = server.root().join(ROOT);
        Some(Self { server, table, root, _web: Some(web) })
    }

    /// Makes it a host of the program.
    fn define(&self, home: &Home, retry: &str) {
        let hosts = home.data().join("hosts");
        std::fs::create_dir_all(&hosts).expect("made");
        let text = format!("[host]\nid = \"store\"\nname = \"Store\"\n[retry]\n{retry}\n[storage]\n{}", self.table);
        std::fs::write(hosts.join("store.toml"), text).expect("written");
    }

    /// Folders of galleries at the server.
    fn galleries(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// There is one gallery, with exactly these pictures, whole, and nothing that was left on the way.
    fn check_only(&self, sources: &Path) {
        let galleries = self.galleries();
        assert_eq!(galleries.len(), 1, "{galleries:?}");
        let there = files(&galleries[0]);
        let mut expected = files(sources);
        assert_eq!(files(&galleries[0].join("thumbs")).len(), expected.len());
        expected.insert("index.html".to_owned(), there.get("index.html").cloned().unwrap_or_default());
        assert!(there.keys().eq(expected.keys()), "{:?}", there.keys());
        assert!(there == expected, "the very bytes");
    }
}

/// Every server anybody may use.
fn stores() -> Option<Vec<(&'static str, Store)>> {
    let anyone = Access::Anyone;
    Some(vec![
        ("WsgiDAV", Store::dav(servers::wsgidav(anyone)?)),
        ("rclone serve webdav", Store::dav(servers::rclone_webdav()?)),
        ("copyparty", Store::dav(servers::copyparty(anyone)?)),
        ("s3s-fs", Store::s3(servers::s3s_fs(anyone)?)),
        ("pyftpdlib", Store::ftp(servers::pyftpdlib(anyone)?)?),
    ])
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let entries = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_file());
    let file = |entry: std::fs::DirEntry| {
        (entry.file_name().into_string().expect("Unicode"), std::fs::read(entry.path()).expect("read"))
    };
    entries.map(file).collect()
}

fn upload_sample(home: &Home) -> Ran {
    let sample = sample_gallery();
    home.run(&["--run-once", sample.to_str().expect("Unicode"), "--host", "store", "--output-to-stdout"])
}

/// The values of a tag of `BBCode`.
fn values<'a>(output: &'a str, before: &str, after: char) -> Vec<&'a str> {
    output.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Every link leads to the very bytes of its source, every thumbnail to something.
pub fn check_bytes(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
    let links = values(&ran.stdout, "[url=", ']');
    let expected = expected_order();
    assert_eq!(links.len(), expected.len(), "{ran:?}");
    for (link, name) in links.iter().zip(&expected) {
        assert!(fetch(link) == std::fs::read(sample_gallery().join(name)).expect(name), "{link}");
    }
    for thumb in values(&ran.stdout, "[img]", '[') {
        assert!(fetch(thumb).len() > 100, "{thumb}");
    }
}

fn check_links(ran: &Ran) {
    check_bytes(ran);
    let links = values(&ran.stdout, "[url=", ']');
    for (link, name) in links.iter().zip(&expected_order()) {
        let decoded = percent_encoding::percent_decode_str(link).decode_utf8().expect("UTF-8");
        assert!(decoded.ends_with(&format!("/{name}")), "{link}");
    }
    let (folder, _) = links[0].rsplit_once('/').expect("a path");
    let page = fetch(&format!("{folder}/index.html"));
    assert!(String::from_utf8_lossy(&page).contains("Beach 10.webp"));
}

#[test]
fn every_link_leads_to_the_bytes_of_its_source() {
    let Some(stores) = stores() else { return skipped(MISSING) };
    for (name, store) in stores {
        println!("{name}");
        let home = Home::new();
        store.define(&home, "");
        check_links(&upload_sample(&home));
        let gallery = store.galleries().remove(0);
        let left: Vec<_> = files(&gallery).into_keys().filter(|file| file.ends_with(".partial")).collect();
        assert_eq!(left, [""; 0]);
    }
}

#[test]
fn a_strict_server_with_tls_takes_every_file() {
    let Some(server) = servers::vsftpd() else { return skipped("vsftpd needs root, openssl and scripts/test-tools") };
    let Some(web) = servers::web(&server.root()) else { return skipped(MISSING) };
    let home = Home::new();
    let table = format!(
        "service = \"ftp\"\nendpoint = \"ftps://localhost:{}\"\nroot = \"/up\"\nbase_url = \"http://127.0.0.1:{}/up\"\n",
        server.port, web.port
    );
    let store = Store { root: server.root().join("up"), table, server, _web: Some(web) };
    store.define(&home, "network_attempts = 1\nhost_fault_attempts = 1");
    let sample = sample_gallery();
    let args = ["--run-once", sample.to_str().expect("Unicode"), "--host", "store", "--output-to-stdout"];
    let ran = home.run(&args);
    assert!(ran.code != 0 && ran.stderr.contains("certificate"), "nobody vouches for it: {ran:?}");
    let certificate = store.server.certificate();
    check_links(&Ran::of(home.bbdrop(&args).env("SSL_CERT_FILE", certificate).output().expect("it runs")));
}

#[test]
fn killed_again_and_again_it_goes_on_in_the_same_folder() {
    let Some(stores) = stores() else { return skipped(MISSING) };
    let chance = Chance::from_environment("BBDROP_STORAGE_SEED");
    for (name, store) in stores {
        println!("{name}");
        let home = Home::new();
        store.define(&home, "first_ms = 20\nmax_ms = 200\nbreaker_ms = 100");
        assert_eq!(home.run(&["hosts", "set", "store", "bandwidth_limit", "4000"]).code, 0);
        let kills = tenth_of(100);
        let folder = home.pictures("album", u32::try_from(3 * kills).expect("few"), 250);
        home.upload(&[folder.to_str().expect("Unicode").to_owned()], "store");
        for _ in 0..kills {
            let mut resident = home.start(&mut home.bbdrop(&["--headless"]));
            chance.moment(Duration::from_millis(400));
            resident.kill();
        }
        let resident = home.resident(&[]);
        eventually("the gallery is complete", || (home.states() == ["completed"]).then_some(()));
        assert_eq!(resident.quit(), 0);
        store.check_only(&folder);
    }
}

/// Something that is on its way for a while.
fn slow_upload(home: &Home, store: &Store, retry: &str) -> PathBuf {
    store.define(home, retry);
    assert_eq!(home.run(&["hosts", "set", "store", "bandwidth_limit", "2000"]).code, 0);
    let folder = home.pictures("album", 30, 250);
    home.upload(&[folder.to_str().expect("Unicode").to_owned()], "store");
    folder
}

fn wait_for_images(home: &Home, least: i64) {
    eventually("some images arrive", || {
        let done: Vec<i64> = home.query("SELECT images_uploaded FROM galleries");
        (done.first()? >= &least).then_some(())
    });
}

#[test]
fn a_server_that_goes_away_is_waited_for() {
    let Some(stores) = stores() else { return skipped(MISSING) };
    for (name, mut store) in stores {
        println!("{name}");
        let home = Home::new();
        let retry = "first_ms = 50\nmax_ms = 300\nbreaker_ms = 200\nnetwork_attempts = 100\nhost_fault_attempts = 100";
        let folder = slow_upload(&home, &store, retry);
        let resident = home.resident(&[]);
        wait_for_images(&home, 3);
        store.server.stop();
        let words = "SELECT words FROM attempts WHERE kind = 'network' AND words LIKE '%reached%'";
        let words = if name == "pyftpdlib" { words.replace("reached", "Connection refused") } else { words.to_owned() };
        eventually("it says so", || (!home.query::<String>(&words).is_empty()).then_some(()));
        store.server.go_on();
        eventually("the gallery is complete", || (home.states() == ["completed"]).then_some(()));
        assert_eq!(resident.quit(), 0);
        store.check_only(&folder);
    }
}

#[test]
fn a_folder_that_is_taken_away_at_the_server_is_said() {
    // The others remember folders, or have none.
    let stores = || {
        let dav = Store::dav(servers::wsgidav(Access::Anyone)?);
        Some([dav, Store::ftp(servers::pyftpdlib(Access::Anyone)?)?])
    };
    let Some(stores) = stores() else { return skipped(MISSING) };
    for store in stores {
        let home = Home::new();
        slow_upload(&home, &store, "first_ms = 50\nmax_ms = 300\nbreaker_ms = 200");
        let resident = home.resident(&[]);
        wait_for_images(&home, 3);
        // At once: the server is writing into it.
        std::fs::rename(store.galleries().remove(0), home.path().join("taken away")).expect("moved");
        home.wait_until_settled(Duration::ZERO);
        assert_eq!(home.states(), ["incomplete"]);
        let reasons: Vec<String> = home.query("SELECT reason FROM images WHERE state = 'failed'");
        assert!(
            !reasons.is_empty()
                && reasons.iter().all(|words| words.contains("still there") || words.contains("not there any more")),
            "{reasons:?}"
        );
        assert_eq!(resident.quit(), 0);
        assert!(store.galleries().is_empty(), "it is not made again, as if nothing were missing");
    }
}

#[test]
fn a_full_or_closed_server_holds_the_gallery_in_words() {
    let closed = || {
        let account = Access::Account;
        Some([
            Store::dav(servers::wsgidav(account)?),
            Store::dav(servers::copyparty(account)?),
            Store::s3(servers::s3s_fs(account)?),
            Store::ftp(servers::pyftpdlib(account)?)?,
        ])
    };
    let Some(closed) = closed() else { return skipped(MISSING) };
    for store in closed {
        let home = Home::new();
        store.define(&home, "");
        let ran = upload_sample(&home);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
        assert!(ran.stderr.contains("does not accept who we are"), "{ran:?}");
    }
}

#[test]
fn a_secret_that_is_not_stored_is_asked_for() {
    let Some(server) = servers::wsgidav(Access::Account) else { return skipped(MISSING) };
    let mut store = Store::dav(server);
    store.table.push_str("user = \"anna\"\npassword = \"{secret.dav_password}\"\n");
    let home = Home::new();
    store.define(&home, "");
    let ran = upload_sample(&home);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("dav_password"), "{ran:?}");
}

/// The host of `table`, with everything right but the secrets, which are `secret`.
fn host(store: &Store, more: &str, secret: fn(&str) -> Option<String>) -> Host {
    let spec: StorageSpec = toml::from_str(&format!("{}{more}", store.table)).expect("good");
    Host::Files(StorageHost::new(&spec, &secret, &Route::default()).expect("a host"))
}

fn right(name: &str) -> Option<String> {
    let secret = match name {
        "password" => PASSWORD,
        "access_key" => KEYS.0,
        "secret_key" => KEYS.1,
        _ => return None,
    };
    Some(secret.to_owned())
}

fn wrong(name: &str) -> Option<String> {
    if name == "access_key" { right(name) } else { Some("hunter2-secret".to_owned()) }
}

/// A gallery for a host that is used without the program.
pub fn gallery() -> Gallery {
    numbered(1)
}

fn numbered(id: i64) -> Gallery {
    let folder = Folder { path: PathBuf::from("/a"), key: PathBuf::from("/a"), chosen: None };
    Gallery::new(GalleryId(id), folder, "trip", "store")
}

pub fn setup() -> Setup {
    Setup { timeouts: TIMEOUTS, ..Setup::default() }
}

async fn open(host: &Host, id: i64) -> Result<Session, Fault> {
    let opened = host.open(&numbered(id), 1, None, &Settings::default(), &setup()).await?;
    Ok(opened.session)
}

/// Opens a gallery and sends one image into it.
async fn send_one(host: &Host, source: &Path) -> Result<String, Fault> {
    let session = open(host, 1).await?;
    let stamp = Stamp::of(&std::fs::metadata(source).expect("a file"));
    let (source, meter) = (source.to_owned(), Meter::default());
    let upload =
        Upload { source, stamp, thumbnail: None, meter, position: 0, is_uncertain: false, has_namesake: false };
    Ok(host.upload(&session, upload, &setup()).await?.links.link)
}

#[tokio::test]
async fn the_right_secret_opens_and_a_wrong_one_is_refused_without_being_named() {
    let account = format!("user = \"{USER}\"\npassword = \"{{secret.password}}\"\n");
    let keys = "access_key = \"{secret.access_key}\"\nsecret_key = \"{secret.secret_key}\"\n";
    let closed = || {
        let access = Access::Account;
        Some([
            (Store::dav(servers::wsgidav(access)?), account.as_str()),
            (Store::dav(servers::copyparty(access)?), &account),
            (Store::s3(servers::s3s_fs(access)?), keys),
            (Store::ftp(servers::pyftpdlib(access)?)?, &account),
        ])
    };
    let Some(closed) = closed() else { return skipped(MISSING) };
    let source = sample_gallery().join("Glass 50%.png");
    for (store, more) in closed {
        send_one(&host(&store, more, right), &source).await.expect("sent");
        let stored = store.galleries().remove(0).join("Glass 50%.png");
        assert_eq!(std::fs::read(stored).expect("there"), std::fs::read(&source).expect("read"));
        let closed = host(&store, more, wrong);
        let fault = send_one(&closed, &source).await.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::Auth, "{fault}");
        for text in [&fault.words, &format!("{closed:?}")] {
            assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMi"), "{text}");
        }
    }
}

#[tokio::test]
async fn galleries_that_open_at_once_make_their_folders_without_getting_into_each_others_way() {
    let Some(stores) = stores() else { return skipped(MISSING) };
    for (name, store) in stores {
        let host = Arc::new(host(&store, "", right));
        let mut opening = JoinSet::new();
        for id in 1..=8 {
            let host = Arc::clone(&host);
            opening.spawn(async move { open(&host, id).await });
        }
        let mut sessions = BTreeSet::new();
        while let Some(opened) = opening.join_next().await {
            sessions.insert(opened.expect("joined").expect(name).0);
        }
        assert_eq!(sessions.len(), 8, "{name}");
        if name != "s3s-fs" {
            assert_eq!(store.galleries().len(), 8, "{name}");
        }
        let mut again = open(&host, 1).await.expect(name).0;
        assert!(sessions.contains(&again), "{name}: an empty folder is not taken: {again}");
        send_one(&host, &sample_gallery().join("1.jpg")).await.expect(name);
        again = open(&host, 1).await.expect(name).0;
        assert!(!sessions.contains(&again), "{name}: a folder with something in it is: {again}");
    }
}
