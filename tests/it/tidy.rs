//! House rules that a compiler does not check: layers, openings, lengths, migrations, sleeps, features, colours.
//!
//! Reads the tree, changes nothing. A rule that cannot fail is no rule: `every_rule_fires` breaks each one.

mod layers;
mod rules;
mod source;

use std::collections::BTreeSet;
use std::path::Path;

use layers::LAYERS;
use source::Source;

/// Migrations and the FNV-1a of their text; what is released stays as it is. A database that has run one of them never runs it again: changed
/// SQL would reach new installations only. To change the schema, add a file with the next number, add it to `MIGRATIONS` in
/// `src/store/open.rs`, run this test, and copy the line that it prints to the end of this table.
const MIGRATIONS: &[(&str, u64)] = &[
    ("0001_queue.sql", 0x936F_2D8D_E7E8_D3DB),
    ("0002_engine.sql", 0x10AC_E63A_7280_7728),
    ("0003_delete_links.sql", 0x8850_FEA8_EE56_1467),
    ("0004_output.sql", 0xEF80_61E0_E8FB_9F94),
    ("0005_pause_length.sql", 0x3B45_561E_6F62_588F),
];

#[test]
fn layers_use_only_what_is_theirs() {
    let dependencies = rules::dependencies(&read("Cargo.toml"));
    assert!(dependencies.iter().any(|name| name == "rusqlite_migration"), "{dependencies:?}");
    check(|source| rules::imports(source, &dependencies));
}

#[test]
fn the_architecture_shows_the_layers_as_they_are_enforced() {
    let document = read("docs/ARCHITECTURE.md");
    let rows: Vec<Vec<&str>> = document.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    for layer in LAYERS {
        let name = format!("`{}`", layer.name);
        let row = rows.iter().find_map(|row| match row.as_slice() {
            ["", first, _, uses, ..] if *first == name => Some(*uses),
            _ => None,
        });
        let mut shown: Vec<_> = row.unwrap_or_default().split('`').skip(1).step_by(2).collect();
        shown.sort_unstable();
        assert_eq!(shown, layer.uses, "docs/ARCHITECTURE.md, the row of {name}");
    }
}

#[test]
fn what_depends_on_the_system_is_in_platform() {
    check(rules::system_specifics);
}

#[test]
fn files_are_changed_with_patience() {
    check(rules::impatience);
}

#[test]
fn every_file_opens_with_what_it_is() {
    check(rules::opening);
}

#[test]
fn no_file_is_too_long() {
    check(rules::length);
}

#[test]
fn no_test_sleeps() {
    check(rules::sleeping);
}

#[test]
fn colours_are_in_the_theme() {
    check(rules::colours);
}

#[test]
fn nothing_leads_out_of_the_checkout() {
    check(rules::outside_paths);
    let scripts: Vec<_> = [".ci", "installer", "scripts", "tests/linux", "tests/windows"]
        .into_iter()
        .flat_map(list)
        .filter(|file| is_text(file))
        .chain(["Cargo.toml".to_owned(), "fuzz/Cargo.toml".to_owned()])
        .collect();
    assert!(scripts.len() > 20, "only {} scripts were found", scripts.len());
    let wrong: Vec<_> = scripts.iter().flat_map(|file| rules::outside_paths_of_script(file, &read(file))).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn nobody_gets_the_inspection_feature_unasked() {
    assert_eq!(rules::default_features(&read("Cargo.toml")), [""; 0]);
}

#[test]
fn released_migrations_never_change() {
    let opening = read("src/store/open.rs");
    let mut files: Vec<(String, u64)> = Vec::new();
    for file in list("migrations") {
        assert!(opening.contains(&file), "{file} is not in MIGRATIONS of src/store/open.rs");
        let name = file.trim_start_matches("migrations/").to_owned();
        files.push((name, fnv1a(&read(&file))));
    }
    let lines: Vec<_> = files.iter().map(|(name, sum)| format!("(\"{name}\", {}),", in_groups(*sum))).collect();
    let lines = lines.join("\n");
    let known: Vec<_> = MIGRATIONS.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect();
    assert!(files == known, "migrations/ is not what the table MIGRATIONS says. If a file is new:\n{lines}");
    for (number, (name, _)) in files.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", number + 1)), "{name} is not the next number");
    }
}

/// One rule over every Rust file of the project.
fn check(rule: impl Fn(&Source) -> Vec<String>) {
    let files: Vec<_> =
        ["src", "tests", "benches", "fuzz/fuzz_targets", "fuzz/src"].into_iter().flat_map(list).collect();
    let rust: Vec<_> =
        files.iter().filter(|file| Path::new(file).extension().is_some_and(|ending| ending == "rs")).collect();
    assert!(rust.len() > 50, "only {} files were found", rust.len());
    let wrong: BTreeSet<_> = rust.into_iter().flat_map(|file| rule(&Source::new(file, &read(file)))).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Every file below `directory`, sorted, from the project's root.
fn list(directory: &str) -> Vec<String> {
    let Ok(entries) = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory).read_dir() else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files.extend(list(&name)) } else { files.push(name) }
    }
    files.sort();
    files
}

fn is_text(file: &str) -> bool {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).is_ok_and(|bytes| String::from_utf8(bytes).is_ok())
}

/// A file of the project; line ends as git stores them.
fn read(file: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
    assert!(text.is_ok(), "{file}: {text:?}");
    text.unwrap_or_default().replace("\r\n", "\n")
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): enough to notice an edit.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// As clippy wants it in the table.
fn in_groups(sum: u64) -> String {
    let groups = [48, 32, 16, 0].map(|shift| format!("{:04X}", (sum >> shift) & 0xFFFF));
    format!("0x{}", groups.join("_"))
}

mod every_rule_fires {
    use super::*;

    /// How many lines the rule finds wrong in `text`, were it the file `path`.
    fn found(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str) -> usize {
        rule(&Source::new(path, text)).len()
    }

    fn imports(path: &str, text: &str) -> usize {
        let dependencies = ["egui", "image", "rusqlite", "tokio"].map(str::to_owned);
        found(|source| rules::imports(source, &dependencies), path, text)
    }

    #[test]
    fn layers() {
        for (path, text) in [
            ("src/core/a.rs", "use crate::store::Reader;"),
            ("src/core/a.rs", "use super::super::engine;"),
            ("src/hosts/mod.rs", "fn f() { super::store::open() }"),
            ("src/hosts/mod.rs", "use crate::{core::Fault, store};"),
            ("src/engine/a.rs", "fn f() { crate::platform::listen(1) }"),
            ("src/ui/a.rs", "#[cfg(test)] mod tests { use crate::engine::Handle; }"),
            ("src/ui/a.rs", "use tokio::sync::watch;"),
            ("src/ui/a.rs", "use std::{collections::BTreeMap, sync::{Arc, Mutex}};"),
            ("src/ui/a.rs", "fn f(p: &Path) -> bool { p.exists() }"),
            ("src/ui/a.rs", "use ::tokio as t;"),
            ("src/store/a.rs", "fn f() -> egui::Context { todo!() }"),
            ("src/core/a.rs", "fn f() { std::fs::read(\"x\") }"),
            ("src/core/a.rs", "use std::time::*;"),
            ("src/core/a.rs", "use std::time; fn f() { time::Instant::now() }"),
            ("src/template/a.rs", "use jiff::Timestamp; fn f() { Timestamp::now() }"),
            ("src/instance/a.rs", "fn f() { std::env::var(\"X\") }"),
            ("src/main.rs", "fn main() { bbdrop::app::run() }"),
            ("src/other/mod.rs", ""),
        ] {
            assert!(imports(path, text) > 0, "{path}: {text}");
        }
    }

    #[test]
    fn and_not_on_words_tests_and_what_is_allowed() {
        for (path, text) in [
            (
                "src/core/a.rs",
                "//! Not `std::fs::read`, not crate::store.\n/* use tokio::net; /* nested */ std::env */",
            ),
            ("src/core/a.rs", "const A: &str = \"crate::store \\\" std::fs::x\"; const B: &str = r#\"\"std::fs::x\"#;"),
            ("src/core/a.rs", "fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' } // std::fs::x \""),
            ("src/core/a.rs", "#[cfg(test)]\n#[rustfmt::skip]\nmod tests { fn f() { std::fs::read(\"x\"); } }"),
            ("src/core/a.rs", "#[cfg(test)]\nuse std::fs::File;\nfn f() {}"),
            ("src/core/mod.rs", "pub mod image; pub use image::Image;"),
            ("src/core/a.rs", "use super::super::core::Fault; use std::time::Duration; fn f() { env!(\"X\") }"),
            ("src/engine/a.rs", "use crate::{core::Fault, hosts, store::Reader}; use tokio::sync::watch;"),
            ("src/ui/tests/mod.rs", "use rusqlite::Connection;"),
            ("src/hosts/mod.rs", "#[cfg(test)] mod tests { use super::*; mod more { use super::super::f; } }"),
            ("src/main.rs", "fn main() { bbdrop::cli::main(bbdrop::cli::Face::Window) }"),
        ] {
            assert_eq!(imports(path, text), 0, "{path}: {text}");
        }
        let after = "#[cfg(test)]\nmod tests { fn f() { g('{'); } }\nfn f() { std::fs::read(\"x\") }";
        assert_eq!(imports("src/core/a.rs", after), 1, "what follows the tests counts");
    }

    #[test]
    fn system_specifics() {
        let rule = |path: &str, text: &str| found(rules::system_specifics, path, text);
        for text in [
            "#[cfg(windows)] fn f() {}",
            "const A: bool = cfg!(unix);",
            "#![cfg_attr(target_os = \"linux\", allow(x))]",
            "fn f() { unsafe { g() } }",
        ] {
            assert_eq!(rule("src/app/a.rs", text), 1, "{text}");
            assert_eq!(rule("src/platform/a.rs", text), 0, "{text}");
        }
        let subsystem = "#![cfg_attr(target_os = \"windows\", windows_subsystem = \"windows\")]";
        assert_eq!((rule("src/main.rs", subsystem), rule("src/lib.rs", subsystem)), (0, 1));
        assert_eq!(
            rule("src/app/a.rs", "#[cfg(feature = \"windows\")] // unsafe\n#[cfg(test)] #[cfg(unix)] mod tests {}"),
            0
        );
    }

    #[test]
    fn impatience() {
        let rule = |path: &str, text: &str| found(rules::impatience, path, text);
        for text in [
            "fn f() { std::fs::rename(a, b) }",
            "use std::fs; fn f() { fs::rename(a, b) }",
            "fn f() { file.persist(path) }",
            "fn f() { file.persist_noclobber(path) }",
        ] {
            assert_eq!(
                (rule("src/app/a.rs", text), rule("src/files.rs", text), rule("tests/it/a.rs", text)),
                (1, 0, 0)
            );
            assert_eq!(rule("src/app/a.rs", &format!("#[cfg(test)] mod tests {{ {text} }}")), 0, "{text}");
        }
        assert_eq!(rule("src/app/a.rs", "use crate::files; fn f() { files::rename(a, b); persist(c) }"), 0);
    }

    #[test]
    fn openings_and_lengths() {
        assert_eq!(found(rules::opening, "src/a.rs", "//! What it is.\n"), 0);
        for text in ["", "//!\n", "// What it is.\n", "use a::b;\n//! What it is."] {
            assert_eq!(found(rules::opening, "src/a.rs", text), 1, "{text}");
        }
        let (long, short) = ("f();\n".repeat(601), "f();\n".repeat(600));
        assert_eq!(found(rules::length, "src/a.rs", &long), 1);
        assert_eq!(found(rules::length, "tests/it/a.rs", &long), 1);
        assert_eq!(found(rules::length, "src/a.rs", &short), 0);
        assert_eq!(found(rules::length, "src/a.rs", &format!("{short}#[cfg(test)]\nmod tests {{\n{long}\n}}\n")), 0);
    }

    #[test]
    fn sleeps() {
        let rule = |path: &str, text: &str| found(rules::sleeping, path, text);
        let sleeps = "fn f() { std::thread::sleep(x); }";
        assert_eq!(rule("tests/it/a.rs", sleeps), 1);
        assert_eq!(rule("tests/it/a.rs", "use std::thread; fn f() { thread::sleep(x); }"), 1);
        assert!(rule("tests/it/a.rs", "use tokio::time::{Duration, sleep};") > 0);
        assert_eq!(rule("src/store/a.rs", &format!("#[cfg(test)] mod tests {{ {sleeps} }}")), 1);
        assert_eq!((rule("src/store/a.rs", sleeps), rule("tests/it/support/a.rs", sleeps)), (0, 0));
    }

    #[test]
    fn colours() {
        let rule = |path: &str, text: &str| found(rules::colours, path, text);
        for text in [
            "fn f() { Color32::from_rgb(1, 2, 3) }",
            "fn f() { egui::Color32::RED }",
            "const A: u32 = 0x1E_1E1E;",
            "const A: &str = \"#1e1e1e\";",
        ] {
            assert_eq!((rule("src/ui/a.rs", text), rule("src/ui/theme.rs", text)), (1, 0), "{text}");
        }
        assert_eq!(rule("src/app/a.rs", "fn f() { Color32::WHITE }"), 1);
        assert_eq!(rule("src/ui/a.rs", "use egui::Color32; fn f() { Color32::PLACEHOLDER; 0xff; \"#\" }"), 0);
    }

    #[test]
    fn outside_paths() {
        for (path, text, wrong) in [
            ("tests/it/a.rs", "fn f() { root().join(\"../shared/data\") }", 1),
            ("tests/it/a.rs", "fn f() { std::fs::read_dir(\"../shared\") }", 1),
            ("tests/it/a.rs", "const A: &str = include_str!(\"../../../b.txt\");", 1),
            ("src/a/b.rs", "const A: &[u8] = include_bytes!(concat!(\"../../../x/\", \"y\"));", 1),
            ("tests/it/a.rs", "#[path = \"../../../src/b.rs\"] mod b;", 1),
            ("tests/it/a.rs", "#[path = \"../../src/b.rs\"] mod b; const A: &str = include_str!(\"../../c.txt\");", 0),
            ("tests/it/a.rs", "const EVIL: &[&str] = &[\"../../../etc/passwd\"];", 0),
        ] {
            assert_eq!(found(rules::outside_paths, path, text), wrong, "{path}: {text}");
        }
        let to_root = "cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\"\n";
        for (path, text, wrong) in [
            ("scripts/a", format!("{to_root}cp ../shared/b ."), 1),
            ("scripts/a", format!("{to_root}cp docs/../b ."), 0),
            ("scripts/a", "cd \"$(dirname \"${BASH_SOURCE[0]}\")/../..\"\n".to_owned(), 1),
            ("tests/windows/a", "cd \"$(dirname \"$0\")\"\ncp ../../assets/b .".to_owned(), 0),
            ("tests/windows/a", "cd \"$(dirname \"$0\")\"\ncp ../../../b .".to_owned(), 1),
            ("Cargo.toml", "a = { path = \"../a\" }".to_owned(), 1),
            ("fuzz/Cargo.toml", "path = \"../src/a.rs\"".to_owned(), 0),
        ] {
            assert_eq!(rules::outside_paths_of_script(path, &text).len(), wrong, "{path}: {text}");
        }
    }

    #[test]
    fn features() {
        let rule = |manifest: &str| rules::default_features(manifest).len();
        let feature = "inspection = [\"eframe/inspection\"]\n";
        assert_eq!(rule(&format!("[features]\n{feature}")), 0);
        assert_eq!(rule(&format!("[features]\ndefault = [\"inspection\"]\n{feature}")), 1);
        assert_eq!(rule(&format!("[features]\ndefault = [\n  \"a\",\n]\na = [\"inspection\"]\n{feature}")), 1);
        assert_eq!(rule("[features]\ndefault = [\"eframe/inspection\"]\n"), 1);
        assert_eq!(rule("[dependencies]\neframe = { features = [\"inspection\"] }\n[features]\n"), 1);
    }

    #[test]
    fn checksums() {
        assert_eq!(in_groups(0x00AF_63DC_4C86_01EC), "0x00AF_63DC_4C86_01EC");
        // The reference values of the algorithm.
        assert_eq!(
            (fnv1a(""), fnv1a("a"), fnv1a("foobar")),
            (0xCBF2_9CE4_8422_2325, 0xAF63_DC4C_8601_EC8C, 0x8594_4171_F739_67E8)
        );
    }
}
