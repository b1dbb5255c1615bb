//! The storage host: originals, thumbnails and a page in a storage service (`OpenDAL`); links from a base URL.

use std::error::Error as _;
use std::ffi::OsStr;
use std::io::ErrorKind as IoKind;
use std::path::Path;

use opendal::services::Fs;
use opendal::{ErrorKind, Operator};
use serde::{Deserialize, Serialize};

use super::names::{file_name, url_segment};
use super::source::Source;
use super::{PageImage, Upload, page};
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
        let name = stored_name(upload.source.file_name().unwrap_or_default());
        let path = format!("{}/{name}", place.folder);
        let thumbnail = upload.thumbnail.map(|thumbnail| (format!("{name}.{}", thumbnail.ending), thumbnail.bytes));
        let link = place.url(&[&name]);
        let thumb = thumbnail.as_ref().map_or_else(|| link.clone(), |(file, _)| place.url(&["thumbs", file]));
        let links = ImageLinks { direct: link.clone(), link, thumb };
        let thumbnail = thumbnail.map(|(file, bytes)| (format!("{}/thumbs/{file}", place.folder), bytes));
        if upload.is_uncertain {
            let mut files = vec![(path.as_str(), upload.stamp.bytes)];
            files.extend(thumbnail.as_ref().map(|(path, bytes)| (path.as_str(), bytes.len() as u64)));
            if self.has_all(&files).await? {
                return Ok(Sent { links, hash: None });
            }
        }
        let source = Source::open(upload.source, upload.stamp, upload.meter).await?;
        let hash = self.copy(&path, source).await?;
        if let Some((path, bytes)) = thumbnail {
            self.operator.write(&path, bytes).await.map_err(|error| self.fault(&error))?;
        }
        Ok(Sent { links, hash })
    }

    /// Whether every file is there in its size. Files appear only when they are whole.
    async fn has_all(&self, files: &[(&str, u64)]) -> Result<bool, Fault> {
        for (path, bytes) in files {
            match self.operator.stat(path).await {
                Ok(found) if found.is_file() && found.content_length() == *bytes => {}
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.fault(&error)),
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Streams the file; it appears under its name only when it is whole and did not change meanwhile.
    async fn copy(&self, path: &str, mut source: Source) -> Result<Option<ContentHash>, Fault> {
        let mut writer = self.operator.writer(path).await.map_err(|error| self.fault(&error))?;
        let copied = async {
            while let Some(bytes) = source.next().await? {
                writer.write(bytes).await.map_err(|error| self.fault(&error))?;
            }
            Ok(source.hash())
        };
        match copied.await {
            Ok(hash) => {
                writer.close().await.map_err(|error| self.fault(&error))?;
                Ok(hash)
            }
            Err(fault) => {
                let _ = writer.abort().await; // The fault is what counts; the rest is cleared at the next start.
                Err(fault)
            }
        }
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

/// The name under which a file is stored. One that had to be altered begins with a hash of the original: two names that
/// become the same must not meet, and the same file must get the same name again.
fn stored_name(original: &OsStr) -> String {
    let name = file_name(&original.to_string_lossy());
    if original == name.as_str() {
        return name;
    }
    let hash = blake3::hash(original.as_encoded_bytes()).to_hex();
    format!("{}_{name}", hash.get(..8).unwrap_or_default())
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
            name: image.name.clone(),
            links: ImageLinks {
                link: relative(&image.links.link),
                thumb: relative(&image.links.thumb),
                direct: relative(&image.links.direct),
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
    use std::path::PathBuf;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use super::*;
    use crate::hosts::source::tests::stamp;
    use crate::hosts::{Meter, Thumbnail, Timeouts};

    fn upload(path: &Path, thumbnail: Option<&[u8]>, is_uncertain: bool) -> Upload {
        let timeouts = Timeouts { connect: Duration::from_secs(1), idle: Duration::from_secs(1) };
        let thumbnail = thumbnail.map(|bytes| Thumbnail { bytes: bytes.to_vec(), ending: "jpg" });
        let (source, stamp) = (path.to_owned(), stamp(path));
        Upload { source, stamp, thumbnail, meter: Meter::default(), timeouts, is_uncertain }
    }

    /// A host, a session there, and a file with `content`; all below the folder.
    fn prepared(name: &str, content: &[u8]) -> (tempfile::TempDir, StorageHost, Session, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        let host = StorageHost::folder(&folder.path().join("published")).expect("host");
        let session = Session(r#"{"folder":"Beach_1","base_url":"https://h.example/a"}"#.to_owned());
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        (folder, host, session, path)
    }

    #[tokio::test]
    async fn an_image_arrives_whole_with_its_thumbnail() {
        let content = vec![5; 600_000];
        let (folder, host, session, path) = prepared("a b.jpg", &content);
        let sent = host.upload(&session, upload(&path, Some(b"small"), false)).await.expect("sent");
        assert_eq!(sent.hash, Some(ContentHash(*blake3::hash(&content).as_bytes())));
        assert_eq!(sent.links.link, "https://h.example/a/Beach_1/a%20b.jpg");
        assert_eq!(sent.links.thumb, "https://h.example/a/Beach_1/thumbs/a%20b.jpg.jpg");
        let stored = folder.path().join("published/Beach_1");
        assert!(std::fs::read(stored.join("a b.jpg")).expect("stored") == content);
        assert_eq!(std::fs::read(stored.join("thumbs/a b.jpg.jpg")).expect("stored"), b"small");
    }

    #[tokio::test]
    async fn what_may_be_there_is_looked_for_first() {
        let (_folder, host, session, path) = prepared("a.jpg", b"picture");
        for (content, thumbnail, is_uncertain, is_sent) in [
            ("picture", Some("small"), true, true), // Nothing there yet.
            ("picture", Some("small"), true, false),
            ("picture", Some("small"), false, true),
            ("picture", None, true, false),
            ("picture", Some("smaller"), true, true),
            ("another", Some("smaller"), true, false), // Looks the same: that is all that can be known.
            ("longer picture", Some("smaller"), true, true),
        ] {
            std::fs::write(&path, content).expect("written");
            let upload = upload(&path, thumbnail.map(str::as_bytes), is_uncertain);
            let meter = upload.meter.clone();
            let sent = host.upload(&session, upload).await.expect("there");
            assert_eq!(sent.hash.is_some(), is_sent, "{content} {thumbnail:?}");
            assert_eq!(meter.total.load(Ordering::Relaxed) > 0, is_sent);
            assert_eq!(sent.links.link, "https://h.example/a/Beach_1/a.jpg");
        }
    }

    #[tokio::test]
    async fn a_changed_file_leaves_nothing_behind() {
        let (folder, host, session, path) = prepared("a.jpg", b"picture");
        let mut upload = upload(&path, None, false);
        upload.stamp.bytes += 1;
        let fault = host.upload(&session, upload).await.expect_err("changed");
        assert_eq!(fault.kind, FaultKind::Changed);
        assert!(!folder.path().join("published/Beach_1/a.jpg").exists());
    }

    #[test]
    fn altered_names_stay_apart_and_stay_the_same() {
        assert_eq!(stored_name(OsStr::new("Beach 1.jpg")), "Beach 1.jpg");
        let (one, other) = (stored_name(OsStr::new("a?.jpg")), stored_name(OsStr::new("a*.jpg")));
        assert!(one.ends_with("_a_.jpg") && one.len() == "12345678_a_.jpg".len() && one != other, "{one} {other}");
        assert_eq!(one, stored_name(OsStr::new("a?.jpg")));
    }
}
