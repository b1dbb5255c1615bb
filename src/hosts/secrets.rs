//! Passwords and keys: in the system's key store, or in a file that only the person can read, where they have agreed to that.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::core::settings::SecretStore;
use crate::core::{Fault, FaultKind};
use crate::files;

/// Below the data directory.
const FILE: &str = "secrets.json";
/// What the entries of the key store are called.
const SERVICE: &str = "BBDrop";

/// The secrets of one host, by their names.
pub type Known = BTreeMap<String, String>;

/// Where secrets are kept. What was read once is remembered.
#[derive(Debug)]
pub struct Secrets {
    file: PathBuf,
    /// Two data directories are two programs.
    account: String,
    store: Mutex<SecretStore>,
    known: Mutex<BTreeMap<String, Known>>,
}

impl Secrets {
    /// Those of the data directory `data_dir`.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self {
            file: data_dir.join(FILE),
            account: data_dir.display().to_string(),
            store: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// Where they are from now on.
    pub fn keep_in(&self, store: SecretStore) {
        let before = std::mem::replace(&mut *self.store.lock().unwrap_or_else(PoisonError::into_inner), store);
        if before != store {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// What is known for `host`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(&self, host: &str) -> Result<Known, Fault> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(host) {
            return Ok(known.clone());
        }
        let known = self.blocking(host, Place::read).await?;
        self.remember(host, known.clone());
        Ok(known)
    }

    /// Keeps `secrets` for `host`, and nothing else for it.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn put(&self, host: &str, secrets: Known) -> Result<(), Fault> {
        let kept = secrets.clone();
        self.blocking(host, move |place| place.write(&kept)).await?;
        self.remember(host, secrets);
        Ok(())
    }

    fn remember(&self, host: &str, secrets: Known) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), secrets);
    }

    async fn blocking<T: Send + 'static>(
        &self,
        host: &str,
        work: impl FnOnce(&Place) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Fault> {
        let store = *self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Place {
            store,
            file: self.file.clone(),
            account: format!("{host} · {}", self.account),
            host: host.to_owned(),
        };
        let done = tokio::task::spawn_blocking(move || work(&place)).await;
        done.unwrap_or_else(|error| Err(error.to_string())).map_err(|words| Fault::new(FaultKind::Auth, words))
    }
}

/// The place of one host's secrets.
struct Place {
    store: SecretStore,
    file: PathBuf,
    account: String,
    host: String,
}

impl Place {
    fn read(&self) -> Result<Known, String> {
        match self.store {
            SecretStore::File => Ok(self.read_file()?.remove(&self.host).unwrap_or_default()),
            SecretStore::Keyring => match self.entry().and_then(|entry| entry.get_password()) {
                Ok(text) => serde_json::from_str(&text).map_err(|error| {
                    format!("The key store's entry for {} is damaged ({error}). Sign in again.", self.host)
                }),
                Err(keyring::Error::NoEntry) => Ok(Known::new()),
                // Nothing can have been kept there: a host that needs nothing works without.
                Err(error) if is_absent(&error) => Ok(Known::new()),
                Err(error) => Err(self.unusable(&error)),
            },
        }
    }

    fn write(&self, secrets: &Known) -> Result<(), String> {
        match self.store {
            SecretStore::File => {
                let mut all = self.read_file()?;
                all.remove(&self.host);
                if !secrets.is_empty() {
                    all.insert(self.host.clone(), secrets.clone());
                }
                self.write_file(&all).map_err(|error| {
                    format!("The file of secrets cannot be written: {error}. File: {}", self.file.display())
                })
            }
            SecretStore::Keyring => {
                let text = serde_json::to_string(secrets).map_err(|error| error.to_string())?;
                let done = self.entry().and_then(|entry| {
                    if secrets.is_empty() { entry.delete_credential() } else { entry.set_password(&text) }
                });
                match done {
                    Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                    Err(error) => Err(self.unusable(&error)),
                }
            }
        }
    }

    fn entry(&self) -> keyring::Result<keyring::Entry> {
        keyring::Entry::new(SERVICE, &self.account)
    }

    fn unusable(&self, error: &keyring::Error) -> String {
        format!(
            "The system's key store cannot be used: {}. Start it, then start BBDrop again, or keep secrets in a file that only you can read, which is \
             less safe: `bbdrop config set secrets.store file`. File: {}",
            cause(error),
            self.file.display()
        )
    }

    fn read_file(&self) -> Result<BTreeMap<String, Known>, String> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => {
                return Err(format!("The file of secrets cannot be read: {error}. File: {}", self.file.display()));
            }
        };
        serde_json::from_str(&text).map_err(|error| {
            format!(
                "The file of secrets is damaged ({error}). Move it away, then sign in again. File: {}",
                self.file.display()
            )
        })
    }

    /// Whole or not at all, and for nobody else's eyes at any time: temporary files are made with mode 0600.
    fn write_file(&self, all: &BTreeMap<String, Known>) -> std::io::Result<()> {
        let directory = self.file.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer_pretty(&mut file, all)?;
        file.as_file().sync_all()?;
        files::replace(file, &self.file)
    }
}

/// Whether there is no key store at all.
const fn is_absent(error: &keyring::Error) -> bool {
    matches!(error, keyring::Error::NoDefaultStore)
}

/// Why the key store cannot be used.
fn cause(error: &keyring::Error) -> String {
    match keyring::Entry::store_status() {
        Err(cause) if is_absent(error) => cause.to_string(),
        _ => error.to_string(),
    }
}
