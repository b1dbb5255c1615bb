//! A host as the queue sees it: what it can take, how it is retried, what the person has set. No secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bandwidth::Bandwidth;
use super::proxy::Proxy;
use super::settings::{Unusable, number, switch};

/// Longest value of an option.
const VALUE_CHARS_MAX: usize = 2000;

/// What is known of a host from its definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// Identity; stored with galleries.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it takes.
    pub limits: Limits,
    /// How it is tried again.
    pub retry: Retry,
    /// What else the person may set.
    pub options: Vec<HostOption>,
    /// What a person is asked for to sign in.
    pub secrets: Vec<HostSecret>,
    /// The person has added it, and may take it away.
    pub is_own: bool,
}

/// What a person should know of a host before it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPreview {
    /// Identity.
    pub id: String,
    /// For people.
    pub name: String,
    /// Its home page.
    pub home: Option<String>,
    /// Names and addresses of the places that it contacts.
    pub places: Vec<(String, String)>,
    /// What is to be known of these places, a sentence each without its full stop.
    pub cautions: Vec<String>,
    /// What is sent, a line each.
    pub sends: Vec<String>,
    /// What a person is asked for to sign in.
    pub secrets: Vec<HostSecret>,
    /// What is odd about it, but does not hinder.
    pub oddities: Vec<String>,
    /// The host of the same id whose place it would take.
    pub replaces: Option<String>,
    /// That one comes with the program.
    pub replaces_builtin: bool,
    /// The definition.
    pub text: String,
}

impl HostFacts {
    /// A host of which nothing else is known.
    #[must_use]
    pub fn named(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            limits: Limits::default(),
            retry: Retry::default(),
            options: Vec::new(),
            secrets: Vec::new(),
            is_own: false,
        }
    }
}

/// Something that a person is asked for to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSecret {
    /// Its name in the host's definition.
    pub name: String,
    /// For people.
    pub label: String,
    /// The host can be used without.
    pub is_optional: bool,
}

/// One thing that the person may set for a host beyond what every host has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOption {
    /// As `bbdrop hosts set` takes it: `options.thumbnail_size`, `origins.api`, `endpoint`.
    pub key: String,
    /// For people.
    pub label: String,
    /// What it takes.
    pub takes: Takes,
    /// Unless the person says otherwise.
    pub default: String,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text on one line.
    Text,
    /// An `http://` or `https://` URL.
    Url,
    /// `true` or `false`.
    Switch,
    /// A whole number from … to ….
    Number(u32, u32),
    /// One of these values, each with its label.
    Choice(Vec<(String, String)>),
}

impl Takes {
    /// What it takes, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Url => "a URL".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Number(min, max) => format!("{min} to {max}"),
            Self::Choice(choices) => {
                let words = |(value, label): &(String, String)| {
                    if value == label { value.clone() } else { format!("{value} {label}") }
                };
                choices.iter().map(words).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// `value` as it is stored.
    ///
    /// # Errors
    /// Says in words what `key` takes.
    pub fn read(&self, key: &str, value: &str) -> Result<String, String> {
        if value.chars().count() > VALUE_CHARS_MAX || value.chars().any(char::is_control) {
            return Err(format!("{key} takes up to {VALUE_CHARS_MAX} characters on one line."));
        }
        match self {
            Self::Text => Ok(value.to_owned()),
            Self::Url if value.is_empty() || ["http://", "https://"].iter().any(|scheme| value.starts_with(scheme)) => {
                Ok(value.trim_end_matches('/').to_owned())
            }
            Self::Url => Err(format!("{key} takes a URL that begins with http:// or https://, not “{value}”.")),
            Self::Switch => switch(key, value).map(|on| on.to_string()),
            Self::Number(min, max) => number(key, value, *min, *max).map(|number| number.to_string()),
            Self::Choice(choices) => {
                let same = |(choice, label): &&(String, String)| choice == value || label.eq_ignore_ascii_case(value);
                let known = choices.iter().find(same).map(|(choice, _)| choice.clone());
                known.ok_or_else(|| {
                    let choices: Vec<_> = choices.iter().map(|(choice, _)| choice.as_str()).collect();
                    format!("{key} takes {}, not “{value}”.", choices.join(", "))
                })
            }
        }
    }
}

/// What a host takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Images sent at once, unless the person says otherwise.
    pub parallel_images: usize,
    /// Requests in any second.
    pub requests_per_second: Option<u32>,
    /// Requests in any hour.
    pub requests_per_hour: Option<u32>,
    /// Largest image in bytes.
    pub image_bytes_max: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parallel_images: 4, requests_per_second: None, requests_per_hour: None, image_bytes_max: None }
    }
}

/// How failures at a host are tried again. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Bound of the first delay; it doubles with every attempt.
    pub first_ms: i64,
    /// Bound of the longest delay.
    pub max_ms: i64,
    /// Attempts when the host cannot be reached (the first one included).
    pub network_attempts: u32,
    /// Attempts when the host answers nonsense (the first one included).
    pub host_fault_attempts: u32,
    /// After so many failures in a row, whatever image they were of, the host is left alone …
    pub breaker_failures: u32,
    /// … for so long; then one image tries whether it is well again.
    pub breaker_ms: i64,
    /// How long a host is left alone that has no room left and does not say until when.
    pub quota_ms: i64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first_ms: 1_000,
            max_ms: 60_000,
            network_attempts: 6,
            host_fault_attempts: 4,
            breaker_failures: 3,
            breaker_ms: 30_000,
            quota_ms: 3_600_000,
        }
    }
}

/// What the person has set for one host. Field docs name the key of `bbdrop hosts set` and of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// `enabled`: whether it is used at all.
    pub enabled: bool,
    /// `parallel_images`: images sent at once; `None` as the definition says.
    pub parallel_images: Option<usize>,
    /// `galleries_at_once`: galleries whose images are sent at once.
    pub galleries_at_once: usize,
    /// `bandwidth_limit` and `bandwidth_schedule`.
    pub bandwidth: Bandwidth,
    /// `connect_timeout`, in seconds.
    pub connect_timeout_s: u32,
    /// `idle_timeout`, in seconds: how long no byte may move.
    pub idle_timeout_s: u32,
    /// `shrink_to_fit`: images that are larger than the host takes are made smaller; the record says which.
    pub shrink_to_fit: bool,
    /// `certificate`: SHA-256 of the one certificate to trust, in hex; empty: the system decides.
    pub certificate: String,
    /// `proxy`: by which the host is reached; `None` (empty) as all others.
    pub proxy: Option<Proxy>,
    /// What is set of the host's own options. Also of options that it has no more: its definition may come back.
    pub options: BTreeMap<String, String>,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            parallel_images: None,
            galleries_at_once: 1,
            bandwidth: Bandwidth::default(),
            connect_timeout_s: 15,
            idle_timeout_s: 60,
            shrink_to_fit: false,
            certificate: String::new(),
            proxy: None,
            options: BTreeMap::new(),
        }
    }
}

impl HostSettings {
    /// Every key with its present value, for a host that has these options of its own.
    #[must_use]
    pub fn entries(&self, options: &[HostOption]) -> Vec<(String, String)> {
        let own = options.iter().map(|option| {
            let value = self.options.get(&option.key).unwrap_or(&option.default);
            (option.key.clone(), value.clone())
        });
        self.common().into_iter().map(|(key, value)| (key.to_owned(), value)).chain(own).collect()
    }

    fn common(&self) -> Vec<(&'static str, String)> {
        vec![
            ("enabled", self.enabled.to_string()),
            ("parallel_images", self.parallel_images.map_or_else(|| "default".to_owned(), |n| n.to_string())),
            ("galleries_at_once", self.galleries_at_once.to_string()),
            ("bandwidth_limit", self.bandwidth.limit_text()),
            ("bandwidth_schedule", self.bandwidth.schedule_text()),
            ("connect_timeout", self.connect_timeout_s.to_string()),
            ("idle_timeout", self.idle_timeout_s.to_string()),
            ("shrink_to_fit", self.shrink_to_fit.to_string()),
            ("certificate", self.certificate.clone()),
            ("proxy", self.proxy.as_ref().map_or("", Proxy::text).to_owned()),
        ]
    }

    /// Changes one setting of a host that has these options of its own. An empty value sets an option back to its default.
    ///
    /// # Errors
    /// Says in words which key is unknown or which values are allowed; nothing is changed then.
    pub fn set(&mut self, options: &[HostOption], key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        if let Some(option) = options.iter().find(|option| option.key == key) {
            if value.is_empty() {
                self.options.remove(key);
            } else {
                let value = option.takes.read(key, value)?;
                self.options.insert(key.to_owned(), value);
            }
            return Ok(());
        }
        if self.common().iter().all(|(known, _)| *known != key) {
            let keys: Vec<_> = self.entries(options).into_iter().map(|(key, _)| key).collect();
            return Err(format!("The host has no setting named {key}. There are: {}.", keys.join(", ")));
        }
        self.set_common(key, value)
    }

    /// What is stored of one setting; nothing for an option that is as its host says, so that it follows when that changes.
    #[must_use]
    pub fn stored(&self, key: &str) -> String {
        let common = self.common().into_iter().find(|(known, _)| *known == key).map(|(_, value)| value);
        common.or_else(|| self.options.get(key).cloned()).unwrap_or_default()
    }

    /// Takes over what is stored for `host`. What no option can be compared with is kept as it is; for what cannot be used the default holds.
    #[must_use]
    pub fn restore(&mut self, host: &str, key: &str, value: &str) -> Option<Unusable> {
        let Some((_, instead)) = self.common().into_iter().find(|(known, _)| *known == key) else {
            if !value.is_empty() {
                self.options.insert(key.to_owned(), value.to_owned());
            }
            return None;
        };
        let why = self.set_common(key, value).err()?;
        Some(Unusable::new(format!("{key} of the host {host}"), &why, &instead))
    }

    fn set_common(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "enabled" => self.enabled = switch(key, value)?,
            "parallel_images" if value == "default" => self.parallel_images = None,
            "parallel_images" => self.parallel_images = Some(small(key, value, 16)?),
            "galleries_at_once" => self.galleries_at_once = small(key, value, 4)?,
            "bandwidth_limit" => self.bandwidth.set_limit(key, value)?,
            "bandwidth_schedule" => self.bandwidth.set_schedule(key, value)?,
            "connect_timeout" => self.connect_timeout_s = number(key, value, 1, 600)?,
            "idle_timeout" => self.idle_timeout_s = number(key, value, 1, 3600)?,
            "shrink_to_fit" => self.shrink_to_fit = switch(key, value)?,
            "certificate" => self.certificate = certificate(key, value)?,
            "proxy" if value.is_empty() => self.proxy = None,
            "proxy" => self.proxy = Some(Proxy::parse(value)?),
            _ => return Err(format!("There is no setting named {key}.")),
        }
        Ok(())
    }
}

/// 64 hex digits, which may be in pairs with colons between.
fn certificate(key: &str, value: &str) -> Result<String, String> {
    let digits: String = value.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
    if digits.is_empty() || digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err(format!("{key} takes the SHA-256 fingerprint of a certificate, 64 hex digits, not “{value}”."))
    }
}

fn small(key: &str, value: &str, max: u32) -> Result<usize, String> {
    number(key, value, 1, max).map(|number| usize::try_from(number).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_set_changes_something_and_refuses_nonsense() {
        let pin = "0f".repeat(32);
        let new = ["false", "2", "3", "500", "08:00-18:00=200", "5", "7", "true", &pin];
        for ((key, before), new) in HostSettings::default().entries(&[]).into_iter().zip(new) {
            let mut settings = HostSettings::default();
            assert_eq!(settings.set(&[], &key, &before), Ok(()), "{key}");
            assert_eq!(settings, HostSettings::default());
            settings.set(&[], &key, new).expect(&key);
            assert_ne!(settings, HostSettings::default(), "{key}");
            assert!(settings.entries(&[]).contains(&(key.clone(), new.to_owned())), "{key}");
            let words = settings.set(&[], &key, "nonsense").expect_err(&key);
            assert!(words.contains(&key), "{words}");
            let mut restored = HostSettings::default();
            assert_eq!(restored.restore("imgbb", &key, new), None);
            assert_eq!(restored, settings);
            let unusable = restored.restore("imgbb", &key, "nonsense").expect(&key);
            assert_eq!(restored, settings, "{key} is as it was");
            let words = Unusable::in_words(&[unusable]).expect("told");
            assert!(words.contains(&format!("{key} of the host imgbb")) && words.contains("nonsense"), "{words}");
        }
        let words = HostSettings::default().set(&[], "colour", "red").expect_err("unknown");
        assert!(words.contains("galleries_at_once"), "{words}");
    }

    #[test]
    fn options_take_what_they_say_and_go_back_to_their_default() {
        let choices = [("0", "family"), ("1", "adult")].map(|(value, label)| (value.to_owned(), label.to_owned()));
        let option = |key: &str, takes, default: &str| HostOption {
            key: key.to_owned(),
            label: String::new(),
            takes,
            default: default.to_owned(),
        };
        let options = [
            option("options.rating", Takes::Choice(choices.to_vec()), "0"),
            option("options.size", Takes::Number(150, 500), "300"),
            option("options.private", Takes::Switch, "false"),
            option("options.album", Takes::Text, ""),
            option("origins.api", Takes::Url, "https://api.example"),
        ];
        let mut settings = HostSettings::default();
        for (key, given, stored) in [
            ("options.rating", "Adult", "1"),
            ("options.size", "150", "150"),
            ("options.private", "on", "true"),
            ("options.album", " A b ", "A b"),
            ("origins.api", "http://127.0.0.1:9/", "http://127.0.0.1:9"),
        ] {
            settings.set(&options, key, given).expect(key);
            assert!(settings.entries(&options).contains(&(key.to_owned(), stored.to_owned())), "{key}");
        }
        for (key, given) in [
            ("options.rating", "2"),
            ("options.size", "149"),
            ("options.private", "maybe"),
            ("options.album", "a\nb"),
            ("origins.api", "ftp://x"),
        ] {
            let words = settings.set(&options, key, given).expect_err(given);
            assert!(words.contains(key), "{words}");
        }
        for option in &options {
            settings.set(&options, &option.key, "").expect("back");
            assert_eq!(settings.stored(&option.key), "");
            assert_eq!(settings.restore("x", &option.key, ""), None);
            assert!(settings.entries(&options).contains(&(option.key.clone(), option.default.clone())));
        }
        assert_eq!(settings.restore("x", "options.of_a_definition_that_is_gone", "x"), None);
        assert_eq!(settings.options.len(), 1);
    }
}
