//! From a call's name and parameters to the call.

use super::expression::{Call, Expression, Ready};
use crate::hosts::lookup::Pattern;

/// Why a call cannot be: words, and how to mend it.
pub(super) type Refusal = (String, String);

/// `ShareX`'s functions, for messages.
pub(super) const NAMES: &str =
    "response, responseurl, header, json, xml, regex, filename, input, random, select, inputbox, outputbox and base64";

/// What old files bring along.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules<'a> {
    /// `RegexList`: what `{regex:1}` means, counted from 1.
    pub patterns: &'a [String],
    /// Files with `$…$`, which were taken with fewer parameters.
    pub is_old: bool,
}

impl Rules<'_> {
    /// The call of the function `name`.
    pub fn call(self, name: &str, parameters: Vec<Expression>) -> Result<Call, Refusal> {
        let name = name.to_ascii_lowercase();
        let needed = match name.as_str() {
            "random" if !self.is_old => 2,
            "header" | "json" | "xml" | "regex" | "random" | "select" | "outputbox" | "output" | "base64" => 1,
            _ => 0,
        };
        if parameters.len() < needed {
            let mend = format!("Write them behind it, as in {{{name}:{}}}.", vec!["…"; needed].join("|"));
            return Err((format!("“{name}” needs {needed} parameters and has {}", parameters.len()), mend));
        }
        let mut given = parameters.into_iter();
        let mut next = || given.next().unwrap_or_default();
        Ok(match name.as_str() {
            "response" => Call::Response,
            "responseurl" => Call::ResponseUrl,
            "filename" => Call::FileName,
            "input" => Call::Input,
            "header" => Call::Header(next()),
            "base64" => Call::Base64(next()),
            "json" => {
                let (input, path) = input_and_rest(given.collect());
                Call::Json { input, path: ready(path.into_iter().next())? }
            }
            "xml" => {
                let (input, path) = input_and_rest(given.collect());
                Call::Xml { input, path: ready(path.into_iter().next())? }
            }
            "regex" => self.regex(given.collect())?,
            "random" => Call::Random(given.collect()),
            "select" => Call::Select(given.collect()),
            "inputbox" | "prompt" => Call::InputBox { title: next(), default: next() },
            "outputbox" | "output" => {
                let (title, rest) = input_and_rest(given.collect());
                let text = rest.into_iter().next().unwrap_or_default();
                Call::OutputBox { title: title.unwrap_or_default(), text }
            }
            "" => {
                let mend = format!("Write the name of a function; there are {NAMES}. A {{ itself is written \\{{.");
                return Err(("this call has no name".to_owned(), mend));
            }
            // The oldest files have patterns without a name: `$1$`, `$1,2$`.
            number if !self.patterns.is_empty() && listed(number).is_some() => {
                let parameters = std::iter::once(Expression::plain(number)).chain(given).collect();
                self.regex(parameters)?
            }
            unknown => {
                let mend = format!("There are {NAMES}. A {{ itself is written \\{{.");
                return Err((format!("there is no function “{unknown}”"), mend));
            }
        })
    }

    fn regex(self, parameters: Vec<Expression>) -> Result<Call, Refusal> {
        let number = parameters.first().and_then(Expression::literal);
        let number = number.as_deref().and_then(listed).filter(|_| self.is_old || !self.patterns.is_empty());
        if let Some((number, group)) = number {
            let pattern = number.checked_sub(1).and_then(|at| self.patterns.get(at));
            let Some(pattern) = pattern else {
                let words = format!("this asks for pattern {number} of RegexList, which has {}", self.patterns.len());
                return Err((words, "Add the pattern, or write it here instead of its number.".to_owned()));
            };
            let group = parameters.into_iter().nth(1).unwrap_or_else(|| Expression::plain(group));
            return Ok(Call::Regex { input: None, pattern: ready(Some(Expression::plain(pattern)))?, group });
        }
        let mut given = parameters.into_iter();
        let input = if given.len() > 2 { given.next() } else { None };
        let pattern: Ready<Pattern> = ready(given.next())?;
        Ok(Call::Regex { input, pattern, group: given.next().unwrap_or_default() })
    }
}

/// `2`, or `2,group`.
fn listed(text: &str) -> Option<(usize, &str)> {
    let (number, group) = text.split_once(',').unwrap_or((text, ""));
    Some((number.trim().parse().ok()?, group.trim()))
}

/// Of two parameters, the first is where the second is searched.
fn input_and_rest(parameters: Vec<Expression>) -> (Option<Expression>, Vec<Expression>) {
    let mut given = parameters.into_iter();
    let input = if given.len() > 1 { given.next() } else { None };
    (input, given.collect())
}

fn ready<T: super::expression::Compile>(text: Option<Expression>) -> Result<Ready<T>, Refusal> {
    let mend = "Mend it, with \\ before every {, }, | and \\ that belongs to it.";
    Ready::new(text.unwrap_or_default()).map_err(|words| (words, mend.to_owned()))
}
