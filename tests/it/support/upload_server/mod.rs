//! An upload server that does as it is told: takes galleries of images, counts, and goes wrong on demand. For tests, and by hand
//! (`cargo run --example upload_server`). Keeps no image; listens on 127.0.0.1 only.

mod connection;
mod conversation;
mod faults;
mod gallery_api;
mod log;
mod multipart;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub use faults::{Fault, Faults, Latency, Matching, Random, Scripted};
pub use log::{Arrival, GalleryRecord, Kind};

use conversation::converse;
use faults::Supply;
use gallery_api::Api;
use log::Log;

/// What stays the same while a server runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// 0: a free one.
    pub port: u16,
    pub worker_threads: usize,
    /// Whether the content of images is hashed; takes about a second for 2 GB.
    pub hashes: bool,
    /// What `X-API-Key` must be, if anything.
    pub require_key: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { port: 0, worker_threads: 2, hashes: true, require_key: None }
    }
}

/// Serves on threads of its own until it goes out of scope; then its port is free again.
pub struct UploadServer {
    port: u16,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

/// By all connections.
struct Shared {
    supply: Arc<Supply>,
    log: Arc<Log>,
    api: Api,
    hashes: bool,
}

impl UploadServer {
    pub fn start(config: Config) -> std::io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime =
            builder.worker_threads(config.worker_threads).thread_name("upload server").enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", config.port)))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            supply: Arc::new(Supply::new()),
            log: Arc::new(Log::new()),
            api: Api { url: format!("http://127.0.0.1:{port}"), key: config.require_key },
            hashes: config.hashes,
        });
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { port, shared, _runtime: runtime })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Without a slash at its end.
    pub fn url(&self) -> &str {
        &self.shared.api.url
    }

    /// From the next request on; what is left of the last script is forgotten.
    pub fn set(&self, faults: Faults) {
        self.shared.supply.set(faults);
    }

    /// How many faults of the script have not happened yet.
    pub fn script_left(&self) -> usize {
        self.shared.supply.script_left()
    }

    /// Now, as the times of [`Arrival`]s.
    pub fn now(&self) -> Duration {
        self.shared.log.now()
    }

    /// Every request, in the order in which they began.
    pub fn received(&self) -> Vec<Arrival> {
        self.shared.log.arrivals()
    }

    /// How often this image was stored in this gallery.
    pub fn arrivals_of(&self, gallery: &str, file_name: &str) -> usize {
        let is_it = |arrival: &Arrival| arrival.gallery == gallery && arrival.file_name == file_name;
        self.shared.log.count(|arrival| arrival.kind == Kind::Upload && arrival.is_stored && is_it(arrival))
    }

    /// What is in a gallery: each name with the uploads that stored it, in the order in which they began.
    pub fn images_of(&self, gallery: &str) -> BTreeMap<String, Vec<Arrival>> {
        self.images(gallery, |upload| upload.is_stored)
    }

    /// What came whole and was refused all the same.
    pub fn refused_of(&self, gallery: &str) -> BTreeMap<String, Vec<Arrival>> {
        self.images(gallery, |upload| upload.is_whole && !upload.is_stored)
    }

    /// In the order in which they were opened.
    pub fn galleries(&self) -> Vec<GalleryRecord> {
        self.shared.log.galleries()
    }

    /// Uploads at this moment.
    pub fn in_flight(&self) -> usize {
        self.shared.log.in_flight()
    }

    /// Most uploads at the same time, from the head of the request until the answer is sent.
    pub fn in_flight_max(&self) -> usize {
        self.shared.log.in_flight_max()
    }

    /// The most requests that began within one second, whenever that second began.
    pub fn requests_per_second_max(&self) -> usize {
        self.shared.log.requests_per_second_max()
    }

    /// Content of images so far, also of those that did not come to their end.
    pub fn total_bytes(&self) -> u64 {
        self.shared.log.total_bytes()
    }

    fn images(&self, gallery: &str, wanted: impl Fn(&Arrival) -> bool) -> BTreeMap<String, Vec<Arrival>> {
        let mut images: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for arrival in self.received() {
            if arrival.kind == Kind::Upload && arrival.gallery == gallery && wanted(&arrival) {
                images.entry(arrival.file_name.clone()).or_default().push(arrival);
            }
        }
        images
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // It fails when there are too many open files, and works again when some are closed.
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&shared)))),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}
