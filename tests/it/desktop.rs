//! The desktop around the program, played by the test on a bus of its own: the computer stays awake while something is uploaded, a hidden window's
//! news are notifications, and the program starts at sign-in when a person wants that.

#![expect(clippy::needless_pass_by_value, reason = "zbus gives values")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::zvariant;

use crate::support::{Home, eventually, skipped};

/// A session bus that nobody else is on, with the services of a desktop.
struct Bus {
    daemon: Child,
    address: String,
    connection: Connection,
    book: Book,
}

/// Who can keep a computer awake.
#[derive(Clone, Copy, Debug)]
enum Service {
    Power,
    Gnome,
    Login,
}

const NOTIFICATIONS: (&str, &str) = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications");

/// What a service was asked, and by whom.
#[derive(Clone, Debug)]
struct Asked {
    what: String,
    by: String,
    /// The file that was given for it is closed.
    is_closed: Option<Arc<AtomicBool>>,
}

/// What all services were asked.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<Asked>>>);

impl Book {
    /// The number of the entry, the first is 1.
    fn note(&self, what: String, header: &Header<'_>, is_closed: Option<Arc<AtomicBool>>) -> u32 {
        let by = header.sender().map(ToString::to_string).unwrap_or_default();
        let mut entries = self.0.lock().expect("not poisoned");
        entries.push(Asked { what, by, is_closed });
        u32::try_from(entries.len()).expect("few")
    }
}

/// Power management as KDE, Xfce and MATE have it.
struct Power(Book);

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Power {
    fn inhibit(&self, application: &str, reason: &str, #[zbus(header)] header: Header<'_>) -> u32 {
        self.0.note(format!("{application}: {reason}"), &header, None)
    }
}

/// The session of GNOME and Cinnamon.
struct Gnome(Book);

#[zbus::interface(name = "org.gnome.SessionManager")]
impl Gnome {
    fn inhibit(
        &self,
        application: &str,
        window: u32,
        reason: &str,
        flags: u32,
        #[zbus(header)] header: Header<'_>,
    ) -> u32 {
        self.0.note(format!("{application}: {reason}, {window} {flags}"), &header, None)
    }
}

/// systemd's logind: it holds as long as the file is open.
struct Login(Book);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(
        &self,
        what: &str,
        who: &str,
        why: &str,
        mode: &str,
        #[zbus(header)] header: Header<'_>,
    ) -> zvariant::OwnedFd {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let is_closed = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&is_closed);
        let listen = move || {
            reader.read_to_end(&mut Vec::new()).expect("read");
            closed.store(true, Ordering::Release);
        };
        std::thread::Builder::new().name("login".to_owned()).spawn(listen).expect("a thread");
        self.0.note(format!("{who}: {why}, {what} {mode}"), &header, Some(is_closed));
        OwnedFd::from(writer).into()
    }
}

/// Notifications, and what the service says it can do.
struct Notifications(Book, &'static [&'static str]);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    fn get_capabilities(&self) -> Vec<String> {
        self.1.iter().map(|able| (*able).to_owned()).collect()
    }

    #[expect(clippy::too_many_arguments, reason = "the specification has them")]
    fn notify(
        &self,
        application: &str,
        replaces: u32,
        icon: &str,
        title: &str,
        words: &str,
        actions: Vec<String>,
        hints: HashMap<String, zvariant::OwnedValue>,
        milliseconds: i32,
        #[zbus(header)] header: Header<'_>,
    ) -> u32 {
        drop((replaces, icon, hints, milliseconds)); // Nobody here needs them.
        self.0.note(format!("{application}: {title}: {words} {}", actions.join("|")), &header, None)
    }
}

impl Bus {
    /// With notifications and the services of `more`; `None` without a dbus-daemon.
    fn open(directory: &Path, more: &[Service]) -> Option<Self> {
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
        let book = Book::default();
        let mut bus = Builder::address(address.as_str()).and_then(|bus| {
            bus.name(NOTIFICATIONS.0)?.serve_at(NOTIFICATIONS.1, Notifications(book.clone(), &["actions", "body"]))
        });
        for service in more {
            bus = bus.and_then(|bus| match service {
                Service::Power => {
                    let name = "org.freedesktop.PowerManagement";
                    bus.name(name)?.serve_at("/org/freedesktop/PowerManagement/Inhibit", Power(book.clone()))
                }
                Service::Gnome => {
                    bus.name("org.gnome.SessionManager")?.serve_at("/org/gnome/SessionManager", Gnome(book.clone()))
                }
                Service::Login => {
                    bus.name("org.freedesktop.login1")?.serve_at("/org/freedesktop/login1", Login(book.clone()))
                }
            });
        }
        let connection = bus.and_then(Builder::build).expect("a connection");
        Some(Self { daemon, address, connection, book })
    }

    fn asked(&self) -> Vec<Asked> {
        self.book.0.lock().expect("not poisoned").clone()
    }

    /// Whether what was asked for still holds: the connection or the file is open.
    fn holds(&self, asked: &Asked) -> bool {
        if let Some(is_closed) = &asked.is_closed {
            return !is_closed.load(Ordering::Acquire);
        }
        let bus = "org.freedesktop.DBus";
        let answer =
            self.connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "NameHasOwner", &asked.by);
        answer.expect("the bus answers").body().deserialize().expect("yes or no")
    }

    /// A person clicks on a notification, or on a button of it.
    #[cfg(feature = "inspection")]
    fn click(&self, number: u32, what: &str) {
        let (name, path) = NOTIFICATIONS;
        self.connection.emit_signal(None::<&str>, path, name, "ActionInvoked", &(number, what)).expect("said");
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
    let Some(bus) = Bus::open(home.path(), &[Service::Power, Service::Gnome, Service::Login]) else { return };
    let folder = home.pictures("Long", 200, 300);
    assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
    let mut command = home.bbdrop(&["--headless", folder.to_str().expect("Unicode")]);
    let resident = home.start(command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address));
    eventually("ready", || (home.states() == ["ready"]).then_some(()));
    assert!(bus.asked().is_empty(), "{:?}", bus.asked());

    assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
    let asked = eventually("somebody is asked", || bus.asked().pop());
    assert_eq!(asked.what, "BBDrop: Uploads are under way");
    assert!(bus.holds(&asked), "it holds as long as the connection");
    assert_eq!(home.run(&["queue", "pause", "1"]).code, 0);
    eventually("the computer may sleep", || (!bus.holds(&asked)).then_some(()));

    assert_eq!(home.run(&["config", "set", "desktop.keep_awake", "false"]).code, 0);
    assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
    eventually("completed", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(bus.asked().len(), 1, "not when it is switched off: {:?}", bus.asked());
    assert_eq!(resident.quit(), 0);
}

#[test]
fn whoever_is_there_keeps_the_computer_awake() {
    let check = |services: &[Service], expected: &str| {
        let home = Home::new();
        let Some(bus) = Bus::open(home.path(), services) else { return };
        assert_eq!(home.run(&["config", "set", "uploads.parallel_images", "1"]).code, 0);
        let folder = home.pictures("Long", 200, 300);
        let mut command = home.bbdrop(&["--headless", folder.to_str().expect("Unicode")]);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address).env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
        let resident = home.start(&mut command);
        eventually("ready", || (home.states() == ["ready"]).then_some(()));
        assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
        let asked = eventually("somebody is asked", || bus.asked().pop());
        assert_eq!(asked.what, expected, "{services:?}");
        assert_eq!(home.states(), ["uploading"]);
        assert!(bus.holds(&asked), "{services:?}");
        assert_eq!(home.run(&["queue", "pause", "1"]).code, 0);
        eventually("the computer may sleep", || (!bus.holds(&asked)).then_some(()));
        assert_eq!(resident.quit(), 0);
        assert_eq!(bus.asked().len(), 1, "{services:?}: {:?}", bus.asked());
    };
    check(&[Service::Gnome, Service::Login], "BBDrop: Uploads are under way, 0 4");
    check(&[Service::Login], "BBDrop: Uploads are under way, idle block");
}

#[test]
fn nobody_to_keep_the_computer_awake_is_no_reason_not_to_upload() {
    let home = Home::new();
    let Some(bus) = Bus::open(home.path(), &[]) else { return };
    let folder = home.pictures("Short", 1, 50);
    let mut command = home.bbdrop(&["--headless", "-v", folder.to_str().expect("Unicode")]);
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address).env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
    let resident = home.start(command.stderr(Stdio::piped()));
    eventually("ready", || (home.states() == ["ready"]).then_some(()));
    assert_eq!(home.run(&["queue", "start", "1"]).code, 0);
    eventually("completed", || (home.states() == ["completed"]).then_some(()));
    assert_eq!(home.run(&["quit"]).code, 0);
    let ran = resident.last_words();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("The computer may go to sleep: "), "{}", ran.stderr);
}

/// All at the beginning: a folder that arrives brings the window up.
#[cfg(feature = "inspection")]
fn add(home: &Home, window: &crate::support::display::Window, names: [&str; 3]) {
    for name in names {
        let folder = home.pictures(name, 1, 50);
        assert_eq!(home.run(&["queue", "add", folder.to_str().expect("Unicode")]).code, 0);
        window.wait_for_row(name, "Ready");
    }
}

#[cfg(feature = "inspection")]
fn upload(home: &Home, id: usize) {
    assert_eq!(home.run(&["queue", "start", &id.to_string()]).code, 0);
    eventually("completed", || (home.states()[id - 1] == "completed").then_some(()));
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
    let Some(bus) = Bus::open(home.path(), &[]) else { return };
    assert_eq!(home.run(&["config", "set", "desktop.keep_awake", "false"]).code, 0);
    let mut program = display.start(&home, &["-v"], &[("DBUS_SESSION_BUS_ADDRESS", &bus.address)]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    add(&home, &window, ["Seen", "This & that", "Quiet"]);
    let upload = |id| upload(&home, id);
    upload(1);
    window.wait_for_row("Seen", "Completed");
    program.wait_until_quiet();
    display.xdotool(&["windowminimize", "--sync", &id]);
    eventually("the window is minimised", || display.visible_window().is_none().then_some(()));
    program.wait_until_quiet();
    assert!(bus.asked().is_empty(), "the window was seen: {:?}", bus.asked());

    upload(2);
    let asked = eventually("there is a notification", || bus.asked().pop());
    assert_eq!(asked.what, "BBDrop: Gallery uploaded: “This &amp; that” is uploaded. default|Show BBDrop");
    bus.click(2, "default"); // On one of another program.
    bus.click(1, "no such button");
    program.wait_until_quiet();
    assert_eq!(display.visible_window(), None, "nobody has clicked on ours");
    bus.click(1, "default");
    let id = eventually("a click shows the window", || display.visible_window());
    program.wait_until_quiet();
    display.xdotool(&["windowminimize", "--sync", &id]);
    eventually("the window is minimised", || display.visible_window().is_none().then_some(()));

    assert_eq!(home.run(&["config", "set", "desktop.notify", "false"]).code, 0);
    upload(3);
    program.wait_until_quiet();
    assert_eq!(bus.asked().len(), 1, "not when it is switched off: {:?}", bus.asked());
    assert_eq!(home.run(&["quit"]).code, 0);
    assert_eq!(program.wait().code(), Some(0), "{}", program.said());
}

#[cfg(feature = "inspection")]
#[test]
fn a_window_in_the_background_calls_for_attention_when_all_is_done() {
    use crate::support::display::Display;
    let display = match Display::open() {
        Ok(display) => display,
        Err(missing) => return skipped(&missing),
    };
    let home = Home::new();
    let mut program = display.start(&home, &["-v"], &[]);
    let window = program.window();
    let id = eventually("the window is on the screen", || display.visible_window());
    add(&home, &window, ["Seen", "Behind", "Last"]);
    let upload = |id| upload(&home, id);
    // The window manager takes the one for the other.
    let calls = || {
        let properties = display.properties(&id);
        let found =
            ["urgency hint bit is set", "_NET_WM_STATE_DEMANDS_ATTENTION"].map(|mark| properties.contains(mark));
        (found[0] == found[1]).then_some(found[0])
    };
    program.wait_until_quiet();
    upload(1);
    window.wait_for_row("Seen", "Completed");
    program.wait_until_quiet();
    assert_eq!(calls(), Some(false), "the window is in front");

    display.xdotool(&["windowminimize", "--sync", &id]);
    eventually("the window is minimised", || display.visible_window().is_none().then_some(()));
    program.wait_until_quiet();
    upload(2);
    eventually("the taskbar points at it", || calls().filter(|calls| *calls));
    assert_eq!(display.launch(&home, &[]).code, 0);
    eventually("the window is seen", || display.visible_window());
    eventually("the taskbar rests", || calls().filter(|calls| !calls));
    upload(3);
    program.wait_until_quiet();
    assert_eq!(calls(), Some(false), "the window is in front");
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
