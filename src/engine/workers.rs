//! The workers: everything slow, each as a task that ends with exactly one report, whatever becomes of it: a panic, too.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::output::{self, Source};
use super::templates::Templates;
use super::transfers::Transfers;
use super::{Answer, Integrate, history, legacy, resolve, saved, scan, trial};
use crate::core::message::{HostChange, StoredImages};
use crate::core::output::OutputMade;
use crate::core::queue::{Event, Failure, Scan, Ticket, UploadOrder};
use crate::core::settings::SecretStore;
use crate::core::snapshot::Details;
use crate::core::{
    Choices, Entered, Fault, FaultKind, Gallery, GalleryId, Image, Integration, OutputWish, Refusal, RefusalCode,
    Reply, Row, Settings, TemplateChange, TemplateRow,
};
use crate::hosts::{Catalogue, Gate, Meter, Setup, Throttle};
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
    /// Where they run: not where the coordinator does, so that nothing they do can hold it.
    runtime: Handle,
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
    pub fn new(runtime: Handle, catalogue: Catalogue, reader: Reader, data_dir: PathBuf) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS_MAX);
        let (reader, catalogue) = (Arc::new(reader), Arc::new(catalogue));
        Self {
            runtime,
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
        let (count, same) = (paths.len(), choices.clone());
        let lost = move |fault: Fault| {
            let folders = vec![vec![Err(mistake(fault.words))]; count];
            Event::Resolved { ticket, folders, choices: same }
        };
        let work = move || {
            let folders = resolve::resolve(&paths, choices.takes_images, subfolders);
            Event::Resolved { ticket, folders, choices }
        };
        self.blocking(work, lost);
    }

    pub fn relocate(&self, ticket: Ticket, gallery: GalleryId, folder: PathBuf) {
        let event = move |folder| Event::Relocated { ticket, gallery, folder };
        self.blocking(move || event(resolve::folder(&folder)), move |fault| event(Err(mistake(fault.words))));
    }

    /// Begins when `gate` opens.
    pub fn scan(&self, gallery: Gallery, by_content: bool, mut gate: Gate) {
        let reader = Arc::clone(&self.reader);
        let id = gallery.id;
        let work = move || {
            let found = scan::scan(&gallery.folder.path, gallery.folder.chosen.as_deref());
            let outcome = found.and_then(|scan| match scan {
                Scan::Found(found) => history::recognise(&reader, &gallery, found, by_content).map(Scan::Found),
                missing @ Scan::Missing(_) => Ok(missing),
            });
            Event::Scanned { gallery: gallery.id, outcome }
        };
        let lost = move |fault| Event::Scanned { gallery: id, outcome: Err(fault) };
        let (sender, runtime) = (self.sender.clone(), self.runtime.clone());
        self.runtime.spawn(async move {
            gate.pass().await;
            blocking(&runtime, sender, work, lost);
        });
    }

    pub fn recall(&self, gallery: Gallery) {
        let reader = Arc::clone(&self.reader);
        let id = gallery.id;
        let event = move |outcome| Event::Recalled { gallery: id, outcome };
        self.blocking(move || event(history::recall(&reader, &gallery)), move |fault| event(Err(fault)));
    }

    pub fn load_hosts(&self, ticket: Ticket, change: HostChange) {
        let (catalogue, same) = (Arc::clone(&self.catalogue), Arc::clone(&self.catalogue));
        let lost = move |fault: Fault| {
            let refusal = Some(mistake(fault.words));
            Event::HostsLoaded { ticket, hosts: same.facts(), refusal }
        };
        let work = move || {
            let refusal = match change {
                HostChange::None => {
                    let wrong = catalogue.reload();
                    (!wrong.is_empty()).then(|| Refusal::new(RefusalCode::BadRequest, wrong.join(" ")))
                }
                HostChange::Add { text, replace } => catalogue.add_own(&text, replace).err(),
                HostChange::Remove(id) => catalogue.remove_own(&id).err(),
            };
            Event::HostsLoaded { ticket, hosts: catalogue.facts(), refusal }
        };
        self.blocking(work, lost);
    }

    pub fn read_host(&self, file: PathBuf, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        self.answer_blocking(answer, move || {
            let read = catalogue.preview(&file).map(|preview| Reply::Host(Box::new(preview)));
            read.map_err(|words| Refusal::new(RefusalCode::BadRequest, words))
        });
    }

    /// With what is set of each host's options.
    pub fn kept_secrets(&self, options: BTreeMap<String, BTreeMap<String, String>>, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        self.answer(answer, async move {
            let kept = catalogue.kept_secrets(&options).await.map(Reply::Kept);
            kept.map_err(|fault| Refusal::new(RefusalCode::HostNotReady, fault.words))
        });
    }

    /// One import after the other.
    pub fn import(&self, ticket: Ticket, from: PathBuf, host_default: String) {
        let hosts = self.catalogue.facts().into_iter().map(|facts| facts.id).collect();
        let source = legacy::Source { from, data_dir: self.data_dir.clone(), hosts, host_default };
        let (sender, importing) = (self.sender.clone(), Arc::clone(&self.importing));
        self.runtime.spawn_blocking(move || {
            let _turn = importing.lock().unwrap_or_else(PoisonError::into_inner);
            let report = |outcome| {
                // Fails only when the coordinator has ended; then nobody needs it.
                let _ = sender.blocking_send(Report::Event(Box::new(Event::Imported { ticket, outcome })));
            };
            let import = AssertUnwindSafe(|| legacy::import(&source, |part| report(Ok(Box::new(part)))));
            if let Err(refusal) = catch_unwind(import).unwrap_or_else(|panic| Err(mistake(fault_of(&*panic).words))) {
                report(Err(refusal));
            }
        });
    }

    pub fn sign_in(&self, ticket: Ticket, host: String, entered: Option<Entered>, setup: Setup) {
        let (catalogue, same) = (Arc::clone(&self.catalogue), host.clone());
        let work = async move {
            let outcome = match entered {
                Some(Entered(entered)) => catalogue.sign_in(&host, entered, &setup).await,
                None => catalogue.sign_out(&host).await,
            };
            Event::SignedIn { ticket, host, outcome }
        };
        self.spawn(work, move |fault| Event::SignedIn { ticket, host: same, outcome: Err(fault) });
    }

    pub fn test_host(&self, host: String, settings: Settings, setup: Setup, answer: Answer) {
        let catalogue = Arc::clone(&self.catalogue);
        self.answer(answer, async move {
            let tested = match catalogue.get(&host) {
                Some(host) => trial::run(&host, &settings, &setup).await,
                None => Vec::new(),
            };
            Ok(Reply::Tested(tested))
        });
    }

    /// Secrets are kept there from now on.
    pub fn keep_secrets_in(&self, store: SecretStore) {
        self.catalogue.secrets().keep_in(store);
    }

    pub fn measure_disk(&self) {
        let data_dir = self.data_dir.clone();
        let measure =
            move || Event::DiskMeasured(fs4::available_space(&data_dir).ok().map(|bytes| bytes / BYTES_OF_A_MIB));
        self.blocking(measure, |_| Event::DiskMeasured(None));
    }

    pub fn look_for_folders(&self, folders: Vec<(GalleryId, PathBuf)>) {
        let look = move || {
            Event::FoldersBack(folders.into_iter().filter(|(_, path)| path.is_dir()).map(|(id, _)| id).collect())
        };
        self.blocking(look, |_| Event::FoldersBack(Vec::new()));
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
        let (transfers, id) = (Arc::clone(&self.transfers), gallery.id);
        let event = move |outcome| Event::Begun { gallery: id, outcome };
        let work = async move { event(transfers.begin(&gallery, anew, &settings, &setup).await) };
        self.spawn(work, move |fault| event(Err(fault)));
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
        let (transfers, image) = (Arc::clone(&self.transfers), order.image.position);
        let event = move |outcome| {
            // From here on the image counts as a whole, or not at all.
            moved.fetch_sub(counter.load(Ordering::Relaxed), Ordering::Relaxed);
            Event::Transferred { gallery: id, image, outcome }
        };
        let lost = event.clone();
        let work = async move {
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Failure::Fault(Fault::new(FaultKind::Cancelled, "Cancelled."))),
                outcome = transfers.upload(&order, thumbnail_px, meter, &setup) => outcome,
            };
            event(outcome)
        };
        self.spawn(work, move |fault| lost(Err(Failure::Fault(fault))));
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
        let (transfers, id) = (Arc::clone(&self.transfers), gallery.id);
        let event = move |outcome| Event::Closed { gallery: id, outcome };
        let work = async move { event(transfers.close(&gallery, images, &setup).await) };
        self.spawn(work, move |fault| event(Err(fault)));
    }

    pub fn render(&self, galleries: Vec<Gallery>, wish: OutputWish, settings: &Settings, answer: Answer) {
        let source = self.source(settings);
        self.answer_blocking(answer, move || {
            output::render(&source, &galleries, &wish).map(Reply::Output).map_err(|error| refusal(&error))
        });
    }

    /// Makes the output of a gallery, and saves it.
    pub fn make_output(&self, gallery: Gallery, copies: bool, settings: &Settings) {
        let (source, settings) = (self.source(settings), settings.output.clone());
        let (data_dir, cleaned) = (self.data_dir.clone(), Arc::clone(&self.cleaned));
        let id = gallery.id;
        let event = move |made| Event::OutputMade { gallery: id, made };
        let work = move || {
            cleaned.call_once(|| drop(saved::clean(&data_dir.join(saved::DIRECTORY)))); // Not there yet, mostly.
            event(output::make(&source, &gallery, &settings, &data_dir, copies))
        };
        self.blocking(work, move |fault| event(OutputMade { trouble: Some(fault.words), ..OutputMade::default() }));
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
        let lost = move |fault: Fault| Event::TemplatesChanged { ticket, outcome: Err(mistake(fault.words)) };
        let work = move || {
            let outcome = templates.change(&change);
            if let Some(rows) =
                outcome.as_ref().map_or_else(|_| templates.rows().ok(), |done| Some(Arc::clone(&done.templates)))
            {
                let _ = sender.blocking_send(Report::Templates(rows)); // Fails only when the coordinator has ended.
            }
            Event::TemplatesChanged { ticket, outcome }
        };
        self.blocking(work, lost);
    }

    /// Finds out which templates there are.
    pub fn look_for_templates(&self) {
        let (templates, sender) = (Templates::of(&self.data_dir), self.sender.clone());
        self.runtime.spawn_blocking(move || match templates.rows() {
            Ok(rows) => drop(sender.blocking_send(Report::Templates(rows))),
            Err(words) => tracing::warn!("{words}"),
        });
    }

    pub fn show(&self, gallery: GalleryId, answer: Answer) {
        let reader = Arc::clone(&self.reader);
        self.answer_blocking(answer, move || {
            let stored = reader.images(gallery).and_then(|images| {
                reader.attempts(gallery).map(|attempts| Reply::Images(Arc::new(StoredImages { images, attempts })))
            });
            stored.map_err(|error| refusal(&error))
        });
    }

    /// Loads the images of `gallery` for the details.
    pub fn details(&self, gallery: GalleryId) {
        let reader = Arc::clone(&self.reader);
        let sender = self.sender.clone();
        self.runtime.spawn_blocking(move || {
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
        self.answer_blocking(answer, move || match integrate(wanted) {
            Ok(integration) => {
                let _ = sender.blocking_send(Report::Integration(Arc::new(integration)));
                let words = match wanted {
                    Some(true) => {
                        "“Add to BBDrop” is in the menu of folders now. File managers that are open may need a restart."
                    }
                    Some(false) => "“Add to BBDrop” is out of the menu of folders.",
                    None => "",
                };
                Ok(Reply::Told { changed: Vec::new(), words: words.to_owned() })
            }
            Err(words) => Err(Refusal::new(RefusalCode::Internal, words)),
        });
    }

    /// Does `work` and reports what has come of it; `lost` says what it means that it panicked.
    fn spawn(
        &self,
        work: impl Future<Output = Event> + Send + 'static,
        lost: impl FnOnce(Fault) -> Event + Send + 'static,
    ) {
        let sender = self.sender.clone();
        self.runtime.spawn(async move {
            let done = AssertUnwindSafe(work).catch_unwind().await;
            let event = done.unwrap_or_else(|panic| lost(fault_of(&*panic)));
            // Fails only when the coordinator has ended; then nobody needs it.
            let _ = sender.send(Report::Event(Box::new(event))).await;
        });
    }

    /// As [`Workers::spawn`], on a thread of its own.
    fn blocking(
        &self,
        work: impl FnOnce() -> Event + Send + 'static,
        lost: impl FnOnce(Fault) -> Event + Send + 'static,
    ) {
        blocking(&self.runtime, self.sender.clone(), work, lost);
    }

    /// Does `work` and answers with what has come of it.
    fn answer(&self, answer: Answer, work: impl Future<Output = Result<Reply, Refusal>> + Send + 'static) {
        self.runtime.spawn(async move {
            let done = AssertUnwindSafe(work).catch_unwind().await;
            answer(done.unwrap_or_else(|panic| Err(mistake(fault_of(&*panic).words))));
        });
    }

    /// As [`Workers::answer`], on a thread of its own.
    fn answer_blocking(&self, answer: Answer, work: impl FnOnce() -> Result<Reply, Refusal> + Send + 'static) {
        self.runtime.spawn_blocking(move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            answer(done.unwrap_or_else(|panic| Err(mistake(fault_of(&*panic).words))));
        });
    }
}

fn blocking(
    runtime: &Handle,
    sender: mpsc::Sender<Report>,
    work: impl FnOnce() -> Event + Send + 'static,
    lost: impl FnOnce(Fault) -> Event + Send + 'static,
) {
    runtime.spawn_blocking(move || {
        let done = catch_unwind(AssertUnwindSafe(work));
        let event = done.unwrap_or_else(|panic| lost(fault_of(&*panic)));
        // Fails only when the coordinator has ended; then nobody needs it.
        let _ = sender.blocking_send(Report::Event(Box::new(event)));
    });
}

/// A panic of a worker, as a report. The backtrace is in the log already.
fn fault_of(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!("a worker panicked: {text}");
    Fault::new(FaultKind::HostFault, "BBDrop made a mistake here; its log says which. Retry, and please report it.")
}

fn mistake(words: String) -> Refusal {
    Refusal::new(RefusalCode::Internal, words)
}

fn refusal(error: &StoreError) -> Refusal {
    Refusal::new(RefusalCode::Internal, error.words.clone())
}
