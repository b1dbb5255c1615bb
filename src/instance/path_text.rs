//! Paths as JSON text: as they are when they are Unicode, otherwise as `file://` URLs (RFC 8089). Pure.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::core::{Refusal, RefusalCode, path_bytes};

const SCHEME: &str = "file://";
/// What stays readable in a URL's path (RFC 3986, unreserved characters and the slash).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text that stands for `path`.
#[must_use]
pub fn write(path: &Path) -> String {
    if let Some(text) = path.to_str() {
        return text.to_owned();
    }
    let encoded = percent_encode(&path_bytes::write(path), ENCODED).to_string();
    if encoded.starts_with('/') { format!("{SCHEME}{encoded}") } else { format!("{SCHEME}/{encoded}") }
}

/// The path of a `file://` URL of this machine; nothing for any other text.
#[must_use]
pub fn path_of_url(text: &str) -> Option<PathBuf> {
    if text.starts_with(SCHEME) { read(text).ok() } else { None }
}

/// The path that `text` stands for. File managers give URLs, so each is understood.
///
/// # Errors
/// `not-absolute` for a URL of another machine, or with bytes that no path has.
pub fn read(text: &str) -> Result<PathBuf, Refusal> {
    let Some(rest) = text.strip_prefix(SCHEME) else { return Ok(PathBuf::from(text)) };
    let refused = |why: &str| Refusal::new(RefusalCode::NotAbsolute, format!("{why}: {text}"));
    let encoded = rest.strip_prefix("localhost").unwrap_or(rest);
    if !encoded.starts_with('/') {
        return Err(refused("This URL is no folder of this machine"));
    }
    let bytes = percent_decode_str(encoded).collect::<Vec<_>>();
    let path = |bytes: &[u8]| path_bytes::read(bytes.to_vec());
    match path(&bytes).filter(|_| !bytes.contains(&0)) {
        None => Err(refused("This URL has characters that no path has")),
        Some(whole) if whole.is_absolute() => Ok(whole),
        // file:///C:/Pictures: the slash belongs to the URL.
        Some(whole) => Ok(path(bytes.get(1..).unwrap_or_default()).unwrap_or(whole)),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn every_path_survives() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt as _;
        for bytes in [b"/a b/%20" as &[u8], "/海辺 🎉".as_bytes(), b"/bad \xff\xfe/%41", b"/\x80\n"] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            assert_eq!(read(&write(&path)), Ok(path));
        }
    }

    #[test]
    fn urls_of_file_managers_are_understood() {
        for (url, path) in
            [("file:///a%20b/%C3%A4", "/a b/ä"), ("file://localhost/a", "/a"), ("/as/it/is%20", "/as/it/is%20")]
        {
            assert_eq!(read(url), Ok(path.into()), "{url}");
        }
        for url in ["file://server/share", "file:///a%00b", "file://", "file://localhost"] {
            assert_eq!(read(url).map_err(|refusal| refusal.code), Err(RefusalCode::NotAbsolute), "{url}");
        }
    }
}
