//! A host as the queue sees it: what it can take, how it is retried, what the person has set. No address and no secret.

use super::bandwidth::Bandwidth;
use super::settings::{number, switch};

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
        }
    }
}

impl HostSettings {
    /// Every key with its present value.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        vec![
            ("enabled", self.enabled.to_string()),
            ("parallel_images", self.parallel_images.map_or_else(|| "default".to_owned(), |n| n.to_string())),
            ("galleries_at_once", self.galleries_at_once.to_string()),
            ("bandwidth_limit", self.bandwidth.limit_text()),
            ("bandwidth_schedule", self.bandwidth.schedule_text()),
            ("connect_timeout", self.connect_timeout_s.to_string()),
            ("idle_timeout", self.idle_timeout_s.to_string()),
        ]
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// Says in words which key is unknown or which values are allowed; nothing is changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        match key {
            "enabled" => self.enabled = switch(key, value)?,
            "parallel_images" if value == "default" => self.parallel_images = None,
            "parallel_images" => self.parallel_images = Some(small(key, value, 16)?),
            "galleries_at_once" => self.galleries_at_once = small(key, value, 4)?,
            "bandwidth_limit" => self.bandwidth.set_limit(key, value)?,
            "bandwidth_schedule" => self.bandwidth.set_schedule(key, value)?,
            "connect_timeout" => self.connect_timeout_s = number(key, value, 1, 600)?,
            "idle_timeout" => self.idle_timeout_s = number(key, value, 1, 3600)?,
            _ => {
                let keys: Vec<_> = self.entries().into_iter().map(|(key, _)| key).collect();
                return Err(format!("A host has no setting named {key}. There are: {}.", keys.join(", ")));
            }
        }
        Ok(())
    }
}

fn small(key: &str, value: &str, max: u32) -> Result<usize, String> {
    number(key, value, 1, max).map(|number| usize::try_from(number).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::HostSettings;

    #[test]
    fn every_setting_can_be_set_changes_something_and_refuses_nonsense() {
        let new = ["false", "2", "3", "500", "08:00-18:00=200", "5", "7"];
        for ((key, before), new) in HostSettings::default().entries().into_iter().zip(new) {
            let mut settings = HostSettings::default();
            assert_eq!(settings.set(key, &before), Ok(()), "{key}");
            assert_eq!(settings, HostSettings::default());
            settings.set(key, new).expect(key);
            assert_ne!(settings, HostSettings::default(), "{key}");
            assert!(settings.entries().contains(&(key, new.to_owned())), "{key}");
            let words = settings.set(key, "nonsense").expect_err(key);
            assert!(words.contains(key), "{words}");
        }
        assert!(HostSettings::default().set("colour", "red").expect_err("unknown").contains("galleries_at_once"));
    }
}
