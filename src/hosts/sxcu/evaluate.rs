//! Fills texts. Everything a text may ask for is in its [`Context`].

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::code::Code;
use super::context::{Context, Response, Stage};
use super::expression::{Call, Compile, Expression, Part, Ready};
use super::functions::Rules;
use super::questions;
use crate::hosts::lookup::{JsonPath, Kind, json_value};

/// Everything that is put together while one text is filled, in bytes.
const BYTES_MAX: usize = 32 << 20;
/// Searches while one text is filled.
const CALLS_MAX: usize = 200;
/// For all that is looked for in one answer.
const TIME_MAX: Duration = Duration::from_secs(4);
/// Everything but letters, digits and `-._~` (RFC 3986).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text of `expression`.
///
/// # Errors
/// Why it cannot be filled, in words for a person.
pub fn evaluate(expression: &Expression, context: &Context<'_>) -> Result<String, String> {
    Evaluation::new(context).text(expression)
}

/// The text of `expression`, and if it searches the answer, the number of its searches that find something.
pub(super) fn with_searches(expression: &Expression, context: &Context<'_>) -> Result<(String, Option<usize>), String> {
    let mut evaluation = Evaluation::new(context);
    let (mut text, mut found) = (String::new(), None);
    for part in &expression.0 {
        let more = evaluation.text(&Expression(vec![part.clone()]))?;
        if matches!(part, Part::Call(call) if call.searches()) {
            *found.get_or_insert(0) += usize::from(!more.is_empty());
        }
        text.push_str(&more);
    }
    Ok((text, found))
}

struct Evaluation<'a> {
    context: &'a Context<'a>,
    bytes_left: usize,
    calls_left: usize,
    began: Instant,
}

impl<'a> Evaluation<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        let began = context.response.map_or_else(Instant::now, Response::searched_since);
        Self { context, bytes_left: BYTES_MAX, calls_left: CALLS_MAX, began }
    }

    fn text(&mut self, expression: &Expression) -> Result<String, String> {
        let in_halves = expression.0.iter().any(|part| matches!(part, Part::Code(Code::Now("pm"))));
        let mut text = String::new();
        for part in &expression.0 {
            let more = match part {
                Part::Literal(literal) => literal.clone(),
                Part::Code(code) => code.render(self.context.moment, in_halves),
                Part::Call(call) => {
                    let left = self.calls_left.checked_sub(1);
                    self.calls_left = left.ok_or("the text has too many calls")?;
                    self.time_left()?;
                    self.call(call)?
                }
            };
            let left = self.bytes_left.checked_sub(more.len());
            self.bytes_left = left.ok_or("the text becomes too long")?;
            text.push_str(&more);
        }
        Ok(text)
    }

    /// For all that is looked for together.
    fn time_left(&self) -> Result<Duration, String> {
        let left = TIME_MAX.checked_sub(self.began.elapsed());
        left.ok_or_else(|| "it takes too long to look for all of this; make it more exact".to_owned())
    }

    fn response(&self) -> Result<&Response, String> {
        self.context.response.ok_or_else(|| "this is only known when the host has answered".to_owned())
    }

    /// What is searched: the input that is given, or the answer.
    fn subject(&mut self, input: Option<&Expression>) -> Result<String, String> {
        match input {
            Some(input) => self.text(input),
            None => Ok(self.response()?.text.clone()),
        }
    }

    fn call(&mut self, call: &Call) -> Result<String, String> {
        Ok(match call {
            Call::Response => self.response()?.text.clone(),
            Call::ResponseUrl => self.response()?.url.clone(),
            Call::Header(name) => {
                let name = self.text(name)?;
                self.response()?.header(&name).to_owned()
            }
            Call::Json { input, path } => self.json(input.as_ref(), path)?,
            Call::Xml { input, path } => {
                let subject = self.subject(input.as_ref())?;
                match self.ready(path)? {
                    Some(path) if !subject.is_empty() => path.as_ref().find(&subject, Kind::Xml)?,
                    _ => String::new(),
                }
            }
            Call::Regex { input, pattern, group } => {
                let group = self.text(group)?;
                let subject = self.subject(input.as_ref())?;
                match self.ready(pattern)? {
                    Some(pattern) => pattern.as_ref().find_within(&subject, &group, self.time_left()?)?,
                    None => String::new(),
                }
            }
            Call::FileName => self.encoded(self.context.file_name),
            Call::Input => self.encoded(self.context.input),
            Call::Random(choices) => match self.context.moment.pick(choices) {
                Some(choice) => self.text(choice)?,
                None => String::new(),
            },
            Call::Select(choices) => self.select(choices)?,
            Call::InputBox { title, default } => match self.context.answers.get(&questions::id_of_input(title)) {
                Some(answer) => answer.clone(),
                None if !default.is_empty() => self.text(default)?,
                None => return Err(format!("“{}” was not answered yet", questions::title_of_input(title))),
            },
            Call::OutputBox { .. } => String::new(),
            Call::Base64(text) => STANDARD.encode(self.text(text)?),
            Call::Computed { name, parameters } => {
                let name = self.text(name)?;
                let call = Rules::default().call(&name, parameters.clone()).map_err(|(words, _)| words)?;
                self.call(&call)?
            }
        })
    }

    fn json(&mut self, input: Option<&Expression>, path: &Ready<JsonPath>) -> Result<String, String> {
        let Some(path) = self.ready(path)? else { return Ok(String::new()) };
        match input {
            None => {
                let response = self.response()?;
                if response.text.is_empty() { Ok(String::new()) } else { path.as_ref().find(response.json()?) }
            }
            Some(input) => match self.text(input)?.as_str() {
                "" => Ok(String::new()),
                text => path.as_ref().find(&json_value(text)?),
            },
        }
    }

    /// The path or pattern; none when it is empty.
    fn ready<'r, T: Compile>(&mut self, ready: &'r Ready<T>) -> Result<Option<Owned<'r, T>>, String> {
        match ready {
            Ready::Compiled(compiled) => Ok(Some(Owned::Borrowed(compiled))),
            Ready::Made(text) => match self.text(text)?.as_str() {
                "" => Ok(None),
                text => T::compile(text).map(|made| Some(Owned::Made(made))),
            },
        }
    }

    fn select(&mut self, choices: &[Expression]) -> Result<String, String> {
        let Some(answer) = self.context.answers.get(&questions::id_of_choice(choices)) else {
            let choices = questions::outlines(choices).join(", ");
            return Err(format!("nobody chose yet between {choices}"));
        };
        for choice in choices {
            if choice.outline() == *answer {
                return self.text(choice);
            }
        }
        Err(format!("“{answer}” is no longer one of the choices"))
    }

    fn encoded(&self, text: &str) -> String {
        match self.context.stage {
            Stage::Address | Stage::Result => utf8_percent_encode(text, RESERVED).to_string(),
            Stage::Value => text.to_owned(),
            Stage::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
            }
            Stage::Xml => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                text.replace('"', "&quot;").replace('\'', "&apos;")
            }
        }
    }
}

enum Owned<'a, T> {
    Borrowed(&'a T),
    Made(T),
}

impl<T> AsRef<T> for Owned<'_, T> {
    fn as_ref(&self) -> &T {
        match self {
            Self::Borrowed(it) => it,
            Self::Made(it) => it,
        }
    }
}
