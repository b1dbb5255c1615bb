//! A server that stands in for a host: answers as its fixture says, remembers what came, and fails on demand.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// How a host answers, by its documentation; and what is needed to use it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// Where the shape of the answers is from.
    pub source: String,
    /// The definition, where none comes with the program; `<<url>>` is where the stand-in is.
    pub definition: Option<String>,
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    pub answer: Vec<Rule>,
}

/// What is answered to one kind of request. `<<…>>` in texts is filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub method: String,
    /// With `*` for any one segment. Begins with the name of the origin.
    pub path: String,
    /// `field=value` of the form that must be there; `field=` for one that must not.
    pub when: Option<String>,
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    /// The request brings an image; this names the gallery of the host that it goes into.
    pub stores: Option<String>,
    /// Where a success without its links is tried; unless said, where the image comes.
    #[serde(default)]
    pub gives_links: bool,
}

const fn ok() -> u16 {
    200
}

/// What goes wrong with the requests that bring an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status, and `Retry-After: 7` with 429.
    Status(u16),
    /// The answer breaks off in its middle.
    Truncated,
    /// A web page instead of a result.
    Html,
    /// The answer without the links that it should have.
    Empty,
    /// The connection ends after so many bytes of the body.
    CutAfter(usize),
    /// Nothing is read or answered any more.
    Stall,
}

/// One image as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub gallery: String,
    pub file: String,
    pub content: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    number: usize,
    stored: Vec<Stored>,
    fault: Option<(Fault, usize)>,
    /// Every answer comes byte by byte.
    is_slow: bool,
    unknown: Vec<String>,
    /// What every field had when it was last sent.
    last: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct StandIn {
    pub url: String,
    state: Arc<Mutex<State>>,
    ended: Arc<AtomicBool>,
}

impl StandIn {
    pub fn start(fixture: &Fixture) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let (rules, shared, over, base) =
            (Arc::new(fixture.answer.clone()), Arc::clone(&state), Arc::clone(&ended), url.clone());
        let accept = move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { return };
                let connection = Connection {
                    rules: Arc::clone(&rules),
                    state: Arc::clone(&shared),
                    base: base.clone(),
                    ended: Arc::clone(&over),
                };
                drop(thread(move || connection.serve(stream)));
            }
        };
        drop(thread(accept)); // Ends with the stand-in.
        Self { url, state, ended }
    }

    /// The next so many requests that bring an image fail so.
    pub fn fail(&self, fault: Fault, times: usize) {
        self.state.lock().expect("whole").fault = Some((fault, times));
    }

    /// Whether the failure has still to come.
    pub fn is_to_fail(&self) -> bool {
        self.state.lock().expect("whole").fault.is_some()
    }

    pub fn answer_slowly(&self) {
        self.state.lock().expect("whole").is_slow = true;
    }

    pub fn stored(&self) -> Vec<Stored> {
        let state = self.state.lock().expect("whole");
        assert_eq!(state.unknown, Vec::<String>::new(), "requests that the fixture does not know");
        state.stored.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://")); // Wakes it up to see that it is over.
    }
}

fn thread(work: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::Builder::new().name("stand-in".to_owned()).spawn(work).expect("a thread")
}

struct Connection {
    rules: Arc<Vec<Rule>>,
    state: Arc<Mutex<State>>,
    base: String,
    ended: Arc<AtomicBool>,
}

/// A request, taken apart.
#[derive(Default)]
struct Request {
    method: String,
    path: String,
    fields: BTreeMap<String, String>,
    /// Name and content of the image.
    file: Option<(String, Vec<u8>)>,
}

impl Connection {
    fn serve(&self, stream: TcpStream) {
        let mut writer = stream.try_clone().expect("cloned");
        let mut reader = BufReader::new(stream);
        while self.serve_one(&mut reader, &mut writer).is_some() {}
    }

    /// One request and its answer; `None` when the connection is over.
    fn serve_one(&self, reader: &mut BufReader<TcpStream>, writer: &mut TcpStream) -> Option<()> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
        }
        let header = |name: &str| {
            let value = |line: &str| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            };
            head.lines().find_map(value)
        };
        let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let kind = header("content-type").unwrap_or_default();
        let mut request = Request::of_head(&head);
        let brings_image = (kind.starts_with("multipart/") || request.method == "PUT")
            && self.rules.iter().any(|rule| rule.stores.is_some() && rule.is_for(&request, false));
        let mut fault = self.take_fault(|fault| brings_image && fault != Fault::Empty);
        match fault {
            Some(Fault::CutAfter(bytes)) => {
                let _ = reader.take(bytes.min(length) as u64).read_to_end(&mut Vec::new());
                return None;
            }
            Some(Fault::Stall) => {
                while !self.ended.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                return None;
            }
            _ => {}
        }
        let mut body = Vec::new();
        let _ = reader.take(length as u64).read_to_end(&mut body);
        if body.len() < length {
            return None;
        }
        request.read_body(&kind, &body);
        let gives_links = self.rules.iter().any(|rule| rule.gives_links && rule.is_for(&request, true));
        fault = fault.or_else(|| self.take_fault(|fault| gives_links && fault == Fault::Empty));
        self.write(writer, &request, fault)
    }

    fn write(&self, writer: &mut TcpStream, request: &Request, fault: Option<Fault>) -> Option<()> {
        let (status, headers, text) = match fault {
            Some(Fault::Status(status)) => {
                let headers = if status == 429 { "Retry-After: 7\r\n" } else { "" };
                (status, headers.to_owned(), r#"{"error":"scripted"}"#.to_owned())
            }
            Some(Fault::Html) => {
                (200, "Content-Type: text/html\r\n".to_owned(), "<html><body>Busy</body></html>".to_owned())
            }
            Some(Fault::Empty) => {
                let (status, headers, text) = self.answer(request);
                (status, headers, without_links(&text))
            }
            _ => self.answer(request),
        };
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{text}", text.len());
        let is_cut = fault == Some(Fault::Truncated);
        let end = if is_cut { answer.len() - text.len().div_ceil(2).max(1) } else { answer.len() };
        let whole = &answer.as_bytes()[..end];
        let is_slow = self.state.lock().expect("whole").is_slow;
        let pieces: Vec<&[u8]> = if is_slow { whole.chunks(1).collect() } else { vec![whole] };
        for piece in pieces {
            writer.write_all(piece).ok()?;
        }
        (!is_cut).then_some(())
    }

    fn take_fault(&self, is_it: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut state = self.state.lock().expect("whole");
        let (fault, times) = state.fault.filter(|(fault, _)| is_it(*fault))?;
        state.fault = (times > 1).then_some((fault, times - 1));
        Some(fault)
    }

    fn answer(&self, request: &Request) -> (u16, String, String) {
        let mut state = self.state.lock().expect("whole");
        state.number += 1;
        let number = state.number;
        state.last.extend(request.fields.clone());
        let Some(rule) = self.rules.iter().find(|rule| rule.is_for(request, true)) else {
            state.unknown.push(format!("{} {} {:?}", request.method, request.path, request.fields.keys()));
            return (404, String::new(), String::new());
        };
        let name = request.file.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        let size = request.file.as_ref().map_or(0, |(_, content)| content.len());
        let last = state.last.clone();
        let fill = |text: &str, stored: &[Stored]| {
            fill(
                text,
                &|key: &str| match key.split_once(':') {
                    None if key == "n" => Some(number.to_string()),
                    None if key == "base" => Some(self.base.clone()),
                    None if key == "name" => Some(name.clone()),
                    None if key == "size" => Some(size.to_string()),
                    Some(("last", field)) => last.get(field).cloned(),
                    Some(("field", field)) => Some(request.fields.get(field).cloned().unwrap_or_default()),
                    Some(("segment", n)) => {
                        request.path.split('/').nth(n.parse::<usize>().ok()? + 1).map(str::to_owned)
                    }
                    _ => None,
                },
                stored,
            )
        };
        if let (Some(gallery), Some((file, content))) = (&rule.stores, &request.file) {
            let gallery = fill(gallery, &[]);
            state.stored.push(Stored { gallery, file: file.clone(), content: content.clone() });
        }
        let stored = &state.stored;
        let headers = rule.headers.iter().map(|(key, value)| format!("{key}: {}\r\n", fill(value, stored)));
        (rule.status, headers.collect(), fill(&rule.body, stored))
    }
}

/// `<<key>>` becomes its value; `<<each GALLERY>>…<</each>>` is repeated for every image in it, newest first, with `<<item.n>>`
/// and `<<item.name>>`.
fn fill(text: &str, value: &dyn Fn(&str) -> Option<String>, stored: &[Stored]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<<") {
        filled.push_str(before);
        let (key, after) = after.split_once(">>").expect("closed");
        rest = after;
        if let Some(gallery) = key.strip_prefix("each ") {
            let gallery = value(gallery).expect("a gallery");
            let (inner, after) = after.split_once("<</each>>").expect("an end");
            rest = after;
            let items = stored.iter().enumerate().filter(|(_, stored)| stored.gallery == gallery).rev();
            for (n, item) in items {
                let name = item.file.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
                filled.push_str(&inner.replace("<<item.n>>", &n.to_string()).replace("<<item.name>>", &name));
            }
        } else {
            filled.push_str(&value(key).unwrap_or_else(|| panic!("the fixture knows no <<{key}>>")));
        }
    }
    filled + rest
}

/// As hosts do that say "success" and give nothing.
fn without_links(text: &str) -> String {
    fn empty(value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("http") => text.clear(),
            Value::Array(values) => values.iter_mut().for_each(empty),
            Value::Object(map) => {
                for (key, value) in map {
                    if key == "id" {
                        *value = "".into();
                    } else {
                        empty(value);
                    }
                }
            }
            _ => {}
        }
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut json) => {
            empty(&mut json);
            json.to_string()
        }
        Err(_) => String::new(),
    }
}

impl Rule {
    fn is_for(&self, request: &Request, with_body: bool) -> bool {
        let mut wanted = self.path.split('/');
        let mut there = request.path.split('/');
        let is_path = loop {
            match (wanted.next(), there.next()) {
                (None, None) => break true,
                (Some(wanted), Some(there)) if wanted == "*" || wanted == there => {}
                _ => break false,
            }
        };
        let field = |condition: &String| {
            let (name, value) = condition.split_once('=').expect("field=value");
            request.fields.get(name).map_or("", String::as_str) == value
        };
        self.method == request.method && is_path && (!with_body || self.when.iter().all(field))
    }
}

impl Request {
    fn of_head(head: &str) -> Self {
        let mut words = head.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self { method, path: decode(path), ..Self::default() };
        request.read_pairs(query);
        request
    }

    fn read_pairs(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.fields.insert(decode(name), decode(value));
        }
    }

    fn read_body(&mut self, kind: &str, body: &[u8]) {
        if let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") {
            let separator = format!("--{boundary}");
            for part in split(body, &separator) {
                let Some(part) = part.strip_prefix(b"\r\n") else { continue };
                let part = part.strip_suffix(b"\r\n").unwrap_or(part);
                let at = part.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
                let (head, content) = (String::from_utf8_lossy(&part[..at]).into_owned(), &part[at + 4..]);
                let parameter = |name: &str| {
                    let (_, rest) = head.split_once(&format!("{name}=\""))?;
                    let text = rest.split('"').next()?;
                    Some(text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
                };
                if let Some(file) = parameter("; filename") {
                    self.file = Some((file, content.to_vec()));
                } else {
                    let text = String::from_utf8_lossy(content).into_owned();
                    self.fields.insert(parameter("; name").unwrap_or_default(), text);
                }
            }
        } else if self.method == "PUT" {
            let name = self.path.rsplit('/').next().unwrap_or_default().to_owned();
            self.file = Some((name, body.to_vec()));
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            self.read_pairs(&String::from_utf8_lossy(body));
        } else if kind.starts_with("application/json") {
            let json: Value = serde_json::from_slice(body).expect("JSON");
            for (key, value) in json.as_object().into_iter().flatten() {
                self.fields.insert(key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
    }
}

fn split<'a>(body: &'a [u8], separator: &str) -> Vec<&'a [u8]> {
    // Not byte by byte: these tests are not optimised.
    let separator = regex::bytes::Regex::new(&regex::escape(separator)).expect("good");
    let mut from = 0;
    let mut part = |found: regex::bytes::Match| &body[std::mem::replace(&mut from, found.end())..found.start()];
    separator.find_iter(body).map(&mut part).collect()
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
