//! Golden tests of the language: a template, and what it makes of the sample gallery.

use super::*;
use proptest::prelude::*;

mod docs;
mod golden;
mod layout;
mod old;
mod properties;
mod splitting;

/// Renders `text` with `gallery`; it must have no problems.
fn rendered(text: &str, gallery: &GalleryView) -> Rendered {
    let (template, problems) = parse(text);
    assert_eq!(problems, [], "{text}");
    let printed = template.to_string();
    assert_eq!(parse(&printed), (template.clone(), Vec::new()), "{printed}");
    render(&template, gallery)
}

/// What `text` makes of the sample.
#[track_caller]
fn check(text: &str, expected: &str) {
    check_with(&GalleryView::sample(), text, expected);
}

#[track_caller]
fn check_with(gallery: &GalleryView, text: &str, expected: &str) {
    assert_eq!(rendered(text, gallery).text(), expected, "{text}");
}

/// The problems of `text`, as `bbdrop templates check` prints them.
fn problems(text: &str) -> Vec<String> {
    parse(text).1.iter().map(|problem| format!("{}:{}: {}", problem.line, problem.column, problem.words)).collect()
}
