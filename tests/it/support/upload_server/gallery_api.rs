//! The gallery API: what a whole request does, and what it is answered. No sockets, no waiting.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::connection::Head;
use super::faults::Fault;
use super::log::{Kind, Pending};
use super::multipart::{Form, Malformed};

/// Of a JSON body, in bytes.
const JSON_MAX: usize = 64 * 1024;
/// Unreserved characters (RFC 3986) stay as they are.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The API's side of a server.
pub struct Api {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    pub key: Option<String>,
}

/// What is kept of a body.
pub enum Intake {
    Json(Vec<u8>),
    Form(Box<Form>),
    /// Not understood; the rest of the body comes all the same, and then the answer says this.
    Malformed(Malformed),
}

pub struct Answer {
    pub status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Kind {
    pub fn of(head: &Head) -> Self {
        match (head.method.as_str(), segments(&head.path).as_slice()) {
            ("POST", ["galleries"]) => Self::Open,
            ("POST", ["images"]) => Self::Upload,
            ("POST", ["galleries", _, "finalize"]) => Self::Close,
            _ => Self::Other,
        }
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.trim_start_matches('/').split('/').collect()
}

impl Intake {
    pub fn new(kind: Kind, head: &Head, hashes: bool) -> Self {
        if kind != Kind::Upload {
            return Self::Json(Vec::new());
        }
        Form::new(&head.content_type, hashes).map_or_else(Self::Malformed, |form| Self::Form(Box::new(form)))
    }

    pub fn take(&mut self, piece: &[u8]) {
        let taken = match self {
            Self::Json(json) if json.len() + piece.len() > JSON_MAX => Err("this JSON is too long"),
            Self::Json(json) => {
                json.extend_from_slice(piece);
                Ok(())
            }
            Self::Form(form) => form.take(piece),
            Self::Malformed(_) => Ok(()),
        };
        if let Err(malformed) = taken {
            *self = Self::Malformed(malformed);
        }
    }
}

impl Api {
    /// Carries a request out.
    pub fn answer(&self, head: &Head, intake: &Intake, pending: &mut Pending) -> Answer {
        if self.key.is_some() && self.key != head.api_key {
            return Answer::error(401, "X-API-Key is missing or wrong");
        }
        match (pending.arrival.kind, intake) {
            (_, Intake::Malformed(words)) => Answer::error(400, words),
            (Kind::Open, Intake::Json(json)) => self.open(json, pending),
            (Kind::Close, Intake::Json(json)) => self.close(&head.path, json, pending),
            (_, Intake::Form(form)) => self.upload(form, pending),
            (Kind::Upload | Kind::Other, Intake::Json(_)) => self.list(head, pending).unwrap_or_else(|| page(head)),
        }
    }

    fn open(&self, json: &[u8], pending: &mut Pending) -> Answer {
        let Some(name) = text_of(json, "name") else { return Answer::error(400, "a gallery needs a name") };
        let (hash, upload_key) = pending.log.open(name);
        pending.arrival.gallery.clone_from(&hash);
        pending.arrival.is_stored = true;
        let url = self.gallery_url(&hash, pending);
        Answer::json(200, &json!({"hash": hash, "upload_key": upload_key, "url": url}))
    }

    fn close(&self, path: &str, json: &[u8], pending: &mut Pending) -> Answer {
        let hash = segments(path).get(1).copied().unwrap_or_default();
        hash.clone_into(&mut pending.arrival.gallery);
        if !pending.log.close(hash, &text_of(json, "upload_key").unwrap_or_default()) {
            return Answer::error(404, "no gallery with this hash and upload_key");
        }
        pending.arrival.is_stored = true;
        Answer::json(200, &json!({"url": self.gallery_url(hash, pending)}))
    }

    fn upload(&self, form: &Form, pending: &mut Pending) -> Answer {
        let Some(image) = form.image().filter(|_| form.is_whole()) else {
            return Answer::error(400, "the form has no field img, or no end");
        };
        let Some(id) = pending.log.store(&form.gallery(), &form.key()) else {
            return Answer::error(404, "no gallery with this hash and key");
        };
        pending.arrival.is_stored = true;
        let name = utf8_percent_encode(&image.file_name, SEGMENT).to_string();
        let url = |place: &str| dressed(format!("{}/{place}/{id}/{name}", self.url), pending.arrival.fault.as_ref());
        Answer::json(
            200,
            &json!({
                "name": image.file_name,
                "show_url": url("show"),
                "th_url": url("thumb"),
                "direct_url": url("file"),
            }),
        )
    }

    /// The images of a gallery: `GET /galleries/HASH/images`.
    fn list(&self, head: &Head, pending: &Pending) -> Option<Answer> {
        let path = segments(&head.path);
        let ["galleries", hash, "images"] = path.as_slice() else { return None };
        let url = |place: &str, name: &str| format!("{}/{place}/0/{}", self.url, utf8_percent_encode(name, SEGMENT));
        let image = |name: String| {
            json!({
                "show_url": url("show", &name),
                "th_url": url("thumb", &name),
                "direct_url": url("file", &name),
                "name": name,
            })
        };
        let images: Vec<_> = pending.log.names_in(hash).into_iter().map(image).collect();
        (head.method == "GET").then(|| Answer::json(200, &json!({ "images": images })))
    }

    fn gallery_url(&self, hash: &str, pending: &Pending) -> String {
        dressed(format!("{}/gallery/{hash}", self.url), pending.arrival.fault.as_ref())
    }
}

/// The URL as the fault wants it.
fn dressed(url: String, fault: Option<&Fault>) -> String {
    match fault {
        Some(Fault::EmptyUrls) => String::new(),
        Some(Fault::UrlsWithoutName) => url.rsplit_once('/').map_or(String::new(), |(place, _)| format!("{place}/")),
        _ => url,
    }
}

/// For whoever follows a link.
fn page(head: &Head) -> Answer {
    match segments(&head.path).as_slice() {
        [place @ ("show" | "gallery"), ..] if head.method == "GET" => {
            Answer::html(200, &format!("<p>A {place} page.</p>"))
        }
        _ => Answer::error(404, "there is nothing here"),
    }
}

fn text_of(json: &[u8], field: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(json).ok()?;
    value.get(field)?.as_str().map(str::to_owned)
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("Content-Type", "application/json".to_owned())], body: body.to_string() }
    }

    pub fn error(status: u16, words: &str) -> Self {
        Self::json(status, &json!({"error": words}))
    }

    pub fn html(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type", "text/html; charset=utf-8".to_owned())];
        Self { status, headers, body: format!("<html><body>{body}</body></html>\n") }
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} \r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            bytes.extend([name, ": ", value, "\r\n"]);
        }
        bytes.extend(["\r\n", &self.body]);
        bytes.into_bytes()
    }
}
