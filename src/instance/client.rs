//! A later launch: hand the folders over, or find out that this process is the resident.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::knock::{self, Patience};
use super::lock::{Lock, LockError};
use super::message::{MESSAGE_BYTES_MAX, UNPROVEN, is_on_a_drive};
use super::protocol::{Request, Response, Verb};
use super::resident_file::ResidentFile;
use super::{Ports, inbox, path_text, token};
use crate::core::RefusalCode;
use crate::{files, platform};

/// How long a resident may take to start or to end.
const ENTER_MAX: Duration = Duration::from_secs(15);

/// How a launch ends up.
#[derive(Debug)]
pub enum Entrance {
    /// This process is the resident; these folders have no answer yet.
    Resident(Lock, Vec<PathBuf>),
    /// Another one is, and has answered for every folder, in order.
    HandedOver(Vec<Answered>),
    /// Another one is, but answers nothing; the last `waiting` folders are in the inbox.
    Left { answers: Vec<Answered>, waiting: usize },
}

/// What the resident said to one folder (or to none: the window came to the front).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// In the queue, committed.
    Added,
    /// It was there already.
    Duplicate(PathBuf),
    /// The window came to the front.
    Raised,
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
    /// And the inbox cannot be written.
    #[error(
        "Another BBDrop holds the data directory but does not answer, and the folders cannot be left for it: {0}. Try again in a moment. Directory: {1}"
    )]
    NoInbox(std::io::Error, String),
}

/// A launch, or a command, that looks for the resident of its data directory.
#[derive(Debug)]
pub struct Client<'a> {
    pub data_dir: &'a Path,
    pub ports: &'a Ports,
}

impl Client<'_> {
    /// Becomes the resident, or hands `folders` (absolute; none: raise the window) to the one there is.
    ///
    /// The lock is asked first: it costs nothing, and who gets it needs no door. Who holds the lock without opening is
    /// starting, ending, hung, or a short command; after 15 s without any answer the folders go into the inbox.
    ///
    /// # Errors
    /// When the directory cannot be used, or somebody holds it and answers nothing.
    pub fn enter(&self, folders: &[PathBuf]) -> Result<Entrance, NotAnswered> {
        let mut patience = Patience::new(ENTER_MAX);
        let mut answers = Vec::new();
        loop {
            if let Some(lock) = Lock::try_take(self.data_dir)? {
                return Ok(Entrance::Resident(lock, rest(folders, &answers).to_vec()));
            }
            if self.hand_over(folders, &mut answers, &mut patience) {
                return Ok(Entrance::HandedOver(answers));
            }
            if patience.is_over() {
                return self.leave(folders, answers);
            }
            std::thread::sleep(jitter());
        }
    }

    /// Asks the resident; without one the lock, so that the command can be carried out here.
    ///
    /// # Errors
    /// When the directory cannot be used, or somebody holds it and answers nothing.
    pub fn ask(&self, mut request: Request) -> Result<Result<Response, Lock>, NotAnswered> {
        let patience = Patience::new(ENTER_MAX);
        if !request.only_looks() {
            // Should the answer get lost, asking again does not do it again. Without random numbers it does.
            request.request_id = token::random_text().unwrap_or_default();
        }
        loop {
            if let Some(lock) = Lock::try_take(self.data_dir)? {
                return Ok(Err(lock));
            }
            // Who holds the lock without having said where it listens is not ready.
            let resident = ResidentFile::read(self.data_dir);
            let response = resident.and_then(|resident| self.delegate(&resident, &mut request, patience));
            let is_stopping = |response: &Response| response.refusal_code() == Some(RefusalCode::Stopping);
            match response {
                // On its way out already: just what was asked for.
                Some(response) if request.command == Verb::Quit && is_stopping(&response) => {
                    return Ok(Ok(Response::done("stopping")));
                }
                // The next one answers, or this process. Only an upload that was ended stays ended.
                Some(response) if request.command != Verb::RunOnce && is_stopping(&response) => {}
                Some(response) => return Ok(Ok(response)),
                None => {}
            }
            if patience.is_over() {
                return Err(NotAnswered::Silent(self.data_dir.display().to_string()));
            }
            std::thread::sleep(jitter());
        }
    }

    /// Hands over what has no answer yet; says whether everything has one now.
    fn hand_over(&self, folders: &[PathBuf], answers: &mut Vec<Answered>, patience: &mut Patience) -> bool {
        let Some(resident) = ResidentFile::read(self.data_dir) else { return false };
        platform::allow_foreground();
        if folders.is_empty() {
            let raised = folder_channel(&resident, b"", *patience)
                .map(|(answer, _)| answer)
                .or_else(|| self.delegate_answer(&resident, Verb::Raise, None, *patience));
            return raised.is_some_and(|answer| is_final(&answer)) && {
                answers.push(Answered::Raised);
                true
            };
        }
        while let Some(folder) = folders.get(answers.len()) {
            let answer = self.offer(&resident, folder, *patience).filter(is_final);
            let Some(answer) = answer else { return false };
            patience.renew();
            answers.push(match answer {
                Answered::Duplicate(_) => Answered::Duplicate(folder.clone()),
                answer => answer,
            });
        }
        true
    }

    fn offer(&self, resident: &ResidentFile, folder: &Path, patience: Patience) -> Option<Answered> {
        let by_delegate = || self.delegate_answer(resident, Verb::Add, Some(folder), patience);
        let message = folder.to_str().filter(|text| fits_folder_channel(text));
        let Some((answer, is_proven)) = message.and_then(|text| folder_channel(resident, text.as_bytes(), patience))
        else {
            return by_delegate();
        };
        match answer {
            Answered::Refused(RefusalCode::NotAFolder, words) => {
                let why = files::why_no_folder(folder).unwrap_or_else(|| format!("{words} Path: {}", folder.display()));
                Some(Answered::Refused(RefusalCode::NotAFolder, why))
            }
            Answered::Added | Answered::Duplicate(_) if !is_proven => {
                // It is in the queue; with the token it is also started, where everything is.
                by_delegate();
                Some(answer)
            }
            answer => Some(answer),
        }
    }

    /// The way for what the folder channel cannot carry, or when its port is not ours.
    fn delegate_answer(
        &self,
        resident: &ResidentFile,
        command: Verb,
        folder: Option<&Path>,
        patience: Patience,
    ) -> Option<Answered> {
        let folders = folder.into_iter().map(path_text::write).collect();
        let mut request = Request { command, folders, ..Request::default() };
        let response = self.delegate(resident, &mut request, patience)?;
        match (response.refusal_code(), response.error) {
            (Some(code), words) => Some(Answered::Refused(code, words.unwrap_or_default())),
            (None, _) if command == Verb::Raise => Some(Answered::Raised),
            (None, _) if !response.duplicates.is_empty() => Some(Answered::Duplicate(PathBuf::new())),
            (None, _) => Some(Answered::Added),
        }
    }

    /// At the port that `resident.json` names; when that is not there or nobody answers, wherever it may be in the range.
    fn delegate(&self, resident: &ResidentFile, request: &mut Request, patience: Patience) -> Option<Response> {
        request.token = resident.token.clone();
        let ask = |port| knock::exchange(port, request, patience).filter(|response| !response.is_not_authorised());
        let named = resident.delegate_port.and_then(ask);
        named.or_else(|| knock::search(&self.ports.delegate, &resident.token, patience).and_then(ask))
    }

    /// The last way: the next resident, or this one when it wakes up, finds the folders in the inbox.
    fn leave(&self, folders: &[PathBuf], answers: Vec<Answered>) -> Result<Entrance, NotAnswered> {
        let waiting = rest(folders, &answers);
        if waiting.is_empty() {
            return Err(NotAnswered::Silent(self.data_dir.display().to_string()));
        }
        let unwritable = |error| NotAnswered::NoInbox(error, self.data_dir.display().to_string());
        inbox::leave(self.data_dir, waiting).map_err(unwritable)?;
        match Lock::try_take(self.data_dir)? {
            // It ended just now, perhaps without having seen them.
            Some(lock) => Ok(Entrance::Resident(lock, Vec::new())),
            None => Ok(Entrance::Left { waiting: waiting.len(), answers }),
        }
    }
}

fn rest<'a>(folders: &'a [PathBuf], answers: &[Answered]) -> &'a [PathBuf] {
    folders.get(answers.len()..).unwrap_or_default()
}

/// A resident on its way out says so: its successor takes the folder.
fn is_final(answer: &Answered) -> bool {
    !matches!(answer, Answered::Refused(RefusalCode::Stopping | RefusalCode::Busy, _))
}

/// The folder channel takes a line end off, has room for so much, and takes nothing that is not on a drive.
fn fits_folder_channel(text: &str) -> bool {
    text.len() <= MESSAGE_BYTES_MAX && !text.ends_with(['\r', '\n']) && is_on_a_drive(Path::new(text))
}

/// One message of ADR-002, and whether the resident could tell that we are this user. Only our own answers count.
fn folder_channel(resident: &ResidentFile, message: &[u8], patience: Patience) -> Option<(Answered, bool)> {
    let line = knock::line(resident.folder_port?, message, patience)?;
    let line = line.trim_end();
    Some((parse_answer(line)?, !line.ends_with(UNPROVEN)))
}

fn parse_answer(line: &str) -> Option<Answered> {
    // The port was another user's BBDrop after all: no answer of our resident.
    if line.starts_with("ERROR foreign-user") {
        return None;
    }
    if line.starts_with("OK duplicate") {
        Some(Answered::Duplicate(PathBuf::new()))
    } else if line.starts_with("OK raised") {
        Some(Answered::Raised)
    } else if line.starts_with("OK ") {
        Some(Answered::Added)
    } else {
        let (code, words) = line.strip_prefix("ERROR ")?.split_once(' ')?;
        Some(Answered::Refused(RefusalCode::from_name(code), words.to_owned()))
    }
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
        assert_eq!(parse_answer("OK added 7"), Some(Answered::Added));
        assert_eq!(parse_answer("OK added 7 unproven"), Some(Answered::Added));
        assert_eq!(parse_answer("OK raised"), Some(Answered::Raised));
        assert!(matches!(parse_answer("OK duplicate 7"), Some(Answered::Duplicate(_))));
        let refused = Answered::Refused(RefusalCode::NotAFolder, "no such folder".into());
        assert_eq!(parse_answer("ERROR not-a-folder no such folder"), Some(refused));
        for other in [
            "",
            "ERROR foreign-user This BBDrop belongs to another user.",
            "HTTP/1.1 400 Bad Request",
            "ERROR",
            "hello",
        ] {
            assert_eq!(parse_answer(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_the_folder_channel_would_change_goes_another_way() {
        assert!(fits_folder_channel(&"x".repeat(1024)));
        assert!(!fits_folder_channel(&"x".repeat(1025)));
        assert!(!fits_folder_channel("/name with a line end\n"));
        // Elsewhere that is the name of a folder.
        assert_eq!(fits_folder_channel(r"\\server\share"), !cfg!(windows));
    }
}
