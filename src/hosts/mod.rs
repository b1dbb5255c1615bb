//! Where images go. Knows no database and no window; retries nothing (the engine does).

mod catalogue;
mod definition;
mod value;
mod http;
mod client;
mod activity;
mod body;
mod answer;
mod storage;
mod names;
mod page;
mod source;
mod meter;
mod throttle;

use std::path::PathBuf;
use std::time::Duration;

use crate::core::gallery::Session;
use crate::core::{Fault, Gallery, ImageLinks, Sent, Settings};

pub use catalogue::Catalogue;
pub use definition::{Definition, DefinitionError};
pub use http::HttpHost;
pub use meter::Meter;
pub use source::{Source, Stamp};
pub use storage::{StorageError, StorageHost};
pub use throttle::Throttle;

/// One image to send.
#[derive(Debug)]
pub struct Upload {
    /// The file to send.
    pub source: PathBuf,
    /// What it was when it was scanned.
    pub stamp: Stamp,
    /// Made by us where the host makes none; without it the image stands for its own thumbnail.
    pub thumbnail: Option<Thumbnail>,
    /// Counts up as bytes move, and keeps them within the limits.
    pub meter: Meter,
    /// How long nothing may happen.
    pub timeouts: Timeouts,
    /// An earlier process may have sent it already: a host that can look, looks first.
    pub is_uncertain: bool,
}

/// How long a host may let us wait. There is no limit for a transfer that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Duration,
    /// While no byte moves.
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

/// The kinds of hosts. One variant each; what differs within a kind is data.
#[derive(Debug)]
pub enum Host {
    /// Files in a storage service, with thumbnails and a page that we make.
    Storage(StorageHost),
    /// A service that is spoken to over HTTP, as its definition says.
    Http(HttpHost),
}

impl Host {
    /// Whether it makes thumbnails itself.
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
            Self::Storage(host) => host.open(gallery, &settings.folder_base_url).await,
            Self::Http(host) => host.open(&gallery.name, timeouts).await,
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

    /// Closes the gallery; returns the link of its page, empty when the host has none. May be called again.
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
            Self::Storage(host) => host.close(session, title, images).await,
            Self::Http(host) => host.close(session, title, timeouts).await,
        }
    }
}
