//! A display of its own with a window manager, the program on it, and its window driven by accessible names.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use egui::accesskit::{Node as Accessible, Role};
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect};
use egui_inspection::protocol::{Request, Response, read_handshake, read_message, write_message};
use tempfile::TempDir;

use super::{Home, PATIENCE, Ran, eventually, free_port};

/// Pixels of the display.
pub const SCREEN: (i32, i32) = (1400, 900);
/// Frames a window may need to come to rest.
const SETTLE_STEPS: u64 = 1000;
/// How long nothing may happen before a program counts as quiet.
const QUIET: Duration = Duration::from_millis(700);
/// Roles of what can be operated, and so must have a name.
const CONTROLS: [Role; 14] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::Link,
    Role::MenuItem,
    Role::MenuItemCheckBox,
    Role::MenuItemRadio,
    Role::MultilineTextInput,
    Role::RadioButton,
    Role::Row,
    Role::Slider,
    Role::SpinButton,
    Role::Tab,
    Role::TextInput,
];

/// An X server without a screen, and openbox on it. Both end with it.
pub struct Display {
    name: String,
    runtime: TempDir,
    python: &'static str,
    server: Guard,
    manager: Guard,
}

/// A place on a display, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// A process of ours; ended when it goes out of scope.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Display {
    /// # Errors
    /// The name of what is missing here.
    pub fn open() -> Result<Self, String> {
        for tool in ["Xvfb", "openbox", "xdotool", "xclip", "xprop"] {
            let path = std::env::var_os("PATH").unwrap_or_default();
            if !std::env::split_paths(&path).any(|dir| dir.join(tool).is_file()) {
                return Err(format!("{tool} is not installed"));
            }
        }
        let knows_x = |python: &&str| {
            Command::new(python)
                .args(["-c", "import Xlib.ext.xtest"])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|s| s.success())
        };
        let python =
            ["python3", "/usr/bin/python3"].into_iter().find(knows_x).ok_or("python3-xlib is not installed")?;
        let runtime = tempfile::tempdir().expect("a directory");
        // -noreset: otherwise the server starts over when its first client, a short one, ends, and throws openbox out.
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{}x{}x24", SCREEN.0, SCREEN.1),
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Guard)
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.0.stdout.take().expect("piped")).read_line(&mut number).expect("a display number");
        let name = format!(":{}", number.trim());
        let manager = Command::new("openbox")
            .env("DISPLAY", &name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Guard)
            .expect("openbox starts");
        let display = Self { name, runtime, python, server, manager };
        eventually("openbox manages the display", || (display.xdotool(&["get_num_desktops"]).code == 0).then_some(()));
        Ok(display)
    }

    /// `program` on this display, drawn in software.
    fn dress<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program
            .env("DISPLAY", &self.name)
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
    }

    /// `bbdrop` on this display. What it says on stderr is kept.
    pub fn start(&self, home: &Home, args: &[&str], env: &[(&str, &str)]) -> Program {
        home.know_the_first_page();
        self.start_first(home, args, env)
    }

    /// The same without knowing the program: a new one shows its first page.
    pub fn start_first(&self, home: &Home, args: &[&str], env: &[(&str, &str)]) -> Program {
        let inspection = free_port();
        let mut command = home.bbdrop(args);
        self.dress(&mut command).envs(env.iter().copied()).env("EGUI_INSPECTION", format!("127.0.0.1:{inspection}"));
        Program::spawn(command, inspection)
    }

    /// `bbdrop` on this display as a person has it: nobody looks into the window.
    pub fn start_unwatched(&self, home: &Home, args: &[&str]) -> Program {
        home.know_the_first_page();
        let mut command = home.bbdrop(args);
        self.dress(&mut command).env_remove("EGUI_INSPECTION");
        Program::spawn(command, 0)
    }

    /// Another launch of `bbdrop`, to its end.
    pub fn launch(&self, home: &Home, args: &[&str]) -> Ran {
        Ran::of(self.dress(&mut home.bbdrop(args)).output().expect("it runs"))
    }

    pub fn xdotool(&self, args: &[&str]) -> Ran {
        Ran::of(self.dress(Command::new("xdotool").args(args)).output().expect("it runs"))
    }

    /// What the X server and the window manager know of a window.
    pub fn properties(&self, window: &str) -> String {
        Ran::of(self.dress(Command::new("xprop").args(["-id", window])).output().expect("it runs")).stdout
    }

    /// The X window of the program, when there is one to be seen.
    pub fn visible_window(&self) -> Option<String> {
        let ran = self.xdotool(&["search", "--onlyvisible", "--name", "BBDrop$"]);
        ran.stdout.lines().next().map(str::to_owned)
    }

    /// Where the X window is, without its frame, in pixels.
    pub fn geometry(&self, window: &str) -> Geometry {
        let geometry = self.xdotool(&["getwindowgeometry", "--shell", window]).stdout;
        let number = |name: &str| -> i32 {
            let line = geometry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|number| number.parse().ok()).expect(&geometry)
        };
        Geometry { x: number("X"), y: number("Y"), width: number("WIDTH"), height: number("HEIGHT") }
    }

    /// Drops `paths` on the middle of the X window, as a file manager does.
    pub fn drop_on<P: AsRef<Path>>(&self, window: &str, paths: &[P]) {
        self.drop_at(window, None, paths);
    }

    /// Drops `paths` on that place of the X window, otherwise on its middle, without a stop on the way.
    pub fn drop_at<P: AsRef<Path>>(&self, window: &str, at: Option<Pos2>, paths: &[P]) {
        let said = self.drop_by(&[], window, at, paths);
        assert!(said.contains("finished ["), "{said}");
    }

    /// As [`Display::drop_at`], from a program that does it in its own way (the options of `xdnd_drop.py`). Returns what it says.
    pub fn drop_by<P: AsRef<Path>>(&self, ways: &[&str], window: &str, at: Option<Pos2>, paths: &[P]) -> String {
        let ran = Ran::of(self.xdnd(window, at, ways, paths).output().expect("it runs"));
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    }

    /// Drags `paths` over that place of the X window, and holds them there.
    pub fn drag_to(&self, window: &str, at: Pos2, paths: &[&Path]) -> Drag {
        let mut command = self.xdnd(window, Some(at), &["--hold"], paths);
        let mut source = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map(Guard).expect("it starts");
        let mut said = BufReader::new(source.0.stdout.take().expect("piped"));
        let mut line = String::new();
        while line != "held\n" {
            line.clear();
            assert_ne!(said.read_line(&mut line).expect("it speaks"), 0, "the window does not take it");
        }
        Drag { source, said }
    }

    /// Drags `paths` with the mouse from a GTK program's window over the middle of the X window, and lets them go. Returns what that program says.
    pub fn drop_from_gtk<P: AsRef<Path>>(&self, window: &str, paths: &[P]) -> String {
        let file = self.list(paths);
        let mut command = Command::new("/usr/bin/python3");
        self.dress(command.arg(support_file("gtk_drag.py")).arg(file)).stdout(Stdio::piped());
        let mut source = command.spawn().map(Guard).expect("it starts");
        let mut said = BufReader::new(source.0.stdout.take().expect("piped")).lines().map_while(Result::ok);
        assert_eq!(said.next().as_deref(), Some("there"));
        let middle = |Geometry { x, y, width, height }| [x + width / 2, y + height / 2];
        let name = self.xdotool(&["search", "--sync", "--onlyvisible", "--name", "^Files for a drag$"]).stdout;
        let [from, to] = [name.trim(), window].map(|id| middle(self.geometry(id)));
        let go = |[x, y]: [i32; 2]| drop(self.xdotool(&["mousemove", "--sync", &x.to_string(), &y.to_string()]));
        self.xdotool(&["windowraise", name.trim()]);
        go(from);
        self.xdotool(&["mousedown", "1"]);
        // A few points on the way: that it is a drag shows only when the pointer moves.
        for part in 1..=10 {
            go([0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part / 10));
        }
        assert_eq!(said.next().as_deref(), Some("over"), "the window takes it");
        self.xdotool(&["mouseup", "1"]);
        said.next().unwrap_or_default()
    }

    /// A file with a path on each line.
    fn list<P: AsRef<Path>>(&self, paths: &[P]) -> PathBuf {
        let list: Vec<_> = paths.iter().map(|path| path.as_ref().as_os_str().as_encoded_bytes()).collect();
        let file = self.runtime.path().join("dropped");
        std::fs::write(&file, list.join(&b'\n')).expect("written");
        file
    }

    /// A program that drags something over the X window.
    fn xdnd<P: AsRef<Path>>(&self, window: &str, at: Option<Pos2>, options: &[&str], paths: &[P]) -> Command {
        #[expect(clippy::cast_possible_truncation, reason = "points on a screen")]
        let (x, y) = at.map_or_else(
            || {
                let Geometry { width, height, .. } = self.geometry(window);
                (width / 2, height / 2)
            },
            |at| (at.x as i32, at.y as i32),
        );
        let place = ["--in", window, &x.to_string(), &y.to_string()].map(str::to_owned);
        let mut command = Command::new(self.python);
        let list = format!("@{}", self.list(paths).display());
        self.dress(command.arg(support_file("xdnd_drop.py")).args(options).args(place).arg(list));
        command
    }

    /// A clipboard manager, until it is dropped.
    pub fn clipboard_manager(&self) -> impl Drop + use<> {
        let mut command = Command::new(self.python);
        let mut manager = self
            .dress(command.arg(support_file("clipboard_manager.py")))
            .stdout(Stdio::piped())
            .spawn()
            .map(Guard)
            .expect("it starts");
        let mut ready = String::new();
        BufReader::new(manager.0.stdout.as_mut().expect("piped")).read_line(&mut ready).expect("it is there");
        assert_eq!(ready, "ready\n");
        manager
    }

    /// What another program would paste.
    pub fn clipboard(&self) -> String {
        Ran::of(self.dress(Command::new("xclip").args(["-selection", "clipboard", "-o"])).output().expect("it runs"))
            .stdout
    }
}

fn support_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support").join(name)
}

/// Something that is dragged over a window by another program; when it goes out of scope, that program has crashed.
pub struct Drag {
    source: Guard,
    said: BufReader<ChildStdout>,
}

impl Drag {
    /// Lets it go.
    pub fn let_go(mut self) {
        writeln!(self.source.0.stdin.as_ref().expect("piped")).expect("it listens");
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("it speaks");
        assert!(self.source.0.wait().expect("it ends").success(), "{said}");
    }
}

/// A running `bbdrop` with what it has said so far; killed when it goes out of scope.
pub struct Program {
    child: Child,
    started: Instant,
    inspection: u16,
    said: Arc<Mutex<Vec<(Instant, String)>>>,
    listener: Option<JoinHandle<()>>,
}

impl Program {
    fn spawn(mut command: Command, inspection: u16) -> Self {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let (kept, stderr) = (Arc::clone(&said), BufReader::new(child.stderr.take().expect("piped")));
        let listen = move || {
            for line in stderr.lines().map_while(Result::ok) {
                kept.lock().expect("not poisoned").push((Instant::now(), line));
            }
        };
        let listener = std::thread::Builder::new().name("stderr".to_owned()).spawn(listen).expect("a thread");
        Self { child, started, inspection, said, listener: Some(listener) }
    }

    /// Everything said on stderr.
    pub fn said(&self) -> String {
        let said = self.said.lock().expect("not poisoned");
        said.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// How many lines have `text` in them.
    pub fn count(&self, text: &str) -> usize {
        self.said.lock().expect("not poisoned").iter().filter(|(_, line)| line.contains(text)).count()
    }

    /// Waits for a line with `text`; says how long after the start of the process it came.
    pub fn wait_for_line(&self, text: &str) -> Duration {
        let at =
            || self.said.lock().expect("not poisoned").iter().find(|(_, line)| line.contains(text)).map(|line| line.0);
        eventually(text, at) - self.started
    }

    /// Connects to the window.
    pub fn window(&self) -> Window {
        let stream = eventually("the window can be looked into", || {
            let stream = TcpStream::connect(("127.0.0.1", self.inspection)).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            read_handshake(&stream).ok().map(|_| stream)
        });
        Window { stream }
    }

    /// Waits for the end of the process, and for its last word.
    pub fn wait(&mut self) -> ExitStatus {
        let status = super::wait(&mut self.child);
        self.hear_out();
        status
    }

    fn hear_out(&mut self) {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join(); // It has nothing to panic about.
        }
    }

    /// CPU time that its threads have used so far. A thread that ends takes its own with it.
    pub fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let used = tasks.flatten().filter_map(|task| {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            stat.split_ascii_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(used.sum())
    }

    /// CPU time used so far, in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let after_name = stat.rsplit(')').next().expect("a name");
        let fields: Vec<_> = after_name.split_whitespace().collect();
        let ticks = |place: usize| -> u64 { fields[place].parse().expect("a number") };
        (ticks(11) + ticks(12)) * 10 // A tick is 10 ms on every Linux that runs this.
    }

    /// Resident memory, in MiB.
    pub fn memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    /// Waits until the program has used no CPU time and said nothing for a while.
    pub fn wait_until_quiet(&self) {
        let look = || (self.cpu_ms(), self.said.lock().expect("not poisoned").len());
        let (mut before, mut since) = (look(), Instant::now());
        eventually("the program comes to rest", || {
            let now = look();
            if now != before {
                (before, since) = (now, Instant::now());
            }
            (since.elapsed() > QUIET).then_some(())
        });
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.hear_out();
        if std::thread::panicking() {
            let said = self.said();
            let tail: Vec<_> = said.lines().rev().take(30).collect();
            println!("the program said:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        } else {
            // The other renderer may have taken over.
            let held_up: Vec<_> =
                self.said().lines().filter(|line| line.contains("watchdog:")).map(str::to_owned).collect();
            assert!(held_up.is_empty(), "{held_up:#?}");
        }
    }
}

/// What a screen reader knows of one thing in the window.
#[derive(Clone, Debug)]
pub struct Node {
    pub role: Role,
    pub label: String,
    pub value: String,
    pub centre: Option<Pos2>,
    /// In points of the window.
    pub bounds: Option<Rect>,
    labelled: bool,
}

impl Node {
    #[expect(clippy::cast_possible_truncation, reason = "points on a screen")]
    fn of(node: &Accessible) -> Self {
        let bounds = node
            .bounds()
            .map(|b| Rect::from_min_max(Pos2::new(b.x0 as f32, b.y0 as f32), Pos2::new(b.x1 as f32, b.y1 as f32)));
        Self {
            role: node.role(),
            label: node.label().unwrap_or_default().to_owned(),
            value: node.value().unwrap_or_default().to_owned(),
            centre: bounds.map(|bounds| bounds.center()),
            bounds,
            labelled: !node.labelled_by().is_empty(),
        }
    }

    /// Something to operate that a screen reader cannot announce.
    fn is_nameless_control(&self) -> bool {
        CONTROLS.contains(&self.role) && self.label.trim().is_empty() && !self.labelled
    }
}

/// The window, looked into and operated from outside.
pub struct Window {
    stream: TcpStream,
}

impl Window {
    fn ask(&self, request: &Request) -> Response {
        write_message(&self.stream, request).expect("the window is there");
        let response = read_message(&self.stream).expect("the window answers");
        if let Response::Error { message } = &response {
            panic!("the window refused: {message}");
        }
        response
    }

    pub fn nodes(&self) -> Vec<Node> {
        let Response::Tree { accesskit: Some(tree), .. } = self.ask(&Request::GetTree) else { panic!("no tree") };
        tree.nodes.iter().map(|(_, node)| Node::of(node)).collect()
    }

    /// Controls without a name, and how many controls there are.
    pub fn nameless(&self) -> (Vec<Node>, usize) {
        let nodes = self.nodes();
        let count = nodes.iter().filter(|node| CONTROLS.contains(&node.role)).count();
        (nodes.into_iter().filter(Node::is_nameless_control).collect(), count)
    }

    /// The first thing of that role and name, if it is there.
    pub fn find(&self, role: Role, name: &str) -> Option<Node> {
        self.nodes().into_iter().find(|node| node.role == role && node.label == name && node.centre.is_some())
    }

    /// The thing of that role and name, as soon as it is there.
    pub fn wait_for(&self, role: Role, name: &str) -> Node {
        eventually(&format!("{role:?} “{name}”"), || self.find(role, name))
    }

    /// Whether these words are anywhere in the window.
    pub fn shows(&self, words: &str) -> bool {
        self.nodes().iter().any(|node| node.label.contains(words) || node.value.contains(words))
    }

    pub fn wait_for_words(&self, words: &str) {
        eventually(words, || self.shows(words).then_some(()));
    }

    /// The table row of a gallery as soon as its value has `words` in it.
    pub fn wait_for_row(&self, name: &str, words: &str) -> Node {
        eventually(&format!("row “{name}” with “{words}”"), || {
            self.find(Role::Row, name).filter(|row| row.value.contains(words))
        })
    }

    pub fn click(&self, role: Role, name: &str) {
        self.click_with(role, name, PointerButton::Primary);
    }

    pub fn click_with(&self, role: Role, name: &str, button: PointerButton) {
        let pos = self.wait_for(role, name).centre.expect("a place");
        let press = |pressed| Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
        // Press and release in one frame: on a busy machine, or with a word of the real pointer in between, two are no click.
        for events in [vec![Event::PointerMoved(pos)], vec![press(true), press(false)]] {
            self.ask(&Request::ApplyEvents { events });
        }
        self.settle();
    }

    /// The same without waiting until the window comes to rest: it shows progress, or it is gone then.
    pub fn press(&self, role: Role, name: &str) {
        let pos = self.wait_for(role, name).centre.expect("a place");
        let press =
            |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        self.ask(&Request::ApplyEvents { events: vec![Event::PointerMoved(pos)] });
        let answer = write_message(&self.stream, &Request::ApplyEvents { events: vec![press(true), press(false)] })
            .and_then(|()| read_message::<_, Response>(&self.stream));
        if let Ok(Response::Error { message }) = answer {
            panic!("the window refused: {message}");
        }
    }

    /// Types into what has the keyboard; what is selected there is gone.
    pub fn type_text(&self, text: &str) {
        self.ask(&Request::ApplyEvents { events: vec![Event::Text(text.to_owned())] });
        self.settle();
    }

    /// The names of the rows that are shown, from top to bottom.
    pub fn rows(&self) -> Vec<String> {
        let mut rows: Vec<_> = self.nodes().into_iter().filter(|node| node.role == Role::Row).collect();
        rows.sort_by(|a, b| {
            a.centre.map(|at| at.y).unwrap_or_default().total_cmp(&b.centre.map(|at| at.y).unwrap_or_default())
        });
        rows.into_iter().map(|row| row.label).collect()
    }

    pub fn key(&self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.ask(&Request::ApplyEvents { events: vec![event] });
        }
        self.settle();
    }

    /// Lets animations end; a window that shows progress may not come to rest.
    pub fn settle(&self) {
        self.ask(&Request::Settle { max_steps: SETTLE_STEPS });
    }

    pub fn resize(&self, width: u32, height: u32) {
        self.ask(&Request::Resize { width, height });
        self.settle();
    }

    /// Saves what is to be seen, and says where.
    pub fn shot(&self, name: &str) -> PathBuf {
        let shots = std::env::var_os("BBDROP_SHOTS")
            .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("shots"), PathBuf::from);
        std::fs::create_dir_all(&shots).expect("made");
        let Response::Screenshot(png) = self.ask(&Request::GetScreenshot { pixels_per_point: None }) else {
            panic!("no picture")
        };
        let path = shots.join(format!("{name}.png"));
        std::fs::write(&path, png.bytes).expect("saved");
        println!("picture: {}", path.display());
        path
    }
}
