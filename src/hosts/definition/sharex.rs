//! A ShareX uploader as a definition: what it asks becomes options, where it sends becomes its origin.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Definition, Origin, Thumbnails, web_url};
use crate::core::printable::one_line;
use crate::core::{HostFacts, HostOption, Takes};
use crate::hosts::file::hex;
use crate::hosts::names::{NameRules, ascii_name};
use crate::hosts::sxcu::{Context, Moment, Question, Stage, Sxcu};

/// How the reason begins why an uploader that is understood is no host for images.
pub const LOADS: &str = "it loads, but cannot be used for images";

/// The name of its one place.
const SITE: &str = "site";

/// Whether that text is a ShareX uploader: it is a JSON object, perhaps behind comments.
pub(super) fn is_sxcu(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        let comment = rest.strip_prefix("//").map(|comment| comment.split_once('\n'));
        match comment.or_else(|| rest.strip_prefix("/*").map(|comment| comment.split_once("*/"))) {
            Some(Some((_, behind))) => rest = behind,
            Some(None) => return false,
            None => return rest.starts_with('{'),
        }
    }
}

/// # Errors
/// Everything that is wrong with it, or why it cannot be used for images.
pub(super) fn read(text: &str) -> Result<Definition, String> {
    let sxcu = Sxcu::parse(text.as_bytes())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    sxcu.usable_for_images().map_err(|why| format!("{LOADS}: {why}"))?;
    let site = origin(&sxcu);
    let mut options = vec![HostOption {
        key: format!("origins.{SITE}"),
        label: "Address".to_owned(),
        takes: Takes::Url,
        default: site.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default(),
    }];
    let mut questions = Vec::new();
    for (n, question) in sxcu.questions().into_iter().enumerate() {
        let name = format!("answer{}", n + 1);
        options.push(option(&name, &question));
        questions.push((question.id, name));
    }
    let thumbnails = if sxcu.results.thumbnail.is_empty() { Thumbnails::Ours } else { Thumbnails::Host };
    let name = one_line(&sxcu.name, 60);
    Ok(Definition {
        facts: HostFacts { options, ..HostFacts::named(&id(&name), &name) },
        home: None,
        source: Some("ShareX uploader".to_owned()),
        tried: None,
        secrets: Vec::new(),
        thumbnails,
        storage: None,
        sxcu: Some(Arc::new(sxcu)),
        questions,
        origins: BTreeMap::from([(SITE.to_owned(), Origin { url: site, also: Vec::new() })]),
        names: NameRules::default(),
        gallery_images_max: None,
        formats: None,
        rewrites: Vec::new(),
        failures: Vec::new(),
        steps: BTreeMap::new(),
        hashes: BTreeSet::new(),
        may_lack: BTreeSet::new(),
        flows: BTreeSet::new(),
        fingerprint: hex(blake3::hash(text.as_bytes()).as_bytes()),
        text: text.to_owned(),
    })
}

/// Its id: what is left of its name in small letters and digits.
fn id(name: &str) -> String {
    let ascii = ascii_name(name).to_ascii_lowercase();
    let kept: String = ascii.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<_> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let id: String = words.join("-").chars().take(40).collect();
    match id.trim_end_matches('-') {
        "" | "folder" => "sharex".to_owned(),
        id => id.to_owned(),
    }
}

fn option(name: &str, question: &Question) -> HostOption {
    let choices = question.choices.iter().map(|choice| (choice.clone(), choice.clone()));
    HostOption {
        key: format!("options.{name}"),
        label: question.title.clone(),
        takes: if question.choices.is_empty() { Takes::Text } else { Takes::Choice(choices.collect()) },
        default: question.default.clone(),
    }
}

/// Where it sends to; `None` when that depends on an answer.
fn origin(sxcu: &Sxcu) -> Option<reqwest::Url> {
    let moment = Moment { now: jiff::Zoned::default(), counter: 0, random: &|_| 0 };
    let answers = BTreeMap::new();
    let context = Context {
        stage: Stage::Address,
        file_name: "x.jpg",
        input: "",
        response: None,
        answers: &answers,
        moment: &moment,
    };
    let url = web_url(&sxcu.address(&context).ok()?)?;
    web_url(&url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uploader_is_a_host() {
        let text = "\u{feff}{\"Version\":\"14.0.0\",\"Name\":\"My Höst (1)\",\"RequestURL\":\"example.com/up?a=b\",\"Body\":\"MultipartFormData\",\
             \"FileFormName\":\"f\",\"Arguments\":{\"kind\":\"{select:a|b}\"},\"URL\":\"{json:url}\"}";
        assert!(is_sxcu(text) && is_sxcu("\u{feff}// mine\n/* { */\0 {}"));
        assert!(!is_sxcu("[host]") && !is_sxcu("/* {") && !is_sxcu("// {"));
        let definition = Definition::read(text).expect("good");
        assert_eq!((definition.facts.id.as_str(), definition.facts.name.as_str()), ("my-host-1", "My Höst (1)"));
        let keys: Vec<_> = definition.facts.options.iter().map(|option| option.key.as_str()).collect();
        assert_eq!(keys, ["origins.site", "options.answer1"]);
        assert_eq!(definition.places(), [("site".to_owned(), "https://example.com".to_owned())]);
        assert!(definition.thumbnails == Thumbnails::Ours && definition.is_sxcu());
    }

    #[test]
    fn what_is_for_texts_says_so() {
        let text = r#"{"Version":"14.0.0","RequestURL":"https://e.example","Body":"FormURLEncoded","Arguments":{"t":"{input}"}}"#;
        let words = Definition::read(text).expect_err("for texts");
        assert!(words.contains("it loads, but cannot be used for images"), "{words}");
        assert!(Definition::read("{").is_err());
    }
}
