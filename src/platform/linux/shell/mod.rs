//! Desktop entry, icons, and the menus of Dolphin, Nautilus and Nemo, below `$XDG_DATA_HOME`. Writes only files that are
//! BBDrop's by name, and takes away all of them.

mod files;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use crate::core::integration::{Entry, Integration, Place};
pub(super) use files::quoted_for_desktop;
use files::{FOLDERS, File, files};

/// Where systems keep what all users share, if the environment does not say
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>).
const DATA_DIRS: &str = "/usr/local/share:/usr/share";
/// What remains of `mimeinfo.cache` when no entry is left.
const EMPTY_CACHE: &str = "[MIME Cache]";

/// How every entry is.
pub fn status(program: &Path) -> Integration {
    let data_home = data_home().unwrap_or_default();
    let places = files(program).into_iter().filter(|file| !file.what.is_empty()).map(|file| {
        let path = data_home.join(file.path);
        let own = entry(&path, &file);
        let (at, entry) = match packaged(program, &file).filter(|_| own == Entry::Missing) {
            Some(path) => (path, Entry::Present),
            None => (path, own),
        };
        Place { what: file.what.to_owned(), at: at.display().to_string(), entry }
    });
    Integration { places: places.collect() }
}

/// Writes what the program's package has not brought for all users.
pub fn install(program: &Path) -> io::Result<()> {
    let data_home = data_home()?;
    for file in files(program).iter().filter(|file| packaged(program, file).is_none()) {
        let path = data_home.join(file.path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&path, &file.contents)?;
        let mode = if file.is_executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    tell_desktop(&data_home);
    let folders = data_home.join(FOLDERS);
    if is_usual_for_folders() && folders.exists() {
        fs::remove_file(folders)?;
        tell_desktop(&data_home);
    }
    Ok(())
}

/// Whether a folder would be opened with BBDrop: the entries of a user go before those of the system where nothing else is said.
fn is_usual_for_folders() -> bool {
    let asked =
        Command::new("gio").args(["mime", "inode/directory"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let name = FOLDERS.rsplit('/').next().unwrap_or_default();
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).lines().next().is_some_and(|line| line.contains(name)))
}

/// Takes away every file, and the directories that are empty then.
pub fn remove(program: &Path) -> io::Result<()> {
    let data_home = data_home()?;
    let files = files(program);
    for file in &files {
        match fs::remove_file(data_home.join(file.path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    tell_desktop(&data_home);
    forget_empty_cache(&data_home.join("applications"));
    for file in &files {
        // Stops at the first directory that has something in it, and at the data directory of the user.
        let directories = Path::new(file.path).ancestors().skip(1).filter(|directory| *directory != Path::new(""));
        for directory in directories {
            if fs::remove_dir(data_home.join(directory)).is_err() {
                break;
            }
        }
    }
    Ok(())
}

fn data_home() -> io::Result<PathBuf> {
    let dirs = directories::BaseDirs::new();
    let words = "there is no home directory";
    dirs.map(|dirs| dirs.data_dir().to_owned()).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, words))
}

fn entry(path: &Path, file: &File) -> Entry {
    let Ok(found) = fs::read(path) else { return Entry::Missing };
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    let starts = !file.is_executable || mode & 0o100 != 0;
    if found == file.contents && starts { Entry::Present } else { Entry::Outdated }
}

/// Where the package of `program` has put it for all users.
fn packaged(program: &Path, file: &File) -> Option<PathBuf> {
    let shared = env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty()).unwrap_or_else(|| DATA_DIRS.into());
    let is_its = |dir: &PathBuf| dir.parent().is_some_and(|prefix| prefix.join("bin/bbdrop") == program);
    let paths = env::split_paths(&shared).filter(is_its).map(|dir| dir.join(file.path));
    paths.into_iter().find(|path| fs::read(path).is_ok_and(|found| found == file.shared))
}

/// The desktop finds new entries through a cache, and new icons when their directory is new.
fn tell_desktop(data_home: &Path) {
    let applications = data_home.join("applications");
    let update = Command::new("update-desktop-database")
        .arg(&applications)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(error) = update {
        // Desktops that have no such cache need none.
        tracing::info!("update-desktop-database could not be run: {error}");
    }
    let touched = fs::File::open(data_home.join("icons/hicolor"))
        .and_then(|theme| theme.set_modified(std::time::SystemTime::now()));
    if let Err(error) = touched {
        tracing::info!("the icon theme keeps its date: {error}");
    }
}

/// Our entry may have been the first one ever.
fn forget_empty_cache(applications: &Path) {
    let cache = applications.join("mimeinfo.cache");
    if fs::read_to_string(&cache).is_ok_and(|text| text.trim() == EMPTY_CACHE) {
        let _ = fs::remove_file(cache); // An empty cache does no harm.
    }
}
