//! The person's own definitions: looked at before they are used, added, put away. Never deletes one.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::catalogue::{Catalogue, HOSTS, is_definition, read_definition};
use super::{Definition, Known};
use crate::core::{Fault, HostPreview, Refusal, RefusalCode};
use crate::files;

/// Below [`HOSTS`]: where removed definitions go.
const REMOVED: &str = "removed";

impl Definition {
    /// What a person should know before a host of this definition is used.
    #[must_use]
    pub fn preview(&self) -> HostPreview {
        HostPreview {
            id: self.facts.id.clone(),
            name: self.facts.name.clone(),
            home: self.home.clone(),
            places: self.places(),
            sends: self.sends(),
            secrets: self.facts.secrets.clone(),
            ..HostPreview::default()
        }
    }
}

impl Catalogue {
    /// What the definition in `file` would do.
    ///
    /// # Errors
    /// In words, when it cannot be used.
    pub fn preview(&self, file: &Path) -> Result<HostPreview, String> {
        let at_file = |words: String| format!("The host cannot be added: {words}. File: {}", file.display());
        let (definition, text) = read_definition(file).map_err(at_file)?;
        let preview = definition.preview();
        let facts = self.facts();
        let same = facts.iter().find(|facts| facts.id == preview.id);
        Ok(HostPreview { replaces: same.map(|facts| facts.name.clone()), text, ..preview })
    }

    /// Adds the host of the definition `text`.
    ///
    /// # Errors
    /// When it is none, cannot be written, or there is such a host already and it shall not be replaced.
    pub fn add_own(&self, text: &str, replace: bool) -> Result<(), Refusal> {
        let definition = Definition::read(text)
            .map_err(|words| Refusal::new(RefusalCode::BadRequest, format!("The host cannot be added: {words}.")))?;
        let id = &definition.facts.id;
        let known = self.files_of(id);
        if let Some(file) = known.first().filter(|_| !replace) {
            let words = format!("There is a host “{id}” already; --replace takes its place. File: {}", file.display());
            return Err(Refusal::new(RefusalCode::AlreadyThere, words));
        }
        let directory = self.data_dir().join(HOSTS);
        let ending = if definition.is_sxcu() { "sxcu" } else { "toml" };
        let unwritable = |error: io::Error| {
            let words = format!("The definition cannot be written: {error}. Folder: {}", directory.display());
            Refusal::new(RefusalCode::Internal, words)
        };
        // The old one goes only when the new one is safe.
        let new = write(&directory, text).map_err(unwritable)?;
        for file in known {
            self.put_away(&file)?;
        }
        files::replace(new, &directory.join(format!("{id}.{ending}"))).map_err(unwritable)?;
        self.reload();
        Ok(())
    }

    /// Puts the definition of the host `id` away.
    ///
    /// # Errors
    /// When the person has added no such host, or its file cannot be moved.
    pub fn remove_own(&self, id: &str) -> Result<(), Refusal> {
        let files = self.files_of(id);
        if files.is_empty() {
            let words = format!(
                "No host “{id}” was added. One that comes with BBDrop can be switched off: `bbdrop hosts set {id} enabled false`."
            );
            return Err(Refusal::new(RefusalCode::NoSuchHost, words));
        }
        for file in files {
            self.put_away(&file)?;
        }
        self.reload();
        Ok(())
    }

    /// By which names something is kept for each host at which one signs in.
    ///
    /// # Errors
    /// When the store of secrets cannot be read.
    pub async fn kept_secrets(&self) -> Result<BTreeMap<String, Vec<String>>, Fault> {
        let mut kept = BTreeMap::new();
        for facts in self.facts().into_iter().filter(|facts| !facts.secrets.is_empty()) {
            let known: Known = self.secrets().of(&facts.id).await?;
            kept.insert(facts.id, known.into_keys().collect());
        }
        Ok(kept)
    }

    /// The person's files that define the host `id`.
    fn files_of(&self, id: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.data_dir().join(HOSTS)).into_iter().flatten().filter_map(Result::ok);
        let is_one = |path: &PathBuf| {
            is_definition(path) && read_definition(path).is_ok_and(|(definition, _)| definition.facts.id == id)
        };
        entries.map(|entry| entry.path()).filter(is_one).collect()
    }

    /// It can be taken back from there.
    fn put_away(&self, file: &Path) -> Result<(), Refusal> {
        let removed = self.data_dir().join(HOSTS).join(REMOVED);
        let name = file.file_name().unwrap_or_default();
        let done = std::fs::create_dir_all(&removed).and_then(|()| files::rename(file, &removed.join(name)));
        done.map_err(|error| {
            let words = format!("The definition cannot be moved away: {error}. File: {}", file.display());
            Refusal::new(RefusalCode::Internal, words)
        })
    }
}

fn write(directory: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::testing::SCRIPTED;

    #[test]
    fn a_definition_is_looked_at_added_replaced_and_put_away() {
        let dir = tempfile::tempdir().expect("a directory");
        let (catalogue, _) = Catalogue::load(dir.path()).expect("loaded");
        let file = dir.path().join("new.toml");
        std::fs::write(&file, SCRIPTED).expect("written");
        let preview = catalogue.preview(&file).expect("good");
        assert_eq!((preview.id.as_str(), &preview.replaces), ("scripted", &None));
        assert!(!preview.places.is_empty() && !preview.sends.is_empty(), "{preview:?}");
        assert!(catalogue.get("scripted").is_none(), "looking changes nothing");

        catalogue.add_own(&preview.text, false).expect("added");
        let own = |id: &str| catalogue.facts().into_iter().find(|facts| facts.id == id).map(|facts| facts.is_own);
        assert_eq!((own("scripted"), own("imgbb")), (Some(true), Some(false)));
        assert!(catalogue.preview(&file).expect("good").replaces.is_some());
        let refusal = catalogue.add_own(SCRIPTED, false).expect_err("there already");
        assert_eq!(refusal.code, RefusalCode::AlreadyThere);
        catalogue.add_own(&SCRIPTED.replace("Scripted host", "Second"), true).expect("replaced");
        assert!(catalogue.facts().iter().any(|facts| facts.name == "Second"));

        catalogue.remove_own("scripted").expect("put away");
        assert!(catalogue.get("scripted").is_none());
        assert!(dir.path().join("hosts/removed/scripted.toml").exists(), "it can be taken back");
        assert_eq!(catalogue.remove_own("imgbb").expect_err("built in").code, RefusalCode::NoSuchHost);
    }

    #[test]
    fn what_is_no_definition_is_refused_with_its_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let (catalogue, _) = Catalogue::load(dir.path()).expect("loaded");
        let file = dir.path().join("bad.toml");
        std::fs::write(&file, "[host]\nid = 5").expect("written");
        let words = catalogue.preview(&file).expect_err("bad");
        assert!(words.contains("line 2") && words.contains("bad.toml"), "{words}");
        assert!(catalogue.preview(&dir.path().join("none.toml")).is_err());
        assert_eq!(catalogue.add_own("x", false).expect_err("bad").code, RefusalCode::BadRequest);
    }
}
