//! `docs/templates.md` says what the code does: its tables are the code's, its examples come out as they are shown.

use super::*;
use crate::template::settings::KEYS;

const DOCUMENT: &str = include_str!("../../../docs/templates.md");

/// The rows of the table below the line `header`.
fn rows(header: &str) -> Vec<&'static str> {
    let table = DOCUMENT.split_once(&format!("{header}\n")).map_or("", |(_, table)| table);
    table.lines().skip(1).take_while(|line| line.starts_with('|')).collect()
}

#[test]
fn the_tables_are_those_of_the_code() {
    let placeholders = PLACEHOLDERS.iter().map(|entry| {
        let place =
            if entry.scope == Scope::Gallery { "everywhere".to_owned() } else { format!("`{}`", entry.scope.block()) };
        format!("| `#{}#` | {place} | {} |", entry.name, entry.words)
    });
    let filters = FILTERS.iter().map(|(_, written, words)| format!("| `{written}` | {words} |"));
    let settings = KEYS.iter().map(|(_, key, example, words)| format!("| `#{key}: {example}` | {words} |"));
    for (header, expected) in [
        ("| placeholder | where | it is |", placeholders.collect::<Vec<_>>()),
        ("| filter | it makes |", filters.collect()),
        ("| line | it says |", settings.collect()),
    ] {
        assert_eq!(rows(header).join("\n"), expected.join("\n"), "in docs/templates.md below {header}");
    }
    assert_eq!(rows("| `#FORMAT:` | values | `#allImages#` |").len(), Format::ALL.len());
}

#[test]
fn the_examples_come_out_as_shown() {
    let blocks: Vec<(&str, &str)> =
        DOCUMENT.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect();
    let mut count = 0;
    for pair in blocks.windows(2) {
        if let [("template", template), ("output", output)] = pair {
            check(template, output);
            count += 1;
        }
    }
    assert!(count >= 7 && blocks.iter().filter(|(kind, _)| *kind == "template").count() == count, "{count}");
}

#[test]
fn the_json_is_read() {
    let json =
        DOCUMENT.split_once("```json\n").and_then(|(_, rest)| rest.split_once("```")).map_or("", |(json, _)| json);
    let gallery: GalleryView = serde_json::from_str(json).expect(json);
    assert_eq!(gallery.name, "Summer trip");
    let mut written = serde_json::to_value(&gallery).expect("JSON");
    let mut shown: serde_json::Value = serde_json::from_str(json).expect(json);
    for value in [&mut written, &mut shown] {
        value.as_object_mut().expect("an object").remove("folder");
    }
    assert_eq!(written, shown);
}
