//! One message of the folder channel (ADR-002): bytes to meaning, outcome to answer line. Pure.

use std::path::{Component, Path, PathBuf, Prefix};

use crate::core::{AddOutcome, Refusal, RefusalCode};

/// Longest message in bytes (ADR-002).
pub const MESSAGE_BYTES_MAX: usize = 1024;

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The window to the front.
    Raise,
    /// This folder into the queue.
    Folder(PathBuf),
}

/// Reads a message.
///
/// # Errors
/// `too-long`, `not-utf8`, `not-absolute`; `not-a-folder` for what is not on a drive.
pub fn read(bytes: &[u8]) -> Result<Message, Refusal> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        let words = format!("The message is longer than {MESSAGE_BYTES_MAX} bytes.");
        return Err(Refusal::new(RefusalCode::TooLong, words));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refusal::new(RefusalCode::NotUtf8, "The message is no UTF-8."));
    };
    if text.trim().is_empty() {
        return Ok(Message::Raise);
    }
    // A line end is what a shell adds; any other white space may belong to the name.
    let path = PathBuf::from(text.trim_end_matches(['\r', '\n']));
    if !path.is_absolute() || text.contains('\0') {
        return Err(Refusal::new(RefusalCode::NotAbsolute, "The message is no absolute path of a folder."));
    }
    if !is_on_a_drive(&path) {
        return Err(Refusal::new(RefusalCode::NotAFolder, NOT_A_FOLDER));
    }
    Ok(Message::Folder(path))
}

/// Whether it can be looked at without talking to another computer or a device: on Windows whoever makes the program look at
/// `\\server\share` makes it sign in there. Other systems have no such paths.
#[must_use]
pub fn is_on_a_drive(path: &Path) -> bool {
    let is_drive = |prefix: Prefix<'_>| matches!(prefix, Prefix::Disk(_) | Prefix::VerbatimDisk(_));
    !matches!(path.components().next(), Some(Component::Prefix(prefix)) if !is_drive(prefix.kind()))
}

/// What one line can say of a folder with sub-folders: the first that is new, or the first that is in the queue.
#[must_use]
pub fn first(outcomes: &[AddOutcome]) -> AddOutcome {
    let find = |wanted: fn(&&AddOutcome) -> bool| outcomes.iter().find(wanted).cloned();
    find(|outcome| matches!(outcome, AddOutcome::Added(_)))
        .or_else(|| find(|outcome| matches!(outcome, AddOutcome::Duplicate(_))))
        .or_else(|| outcomes.first().cloned())
        .unwrap_or_else(|| {
            let words = "BBDrop could not add the folder. Try again.";
            AddOutcome::Refused(Refusal::new(RefusalCode::Internal, words))
        })
}

/// The answer line for what became of the folder. Whatever is in its place, or whether anything is, is said in the same words: a
/// program that cannot see files must not learn from the resident where there are some.
#[must_use]
pub fn answer(outcome: &Result<AddOutcome, Refusal>, unproven: bool) -> String {
    let end = if unproven { UNPROVEN } else { "" };
    match outcome {
        Ok(AddOutcome::Added(id)) => format!("OK added {id}{end}\n"),
        Ok(AddOutcome::Duplicate(id)) => format!("OK duplicate {id}{end}\n"),
        Ok(AddOutcome::Refused(refusal)) | Err(refusal) if refusal.code == RefusalCode::NotAFolder => {
            format!("ERROR {} {NOT_A_FOLDER}\n", refusal.code.name())
        }
        Ok(AddOutcome::Refused(refusal)) | Err(refusal) => {
            format!("ERROR {} {}\n", refusal.code.name(), refusal.words.replace(['\r', '\n'], " "))
        }
    }
}

/// The answer line for a raised window.
pub const RAISED: &str = "OK raised\n";
/// The end of an answer line: it cannot be told that this user has sent the folder, so it is not started by itself.
pub const UNPROVEN: &str = " unproven";
const NOT_A_FOLDER: &str = "This is no folder that can be added.";

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> Option<RefusalCode> {
        read(bytes).err().map(|refusal| refusal.code)
    }

    #[cfg(unix)]
    #[test]
    fn paths_stay_as_they_are() {
        for path in ["/a", "/海辺/🎉", "/with space ", "/a/../b/"] {
            assert_eq!(read(path.as_bytes()), Ok(Message::Folder(path.into())));
        }
        assert_eq!(read(b"/a\r\n"), Ok(Message::Folder("/a".into())));
        let longest = format!("/{}", "x".repeat(1023));
        assert_eq!(read(longest.as_bytes()), Ok(Message::Folder(longest.into())));
    }

    #[cfg(windows)]
    #[test]
    fn only_drives_are_looked_at() {
        for path in [r"C:\a", r"\\?\C:\a", "c:/a"] {
            assert_eq!(read(path.as_bytes()), Ok(Message::Folder(path.into())), "{path}");
        }
        for path in [
            r"\\server\share\a",
            "//server/share/a",
            r"\\?\UNC\server\share\a",
            r"\\.\UNC\server\share\a",
            r"\\?\GLOBALROOT\Device\Mup\server\share\a",
            r"\\.\C:\a",
            r"\\.\pipe\a",
            "//?/C:/a",
            r"\\.\COM1",
        ] {
            assert_eq!(code(path.as_bytes()), Some(RefusalCode::NotAFolder), "{path}");
        }
    }

    #[test]
    fn what_is_in_the_place_of_a_folder_is_not_told() {
        let refused = |words: &str| Ok(AddOutcome::Refused(Refusal::new(RefusalCode::NotAFolder, words)));
        assert_eq!(
            answer(&refused("There is no such folder: /a"), false),
            answer(&refused("This is a file: /a"), true)
        );
        let other = Err(Refusal::new(RefusalCode::Internal, "two\nlines"));
        assert_eq!(answer(&other, true), "ERROR internal two lines\n");
    }

    #[test]
    fn everything_else_is_refused_or_raises() {
        assert_eq!(read(b" \r\n"), Ok(Message::Raise));
        assert_eq!(code(&[b'/'; 1025]), Some(RefusalCode::TooLong));
        assert_eq!(code(b"/\xff"), Some(RefusalCode::NotUtf8));
        assert_eq!(code(b"/a\0b"), Some(RefusalCode::NotAbsolute));
        assert_eq!(code(b"GET / HTTP/1.1\r\n\r\n"), Some(RefusalCode::NotAbsolute));
        assert_eq!(code(b"relative"), Some(RefusalCode::NotAbsolute));
    }
}
