//! A host as a TOML file describes it. Reading it gives a definition that can be run, or words that say what is wrong where.

mod contacts;
mod flows;
mod sharex;
mod step;
mod tables;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reqwest::Url;

use super::file::{Algorithm, hex};
use super::lookup::Pattern;
use super::names::NameRules;
use super::storage::configured;
use super::sxcu::Sxcu;
use crate::core::{FaultKind, HostFacts, HostOption};
pub(super) use contacts::Origins;
use flows::Flow;
pub use sharex::LOADS;
use step::Scope;
pub(super) use step::{Body, Json, Kind, RESULTS, Request, Step, Success};
pub use tables::check_id;
use tables::{
    asked_for, facts, failures, formats, gallery_images_max, home, names, origins, own_options, rewrites, secrets,
};
pub(super) use written::Pairs;
pub use written::Thumbnails;

/// A host, checked.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What the queue knows of it.
    pub facts: HostFacts,
    /// Its page for people.
    pub home: Option<String>,
    /// Where the definition's facts are from.
    pub source: Option<String>,
    /// When it was tried against the real service; `None` is never.
    pub tried: Option<String>,
    /// What must be known to sign in.
    pub secrets: Vec<Secret>,
    /// Who makes the thumbnails.
    pub thumbnails: Thumbnails,
    /// Files in a storage service, as it is written; then there are no steps.
    pub storage: Option<toml::Table>,
    /// A ShareX uploader; then there are no steps.
    pub(super) sxcu: Option<Arc<Sxcu>>,
    /// What it asks: the question's id, and the option with its answer.
    pub(super) questions: Vec<(String, String)>,
    pub(super) origins: BTreeMap<String, Origin>,
    pub(super) names: NameRules,
    pub(super) gallery_images_max: Option<u32>,
    /// Endings of the files that it takes; `None` is all that we do.
    pub(super) formats: Option<Vec<String>>,
    pub(super) rewrites: Vec<(Pattern, String)>,
    pub(super) failures: Vec<Failure>,
    steps: BTreeMap<Kind, Vec<Arc<Step>>>,
    pub(super) hashes: BTreeSet<Algorithm>,
    /// Values that may be missing: they stand for nothing then.
    pub(super) may_lack: BTreeSet<String>,
    /// What is read at one of its places and sent to another.
    flows: BTreeSet<Flow>,
    /// As it was read.
    pub(super) text: String,
    /// What its text is known by (BLAKE3, in hex).
    pub(super) fingerprint: String,
}

/// Something that only the host may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// `{secret.NAME}`.
    pub name: String,
    /// For people.
    pub label: String,
    /// It works without.
    pub is_optional: bool,
    /// The host gives it when somebody signs in.
    pub is_given: bool,
}

/// A place that may be contacted.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Unless the person says otherwise; `None`: they must.
    pub url: Option<Url>,
    /// Others that answers may name.
    pub also: Vec<Also>,
}

/// `https://*.example.com`: every host below example.com.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Also {
    scheme: String,
    suffix: String,
}

/// An answer that means something else than its status says.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub when: Success,
    pub kind: FaultKind,
    pub words: Option<String>,
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Keys and numbers, as in `upload.0.multipart.img`.
    place: String,
    words: String,
}

impl Problem {
    pub fn at(place: &str, words: impl Into<String>) -> Self {
        Self { place: place.to_owned(), words: words.into() }
    }

    fn below(mut self, place: &str) -> Self {
        self.place = if self.place.is_empty() { place.to_owned() } else { format!("{place}.{}", self.place) };
        self
    }

    /// With the line of `text` where its key is written.
    fn with_line(&self, text: &str) -> String {
        let line = line_of(text, &self.place).map_or(String::new(), |line| format!("line {line}: "));
        format!("{line}{}: {}", spoken(&self.place), self.words)
    }
}

/// `upload.0.multipart.img` as people write it.
fn spoken(place: &str) -> String {
    let mut parts = place.split('.');
    match (parts.next(), parts.next().and_then(|part| part.parse::<usize>().ok())) {
        (Some(first), Some(n)) => {
            let rest: Vec<_> = parts.collect();
            let rest = if rest.is_empty() { String::new() } else { format!(", {}", rest.join(".")) };
            format!("[[{first}]] number {}{rest}", n + 1)
        }
        _ => place.to_owned(),
    }
}

/// The line of the innermost key of `place` that is written in `text`.
fn line_of(text: &str, place: &str) -> Option<usize> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let mut at = None;
    let mut value = toml::de::DeValue::Table(table.into_inner());
    let mut parts = place.split('.').peekable();
    while let Some(part) = parts.next() {
        let next = match value {
            toml::de::DeValue::Table(mut table) => {
                // A key may have dots itself, as `gallery.id` in `extract`.
                let whole = parts.peek().map(|next| format!("{part}.{next}"));
                let key =
                    [Some(part.to_owned()), whole].into_iter().flatten().find(|key| table.contains_key(key.as_str()));
                let found = key.and_then(|key| table.remove_entry(key.as_str()));
                found.map(|(key, value)| (key.span(), value.into_inner()))
            }
            toml::de::DeValue::Array(array) => {
                let n: usize = part.parse().ok()?;
                array.into_iter().nth(n).map(|value| (value.span(), value.into_inner()))
            }
            _ => None,
        };
        let Some((span, inner)) = next else { break };
        at = Some(span.start);
        value = inner;
    }
    let before = text.get(..at?)?;
    Some(before.matches('\n').count() + 1)
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// Says which line and key is wrong, and what it should be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: written::Definition = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(String::new(), |before| format!("line {}: ", before.matches('\n').count() + 1));
            format!("{line}{}", error.message())
        })?;
        check(written, text).map_err(|problem| problem.with_line(text))
    }

    /// Reads a definition of any kind.
    ///
    /// # Errors
    /// As [`Definition::parse`].
    pub fn read(text: &str) -> Result<Self, String> {
        if sharex::is_sxcu(text) { sharex::read(text) } else { Self::parse(text) }
    }

    /// Reads a ShareX uploader.
    ///
    /// # Errors
    /// Says which line, column and key is wrong, or why no image can be sent with it.
    pub fn read_sxcu(text: &str) -> Result<Self, String> {
        sharex::read(text)
    }

    /// What is odd about a ShareX uploader, but does not hinder.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.sxcu.iter().flat_map(|sxcu| &sxcu.warnings);
        warnings.map(ToString::to_string).collect()
    }

    /// Whether it is a ShareX uploader.
    #[must_use]
    pub const fn is_sxcu(&self) -> bool {
        self.sxcu.is_some()
    }

    /// What goes with each image, in words: the names of fields and headers.
    #[must_use]
    pub fn sends(&self) -> Vec<String> {
        if let Some(sxcu) = &self.sxcu {
            let names =
                |pairs: &[(String, _)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
            let request = &sxcu.request;
            let parts =
                [("headers", &request.headers), ("parameters", &request.parameters), ("fields", &request.arguments)];
            let parts = parts.into_iter().filter(|(_, pairs)| !pairs.is_empty());
            let parts = parts.map(|(what, pairs)| format!("{what}: {}", names(pairs)));
            return std::iter::once("the image".to_owned()).chain(parts).collect();
        }
        let requests = self.steps.iter().flat_map(|(kind, steps)| steps.iter().map(move |step| (kind, step)));
        let line = |(kind, step): (&Kind, &Arc<Step>)| {
            let request = step.request.as_ref()?;
            Some(format!("{}: {}", kind.title(), request.describe()))
        };
        requests.filter_map(line).collect()
    }

    pub(super) fn steps(&self, kind: Kind) -> &[Arc<Step>] {
        self.steps.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Whether the gallery comes into being with its first image: what an upload gives the gallery must be there first.
    pub(super) fn made_by_first_image(&self) -> impl Iterator<Item = &str> {
        let extracts = self.steps(Kind::Upload).iter().flat_map(|step| &step.extract);
        extracts.filter_map(|extract| extract.name.strip_prefix("gallery."))
    }

    /// Whether its links are only known when the gallery is closed.
    pub(super) fn collects(&self) -> bool {
        self.steps(Kind::Collect).iter().any(|step| step.items.is_some())
    }
}

impl std::fmt::Display for Also {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://*{}", self.scheme, self.suffix)
    }
}

impl Also {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let suffix = host.strip_prefix('*').filter(|suffix| suffix.starts_with('.'))?;
        let is_good = suffix.matches('.').count() >= 2
            && suffix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
        (["http", "https"].contains(&scheme) && is_good)
            .then(|| Self { scheme: scheme.to_owned(), suffix: suffix.to_owned() })
    }

    /// Whether `url` is one of these.
    pub fn has(&self, url: &Url) -> bool {
        url.scheme() == self.scheme
            && url.port().is_none()
            && url.host_str().is_some_and(|host| host.ends_with(&self.suffix))
    }
}

/// `text` as an absolute URL of the web.
pub(super) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (["http", "https"].contains(&url.scheme()) && url.has_host()).then_some(url)
}

/// `text` as a place that can be contacted: a URL without what belongs to one request.
pub(super) fn origin_url(text: &str) -> Option<Url> {
    web_url(text).filter(|url| {
        let bare = url.query().is_none() && url.fragment().is_none();
        bare && url.username().is_empty() && url.password().is_none()
    })
}

fn check(written: written::Definition, text: &str) -> Result<Definition, Problem> {
    let home = home(&written.host)?;
    let (origins, mut options) = origins(written.origins)?;
    options.extend(own_options(written.options)?);
    let secrets = secrets(written.secrets)?;
    let names = names(&written.limits)?;
    let gallery_images_max = gallery_images_max(&written.limits)?;
    let formats = formats(written.limits.formats.clone())?;
    let mut facts = facts(&written.host, &written.limits, &written.retry)?;
    let kinds = [
        (Kind::SignIn, written.sign_in),
        (Kind::Test, written.test),
        (Kind::Open, written.open),
        (Kind::Upload, written.upload),
        (Kind::Cover, written.cover),
        (Kind::Find, written.find),
        (Kind::Close, written.close),
        (Kind::Collect, written.collect),
        (Kind::Check, written.check),
        (Kind::Delete, written.delete),
    ];
    let steps = match &written.storage {
        Some(storage) => {
            if let Some((kind, _)) = kinds.iter().find(|(_, steps)| !steps.is_empty()) {
                return Err(Problem::at(kind.title(), "a host with [storage] has no steps"));
            }
            configured::check(storage).map_err(|words| Problem::at("storage", words))?;
            options.extend(configured::options(storage));
            BTreeMap::new()
        }
        None if origins.is_empty() => return Err(Problem::at("origins", "names no place that could be contacted")),
        None => check_steps(kinds, &origins, &options, &secrets)?,
    };
    check_limits(gallery_images_max, &steps)?;
    let optional = secrets.iter().filter(|secret| secret.is_optional).map(|secret| format!("secret.{}", secret.name));
    let may_lack = steps
        .iter()
        .flat_map(|(kind, steps)| steps.iter().flat_map(|step| step.may_lack(*kind)))
        .chain(optional)
        .collect();
    let hashes = steps.values().flatten().flat_map(|step| step.hashes()).collect();
    let flows = flows::all(&steps, origins.keys());
    options.extend(contacts::option(&flows));
    facts.options = options;
    facts.secrets = match &written.storage {
        Some(storage) => configured::secrets(storage),
        None => asked_for(&secrets),
    };
    Ok(Definition {
        facts,
        home,
        source: written.host.source,
        tried: written.host.tried,
        secrets,
        thumbnails: written.host.thumbnails,
        storage: written.storage,
        sxcu: None,
        questions: Vec::new(),
        origins,
        names,
        gallery_images_max,
        formats,
        rewrites: rewrites(written.rewrite)?,
        failures: failures(written.failure)?,
        steps,
        hashes,
        may_lack,
        flows,
        fingerprint: hex(blake3::hash(text.as_bytes()).as_bytes()),
        text: text.to_owned(),
    })
}

/// Checks the steps in the order in which they run; what one gives is known to those after it.
fn check_steps(
    kinds: [(Kind, Vec<written::Step>); 10],
    origins: &BTreeMap<String, Origin>,
    options: &[HostOption],
    secrets: &[Secret],
) -> Result<BTreeMap<Kind, Vec<Arc<Step>>>, Problem> {
    let mut gallery = BTreeSet::from(["name".to_owned()]);
    // What an upload gives the gallery, every upload but the first knows.
    for (_, step) in kinds
        .iter()
        .filter(|(kind, _)| *kind == Kind::Upload)
        .flat_map(|(kind, steps)| steps.iter().map(move |s| (kind, s)))
    {
        gallery.extend(step.extract.0.iter().filter_map(|(name, _)| name.strip_prefix("gallery.").map(str::to_owned)));
    }
    let mut scope = Scope {
        kind: Kind::SignIn,
        origins: origins.keys().map(String::as_str).collect(),
        options: options.iter().filter_map(|option| option.key.strip_prefix("options.")).collect(),
        secrets: secrets.iter().map(|secret| secret.name.as_str()).collect(),
        gallery,
        image: BTreeSet::new(),
    };
    let mut checked = BTreeMap::new();
    for (kind, written) in kinds {
        scope.kind = kind;
        scope.image = match kind {
            Kind::Check | Kind::Delete => RESULTS.map(str::to_owned).into(),
            _ => BTreeSet::new(),
        };
        let mut steps = Vec::new();
        for (n, step) in written.into_iter().enumerate() {
            let place = format!("{}.{n}", kind.title());
            steps.push(Arc::new(scope.check(step).map_err(|problem| problem.below(&place))?));
        }
        checked.insert(kind, steps);
    }
    check_upload(&checked)?;
    Ok(checked)
}

/// Several galleries at the host are opened before their images are sent.
fn check_limits(gallery_images_max: Option<u32>, steps: &BTreeMap<Kind, Vec<Arc<Step>>>) -> Result<(), Problem> {
    let mut extracts = steps.get(&Kind::Upload).into_iter().flatten().flat_map(|step| &step.extract);
    if gallery_images_max.is_some() && extracts.any(|extract| extract.name.starts_with("gallery.")) {
        let words = "does not go with galleries that their first image makes";
        return Err(Problem::at("limits.gallery_images_max", words));
    }
    Ok(())
}

/// One step sends the image, and something says where it is.
fn check_upload(steps: &BTreeMap<Kind, Vec<Arc<Step>>>) -> Result<(), Problem> {
    let of = |kind| steps.get(&kind).map_or(&[] as &[Arc<Step>], Vec::as_slice);
    let collected = of(Kind::Collect).iter().filter_map(|step| step.items.as_ref()).count();
    check_sending(Kind::Upload, of(Kind::Upload), collected > 0)?;
    match of(Kind::Cover) {
        [] => Ok(()),
        cover => check_sending(Kind::Cover, cover, false),
    }
}

fn check_sending(kind: Kind, steps: &[Arc<Step>], is_collected: bool) -> Result<(), Problem> {
    let problem = |words: &str| Err(Problem::at(kind.title(), words));
    if steps.iter().filter(|step| step.sends_file()).count() != 1 {
        return problem("exactly one step must send {file}, in a multipart table or as raw");
    }
    let files = steps.iter().filter_map(|step| step.request.as_ref()).map(|request| match &request.body {
        Body::Multipart(pairs) => pairs.0.iter().filter(|(_, text)| text.as_file().is_some()).count(),
        _ => 0,
    });
    if files.max().unwrap_or(0) > 1 {
        return problem("the image can be sent only once");
    }
    let links = steps.iter().flat_map(|step| &step.extract).filter(|extract| extract.name == "link").count();
    match (links, is_collected) {
        (1, false) | (0, true) => Ok(()),
        (0, false) => problem("`link` must be extracted, here or in the items of [[collect]]"),
        _ => problem("`link` must be extracted, and once"),
    }
}

#[cfg(test)]
mod tests;
