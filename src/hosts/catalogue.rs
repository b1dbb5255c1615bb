//! The hosts there are: the built-in folder, and a definition file each for the others. One bad file harms no other.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::definition::Definition;
use super::http::HttpHost;
use super::{Host, StorageError, StorageHost};
use crate::core::HostFacts;
use crate::core::host::{Limits, Retry};
use crate::core::queue::DEFAULT_HOST;

/// Below the data directory: where the folder host publishes.
pub const PUBLISHED: &str = "published";
/// Below the data directory: the definitions.
pub const DEFINITIONS: &str = "hosts";
/// Largest definition that is read.
const DEFINITION_BYTES_MAX: u64 = 1024 * 1024;
/// Most definitions that are read.
const DEFINITIONS_MAX: usize = 1000;

/// All hosts that can be used.
#[derive(Debug)]
pub struct Catalogue {
    hosts: Vec<(HostFacts, Arc<Host>)>,
}

impl Catalogue {
    /// Looks for hosts below `data_dir`; says in words which definitions cannot be used.
    ///
    /// # Errors
    /// When the folder for published galleries is not to be had.
    pub fn load(data_dir: &Path) -> Result<(Self, Vec<String>), StorageError> {
        let folder = StorageHost::folder(&data_dir.join(PUBLISHED))?;
        let mut catalogue = Self { hosts: vec![(folder_facts(), Arc::new(Host::Storage(folder)))] };
        let mut left_out = Vec::new();
        for path in definitions(&data_dir.join(DEFINITIONS), &mut left_out) {
            if let Err(words) = catalogue.add(&path) {
                left_out.push(format!("This host is left out: {words}. File: {}", path.display()));
            }
        }
        Ok((catalogue, left_out))
    }

    /// The host of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Host>> {
        self.hosts.iter().find(|(facts, _)| facts.id == id).map(|(_, host)| Arc::clone(host))
    }

    /// What the queue must know of each; the folder comes first.
    #[must_use]
    pub fn facts(&self) -> Vec<HostFacts> {
        self.hosts.iter().map(|(facts, _)| facts.clone()).collect()
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let text = read(path)?;
        let definition = Definition::parse(&text).map_err(|error| format!("{error}. Correct it and start again"))?;
        let facts = definition.facts.clone();
        if self.get(&facts.id).is_some() {
            return Err(format!("another file has host.id “{}” already. Change one of them and start again", facts.id));
        }
        self.hosts.push((facts, Arc::new(Host::Http(HttpHost::new(definition)))));
        Ok(())
    }
}

fn folder_facts() -> HostFacts {
    HostFacts {
        id: DEFAULT_HOST.to_owned(),
        name: "My folder".to_owned(),
        limits: Limits::default(),
        retry: Retry::default(),
    }
}

/// The definition files, by name.
fn definitions(folder: &Path, left_out: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            left_out.push(format!("Host definitions cannot be read: {error}. Folder: {}", folder.display()));
            return Vec::new();
        }
    };
    let is_definition = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_definition).collect();
    paths.sort();
    if paths.len() > DEFINITIONS_MAX {
        left_out
            .push(format!("Only the first {DEFINITIONS_MAX} host definitions are used. Folder: {}", folder.display()));
        paths.truncate(DEFINITIONS_MAX);
    }
    paths
}

fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("its definition cannot be read ({error})");
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let read = file.take(DEFINITION_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if read as u64 > DEFINITION_BYTES_MAX {
        return Err(format!("its definition has more than {DEFINITION_BYTES_MAX} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::definition::tests::scripted;

    #[test]
    fn the_folder_comes_first_and_bad_definitions_are_left_out() {
        let data_dir = tempfile::tempdir().expect("folder");
        let (catalogue, left_out) = Catalogue::load(data_dir.path()).expect("loads");
        assert_eq!((catalogue.facts().len(), left_out.len()), (1, 0), "no definitions, no complaint");

        let hosts = data_dir.path().join(DEFINITIONS);
        std::fs::create_dir(&hosts).expect("made");
        let other = scripted("h").replace("\"scripted\"", "\"other\"");
        for (file, text) in [
            ("a.toml", scripted("h").as_bytes()),
            ("b.toml", other.as_bytes()),
            ("c.toml", scripted("h").as_bytes()),
            ("d.toml", b"[host]\nid = 1\n"),
            ("e.toml", b"\xff"),
            ("f.toml", "#".repeat(1024 * 1024 + 1).as_bytes()),
            ("notes.txt", b"nothing"),
        ] {
            std::fs::write(hosts.join(file), text).expect("written");
        }
        let (catalogue, left_out) = Catalogue::load(data_dir.path()).expect("loads");
        let ids: Vec<_> = catalogue.facts().into_iter().map(|facts| facts.id).collect();
        assert_eq!(ids, [DEFAULT_HOST, "scripted", "other"]);
        assert!(catalogue.get("folder").is_some_and(|host| !host.makes_thumbnails()));
        assert!(catalogue.get("other").is_some_and(|host| host.makes_thumbnails()));
        assert!(catalogue.get("unknown").is_none());
        let expected = ["host.id “scripted” already", "line 2: ", "cannot be read", "more than 1048576 bytes"];
        assert_eq!(left_out.len(), expected.len(), "{left_out:?}");
        for ((words, expected), file) in left_out.iter().zip(expected).zip(["c", "d", "e", "f"]) {
            assert!(words.contains(expected) && words.ends_with(&format!("{file}.toml")), "{words}");
        }
    }
}
