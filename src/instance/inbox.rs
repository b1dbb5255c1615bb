//! The inbox: folders that no resident could take at the moment wait as files in the data directory.
//!
//! A file is complete from the moment it has its name, and is deleted only after its folders are committed. What cannot be
//! understood is put aside; of that the newest is kept.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Desk, path_text};
use crate::core::{Arrival, Choices, Command, Reply};
use crate::files;

const DIRECTORY: &str = "inbox";
const ENDING: &str = "json";
/// The ending of what is put aside.
const ASIDE: &str = "bad";
/// More than a command line can hold on any system.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files that are kept of what was put aside.
const ASIDE_MAX: usize = 100;
/// Files that are told of one by one; the rest of them by their number.
const TOLD_MAX: usize = 20;
/// Files looked at in one go; the next go comes at once.
const FILES_MAX: usize = 1000;

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Letter {
    /// Absolute paths, as in the delegate channel.
    folders: Vec<String>,
}

/// Leaves `folders` (absolute) for the next resident of `data_dir`, durably.
///
/// # Errors
/// When the directory cannot be written.
pub fn leave(data_dir: &Path, folders: &[PathBuf]) -> std::io::Result<()> {
    let directory = data_dir.join(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    let letter = Letter { folders: folders.iter().map(|folder| path_text::write(folder)).collect() };
    let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(&directory)?;
    file.write_all(&serde_json::to_vec(&letter)?)?;
    file.as_file().sync_all()?;
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let name = format!("{:015}-{:016x}.{ENDING}", jiff::Timestamp::now().as_millisecond(), u64::from_le_bytes(random));
    files::place(file, &directory.join(name)).map_err(|error| error.error)?;
    files::sync_directory(&directory)
}

/// The resident's side.
#[derive(Debug)]
pub struct Inbox {
    directory: PathBuf,
    /// Files that could be neither deleted nor put aside: once is enough for each.
    settled: BTreeSet<OsString>,
}

impl Inbox {
    /// That of `data_dir`.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self { directory: data_dir.join(DIRECTORY), settled: BTreeSet::new() }
    }

    /// Puts what waits into the queue, oldest first. What the desk cannot take stays where it is.
    pub async fn import(&mut self, desk: &impl Desk) {
        loop {
            let waiting = self.waiting();
            let is_all = waiting.len() < FILES_MAX;
            let mut unreadable = Vec::new();
            let is_taken = self.take(desk, waiting, &mut unreadable).await;
            self.tell(desk, unreadable).await;
            if is_all || !is_taken {
                return;
            }
        }
    }

    /// Says whether the desk takes anything at the moment; `unreadable` gets words for each file that makes no sense.
    async fn take(&mut self, desk: &impl Desk, waiting: Vec<OsString>, unreadable: &mut Vec<String>) -> bool {
        for name in waiting {
            let path = self.directory.join(&name);
            let settled = match read_file(&path).await {
                Ok(Some(folders)) if !add(desk, &folders).await => return false,
                Ok(Some(_)) => {
                    let path = path.clone();
                    beside(move || files::remove(&path)).await
                }
                Ok(None) => Ok(()), // Gone meanwhile.
                Err(why) => put_aside(&path, &why, unreadable).await,
            };
            if let Err(error) = settled {
                tracing::warn!("an inbox file stays where it is: {error}. File: {}", path.display());
                self.settled.insert(name);
            }
        }
        true
    }

    /// Says what was put aside, and keeps no more than anybody will look at.
    async fn tell(&self, desk: &impl Desk, mut unreadable: Vec<String>) {
        if unreadable.is_empty() {
            return;
        }
        let directory = self.directory.clone();
        let removed = beside(move || keep_newest_aside(&directory)).await.unwrap_or_else(|error| {
            tracing::warn!("What was put aside in the inbox cannot be looked through: {error}");
            0
        });
        let place = self.directory.display();
        let more = unreadable.len().saturating_sub(TOLD_MAX);
        unreadable.truncate(TOLD_MAX);
        if more > 0 {
            let words = "more files with folders that were waiting could not be read";
            unreadable.push(format!("{more} {words}. Add them again. Directory: {place}"));
        }
        if removed > 0 {
            let words = "of the files that could not be read were removed";
            unreadable.push(format!("{removed} {words}: the newest {ASIDE_MAX} are kept. Directory: {place}"));
        }
        for words in &unreadable {
            tracing::warn!("{words}");
        }
        let _ = desk.ask(Command::Announce(Arrival { refused: unreadable, ..Arrival::default() })).await;
    }

    fn waiting(&mut self) -> Vec<OsString> {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return Vec::new() };
        let names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
        let letters = names.filter(|name| Path::new(name).extension().is_some_and(|ending| ending == ENDING));
        let mut letters: Vec<_> = letters.filter(|name| !self.settled.contains(name)).collect();
        letters.sort_unstable();
        letters.truncate(FILES_MAX);
        letters
    }
}

/// Whether the folders have an answer each.
async fn add(desk: &impl Desk, folders: &[PathBuf]) -> bool {
    let command = Command::Add { paths: folders.to_vec(), choices: Choices::default() };
    match desk.ask(command).await {
        Ok(Reply::Added(outcomes)) => {
            // They are in the queue whether the window hears of it or not.
            let _ = desk.ask(Command::Announce(Arrival::of(folders, &outcomes))).await;
            true
        }
        Ok(_) => false,
        Err(refusal) => {
            tracing::info!("the inbox waits: {refusal}");
            false
        }
    }
}

/// Keeps what cannot be understood under another name; `unreadable` gets words for it.
async fn put_aside(path: &Path, why: &str, unreadable: &mut Vec<String>) -> std::io::Result<()> {
    let aside = free_name(path);
    let (from, to) = (path.to_owned(), aside.clone());
    let renamed = beside(move || files::rename(&from, &to)).await;
    let kept = if renamed.is_ok() { &aside } else { path };
    unreadable
        .push(format!("Folders that were waiting could not be read: {why} Add them again. File: {}", kept.display()));
    renamed
}

/// Removes what was put aside longest ago; how many files.
fn keep_newest_aside(directory: &Path) -> std::io::Result<usize> {
    let mut aside = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let is_aside = entry.path().extension().is_some_and(|ending| ending == ASIDE);
        if is_aside
            && let Ok(metadata) = entry.metadata()
            && metadata.is_file()
        {
            aside.push((metadata.modified()?, entry.path()));
        }
    }
    aside.sort_unstable();
    let too_many = aside.len().saturating_sub(ASIDE_MAX);
    for (_, path) in aside.iter().take(too_many) {
        files::remove(path)?;
    }
    Ok(too_many)
}

/// Does what may wait for another program, or for a slow disk, beside the doors: they have one thread.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

/// Where nothing is yet: what was put aside before is kept, too.
fn free_name(path: &Path) -> PathBuf {
    let aside = path.with_extension(ASIDE);
    let numbered = (2..).map(|number: u32| path.with_extension(format!("{number}.{ASIDE}")));
    let mut names = std::iter::once(aside.clone()).chain(numbered);
    names.find(|name| name.symlink_metadata().is_err()).unwrap_or(aside)
}

/// The folders in a file, `None` when it is gone, or why it makes no sense. Read beside the doors: disks can be slow.
async fn read_file(path: &Path) -> Result<Option<Vec<PathBuf>>, String> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        // Opening a named pipe would wait for somebody who writes, and the other letters with it.
        let opened = match std::fs::metadata(&path) {
            Ok(what) if !what.is_file() => return Err("It is no file.".to_owned()),
            Ok(_) => File::open(&path),
            Err(error) => Err(error),
        };
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("It cannot be read: {error}.")),
        };
        let mut bytes = Vec::new();
        let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("It cannot be read: {error}."))?;
        parse(&bytes).map(Some)
    });
    read.await.unwrap_or_else(|_| Err("It cannot be read.".to_owned()))
}

/// The folders in the bytes of a file.
///
/// # Errors
/// In words, when they make no sense.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<PathBuf>, String> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("It is longer than {FILE_BYTES_MAX} bytes."));
    }
    let letter: Letter =
        serde_json::from_slice(bytes).map_err(|error| format!("It is no list of folders: {error}."))?;
    letter.folders.iter().map(|text| path_text::read(text)).collect::<Result<_, _>>().map_err(|refusal| refusal.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_put_aside_the_newest_is_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let begin = std::time::SystemTime::now();
        for number in 0..ASIDE_MAX + 30 {
            let file = File::create(dir.path().join(format!("{number:03}.bad"))).expect("made");
            let age = std::time::Duration::from_secs(1000 - u64::try_from(number).expect("small"));
            file.set_modified(begin - age).expect("set");
        }
        std::fs::write(dir.path().join("notes.txt"), "not ours").expect("written");
        assert_eq!(keep_newest_aside(dir.path()).expect("looked"), 30);
        assert!(!dir.path().join("029.bad").exists() && dir.path().join("030.bad").exists());
        assert_eq!(keep_newest_aside(dir.path()).expect("looked"), 0);
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), ASIDE_MAX + 1);
    }
}
