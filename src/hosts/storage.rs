//! The storage host: originals, thumbnails and a page in a storage service (`OpenDAL`); links from a base URL.

use std::error::Error as _;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};

use opendal::services::Fs;
use opendal::{ErrorKind, Operator};
use serde::{Deserialize, Serialize};

use super::names::{file_name, url_segment};
use super::{Meter, PageImage, Source, Stamp, Upload, page};
use crate::core::gallery::Session;
use crate::core::{ContentHash, Fault, FaultKind, Gallery, ImageLinks, Sent};

/// Files under way are kept here and renamed when they are whole.
const PARTIAL: &str = ".partial";
/// Folders tried for a gallery whose name is taken.
const FOLDERS_MAX: u32 = 1000;

/// Files in a storage service.
#[derive(Debug)]
pub struct StorageHost {
    operator: Operator,
    /// Links begin with this when the person has set nothing else; without a slash at the end.
    default_base_url: String,
    /// Where it is, in words.
    place: String,
}

/// Why a storage host cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StorageError(String);

/// What goes with a gallery: where it lies and how its links begin, so that a change of settings does not split it.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    folder: String,
    base_url: String,
}

impl StorageHost {
    /// A folder on this computer: everything goes below `root`. Links are `file://` unless the person sets a base URL.
    ///
    /// # Errors
    /// When `root` cannot be made, or its path is no Unicode.
    pub fn folder(root: &Path) -> Result<Self, StorageError> {
        let unusable = |why: String| {
            StorageError(format!(
                "The folder for published galleries cannot be used: {why}. Folder: {}",
                root.display()
            ))
        };
        let partial = root.join(PARTIAL);
        // What was under way when the program was killed is of no use: it is sent again.
        match std::fs::remove_dir_all(&partial) {
            Err(error) if error.kind() != IoKind::NotFound => return Err(unusable(error.to_string())),
            _ => std::fs::create_dir_all(&partial).map_err(|error| unusable(error.to_string()))?,
        }
        let text =
            |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| unusable("its path is no Unicode".into()));
        let service = Fs::default().root(&text(root)?).atomic_write_dir(&text(&partial)?);
        let operator = Operator::new(service).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { operator, default_base_url: file_url(&text(root)?), place: root.display().to_string() })
    }

    pub(super) async fn open(&self, gallery: &Gallery, base_url: &str) -> Result<Session, Fault> {
        let name = file_name(&gallery.name);
        for n in 1..=FOLDERS_MAX {
            let folder = if n == 1 { format!("{name}_{}", gallery.id) } else { format!("{name}_{}-{n}", gallery.id) };
            let taken = self.operator.list(&format!("{folder}/")).await;
            let taken = taken.map_or_else(not_found_is_empty, |entries| Ok(!entries.is_empty()));
            if taken.map_err(|error| self.fault(&error))? {
                continue; // Of an earlier queue: it stays as it is.
            }
            self.operator.create_dir(&format!("{folder}/")).await.map_err(|error| self.fault(&error))?;
            let base_url = if base_url.is_empty() { &self.default_base_url } else { base_url };
            let place = Place { folder, base_url: base_url.to_owned() };
            let session = serde_json::to_string(&place);
            return session.map(Session).map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()));
        }
        let words = format!("There are already {FOLDERS_MAX} published galleries of that name in {}.", self.place);
        Err(Fault::new(FaultKind::Rejected, words))
    }

    pub(super) async fn upload(&self, session: &Session, upload: Upload) -> Result<Sent, Fault> {
        let place = place(session)?;
        let original = upload.source.file_name().unwrap_or_default();
        let mut name = file_name(&original.to_string_lossy());
        if original != name.as_str() {
            // Two names that become the same must not meet.
            name = format!("{}_{name}", short_hash(original));
        }
        let path = format!("{}/{name}", place.folder);
        let thumb = upload.thumbnail.as_ref().map(|thumbnail| format!("{name}.{}", thumbnail.ending));
        let thumb_path = thumb.as_ref().map(|file| format!("{}/thumbs/{file}", place.folder));
        let link = place.url(&[&name]);
        let thumb = thumb.map_or_else(|| link.clone(), |file| place.url(&["thumbs", &file]));
        let links = ImageLinks { direct: link.clone(), link, thumb, delete: String::new() };
        if upload.is_uncertain && self.has(&path, thumb_path.as_deref(), upload.stamp.bytes).await? {
            return Ok(Sent::with(links));
        }
        let hash = self.copy(&path, upload.source, upload.stamp, upload.meter).await?;
        if let (Some(thumbnail), Some(path)) = (upload.thumbnail, thumb_path) {
            self.operator.write(&path, thumbnail.bytes).await.map_err(|error| self.fault(&error))?;
        }
        Ok(Sent { hash, ..Sent::with(links) })
    }

    /// Whether the image is there with so many bytes, and its thumbnail. Files appear only when they are whole.
    async fn has(&self, path: &str, thumb_path: Option<&str>, bytes: u64) -> Result<bool, Fault> {
        for (path, bytes) in [(Some(path), Some(bytes)), (thumb_path, None)] {
            let Some(path) = path else { continue };
            match self.operator.stat(path).await {
                Ok(found) if found.is_file() && bytes.is_none_or(|bytes| bytes == found.content_length()) => {}
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(self.fault(&error)),
            }
        }
        Ok(true)
    }

    /// Streams the file; it appears under its name only when it is whole and did not change meanwhile.
    async fn copy(
        &self,
        path: &str,
        source: PathBuf,
        stamp: Stamp,
        meter: Meter,
    ) -> Result<Option<ContentHash>, Fault> {
        let mut source = Source::open(source, stamp, meter).await?;
        let mut writer = self.operator.writer(path).await.map_err(|error| self.fault(&error))?;
        loop {
            match source.next().await {
                Ok(Some(chunk)) => writer.write(chunk).await.map_err(|error| self.fault(&error))?,
                Ok(None) => break,
                Err(fault) => {
                    let _ = writer.abort().await; // The fault is what counts; the rest is cleared at the next start.
                    return Err(fault);
                }
            }
        }
        writer.close().await.map_err(|error| self.fault(&error))?;
        Ok(source.hash())
    }

    pub(super) async fn close(&self, session: &Session, title: &str, images: &[PageImage]) -> Result<String, Fault> {
        let place = place(session)?;
        let path = format!("{}/index.html", place.folder);
        let relative = relative_links(&place, images);
        self.operator.write(&path, page::html(title, &relative)).await.map_err(|error| self.fault(&error))?;
        Ok(place.url(&["index.html"]))
    }

    /// Says what an error of the service means.
    fn fault(&self, error: &opendal::Error) -> Fault {
        let cause = io_cause(error);
        let place = &self.place;
        let (kind, words) = match (error.kind(), cause.map(std::io::Error::kind)) {
            (_, Some(IoKind::StorageFull | IoKind::QuotaExceeded)) => {
                (FaultKind::Quota, format!("The drive is full. Free some space, then retry. Folder: {place}"))
            }
            (_, Some(IoKind::ReadOnlyFilesystem)) | (ErrorKind::PermissionDenied, _) => (
                FaultKind::Rejected,
                format!("Nothing may be written there. Change the folder's permissions, then retry. Folder: {place}"),
            ),
            _ => {
                let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
                (FaultKind::HostFault, format!("Writing failed: {cause}. Folder: {place}"))
            }
        };
        Fault::new(kind, words)
    }
}

impl Place {
    fn url(&self, segments: &[&str]) -> String {
        let mut url = format!("{}/{}", self.base_url, url_segment(&self.folder));
        for segment in segments {
            url.push('/');
            url.push_str(&url_segment(segment));
        }
        url
    }
}

/// Tells names apart that become the same, and is the same whenever the image is sent again.
fn short_hash(name: &std::ffi::OsStr) -> String {
    blake3::hash(name.as_encoded_bytes()).to_hex().chars().take(8).collect()
}

fn place(session: &Session) -> Result<Place, Fault> {
    serde_json::from_str(&session.0).map_err(|error| {
        let words = format!("The gallery's session cannot be read ({error}). Remove the gallery and add it again.");
        Fault::new(FaultKind::Rejected, words)
    })
}

/// The page's own links work wherever the folder is moved to.
fn relative_links(place: &Place, images: &[PageImage]) -> Vec<PageImage> {
    let base = format!("{}/", place.url(&[]));
    let relative = |url: &str| url.strip_prefix(&base).unwrap_or(url).to_owned();
    images
        .iter()
        .map(|image| PageImage {
            position: image.position,
            name: image.name.clone(),
            links: ImageLinks {
                link: relative(&image.links.link),
                thumb: relative(&image.links.thumb),
                direct: relative(&image.links.direct),
                delete: String::new(),
            },
        })
        .collect()
}

/// The system's own error below an error of the service.
fn io_cause(error: &opendal::Error) -> Option<&std::io::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

fn not_found_is_empty(error: opendal::Error) -> Result<bool, opendal::Error> {
    if error.kind() == ErrorKind::NotFound { Ok(false) } else { Err(error) }
}

/// `file://` for an absolute path of this system (RFC 8089); `C:\a` becomes `file:///C:/a`.
fn file_url(path: &str) -> String {
    let segments: Vec<_> = path.split(['/', std::path::MAIN_SEPARATOR]).filter(|segment| !segment.is_empty()).collect();
    let encoded: Vec<_> = segments.iter().map(|segment| url_segment(segment)).collect();
    format!("file:///{}", encoded.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    use crate::hosts::Thumbnail;

    #[tokio::test]
    async fn what_may_be_there_already_is_looked_for() {
        let dir = tempfile::tempdir().expect("a directory");
        let host = StorageHost::folder(&dir.path().join("published")).expect("a host");
        let source = dir.path().join("a.jpg");
        std::fs::write(&source, "abc").expect("written");
        let session = Session(r#"{"folder":"G_1","base_url":"https://x.example"}"#.to_owned());
        let upload = |is_uncertain| Upload {
            source: source.clone(),
            stamp: Stamp::of(&std::fs::metadata(&source).expect("a file")),
            thumbnail: Some(Thumbnail { bytes: b"t".to_vec(), ending: "jpg" }),
            meter: Meter::default(),
            position: 0,
            is_uncertain,
        };
        let at = |name: &str| dir.path().join("published/G_1").join(name);
        let hash = Some(ContentHash(*blake3::hash(b"abc").as_bytes()));

        let sent = host.upload(&session, upload(true)).await.expect("sent");
        assert_eq!(sent.hash, hash, "nothing was there");
        assert_eq!(sent.links.thumb, "https://x.example/G_1/thumbs/a.jpg.jpg");
        let again = upload(true);
        let meter = again.meter.clone();
        let found = host.upload(&session, again).await.expect("found");
        assert_eq!(found, Sent::with(sent.links.clone()));
        assert_eq!(meter.image.load(Ordering::Relaxed), 0);
        assert_eq!(host.upload(&session, upload(false)).await, Ok(sent.clone()), "sent again when nobody doubts");

        std::fs::remove_file(at("thumbs/a.jpg.jpg")).expect("removed");
        assert_eq!(host.upload(&session, upload(true)).await, Ok(sent.clone()), "without a thumbnail");
        std::fs::write(at("a.jpg"), "ab").expect("written");
        assert_eq!(host.upload(&session, upload(true)).await, Ok(sent), "with another size");
        assert_eq!(std::fs::read(at("a.jpg")).expect("read"), b"abc");
    }

    #[tokio::test]
    async fn what_changes_is_not_published() {
        let dir = tempfile::tempdir().expect("a directory");
        let host = StorageHost::folder(&dir.path().join("published")).expect("a host");
        let source = dir.path().join("a.jpg");
        std::fs::write(&source, "abc").expect("written");
        let stamp = Stamp { bytes: 4, ..Stamp::of(&std::fs::metadata(&source).expect("a file")) };
        let fault = host.copy("G_1/a.jpg", source, stamp, Meter::default()).await.expect_err("changed");
        assert_eq!(fault.kind, FaultKind::Changed);
        assert!(!dir.path().join("published/G_1/a.jpg").exists());
    }
}
