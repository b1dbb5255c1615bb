//! What comes from outside: a template and a gallery, for any bytes, as the fuzz target and the property test run them. Panics
//! when something is taken that must not be taken.

use super::{GalleryView, Template, completions, parse, render, tokens};

/// Bytes as a template, and after a line `----` as the JSON of a gallery; without that the sample.
///
/// # Panics
/// When something is wrong with this program.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (text, json) = text.split_once("\n----\n").unwrap_or((&text, ""));
    let (template, problems) = parse(text);
    for problem in &problems {
        assert!(text.get(problem.at.clone()).is_some() && problem.line > 0 && problem.column > 0, "{problem:?}");
    }
    is_stable(&template);
    let reached = tokens(text).iter().fold(0, |reached, (at, _)| if at.start == reached { at.end } else { usize::MAX });
    assert_eq!(reached, text.len(), "the tokens cover the text");
    for offer in completions(text, text.len()) {
        assert!(text.get(offer.at).is_some(), "{}", offer.text);
    }
    let gallery = serde_json::from_str(json).unwrap_or_else(|_| GalleryView::sample());
    let rendered = render(&template, &gallery);
    assert!(!rendered.parts.is_empty());
    if let Ok(json) = serde_json::to_string(&gallery) {
        assert_eq!(serde_json::from_str::<GalleryView>(&json).ok(), Some(gallery));
    }
}

/// What is printed is the same template.
fn is_stable(template: &Template) {
    let printed = template.to_string();
    let (again, _) = parse(&printed);
    assert_eq!(&again, template, "{printed}");
}
