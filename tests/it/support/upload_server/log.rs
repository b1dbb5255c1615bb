//! What has come, and what is stored. Numbers and names only; never the content of an image.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::faults::Fault;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `POST /galleries`
    Open,
    /// `POST /images`
    Upload,
    /// `POST /galleries/{hash}/finalize`
    Close,
    Other,
}

/// One request. While it is on its way, what is known of it so far.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When its head was there, since the start of the server.
    pub at: Duration,
    pub kind: Kind,
    /// Hash of the gallery it names or has opened.
    pub gallery: String,
    /// Of the image.
    pub file_name: String,
    /// Of the image's content.
    pub bytes: u64,
    /// BLAKE3 of these bytes in hexadecimal digits, if it is asked for.
    pub content_hash: Option<String>,
    pub fault: Option<Fault>,
    /// What it was answered; `None` when the connection ended without an answer.
    pub status: Option<u16>,
    /// Whether all of its body has come.
    pub is_whole: bool,
    /// Whether it was carried out: the image is in its gallery, also when the answer was lost.
    pub is_stored: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GalleryRecord {
    pub hash: String,
    pub name: String,
    /// How often it was finalized.
    pub finalized: u32,
    /// Most uploads at the same time.
    pub in_flight_max: usize,
}

#[derive(Default)]
struct Gallery {
    number: usize,
    upload_key: String,
    name: String,
    finalized: u32,
    in_flight: Gauge,
}

/// How many there are, and the most there ever were.
#[derive(Default)]
struct Gauge {
    now: usize,
    max: usize,
}

impl Gauge {
    fn enter(&mut self) {
        self.now += 1;
        self.max = self.max.max(self.now);
    }
}

/// Shared by all connections.
pub struct Log {
    started: Instant,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    arrivals: Vec<Arrival>,
    galleries: BTreeMap<String, Gallery>,
    images: u64,
    in_flight: Gauge,
    total_bytes: u64,
}

impl Log {
    pub fn new() -> Self {
        Self { started: Instant::now(), entries: Mutex::default() }
    }

    /// As the times of arrivals.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.lock().arrivals.clone()
    }

    pub fn count(&self, wanted: impl Fn(&Arrival) -> bool) -> usize {
        self.lock().arrivals.iter().filter(|arrival| wanted(arrival)).count()
    }

    /// Names of the images that are in a gallery.
    pub fn names_in(&self, hash: &str) -> Vec<String> {
        let entries = self.lock();
        let stored = entries.arrivals.iter().filter(|arrival| arrival.gallery == hash && arrival.is_stored);
        stored.map(|arrival| arrival.file_name.clone()).filter(|name| !name.is_empty()).collect()
    }

    /// In the order in which they were opened.
    pub fn galleries(&self) -> Vec<GalleryRecord> {
        let entries = self.lock();
        let mut galleries: Vec<_> = entries.galleries.iter().collect();
        galleries.sort_by_key(|(_, gallery)| gallery.number);
        let record = |(hash, gallery): (&String, &Gallery)| GalleryRecord {
            hash: hash.clone(),
            name: gallery.name.clone(),
            finalized: gallery.finalized,
            in_flight_max: gallery.in_flight.max,
        };
        galleries.into_iter().map(record).collect()
    }

    pub fn in_flight(&self) -> usize {
        self.lock().in_flight.now
    }

    pub fn in_flight_max(&self) -> usize {
        self.lock().in_flight.max
    }

    pub fn total_bytes(&self) -> u64 {
        self.lock().total_bytes
    }

    /// The most requests that began within one second, whenever that second began.
    pub fn requests_per_second_max(&self) -> usize {
        let entries = self.lock();
        let mut first = 0;
        let within = |(last, arrival): (usize, &Arrival)| {
            while entries.arrivals[first].at + Duration::from_secs(1) <= arrival.at {
                first += 1;
            }
            last + 1 - first
        };
        entries.arrivals.iter().enumerate().map(within).max().unwrap_or(0)
    }

    /// A new gallery: its hash and its upload key.
    pub fn open(&self, name: String) -> (String, String) {
        let mut entries = self.lock();
        let number = entries.galleries.len() + 1;
        // With something by chance, so that nobody takes them for those of an earlier run.
        let hash = format!("g{number}x{:06x}", fastrand::u32(..1 << 24));
        let upload_key = format!("{:016x}", fastrand::u64(..));
        let gallery = Gallery { number, upload_key: upload_key.clone(), name, ..Gallery::default() };
        entries.galleries.insert(hash.clone(), gallery);
        (hash, upload_key)
    }

    /// Whether there is such a gallery and this is its key.
    pub fn close(&self, hash: &str, upload_key: &str) -> bool {
        let mut entries = self.lock();
        let gallery = entries.galleries.get_mut(hash).filter(|gallery| gallery.upload_key == upload_key);
        gallery.map(|gallery| gallery.finalized += 1).is_some()
    }

    /// The number of the next image, for a gallery with this key.
    pub fn store(&self, hash: &str, upload_key: &str) -> Option<u64> {
        let mut entries = self.lock();
        entries.galleries.get(hash).filter(|gallery| gallery.upload_key == upload_key)?;
        entries.images += 1;
        Some(entries.images)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way; it is over when this goes out of scope.
pub struct Pending {
    pub log: Arc<Log>,
    index: usize,
    /// What is known; the log has it when the image has a name, and at the end.
    pub arrival: Arrival,
    is_in_gallery: bool,
}

impl Pending {
    pub fn new(log: &Arc<Log>, kind: Kind) -> Self {
        let mut entries = log.lock();
        let arrival = Arrival {
            at: log.now(),
            kind,
            gallery: String::new(),
            file_name: String::new(),
            bytes: 0,
            content_hash: None,
            fault: None,
            status: None,
            is_whole: false,
            is_stored: false,
        };
        let index = entries.arrivals.len();
        entries.arrivals.push(arrival.clone());
        if kind == Kind::Upload {
            entries.in_flight.enter();
        }
        drop(entries);
        Self { log: Arc::clone(log), index, arrival, is_in_gallery: false }
    }

    /// Now it is known whose image comes.
    pub fn name(&mut self, gallery: String, file_name: String, fault: Option<Fault>) {
        self.arrival.gallery = gallery;
        self.arrival.file_name = file_name;
        self.arrival.fault = fault;
        let mut entries = self.log.lock();
        if let Some(gallery) = entries.galleries.get_mut(&self.arrival.gallery) {
            gallery.in_flight.enter();
            self.is_in_gallery = true;
        }
        entries.arrivals[self.index] = self.arrival.clone();
    }

    /// So much of the image has come.
    pub fn count(&mut self, bytes: u64) {
        self.log.lock().total_bytes += bytes - self.arrival.bytes;
        self.arrival.bytes = bytes;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut entries = self.log.lock();
        if self.arrival.kind == Kind::Upload {
            entries.in_flight.now -= 1;
        }
        if self.is_in_gallery
            && let Some(gallery) = entries.galleries.get_mut(&self.arrival.gallery)
        {
            gallery.in_flight.now -= 1;
        }
        entries.arrivals[self.index] = self.arrival.clone();
    }
}
