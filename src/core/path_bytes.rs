//! Paths as bytes and back, without loss: as they are on Unix, WTF-8 on Windows.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use os_str_bytes::{OsStrBytes as _, OsStringBytes as _};

/// The bytes of `path`.
#[must_use]
pub fn write(path: &Path) -> Vec<u8> {
    path.as_os_str().to_raw_bytes().into_owned()
}

/// The path of these bytes; `None` for bytes that no path of this system has.
#[must_use]
pub fn read(bytes: Vec<u8>) -> Option<PathBuf> {
    // On Windows `from_io_vec` takes Unicode only; the other conversion also takes lone surrogates, but panics on damage.
    let unicode = OsString::from_io_vec(bytes.clone());
    unicode.or_else(|| std::panic::catch_unwind(|| OsString::assert_from_raw_vec(bytes)).ok()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn bytes_survive() {
        for text in ["/a", "/海辺/🎉", "C:\\x", ""] {
            assert_eq!(read(text.as_bytes().to_vec()).map(|path| write(&path)), Some(text.as_bytes().to_vec()));
        }
        #[cfg(unix)]
        assert_eq!(read(b"/\xff".to_vec()).map(|path| write(&path)), Some(b"/\xff".to_vec()));
    }
}
