//! `resident.json`: how scripts and later launches find the resident. Readable by this user only; holds the token.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::token::Token;
use crate::files;

const FILE: &str = "resident.json";
/// More than any honest file of ours.
const BYTES_MAX: u64 = 64 * 1024;
/// Room for every file of ours, so that one read gets it.
const BYTES_USUAL: usize = 1024;
const PROTOCOL: u32 = 1;

/// What the resident says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentFile {
    pub protocol: u32,
    pub pid: u32,
    pub folder_port: Option<u16>,
    pub delegate_port: Option<u16>,
    /// RFC 3339.
    pub started_at: String,
    pub token: Token,
}

impl ResidentFile {
    /// That of this process, with a fresh token.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            protocol: PROTOCOL,
            pid: std::process::id(),
            folder_port: None,
            delegate_port: None,
            started_at: jiff::Timestamp::now().to_string(),
            token: Token::random()?,
        })
    }

    /// Reads the file in `data_dir`; `None` when there is none that makes sense.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let mut bytes = Vec::with_capacity(BYTES_USUAL);
        std::fs::File::open(data_dir.join(FILE)).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        parse(&bytes)
    }

    /// Writes the file at once and as a whole, mode 0600.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        // A temporary file is private to the user from the start.
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        files::replace(file, &data_dir.join(FILE))
    }

    /// Removes the file; at the next start it is rewritten anyway.
    pub fn remove(data_dir: &Path) {
        let _ = std::fs::remove_file(data_dir.join(FILE));
    }
}

/// The file's content, when it makes sense.
pub(super) fn parse(bytes: &[u8]) -> Option<ResidentFile> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::ResidentFile;

    #[test]
    fn written_and_read_back_or_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(ResidentFile::read(dir.path()), None);
        let file = ResidentFile::new().expect("random numbers");
        file.write(dir.path()).expect("written");
        assert_eq!(ResidentFile::read(dir.path()).as_ref(), Some(&file));
        std::fs::write(dir.path().join("resident.json"), "{").expect("written");
        assert_eq!(ResidentFile::read(dir.path()), None);
    }
}
