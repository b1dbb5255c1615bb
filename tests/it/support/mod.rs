//! A data directory with its program: started, asked, killed, looked at. Ends only processes it started.

#![allow(dead_code, reason = "not every configuration uses every helper")]

#[cfg(all(unix, feature = "inspection"))]
pub mod display;
pub mod launch;
pub mod old_database;
pub mod scripted;
#[cfg(unix)]
pub mod servers;
#[path = "../../../src/hosts/conformance/stand_in.rs"]
pub mod stand_in;
#[cfg(unix)]
pub mod unix;
pub mod upload_server;
#[cfg(all(unix, feature = "inspection"))]
pub mod zenity;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longest wait for anything. A test that passes waits no longer for it, also beside a compiler on all processors.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The program for a console, as people use it in scripts.
const PROGRAM: &str = if cfg!(windows) { env!("CARGO_BIN_EXE_bbdrop-cli") } else { env!("CARGO_BIN_EXE_bbdrop") };

/// `ERROR_INTERNAL_ERROR` of Windows (<https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699->). Linux has no such number.
const WINE_START_FAILED: i32 = 1359;

/// Starts a process. Wine now and then cannot, one time in some thousands on a busy machine; what it has not started has done
/// nothing, so it is asked again.
pub fn spawn(command: &mut Command) -> Child {
    let started = match command.spawn() {
        Err(error) if error.raw_os_error() == Some(WINE_START_FAILED) => command.spawn(),
        started => started,
    };
    started.expect("it starts")
}

/// An answer of the folder channel as this user gets it: Wine cannot tell whose a client is.
pub fn of_this_user(answer: String) -> String {
    if cfg!(windows) { answer.replace(" unproven\n", "\n") } else { answer }
}

/// A data directory of its own, with a port of its own.
pub struct Home {
    dir: TempDir,
    pub port: u16,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), port: free_port() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// A window of this home does not begin with the first page. What is there already stays.
    pub fn know_the_first_page(&self) {
        let layout = self.data().join("layout.json");
        if !layout.exists() {
            std::fs::create_dir_all(self.data()).expect("made");
            std::fs::write(layout, r#"{"version": 1, "welcomed": true}"#).expect("written");
        }
    }

    pub fn published(&self) -> PathBuf {
        self.data().join("published")
    }

    /// `bbdrop` with this data directory, not started yet.
    pub fn bbdrop(&self, args: &[&str]) -> Command {
        let mut command = Command::new(absolute(PROGRAM));
        command.args(args).env("BBDROP_DATA_DIR", self.data()).env("BBDROP_PORT", self.port.to_string());
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null());
        command
    }

    /// Runs `bbdrop` to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        let child = spawn(self.bbdrop(args).stdout(Stdio::piped()).stderr(Stdio::piped()));
        Ran::of(child.wait_with_output().expect("it ends"))
    }

    /// The queue as `queue list --json` shows it.
    pub fn list(&self) -> Vec<serde_json::Value> {
        let ran = self.run(&["queue", "list", "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    /// What `resident.json` says.
    pub fn resident_file(&self) -> serde_json::Value {
        let file = std::fs::read(self.data().join("resident.json")).expect("there");
        serde_json::from_slice(&file).expect("JSON")
    }

    /// One request of the delegate channel and its response; `TOKEN` stands for the token.
    pub fn request(&self, request: &str) -> serde_json::Value {
        let file = self.resident_file();
        let port = file["delegate_port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let request = request.replace("TOKEN", file["token"].as_str().expect("a token"));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Paths of the queue, in its order.
    pub fn paths(&self) -> Vec<PathBuf> {
        let paths: Vec<Vec<u8>> = self.query("SELECT path FROM galleries ORDER BY id");
        paths.into_iter().map(|path| bbdrop::core::path_bytes::read(path).expect("a path")).collect()
    }

    pub fn status(&self) -> serde_json::Value {
        let ran = self.run(&["status", "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    /// A resident without a window, ready to answer.
    pub fn resident(&self, args: &[&str]) -> Resident<'_> {
        let args: Vec<_> = ["--headless"].iter().chain(args).copied().collect();
        let resident = self.start(self.bbdrop(&args).stdout(Stdio::null()).stderr(Stdio::inherit()));
        self.wait_for_resident();
        resident
    }

    /// Any process that must not outlive the test.
    pub fn start(&self, command: &mut Command) -> Resident<'_> {
        Resident { child: spawn(command), home: self }
    }

    pub fn wait_for_resident(&self) {
        eventually("a resident answers", || {
            let line = self.say(b"");
            (line == "OK raised\n").then_some(())
        });
    }

    /// One message of the folder channel from a raw client; the answer, or nothing.
    pub fn say(&self, message: &[u8]) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return String::new() };
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let _ = stream.write_all(message);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        of_this_user(answer)
    }

    /// A folder with `count` different pictures of `edge` pixels, named `1.png`, `2.png` ….
    pub fn pictures(&self, name: &str, count: u32, edge: u32) -> PathBuf {
        let folder = self.path().join(name);
        std::fs::create_dir_all(&folder).expect("made");
        for n in 1..=count {
            let picture = image::RgbImage::from_fn(edge, edge, |x, y| {
                let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) ^ n).to_le_bytes();
                image::Rgb([noise[0], noise[1], noise[2]])
            });
            picture.save(folder.join(format!("{n}.png"))).expect("saved");
        }
        folder
    }

    /// Files of one small picture's content in a folder.
    pub fn many_pictures(&self, folder: &str, count: usize) -> Vec<PathBuf> {
        let folder = self.pictures(folder, 1, 4);
        let first = folder.join("1.png");
        let more = (2..=count).map(|n| {
            let file = folder.join(format!("{n}.png"));
            std::fs::hard_link(&first, &file).expect("linked");
            file
        });
        std::iter::once(first.clone()).chain(more).collect()
    }

    /// Reads the database as any other program would.
    pub fn query<T: rusqlite::types::FromSql>(&self, sql: &str) -> Vec<T> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(db) = rusqlite::Connection::open_with_flags(self.data().join("bbdrop.db"), flags) else {
            return Vec::new();
        };
        let Ok(mut statement) = db.prepare(sql) else { return Vec::new() };
        let rows = statement.query_map([], |row| row.get(0)).expect("it runs");
        rows.map(|row| row.expect("a row")).collect()
    }

    /// Puts 10,000 galleries of 30 images into the database; nobody may have it open. Their folders are not there.
    pub fn store_many_galleries(&self) {
        assert_eq!(self.list().len(), 0);
        let db = rusqlite::Connection::open(self.data().join("bbdrop.db")).expect("opened");
        db.execute_batch(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
         INSERT INTO galleries (id, path, path_key, name, state, host, start_when_scanned, images_total, images_uploaded,
             images_failed, images_skipped, bytes_total, bytes_uploaded, added_at, position)
         SELECT n, CAST('/photos/' || n AS BLOB), CAST('/photos/' || n AS BLOB), 'Gallery ' || n, 'ready', 'folder', 0, 30,
             0, 0, 0, 9000000, 0, 1, n * 1048576 FROM n;
         WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 29)
         INSERT INTO images (gallery_id, position, file, bytes, modified_at, width, height, attempts, state)
         SELECT galleries.id, n, CAST(n || '.jpg' AS BLOB), 300000, 1, 4000, 3000, 0, 'pending' FROM galleries, n;",
        )
        .expect("filled");
    }

    pub fn states(&self) -> Vec<String> {
        self.query("SELECT state FROM galleries ORDER BY id")
    }
}

/// A resident process; killed when it goes out of scope.
pub struct Resident<'a> {
    pub child: Child,
    home: &'a Home,
}

impl Resident<'_> {
    /// SIGKILL (on Windows `TerminateProcess`), and gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("waited");
    }

    /// `bbdrop quit`, and its exit code.
    pub fn quit(mut self) -> i32 {
        let ran = self.home.run(&["quit"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        self.wait().code().expect("not killed")
    }

    pub fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    /// Waits for the end, and gives what it has said; for a process with its stderr piped.
    pub fn last_words(mut self) -> Ran {
        let mut stderr = String::new();
        let pipe = self.child.stderr.take();
        pipe.expect("piped").read_to_string(&mut stderr).expect("read");
        Ran { code: self.wait().code().unwrap_or(-1), stdout: String::new(), stderr }
    }
}

impl Drop for Resident<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the end of a process, but not for ever.
pub fn wait(child: &mut Child) -> ExitStatus {
    eventually("the process ends", || child.try_wait().expect("waited"))
}

/// What a finished process has left.
#[derive(Clone, Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        Self {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

/// Looks again and again until it is so; fails after [`PATIENCE`].
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// As [`eventually`], with another patience.
pub fn eventually_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "this did not come: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A port nobody has at the moment. Below those that systems give to outgoing connections, of which tests make many: one of
/// them could take it before it is used.
pub fn free_port() -> u16 {
    let ports = std::iter::repeat_with(|| fastrand::u16(10_000..27_000));
    ports.take(1000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// The repository's own gallery.
pub fn sample_gallery() -> PathBuf {
    absolute(env!("CARGO_MANIFEST_DIR")).join("assets").join("sample-gallery")
}

/// A path that was written down when this was built on Linux: for Wine it has no drive, and means the one that mirrors `/`.
fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).expect("a path")
}

/// The file that a `file://` link leads to.
pub fn linked_file(link: &str) -> PathBuf {
    let path = link.strip_prefix("file://").expect("a link to a file");
    let path = percent_encoding::percent_decode_str(path).decode_utf8().expect("UTF-8").into_owned();
    if cfg!(windows) { path.trim_start_matches('/').into() } else { path.into() }
}

/// Whether this is `scripts/prove`, which sets `BBDROP_PROVE`.
pub fn is_proof() -> bool {
    std::env::var_os("BBDROP_PROVE").is_some()
}

/// `full` times in `scripts/prove`, a tenth of that otherwise.
pub fn tenth_of(full: usize) -> usize {
    if is_proof() { full } else { full.div_ceil(10) }
}

/// Says that a test could not be done here. With `BBDROP_E2E` set (scripts/test) nothing may be left out.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("BBDROP_E2E").is_none(), "cannot be left out with BBDROP_E2E: {why}");
    println!("skipped: {why}");
}
