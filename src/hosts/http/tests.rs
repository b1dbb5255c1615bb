//! The runner against a host that does as it is told: real sockets of this computer, no network.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::core::ContentHash;
use crate::hosts::definition::tests::scripted;
use crate::hosts::source::tests::stamp;
use crate::hosts::{Meter, Throttle};

/// What came in.
#[derive(Debug)]
struct Seen {
    connection: usize,
    head: String,
    body: Vec<u8>,
}

/// What is done with one request.
enum Act {
    /// Read it, send exactly this, go on with the connection.
    Send(String),
    /// Read it, send this, close.
    Close(String),
    /// Read a little, then reset the connection.
    Reset,
    /// Read it or not, send this, then do nothing until the test ends.
    Stall { is_read: bool, answer: String, end: mpsc::Receiver<()> },
    /// After the head, before the body.
    Do(Box<dyn FnOnce() + Send>),
}

/// A host that acts as `acts` say, a request each; its address, and what came in.
fn host(acts: Vec<Act>) -> (String, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let address = listener.local_addr().expect("address").to_string();
    let (sender, seen) = mpsc::sync_channel(16);
    let act = move || {
        let mut acts = acts.into_iter().peekable();
        for connection in 0.. {
            if acts.peek().is_none() {
                return;
            }
            let (stream, _) = listener.accept().expect("connection");
            let mut reader = BufReader::new(stream);
            while acts.peek().is_some() {
                let Some(head) = read_head(&mut reader) else { break };
                let act = acts.next().expect("peeked");
                if !play(act, connection, head, &mut reader, &sender) {
                    break;
                }
            }
        }
    };
    std::thread::Builder::new().name("scripted host".to_owned()).spawn(act).expect("thread");
    (address, seen)
}

/// Returns whether the connection goes on.
fn play(
    act: Act,
    connection: usize,
    head: String,
    reader: &mut BufReader<TcpStream>,
    seen: &mpsc::SyncSender<Seen>,
) -> bool {
    let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if let Act::Reset = act {
        let mut some = vec![0; 1024.min(body.len())];
        let _ = reader.read_exact(&mut some);
        socket2::SockRef::from(reader.get_ref()).set_linger(Some(Duration::ZERO)).expect("linger");
        return false;
    }
    let act = match act {
        Act::Do(act) => {
            act();
            let _ = reader.read_exact(&mut body);
            return false;
        }
        Act::Stall { is_read, answer, end } => {
            if is_read {
                let _ = reader.read_exact(&mut body);
            }
            let _ = reader.get_mut().write_all(answer.as_bytes());
            let _ = end.recv();
            return false;
        }
        act => act,
    };
    if reader.read_exact(&mut body).is_err() {
        return false;
    }
    let _ = seen.send(Seen { connection, head, body });
    match act {
        Act::Send(answer) => reader.get_mut().write_all(answer.as_bytes()).is_ok(),
        Act::Close(answer) => {
            let _ = reader.get_mut().write_all(answer.as_bytes());
            false
        }
        Act::Reset | Act::Stall { .. } | Act::Do(_) => false,
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let before = head.len();
        reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
        if head.len() - before <= 2 {
            return Some(head);
        }
    }
}

fn json(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn image(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("written");
    (folder, path)
}

fn runner(address: &str) -> HttpHost {
    HttpHost::new(Definition::parse(&scripted(address)).expect("good"))
}

fn session() -> Session {
    Session(r#"{"vars":{"name":"Beach","hash":"h/1","key":"k&1","link":"http://h/g"},"link":"http://h/g"}"#.to_owned())
}

const LONG: Timeouts = Timeouts { connect: Duration::from_secs(15), idle: Duration::from_mins(1) };
const SHORT: Timeouts = Timeouts { idle: Duration::from_millis(50), ..LONG };

fn upload(path: PathBuf, timeouts: Timeouts) -> Upload {
    let stamp = stamp(&path);
    Upload { source: path, stamp, thumbnail: None, meter: Meter::default(), timeouts, is_uncertain: false }
}

/// What comes of one upload to a host that acts like that.
async fn outcome(act: Act, content: &[u8], timeouts: Timeouts) -> Result<Sent, Fault> {
    let (_folder, path) = image("1.jpg", content);
    let (address, _seen) = host(vec![act]);
    runner(&address).upload(&session(), upload(path, timeouts)).await
}

#[tokio::test]
async fn a_gallery_is_opened_filled_and_closed() {
    let sent = r#"{"show_url":"http://h/show/1","th_url":"http://h/t/1","direct_url":"http://h/i/1"}"#;
    let (address, seen) = host(vec![
        Act::Send(json(r#"{"hash":"a/b c","upload_key":"k&1","url":"http://h/g/1"}"#)),
        Act::Send(json(sent)),
        Act::Send(json(sent)),
        Act::Send("HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
    ]);
    let host = runner(&address);
    let session = host.open("Beach \"10\"", LONG).await.expect("opens");
    let content: Vec<u8> = (0..700_000_u32).map(|i| (i % 253) as u8).collect();
    let (_folder, path) = image("海 1.jpg", &content);
    let meter = Meter::default();
    for _ in 0..2 {
        let upload = Upload { meter: meter.clone(), ..upload(path.clone(), LONG) };
        let sent = host.upload(&session, upload).await.expect("sends");
        assert_eq!(sent.hash, Some(ContentHash(*blake3::hash(&content).as_bytes())));
        assert_eq!(
            (sent.links.link.as_str(), sent.links.thumb.as_str(), sent.links.direct.as_str()),
            ("http://h/show/1", "http://h/t/1", "http://h/i/1")
        );
    }
    assert_eq!(meter.image.load(Ordering::Relaxed), 1_400_000);
    assert_eq!(host.close(&session, "Beach", LONG).await.as_deref(), Ok("http://h/g/1"));

    let seen: Vec<_> = seen.iter().collect();
    assert!(seen.iter().all(|seen| seen.connection == 0), "one connection is used again");
    assert!(seen[0].head.starts_with("POST /galleries HTTP/1.1\r\n"), "{}", seen[0].head);
    assert!(seen[0].head.contains(&format!("user-agent: BBDrop/{}\r\n", env!("CARGO_PKG_VERSION"))));
    assert_eq!(seen[0].body, br#"{"name":"Beach \"10\""}"#);
    let head = seen[1].head.to_ascii_lowercase();
    assert!(!head.contains("expect:") && !head.contains("transfer-encoding"), "{head}");
    let boundary = seen[1].head.lines().find_map(|line| line.split_once("boundary=")).expect("boundary").1;
    let mut expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"gallery\"\r\n\r\na/b c\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk&1\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"img\"; filename=\"海 1.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    expected.extend_from_slice(&content);
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(seen[1].body == expected);
    assert!(seen[3].head.starts_with("POST /galleries/a%2Fb%20c/finalize HTTP/1.1\r\n"), "{}", seen[3].head);
    assert_eq!(seen[3].body, br#"{"upload_key":"k&1"}"#);
}

#[tokio::test]
async fn forms_queries_and_headers_are_filled() {
    let text = |address: &str| {
        scripted(address).replace(
            "json = { upload_key = \"{gallery.key}\" }",
            "headers = { Accept = \"application/json\", X-Name = \"{gallery.name}\" }\n\
             query = { \"a b\" = \"{gallery.key}\" }\nform = { key = \"={gallery.key}\", t = \"{gallery.name}\" }",
        )
    };
    let (address, seen) = host(vec![Act::Send(json("{}"))]);
    let host = HttpHost::new(Definition::parse(&text(&address)).expect("good"));
    host.close(&session(), "Se\na ö", LONG).await.expect("closes");
    let seen = seen.recv().expect("seen");
    assert!(seen.head.starts_with("POST /galleries/h%2F1/finalize?a%20b=k%261 HTTP/1.1\r\n"), "{}", seen.head);
    assert!(seen.head.contains("\r\naccept: application/json\r\n") && seen.head.contains("\r\nx-name: Se a ö\r\n"));
    assert!(seen.head.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
    assert_eq!(String::from_utf8_lossy(&seen.body), "key=%3Dk%261&t=Se%0Aa%20%C3%B6");
}

#[tokio::test]
async fn an_upload_without_a_usable_link_is_the_hosts_fault() {
    for body in [
        r"{}",
        r#"{"show_url":""}"#,
        r#"{"show_url":null}"#,
        r#"{"show_url":"http://h/show/"}"#,
        r#"{"show_url":"/show/1"}"#,
        r#"{"show_url":"http://h/1","th_url":"http://h/t/"}"#,
        "<html>",
    ] {
        let fault = outcome(Act::Send(json(body)), b"x", LONG).await.expect_err(body);
        assert_eq!(fault.kind, FaultKind::HostFault, "{body}");
    }
    let sent = outcome(Act::Send(json(r#"{"show_url":"http://h/1"}"#)), b"x", LONG).await.expect("a link is enough");
    assert_eq!((sent.links.link.as_str(), sent.links.thumb.as_str()), ("http://h/1", ""));
}

#[tokio::test]
async fn a_gallery_that_opens_without_its_values_is_the_hosts_fault() {
    for body in [r#"{"hash":"h","url":"http://h/g"}"#, r#"{"hash":"h","upload_key":"k","url":"g"}"#, ""] {
        let (address, _seen) = host(vec![Act::Send(json(body))]);
        let fault = runner(&address).open("Beach", LONG).await.expect_err(body);
        assert_eq!(fault.kind, FaultKind::HostFault, "{body}");
    }
}

#[tokio::test]
async fn connections_break_in_many_ways() {
    use FaultKind::{HostFault, Network};
    let big = vec![1; 3_000_000];
    let huge = "x".repeat(ANSWER_BYTES_MAX + 1);
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"show_url\":".to_owned();
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sho\r\n".to_owned();
    for (name, act, kind) in [
        ("reset", Act::Reset, Network),
        ("closed", Act::Close(String::new()), Network),
        ("cut", Act::Close(cut), HostFault),
        ("cut between chunks", Act::Close(chunk), HostFault),
        ("huge", Act::Close(json(&huge)), HostFault),
        ("no HTTP", Act::Close("SSH-2.0-OpenSSH\r\n".to_owned()), Network),
    ] {
        let fault = outcome(act, &big, LONG).await.expect_err(name);
        assert_eq!(fault.kind, kind, "{name}: {}", fault.words);
        assert!(fault.words.contains("Scripted host"), "{name}: {}", fault.words);
    }
    let unused = TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address");
    let fault = runner(&unused.to_string()).open("Beach", LONG).await.expect_err("nobody there");
    assert_eq!(fault.kind, Network);
    assert!(fault.words.starts_with("Scripted host cannot be reached: "), "{}", fault.words);
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_image_counts_only_as_a_refusal() {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n".to_owned();
    for (answer, kind) in [(refusal, FaultKind::TooLarge), (json(r#"{"show_url":"http://h/1"}"#), FaultKind::HostFault)]
    {
        let (_end, end) = mpsc::sync_channel(1);
        // More than all buffers on the way hold.
        let fault = outcome(Act::Stall { is_read: false, answer, end }, &vec![0; 30_000_000], LONG).await;
        assert_eq!(fault.expect_err("early").kind, kind);
    }
}

#[tokio::test]
async fn a_host_that_says_nothing_is_given_up() {
    for (is_read, bytes) in [(true, 10), (true, 3_000_000), (false, 30_000_000)] {
        let (_end, end) = mpsc::sync_channel(1);
        let fault = outcome(Act::Stall { is_read, answer: String::new(), end }, &vec![0; bytes], SHORT)
            .await
            .expect_err("stalled");
        assert_eq!(fault.kind, FaultKind::Network);
        assert_eq!(fault.words, "Scripted host did not answer for 50 ms. Check the network, then retry.");
    }
}

#[tokio::test]
async fn a_limit_is_no_silence_of_the_host() {
    let (_folder, path) = image("1.jpg", &[0; 16_000]);
    let (address, _seen) = host(vec![Act::Send(json(r#"{"show_url":"http://h/1"}"#))]);
    let meter = Meter { throttles: vec![Arc::new(Throttle::new(Some(32_000)))], ..Meter::default() };
    let upload = Upload { meter, ..upload(path, SHORT) };
    runner(&address).upload(&session(), upload).await.expect("takes its time");
}

#[tokio::test]
async fn redirects_stay_within_the_origin() {
    let to = |address: &str| format!("HTTP/1.1 303 See Other\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n");
    let answer = json(r#"{"hash":"h","upload_key":"k","url":"http://h/g"}"#);
    let (address, seen) = host(vec![Act::Send(to("/other")), Act::Send(answer)]);
    runner(&address).open("Beach", LONG).await.expect("followed");
    assert!(seen.iter().nth(1).expect("second").head.starts_with("GET /other "));

    let (other, other_seen) = host(vec![Act::Send(json("{}"))]);
    let (address, _seen) = host(vec![Act::Send(to(&format!("http://{other}/galleries")))]);
    let fault = runner(&address).open("Beach", LONG).await.expect_err("refused");
    assert_eq!(fault.kind, FaultKind::HostFault);
    assert!(fault.words.contains(&other), "{}", fault.words);
    assert!(other_seen.try_recv().is_err(), "nothing was sent there");
}

#[tokio::test]
async fn the_files_own_fault_is_the_result() {
    let (folder, path) = image("1.jpg", b"");
    let file = std::fs::File::options().write(true).open(&path).expect("opens");
    file.set_len(40_000_000).expect("grows");
    let upload_it = upload(path.clone(), LONG);
    let change = move || file.set_modified(std::time::UNIX_EPOCH).expect("time");
    let (address, _seen) = host(vec![Act::Do(Box::new(change))]);
    let fault = runner(&address).upload(&session(), upload_it).await.expect_err("changed");
    assert_eq!(fault.kind, FaultKind::Changed, "{}", fault.words);

    let gone = upload(path, LONG);
    drop(folder);
    let fault = runner("127.0.0.1:9").upload(&session(), gone).await.expect_err("gone");
    assert_eq!(fault.kind, FaultKind::LocalFile, "nobody was asked");
}

#[tokio::test]
async fn an_image_over_the_limit_is_not_sent() {
    let text = scripted("127.0.0.1:9").replace("[origins]", "[limits]\nimage_bytes_max = 1500000\n[origins]");
    let host = HttpHost::new(Definition::parse(&text).expect("good"));
    for (bytes, most, has) in [(2_040_000, "1.5 MB", "2.0 MB"), (1_500_001, "1500000 bytes", "1500001 bytes")] {
        let (_folder, path) = image("1.jpg", &vec![0; bytes]);
        let fault = host.upload(&session(), upload(path, LONG)).await.expect_err("too large");
        assert_eq!(fault.kind, FaultKind::TooLarge);
        assert!(fault.words.contains(most) && fault.words.contains(has), "{}", fault.words);
    }
}

#[tokio::test]
async fn a_session_of_another_definition_is_refused() {
    let (_folder, path) = image("1.jpg", b"x");
    for session in ["{\"vars\":{},\"link\":null}", "nonsense"] {
        let upload = upload(path.clone(), LONG);
        let fault = runner("127.0.0.1:9").upload(&Session(session.to_owned()), upload).await.expect_err(session);
        assert_eq!(fault.kind, FaultKind::Rejected);
    }
}
