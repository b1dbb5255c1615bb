//! Reads one image for its transfer: the one way for every host. What changes while it is read never arrives whole.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc as buffers;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Meter;
use super::kind::kind_of_beginning;
use crate::core::image::ImageKind;
use crate::core::{ContentHash, Fault, FaultKind, Millis};

/// Bytes read at once. Small enough that a few transfers' chunks stay in the processor's cache between being read, hashed
/// and sent: with 64 to 96 KiB four large files go a quarter faster than with 128 KiB and more.
const CHUNK_BYTES: usize = 96 * 1024;
/// Chunks that are read ahead of what is sent.
const CHUNKS_MAX: usize = 2;
/// Buffers that wait to be used again: as many as are read ahead, and those a connection writes from.
const BUFFERS_MAX: usize = CHUNKS_MAX + 4;

/// By what a file is known to be the one that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub bytes: u64,
    /// When it was changed last.
    pub modified_at: Millis,
}

impl Stamp {
    /// What the system says of a file.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let since_epoch = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified_at = since_epoch.and_then(|since| Millis::try_from(since.as_millis()).ok()).unwrap_or(0);
        Self { bytes: metadata.len(), modified_at }
    }
}

/// An image as it is read, on a thread of its own. Dropping it ends the thread.
#[derive(Debug)]
pub struct Source {
    pieces: mpsc::Receiver<Result<Piece, Fault>>,
    /// Read, not handed out yet.
    ready: Bytes,
    hash: Option<ContentHash>,
    /// Bytes that are not handed out yet.
    left: u64,
    meter: Meter,
}

/// What the reading thread says.
#[derive(Debug)]
enum Piece {
    Chunk(Bytes),
    /// Everything was read, and the file is still the one that was scanned.
    End(ContentHash),
}

impl Source {
    /// Opens the file at `path`, which must be the one of `stamp`, and begins to read it.
    ///
    /// # Errors
    /// [`FaultKind::LocalFile`] when it cannot be read, [`FaultKind::Changed`] when it is another one.
    pub async fn open(path: PathBuf, stamp: Stamp, meter: Meter) -> Result<Self, Fault> {
        let (sender, pieces) = mpsc::channel(CHUNKS_MAX);
        tokio::task::spawn_blocking(move || {
            let last = match read(&path, stamp, &sender) {
                Ok(Some(hash)) => Ok(Piece::End(hash)),
                Ok(None) => return,
                Err(fault) => Err(fault),
            };
            // Fails only when nobody wants it any more.
            let _ = sender.blocking_send(last);
        });
        let mut source = Self { pieces, ready: Bytes::new(), hash: None, left: stamp.bytes, meter };
        source.receive().await?;
        Ok(source)
    }

    /// What is in memory already. Neither counted nor held back.
    #[must_use]
    pub fn of_bytes(bytes: Bytes) -> Self {
        let (sender, pieces) = mpsc::channel(1);
        let end = Piece::End(ContentHash(*blake3::hash(&bytes).as_bytes()));
        let _ = sender.try_send(Ok(end)); // There is room for one.
        let left = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { pieces, ready: bytes, hash: None, left, meter: Meter::default() }
    }

    /// The next bytes, as soon as they may go; `None` at the end.
    ///
    /// # Errors
    /// As [`Source::open`]; then what was handed out so far is less than the whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.ready.is_empty() {
            self.receive().await?;
        }
        let piece = self.ready.split_to(self.ready.len().min(self.meter.piece_bytes()));
        self.left -= u64::try_from(piece.len()).unwrap_or(self.left).min(self.left);
        if self.left == 0 {
            self.meter.gate.pass().await;
        }
        if piece.is_empty() {
            return Ok(None);
        }
        self.meter.pass(piece.len()).await;
        Ok(Some(piece))
    }

    /// What kind of picture it is; asked before the first bytes are handed out.
    #[must_use]
    pub fn kind(&self) -> Option<ImageKind> {
        kind_of_beginning(&self.ready)
    }

    /// Whether all bytes are handed out.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// BLAKE3 of everything, once [`Source::next`] has said that it is the end.
    #[must_use]
    pub const fn hash(&self) -> Option<ContentHash> {
        self.hash
    }

    async fn receive(&mut self) -> Result<(), Fault> {
        if self.hash.is_some() {
            return Ok(());
        }
        match self.pieces.recv().await {
            Some(Ok(Piece::Chunk(chunk))) => self.ready = chunk,
            Some(Ok(Piece::End(hash))) => self.hash = Some(hash),
            Some(Err(fault)) => return Err(fault),
            None => return Err(Fault::new(FaultKind::LocalFile, "Reading the file broke off; retry.")),
        }
        Ok(())
    }
}

/// Reads everything and sends it on; `None` when nobody wants it any more.
fn read(path: &Path, stamp: Stamp, sender: &mpsc::Sender<Result<Piece, Fault>>) -> Result<Option<ContentHash>, Fault> {
    let unreadable = |error: std::io::Error| unreadable(path, &error);
    check(path, stamp)?;
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = blake3::Hasher::new();
    let mut left = stamp.bytes;
    let buffers = Buffers::new(usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES));
    loop {
        let mut chunk = buffers.take(usize::try_from(left).unwrap_or(usize::MAX));
        file.read_exact(chunk.as_mut()).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => changed(path),
            _ => unreadable(error),
        })?;
        hasher.update(chunk.as_ref());
        left -= u64::try_from(chunk.length).unwrap_or(left).min(left);
        if left == 0 {
            // Before the last chunk is let go: who gets it has the whole, unchanged file.
            check(path, stamp)?;
        }
        if chunk.length > 0 && sender.blocking_send(Ok(Piece::Chunk(Bytes::from_owner(chunk)))).is_err() {
            return Ok(None);
        }
        if left == 0 {
            return Ok(Some(ContentHash(*hasher.finalize().as_bytes())));
        }
    }
}

/// Asks by the path, so that a file which was replaced by another is noticed, too.
fn check(path: &Path, stamp: Stamp) -> Result<(), Fault> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        let words = format!("This is no file any more. Check it, then rescan the folder. Path: {}", path.display());
        return Err(Fault::new(FaultKind::LocalFile, words));
    }
    if Stamp::of(&metadata) == stamp { Ok(()) } else { Err(changed(path)) }
}

fn changed(path: &Path) -> Fault {
    let words = format!("The file changed since it was scanned; retry once it is finished. File: {}", path.display());
    Fault::new(FaultKind::Changed, words)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    let words = format!("The file cannot be read: {error}. Check it, then retry. File: {}", path.display());
    Fault::new(FaultKind::LocalFile, words)
}

/// The few buffers of one image, used again and again: fresh memory would cost as much as reading into it.
struct Buffers {
    bytes: usize,
    sender: buffers::SyncSender<Vec<u8>>,
    returned: buffers::Receiver<Vec<u8>>,
}

/// A buffer under way; it returns when the last of its bytes is sent.
struct Lent {
    buffer: Vec<u8>,
    length: usize,
    home: buffers::SyncSender<Vec<u8>>,
}

impl Buffers {
    fn new(bytes: usize) -> Self {
        let (sender, returned) = buffers::sync_channel(BUFFERS_MAX);
        Self { bytes, sender, returned }
    }

    /// A buffer for at most `length` bytes.
    fn take(&self, length: usize) -> Lent {
        let buffer = self.returned.try_recv().unwrap_or_else(|_| vec![0; self.bytes]);
        Lent { length: length.min(buffer.len()), buffer, home: self.sender.clone() }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

impl AsMut<[u8]> for Lent {
    fn as_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.length).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Fails when the reading is over; then it is just freed.
        let _ = self.home.try_send(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use crate::hosts::{Gate, Throttle};

    struct Place {
        _dir: tempfile::TempDir,
        path: PathBuf,
    }

    fn file(content: &[u8]) -> Place {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.jpg");
        std::fs::write(&path, content).expect("written");
        Place { _dir: dir, path }
    }

    fn stamp(path: &Path) -> Stamp {
        Stamp::of(&std::fs::metadata(path).expect("a file"))
    }

    fn content(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|n| u8::try_from(n % 251).expect("small")).collect()
    }

    /// Everything that is handed out, and how it ends.
    async fn drain(source: &mut Source) -> (Vec<u8>, Result<Option<ContentHash>, Fault>) {
        let mut all = Vec::new();
        loop {
            match source.next().await {
                Ok(Some(chunk)) => all.extend_from_slice(&chunk),
                Ok(None) => return (all, Ok(source.hash())),
                Err(fault) => return (all, Err(fault)),
            }
        }
    }

    #[tokio::test]
    async fn everything_arrives_counted_and_hashed() {
        for bytes in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7] {
            let content = content(bytes);
            let place = file(&content);
            let meter = Meter::default();
            let mut source = Source::open(place.path.clone(), stamp(&place.path), meter.clone()).await.expect("open");
            let (all, hash) = drain(&mut source).await;
            assert!(all == content, "{bytes}");
            assert_eq!(hash, Ok(Some(ContentHash(*blake3::hash(&content).as_bytes()))), "{bytes}");
            assert_eq!(source.next().await, Ok(None), "the end stays the end");
            for counter in [&meter.image, &meter.gallery, &meter.total] {
                assert_eq!(counter.load(Ordering::Relaxed), bytes as u64);
            }
        }
    }

    #[tokio::test]
    async fn another_file_than_the_scanned_one_is_not_even_begun() {
        let place = file(b"abc");
        let right = stamp(&place.path);
        let other_size = Stamp { bytes: 4, ..right };
        let other_time = Stamp { modified_at: right.modified_at - 1, ..right };
        for (stamp, kind) in [(other_size, FaultKind::Changed), (other_time, FaultKind::Changed)] {
            let fault = Source::open(place.path.clone(), stamp, Meter::default()).await.expect_err("changed");
            assert_eq!(fault.kind, kind);
            assert!(fault.words.contains("a.jpg"), "{fault}");
        }
        let gone = Source::open(place.path.with_extension("gone"), right, Meter::default()).await;
        assert_eq!(gone.expect_err("gone").kind, FaultKind::LocalFile);
        let folder = place.path.parent().expect("a folder").to_owned();
        let folder = Source::open(folder.clone(), stamp(&folder), Meter::default()).await;
        assert_eq!(folder.expect_err("a folder").kind, FaultKind::LocalFile);
    }

    #[tokio::test]
    async fn what_changes_while_it_is_read_never_arrives_whole() {
        let bytes = (CHUNKS_MAX + 4) * CHUNK_BYTES;
        let grow = |path: &Path| {
            std::fs::OpenOptions::new().append(true).open(path).expect("opened").write_all(b"more").expect("grown");
        };
        let shrink = |path: &Path| {
            std::fs::OpenOptions::new().write(true).open(path).expect("opened").set_len(9).expect("shrunk");
        };
        let touch = |path: &Path| {
            let file = std::fs::OpenOptions::new().write(true).open(path).expect("opened");
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("touched");
        };
        let replace = |path: &Path| {
            let other = path.with_extension("new");
            std::fs::write(&other, content(bytes)).expect("written");
            let file = std::fs::OpenOptions::new().write(true).open(&other).expect("opened");
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("touched");
            std::fs::rename(other, path).expect("replaced");
        };
        // Windows replaces no file that somebody reads.
        let changes = if cfg!(windows) { 3 } else { 4 };
        for change in [&grow as &dyn Fn(&Path), &shrink, &touch, &replace].into_iter().take(changes) {
            let place = file(&content(bytes));
            let mut source =
                Source::open(place.path.clone(), stamp(&place.path), Meter::default()).await.expect("open");
            // The reader is ahead by a few chunks at most, so it cannot be at the end yet.
            change(&place.path);
            let (all, end) = drain(&mut source).await;
            assert!(all.len() < bytes, "{} of {bytes}", all.len());
            assert_eq!(end.expect_err("changed").kind, FaultKind::Changed);
        }
    }

    #[tokio::test]
    async fn under_a_limit_the_pieces_are_small() {
        let place = file(&content(20_000));
        let throttle = Arc::new(Throttle::default());
        throttle.set(Some(50_000));
        let meter = Meter { throttles: vec![throttle], ..Meter::default() };
        let mut source = Source::open(place.path.clone(), stamp(&place.path), meter).await.expect("open");
        let first = source.next().await.expect("readable").expect("a piece");
        assert_eq!(first.len(), 5_000);
    }

    #[tokio::test]
    async fn the_last_bytes_wait_until_what_came_before_is_stored() {
        for bytes in [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 9] {
            let place = file(&content(bytes));
            let (stored, number) = tokio::sync::watch::channel(6);
            let meter = Meter { gate: Gate::new(number, 7), ..Meter::default() };
            let passed = Arc::clone(&meter.image);
            let mut source = Source::open(place.path.clone(), stamp(&place.path), meter).await.expect("open");
            let mut draining = Box::pin(drain(&mut source));
            let early = tokio::time::timeout(Duration::from_millis(100), draining.as_mut()).await;
            assert!(early.is_err(), "{bytes} bytes were whole while the gate was closed");
            assert_eq!(passed.load(Ordering::Relaxed), (bytes.saturating_sub(1) / CHUNK_BYTES * CHUNK_BYTES) as u64);
            stored.send_replace(7);
            let (all, end) = draining.await;
            assert!(all == content(bytes) && end.is_ok());
        }
    }

    #[tokio::test]
    async fn dropping_it_ends_the_reading() {
        let place = file(&content(20 * CHUNK_BYTES));
        let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
        let (path, stamp) = (place.path.clone(), stamp(&place.path));
        let reading = tokio::task::spawn_blocking(move || read(&path, stamp, &sender));
        drop(receiver);
        assert_eq!(reading.await.expect("ended"), Ok(None));
    }
}
