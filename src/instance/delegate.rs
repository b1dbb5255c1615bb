//! The delegate channel (ADR-007): one JSON request a connection, one JSON response.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::door::Channel;
use super::folder_channel::{drain, foreign};
use super::protocol::{REQUEST_BYTES_MAX, Request, Response, Verb};
use super::repeats::{Encoded, Repeats};
use super::token::Token;
use super::{Desk, dispatch};
use crate::core::{Refusal, RefusalCode};
use crate::platform::Owner;

/// How long a client may pause within its request.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// What a client may send of which it cannot be told that it is this user's, until the token has come.
const UNPROVEN_BYTES_MAX: usize = 4 * 1024;
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
        let request = timeout(REQUEST_TIME_MAX, self.read(&mut stream, owner)).await;
        drop(place);
        let response = match request {
            Ok(Ok(None)) => return, // Said nothing.
            Ok(Ok(Some(request))) => self.answer(request).await,
            Ok(Err(refusal)) => refused(refusal),
            Err(_) => refused(bad_request("The request took too long.")),
        };
        // A client that has gone away does not cancel the work.
        let _ = stream.write_all(&response).await;
        let _ = stream.shutdown().await;
        drain(&mut stream).await;
    }

    fn to_stranger(&self) -> Vec<u8> {
        Response::from(foreign()).encode()
    }
}

impl<D: Desk> DelegateChannel<D> {
    pub fn new(desk: D, token: Token) -> Self {
        Self { desk, token, repeats: Repeats::default() }
    }

    /// The request. Before it, the client may want to see that this is the resident.
    async fn read(&self, stream: &mut TcpStream, owner: Owner) -> Result<Option<Request>, Refusal> {
        match self.read_request(stream, owner).await? {
            Some(request) if request.command == Verb::Prove => {
                let port = stream.local_addr().map_or(0, |address| address.port());
                let proof = Response::done(self.token.proof(port, &request.value));
                match stream.write_all(&proof.encode()).await {
                    Ok(()) => self.read_request(stream, owner).await,
                    Err(_) => Ok(None),
                }
            }
            request => Ok(request),
        }
    }

    async fn answer(&self, request: Request) -> Encoded {
        if request.command != Verb::Raise && !self.token.accepts(&request.token) {
            return refused(Refusal::new(RefusalCode::NotAuthorised, "not authorised"));
        }
        let work = dispatch(&self.desk, request.clone(), Some(std::process::id()));
        self.repeats.answer(&request, work).await
    }

    /// One object, ended by a newline, the end of the stream or a pause.
    async fn read_request(&self, stream: &mut TcpStream, owner: Owner) -> Result<Option<Request>, Refusal> {
        let mut bytes = Vec::new();
        let mut chunk = vec![0; UNPROVEN_BYTES_MAX];
        let mut is_proven = owner == Owner::Us;
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
            if bytes.len() > UNPROVEN_BYTES_MAX && !is_proven {
                is_proven = bytes.get(..UNPROVEN_BYTES_MAX).is_some_and(|first| self.token.is_in(first));
                if !is_proven {
                    let words = format!("The first {UNPROVEN_BYTES_MAX} bytes are without the token. Send it first.");
                    return Err(Refusal::new(RefusalCode::TooLong, words));
                }
            }
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
}

fn bad_request(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, words)
}

fn refused(refusal: Refusal) -> Encoded {
    Encoded::new(Response::from(refusal).encode())
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

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::core::{Command, Reply};

    /// Nobody is there.
    #[derive(Clone)]
    struct NoDesk;

    impl Desk for NoDesk {
        async fn ask(&self, _: Command) -> Result<Reply, Refusal> {
            Err(bad_request("nobody is there"))
        }
    }

    /// What the channel makes of what such a client sends.
    async fn read(channel: &DelegateChannel<NoDesk>, owner: Owner, sent: &str) -> Result<Option<Request>, Refusal> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let mut client = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
        let (mut server, _) = listener.accept().await.expect("accepted");
        client.write_all(sent.as_bytes()).await.expect("sent");
        channel.read(&mut server, owner).await
    }

    #[tokio::test]
    async fn who_may_be_a_stranger_sends_little_until_the_token_has_come() {
        let token = Token::random().expect("random numbers");
        let channel = DelegateChannel::new(NoDesk, token.clone());
        let token = serde_json::to_value(&token).expect("a text");
        let long = "x".repeat(2 * UNPROVEN_BYTES_MAX);
        let without = format!("{{\"value\": \"{long}\"}}\n");
        let first = format!("{{\"token\": {token}, \"value\": \"{long}\"}}\n");
        let last = format!("{{\"value\": \"{long}\", \"token\": {token}}}\n");
        let short = "{\"command\": \"raise\"}\n".to_owned();
        for (owner, sent, is_read) in [
            (Owner::Us, &without, true),
            (Owner::Us, &last, true),
            (Owner::Unknown, &short, true),
            (Owner::Unknown, &first, true),
            (Owner::Unknown, &without, false),
            (Owner::Unknown, &last, false),
        ] {
            match read(&channel, owner, sent).await {
                Ok(request) => assert!(is_read && request.is_some(), "{owner:?} {sent}"),
                Err(refusal) => assert!(!is_read && refusal.code == RefusalCode::TooLong, "{owner:?} {refusal}"),
            }
        }
    }

    #[tokio::test]
    async fn it_shows_that_it_has_the_token_and_takes_the_request_then() {
        let token = Token::random().expect("random numbers");
        let channel = DelegateChannel::new(NoDesk, token.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("bound");
        let mut client = TcpStream::connect(address).await.expect("connected");
        let (mut server, _) = listener.accept().await.expect("accepted");
        let ask = async {
            client.write_all(b"{\"command\": \"prove\", \"value\": \"who?\"}\n").await.expect("sent");
            let mut line = Vec::new();
            while !line.ends_with(b"\n") {
                assert_ne!(client.read_buf(&mut line).await.expect("read"), 0);
            }
            client.write_all(b"{\"command\": \"status\"}\n").await.expect("sent");
            serde_json::from_slice::<Response>(&line).expect("a response")
        };
        let (shown, request) = tokio::join!(ask, channel.read(&mut server, Owner::Unknown));
        assert!(token.is_proven_by(&shown.data, address.port(), "who?"), "{shown:?}");
        assert_eq!(request.expect("read").map(|request| request.command), Some(Verb::Status));
    }
}
