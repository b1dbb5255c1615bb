//! The resident's doors: both channels on their own thread. They accept before the engine is ready and while it is busy.

use std::net::TcpListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::message::{self, MESSAGE_BYTES_MAX, Message, RAISED};
use super::resident_file::ResidentFile;
use super::{Desk, Ports, delegate};
use crate::core::snapshot::Doors;
use crate::core::{AddOutcome, Command, Refusal, RefusalCode, Reply};
use crate::platform;

/// Connections served at once; one over that waits.
const CONNECTIONS_MAX: usize = 256;
/// How long a client may say nothing at all.
const SILENCE_MAX: Duration = Duration::from_secs(2);
/// A pause after which a message counts as whole: older clients send and linger.
const PAUSE_MAX: Duration = Duration::from_millis(300);
/// Attempts at the folder channel's port before its absence is told.
const BIND_ATTEMPTS: u32 = 3;
const BIND_EVERY: Duration = Duration::from_secs(1);
/// How often it is tried after that.
const BIND_LATER_EVERY: Duration = Duration::from_secs(5);
/// How long the last answers may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);

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
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            data_dir: data_dir.to_owned(),
            folder_port: ports.folder,
            doors,
        };
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("door".to_owned()).spawn(move || {
            runtime.block_on(work.run(folder, delegate, resident, stopped));
            runtime.shutdown_timeout(Duration::ZERO);
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
    connections: Arc<Semaphore>,
    data_dir: PathBuf,
    folder_port: u16,
    doors: watch::Sender<Doors>,
}

impl<D: Desk> Work<D> {
    async fn run(
        self,
        folder: Option<StdListener>,
        delegate: Option<StdListener>,
        mut resident: ResidentFile,
        stop: CancellationToken,
    ) {
        if let Some(listener) = delegate.and_then(to_tokio) {
            let (desk, resident) = (self.desk.clone(), Arc::new(resident.clone()));
            let serve = move |stream| {
                let (desk, resident) = (desk.clone(), Arc::clone(&resident));
                async move { delegate::serve(stream, &desk, &resident).await }
            };
            tokio::spawn(accept(listener, Arc::clone(&self.connections), stop.clone(), serve));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.folder_channel(folder, &mut resident, &stop) => {}
        }
        // All permits back: every connection has its answer.
        let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _ = timeout(CLOSE_MAX, self.connections.acquire_many(all)).await;
    }

    async fn folder_channel(
        &self,
        listener: Option<StdListener>,
        resident: &mut ResidentFile,
        stop: &CancellationToken,
    ) {
        let Some(listener) = (match listener {
            Some(listener) => Some(listener),
            None => self.bind_patiently(resident).await,
        })
        .and_then(to_tokio) else {
            return std::future::pending().await;
        };
        let desk = self.desk.clone();
        let serve = move |stream| {
            let desk = desk.clone();
            async move { serve_folder(stream, &desk).await }
        };
        accept(listener, Arc::clone(&self.connections), stop.clone(), serve).await;
    }

    /// Tries until the port can be had; tells after three attempts that it cannot.
    async fn bind_patiently(&self, resident: &mut ResidentFile) -> Option<StdListener> {
        for attempt in 2_u32.. {
            tokio::time::sleep(if attempt <= BIND_ATTEMPTS { BIND_EVERY } else { BIND_LATER_EVERY }).await;
            match platform::listen(self.folder_port) {
                Ok(listener) => {
                    resident.folder_port = port_of(&listener);
                    if let Err(error) = resident.write(&self.data_dir) {
                        tracing::warn!("resident.json could not be brought up to date: {error}");
                    }
                    self.doors.send_replace(state(resident));
                    return Some(listener);
                }
                Err(error) if attempt == BIND_ATTEMPTS => {
                    let words = format!(
                        "Port {} is taken by another program ({error}). Folders still arrive through the delegate channel; close that program, or set BBDROP_PORT to another port.",
                        self.folder_port
                    );
                    tracing::warn!("{words}");
                    self.doors.send_replace(Doors { trouble: Some(words), ..state(resident) });
                }
                Err(_) => {}
            }
        }
        None
    }
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

/// Accepts for ever; a connection takes its permit before it is accepted.
async fn accept<F>(
    listener: TcpListener,
    connections: Arc<Semaphore>,
    stop: CancellationToken,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let work = serve(stream);
                tokio::spawn(async move {
                    work.await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file handles, most likely: wait until some are free.
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Serves one connection of the folder channel. Nothing is sent before the message is read.
async fn serve_folder(mut stream: TcpStream, desk: &impl Desk) {
    let Some(bytes) = read_message(&mut stream).await else { return };
    let answer = match message::read(&bytes) {
        Ok(Message::Raise) => match desk.ask(Command::Raise(None)).await {
            Ok(_) => RAISED.to_owned(),
            Err(refusal) => message::answer(&Err(refusal)),
        },
        Ok(Message::Folder(path)) => {
            let outcome = add(desk, path).await;
            if let Ok(AddOutcome::Added(id) | AddOutcome::Duplicate(id)) = outcome {
                // The folder is in the queue whether the window hears of it or not.
                let _ = desk.ask(Command::Raise(Some(id))).await;
            }
            message::answer(&outcome)
        }
        Err(refusal) => message::answer(&Err(refusal)),
    };
    // Older clients have hung up by now; that changes nothing.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    drain(&mut stream).await;
}

async fn add(desk: &impl Desk, path: PathBuf) -> Result<AddOutcome, Refusal> {
    match desk.ask(Command::Add { folders: vec![path], start: false }).await? {
        Reply::Added(outcomes) => outcomes.into_iter().next().ok_or_else(internal),
        _ => Err(internal()),
    }
}

fn internal() -> Refusal {
    Refusal::new(RefusalCode::Internal, "BBDrop could not add the folder. Try again.")
}

/// The bytes until the client ends or pauses; one more than allowed at the most. `None` when nothing came.
async fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(MESSAGE_BYTES_MAX + 1);
    loop {
        let patience = if bytes.is_empty() { SILENCE_MAX } else { PAUSE_MAX };
        let room = (MESSAGE_BYTES_MAX + 1).saturating_sub(bytes.len());
        match timeout(patience, (&mut *stream).take(room as u64).read_buf(&mut bytes)).await {
            Ok(Ok(0)) => return Some(bytes),
            Ok(Ok(_)) if bytes.len() > MESSAGE_BYTES_MAX => return Some(bytes),
            Ok(Ok(_)) => {}
            Err(_) if !bytes.is_empty() => return Some(bytes),
            Ok(Err(_)) | Err(_) => return None,
        }
    }
}

/// Reads what a client still sends, for a moment: closing with unread bytes would destroy the answer.
async fn drain(stream: &mut TcpStream) {
    let mut rest = [0; 4096];
    let reading = async { while matches!(stream.read(&mut rest).await, Ok(read) if read > 0) {} };
    let _ = timeout(PAUSE_MAX, reading).await;
}
