//! Runs a definition: fills in a step, sends it, takes what it gives. Retries nothing (the engine does).

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io::ErrorKind as IoKind;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Request, Response, Url};
use serde::{Deserialize, Serialize};

use super::activity::Turn;
use super::answer::{Answer, is_web_address};
use super::body::{Form, Outcome};
use super::client::{Clients, reason};
use super::definition::{Content, Definition, Field, Step};
use super::names::url_segment;
use super::source::Source;
use super::value::{Names, Value};
use super::{Timeouts, Upload};
use crate::core::gallery::Session;
use crate::core::{Fault, FaultKind, ImageLinks, Sent};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Everything that must be encoded in forms and queries (RFC 3986, 2.3).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A host that is spoken to over HTTP as its definition says.
#[derive(Debug)]
pub struct HttpHost {
    definition: Box<Definition>,
    clients: Clients,
}

/// What goes with a gallery.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// The gallery's name, and what steps took from answers.
    vars: BTreeMap<String, String>,
    /// The gallery's page.
    link: Option<String>,
}

/// What a request carries, and what is known of it later.
struct Call<'a> {
    host: &'a HttpHost,
    step: &'a Step,
    names: Names<'a>,
    timeouts: Timeouts,
    outcome: Arc<Outcome>,
}

impl HttpHost {
    /// The host of that definition.
    #[must_use]
    pub fn new(definition: Definition) -> Self {
        let clients = Clients::new(definition.is_plain());
        Self { definition: Box::new(definition), clients }
    }

    /// How it is set up.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    pub(super) async fn open(&self, name: &str, timeouts: Timeouts) -> Result<Session, Fault> {
        let mut state = State { vars: BTreeMap::from([("name".to_owned(), name.to_owned())]), link: None };
        self.run(&self.definition.open, &mut state, timeouts).await?;
        let session = serde_json::to_string(&state);
        session.map(Session).map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()))
    }

    pub(super) async fn upload(&self, session: &Session, upload: Upload) -> Result<Sent, Fault> {
        let (state, stamp) = (state(session)?, upload.stamp);
        self.check_size(stamp.bytes)?;
        let name = upload.source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = Source::open(upload.source, stamp, upload.meter).await?;
        let names = Names { variables: &state.vars, file: Some((&name, stamp.bytes)) };
        let outcome = Arc::new(Outcome::default());
        let step = &self.definition.upload;
        let call = Call { host: self, step, names, timeouts: upload.timeouts, outcome: Arc::clone(&outcome) };
        let (answer, values) = call.run(Some((source, stamp.bytes))).await?;
        let links = self.links(&answer, values)?;
        match outcome.hash.get() {
            Some(hash) => Ok(Sent { links, hash: Some(*hash) }),
            None => Err(answer.nonsense(self.name(), "its answer before it had the whole image")),
        }
    }

    /// Returns the link of the gallery's page; empty when the host has none.
    pub(super) async fn close(&self, session: &Session, title: &str, timeouts: Timeouts) -> Result<String, Fault> {
        let mut state = state(session)?;
        state.vars.insert("name".to_owned(), title.to_owned());
        self.run(&self.definition.close, &mut state, timeouts).await?;
        Ok(state.link.unwrap_or_default())
    }

    /// Runs steps whose values go into the gallery's state.
    async fn run(&self, steps: &[Step], state: &mut State, timeouts: Timeouts) -> Result<(), Fault> {
        for step in steps {
            let names = Names { variables: &state.vars, file: None };
            let (answer, values) =
                Call { host: self, step, names, timeouts, outcome: Arc::default() }.run(None).await?;
            let is_there = |name: &str| values.iter().any(|(there, _)| there == name);
            if let Some((name, _)) = step.extract.iter().find(|(name, _)| !is_there(name)) {
                return Err(answer.nonsense(self.name(), &format!("an answer without its {name}")));
            }
            for (name, value) in values {
                if name == "link" {
                    if !is_web_address(&value) {
                        return Err(answer.nonsense(self.name(), "a link that is no web address"));
                    }
                    state.link = Some(value.clone());
                }
                state.vars.insert(name, value);
            }
        }
        Ok(())
    }

    /// What an upload gave, when it can be used.
    fn links(&self, answer: &Answer, values: Vec<(String, String)>) -> Result<ImageLinks, Fault> {
        let mut links = ImageLinks::default();
        for (name, value) in values {
            // Some hosts send the beginning of an address where they have failed: it ends in `/`.
            if !is_web_address(&value) || value.ends_with('/') {
                return Err(answer.nonsense(self.name(), &format!("a {name} that leads nowhere")));
            }
            match name.as_str() {
                "link" => links.link = value,
                "thumb" => links.thumb = value,
                _ => links.direct = value,
            }
        }
        if links.link.is_empty() {
            return Err(answer.nonsense(self.name(), "an answer without a link"));
        }
        Ok(links)
    }

    fn check_size(&self, bytes: u64) -> Result<(), Fault> {
        match self.definition.facts.limits.image_bytes_max {
            Some(max) if bytes > max => {
                let (mut most, mut has) = (size_in_words(max), size_in_words(bytes));
                if most == has {
                    (most, has) = (format!("{max} bytes"), format!("{bytes} bytes"));
                }
                let words = format!(
                    "{} takes images of at most {most}; this one has {has}. Make it smaller, then retry.",
                    self.name()
                );
                Err(Fault::new(FaultKind::TooLarge, words))
            }
            _ => Ok(()),
        }
    }

    fn name(&self) -> &str {
        &self.definition.facts.name
    }
}

impl Call<'_> {
    /// Sends the step's request and takes its values from the answer.
    async fn run(&self, file: Option<(Source, u64)>) -> Result<(Answer, Vec<(String, String)>), Fault> {
        let client = self.host.clients.get(self.timeouts.connect)?;
        let request = self.request(file)?;
        let exchange = async {
            let response = client.execute(request).await.map_err(|error| self.not_reached(&error))?;
            self.outcome.activity.moved(Turn::Host);
            self.read(response).await
        };
        let result = tokio::select! {
            biased;
            result = exchange => result,
            turn = self.outcome.activity.stalled(self.timeouts.idle) => Err(self.stalled(turn)),
        };
        // When the file failed, the connection failed because of it.
        if let Some(fault) = self.outcome.fault.get() {
            return Err(fault.clone());
        }
        let answer = result?;
        let values = answer.values(self.host.name(), self.step, jiff::Timestamp::now().as_millisecond())?;
        Ok((answer, values))
    }

    fn request(&self, file: Option<(Source, u64)>) -> Result<Request, Fault> {
        let mut address = format!("{}{}", self.step.origin, self.fill(&self.step.path, url_segment)?);
        if !self.step.query.is_empty() {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&self.pairs(&self.step.query)?);
        }
        let url = Url::parse(&address).map_err(|error| self.unusable(&format!("its address: {error}")))?;
        let mut request = Request::new(self.step.method.clone(), url);
        for (name, value) in &self.step.headers {
            let value = self.fill(value, |text| text.replace(char::is_control, " "))?;
            let value = HeaderValue::from_bytes(value.as_bytes());
            let value = value.map_err(|error| self.unusable(&format!("its header {name}: {error}")))?;
            request.headers_mut().insert(name.clone(), value);
        }
        let (media_type, body) = self.body(file)?;
        if let Some(media_type) = media_type {
            let value = HeaderValue::try_from(media_type).map_err(|error| self.unusable(&error.to_string()))?;
            request.headers_mut().insert(CONTENT_TYPE, value);
        }
        *request.body_mut() = body;
        Ok(request)
    }

    fn body(&self, file: Option<(Source, u64)>) -> Result<(Option<String>, Option<reqwest::Body>), Fault> {
        let (media_type, body) = match &self.step.body {
            Content::Nothing => return Ok((None, None)),
            Content::Json(values) => {
                let mut object = Vec::with_capacity(values.len());
                for (name, value) in values {
                    let text = self.fill(value, str::to_owned)?;
                    object.push(format!(
                        "{}:{}",
                        serde_json::Value::from(name.as_str()),
                        serde_json::Value::from(text)
                    ));
                }
                ("application/json".to_owned(), format!("{{{}}}", object.join(",")).into())
            }
            Content::Form(values) => ("application/x-www-form-urlencoded".to_owned(), self.pairs(values)?.into()),
            Content::Multipart(fields) => {
                let mut form = Form::new();
                for (name, field) in fields {
                    match field {
                        Field::Text(value) => form.text(name, &self.fill(value, str::to_owned)?),
                        Field::File => form.file(name, self.names.file.map_or("", |(name, _)| name)),
                    }
                }
                let media_type = form.content_type();
                let body = match file {
                    Some((source, bytes)) => {
                        reqwest::Body::wrap(form.into_body(source, bytes, Arc::clone(&self.outcome)))
                    }
                    None => form.into_bytes().into(),
                };
                (media_type, body)
            }
        };
        Ok((Some(media_type), Some(body)))
    }

    /// `name=value&…`, encoded.
    fn pairs(&self, values: &[(String, Value)]) -> Result<String, Fault> {
        let mut pairs = Vec::with_capacity(values.len());
        for (name, value) in values {
            pairs.push(format!("{}={}", form_encoded(name), form_encoded(&self.fill(value, str::to_owned)?)));
        }
        Ok(pairs.join("&"))
    }

    fn fill(&self, value: &Value, encode: fn(&str) -> String) -> Result<String, Fault> {
        value.fill(self.names, encode).map_err(|name| {
            let words = format!(
                "The gallery was begun with another definition of {}, without {name}. Remove the gallery and add it again.",
                self.host.name()
            );
            Fault::new(FaultKind::Rejected, words)
        })
    }

    /// Reads the whole answer.
    async fn read(&self, mut response: Response) -> Result<Answer, Fault> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken_off(&error))? {
            self.outcome.activity.moved(Turn::Host);
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                let words = format!(
                    "{} sent an answer of more than 4 MiB, which cannot be right. Retry later.",
                    self.host.name()
                );
                return Err(Fault::new(FaultKind::HostFault, words));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: body.into() })
    }

    fn not_reached(&self, error: &reqwest::Error) -> Fault {
        let host = self.host.name();
        let words = if error.is_connect() && error.is_timeout() {
            format!(
                "{host} could not be reached within {}. Check the network, then retry.",
                seconds(self.timeouts.connect)
            )
        } else if error.is_connect() {
            format!("{host} cannot be reached: {}. Check the network, then retry.", reason(error))
        } else {
            format!("The connection to {host} broke: {}. Check the network, then retry.", reason(error))
        };
        Fault::new(FaultKind::Network, words)
    }

    /// The answer had begun: unless the connection itself broke, it is the host that ended it too early.
    fn broken_off(&self, error: &reqwest::Error) -> Fault {
        let mut cause = error.source();
        while let Some(error) = cause {
            let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            if matches!(kind, Some(IoKind::ConnectionReset | IoKind::ConnectionAborted | IoKind::TimedOut)) {
                break;
            }
            cause = error.source();
        }
        if cause.is_some() {
            return self.not_reached(error);
        }
        let words = format!("{} broke off in the middle of its answer. Retry later.", self.host.name());
        Fault::new(FaultKind::HostFault, words)
    }

    fn stalled(&self, turn: Turn) -> Fault {
        let (host, idle) = (self.host.name(), seconds(self.timeouts.idle));
        if turn == Turn::File {
            let words = format!("The file could not be read for {idle}. Check the drive it is on, then retry.");
            return Fault::new(FaultKind::LocalFile, words);
        }
        let words = format!("{host} did not answer for {idle}. Check the network, then retry.");
        Fault::new(FaultKind::Network, words)
    }

    fn unusable(&self, what: &str) -> Fault {
        let words = format!("The definition of {} cannot be used: {what}. Correct it, then retry.", self.host.name());
        Fault::new(FaultKind::Rejected, words)
    }
}

fn state(session: &Session) -> Result<State, Fault> {
    serde_json::from_str(&session.0).map_err(|error| {
        let words = format!("The gallery's session cannot be read ({error}). Remove the gallery and add it again.");
        Fault::new(FaultKind::Rejected, words)
    })
}

fn form_encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}

fn seconds(duration: std::time::Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

fn size_in_words(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1_000_000.. => (1_000_000, "MB"),
        1_000.. => (1_000, "KB"),
        _ => return format!("{bytes} bytes"),
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

#[cfg(test)]
mod tests;
