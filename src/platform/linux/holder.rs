//! Which program listens, in words for a person. Slow (it looks at every process), so never on the way of a folder.

use std::fs;
use std::path::Path;

use super::super::owner::Ends;
use super::owner::{Held, find};

/// The program with the socket, or its user where other people's processes cannot be looked into.
pub fn holder_of(ends: Ends) -> Option<String> {
    let held = find(ends)?;
    Some(program_with(held).unwrap_or_else(|| format!("a program of user {}", user_name(held.uid))))
}

/// Compares what the file handles of every process point to (<https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html>).
fn program_with(held: Held) -> Option<String> {
    let socket = format!("socket:[{}]", held.inode);
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if has_open(&process.path(), Path::new(&socket)) {
            let name = fs::read(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (process {id})", printable(&name)));
        }
    }
    None
}

fn has_open(process: &Path, target: &Path) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|link| link == target))
}

/// A process can call itself anything.
fn printable(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let name: String = name.chars().filter(|sign| !sign.is_control()).collect();
    if name.trim().is_empty() { "a program".to_owned() } else { name }
}

/// The name in `/etc/passwd`, or the number: users of a directory service are not asked for.
pub(super) fn user_name(uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&users, uid).unwrap_or_else(|| uid.to_string())
}

/// `name:password:uid:…` (<https://man7.org/linux/man-pages/man5/passwd.5.html>).
fn name_in(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut columns = line.split(':');
        let name = columns.next()?;
        (columns.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_names() {
        let users = "root:x:0:0:root:/root:/bin/bash\n\n::\nbroken\nanna:x:1000:1000::/home/anna:/bin/sh\n";
        assert_eq!(name_in(users, 0).as_deref(), Some("root"));
        assert_eq!(name_in(users, 1000).as_deref(), Some("anna"));
        assert_eq!(name_in(users, 1), None);
        assert_eq!(user_name(u32::MAX - 5), "4294967290");
    }

    #[test]
    fn names_of_programs_are_harmless() {
        assert_eq!(printable(b"python3\n"), "python3");
        assert_eq!(printable(b"\x1b[2Jx\n"), "[2Jx");
        assert_eq!(printable(b"\n"), "a program");
        assert_eq!(printable(&[b'a', 0xFF]), "a\u{FFFD}");
    }

    #[test]
    fn who_cannot_be_looked_into_is_told_by_user() {
        assert_eq!(program_with(Held { uid: 0, inode: u64::MAX }), None);
    }
}
