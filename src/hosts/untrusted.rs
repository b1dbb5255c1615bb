//! Definitions and answers come from strangers: reads any bytes as a definition, and any others as an answer to each of its steps.
//! What the fuzz target and the property test run.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};

use super::Definition;
use super::answer::Answer;
use super::definition::Kind;
use super::values::Values;

/// A definition; behind a line of four dashes what the host answers to all of its requests.
///
/// # Panics
/// When something is taken that must not be.
pub fn definition_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (text, body) = text.split_once("\n----\n").unwrap_or((&text, "{}"));
    match Definition::read(text) {
        Ok(definition) => {
            assert!(!definition.facts.id.is_empty() && !definition.facts.name.is_empty());
            answer_to(&definition, body.as_bytes());
        }
        Err(words) => assert!(!words.trim().is_empty()),
    }
}

/// One answer to every step.
fn answer_to(definition: &Definition, body: &[u8]) {
    let Ok(url) = Url::parse("http://a.example/x") else { return };
    let none = BTreeMap::new();
    let options = definition
        .facts
        .options
        .iter()
        .filter_map(|option| Some((option.key.strip_prefix("options.")?.to_owned(), option.default.clone())));
    let options = options.collect();
    for kind in
        [Kind::SignIn, Kind::Test, Kind::Open, Kind::Upload, Kind::Cover, Kind::Find, Kind::Close, Kind::Collect]
    {
        for step in definition.steps(kind) {
            for (status, media) in [(200, "application/json"), (200, "text/html"), (429, "text/plain")] {
                let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media))]);
                let status = StatusCode::from_u16(status).unwrap_or_default();
                let answer = Answer::new(url.clone(), status, headers, body.to_vec());
                if let Err(fault) = answer.check(step, &definition.failures, "host") {
                    assert!(!fault.words.is_empty() && fault.words.chars().count() < 1000 + definition.text.len());
                }
                let values = Values {
                    origins: &BTreeMap::new(),
                    options: &options,
                    secrets: &none,
                    gallery: &none,
                    image: &none,
                    file: None,
                    is_first: true,
                    may_lack: &definition.may_lack,
                };
                for extract in &step.extract {
                    let _ = extract.take(&answer, &values);
                }
                if let Some(items) = &step.items {
                    let _ = items.take(&answer);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::hosts::builtin;

    /// One of ours with something in it changed, and an answer.
    fn changed() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            "\\PC{0,20}",
            Just("\n[[upload]]\n".to_owned()),
            Just("{gallery.x}".to_owned()),
            Just("regex:(a+)+$".to_owned()),
            Just("\"\"\"".to_owned()),
        ];
        (0..builtin::TEXTS.len(), any::<prop::sample::Index>(), 0..40_usize, pieces, "\\PC{0,200}").prop_map(
            |(n, at, gone, piece, answer)| {
                let text: Vec<char> = builtin::TEXTS[n].chars().collect();
                let at = at.index(text.len());
                let head: String = text[..at].iter().collect();
                let tail: String = text[(at + gone).min(text.len())..].iter().collect();
                format!("{head}{piece}{tail}\n----\n{answer}")
            },
        )
    }

    proptest! {
        #![proptest_config(crate::core::tests::cases(10_000))]

        #[test]
        fn whatever_is_read_ends_soon_and_in_words(text in prop_oneof![changed(), "\\PC{0,300}"]) {
            let began = Instant::now();
            definition_file(text.as_bytes());
            prop_assert!(began.elapsed() < Duration::from_secs(10));
        }
    }

    #[test]
    fn answers_that_are_made_to_be_slow_are_given_up() {
        let text = crate::hosts::testing::SCRIPTED.replace("\"json:/hash\"", "'regex:(a+)+(?=b)$'");
        let began = Instant::now();
        definition_file(format!("{text}\n----\n{}", "a".repeat(100_000)).as_bytes());
        let deep = "[".repeat(100_000);
        definition_file(format!("{text}\n----\n{deep}").as_bytes());
        let html = text.replace("'regex:(a+)+(?=b)$'", "'xpath://a//a//a//a/@b'");
        definition_file(format!("{html}\n----\n{}", "<a b='c'>".repeat(50_000)).as_bytes());
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    }
}
