//! A definition as it is written: shapes only. [`super::checks`] says what may be in them.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub host: Host,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub retry: Retry,
    pub origins: Table,
    #[serde(default)]
    pub open: Vec<Step>,
    #[serde(default)]
    pub upload: Vec<Step>,
    #[serde(default)]
    pub close: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub home: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub parallel_images: Option<i64>,
    pub requests_per_second: Option<i64>,
    pub requests_per_hour: Option<i64>,
    pub image_bytes_max: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    pub first_ms: Option<i64>,
    pub max_ms: Option<i64>,
    pub network_attempts: Option<i64>,
    pub host_fault_attempts: Option<i64>,
    pub breaker_failures: Option<i64>,
    pub breaker_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Table,
    #[serde(default)]
    pub query: Table,
    pub json: Option<Table>,
    pub form: Option<Table>,
    pub multipart: Option<Table>,
    pub success: Option<Success>,
    #[serde(default)]
    pub extract: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Success {
    pub path: String,
    pub equals: Scalar,
}

/// What can be compared with a field of an answer.
#[derive(Deserialize)]
#[serde(untagged, expecting = "equals takes a text, a number, true or false")]
pub enum Scalar {
    Bool(bool),
    Integer(i64),
    Text(String),
}

/// A table in the order in which it is written.
#[derive(Default)]
pub struct Table(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Table(entries))
    }
}
