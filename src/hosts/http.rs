//! Runs the steps of a definition: one request each, streamed, watched while no byte moves. Retries nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};

use super::answer::{self, Answer, fault, link};
use super::client::{Activity, Clients};
use super::definition::{Body, Definition, Pairs, Step};
use super::multipart::{Field, Frame, frame};
use super::names::url_segment;
use super::values::{State, Text, Values};
use super::{Source, Timeouts, Upload};
use crate::core::gallery::Session;
use crate::core::{ContentHash, Fault, FaultKind, Gallery, HostFacts, ImageLinks, Sent};

/// What is shorter is no key, and common in words.
const KEY_BYTES_MIN: usize = 6;

/// A service that a definition describes.
#[derive(Debug)]
pub struct HttpHost {
    definition: Definition,
    clients: Clients,
}

/// How the reading of an image ended; nothing yet while it is read.
type End = Arc<OnceLock<Result<ContentHash, Fault>>>;

impl HttpHost {
    /// The host of `definition`. Contacts nobody yet.
    #[must_use]
    pub fn new(definition: Definition) -> Self {
        let clients = Clients::new(&definition.origins);
        Self { definition, clients }
    }

    /// What the queue knows of it.
    #[must_use]
    pub const fn facts(&self) -> &HostFacts {
        &self.definition.facts
    }

    pub(super) async fn open(&self, gallery: &Gallery, timeouts: Timeouts) -> Result<Session, Fault> {
        let vars = BTreeMap::from([("name".to_owned(), gallery.name.clone())]);
        let mut state = State { vars, link: String::new() };
        for step in &self.definition.open {
            self.step(step, &mut state, timeouts).await?;
        }
        let session = serde_json::to_string(&state);
        session.map(Session).map_err(|error| self.fault(FaultKind::HostFault, &error.to_string()))
    }

    pub(super) async fn upload(&self, session: &Session, upload: Upload) -> Result<Sent, Fault> {
        let state = self.state(session)?;
        self.check_size(upload.stamp.bytes)?;
        let name = upload.source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = Some((name.as_str(), upload.stamp.bytes));
        let values = Values { origins: &self.definition.origins, state: &state, file };
        let (mut links, mut hash, mut rest_ms) = (ImageLinks::default(), None, None);
        for step in &self.definition.upload {
            let source = if step.sends_file() {
                Some(Source::open(upload.source.clone(), upload.stamp, upload.meter.clone()).await?)
            } else {
                None
            };
            let end = End::default();
            let answer = self.exchange(step, &values, source, &end, upload.timeouts).await?;
            rest_ms = answer.rest_ms().or(rest_ms);
            for (name, value) in self.values(&answer, step, &state)? {
                // A link that ends in a slash is what Pixhost gives for an image it has not kept.
                let value = link(&value).filter(|link| !link.ends_with('/')).ok_or_else(|| self.no_link(name))?;
                match name {
                    "link" => links.link = value,
                    "thumb" => links.thumb = value,
                    _ => links.direct = value,
                }
            }
            if step.sends_file() {
                let words = "The host answered before it had the whole image. Retry later.";
                let whole = end.get().cloned().unwrap_or_else(|| Err(self.fault(FaultKind::HostFault, words)));
                hash = Some(whole?);
            }
        }
        if links.link.is_empty() { Err(self.no_link("link")) } else { Ok(Sent { links, hash, rest_ms }) }
    }

    pub(super) async fn close(&self, session: &Session, title: &str, timeouts: Timeouts) -> Result<String, Fault> {
        let mut state = self.state(session)?;
        state.vars.insert("name".to_owned(), title.to_owned());
        for step in &self.definition.close {
            self.step(step, &mut state, timeouts).await?;
        }
        Ok(state.link)
    }

    /// A step that is about the gallery: every value that it wants must be there.
    async fn step(&self, step: &Step, state: &mut State, timeouts: Timeouts) -> Result<(), Fault> {
        let values = Values { origins: &self.definition.origins, state, file: None };
        let answer = self.exchange(step, &values, None, &End::default(), timeouts).await?;
        let found = self.values(&answer, step, state)?;
        if found.len() < step.extract.len() {
            return Err(answer.senseless(self.name()));
        }
        for (name, value) in found {
            if name == "link" {
                state.link = link(&value).ok_or_else(|| self.no_link(name))?;
            } else {
                state.vars.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// What `answer` gives, or the host's words without what they repeat of our keys.
    fn values<'a>(&self, answer: &Answer, step: &'a Step, state: &State) -> Result<Vec<(&'a str, String)>, Fault> {
        answer.values(step, self.name()).map_err(|fault| {
            let keys = state.vars.iter().filter(|(name, value)| *name != "name" && value.len() >= KEY_BYTES_MIN);
            let words = keys.fold(fault.words, |words, (_, key)| words.replace(key, "…"));
            Fault { words, ..fault }
        })
    }

    /// One request and its answer. A fault of the image itself goes before what the host makes of it.
    async fn exchange(
        &self,
        step: &Step,
        values: &Values<'_>,
        source: Option<Source>,
        end: &End,
        timeouts: Timeouts,
    ) -> Result<Answer, Fault> {
        let client = self.clients.get(timeouts.connect).await.map_err(|cause| {
            let words = format!("Secure connections cannot be made on this computer: {cause}. Check its certificates.");
            self.fault(FaultKind::Rejected, &words)
        })?;
        let activity = Activity::new();
        let request = self.request(&client, step, values, source.map(|source| (source, Arc::clone(end))), &activity)?;
        let exchange = async {
            match request.send().await {
                Ok(response) => answer::read(response, &activity, self.name()).await,
                Err(error) => Err(answer::unreachable(&error, timeouts.connect, self.name())),
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = activity.idle(timeouts.idle) => Err(answer::silent(timeouts.idle, self.name())),
        };
        match end.get() {
            Some(Err(fault)) => Err(fault.clone()),
            _ => outcome,
        }
    }

    fn request(
        &self,
        client: &Client,
        step: &Step,
        values: &Values<'_>,
        source: Option<(Source, End)>,
        activity: &Arc<Activity>,
    ) -> Result<RequestBuilder, Fault> {
        let mut request = client.request(step.method.clone(), self.url(step, values)?);
        if step.needs_json() {
            let accept = step.default_header(&ACCEPT, "application/json");
            request = accept.into_iter().fold(request, |request, value| request.header(ACCEPT, value));
        }
        for (name, text) in &step.headers {
            let value = HeaderValue::from_bytes(self.fill(text, values)?.as_bytes()).map_err(|_| {
                let words = format!("The header {name} cannot be sent: its value has line breaks.");
                self.fault(FaultKind::Rejected, &words)
            })?;
            request = request.header(name, value);
        }
        Ok(match &step.body {
            Body::None => request,
            Body::Json(pairs) => {
                let filled = self.fill_pairs(pairs, values)?.into_iter();
                let json: serde_json::Map<_, _> = filled.map(|(key, value)| (key.to_owned(), value.into())).collect();
                request.header(CONTENT_TYPE, "application/json").body(serde_json::Value::from(json).to_string())
            }
            Body::Form(pairs) => {
                let form = encode(&self.fill_pairs(pairs, values)?);
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
            }
            Body::Multipart(pairs) => {
                let frame = self.frame(pairs, values)?;
                let request = request.header(CONTENT_TYPE, &frame.content_type);
                match (source, values.file) {
                    (Some((source, end)), Some((_, bytes))) => {
                        let around = frame.head.len() + frame.tail.len();
                        let length = bytes + u64::try_from(around).unwrap_or(u64::MAX);
                        let body = Sending::body(frame, source, end, Arc::clone(activity));
                        request.header(CONTENT_LENGTH, length).body(body)
                    }
                    _ => request.body(frame.head),
                }
            }
        })
    }

    fn url(&self, step: &Step, values: &Values<'_>) -> Result<Url, Fault> {
        let text = step.url.fill_with(values, url_segment).map_err(|name| self.missing(&name))?;
        let allowed = |url: &Url| values.origins.values().any(|origin| origin.origin() == url.origin());
        let mut url = Url::parse(&text).ok().filter(allowed).ok_or_else(|| {
            self.fault(FaultKind::Rejected, "The definition makes an address that it does not allow. Get a newer one.")
        })?;
        if !step.query.0.is_empty() {
            let more = encode(&self.fill_pairs(&step.query, values)?);
            let query = url.query().map_or_else(|| more.clone(), |query| format!("{query}&{more}"));
            url.set_query(Some(&query));
        }
        Ok(url)
    }

    fn frame(&self, pairs: &Pairs<Text>, values: &Values<'_>) -> Result<Frame, Fault> {
        let mut fields = Vec::new();
        for (key, text) in &pairs.0 {
            let field = match values.file {
                Some((name, _)) if text.is_file() => Field::File(name),
                _ => Field::Text(self.fill(text, values)?),
            };
            fields.push((key.as_str(), field));
        }
        Ok(frame(fields))
    }

    fn fill_pairs<'a>(&self, pairs: &'a Pairs<Text>, values: &Values<'_>) -> Result<Vec<(&'a str, String)>, Fault> {
        pairs.0.iter().map(|(key, text)| Ok((key.as_str(), self.fill(text, values)?))).collect()
    }

    fn fill(&self, text: &Text, values: &Values<'_>) -> Result<String, Fault> {
        text.fill(values).map_err(|name| self.missing(&name))
    }

    fn check_size(&self, bytes: u64) -> Result<(), Fault> {
        match self.definition.facts.limits.image_bytes_max {
            Some(max) if bytes > max => {
                let (size, most) = sizes(bytes, max);
                let words = format!("The image has {size}, the host takes {most}. Make it smaller.");
                Err(self.fault(FaultKind::TooLarge, &words))
            }
            _ => Ok(()),
        }
    }

    fn state(&self, session: &Session) -> Result<State, Fault> {
        serde_json::from_str(&session.0).map_err(|error| {
            let words = format!("The gallery's session cannot be read ({error}). Remove the gallery and add it again.");
            self.fault(FaultKind::Rejected, &words)
        })
    }

    /// The definition is another one than the gallery was opened with.
    fn missing(&self, name: &str) -> Fault {
        let words = format!("The gallery was opened without {name}. Remove the gallery and add it again.");
        self.fault(FaultKind::Rejected, &words)
    }

    fn no_link(&self, name: &str) -> Fault {
        let words = format!("The host says that it worked, but gives no usable {name}. Retry later.");
        self.fault(FaultKind::HostFault, &words)
    }

    fn fault(&self, kind: FaultKind, words: &str) -> Fault {
        fault(kind, words, self.name())
    }

    fn name(&self) -> &str {
        &self.definition.facts.name
    }
}

/// As a query or a form.
fn encode(pairs: &[(&str, String)]) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.join("&")
}

/// Two sizes in words that differ.
fn sizes(one: u64, other: u64) -> (String, String) {
    let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    let (long, short) = (megabytes(one), megabytes(other));
    if long == short { (format!("{one} bytes"), format!("{other} bytes")) } else { (long, short) }
}

/// A body on its way: the frame's head, the image, the frame's tail.
struct Sending {
    head: Bytes,
    tail: Bytes,
    source: Source,
    end: End,
    activity: Arc<Activity>,
}

impl Sending {
    fn body(frame: Frame, source: Source, end: End, activity: Arc<Activity>) -> reqwest::Body {
        let sending = Self { head: frame.head.into(), tail: frame.tail.into(), source, end, activity };
        reqwest::Body::wrap_stream(futures_util::stream::try_unfold(sending, |mut sending| async move {
            Ok::<_, Fault>(sending.next().await?.map(|chunk| (chunk, sending)))
        }))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if !self.head.is_empty() {
            self.activity.touch();
            return Ok(Some(std::mem::take(&mut self.head)));
        }
        if self.end.get().is_none() {
            self.activity.ours();
            let next = self.source.next().await;
            self.activity.theirs();
            match next {
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                Ok(None) => {
                    let broke_off = || Fault::new(FaultKind::LocalFile, "Reading the file broke off; retry.");
                    let _ = self.end.set(self.source.hash().ok_or_else(broke_off)); // It was empty.
                }
                Err(fault) => {
                    let _ = self.end.set(Err(fault.clone())); // It was empty.
                    return Err(fault);
                }
            }
        }
        let tail = std::mem::take(&mut self.tail);
        Ok((!tail.is_empty()).then_some(tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use crate::core::gallery::{AfterScan, Past, Place};
    use crate::core::{Folder, GalleryId, GalleryState, Tally};
    use crate::hosts::testing::{SCRIPTED, Server, Turn, answer, json};
    use crate::hosts::{Meter, Stamp};

    const OPENED: &str = r#"{"hash":"h/1","upload_key":"k\"1","url":"http://x.example/g/1"}"#;
    const SENT: &str = r#"{"show_url":"http://x.example/1","th_url":"http://x.example/t1","direct_url":null}"#;
    const PATIENT: Timeouts = Timeouts { connect: Duration::from_secs(15), idle: Duration::from_mins(1) };
    const HASTY: Timeouts = Timeouts { connect: Duration::from_secs(15), idle: Duration::from_millis(50) };

    fn host(server: &Server, more: &str) -> HttpHost {
        let text =
            SCRIPTED.replace("http://127.0.0.1:9000", &server.url).replace("[origins]", &format!("{more}\n[origins]"));
        HttpHost::new(Definition::parse(&text).expect("good"))
    }

    fn gallery(name: &str) -> Gallery {
        Gallery {
            id: GalleryId(1),
            folder: Folder { path: PathBuf::from("/a"), key: PathBuf::from("/a"), chosen: None },
            place: Place::default(),
            name: name.to_owned(),
            state: GalleryState::Queued,
            host: "scripted".to_owned(),
            after_scan: AfterScan::default(),
            tally: Tally::default(),
            session: None,
            link: None,
            reason: None,
            past: Past::default(),
        }
    }

    fn session() -> Session {
        Session(r#"{"vars":{"name":"A","hash":"h/1","key":"k"},"link":"http://x.example/g/1"}"#.to_owned())
    }

    struct Picture {
        _dir: tempfile::TempDir,
        path: PathBuf,
        content: Vec<u8>,
    }

    fn picture(bytes: usize) -> Picture {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("Beach \"1\".jpg");
        let content: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 253).expect("small")).collect();
        std::fs::write(&path, &content).expect("written");
        Picture { _dir: dir, path, content }
    }

    impl Picture {
        fn upload(&self, timeouts: Timeouts) -> Upload {
            Upload {
                source: self.path.clone(),
                stamp: Stamp::of(&std::fs::metadata(&self.path).expect("a file")),
                thumbnail: None,
                meter: Meter::default(),
                timeouts,
                is_uncertain: false,
            }
        }
    }

    #[tokio::test]
    async fn a_gallery_goes_there_and_its_links_come_back() {
        let server = Server::new(vec![json(OPENED), json(SENT), json(SENT), json(SENT), json("{}")]);
        let host = host(&server, "");
        let session = host.open(&gallery("Löwe \"7\""), PATIENT).await.expect("opened");
        let expected = r#"{"vars":{"hash":"h/1","key":"k\"1","name":"Löwe \"7\""},"link":"http://x.example/g/1"}"#;
        assert_eq!(session.0, expected);
        let pictures = [picture(0), picture(300_000), picture(2_000_000)];
        for picture in &pictures {
            let upload = picture.upload(PATIENT);
            let meter = upload.meter.clone();
            let sent = host.upload(&session, upload).await.expect("sent");
            assert_eq!(
                (sent.links.link.as_str(), sent.links.thumb.as_str()),
                ("http://x.example/1", "http://x.example/t1")
            );
            assert_eq!(sent.links.direct, "");
            assert_eq!(sent.hash, Some(ContentHash(*blake3::hash(&picture.content).as_bytes())));
            assert_eq!(meter.image.load(Ordering::Relaxed), picture.content.len() as u64);
        }
        let link = host.close(&session, "Löwe", PATIENT).await.expect("closed");
        assert_eq!(link, "http://x.example/g/1");

        let requests = server.requests();
        let first_lines: Vec<_> = requests.iter().filter_map(|request| request.head.lines().next()).collect();
        assert_eq!(first_lines.first(), Some(&"POST /galleries HTTP/1.1"));
        assert_eq!(first_lines.get(1), Some(&"POST /images HTTP/1.1"));
        assert_eq!(first_lines.last(), Some(&"POST /galleries/h%2F1/finalize HTTP/1.1"));
        assert!(requests[0].head.contains(concat!("user-agent: BBDrop/", env!("CARGO_PKG_VERSION"), "\r\n")));
        assert!(requests[0].head.contains("accept: application/json\r\n"));
        assert_eq!(requests[0].body, r#"{"name":"Löwe \"7\""}"#.as_bytes());
        assert_eq!(requests[4].body, br#"{"upload_key":"k\"1"}"#);
        for (request, picture) in requests[1..4].iter().zip(&pictures) {
            assert!(!request.head.contains("chunked") && !request.head.contains("expect"), "{}", request.head);
            let head = b"name=\"img\"; filename=\"Beach %221%22.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n";
            let at = request.body.windows(head.len()).position(|part| part == head).expect("the image's field");
            let image = &request.body[at + head.len()..];
            assert!(image.starts_with(&picture.content) && image[picture.content.len()..].starts_with(b"\r\n--BBDrop"));
        }
    }

    /// What becomes of one image when the host takes `turn`.
    async fn upload(turn: Turn, bytes: usize, timeouts: Timeouts) -> Result<Sent, Fault> {
        let server = Server::new(vec![turn]);
        let outcome = host(&server, "").upload(&session(), picture(bytes).upload(timeouts)).await;
        if let Err(fault) = &outcome {
            assert!(fault.words.ends_with(" Host: Scripted host"), "{fault}");
            assert!(!fault.words.contains("127.0.0.1") || fault.kind == FaultKind::Rejected, "{fault}");
        }
        outcome
    }

    #[tokio::test]
    async fn what_goes_wrong_on_the_way_has_its_kind() {
        let truncated = format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{SENT}");
        let half_json = answer(200, "", "{\"show_url\":\"http");
        let slash = SENT.replace("/1\"", "/\"");
        let relative = SENT.replace("http://x.example/1", "/1");
        let empty = SENT.replace("http://x.example/1", "");
        let endless = answer(200, "", &"x".repeat(5 << 20));
        let with_retry = answer(429, "Retry-After: 3\r\n", "");
        let elsewhere = answer(303, "Location: http://127.0.0.2:1/x\r\n", "");
        for (what, turn, kind) in [
            ("cut", Turn::Cut, FaultKind::Network),
            ("truncated", Turn::Last(truncated), FaultKind::HostFault),
            ("half JSON", Turn::Answer(half_json), FaultKind::HostFault),
            ("a slash", json(&slash), FaultKind::HostFault),
            ("relative", json(&relative), FaultKind::HostFault),
            ("empty", json(&empty), FaultKind::HostFault),
            ("nothing", json("{}"), FaultKind::HostFault),
            ("endless", Turn::Answer(endless), FaultKind::HostFault),
            ("too often", Turn::Answer(with_retry), FaultKind::RateLimited),
            ("elsewhere", Turn::Answer(elsewhere), FaultKind::Rejected),
        ] {
            let fault = upload(turn, 700_000, PATIENT).await.expect_err(what);
            assert_eq!(fault.kind, kind, "{what}: {fault}");
        }
    }

    #[tokio::test]
    async fn what_the_host_repeats_of_a_key_is_not_shown() {
        let server = Server::new(vec![Turn::Answer(answer(400, "", r#"{"error":"key s3cretkey of A is old"}"#))]);
        let session = Session(session().0.replace("\"k\"", "\"s3cretkey\""));
        let fault = host(&server, "").upload(&session, picture(9).upload(PATIENT)).await.expect_err("refused");
        assert_eq!(fault.words, "The host refused it: key … of A is old. Host: Scripted host");
    }

    #[tokio::test]
    async fn an_answer_before_the_end_is_no_success() {
        for (status, kind) in [(200, FaultKind::HostFault), (413, FaultKind::TooLarge)] {
            let fault = upload(Turn::Early(answer(status, "", SENT)), 30_000_000, PATIENT).await.expect_err("early");
            assert_eq!(fault.kind, kind, "{fault}");
        }
    }

    #[tokio::test]
    async fn silence_ends_it_and_nobody_there_is_said() {
        for bytes in [10, 30_000_000] {
            let fault = upload(Turn::Stall, bytes, HASTY).await.expect_err("silent");
            assert_eq!(fault.kind, FaultKind::Network);
            assert!(fault.words.contains("did not answer for 0.05 s"), "{fault}");
        }
        let mut server = Server::new(Vec::new());
        // Port 1 is nobody's.
        server.url = "http://127.0.0.1:1".to_owned();
        let fault = host(&server, "").open(&gallery("A"), PATIENT).await.expect_err("nobody");
        assert_eq!(fault.kind, FaultKind::Network);
        assert!(fault.words.contains("cannot be reached"), "{fault}");
    }

    #[tokio::test]
    async fn redirects_stay_within_the_origin() {
        let other = Server::new(Vec::new());
        let away = answer(302, &format!("Location: {}/stolen\r\n", other.url), "");
        let near = answer(303, "Location: /done\r\n", "");
        let server = Server::new(vec![Turn::Answer(away), Turn::Answer(near), json(OPENED)]);
        let host = host(&server, "");
        let fault = host.open(&gallery("A"), PATIENT).await.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::Rejected);
        assert!(fault.words.contains(&other.url) && !fault.words.contains("stolen"), "{fault}");
        assert!(host.open(&gallery("A"), PATIENT).await.is_ok());
        assert!(other.requests().is_empty());
        assert_eq!(server.requests().len(), 3);
    }

    #[tokio::test]
    async fn an_opening_without_its_values_is_none() {
        for body in [r#"{"hash":"h","upload_key":"k"}"#, r#"{"hash":"h","upload_key":"","url":"http://x.example"}"#] {
            let server = Server::new(vec![json(body)]);
            let fault = host(&server, "").open(&gallery("A"), PATIENT).await.expect_err("incomplete");
            assert_eq!(fault.kind, FaultKind::HostFault, "{fault}");
        }
    }

    #[tokio::test]
    async fn faults_of_the_image_are_not_the_hosts() {
        let server = Server::new(vec![Turn::Answer(String::new())]);
        let host = host(&server, "[limits]\nimage_bytes_max = 5_000_000");
        let picture = picture(4_000_000);
        let mut large = picture.upload(PATIENT);
        large.stamp.bytes = 5_000_001;
        let fault = host.upload(&session(), large).await.expect_err("too large");
        assert_eq!(fault.kind, FaultKind::TooLarge);
        assert!(fault.words.contains("5000001 bytes") && fault.words.contains("5000000 bytes"), "{fault}");
        let mut other = picture.upload(PATIENT);
        other.stamp.modified_at += 1;
        assert_eq!(host.upload(&session(), other).await.expect_err("changed").kind, FaultKind::Changed);

        // Grows while it is sent: the limit keeps the first pieces back until it has.
        let mut growing = picture.upload(PATIENT);
        let throttle = Arc::new(crate::hosts::Throttle::default());
        throttle.set(Some(1_000));
        growing.meter.throttles.push(Arc::clone(&throttle));
        let image = Arc::clone(&growing.meter.image);
        let session = session();
        let (outcome, ()) = tokio::join!(host.upload(&session, growing), async {
            while image.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
            let mut file = std::fs::OpenOptions::new().append(true).open(&picture.path).expect("opened");
            std::io::Write::write_all(&mut file, b"more").expect("grown");
            throttle.set(None);
        });
        assert_eq!(outcome.expect_err("changed").kind, FaultKind::Changed);
        let arrived = server.requests();
        assert!(arrived.iter().all(|request| request.body.len() < picture.content.len()), "it arrived whole");
    }

    #[tokio::test]
    async fn giving_up_closes_the_connection() {
        let server = Server::new(vec![Turn::Answer(String::new())]);
        let host = host(&server, "");
        let picture = picture(4_000_000);
        let upload = picture.upload(PATIENT);
        let throttle = Arc::new(crate::hosts::Throttle::default());
        throttle.set(Some(1_000));
        let (mut upload, image) = (
            Upload { meter: Meter { throttles: vec![throttle], ..upload.meter }, ..upload },
            Arc::<std::sync::atomic::AtomicU64>::default(),
        );
        upload.meter.image = Arc::clone(&image);
        let session = session();
        tokio::select! {
            outcome = host.upload(&session, upload) => panic!("{outcome:?}"),
            () = async { while image.load(Ordering::Relaxed) == 0 { tokio::task::yield_now().await; } } => {}
        }
        // The server reads on until the connection ends.
        let requests = tokio::task::spawn_blocking(|| server.requests()).await.expect("ended");
        assert!(requests.iter().all(|request| request.body.len() < picture.content.len()));
    }
}
