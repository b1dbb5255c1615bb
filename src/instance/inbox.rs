//! The inbox: folders that no resident could take at the moment wait as files in the data directory.
//!
//! A file is complete from the moment it has its name, and is deleted only after its folders are committed. What cannot be
//! understood is put aside, never deleted.

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
    // The name must survive a power cut, too. Windows does not open directories, and writes names through by itself.
    if let Ok(directory) = File::open(&directory) {
        directory.sync_all()?;
    }
    Ok(())
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
            for name in waiting {
                let path = self.directory.join(&name);
                let settled = match read_file(&path).await {
                    Ok(Some(folders)) if !add(desk, &folders).await => return,
                    Ok(Some(_)) => {
                        let path = path.clone();
                        beside(move || files::remove(&path)).await
                    }
                    Ok(None) => Ok(()), // Gone meanwhile.
                    Err(why) => put_aside(desk, &path, &why).await,
                };
                if let Err(error) = settled {
                    tracing::warn!("an inbox file stays where it is: {error}. File: {}", path.display());
                    self.settled.insert(name);
                }
            }
            if is_all {
                return;
            }
        }
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

/// Keeps what cannot be understood under another name, and says so.
async fn put_aside(desk: &impl Desk, path: &Path, why: &str) -> std::io::Result<()> {
    let aside = free_name(path);
    let (from, to) = (path.to_owned(), aside.clone());
    let renamed = beside(move || files::rename(&from, &to)).await;
    let kept = if renamed.is_ok() { &aside } else { path };
    let words = format!("Folders that were waiting could not be read: {why} Add them again. File: {}", kept.display());
    tracing::warn!("{words}");
    let _ = desk.ask(Command::Announce(Arrival { refused: vec![words], ..Arrival::default() })).await;
    renamed
}

/// Does what may wait for another program, or for a slow disk, beside the doors: they have one thread.
pub(super) async fn beside(work: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> std::io::Result<()> {
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
