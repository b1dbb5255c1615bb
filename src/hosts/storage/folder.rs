//! A folder on this computer or on a mounted drive. Never makes a folder where a drive should be.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use opendal::Operator;
use opendal::services::Fs;
use tokio::sync::OnceCell;

use super::service::{File, not_found_is_empty};
use super::{StorageError, file_url};
use crate::core::{ContentHash, Fault, FaultKind};
use crate::files;

/// Files under way are kept in a directory of this name and renamed when they are whole.
const PARTIAL: &str = ".bbdrop-partial";
/// Says that such a directory is ours. Of one without it nothing is removed, whoever has made it.
const MARKER: &str = "made-by-bbdrop.txt";
const MARKER_TEXT: &str =
    "BBDrop keeps files here while it copies them and removes what is left of them when it starts.\n";
/// Other names that are tried when a directory of somebody else is in the way.
const NAMES_MAX: u32 = 100;

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether it is made anew when somebody takes it away.
    is_ours: bool,
    ready: OnceCell<Ready>,
}

/// A folder that is there.
#[derive(Debug)]
struct Ready {
    operator: Operator,
    /// Where files under way are.
    partial: PathBuf,
}

impl Folder {
    /// The folder at `root`, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or its path is no Unicode.
    pub fn made(root: &Path) -> Result<Self, StorageError> {
        let ready = fs::create_dir_all(root).map_err(|error| error.to_string()).and_then(|()| ready(root));
        let ready = ready.map_err(|why| {
            StorageError(format!(
                "The folder for published galleries cannot be used: {why}. Folder: {}",
                root.display()
            ))
        })?;
        Ok(Self { root: root.to_owned(), is_ours: true, ready: OnceCell::from(ready) })
    }

    /// The folder at `root`, which may come later: it is on a drive that is mounted.
    pub fn expected(root: &Path) -> Self {
        Self { root: root.to_owned(), is_ours: false, ready: OnceCell::new() }
    }

    pub fn place(&self) -> String {
        format!("Folder: {}", self.root.display())
    }

    /// Where links begin when nothing else is said.
    pub fn url(&self) -> String {
        file_url(&self.root.to_string_lossy())
    }

    pub async fn is_taken(&self, folder: &str) -> Result<bool, Fault> {
        let entries = self.operator().await?.list(&format!("{folder}/")).await;
        let entries = entries.map_or_else(not_found_is_empty, |entries| Ok(!entries.is_empty()));
        entries.map_err(|error| self.fault(&error))
    }

    pub async fn make(&self, folder: &str) -> Result<(), Fault> {
        self.operator().await?.create_dir(&format!("{folder}/")).await.map_err(|error| self.fault(&error))
    }

    pub async fn bytes(&self, path: &str) -> Result<Option<u64>, Fault> {
        match self.operator().await?.stat(path).await {
            Ok(found) => Ok(found.is_file().then(|| found.content_length())),
            Err(error) if error.kind() == opendal::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// Streams the file; it appears under its name only when it is whole and did not change meanwhile.
    pub async fn write(&self, path: &str, mut file: File) -> Result<Option<ContentHash>, Fault> {
        let mut writer = self.operator().await?.writer(path).await.map_err(|error| self.fault(&error))?;
        loop {
            match file.next().await {
                Ok(Some(chunk)) => writer.write(chunk).await.map_err(|error| self.fault(&error))?,
                Ok(None) => break,
                Err(fault) => {
                    let _ = writer.abort().await; // The fault is what counts; the rest is cleared at the next start.
                    return Err(fault);
                }
            }
        }
        writer.close().await.map_err(|error| self.fault(&error))?;
        Ok(file.hash())
    }

    /// The service below the folder, as long as the folder is there.
    async fn operator(&self) -> Result<&Operator, Fault> {
        let ready = self.ready.get_or_try_init(|| async {
            let root = self.root.clone();
            let ready = tokio::task::spawn_blocking(move || ready(&root)).await;
            ready.map_err(|error| error.to_string()).flatten().map_err(|why| self.unusable(&why))
        });
        let Ready { operator, partial } = ready.await?;
        let marker = partial.join(MARKER);
        match tokio::fs::metadata(&marker).await {
            Ok(metadata) if metadata.is_file() => {}
            _ if self.is_ours => {
                let made_again = async {
                    tokio::fs::create_dir_all(partial).await?;
                    tokio::fs::write(&marker, MARKER_TEXT).await
                };
                made_again.await.map_err(|error| self.unusable(&error.to_string()))?;
            }
            // Where a drive was, nothing must be written into the empty place.
            _ => return Err(self.unusable("it is not there any more")),
        }
        Ok(operator)
    }

    fn unusable(&self, why: &str) -> Fault {
        let words = format!("The folder cannot be used: {why}. Is its drive there? {}", self.place());
        Fault::new(FaultKind::HostFault, words)
    }

    /// Says what an error of the service means.
    fn fault(&self, error: &opendal::Error) -> Fault {
        let cause = io_cause(error);
        let place = self.place();
        let (kind, words) = match (error.kind(), cause.map(std::io::Error::kind)) {
            (_, Some(IoKind::StorageFull | IoKind::QuotaExceeded)) => {
                (FaultKind::Quota, format!("The drive is full. Free some space, then retry. {place}"))
            }
            (_, Some(IoKind::ReadOnlyFilesystem)) | (opendal::ErrorKind::PermissionDenied, _) => (
                FaultKind::Rejected,
                format!("Nothing may be written there. Change the folder's permissions, then retry. {place}"),
            ),
            _ => {
                let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
                (FaultKind::HostFault, format!("Writing failed: {cause}. {place}"))
            }
        };
        Fault::new(kind, words)
    }
}

/// The service at `root`, which must be there.
fn ready(root: &Path) -> Result<Ready, String> {
    if !root.is_dir() {
        return Err("it is not there".to_owned());
    }
    let partial = own_directory(root).map_err(|error| error.to_string())?;
    clear(&partial).map_err(|error| error.to_string())?;
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| "its path is no Unicode".to_owned());
    let service = Fs::default().root(&text(root)?).atomic_write_dir(&text(&partial)?);
    let operator = Operator::new(service).map_err(|error| error.to_string())?;
    Ok(Ready { operator, partial })
}

/// A directory below `root` that is ours: marked as such, or made now.
fn own_directory(root: &Path) -> std::io::Result<PathBuf> {
    for number in 1..=NAMES_MAX {
        let name = if number == 1 { PARTIAL.to_owned() } else { format!("{PARTIAL}-{number}") };
        let directory = root.join(name);
        if claim(&directory)? {
            return Ok(directory);
        }
    }
    Err(std::io::Error::other(format!("{NAMES_MAX} entries called {PARTIAL} are there that BBDrop has not made")))
}

/// Whether `directory` is ours now. One that is empty was made by us and not marked in time, or holds nothing of anybody.
fn claim(directory: &Path) -> std::io::Result<bool> {
    match fs::create_dir(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == IoKind::AlreadyExists => {
            // A link leads to where others keep things.
            let is_directory = fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir());
            if !is_directory || is_marked(directory) {
                return Ok(is_directory);
            }
            let is_empty = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none());
            if !is_empty {
                return Ok(false);
            }
        }
        Err(error) => return Err(error),
    }
    fs::write(directory.join(MARKER), MARKER_TEXT)?;
    Ok(true)
}

fn is_marked(directory: &Path) -> bool {
    let marker = directory.join(MARKER);
    let is_file = fs::symlink_metadata(&marker).is_ok_and(|found| found.is_file());
    is_file && fs::read(marker).is_ok_and(|text| text == MARKER_TEXT.as_bytes())
}

/// Removes what was under way when the program was killed: it is sent again. Directories are none of ours.
fn clear(directory: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name() != MARKER && entry.file_type()?.is_file() {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The system's own error below an error of the service.
fn io_cause(error: &opendal::Error) -> Option<&std::io::Error> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("listed").flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("Unicode")).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_left_of_a_kill_is_cleared_and_nothing_of_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        for theirs in [".partial", ".bbdrop-partial"] {
            fs::create_dir(root.join(theirs)).expect("made");
            fs::write(root.join(theirs).join("notes.txt"), "mine").expect("written");
        }
        fs::write(root.join(".bbdrop-partial-2"), "a file").expect("written");
        let Ready { partial, .. } = ready(root).expect("ready");
        assert_eq!(partial, root.join(".bbdrop-partial-3"));
        fs::write(partial.join("a.jpg.x1"), "half").expect("written");
        fs::create_dir(partial.join("theirs")).expect("made");
        assert_eq!(ready(root).expect("again").partial, partial);
        assert_eq!(names(&partial), [MARKER, "theirs"]);
        for theirs in [".partial", ".bbdrop-partial"] {
            assert_eq!(names(&root.join(theirs)), ["notes.txt"]);
        }
    }

    #[test]
    fn a_directory_that_a_kill_left_without_its_mark_is_taken() {
        let dir = tempfile::tempdir().expect("a directory");
        let made = dir.path().join(PARTIAL);
        fs::create_dir(&made).expect("made");
        assert_eq!(ready(dir.path()).expect("ready").partial, made);
        assert_eq!(names(&made), [MARKER]);
    }
}
