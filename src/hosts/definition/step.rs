//! One request and what is read from its answer, checked: what may be used where.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::Problem;
use super::tables::check_pointer;
use super::written::{self, Pairs};
use crate::hosts::extract::{Extract, Items, Place};
use crate::hosts::file::Algorithm;
use crate::hosts::lookup::{self, Pattern};
use crate::hosts::values::{About, Reference, Text, is_name};

/// What an image can be given by its host.
pub(in crate::hosts) const RESULTS: [&str; 4] = ["link", "thumb", "direct", "delete"];
/// What the connection decides, not a definition.
const HEADERS_OF_THE_CONNECTION: [&str; 6] =
    ["connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"];
/// Most waiting for a host that is not ready, in milliseconds.
const POLL_MS_MAX: u64 = 60_000;
const POLLS_MAX: u32 = 100;

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::hosts) enum Kind {
    SignIn,
    Test,
    Open,
    Upload,
    /// Instead of `Upload`, for the image that is the gallery's cover.
    Cover,
    Find,
    Close,
    Collect,
    Check,
    Delete,
}

impl Kind {
    pub const fn title(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Test => "test",
            Self::Open => "open",
            Self::Upload => "upload",
            Self::Cover => "cover",
            Self::Find => "find",
            Self::Close => "close",
            Self::Collect => "collect",
            Self::Check => "check",
            Self::Delete => "delete",
        }
    }

    /// Whether it is about one image.
    pub const fn is_about_an_image(self) -> bool {
        matches!(self, Self::Upload | Self::Cover | Self::Find | Self::Check | Self::Delete)
    }

    /// Whether it sends an image.
    pub const fn sends(self) -> bool {
        matches!(self, Self::Upload | Self::Cover)
    }
}

/// One request and what is read from its answer.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct Step {
    /// It is left out where this is nothing, `false`, `no` or `0`.
    pub when: Option<Text>,
    /// Values that are made before the request.
    pub set: Vec<(String, Text)>,
    /// Nothing is asked when there is none.
    pub request: Option<Request>,
    pub success: Success,
    pub extract: Vec<Extract>,
    /// What some of these values must be.
    pub expect: Vec<(String, Text)>,
    pub items: Option<Items>,
    pub poll: Option<Poll>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct Request {
    pub method: Method,
    pub url: Text,
    pub headers: Vec<(HeaderName, Text)>,
    pub query: Pairs<Text>,
    pub body: Body,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(in crate::hosts) enum Body {
    None,
    Json(Json),
    Form(Pairs<Text>),
    Multipart(Pairs<Text>),
    Raw(Text),
}

/// JSON whose texts are filled in.
#[derive(Clone, Debug)]
pub(in crate::hosts) enum Json {
    Text(Text),
    Literal(Value),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// What an answer must say.
#[derive(Clone, Debug, Default)]
pub(in crate::hosts) struct Success {
    /// Any of these; none is any from 200 to 299.
    pub status: Vec<u16>,
    /// At this JSON pointer (RFC 6901) stands …
    pub path: Option<String>,
    /// … this; without it anything but nothing, null, false and 0.
    pub equals: Option<String>,
    pub matches: Option<Pattern>,
}

/// Asked again until it is ready.
#[derive(Clone, Debug)]
pub(in crate::hosts) struct Poll {
    pub every_ms: u64,
    pub at_most: u32,
    pub until: Success,
}

/// What is known where a step stands.
pub(super) struct Scope<'a> {
    pub kind: Kind,
    pub origins: BTreeSet<&'a str>,
    pub options: BTreeSet<&'a str>,
    pub secrets: BTreeSet<&'a str>,
    /// Of the gallery.
    pub gallery: BTreeSet<String>,
    /// Of the image.
    pub image: BTreeSet<String>,
}

impl Scope<'_> {
    /// Checks one step; what it gives is known from then on.
    pub fn check(&mut self, step: written::Step) -> Result<Step, Problem> {
        if let Some(when) = &step.when {
            self.check_text("when", when, false)?;
        }
        let mut set = Vec::new();
        for (name, text) in step.set.0 {
            let key = format!("set.{name}");
            self.check_text(&key, &text, false)?;
            self.learn(&key, &name)?;
            set.push((name, text));
        }
        let request = match (step.method, step.url) {
            (Some(method), Some(url)) => {
                let bodies = (step.json, step.form, step.multipart, step.raw);
                Some(self.request(&method, url, step.headers, step.query, bodies)?)
            }
            (None, None) if !set.is_empty() => None,
            (None, _) => return Err(Problem::at("method", "is missing: GET, POST, PUT, PATCH or DELETE")),
            (_, None) => return Err(Problem::at("url", "is missing")),
        };
        let success = step.success.map(|success| check_success("success", success)).transpose()?.unwrap_or_default();
        let items = step.items.map(|items| self.items(items)).transpose()?;
        let poll = step.poll.map(check_poll).transpose()?;
        let mut extract = Vec::new();
        for (name, written) in step.extract.0 {
            let key = format!("extract.{name}");
            let taken = self.extract(&key, &name, written)?;
            self.learn(&key, &name)?;
            extract.push(taken);
        }
        let expect = self.expect(step.expect.0, &extract)?;
        Ok(Step { when: step.when, set, request, success, extract, expect, items, poll })
    }

    fn expect(&self, written: Vec<(String, Text)>, extract: &[Extract]) -> Result<Vec<(String, Text)>, Problem> {
        for (name, text) in &written {
            let key = format!("expect.{name}");
            if !extract.iter().any(|extract| extract.name == *name) {
                return Err(Problem::at(&key, "is not extracted by this step"));
            }
            self.check_text(&key, text, false)?;
        }
        Ok(written)
    }

    /// A value of that name is known from here on.
    fn learn(&mut self, key: &str, name: &str) -> Result<(), Problem> {
        let words = "a name has small letters, digits and _";
        if let Some(name) = name.strip_prefix("gallery.") {
            if self.kind != Kind::Upload || !is_name(name) {
                return Err(Problem::at(key, format!("only [[upload]] names values of the gallery so, and {words}")));
            }
            self.gallery.insert(name.to_owned());
            return Ok(());
        }
        if !is_name(name) {
            return Err(Problem::at(key, words));
        }
        match self.kind {
            Kind::SignIn if !self.secrets.contains(name) => {
                return Err(Problem::at(key, format!("[secrets] has no {name}; sign_in gives values to secrets")));
            }
            Kind::SignIn => {}
            kind if kind.is_about_an_image() => drop(self.image.insert(name.to_owned())),
            _ if name == "name" => return Err(Problem::at(key, "`name` is the gallery's name")),
            _ => drop(self.gallery.insert(name.to_owned())),
        }
        Ok(())
    }

    #[expect(clippy::type_complexity, reason = "the four ways in which a body is written")]
    fn request(
        &self,
        method: &str,
        url: Text,
        headers: Pairs<Text>,
        query: Pairs<Text>,
        bodies: (Option<toml::Table>, Option<Pairs<Text>>, Option<Pairs<Text>>, Option<Text>),
    ) -> Result<Request, Problem> {
        let method = match method {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => {
                return Err(Problem::at("method", format!("takes GET, POST, PUT, PATCH or DELETE, not “{other}”")));
            }
        };
        if !url.is_an_address() {
            let words = "must begin with one {origin.NAME} (or a {gallery.NAME} or {image.NAME} that is an address), followed \
                by / or nothing";
            return Err(Problem::at("url", words));
        }
        self.check_text("url", &url, false)?;
        for (group, pairs) in [("headers", &headers), ("query", &query)] {
            for (key, text) in &pairs.0 {
                self.check_text(&format!("{group}.{key}"), text, false)?;
            }
        }
        let body = match bodies {
            (None, None, None, None) => Body::None,
            _ if method == Method::GET => return Err(Problem::at("method", "GET sends nothing in a body")),
            (Some(table), None, None, None) => Body::Json(self.json("json", toml::Value::Table(table))?),
            (None, Some(pairs), None, None) => Body::Form(self.pairs("form", pairs, false)?),
            (None, None, Some(pairs), None) => Body::Multipart(self.pairs("multipart", pairs, true)?),
            (None, None, None, Some(text)) => {
                self.check_text("raw", &text, true)?;
                Body::Raw(text)
            }
            _ => return Err(Problem::at("", "only one of json, form, multipart and raw may be there")),
        };
        let headers = headers.0.into_iter().map(|(name, text)| Ok((header("headers", &name)?, text)));
        Ok(Request { method, url, headers: headers.collect::<Result<_, Problem>>()?, query, body })
    }

    fn pairs(&self, group: &str, pairs: Pairs<Text>, may_be_file: bool) -> Result<Pairs<Text>, Problem> {
        for (key, text) in &pairs.0 {
            self.check_text(&format!("{group}.{key}"), text, may_be_file)?;
        }
        Ok(pairs)
    }

    fn json(&self, key: &str, value: toml::Value) -> Result<Json, Problem> {
        Ok(match value {
            toml::Value::String(text) => {
                let text = Text::parse(&text).map_err(|words| Problem::at(key, words))?;
                self.check_text(key, &text, false)?;
                Json::Text(text)
            }
            toml::Value::Integer(number) => Json::Literal(number.into()),
            toml::Value::Float(number) => Json::Literal(number.into()),
            toml::Value::Boolean(bool) => Json::Literal(bool.into()),
            toml::Value::Datetime(time) => Json::Literal(time.to_string().into()),
            toml::Value::Array(values) => {
                let each = values.into_iter().enumerate().map(|(n, value)| self.json(&format!("{key}.{n}"), value));
                Json::Array(each.collect::<Result<_, _>>()?)
            }
            toml::Value::Table(table) => {
                let each = table.into_iter().map(|(name, value)| {
                    let json = self.json(&format!("{key}.{name}"), value)?;
                    Ok((name, json))
                });
                Json::Object(each.collect::<Result<_, Problem>>()?)
            }
        })
    }

    fn check_text(&self, key: &str, text: &Text, may_be_file: bool) -> Result<(), Problem> {
        for name in text.names() {
            let known = match name {
                Reference::Origin(name) => self.origins.contains(name.as_str()),
                Reference::Option(name) => self.options.contains(name.as_str()),
                Reference::Secret(name) => self.secrets.contains(name.as_str()),
                Reference::Gallery(name) => self.gallery.contains(name),
                Reference::Image(name) => self.image.contains(name),
                Reference::About(_) => self.kind.sends() || self.kind == Kind::Find,
                Reference::First(_) => self.kind == Kind::Upload,
                Reference::Random(..) | Reference::Now { .. } => true,
                Reference::File { .. } if self.kind.sends() && may_be_file && text.as_file().is_some() => true,
                Reference::File { .. } => {
                    let words =
                        format!("{name} stands alone, in a multipart table or as `raw` of [[upload]] or [[cover]]");
                    return Err(Problem::at(key, words));
                }
            };
            if !known {
                return Err(Problem::at(
                    key,
                    format!("{name} is not known here; values come from earlier steps and lines"),
                ));
            }
        }
        Ok(())
    }

    fn extract(&self, key: &str, name: &str, written: written::Extract) -> Result<Extract, Problem> {
        let extract = extract(key, name, written)?;
        for place in &extract.from {
            if let Place::Text(text) = place {
                self.check_text(key, text, false)?;
            }
        }
        Ok(extract)
    }

    fn items(&self, items: written::Items) -> Result<Items, Problem> {
        if !matches!(self.kind, Kind::Collect | Kind::Find) {
            return Err(Problem::at("items", "only [[collect]] and [[find]] have items"));
        }
        let each = place("items.each", &items.each)?;
        let mut extract_all = Vec::new();
        for (name, written) in items.extract.0 {
            let key = format!("items.extract.{name}");
            if name != "name" && !RESULTS.contains(&name.as_str()) {
                return Err(Problem::at(&key, format!("an item has name, {}", RESULTS.join(", "))));
            }
            extract_all.push(extract(&key, &name, written)?);
        }
        Ok(Items { each, extract: extract_all })
    }
}

fn extract(key: &str, name: &str, written: written::Extract) -> Result<Extract, Problem> {
    // What a post can do without need not be there, unless it is said at length.
    let is_optional = name != "link" && RESULTS.contains(&name);
    let several = |texts: &[String]| texts.iter().map(|text| place(key, text)).collect::<Result<Vec<_>, _>>();
    let short = |from| Extract { name: name.to_owned(), from, cut: None, is_html: false, is_optional };
    let table = match written {
        written::Extract::Short(text) => return several(&[text]).map(short),
        written::Extract::Several(texts) => return several(&texts).map(short),
        written::Extract::Table(table) => table,
    };
    let cut = match (table.pattern, table.with) {
        (Some(pattern), with) => {
            let pattern = Pattern::new(&pattern).map_err(|words| Problem::at(&format!("{key}.match"), words))?;
            Some((pattern, with.unwrap_or_else(|| "$1".to_owned())))
        }
        (None, Some(_)) => return Err(Problem::at(&format!("{key}.with"), "goes with match")),
        (None, None) => None,
    };
    let from = several(&[table.from])?;
    Ok(Extract { name: name.to_owned(), from, cut, is_html: table.html, is_optional: table.optional })
}

fn place(key: &str, text: &str) -> Result<Place, Problem> {
    Ok(match text.split_once(':') {
        None if text == "body" => Place::Body,
        None if text == "url" => Place::Url,
        Some(("json", pointer)) => {
            check_pointer(key, pointer)?;
            Place::Json(pointer.to_owned())
        }
        Some(("header", name)) => Place::Header(header(key, name)?),
        Some(("regex", pattern)) => Place::Regex(Pattern::new(pattern).map_err(|words| Problem::at(key, words))?),
        Some(("xpath", path)) => Place::XPath(lookup::XPath::new(path).map_err(|words| Problem::at(key, words))?),
        _ if text.contains('{') => Place::Text(Text::parse(text).map_err(|words| Problem::at(key, words))?),
        _ => {
            let words = format!(
                "takes json:/POINTER, header:NAME, regex:PATTERN, xpath:PATH, body, url or a text with {{values}}, not “{text}”"
            );
            return Err(Problem::at(key, words));
        }
    })
}

pub(super) fn check_success(key: &str, written: written::Success) -> Result<Success, Problem> {
    let written::Success { status, path, equals, matches } = written;
    if let Some(path) = &path {
        check_pointer(&format!("{key}.path"), path)?;
    } else if equals.is_some() {
        return Err(Problem::at(&format!("{key}.equals"), "goes with path"));
    }
    let matches = matches.map(|pattern| Pattern::new(&pattern)).transpose();
    let matches = matches.map_err(|words| Problem::at(&format!("{key}.matches"), words))?;
    Ok(Success { status, path, equals, matches })
}

fn check_poll(poll: written::Poll) -> Result<Poll, Problem> {
    if !(1..=POLL_MS_MAX).contains(&poll.every_ms) {
        return Err(Problem::at("poll.every_ms", format!("takes 1 to {POLL_MS_MAX}")));
    }
    if !(1..=POLLS_MAX).contains(&poll.at_most) {
        return Err(Problem::at("poll.at_most", format!("takes 1 to {POLLS_MAX}")));
    }
    Ok(Poll { every_ms: poll.every_ms, at_most: poll.at_most, until: check_success("poll.until", poll.until)? })
}

fn header(key: &str, name: &str) -> Result<HeaderName, Problem> {
    let words = format!("“{name}” is no header");
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Problem::at(key, words))?;
    if key == "headers" && HEADERS_OF_THE_CONNECTION.contains(&header.as_str()) {
        return Err(Problem::at(&format!("{key}.{name}"), "is set by the connection"));
    }
    Ok(header)
}

impl Step {
    /// Whether the image goes with it.
    pub fn sends_file(&self) -> bool {
        self.file().is_some()
    }

    /// Whether the image goes with it, and then whether under its ASCII name.
    pub fn file(&self) -> Option<bool> {
        match &self.request.as_ref()?.body {
            Body::Multipart(pairs) => pairs.0.iter().find_map(|(_, text)| text.as_file()),
            Body::Raw(text) => text.as_file(),
            Body::None | Body::Json(_) | Body::Form(_) => None,
        }
    }

    /// Whether the answer must be JSON.
    pub fn needs_json(&self) -> bool {
        self.success.path.is_some()
            || self.extract.iter().any(|extract| extract.from.iter().all(Place::is_json) && !extract.is_optional)
            || self.items.as_ref().is_some_and(|items| items.each.is_json())
    }

    /// What it may give or not: `gallery.x` or `image.x`.
    pub fn may_lack(&self, kind: Kind) -> impl Iterator<Item = String> {
        let group = if kind.is_about_an_image() { "image" } else { "gallery" };
        let whole = move |name: &str| if name.contains('.') { name.to_owned() } else { format!("{group}.{name}") };
        let always = self.when.is_some();
        let set = self.set.iter().filter(move |_| always).map(|(name, _)| name);
        // What an upload gives the gallery is not there for the first one.
        let lacks = move |extract: &&Extract| always || extract.is_optional || extract.name.contains('.');
        set.chain(self.extract.iter().filter(lacks).map(|extract| &extract.name)).map(move |name| whole(name))
    }

    /// The hashes that it names.
    pub fn hashes(&self) -> BTreeSet<Algorithm> {
        let mut texts: Vec<&Text> = self.set.iter().map(|(_, text)| text).collect();
        texts.extend(self.request.iter().flat_map(Request::texts));
        let hash = |name: &Reference| match name {
            Reference::About(About::Hash(algorithm)) => Some(*algorithm),
            _ => None,
        };
        texts.into_iter().flat_map(Text::names).filter_map(hash).collect()
    }
}

impl Request {
    /// Everything in it that is filled in.
    pub fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.url];
        texts.extend(self.headers.iter().map(|(_, text)| text));
        texts.extend(self.query.0.iter().map(|(_, text)| text));
        match &self.body {
            Body::Form(pairs) | Body::Multipart(pairs) => texts.extend(pairs.0.iter().map(|(_, text)| text)),
            Body::Raw(text) => texts.push(text),
            Body::Json(json) => json.texts(&mut texts),
            Body::None => {}
        }
        texts
    }

    /// The method, and the names of everything that is sent.
    pub fn describe(&self) -> String {
        let mut names: Vec<String> = self.headers.iter().map(|(name, _)| format!("{name}:")).collect();
        names.extend(self.query.0.iter().map(|(name, _)| format!("?{name}")));
        match &self.body {
            Body::None => {}
            Body::Json(Json::Object(pairs)) => names.extend(pairs.iter().map(|(name, _)| name.clone())),
            Body::Json(_) => names.push("JSON".to_owned()),
            Body::Form(pairs) | Body::Multipart(pairs) => {
                let name = |(name, text): &(String, Text)| {
                    if text.as_file().is_some() { format!("{name} (the image)") } else { name.clone() }
                };
                names.extend(pairs.0.iter().map(name));
            }
            Body::Raw(text) if text.as_file().is_some() => names.push("the image".to_owned()),
            Body::Raw(_) => names.push("text".to_owned()),
        }
        if names.is_empty() { self.method.to_string() } else { format!("{} with {}", self.method, names.join(", ")) }
    }

    /// The header `name` with `text`, unless the definition has one of that name.
    pub fn default_header(&self, name: &HeaderName, text: &'static str) -> Option<HeaderValue> {
        let written = self.headers.iter().any(|(header, _)| header == name);
        (!written).then(|| HeaderValue::from_static(text))
    }
}

impl Json {
    fn texts<'a>(&'a self, texts: &mut Vec<&'a Text>) {
        match self {
            Self::Text(text) => texts.push(text),
            Self::Literal(_) => {}
            Self::Array(values) => values.iter().for_each(|value| value.texts(texts)),
            Self::Object(pairs) => pairs.iter().for_each(|(_, value)| value.texts(texts)),
        }
    }
}
