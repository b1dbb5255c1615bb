//! Definitions that galleries were opened with: a gallery goes on with its own, whatever becomes of the file it was read from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::answer::fault;
use super::definition::Definition;
use crate::core::{Fault, FaultKind};
use crate::files;

/// Longer than any definition, in bytes.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The definitions below one directory, by their fingerprints.
#[derive(Clone, Debug)]
pub struct Kept {
    directory: PathBuf,
    read: Arc<Mutex<BTreeMap<String, Arc<Definition>>>>,
}

impl Kept {
    /// Those below `directory`, which is made when something is kept.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self { directory, read: Arc::default() }
    }

    /// Keeps `definition`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn keep(&self, definition: &Arc<Definition>) -> Result<(), Fault> {
        let (kept, definition) = (self.clone(), Arc::clone(definition));
        if kept.known(&definition.fingerprint).is_some() {
            return Ok(());
        }
        let written = tokio::task::spawn_blocking(move || {
            let path = kept.path(&definition.fingerprint);
            if !path.exists() {
                std::fs::create_dir_all(&kept.directory)?;
                let mut file = tempfile::NamedTempFile::new_in(&kept.directory)?;
                std::io::Write::write_all(&mut file, definition.text.as_bytes())?;
                file.as_file().sync_all()?;
                files::replace_durably(file, &path)?;
            }
            kept.learn(definition);
            Ok::<_, std::io::Error>(())
        });
        let written = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        written.map_err(|error| {
            let words = format!("The host's definition cannot be kept: {error}. Check the data directory.");
            Fault::new(FaultKind::HostFault, words)
        })
    }

    /// The definition of that fingerprint, for a gallery of the host called `name`.
    ///
    /// # Errors
    /// When it is not there, or is not what it was.
    pub(super) async fn get(&self, fingerprint: &str, name: &str) -> Result<Arc<Definition>, Fault> {
        if let Some(definition) = self.known(fingerprint) {
            return Ok(definition);
        }
        let (kept, wanted) = (self.clone(), fingerprint.to_owned());
        let read = tokio::task::spawn_blocking(move || {
            let text = files::read_plain(&kept.path(&wanted), TEXT_BYTES_MAX).map_err(|error| error.to_string())?;
            let text = String::from_utf8(text).map_err(|error| error.to_string())?;
            let definition = Arc::new(Definition::read(&text)?);
            if definition.fingerprint != wanted {
                return Err("it was changed".to_owned());
            }
            kept.learn(Arc::clone(&definition));
            Ok(definition)
        });
        read.await.unwrap_or_else(|error| Err(error.to_string())).map_err(|why| {
            let words = format!(
                "The definition that the gallery was begun with is gone ({why}). Reset the gallery to upload it anew."
            );
            fault(FaultKind::Rejected, &words, name)
        })
    }

    fn path(&self, fingerprint: &str) -> PathBuf {
        // A fingerprint from a session is foreign text.
        let name: String = fingerprint.chars().filter(char::is_ascii_alphanumeric).take(80).collect();
        self.directory.join(format!("{name}.txt"))
    }

    fn known(&self, fingerprint: &str) -> Option<Arc<Definition>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).get(fingerprint).cloned()
    }

    fn learn(&self, definition: Arc<Definition>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(definition.fingerprint.clone(), definition);
    }
}
