//! Between queue and host: a gallery is opened, its images are sent, it is closed. Says what a failure has to do with the folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::scan::Links;
use super::smaller::{self, Smaller};
use super::{scan, thumbnail};
use crate::core::queue::{Begun, Failure, UploadOrder};
use crate::core::{Closed, Fault, FaultKind, Gallery, Image, ImageState, Sent, Settings};
use crate::hosts::{Catalogue, Host, Meter, Opened, PageImage, Setup, Stamp, Thumbnail, Upload};
use crate::store::{Reader, StoreError};

/// Thumbnails made at once: each holds a decoded picture in memory.
const THUMBNAILS_MAX: usize = 2;

pub(super) struct Transfers {
    catalogue: Arc<Catalogue>,
    reader: Arc<Reader>,
    thumbnails: Semaphore,
}

impl Transfers {
    pub fn new(catalogue: Arc<Catalogue>, reader: Arc<Reader>) -> Self {
        Self { catalogue, reader, thumbnails: Semaphore::new(THUMBNAILS_MAX) }
    }

    /// With `anew` the host's gallery has expired.
    pub async fn begin(
        &self,
        gallery: &Gallery,
        anew: bool,
        settings: &Settings,
        setup: &Setup,
    ) -> Result<Begun, Fault> {
        let (reader, id, folder) = (Arc::clone(&self.reader), gallery.id, gallery.folder.path.clone());
        let images = tokio::task::spawn_blocking(move || match gone(&folder) {
            Some(fault) => Err(fault),
            None => reader.images(id).map_err(store_fault),
        });
        let images = images.await.map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()))??;
        let host = self.host(gallery)?;
        let Opened { session, first_alone } = match &gallery.at_host.session {
            Some(session) if !anew => host.reopen(session.clone()).await?,
            earlier => host.open(gallery, images.len(), earlier.as_ref(), settings, setup).await?,
        };
        Ok(Begun { session, images, first_alone })
    }

    pub async fn upload(
        &self,
        order: &UploadOrder,
        thumbnail_px: u32,
        meter: Meter,
        setup: &Setup,
    ) -> Result<Sent, Failure> {
        let UploadOrder { gallery, image, .. } = order;
        let source = gallery.folder.path.join(&image.file);
        let sent = self.send(order, thumbnail_px, meter, setup).await;
        match sent {
            Ok(sent) => Ok(sent),
            Err(fault) if matches!(fault.kind, FaultKind::Changed | FaultKind::LocalFile | FaultKind::BadImage) => {
                let (folder, expected) = (gallery.folder.path.clone(), (image.bytes, image.modified_at));
                let (asked, links) = (fault.clone(), Links::of(gallery.folder.chosen.as_deref()));
                let seen = tokio::task::spawn_blocking(move || match gone(&folder) {
                    Some(fault) => Failure::Fault(fault),
                    None => match scan::look_at(&source, links) {
                        Some(found) if (found.bytes, found.modified_at) != expected => Failure::Changed(found),
                        _ if fault.kind == FaultKind::Changed => {
                            Failure::Fault(Fault::new(FaultKind::LocalFile, fault.words))
                        }
                        _ => Failure::Fault(fault),
                    },
                });
                Err(seen.await.unwrap_or(Failure::Fault(asked)))
            }
            Err(fault) => Err(Failure::Fault(fault)),
        }
    }

    async fn send(&self, order: &UploadOrder, thumbnail_px: u32, meter: Meter, setup: &Setup) -> Result<Sent, Fault> {
        let UploadOrder { gallery, image, is_uncertain, has_namesake } = order;
        let Some(session) = &gallery.at_host.session else {
            return Err(Fault::new(FaultKind::HostFault, "The gallery is not open at its host."));
        };
        let host = self.host(gallery)?;
        let source = gallery.folder.path.join(&image.file);
        let thumbnail =
            if host.makes_thumbnails() { None } else { self.thumbnail(source.clone(), thumbnail_px).await? };
        let mut upload = Upload {
            source,
            stamp: Stamp { bytes: image.bytes, modified_at: image.modified_at },
            thumbnail,
            meter,
            position: image.position,
            is_uncertain: *is_uncertain,
            has_namesake: *has_namesake,
        };
        let Some(most) = host.image_bytes_max().filter(|most| setup.shrinks && image.bytes > *most) else {
            return host.upload(session, upload, setup).await;
        };
        let smaller = self.smaller(upload.source.clone(), most).await?;
        let metadata = std::fs::metadata(&smaller.path);
        upload.stamp = metadata.map(|metadata| Stamp::of(&metadata)).map_err(|error| {
            Fault::new(FaultKind::LocalFile, format!("The smaller image cannot be read: {error}. Retry."))
        })?;
        upload.source.clone_from(&smaller.path);
        let sent = host.upload(session, upload, setup).await?;
        // What was sent is not what is in the folder.
        Ok(Sent { hash: None, note: Some(smaller.words), ..sent })
    }

    async fn smaller(&self, source: PathBuf, most: u64) -> Result<Smaller, Fault> {
        // The semaphore is never closed.
        let _permit = self.thumbnails.acquire().await.ok();
        let made = tokio::task::spawn_blocking(move || smaller::make(&source, most)).await;
        made.unwrap_or_else(|_| Err(Fault::new(FaultKind::BadImage, "The picture is damaged: it cannot be decoded.")))
    }

    async fn thumbnail(&self, source: PathBuf, px: u32) -> Result<Option<Thumbnail>, Fault> {
        // The semaphore is never closed.
        let _permit = self.thumbnails.acquire().await.ok();
        let made = tokio::task::spawn_blocking(move || thumbnail::make(&source, px)).await;
        // A decoder that panics has met a damaged picture.
        made.unwrap_or_else(|_| Err(Fault::new(FaultKind::BadImage, "The picture is damaged: it cannot be decoded.")))
    }

    pub async fn close(&self, gallery: &Gallery, images: Vec<Image>, setup: &Setup) -> Result<Closed, Fault> {
        let Some(session) = &gallery.at_host.session else {
            return Err(Fault::new(FaultKind::HostFault, "The gallery is not open at its host."));
        };
        let uploaded = images.into_iter().filter_map(|image| {
            let (position, name) = (image.position, image.name());
            match image.state {
                ImageState::Uploaded(links) => Some(PageImage { position, name, links }),
                _ => None,
            }
        });
        let uploaded: Vec<_> = uploaded.collect();
        self.host(gallery)?.close(session, &gallery.name, &uploaded, setup).await
    }

    fn host(&self, gallery: &Gallery) -> Result<Arc<Host>, Fault> {
        self.catalogue.get(&gallery.host).ok_or_else(|| {
            let words = format!("There is no host “{}” any more. Choose another host.", gallery.host);
            Fault::new(FaultKind::NoHost, words)
        })
    }
}

/// Why the folder is not there; `None` when it is.
fn gone(folder: &Path) -> Option<Fault> {
    (!folder.is_dir()).then(|| scan::missing(folder))
}

fn store_fault(error: StoreError) -> Fault {
    Fault::new(FaultKind::HostFault, error.words)
}
