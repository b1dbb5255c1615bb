//! `resident.json`: how scripts and later launches find the resident. Readable by this user only; holds the token.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

const FILE: &str = "resident.json";
/// More than any honest file of ours.
const BYTES_MAX: u64 = 64 * 1024;
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
    /// 32 random bytes in hexadecimal.
    pub token: String,
}

impl ResidentFile {
    /// That of this process, with a fresh token.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> std::io::Result<Self> {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        Ok(Self {
            protocol: PROTOCOL,
            pid: std::process::id(),
            folder_port: None,
            delegate_port: None,
            started_at: jiff::Timestamp::now().to_string(),
            token: random.map(|byte| format!("{byte:02x}")).concat(),
        })
    }

    /// Reads the file in `data_dir`; `None` when there is none that makes sense.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let path = data_dir.join(FILE);
        if std::fs::metadata(&path).ok()?.len() > BYTES_MAX {
            return None;
        }
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Writes the file at once and as a whole, mode 0600.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        // A temporary file is private to the user from the start.
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.persist(data_dir.join(FILE))?;
        Ok(())
    }

    /// Removes the file; at the next start it is rewritten anyway.
    pub fn remove(data_dir: &Path) {
        let _ = std::fs::remove_file(data_dir.join(FILE));
    }

    /// Compares in a time that does not depend on where the difference is.
    #[must_use]
    pub fn accepts(&self, token: &str) -> bool {
        let (ours, theirs) = (self.token.as_bytes(), token.as_bytes());
        ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::ResidentFile;

    #[test]
    fn written_and_read_back_and_only_the_token_opens() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(ResidentFile::read(dir.path()), None);
        let file = ResidentFile::new().expect("random numbers");
        file.write(dir.path()).expect("written");
        assert_eq!(ResidentFile::read(dir.path()).as_ref(), Some(&file));
        assert!(file.accepts(&file.token.clone()));
        assert!(!file.accepts("") && !file.accepts(&"0".repeat(64)));
        std::fs::write(dir.path().join("resident.json"), "{").expect("written");
        assert_eq!(ResidentFile::read(dir.path()), None);
    }
}
