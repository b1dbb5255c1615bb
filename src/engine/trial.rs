//! Trying a host with one tiny image: every step and what came of it, in words.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::core::{Fault, Folder, Gallery, GalleryId, ImageLinks, Settings, Tested};
use crate::hosts::{Host, Meter, PageImage, Setup, Stamp, Upload};

/// A red dot: eight by eight pixels.
const IMAGE: &[u8] = include_bytes!("../../assets/test-image.png");
const NAME: &str = "bbdrop-test.png";

/// Opens a gallery, uploads the image, closes it, asks for it, takes it away: as far as the host can and it works.
pub async fn run(host: &Host, settings: &Settings, setup: &Setup) -> Vec<Tested> {
    let mut steps_done = Steps { tested: Vec::new(), since: Instant::now() };
    let done = steps(host, settings, setup, &mut steps_done).await;
    if let Err((what, fault)) = done {
        steps_done.tell(what, false, fault.words);
    }
    steps_done.tested
}

/// What was tried; each step has taken the time since the one before.
struct Steps {
    tested: Vec<Tested>,
    since: Instant,
}

impl Steps {
    fn tell(&mut self, what: &str, ok: bool, words: String) {
        let took = std::mem::replace(&mut self.since, Instant::now()).elapsed();
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.tested.push(Tested { what: what.to_owned(), ok, words, took_ms });
    }
}

async fn steps(host: &Host, settings: &Settings, setup: &Setup, done: &mut Steps) -> Result<(), (&'static str, Fault)> {
    let mut tell = |what: &str, words: &str| done.tell(what, true, words.to_owned());
    let (_dir, source, stamp) =
        image().map_err(|error| ("image", Fault::new(crate::core::FaultKind::LocalFile, error.to_string())))?;
    let gallery = gallery(&source);
    let opened = host.open(&gallery, 1, None, settings, setup).await.map_err(|fault| ("open", fault))?;
    tell("open", "The host takes a gallery.");
    let upload = Upload {
        source,
        stamp,
        thumbnail: None,
        meter: Meter::default(),
        position: 0,
        is_uncertain: false,
        has_namesake: false,
    };
    let sent = host.upload(&opened.session, upload, setup).await.map_err(|fault| ("upload", fault))?;
    let ImageLinks { link, thumb, .. } = &sent.links;
    tell("upload", if link.is_empty() { "The host has the image, and names its link at the end." } else { link });
    if !thumb.is_empty() {
        tell("thumbnail", thumb);
    }
    let session = sent.session.as_ref().unwrap_or(&opened.session);
    let image = PageImage { position: 0, name: NAME.to_owned(), links: sent.links.clone() };
    let closed = host.close(session, &gallery.name, &[image], setup).await.map_err(|fault| ("close", fault))?;
    tell("close", if closed.link.is_empty() { "The gallery has no page." } else { &closed.link });
    let mut links = sent.links;
    for (_, collected) in closed.images {
        links = collected.map_err(|fault| ("collect", fault))?;
        tell("collect", &links.link);
    }
    let Host::Http(host) = host else { return Ok(()) };
    if host.check(&links, setup).await.map_err(|fault| ("check", fault))?.is_some() {
        tell("check", "The image is there.");
    }
    if host.delete(&links, setup).await.map_err(|fault| ("delete", fault))?.is_some() {
        tell("delete", "The image is gone again.");
    } else {
        tell("delete", "BBDrop cannot take it away again: the test image stays at the host.");
    }
    Ok(())
}

fn image() -> std::io::Result<(tempfile::TempDir, PathBuf, Stamp)> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join(NAME);
    std::fs::write(&path, IMAGE)?;
    let stamp = Stamp::of(&std::fs::metadata(&path)?);
    Ok((dir, path, stamp))
}

fn gallery(source: &Path) -> Gallery {
    let folder = source.parent().unwrap_or(source).to_owned();
    Gallery::new(GalleryId(0), Folder { path: folder.clone(), key: folder, chosen: None }, "BBDrop test", "")
}
