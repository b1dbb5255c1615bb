//! The body of an upload: a multipart form with one file in it, streamed, of exactly known length (RFC 7578).

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher as _, Hasher as _};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::activity::{Activity, Turn};
use super::source::Source;
use crate::core::{ContentHash, Fault};

/// A form under construction.
#[derive(Debug)]
pub struct Form {
    boundary: String,
    /// Before the file; everything when there is none.
    head: String,
    /// After the file.
    tail: String,
    has_file: bool,
}

/// What is known of a body once it was sent.
#[derive(Debug, Default)]
pub struct Outcome {
    /// When something moved last.
    pub activity: Activity,
    /// Why the file could not be sent.
    pub fault: OnceLock<Fault>,
    /// Of the file, once all of it was handed out.
    pub hash: OnceLock<ContentHash>,
}

/// The body itself.
pub struct FormBody {
    head: Option<Bytes>,
    file: Reading,
    tail: Option<Bytes>,
    left: u64,
    outcome: Arc<Outcome>,
}

type Read = (Source, Result<Option<Bytes>, Fault>);

enum Reading {
    Waiting(Source),
    Under(Pin<Box<dyn Future<Output = Read> + Send + Sync>>),
    Done,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        // Keys of the system's random numbers: nobody can put the boundary into a file.
        let random = || RandomState::new().build_hasher().finish();
        let boundary = format!("BBDrop-{:016x}{:016x}", random(), random());
        Self { boundary, head: String::new(), tail: String::new(), has_file: false }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) {
        let (boundary, name) = (self.boundary.clone(), quoted(name));
        self.write(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }

    /// Adds the file; once.
    pub fn file(&mut self, name: &str, file_name: &str) {
        let (boundary, media_type) = (self.boundary.clone(), media_type(file_name));
        let (name, file_name) = (quoted(name), quoted(file_name));
        self.write(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        ));
        self.has_file = true;
        self.write("\r\n");
    }

    /// The whole of a form without a file.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        self.end();
        Bytes::from(self.head + &self.tail)
    }

    /// The whole, with `source`, which has `bytes`, as its file.
    #[must_use]
    pub fn into_body(mut self, source: Source, bytes: u64, outcome: Arc<Outcome>) -> FormBody {
        self.end();
        let left = self.head.len() as u64 + bytes + self.tail.len() as u64;
        FormBody {
            head: Some(Bytes::from(self.head)),
            file: Reading::Waiting(source),
            tail: Some(Bytes::from(self.tail)),
            left,
            outcome,
        }
    }

    fn end(&mut self) {
        let end = format!("--{}--\r\n", self.boundary);
        self.write(&end);
    }

    fn write(&mut self, text: &str) {
        let part = if self.has_file { &mut self.tail } else { &mut self.head };
        part.push_str(text);
    }
}

impl FormBody {
    fn poll_file(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            match std::mem::replace(&mut self.file, Reading::Done) {
                Reading::Done => return Poll::Ready(None),
                Reading::Waiting(source) => {
                    self.file = Reading::Under(Box::pin(read(source, Arc::clone(&self.outcome))));
                }
                Reading::Under(mut future) => {
                    let Poll::Ready((source, read)) = future.as_mut().poll(context) else {
                        self.file = Reading::Under(future);
                        return Poll::Pending;
                    };
                    match read {
                        Ok(Some(bytes)) => {
                            self.file = Reading::Waiting(source);
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                        Ok(None) => return Poll::Ready(None),
                        Err(fault) => return Poll::Ready(Some(Err(fault))),
                    }
                }
            }
        }
    }
}

/// The next bytes of the file, with word of whom they wait for.
async fn read(mut source: Source, outcome: Arc<Outcome>) -> Read {
    outcome.activity.moved(Turn::File);
    let read = source.read().await;
    match &read {
        Ok(Some(bytes)) => {
            outcome.activity.moved(Turn::Limit);
            source.pass(bytes).await;
            outcome.activity.moved(Turn::Host);
            if let Some(hash) = source.hash() {
                let _ = outcome.hash.set(hash);
            }
        }
        Ok(None) => {
            outcome.activity.moved(Turn::Host);
            if let Some(hash) = source.hash() {
                let _ = outcome.hash.set(hash);
            }
        }
        Err(fault) => drop(outcome.fault.set(fault.clone())),
    }
    (source, read)
}

impl Body for FormBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = self.get_mut();
        let bytes = if let Some(head) = this.head.take() {
            Some(head)
        } else if let Some(read) = ready!(this.poll_file(context)) {
            Some(read?)
        } else {
            this.tail.take()
        };
        this.left -= bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.tail.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// As browsers write names in quotes (<https://html.spec.whatwg.org/#multipart-form-data>).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn media_type(file_name: &str) -> &'static str {
    let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg" | "jpe" | "jfif") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("bmp") => "image/bmp",
        Some("tif" | "tiff") => "image/tiff",
        Some("heic" | "heif") => "image/heic",
        _ => "application/octet-stream",
    }
}
