//! Where images go. Knows no database and no window; retries nothing (the engine does).

mod meter;
mod throttle;
mod source;
mod names;
mod page;
mod storage;
mod values;
mod definition;
mod client;
mod multipart;
mod answer;
mod http;
mod catalogue;
#[cfg(test)]
mod testing;

use std::path::PathBuf;
use std::time::Duration;

use crate::core::gallery::Session;
use crate::core::{Fault, Gallery, ImageLinks, Sent, Settings};

pub use catalogue::{Catalogue, PUBLISHED};
pub use definition::Definition;
pub use http::HttpHost;
pub use meter::Meter;
pub use source::{Source, Stamp};
pub use storage::{StorageError, StorageHost, StorageSpec};
pub use throttle::Throttle;

/// One image to send.
#[derive(Debug)]
pub struct Upload {
    /// The file to send.
    pub source: PathBuf,
    /// By what it is known to be the one that was scanned.
    pub stamp: Stamp,
    /// Made by us where the host makes none; without it the image stands for its own thumbnail.
    pub thumbnail: Option<Thumbnail>,
    /// Counts up as bytes move.
    pub meter: Meter,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// It may have arrived already, with the answer lost: a host that can look does so before it is sent.
    pub is_uncertain: bool,
}

/// How long a host may take. There is no limit to a whole transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// As long as no byte moves.
    pub idle: Duration,
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
    /// A service that a definition describes.
    Http(HttpHost),
}

impl Host {
    /// Whether the host makes thumbnails by itself.
    #[must_use]
    pub const fn makes_thumbnails(&self) -> bool {
        match self {
            Self::Storage(_) => false,
            Self::Http(_) => true,
        }
    }

    /// Opens `gallery` at the host; the session goes with it from then on.
    ///
    /// # Errors
    /// A [`Fault`] in words; its kind says whether another try makes sense.
    pub async fn open(&self, gallery: &Gallery, settings: &Settings, timeouts: Timeouts) -> Result<Session, Fault> {
        match self {
            Self::Storage(host) => host.open(gallery, &settings.folder_base_url, timeouts).await,
            Self::Http(host) => host.open(gallery, timeouts).await,
        }
    }

    /// Sends one image.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn upload(&self, session: &Session, upload: Upload) -> Result<Sent, Fault> {
        match self {
            Self::Storage(host) => host.upload(session, upload).await,
            Self::Http(host) => host.upload(session, upload).await,
        }
    }

    /// Closes the gallery called `title`; returns the link of its page, empty when the host has none. May be called again.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn close(
        &self,
        session: &Session,
        title: &str,
        images: &[PageImage],
        timeouts: Timeouts,
    ) -> Result<String, Fault> {
        match self {
            Self::Storage(host) => host.close(session, title, images, timeouts).await,
            Self::Http(host) => host.close(session, title, timeouts).await,
        }
    }
}
