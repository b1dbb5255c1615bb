//! The desktop around the program, played by the test on a bus of its own: the computer stays awake while something is uploaded, a hidden window's
//! news are notifications, and the program starts at sign-in when a person wants that.

#![expect(clippy::needless_pass_by_value, reason = "zbus gives values")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;

use crate::support::{Home, eventually, skipped};

/// A session bus that nobody else is on, with the services of a desktop.
struct Bus {
    daemon: Child,
    address: String,
    connection: Connection,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What a service was asked, and by whom.
#[derive(Clone, Debug)]
struct Asked {
    what: String,
    by: String,
}

/// Power management as KDE, Xfce and MATE have it, and notifications.
struct Desktop(Arc<Mutex<Vec<Asked>>>);

impl Desktop {
    fn note(&self, what: String, header: &Header<'_>) {
        let by = header.sender().map(ToString::to_string).unwrap_or_default();
        self.0.lock().expect("not poisoned").push(Asked { what, by });
    }
}

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Desktop {
    fn inhibit(&self, application: &str, reason: &str, #[zbus(header)] header: Header<'_>) -> u32 {
        self.note(format!("{application}: {reason}"), &header);
        1
    }
}

struct Notifications(Desktop);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has them")]
    fn notify(
        &self,
        application: &str,
        replaces: u32,
        icon: &str,
        title: &str,
        words: &str,
        actions: Vec<String>,
        hints: std::collections::HashMap<String, zbus::zvariant::OwnedValue>,
        milliseconds: i32,
        #[zbus(header)] header: Header<'_>,
    ) -> u32 {
        drop((replaces, icon, actions, hints, milliseconds)); // Nobody here needs them.
        self.0.note(format!("{application}: {title}: {words}"), &header);
        1
    }
}

impl Bus {
    /// `None` without a dbus-daemon.
    fn open(directory: &Path) -> Option<Self> {
        let listen = format!("--address=unix:path={}", directory.join("bus").display());
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1", &listen]);
        let daemon = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut daemon) = daemon else {
            skipped("dbus-daemon is not installed");
            return None;
        };
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().expect("piped")).read_line(&mut address).expect("an address");
        let address = address.trim().to_owned();
        let asked = Arc::default();
        let connection = Builder::address(address.as_str())
            .and_then(|bus| bus.name("org.freedesktop.PowerManagement"))
            .and_then(|bus| bus.name("org.freedesktop.Notifications"))
            .and_then(|bus| bus.serve_at("/org/freedesktop/PowerManagement/Inhibit", Desktop(Arc::clone(&asked))))
            .and_then(|bus| bus.serve_at("/org/freedesktop/Notifications", Notifications(Desktop(Arc::clone(&asked)))))
            .and_then(Builder::build)
            .expect("a connection");
        Some(Self { daemon, address, connection, asked })
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("not poisoned").clone()
    }

    /// Whether that connection is still open.
    fn has(&self, name: &str) -> bool {
        let bus = "org.freedesktop.DBus";
        let answer = self.connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "NameHasOwner", &name);
        answer.expect("the bus answers").body().deserialize().expect("yes or no")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[test]
fn the_computer_stays_awake_while_something_is_uploaded() {
    let home = Home::new();
    let Some(bus) = Bus::open(home.path()) else { return };
    let folder = home.pictures("Long", 200, 300);
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
    let mut command = home.bbdrop(&["--headless", folder.to_str().expect("Unicode")]);
    let resident = home.start(command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address));
    eventually("ready", || (home.states() == ["ready"]).then_some(()));
    assert!(bus.asked().is_empty(), "{:?}", bus.asked());

    assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
    let asked = eventually("somebody is asked", || bus.asked().pop());
    assert_eq!(asked.what, "BBDrop: Uploads are under way");
    assert!(bus.has(&asked.by), "it holds as long as the connection");
    assert_eq!(home.run(&["queue", "pause", "1"]).code, 0);
    eventually("the computer may sleep", || (!bus.has(&asked.by)).then_some(()));

    assert_eq!(home.run(&["config", "set", "desktop.keep_awake", "false"]).code, 0);
    assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
    eventually("completed", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(bus.asked().len(), 1, "not when it is switched off: {:?}", bus.asked());
    assert_eq!(resident.quit(), 0);
}

#[cfg(feature = "inspection")]
#[test]
fn what_comes_to_an_end_behind_a_hidden_window_is_a_notification() {
    use crate::support::display::Display;
    let display = match Display::open() {
        Ok(display) => display,
        Err(missing) => return skipped(&missing),
    };
    let home = Home::new();
    let Some(bus) = Bus::open(home.path()) else { return };
    assert_eq!(home.run(&["config", "set", "desktop.keep_awake", "false"]).code, 0);
    let mut program = display.start(&home, &["-v"], &[("DBUS_SESSION_BUS_ADDRESS", &bus.address)]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    // All at the beginning: a folder that arrives brings the window up.
    for name in ["Seen", "This & that", "Quiet"] {
        let folder = home.pictures(name, 1, 50);
        assert_eq!(home.run(&["queue", "add", folder.to_str().expect("Unicode")]).code, 0);
        window.wait_for_row(name, "Ready");
    }
    let upload = |id: usize| {
        assert_eq!(home.run(&["queue", "start", &id.to_string()]).code, 0);
        eventually("completed", || (home.states()[id - 1] == "completed").then_some(()));
    };
    upload(1);
    window.wait_for_row("Seen", "Completed");
    program.wait_until_quiet();
    display.xdotool(&["windowminimize", "--sync", &id]);
    eventually("the window is minimised", || display.visible_window().is_none().then_some(()));
    program.wait_until_quiet();
    assert!(bus.asked().is_empty(), "the window was seen: {:?}", bus.asked());

    upload(2);
    let asked = eventually("there is a notification", || bus.asked().pop());
    assert_eq!(asked.what, "BBDrop: Gallery uploaded: “This &amp; that” is uploaded.");
    assert_eq!(home.run(&["config", "set", "desktop.notify", "false"]).code, 0);
    upload(3);
    program.wait_until_quiet();
    assert_eq!(bus.asked().len(), 1, "not when it is switched off: {:?}", bus.asked());
    assert_eq!(home.run(&["quit"]).code, 0);
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());
}

#[test]
fn the_start_at_sign_in_is_made_and_taken_away() {
    let home = Home::new();
    let config = home.path().join("config");
    let entry = config.join("autostart/bbdrop.desktop");
    let start = || {
        let mut command = home.bbdrop(&["--headless"]);
        home.start(command.env("XDG_CONFIG_HOME", &config).env_remove("DBUS_SESSION_BUS_ADDRESS"))
    };
    let resident = start();
    assert_eq!(home.run(&["config", "set", "desktop.autostart", "true"]).code, 0);
    let text =
        eventually("the entry is there", || std::fs::read_to_string(&entry).ok().filter(|text| text.ends_with('\n')));
    let (program, data) = (env!("CARGO_BIN_EXE_bbdrop"), home.data());
    assert!(text.contains(&format!("\nExec=\"{program}\" \"--data-dir\" \"{}\"\n", data.display())), "{text}");
    assert_eq!(resident.quit(), 0);

    std::fs::remove_file(&entry).expect("removed");
    let resident = start();
    eventually("a start brings back what is wanted", || entry.exists().then_some(()));
    assert_eq!(home.run(&["config", "set", "desktop.autostart", "false"]).code, 0);
    eventually("the entry is gone", || (!entry.exists()).then_some(()));
    std::fs::write(&entry, "of somebody else").expect("written");
    assert_eq!(home.run(&["config", "set", "desktop.autostart", "true"]).code, 0);
    eventually("it is ours", || std::fs::read_to_string(&entry).is_ok_and(|now| now == text).then_some(()));
    std::fs::write(&entry, "of somebody else").expect("written");
    assert_eq!(home.run(&["config", "set", "desktop.autostart", "false"]).code, 0);
    assert_eq!(resident.quit(), 0);
    assert_eq!(std::fs::read_to_string(&entry).expect("there"), "of somebody else");
}
