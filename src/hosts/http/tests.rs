//! The runner against a scripted server.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::core::{ContentHash, Folder, GalleryId};
use crate::hosts::testing::{SCRIPTED, Server, Turn, answer, json};
use crate::hosts::{Meter, Stamp, Timeouts};

const OPENED: &str = r#"{"hash":"h/1","upload_key":"k\"1","url":"http://x.example/g/1"}"#;
const SENT: &str = r#"{"show_url":"http://x.example/1","th_url":"http://x.example/t1","direct_url":null}"#;
/// Waits so long for a byte.
fn patience(idle: Duration) -> Setup {
    Setup { timeouts: Timeouts { connect: Duration::from_secs(15), idle }, ..Setup::default() }
}

fn patient() -> Setup {
    patience(Duration::from_mins(1))
}

/// A host whose secrets and definitions are kept in a directory of its own.
struct Here {
    host: HttpHost,
    _dir: tempfile::TempDir,
}

impl std::ops::Deref for Here {
    type Target = HttpHost;

    fn deref(&self) -> &HttpHost {
        &self.host
    }
}

fn of_text(text: &str) -> Here {
    let dir = tempfile::tempdir().expect("a directory");
    let secrets = Secrets::new(dir.path());
    secrets.keep_in(crate::core::settings::SecretStore::File);
    let definition = Definition::parse(text).expect("good");
    Here { host: HttpHost::new(definition, Kept::new(dir.path().join("kept")), Arc::new(secrets)), _dir: dir }
}

fn host(server: &Server, more: &str) -> Here {
    let text =
        SCRIPTED.replace("http://127.0.0.1:9000", &server.url).replace("[origins]", &format!("{more}\n[origins]"));
    of_text(&text)
}

fn gallery(name: &str) -> Gallery {
    let folder = Folder { path: PathBuf::from("/a"), key: PathBuf::from("/a"), chosen: None };
    Gallery::new(GalleryId(1), folder, name, "scripted")
}

/// As the gallery A was opened with that host.
fn session(host: &HttpHost) -> Session {
    let vars = [("name", "A"), ("hash", "h/1"), ("key", "k")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let part = Part { vars: vars.into(), link: "http://x.example/g/1".to_owned(), cookies: Vec::new() };
    let state = State { definition: host.definition.fingerprint.clone(), parts: vec![part], ..State::default() };
    state.write().expect("a session")
}

/// With quotes, where a file may have them.
const PICTURE: &str = if cfg!(windows) { "Beach '1'.jpg" } else { "Beach \"1\".jpg" };

struct Picture {
    _dir: tempfile::TempDir,
    path: PathBuf,
    content: Vec<u8>,
}

fn picture(bytes: usize) -> Picture {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(PICTURE);
    let content: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 253).expect("small")).collect();
    std::fs::write(&path, &content).expect("written");
    Picture { _dir: dir, path, content }
}

impl Picture {
    fn upload(&self) -> Upload {
        Upload {
            source: self.path.clone(),
            stamp: Stamp::of(&std::fs::metadata(&self.path).expect("a file")),
            thumbnail: None,
            meter: Meter::default(),
            position: 0,
            is_uncertain: false,
            has_namesake: false,
        }
    }
}

#[tokio::test]
async fn a_gallery_goes_there_and_its_links_come_back() {
    let server = Server::new(vec![json(OPENED), json(SENT), json(SENT), json(SENT), json("{}")]);
    let host = host(&server, "");
    let opened = host.open(&gallery("Löwe \"7\""), 3, None, &patient()).await.expect("opened");
    let (session, first_alone) = (opened.session, opened.first_alone);
    assert!(session.0.contains(r#""vars":{"hash":"h/1","key":"k\"1","name":"Löwe \"7\""}"#), "{session:?}");
    assert!(!first_alone);
    let pictures = [picture(0), picture(300_000), picture(2_000_000)];
    for picture in &pictures {
        let upload = picture.upload();
        let meter = upload.meter.clone();
        let sent = host.upload(&session, upload, &patient()).await.expect("sent");
        assert_eq!(
            (sent.links.link.as_str(), sent.links.thumb.as_str()),
            ("http://x.example/1", "http://x.example/t1")
        );
        assert_eq!(sent.links.direct, "");
        assert_eq!(sent.hash, Some(ContentHash(*blake3::hash(&picture.content).as_bytes())));
        assert_eq!(meter.image.load(Ordering::Relaxed), picture.content.len() as u64);
    }
    let closed = host.close(&session, "Löwe", &[], &patient()).await.expect("closed");
    assert_eq!(closed, Closed { link: "http://x.example/g/1".to_owned(), images: Vec::new() });

    let requests = server.requests();
    let first_lines: Vec<_> = requests.iter().filter_map(|request| request.head.lines().next()).collect();
    assert_eq!(first_lines.first(), Some(&"POST /galleries HTTP/1.1"));
    assert_eq!(first_lines.get(1), Some(&"POST /images HTTP/1.1"));
    assert_eq!(first_lines.last(), Some(&"POST /galleries/h%2F1/finalize HTTP/1.1"));
    assert!(requests[0].head.contains(concat!("user-agent: BBDrop/", env!("CARGO_PKG_VERSION"), "\r\n")));
    assert!(requests[0].head.contains("accept: application/json\r\n"));
    assert_eq!(requests[0].body, r#"{"name":"Löwe \"7\""}"#.as_bytes());
    assert_eq!(requests[4].body, br#"{"upload_key":"k\"1"}"#);
    for (request, picture) in requests[1..4].iter().zip(&pictures) {
        assert!(!request.head.contains("chunked") && !request.head.contains("expect"), "{}", request.head);
        let name = PICTURE.replace('"', "%22");
        let head = format!("name=\"img\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n");
        let at = request.body.windows(head.len()).position(|part| part == head.as_bytes()).expect("the image's field");
        let image = &request.body[at + head.len()..];
        assert!(image.starts_with(&picture.content) && image[picture.content.len()..].starts_with(b"\r\n--BBDrop"));
    }
}

/// What becomes of one image when the host takes `turn`.
async fn upload(turn: Turn, bytes: usize, setup: &Setup) -> Result<Sent, Fault> {
    let server = Server::new(vec![turn]);
    let host = host(&server, "");
    let outcome = host.upload(&session(&host), picture(bytes).upload(), setup).await;
    if let Err(fault) = &outcome {
        assert!(fault.words.ends_with(" Host: Scripted host"), "{fault}");
        assert!(!fault.words.contains("127.0.0.1") || fault.kind == FaultKind::Rejected, "{fault}");
    }
    outcome
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_has_its_kind() {
    let truncated = format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{SENT}");
    let half_json = answer(200, "", "{\"show_url\":\"http");
    let slash = SENT.replace("/1\"", "/\"");
    let relative = SENT.replace("http://x.example/1", "/1");
    let empty = SENT.replace("http://x.example/1", "");
    let endless = answer(200, "", &"x".repeat(5 << 20));
    let with_retry = answer(429, "Retry-After: 3\r\n", "");
    let elsewhere = answer(303, "Location: http://127.0.0.2:1/x\r\n", "");
    for (what, turn, kind) in [
        ("cut", Turn::Cut, FaultKind::Network),
        ("truncated", Turn::Last(truncated), FaultKind::HostFault),
        ("half JSON", Turn::Answer(half_json), FaultKind::HostFault),
        ("a slash", json(&slash), FaultKind::HostFault),
        ("relative", json(&relative), FaultKind::HostFault),
        ("empty", json(&empty), FaultKind::HostFault),
        ("nothing", json("{}"), FaultKind::HostFault),
        ("endless", Turn::Answer(endless), FaultKind::HostFault),
        ("too often", Turn::Answer(with_retry), FaultKind::RateLimited),
        ("elsewhere", Turn::Answer(elsewhere), FaultKind::Rejected),
    ] {
        let fault = upload(turn, 700_000, &patient()).await.expect_err(what);
        assert_eq!(fault.kind, kind, "{what}: {fault}");
    }
}

#[tokio::test]
async fn what_the_host_repeats_of_a_key_is_not_shown() {
    let server = Server::new(vec![Turn::Answer(answer(400, "", r#"{"error":"key s3cretkey of A is old"}"#))]);
    let host = host(&server, "");
    let session = Session(session(&host).0.replace("\"k\"", "\"s3cretkey\""));
    let fault = host.upload(&session, picture(9).upload(), &patient()).await.expect_err("refused");
    assert_eq!(fault.words, "The host refused it: key … of A is old. Host: Scripted host");
}

#[tokio::test]
async fn an_answer_before_the_end_is_no_success() {
    for (status, kind) in [(200, FaultKind::HostFault), (413, FaultKind::TooLarge)] {
        let fault = upload(Turn::Early(answer(status, "", SENT)), 30_000_000, &patient()).await.expect_err("early");
        assert_eq!(fault.kind, kind, "{fault}");
    }
}

#[tokio::test]
async fn silence_ends_it_and_nobody_there_is_said() {
    for bytes in [10, 30_000_000] {
        let fault = upload(Turn::Stall, bytes, &patience(Duration::from_millis(50))).await.expect_err("silent");
        assert_eq!(fault.kind, FaultKind::Network);
        assert!(fault.words.contains("did not answer for 0.05 s"), "{fault}");
    }
    let mut server = Server::new(Vec::new());
    // Port 1 is nobody's.
    server.url = "http://127.0.0.1:1".to_owned();
    let fault = host(&server, "").open(&gallery("A"), 1, None, &patient()).await.expect_err("nobody");
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.words.contains("cannot be reached"), "{fault}");
}

#[tokio::test]
async fn redirects_stay_within_the_origin() {
    let other = Server::new(Vec::new());
    let away = answer(302, &format!("Location: {}/stolen\r\n", other.url), "");
    let near = answer(303, "Location: /done\r\n", "");
    let server = Server::new(vec![Turn::Answer(away), Turn::Answer(near), json(OPENED)]);
    let host = host(&server, "");
    let fault = host.open(&gallery("A"), 1, None, &patient()).await.expect_err("refused");
    assert_eq!(fault.kind, FaultKind::Rejected);
    assert!(fault.words.contains(&other.url) && !fault.words.contains("stolen"), "{fault}");
    assert!(host.open(&gallery("A"), 1, None, &patient()).await.is_ok());
    assert!(other.requests().is_empty());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_opening_without_its_values_is_none() {
    for body in [r#"{"hash":"h","upload_key":"k"}"#, r#"{"hash":"h","upload_key":"","url":"http://x.example"}"#] {
        let server = Server::new(vec![json(body)]);
        let fault = host(&server, "").open(&gallery("A"), 1, None, &patient()).await.expect_err("incomplete");
        assert_eq!(fault.kind, FaultKind::HostFault, "{fault}");
    }
}

#[tokio::test]
async fn faults_of_the_image_are_not_the_hosts() {
    let server = Server::new(vec![Turn::Answer(String::new())]);
    let host = host(&server, "[limits]\nimage_bytes_max = 5_000_000");
    let picture = picture(4_000_000);
    let mut large = picture.upload();
    large.stamp.bytes = 5_000_001;
    let fault = host.upload(&session(&host), large, &patient()).await.expect_err("too large");
    assert_eq!(fault.kind, FaultKind::TooLarge);
    assert!(fault.words.contains("5000001 bytes") && fault.words.contains("5000000 bytes"), "{fault}");
    let mut other = picture.upload();
    other.stamp.modified_at += 1;
    assert_eq!(host.upload(&session(&host), other, &patient()).await.expect_err("changed").kind, FaultKind::Changed);

    // Grows while it is sent: the limit keeps the first pieces back until it has.
    let mut growing = picture.upload();
    let throttle = Arc::new(crate::hosts::Throttle::default());
    throttle.set(Some(1_000));
    growing.meter.throttles.push(Arc::clone(&throttle));
    let image = Arc::clone(&growing.meter.image);
    let (session, setup) = (session(&host), patient());
    let (outcome, ()) = tokio::join!(host.upload(&session, growing, &setup), async {
        while image.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let mut file = std::fs::OpenOptions::new().append(true).open(&picture.path).expect("opened");
        std::io::Write::write_all(&mut file, b"more").expect("grown");
        throttle.set(None);
    });
    assert_eq!(outcome.expect_err("changed").kind, FaultKind::Changed);
    let arrived = server.requests();
    assert!(arrived.iter().all(|request| request.body.len() < picture.content.len()), "it arrived whole");
}

#[tokio::test]
async fn giving_up_closes_the_connection() {
    let server = Server::new(vec![Turn::Answer(String::new())]);
    let host = host(&server, "");
    let picture = picture(4_000_000);
    let upload = picture.upload();
    let throttle = Arc::new(crate::hosts::Throttle::default());
    throttle.set(Some(1_000));
    let (mut upload, image) = (
        Upload { meter: Meter { throttles: vec![throttle], ..upload.meter }, ..upload },
        Arc::<std::sync::atomic::AtomicU64>::default(),
    );
    upload.meter.image = Arc::clone(&image);
    let (session, setup) = (session(&host), patient());
    tokio::select! {
        outcome = host.upload(&session, upload, &setup) => panic!("{outcome:?}"),
        () = async { while image.load(Ordering::Relaxed) == 0 { tokio::task::yield_now().await; } } => {}
    }
    // The server reads on until the connection ends.
    let requests = tokio::task::spawn_blocking(|| server.requests()).await.expect("ended");
    assert!(requests.iter().all(|request| request.body.len() < picture.content.len()));
}
