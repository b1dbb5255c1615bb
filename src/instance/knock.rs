//! One knock at one door: connect, say it, read the answer, each within the patience that is left.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::protocol::{Request, Response, Verb};
use super::token::Token;
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

/// One message of the folder channel; the line that comes back. What may follow the line is not waited for.
pub fn line(port: u16, message: &[u8], patience: Patience) -> Option<String> {
    let mut stream = connect(port, CONNECT_MAX, patience)?;
    stream.write_all(message).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut line = String::new();
    BufReader::new(stream).take(LINE_BYTES_MAX).read_line(&mut line).ok()?;
    Some(line)
}

/// One request of the delegate channel and its response.
pub fn exchange(port: u16, request: &Request, patience: Patience) -> Option<Response> {
    let stream = connect(port, CONNECT_MAX, patience)?;
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
        let stream = connect(port, SCAN_CONNECT_MAX, patience)?;
        stream.set_read_timeout(Some(patience.at_most(CONNECT_MAX)?)).ok()?;
        exchange_over(stream, &request).filter(|response| response.success).map(|_| port)
    };
    std::thread::scope(|scope| {
        // A system that gives no more threads leaves some ports for the next time.
        let start = |port| std::thread::Builder::new().spawn_scoped(scope, move || knock(port)).ok();
        let knocks: Vec<_> = range.clone().filter_map(start).collect();
        knocks.into_iter().find_map(|knock| knock.join().ok().flatten())
    })
}

fn exchange_over(mut stream: TcpStream, request: &Request) -> Option<Response> {
    let mut bytes = serde_json::to_vec(request).ok()?;
    bytes.push(b'\n');
    stream.write_all(&bytes).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut answer = Vec::new();
    stream.take(RESPONSE_BYTES_MAX).read_to_end(&mut answer).ok()?;
    serde_json::from_slice(&answer).ok()
}

/// A connection to a listener that is not another user's: no path and no token goes there.
fn connect(port: u16, most: Duration, patience: Patience) -> Option<TcpStream> {
    if platform::owner_of_listener(port) == Owner::Another {
        tracing::info!("port {port} belongs to another user");
        return None;
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, patience.at_most(most)?)
        .inspect_err(|error| {
            if error.kind() != ErrorKind::ConnectionRefused {
                tracing::info!("port {port}: {error}");
            }
        })
        .ok()?;
    let most = patience.at_most(ANSWER_MAX)?;
    stream.set_read_timeout(Some(most)).ok()?;
    stream.set_write_timeout(Some(most)).ok()?;
    Some(stream)
}
