//! Where images go. Knows no database and no window; retries nothing (the engine does).

mod names;
mod page;
mod storage;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::core::gallery::Session;
use crate::core::{Fault, Gallery, ImageLinks, Settings};

pub use storage::{StorageError, StorageHost};

/// One image to send.
#[derive(Debug)]
pub struct Upload<'a> {
    /// The file to send.
    pub source: PathBuf,
    /// Its place in the gallery, from 0.
    pub position: u32,
    /// Made by us where the host makes none; without it the image stands for its own thumbnail.
    pub thumbnail: Option<Thumbnail>,
    /// Counts up as bytes move.
    pub meter: Meter<'a>,
}

/// Counts the bytes of one transfer, for everybody who shows them.
#[derive(Clone, Copy, Debug)]
pub struct Meter<'a> {
    /// Bytes of this transfer.
    pub image: &'a AtomicU64,
    /// Bytes of the gallery's unfinished transfers.
    pub gallery: &'a AtomicU64,
    /// Bytes of all transfers since the start.
    pub total: &'a AtomicU64,
}

impl Meter<'_> {
    fn add(&self, bytes: u64) {
        for counter in [self.image, self.gallery, self.total] {
            counter.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

/// An encoded thumbnail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// The file's contents.
    pub bytes: Vec<u8>,
    /// Its ending, without the dot.
    pub ending: &'static str,
}

/// One uploaded image, for the gallery's page.
#[derive(Clone, Debug)]
pub struct PageImage {
    /// The file's name.
    pub name: String,
    /// What the host gave for it.
    pub links: ImageLinks,
}

/// The hosts there are. One variant per kind of host; what differs within a kind is data.
#[derive(Debug)]
pub enum Host {
    /// Files in a storage service, with thumbnails and a page that we make.
    Storage(StorageHost),
}

impl Host {
    /// Opens `gallery` at the host; the session goes with it from then on.
    ///
    /// # Errors
    /// A [`Fault`] in words; its kind says whether another try makes sense.
    pub async fn open(&self, gallery: &Gallery, settings: &Settings) -> Result<Session, Fault> {
        match self {
            Self::Storage(host) => host.open(gallery, &settings.folder_base_url).await,
        }
    }

    /// Sends one image.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn upload(&self, session: &Session, upload: Upload<'_>) -> Result<ImageLinks, Fault> {
        match self {
            Self::Storage(host) => host.upload(session, upload).await,
        }
    }

    /// Closes the gallery; returns the link of its page. May be called again.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn close(&self, session: &Session, title: &str, images: &[PageImage]) -> Result<String, Fault> {
        match self {
            Self::Storage(host) => host.close(session, title, images).await,
        }
    }
}
