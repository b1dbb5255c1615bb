//! HTTP/1.1 (RFC 9112) on one connection, with all that a well-made server never does: resets, lost and broken answers.
//! Knows nothing of galleries.

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;

use super::faults::Supply;

/// What is read at once; the head of a request must fit in. Fits in a processor's second cache.
const BUFFER_BYTES: usize = 256 * 1024;
const HEADERS_MAX: usize = 64;
/// With a limited bandwidth, the socket keeps no more than about this for us: the client feels the limit soon.
const SOCKET_BYTES_WHEN_LIMITED: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    supply: Arc<Supply>,
    buffer: Box<[u8]>,
    /// What is in the buffer and not taken yet.
    start: usize,
    end: usize,
}

/// Of a request.
pub struct Head {
    pub method: String,
    pub path: String,
    pub content_type: String,
    pub api_key: Option<String>,
    pub expects_continue: bool,
    pub ends_connection: bool,
    pub body: Body,
}

/// What is still to come of a body.
pub struct Body {
    /// Of the body, or of its present chunk.
    left: u64,
    chunks: Chunks,
    /// So far, without the frames of chunks.
    pub received: u64,
}

#[derive(PartialEq, Eq)]
enum Chunks {
    /// One piece with a known length.
    None,
    First,
    Next,
    Over,
}

impl Connection {
    pub fn new(stream: TcpStream, supply: Arc<Supply>) -> Result<Self> {
        stream.set_nodelay(true)?;
        let connection = Self { stream, supply, buffer: vec![0; BUFFER_BYTES].into(), start: 0, end: 0 };
        if connection.supply.bytes_per_second_max().is_some() {
            socket2::SockRef::from(&connection.stream).set_recv_buffer_size(SOCKET_BYTES_WHEN_LIMITED)?;
        }
        Ok(connection)
    }

    /// The head of the next request; an error when there is none.
    pub async fn head(&mut self) -> Result<Head> {
        loop {
            if let Some((head, length)) = Head::parse(&self.buffer[self.start..self.end])? {
                self.start += length;
                return Ok(head);
            }
            self.fill().await?;
        }
    }

    /// The next piece of a body; `None` after the last one.
    pub async fn piece(&mut self, body: &mut Body) -> Result<Option<&[u8]>> {
        if body.left == 0 && body.chunks != Chunks::None {
            self.next_chunk(body).await?;
        }
        if body.left == 0 {
            return Ok(None);
        }
        if self.start == self.end {
            self.fill().await?;
        }
        let there = self.end - self.start;
        let taken = usize::try_from(body.left).map_or(there, |left| left.min(there));
        body.left -= taken as u64;
        body.received += taken as u64;
        self.start += taken;
        Ok(Some(&self.buffer[self.start - taken..self.start]))
    }

    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await
    }

    pub async fn send_dribbled(&mut self, bytes: &[u8], pause: Duration) -> Result<()> {
        for byte in bytes {
            self.send(&[*byte]).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// It will end with RST.
    pub fn end_with_reset(&self) -> Result<()> {
        self.stream.set_zero_linger()
    }

    /// Reads no more, and waits for the client to leave.
    pub async fn wait_until_gone(&self, time_max: Duration) {
        let gone = async {
            while let Ok(ready) = self.stream.ready(Interest::READABLE).await
                && !ready.is_read_closed()
            {
                // What can be read is left there; it is only forgotten that it is, until the socket has news.
                let _ = self.stream.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
            }
        };
        let _ = tokio::time::timeout(time_max, gone).await;
    }

    async fn next_chunk(&mut self, body: &mut Body) -> Result<()> {
        if body.chunks == Chunks::Next {
            self.line().await?;
        }
        while body.chunks != Chunks::Over {
            let line = self.line().await?;
            let size = httparse::parse_chunk_size(&line).map_err(|_| ErrorKind::InvalidData)?;
            let httparse::Status::Complete((_, size)) = size else { return Err(ErrorKind::InvalidData.into()) };
            body.left = size;
            if size > 0 {
                body.chunks = Chunks::Next;
                return Ok(());
            }
            // Trailers, up to an empty line.
            while self.line().await?.len() > 2 {}
            body.chunks = Chunks::Over;
        }
        Ok(())
    }

    /// With its end.
    async fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            let there = &self.buffer[self.start..self.end];
            if let Some(end) = memchr::memchr(b'\n', there) {
                let line = there[..=end].to_vec();
                self.start += line.len();
                return Ok(line);
            }
            self.fill().await?;
        }
    }

    /// Reads what there is, at least a byte.
    async fn fill(&mut self) -> Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            return Err(Error::new(ErrorKind::InvalidData, "a head or a line is too long"));
        }
        loop {
            // A client that sends faster than we read must not keep this thread for itself.
            tokio::task::consume_budget().await;
            self.stream.readable().await?;
            let limit = self.supply.bytes_per_second_max();
            // Fifty reads a second make an even flow.
            let room = limit.map_or(usize::MAX, |limit| (limit as usize / 50).max(512));
            let end = self.end.saturating_add(room).min(self.buffer.len());
            match self.stream.try_read(&mut self.buffer[self.end..end]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.end += count;
                    if let Some(limit) = limit {
                        let nanos = count as u64 * 1_000_000_000 / u64::from(limit.max(1));
                        tokio::time::sleep(Duration::from_nanos(nanos)).await;
                    }
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Head {
    /// The head and its length, if all of it is there.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        let status = request.parse(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let httparse::Status::Complete(length) = status else { return Ok(None) };
        let header = |name: &str| {
            let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| String::from_utf8_lossy(header.value).into_owned())
        };
        let is = |name: &str, value: &str| header(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        let left = match header("content-length").map(|length| length.parse()) {
            Some(Ok(left)) => left,
            Some(Err(_)) => return Err(ErrorKind::InvalidData.into()),
            None => 0,
        };
        let is_chunked = is("transfer-encoding", "chunked");
        let body = if is_chunked {
            Body { left: 0, chunks: Chunks::First, received: 0 }
        } else {
            Body { left, chunks: Chunks::None, received: 0 }
        };
        let head = Self {
            method: request.method.unwrap_or_default().to_owned(),
            path: request.path.unwrap_or_default().to_owned(),
            content_type: header("content-type").unwrap_or_default(),
            api_key: header("x-api-key"),
            expects_continue: is("expect", "100-continue"),
            ends_connection: is("connection", "close") || request.version == Some(0),
            body,
        };
        Ok(Some((head, length)))
    }
}
