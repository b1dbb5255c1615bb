//! Looking at the disk: is this a folder, and which images are in it. Only headers are read, nothing is written.

use std::fs::{File, Metadata};
use std::io::{BufReader, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use imagesize::{Compression, ImageError, ImageType};

use crate::core::queue::{FoundImage, Resolution, Scan};
use crate::core::{Fault, FaultKind, Folder, Millis, Refusal, RefusalCode};

/// Endings of files that are meant to be images; others are only taken when their content says so.
const ENDINGS: [&str; 9] = ["jpg", "jpeg", "png", "gif", "webp", "bmp", "avif", "tif", "tiff"];

/// The folder at `path`, or why there is none.
///
/// # Errors
/// `not-absolute`, `not-a-folder`: in words that name the path.
pub fn resolve(path: &Path) -> Resolution {
    if !path.is_absolute() {
        let words = format!("Only absolute paths can be added. Path: {}", path.display());
        return Err(Refusal::new(RefusalCode::NotAbsolute, words));
    }
    // Without a trailing separator, `.` and the like: the folder's name can be shown, and a path at the system's limit opens.
    let path = path.components().collect::<PathBuf>();
    let not_a_folder = |why: &str| Refusal::new(RefusalCode::NotAFolder, format!("{why}: {}", path.display()));
    let key = match std::fs::canonicalize(&path) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(not_a_folder("There is no such folder")),
        Err(error) => return Err(not_a_folder(&format!("The folder cannot be reached ({error})"))),
    };
    if !key.is_dir() {
        return Err(not_a_folder("This is a file, not a folder; add the folder it is in"));
    }
    let indirect = path.components().any(|part| part == Component::ParentDir) || path.file_name().is_none();
    let path = if indirect { key.clone() } else { path };
    Ok(Folder { path, key })
}

/// The images in the folder `path`, in no particular order.
///
/// # Errors
/// [`FaultKind::LocalFile`] when the folder is there but cannot be listed.
pub fn scan(path: &Path) -> Result<Scan, Fault> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let words = format!(
                "The folder is not there. Put it back or plug the drive in, then retry. Folder: {}",
                path.display()
            );
            return Ok(Scan::Missing(Fault::new(FaultKind::LocalFile, words)));
        }
        Err(error) => return Err(unlistable(path, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unlistable(path, &error))?;
        found.extend(look_at(&entry.path()));
    }
    Ok(Scan::Found(found))
}

fn unlistable(path: &Path, error: &std::io::Error) -> Fault {
    let words =
        format!("The folder cannot be read ({error}). Check its permissions, then retry. Folder: {}", path.display());
    Fault::new(FaultKind::LocalFile, words)
}

/// `None` for what is not meant to be an image: sub-folders, text files, databases of thumbnails.
fn look_at(path: &Path) -> Option<FoundImage> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let meant = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Err(_) if meant => None,
        Ok(_) | Err(_) => return None,
    };
    let pixels = measure(path, metadata.as_ref());
    if !meant && pixels.is_err() {
        return None;
    }
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    Some(FoundImage {
        file: PathBuf::from(path.file_name()?),
        bytes: metadata.as_ref().map_or(0, Metadata::len),
        modified_at: metadata.as_ref().map_or(0, modified_at),
        pixels: if hidden { Err("The file is hidden.".to_owned()) } else { pixels },
    })
}

/// Width and height from the header, or why the file cannot be used.
fn measure(path: &Path, metadata: Option<&Metadata>) -> Result<(u32, u32), String> {
    if metadata.is_some_and(|metadata| metadata.len() == 0) {
        return Err("The file is empty.".to_owned());
    }
    let unreadable = |error: &std::io::Error| format!("The file cannot be read: {error}.");
    let mut reader = BufReader::new(File::open(path).map_err(|error| unreadable(&error))?);
    let size = imagesize::reader_type(&mut reader)
        .and_then(|kind| if is_usable(kind) { kind.reader_size(&mut reader) } else { Err(ImageError::NotSupported) });
    let size = size.map_err(|error| match error {
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

const fn is_usable(kind: ImageType) -> bool {
    matches!(
        kind,
        ImageType::Bmp
            | ImageType::Gif
            | ImageType::Heif(Compression::Av1)
            | ImageType::Jpeg
            | ImageType::Png
            | ImageType::Tiff
            | ImageType::Webp
    )
}

fn modified_at(metadata: &Metadata) -> Millis {
    let since_epoch = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since_epoch.and_then(|since| Millis::try_from(since.as_millis()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_from_everything_else() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("f");
        std::fs::write(&file, "x").expect("written");
        let code = |path: PathBuf| resolve(&path).expect_err("refused").code;
        assert_eq!(code(PathBuf::from("relative")), RefusalCode::NotAbsolute);
        assert_eq!(code(dir.path().join("none")), RefusalCode::NotAFolder);
        assert_eq!(code(file), RefusalCode::NotAFolder);
        let folder = resolve(&dir.path().join(".").join("")).expect("a folder");
        assert_eq!(folder.path, dir.path());
    }

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
        let Ok(Scan::Found(mut found)) = scan(dir.path()) else { panic!("not found") };
        found.sort_by(|a, b| a.file.cmp(&b.file));
        let seen: Vec<_> =
            found.iter().map(|image| (image.file.to_str().unwrap_or_default(), image.pixels.is_ok())).collect();
        assert_eq!(
            seen,
            [(".hidden.png", false), ("a.png", true), ("broken.jpg", false), ("empty.jpg", false), ("no-ending", true)]
        );
    }

    #[test]
    fn a_folder_that_is_gone_is_missing() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(matches!(scan(&dir.path().join("gone")), Ok(Scan::Missing(_))));
    }
}
