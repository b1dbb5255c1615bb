//! Who is at the door: other users, who may be another user, and clients that want more than they should have.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::unix::{in_shell, is_root, python_as_nobody};
use crate::support::{Home, PATIENCE, Ran, eventually, free_port, skipped, spawn};

/// Messages of a stranger who does not wait for the answer.
const HASTY: usize = 100;
/// Connections of one stranger: more than are served at once.
const CROWD: usize = 500;
/// Open files of a process that is not given more, as some systems do; and connections at once, which are more.
const FEW_FILES: usize = 256;
const CONNECTIONS: usize = 400;

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn delegate_port(home: &Home) -> u16 {
    home.resident_file()["delegate_port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")
}

/// Sends each of its arguments after the port and is gone at once, then prints which port it had for the last one.
const HASTY_CLIENT: &str = "
import socket, sys
for message in sys.argv[2:]:
    client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    port = client.getsockname()[1]
    try:
        client.sendall(message.encode())
    except OSError:
        pass
    client.close()
print(port)
";

/// What a hasty client of another user sends to `port`, and the port that it had itself.
fn hasty(port: u16, messages: &[String]) -> u16 {
    let args: Vec<_> = std::iter::once(port.to_string()).chain(messages.iter().cloned()).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let ran = Ran::of(python_as_nobody(HASTY_CLIENT, &args).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout.trim().parse().expect("a port")
}

/// Whether this kernel still says whose a socket was when its process has closed it.
fn names_who_has_closed() -> bool {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bound");
    let client = hasty(listener.local_addr().expect("bound").port(), &["x".to_owned()]);
    let _accepted = listener.accept().expect("accepted");
    let table = std::fs::read_to_string("/proc/net/tcp").expect("read");
    let row = table.lines().find(|row| row.contains(&format!(" 0100007F:{client:04X} 0100007F:"))).unwrap_or_default();
    row.split_ascii_whitespace().nth(7) == Some("65534")
}

#[test]
fn another_user_who_sends_and_closes_at_once_brings_nothing_that_is_uploaded() {
    if !is_root() {
        return skipped("a second user needs root");
    }
    let home = Home::new();
    let resident = home.resident(&[]);
    assert_eq!(home.run(&["config", "set", "uploads.start_automatically", "true"]).code, 0);
    let folders: Vec<PathBuf> = (0..HASTY).map(|n| home.pictures(&format!("f{n}"), 1, 8)).collect();
    let paths: Vec<String> = folders.iter().map(|folder| text(folder).to_owned()).collect();
    hasty(home.port, &paths);
    let token = home.resident_file()["token"].clone();
    let request = |folder: &String| {
        let start = serde_json::json!({"command": "add", "token": token, "folders": [folder], "start": true});
        format!("{start}\n")
    };
    // Somebody else can have the token only by accident; on this channel it is what proves who one is.
    let with_token = if names_who_has_closed() { paths.iter().take(10).map(request).collect() } else { Vec::new() };
    hasty(delegate_port(&home), &with_token.into_iter().chain(["{}\n".to_owned()]).collect::<Vec<_>>());

    // One of ours comes later, is proven, and is uploaded: by then all the others had their turn.
    let ours = home.pictures("ours", 1, 8);
    assert!(home.say(text(&ours).as_bytes()).starts_with("OK added "));
    let rows = eventually("nothing is under way, and ours is uploaded", || {
        let rows = home.list();
        let is_settled = rows.iter().all(|row| row["state"] == "completed" || row["state"] == "ready");
        (is_settled && rows.iter().any(|row| row["name"] == "ours" && row["state"] == "completed")).then_some(rows)
    });
    let theirs: Vec<_> = rows.into_iter().filter(|row| row["name"] != "ours").collect();
    for row in &theirs {
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(row["state"] == "ready" && reason.contains("press Start"), "{row}");
    }
    println!("taken and held of {HASTY}: {}", theirs.len());
    assert!(theirs.is_empty() || !names_who_has_closed(), "the kernel says that they are another user's");
    assert_eq!(resident.quit(), 0);
}

/// Keeps so many connections, with a byte on each, until its stdin ends; prints how many were refused.
const CROWDING_CLIENT: &str = "
import socket, sys
sys.stdin.read(1)
refused = 0
held = []
for n in range(int(sys.argv[2])):
    client = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=60)
    held.append(client)
    answer = b''
    try:
        client.sendall(b'/')
    except OSError:
        pass
    try:
        while True:
            more = client.recv(4096)
            if not more:
                break
            answer += more
    except OSError:
        pass
    refused += b'foreign-user' in answer
print(refused, flush=True)
sys.stdin.read()
";

#[test]
fn another_users_connections_are_closed_before_they_have_said_anything() {
    if !is_root() {
        return skipped("a second user needs root");
    }
    let home = Home::new();
    let resident = home.resident(&[]);
    for port in [home.port, delegate_port(&home)] {
        let mut client = python_as_nobody(CROWDING_CLIENT, &[&port.to_string(), &CROWD.to_string()]);
        let mut client = spawn(client.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut stdin = client.stdin.take().expect("piped");
        stdin.write_all(b"x").expect("sent");
        let folder = home.empty_folder(&port.to_string());
        assert!(home.say(text(&folder).as_bytes()).starts_with("OK added "), "ours is served beside them");
        drop(stdin);
        let ran = Ran::of(client.wait_with_output().expect("it ends"));
        assert_eq!(ran.stdout.trim(), CROWD.to_string(), "{ran:?}");
    }
    assert_eq!(home.list().len(), 2);
    assert_eq!(resident.quit(), 0);
}

/// Listens, takes what comes, and closes again, over and over; prints all that it has heard when its stdin ends.
const COMING_AND_GOING: &str = "
import socket, sys, threading
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
heard = b''
print('ready', flush=True)
while not ended.is_set():
    try:
        listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
    except OSError:
        continue
    listener.settimeout(0.002)
    try:
        client, _ = listener.accept()
        listener.close()
        client.settimeout(0.2)
        client.sendall(b'{\"success\":true,\"data\":\"\"}\\n')
        heard += client.recv(4096)
        client.close()
    except OSError:
        pass
    listener.close()
print(heard.decode(), flush=True)
";

#[test]
fn another_users_listener_that_comes_and_goes_gets_neither_token_nor_folder() {
    if !is_root() {
        return skipped("a second user needs root");
    }
    let home = Home::new();
    home.resident(&[]).kill();
    // As when that user has had all the ports since before the resident started, which does not answer now.
    let port = free_port();
    let mut file = home.resident_file();
    (file["folder_port"], file["delegate_port"]) = (port.into(), port.into());
    std::fs::write(home.data().join("resident.json"), file.to_string()).expect("written");
    let lock = std::fs::File::create(home.data().join("resident.lock")).expect("opened");
    lock.lock().expect("locked");
    let mut stranger = python_as_nobody(COMING_AND_GOING, &[&port.to_string()]);
    let mut stranger = spawn(stranger.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let folder = home.empty_folder("secret");
    let mut launch = home.bbdrop(&[text(&folder)]);
    launch.env("SINGLEINSTANCE_PORT_START", port.to_string()).env("SINGLEINSTANCE_PORT_END", port.to_string());
    let ran = Ran::of(launch.output().expect("it runs"));
    assert_eq!(ran.code, 0, "{ran:?}");
    drop(stranger.stdin.take());
    let heard = Ran::of(stranger.wait_with_output().expect("it ends")).stdout;
    assert_eq!(heard.trim(), "ready", "it has heard something");
    drop(lock);
    let resident = home.resident(&[]);
    eventually("the folder has waited in the inbox", || (home.paths() == [folder.clone()]).then_some(()));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn the_folder_channel_does_not_tell_what_is_where_no_folder_is() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let file = home.pictures("a", 1, 8).join("1.png");
    let gone = home.path().join("gone");
    let below_a_file = file.join("b");
    let said = [&file, &gone, &below_a_file].map(|path| home.say(text(path).as_bytes()));
    assert!(said[0].starts_with("ERROR not-a-folder ") && said.iter().all(|line| *line == said[0]), "{said:?}");
    // Whoever sees the files is told.
    for (path, words) in [(&file, "a file, not a folder"), (&gone, "no such folder")] {
        let ran = home.run(&[text(path)]);
        assert!(ran.code == 3 && ran.stderr.contains(words) && ran.stderr.contains(text(path)), "{ran:?}");
    }
    assert_eq!(resident.quit(), 0);
}

/// Memory of a process, in KiB.
fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("read");
    let row = status.lines().find_map(|row| row.strip_prefix("VmRSS:")).expect("a row");
    row.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn asking_again_and_again_leaves_the_memory_where_it_was() {
    let home = Home::new();
    home.store_many_galleries();
    let resident = home.resident(&[]);
    let ask = |from: usize, count: usize| {
        for n in from..from + count {
            let request = serde_json::json!({"command": "queue", "token": "TOKEN", "request_id": n.to_string()});
            assert_eq!(home.request(&format!("{request}\n"))["galleries"].as_array().map(Vec::len), Some(10_000));
        }
    };
    ask(0, 5);
    let before = memory_kib(resident.child.id());
    ask(5, 40);
    let after = memory_kib(resident.child.id());
    println!("figure: memory after 40 lists of 10,000 galleries = {} MiB more", after.saturating_sub(before) / 1024);
    // Each is 5 MiB.
    assert!(after < before + 60 * 1024, "{before} KiB, then {after} KiB");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn connections_leave_the_open_files_that_a_commit_needs() {
    let home = Home::new();
    let script = format!("ulimit -n {FEW_FILES} && exec \"$@\"");
    let mut command = in_shell(&script, &[], &home.bbdrop(&["--headless"]));
    let resident = home.start(command.stdin(Stdio::null()).stderr(Stdio::piped()));
    home.wait_for_resident();
    let folders: Vec<_> = (0..CONNECTIONS).map(|n| home.empty_folder(&n.to_string())).collect();
    let connect = |folder: &PathBuf| {
        let mut stream = TcpStream::connect(("127.0.0.1", home.port)).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.write_all(text(folder).as_bytes()).expect("sent");
        stream.shutdown(Shutdown::Write).expect("ended");
        stream
    };
    let streams: Vec<_> = folders.iter().map(connect).collect();
    for mut stream in streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        assert!(answer.starts_with("OK added "), "{answer}");
    }
    assert_eq!(home.paths().len(), CONNECTIONS);
    assert_eq!(home.run(&["quit"]).code, 0);
    let ended = resident.last_words();
    assert!(ended.code == 0 && ended.stderr.matches("cannot be accepted").count() <= 1, "{ended:?}");
}
