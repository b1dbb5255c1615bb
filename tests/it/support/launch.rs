//! Launches under way at the same time: killed, and told apart by how they ended.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Home, Ran, eventually_within};

/// Longest wait for hundreds of processes on a machine that has other things to do.
pub const PATIENCE_WITH_A_CROWD: Duration = Duration::from_mins(4);

/// Numbers that look random and come again with the same seed (splitmix64).
pub struct Chance(RefCell<u64>);

impl Chance {
    /// With the seed in the environment variable `name`, or one from the clock; says which, so that it can be repeated.
    pub fn from_environment(name: &str) -> Self {
        let given = std::env::var(name).ok().and_then(|seed| seed.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos().into();
        let seed = given.unwrap_or_else(clock);
        println!("seed: {name}={seed}");
        Self(RefCell::new(seed))
    }

    /// One with numbers of its own, for another thread.
    pub fn branch(&self) -> Self {
        Self(RefCell::new(self.next()))
    }

    fn next(&self) -> u64 {
        let mut state = self.0.borrow_mut();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end`, without `end`.
    pub fn below(&self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    /// Lets a random moment of at most `most` pass. What happens then happens between any two steps of everybody else.
    pub fn moment(&self, most: Duration) {
        let micros = usize::try_from(most.as_micros()).unwrap_or(usize::MAX);
        std::thread::sleep(Duration::from_micros(self.below(micros) as u64));
    }
}

/// `bbdrop --headless FOLDER…` that has been started; killed when it goes out of scope.
pub struct Launch {
    child: Child,
    pub folders: Vec<PathBuf>,
    started: Instant,
    started_at: jiff::Timestamp,
    errors: PathBuf,
    /// Killed by this test.
    pub is_killed: bool,
    /// When it was killed, `resident.json` was about it.
    pub was_resident: bool,
    ended: Option<ExitStatus>,
    /// From its start until its end was seen.
    pub took: Duration,
}

impl Launch {
    pub fn start(home: &Home, folders: Vec<PathBuf>) -> Self {
        Self::spawn(home, folders, |launch| launch)
    }

    pub(super) fn spawn(home: &Home, folders: Vec<PathBuf>, wrap: impl FnOnce(Command) -> Command) -> Self {
        let texts = folders.iter().map(|folder| folder.to_str().expect("Unicode"));
        let args: Vec<_> = std::iter::once("--headless").chain(texts).collect();
        // A file and no pipe: hundreds of launches do not need hundreds of handles here.
        let (file, errors) =
            tempfile::NamedTempFile::new_in(home.path()).and_then(|file| Ok(file.keep()?)).expect("made");
        let mut command = wrap(home.bbdrop(&args));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let (started, started_at) = (Instant::now(), jiff::Timestamp::now());
        let child = super::spawn(&mut command);
        Self {
            child,
            folders,
            started,
            started_at,
            errors,
            is_killed: false,
            was_resident: false,
            ended: None,
            took: Duration::ZERO,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("waited");
            self.took = self.started.elapsed();
        }
        self.ended
    }

    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// SIGKILL, unless it has ended before; says whether.
    pub fn kill(&mut self) -> bool {
        if self.is_running() {
            self.is_killed = true;
            let _ = self.child.kill();
            let ended = self.child.wait().expect("waited");
            // It may have come to its end at the same moment.
            self.is_killed = ended.code().is_none();
            self.ended = Some(ended);
        }
        self.is_killed
    }

    /// Whether `resident.json` is about this process.
    pub fn is_resident(&mut self, home: &Home) -> bool {
        let said = ResidentJson::read(home);
        // The file of a killed one stays, and another process may get its number.
        self.is_running() && said.is_some_and(|said| said.pid == self.id() && said.started_at >= self.started_at)
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.errors).unwrap_or_default()).into_owned()
    }

    /// Waits for its end; fails when it ends badly and not by our hand.
    pub fn end_well(&mut self) {
        let ended = eventually_within(PATIENCE_WITH_A_CROWD, "the launch ends", || self.ended());
        assert!(self.is_killed || ended.code() == Some(0), "{ended}: {:?}: {}", self.folders, self.stderr());
    }
}

impl Drop for Launch {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        let _ = std::fs::remove_file(&self.errors);
    }
}

/// What `resident.json` says.
pub struct ResidentJson {
    pub pid: u32,
    pub started_at: jiff::Timestamp,
}

impl ResidentJson {
    pub fn read(home: &Home) -> Option<Self> {
        let bytes = std::fs::read(home.data().join("resident.json")).ok()?;
        let json: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        let pid = u32::try_from(json["pid"].as_u64()?).ok()?;
        Some(Self { pid, started_at: json["started_at"].as_str()?.parse().ok()? })
    }
}

impl Home {
    /// A folder with nothing in it: its row is what counts.
    pub fn empty_folder(&self, name: &str) -> PathBuf {
        let folder = self.path().join("folders").join(name);
        std::fs::create_dir_all(&folder).expect("made");
        folder
    }

    /// The folders in the queue.
    pub fn rows(&self) -> BTreeSet<PathBuf> {
        self.paths().into_iter().collect()
    }

    /// Rows of folders that have one already.
    pub fn doubled(&self) -> usize {
        let doubled = self.query::<i64>("SELECT count(*) - count(DISTINCT path) FROM galleries");
        usize::try_from(doubled[0]).expect("not less than none")
    }

    pub fn inbox(&self) -> PathBuf {
        self.data().join("inbox")
    }

    /// Files of the inbox that end in `ending`.
    pub fn letters(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(entries) = self.inbox().read_dir() else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
    }

    /// Waits until nothing waits in the inbox.
    pub fn wait_for_empty_inbox(&self) {
        let what = "the inbox is empty";
        eventually_within(PATIENCE_WITH_A_CROWD, what, || self.letters("json").is_empty().then_some(()));
    }

    pub fn check_integrity(&self) {
        assert_eq!(self.query::<String>("PRAGMA integrity_check"), ["ok"]);
    }

    /// Once a resident answers and has emptied the inbox: the queue holds `folders` and nothing else, each once.
    pub fn holds_exactly(&self, folders: &BTreeSet<PathBuf>) {
        self.wait_for_resident();
        self.wait_for_empty_inbox();
        let rows = self.rows();
        let missing: Vec<_> = folders.difference(&rows).collect();
        let strange: Vec<_> = rows.difference(folders).collect();
        assert!(missing.is_empty() && strange.is_empty(), "missing: {missing:?}, strange: {strange:?}");
        assert_eq!(self.doubled(), 0, "a folder has two rows");
    }

    /// Asks whoever is the resident to end; 5 says that there is none.
    pub fn ask_to_quit(&self) -> Ran {
        let ran = self.run(&["quit"]);
        assert!([0, 5].contains(&ran.code), "{ran:?}");
        ran
    }
}
