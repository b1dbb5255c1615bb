//! `bbdrop hosts check`, `import`, `add`, `remove` and `sign-in`: files of definitions, and what a person is asked.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::StorageKind;
use super::{Cli, Exit, name_of, print};
use crate::app;
use crate::core::{Entered, HostSecret};
use crate::hosts::{self, Definition};
use crate::instance::{Action, Request, Verb};

/// What `check` says of one file.
#[derive(Serialize)]
struct Checked {
    file: String,
    /// It is understood, but may be for something else than images.
    loads: bool,
    usable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Names and addresses of the places that it contacts.
    places: Vec<(String, String)>,
    /// What is odd, but does not hinder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Says of each file what is wrong with it, or what it does. Ends with 1 when one of them cannot be used.
pub(super) fn check(files: &[PathBuf], as_json: bool) -> Exit {
    let mut all = Vec::new();
    let mut words = Vec::new();
    for file in files {
        let path = file.display().to_string();
        match hosts::read_definition(file) {
            Ok((definition, _)) => {
                words.push(format!("{path}: usable\n{}", describe(&definition)));
                let facts = &definition.facts;
                let (id, name) = (Some(facts.id.clone()), Some(facts.name.clone()));
                let (places, warnings) = (definition.places(), definition.warnings());
                all.push(Checked { file: path, loads: true, usable: true, reason: None, id, name, places, warnings });
            }
            Err(reason) => {
                words.push(format!("{path}: {reason}\n"));
                let loads = reason.starts_with(hosts::LOADS);
                let reason = Some(reason);
                let (places, warnings) = (Vec::new(), Vec::new());
                all.push(Checked { file: path, loads, usable: false, reason, id: None, name: None, places, warnings });
            }
        }
    }
    let printed = if as_json { print::json(&all) } else { print::text(&words.concat()) };
    let is_good = all.iter().all(|checked| checked.usable);
    match printed {
        Ok(()) if is_good => Exit::Done,
        _ => Exit::Failed,
    }
}

/// What a person should know before a host is used: who it is, whom it contacts, what is sent.
fn describe(definition: &Definition) -> String {
    let facts = &definition.facts;
    let mut lines = vec![format!("  host      {} ({})", facts.name, facts.id)];
    lines.extend(definition.home.iter().map(|home| format!("  home      {home}")));
    lines.extend(definition.places().iter().map(|(name, url)| format!("  contacts  {url} ({name})")));
    lines.extend(definition.sends().iter().map(|what| format!("  sends     {what}")));
    lines.extend(facts.secrets.iter().map(|secret| format!("  asks for  {}", secret.label)));
    lines.extend(definition.warnings().iter().map(|warning| format!("  odd       {warning}")));
    lines.join("\n") + "\n"
}

impl Cli {
    pub(super) fn import_host(&self, file: &Path, yes: bool, replace: bool) -> Exit {
        let (definition, text) = match hosts::read_definition(file) {
            Ok(read) => read,
            Err(reason) => {
                let words = format!("{}: {reason}", file.display());
                return app::complain(self.face, &words, Exit::Failed);
            }
        };
        if print::text(&describe(&definition)).is_err() || !(yes || confirmed("Add this host?")) {
            return app::complain(self.face, "Nothing was added.", Exit::Failed);
        }
        self.import_text(text, replace)
    }

    pub(super) fn add_storage(&self, id: &str, kind: StorageKind) -> Exit {
        if let Err(words) = hosts::check_id(id) {
            return app::complain(self.face, &format!("A host's id {words}."), Exit::Usage);
        }
        let text = format!("[host]\nid = \"{id}\"\nname = \"{id}\"\n\n[storage]\nservice = \"{}\"\n", name_of(&kind));
        self.import_text(text, false)
    }

    pub(super) fn remove_host(&self, id: &str) -> Exit {
        self.at_host(id.to_owned(), Action::RemoveHost)
    }

    fn import_text(&self, value: String, replace: bool) -> Exit {
        let key = if replace { "replace".to_owned() } else { String::new() };
        let ask = |request| Request { action: Action::Import, key, value, ..request };
        self.request(Verb::Hosts, ask, |_| Ok(()))
    }

    pub(super) fn sign_in(&self, id: &str) -> Exit {
        let host = id.to_owned();
        let mut secrets = Vec::new();
        let asked = self.request(
            Verb::Hosts,
            |request| Request { host, ..request },
            |response| {
                secrets = response.hosts.first().map(|host| host.secrets.clone()).unwrap_or_default();
                Ok(())
            },
        );
        if asked != Exit::Done {
            return asked;
        }
        if secrets.is_empty() {
            return app::complain(self.face, &format!("Nobody needs to sign in at {id}."), Exit::Done);
        }
        let entered = match ask_for(&secrets) {
            Ok(entered) => entered,
            Err(words) => return app::complain(self.face, &words, Exit::Failed),
        };
        let ask = |request| Request { host: id.to_owned(), action: Action::SignIn, entered, ..request };
        self.request(Verb::Hosts, ask, |_| Ok(()))
    }
}

/// Whether the person says yes. Where nobody can be asked, whoever has written the command has decided.
fn confirmed(question: &str) -> bool {
    if !io::stdin().is_terminal() {
        return true;
    }
    let _ = write!(io::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// What is entered for each; never echoed.
fn ask_for(secrets: &[HostSecret]) -> Result<Entered, String> {
    let mut entered = BTreeMap::new();
    for secret in secrets {
        let optional = if secret.is_optional { " (may be empty)" } else { "" };
        let value = if io::stdin().is_terminal() {
            rpassword::prompt_password(format!("{}{optional}: ", secret.label)).map_err(|error| error.to_string())?
        } else {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        };
        match value.is_empty() {
            false => drop(entered.insert(secret.name.clone(), value)),
            true if secret.is_optional => {}
            true => return Err(format!("{} is missing. Nothing was changed.", secret.label)),
        }
    }
    Ok(Entered(entered))
}
