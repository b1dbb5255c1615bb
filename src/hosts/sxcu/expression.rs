//! A text with calls and codes, as it is kept after it was read.

use super::code::Code;
use crate::hosts::lookup::{JsonPath, Pattern, XPath};

/// A text that is filled when it is needed.
#[derive(Clone, Debug, Default)]
pub struct Expression(pub Vec<Part>);

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Part {
    /// Stands for itself.
    Literal(String),
    /// `%y`
    Code(Code),
    /// `{json:url}`
    Call(Box<Call>),
}

/// A call of one of `ShareX`'s functions.
#[derive(Clone, Debug)]
pub enum Call {
    /// The answer's text.
    Response,
    /// The URL after redirects.
    ResponseUrl,
    /// A header of the answer.
    Header(Expression),
    /// A value in JSON; without input, in the answer.
    Json { input: Option<Expression>, path: Ready<JsonPath> },
    /// A node of XML; without input, of the answer.
    Xml { input: Option<Expression>, path: Ready<XPath> },
    /// A match; without input, in the answer.
    Regex { input: Option<Expression>, pattern: Ready<Pattern>, group: Expression },
    /// The file's name.
    FileName,
    /// The text or URL that is sent.
    Input,
    /// One of these by chance.
    Random(Vec<Expression>),
    /// One of these, chosen by the person.
    Select(Vec<Expression>),
    /// A text from the person.
    InputBox { title: Expression, default: Expression },
    /// A text for the person; nothing here.
    OutputBox { title: Expression, text: Expression },
    /// UTF-8 as Base64.
    Base64(Expression),
    /// A call whose name is only known when it is filled.
    Computed { name: Expression, parameters: Vec<Expression> },
}

/// A path or pattern: read when the file was read, unless it is itself made by calls.
#[derive(Clone, Debug)]
pub enum Ready<T> {
    /// Read.
    Compiled(T),
    /// To be read when it is known.
    Made(Expression),
}

/// What can be read from a text: paths and patterns.
pub trait Compile: Sized {
    /// # Errors
    /// What is wrong with it.
    fn compile(text: &str) -> Result<Self, String>;
}

impl Compile for JsonPath {
    fn compile(text: &str) -> Result<Self, String> {
        Self::new(text)
    }
}

impl Compile for XPath {
    fn compile(text: &str) -> Result<Self, String> {
        Self::new(text)
    }
}

impl Compile for Pattern {
    fn compile(text: &str) -> Result<Self, String> {
        Self::new(text)
    }
}

impl<T: Compile> Ready<T> {
    pub(super) fn new(text: Expression) -> Result<Self, String> {
        match text.literal() {
            Some(literal) if !literal.is_empty() => T::compile(&literal).map(Self::Compiled),
            _ => Ok(Self::Made(text)),
        }
    }
}

impl Expression {
    /// Only this text.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        let part = (!text.is_empty()).then(|| Part::Literal(text.to_owned()));
        Self(part.into_iter().collect())
    }

    /// Whether it can only be empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, when nothing in it needs to be filled.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let texts = self.0.iter().map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Code(_) | Part::Call(_) => None,
        });
        texts.collect()
    }

    /// As a person recognises it, for titles and for the list of what is sent.
    #[must_use]
    pub fn outline(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => text.as_str(),
            Part::Code(_) | Part::Call(_) => "…",
        });
        parts.collect()
    }

    /// Every call in it, those in parameters too.
    pub(super) fn calls(&self) -> Vec<&Call> {
        let mut calls = Vec::new();
        let mut waiting = vec![self];
        while let Some(expression) = waiting.pop() {
            for part in &expression.0 {
                if let Part::Call(call) = part {
                    calls.push(&**call);
                    waiting.extend(call.parameters());
                }
            }
        }
        calls
    }

    pub(super) fn push(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Literal(text)) => text.push(c),
            _ => self.0.push(Part::Literal(c.to_string())),
        }
    }
}

impl Call {
    /// Whether it looks for something in the answer.
    pub(super) const fn searches(&self) -> bool {
        matches!(self, Self::Header(_) | Self::Json { .. } | Self::Xml { .. } | Self::Regex { .. })
    }

    fn parameters(&self) -> Vec<&Expression> {
        fn made<T>(ready: &Ready<T>) -> Option<&Expression> {
            match ready {
                Ready::Compiled(_) => None,
                Ready::Made(text) => Some(text),
            }
        }
        match self {
            Self::Response | Self::ResponseUrl | Self::FileName | Self::Input => Vec::new(),
            Self::Header(text) | Self::Base64(text) => vec![text],
            Self::Json { input, path } => input.iter().chain(made(path)).collect(),
            Self::Xml { input, path } => input.iter().chain(made(path)).collect(),
            Self::Regex { input, pattern, group } => input.iter().chain(made(pattern)).chain([group]).collect(),
            Self::Random(texts) | Self::Select(texts) => texts.iter().collect(),
            Self::InputBox { title, default } => vec![title, default],
            Self::OutputBox { title, text } => vec![title, text],
            Self::Computed { name, parameters } => std::iter::once(name).chain(parameters).collect(),
        }
    }
}
