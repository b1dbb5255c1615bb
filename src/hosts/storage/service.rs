//! What every storage service can do for a gallery: one variant per way to talk. Retries nothing.

use std::fmt;

use bytes::Bytes;

use super::folder::Folder;
use super::ftp::Ftp;
use super::web::Web;
use crate::core::{ContentHash, Fault};
use crate::hosts::{Source, Timeouts};

/// The services there are.
#[derive(Debug)]
pub(super) enum Service {
    Folder(Folder),
    Web(Web),
    Ftp(Box<Ftp>),
}

/// Who signs in, with the secret itself.
pub(super) struct SignIn {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What is written.
#[derive(Debug)]
pub(super) struct File {
    pub content: Content,
    /// Its size.
    pub bytes: u64,
    /// It is written under this path and renamed once it is whole, where the service does not see to that itself.
    /// Without one it is written as it is, because nobody is told of it before it is whole.
    pub partial: Option<String>,
}

/// Where the bytes of a file come from.
#[derive(Debug)]
pub(super) enum Content {
    Image(Source),
    /// Empty once it is handed out.
    Made(Bytes),
}

impl Service {
    /// Where it is, in words, for the end of a message.
    pub fn place(&self) -> String {
        match self {
            Self::Folder(folder) => folder.place(),
            Self::Web(web) => web.place().to_owned(),
            Self::Ftp(ftp) => ftp.place().to_owned(),
        }
    }

    /// Whether there is something in the folder.
    pub async fn is_taken(&self, folder: &str, timeouts: Timeouts) -> Result<bool, Fault> {
        match self {
            Self::Folder(service) => service.is_taken(folder).await,
            Self::Web(service) => service.is_taken(folder, timeouts).await,
            Self::Ftp(service) => service.is_taken(folder, timeouts).await,
        }
    }

    /// Makes the folder, and the one for thumbnails in it, with all above. May be called again, and by several at once.
    pub async fn make(&self, folder: &str, timeouts: Timeouts) -> Result<(), Fault> {
        match self {
            Self::Folder(service) => service.make(folder).await,
            Self::Web(service) => service.make(folder, timeouts).await,
            Self::Ftp(service) => service.make(folder, timeouts).await,
        }
    }

    /// The size of a file; `None` when there is none.
    pub async fn bytes(&self, path: &str, timeouts: Timeouts) -> Result<Option<u64>, Fault> {
        match self {
            Self::Folder(service) => service.bytes(path).await,
            Self::Web(service) => service.bytes(path, timeouts).await,
            Self::Ftp(service) => service.bytes(path, timeouts).await,
        }
    }

    /// Writes a file in place of whatever is there; the hash of an image.
    pub async fn write(&self, path: &str, file: File, timeouts: Timeouts) -> Result<Option<ContentHash>, Fault> {
        match self {
            Self::Folder(service) => service.write(path, file).await,
            Self::Web(service) => service.write(path, file, timeouts).await,
            Self::Ftp(service) => service.write(path, file, timeouts).await,
        }
    }
}

impl File {
    /// Something that we made.
    pub fn made(bytes: Vec<u8>) -> Self {
        Self {
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            content: Content::Made(bytes.into()),
            partial: None,
        }
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        match &mut self.content {
            Content::Image(source) => source.next().await,
            Content::Made(bytes) => {
                let bytes = std::mem::take(bytes);
                Ok((!bytes.is_empty()).then_some(bytes))
            }
        }
    }

    /// Of an image that was handed out to its end.
    pub fn hash(&self) -> Option<ContentHash> {
        match &self.content {
            Content::Image(source) => source.hash(),
            Content::Made(_) => None,
        }
    }
}

pub(super) fn not_found_is_empty(error: opendal::Error) -> Result<bool, opendal::Error> {
    if error.kind() == opendal::ErrorKind::NotFound { Ok(false) } else { Err(error) }
}
