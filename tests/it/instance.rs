//! One resident; everybody else hands over, and nothing is lost on the way.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::{Home, Ran, eventually, wait};

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

#[test]
fn a_second_launch_hands_its_folders_over_and_exits() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folders = ["a", "b", "海辺 [1] & co"].map(|name| home.pictures(name, 1, 8));
    let ran = home.run(&folders.each_ref().map(|folder| text(folder)));
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "", "3 galleries added to the queue.\n"),
        "{ran:?}"
    );
    let names: Vec<String> = home.query("SELECT name FROM galleries ORDER BY id");
    assert_eq!(names, ["a", "b", "海辺 [1] & co"]);
    let raised = home.run(&[]);
    assert!(raised.code == 0 && raised.stderr.contains("comes to the front"), "{raised:?}");
    let again = home.run(&[text(&folders[0])]);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("Already in the queue"), "{again:?}");
    assert_eq!(home.list().len(), 3);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn relative_paths_mean_this_process_s_directory() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folder = home.pictures("here", 1, 8);
    let ran = Ran::of(home.bbdrop(&["here/../here/"]).current_dir(home.path()).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{ran:?}");
    let there = folder.canonicalize().expect("there");
    assert_eq!(home.list()[0]["path"], text(&there).trim_start_matches(r"\\?\"));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn raw_clients_of_the_folder_channel_get_one_answer_line() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folder = home.pictures("a", 1, 8);
    let folder = text(&folder);
    assert_eq!(home.say(folder.as_bytes()), "OK added 1\n");
    assert_eq!(home.say(folder.as_bytes()), "OK duplicate 1\n");
    assert_eq!(home.say(format!("{folder}/./\n").as_bytes()), "OK duplicate 1\n");
    let (gone, file) = (home.path().join("gone"), home.path().join("a").join("1.png"));
    assert_eq!(home.say(b""), "OK raised\n");
    for (message, code) in [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), "not-absolute"),
        (text(&gone).as_bytes(), "not-a-folder"),
        (text(&file).as_bytes(), "not-a-folder"),
        (b"/\xff\xfe", "not-utf8"),
        (&[b'/'; 1025], "too-long"),
        (&vec![b'x'; 100_000], "too-long"),
    ] {
        let answer = home.say(message);
        assert!(answer.starts_with(&format!("ERROR {code} ")) && answer.ends_with('\n'), "{code}: {answer}");
    }
    assert_eq!(home.list().len(), 1);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_client_that_sends_in_pieces_and_lingers_is_understood() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let folder = home.pictures("a", 1, 8);
    let mut stream = TcpStream::connect(("127.0.0.1", home.port)).expect("connected");
    stream.set_nodelay(true).expect("set");
    for byte in text(&folder).as_bytes() {
        stream.write_all(&[*byte]).expect("sent");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert_eq!(crate::support::of_this_user(answer), "OK added 1\n");
    assert_eq!(resident.quit(), 0);
}

#[test]
fn cold_launches_at_once_make_one_resident_and_lose_nothing() {
    let home = Home::new();
    let folders: Vec<_> = (0..15).map(|n| home.pictures(&format!("f{n}"), 1, 8)).collect();
    let launch = |folder: &std::path::PathBuf| -> Child {
        let mut command = home.bbdrop(&["--headless", text(folder)]);
        crate::support::spawn(command.stderr(Stdio::inherit()))
    };
    let mut launches: Vec<Child> = folders.iter().map(launch).collect();
    eventually("every folder is in the queue", || {
        (home.query::<i64>("SELECT count(*) FROM galleries") == [15]).then_some(())
    });
    eventually("one launch is left", || {
        let running = launches.iter_mut().filter_map(|child| child.try_wait().expect("waited").is_none().then_some(()));
        (running.count() == 1).then_some(())
    });
    assert_eq!(home.run(&["quit"]).code, 0);
    for mut launch in launches {
        assert_eq!(wait(&mut launch).code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn sigterm_ends_it_cleanly_and_the_next_one_takes_over() {
    let home = Home::new();
    let mut resident = home.resident(&[]);
    let pid = resident.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("it runs").success());
    assert_eq!(resident.wait().code(), Some(0));
    assert!(!home.data().join("resident.json").exists());
    assert_eq!(home.query::<i64>("SELECT clean FROM shutdown"), [1]);
    assert_eq!(home.resident(&[]).quit(), 0);
}

#[test]
fn a_taken_port_is_told_and_folders_arrive_all_the_same() {
    let home = Home::new();
    // Wine's table knows no process of a listener, so there it is a program without a name.
    let squatter = TcpListener::bind(("127.0.0.1", home.port)).expect("bound");
    let mut command = home.bbdrop(&["--headless"]);
    let resident = home.start(command.stderr(Stdio::null()));
    let trouble = eventually("the trouble is told", || {
        let status = home.status();
        (status["resident"] == true && !status["trouble"].is_null()).then(|| status["trouble"].to_string())
    });
    assert!(trouble.contains(&home.port.to_string()), "{trouble}");
    let holder = format!("process {}", std::process::id());
    assert!(cfg!(windows) || trouble.contains(&holder), "who holds the port is not said: {trouble}");
    let folder = home.pictures("a", 1, 8);
    let ran = home.run(&[text(&folder)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(home.list().len(), 1);
    drop(squatter);
    eventually("the port is taken over once it is free", || (home.status()["folder_port"] == home.port).then_some(()));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn the_usual_port_is_27849() {
    if TcpListener::bind(("127.0.0.1", 27_849)).is_err() {
        println!("skipped: port 27849 is in use on this machine");
        return;
    }
    let mut home = Home::new();
    home.port = 27_849;
    let mut command = home.bbdrop(&["--headless"]);
    let resident = home.start(command.env_remove("BBDROP_PORT"));
    home.wait_for_resident();
    assert_eq!(home.status()["folder_port"], 27_849);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn the_delegate_channel_wants_the_token() {
    let home = Home::new();
    let resident = home.resident(&[]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(home.data().join("resident.json")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for request in ["{\"output_to_stdout\": false}\n", "{\"command\":\"status\",\"token\":\"nonsense\"}\n"] {
        let answer = home.request(request);
        assert_eq!((&answer["success"], &answer["error"]), (&false.into(), &"not authorised".into()), "{answer}");
    }
    assert_eq!(home.request("{\"command\":\"raise\"}\n")["success"], true);
    assert_eq!(home.request("nonsense\n")["success"], false);
    let status = home.request("{\"command\":\"status\",\"token\":\"TOKEN\"}\n");
    assert_eq!(status["status"]["resident"], true, "{status}");
    assert_eq!(resident.quit(), 0);
}
