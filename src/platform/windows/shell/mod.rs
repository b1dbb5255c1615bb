//! Explorer's menus of folders, of drives and inside a folder, and a shortcut in "Send to": all of them this user's own. Takes the
//! place of what BBDrop 0.9 had there.

mod shortcut;

use std::io;
use std::path::Path;

use windows_registry::{CURRENT_USER, Key};
use windows_sys::Win32::UI::Shell::{SHCNE_ASSOCCHANGED, SHCNF_IDLIST, SHChangeNotify};

use crate::core::integration::{Entry, Integration, Place};

/// Where a user's own file types and verbs are
/// (<https://learn.microsoft.com/windows/win32/sysinfo/hkey-classes-root-key>).
const CLASSES: &str = r"Software\Classes";
/// What the entry is called, in the registry and in the menu.
const NAME: &str = "BBDrop";
const WORDS: &str = "Add to BBDrop";
/// A launch for each folder; `Document`, the usual one, hides the entry when more than 15 are selected.
const MODEL: &str = "Player";
/// What a person sees of it, its key, and what Explorer puts in for the folder.
const VERBS: [(&str, &str, &str); 3] = [
    ("Menu of folders in Explorer", r"Directory\shell", "%1"),
    ("Menu inside a folder in Explorer", r"Directory\Background\shell", "%V"),
    ("Menu of drives in Explorer", r"Drive\shell", "%1"),
];
/// The entries of BBDrop 0.9.
const OLD_NAMES: [&str; 2] = ["UploadToImx", "UploadToImxGUI"];

/// How every entry is.
pub fn status(program: &Path) -> Integration {
    let verbs = VERBS.iter().map(|(what, parent, folder)| Place {
        what: (*what).to_owned(),
        at: format!(r"HKEY_CURRENT_USER\{CLASSES}\{parent}\{NAME}"),
        entry: verb(program, parent, folder),
    });
    let mut places: Vec<_> = verbs.collect();
    if let Ok(path) = shortcut::path() {
        let entry = match shortcut::target(&path) {
            None => Entry::Missing,
            Some(target) if target == program => Entry::Present,
            Some(_) => Entry::Outdated,
        };
        places.push(Place { what: "“Send to” menu in Explorer".to_owned(), at: path.display().to_string(), entry });
    }
    Integration { places }
}

pub fn install(program: &Path) -> io::Result<()> {
    remove_old()?;
    let program_text = text(program)?;
    for (_, parent, folder) in VERBS {
        let verb = CURRENT_USER.create(format!(r"{CLASSES}\{parent}\{NAME}")).map_err(io::Error::other)?;
        let set = |key: &Key, name: &str, value: &str| key.set_string(name, value).map_err(io::Error::other);
        set(&verb, "", WORDS)?;
        set(&verb, "Icon", program_text)?;
        set(&verb, "MultiSelectModel", MODEL)?;
        let command = verb.create("command").map_err(io::Error::other)?;
        set(&command, "", &command_line(program_text, folder))?;
    }
    shortcut::write(&shortcut::path()?, program)?;
    tell_explorer();
    Ok(())
}

pub fn remove(_program: &Path) -> io::Result<()> {
    remove_old()?;
    for (_, parent, _) in VERBS {
        remove_tree(&format!(r"{CLASSES}\{parent}\{NAME}"))?;
        remove_if_empty(parent)?;
    }
    match std::fs::remove_file(shortcut::path()?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    tell_explorer();
    Ok(())
}

fn verb(program: &Path, parent: &str, folder: &str) -> Entry {
    let Ok(verb) = CURRENT_USER.open(format!(r"{CLASSES}\{parent}\{NAME}")) else { return Entry::Missing };
    let is = |key: &Key, name: &str, value: &str| key.get_string(name).is_ok_and(|found| found == value);
    let Ok(program) = text(program) else { return Entry::Outdated };
    let starts_it = verb.open("command").is_ok_and(|command| is(&command, "", &command_line(program, folder)));
    let is_whole = is(&verb, "", WORDS) && is(&verb, "Icon", program) && is(&verb, "MultiSelectModel", MODEL);
    let old = |name: &&str| CURRENT_USER.open(format!(r"{CLASSES}\{parent}\{name}")).is_ok();
    if starts_it && is_whole && !OLD_NAMES.iter().any(old) { Entry::Present } else { Entry::Outdated }
}

fn command_line(program: &str, folder: &str) -> String {
    format!("\"{program}\" -- \"{folder}\"")
}

fn text(program: &Path) -> io::Result<&str> {
    program.to_str().ok_or_else(|| io::Error::other("the program's folder has a name that is no Unicode"))
}

fn remove_old() -> io::Result<()> {
    for (_, parent, _) in VERBS {
        for name in OLD_NAMES {
            remove_tree(&format!(r"{CLASSES}\{parent}\{name}"))?;
        }
    }
    Ok(())
}

fn remove_tree(path: &str) -> io::Result<()> {
    if CURRENT_USER.open(path).is_err() {
        return Ok(());
    }
    CURRENT_USER.remove_tree(path).map_err(io::Error::other)
}

/// From the innermost key outwards, as far as nobody has anything there.
fn remove_if_empty(parent: &str) -> io::Result<()> {
    let mut path = parent;
    loop {
        let full = format!(r"{CLASSES}\{path}");
        let is_empty = |key: Key| {
            let has_keys = key.keys().is_ok_and(|mut keys| keys.next().is_some());
            let has_values = key.values().is_ok_and(|mut values| values.next().is_some());
            !has_keys && !has_values
        };
        if CURRENT_USER.open(&full).is_ok_and(is_empty) {
            remove_tree(&full)?;
        }
        match path.rsplit_once('\\') {
            Some((outer, _)) => path = outer,
            None => return Ok(()),
        }
    }
}

/// <https://learn.microsoft.com/windows/win32/api/shlobj_core/nf-shlobj_core-shchangenotify>
#[expect(unsafe_code, reason = "a call of the system's")]
fn tell_explorer() {
    // SAFETY: this event takes no items.
    unsafe {
        SHChangeNotify(SHCNE_ASSOCCHANGED as i32, SHCNF_IDLIST, std::ptr::null(), std::ptr::null());
    }
}
