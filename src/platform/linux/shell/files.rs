//! The files of the integration: what is in each, and where it belongs. `installer/linux` has the texts, in which `bbdrop` is
//! found by the `PATH`; here it becomes the program that is asked for. Pure.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The entry for "Open with" of folders. It is in no menu, and comes last in the order of names: of several programs for folders the first is
/// the usual one where nothing else is said, and opening a folder must not queue it.
pub const FOLDERS: &str = "applications/zz-bbdrop-folders.desktop";

/// One file below the data directory of the user, or of the system.
pub struct File {
    /// What a person sees of it; empty for what only belongs to another one.
    pub what: &'static str,
    pub path: &'static str,
    /// For this program.
    pub contents: Vec<u8>,
    /// As packages have it for all users.
    pub shared: &'static [u8],
    pub is_executable: bool,
}

macro_rules! text {
    ($name:literal) => {
        include_bytes!(concat!("../../../../installer/linux/", $name))
    };
}

macro_rules! icon {
    ($size:literal) => {
        (
            concat!("icons/hicolor/", $size, "x", $size, "/apps/bbdrop.png"),
            include_bytes!(concat!("../../../../assets/icon/", $size, ".png")),
        )
    };
}

const ICONS: [(&str, &[u8]); 8] = [
    icon!("16"),
    icon!("24"),
    icon!("32"),
    icon!("48"),
    icon!("64"),
    icon!("128"),
    icon!("256"),
    ("icons/hicolor/scalable/apps/bbdrop.svg", include_bytes!("../../../../assets/icon/bbdrop.svg")),
];

/// Every file, for this program.
pub fn files(program: &Path) -> Vec<File> {
    let program = program.as_os_str().as_bytes();
    let entry = text!("bbdrop.desktop");
    let folders = text!("zz-bbdrop-folders.desktop");
    let service_menu = text!("bbdrop-servicemenu.desktop");
    let nemo = text!("bbdrop.nemo_action");
    let nautilus = text!("nautilus-script");
    let mut files = vec![
        File {
            what: "Applications menu, and “Open with” for folders",
            path: "applications/bbdrop.desktop",
            contents: replaced(entry, b"Exec=bbdrop", &quoted_for_desktop(program)),
            shared: entry,
            is_executable: false,
        },
        File {
            what: "",
            path: FOLDERS,
            contents: replaced(folders, b"Exec=bbdrop", &quoted_for_desktop(program)),
            shared: folders,
            is_executable: false,
        },
        File {
            what: "Menu of folders in Dolphin",
            path: "kio/servicemenus/bbdrop.desktop",
            contents: replaced(service_menu, b"Exec=bbdrop", &quoted_for_desktop(program)),
            shared: service_menu,
            is_executable: true, // Plasma runs no other ones.
        },
        File {
            what: "Menu of folders in Nemo",
            path: "nemo/actions/bbdrop.nemo_action",
            contents: replaced(nemo, b"Exec=bbdrop", &quoted_for_desktop(program)),
            shared: nemo,
            is_executable: false,
        },
        File {
            what: "Scripts menu of Nautilus",
            path: "nautilus/scripts/Add to BBDrop",
            contents: replaced(nautilus, b"exec bbdrop", &quoted_for_sh(program)),
            shared: nautilus,
            is_executable: true,
        },
    ];
    files.extend(ICONS.map(|(path, icon)| File {
        what: if path.contains("/scalable/") { "Icons" } else { "" },
        path,
        contents: icon.to_vec(),
        shared: icon,
        is_executable: false,
    }));
    files
}

/// `text` with the program in its place behind the `=` or the space.
fn replaced(text: &[u8], name: &[u8], program: &[u8]) -> Vec<u8> {
    let keep = name.len() - b"bbdrop".len();
    let mut lines = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(name) {
            Some(rest) => lines.extend([name.get(..keep).unwrap_or_default(), program, rest].concat()),
            None => lines.extend(line),
        }
    }
    lines
}

/// In double quotes, and then as a value of a desktop entry, where a backslash stands for itself only when it is doubled
/// (<https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html>).
pub fn quoted_for_desktop(program: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in program {
        match byte {
            b'"' | b'`' | b'$' => quoted.extend([b'\\', b'\\', *byte]),
            b'\\' => quoted.extend(b"\\\\\\\\"),
            b'%' => quoted.extend(b"%%"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'"');
    quoted
}

fn quoted_for_sh(program: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in program {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_quoted_as_each_reader_wants_it() {
        let check = |program: &str, desktop: &str, sh: &str| {
            assert_eq!(String::from_utf8_lossy(&quoted_for_desktop(program.as_bytes())), desktop);
            assert_eq!(String::from_utf8_lossy(&quoted_for_sh(program.as_bytes())), sh);
        };
        check("/usr/bin/bbdrop", "\"/usr/bin/bbdrop\"", "'/usr/bin/bbdrop'");
        check("/a b/it's", "\"/a b/it's\"", "'/a b/it'\\''s'");
        check("/$x\\`\"%", r#""/\\$x\\\\\\`\\"%%""#, "'/$x\\`\"%'");
    }

    #[test]
    fn each_text_names_the_program_once() {
        for file in files(Path::new("/somewhere/bbdrop")).iter().filter(|file| file.contents != file.shared) {
            let text = String::from_utf8_lossy(&file.contents);
            assert_eq!(text.matches("/somewhere/bbdrop").count(), 1, "{text}");
        }
        assert_eq!(files(Path::new("/x")).iter().filter(|file| file.contents != file.shared).count(), 5);
    }
}
