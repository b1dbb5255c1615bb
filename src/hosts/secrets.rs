//! Passwords and keys: in the system's key store, or in a file that only the person can read, where they have agreed to that.
//! Each is kept with the places that it was entered for, and given for no others: an id is only a name, which any definition can take.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::definition::Origins;
use crate::core::settings::SecretStore;
use crate::core::{Fault, FaultKind};
use crate::files;

/// Below the data directory.
const FILE: &str = "secrets.json";
/// Longer than all secrets together, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What the entries of the key store are called.
const SERVICE: &str = "BBDrop";

/// Below the data directory: for which places those count as entered that an older version has kept, by their hosts.
const EARLIER: &str = "secrets-places.json";
/// Beside the secrets of a host: the places that they were entered for, with spaces between. No secret can be called so.
const PLACES: &str = "@places";

/// The secrets of one host, by their names.
pub type Known = BTreeMap<String, String>;

/// What is kept for one host.
#[derive(Clone, Debug, Default)]
struct Entry {
    secrets: Known,
    places: Origins,
}

/// Where secrets are kept. What was read once is remembered.
#[derive(Debug)]
pub struct Secrets {
    file: PathBuf,
    earlier: PathBuf,
    /// Two data directories are two programs.
    account: String,
    store: Mutex<SecretStore>,
    known: Mutex<BTreeMap<String, Entry>>,
}

impl Secrets {
    /// Those of the data directory `data_dir`.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self {
            file: data_dir.join(FILE),
            earlier: data_dir.join(EARLIER),
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

    /// Older versions kept no places. At the first start of one that does, what they kept counts as entered for the places that
    /// the hosts have then, `by_host`; a definition that comes later inherits nothing.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn bind_earlier(&self, by_host: impl FnOnce() -> BTreeMap<String, Origins>) -> std::io::Result<()> {
        if self.earlier.try_exists()? { Ok(()) } else { write_json(&self.earlier, &by_host()) }
    }

    /// What is known for `host`, which contacts these `places`.
    ///
    /// # Errors
    /// When the store cannot be read, or the secrets were entered for other places.
    pub async fn of(&self, host: &str, places: &Origins) -> Result<Known, Fault> {
        let entry = self.entry(host).await?;
        if entry.is_for(places) {
            return Ok(entry.secrets);
        }
        let others: Vec<_> = places.difference(&entry.places).map(String::as_str).collect();
        let words = format!(
            "What was entered for {host} is not for {}, which its definition contacts now; nothing was sent there. If that is right, sign in \
             again: `bbdrop hosts sign-in {host}`.",
            others.join(", ")
        );
        Err(Fault::new(FaultKind::Auth, words))
    }

    /// By which names something is known for `host` that its `places` may have.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn names(&self, host: &str, places: &Origins) -> Result<Vec<String>, Fault> {
        let entry = self.entry(host).await?;
        Ok(if entry.is_for(places) { entry.secrets.into_keys().collect() } else { Vec::new() })
    }

    async fn entry(&self, host: &str) -> Result<Entry, Fault> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(host) {
            return Ok(known.clone());
        }
        let entry = self.blocking(host, Place::bound).await?;
        self.remember(host, entry.clone());
        Ok(entry)
    }

    /// Keeps `secrets` for `host`, and nothing else for it. They are for these `places` alone.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn put(&self, host: &str, secrets: Known, places: Origins) -> Result<(), Fault> {
        let entry = Entry { secrets, places };
        let kept = entry.clone();
        self.blocking(host, move |place| place.write(&kept)).await?;
        self.remember(host, entry);
        Ok(())
    }

    /// Keeps `secrets` for `host`, where the host gave new ones, for the places that the old ones are for.
    ///
    /// # Errors
    /// As [`Secrets::put`].
    pub async fn renew(&self, host: &str, secrets: Known) -> Result<(), Fault> {
        let places = self.entry(host).await?.places;
        self.put(host, secrets, places).await
    }

    fn remember(&self, host: &str, entry: Entry) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), entry);
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
            earlier: self.earlier.clone(),
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
    earlier: PathBuf,
    account: String,
    host: String,
}

impl Entry {
    fn is_for(&self, places: &Origins) -> bool {
        self.secrets.is_empty() || places.is_subset(&self.places)
    }
}

impl Place {
    fn bound(&self) -> Result<Entry, String> {
        let mut secrets = self.read()?;
        let places = match secrets.remove(PLACES) {
            Some(places) => places.split_whitespace().map(str::to_owned).collect(),
            None if secrets.is_empty() => Origins::new(),
            None => self.earlier_places(),
        };
        Ok(Entry { secrets, places })
    }

    /// None when that cannot be known: then they are asked for again.
    fn earlier_places(&self) -> Origins {
        let text = std::fs::read_to_string(&self.earlier).unwrap_or_default();
        let by_host = serde_json::from_str::<BTreeMap<String, Origins>>(&text);
        by_host.unwrap_or_default().remove(&self.host).unwrap_or_default()
    }

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

    fn write(&self, entry: &Entry) -> Result<(), String> {
        let mut secrets = entry.secrets.clone();
        if !secrets.is_empty() {
            let places: Vec<_> = entry.places.iter().map(String::as_str).collect();
            secrets.insert(PLACES.to_owned(), places.join(" "));
        }
        match self.store {
            SecretStore::File => {
                let mut all = self.read_file()?;
                all.remove(&self.host);
                if !secrets.is_empty() {
                    all.insert(self.host.clone(), secrets);
                }
                write_json(&self.file, &all).map_err(|error| {
                    format!("The file of secrets cannot be written: {error}. File: {}", self.file.display())
                })
            }
            SecretStore::Keyring => {
                let text = serde_json::to_string(&secrets).map_err(|error| error.to_string())?;
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
        let text = match files::read_plain(&self.file, FILE_BYTES_MAX) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => {
                return Err(format!("The file of secrets cannot be read: {error}. File: {}", self.file.display()));
            }
        };
        serde_json::from_slice(&text).map_err(|error| {
            format!(
                "The file of secrets is damaged ({error}). Move it away, then sign in again. File: {}",
                self.file.display()
            )
        })
    }
}

/// Whole or not at all, and for nobody else's eyes at any time: temporary files are made with mode 0600.
fn write_json(path: &Path, value: &impl serde::Serialize) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.as_file().sync_all()?;
    files::replace_durably(file, path)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(dir: &Path) -> Secrets {
        let secrets = Secrets::new(dir);
        secrets.keep_in(SecretStore::File);
        secrets
    }

    fn origins(text: &str) -> Origins {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn key(value: &str) -> Known {
        Known::from([("key".to_owned(), value.to_owned())])
    }

    #[tokio::test]
    async fn what_was_entered_is_for_the_places_that_it_was_entered_for() {
        let dir = tempfile::tempdir().expect("a directory");
        let both = origins("https://a.example https://b.example");
        secrets(dir.path()).put("x", key("hunter2"), both.clone()).await.expect("kept");
        for kept in [secrets(dir.path()), secrets(dir.path())] {
            assert_eq!(kept.of("x", &both).await.expect("known"), key("hunter2"));
            assert_eq!(kept.of("x", &origins("https://b.example")).await.expect("known"), key("hunter2"));
            for others in ["http://a.example", "https://a.example:444", "https://a.example https://evil.example"] {
                let fault = kept.of("x", &origins(others)).await.expect_err(others);
                assert_eq!(fault.kind, FaultKind::Auth);
                assert!(fault.words.contains("sign-in x") && !fault.words.contains("hunter2"), "{fault}");
                assert_eq!(kept.names("x", &origins(others)).await.expect("asked"), [""; 0]);
            }
            assert_eq!(kept.names("x", &both).await.expect("asked"), ["key"]);
            kept.renew("x", key("hunter2")).await.expect("kept");
        }
        let forgotten = secrets(dir.path());
        forgotten.put("x", Known::new(), Origins::new()).await.expect("forgotten");
        assert_eq!(forgotten.of("x", &origins("https://evil.example")).await.expect("nothing"), Known::new());
    }

    #[tokio::test]
    async fn what_an_older_version_kept_is_for_the_places_of_the_first_start() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join(FILE), r#"{"x":{"key":"old"},"y":{"key":"old"}}"#).expect("written");
        let first = || BTreeMap::from([("x".to_owned(), origins("https://x.example"))]);
        secrets(dir.path()).bind_earlier(first).expect("written");
        let later = || BTreeMap::from([("x".to_owned(), origins("https://evil.example"))]);
        secrets(dir.path()).bind_earlier(later).expect("there");
        let kept = secrets(dir.path());
        assert_eq!(kept.of("x", &origins("https://x.example")).await.expect("known"), key("old"));
        assert!(kept.of("x", &origins("https://evil.example")).await.is_err());
        assert!(kept.of("y", &origins("https://y.example")).await.is_err(), "nobody knows for whom it was");
    }
}
