//! The workers: everything slow, each as a task that ends with exactly one report.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::output::{self, Source};
use super::templates::Templates;
use super::transfers::Transfers;
use super::{Answer, Integrate, history, legacy, resolve, saved, scan, trial};
use crate::core::message::{HostChange, StoredImages};
use crate::core::queue::{Event, Failure, Scan, Ticket, UploadOrder};
use crate::core::settings::SecretStore;
use crate::core::snapshot::Details;
use crate::core::{
    Choices, Entered, Fault, FaultKind, Gallery, GalleryId, Image, Integration, OutputWish, Refusal, RefusalCode,
    Reply, Row, Settings, TemplateChange, TemplateRow,
};
use crate::hosts::{Catalogue, Gate, Known, Meter, Setup, Throttle};
use crate::store::{Reader, StoreError};

/// Reports that may wait for the coordinator.
const REPORTS_MAX: usize = 1024;
const BYTES_OF_A_MIB: u64 = 1024 * 1024;

/// What comes back from a worker.
pub(super) enum Report {
    Event(Box<Event>),
    Details(Arc<Details>),
    /// The templates that there are.
    Templates(Arc<[TemplateRow]>),
    Integration(Arc<Integration>),
}

pub(super) struct Workers {
    reader: Arc<Reader>,
    catalogue: Arc<Catalogue>,
    transfers: Arc<Transfers>,
    data_dir: PathBuf,
    sender: mpsc::Sender<Report>,
    pub reports: mpsc::Receiver<Report>,
    cancels: HashMap<GalleryId, CancellationToken>,
    moved: HashMap<GalleryId, Arc<AtomicU64>>,
    moved_total: Arc<AtomicU64>,
    throttle: Arc<Throttle>,
    host_throttles: HashMap<String, Arc<Throttle>>,
    /// What the last process has left half written is gone.
    cleaned: Arc<Once>,
    importing: Arc<Mutex<()>>,
}

impl Workers {
    pub fn new(catalogue: Catalogue, reader: Reader, data_dir: PathBuf) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS_MAX);
        let (reader, catalogue) = (Arc::new(reader), Arc::new(catalogue));
        Self {
            transfers: Arc::new(Transfers::new(Arc::clone(&catalogue), Arc::clone(&reader))),
            catalogue,
            reader,
            data_dir,
            sender,
            reports,
            cancels: HashMap::new(),
            moved: HashMap::new(),
            moved_total: Arc::default(),
            throttle: Arc::default(),
            host_throttles: HashMap::new(),
            cleaned: Arc::new(Once::new()),
            importing: Arc::default(),
        }
    }

    /// Counts every byte sent since the start.
    pub fn moved_total(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.moved_total)
    }

    /// The row of `gallery`, with the counter of its transfers.
    pub fn row(&self, gallery: &Gallery) -> Arc<Row> {
        Arc::new(Row::new(gallery, self.moved.get(&gallery.id).map(Arc::clone).unwrap_or_default()))
    }

    pub fn resolve(&self, ticket: Ticket, paths: Vec<PathBuf>, choices: Choices, subfolders: bool) {
        self.blocking(move || {
            let folders = resolve::resolve(&paths, choices.takes_images, subfolders);
            Event::Resolved { ticket, folders, choices }
        });
    }

    pub fn relocate(&self, ticket: Ticket, gallery: GalleryId, folder: PathBuf) {
        self.blocking(move || Event::Relocated { ticket, gallery, folder: resolve::folder(&folder) });
    }

    /// Begins when `gate` opens.
    pub fn scan(&self, gallery: Gallery, by_content: bool, mut gate: Gate) {
        let reader = Arc::clone(&self.reader);
        let work = move || {
            let found = scan::scan(&gallery.folder.path, gallery.folder.chosen.as_deref());
            let outcome = found.and_then(|scan| match scan {
                Scan::Found(found) => history::recognise(&reader, &gallery, found, by_content).map(Scan::Found),
                missing @ Scan::Missing(_) => Ok(missing),
            });
            Event::Scanned { gallery: gallery.id, outcome }
        };
        let sender = self.sender.clone();
        tokio::spawn(async move {
            gate.pass().await;
            blocking(sender, work);
        });
    }

    pub fn recall(&self, gallery: Gallery) {
        let reader = Arc::clone(&self.reader);
        self.blocking(move || Event::Recalled { gallery: gallery.id, outcome: history::recall(&reader, &gallery) });
    }

    pub fn load_hosts(&self, ticket: Ticket, change: HostChange) {
        let catalogue = Arc::clone(&self.catalogue);
        self.blocking(move || {
            let refusal = match change {
                HostChange::None => {
                    let wrong = catalogue.reload();
                    (!wrong.is_empty()).then(|| Refusal::new(RefusalCode::BadRequest, wrong.join("\n")))
                }
                HostChange::Add { text, replace } => catalogue.add_own(&text, replace).err(),
                HostChange::Remove(id) => catalogue.remove_own(&id).err(),
            };
            Event::HostsLoaded { ticket, hosts: catalogue.facts(), refusal }
        });
    }

    pub fn read_host(&self, file: PathBuf, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        tokio::task::spawn_blocking(move || {
            let read = catalogue.preview(&file).map(|preview| Reply::Host(Box::new(preview)));
            answer(read.map_err(|words| Refusal::new(RefusalCode::BadRequest, words)));
        });
    }

    pub fn kept_secrets(&self, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        tokio::spawn(async move {
            let kept = catalogue.kept_secrets().await.map(Reply::Kept);
            answer(kept.map_err(|fault| Refusal::new(RefusalCode::HostNotReady, fault.words)));
        });
    }

    /// One import after the other.
    pub fn import(&self, ticket: Ticket, from: PathBuf, host_default: String) {
        let hosts = self.catalogue.facts().into_iter().map(|facts| facts.id).collect();
        let source = legacy::Source { from, data_dir: self.data_dir.clone(), hosts, host_default };
        let (sender, importing) = (self.sender.clone(), Arc::clone(&self.importing));
        tokio::task::spawn_blocking(move || {
            let _turn = importing.lock().unwrap_or_else(PoisonError::into_inner);
            let report = |outcome| {
                // Fails only when the coordinator has ended; then nobody needs it.
                let _ = sender.blocking_send(Report::Event(Box::new(Event::Imported { ticket, outcome })));
            };
            if let Err(refusal) = legacy::import(&source, |part| report(Ok(Box::new(part)))) {
                report(Err(refusal));
            }
        });
    }

    pub fn sign_in(&self, ticket: Ticket, host: String, entered: Option<Entered>, setup: Setup) {
        let catalogue = Arc::clone(&self.catalogue);
        self.spawn(async move {
            let outcome = match entered {
                Some(Entered(entered)) => catalogue.sign_in(&host, entered, &setup).await,
                None => catalogue.secrets().put(&host, Known::new()).await,
            };
            Event::SignedIn { ticket, host, outcome }
        });
    }

    pub fn test_host(&self, host: String, settings: Settings, setup: Setup, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        tokio::spawn(async move {
            let tested = match catalogue.get(&host) {
                Some(host) => trial::run(&host, &settings, &setup).await,
                None => Vec::new(),
            };
            answer(Ok(Reply::Tested(tested)));
        });
    }

    /// Secrets are kept there from now on.
    pub fn keep_secrets_in(&self, store: SecretStore) {
        self.catalogue.secrets().keep_in(store);
    }

    pub fn measure_disk(&self) {
        let data_dir = self.data_dir.clone();
        self.blocking(move || {
            Event::DiskMeasured(fs4::available_space(&data_dir).ok().map(|bytes| bytes / BYTES_OF_A_MIB))
        });
    }

    pub fn look_for_folders(&self, folders: Vec<(GalleryId, PathBuf)>) {
        self.blocking(move || {
            Event::FoldersBack(folders.into_iter().filter(|(_, path)| path.is_dir()).map(|(id, _)| id).collect())
        });
    }

    pub fn throttle(&mut self, host: Option<String>, bytes_per_second: Option<u64>) {
        match host {
            Some(host) => self.host_throttles.entry(host).or_default().set(bytes_per_second),
            None => self.throttle.set(bytes_per_second),
        }
    }

    pub fn begin(&mut self, gallery: Gallery, anew: bool, settings: Settings, setup: Setup) {
        // Opened anew, its transfers under way go on.
        self.moved.entry(gallery.id).or_default();
        self.cancels.entry(gallery.id).or_default();
        let transfers = Arc::clone(&self.transfers);
        self.spawn(async move {
            let outcome = transfers.begin(&gallery, anew, &settings, &setup).await;
            Event::Begun { gallery: gallery.id, outcome }
        });
    }

    /// Its last bytes go through `gate`.
    pub fn upload(&mut self, order: UploadOrder, thumbnail_px: u32, setup: Setup, gate: Gate) {
        let id = order.gallery.id;
        let cancel = self.cancels.entry(id).or_default().clone();
        let moved = Arc::clone(self.moved.entry(id).or_default());
        let counter = Arc::new(AtomicU64::new(0));
        let throttle = self.host_throttles.entry(order.gallery.host.clone()).or_default();
        let meter = Meter {
            image: Arc::clone(&counter),
            gallery: Arc::clone(&moved),
            total: Arc::clone(&self.moved_total),
            throttles: vec![Arc::clone(&self.throttle), Arc::clone(throttle)],
            gate,
        };
        let transfers = Arc::clone(&self.transfers);
        self.spawn(async move {
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Failure::Fault(Fault::new(FaultKind::Cancelled, "Cancelled."))),
                outcome = transfers.upload(&order, thumbnail_px, meter, &setup) => outcome,
            };
            // From here on the image counts as a whole, or not at all.
            moved.fetch_sub(counter.load(Ordering::Relaxed), Ordering::Relaxed);
            Event::Transferred { gallery: id, image: order.image.position, outcome }
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

    pub fn close(&mut self, gallery: Gallery, images: Vec<Image>, setup: Setup) {
        self.cancels.remove(&gallery.id);
        self.moved.remove(&gallery.id);
        let transfers = Arc::clone(&self.transfers);
        self.spawn(async move {
            let outcome = transfers.close(&gallery, images, &setup).await;
            Event::Closed { gallery: gallery.id, outcome }
        });
    }

    pub fn render(&self, galleries: Vec<Gallery>, wish: OutputWish, settings: &Settings, answer: Answer) {
        let source = self.source(settings);
        tokio::task::spawn_blocking(move || {
            answer(output::render(&source, &galleries, &wish).map(Reply::Output).map_err(|error| refusal(&error)));
        });
    }

    /// Makes the output of a gallery, and saves it.
    pub fn make_output(&self, gallery: Gallery, copies: bool, settings: &Settings) {
        let (source, settings) = (self.source(settings), settings.output.clone());
        let (data_dir, cleaned) = (self.data_dir.clone(), Arc::clone(&self.cleaned));
        self.blocking(move || {
            cleaned.call_once(|| drop(saved::clean(&data_dir.join(saved::DIRECTORY)))); // Not there yet, mostly.
            let made = output::make(&source, &gallery, &settings, &data_dir, copies);
            Event::OutputMade { gallery: gallery.id, made }
        });
    }

    fn source(&self, settings: &Settings) -> Source {
        Source {
            reader: Arc::clone(&self.reader),
            templates: Templates::of(&self.data_dir),
            template: settings.output.template.clone(),
        }
    }

    /// Does what is wanted with templates; which there are then is reported first.
    pub fn templates(&self, ticket: Ticket, change: TemplateChange) {
        let (templates, sender) = (Templates::of(&self.data_dir), self.sender.clone());
        self.blocking(move || {
            let outcome = templates.change(&change);
            if let Some(rows) =
                outcome.as_ref().map_or_else(|_| templates.rows().ok(), |done| Some(Arc::clone(&done.templates)))
            {
                let _ = sender.blocking_send(Report::Templates(rows)); // Fails only when the coordinator has ended.
            }
            Event::TemplatesChanged { ticket, outcome }
        });
    }

    /// Finds out which templates there are.
    pub fn look_for_templates(&self) {
        let (templates, sender) = (Templates::of(&self.data_dir), self.sender.clone());
        tokio::task::spawn_blocking(move || match templates.rows() {
            Ok(rows) => drop(sender.blocking_send(Report::Templates(rows))),
            Err(words) => tracing::warn!("{words}"),
        });
    }

    pub fn show(&self, gallery: GalleryId, answer: Answer) {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || {
            let stored = reader.images(gallery).and_then(|images| {
                reader.attempts(gallery).map(|attempts| Reply::Images(Arc::new(StoredImages { images, attempts })))
            });
            answer(stored.map_err(|error| refusal(&error)));
        });
    }

    /// Loads the images of `gallery` for the details.
    pub fn details(&self, gallery: GalleryId) {
        let reader = Arc::clone(&self.reader);
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            let images = reader.images(gallery).unwrap_or_else(|error| {
                tracing::error!("{error}");
                Vec::new()
            });
            let _ = sender.blocking_send(Report::Details(Arc::new(Details { id: gallery, images })));
        });
    }

    /// The entries of the file manager, as they are afterwards.
    pub fn integrate(&self, integrate: Integrate, wanted: Option<bool>, answer: Answer) {
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || match integrate(wanted) {
            Ok(integration) => {
                let _ = sender.blocking_send(Report::Integration(Arc::new(integration)));
                let words = match wanted {
                    Some(true) => {
                        "“Add to BBDrop” is in the menu of folders now. File managers that are open may need a restart."
                    }
                    Some(false) => "“Add to BBDrop” is out of the menu of folders.",
                    None => "",
                };
                answer(Ok(Reply::Told { changed: Vec::new(), words: words.to_owned() }));
            }
            Err(words) => answer(Err(Refusal::new(RefusalCode::Internal, words))),
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
        blocking(self.sender.clone(), work);
    }
}

/// Does `work` on a thread of its own and reports what has come of it.
fn blocking(sender: mpsc::Sender<Report>, work: impl FnOnce() -> Event + Send + 'static) {
    tokio::task::spawn_blocking(move || drop(sender.blocking_send(Report::Event(Box::new(work())))));
}

fn refusal(error: &StoreError) -> Refusal {
    Refusal::new(RefusalCode::Internal, error.words.clone())
}
