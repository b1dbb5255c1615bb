//! The delegate channel (ADR-007): one JSON request a connection, one JSON response.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::door::Channel;
use super::folder_channel::foreign;
use super::protocol::{REQUEST_BYTES_MAX, Request, Response, Verb};
use super::repeats::Repeats;
use super::token::Token;
use super::{Desk, dispatch};
use crate::core::{Refusal, RefusalCode};
use crate::platform::Owner;

/// How long a client may pause within its request.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How long a request may take in all.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// The serving side; one for all connections.
#[derive(Debug)]
pub struct DelegateChannel<D> {
    desk: D,
    token: Token,
    repeats: Repeats,
}

impl<D: Desk> Channel for DelegateChannel<D> {
    /// It needs its place only until the request is read: a `run_once` may wait for hours.
    async fn serve(&self, mut stream: TcpStream, owner: Owner, served: &Semaphore) {
        let Ok(place) = served.acquire().await else { return };
        let request = timeout(REQUEST_TIME_MAX, read_request(&mut stream)).await;
        drop(place);
        let response = match request {
            Ok(Ok(None)) => return, // Said nothing.
            Ok(Ok(Some(_))) if owner == Owner::Another => foreign().into(),
            Ok(Ok(Some(request))) => self.answer(request).await,
            Ok(Err(refusal)) => refusal.into(),
            Err(_) => bad_request("The request took too long.").into(),
        };
        // A client that has gone away does not cancel the work.
        let _ = write_response(&mut stream, &response).await;
    }
}

impl<D: Desk> DelegateChannel<D> {
    pub fn new(desk: D, token: Token) -> Self {
        Self { desk, token, repeats: Repeats::default() }
    }

    async fn answer(&self, request: Request) -> Response {
        if request.command != Verb::Raise && !self.token.accepts(&request.token) {
            return Refusal::new(RefusalCode::NotAuthorised, "not authorised").into();
        }
        let work = dispatch(&self.desk, request.clone(), Some(std::process::id()));
        self.repeats.answer(&request, work).await
    }
}

fn bad_request(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, words)
}

/// One object, ended by a newline, the end of the stream or a pause.
async fn read_request(stream: &mut TcpStream) -> Result<Option<Request>, Refusal> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    // An object over several lines is looked at a second time when all of it must be there, and not after each line.
    let mut lines_matter = true;
    loop {
        let read = match timeout(PAUSE_MAX, stream.read(&mut chunk)).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) if !bytes.is_empty() => {
                return Err(bad_request(format!("The request was cut off: {error}.")));
            }
            Ok(Err(_)) | Err(_) => 0,
        };
        let new = chunk.get(..read).unwrap_or_default();
        bytes.extend_from_slice(new);
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(Refusal::new(RefusalCode::TooLong, "The request is longer than 1 MiB."));
        }
        if read == 0 || (lines_matter && new.contains(&b'\n')) {
            match parse(&bytes) {
                Parsed::Unfinished if read > 0 => lines_matter = false,
                Parsed::Nothing if read > 0 => {}
                Parsed::Nothing => return Ok(None),
                Parsed::Request(request) => return Ok(Some(*request)),
                Parsed::Unfinished => return Err(bad_request("The request is cut off.")),
                Parsed::Nonsense(why) => return Err(bad_request(why)),
            }
        }
    }
}

/// What the bytes from a client are.
#[derive(Debug)]
pub(super) enum Parsed {
    /// White space.
    Nothing,
    /// The beginning of an object.
    Unfinished,
    /// An object, whatever follows it.
    Request(Box<Request>),
    /// Not what it should be.
    Nonsense(String),
}

/// Reads what a client has sent so far.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|byte| *byte != b'{') {
        return Parsed::Nonsense("The request is no JSON object.".to_owned());
    }
    match serde_json::Deserializer::from_slice(bytes).into_iter().next() {
        None => Parsed::Nothing,
        Some(Ok(request)) => Parsed::Request(Box::new(request)),
        Some(Err(error)) if error.is_eof() => Parsed::Unfinished,
        Some(Err(error)) => Parsed::Nonsense(format!("The request is no JSON object as it should be: {error}.")),
    }
}

async fn write_response(stream: &mut TcpStream, response: &Response) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(response)?;
    bytes.push(b'\n');
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}
