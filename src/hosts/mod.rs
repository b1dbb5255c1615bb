//! Where images go. Knows no database and no window; retries nothing (the engine does).

mod meter;
mod throttle;
mod gate;
mod source;
mod names;
mod kind;
mod page;
mod storage;
pub mod lookup;
pub mod sxcu;
mod file;
mod reach;
mod values;
mod definition;
mod pin;
mod proxy;
mod client;
mod multipart;
mod answer;
mod keys;
mod extract;
mod session;
mod secrets;
mod kept;
mod http;
mod builtin;
mod catalogue;
mod own;
pub mod untrusted;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::core::gallery::Session;
use crate::core::{Closed, Fault, Gallery, HostSettings, ImageLinks, Proxy, Sent, Settings};

use definition::Origins;

pub use catalogue::{Catalogue, HOSTS, PUBLISHED, is_definition, read_definition};
pub use definition::{Definition, LOADS, Secret, check_id};
pub use gate::Gate;
pub use http::HttpHost;
pub use kept::Kept;
pub use kind::kind_of;
pub use meter::Meter;
pub use names::file_name;
pub use pin::Pin;
pub use proxy::Environment;
pub use secrets::{Known, Secrets};
pub use source::{Source, Stamp};
pub use storage::{ConfiguredStorage, StorageError, StorageHost, StorageSpec};
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
    /// Its place in the gallery, from 0.
    pub position: u32,
    /// It may have arrived already, with the answer lost: a host that can look does so before it is sent.
    pub is_uncertain: bool,
    /// Another image of the gallery could get the same name, by its case or by its ending: neither may take the other's place.
    pub has_namesake: bool,
}

/// How long a host may take. There is no limit to a whole transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// As long as no byte moves.
    pub idle: Duration,
}

/// How a host is reached, and what is trusted there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The one certificate to trust.
    pub pin: Option<Pin>,
    /// What is between.
    pub proxy: Proxy,
    /// What [`Proxy::System`] is besides.
    pub environment: Environment,
}

/// What the person has set for a host, as far as its runner needs it.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Images that are larger than the host takes are made smaller. The engine does that.
    pub shrinks: bool,
    /// How it is reached.
    pub route: Route,
    /// What is set of the host's own options, by their whole keys.
    pub options: BTreeMap<String, String>,
}

impl Setup {
    /// What `settings` say.
    #[must_use]
    pub fn new(settings: &HostSettings, proxy: &Proxy, environment: &Environment) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            timeouts: Timeouts { connect: seconds(settings.connect_timeout_s), idle: seconds(settings.idle_timeout_s) },
            shrinks: settings.shrink_to_fit,
            route: Route {
                pin: Pin::parse(&settings.certificate),
                proxy: settings.proxy.as_ref().unwrap_or(proxy).clone(),
                environment: environment.clone(),
            },
            options: settings.options.clone(),
        }
    }
}

/// A gallery that is open at its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Goes with the gallery from now on.
    pub session: Session,
    /// The host makes the gallery of its first image: that one must have arrived before others are sent.
    pub first_alone: bool,
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
    /// Its place in the gallery, from 0.
    pub position: u32,
    /// The file's name.
    pub name: String,
    /// What the host gave for it.
    pub links: ImageLinks,
}

/// The hosts there are. One variant per kind of host; what differs within a kind is data.
#[derive(Debug)]
pub enum Host {
    /// Files in a place that never changes, with thumbnails and a page that we make.
    Files(StorageHost),
    /// The same in a storage service that a definition names.
    Storage(Box<ConfiguredStorage>),
    /// A service that a definition describes.
    Http(HttpHost),
}

impl Host {
    /// Whether the host makes thumbnails by itself.
    #[must_use]
    pub fn makes_thumbnails(&self) -> bool {
        match self {
            Self::Files(_) | Self::Storage(_) => false,
            Self::Http(host) => host.makes_thumbnails(),
        }
    }

    /// The largest image that the host takes, in bytes.
    #[must_use]
    pub fn image_bytes_max(&self) -> Option<u64> {
        match self {
            Self::Files(_) => None,
            Self::Storage(host) => host.image_bytes_max(),
            Self::Http(host) => host.facts().limits.image_bytes_max,
        }
    }

    /// Everything that it may contact, with what the person has set of its options.
    fn contacts(&self, options: &BTreeMap<String, String>) -> Origins {
        match self {
            Self::Files(_) => Origins::new(),
            Self::Storage(host) => host.definition().contacts(options),
            Self::Http(host) => host.definition().contacts(options),
        }
    }

    /// Opens `gallery`, which has so many images, at the host; the session goes with it from then on. With an `earlier` session
    /// the host's gallery has expired or is full: another one is opened for the rest.
    ///
    /// # Errors
    /// A [`Fault`] in words; its kind says whether another try makes sense.
    pub async fn open(
        &self,
        gallery: &Gallery,
        images: usize,
        earlier: Option<&Session>,
        settings: &Settings,
        setup: &Setup,
    ) -> Result<Opened, Fault> {
        let opened = async {
            match self {
                Self::Files(host) => {
                    let session = host.open(gallery, &settings.folder_base_url, setup.timeouts).await?;
                    Ok(Opened { session, first_alone: false })
                }
                Self::Storage(host) => {
                    let session = host.host(setup).await?.open(gallery, "", setup.timeouts).await;
                    let session = session.map_err(|fault| host.hide(fault))?;
                    Ok(Opened { session, first_alone: false })
                }
                Self::Http(host) => host.open(gallery, images, earlier, setup).await,
            }
        };
        opened.await.map_err(Fault::on_one_line)
    }

    /// What a stored session says.
    ///
    /// # Errors
    /// When it cannot be used any more.
    pub async fn reopen(&self, session: Session) -> Result<Opened, Fault> {
        let first_alone = match self {
            Self::Files(_) | Self::Storage(_) => false,
            Self::Http(host) => host.first_alone(&session).await.map_err(Fault::on_one_line)?,
        };
        Ok(Opened { session, first_alone })
    }

    /// Sends one image.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn upload(&self, session: &Session, upload: Upload, setup: &Setup) -> Result<Sent, Fault> {
        let sent = async {
            match self {
                Self::Files(host) => host.upload(session, upload, setup.timeouts).await,
                Self::Storage(host) => {
                    let sent = host.host(setup).await?.upload(session, upload, setup.timeouts).await;
                    sent.map_err(|fault| host.hide(fault))
                }
                Self::Http(host) => host.upload(session, upload, setup).await,
            }
        };
        sent.await.map_err(Fault::on_one_line)
    }

    /// Closes the gallery called `title`; returns the link of its page, and those of its images that were owed. May be called
    /// again.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn close(
        &self,
        session: &Session,
        title: &str,
        images: &[PageImage],
        setup: &Setup,
    ) -> Result<Closed, Fault> {
        let closed = async {
            match self {
                Self::Files(host) => {
                    let link = host.close(session, title, images, setup.timeouts).await?;
                    Ok(Closed { link, images: Vec::new() })
                }
                Self::Storage(host) => {
                    let link = host.host(setup).await?.close(session, title, images, setup.timeouts).await;
                    let link = link.map_err(|fault| host.hide(fault))?;
                    Ok(Closed { link, images: Vec::new() })
                }
                Self::Http(host) => host.close(session, title, images, setup).await,
            }
        };
        closed.await.map_err(Fault::on_one_line)
    }
}
