//! Lists of addresses, as one program hands files to another: `text/uri-list` (RFC 2483), with `file` addresses (RFC 8089). Pure.

use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::{CONTROLS, percent_decode, percent_encode};

use crate::instance::path_text;

/// Addresses are shown no longer than that.
const CHARACTERS_SHOWN: usize = 80;

/// What addresses stand for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Things {
    /// On this computer, whether they are there or not.
    pub paths: Vec<PathBuf>,
    /// Addresses of everything else, to be read by people.
    pub elsewhere: Arc<[String]>,
}

/// Reads a list of any bytes. `host` is what this computer is called: some programs write that into the addresses of files.
#[must_use]
pub fn read(list: &[u8], host: &str) -> Things {
    let (mut paths, mut elsewhere) = (Vec::new(), Vec::new());
    for line in list.split(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match path(line, host) {
            Some(path) => paths.push(path),
            None => elsewhere.push(to_be_read(line)),
        }
    }
    Things { paths, elsewhere: elsewhere.into() }
}

/// Some programs write bytes that an address must not have; they are meant.
fn path(line: &[u8], host: &str) -> Option<PathBuf> {
    let address = percent_encode(line, CONTROLS).to_string();
    let (scheme, rest) = address.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix(host).filter(|_| !host.is_empty()).unwrap_or(rest),
        None => rest,
    };
    path_text::read(&format!("file://{path}")).ok().filter(|path| path.is_absolute())
}

fn to_be_read(line: &[u8]) -> String {
    let address = percent_decode(line).decode_utf8_lossy().into_owned();
    match address.char_indices().nth(CHARACTERS_SHOWN) {
        Some((end, _)) => format!("{}…", address.get(..end).unwrap_or_default()),
        None => address,
    }
}

/// What is said of things that are elsewhere when they are dropped.
#[must_use]
pub fn not_added(elsewhere: &[String]) -> Option<String> {
    match elsewhere {
        [] => None,
        [one] => Some(format!(
            "“{one}” was not added: it is not in a folder of this computer. Copy it into one first, then drop that."
        )),
        [first, ..] => Some(format!(
            "{} things were not added, as they are not in folders of this computer: “{first}” and others. Copy them into one first, then drop that.",
            elsewhere.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_programs_write_is_understood() {
        let check = |list: &[u8], paths: &[&str], elsewhere: &[&str]| {
            let things = read(list, "desk");
            let expected: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            assert_eq!(
                (things.paths, &*things.elsewhere),
                (expected, &*elsewhere.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>())
            );
        };
        #[cfg(unix)]
        {
            check(b"file:///a%20b/c\r\nfile:///d\r\n", &["/a b/c", "/d"], &[]);
            check(b"# a remark\r\n\r\nfile:///d\n\0", &["/d"], &[]);
            check(b"file://localhost/a\nfile://desk/b\nFILE:///c\nfile:/d", &["/a", "/b", "/c", "/d"], &[]);
            check("file:///Küste/海辺\n".as_bytes(), &["/Küste/海辺"], &[]);
            check(b"file:///50%\n", &["/50%"], &[]);
        }
        check(b"sftp://nas/Urlaub%20%C3%A4\nhttps://x/\r\n", &[], &["sftp://nas/Urlaub ä", "https://x/"]);
        check(
            b"file://other/share/a\nfile:///a%00b\nno address",
            &[],
            &["file://other/share/a", "file:///a\0b", "no address"],
        );
        check(b"", &[], &[]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_unicode_is_a_path_too() {
        use std::os::unix::ffi::OsStrExt as _;
        let bad = std::ffi::OsStr::from_bytes(b"/a\xff");
        for list in [b"file:///a%FF\n" as &[u8], b"file:///a\xff\n"] {
            assert_eq!(read(list, "").paths, [PathBuf::from(bad)]);
        }
    }

    #[test]
    fn what_is_elsewhere_is_told_once() {
        let list = |count: usize| read("sftp://nas/a\n".repeat(count).as_bytes(), "").elsewhere;
        assert_eq!(not_added(&list(0)), None);
        assert!(not_added(&list(1)).is_some_and(|words| words.starts_with("“sftp://nas/a” was not added")));
        assert!(not_added(&list(500)).is_some_and(|words| words.starts_with("500 things were not added")));
        let long = read(format!("sftp://{}", "ä".repeat(5000)).as_bytes(), "").elsewhere;
        assert!(long.iter().all(|address| address.chars().count() == CHARACTERS_SHOWN + 1));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(list in proptest::collection::vec(any::<u8>(), 0..300), host in ".{0,5}") {
            let things = read(&[b"file:///".as_slice(), &list].concat(), &host);
            prop_assert!(things.paths.iter().all(|path| path.is_absolute()));
        }
    }
}
