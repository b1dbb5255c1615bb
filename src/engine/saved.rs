//! Files with the output of a gallery. Whole or not there, never outside the directory, never over a file that is not ours.
//!
//! A file is ours when the store says that we wrote it and its content is still what we wrote: one that somebody has changed is theirs.
//! A file that holds already what is to be written is as good as written; so a kill between writing and recording costs nothing.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::core::{ContentHash, Gallery, SavedFile};
use crate::files;
use crate::hosts::file_name;

/// In the data directory.
pub const DIRECTORY: &str = "galleries";
/// In the gallery's own folder.
pub const IN_FOLDER: &str = ".uploaded";
/// What files are called while they are written.
const PARTIAL: (&str, &str) = (".bbdrop-", ".partial");
/// Other names that are tried when a file of somebody else is in the way.
const NAMES_MAX: usize = 100;

/// Whose directory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Ours, below the data directory.
    Ours,
    /// A person's folder: nothing in it is followed elsewhere.
    Theirs,
}

/// What became of saving.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Files of the gallery that are there now and ours.
    pub files: Vec<SavedFile>,
    /// What went wrong, in words.
    pub trouble: Option<String>,
}

/// What files of a gallery are called before the ending: its name and its number, so that two of one name are apart.
#[must_use]
pub fn stem(gallery: &Gallery) -> String {
    format!("{}_{}", file_name(&gallery.name), gallery.id)
}

/// Writes each of `contents` (ending and bytes) below `directory`; `before` are the files of the gallery that were written before,
/// anywhere. Those of this directory that have another name now are taken away.
pub fn save(directory: &Path, place: Place, stem: &str, contents: &[(&str, &[u8])], before: Vec<SavedFile>) -> Saved {
    let (here, mut files): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|file| file.path.parent() == Some(directory));
    let mut written = Vec::new();
    let saved = prepare(directory, place).and_then(|()| {
        for (ending, bytes) in contents {
            written.push(write(directory, stem, ending, bytes, &here)?);
        }
        files::sync_directory(directory)
    });
    let trouble = saved.err().map(|error| {
        format!(
            "The output could not be saved: {error}. Make room or check permissions, then make it again. Directory: {}",
            directory.display()
        )
    });
    for old in here {
        if written.iter().any(|file: &SavedFile| file.path == old.path) {
            continue;
        }
        if trouble.is_some() || (is_ours(&old.path, std::slice::from_ref(&old)) && files::remove(&old.path).is_err()) {
            files.push(old);
        }
    }
    files.append(&mut written);
    Saved { files, trouble }
}

/// A directory that is one, not a link to one of elsewhere, without what a kill has left in it.
fn prepare(directory: &Path, place: Place) -> std::io::Result<()> {
    match place {
        Place::Ours => return fs::create_dir_all(directory),
        Place::Theirs => match fs::symlink_metadata(directory) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(std::io::Error::other("there is a file or a link where the directory is to be")),
            Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(directory)?,
            Err(error) => return Err(error),
        },
    }
    clean(directory)
}

/// Takes away what a kill has left half written.
///
/// # Errors
/// When the directory cannot be read or such a file not be removed.
pub fn clean(directory: &Path) -> std::io::Result<()> {
    for entry in directory.read_dir()?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1) {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}

fn write(directory: &Path, stem: &str, ending: &str, bytes: &[u8], before: &[SavedFile]) -> std::io::Result<SavedFile> {
    let hash = ContentHash(blake3::hash(bytes).into());
    let mut ready = None;
    for number in 1..=NAMES_MAX {
        let name = if number == 1 { format!("{stem}.{ending}") } else { format!("{stem} ({number}).{ending}") };
        let path = directory.join(name);
        let done = SavedFile { path: path.clone(), hash };
        match fs::symlink_metadata(&path) {
            Ok(_) if is_ours(&path, std::slice::from_ref(&done)) => return Ok(done),
            Ok(_) if is_ours(&path, before) => {
                files::replace(ready.take().map_or_else(|| partial(directory, bytes), Ok)?, &path)?;
                return Ok(done);
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match files::place(ready.take().map_or_else(|| partial(directory, bytes), Ok)?, &path) {
                    Ok(()) => return Ok(done),
                    // Somebody was faster: it is theirs.
                    Err(error) if error.error.kind() == ErrorKind::AlreadyExists => ready = Some(error.file),
                    Err(error) => return Err(error.error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other("too many files of that name are there already"))
}

/// The whole content under another name, on the disk. Made by hand, so that the person's usual permissions hold.
fn partial(directory: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile<File>> {
    let make = |path: &Path| File::options().write(true).create_new(true).open(path);
    let mut partial = tempfile::Builder::new().prefix(PARTIAL.0).suffix(PARTIAL.1).make_in(directory, make)?;
    partial.write_all(bytes)?;
    partial.as_file().sync_all()?;
    Ok(partial)
}

/// Whether one of `files` is at `path` with that content.
fn is_ours(path: &Path, files: &[SavedFile]) -> bool {
    let Some(known) = files.iter().find(|file| file.path == path) else { return false };
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file && hash(path).is_ok_and(|hash| hash == known.hash)
}

fn hash(path: &Path) -> std::io::Result<ContentHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(ContentHash(hasher.finalize().into()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Dir(tempfile::TempDir);

    impl Dir {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a directory"))
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join("out").join(name)
        }

        fn save(&self, stem: &str, text: &str, before: &Saved) -> Saved {
            let contents = [("txt", text.as_bytes())];
            save(&self.0.path().join("out"), Place::Theirs, stem, &contents, before.files.clone())
        }

        fn names(&self) -> Vec<String> {
            let entries = self.0.path().join("out").read_dir().expect("listed").flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("Unicode")).collect();
            names.sort();
            names
        }
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).expect("read")
    }

    #[test]
    fn what_is_ours_is_replaced_and_renamed_and_nothing_else() {
        let dir = Dir::new();
        let first = dir.save("a_1", "one", &Saved::default());
        assert_eq!((first.trouble.as_deref(), text(&dir.at("a_1.txt"))), (None, "one".to_owned()));
        let second = dir.save("a_1", "two", &first);
        assert_eq!((dir.names(), text(&dir.at("a_1.txt"))), (vec!["a_1.txt".to_owned()], "two".to_owned()));
        let renamed = dir.save("b_1", "two", &second);
        assert_eq!(dir.names(), ["b_1.txt"], "the old name is gone");
        fs::write(dir.at("b_1.txt"), "my notes").expect("written");
        let third = dir.save("b_1", "three", &renamed);
        assert_eq!((text(&dir.at("b_1.txt")), text(&dir.at("b_1 (2).txt"))), ("my notes".into(), "three".into()));
        assert_eq!(third.files.len(), 1);
        let fourth = dir.save("c_1", "four", &third);
        assert_eq!((dir.names(), fourth.trouble), (vec!["b_1.txt".to_owned(), "c_1.txt".to_owned()], None));
    }

    #[test]
    fn what_was_written_but_not_recorded_is_recognised() {
        let dir = Dir::new();
        dir.save("a_1", "one", &Saved::default());
        fs::write(dir.at(".bbdrop-x.partial"), "half").expect("written");
        let again = dir.save("a_1", "one", &Saved::default());
        assert_eq!((dir.names(), again.files.len()), (vec!["a_1.txt".to_owned()], 1));
    }

    #[test]
    fn links_and_directories_in_the_way_are_not_followed() {
        let dir = Dir::new();
        fs::create_dir_all(dir.at("a_1.txt")).expect("made");
        let saved = dir.save("a_1", "one", &Saved::default());
        assert_eq!(saved.files.first().map(|file| file.path.clone()), Some(dir.at("a_1 (2).txt")));
        let other = Dir::new();
        fs::write(other.0.path().join("out"), "a file").expect("written");
        let saved = other.save("a_1", "one", &Saved::default());
        assert!(saved.trouble.is_some_and(|words| words.contains("could not be saved")));
    }

    #[test]
    fn names_are_for_every_system() {
        let folder = crate::core::Folder { path: PathBuf::new(), key: PathBuf::new(), chosen: None };
        let gallery = Gallery::new(crate::core::GalleryId(7), folder, "", "folder");
        for (name, expected) in [
            ("../../etc/passwd", ".._.._etc_passwd_7"),
            ("CON", "_CON_7"),
            ("a. .", "a_7"),
            ("a/b\\c:d", "a_b_c_d_7"),
            ("", "__7"),
        ] {
            assert_eq!(stem(&Gallery { name: name.to_owned(), ..gallery.clone() }), expected);
        }
        let long = stem(&Gallery { name: "ä".repeat(300), ..gallery });
        assert!(long.len() + " (100).json".len() <= 255 && long.ends_with("_7"), "{}", long.len());
    }
}
