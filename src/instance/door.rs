//! The resident's doors: both channels on their own thread. They accept before the engine is ready and while it is busy.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{MissedTickBehavior, timeout};
use tokio_util::sync::CancellationToken;

use super::delegate::DelegateChannel;
use super::folder_channel::FolderChannel;
use super::inbox::{self, Inbox};
use super::resident_file::ResidentFile;
use super::{Desk, Ports};
use crate::core::snapshot::Doors;
use crate::platform::{self, Owner};

/// Connections of one channel that are served at once; one over that waits.
const SERVED_MAX: usize = 256;
/// Connections of one channel that are open, most of them waiting: for their turn, for their first byte, or for the end of a
/// `run_once`. Both channels together stay below the 1,024 open files that a process usually may have; see [`open_max`].
const OPEN_MAX: usize = 448;
/// Open files that the connections leave to all the rest: the database, folders, hosts, the window.
const FILES_LEFT: u64 = 128;
/// How often it is told that connections cannot be accepted.
const WARN_EVERY: Duration = Duration::from_mins(1);
/// How long a client may say nothing at all.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(2);
/// Attempts at the folder channel's port before its absence is told.
const BIND_ATTEMPTS: u32 = 3;
const BIND_EVERY: Duration = Duration::from_secs(1);
/// How often it is tried after that.
const BIND_LATER_EVERY: Duration = Duration::from_secs(5);
/// How often the inbox is looked at, and whether `resident.json` is still there: not every file system tells of changes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the last answers may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// How long the end waits for what is done beside the doors: a file that is changed after that would be the next resident's.
const BESIDE_MAX: Duration = Duration::from_secs(1);

/// The open doors.
#[derive(Debug)]
pub struct Door {
    thread: JoinHandle<()>,
    stop: CancellationToken,
    data_dir: PathBuf,
}

/// Why the doors cannot open, in words.
#[derive(Debug, thiserror::Error)]
#[error("BBDrop cannot listen for other launches: {0}.")]
pub struct DoorError(#[from] std::io::Error);

impl Door {
    /// Listens before it returns, unless the ports are taken; commands go to `desk`, what is open is told through `doors`.
    ///
    /// # Errors
    /// When the system gives no thread or no random numbers, or `resident.json` cannot be written.
    pub fn open(
        data_dir: &Path,
        ports: &Ports,
        desk: impl Desk,
        doors: watch::Sender<Doors>,
    ) -> Result<Self, DoorError> {
        let folder = platform::listen(ports.folder).ok();
        let delegate = ports.delegate.clone().find_map(|port| platform::listen(port).ok());
        let mut resident = ResidentFile::new()?;
        resident.folder_port = folder.as_ref().and_then(port_of);
        resident.delegate_port = delegate.as_ref().and_then(port_of);
        resident.write(data_dir)?;
        doors.send_replace(state(&resident));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stop = CancellationToken::new();
        let work = Work {
            desk,
            data_dir: data_dir.to_owned(),
            folder_port: ports.folder,
            resident: Mutex::new(resident),
            doors,
            stop: stop.clone(),
        };
        let thread = std::thread::Builder::new().name("door".to_owned()).spawn(move || {
            runtime.block_on(work.run(folder, delegate));
            runtime.shutdown_timeout(BESIDE_MAX);
        })?;
        Ok(Self { thread, stop, data_dir: data_dir.to_owned() })
    }

    /// Stops listening, lets the last answers out, removes `resident.json`.
    pub fn close(self) {
        self.stop.cancel();
        let _ = self.thread.join(); // A panic there has been reported, and there is nothing left to serve.
        ResidentFile::remove(&self.data_dir);
    }
}

struct Work<D> {
    desk: D,
    data_dir: PathBuf,
    folder_port: u16,
    /// What `resident.json` says.
    resident: Mutex<ResidentFile>,
    doors: watch::Sender<Doors>,
    stop: CancellationToken,
}

impl<D: Desk> Work<D> {
    async fn run(self, folder: Option<StdListener>, delegate: Option<StdListener>) {
        let folder_room = Room::new(self.stop.clone());
        let delegate_room = Room::new(self.stop.clone());
        if let Some(listener) = delegate.and_then(to_tokio) {
            let channel = DelegateChannel::new(self.desk.clone(), self.resident().token);
            tokio::spawn(delegate_room.clone().accept(listener, channel));
        }
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.folder_channel(folder, folder_room.clone()) => {}
            () = self.look_after_files() => {}
        }
        let _ = timeout(CLOSE_MAX, async { tokio::join!(folder_room.empty(), delegate_room.empty()) }).await;
    }

    async fn folder_channel(&self, listener: Option<StdListener>, room: Room) {
        let listener = match listener {
            Some(listener) => Some(listener),
            None => self.bind_patiently().await,
        };
        let Some(listener) = listener.and_then(to_tokio) else { return std::future::pending().await };
        room.accept(listener, FolderChannel::new(self.desk.clone())).await;
    }

    /// Tries until the port can be had; tells after three attempts that it cannot, and who has it.
    async fn bind_patiently(&self) -> Option<StdListener> {
        for attempt in 2_u32.. {
            tokio::time::sleep(if attempt <= BIND_ATTEMPTS { BIND_EVERY } else { BIND_LATER_EVERY }).await;
            match platform::listen(self.folder_port) {
                Ok(listener) => {
                    let resident = self.change(|resident| resident.folder_port = port_of(&listener)).await;
                    self.doors.send_replace(state(&resident));
                    return Some(listener);
                }
                Err(error) if attempt == BIND_ATTEMPTS => {
                    let port = self.folder_port;
                    let holder = tokio::task::spawn_blocking(move || platform::holder_of(port)).await.ok().flatten();
                    let words = taken(port, holder.as_deref(), &error);
                    tracing::warn!("{words}");
                    self.doors.send_replace(Doors { trouble: Some(words), ..state(&self.resident()) });
                }
                Err(_) => {}
            }
        }
        None
    }

    /// Takes in what waits in the inbox, and keeps `resident.json` as it should be, for ever.
    async fn look_after_files(&self) {
        let mut inbox = Inbox::new(&self.data_dir);
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            inbox.import(&self.desk).await;
            if ResidentFile::read(&self.data_dir).as_ref() != Some(&self.resident()) {
                // While the directory cannot be written, the store says so.
                let _ = self.write().await;
            }
        }
    }

    fn resident(&self) -> ResidentFile {
        self.resident.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what `resident.json` says, and writes it.
    async fn change(&self, change: impl FnOnce(&mut ResidentFile)) -> ResidentFile {
        change(&mut self.resident.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(error) = self.write().await {
            tracing::warn!("resident.json could not be brought up to date: {error}");
        }
        self.resident()
    }

    async fn write(&self) -> std::io::Result<()> {
        let (resident, data_dir) = (self.resident(), self.data_dir.clone());
        inbox::beside(move || resident.write(&data_dir)).await
    }
}

/// Who has the port and what to do, in words.
fn taken(port: u16, holder: Option<&str>, error: &std::io::Error) -> String {
    let holder = holder.map_or_else(|| format!("another program ({error})"), str::to_owned);
    format!(
        "Port {port} is taken by {holder}. Folders still arrive through the delegate channel; end that program, or set BBDROP_PORT to another port."
    )
}

fn state(resident: &ResidentFile) -> Doors {
    Doors { folder_port: resident.folder_port, delegate_port: resident.delegate_port, trouble: None }
}

fn port_of(listener: &StdListener) -> Option<u16> {
    listener.local_addr().ok().map(|address| address.port())
}

fn to_tokio(listener: StdListener) -> Option<TcpListener> {
    TcpListener::from_std(listener).inspect_err(|error| tracing::error!("{error}")).ok()
}

/// One of the two ways to talk to the resident.
pub(super) trait Channel: Send + Sync + 'static {
    /// Serves one connection, from which something has come, as soon as there is a place in `served`. It is not another user's.
    fn serve(&self, stream: TcpStream, owner: Owner, served: &Semaphore) -> impl Future<Output = ()> + Send;

    /// All that another user's client is told.
    fn to_stranger(&self) -> Vec<u8>;
}

/// Connections of one channel that may be open, when this process may have so many open files. Up to [`FILES_LEFT`]
/// of them are for all the rest: a connection waits for a commit, so it must not take what a commit needs.
fn open_max(files_max: Option<u64>) -> usize {
    let Some(files_max) = files_max else { return OPEN_MAX };
    let for_connections = files_max.saturating_sub(FILES_LEFT.min(files_max / 2));
    usize::try_from(for_connections / 2).unwrap_or(OPEN_MAX).clamp(1, OPEN_MAX)
}

/// The connections of one channel. Those that have said nothing yet take no place from those that have.
#[derive(Clone)]
struct Room {
    open_max: usize,
    open: Arc<Semaphore>,
    served: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Room {
    fn new(stop: CancellationToken) -> Self {
        let open_max = open_max(platform::open_files_max());
        Self { open_max, open: Arc::new(Semaphore::new(open_max)), served: Arc::new(Semaphore::new(SERVED_MAX)), stop }
    }

    /// Accepts until it is stopped; there is room for a connection before it is accepted.
    async fn accept(self, listener: TcpListener, channel: impl Channel) {
        let channel = Arc::new(channel);
        let mut warned: Option<Instant> = None;
        loop {
            let Ok(room) = Arc::clone(&self.open).acquire_owned().await else { return };
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // At once: who has closed meanwhile can perhaps no longer be found, and a stranger takes no place from others.
                    let owner = owner_of(&stream, peer);
                    if owner == Owner::Another {
                        turn_away(stream, &*channel);
                        continue;
                    }
                    let (channel, served, stop) = (Arc::clone(&channel), Arc::clone(&self.served), self.stop.clone());
                    tokio::spawn(async move {
                        if says_something(&stream, &stop).await {
                            // Wine knows whose a socket is once something has come from it.
                            let owner = if owner == Owner::Unknown { owner_of(&stream, peer) } else { owner };
                            match owner {
                                Owner::Another => turn_away(stream, &*channel),
                                Owner::Us | Owner::Unknown => channel.serve(stream, owner, &served).await,
                            }
                        }
                        drop(room);
                    });
                }
                Err(error) => {
                    // Out of file handles, most likely: wait until some are free.
                    if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
                        warned = Some(Instant::now());
                        tracing::warn!("connections of other launches cannot be accepted at the moment: {error}");
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Waits until every connection has its answer.
    async fn empty(&self) {
        let all = u32::try_from(self.open_max).unwrap_or(u32::MAX);
        let _ = self.open.acquire_many(all).await; // Never closed.
    }
}

fn owner_of(stream: &TcpStream, peer: SocketAddr) -> Owner {
    stream.local_addr().map_or(Owner::Unknown, |local| platform::owner_of_peer(local, peer))
}

/// Closes another user's connection; whatever it says is not read.
fn turn_away(stream: TcpStream, channel: &impl Channel) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(&channel.to_stranger()); // It waits for nothing, and who does not read it has lost nothing.
    }
}

/// Waits for the first byte or the end of sending, for a while. Looks at the byte: that a socket is readable may be said in
/// error, and then the silent would take places.
async fn says_something(stream: &TcpStream, stop: &CancellationToken) -> bool {
    let mut first = [0];
    tokio::select! {
        biased;
        first = timeout(SILENCE_MAX, stream.peek(&mut first)) => matches!(first, Ok(Ok(_))),
        () = stop.cancelled() => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{OPEN_MAX, open_max};

    #[test]
    fn connections_leave_open_files_to_all_the_rest() {
        for (files_max, each) in [
            (None, OPEN_MAX),
            (Some(u64::MAX), OPEN_MAX),
            (Some(1024), OPEN_MAX),
            (Some(1023), 447),
            (Some(256), 64),
            (Some(64), 16),
            (Some(0), 1),
        ] {
            assert_eq!(open_max(files_max), each, "{files_max:?}");
        }
    }
}
