//! The user guide: the text of the documentation itself, section by section.

use egui::{Context, RichText, ScrollArea};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::list::{self, Entry};
use super::{close, columns, foot, frame_wide};
use crate::ui::{texts, theme};

const GUIDE: &str = include_str!("../../../docs/user-guide.md");
/// What a section begins with. Short ones: the first frame of one lays out all of it.
const HEADINGS: [&str; 2] = ["\n## ", "\n### "];

/// The guide, open at a section.
pub struct Guide {
    sections: Vec<Section>,
    chosen: String,
    cache: CommonMarkCache,
    ready: bool,
}

struct Section {
    title: String,
    /// Markdown.
    text: String,
}

impl Default for Guide {
    fn default() -> Self {
        let section = |text: &str| {
            let (title, text) = text.split_once('\n').unwrap_or((text, ""));
            Section { title: title.to_owned(), text: for_window(text) }
        };
        let guide = GUIDE.replace(HEADINGS[1], HEADINGS[0]);
        let sections = guide.split(HEADINGS[0]).skip(1).map(section).collect();
        Self { sections, chosen: String::new(), cache: CommonMarkCache::default(), ready: false }
    }
}

impl Guide {
    pub fn show(&mut self, ctx: &Context) -> bool {
        let closed = frame_wide(ctx, texts::GUIDE.label, |ui| {
            columns(ui, |side| {
                if side.is_left {
                    let entry = |section: &Section| Entry {
                        key: section.title.clone(),
                        label: section.title.clone(),
                        state: String::new(),
                        mark: None,
                    };
                    let entries: Vec<_> = self.sections.iter().map(entry).collect();
                    list::show(side.ui, texts::GUIDE_SECTIONS, &entries, &mut self.chosen);
                } else if let Some(section) = self.sections.iter().find(|section| section.title == self.chosen) {
                    let ink = &theme::palette(side.ui).ink;
                    ScrollArea::vertical().id_salt(&section.title).auto_shrink([false, false]).show(side.ui, |ui| {
                        // So that what is bold stands out: there is one weight of the font.
                        ui.visuals_mut().override_text_color = Some(ink.secondary);
                        ui.label(RichText::new(&section.title).heading().color(ink.text));
                        CommonMarkViewer::new().show(ui, &mut self.cache, &section.text);
                    });
                }
            });
            foot(ui, |ui| close(ui, !std::mem::replace(&mut self.ready, true)))
        });
        closed == Some(false)
    }
}

/// Tables as lists, whose lines can be broken, and without links to other files of the documentation, which are not here. Blocks of
/// code line by line: the viewer gives them a button with a sign that our fonts do not have.
fn for_window(text: &str) -> String {
    let mut lines = Vec::new();
    let (mut is_head, mut is_code) = (true, false);
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            lines.push(code(line));
            continue;
        }
        let Some(cells) = line.strip_prefix('|') else {
            is_head = true;
            lines.push(without_links(line));
            continue;
        };
        let is_rule = cells.starts_with(" ---");
        if !is_head && !is_rule {
            lines.push(item(cells));
        }
        is_head = false;
    }
    lines.join("\n")
}

/// A line of a block of code, with its indentation and its end.
fn code(line: &str) -> String {
    let words = line.trim_start();
    format!("`{}{words}`  ", "\u{a0}".repeat(line.len() - words.len()))
}

/// `- **first cell**: the others`.
fn item(cells: &str) -> String {
    // A stroke within a cell is written `\|`.
    let cells = cells.replace("\\|", "\0");
    let mut cells =
        cells.split('|').map(|cell| without_links(cell.trim()).replace('\0', "|")).filter(|cell| !cell.is_empty());
    let first = cells.next().unwrap_or_default();
    format!("- **{first}**: {}", cells.collect::<Vec<_>>().join("; "))
}

/// `[words](page.md#place)` becomes `words`.
fn without_links(line: &str) -> String {
    let parts = line.split_once("](").and_then(|(before, after)| {
        let ((before, words), (_, after)) = (before.rsplit_once('[')?, after.split_once(')')?);
        Some(format!("{before}{words}{}", without_links(after)))
    });
    parts.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_sections_without_tables_and_links() {
        let guide = Guide::default();
        let titles: Vec<_> = guide.sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles.first(), Some(&"From folder to BBCode"));
        assert!(titles.len() > 8 && titles.contains(&"When something is wrong"), "{titles:?}");
        for Section { title, text } in &guide.sections {
            assert!(text.len() < 4_000, "{title} is long");
            assert!(!text.contains("](") && !text.contains("| ---") && !text.contains('\0'), "{title}: {text}");
        }
        let table = "| command | does |\n| --- | --- |\n| `a\\|b` | see [hosts](hosts.md#x) and (this) |\n\nafter";
        assert_eq!(for_window(table), "- **`a|b`**: see hosts and (this)\n\nafter");
        assert_eq!(for_window("```json\n{\n  \"a\": 1\n```"), "`{`  \n`\u{a0}\u{a0}\"a\": 1`  ");
    }
}
