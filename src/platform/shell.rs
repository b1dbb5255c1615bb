//! The way into the program from the system's file manager: installed, looked at, taken away. Changes nothing that is not BBDrop's.

use std::path::{Path, PathBuf};
use std::{env, io};

use crate::core::integration::Integration;

#[cfg(target_os = "linux")]
use super::linux::shell as system;
#[cfg(windows)]
use super::windows::shell as system;

/// How every entry is.
///
/// # Errors
/// In words, when the system has no such entries, or the program does not know where it is.
pub fn status() -> Result<Integration, String> {
    Ok(system::status(&program()?))
}

/// Makes every entry start this program, wherever they pointed to.
///
/// # Errors
/// In words.
pub fn install() -> Result<Integration, String> {
    let program = program()?;
    changed(system::install(&program), &program)
}

/// Takes every entry away.
///
/// # Errors
/// In words.
pub fn remove() -> Result<Integration, String> {
    let program = program()?;
    changed(system::remove(&program), &program)
}

fn changed(outcome: io::Result<()>, program: &Path) -> Result<Integration, String> {
    let words = |error| format!("The entries for the file manager could not be changed: {error}.");
    outcome.map_err(words).map(|()| system::status(program))
}

/// The program with the window, whichever of the two runs.
pub(super) fn program() -> Result<PathBuf, String> {
    let running = env::current_exe().map_err(|error| format!("BBDrop does not know where it is: {error}."))?;
    let with_window = running.with_file_name(format!("bbdrop{}", env::consts::EXE_SUFFIX));
    Ok(if with_window.exists() { with_window } else { running })
}

/// Systems that nobody has tried yet.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use super::{Integration, Path, io};

    pub fn status(_program: &Path) -> Integration {
        Integration::default()
    }

    pub fn install(_program: &Path) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "BBDrop has none for this system yet"))
    }

    pub fn remove(_program: &Path) -> io::Result<()> {
        Ok(())
    }
}
