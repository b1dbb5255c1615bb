//! The upload server of the tests keeps its word: what it takes, counts and answers, and how it goes wrong.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::upload_server::{
    Arrival, Config, Fault, Faults, Kind, Latency, Matching, Random, Scripted, UploadServer,
};
use crate::support::{PATIENCE, eventually};

const BOUNDARY: &str = "----limit";

/// A server with one open gallery.
struct Host {
    server: UploadServer,
    gallery: String,
    key: String,
}

/// What came back until the connection ended.
#[derive(Debug)]
struct Reply {
    text: String,
    /// How it ended, if not well.
    error: Option<ErrorKind>,
    took: Duration,
}

impl Host {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let key = config.require_key.clone().unwrap_or_default();
        let server = UploadServer::start(config).expect("it starts");
        let open = head("/galleries", &format!("X-API-Key: {key}\r\n"), 14) + r#"{"name":"海"}"#;
        let opened = say(&server, open.as_bytes()).json();
        let text = |field: &str| opened[field].as_str().expect("text").to_owned();
        assert_eq!(text("url"), format!("{}/gallery/{}", server.url(), text("hash")));
        Self { gallery: text("hash"), key: text("upload_key"), server }
    }

    fn form(&self, name: &str, content: &[u8]) -> Vec<u8> {
        form(&self.gallery, &self.key, name, content)
    }

    /// Sends an image over a connection of its own.
    fn upload(&self, name: &str, content: &[u8]) -> Reply {
        say(&self.server, &upload(&self.form(name, content)))
    }

    fn last(&self) -> Arrival {
        self.server.received().pop().expect("an arrival")
    }
}

impl Reply {
    fn status(&self) -> u16 {
        status(&self.text)
    }

    fn json(&self) -> Value {
        let (head, body) = self.text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains("Content-Type: application/json"), "{head}");
        serde_json::from_str(body).expect("JSON")
    }
}

fn head(path: &str, headers: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n")
}

fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect("an answer");
    status.parse().expect("a number")
}

fn post(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    (head(path, "", body.len()) + &body).into_bytes()
}

fn form(gallery: &str, key: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let field = |name: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name={name}");
    let mut form = format!("{}\r\n\r\n{gallery}\r\n{}\r\n\r\n{key}\r\n", field("gallery"), field("key")).into_bytes();
    form.extend(format!("{}; filename=\"{name}\"\r\n\r\n", field("img")).bytes());
    form.extend(content);
    form.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    form
}

fn content_type() -> String {
    format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n")
}

fn upload(form: &[u8]) -> Vec<u8> {
    [head("/images", &content_type(), form.len()).as_bytes(), form].concat()
}

fn connect(server: &UploadServer) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.set_nodelay(true).expect("set");
    stream
}

fn say(server: &UploadServer, request: &[u8]) -> Reply {
    let mut stream = connect(server);
    let began = Instant::now();
    let sent = stream.write_all(request);
    let mut text = Vec::new();
    let ended = sent.and_then(|()| stream.read_to_end(&mut text));
    let text = String::from_utf8(text).expect("text");
    Reply { text, error: ended.err().map(|error| error.kind()), took: began.elapsed() }
}

/// One answer of a connection that stays open, without a byte of the next one.
fn answer(stream: &mut TcpStream) -> (u16, Value) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("answered");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text");
    let length = head.split_once("Content-Length: ").and_then(|(_, rest)| rest.split("\r\n").next()).unwrap_or("0");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).expect("answered");
    (status(&head), serde_json::from_slice(&body).unwrap_or_default())
}

fn once(fault: Fault) -> Faults {
    Faults { script: vec![Scripted { matching: Matching::default(), fault }], ..Faults::default() }
}

fn hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

#[test]
fn a_gallery_is_opened_filled_and_finalized() {
    let host = Host::new();
    let url = host.server.url();
    let stored = host.upload("a b&海.jpg", b"picture").json();
    let name = "a%20b%26%E6%B5%B7.jpg";
    assert_eq!(
        stored,
        json!({
            "name": "a b&海.jpg",
            "show_url": format!("{url}/show/1/{name}"),
            "th_url": format!("{url}/thumb/1/{name}"),
            "direct_url": format!("{url}/file/1/{name}"),
        })
    );
    for _ in 0..2 {
        let finalize = post(&format!("/galleries/{}/finalize", host.gallery), &json!({"upload_key": host.key}));
        assert_eq!(say(&host.server, &finalize).json(), json!({"url": format!("{url}/gallery/{}", host.gallery)}));
    }
    let shown = say(&host.server, b"GET /show/1/x HTTP/1.0\r\n\r\n");
    assert!(shown.status() == 200 && shown.text.contains("<html>"), "{shown:?}");

    let galleries = host.server.galleries();
    assert_eq!(galleries.len(), 1);
    assert_eq!((galleries[0].name.as_str(), galleries[0].finalized), ("海", 2));
    let kinds: Vec<_> = host.server.received().iter().map(|arrival| arrival.kind).collect();
    assert_eq!(kinds, [Kind::Open, Kind::Upload, Kind::Close, Kind::Close, Kind::Other]);
    assert_eq!(host.server.images_of(&host.gallery)["a b&海.jpg"][0].content_hash, Some(hash(b"picture")));
    assert_eq!(host.server.arrivals_of(&host.gallery, "a b&海.jpg"), 1);
}

#[test]
fn wrong_keys_and_wrong_requests_are_refused() {
    let host = Host::new();
    let finalize = |hash: &str| format!("/galleries/{hash}/finalize");
    for (request, status) in [
        (upload(&form(&host.gallery, "wrong", "1.jpg", b"x")), 404),
        (upload(&form("g0", &host.key, "1.jpg", b"x")), 404),
        (post(&finalize(&host.gallery), &json!({"upload_key": "wrong"})), 404),
        (post(&finalize("g0"), &json!({"upload_key": host.key})), 404),
        (post("/images", &json!({})), 400),
        (upload(format!("--{BOUNDARY}--\r\n").as_bytes()), 400),
        (post("/galleries", &json!({"title": "?"})), 400),
        (post("/galleries", &json!({"name": "x".repeat(70_000)})), 400),
        (post("/elsewhere", &json!({})), 404),
    ] {
        let reply = say(&host.server, &request);
        assert_eq!(reply.status(), status, "{reply:?}");
        assert!(reply.json()["error"].is_string(), "{reply:?}");
    }
    assert_eq!(host.server.arrivals_of(&host.gallery, "1.jpg"), 0);
    assert_eq!(host.server.refused_of(&host.gallery)["1.jpg"].len(), 1);

    let locked = Host::with(Config { require_key: Some("secret".to_owned()), hashes: false, ..Config::default() });
    assert_eq!(locked.upload("1.jpg", b"x").status(), 401);
    let form = locked.form("1.jpg", b"x");
    let headers = format!("{}x-api-key: secret\r\n", content_type());
    let request = [head("/images", &headers, form.len()).into_bytes(), form].concat();
    assert_eq!(say(&locked.server, &request).status(), 200);
    assert_eq!(locked.last().content_hash, None);
}

#[test]
fn bodies_are_counted_however_they_are_cut() {
    let host = Host::new();
    let mut chance = fastrand::Rng::with_seed(7);
    let mut stream = connect(&host.server);
    let mut total = 0;
    for round in 0..20 {
        let mut content = Vec::new();
        for _ in 0..chance.usize(..400) {
            let almost = chance.choice(["\r\n------limi-", "\r\n--", "\r", "\r\n\r\n"]).expect("one");
            content.extend(almost.as_bytes());
            let noise = chance.usize(..900);
            content.extend(std::iter::repeat_with(|| chance.u8(..)).take(noise));
        }
        let form = host.form("cut.jpg", &content);
        let largest = *chance.choice([&1, &70, &5000, &300_000]).expect("one");
        let is_chunked = round % 2 == 0;
        let framing = if is_chunked {
            "Transfer-Encoding: chunked".to_owned()
        } else {
            format!("Content-Length: {}", form.len())
        };
        write!(stream, "POST /images HTTP/1.1\r\n{}{framing}\r\n\r\n", content_type()).expect("sent");
        let mut rest = form.as_slice();
        // Byte by byte is for small bodies, and for the start of large ones.
        let mut small_pieces = 2000;
        while !rest.is_empty() {
            let most = if small_pieces > 0 { largest } else { 300_000 };
            small_pieces -= 1;
            let (piece, next) = rest.split_at(chance.usize(1..=most).min(rest.len()));
            rest = next;
            if is_chunked {
                write!(stream, "{:X};x=y\r\n", piece.len()).expect("sent");
            }
            stream.write_all(piece).expect("sent");
            if is_chunked {
                stream.write_all(b"\r\n").expect("sent");
            }
        }
        if is_chunked {
            stream.write_all(b"0\r\nTrailer: x\r\n\r\n").expect("sent");
        }
        assert_eq!(answer(&mut stream).0, 200);
        let arrival = host.last();
        assert_eq!(
            (arrival.bytes, arrival.content_hash),
            (content.len() as u64, Some(hash(&content))),
            "round {round}"
        );
        total += content.len() as u64;
    }
    assert_eq!(host.server.total_bytes(), total);
    assert_eq!(host.server.arrivals_of(&host.gallery, "cut.jpg"), 20);
}

#[test]
fn a_client_may_ask_before_it_sends_a_body() {
    let host = Host::new();
    let mut stream = connect(&host.server);
    let form = host.form("1.jpg", b"x");
    let headers = format!("{}Expect: 100-continue\r\n", content_type());
    stream.write_all(head("/images", &headers, form.len()).as_bytes()).expect("sent");
    assert_eq!(answer(&mut stream).0, 100);
    stream.write_all(&form).expect("sent");
    assert_eq!(answer(&mut stream).0, 200);
}

#[test]
fn refusals_store_nothing() {
    let host = Host::new();
    let page = "cf-mitigated: challenge\r\n";
    for (fault, status, words) in [
        (Fault::retry_after(429, 0), 429, "\r\nRetry-After: 0\r\n"),
        (Fault::retry_after(503, 1), 503, "\r\nRetry-After: 1\r\n"),
        (Fault::status(429, "slow down"), 429, r#"{"error":"slow down"}"#),
        (Fault::status(500, "oh"), 500, r#"{"error":"oh"}"#),
        (Fault::status(502, "oh"), 502, r#"{"error":"oh"}"#),
        (Fault::status(507, "full"), 507, r#"{"error":"full"}"#),
        (Fault::status(413, "too large"), 413, r#"{"error":"too large"}"#),
        (Fault::status(400, "no such format: é"), 400, r#"{"error":"no such format: é"}"#),
        (Fault::Challenge, 403, page),
        (Fault::Challenge, 403, "Just a moment..."),
    ] {
        host.server.set(once(fault.clone()));
        let reply = host.upload("1.jpg", b"content");
        assert!(reply.status() == status && reply.text.contains(words), "{fault:?}: {reply:?}");
        assert_eq!(reply.text.contains("Retry-After"), words.contains("Retry-After"), "{reply:?}");
        let arrival = host.last();
        assert_eq!((arrival.status, arrival.fault), (Some(status), Some(fault)));
        assert!(arrival.is_whole && !arrival.is_stored && arrival.content_hash == Some(hash(b"content")));
    }
    assert_eq!(host.upload("1.jpg", b"content").status(), 200, "each happens once");
    assert_eq!(host.server.refused_of(&host.gallery)["1.jpg"].len(), 10);
    assert_eq!(host.server.images_of(&host.gallery)["1.jpg"].len(), 1);
}

#[test]
fn answers_go_wrong_after_the_image_is_stored() {
    let host = Host::new();
    let upload = |fault: Fault| {
        host.server.set(once(fault));
        let reply = host.upload("1.jpg", b"content");
        assert!(host.last().is_stored && reply.error.is_none(), "{reply:?}");
        reply
    };
    let lost = upload(Fault::LostAnswer);
    assert_eq!((lost.text.as_str(), host.last().status), ("", None));

    let cut = upload(Fault::TruncatedAnswer);
    let (head, body) = cut.text.split_once("\r\n\r\n").expect("a head");
    let announced = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    let announced: usize = announced.parse().expect("a number");
    assert!(!body.is_empty() && body.len() < announced && cut.status() == 200, "{cut:?}");

    let page = upload(Fault::HtmlAnswer);
    assert!(
        page.status() == 200 && page.text.contains("text/html") && page.text.contains("\r\n\r\n<html>"),
        "{page:?}"
    );

    let empty = upload(Fault::EmptyUrls).json();
    assert_eq!((&empty["show_url"], &empty["th_url"], &empty["name"]), (&json!(""), &json!(""), &json!("1.jpg")));

    let nameless = upload(Fault::UrlsWithoutName).json();
    assert_eq!(nameless["show_url"], format!("{}/show/5/", host.server.url()));

    let pause = Duration::from_millis(1);
    let dribbled = upload(Fault::DribbledAnswer { pause });
    assert_eq!(dribbled.json()["name"], "1.jpg");
    assert!(dribbled.took >= pause * u32::try_from(dribbled.text.len()).expect("short"), "{dribbled:?}");

    let late = upload(Fault::Late(Duration::from_millis(150)));
    assert!(late.status() == 200 && late.took >= Duration::from_millis(150), "{late:?}");
    assert_eq!(host.server.arrivals_of(&host.gallery, "1.jpg"), 7);
}

#[test]
fn connections_break_and_stall() {
    let host = Host::new();
    let large = vec![7; 8 << 20];
    host.server.set(once(Fault::Reset { after_bytes: 100_000 }));
    let reset = host.upload("1.jpg", &large);
    assert!(matches!(reset.error, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)), "{reset:?}");
    let arrival = host.last();
    assert!((90_000..8 << 20).contains(&arrival.bytes) && !arrival.is_whole && arrival.status.is_none(), "{arrival:?}");

    host.server.set(once(Fault::Reset { after_bytes: 0 }));
    let request = post("/galleries", &json!({"name": "x"}));
    assert_eq!(say(&host.server, &request).error, Some(ErrorKind::ConnectionReset));

    let time_max = Duration::from_millis(100);
    host.server.set(once(Fault::Stall { after_bytes: None, time_max }));
    let stalled = host.upload("1.jpg", b"x");
    assert!(stalled.text.is_empty() && stalled.error.is_none() && stalled.took >= time_max, "{stalled:?}");
    assert!(host.last().is_whole && !host.last().is_stored);

    for after_bytes in [None, Some(100)] {
        host.server.set(once(Fault::Stall { after_bytes, time_max: Duration::from_hours(1) }));
        let mut stream = connect(&host.server);
        let request = upload(&host.form("1.jpg", b"x"));
        let sent = after_bytes.map_or(request.len(), |_| request.len() - 10);
        stream.write_all(&request[..sent]).expect("sent");
        eventually("it stalls", || (host.server.in_flight() == 1 && host.server.script_left() == 0).then_some(()));
        drop(stream);
        eventually("the server sees the client leave", || (host.server.in_flight() == 0).then_some(()));
        assert_eq!(host.last().is_whole, after_bytes.is_none());
    }
    assert!(host.server.images_of(&host.gallery).is_empty());
}

#[test]
fn faults_are_for_whom_they_are_scripted() {
    let host = Host::new();
    let scripted = |matching: Matching, status| Scripted { matching, fault: Fault::status(status, "scripted") };
    host.server.set(Faults {
        script: vec![
            scripted(Matching::image("2.jpg"), 500),
            scripted(Matching::image("2.jpg"), 502),
            scripted(Matching::kind(Kind::Close), 503),
            scripted(Matching::kind(Kind::Open), 507),
        ],
        ..Faults::default()
    });
    let open = || say(&host.server, &post("/galleries", &json!({"name": "x"}))).status();
    assert_eq!([open(), open()], [507, 200]);
    let upload = |name| host.upload(name, b"x").status();
    assert_eq!(["1.jpg", "2.jpg", "2.jpg", "2.jpg"].map(upload), [200, 500, 502, 200]);
    assert_eq!(host.server.script_left(), 1);
    let finalize = post(&format!("/galleries/{}/finalize", host.gallery), &json!({"upload_key": host.key}));
    assert_eq!([(); 2].map(|()| say(&host.server, &finalize).status()), [503, 200]);
}

#[test]
fn chance_comes_again_with_its_seed() {
    let host = Host::new();
    let mut stream = connect(&host.server);
    let mut statuses = |seed, percent| {
        let faults = vec![Fault::status(500, ""), Fault::status(502, "")];
        let matching = Matching::kind(Kind::Other);
        host.server.set(Faults { random: Some(Random { matching, percent, seed, faults }), ..Faults::default() });
        stream.write_all("GET / HTTP/1.1\r\n\r\n".repeat(300).as_bytes()).expect("sent");
        (0..300).map(|_| answer(&mut stream).0).collect::<Vec<_>>()
    };
    let first = statuses(1, 30);
    assert_eq!(first, statuses(1, 30));
    assert_ne!(first, statuses(2, 30));
    let struck = first.iter().filter(|status| **status >= 500).count();
    assert!((45..135).contains(&struck) && first.contains(&500) && first.contains(&502), "{struck} of 300");
    assert!(statuses(1, 0).iter().all(|status| *status == 404));
    assert!(statuses(1, 100).iter().all(|status| *status >= 500));

    let began: Vec<_> = host.server.received().iter().map(|arrival| arrival.at).collect();
    let second = Duration::from_secs(1);
    let in_second = |from: &Duration| began.iter().filter(|at| (*from..*from + second).contains(*at)).count();
    assert_eq!(Some(host.server.requests_per_second_max()), began.iter().map(in_second).max());
}

#[test]
fn uploads_at_the_same_time_are_counted() {
    let host = Host::new();
    let other = say(&host.server, &post("/galleries", &json!({"name": "other"}))).json();
    let other = form(other["hash"].as_str().expect("text"), other["upload_key"].as_str().expect("text"), "1.jpg", b"x");
    let forms = [host.form("1.jpg", b"x"), host.form("2.jpg", b"x"), other, host.form("3.jpg", b"x")];
    let begin = |form: &Vec<u8>| {
        let mut stream = connect(&host.server);
        let request = upload(form);
        let (most, last) = request.split_at(request.len() - 1);
        stream.write_all(most).expect("sent");
        (stream, last[0])
    };
    let halves: Vec<_> = forms.iter().map(begin).collect();
    eventually("all are under way", || {
        let named = host.server.received().iter().filter(|arrival| !arrival.file_name.is_empty()).count();
        (named == 4).then_some(())
    });
    assert_eq!(host.server.in_flight(), 4);
    for (mut stream, last) in halves {
        stream.write_all(&[last]).expect("sent");
        assert_eq!(answer(&mut stream).0, 200);
    }
    assert_eq!((host.server.in_flight(), host.server.in_flight_max()), (0, 4));
    let most: Vec<_> = host.server.galleries().iter().map(|gallery| gallery.in_flight_max).collect();
    assert_eq!(most, [3, 1]);
}

#[test]
fn latency_and_bandwidth_take_their_time() {
    let host = Host::new();
    let latency = Latency { upload: Duration::from_millis(120), ..Latency::all(Duration::from_millis(80)) };
    host.server.set(Faults { latency, ..Faults::default() });
    assert!(host.upload("1.jpg", b"x").took >= latency.upload);
    let finalize = post(&format!("/galleries/{}/finalize", host.gallery), &json!({"upload_key": host.key}));
    assert!(say(&host.server, &finalize).took >= latency.close);

    host.server.set(Faults { bytes_per_second_max: Some(1_000_000), ..Faults::default() });
    let reply = host.upload("1.jpg", &vec![7; 300_000]);
    assert!(reply.status() == 200 && reply.took >= Duration::from_millis(300), "{reply:?}");
}

#[test]
fn a_bad_day_ends_well_for_who_tries_again() {
    let host = Host::new();
    let random = Random { matching: Matching::default(), percent: 50, seed: 3, faults: Fault::bad_day() };
    host.server.set(Faults { random: Some(random), ..Faults::default() });
    for name in ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg"] {
        let url = |reply: &Reply| {
            let body = reply.text.split_once("\r\n\r\n")?.1;
            let json: Value = serde_json::from_str(body).ok()?;
            json["show_url"].as_str().filter(|url| !url.is_empty()).map(str::to_owned)
        };
        eventually("an answer with a URL", || url(&host.upload(name, b"x")));
        assert!(host.server.arrivals_of(&host.gallery, name) > 0);
    }
}

#[test]
fn its_port_is_free_when_it_is_gone() {
    // Another test may get the port in between, but not every time.
    let is_free = || {
        let server = UploadServer::start(Config::default()).expect("it starts");
        let port = server.port();
        let mut open = connect(&server);
        open.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("sent");
        assert_eq!(answer(&mut open).0, 404);
        drop(server);
        assert_eq!(open.read(&mut [0]).expect("ended"), 0);
        UploadServer::start(Config { port, ..Config::default() }).is_ok_and(|again| again.port() == port)
    };
    assert!((0..5).any(|_| is_free()));
}
