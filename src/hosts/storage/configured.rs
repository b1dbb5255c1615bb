//! A storage host of a definition: what the person has set and entered goes into it, and may change at any time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;

use super::spec::FTP_PORT;
use super::{StorageHost, StorageSpec};
use crate::core::{Fault, FaultKind, HostOption, HostSecret, Takes};
use crate::hosts::keys::Keys;
use crate::hosts::{Definition, Known, Route, Secrets, Setup};

/// What can be set of a service, besides its secrets, with words for people.
const KEYS: [(&str, &str, &[&str]); 7] = [
    ("path", "Folder", &["folder"]),
    ("endpoint", "Address of the server", &["webdav", "s3", "ftp"]),
    ("root", "Folder at the server", &["webdav", "s3", "ftp"]),
    ("bucket", "Bucket", &["s3"]),
    ("region", "Region", &["s3"]),
    ("user", "User name", &["webdav", "ftp"]),
    ("base_url", "How links begin", &["folder", "webdav", "s3", "ftp"]),
];
const SECRETS: [(&str, &str, &[&str]); 3] = [
    ("password", "Password", &["webdav", "ftp"]),
    ("access_key", "Access key", &["s3"]),
    ("secret_key", "Secret key", &["s3"]),
];

/// A storage host of a definition.
#[derive(Debug)]
pub struct ConfiguredStorage {
    definition: Definition,
    secrets: Arc<Secrets>,
    /// The last one that was made, and of what.
    made: Mutex<Option<(Made, Arc<StorageHost>)>>,
}

type Made = (toml::Table, Known, Route);

/// Checks a `[storage]` table as far as it is filled in. What is missing can be set.
///
/// # Errors
/// Says which key is wrong.
pub(in crate::hosts) fn check(table: &toml::Table) -> Result<(), String> {
    match StorageSpec::read(table) {
        Err(words) if !words.contains("is missing") && !words.contains("is needed") => Err(words),
        _ => Ok(()),
    }
}

/// What the person may set.
pub(in crate::hosts) fn options(table: &toml::Table) -> Vec<HostOption> {
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let of_service = KEYS.iter().filter(|(_, _, services)| services.contains(&text("service")));
    let option = |(key, label, _): &(&str, &str, &[&str])| HostOption {
        key: (*key).to_owned(),
        label: (*label).to_owned(),
        takes: Takes::Text,
        default: text(key).to_owned(),
    };
    of_service.map(option).collect()
}

/// Where it is and where in it, as the definition says.
pub(in crate::hosts) fn places(table: &toml::Table) -> Vec<(String, String)> {
    const SHOWN: [&str; 5] = ["path", "endpoint", "root", "bucket", "base_url"];
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let of_service =
        KEYS.iter().filter(|(key, _, services)| SHOWN.contains(key) && services.contains(&text("service")));
    let place = |(key, _, _): &(&str, &str, &[&str])| match (*key, text(key)) {
        (key @ ("path" | "endpoint"), "") => Some((key.to_owned(), "(to be set)".to_owned())),
        (_, "") => None,
        (key, place) => Some((key.to_owned(), place.to_owned())),
    };
    of_service.filter_map(place).collect()
}

/// The server that is contacted, with what the person has set.
pub(in crate::hosts) fn contact(table: &toml::Table, set: &BTreeMap<String, String>) -> Option<String> {
    let written = || table.get("endpoint").and_then(toml::Value::as_str);
    let url = Url::parse(set.get("endpoint").map(String::as_str).or_else(written)?).ok()?;
    Some(format!("{}://{}:{}", url.scheme(), url.host_str()?, url.port_or_known_default().unwrap_or(FTP_PORT)))
}

/// What the person may enter.
pub(in crate::hosts) fn secrets(table: &toml::Table) -> Vec<HostSecret> {
    let service = table.get("service").and_then(toml::Value::as_str).unwrap_or_default();
    let of_service = SECRETS.iter().filter(|(_, _, services)| services.contains(&service));
    let secret = |(name, label, _): &(&str, &str, &[&str])| HostSecret {
        name: name_of(table, name),
        label: (*label).to_owned(),
        is_optional: true,
    };
    of_service.map(secret).collect()
}

/// The secret's name: the one in the table, or that of its key.
fn name_of(table: &toml::Table, key: &str) -> String {
    let written = table.get(key).and_then(toml::Value::as_str).and_then(|text| text.strip_prefix("{secret."));
    written.and_then(|rest| rest.strip_suffix('}')).unwrap_or(key).to_owned()
}

impl ConfiguredStorage {
    /// The host of a definition with a `[storage]` table. Contacts nobody yet.
    #[must_use]
    pub fn new(definition: Definition, secrets: Arc<Secrets>) -> Self {
        Self { definition, secrets, made: Mutex::default() }
    }

    pub(in crate::hosts) const fn definition(&self) -> &Definition {
        &self.definition
    }

    pub(in crate::hosts) fn image_bytes_max(&self) -> Option<u64> {
        self.definition.facts.limits.image_bytes_max
    }

    /// A fault in words that have nothing of what was entered: servers repeat what they are sent.
    pub(in crate::hosts) fn hide(&self, mut fault: Fault) -> Fault {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let known = made.iter().flat_map(|((_, known, _), _)| known.values()).map(String::as_str);
        fault.words = Keys::of_secrets(known).hide(&fault.words);
        fault
    }

    /// The host as it is to be used now.
    ///
    /// # Errors
    /// What must be set or entered first.
    pub(in crate::hosts) async fn host(&self, setup: &Setup) -> Result<Arc<StorageHost>, Fault> {
        let facts = &self.definition.facts;
        let known = self.secrets.of(&facts.id, &self.definition.contacts(&setup.options)).await?;
        let mut table = self.definition.storage.clone().unwrap_or_default();
        for (key, value) in &setup.options {
            if KEYS.iter().any(|(known, _, _)| known == key) {
                table.insert(key.clone(), value.clone().into());
            }
        }
        let has_user = table.get("user").is_some();
        for secret in secrets(&table) {
            let is_meant = if secret.name == "password" { has_user } else { known.contains_key(&secret.name) };
            let key = SECRETS.iter().map(|(key, _, _)| *key).find(|key| name_of(&table, key) == secret.name);
            if let Some(key) = key.filter(|key| is_meant && !table.contains_key(*key)) {
                table.insert(key.to_owned(), format!("{{secret.{}}}", secret.name).into());
            }
        }
        let wanted = (table, known, setup.route.clone());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, host)) = made.as_ref().filter(|(of, _)| *of == wanted) {
            return Ok(Arc::clone(host));
        }
        let (table, known, route) = &wanted;
        let id = &facts.id;
        let spec = StorageSpec::read(table).map_err(|words| {
            let words = format!("{} is not set up: {words}. Set it: `bbdrop hosts set {id} KEY VALUE`.", facts.name);
            Fault::new(FaultKind::Auth, words)
        })?;
        let host = StorageHost::new(&spec, &|name| known.get(name).cloned(), route).map_err(|error| {
            Fault::new(FaultKind::Auth, format!("{} cannot be used: {error}. Check its settings.", facts.name))
        })?;
        let host = Arc::new(host);
        *made = Some((wanted, Arc::clone(&host)));
        Ok(host)
    }
}
