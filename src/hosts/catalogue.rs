//! All hosts there are: the folder on this computer, those that come with the program, and those of the person's own files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::definition::Origins;
use super::{
    ConfiguredStorage, Definition, Host, HttpHost, Kept, Known, Secrets, Setup, StorageError, StorageHost, builtin,
    sxcu,
};
use crate::core::queue::DEFAULT_HOST;
use crate::core::{Fault, HostFacts};
use crate::files;

/// Below the data directory: where the folder host publishes.
pub const PUBLISHED: &str = "published";
/// Below the data directory: the person's definition files.
pub const HOSTS: &str = "hosts";
/// Below [`HOSTS`]: what galleries were opened with.
const KEPT: &str = "kept";
/// Endings of definition files, in small letters.
const ENDINGS: [&str; 2] = ["toml", SXCU];
const SXCU: &str = "sxcu";
/// Files that are looked at.
const FILES_MAX: usize = 500;

/// The hosts by their ids. They can be read again at any time.
#[derive(Debug)]
pub struct Catalogue {
    data_dir: PathBuf,
    folder: Arc<Host>,
    secrets: Arc<Secrets>,
    kept: Kept,
    hosts: RwLock<BTreeMap<String, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    facts: HostFacts,
    host: Arc<Host>,
    /// It came with the program.
    is_builtin: bool,
}

impl Catalogue {
    /// The hosts of the data directory `data_dir`, and what is wrong with the definitions that are left out, a sentence each.
    ///
    /// # Errors
    /// When the folder host cannot be used.
    pub fn load(data_dir: &Path) -> Result<(Self, Vec<String>), StorageError> {
        let catalogue = Self {
            data_dir: data_dir.to_owned(),
            folder: Arc::new(Host::Files(StorageHost::folder(&data_dir.join(PUBLISHED))?)),
            secrets: Arc::new(Secrets::new(data_dir)),
            kept: Kept::new(data_dir.join(HOSTS).join(KEPT)),
            hosts: RwLock::default(),
        };
        let wrong = catalogue.reload();
        Ok((catalogue, wrong))
    }

    /// Reads all definitions again. Returns what is wrong with those that are left out, a sentence each.
    pub fn reload(&self) -> Vec<String> {
        let folder = HostFacts::named(DEFAULT_HOST, "My folder");
        let folder = Entry { facts: folder, host: Arc::clone(&self.folder), is_builtin: true };
        let mut hosts = BTreeMap::from([(folder.facts.id.clone(), folder)]);
        let mut wrong = Vec::new();
        for text in builtin::TEXTS {
            match Definition::read(text) {
                Ok(definition) => self.add(&mut hosts, definition, true),
                Err(words) => {
                    wrong.push(format!("A host that comes with BBDrop is left out: {words}. Please report this."));
                }
            }
        }
        for path in definition_files(&self.data_dir.join(HOSTS), &mut wrong) {
            let added = read_definition(&path).and_then(|(definition, _)| {
                match hosts.get(&definition.facts.id).filter(|entry| !entry.is_builtin) {
                    Some(other) => Err(format!("host.id “{}” is taken by {}", definition.facts.id, other.facts.name)),
                    None => Ok(definition),
                }
            });
            let added = added.map(|definition| self.add(&mut hosts, definition, false));
            if let Err(words) = added {
                wrong.push(format!(
                    "A host is left out: {words}. Mend its definition, then `bbdrop hosts reload`. File: {}",
                    path.display()
                ));
            }
        }
        *self.hosts.write().unwrap_or_else(PoisonError::into_inner) = hosts;
        wrong
    }

    /// The host of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Host>> {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.get(id).map(|entry| Arc::clone(&entry.host))
    }

    /// What the queue knows of every host: the folder, then the others by their names.
    #[must_use]
    pub fn facts(&self) -> Vec<HostFacts> {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        let mut facts: Vec<_> = hosts.values().map(|entry| entry.facts.clone()).collect();
        facts.sort_by_cached_key(|facts| (facts.id != DEFAULT_HOST, facts.name.to_lowercase(), facts.id.clone()));
        facts
    }

    /// Keeps what was `entered` for the host `id`, and what the host gives for it, if it accepts that.
    ///
    /// # Errors
    /// What the host says, or that nothing can be kept.
    pub async fn sign_in(&self, id: &str, entered: Known, setup: &Setup) -> Result<(), Fault> {
        let host = self.get(id);
        let kept = match host.as_deref() {
            Some(Host::Http(host)) => host.sign_in(entered, setup).await.map_err(Fault::on_one_line)?,
            Some(Host::Files(_) | Host::Storage(_)) | None => entered,
        };
        let places = host.map(|host| host.contacts(&setup.options)).unwrap_or_default();
        self.secrets.put(id, kept, places).await
    }

    /// Forgets what was entered for the host `id`.
    ///
    /// # Errors
    /// When the store of secrets cannot be written.
    pub async fn sign_out(&self, id: &str) -> Result<(), Fault> {
        self.secrets.put(id, Known::new(), Origins::new()).await
    }

    /// See [`Secrets::bind_earlier`]; `options` is what the person has set for a host.
    pub fn bind_earlier_secrets(&self, options: impl Fn(&str) -> BTreeMap<String, String>) {
        let hosts = || self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        let places = |(id, entry): (&String, &Entry)| (id.clone(), entry.host.contacts(&options(id)));
        let by_host = || hosts().iter().filter(|(_, entry)| !entry.facts.secrets.is_empty()).map(places).collect();
        if let Err(error) = self.secrets.bind_earlier(by_host) {
            tracing::warn!("Secrets of an older version are asked for again: {error}");
        }
    }

    /// The name of the host of that id that comes with the program.
    pub(super) fn builtin_name(&self, id: &str) -> Option<String> {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.get(id).filter(|entry| entry.is_builtin).map(|entry| entry.facts.name.clone())
    }

    /// The data directory.
    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where passwords and keys are.
    #[must_use]
    pub const fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    fn add(&self, hosts: &mut BTreeMap<String, Entry>, definition: Definition, is_builtin: bool) {
        let facts = HostFacts { is_own: !is_builtin, ..definition.facts.clone() };
        let secrets = Arc::clone(&self.secrets);
        let host = match definition.storage {
            Some(_) => Host::Storage(Box::new(ConfiguredStorage::new(definition, secrets))),
            None => Host::Http(HttpHost::new(definition, self.kept.clone(), secrets)),
        };
        hosts.insert(facts.id.clone(), Entry { facts, host: Arc::new(host), is_builtin });
    }
}

/// The definition in a file, and its text.
///
/// # Errors
/// When it cannot be read, is too long for one, or what is wrong with it.
pub fn read_definition(path: &Path) -> Result<(Definition, String), String> {
    let unread = |error: std::io::Error| format!("its definition cannot be read, {error}");
    let bytes_max = u64::try_from(sxcu::BYTES_MAX).unwrap_or(u64::MAX);
    let metadata = std::fs::metadata(path).map_err(unread)?;
    if metadata.is_file() && metadata.len() > bytes_max {
        return Err(format!("its definition has {} bytes, {bytes_max} are allowed", metadata.len()));
    }
    let bytes = files::read_plain(path, bytes_max).map_err(unread)?;
    if has_ending(path, &[SXCU]) {
        let text = sxcu::decode(&bytes);
        return Ok((Definition::read_sxcu(&text)?, text));
    }
    let text = String::from_utf8(bytes).map_err(|_| "its definition cannot be read, it is no UTF-8 text".to_owned())?;
    Ok((Definition::read(&text)?, text))
}

/// Whether a file can be a definition, by its ending.
#[must_use]
pub fn is_definition(path: &Path) -> bool {
    has_ending(path, &ENDINGS)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// In the order of their names, so that of two with one id it is always the same one that counts.
fn definition_files(dir: &Path, wrong: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            wrong.push(format!("The folder of host definitions cannot be read: {error}. Folder: {}", dir.display()));
            return Vec::new();
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|path| is_definition(path)).collect();
    paths.sort();
    if paths.len() > FILES_MAX {
        wrong.push(format!("Only {FILES_MAX} host definitions are read. Remove some. Folder: {}", dir.display()));
        paths.truncate(FILES_MAX);
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::testing::SCRIPTED;

    fn ids(catalogue: &Catalogue) -> Vec<String> {
        let builtin: Vec<_> =
            builtin::TEXTS.iter().map(|text| Definition::read(text).expect("good").facts.id).collect();
        catalogue.facts().into_iter().map(|facts| facts.id).filter(|id| !builtin.contains(id)).collect()
    }

    #[test]
    fn without_definitions_there_is_the_folder() {
        let dir = tempfile::tempdir().expect("a directory");
        let (catalogue, wrong) = Catalogue::load(dir.path()).expect("loaded");
        assert_eq!((ids(&catalogue), wrong), (vec!["folder".to_owned()], vec![]));
        assert!(catalogue.get("folder").is_some_and(|host| !host.makes_thumbnails()));
        assert!(catalogue.get("scripted").is_none());
    }

    #[test]
    fn good_definitions_are_hosts_and_bad_ones_are_described() {
        let dir = tempfile::tempdir().expect("a directory");
        let hosts = dir.path().join("hosts");
        std::fs::create_dir(&hosts).expect("made");
        let second = SCRIPTED.replace("\"scripted\"", "\"a\"").replace("Scripted host", "Zeta");
        for (file, text) in [
            ("1.toml", SCRIPTED),
            ("2.toml", &second),
            ("3.toml", SCRIPTED),
            ("4.toml", "[host]\nid = 5"),
            ("5.toml", &"#".repeat(300_000)),
            ("notes.txt", "x"),
        ] {
            std::fs::write(hosts.join(file), text).expect("written");
        }
        std::fs::write(hosts.join("6.toml"), b"\xff\xfe").expect("written");
        std::fs::create_dir(hosts.join("7.toml")).expect("made");
        let (catalogue, wrong) = Catalogue::load(dir.path()).expect("loaded");
        assert_eq!(ids(&catalogue), ["folder", "scripted", "a"]);
        assert!(catalogue.get("scripted").is_some_and(|host| host.makes_thumbnails()));
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        for (words, (file, what)) in wrong.iter().zip([
            ("3.toml", "taken by Scripted host"),
            ("4.toml", "line 2"),
            ("5.toml", "300000 bytes"),
            ("6.toml", "cannot be read"),
            ("7.toml", "cannot be read"),
        ]) {
            assert!(words.contains(file) && words.contains(what), "{words}");
        }
    }
}
