//! A definition as it is written: the keys that there are, and nothing about what they mean.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::super::values::Text;

/// A TOML table in the order in which it is written.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct Pairs<T>(pub Vec<(String, T)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub host: Host,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub retry: Retry,
    #[serde(default)]
    pub options: Pairs<HostOption>,
    #[serde(default)]
    pub secrets: Pairs<Secret>,
    #[serde(default)]
    pub origins: Pairs<Origin>,
    pub storage: Option<toml::Table>,
    #[serde(default)]
    pub rewrite: Vec<Rewrite>,
    #[serde(default)]
    pub failure: Vec<Failure>,
    #[serde(default)]
    pub sign_in: Vec<Step>,
    #[serde(default)]
    pub test: Vec<Step>,
    #[serde(default)]
    pub open: Vec<Step>,
    #[serde(default)]
    pub upload: Vec<Step>,
    #[serde(default)]
    pub cover: Vec<Step>,
    #[serde(default)]
    pub find: Vec<Step>,
    #[serde(default)]
    pub close: Vec<Step>,
    #[serde(default)]
    pub collect: Vec<Step>,
    #[serde(default)]
    pub check: Vec<Step>,
    #[serde(default)]
    pub delete: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    pub id: String,
    pub name: String,
    pub home: Option<String>,
    /// Where the definition's facts are from.
    pub source: Option<String>,
    /// When it was tried against the real service.
    pub tried: Option<String>,
    #[serde(default)]
    pub thumbnails: Thumbnails,
}

/// Who makes the thumbnails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thumbnails {
    /// The host does.
    #[default]
    Host,
    /// We do, and upload them as images of their own.
    Ours,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub parallel_images: Option<u64>,
    pub requests_per_second: Option<u64>,
    pub requests_per_hour: Option<u64>,
    pub image_bytes_max: Option<u64>,
    pub gallery_images_max: Option<u64>,
    pub formats: Option<Vec<String>>,
    pub name_chars_max: Option<u64>,
    pub name_chars: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Retry {
    pub first_ms: Option<u64>,
    pub max_ms: Option<u64>,
    pub network_attempts: Option<u64>,
    pub host_fault_attempts: Option<u64>,
    pub breaker_failures: Option<u64>,
    pub breaker_ms: Option<u64>,
    pub quota_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostOption {
    pub label: String,
    #[serde(default)]
    pub default: String,
    pub choices: Option<Pairs<String>>,
    pub min: Option<u32>,
    pub max: Option<u32>,
    #[serde(default)]
    pub switch: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    pub label: String,
    /// It works without.
    #[serde(default)]
    pub optional: bool,
    /// `sign_in` is given it; nobody is asked for it.
    #[serde(default)]
    pub given: bool,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an origin takes a URL, or a table with url, also and label")]
pub(super) enum Origin {
    Url(String),
    Table(OriginTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OriginTable {
    /// Nothing: the person must say it.
    #[serde(default)]
    pub url: String,
    /// Others that answers may name: `https://*.example.com`.
    #[serde(default)]
    pub also: Vec<String>,
    pub label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewrite {
    #[serde(rename = "match")]
    pub pattern: String,
    pub with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    pub status: Option<u16>,
    pub path: Option<String>,
    pub equals: Option<String>,
    pub matches: Option<String>,
    pub kind: String,
    pub words: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub when: Option<Text>,
    #[serde(default)]
    pub set: Pairs<Text>,
    pub method: Option<String>,
    pub url: Option<Text>,
    #[serde(default)]
    pub headers: Pairs<Text>,
    #[serde(default)]
    pub query: Pairs<Text>,
    pub json: Option<toml::Table>,
    pub form: Option<Pairs<Text>>,
    pub multipart: Option<Pairs<Text>>,
    pub raw: Option<Text>,
    pub success: Option<Success>,
    #[serde(default)]
    pub extract: Pairs<Extract>,
    #[serde(default)]
    pub expect: Pairs<Text>,
    pub items: Option<Items>,
    pub poll: Option<Poll>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Success {
    #[serde(default)]
    pub status: Vec<u16>,
    pub path: Option<String>,
    pub equals: Option<String>,
    pub matches: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, several, or a table with from, match, with, html and optional")]
pub(super) enum Extract {
    Short(String),
    /// The first that has one.
    Several(Vec<String>),
    Table(ExtractTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtractTable {
    pub from: String,
    #[serde(rename = "match")]
    pub pattern: Option<String>,
    pub with: Option<String>,
    #[serde(default)]
    pub html: bool,
    #[serde(default)]
    pub optional: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Items {
    pub each: String,
    pub extract: Pairs<Extract>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Poll {
    pub every_ms: u64,
    pub at_most: u32,
    pub until: Success,
}

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
