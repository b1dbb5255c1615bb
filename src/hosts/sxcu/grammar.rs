//! Reads the texts of a definition: `{name:parameter|parameter}` with `\` before what stands for itself, and the older
//! `$name:parameter|parameter$`.

use super::code::{self, Code, Found};
use super::expression::{Call, Expression, Part};
use super::functions::{Refusal, Rules};

/// Calls in each other.
const DEPTH_MAX: usize = 24;
/// Calls in one text: each may search an answer.
const CALLS_MAX: usize = 50;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `{…}`, since 13.7.2.
    Braces,
    /// `$…$`
    Dollars,
    /// `$…$` and `%input`, up to 12.3.1.
    OldestDollars,
}

/// What is known when a text is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar<'a> {
    pub syntax: Syntax,
    pub has_codes: bool,
    pub rules: Rules<'a>,
}

/// Something to say about a place in a text, counted in characters from 1.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    pub at: usize,
    pub words: String,
    pub mend: String,
}

/// A text, read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub expression: Expression,
    pub problems: Vec<Remark>,
    pub warnings: Vec<Remark>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Begin,
    End,
    Bar,
    Colon,
    Char(char),
    Code(Code),
    /// `%input`
    Input,
}

impl Grammar<'_> {
    /// Reads a whole text.
    pub fn read(self, text: &str) -> Reading {
        let mut reading = Reading::default();
        let tokens = self.tokens(text, &mut reading);
        let mut reader = Reader { grammar: self, tokens, at: 0, depth: 0, calls: 0, reading };
        reader.reading.expression = reader.text();
        if let Some((at, _)) = reader.tokens.get(reader.at).copied() {
            let words = "ShareX ends the text here and ignores the rest";
            let mend = "Write \\} or \\| where the character stands for itself.";
            reader.reading.warnings.push(Remark { at, words: words.to_owned(), mend: mend.to_owned() });
        }
        reader.reading
    }

    /// Reads the body of a JSON or XML request: only `{input}`, `{filename}` and codes mean something in it.
    pub fn read_data(self, text: &str) -> Reading {
        let chars: Vec<char> = text.chars().collect();
        let mut reading = Reading::default();
        let places = if self.syntax == Syntax::Braces {
            [("{input}", Call::Input), ("{filename}", Call::FileName)]
        } else {
            [("$input$", Call::Input), ("$filename$", Call::FileName)]
        };
        let mut at = 0;
        while let Some(c) = chars.get(at).copied() {
            let rest = chars.get(at..).unwrap_or_default();
            let place = places.iter().find(|(place, _)| {
                place.chars().enumerate().all(|(n, c)| rest.get(n).is_some_and(|there| there.eq_ignore_ascii_case(&c)))
            });
            if let Some((place, call)) = place {
                reading.expression.0.push(Part::Call(Box::new(call.clone())));
                at += place.len();
            } else if let Some((code, length)) = self.code(rest, at, &mut reading) {
                reading.expression.0.push(Part::Code(code));
                at += length;
            } else {
                reading.expression.push(c);
                at += 1;
            }
        }
        reading
    }

    fn tokens(self, text: &str, reading: &mut Reading) -> Vec<(usize, Token)> {
        let chars: Vec<char> = text.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        let mut is_inside = false;
        while let Some(c) = chars.get(at).copied() {
            let rest = chars.get(at..).unwrap_or_default();
            let place = at + 1;
            at += 1;
            let token = match (self.syntax, c) {
                (Syntax::Braces, '\\') => {
                    at += 1;
                    let Some(escaped) = rest.get(1) else { break };
                    Token::Char(*escaped)
                }
                (_, '\\') => {
                    at += 1;
                    let words = "ShareX drops a \\ and the character behind it from texts in the old syntax";
                    let mend = "Save the file with a newer ShareX, or write the text with {…} and Version 14.0.0.";
                    reading.warnings.push(Remark { at: place, words: words.to_owned(), mend: mend.to_owned() });
                    continue;
                }
                (Syntax::Braces, '{') => Token::Begin,
                (Syntax::Braces, '}') => Token::End,
                (Syntax::Braces, '|') => Token::Bar,
                (Syntax::Dollars | Syntax::OldestDollars, '$') => {
                    is_inside = !is_inside;
                    if is_inside { Token::Begin } else { Token::End }
                }
                (Syntax::Dollars | Syntax::OldestDollars, '|') if is_inside => Token::Bar,
                (_, ':') => Token::Colon,
                (Syntax::OldestDollars, '%') if rest.starts_with(&['%', 'i', 'n', 'p', 'u', 't']) => {
                    at += 5;
                    Token::Input
                }
                (_, c) => match self.code(rest, at - 1, reading) {
                    Some((code, length)) => {
                        at += length - 1;
                        Token::Code(code)
                    }
                    None => Token::Char(c),
                },
            };
            // What stays as it is although it has braces.
            if c == '%'
                && matches!(token, Token::Char(_))
                && self.has_codes
                && let Some(Found::Private(length)) = code::find(rest)
            {
                tokens.extend(rest.iter().take(length).map(|c| (place, Token::Char(*c))));
                at += length - 1;
                continue;
            }
            tokens.push((place, token));
        }
        tokens
    }

    /// The code at the beginning of `rest`, and how long it is.
    fn code(self, rest: &[char], at: usize, reading: &mut Reading) -> Option<(Code, usize)> {
        if !self.has_codes || rest.first() != Some(&'%') {
            return None;
        }
        let mut warn = |words: String, mend: &str| {
            reading.warnings.push(Remark { at: at + 1, words, mend: mend.to_owned() });
        };
        let written = |length: usize| rest.iter().take(length).collect::<String>();
        match code::find(rest)? {
            Found::Code(code, length) => {
                let digits = rest.iter().skip(1).take(2).filter(|c| c.is_ascii_hexdigit()).count();
                if digits == 2 {
                    let words = format!("“{}” looks encoded, but ShareX replaces its {}", written(3), written(length));
                    warn(words, "Write the character itself; it is encoded when it is sent.");
                }
                Some((code, length))
            }
            Found::Private(length) => {
                let words =
                    format!("{} would tell the host about this computer; it is sent as it is written", written(length));
                warn(words, "Write what should be sent.");
                None
            }
        }
    }
}

struct Reader<'a> {
    grammar: Grammar<'a>,
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    calls: usize,
    reading: Reading,
}

impl Reader<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).map(|(_, token)| *token)
    }

    /// Up to the end, or to a bar or an end that is not passed over.
    fn text(&mut self) -> Expression {
        let mut text = Expression::default();
        while let Some(token) = self.peek() {
            match token {
                Token::End | Token::Bar => break,
                Token::Colon => {
                    self.at += 1;
                    text.push(':');
                }
                token => self.piece(token, &mut text),
            }
        }
        text
    }

    fn piece(&mut self, token: Token, text: &mut Expression) {
        self.at += 1;
        match token {
            Token::Begin => text.0.extend(self.call().map(|call| Part::Call(Box::new(call)))),
            Token::Char(c) => text.push(c),
            Token::Code(code) => text.0.push(Part::Code(code)),
            Token::Input => text.0.push(Part::Call(Box::new(Call::Input))),
            Token::End | Token::Bar | Token::Colon => {}
        }
    }

    /// Behind the sign that begins a call, up to and with the one that ends it.
    fn call(&mut self) -> Option<Call> {
        let begin = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(1, |(at, _)| *at);
        self.depth += 1;
        self.calls += 1;
        if self.depth > DEPTH_MAX || self.calls > CALLS_MAX {
            let words = if self.depth > DEPTH_MAX { "calls are nested too deep" } else { "there are too many calls" };
            self.refuse(
                begin,
                (words.to_owned(), format!("Use at most {CALLS_MAX} calls, {DEPTH_MAX} in each other.")),
            );
            self.at = self.tokens.len();
            return None;
        }
        let mut name = Expression::default();
        let mut parameters = Vec::new();
        loop {
            match self.peek() {
                None => break,
                Some(Token::End) => {
                    self.at += 1;
                    break;
                }
                Some(Token::Colon | Token::Bar) => {
                    self.at += 1;
                    parameters.push(self.text());
                }
                Some(token) => self.piece(token, &mut name),
            }
        }
        self.depth -= 1;
        let Some(literal) = name.literal() else { return Some(Call::Computed { name, parameters }) };
        match self.grammar.rules.call(&literal, parameters) {
            Ok(call) => Some(call),
            Err(refusal) => {
                self.refuse(begin, refusal);
                None
            }
        }
    }

    fn refuse(&mut self, at: usize, (words, mend): Refusal) {
        if self.depth <= DEPTH_MAX && self.calls <= CALLS_MAX || self.reading.problems.is_empty() {
            self.reading.problems.push(Remark { at, words, mend });
        }
    }
}
