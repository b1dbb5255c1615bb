//! A later launch: hand the folders over, or find out that this process is the resident.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::lock::{Lock, LockError};
use super::message::MESSAGE_BYTES_MAX;
use super::protocol::{Request, Response, Verb};
use super::resident_file::ResidentFile;
use crate::core::RefusalCode;
use crate::platform;

const CONNECT_MAX: Duration = Duration::from_secs(1);
/// How long the resident may take to commit a folder.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long a resident may take to start or to end.
const ENTER_MAX: Duration = Duration::from_secs(15);
/// More than any answer line.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// More than the output of the largest queue.
const RESPONSE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How a launch ends up.
#[derive(Debug)]
pub enum Entrance {
    /// This process is the resident.
    Resident(Lock),
    /// Another one is, and has answered for every folder.
    HandedOver(Vec<Answered>),
}

/// What the resident said to one folder (or to none: the window came to the front).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// In the queue, committed; or raised.
    Taken,
    /// It was there already.
    Duplicate(PathBuf),
    /// Not taken, and why.
    Refused(RefusalCode, String),
}

/// Nobody answered, in words.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// The data directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No resident.
    #[error("BBDrop is not running.")]
    NoResident,
    /// Somebody holds the data directory, but does not answer.
    #[error(
        "Another BBDrop holds the data directory but does not answer. Wait a moment and try again, or end that process. Directory: {0}"
    )]
    Silent(String),
}

/// Becomes the resident of `data_dir`, or hands `folders` (absolute; none: raise the window) to the one there is.
///
/// # Errors
/// When the directory cannot be used, or somebody holds it and answers nothing for 15 s.
pub fn enter(data_dir: &Path, folders: &[PathBuf]) -> Result<Entrance, NotAnswered> {
    let end = Instant::now() + ENTER_MAX;
    let mut answers = Vec::new();
    loop {
        if let Some(lock) = Lock::try_take(data_dir)? {
            return Ok(Entrance::Resident(lock));
        }
        // Who holds the lock without having said where it listens is starting, ending, or a short command.
        if ResidentFile::read(data_dir).is_some_and(|resident| hand_over(&resident, folders, &mut answers)) {
            return Ok(Entrance::HandedOver(answers));
        }
        if Instant::now() > end {
            return Err(NotAnswered::Silent(data_dir.display().to_string()));
        }
        std::thread::sleep(jitter());
    }
}

/// Asks the resident of `data_dir`.
///
/// # Errors
/// [`NotAnswered::NoResident`] when nobody holds the directory.
pub fn ask(data_dir: &Path, mut request: Request) -> Result<Result<Response, Lock>, NotAnswered> {
    let end = Instant::now() + ENTER_MAX;
    loop {
        if let Some(lock) = Lock::try_take(data_dir)? {
            return Ok(Err(lock));
        }
        if let Some(resident) = ResidentFile::read(data_dir) {
            request.token.clone_from(&resident.token);
            if let Some(response) = resident.delegate_port.and_then(|port| exchange(port, &request)) {
                return Ok(Ok(response));
            }
        }
        if Instant::now() > end {
            return Err(NotAnswered::Silent(data_dir.display().to_string()));
        }
        std::thread::sleep(jitter());
    }
}

/// Hands over what has no answer yet; says whether everything has one now.
fn hand_over(resident: &ResidentFile, folders: &[PathBuf], answers: &mut Vec<Answered>) -> bool {
    platform::allow_foreground();
    if folders.is_empty() {
        let answer = over_folder_channel(resident, b"").or_else(|| over_delegate_channel(resident, Verb::Raise, None));
        return answer.is_some();
    }
    while let Some(folder) = folders.get(answers.len()) {
        let text = folder.to_str();
        let short = text.filter(|text| text.len() <= MESSAGE_BYTES_MAX);
        let answer = match text {
            None => Some(not_unicode(folder)),
            Some(text) => short
                .and_then(|text| over_folder_channel(resident, text.as_bytes()))
                .or_else(|| over_delegate_channel(resident, Verb::Add, Some(text))),
        };
        match answer {
            // The resident is on its way out: its successor takes the folder.
            None | Some(Answered::Refused(RefusalCode::Stopping | RefusalCode::Busy, _)) => return false,
            Some(Answered::Duplicate(_)) => answers.push(Answered::Duplicate(folder.clone())),
            Some(answer) => answers.push(answer),
        }
    }
    true
}

fn not_unicode(folder: &Path) -> Answered {
    let words = format!("The folder's name is no Unicode; drop it on the window instead. Folder: {}", folder.display());
    Answered::Refused(RefusalCode::NotUtf8, words)
}

/// One message of ADR-002 and the answer line. Only our own answers count.
fn over_folder_channel(resident: &ResidentFile, message: &[u8]) -> Option<Answered> {
    let mut stream = connect(resident.folder_port?)?;
    stream.write_all(message).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut line = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut line).ok()?;
    parse_answer(&line)
}

fn parse_answer(line: &str) -> Option<Answered> {
    let line = line.trim_end();
    if line.starts_with("OK duplicate") {
        Some(Answered::Duplicate(PathBuf::new()))
    } else if line.starts_with("OK ") {
        Some(Answered::Taken)
    } else {
        let (code, words) = line.strip_prefix("ERROR ")?.split_once(' ')?;
        Some(Answered::Refused(RefusalCode::from_name(code), words.to_owned()))
    }
}

/// The way for what the folder channel cannot carry, or when its port is not ours.
fn over_delegate_channel(resident: &ResidentFile, command: Verb, folder: Option<&str>) -> Option<Answered> {
    let folders = folder.into_iter().map(str::to_owned).collect();
    let request = Request { command, folders, token: resident.token.clone(), ..Request::default() };
    let response = exchange(resident.delegate_port?, &request)?;
    match (response.refusal_code(), response.error) {
        (Some(code), words) => Some(Answered::Refused(code, words.unwrap_or_default())),
        (None, _) => response.success.then_some(Answered::Taken),
    }
}

/// One request and its response; no limit in time once the request is sent: `run_once` waits for its upload.
fn exchange(port: u16, request: &Request) -> Option<Response> {
    let mut stream = connect(port)?;
    if request.command == Verb::RunOnce {
        stream.set_read_timeout(None).ok()?;
    }
    let mut bytes = serde_json::to_vec(request).ok()?;
    bytes.push(b'\n');
    stream.write_all(&bytes).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut answer = Vec::new();
    stream.take(RESPONSE_BYTES_MAX).read_to_end(&mut answer).ok()?;
    serde_json::from_slice(&answer).ok()
}

fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, CONNECT_MAX)
        .inspect_err(|error| {
            if error.kind() != ErrorKind::ConnectionRefused {
                tracing::info!("port {port}: {error}");
            }
        })
        .ok()?;
    stream.set_read_timeout(Some(ANSWER_MAX)).ok()?;
    stream.set_write_timeout(Some(ANSWER_MAX)).ok()?;
    Some(stream)
}

/// 20 to 200 ms, so that many launches do not knock in step.
fn jitter() -> Duration {
    let mut random = [0_u8; 1];
    let _ = getrandom::fill(&mut random); // Without it they knock in step, which works too.
    Duration::from_millis(20 + u64::from(random[0]) * 180 / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_answers_count() {
        assert_eq!(parse_answer("OK added 7\n"), Some(Answered::Taken));
        assert_eq!(parse_answer("OK raised\n"), Some(Answered::Taken));
        assert!(matches!(parse_answer("OK duplicate 7\n"), Some(Answered::Duplicate(_))));
        let refused = Answered::Refused(RefusalCode::NotAFolder, "no such folder".into());
        assert_eq!(parse_answer("ERROR not-a-folder no such folder\n"), Some(refused));
        for other in ["", "HTTP/1.1 400 Bad Request\r\n", "ERROR", "hello"] {
            assert_eq!(parse_answer(other), None, "{other:?}");
        }
    }
}
