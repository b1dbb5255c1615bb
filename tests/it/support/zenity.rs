//! A stand-in for the dialogs of the system.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{Home, eventually};

/// A stand-in for the program that shows the system's dialogs.
pub struct Zenity {
    pub dir: PathBuf,
}

impl Zenity {
    /// Does what `script` says once it is asked; `None` is no such program.
    pub fn new(home: &Home, script: Option<&str>) -> Self {
        let dir = home.path().join("programs");
        std::fs::create_dir_all(&dir).expect("made");
        if let Some(script) = script {
            let program = dir.join("zenity");
            let text = format!("#!/bin/sh\necho \"$@\" >> {0}/asked\n{script}\n", dir.display());
            std::fs::write(&program, text).expect("written");
            std::fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("set");
        }
        Self { dir }
    }

    /// It is the only program there is, and nobody answers for the desktop.
    pub fn env(&self) -> [(&'static str, &str); 2] {
        [("PATH", self.dir.to_str().expect("Unicode")), ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")]
    }

    pub fn asked(&self) -> usize {
        std::fs::read_to_string(self.dir.join("asked")).unwrap_or_default().lines().count()
    }

    pub fn wait_for(&self, times: usize) {
        eventually(&format!("a dialog is asked for {times} times"), || (self.asked() >= times).then_some(()));
    }
}
