//! The one way a source file is read for a transfer: in chunks of bounded memory, hashed on the way, and never whole
//! when it is not what was scanned.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::meter::Meter;
use crate::core::{ContentHash, Fault, FaultKind, Millis};

/// Bytes read at once.
const CHUNK_BYTES: u64 = 256 * 1024;
/// Chunks read ahead while others are sent.
const AHEAD: usize = 2;

/// What a file was when it was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub bytes: u64,
    /// When it was last modified.
    pub modified_at: Millis,
}

/// A file on its way. Dropping it ends the reading.
#[derive(Debug)]
pub struct Source {
    pieces: mpsc::Receiver<Result<Piece, Fault>>,
    /// Read, but not handed out yet.
    rest: Bytes,
    hash: Option<ContentHash>,
    meter: Meter,
    path: PathBuf,
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    /// With the last one.
    hash: Option<ContentHash>,
}

impl Source {
    /// Opens the file at `path`; its first bytes are there, or on their way, when this returns.
    ///
    /// # Errors
    /// [`FaultKind::LocalFile`] when it cannot be read, [`FaultKind::Changed`] when it is not as `stamp` says.
    pub async fn open(path: PathBuf, stamp: Stamp, meter: Meter) -> Result<Self, Fault> {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let file = path.clone();
        // One task for the whole file: reading and hashing go on while the last chunks are sent.
        tokio::task::spawn_blocking(move || {
            if let Err(fault) = read(&file, stamp, &sender) {
                // Fails only when nobody wants the file any more.
                let _ = sender.blocking_send(Err(fault));
            }
        });
        let mut source = Self { pieces, rest: Bytes::new(), hash: None, meter, path };
        source.receive().await?;
        Ok(source)
    }

    /// The next bytes, counted; `None` at the end. Waits at the limits of the meter.
    ///
    /// # Errors
    /// As [`Source::open`]. The file has not been handed out as a whole then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some(bytes) = self.read().await? else { return Ok(None) };
        self.pass(&bytes).await;
        Ok(Some(bytes))
    }

    /// The next bytes, before [`Source::pass`].
    pub(super) async fn read(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.rest.is_empty() && self.hash.is_none() {
            self.receive().await?;
        }
        let piece = self.meter.piece_bytes().unwrap_or(usize::MAX).min(self.rest.len());
        let bytes = self.rest.split_to(piece);
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// Waits until `bytes` may move, and counts them.
    pub(super) async fn pass(&self, bytes: &Bytes) {
        self.meter.pass(bytes.len() as u64).await;
    }

    /// The hash of all that was read; only after the end.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        if self.rest.is_empty() { self.hash } else { None }
    }

    async fn receive(&mut self) -> Result<(), Fault> {
        let Some(piece) = self.pieces.recv().await else {
            return Err(unreadable(&self.path, "reading was stopped")); // The program ends.
        };
        let piece = piece?;
        self.rest = piece.bytes;
        self.hash = piece.hash;
        Ok(())
    }
}

/// Reads the whole file. The last chunk leaves only after the file was looked at once more.
fn read(path: &Path, stamp: Stamp, sender: &mpsc::Sender<Result<Piece, Fault>>) -> Result<(), Fault> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    unchanged(path, &file, stamp)?;
    let mut hasher = blake3::Hasher::new();
    let mut left = stamp.bytes;
    loop {
        let size = left.min(CHUNK_BYTES);
        let mut chunk = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = (&mut file).take(size).read_to_end(&mut chunk);
        let read = read.map_err(|error| unreadable(path, &error.to_string()))? as u64;
        if read != size {
            return Err(changed(path));
        }
        hasher.update(&chunk);
        left -= size;
        let is_last = left == 0;
        if is_last {
            unchanged(path, &file, stamp)?;
        }
        let hash = is_last.then(|| ContentHash(*hasher.finalize().as_bytes()));
        let is_unwanted = sender.blocking_send(Ok(Piece { bytes: Bytes::from(chunk), hash })).is_err();
        if is_last || is_unwanted {
            return Ok(());
        }
    }
}

fn unchanged(path: &Path, file: &File, stamp: Stamp) -> Result<(), Fault> {
    let metadata = file.metadata().map_err(|error| unreadable(path, &error.to_string()))?;
    // As the scan reads it.
    let since_epoch = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let modified_at = since_epoch.and_then(|since| Millis::try_from(since.as_millis()).ok()).unwrap_or(0);
    if (Stamp { bytes: metadata.len(), modified_at }) == stamp { Ok(()) } else { Err(changed(path)) }
}

fn changed(path: &Path) -> Fault {
    let words =
        format!("The file is not what it was when it was scanned. Scan the folder again. File: {}", path.display());
    Fault::new(FaultKind::Changed, words)
}

fn unreadable(path: &Path, why: &str) -> Fault {
    let words = format!("The file cannot be read: {why}. Check it, then retry. File: {}", path.display());
    Fault::new(FaultKind::LocalFile, words)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::hosts::throttle::Throttle;

    /// The stamp of a file as it is now.
    pub fn stamp(path: &Path) -> Stamp {
        let metadata = std::fs::metadata(path).expect("there");
        let since = metadata.modified().expect("time").duration_since(UNIX_EPOCH).expect("after 1970");
        Stamp { bytes: metadata.len(), modified_at: Millis::try_from(since.as_millis()).expect("small") }
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(content).expect("written");
        file
    }

    async fn all(source: &mut Source) -> Result<Vec<u8>, Fault> {
        let mut all = Vec::new();
        while let Some(bytes) = source.next().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn a_file_arrives_whole_counted_and_hashed() {
        for size in [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * 1024 * 1024] {
            let content: Vec<u8> = (0..size).map(|i: u32| (i % 251) as u8).collect();
            let file = file(&content);
            let meter = Meter::default();
            let mut source =
                Source::open(file.path().to_owned(), stamp(file.path()), meter.clone()).await.expect("opens");
            assert_eq!(source.hash().is_some(), size == 0);
            assert!(all(&mut source).await.expect("reads") == content);
            assert_eq!(source.next().await, Ok(None));
            assert_eq!(source.hash(), Some(ContentHash(*blake3::hash(&content).as_bytes())));
            for counter in [&meter.image, &meter.gallery, &meter.total] {
                assert_eq!(counter.load(Ordering::Relaxed), u64::from(size));
            }
        }
    }

    #[tokio::test]
    async fn another_size_or_time_than_scanned_is_noticed_before_the_first_byte() {
        let file = file(b"picture");
        let good = stamp(file.path());
        for stamp in [
            Stamp { bytes: 6, ..good },
            Stamp { bytes: 8, ..good },
            Stamp { modified_at: good.modified_at - 1, ..good },
        ] {
            let fault = Source::open(file.path().to_owned(), stamp, Meter::default()).await.expect_err("changed");
            assert_eq!(fault.kind, FaultKind::Changed);
        }
        let fault = Source::open(PathBuf::from("/nowhere/a.jpg"), good, Meter::default()).await.expect_err("missing");
        assert_eq!(fault.kind, FaultKind::LocalFile);
        assert!(fault.words.ends_with("File: /nowhere/a.jpg"), "{}", fault.words);
    }

    #[tokio::test]
    async fn a_file_that_changes_while_it_is_sent_never_arrives_whole() {
        // The reader stops when what is ahead is full, so the change comes before its last look.
        let content = vec![7; 8 * 1024 * 1024];
        let changes: [fn(&File); 3] = [
            |file| file.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("time"),
            |file| file.set_len(1024 * 1024).expect("shorter"),
            |file| file.set_len(16 * 1024 * 1024).expect("longer"),
        ];
        for change in changes {
            let file = file(&content);
            let mut source =
                Source::open(file.path().to_owned(), stamp(file.path()), Meter::default()).await.expect("opens");
            change(file.as_file());
            let mut moved = 0;
            let fault = loop {
                match source.next().await {
                    Ok(Some(bytes)) => moved += bytes.len(),
                    Ok(None) => panic!("arrived whole"),
                    Err(fault) => break fault,
                }
            };
            assert_eq!(fault.kind, FaultKind::Changed);
            assert!(moved < content.len() && source.hash().is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limited_transfer_moves_in_small_pieces() {
        let file = file(&vec![1; 100_000]);
        let meter = Meter { throttles: vec![Arc::new(Throttle::new(Some(40_000)))], ..Meter::default() };
        let mut source = Source::open(file.path().to_owned(), stamp(file.path()), meter).await.expect("opens");
        let started = tokio::time::Instant::now();
        let first = source.next().await.expect("reads").expect("bytes");
        assert_eq!(first.len(), 5_000);
        all(&mut source).await.expect("reads");
        let seconds = started.elapsed().as_secs_f64();
        assert!((2.2..2.6).contains(&seconds), "{seconds}");
        assert!(source.hash().is_some());
    }
}
