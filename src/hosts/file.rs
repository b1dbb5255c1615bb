//! What is known of the image that is sent: its names, and hashes for the hosts that ask for them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;

use super::multipart::content_type;
use super::names::ascii_name;
use super::values::About;
use crate::core::{Fault, FaultKind, Millis};

/// Bytes read at once for a hash.
const CHUNK: usize = 1024 * 1024;

/// What a hash is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
}

/// The image that is sent.
#[derive(Clone, Debug)]
pub(super) struct FileFacts {
    pub name: String,
    pub ascii_name: String,
    pub bytes: u64,
    modified_at: Millis,
    hashes: BTreeMap<Algorithm, String>,
}

impl FileFacts {
    pub fn new(name: String, bytes: u64, modified_at: Millis) -> Self {
        Self { ascii_name: ascii_name(&name), name, bytes, modified_at, hashes: BTreeMap::new() }
    }

    /// Reads the file for these hashes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hash(&mut self, path: &Path, algorithms: &[Algorithm]) -> Result<(), Fault> {
        for algorithm in algorithms {
            let hash = match algorithm {
                Algorithm::Md5 => hash::<Md5>(path),
                Algorithm::Sha1 => hash::<Sha1>(path),
                Algorithm::Sha256 => hash::<Sha256>(path),
            };
            let hash = hash.map_err(|error| {
                Fault::new(FaultKind::LocalFile, format!("The file cannot be read: {error}. Retry once it can."))
            })?;
            self.hashes.insert(*algorithm, hash);
        }
        Ok(())
    }

    pub fn get<'a>(&self, about: About) -> Cow<'a, str> {
        let (stem, ending) = self.name.rsplit_once('.').unwrap_or((&self.name, ""));
        match about {
            About::Name => self.name.clone(),
            About::AsciiName => self.ascii_name.clone(),
            About::Stem => stem.to_owned(),
            About::Ending => ending.to_ascii_lowercase(),
            About::Mime => content_type(&self.name).to_owned(),
            About::Size => self.bytes.to_string(),
            About::Modified => jiff::Timestamp::from_millisecond(self.modified_at).unwrap_or_default().to_string(),
            About::Hash(algorithm) => self.hashes.get(&algorithm).cloned().unwrap_or_default(),
        }
        .into()
    }
}

fn hash<D: md5::Digest>(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = D::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => digest.update(buffer.get(..count).unwrap_or_default()),
        }
    }
    Ok(hex(&digest.finalize()))
}

/// In small letters.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // Writing into a text cannot fail.
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standards() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a");
        std::fs::write(&path, "abc").expect("written");
        let mut facts = FileFacts::new("a".to_owned(), 3, 0);
        facts.hash(&path, &[Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256]).expect("read");
        for (algorithm, hash) in [
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"), // RFC 1321, A.5
            (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"), // RFC 3174, 7.3
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), // RFC 6234
        ] {
            assert_eq!(facts.get(About::Hash(algorithm)), hash);
        }
        assert!(facts.hash(&dir.path().join("none"), &[Algorithm::Md5]).is_err());
    }
}
