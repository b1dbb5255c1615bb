//! Who may look into the data directory: nobody but the person. Sessions at hosts, links that delete and what was uploaded are in it.
//!
//! Where a web server shows what is published, it may pass through to that, and everything else is closed one by one. Never closes what
//! others keep beside it: a data directory that is shared is left as it is, and only what is ours in it is closed.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use crate::core::Settings;
use crate::hosts::PUBLISHED;
use crate::platform::{make_private, make_private_directory};
use crate::store::DATABASE;

/// What is kept in directories of their own.
const DIRECTORIES: [&str; 6] = ["backups", "galleries", "hosts", "inbox", "templates", ".import"];
/// What else is ours.
const FILES: [&str; 9] = [
    "resident.lock",
    "resident.json",
    "secrets.json",
    "secrets-places.json",
    "layout.json",
    "layout.old.json",
    "window.ron",
    "window.old.ron",
    ".env",
];

/// How the names of others begin: the database with what is named after it, and what is being written.
const BEGINNINGS: [&str; 3] = [DATABASE, ".tmp", ".layout"];

/// The data directory, as others may use it.
#[derive(Debug)]
pub struct Privacy {
    data_dir: PathBuf,
    /// Whether a web server passes through; `None` is not known yet.
    is_passage: Option<bool>,
}

impl Privacy {
    /// That of `data_dir`, not looked at yet.
    #[must_use]
    pub const fn new(data_dir: PathBuf) -> Self {
        Self { data_dir, is_passage: None }
    }

    /// Closes it as far as the settings allow, once and when they change; what the person should know of that.
    pub fn follow(&mut self, settings: &Settings) -> Option<String> {
        let is_passage = settings.folder_base_url.starts_with("http");
        if self.is_passage.replace(is_passage) == Some(is_passage) {
            return None;
        }
        match close(&self.data_dir, is_passage) {
            Ok(true) if is_passage => Some(format!(
                "A web server can pass through the data directory, because folder.base_url is set: nobody else can list it or read anything in it but “{PUBLISHED}”. Directory: {}",
                self.data_dir.display()
            )),
            Ok(true) => {
                tracing::info!(
                    "Nobody else can look into the data directory any more. Directory: {}",
                    self.data_dir.display()
                );
                None
            }
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(
                    "Others may be able to read the data directory: {error}. Directory: {}",
                    self.data_dir.display()
                );
                None
            }
        }
    }
}

/// Says whether the directory itself was changed.
fn close(data_dir: &Path, is_passage: bool) -> io::Result<bool> {
    let data_dir = data_dir.canonicalize()?;
    let mut names = Vec::new();
    for entry in data_dir.read_dir()? {
        names.push(entry?.file_name());
    }
    let is_shared = names.iter().any(|name| !is_ours(name) && name != PUBLISHED);
    if is_passage || is_shared {
        // Before anything is put into them.
        for directory in DIRECTORIES.iter().filter(|name| !name.starts_with('.')) {
            make_private_directory(&data_dir.join(directory))?;
        }
        for name in names.iter().filter(|name| is_ours(name)) {
            match make_private(&data_dir.join(name), false) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {} // What is gone meanwhile was being written.
            }
        }
    }
    if is_shared { Ok(false) } else { make_private(&data_dir, is_passage) }
}

fn is_ours(name: &OsStr) -> bool {
    let known = DIRECTORIES.iter().chain(&FILES).any(|known| name == *known);
    known || name.to_str().is_some_and(|name| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permissions of `paths` below a data directory, once they are as `base_url` wants it; and what was told.
    #[cfg(unix)]
    fn check(base_url: &str, others: &[&str], expected: &[(&str, u32)], is_told: bool) {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().expect("a directory");
        let data_dir = dir.path().join("data");
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
        };
        std::fs::create_dir(&data_dir).expect("made");
        set(&data_dir, 0o755);
        for directory in ["published", "galleries"] {
            std::fs::create_dir(data_dir.join(directory)).expect("made");
            set(&data_dir.join(directory), 0o755);
        }
        for file in ["bbdrop.db", "bbdrop.db-wal"].iter().chain(others) {
            std::fs::write(data_dir.join(file), "").expect("written");
            set(&data_dir.join(file), 0o644);
        }
        let settings = Settings { folder_base_url: base_url.to_owned(), ..Settings::default() };
        let mut privacy = Privacy::new(data_dir.clone());
        assert_eq!(privacy.follow(&settings).is_some(), is_told, "{base_url}");
        assert_eq!(privacy.follow(&settings), None, "once");
        assert_eq!(Privacy::new(data_dir.clone()).follow(&settings), None, "nor at the next start");
        for (path, mode) in expected {
            let found = std::fs::metadata(data_dir.join(path)).expect(path).permissions().mode() & 0o7777;
            assert_eq!(found, *mode, "{path} with {base_url:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_person_looks_into_the_data_directory() {
        check("", &[], &[("", 0o700), ("published", 0o755)], false);
        check("file:///elsewhere", &[], &[("", 0o700)], false);
        let inside = [("bbdrop.db", 0o600), ("bbdrop.db-wal", 0o600), ("galleries", 0o700), ("published", 0o755)];
        let made = [("backups", 0o700), ("hosts", 0o700), ("inbox", 0o700)];
        let passage: Vec<_> = [("", 0o711)].into_iter().chain(inside).chain(made).collect();
        check("https://pictures.example", &[], &passage, true);
        let shared: Vec<_> = [("", 0o755), ("notes.txt", 0o644)].into_iter().chain(inside).collect();
        check("", &["notes.txt"], &shared, false);
    }

    #[test]
    fn what_is_ours_is_known() {
        for name in ["bbdrop.db", "bbdrop.db-shm", "bbdrop.db.damaged-20260101-000000", "inbox", ".env", ".tmpAbCdEf"] {
            assert!(is_ours(OsStr::new(name)), "{name}");
        }
        for name in ["notes.txt", "Documents", ".bashrc", "published"] {
            assert!(!is_ours(OsStr::new(name)), "{name}");
        }
    }
}
