//! Files are replaced, moved and removed whole or not at all, and not given up at once: a virus scanner, an indexer or an editor that has one
//! open for a moment is in the way on Windows, where that is refused.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use tempfile::{NamedTempFile, PersistError};

/// Pauses after each attempt that is refused, together three quarters of a second; nobody scans a small file for longer.
const PAUSES_MS: [u64; 6] = [10, 20, 50, 100, 200, 370];
/// `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`, for which `std` has no name
/// (<https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499->).
const IN_USE: [i32; 2] = [32, 33];

/// Puts what is written in the place of whatever is at `path`.
///
/// # Errors
/// The last one, when it was refused again and again; `path` is as it was then.
pub fn replace(new: NamedTempFile<File>, path: &Path) -> io::Result<()> {
    persist(new, |new| new.persist(path)).map_err(|error| error.error)
}

/// As [`replace`], and the name survives a power cut.
///
/// # Errors
/// As [`replace`]; or the disk does not keep the name.
pub fn replace_durably(new: NamedTempFile<File>, path: &Path) -> io::Result<()> {
    replace(new, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Puts what is written where nothing is.
///
/// # Errors
/// The last one, with what was written: `AlreadyExists` when something is at `path`.
pub fn place(new: NamedTempFile<File>, path: &Path) -> Result<(), PersistError<File>> {
    persist(new, |new| new.persist_noclobber(path))
}

/// Opens a file to read it, and nothing else: a named pipe would wait for somebody who writes, a device may have no end.
///
/// # Errors
/// When it is not there, is no plain file, or cannot be opened.
pub fn open_plain(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    File::open(path)
}

/// The bytes of a plain file, at most `most` of them.
///
/// # Errors
/// As [`open_plain`]; also when it is longer.
pub fn read_plain(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_plain(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(bytes)
    } else {
        Err(io::Error::other(format!("it has more than {most} bytes")))
    }
}

/// Lets the names in a directory survive a power cut. Windows does not open directories, and writes names through by itself.
///
/// # Errors
/// When the disk does not keep them.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory).map_or(Ok(()), |directory| directory.sync_all())
}

/// Moves a file within its drive.
///
/// # Errors
/// The last one, when it was refused again and again.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))
}

/// Removes a file.
///
/// # Errors
/// The last one, when it was refused again and again.
pub fn remove(path: &Path) -> io::Result<()> {
    patiently(|| fs::remove_file(path))
}

/// Why there is no folder at `path`, in words that name it; `None` when there is one.
#[must_use]
pub fn why_no_folder(path: &Path) -> Option<String> {
    let why = match fs::metadata(path) {
        Ok(what) if what.is_dir() => return None,
        Ok(_) => "This is a file, not a folder; add the folder it is in".to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => "There is no such folder".to_owned(),
        Err(error) => format!("The folder cannot be reached ({error})"),
    };
    Some(format!("{why}: {}", path.display()))
}

fn persist(
    new: NamedTempFile<File>,
    attempt: impl Fn(NamedTempFile<File>) -> Result<File, PersistError<File>>,
) -> Result<(), PersistError<File>> {
    let mut tried = attempt(new);
    for pause in PAUSES_MS {
        match tried {
            Err(error) if is_of_the_moment(&error.error) => {
                sleep(Duration::from_millis(pause));
                tried = attempt(error.file);
            }
            tried => return tried.map(drop),
        }
    }
    tried.map(drop)
}

fn patiently(attempt: impl Fn() -> io::Result<()>) -> io::Result<()> {
    for pause in PAUSES_MS {
        match attempt() {
            Err(error) if is_of_the_moment(&error) => sleep(Duration::from_millis(pause)),
            tried => return tried,
        }
    }
    attempt()
}

/// Windows says the same of a file that is open elsewhere and of one that is forbidden.
fn is_of_the_moment(error: &io::Error) -> bool {
    let is_in_use = error.raw_os_error().is_some_and(|code| IN_USE.contains(&code));
    is_in_use || error.kind() == ErrorKind::PermissionDenied
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Write as _;
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn written(directory: &Path, text: &str) -> NamedTempFile<File> {
        let mut file = NamedTempFile::new_in(directory).expect("made");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    #[test]
    fn what_is_refused_for_a_moment_is_tried_again() {
        for (refusals, is_done) in [(0, true), (2, true), (PAUSES_MS.len(), true), (PAUSES_MS.len() + 1, false)] {
            for error in [io::Error::from_raw_os_error(32), ErrorKind::PermissionDenied.into()] {
                let (left, attempts) = (Cell::new(refusals), Cell::new(0));
                let error = || error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error);
                let tried = patiently(|| {
                    attempts.set(attempts.get() + 1);
                    left.get().checked_sub(1).map_or(Ok(()), |rest| Err((left.set(rest), error()).1))
                });
                assert_eq!((tried.is_ok(), attempts.get()), (is_done, (refusals + 1).min(PAUSES_MS.len() + 1)));
            }
        }
        let attempts = Cell::new(0);
        let tried = patiently(|| Err((attempts.set(attempts.get() + 1), ErrorKind::NotFound.into()).1));
        assert_eq!((tried.map_err(|error| error.kind()), attempts.get()), (Err(ErrorKind::NotFound), 1));
    }

    /// On Windows, and under Wine, this is what is refused.
    #[test]
    fn a_file_that_somebody_reads_for_a_moment_is_replaced_moved_and_removed() {
        let dir = tempfile::tempdir().expect("a directory");
        let [one, two] = ["one", "two"].map(|name| dir.path().join(name));
        fs::write(&one, "old").expect("written");
        let while_read = |path: &Path, work: &mut dyn FnMut()| {
            let (_ended, end) = sync_channel::<()>(0);
            let read = File::open(path).expect("opened");
            std::thread::scope(|threads| {
                threads.spawn(move || {
                    let _ = end.recv_timeout(Duration::from_millis(PAUSES_MS[3])); // Nobody says anything.
                    drop(read);
                });
                work();
            });
        };
        while_read(&one, &mut || replace(written(dir.path(), "new"), &one).expect("replaced"));
        assert_eq!(fs::read_to_string(&one).expect("read"), "new");
        while_read(&one, &mut || rename(&one, &two).expect("moved"));
        let taken = place(written(dir.path(), "other"), &two).expect_err("it is there");
        assert_eq!(taken.error.kind(), ErrorKind::AlreadyExists);
        place(taken.file, &one).expect("nothing is there");
        while_read(&two, &mut || remove(&two).expect("removed"));
        assert_eq!((fs::read_to_string(&one).expect("read"), two.exists()), ("other".to_owned(), false));
    }
}
