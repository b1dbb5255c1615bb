//! All hosts there are: the folder on this computer, and what the definition files describe.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::definition;
use super::{Definition, Host, HttpHost, StorageError, StorageHost};
use crate::core::HostFacts;
use crate::core::host::{Limits, Retry};
use crate::core::queue::DEFAULT_HOST;

/// Below the data directory: where the folder host publishes.
pub const PUBLISHED: &str = "published";
/// Below the data directory: the person's definition files.
const HOSTS: &str = "hosts";
/// Larger files are no definitions.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Files that are looked at.
const FILES_MAX: usize = 500;

/// The hosts by their ids.
#[derive(Debug)]
pub struct Catalogue {
    hosts: BTreeMap<String, (HostFacts, Arc<Host>)>,
}

impl Catalogue {
    /// The hosts of the data directory `data_dir`, and what is wrong with the definitions that are left out, a sentence each.
    ///
    /// # Errors
    /// When the folder host cannot be used.
    pub fn load(data_dir: &Path) -> Result<(Self, Vec<String>), StorageError> {
        let folder = Host::Storage(StorageHost::folder(&data_dir.join(PUBLISHED))?);
        let facts = HostFacts {
            id: DEFAULT_HOST.to_owned(),
            name: "My folder".to_owned(),
            limits: Limits::default(),
            retry: Retry::default(),
        };
        let mut catalogue = Self { hosts: BTreeMap::from([(facts.id.clone(), (facts, Arc::new(folder)))]) };
        let mut wrong = Vec::new();
        for path in definition_files(&data_dir.join(HOSTS), &mut wrong) {
            if let Err(words) = catalogue.add(&path) {
                wrong.push(format!(
                    "A host is left out: {words}. Mend its definition, then start BBDrop again. File: {}",
                    path.display()
                ));
            }
        }
        Ok((catalogue, wrong))
    }

    /// The host of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Host>> {
        self.hosts.get(id).map(|(_, host)| Arc::clone(host))
    }

    /// What the queue knows of every host: the folder, then the others by their names.
    #[must_use]
    pub fn facts(&self) -> Vec<HostFacts> {
        let mut facts: Vec<_> = self.hosts.values().map(|(facts, _)| facts.clone()).collect();
        facts.sort_by_cached_key(|facts| (facts.id != DEFAULT_HOST, facts.name.to_lowercase(), facts.id.clone()));
        facts
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let metadata = std::fs::metadata(path).map_err(|error| format!("its definition cannot be read, {error}"))?;
        if metadata.len() > FILE_BYTES_MAX {
            return Err(format!("its definition has {} bytes, {FILE_BYTES_MAX} are allowed", metadata.len()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| format!("its definition cannot be read, {error}"))?;
        let (facts, host) = if let Some((facts, spec)) = definition::storage(&text)? {
            let host = StorageHost::new(&spec, &|_| None).map_err(|error| error.to_string())?;
            (facts, Host::Storage(host))
        } else {
            let host = HttpHost::new(Definition::parse(&text)?);
            (host.facts().clone(), Host::Http(host))
        };
        if let Some((other, _)) = self.hosts.get(&facts.id) {
            return Err(format!("host.id “{}” is taken by {}", facts.id, other.name));
        }
        self.hosts.insert(facts.id.clone(), (facts, Arc::new(host)));
        Ok(())
    }
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
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
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
        catalogue.facts().into_iter().map(|facts| facts.id).collect()
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
