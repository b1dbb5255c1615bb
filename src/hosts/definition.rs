//! A host as a TOML file describes it. Reading it gives a definition that can be run, or words that say what is wrong where.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::StorageSpec;
use super::values::{Reference, Text, is_name};
use crate::core::HostFacts;
use crate::core::host::{Limits, Retry};
use crate::core::queue::DEFAULT_HOST;

/// What an image can be given by its host.
const LINKS: [&str; 3] = ["link", "thumb", "direct"];
/// What the connection decides, not a definition.
const HEADERS_OF_THE_CONNECTION: [&str; 6] =
    ["connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"];

/// A host, checked.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What the queue knows of it.
    pub facts: HostFacts,
    /// Its page for people.
    pub home: Option<String>,
    /// Only these places are contacted.
    pub(super) origins: BTreeMap<String, Url>,
    pub(super) open: Vec<Step>,
    pub(super) upload: Vec<Step>,
    pub(super) close: Vec<Step>,
}

/// One request and what is read from its answer.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub method: Method,
    pub url: Text,
    pub headers: Vec<(HeaderName, Text)>,
    pub query: Pairs<Text>,
    pub body: Body,
    pub success: Option<Success>,
    pub extract: Vec<(String, Place)>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Body {
    None,
    Json(Pairs<Text>),
    Form(Pairs<Text>),
    Multipart(Pairs<Text>),
}

/// What an answer must say besides its status.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Success {
    /// JSON pointer (RFC 6901).
    pub path: String,
    pub equals: String,
}

/// Where a value is in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// JSON pointer (RFC 6901).
    Json(String),
    Header(HeaderName),
    Body,
}

/// A TOML table in the order in which it is written.
#[derive(Clone, Debug)]
pub(super) struct Pairs<T>(pub Vec<(String, T)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    host: WrittenHost,
    #[serde(default)]
    limits: WrittenLimits,
    #[serde(default)]
    retry: WrittenRetry,
    origins: Pairs<String>,
    #[serde(default)]
    open: Vec<WrittenStep>,
    #[serde(default)]
    upload: Vec<WrittenStep>,
    #[serde(default)]
    close: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHost {
    id: String,
    name: String,
    home: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenLimits {
    parallel_images: Option<u64>,
    requests_per_second: Option<u64>,
    requests_per_hour: Option<u64>,
    image_bytes_max: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenRetry {
    first_ms: Option<u64>,
    max_ms: Option<u64>,
    network_attempts: Option<u64>,
    host_fault_attempts: Option<u64>,
    breaker_failures: Option<u64>,
    breaker_ms: Option<u64>,
    quota_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    method: String,
    url: Text,
    #[serde(default)]
    headers: Pairs<Text>,
    #[serde(default)]
    query: Pairs<Text>,
    json: Option<Pairs<Text>>,
    form: Option<Pairs<Text>>,
    multipart: Option<Pairs<Text>>,
    success: Option<Success>,
    #[serde(default)]
    extract: Pairs<String>,
}

/// The three kinds of steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Upload,
    Close,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// Says which key or line is wrong, and what it should be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| in_words(text, &error))?;
        let origins = origins(written.origins)?;
        let mut known = BTreeSet::from(["name".to_owned()]);
        let open = steps(Kind::Open, written.open, &origins, &mut known)?;
        let upload = steps(Kind::Upload, written.upload, &origins, &mut known)?;
        let close = steps(Kind::Close, written.close, &origins, &mut known)?;
        check_upload(&upload)?;
        let home = written.host.home.clone();
        if home.as_ref().is_some_and(|home| web_url(home).is_none()) {
            return Err("host.home is no http:// or https:// URL".to_owned());
        }
        let facts = facts(written.host, &written.limits, &written.retry)?;
        Ok(Self { facts, home, origins, open, upload, close })
    }
}

/// A definition with a `[storage]` table; `None` for one without.
///
/// # Errors
/// As [`Definition::parse`].
pub(super) fn storage(text: &str) -> Result<Option<(HostFacts, StorageSpec)>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Stored {
        host: WrittenHost,
        #[serde(default)]
        limits: WrittenLimits,
        #[serde(default)]
        retry: WrittenRetry,
        storage: StorageSpec,
    }
    if !text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("storage")) {
        return Ok(None);
    }
    let stored: Stored = toml::from_str(text).map_err(|error| in_words(text, &error))?;
    Ok(Some((facts(stored.host, &stored.limits, &stored.retry)?, stored.storage)))
}

/// What is wrong with `text`, and in which line.
fn in_words(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(String::new(), |before| format!("line {}: ", before.matches('\n').count() + 1));
    format!("{line}{}", error.message())
}

/// `text` as an absolute URL of the web.
pub(super) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (["http", "https"].contains(&url.scheme()) && url.has_host()).then_some(url)
}

fn facts(host: WrittenHost, limits: &WrittenLimits, retry: &WrittenRetry) -> Result<HostFacts, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if host.id.is_empty() || host.id.len() > 40 || !host.id.chars().all(good) {
        return Err("host.id takes up to 40 small letters, digits, - and _".to_owned());
    }
    if host.id == DEFAULT_HOST {
        return Err(format!("host.id “{DEFAULT_HOST}” is taken by the folder on this computer"));
    }
    if host.name.trim().is_empty() || host.name.chars().count() > 60 || host.name.chars().any(char::is_control) {
        return Err("host.name takes 1 to 60 characters on one line".to_owned());
    }
    let most = u64::from(u32::MAX);
    let default = Limits::default();
    let number = |value: Option<u64>| value.and_then(|value| u32::try_from(value).ok());
    let limits = Limits {
        parallel_images: within("limits.parallel_images", limits.parallel_images, 1, 16)?
            .and_then(|images| usize::try_from(images).ok())
            .unwrap_or(default.parallel_images),
        requests_per_second: number(within("limits.requests_per_second", limits.requests_per_second, 1, most)?),
        requests_per_hour: number(within("limits.requests_per_hour", limits.requests_per_hour, 1, most)?),
        image_bytes_max: within("limits.image_bytes_max", limits.image_bytes_max, 1, u64::MAX)?,
    };
    Ok(HostFacts { id: host.id, name: host.name.trim().to_owned(), limits, retry: retry_of(retry)? })
}

fn retry_of(written: &WrittenRetry) -> Result<Retry, String> {
    /// An hour.
    const MS_MAX: u64 = 3_600_000;
    let default = Retry::default();
    let ms = |key, value, default| -> Result<i64, String> {
        Ok(within(key, value, 1, MS_MAX)?.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(default))
    };
    let count = |key, value, default| -> Result<u32, String> {
        Ok(within(key, value, 1, 100)?.and_then(|count| u32::try_from(count).ok()).unwrap_or(default))
    };
    let retry = Retry {
        first_ms: ms("retry.first_ms", written.first_ms, default.first_ms)?,
        max_ms: ms("retry.max_ms", written.max_ms, default.max_ms)?,
        network_attempts: count("retry.network_attempts", written.network_attempts, default.network_attempts)?,
        host_fault_attempts: count(
            "retry.host_fault_attempts",
            written.host_fault_attempts,
            default.host_fault_attempts,
        )?,
        breaker_failures: count("retry.breaker_failures", written.breaker_failures, default.breaker_failures)?,
        breaker_ms: ms("retry.breaker_ms", written.breaker_ms, default.breaker_ms)?,
        quota_ms: ms("retry.quota_ms", written.quota_ms, default.quota_ms)?,
    };
    if retry.first_ms > retry.max_ms {
        return Err("retry.first_ms is longer than retry.max_ms".to_owned());
    }
    Ok(retry)
}

fn within(key: &str, value: Option<u64>, min: u64, max: u64) -> Result<Option<u64>, String> {
    match value {
        Some(value) if !(min..=max).contains(&value) => {
            Err(format!("{key} takes a whole number from {min} to {max}, not {value}"))
        }
        _ => Ok(value),
    }
}

fn origins(written: Pairs<String>) -> Result<BTreeMap<String, Url>, String> {
    let mut origins = BTreeMap::new();
    for (name, text) in written.0 {
        if !is_name(&name) {
            return Err(format!("origins.{name}: a name has small letters, digits and _"));
        }
        let url = web_url(&text).filter(|url| {
            let bare = url.query().is_none() && url.fragment().is_none();
            bare && url.username().is_empty() && url.password().is_none()
        });
        let words = || format!("origins.{name} takes an http:// or https:// URL without user, ? and #, not “{text}”");
        let url = url.ok_or_else(words)?;
        origins.insert(name, url);
    }
    if origins.is_empty() { Err("[origins] names no place".to_owned()) } else { Ok(origins) }
}

/// Checks the steps of one kind; what they extract for the gallery is known from then on.
fn steps(
    kind: Kind,
    written: Vec<WrittenStep>,
    origins: &BTreeMap<String, Url>,
    known: &mut BTreeSet<String>,
) -> Result<Vec<Step>, String> {
    let title = match kind {
        Kind::Open => "[[open]]",
        Kind::Upload => "[[upload]]",
        Kind::Close => "[[close]]",
    };
    let mut steps = Vec::new();
    for (n, step) in written.into_iter().enumerate() {
        let place = format!("{title} number {}", n + 1);
        let step = step.check(kind, origins, known).map_err(|words| format!("{place}, {words}"))?;
        if kind != Kind::Upload {
            known.extend(step.extract.iter().map(|(name, _)| name.clone()));
        }
        steps.push(step);
    }
    Ok(steps)
}

/// One step sends the image, and one says where it is.
fn check_upload(steps: &[Step]) -> Result<(), String> {
    if steps.iter().filter(|step| step.sends_file()).count() != 1 {
        return Err("[[upload]]: exactly one field must be {file}, in a `multipart` table".to_owned());
    }
    let links = steps.iter().flat_map(|step| &step.extract).filter(|(name, _)| name == "link").count();
    if links == 1 { Ok(()) } else { Err("[[upload]]: `link` must be extracted, and once".to_owned()) }
}

impl WrittenStep {
    /// # Errors
    /// Begins with the key.
    fn check(self, kind: Kind, origins: &BTreeMap<String, Url>, known: &BTreeSet<String>) -> Result<Step, String> {
        let method = match self.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => return Err(format!("method takes GET, POST, PUT, PATCH or DELETE, not “{other}”")),
        };
        if !self.url.is_below_an_origin() {
            return Err("url must begin with one {origin.NAME}, followed by / or nothing".to_owned());
        }
        let (table, body) = match (self.json, self.form, self.multipart) {
            (None, None, None) => ("", Body::None),
            (Some(pairs), None, None) => ("json", Body::Json(pairs)),
            (None, Some(pairs), None) => ("form", Body::Form(pairs)),
            (None, None, Some(pairs)) => ("multipart", Body::Multipart(pairs)),
            _ => return Err("only one of json, form and multipart may be there".to_owned()),
        };
        if method == Method::GET && !table.is_empty() {
            return Err(format!("{table} cannot be sent with GET"));
        }
        let scope = Scope { kind, origins, known };
        scope.check("url", &self.url, false)?;
        for (group, pairs) in [("headers", &self.headers), ("query", &self.query), (table, body.pairs())] {
            for (key, text) in &pairs.0 {
                scope.check(&format!("{group}.{key}"), text, group == "multipart")?;
            }
        }
        if let Some(success) = &self.success {
            check_pointer("success.path", &success.path)?;
        }
        let headers = self.headers.0.into_iter().map(|(name, text)| Ok((header("headers", &name)?, text)));
        Ok(Step {
            method,
            url: self.url,
            headers: headers.collect::<Result<_, String>>()?,
            query: self.query,
            body,
            success: self.success,
            extract: extract(kind, self.extract)?,
        })
    }
}

/// What may be used where.
struct Scope<'a> {
    kind: Kind,
    origins: &'a BTreeMap<String, Url>,
    known: &'a BTreeSet<String>,
}

impl Scope<'_> {
    fn check(&self, key: &str, text: &Text, may_be_file: bool) -> Result<(), String> {
        for name in text.names() {
            let known = match name {
                Reference::Origin(origin) => self.origins.contains_key(origin),
                Reference::Gallery(name) => self.known.contains(name),
                Reference::FileName | Reference::FileSize => self.kind == Kind::Upload,
                Reference::File if self.kind == Kind::Upload && may_be_file && text.is_file() => true,
                Reference::File => {
                    return Err(format!("{key}: {{file}} stands alone, in a multipart table of [[upload]]"));
                }
            };
            if !known {
                return Err(format!("{key}: {name} is not known here"));
            }
        }
        Ok(())
    }
}

fn extract(kind: Kind, written: Pairs<String>) -> Result<Vec<(String, Place)>, String> {
    let mut places = Vec::new();
    for (name, text) in written.0 {
        let key = format!("extract.{name}");
        if kind == Kind::Upload && !LINKS.contains(&name.as_str()) {
            return Err(format!("{key}: an image has {}", LINKS.join(", ")));
        }
        if kind != Kind::Upload && (!is_name(&name) || name == "name") {
            return Err(format!("{key}: a name has small letters, digits and _, and `name` is the gallery's name"));
        }
        let place = match text.split_once(':') {
            None if text == "body" => Place::Body,
            Some(("json", pointer)) => {
                check_pointer(&key, pointer)?;
                Place::Json(pointer.to_owned())
            }
            Some(("header", name)) => Place::Header(header(&key, name)?),
            _ => return Err(format!("{key} takes json:/POINTER, header:NAME or body, not “{text}”")),
        };
        places.push((name, place));
    }
    Ok(places)
}

fn check_pointer(key: &str, pointer: &str) -> Result<(), String> {
    let good = pointer.is_empty() || pointer.starts_with('/');
    if good {
        Ok(())
    } else {
        Err(format!("{key}: a JSON pointer begins with /, as in /data/url, not “{pointer}”"))
    }
}

fn header(key: &str, name: &str) -> Result<HeaderName, String> {
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{key}: “{name}” is no header"))?;
    if key == "headers" && HEADERS_OF_THE_CONNECTION.contains(&header.as_str()) {
        return Err(format!("{key}: {name} is set by the connection"));
    }
    Ok(header)
}

impl Step {
    /// Whether the image goes with it.
    pub fn sends_file(&self) -> bool {
        self.body.pairs().0.iter().any(|(_, text)| text.is_file())
    }

    /// Whether the answer must be JSON.
    pub fn needs_json(&self) -> bool {
        self.success.is_some() || self.extract.iter().any(|(_, place)| matches!(place, Place::Json(_)))
    }

    /// The header `name` with `text`, unless the definition has one of that name.
    pub fn default_header(&self, name: &HeaderName, text: &'static str) -> Option<HeaderValue> {
        let written = self.headers.iter().any(|(header, _)| header == name);
        (!written).then(|| HeaderValue::from_static(text))
    }
}

impl Body {
    fn pairs(&self) -> &Pairs<Text> {
        const NONE: &Pairs<Text> = &Pairs(Vec::new());
        match self {
            Self::None => NONE,
            Self::Json(pairs) | Self::Form(pairs) | Self::Multipart(pairs) => pairs,
        }
    }
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
        f.write_str("a table of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::testing::SCRIPTED;

    #[test]
    fn a_good_definition_is_read_in_its_order() {
        let definition = Definition::parse(SCRIPTED).expect("good");
        assert_eq!(definition.facts.id, "scripted");
        assert_eq!(definition.facts.limits, Limits::default());
        assert_eq!(definition.facts.retry, Retry::default());
        let [upload] = definition.upload.as_slice() else { panic!("{:?}", definition.upload) };
        assert!(upload.sends_file() && upload.needs_json());
        let keys: Vec<_> = upload.body.pairs().0.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["gallery", "key", "img"]);
        assert_eq!((definition.open.len(), definition.close.len()), (1, 1));

        let more = SCRIPTED.replace(
            "[origins]",
            "home = 'https://x.example'\n[limits]\nparallel_images = 2\nrequests_per_hour = 5\nimage_bytes_max = 9\n\
             [retry]\nfirst_ms = 20\nmax_ms = 40\nnetwork_attempts = 3\nbreaker_ms = 7\n[origins]",
        );
        let facts = Definition::parse(&more).expect("good").facts;
        assert_eq!((facts.limits.parallel_images, facts.limits.requests_per_second), (2, None));
        assert_eq!((facts.limits.requests_per_hour, facts.limits.image_bytes_max), (Some(5), Some(9)));
        assert_eq!((facts.retry.first_ms, facts.retry.max_ms, facts.retry.breaker_ms), (20, 40, 7));
        assert_eq!((facts.retry.network_attempts, facts.retry.host_fault_attempts), (3, 4));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (from, to, words) in [
            ("[host]", "[hots]", &["line 1", "hots"] as &[&str]),
            ("name = \"Scripted host\"", "name = 5", &["line 3", "string"]),
            ("name = \"Scripted host\"", "name = ' '", &["host.name"]),
            ("id = \"scripted\"", "", &["id"]),
            ("id = \"scripted\"", "id = 'Scripted'", &["host.id"]),
            ("id = \"scripted\"", "id = 'folder'", &["host.id", "folder"]),
            ("[origins]", "home = 'nowhere'\n[origins]", &["host.home"]),
            ("[origins]", "[limits]\nparallel = 1\n[origins]", &["line 5", "parallel"]),
            ("[origins]", "[limits]\nparallel_images = 0\n[origins]", &["limits.parallel_images", "1 to 16"]),
            ("[origins]", "[retry]\nfirst_ms = -1\n[origins]", &["line 5", "-1"]),
            ("[origins]", "[retry]\nnetwork_attempts = 0\n[origins]", &["retry.network_attempts"]),
            ("[origins]", "[retry]\nfirst_ms = 9\nmax_ms = 8\n[origins]", &["retry.first_ms", "retry.max_ms"]),
            ("api = \"http://127.0.0.1:9000\"", "", &["[origins]"]),
            ("http://127.0.0.1:9000", "file:///etc", &["origins.api", "file:///etc"]),
            ("http://127.0.0.1:9000", "http://me:pw@x.example", &["origins.api"]),
            ("{origin.api}/images", "http://127.0.0.1:9000/images", &["[[upload]] number 1", "url", "{origin.NAME}"]),
            ("{origin.api}/images", "{origin.cdn}/images", &["[[upload]] number 1", "{origin.cdn}"]),
            ("{origin.api}/images", "{origin.api}.evil.example", &["[[upload]] number 1", "url"]),
            ("url = \"{origin.api}/images\"", "uri = \"\"", &["line 13", "uri"]),
            ("img = \"{file}\"", "img = \"x{file}\"", &["[[upload]] number 1", "multipart.img", "alone"]),
            ("img = \"{file}\"", "img = \"x\"", &["[[upload]]", "{file}"]),
            ("img = \"{file}\"", "img = \"{file.md5}\"", &["line 14", "{file.md5}", "{file.size}"]),
            ("img = \"{file}\"", "img = \"{file\"", &["line 14", "brace"]),
            ("multipart = {", "json = {", &["[[upload]] number 1", "json.img", "multipart"]),
            ("name = \"{gallery.name}\"", "name = \"{file.name}\"", &["[[open]] number 1", "json.name", "{file.name}"]),
            ("name = \"{gallery.name}\"", "name = \"{gallery.hash}\"", &["[[open]] number 1", "{gallery.hash}"]),
            ("key = \"{gallery.key}\"", "key = \"{gallery.kay}\"", &["[[upload]] number 1", "{gallery.kay}"]),
            ("link = \"json:/show_url\", ", "", &["[[upload]]", "link"]),
            ("direct = \"json:", "delete = \"json:", &["[[upload]] number 1", "extract.delete", "direct"]),
            ("\"json:/hash\"", "\"xpath:/hash\"", &["[[open]] number 1", "extract.hash", "xpath"]),
            ("\"json:/hash\"", "\"json:hash\"", &["extract.hash", "begins with /"]),
            ("\"json:/hash\"", "\"header:a b\"", &["extract.hash", "a b"]),
            ("{ hash =", "{ name =", &["[[open]] number 1", "extract.name"]),
            ("[[close]]\nmethod = \"POST\"", "[[close]]\nmethod = \"GET\"", &["[[close]] number 1", "GET"]),
            ("[[close]]\nmethod = \"POST\"", "[[close]]\nmethod = \"BREW\"", &["[[close]] number 1", "BREW"]),
            ("[[close]]", "[[close]]\nform = { a = 'b' }", &["[[close]] number 1", "only one of"]),
            ("[[close]]", "[[close]]\nheaders = { 'a b' = 'c' }", &["[[close]] number 1", "headers", "a b"]),
            ("[[close]]", "[[close]]\nheaders = { Host = 'c' }", &["[[close]] number 1", "headers", "Host"]),
            ("[[close]]", "[[close]]\nsuccess = { path = 'x', equals = 'y' }", &["success.path"]),
            ("[[close]]", "[[close", &["line 16"]),
        ] {
            assert!(SCRIPTED.contains(from), "{from}");
            let error = Definition::parse(&SCRIPTED.replacen(from, to, 1)).expect_err(to);
            for words in words {
                assert!(error.contains(words), "{to}: {error:?} lacks {words:?}");
            }
        }
    }
}
