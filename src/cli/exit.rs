//! The exit codes of the user guide.

use std::process::ExitCode;

use crate::core::RefusalCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done or handed over.
    Done,
    /// 1: something failed, partly or wholly.
    Failed,
    /// 2: wrong usage.
    Usage,
    /// 3: not a folder, or nothing in it to upload.
    NoFolder,
    /// 4: the host is unknown or not ready.
    HostNotReady,
    /// 5: no resident, and the command needs one.
    NoResident,
    /// 6: data directory unusable, locked or from a newer version.
    DataDirectory,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NoFolder => 3,
            Exit::HostNotReady => 4,
            Exit::NoResident => 5,
            Exit::DataDirectory => 6,
        })
    }
}

impl From<RefusalCode> for Exit {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::TooLong
            | RefusalCode::NotUtf8
            | RefusalCode::NotAbsolute
            | RefusalCode::NotAFolder
            | RefusalCode::NothingToUpload => Self::NoFolder,
            RefusalCode::BadRequest | RefusalCode::NoSuchTemplate | RefusalCode::NoSuchTab => Self::Usage,
            RefusalCode::NoSuchHost | RefusalCode::HostNotReady => Self::HostNotReady,
            RefusalCode::UploadFailed
            | RefusalCode::NotAllTaken
            | RefusalCode::NotAuthorised
            | RefusalCode::ForeignUser
            | RefusalCode::NoSuchGallery
            | RefusalCode::AlreadyThere
            | RefusalCode::Busy
            | RefusalCode::Stopping
            | RefusalCode::Internal => Self::Failed,
        }
    }
}
