//! The entries of file managers, in a home of their own: made, used as a desktop uses them, outdated, taken away without a trace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Home, Ran, eventually};

const FILES: [&str; 4] = [
    "applications/bbdrop.desktop",
    "kio/servicemenus/bbdrop.desktop",
    "nemo/actions/bbdrop.nemo_action",
    "nautilus/scripts/Add to BBDrop",
];

fn data_home(home: &Home) -> PathBuf {
    home.path().join("share ä")
}

/// `program` with a private home of the desktop.
fn with_home(home: &Home, program: &Path, args: &[&str]) -> Command {
    let mut command = home.bbdrop(args);
    let envs: Vec<_> = command.get_envs().map(|(key, value)| (key.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = Command::new(program);
    command.args(args).env("HOME", home.path()).env("XDG_DATA_HOME", data_home(home));
    command.env("XDG_DATA_DIRS", home.path().join("usr/share")).env("XDG_CONFIG_HOME", home.path().join("config"));
    for (key, value) in envs {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    command
}

fn run(home: &Home, program: &Path, args: &[&str]) -> Ran {
    Ran::of(with_home(home, program, args).output().expect("it runs"))
}

/// The program under another name; a link where the file system has them, as it is large.
fn copy_of_program(to: &Path) -> PathBuf {
    std::fs::create_dir_all(to).expect("made");
    let copy = to.join("bbdrop");
    // A copy by a process of its own: see `Home::bbdrop_as_nobody`.
    if std::fs::hard_link(env!("CARGO_BIN_EXE_bbdrop"), &copy).is_err() {
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_bbdrop")).arg(&copy).status();
        assert!(copied.is_ok_and(|status| status.success()), "copied");
    }
    copy
}

fn entries(home: &Home, program: &Path) -> Vec<String> {
    let ran = run(home, program, &["shell", "status", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let places: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).expect("JSON");
    places.iter().map(|place| place["entry"].as_str().expect("a word").to_owned()).collect()
}

fn tree(dir: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            found.insert(entry.path());
            if entry.path().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn installed_looked_at_outdated_and_removed_without_a_trace() {
    let home = Home::new();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_bbdrop"));
    // What others have there stays.
    std::fs::create_dir_all(data_home(&home).join("nemo/actions")).expect("made");
    std::fs::write(data_home(&home).join("nemo/actions/other.nemo_action"), "x").expect("written");
    let before = tree(&data_home(&home));
    assert_eq!(entries(&home, &program), ["missing"; 5]);

    let ran = run(&home, &program, &["shell", "install"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("present").count(), 5, "{ran:?}");
    assert_eq!(entries(&home, &program), ["present"; 5]);
    for size in ["16x16", "48x48", "256x256"] {
        let icon = data_home(&home).join(format!("icons/hicolor/{size}/apps/bbdrop.png"));
        let picture = image::open(icon).expect("a picture");
        assert_eq!(format!("{}x{}", picture.width(), picture.height()), size);
    }

    // For another program they are another's, until it installs its own.
    let moved = copy_of_program(&home.path().join("moved"));
    assert_eq!(
        entries(&home, &moved),
        ["outdated", "outdated", "outdated", "outdated", "present"],
        "icons are the same"
    );
    assert_eq!(run(&home, &moved, &["shell", "install"]).code, 0);
    assert_eq!(entries(&home, &moved), ["present"; 5]);
    assert_eq!(entries(&home, &program)[0], "outdated");
    std::fs::remove_file(data_home(&home).join(FILES[1])).expect("removed");
    assert_eq!(entries(&home, &moved)[1], "missing");

    assert_eq!(run(&home, &moved, &["shell", "remove"]).code, 0);
    assert_eq!(tree(&data_home(&home)), before);
    assert_eq!(run(&home, &moved, &["shell", "remove"]).code, 0, "nothing to do is no failure");
}

#[test]
fn what_a_package_has_brought_is_not_made_again() {
    let home = Home::new();
    let program = copy_of_program(&home.path().join("usr/bin"));
    let installer = Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/linux/bbdrop.desktop");
    let shared = home.path().join("usr/share/applications");
    std::fs::create_dir_all(&shared).expect("made");
    std::fs::copy(installer, shared.join("bbdrop.desktop")).expect("copied");
    assert_eq!(entries(&home, &program), ["present", "missing", "missing", "missing", "missing"]);
    assert_eq!(run(&home, &program, &["shell", "install"]).code, 0);
    assert_eq!(entries(&home, &program), ["present"; 5]);
    assert!(!data_home(&home).join(FILES[0]).exists());
    assert!(data_home(&home).join(FILES[1]).exists());
}

/// The value of `key` as the readers of desktop entries see it.
fn value(file: &Path, key: &str) -> String {
    let text = std::fs::read_to_string(file).expect("a text");
    let value = text.lines().find_map(|line| line.strip_prefix(&format!("{key}="))).expect("the key");
    value.replace(r"\\", "\\")
}

/// What Plasma makes of a command line: arguments in quotes, `%F` for the files.
fn as_plasma(exec: &str, folders: &[PathBuf]) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = exec.chars();
    while let Some(character) = characters.next() {
        let last = arguments.last_mut().expect("one");
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => last.extend(characters.next()),
            ' ' if !is_quoted => arguments.push(String::new()),
            _ => last.push(character),
        }
    }
    assert_eq!(arguments.pop().as_deref(), Some("%F"), "{exec}");
    let texts = folders.iter().map(|folder| folder.to_str().expect("Unicode").to_owned());
    arguments.into_iter().map(|argument| argument.replace("%%", "%")).chain(texts).collect()
}

/// What Nemo makes of a command line: `%U` becomes quoted URLs, and `GLib` takes it apart as a shell would. Python's shell
/// leaves the backslash before `$` and the back quote, `GLib`'s does not.
fn as_nemo(exec: &str, folders: &[PathBuf]) -> Vec<String> {
    let script = "import json, pathlib, shlex, sys
urls = ' '.join('\"%s\"' % pathlib.Path(path).as_uri() for path in sys.argv[2:])
print(json.dumps(shlex.split(sys.argv[1].replace('%U', urls))))";
    let exec = exec.replace(r"\$", "$").replace(r"\`", "`");
    let python = Command::new("python3").args(["-c", script, &exec]).args(folders).output().expect("Python");
    serde_json::from_slice(&python.stdout).expect("JSON")
}

#[test]
fn each_entry_adds_the_folders_that_it_is_used_on() {
    let home = Home::new();
    let program = copy_of_program(&home.path().join("of it's \"maker\" ä $HOME"));
    assert_eq!(run(&home, &program, &["shell", "install"]).code, 0);
    let validated = Command::new("desktop-file-validate").arg(data_home(&home).join(FILES[0])).output();
    let validated = validated.expect("desktop-file-validate (package desktop-file-utils)");
    assert!(validated.status.success() && validated.stdout.is_empty(), "{validated:?}");

    let _resident = home.resident(&[]);
    let names = [
        "plain",
        "with space",
        "Umläute ß",
        "it's",
        "a \"quote\"",
        "100 % & more; $HOME `x` #1",
        "back\\slash",
        "海辺 🎉",
    ];
    let folders = |entry: &str| -> Vec<PathBuf> {
        names.iter().map(|name| home.pictures(&format!("{entry}/{name}"), 1, 8)).collect()
    };
    let mut expected: Vec<PathBuf> = Vec::new();
    let mut check = |folders: Vec<PathBuf>, mut started: Command| {
        let ran = Ran::of(started.output().expect("it starts"));
        assert_eq!(ran.code, 0, "{ran:?}");
        expected.extend(folders);
        let all: BTreeSet<_> = expected.iter().cloned().collect();
        eventually("every folder has its row", || {
            (home.paths().into_iter().collect::<BTreeSet<_>>() == all).then_some(())
        });
        assert_eq!(home.paths().len(), all.len(), "and only one");
    };
    let command = |arguments: &[String]| {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        with_home(&home, Path::new(arguments[0]), &arguments[1..])
    };

    // GLib itself, which is what GNOME, Cinnamon, MATE and Xfce use.
    let of_glib = folders("glib");
    let mut gio = with_home(&home, Path::new("gio"), &["launch"]);
    gio.arg(data_home(&home).join(FILES[0])).args(&of_glib);
    check(of_glib, gio);

    let of_plasma = folders("plasma");
    let started = command(&as_plasma(&value(&data_home(&home).join(FILES[1]), "Exec"), &of_plasma));
    check(of_plasma, started);

    let of_nemo = folders("nemo");
    let started = command(&as_nemo(&value(&data_home(&home).join(FILES[2]), "Exec"), &of_nemo));
    check(of_nemo, started);

    // Nautilus runs it in the folder that is shown, with names; with nothing selected that folder is meant.
    let of_nautilus = folders("nautilus");
    let mut script = with_home(&home, &data_home(&home).join(FILES[3]), &names);
    script.current_dir(home.path().join("nautilus"));
    check(of_nautilus, script);
    let shown = home.pictures("nautilus, nothing selected", 1, 8);
    let mut script = with_home(&home, &data_home(&home).join(FILES[3]), &[]);
    script.current_dir(&shown).env("PWD", &shown);
    check(vec![shown], script);
}
