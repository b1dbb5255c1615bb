//! The storage host: originals, thumbnails and a page in a storage service; links from a base URL.
//!
//! Files are streamed, and appear under their names only when they are whole. Retries nothing (the engine does).

mod spec;
mod service;
mod body;
mod folder;
mod web;
mod ftp;
pub(super) mod configured;

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use configured::ConfiguredStorage;
pub use spec::StorageSpec;

use self::folder::Folder;
use self::ftp::Ftp;
use self::service::{Content, File, Service, SignIn};
use self::spec::{Account, Keys, ServiceSpec};
use self::web::Web;
use super::names::{file_name, url_segment};
use super::{PageImage, Route, Source, Stamp, Timeouts, Upload, page};
use crate::core::gallery::Session;
use crate::core::image::ImageKind;
use crate::core::{Fault, FaultKind, Gallery, ImageLinks, Sent};

/// Folders tried for a gallery whose name is taken.
const FOLDERS_MAX: u32 = 1000;
/// Below a gallery's folder.
const THUMBS: &str = "thumbs";
/// The ending of what is not recognised as a picture any more.
const UNKNOWN: &str = "image";

/// Files in a storage service.
#[derive(Debug)]
pub struct StorageHost {
    service: Service,
    /// Links begin with this; without a slash at the end.
    base_url: String,
    /// Whether the person's setting for the folder goes before.
    follows_settings: bool,
    /// Secrets that were asked for and are not there.
    missing: Vec<String>,
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
        let folder = Folder::made(root)?;
        let base_url = folder.url();
        Ok(Self { service: Service::Folder(folder), base_url, follows_settings: true, missing: Vec::new() })
    }

    /// The host of `spec`. Contacts nobody yet; `secrets` gives the secrets that it names. Where one is not there, the host
    /// says so whenever it is used.
    ///
    /// # Errors
    /// When the service cannot work with what `spec` says.
    pub fn new(
        spec: &StorageSpec,
        secrets: &dyn Fn(&str) -> Option<String>,
        route: &Route,
    ) -> Result<Self, StorageError> {
        let mut missing = Vec::new();
        let mut secret = |name: &String| {
            let found = secrets(name).filter(|secret| !secret.is_empty());
            found.unwrap_or_else(|| {
                missing.push(name.clone());
                String::new()
            })
        };
        let mut sign_in = |account: &Option<Account>| {
            account.as_ref().map(|account| SignIn { user: account.user.clone(), password: secret(&account.password) })
        };
        let service = match &spec.service {
            ServiceSpec::Folder { path } => Service::Folder(Folder::expected(path)),
            ServiceSpec::WebDav { endpoint, root, account } => {
                Service::Web(Web::dav(endpoint, root, sign_in(account), route)?)
            }
            ServiceSpec::S3 { endpoint, bucket, region, root, keys } => {
                let key = |keys: &Keys| (secret(&keys.access_key), secret(&keys.secret_key));
                Service::Web(Web::s3(endpoint, (bucket, region), root, keys.as_ref().map(key).as_ref(), route)?)
            }
            ServiceSpec::Ftp { address, root, account } => {
                Service::Ftp(Box::new(Ftp::new(address.clone(), root, sign_in(account), route.clone())))
            }
        };
        let own_url = match &service {
            Service::Folder(folder) => folder.url(),
            Service::Web(web) => web.url().to_owned(),
            Service::Ftp(_) => String::new(), // The specification asks for one.
        };
        let base_url = spec.base_url.clone().unwrap_or(own_url);
        Ok(Self { service, base_url, follows_settings: false, missing })
    }

    pub(super) async fn open(&self, gallery: &Gallery, base_url: &str, timeouts: Timeouts) -> Result<Session, Fault> {
        self.check_secrets()?;
        let name = file_name(&gallery.name);
        for n in 1..=FOLDERS_MAX {
            let folder = if n == 1 { format!("{name}_{}", gallery.id) } else { format!("{name}_{}-{n}", gallery.id) };
            if self.service.is_taken(&folder, timeouts).await? {
                continue; // Of an earlier queue: it stays as it is.
            }
            self.service.make(&folder, timeouts).await?;
            let base_url = if self.follows_settings && !base_url.is_empty() { base_url } else { &self.base_url };
            let place = Place { folder, base_url: base_url.to_owned() };
            let session = serde_json::to_string(&place);
            return session.map(Session).map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()));
        }
        let words = format!("There are already {FOLDERS_MAX} galleries of that name. {}", self.service.place());
        Err(Fault::new(FaultKind::Rejected, words))
    }

    pub(super) async fn upload(&self, session: &Session, upload: Upload, timeouts: Timeouts) -> Result<Sent, Fault> {
        self.check_secrets()?;
        let Upload { source, stamp, thumbnail, meter, position, is_uncertain, has_namesake } = upload;
        let place = place(session)?;
        let original = source.file_name().unwrap_or_default().to_owned();
        let source = Source::open(source, stamp, meter).await?;
        let name = published_name(&original, source.kind(), has_namesake.then_some(position));
        let path = format!("{}/{name}", place.folder);
        let thumb = thumbnail.map(|thumbnail| (format!("{name}.{}", thumbnail.ending), thumbnail.bytes));
        let link = place.url(&[&name]);
        let thumb_link = thumb.as_ref().map(|(file, _)| place.url(&[THUMBS, file]));
        let links = ImageLinks {
            direct: link.clone(),
            thumb: thumb_link.unwrap_or_else(|| link.clone()),
            link,
            delete: String::new(),
        };
        let thumb = thumb.map(|(file, bytes)| (format!("{}/{THUMBS}/{file}", place.folder), File::made(bytes)));
        if is_uncertain && self.has(&path, stamp.bytes, thumb.as_ref(), timeouts).await? {
            return Ok(Sent::with(links));
        }
        let partial = Some(partial(&path, stamp));
        let image = File { content: Content::Image(source), bytes: stamp.bytes, partial };
        let hash = self.service.write(&path, image, timeouts).await?;
        if let Some((path, file)) = thumb {
            self.service.write(&path, file, timeouts).await?;
        }
        Ok(Sent { hash, ..Sent::with(links) })
    }

    /// Whether the image is there with so many bytes, and its thumbnail with as many as ours.
    async fn has(
        &self,
        path: &str,
        bytes: u64,
        thumb: Option<&(String, File)>,
        timeouts: Timeouts,
    ) -> Result<bool, Fault> {
        let thumb = thumb.map(|(path, file)| (path.as_str(), file.bytes));
        for (path, bytes) in [(path, bytes)].into_iter().chain(thumb) {
            if self.service.bytes(path, timeouts).await? != Some(bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn close(
        &self,
        session: &Session,
        title: &str,
        images: &[PageImage],
        timeouts: Timeouts,
    ) -> Result<String, Fault> {
        self.check_secrets()?;
        let place = place(session)?;
        let page = page::html(title, &relative_links(&place, images));
        let path = format!("{}/index.html", place.folder);
        let file = File { partial: Some(format!("{path}.partial")), ..File::made(page.into_bytes()) };
        self.service.write(&path, file, timeouts).await?;
        Ok(place.url(&["index.html"]))
    }

    fn check_secrets(&self) -> Result<(), Fault> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let names = self.missing.join(", ");
        let words =
            format!("A secret is not stored: {names}. Store it, then resume the host. {}", self.service.place());
        Err(Fault::new(FaultKind::Auth, words))
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

/// What an image is called in the gallery's folder. A server runs or shows what it serves by the ending, so that is always one of a
/// picture: the rest of the name is somebody else's choice. So none is ever called as what we put there: `index.html`, `thumbs`.
fn published_name(original: &OsStr, kind: Option<ImageKind>, namesake: Option<u32>) -> String {
    let good = file_name(&original.to_string_lossy());
    let name = match kind {
        Some(kind) => kind.named(&good),
        None if ImageKind::of_name(&good).is_some() => good.clone(),
        None => format!("{good}.{UNKNOWN}"),
    };
    if namesake.is_none() && original == good.as_str() {
        return name;
    }
    // Two names that become the same must not meet.
    let mut identity = original.as_encoded_bytes().to_vec();
    identity.extend(namesake.map(u32::to_le_bytes).into_iter().flatten());
    format!("{}_{name}", short_hash(&identity))
}

/// Where an image grows until it is whole: the same place for the same content, so that nothing piles up, and another one for
/// another content, so that what is left of an earlier try cannot get into it.
fn partial(path: &str, stamp: Stamp) -> String {
    let tag = short_hash(format!("{path} {} {}", stamp.bytes, stamp.modified_at).as_bytes());
    format!("{path}.{tag}.partial")
}

/// Tells names apart that become the same, and is the same whenever the image is sent again.
fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().chars().take(8).collect()
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
    use std::time::Duration;

    use crate::core::{ContentHash, GalleryId};
    use crate::hosts::{Meter, Thumbnail};

    const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(1), idle: Duration::from_secs(1) };

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
            has_namesake: false,
        };
        let at = |name: &str| dir.path().join("published/G_1").join(name);
        let hash = Some(ContentHash(*blake3::hash(b"abc").as_bytes()));

        let sent = host.upload(&session, upload(true), TIMEOUTS).await.expect("sent");
        assert_eq!(sent.hash, hash, "nothing was there");
        assert_eq!(sent.links.thumb, "https://x.example/G_1/thumbs/a.jpg.jpg");
        let again = upload(true);
        let meter = again.meter.clone();
        let found = host.upload(&session, again, TIMEOUTS).await.expect("found");
        assert_eq!(found, Sent::with(sent.links.clone()));
        assert_eq!(meter.image.load(Ordering::Relaxed), 0);
        assert_eq!(
            host.upload(&session, upload(false), TIMEOUTS).await,
            Ok(sent.clone()),
            "sent again when nobody doubts"
        );

        std::fs::remove_file(at("thumbs/a.jpg.jpg")).expect("removed");
        assert_eq!(host.upload(&session, upload(true), TIMEOUTS).await, Ok(sent.clone()), "without a thumbnail");
        std::fs::write(at("a.jpg"), "ab").expect("written");
        assert_eq!(host.upload(&session, upload(true), TIMEOUTS).await, Ok(sent), "with another size");
        assert_eq!(std::fs::read(at("a.jpg")).expect("read"), b"abc");
    }

    #[tokio::test]
    async fn what_changes_is_not_published() {
        let dir = tempfile::tempdir().expect("a directory");
        let host = StorageHost::folder(&dir.path().join("published")).expect("a host");
        let source = dir.path().join("a.jpg");
        std::fs::write(&source, "abc").expect("written");
        let stamp = Stamp { bytes: 4, ..Stamp::of(&std::fs::metadata(&source).expect("a file")) };
        let session = Session(r#"{"folder":"G_1","base_url":"https://x.example"}"#.to_owned());
        let (meter, thumbnail) = (Meter::default(), None);
        let upload = Upload { source, stamp, thumbnail, meter, position: 0, is_uncertain: false, has_namesake: false };
        let fault = host.upload(&session, upload, TIMEOUTS).await.expect_err("changed");
        assert_eq!(fault.kind, FaultKind::Changed);
        assert!(!dir.path().join("published/G_1/a.jpg").exists());
    }

    #[tokio::test]
    async fn names_that_differ_only_in_case_do_not_meet() {
        let dir = tempfile::tempdir().expect("a directory");
        let host = StorageHost::folder(&dir.path().join("published")).expect("a host");
        let session = Session(r#"{"folder":"G_1","base_url":"https://x.example"}"#.to_owned());
        let mut links = Vec::new();
        for name in ["a.jpg", "A.JPG"] {
            let source = dir.path().join(name);
            std::fs::write(&source, name).expect("written");
            let stamp = Stamp::of(&std::fs::metadata(&source).expect("a file"));
            let (meter, thumbnail) = (Meter::default(), None);
            let upload =
                Upload { source, stamp, thumbnail, meter, position: 0, is_uncertain: false, has_namesake: true };
            links.push(host.upload(&session, upload, TIMEOUTS).await.expect("sent").links.direct.to_lowercase());
        }
        assert_ne!(links[0], links[1], "whatever the file system makes of case");
    }

    #[test]
    fn names_have_the_ending_of_the_picture_and_are_never_ours() {
        let (gif, jpeg) = (Some(ImageKind::Gif), Some(ImageKind::Jpeg));
        for (original, kind, expected) in [
            ("a.GIF", gif, "a.GIF"),
            ("a.jpeg", jpeg, "a.jpeg"),
            ("shell.php", gif, "shell.php.gif"),
            ("a.phtml", gif, "a.phtml.gif"),
            ("x.svg", jpeg, "x.svg.jpg"),
            ("a.gif", jpeg, "a.gif.jpg"),
            ("index.html", jpeg, "index.html.jpg"),
            ("INDEX.HTML", gif, "INDEX.HTML.gif"),
            ("thumbs", gif, "thumbs.gif"),
            ("a.jpg", None, "a.jpg"),
            ("a.php", None, "a.php.image"),
        ] {
            assert_eq!(published_name(OsStr::new(original), kind, None), expected);
        }
        let name = |original: &str, namesake| published_name(OsStr::new(original), gif, namesake);
        let four =
            [name("a.php", Some(0)), name("a.php.gif", Some(1)), name("a.php.gif", Some(2)), name("a?.gif", None)];
        let distinct: std::collections::BTreeSet<_> = four.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(distinct.len(), four.len(), "{four:?}");
        assert!(four.iter().all(|name| ImageKind::of_name(name) == gif), "{four:?}");
    }

    fn gallery() -> Gallery {
        Gallery::new(
            GalleryId(1),
            crate::core::Folder { path: "/a".into(), key: "/a".into(), chosen: None },
            "trip",
            "drive",
        )
    }

    #[tokio::test]
    async fn a_drive_that_is_not_there_is_not_written_into() {
        let dir = tempfile::tempdir().expect("a directory");
        let drive = dir.path().join("drive");
        let text = format!("service = \"folder\"\npath = {drive:?}\nbase_url = \"https://x.example/p\"");
        let host =
            StorageHost::new(&toml::from_str(&text).expect("good"), &|_| None, &Route::default()).expect("a host");
        let timeouts = Timeouts { connect: Duration::from_secs(1), idle: Duration::from_secs(1) };
        let fault = host.open(&gallery(), "", timeouts).await.expect_err("nothing is there");
        assert_eq!(fault.kind, FaultKind::HostFault);
        assert!(fault.words.contains("not there") && !drive.exists(), "{fault}");

        std::fs::create_dir(&drive).expect("made");
        let session = host.open(&gallery(), "https://other.example", timeouts).await.expect("opened");
        assert_eq!(session.0, r#"{"folder":"trip_1","base_url":"https://x.example/p"}"#, "not the setting's");
        std::fs::remove_dir_all(&drive).expect("removed");
        std::fs::create_dir(&drive).expect("where the drive was");
        let fault = host.close(&session, "trip", &[], timeouts).await.expect_err("the drive is gone");
        assert!(fault.words.contains("not there any more"), "{fault}");
        assert_eq!(std::fs::read_dir(&drive).expect("listed").count(), 0);
    }
}
