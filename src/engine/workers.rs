//! The workers: everything slow, each as a task that ends with exactly one report.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Answer, output, scan, thumbnail};
use crate::core::queue::{Begun, Event, Ticket};
use crate::core::snapshot::Details;
use crate::core::{
    Fault, FaultKind, Gallery, GalleryId, Image, ImageLinks, ImageState, Refusal, RefusalCode, Reply, Row, Settings,
};
use crate::hosts::{Host, PageImage, Upload};
use crate::store::{Reader, StoreError};

/// Reports that may wait for the coordinator.
const REPORTS_MAX: usize = 1024;
/// Thumbnails made at once: each holds a decoded picture in memory.
const THUMBNAILS_MAX: usize = 2;

/// What comes back from a worker.
pub(super) enum Report {
    Event(Box<Event>),
    Details(Arc<Details>),
}

pub(super) struct Workers {
    shared: Arc<Shared>,
    sender: mpsc::Sender<Report>,
    pub reports: mpsc::Receiver<Report>,
    cancels: HashMap<GalleryId, CancellationToken>,
    moved: HashMap<GalleryId, Arc<AtomicU64>>,
}

struct Shared {
    host: Host,
    reader: Reader,
    thumbnails: Semaphore,
    moved_total: Arc<AtomicU64>,
}

impl Workers {
    pub fn new(host: Host, reader: Reader) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS_MAX);
        let shared = Shared {
            host,
            reader,
            thumbnails: Semaphore::new(THUMBNAILS_MAX),
            moved_total: Arc::new(AtomicU64::new(0)),
        };
        Self { shared: Arc::new(shared), sender, reports, cancels: HashMap::new(), moved: HashMap::new() }
    }

    /// Counts every byte sent since the start.
    pub fn moved_total(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.shared.moved_total)
    }

    /// The row of `gallery`, with the counter of its transfers.
    pub fn row(&self, gallery: &Gallery) -> Arc<Row> {
        Arc::new(Row::new(gallery, self.moved.get(&gallery.id).map(Arc::clone).unwrap_or_default()))
    }

    pub fn resolve(&self, ticket: Ticket, folders: Vec<PathBuf>, start: bool) {
        self.blocking(move || {
            let folders = folders.iter().map(|folder| scan::resolve(folder)).collect();
            Event::Resolved { ticket, folders, start }
        });
    }

    pub fn scan(&self, gallery: GalleryId, path: PathBuf) {
        self.blocking(move || Event::Scanned { gallery, outcome: scan::scan(&path) });
    }

    pub fn begin(&mut self, gallery: Gallery, settings: Settings) {
        self.moved.insert(gallery.id, Arc::default());
        self.cancels.insert(gallery.id, CancellationToken::new());
        let shared = Arc::clone(&self.shared);
        self.spawn(async move {
            let outcome = shared.begin(&gallery, &settings).await;
            Event::Begun { gallery: gallery.id, outcome }
        });
    }

    pub fn upload(&mut self, gallery: Gallery, image: Image, thumbnail_px: u32) {
        let cancel = self.cancels.entry(gallery.id).or_default().clone();
        let moved = Arc::clone(self.moved.entry(gallery.id).or_default());
        let shared = Arc::clone(&self.shared);
        self.spawn(async move {
            let counter = AtomicU64::new(0);
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Fault::new(FaultKind::Cancelled, "Cancelled.")),
                outcome = shared.upload(&gallery, &image, thumbnail_px, &counter, &moved) => outcome,
            };
            // From here on the image counts as a whole, or not at all.
            moved.fetch_sub(counter.load(Ordering::Relaxed), Ordering::Relaxed);
            Event::Transferred { gallery: gallery.id, image: image.position, outcome }
        });
    }

    pub fn cancel(&mut self, gallery: GalleryId) {
        if let Some(cancel) = self.cancels.remove(&gallery) {
            cancel.cancel();
        }
    }

    pub fn cancel_all(&mut self) {
        for (_, cancel) in self.cancels.drain() {
            cancel.cancel();
        }
    }

    pub fn close(&mut self, gallery: Gallery, images: Vec<Image>) {
        self.cancels.remove(&gallery.id);
        self.moved.remove(&gallery.id);
        let shared = Arc::clone(&self.shared);
        self.spawn(async move {
            let outcome = shared.close(&gallery, images).await;
            Event::Closed { gallery: gallery.id, outcome }
        });
    }

    pub fn render(&self, galleries: Vec<Gallery>, answer: Answer) {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let output = output::render(&shared.reader, &galleries);
            answer(output.map(Reply::Output).map_err(|error| Refusal::new(RefusalCode::Internal, error.words)));
        });
    }

    /// Loads the images of `gallery` for the details.
    pub fn details(&self, gallery: GalleryId) {
        let shared = Arc::clone(&self.shared);
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            let images = shared.reader.images(gallery).unwrap_or_else(|error| {
                tracing::error!("{error}");
                Vec::new()
            });
            let _ = sender.blocking_send(Report::Details(Arc::new(Details { id: gallery, images })));
        });
    }

    fn spawn(&self, work: impl Future<Output = Event> + Send + 'static) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // Fails only when the coordinator has ended; then nobody needs it.
            let _ = sender.send(Report::Event(Box::new(work.await))).await;
        });
    }

    fn blocking(&self, work: impl FnOnce() -> Event + Send + 'static) {
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || drop(sender.blocking_send(Report::Event(Box::new(work())))));
    }
}

impl Shared {
    async fn begin(self: &Arc<Self>, gallery: &Gallery, settings: &Settings) -> Result<Begun, Fault> {
        let (shared, id) = (Arc::clone(self), gallery.id);
        let images = tokio::task::spawn_blocking(move || shared.reader.images(id)).await;
        let images =
            images.map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()))?.map_err(store_fault)?;
        let session = match &gallery.session {
            Some(session) => session.clone(),
            None => self.host.open(gallery, settings).await?,
        };
        Ok(Begun { session, images })
    }

    async fn upload(
        &self,
        gallery: &Gallery,
        image: &Image,
        thumbnail_px: u32,
        counter: &AtomicU64,
        moved: &AtomicU64,
    ) -> Result<ImageLinks, Fault> {
        let Some(session) = &gallery.session else {
            return Err(Fault::new(FaultKind::HostFault, "The gallery is not open at its host."));
        };
        let source = gallery.folder.path.join(&image.file);
        let thumbnail = self.thumbnail(source.clone(), thumbnail_px).await?;
        let meter = crate::hosts::Meter { image: counter, gallery: moved, total: &self.moved_total };
        let upload = Upload { source, position: image.position, thumbnail, meter };
        self.host.upload(session, upload).await
    }

    async fn thumbnail(&self, source: PathBuf, px: u32) -> Result<Option<crate::hosts::Thumbnail>, Fault> {
        // The semaphore is never closed.
        let _permit = self.thumbnails.acquire().await.ok();
        let made = tokio::task::spawn_blocking(move || thumbnail::make(&source, px)).await;
        // A decoder that panics has met a damaged picture.
        made.unwrap_or_else(|_| Err(Fault::new(FaultKind::BadImage, "The picture is damaged: it cannot be decoded.")))
    }

    async fn close(&self, gallery: &Gallery, images: Vec<Image>) -> Result<String, Fault> {
        let Some(session) = &gallery.session else {
            return Err(Fault::new(FaultKind::HostFault, "The gallery is not open at its host."));
        };
        let uploaded = images.into_iter().filter_map(|image| {
            let name = image.name();
            match image.state {
                ImageState::Uploaded(links) => Some(PageImage { name, links }),
                _ => None,
            }
        });
        self.host.close(session, &gallery.name, &uploaded.collect::<Vec<_>>()).await
    }
}

fn store_fault(error: StoreError) -> Fault {
    Fault::new(FaultKind::HostFault, error.words)
}
