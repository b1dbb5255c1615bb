//! One knock at one door: connect, say it, read the answer, each within the patience that is left.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::protocol::{Request, Response, Verb};
use super::token::{self, Token};
use crate::platform::{self, Owner};

const CONNECT_MAX: Duration = Duration::from_secs(1);
/// A port of the range either listens or does not.
const SCAN_CONNECT_MAX: Duration = Duration::from_millis(50);
/// How long the resident may take to commit a folder.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// More than any answer line.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// More than the output of the largest queue.
const RESPONSE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How much longer a launch tries.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    whole: Duration,
    end: Instant,
}

impl Patience {
    /// For `whole` from now on.
    pub fn new(whole: Duration) -> Self {
        Self { whole, end: Instant::now() + whole }
    }

    /// Something was answered: it is worth waiting for the next thing.
    pub fn renew(&mut self) {
        *self = Self::new(self.whole);
    }

    pub fn is_over(&self) -> bool {
        self.at_most(ANSWER_MAX).is_none()
    }

    /// `most`, or what is left of the patience; `None` when nothing is.
    fn at_most(&self, most: Duration) -> Option<Duration> {
        Some(self.end.saturating_duration_since(Instant::now()).min(most)).filter(|left| !left.is_zero())
    }
}

/// One message of the folder channel; the line that comes back. What may follow the line is not waited for. Only for a listener of
/// this user's: there is no way to prove oneself there, and whoever else says `OK` has not put anything into the queue.
pub fn line(port: u16, message: &[u8], patience: Patience) -> Option<String> {
    let (mut stream, owner) = connect(port, CONNECT_MAX, patience)?;
    if owner != Owner::Us {
        tracing::info!("port {port}: the system does not say whose it is");
        platform::abort(stream);
        return None;
    }
    stream.write_all(message).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut line = String::new();
    BufReader::new(stream).take(LINE_BYTES_MAX).read_line(&mut line).ok()?;
    Some(line)
}

/// One request of the delegate channel and its response.
pub fn exchange(port: u16, request: &Request, patience: Patience) -> Option<Response> {
    let (mut stream, owner) = connect(port, CONNECT_MAX, patience)?;
    if !may_have_token(&mut stream, owner, &request.token) {
        return None;
    }
    if request.command == Verb::RunOnce {
        // It waits for its upload.
        stream.set_read_timeout(None).ok()?;
    }
    exchange_over(stream, request)
}

/// The port of `range` at which `token` is accepted. Asks all at once: a stranger who says nothing costs a second.
pub fn search(range: &RangeInclusive<u16>, token: &Token, patience: Patience) -> Option<u16> {
    let request = Request { command: Verb::Status, token: token.clone(), ..Request::default() };
    let knock = |port| {
        let (mut stream, owner) = connect(port, SCAN_CONNECT_MAX, patience)?;
        stream.set_read_timeout(Some(patience.at_most(CONNECT_MAX)?)).ok()?;
        if !may_have_token(&mut stream, owner, token) {
            return None;
        }
        exchange_over(stream, &request).filter(|response| response.success).map(|_| port)
    };
    std::thread::scope(|scope| {
        // A system that gives no more threads leaves some ports for the next time.
        let start = |port| std::thread::Builder::new().spawn_scoped(scope, move || knock(port)).ok();
        let knocks: Vec<_> = range.clone().filter_map(start).collect();
        knocks.into_iter().find_map(|knock| knock.join().ok().flatten())
    })
}

/// The token goes to this user's processes, and where the system does not say whose one is, to who shows that he has it already.
fn may_have_token(stream: &mut TcpStream, owner: Owner, token: &Token) -> bool {
    match owner {
        Owner::Us => true,
        Owner::Another => false,
        Owner::Unknown => shows_token(stream, token).is_some(),
    }
}

fn shows_token(stream: &mut TcpStream, token: &Token) -> Option<()> {
    let nonce = token::random_text().ok()?;
    let port = stream.peer_addr().ok()?.port();
    send(stream, &Request { command: Verb::Prove, value: nonce.clone(), ..Request::default() })?;
    let mut line = String::new();
    BufReader::new(&*stream).take(LINE_BYTES_MAX).read_line(&mut line).ok()?;
    let shown: Response = serde_json::from_str(&line).ok()?;
    token.is_proven_by(&shown.data, port, &nonce).then_some(())
}

fn send(stream: &mut TcpStream, request: &Request) -> Option<()> {
    let mut bytes = serde_json::to_vec(request).ok()?;
    bytes.push(b'\n');
    stream.write_all(&bytes).ok()
}

fn exchange_over(mut stream: TcpStream, request: &Request) -> Option<Response> {
    send(&mut stream, request)?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut answer = Vec::new();
    stream.take(RESPONSE_BYTES_MAX).read_to_end(&mut answer).ok()?;
    serde_json::from_slice(&answer).ok()
}

/// A connection, and whose process serves it: not another user's, to whom no path and no token goes.
fn connect(port: u16, most: Duration, patience: Patience) -> Option<(TcpStream, Owner)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, patience.at_most(most)?)
        .inspect_err(|error| {
            if error.kind() != ErrorKind::ConnectionRefused {
                tracing::info!("port {port}: {error}");
            }
        })
        .ok()?;
    let owner = platform::owner_of_server(stream.local_addr().ok()?, address);
    if owner == Owner::Another {
        tracing::info!("port {port} belongs to another user");
        platform::abort(stream);
        return None;
    }
    let most = patience.at_most(ANSWER_MAX)?;
    stream.set_read_timeout(Some(most)).ok()?;
    stream.set_write_timeout(Some(most)).ok()?;
    Some((stream, owner))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Whether the token may go to an unknown listener that answers with `proof` of the port that is asked and of the question, and
    /// all that the listener has heard.
    fn check(token: &Token, proof: impl Fn(u16, &str) -> String + Send) -> (bool, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
        let port = listener.local_addr().expect("bound").port();
        std::thread::scope(|scope| {
            let stranger = scope.spawn(move || {
                let mut reader = BufReader::new(listener.accept().expect("accepted").0);
                let mut heard = String::new();
                reader.read_line(&mut heard).expect("read");
                let question: Request = serde_json::from_str(&heard).expect("a request");
                let answer = serde_json::to_vec(&Response::done(proof(port, &question.value))).expect("JSON");
                reader.get_mut().write_all(&[&answer, b"\n" as &[u8]].concat()).expect("sent");
                reader.read_to_string(&mut heard).expect("read");
                heard
            });
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connected");
            let may = may_have_token(&mut stream, Owner::Unknown, token);
            drop(stream);
            (may, stranger.join().expect("no panic"))
        })
    }

    #[test]
    fn the_token_goes_only_to_who_shows_that_he_has_it() {
        let token = Token::random().expect("random numbers");
        let other = Token::random().expect("random numbers");
        let secret = serde_json::to_string(&token).expect("a text");
        for (who, may, heard) in [
            ("the resident", true, check(&token, |port, nonce| token.proof(port, nonce))),
            ("one with another token", false, check(&token, |port, nonce| other.proof(port, nonce))),
            (
                "one who has the resident answer at its own port",
                false,
                check(&token, |port, n| token.proof(port ^ 1, n)),
            ),
            ("one who has heard another proof", false, check(&token, |port, _| token.proof(port, "earlier"))),
            ("one who only says yes", false, check(&token, |_, _| String::new())),
        ]
        .map(|(who, expected, (may, heard))| (who, may == expected, heard))
        {
            assert!(may, "{who}");
            assert!(!heard.contains(&secret), "{who} has heard {heard}");
        }
    }
}
