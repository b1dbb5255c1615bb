//! A folder on this computer or on a mounted drive. Never makes a folder where a drive should be.

use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use opendal::Operator;
use opendal::services::Fs;
use tokio::sync::OnceCell;

use super::service::{File, not_found_is_empty};
use super::{StorageError, file_url};
use crate::core::{ContentHash, Fault, FaultKind};

/// Files under way are kept here and renamed when they are whole.
const PARTIAL: &str = ".partial";

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether it is made anew when somebody takes it away.
    is_ours: bool,
    operator: OnceCell<Operator>,
}

impl Folder {
    /// The folder at `root`, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or its path is no Unicode.
    pub fn made(root: &Path) -> Result<Self, StorageError> {
        let operator = std::fs::create_dir_all(root).map_err(|error| error.to_string()).and_then(|()| operator(root));
        let operator = operator.map_err(|why| {
            StorageError(format!(
                "The folder for published galleries cannot be used: {why}. Folder: {}",
                root.display()
            ))
        })?;
        Ok(Self { root: root.to_owned(), is_ours: true, operator: OnceCell::from(operator) })
    }

    /// The folder at `root`, which may come later: it is on a drive that is mounted.
    pub fn expected(root: &Path) -> Self {
        Self { root: root.to_owned(), is_ours: false, operator: OnceCell::new() }
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
        let made = self.operator.get_or_try_init(|| async {
            let root = self.root.clone();
            let made = tokio::task::spawn_blocking(move || operator(&root)).await;
            made.map_err(|error| error.to_string()).flatten().map_err(|why| self.unusable(&why))
        });
        let made = made.await?;
        // Where a drive was, nothing must be written into the empty place.
        match tokio::fs::metadata(self.root.join(PARTIAL)).await {
            Ok(metadata) if metadata.is_dir() => Ok(made),
            _ if self.is_ours => Ok(made),
            _ => Err(self.unusable("it is not there any more")),
        }
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
fn operator(root: &Path) -> Result<Operator, String> {
    if !root.is_dir() {
        return Err("it is not there".to_owned());
    }
    let partial = root.join(PARTIAL);
    // What was under way when the program was killed is of no use: it is sent again.
    match std::fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != IoKind::NotFound => return Err(error.to_string()),
        _ => std::fs::create_dir(&partial).map_err(|error| error.to_string())?,
    }
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| "its path is no Unicode".to_owned());
    let service = Fs::default().root(&text(root)?).atomic_write_dir(&text(&partial)?);
    Operator::new(service).map_err(|error| error.to_string())
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
