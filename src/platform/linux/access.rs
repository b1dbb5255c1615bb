//! Who may use a directory or file, by its mode.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// For the group and for everybody else.
const OTHERS: u32 = 0o077;
/// To pass through a directory.
const PASSAGE: u32 = 0o011;

pub(in crate::platform) fn make_private_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

pub(in crate::platform) fn make_private(path: &Path, is_passage: bool) -> io::Result<bool> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() && !found.is_file() {
        return Ok(false);
    }
    let mode = found.permissions().mode() & 0o7777;
    let passage = if is_passage && found.is_dir() { PASSAGE } else { 0 };
    let wanted = mode & !OTHERS | passage;
    if mode == wanted {
        return Ok(false);
    }
    fs::set_permissions(path, Permissions::from_mode(wanted))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_kept_out_and_the_person_is_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let [file, link] = ["file", "link"].map(|name| dir.path().join(name));
        fs::write(&file, "").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");

        set(&file, 0o644);
        assert!(!make_private(&link, false).expect("left alone"));
        assert_eq!(mode(&file), 0o644);
        assert!(make_private(&file, true).expect("changed"));
        assert_eq!(mode(&file), 0o600, "nobody passes through a file");
        assert!(!make_private(&file, false).expect("as it is wanted"));

        let inside = dir.path().join("a/b");
        make_private_directory(&inside).expect("made");
        assert_eq!((mode(&inside), mode(&dir.path().join("a"))), (0o700, 0o700));
        set(&inside, 0o755);
        assert!(make_private(&inside, true).expect("changed"));
        assert_eq!(mode(&inside), 0o711);
        assert!(make_private(&inside, false).expect("changed"));
        assert_eq!(mode(&inside), 0o700);
        set(&inside, 0o2550);
        assert!(make_private(&inside, false).expect("changed"));
        assert_eq!(mode(&inside), 0o2500, "nothing is given that was not there");
        set(&inside, 0o700);
    }
}
