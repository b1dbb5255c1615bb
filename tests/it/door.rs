//! The doors under bad manners: silence, pieces, noise, strangers on the port, other users. Others are served all the while.

#[cfg(unix)]
mod unix;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;

use crate::support::{Home, PATIENCE, Ran, eventually, of_this_user};

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// What comes until the other side closes.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// A path of exactly this many bytes that names `folder`.
fn padded(folder: &Path, bytes: usize) -> Vec<u8> {
    let mut path = bbdrop::core::path_bytes::write(folder);
    path.resize(bytes, b'/');
    path
}

#[test]
fn every_message_gets_its_row_or_its_refusal() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let (whole, longest) = (home.empty_folder("whole"), home.empty_folder("longest"));
    let sea = home.empty_folder("海");

    let mut pieces = connect(home.port);
    pieces.set_nodelay(true).expect("set");
    for byte in text(&whole).as_bytes() {
        pieces.write_all(&[*byte]).expect("sent");
    }
    pieces.shutdown(Shutdown::Write).expect("ended");
    assert_eq!(of_this_user(rest(pieces)), "OK added 1\n");
    assert_eq!(home.say(&padded(&longest, 1024)), "OK added 2\n");

    let cut = &text(&sea).as_bytes()[..text(&sea).len() - 1];
    let noise: Vec<u8> = (0..1024 * 1024_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let request = format!("POST /{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", text(&whole));
    for (message, code) in [
        (padded(&longest, 1025).as_slice(), "too-long"),
        (cut, "not-utf8"),
        (b"/\xff\xfe", "not-utf8"),
        (format!("{}\0", text(&whole)).as_bytes(), "not-absolute"),
        (request.as_bytes(), "not-absolute"),
        (text(&whole).trim_start_matches(['/', 'C', ':', '\\']).as_bytes(), "not-absolute"),
    ] {
        let answer = home.say(message);
        assert!(answer.starts_with(&format!("ERROR {code} ")) && answer.ends_with('\n'), "{code}: {answer}");
    }
    let answer = home.say(&noise);
    assert!(answer.is_empty() || answer.starts_with("ERROR "), "{answer}");
    assert_eq!(home.say(text(&sea).as_bytes()), "OK added 3\n", "it is still served");
    assert_eq!(home.paths(), [whole, longest, sea]);
    assert_eq!(resident.quit(), 0);
}

/// What a launch with this folder says on stderr; it must end well.
fn launch(home: &Home, folder: &Path) -> String {
    let ran = Ran::of(home.bbdrop(&[]).arg(folder).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stderr
}

/// A stranger on the port: answers every connection with `words`, or never.
fn strange_listener(port: u16, words: Option<&'static str>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("bound");
    let serve = move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            match words {
                Some(words) => drop(stream.write_all(words.as_bytes())),
                None => silent.push(stream),
            }
        }
    };
    std::thread::Builder::new().name("stranger".to_owned()).spawn(serve).expect("a thread");
}

#[test]
fn a_stranger_on_the_port_costs_no_folder_and_is_named() {
    for words in [None, Some("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")] {
        let home = Home::new();
        strange_listener(home.port, words);
        let first = home.empty_folder("first");
        let mut command = home.bbdrop(&["--headless", text(&first)]);
        let resident = home.start(command.stderr(Stdio::piped()));
        let trouble = eventually("the stranger is named", || {
            let status = home.status();
            status["folder_port_trouble"].as_str().map(str::to_owned)
        });
        let named = [format!("Port {}", home.port), format!("process {}", std::process::id())];
        // Wine's table knows no process of a listener.
        let known = if cfg!(windows) { 1 } else { 2 };
        assert!(named.iter().take(known).all(|part| trouble.contains(part)), "{trouble}");
        let second = home.empty_folder("second");
        assert_eq!(launch(&home, &second), "1 gallery added to the queue.\n");
        // As after a crash: the file names a port that a stranger has by now.
        let mut file = home.resident_file();
        file["folder_port"] = home.port.into();
        std::fs::write(home.data().join("resident.json"), file.to_string()).expect("written");
        let third = home.empty_folder("third");
        assert_eq!(launch(&home, &third), "1 gallery added to the queue.\n");
        assert_eq!(home.paths(), [first, second, third]);
        assert_eq!(home.run(&["quit"]).code, 0);
        let ended = resident.last_words();
        assert!(ended.code == 0 && ended.stderr.contains(&trouble), "{ended:?}");
    }
}

#[test]
fn a_resident_whose_file_is_wrong_or_gone_is_found_again() {
    let home = Home::new();
    let ports = free_range();
    let env = [("SINGLEINSTANCE_PORT_START", ports.0.to_string()), ("SINGLEINSTANCE_PORT_END", ports.1.to_string())];
    let with_ports = |args: &[&str]| {
        let mut command = home.bbdrop(args);
        command.envs(env.clone());
        command
    };
    let resident = home.start(with_ports(&["--headless"]).stderr(Stdio::inherit()));
    home.wait_for_resident();
    let right = home.resident_file();
    assert_eq!(right["delegate_port"], ports.0);
    // Neither port is right: the range is searched.
    let mut wrong = right.clone();
    (wrong["folder_port"], wrong["delegate_port"]) = (serde_json::Value::Null, crate::support::free_port().into());
    std::fs::write(home.data().join("resident.json"), wrong.to_string()).expect("written");
    let one = home.empty_folder("one");
    let ran = Ran::of(with_ports(&[text(&one)]).output().expect("it runs"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "1 gallery added to the queue.\n"));
    eventually("the resident puts its file right", || (home.resident_file() == right).then_some(()));
    std::fs::remove_file(home.data().join("resident.json")).expect("removed");
    let two = home.empty_folder("two");
    let ran = Ran::of(with_ports(&[text(&two)]).output().expect("it runs"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "1 gallery added to the queue.\n"));
    assert_eq!(home.paths(), [one, two]);
    assert_eq!(resident.quit(), 0);
}

/// Two ports next to each other that nobody has.
fn free_range() -> (u16, u16) {
    eventually("two free ports", || {
        let first = crate::support::free_port();
        let second = first.checked_add(1)?;
        TcpListener::bind(("127.0.0.1", second)).ok().map(|_| (first, second))
    })
}

#[test]
fn ports_come_from_a_file_too_and_bad_ones_are_said() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("made");
    let (first, last) = free_range();
    let file = home.data().join(".env");
    std::fs::write(&file, format!("SINGLEINSTANCE_PORT_START={first}\nSINGLEINSTANCE_PORT_END={last}\n"))
        .expect("written");
    let resident = home.resident(&[]);
    assert_eq!(home.status()["delegate_port"], first);
    assert_eq!(resident.quit(), 0);
    for (lines, words) in [
        ("SINGLEINSTANCE_PORT_START=60000\nSINGLEINSTANCE_PORT_END=50000\n", "must not be above"),
        ("SINGLEINSTANCE_PORT_START=many\n", "must be a port from 1 to 65535, not “many”"),
    ] {
        std::fs::write(&file, lines).expect("written");
        let ran = home.run(&["--headless"]);
        assert!(ran.code == 2 && ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn a_repeated_request_id_repeats_the_answer() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let (one, two) = (home.empty_folder("one"), home.empty_folder("two"));
    let add = |id: &str, folder: &Path| {
        let request = serde_json::json!({"command": "add", "token": "TOKEN", "request_id": id, "folders": [folder]});
        home.request(&format!("{request}\n"))
    };
    let first = add("a", &one);
    assert_eq!((&first["success"], &first["added"]), (&true.into(), &serde_json::json!([1])), "{first}");
    assert_eq!(add("a", &one), first, "not a duplicate: the answer of the first time");
    assert_eq!(add("a", &two)["code"], "bad-request");
    assert_eq!(add("b", &one)["duplicates"], serde_json::json!([1]));
    assert_eq!(home.paths(), [one]);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn requests_that_are_odd_or_unfinished_get_words() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let pretty = "{\n  \"command\": \"status\",\n  \"token\": \"TOKEN\"\n}\n";
    assert_eq!(home.request(pretty)["success"], true, "over several lines");
    for (request, code) in [
        ("nonsense\n".to_owned(), "bad-request"),
        ("[]\n".to_owned(), "bad-request"),
        ("{\"command\":\"fly\",\"token\":\"TOKEN\"}\n".to_owned(), "bad-request"),
        ("{\"command\":\"status\"".to_owned(), "bad-request"),
        ("{\"output_to_stdout\": false}".to_owned(), "not-authorised"),
        ("{\"token\":\"TOKEN\",\"folders\":[\"/x\"],\"host\":\"nowhere\"}\n".to_owned(), "no-such-host"),
        ("{\"token\":\"TOKEN\",\"folders\":[\"/x\"],\"template\":\"none\"}\n".to_owned(), "no-such-template"),
        (format!("{{\"token\":\"{}\"}}\n", "x".repeat(1024 * 1024)), "too-long"),
    ] {
        let answer = home.request(&request);
        assert_eq!((&answer["success"], &answer["code"]), (&false.into(), &code.into()), "{answer}");
        assert!(answer["error"].as_str().is_some_and(|words| !words.is_empty()), "{answer}");
    }
    assert_eq!(resident.quit(), 0);
}

#[test]
fn run_once_clients_hear_that_the_job_stays_when_the_resident_ends() {
    let home = Home::new();
    let resident = home.resident(&[]);
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
    let folder = home.pictures("many", 120, 700);
    let client = home.start(home.bbdrop(&["--run-once", text(&folder)]).stderr(Stdio::piped()));
    eventually("the upload is under way", || (home.states() == ["uploading"]).then_some(()));
    assert_eq!(resident.quit(), 0);
    let ran = client.last_words();
    assert!(ran.code == 1 && ran.stderr.contains("queue"), "{ran:?}");
    assert_eq!(home.states(), ["uploading"], "and goes on at the next start");
}

#[test]
fn a_client_that_goes_away_cancels_nothing_and_a_busy_resident_queues_the_next() {
    let home = Home::new();
    let resident = home.resident(&[]);
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
    let (first, second) = (home.pictures("first", 120, 700), home.pictures("second", 1, 20));
    let file = home.resident_file();
    let delegate = file["delegate_port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let request = serde_json::json!({"command": "run_once", "token": file["token"], "folders": [first]});
    let mut client = connect(delegate);
    client.write_all(format!("{request}\n").as_bytes()).expect("sent");
    drop(client);
    eventually("its upload is under way", || (home.states() == ["uploading"]).then_some(()));
    eventually("and told", || (home.status()["state"] == "busy").then_some(()));
    let ran = home.run(&["--run-once", text(&second)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(home.states(), ["completed", "completed"], "it waited for its turn");
    assert_eq!(home.status()["state"], "idle");
    assert_eq!(resident.quit(), 0);
}

/// Timed, so one at a time (scripts/test).
#[cfg(unix)]
mod figures {
    use std::time::{Duration, Instant};

    use super::*;

    /// Silent clients: more than are served at once.
    const SILENT: usize = 300;

    #[test]
    fn silent_clients_keep_nobody_waiting_and_are_dropped() {
        let home = Home::new();
        let resident = home.resident(&[]);
        let delegate = home.resident_file()["delegate_port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let silent: Vec<_> = (0..SILENT).map(|_| connect(home.port)).collect();
        let silent_too: Vec<_> = (0..SILENT).map(|_| connect(delegate.expect("a port"))).collect();
        let since = Instant::now();
        let slowest = (0..20).map(|n| {
            let folder = home.empty_folder(&format!("f{n}"));
            let start = Instant::now();
            let answer = home.say(text(&folder).as_bytes());
            assert_eq!(answer, format!("OK added {}\n", n + 1));
            start.elapsed()
        });
        let slowest = slowest.max().expect("twenty");
        println!("figure: slowest of 20 folders beside {SILENT} silent clients = {} ms", slowest.as_millis());
        assert!(cfg!(debug_assertions) || slowest < Duration::from_millis(100), "{slowest:?}");
        assert_eq!(home.status()["resident"], true, "the delegate channel is not held up either");
        for stream in silent.into_iter().chain(silent_too) {
            assert_eq!(rest(stream), "", "nothing is said to who says nothing");
        }
        let dropped = since.elapsed();
        assert!(dropped < Duration::from_secs(12), "they are dropped after 2 s, not after {dropped:?}");
        assert_eq!(resident.quit(), 0);
    }
}
