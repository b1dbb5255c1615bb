//! What goes wrong, and when: scripted or by chance. Decides, carries nothing out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::log::Kind;

/// How the server treats requests from now on. Nothing goes wrong by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// An answer comes that long after the last byte of its request.
    pub latency: Latency,
    /// For each connection, in the server's direction.
    pub bytes_per_second_max: Option<u32>,
    /// Each happens once, to the first request it matches.
    pub script: Vec<Scripted>,
    /// For requests that no script matches.
    pub random: Option<Random>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    pub open: Duration,
    pub upload: Duration,
    pub close: Duration,
}

#[derive(Clone, Debug)]
pub struct Scripted {
    pub matching: Matching,
    pub fault: Fault,
}

/// The same seed gives the same faults, as long as the requests come in the same order.
#[derive(Clone, Debug)]
pub struct Random {
    pub matching: Matching,
    /// 0 to 100.
    pub percent: u8,
    pub seed: u64,
    pub faults: Vec<Fault>,
}

/// Which requests; every one by default.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    pub kind: Option<Kind>,
    /// Of an image.
    pub file_name: Option<String>,
}

/// What can go wrong. Where no more is said, the request is carried out all the same: the image is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The right answer, that much later than it would come anyway.
    Late(Duration),
    /// A JSON error with this status. Nothing is carried out.
    Status { status: u16, retry_after_s: Option<u32>, words: String },
    /// The challenge page of Cloudflare. Nothing is carried out.
    Challenge,
    /// RST once that much of the body is there. Nothing is carried out.
    Reset { after_bytes: u64 },
    /// Reads that much of the body, or all of it, then does nothing until the client is gone or the time is over. A client that
    /// leaves with more than the socket's buffers hold still unsent is not seen to leave.
    Stall { after_bytes: Option<u64>, time_max: Duration },
    /// JSON that ends before the announced length, then the end of the connection.
    TruncatedAnswer,
    /// Status 200 with a web page.
    HtmlAnswer,
    /// Every URL is "".
    EmptyUrls,
    /// Every URL ends after its last slash.
    UrlsWithoutName,
    /// The connection ends without an answer: the client has to send it again, and it arrives twice.
    LostAnswer,
    /// The right answer, byte by byte, with a pause between any two.
    DribbledAnswer { pause: Duration },
}

impl Latency {
    pub fn all(latency: Duration) -> Self {
        Self { open: latency, upload: latency, close: latency }
    }

    pub fn of(&self, kind: Kind) -> Duration {
        match kind {
            Kind::Open => self.open,
            Kind::Upload => self.upload,
            Kind::Close => self.close,
            Kind::Other => Duration::ZERO,
        }
    }
}

impl Matching {
    pub fn kind(kind: Kind) -> Self {
        Self { kind: Some(kind), file_name: None }
    }

    pub fn image(file_name: &str) -> Self {
        Self { kind: Some(Kind::Upload), file_name: Some(file_name.to_owned()) }
    }

    fn fits(&self, kind: Kind, file_name: &str) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind) && self.file_name.as_ref().is_none_or(|name| name == file_name)
    }
}

impl Fault {
    pub fn status(status: u16, words: &str) -> Self {
        Self::Status { status, retry_after_s: None, words: words.to_owned() }
    }

    /// 429 or 503, with `Retry-After`.
    pub fn retry_after(status: u16, seconds: u32) -> Self {
        Self::Status { status, retry_after_s: Some(seconds), words: "come back later".to_owned() }
    }

    /// What hosts do on a bad day; a client that tries again gets through all of it.
    pub fn bad_day() -> Vec<Self> {
        vec![
            Self::Late(Duration::from_millis(300)),
            Self::retry_after(429, 1),
            Self::status(429, "too many requests"),
            Self::retry_after(503, 0),
            Self::status(500, "internal error"),
            Self::status(502, "bad gateway"),
            Self::Reset { after_bytes: 1000 },
            Self::TruncatedAnswer,
            Self::HtmlAnswer,
            Self::EmptyUrls,
            Self::LostAnswer,
            Self::DribbledAnswer { pause: Duration::from_millis(1) },
        ]
    }

    /// Whether it strikes as soon as that much of the body is there.
    pub fn cuts_at(&self, body_bytes: u64) -> bool {
        match self {
            Self::Reset { after_bytes } | Self::Stall { after_bytes: Some(after_bytes), .. } => {
                body_bytes >= *after_bytes
            }
            _ => false,
        }
    }
}

/// Faults that are used up as requests come. Shared by all connections.
pub struct Supply(Mutex<Stock>);

struct Stock {
    faults: Faults,
    chance: fastrand::Rng,
}

impl Supply {
    pub fn new() -> Self {
        Self(Mutex::new(Stock::new(Faults::default())))
    }

    pub fn set(&self, faults: Faults) {
        *self.lock() = Stock::new(faults);
    }

    pub fn script_left(&self) -> usize {
        self.lock().faults.script.len()
    }

    pub fn latency(&self, kind: Kind) -> Duration {
        self.lock().faults.latency.of(kind)
    }

    pub fn bytes_per_second_max(&self) -> Option<u32> {
        self.lock().faults.bytes_per_second_max
    }

    /// The fate of one request.
    pub fn draw(&self, kind: Kind, file_name: &str) -> Option<Fault> {
        self.lock().draw(kind, file_name)
    }

    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stock {
    fn new(faults: Faults) -> Self {
        let seed = faults.random.as_ref().map_or(0, |random| random.seed);
        Self { faults, chance: fastrand::Rng::with_seed(seed) }
    }

    fn draw(&mut self, kind: Kind, file_name: &str) -> Option<Fault> {
        if let Some(next) = self.faults.script.iter().position(|scripted| scripted.matching.fits(kind, file_name)) {
            return Some(self.faults.script.remove(next).fault);
        }
        let random = self.faults.random.as_ref().filter(|random| random.matching.fits(kind, file_name))?;
        let strikes = self.chance.u8(..100) < random.percent;
        if strikes { self.chance.choice(&random.faults).cloned() } else { None }
    }
}
