//! `bbdrop hosts check`, `import`, `add`, `remove` and `sign-in`: files of definitions, and what a person is asked.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::StorageKind;
use super::{Cli, Exit, name_of, print};
use crate::app;
use crate::core::printable::printable;
use crate::core::{Entered, HostPreview, HostSecret};
use crate::hosts::{self, Catalogue};
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
    /// What is to be known of these places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cautions: Vec<String>,
    /// What is odd, but does not hinder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Says of each file what is wrong with it, or what it does. Ends with 1 when one of them cannot be used.
pub(super) fn check(files: &[PathBuf], as_json: bool) -> Exit {
    let mut all = Vec::new();
    let mut lines = Vec::new();
    for file in files {
        let path = file.display().to_string();
        match hosts::read_definition(file) {
            Ok((definition, _)) => {
                let preview = definition.preview();
                lines.push(format!("{path}: usable"));
                lines.extend(describe(&preview));
                let HostPreview { id, name, places, cautions, oddities, .. } = preview;
                let (id, name, warnings) = (Some(id), Some(name), oddities);
                all.push(Checked {
                    file: path,
                    loads: true,
                    usable: true,
                    reason: None,
                    id,
                    name,
                    places,
                    cautions,
                    warnings,
                });
            }
            Err(reason) => {
                lines.push(format!("{path}: {reason}"));
                let loads = reason.starts_with(hosts::LOADS);
                let reason = Some(reason);
                let (places, cautions, warnings) = (Vec::new(), Vec::new(), Vec::new());
                all.push(Checked {
                    file: path,
                    loads,
                    usable: false,
                    reason,
                    id: None,
                    name: None,
                    places,
                    cautions,
                    warnings,
                });
            }
        }
    }
    let printed = if as_json { print::json(&all) } else { print::lines(lines) };
    let is_good = all.iter().all(|checked| checked.usable);
    match printed {
        Ok(()) if is_good => Exit::Done,
        _ => Exit::Failed,
    }
}

/// What a person should know before a host is used: who it is, whom it contacts, what is sent; a line each.
fn describe(host: &HostPreview) -> Vec<String> {
    let mut lines = vec![format!("  host      {} ({})", host.name, host.id)];
    lines.extend(host.home.iter().map(|home| format!("  home      {home}")));
    lines.extend(host.places.iter().map(|(name, url)| format!("  contacts  {url} ({name})")));
    lines.extend(host.sends.iter().map(|what| format!("  sends     {what}")));
    lines.extend(host.secrets.iter().map(|secret| format!("  asks for  {}", secret.label)));
    lines.extend(host.oddities.iter().map(|oddity| format!("  odd       {oddity}")));
    lines.extend(host.cautions.iter().map(|caution| format!("  CAUTION   {caution}")));
    let from = if host.replaces_builtin { ", which comes with BBDrop" } else { "" };
    lines.extend(host.replaces.iter().map(|name| format!("  CAUTION   takes the place of {name} ({}){from}", host.id)));
    lines
}

impl Cli {
    pub(super) fn import_host(&self, file: &Path, yes: bool, replace: bool) -> Exit {
        let catalogue = match Catalogue::load(&self.data_dir) {
            Ok((catalogue, _)) => catalogue, // What is wrong with other definitions is said elsewhere.
            Err(error) => return app::complain(self.face, &error.to_string(), Exit::DataDirectory),
        };
        let preview = match catalogue.preview(file) {
            Ok(preview) => preview,
            Err(words) => return app::complain(self.face, &words, Exit::Failed),
        };
        if let Err(error) = print::lines(describe(&preview)) {
            return print::written(Err(error));
        }
        if !yes && !can_be_asked() {
            let words = format!(
                "Nothing was added: nobody can be asked here. If the host shall be added, say so: `bbdrop hosts import --yes FILE`. File: {}",
                file.display()
            );
            return app::complain(self.face, &words, Exit::Usage);
        }
        // Who would be refused is not asked first.
        let is_refused = preview.replaces.is_some() && !replace;
        if !(yes || is_refused || confirmed("Add this host?")) {
            return app::complain(self.face, "Nothing was added.", Exit::Failed);
        }
        self.import_text(preview.text, replace)
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

/// Whether there is a person who sees the question and can answer it.
fn can_be_asked() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether the person says yes.
fn confirmed(question: &str) -> bool {
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
            rpassword::prompt_password(format!("{}{optional}: ", printable(&secret.label)))
                .map_err(|error| error.to_string())?
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
