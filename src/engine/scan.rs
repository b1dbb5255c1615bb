//! Looking into a folder: which images are in it. Only headers are read, nothing is written.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use imagesize::ImageError;

use crate::core::image::ENDINGS;
use crate::core::queue::{Found, FoundImage, Scan};
use crate::core::{Fault, FaultKind};
use crate::hosts::{Stamp, kind_of};

/// Files that are worth a thread of their own.
const FILES_FOR_A_THREAD: usize = 64;
/// How much of a file is read for its size. Parts that are passed over cost a buffer each, so some 500 of them.
const HEADER_BYTES_MAX: u64 = 4 << 20;
/// Threads that measure the images of one folder.
const THREADS_MAX: usize = 4;

/// Links that are taken for what they lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Those within the folder: whoever packed it could have put a link to anything into it.
    Inside,
    /// All: the person has chosen each file.
    Followed,
}

impl Links {
    /// As for a folder of which all images are taken, or only these.
    #[must_use]
    pub const fn of(chosen: Option<&BTreeSet<PathBuf>>) -> Self {
        if chosen.is_some() { Self::Followed } else { Self::Inside }
    }
}

/// The images in the folder `path`, in no particular order; with `chosen` only those.
///
/// # Errors
/// [`FaultKind::LocalFile`] when the folder is there but cannot be listed.
pub fn scan(path: &Path, chosen: Option<&BTreeSet<PathBuf>>) -> Result<Scan, Fault> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Scan::Missing(missing(path)));
        }
        Err(error) => return Err(unlistable(path, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unlistable(path, &error))?;
        let is_wanted = chosen.is_none_or(|chosen| chosen.contains(Path::new(&entry.file_name())));
        if is_wanted && entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            files.push(entry.path());
        }
    }
    Ok(Scan::Found(Found { images: look_at_all(&files, Links::of(chosen)), ..Found::default() }))
}

/// Why a folder cannot be scanned that is not there.
pub fn missing(path: &Path) -> Fault {
    let words = format!(
        "The folder is not there. Put it back or plug the drive in; it is looked for again. Folder: {}",
        path.display()
    );
    Fault::new(FaultKind::FolderGone, words)
}

/// Large folders are measured by several threads.
fn look_at_all(files: &[PathBuf], links: Links) -> Vec<FoundImage> {
    let look = |files: &[PathBuf]| files.iter().filter_map(|file| look_at(file, links)).collect::<Vec<_>>();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(THREADS_MAX).min(files.len() / FILES_FOR_A_THREAD).max(1);
    let mut parts = files.chunks(files.len().div_ceil(threads).max(1));
    let first = parts.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let spawn = |part| {
            std::thread::Builder::new()
                .name("scan".to_owned())
                .spawn_scoped(scope, move || look(part))
                .map_err(|_| part)
        };
        let others: Vec<_> = parts.map(spawn).collect();
        let mut found = look(first);
        for other in others {
            match other {
                Ok(thread) => found.extend(thread.join().unwrap_or_default()),
                Err(part) => found.extend(look(part)), // No thread to be had.
            }
        }
        found
    })
}

fn unlistable(path: &Path, error: &std::io::Error) -> Fault {
    let words =
        format!("The folder cannot be read ({error}). Check its permissions, then retry. Folder: {}", path.display());
    Fault::new(FaultKind::LocalFile, words)
}

/// A file of which only so much is read: a picture's size is near its beginning, whatever its maker has put before.
struct Beginning {
    file: File,
    bytes_left: u64,
}

impl Read for Beginning {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        let left = u64::try_from(read).ok().and_then(|read| self.bytes_left.checked_sub(read));
        self.bytes_left = left.ok_or_else(|| std::io::Error::from(ErrorKind::InvalidData))?;
        Ok(read)
    }
}

impl Seek for Beginning {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// `None` for what is not meant to be an image: sub-folders, text files, databases of thumbnails.
pub fn look_at(path: &Path, links: Links) -> Option<FoundImage> {
    let meant = is_meant(path);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Err(_) if meant => None,
        Ok(_) | Err(_) => return None,
    };
    let pixels = measure(path, metadata.as_ref());
    if !meant && pixels.is_err() {
        return None;
    }
    let elsewhere = if links == Links::Inside { leads_elsewhere(path) } else { None };
    let pixels = match elsewhere {
        Some(target) => Err(format!(
            "This is a link that leads out of the folder. To upload what is there, add that file itself. File: {}",
            target.display()
        )),
        None => pixels,
    };
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    // By the same measure as the file is known by when it is sent.
    let stamp = metadata.as_ref().map_or(Stamp { bytes: 0, modified_at: 0 }, Stamp::of);
    Some(FoundImage {
        file: PathBuf::from(path.file_name()?),
        bytes: stamp.bytes,
        modified_at: stamp.modified_at,
        pixels: if hidden { Err("The file is hidden.".to_owned()) } else { pixels },
    })
}

/// Where a link leads that leaves its folder.
fn leads_elsewhere(path: &Path) -> Option<PathBuf> {
    if !std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return None;
    }
    let (target, folder) = (path.canonicalize().ok()?, path.parent()?.canonicalize().ok()?);
    (!target.starts_with(folder)).then_some(target)
}

/// Whether a file's ending says that it is an image.
pub fn is_meant(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Width and height from the header, or why the file cannot be used.
fn measure(path: &Path, metadata: Option<&Metadata>) -> Result<(u32, u32), String> {
    if metadata.is_some_and(|metadata| metadata.len() == 0) {
        return Err("The file is empty.".to_owned());
    }
    let unreadable = |error: &std::io::Error| format!("The file cannot be read: {error}.");
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut reader = BufReader::new(Beginning { file, bytes_left: HEADER_BYTES_MAX });
    let size = imagesize::reader_type(&mut reader).and_then(|kind| {
        if kind_of(kind).is_some() { kind.reader_size(&mut reader) } else { Err(ImageError::NotSupported) }
    });
    let size = size.map_err(|error| match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::InvalidData => {
            "The picture's size is not where it should be: too much stands before it.".to_owned()
        }
        ImageError::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => unreadable(&error),
        ImageError::NotSupported => {
            "This is no picture that can be used (jpg, png, gif, webp, bmp, avif, tiff).".to_owned()
        }
        ImageError::CorruptedImage | ImageError::IoError(_) => {
            "The picture is damaged: its size cannot be read.".to_owned()
        }
    })?;
    match (u32::try_from(size.width), u32::try_from(size.height)) {
        (Ok(width), Ok(height)) if width > 0 && height > 0 => Ok((width, height)),
        _ => Err("The picture is damaged: it has no size.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_and_reasons_are_given() {
        let dir = tempfile::tempdir().expect("a directory");
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0";
        for (name, content) in [
            ("a.png", png as &[u8]),
            ("no-ending", png),
            (".hidden.png", png),
            ("empty.jpg", b""),
            ("broken.jpg", b"zzz"),
            ("notes.txt", b"hello"),
        ] {
            std::fs::write(dir.path().join(name), content).expect("written");
        }
        std::fs::create_dir(dir.path().join("sub.jpg")).expect("made");
        let Ok(Scan::Found(Found { images: mut found, .. })) = scan(dir.path(), None) else { panic!("not found") };
        found.sort_by(|a, b| a.file.cmp(&b.file));
        let seen: Vec<_> =
            found.iter().map(|image| (image.file.to_str().unwrap_or_default(), image.pixels.is_ok())).collect();
        assert_eq!(
            seen,
            [(".hidden.png", false), ("a.png", true), ("broken.jpg", false), ("empty.jpg", false), ("no-ending", true)]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_of_the_folder_are_skipped_unless_they_were_chosen() {
        let dir = tempfile::tempdir().expect("a directory");
        let [folder, private] = ["folder", "private"].map(|name| dir.path().join(name));
        std::fs::create_dir(&folder).expect("made");
        std::fs::create_dir(&private).expect("made");
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0";
        for path in [folder.join("a.png"), private.join("secret.png"), private.join("secret")] {
            std::fs::write(path, png).expect("written");
        }
        for (target, link) in [
            ("a.png", "b.png"),
            ("../private/secret.png", "c.png"),
            ("../private/secret", "d"),
            ("../gone.png", "e.png"),
        ] {
            std::os::unix::fs::symlink(target, folder.join(link)).expect("linked");
        }
        let look = |chosen: Option<&BTreeSet<PathBuf>>| {
            let Ok(Scan::Found(Found { images: mut found, .. })) = scan(&folder, chosen) else { panic!("not found") };
            found.sort_by(|a, b| a.file.cmp(&b.file));
            found.into_iter().map(|image| (image.file.display().to_string(), image.pixels)).collect::<Vec<_>>()
        };
        let found = look(None);
        let usable: Vec<_> = found.iter().filter(|(_, pixels)| pixels.is_ok()).map(|(file, _)| file.as_str()).collect();
        assert_eq!(usable, ["a.png", "b.png"]);
        for (file, pixels) in found.iter().filter(|(file, _)| ["c.png", "d"].contains(&file.as_str())) {
            assert!(pixels.as_ref().is_err_and(|why| why.contains("private/secret")), "{file}: {pixels:?}");
        }
        assert_eq!(found.len(), 5, "each is told: {found:?}");
        let chosen = BTreeSet::from([PathBuf::from("c.png")]);
        assert_eq!(look(Some(&chosen)), [("c.png".to_owned(), Ok((2, 3)))]);
    }

    #[test]
    fn a_header_without_end_is_given_up() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("long.jpg");
        let jpeg = [b"\xff\xd8".to_vec(), b"\xff\xfe\0\x02".repeat(5 << 20)].concat();
        std::fs::write(&path, jpeg).expect("written");
        let began = std::time::Instant::now();
        let words = look_at(&path, Links::Followed).expect("meant").pixels.expect_err("no size");
        assert!(words.contains("too much stands before it"), "{words}");
        assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[test]
    fn a_folder_that_is_gone_is_missing() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(matches!(scan(&dir.path().join("gone"), None), Ok(Scan::Missing(_))));
    }
}
