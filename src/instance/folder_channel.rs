//! The folder channel (ADR-002): one path a connection, one answer line after the commit.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Desk;
use super::door::{Channel, SILENCE_MAX};
use super::message::{self, MESSAGE_BYTES_MAX, Message, RAISED};
use crate::core::{AddOutcome, Arrival, Choices, Command, Refusal, RefusalCode, Reply};
use crate::platform::Owner;

/// A pause after which a message counts as whole: older clients send and linger.
const PAUSE_MAX: Duration = Duration::from_millis(300);
/// How long a message may take in all: a client that sends a byte now and then does not keep its place for minutes.
const MESSAGE_TIME_MAX: Duration = Duration::from_secs(30);

/// The serving side; one for all connections.
#[derive(Debug)]
pub struct FolderChannel<D> {
    desk: D,
    /// Messages refused so far.
    refused: AtomicU64,
}

impl<D: Desk> Channel for FolderChannel<D> {
    /// Nothing is sent before the message is read: an early word can destroy it on Windows when the client closes.
    async fn serve(&self, mut stream: TcpStream, owner: Owner, served: &Semaphore) {
        let Ok(_place) = served.acquire().await else { return };
        let answer = match timeout(MESSAGE_TIME_MAX, read_message(&mut stream)).await {
            Ok(None) => return,
            Ok(Some(bytes)) => message::read(&bytes),
            Err(_) => Err(Refusal::new(RefusalCode::TooLong, "The message took too long.")),
        };
        let answer = match answer {
            Ok(message) => self.carry_out(message, owner != Owner::Us).await,
            Err(refusal) => {
                let count = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::info!("message number {count} that is no folder: {}", refusal.code.name());
                message::answer(&Err(refusal), false)
            }
        };
        // Older clients have hung up by now; that changes nothing.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
        drain(&mut stream).await;
    }

    fn to_stranger(&self) -> Vec<u8> {
        message::answer(&Err(foreign()), false).into_bytes()
    }
}

impl<D: Desk> FolderChannel<D> {
    pub fn new(desk: D) -> Self {
        Self { desk, refused: AtomicU64::new(0) }
    }

    async fn carry_out(&self, message: Message, unproven: bool) -> String {
        match message {
            Message::Raise => match self.desk.ask(Command::Raise).await {
                Ok(_) => RAISED.to_owned(),
                Err(refusal) => message::answer(&Err(refusal), unproven),
            },
            Message::Folder(path) => {
                let outcomes = self.add(path.clone(), unproven).await;
                if let Ok(outcomes) = &outcomes {
                    // The folder is in the queue whether the window hears of it or not.
                    let arrival = Arrival::of(&[path], std::slice::from_ref(outcomes));
                    let _ = self.desk.ask(Command::Announce(arrival)).await;
                }
                message::answer(&outcomes.map(|outcomes| message::first(&outcomes)), unproven)
            }
        }
    }

    /// One outcome, or one for each sub-folder with images.
    async fn add(&self, path: PathBuf, unproven: bool) -> Result<Vec<AddOutcome>, Refusal> {
        let internal = || Refusal::new(RefusalCode::Internal, "BBDrop could not add the folder. Try again.");
        let choices = Choices { unproven, ..Choices::default() };
        match self.desk.ask(Command::Add { paths: vec![path], choices }).await? {
            Reply::Added(outcomes) => outcomes.into_iter().next().ok_or_else(internal),
            _ => Err(internal()),
        }
    }
}

/// The refusal of another user's client.
pub fn foreign() -> Refusal {
    let words = "This BBDrop belongs to another user of this computer. Start your own.";
    Refusal::new(RefusalCode::ForeignUser, words)
}

/// The bytes until the client ends or pauses; one more than allowed at the most. `None` when the connection broke.
async fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(MESSAGE_BYTES_MAX + 1);
    loop {
        let room = (MESSAGE_BYTES_MAX + 1).saturating_sub(bytes.len());
        let patience = if bytes.is_empty() { SILENCE_MAX } else { PAUSE_MAX };
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
pub(super) async fn drain(stream: &mut TcpStream) {
    let mut rest = [0; 4096];
    let reading = async { while matches!(stream.read(&mut rest).await, Ok(read) if read > 0) {} };
    let _ = timeout(PAUSE_MAX, reading).await;
}
