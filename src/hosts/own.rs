//! The person's own definitions: looked at before they are used, added, put away. Never deletes one.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Definition;
use super::catalogue::{Catalogue, HOSTS, is_definition, read_definition};
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
            cautions: self.cautions(),
            oddities: self.warnings(),
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
        Ok(HostPreview {
            replaces: same.map(|facts| facts.name.clone()),
            replaces_builtin: same.is_some_and(|facts| !facts.is_own),
            text,
            ..preview
        })
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
        let there = match known.first() {
            Some(file) => Some(format!("There is a host “{id}” already; --replace takes its place. File: {}", file.display())),
            None => self.builtin_name(id).map(|name| {
                format!(
                    "The host “{id}”, {name}, comes with BBDrop; --replace takes its place. To have both, give the new one another id \
                     (in a ShareX uploader another Name)."
                )
            }),
        };
        if let Some(words) = there.filter(|_| !replace) {
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
        files::replace_durably(new, &directory.join(format!("{id}.{ending}"))).map_err(unwritable)?;
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

    /// By which names something is kept for each host at which one signs in; with what the person has set for each host.
    ///
    /// # Errors
    /// When the store of secrets cannot be read.
    pub async fn kept_secrets(
        &self,
        options: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<BTreeMap<String, Vec<String>>, Fault> {
        let (mut kept, none) = (BTreeMap::new(), BTreeMap::new());
        for facts in self.facts().into_iter().filter(|facts| !facts.secrets.is_empty()) {
            let Some(host) = self.get(&facts.id) else { continue };
            let places = host.contacts(options.get(&facts.id).unwrap_or(&none));
            let names = self.secrets().names(&facts.id, &places).await?;
            kept.insert(facts.id, names);
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
    fn the_place_of_a_host_that_comes_with_the_program_is_not_taken_unasked() {
        let dir = tempfile::tempdir().expect("a directory");
        let (catalogue, _) = Catalogue::load(dir.path()).expect("loaded");
        let uploader = |name: &str| {
            format!(
                r#"{{"Version":"14.0.0","Name":"{name}","RequestMethod":"POST","RequestURL":"https://e.example/up","Body":"Binary"}}"#
            )
        };
        let definition = SCRIPTED.replace("\"scripted\"", "\"imgbb\"");
        for text in [uploader("Pixhost"), uploader("IMX"), uploader(" chevereto! "), definition.clone()] {
            let refusal = catalogue.add_own(&text, false).expect_err("it is there already");
            assert_eq!(refusal.code, RefusalCode::AlreadyThere);
            assert!(refusal.words.contains("comes with BBDrop; --replace"), "{refusal:?}");
        }
        let file = dir.path().join("imgbb.toml");
        std::fs::write(&file, &definition).expect("written");
        let preview = catalogue.preview(&file).expect("good");
        assert_eq!((preview.replaces.as_deref(), preview.replaces_builtin), (Some("ImgBB"), true));
        catalogue.add_own(&definition, true).expect("it was said");
        assert!(!catalogue.preview(&file).expect("good").replaces_builtin);
    }

    #[tokio::test]
    async fn a_definition_inherits_no_secret_with_its_id() {
        let dir = tempfile::tempdir().expect("a directory");
        let setup = crate::hosts::Setup::default();
        let load = || {
            let (catalogue, _) = Catalogue::load(dir.path()).expect("loaded");
            catalogue.secrets().keep_in(crate::core::settings::SecretStore::File);
            catalogue
        };
        let catalogue = load();
        let entered = BTreeMap::from([("key".to_owned(), "a-key".to_owned())]);
        catalogue.sign_in("imgbb", entered, &setup).await.expect("kept");
        let kept = async |catalogue: &Catalogue| {
            let kept = catalogue.kept_secrets(&BTreeMap::new()).await.expect("read");
            kept.get("imgbb").cloned().unwrap_or_default()
        };
        assert_eq!(kept(&load()).await, ["key"]);
        let secret = "[secrets]\nkey = { label = 'API key' }\npassword = { label = 'Password' }\n";
        let steps = SCRIPTED.replace("\"scripted\"", "\"imgbb\"").replace("[origins]", &format!("{secret}[origins]"));
        let storage = "[host]\nid = 'imgbb'\nname = 'x'\n[storage]\nservice = 'ftp'\nendpoint = 'ftp://evil.example'\nuser = 'x'\n\
             password = '{secret.key}'\nbase_url = 'https://evil.example'";
        for text in [steps.as_str(), storage] {
            let catalogue = load();
            catalogue.add_own(text, true).expect("added");
            assert_eq!(kept(&catalogue).await, [""; 0], "{text}");
            let host = catalogue.get("imgbb").expect("there");
            let fault =
                catalogue.secrets().of("imgbb", &host.contacts(&setup.options)).await.expect_err("not for them");
            assert!(fault.words.contains("sign in again"), "{fault}");
            catalogue.remove_own("imgbb").expect("put away");
            assert_eq!(kept(&catalogue).await, ["key"], "the built-in host has it again");
        }
    }

    #[test]
    fn the_preview_shows_every_place_and_names_those_that_are_near() {
        let preview = |text: &str| Definition::read(text).expect(text).preview();
        let storage = |more: &str| preview(&format!("[host]\nid = 'x'\nname = 'X'\n[storage]\n{more}"));
        for (preview, places, cautions) in [
            (
                storage(
                    "service = 'ftp'\nendpoint = 'ftps://127.0.0.1:2121'\nroot = '/pub'\nbase_url = 'https://x.example'",
                ),
                "endpoint=ftps://127.0.0.1:2121 root=/pub base_url=https://x.example",
                &["ftps://127.0.0.1:2121 (endpoint) is a loopback address"] as &[&str],
            ),
            (storage("service = 'ftp'"), "endpoint=(to be set)", &[]),
            #[cfg(unix)]
            (storage("service = 'folder'\npath = '/srv/www'"), "path=/srv/www", &[]),
            (
                storage("service = 's3'\nendpoint = 'http://169.254.169.254/'\nbucket = 'abc'\nregion = 'eu'"),
                "endpoint=http://169.254.169.254/ bucket=abc",
                &["(endpoint) is a link-local address"],
            ),
            (preview(SCRIPTED), "api=http://127.0.0.1:9000", &["http://127.0.0.1:9000 (api) is a loopback address"]),
            (
                preview(
                    r#"{"Version":"14.0.0","Name":"a","RequestMethod":"POST","RequestURL":"http://0x7f000001/up","Body":"Binary"}"#,
                ),
                "site=http://127.0.0.1",
                &["http://127.0.0.1 (site) is a loopback address"],
            ),
            (
                preview(
                    "[host]\nid = 'x'\nname = 'X'\n[origins]\na = 'http://10.1.1.1'\nb = 'https://b.example'\n\
                     [[open]]\nmethod = 'GET'\nurl = '{origin.a}/latest'\nextract = { found = 'body' }\n[[upload]]\nmethod = 'POST'\n\
                     url = '{origin.b}/up?x={gallery.found}'\nmultipart = { f = '{file}' }\nextract = { link = 'body' }",
                ),
                "a=http://10.1.1.1 b=https://b.example",
                &["http://10.1.1.1 (a) is a private address", "it sends to https://b.example; BBDrop refuses that"],
            ),
        ] {
            let shown: Vec<_> = preview.places.iter().map(|(name, place)| format!("{name}={place}")).collect();
            assert_eq!(shown.join(" "), places);
            assert_eq!(preview.cautions.len(), cautions.len(), "{:?}", preview.cautions);
            for (caution, expected) in preview.cautions.iter().zip(cautions) {
                assert!(caution.contains(expected), "{caution}");
            }
        }
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
