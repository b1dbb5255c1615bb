//! The loop: events in, `Queue::step`, effects out. The only owner of the queue; nothing here waits for anything slow.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::publish::Publisher;
use super::raising::Raising;
use super::workers::{Report, Workers};
use super::{Answer, Integrate, Parts, Request, StartError};
use crate::core::queue::{Effect, Event, Question, Queue, Ticket, UploadOrder};
use crate::core::{Arrival, Command, GalleryId, Millis, Notice, Reply, Row, Snapshot};
use crate::hosts::{Catalogue, Environment, Gate, Setup};
use crate::store::{self, Opened, Reader, Writer};

/// How long the last transfers may take when the program ends.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);
/// How long the last writes may take after that.
const FLUSH_MAX: Duration = Duration::from_secs(2);

pub(super) struct Coordinator {
    queue: Queue,
    writer: Writer,
    committed: watch::Receiver<Progress>,
    /// The number of the last step that survives a kill: what transfers wait for.
    safe: watch::Receiver<u64>,
    /// Number of the last step that wrote something.
    written: u64,
    /// What follows once the step of that number is committed, in order.
    waiting: VecDeque<(u64, Followup)>,
    answers: HashMap<Ticket, Answer>,
    tickets: u64,
    requests: mpsc::Receiver<Request>,
    workers: Workers,
    publisher: Publisher,
    notify: Box<dyn Fn(Notice) + Send>,
    integrate: Integrate,
    environment: Environment,
    /// To be told with the next snapshot: a burst of launches is one piece of news, and its rows are there by then.
    arrival: Arrival,
    raising: Raising,
    /// Set once by `Effect::Shutdown`.
    ending: bool,
}

/// How far the store is.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// Every step up to this number is on the disk.
    committed: u64,
    /// Why nothing can be written at the moment.
    trouble: Option<String>,
}

/// What happens after a commit.
enum Followup {
    Effect(Effect),
    Show(Vec<(GalleryId, Option<Arc<Row>>)>),
}

impl Coordinator {
    pub fn new(
        workers: Handle,
        requests: mpsc::Receiver<Request>,
        parts: Parts,
        catalogue: Catalogue,
        reader: Reader,
        publish: watch::Sender<Arc<Snapshot>>,
    ) -> Result<Self, StartError> {
        let Opened { connection, stored, notices } = parts.opened;
        for words in notices {
            (parts.notify)(Notice::Tell { words, is_error: true });
        }
        let (progress, committed) = watch::channel(Progress::default());
        let (written, safe) = watch::channel(0);
        let writer = Writer::start(connection, &parts.data_dir, move |report| match report {
            store::Report::Written(number) => drop(written.send_replace(number)),
            store::Report::Stored(number) => progress.send_modify(|progress| progress.committed = number),
            store::Report::Trouble(words) => progress.send_modify(|progress| progress.trouble = words),
        })?;
        let (queue, effects) = Queue::restore(stored, catalogue.facts(), TimeZone::system(), parts.scope);
        catalogue.bind_earlier_secrets(|host| queue.host_settings(host).options);
        let workers = Workers::new(workers, catalogue, reader, parts.data_dir);
        let publisher = Publisher::new(publish, parts.wake, parts.doors, workers.moved_total());
        let mut coordinator = Self {
            queue,
            writer,
            committed,
            safe,
            written: 0,
            waiting: VecDeque::new(),
            answers: HashMap::new(),
            tickets: 0,
            requests,
            workers,
            publisher,
            notify: parts.notify,
            integrate: parts.integrate,
            environment: Environment::of(parts.variable),
            arrival: Arrival::default(),
            raising: Raising::default(),
            ending: false,
        };
        let rows: Vec<_> = coordinator.queue.galleries().map(|g| coordinator.workers.row(g)).collect();
        coordinator.publisher.show(rows.into_iter().map(|row| (row.id, Some(row))));
        coordinator.publisher.settings_changed(coordinator.queue.settings());
        coordinator.workers.keep_secrets_in(coordinator.queue.settings().secret_store);
        coordinator.publish_hosts();
        coordinator.take(effects);
        coordinator.publish(); // Whoever looks as soon as the engine has started sees what is stored.
        Ok(coordinator)
    }

    /// Runs until `Quit`; says whether everything is saved.
    pub async fn run(mut self) -> bool {
        self.workers.look_for_templates();
        self.step(Event::Timer);
        self.follow_up();
        while !self.ending {
            self.turn().await;
            self.follow_up();
        }
        self.shut_down().await
    }

    /// Waits for the next thing that happens.
    async fn turn(&mut self) {
        let deadline = self.queue.next_deadline().map(until);
        tokio::select! {
            biased;
            Ok(()) = self.committed.changed() => {}
            // Rare by their nature, so first: a flood of reports cannot hold them up.
            () = self.publisher.due() => self.publish(),
            () = self.raising.due() => self.raise(),
            () = sleep(deadline) => self.step(Event::Timer),
            Some(report) = self.workers.reports.recv() => self.report(report),
            Some(request) = self.requests.recv() => self.request(request),
        }
    }

    fn publish(&mut self) {
        self.publisher.publish(&mut self.workers);
        if self.arrival != Arrival::default() {
            (self.notify)(Notice::Arrived(std::mem::take(&mut self.arrival)));
        }
    }

    fn raise(&mut self) {
        self.raising.done();
        (self.notify)(Notice::Raise);
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Event(event) => self.step(*event),
            Report::Details(details) => self.publisher.details(details),
            Report::Templates(templates) => self.publisher.templates_changed(templates),
            Report::Integration(integration) => self.publisher.integration(integration),
        }
    }

    fn request(&mut self, request: Request) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.answers.insert(ticket, request.answer);
        self.step(Event::Command { ticket, command: request.command });
    }

    fn step(&mut self, event: Event) {
        let configures = matches!(&event, Event::Command { command: Command::Configure { .. }, .. });
        let changes_nothing = matches!(&event, Event::Command { command, .. } if only_asks(command));
        let effects = self.queue.step(event, now());
        if self.queue.take_settings_changed() || configures {
            self.publisher.settings_changed(self.queue.settings());
            self.workers.keep_secrets_in(self.queue.settings().secret_store);
        }
        if self.queue.take_hosts_changed() {
            self.publish_hosts();
        }
        if self.queue.take_tabs_changed() {
            self.publisher.tabs_changed(self.queue.tabs());
        }
        if !changes_nothing {
            return self.take(effects);
        }
        // Must work also while nothing can be committed; what it shows is committed anyway.
        let (answers, work): (Vec<_>, Vec<_>) = effects.into_iter().partition(is_answer);
        self.take(work);
        for effect in answers {
            self.carry_out(effect);
        }
    }

    fn publish_hosts(&mut self) {
        self.publisher.hosts_changed(self.queue.hosts(now()), self.queue.holds_everything());
    }

    /// Writes at once, and what is committed already goes on its way; the rest after the commit.
    fn take(&mut self, effects: Vec<Effect>) {
        let mut writes = Vec::new();
        let (mut orders, mut scans) = (Vec::new(), Vec::new());
        let mut rest = Vec::new();
        // While nothing can be stored nothing is sent: its result could not be kept either.
        let is_stuck = self.committed.borrow().trouble.is_some();
        for effect in effects {
            match effect {
                Effect::Write(write) => writes.push(write),
                Effect::Upload(order) if !is_stuck => orders.push(*order),
                Effect::Scan { gallery, by_content } if !is_stuck => scans.push((*gallery, by_content)),
                effect => rest.push(Followup::Effect(effect)),
            }
        }
        if !writes.is_empty() {
            self.written += 1;
            self.writer.commit(self.written, writes);
        }
        for order in orders {
            self.upload(order);
        }
        // It only reads: what is written is enough, and nobody waits for the disk before each folder.
        for (gallery, by_content) in scans {
            self.workers.scan(gallery, by_content, Gate::new(self.safe.clone(), self.written));
        }
        let touched = self.queue.take_touched();
        if !touched.is_empty() {
            let row = |id| (id, self.queue.gallery(id).map(|gallery| self.workers.row(gallery)));
            // Before the answers, so that whoever is answered finds it in the snapshot.
            rest.insert(0, Followup::Show(touched.into_iter().map(row).collect()));
        }
        self.waiting.extend(rest.into_iter().map(|followup| (self.written, followup)));
    }

    /// Does what waited for a commit that has come.
    fn follow_up(&mut self) {
        let progress = self.committed.borrow_and_update().clone();
        if self.publisher.trouble(progress.trouble.clone())
            && let Some(words) = progress.trouble
        {
            (self.notify)(Notice::Tell { words, is_error: true });
        }
        while self.waiting.front().is_some_and(|(number, _)| *number <= progress.committed) {
            match self.waiting.pop_front() {
                Some((_, Followup::Effect(effect))) => self.carry_out(effect),
                Some((_, Followup::Show(rows))) => self.publisher.show(rows),
                None => break,
            }
        }
    }

    /// It is on its way at once, but not whole at its host before everything up to now would survive a kill: the result whose
    /// place it takes, too.
    fn upload(&mut self, order: UploadOrder) {
        let setup = self.setup(&order.gallery.host);
        let gate = Gate::new(self.safe.clone(), self.written);
        self.workers.upload(order, self.queue.settings().thumbnail_px, setup, gate);
    }

    fn setup(&self, host: &str) -> Setup {
        Setup::new(&self.queue.host_settings(host), &self.queue.settings().proxy, &self.environment)
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Write(_) => {} // Taken out before.
            Effect::Upload(order) => self.upload(*order),
            Effect::Claim { gallery, image } => self.step(Event::Claimed { gallery, image }),
            Effect::Reply(ticket, reply) => {
                if let Some(answer) = self.answers.remove(&ticket) {
                    answer(reply);
                }
            }
            Effect::Ask(ticket, question) => self.find_out(ticket, question),
            Effect::LookAt(gallery) => self.publisher.look_at(gallery),
            Effect::Raise => self.raising.ask(),
            Effect::Copy { name, text } => (self.notify)(Notice::CopyOutput { name, text }),
            Effect::Announce(arrival) => {
                self.arrival.join(arrival);
                self.publisher.mark_changed();
            }
            Effect::Shutdown => self.ending = true,
            Effect::Resolve { ticket, paths, choices, subfolders } => {
                self.workers.resolve(ticket, paths, choices, subfolders);
            }
            Effect::Relocate { ticket, gallery, folder } => self.workers.relocate(ticket, gallery, folder),
            Effect::Scan { gallery, by_content } => self.workers.scan(*gallery, by_content, Gate::default()),
            Effect::Begin { gallery, anew } => {
                let setup = self.setup(&gallery.host);
                self.workers.begin(*gallery, anew, self.queue.settings().clone(), setup);
            }
            Effect::Cancel(gallery) => self.workers.cancel(gallery),
            Effect::Close { gallery, images } => {
                let setup = self.setup(&gallery.host);
                self.workers.close(*gallery, images, setup);
            }
            Effect::Recall(gallery) => self.workers.recall(*gallery),
            Effect::Throttle { host, bytes_per_second } => self.workers.throttle(host, bytes_per_second),
            Effect::SignIn { ticket, host, entered } => {
                let setup = self.setup(&host);
                self.workers.sign_in(ticket, host, entered, setup);
            }
            Effect::LoadHosts { ticket, change } => self.workers.load_hosts(ticket, change),
            Effect::Import { ticket, from } => {
                self.workers.import(ticket, from, self.queue.settings().host.clone());
            }
            Effect::MakeOutput { gallery, copies } => {
                self.workers.make_output(*gallery, copies, self.queue.settings());
            }
            Effect::Templates { ticket, change } => self.workers.templates(ticket, change),
            Effect::MeasureDisk => self.workers.measure_disk(),
            Effect::LookForFolders(folders) => self.workers.look_for_folders(folders),
        }
    }

    /// What somebody waits for; unless they have gone.
    fn find_out(&mut self, ticket: Ticket, question: Question) {
        let Some(answer) = self.answers.remove(&ticket) else { return };
        match question {
            Question::Show(gallery) => self.workers.show(gallery, answer),
            Question::Render { galleries, wish } => {
                self.workers.render(galleries, wish, self.queue.settings(), answer);
            }
            Question::Report => {
                self.publish();
                answer(Ok(Reply::Report(self.publisher.snapshot())));
            }
            Question::TestHost(host) => {
                let setup = self.setup(&host);
                self.workers.test_host(host, self.queue.settings().clone(), setup, answer);
            }
            Question::ReadHost(file) => self.workers.read_host(file, answer),
            Question::KeptSecrets => {
                let options = self.queue.hosts(0).into_iter().map(|row| (row.id, row.settings.options));
                self.workers.kept_secrets(options.collect(), answer);
            }
            Question::Integrate { wanted } => self.workers.integrate(self.integrate, wanted, answer),
        }
    }

    /// Takes no more work, cancels transfers, waits a little for their answers, saves everything.
    async fn shut_down(mut self) -> bool {
        self.requests.close();
        self.workers.cancel_all();
        let patience = Instant::now() + SHUTDOWN_MAX;
        while self.queue.in_flight() > 0 && Instant::now() < patience {
            let report = tokio::time::timeout_at(patience.into(), self.workers.reports.recv());
            match report.await {
                Ok(Some(report)) => self.report(report),
                Ok(None) | Err(_) => break,
            }
        }
        while let Ok(request) = self.requests.try_recv() {
            (request.answer)(Err(super::ended()));
        }
        let saved = self.writer.close(FLUSH_MAX);
        for (_, followup) in self.waiting.drain(..) {
            // Committed now: whoever waits for that hears it.
            if let Followup::Effect(Effect::Reply(ticket, reply)) = followup
                && saved
                && let Some(answer) = self.answers.remove(&ticket)
            {
                answer(reply);
            }
        }
        for (_, answer) in self.answers {
            answer(Err(super::ended()));
        }
        (self.notify)(Notice::Quit);
        saved
    }
}

/// Whether a command changes nothing in the queue.
const fn only_asks(command: &Command) -> bool {
    matches!(
        command,
        Command::Report
            | Command::Raise
            | Command::Announce(_)
            | Command::LookAt(_)
            | Command::Output(_)
            | Command::OutputAs(..)
            | Command::Show(_)
            | Command::Integrate(_)
            | Command::Quit
    )
}

/// Whether an effect answers, and needs nothing done first.
const fn is_answer(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Reply(..)
            | Effect::Ask(..)
            | Effect::LookAt(_)
            | Effect::Raise
            | Effect::Announce(_)
            | Effect::Shutdown
    )
}

/// Milliseconds since the Unix epoch: the one clock of the engine.
pub(super) fn now() -> Millis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since_epoch.as_millis()).unwrap_or(Millis::MAX)
}

fn until(at: Millis) -> Duration {
    Duration::from_millis(u64::try_from(at - now()).unwrap_or(0))
}

/// Sleeps, or for ever.
pub(super) async fn sleep(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
