//! The rules. Each takes one file and says what is wrong with it, a line each: `path:line: words`.

use super::layers::{EVERYWHERE, LAYERS, Layer};
use super::source::{Kind, Path, Source, end_of_brackets, is_test_file};

/// The wall of house rule 5.
const LINES_MAX: usize = 600;
/// Where files are replaced and moved.
const PATIENT: &str = "src/files.rs";
/// Where every colour is.
const PALETTE: &str = "src/ui/theme.rs";

/// Modules, crates and parts of `std` are used only by the layers whose business they are.
pub fn imports(source: &Source, dependencies: &[String]) -> Vec<String> {
    let Some(place) = source.path.strip_prefix("src/").map(|_| source.module()) else { return Vec::new() };
    match place.as_slice() {
        [] => Vec::new(),
        ["main"] | ["bin", ..] => source.paths().iter().filter_map(|path| from_main(source, path)).collect(),
        [name, ..] => match LAYERS.iter().find(|layer| layer.name == *name) {
            Some(layer) => imports_of(source, layer, dependencies),
            None => vec![format!("{}:1: `{name}` is in no layer; add it to LAYERS in tests/it/tidy", source.path)],
        },
    }
}

fn from_main(source: &Source, path: &Path) -> Option<String> {
    let [first, module, ..] = path.segments.as_slice() else { return None };
    (first == "bbdrop" && module != "cli").then(|| at(source, path.line, "an executable only calls `bbdrop::cli`"))
}

fn imports_of(source: &Source, layer: &Layer, dependencies: &[String]) -> Vec<String> {
    let local = source.declared_modules();
    let paths = source.paths();
    let mut wrong = Vec::new();
    for path in &paths {
        let Some((first, rest)) = path.segments.split_first() else { continue };
        let name = path.segments.join("::");
        let other = rest.first().map_or("", String::as_str);
        if first == "crate" && other != layer.name && !layer.uses.contains(&other) {
            wrong.push(at(source, path.line, &format!("`{}` must not use `{name}`", layer.name)));
        }
        let is_crate = dependencies.contains(first) && !local.contains(&first.as_str());
        let allowed = layer.crates.contains(&first.as_str()) || EVERYWHERE.contains(&first.as_str());
        if is_crate && !allowed && !path.is_test {
            wrong.push(at(source, path.line, &format!("the crate `{first}` is not for `{}`", layer.name)));
        }
        if !path.is_test && layer.never.iter().copied().flatten().any(|never| path.leads_to(never)) {
            wrong.push(at(source, path.line, &format!("`{name}` is not for `{}`", layer.name)));
        }
    }
    if layer.is_blind {
        wrong.extend(looks_at_disk(source));
    }
    wrong
}

/// `path.exists()` and its like need no import.
fn looks_at_disk(source: &Source) -> Vec<String> {
    let methods =
        ["canonicalize", "exists", "is_dir", "is_file", "metadata", "read_dir", "symlink_metadata", "try_exists"];
    let looks = |index: &usize| {
        let called = index.checked_sub(1).is_some_and(|dot| source.is_sign(dot, '.')) && source.is_sign(index + 1, '(');
        called && source.word(*index).is_some_and(|word| methods.contains(&word))
    };
    let tokens = source.tokens.iter().enumerate().filter(|(_, token)| !token.is_test);
    tokens
        .filter(|(index, _)| looks(index))
        .map(|(_, token)| at(source, token.line, "this layer never looks at the disk"))
        .collect()
}

/// What depends on the operating system, and `unsafe`, is in `platform` and nowhere else.
pub fn system_specifics(source: &Source) -> Vec<String> {
    if source.path.starts_with("src/platform/") {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for (index, token) in source.tokens.iter().enumerate().filter(|(_, token)| !token.is_test) {
        match source.word(index) {
            Some("unsafe") => wrong.push(at(source, token.line, "`unsafe` is only for `platform`")),
            Some("cfg" | "cfg_attr") if names_a_system(source, index) => {
                wrong.push(at(source, token.line, "a `cfg` for an operating system is only for `platform`"));
            }
            _ => {}
        }
    }
    wrong
}

fn names_a_system(source: &Source, cfg: usize) -> bool {
    let open = cfg + 1 + usize::from(source.is_sign(cfg + 1, '!'));
    if !source.is_sign(open, '(') {
        return false;
    }
    let words: Vec<_> = (open..end_of_brackets(source, open)).filter_map(|index| source.word(index)).collect();
    // Only the executable itself can say that it has no console.
    let console = source.path == "src/main.rs" && words.contains(&"windows_subsystem");
    !console && words.iter().any(|word| ["target_os", "target_family", "unix", "windows"].contains(word))
}

/// What is open elsewhere for a moment must not make a change of a file fail.
pub fn impatience(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || source.path == PATIENT || is_test_file(&source.path) {
        return Vec::new();
    }
    let words = format!("this fails while another program has the file open; use {PATIENT}");
    let paths = source.paths();
    let renames = paths.iter().filter(|path| !path.is_test && path.leads_to("std::fs::rename")).map(|path| path.line);
    let persists = |index: &usize| {
        let is_called =
            index.checked_sub(1).is_some_and(|dot| source.is_sign(dot, '.')) && source.is_sign(index + 1, '(');
        is_called && matches!(source.word(*index), Some("persist" | "persist_noclobber"))
    };
    let tokens = source.tokens.iter().enumerate().filter(|(index, token)| !token.is_test && persists(index));
    renames.chain(tokens.map(|(_, token)| token.line)).map(|line| at(source, line, &words)).collect()
}

/// Every file says first what it is.
pub fn opening(source: &Source) -> Vec<String> {
    let opens = source.text.strip_prefix("//! ").is_some_and(|words| !words.trim_start().is_empty());
    let words = "the file does not open with `//! ` and what it is";
    if opens { Vec::new() } else { vec![at(source, 1, words)] }
}

/// No file is longer than a person reads.
pub fn length(source: &Source) -> Vec<String> {
    let lines = source.lines_of_code();
    let words = format!("{lines} lines; {LINES_MAX} is the wall, split the file");
    if lines > LINES_MAX { vec![at(source, lines, &words)] } else { Vec::new() }
}

/// Tests wait for what they want to see (`support::eventually`), never for time to pass.
pub fn sleeping(source: &Source) -> Vec<String> {
    if source.path.starts_with("tests/it/support/") {
        return Vec::new();
    }
    let is_test = |path: &&Path| path.is_test || is_test_file(&source.path);
    let sleeps = |path: &&Path| {
        matches!(path.segments.as_slice(), [.., place, what]
            if ["thread", "time"].contains(&place.as_str()) && ["sleep", "sleep_until"].contains(&what.as_str()))
    };
    let paths = source.paths();
    let found = paths.iter().filter(is_test).filter(sleeps);
    found.map(|path| at(source, path.line, "a test sleeps; wait for what it wants to see")).collect()
}

/// Panels take their colours from the tokens of the theme.
pub fn colours(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || source.path == PALETTE {
        return Vec::new();
    }
    let words = format!("a colour of its own; take a token of {PALETTE}");
    let paths = source.paths().into_iter().filter(|path| !path.is_test && makes_a_colour(path)).map(|path| path.line);
    let in_window = source.path.starts_with("src/ui/");
    let tokens = source.tokens.iter().filter(|token| in_window && !token.is_test && is_hex_colour(&token.kind));
    paths.chain(tokens.map(|token| token.line)).map(|line| at(source, line, &words)).collect()
}

fn makes_a_colour(path: &Path) -> bool {
    let types = ["Color32", "Hsva", "Rgba"];
    // These two are no colours: "as the style says" and "none".
    let no_colours = ["PLACEHOLDER", "TRANSPARENT", "*", "self"];
    path.segments.windows(2).any(
        |pair| matches!(pair, [kind, maker] if types.contains(&kind.as_str()) && !no_colours.contains(&maker.as_str())),
    ) || path.segments.last().is_some_and(|last| last == "hex_color")
}

/// `0x1e1e1e`, `"#1e1e1e"`.
fn is_hex_colour(kind: &Kind) -> bool {
    let (digits, lengths): (_, &[usize]) = match kind {
        Kind::Number(number) => (number.replace('_', "").to_lowercase().strip_prefix("0x").map(str::to_owned), &[6, 8]),
        Kind::Text(text) => (text.strip_prefix('#').map(str::to_owned), &[3, 6, 8]),
        _ => return false,
    };
    digits.is_some_and(|digits| lengths.contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Rust reads, includes and runs nothing outside the checkout: a clone has nothing beside it.
pub fn outside_paths(source: &Source) -> Vec<String> {
    let included = ["concat", "include", "include_bytes", "include_str", "path"];
    let opened = ["canonicalize", "from", "join", "metadata", "new", "open", "read", "read_dir", "read_to_string"];
    let leads_out = |index: usize, text: &str| {
        // Back over `(`, `!` and `=` to who gets the text.
        let signs = ['(', '!', '='];
        let before = (0..index).rev().find(|before| !signs.iter().any(|sign| source.is_sign(*before, *sign)));
        match before.and_then(|before| source.word(before)) {
            Some(word) if included.contains(&word) => climbs(text) > depth(&source.path),
            // Where a program looks from the root of the checkout, or from a path that was joined to.
            Some(word) if opened.contains(&word) => text.starts_with(".."),
            _ => false,
        }
    };
    let tokens = source.tokens.iter().enumerate();
    tokens
        .filter(|(index, token)| matches!(&token.kind, Kind::Text(text) if leads_out(*index, text)))
        .map(|(_, token)| at(source, token.line, LEADS_OUT))
        .collect()
}

const LEADS_OUT: &str = "leads out of the checkout, where a clone has nothing";

/// The same for a script, which may change to the root first: `cd "$(dirname …)/.."`.
pub fn outside_paths_of_script(path: &str, text: &str) -> Vec<String> {
    let changes = |line: &&str| line.starts_with("cd \"$(dirname ");
    let home = depth(path) - text.lines().find(changes).map_or(0, highest_climb).min(depth(path));
    let is_own_place = |line: &str| ["BASH_SOURCE", "__file__"].iter().any(|name| line.contains(name));
    let leads_out = |line: &str| highest_climb(line) > if is_own_place(line) { depth(path) } else { home };
    let lines = text.lines().enumerate().filter(|(_, line)| leads_out(line));
    lines.map(|(number, _)| format!("{path}:{}: {LEADS_OUT}", number + 1)).collect()
}

/// Folders between a file and the root of the checkout.
fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// How far the path that climbs most of all in this line leads up.
fn highest_climb(line: &str) -> usize {
    line.split([' ', '"', '\'', '(', ')', '{', '}', '=', ':', ';']).map(climbs).max().unwrap_or(0)
}

/// Folders that a path leads up from where it begins.
fn climbs(path: &str) -> usize {
    let (mut down, mut up) = (0_usize, 0);
    for part in path.split('/').filter(|part| !["", "."].contains(part)) {
        match (part, down) {
            ("..", 0) => up += 1,
            ("..", _) => down -= 1,
            _ => down += 1,
        }
    }
    up
}

/// The features a build has when nothing is asked for: none of them may open the window to tests.
pub fn default_features(manifest: &str) -> Vec<String> {
    let features = section(manifest, "[features]");
    let mut reached = vec!["default".to_owned()];
    let mut next = 0;
    while let Some(feature) = reached.get(next).cloned() {
        next += 1;
        let listed = features.iter().find(|(name, _)| *name == feature).map(|(_, value)| strings(value));
        reached.extend(listed.into_iter().flatten().filter(|name| !reached.contains(name)).collect::<Vec<_>>());
    }
    let dependencies = manifest.split_once("[dependencies]").map_or("", |(_, rest)| rest);
    let dependencies = dependencies.split("\n[").next().unwrap_or_default();
    let mut wrong = Vec::new();
    if reached.iter().any(|name| name == "inspection" || name.ends_with("/inspection")) {
        wrong.push("Cargo.toml: `inspection` is in the default features".to_owned());
    }
    if strings(dependencies).iter().any(|name| name == "inspection") {
        wrong.push("Cargo.toml: a dependency has `inspection` turned on for good".to_owned());
    }
    wrong
}

/// The names of all dependencies, as they are written in code.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let headers = manifest.lines().filter(|line| line.starts_with('[') && line.ends_with("dependencies]"));
    let names = headers.flat_map(|header| section(manifest, header)).map(|(name, _)| name.replace('-', "_"));
    names.collect()
}

/// The entries below `header`; a value may go over several lines.
fn section(manifest: &str, header: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let lines = manifest.lines().skip_while(|line| *line != header).skip(1).take_while(|line| !line.starts_with('['));
    for line in lines.filter(|line| !line.starts_with('#')) {
        match (line.split_once('='), entries.last_mut()) {
            (Some((name, value)), _) if !line.starts_with([' ', ']']) => {
                entries.push((name.trim().to_owned(), value.to_owned()));
            }
            (_, Some((_, value))) => value.push_str(line),
            _ => {}
        }
    }
    entries
}

fn strings(value: &str) -> Vec<String> {
    value.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn at(source: &Source, line: usize, words: &str) -> String {
    format!("{}:{line}: {words}", source.path)
}
