//! One step: its request, made of the definition's texts, and its answer, streamed and watched while no byte moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use serde_json::Value;

use super::reading::Read;
use super::sending::{End, Sending};
use super::{Bindings, Place, Run};
use crate::core::{Fault, FaultKind};
use crate::hosts::Source;
use crate::hosts::answer::{self, Answer, fault};
use crate::hosts::client::{self, Activity};
use crate::hosts::definition::{Body, Definition, Json, Pairs, Request, Step};
use crate::hosts::file::FileFacts;
use crate::hosts::keys::Keys;
use crate::hosts::multipart::{Field, Frame, content_type, frame};
use crate::hosts::names::url_segment;
use crate::hosts::session::Part;
use crate::hosts::values::{Text, Values};

/// The image of a request, and how its reading ends.
pub(super) type Image = (Source, End);

impl Run<'_> {
    /// Runs one step, and again as often as it says. What it finds is put where it belongs. `None` when it is left out.
    pub(super) async fn step(
        &self,
        step: &Arc<Step>,
        place: &mut Place<'_>,
        image: Option<Image>,
    ) -> Result<Option<Read>, Fault> {
        if self.is_left_out(step, place)? {
            return Ok(None);
        }
        for (name, text) in &step.set {
            let value = self.fill(text, &self.values(place))?;
            place.put(name, value);
        }
        let Some(request) = &step.request else { return Ok(None) };
        let mut answer = self.exchange(request, step, place, image).await?;
        if let Some(poll) = &step.poll {
            let mut left = poll.at_most;
            loop {
                let (asked, is_ready) = self.is_ready(&poll.until, answer).await?;
                answer = asked;
                if is_ready {
                    break;
                }
                if left == 0 {
                    return Err(self.fault(FaultKind::HostFault, "The host was not ready in time. Retry later."));
                }
                left -= 1;
                drop(answer); // Before there is another one: both may be large.
                tokio::time::sleep(Duration::from_millis(poll.every_ms)).await;
                answer = self.exchange(request, step, place, None).await?;
            }
        }
        let read = self.read(step, answer, place).await?;
        for (name, text) in &step.expect {
            let expected = self.fill(text, &self.values(place))?;
            let found = place.get(name).unwrap_or_default();
            if found != expected {
                let keys = self.keys();
                let (found, expected) = (answer::said(&keys.hide(found)), answer::said(&keys.hide(&expected)));
                let words = format!("{name} at the host is “{found}” where “{expected}” was expected. Retry later.");
                return Err(self.fault(FaultKind::HostFault, &words));
            }
        }
        Ok(Some(read))
    }

    /// Whether the step does not apply.
    pub(super) fn is_left_out(&self, step: &Step, place: &Place<'_>) -> Result<bool, Fault> {
        let Some(when) = &step.when else { return Ok(false) };
        let value = self.fill(when, &self.values(place))?;
        Ok(["", "false", "no", "0"].contains(&value.as_str()))
    }

    async fn exchange(
        &self,
        request: &Request,
        step: &Step,
        place: &mut Place<'_>,
        image: Option<Image>,
    ) -> Result<Answer, Fault> {
        let client = self.client().await?;
        let activity = Activity::new();
        let end = image.as_ref().map(|(_, end)| Arc::clone(end));
        let sent = self.request(&client, request, step, place, image, &activity)?;
        self.transmit(sent, &activity, end.as_ref(), place.part).await
    }

    pub(super) async fn client(&self) -> Result<Client, Fault> {
        let kind = client::Kind::new(self.bindings.origins.values(), self.setup.timeouts.connect, &self.setup.route);
        self.host.clients.get(kind).await.map_err(|words| self.fault(FaultKind::Rejected, &words))
    }

    /// Sends a request and reads its answer. A fault of the image itself goes before what the host makes of it.
    pub(super) async fn transmit(
        &self,
        request: RequestBuilder,
        activity: &Arc<Activity>,
        end: Option<&End>,
        part: &mut Part,
    ) -> Result<Answer, Fault> {
        let exchange = async {
            match request.send().await {
                Ok(response) => answer::read(response, activity, self.name()).await,
                Err(error) => {
                    Err(answer::unreachable(&error, self.setup.timeouts.connect, &self.setup.route.proxy, self.name()))
                }
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = activity.idle(self.setup.timeouts.idle) => Err(answer::silent(self.setup.timeouts.idle, self.name())),
        };
        if let Some(Err(fault)) = end.and_then(|end| end.get()) {
            return Err(fault.clone());
        }
        let answer = outcome?;
        part.keep_cookies(&answer.url, &answer.headers);
        Ok(answer)
    }

    fn request(
        &self,
        client: &Client,
        request: &Request,
        step: &Step,
        place: &Place<'_>,
        image: Option<Image>,
        activity: &Arc<Activity>,
    ) -> Result<RequestBuilder, Fault> {
        let values = self.values(place);
        let url = self.url(request, &values)?;
        let mut headers = HeaderMap::new();
        if step.needs_json() {
            headers.extend(request.default_header(&ACCEPT, "application/json").map(|value| (ACCEPT, value)));
        }
        for (name, text) in &request.headers {
            let filled = self.fill(text, &values)?;
            if filled.is_empty() && text.may_be_left_out() {
                continue;
            }
            let value = HeaderValue::from_bytes(filled.as_bytes()).map_err(|_| {
                let words = format!("The header {name} cannot be sent: its value has line breaks.");
                self.fault(FaultKind::Rejected, &words)
            })?;
            headers.insert(name, value);
        }
        place.part.add_cookies(&url, &mut headers);
        let sent = client.request(request.method.clone(), url);
        let frame = match &request.body {
            Body::None => return Ok(sent.headers(headers)),
            Body::Json(json) => {
                set_kind(&mut headers, "application/json");
                let json = self.json(json, &values)?.unwrap_or_default();
                return Ok(sent.headers(headers).body(json.to_string()));
            }
            Body::Form(pairs) => {
                set_kind(&mut headers, "application/x-www-form-urlencoded");
                return Ok(sent.headers(headers).body(encode(&self.fill_pairs(pairs, &values)?)));
            }
            Body::Multipart(pairs) => self.frame(pairs, &values)?,
            Body::Raw(text) if text.as_file().is_some() => {
                let name = values.file.map(|file| file.name.as_str()).unwrap_or_default();
                Frame { content_type: content_type(name).to_owned(), head: Vec::new(), tail: Vec::new() }
            }
            Body::Raw(text) => {
                set_kind(&mut headers, "text/plain; charset=utf-8");
                return Ok(sent.headers(headers).body(self.fill(text, &values)?));
            }
        };
        set_kind(&mut headers, &frame.content_type);
        Ok(match (image, values.file) {
            (Some((source, end)), Some(file)) => {
                let around = frame.head.len() + frame.tail.len();
                let length = file.bytes + u64::try_from(around).unwrap_or(u64::MAX);
                let activity = Arc::clone(activity);
                let sending = Sending { head: frame.head.into(), tail: frame.tail.into(), source, end, activity };
                sent.headers(headers).header(CONTENT_LENGTH, length).body(sending.body())
            }
            _ => sent.headers(headers).body(frame.head),
        })
    }

    fn url(&self, request: &Request, values: &Values<'_>) -> Result<Url, Fault> {
        let text = request.url.fill_with(values, url_segment).map_err(|name| self.missing(&name))?;
        let mut url = Url::parse(&text).ok().filter(|url| self.may_ask(url)).ok_or_else(|| {
            let words =
                "The definition makes an address that it does not allow; nothing was sent there. Get a newer one.";
            self.fault(FaultKind::Rejected, words)
        })?;
        if !request.query.0.is_empty() {
            let more = encode(&self.fill_pairs(&request.query, values)?);
            let query = url.query().map_or_else(|| more.clone(), |query| format!("{query}&{more}"));
            url.set_query(Some(&query).filter(|query| !query.is_empty()).map(String::as_str));
        }
        Ok(url)
    }

    /// Whether `url` is at a place that the definition declares.
    pub(super) fn may_ask(&self, url: &Url) -> bool {
        let is_one = self.bindings.origins.values().any(|origin| origin.origin() == url.origin());
        is_one || self.definition.others(&self.bindings.origins).any(|also| also.has(url))
    }

    fn frame(&self, pairs: &Pairs<Text>, values: &Values<'_>) -> Result<Frame, Fault> {
        let mut fields = Vec::new();
        for (key, text) in &pairs.0 {
            let field = match (text.as_file(), values.file) {
                (Some(true), Some(file)) => Field::File(&file.ascii_name),
                (Some(false), Some(file)) => Field::File(&file.name),
                _ => match self.field(text, values)? {
                    Some(value) => Field::Text(value),
                    None => continue,
                },
            };
            fields.push((key.as_str(), field));
        }
        Ok(frame(fields))
    }

    fn fill_pairs<'p>(&self, pairs: &'p Pairs<Text>, values: &Values<'_>) -> Result<Vec<(&'p str, String)>, Fault> {
        let mut filled = Vec::new();
        for (key, text) in &pairs.0 {
            filled.extend(self.field(text, values)?.map(|value| (key.as_str(), value)));
        }
        Ok(filled)
    }

    /// A field's value; `None` when it is only values and they are empty: then the field is left out.
    fn field(&self, text: &Text, values: &Values<'_>) -> Result<Option<String>, Fault> {
        let filled = self.fill(text, values)?;
        Ok(Some(filled).filter(|filled| !(filled.is_empty() && text.may_be_left_out())))
    }

    fn json(&self, json: &Json, values: &Values<'_>) -> Result<Option<Value>, Fault> {
        Ok(Some(match json {
            Json::Text(text) => return Ok(self.field(text, values)?.map(Value::from)),
            Json::Literal(value) => value.clone(),
            Json::Array(all) => {
                let mut filled = Vec::new();
                for value in all {
                    filled.extend(self.json(value, values)?);
                }
                filled.into()
            }
            Json::Object(pairs) => {
                let mut filled = serde_json::Map::new();
                for (key, value) in pairs {
                    filled.extend(self.json(value, values)?.map(|value| (key.clone(), value)));
                }
                filled.into()
            }
        }))
    }

    pub(super) fn fill(&self, text: &Text, values: &Values<'_>) -> Result<String, Fault> {
        text.fill(values).map_err(|name| self.missing(&name))
    }

    /// What names stand for at `place`.
    pub(super) fn values<'v>(&'v self, place: &'v Place<'_>) -> Values<'v> {
        self.bindings.values(&self.definition, place)
    }

    pub(super) fn missing(&self, name: &str) -> Fault {
        let host = self.name();
        if name.starts_with("{secret.") {
            let id = &self.definition.facts.id;
            let words = format!("{name} is not known. Sign in: `bbdrop hosts sign-in {id}`.");
            return fault(FaultKind::Auth, &words, host);
        }
        if name.starts_with("{origin.") {
            let id = &self.definition.facts.id;
            let key = name.trim_matches(['{', '}']).replacen("origin.", "origins.", 1);
            let words = format!("Its address is not set. Set it: `bbdrop hosts set {id} {key} https://…`.");
            return fault(FaultKind::Auth, &words, host);
        }
        let words = format!("The gallery was opened without {name}. Reset the gallery to upload it anew.");
        fault(FaultKind::Rejected, &words, host)
    }

    /// The host's words without what they repeat of our keys.
    pub(super) fn hide(&self, mut fault: Fault, place: &Place<'_>) -> Fault {
        let of_the_gallery = place.part.vars.iter().filter(|(name, _)| *name != "name").map(|(_, value)| value.clone());
        fault.words = self.keys().and(of_the_gallery).hide(&fault.words);
        fault
    }

    /// What must not be shown.
    pub(super) fn keys(&self) -> Keys {
        let of_sxcu = self.definition.sxcu.iter().flat_map(|sxcu| self.keys_of_sharex(sxcu)).collect::<Vec<_>>();
        Keys::of_secrets(self.bindings.secrets.values().chain(&of_sxcu).map(String::as_str))
    }

    pub(super) fn fault(&self, kind: FaultKind, words: &str) -> Fault {
        fault(kind, words, self.name())
    }

    pub(super) fn name(&self) -> &str {
        &self.definition.facts.name
    }
}

impl Bindings {
    /// What names stand for at `place`, in a definition.
    pub(super) fn values<'v>(&'v self, definition: &'v Definition, place: &'v Place<'_>) -> Values<'v> {
        Values {
            origins: &self.origins,
            options: &self.options,
            secrets: &self.secrets,
            gallery: &place.part.vars,
            image: &place.image,
            file: place.file,
            is_first: place.is_first,
            may_lack: &definition.may_lack,
        }
    }
}

impl<'a> Place<'a> {
    /// Of a gallery.
    pub fn of(part: &'a mut Part) -> Self {
        Self {
            part,
            image: BTreeMap::new(),
            file: None,
            is_first: false,
            is_about_an_image: false,
            made: BTreeMap::new(),
        }
    }

    /// Of one image of it.
    pub fn of_image(part: &'a mut Part, file: Option<&'a FileFacts>, is_first: bool) -> Self {
        Self { file, is_first, is_about_an_image: true, ..Self::of(part) }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let of_gallery = name.strip_prefix("gallery.").or((!self.is_about_an_image).then_some(name));
        of_gallery.map_or_else(|| self.image.get(name), |name| self.part.vars.get(name)).map(String::as_str)
    }

    pub(super) fn put(&mut self, name: &str, value: String) {
        if let Some(name) = name.strip_prefix("gallery.") {
            self.part.vars.insert(name.to_owned(), value.clone());
            self.made.insert(name.to_owned(), value);
        } else if self.is_about_an_image {
            self.image.insert(name.to_owned(), value);
        } else {
            self.part.vars.insert(name.to_owned(), value);
        }
    }
}

/// The body's media type, unless the definition says another.
pub(super) fn set_kind(headers: &mut HeaderMap, kind: &str) {
    if let (false, Ok(kind)) = (headers.contains_key(CONTENT_TYPE), HeaderValue::from_str(kind)) {
        headers.insert(CONTENT_TYPE, kind);
    }
}

/// As a query or a form.
fn encode(pairs: &[(&str, String)]) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.join("&")
}
