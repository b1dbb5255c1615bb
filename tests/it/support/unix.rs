//! What only Unix has: other users, small drives, pipes with names, processes that stand still.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::launch::Launch;
use super::{Home, PROGRAM, eventually};

/// `nobody` on Debian: may not do what only root may.
pub const NOBODY: u32 = 65_534;

/// Passes when somebody opens the gate, and is the program from then on, under the same process id.
const WAIT_AT_THE_GATE: &str = ": < \"$1\" && shift && exec \"$@\"";

impl Home {
    /// [`Home::bbdrop`] as a user without privileges, who must own what it shall write. The program is copied to where that user
    /// can reach it.
    pub fn bbdrop_as_nobody(&self, args: &[&str]) -> Command {
        std::fs::set_permissions(self.path(), Permissions::from_mode(0o755)).expect("set");
        let program = self.path().join("bbdrop");
        if !program.exists() {
            // By a process of its own: a test beside this one that starts a program would inherit our handle for writing,
            // and a file that is being written cannot be executed.
            let copy = Command::new("cp").arg(PROGRAM).arg(&program).status();
            assert!(copy.is_ok_and(|status| status.success()), "copied");
        }
        let mut command = Command::new(program);
        command.args(args).env("BBDROP_DATA_DIR", self.data()).env("BBDROP_PORT", self.port.to_string());
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

/// A file system of `bytes` at the data directory; unmounted when it goes out of scope.
pub struct SmallDrive<'a>(&'a Home);

impl<'a> SmallDrive<'a> {
    pub fn mount(home: &'a Home, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(home.data()).expect("made");
        let size = format!("size={bytes}");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(home.data()).output();
        mount.is_ok_and(|mount| mount.status.success()).then_some(Self(home))
    }
}

impl Drop for SmallDrive<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.data()).status();
    }
}

/// Processes that are started behind it begin when it opens.
pub struct Gate(PathBuf);

impl Gate {
    pub fn new(home: &Home) -> Self {
        let path = home.path().join("gate");
        make_pipe(&path);
        Self(path)
    }

    fn before(&self, program: &Command) -> Command {
        in_shell(WAIT_AT_THE_GATE, &[self.0.as_os_str()], program)
    }

    /// Everybody may pass while what it returns lives, also who comes late.
    pub fn open(&self) -> File {
        // For reading, too: opening for writing alone waits for the first who wants to pass.
        File::options().read(true).write(true).open(&self.0).expect("opened")
    }
}

/// `program`, started by a script that has `args` and then the program's own as its arguments.
pub fn in_shell(script: &str, args: &[&OsStr], program: &Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).args(args).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Python of another user, who reads no file of ours. `script` finds its arguments in `sys.argv`.
pub fn python_as_nobody(script: &str, args: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-I", "-c", script]).args(args).current_dir("/").uid(NOBODY).gid(NOBODY);
    command
}

impl Launch {
    /// As [`Home::bbdrop_as_nobody`], without folders.
    pub fn start_as_nobody(home: &Home) -> Self {
        Self::spawn(home, Vec::new(), |_| home.bbdrop_as_nobody(&["--headless"]))
    }

    pub fn start_behind(gate: &Gate, home: &Home, folders: Vec<PathBuf>) -> Self {
        Self::spawn(home, folders, |launch| gate.before(&launch))
    }
}

/// Makes a folder that [`Home::bbdrop_as_nobody`] may write.
pub fn give_to_nobody(path: &Path) {
    std::fs::create_dir_all(path).expect("made");
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("given");
    }
}

/// Whether this process may do what only root may (mount, other users).
pub fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")))
}

/// A named pipe: who opens it for reading waits for somebody who writes.
pub fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("it runs");
    assert!(made.success(), "mkfifo {}", path.display());
}

/// Stops a process of this test (SIGSTOP), and sees that it stands still.
pub fn stop(process: u32) {
    signal("-STOP", process);
    eventually("it stands still", || {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("read");
        status.contains("State:\tT").then_some(())
    });
}

/// It goes on (SIGCONT).
pub fn wake(process: u32) {
    signal("-CONT", process);
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status().expect("it runs");
    assert!(sent.success(), "kill {name} {process}");
}
