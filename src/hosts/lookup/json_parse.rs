//! Reads JSON paths.

use serde_json::Value;

use super::json::{JsonPath, Segment};
use super::json_filter::{Comparison, Filter, Operand};
use super::{DEPTH_MAX, Pattern};

/// Filters in filters.
const FILTER_DEPTH_MAX: usize = 16;
const _: () = assert!(FILTER_DEPTH_MAX < DEPTH_MAX, "filters are recursive");

/// Reads a whole path.
pub(super) fn path(text: &str) -> Result<JsonPath, String> {
    let mut reader = Reader { chars: text.trim().chars().collect(), at: 0, depth: 0 };
    if reader.peek() == Some('$') && matches!(reader.peek_at(1), None | Some('.' | '[')) {
        reader.at += 1;
    }
    let segments = reader.segments(false)?;
    if segments.is_empty() && reader.chars.last() == Some(&'.') {
        return Err(reader.wrong("a name is missing behind the dot"));
    }
    Ok(JsonPath { segments })
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let there = text.chars().enumerate().all(|(n, c)| self.peek_at(n) == Some(c));
        if there {
            self.at += text.chars().count();
        }
        there
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn wrong(&self, words: &str) -> String {
        format!("JSON path, character {}: {words}", self.at + 1)
    }

    /// All segments up to the end, or in a filter up to what cannot belong to a path.
    fn segments(&mut self, in_filter: bool) -> Result<Vec<Segment>, String> {
        let mut segments = Vec::new();
        let mut is_first = true;
        while let Some(c) = self.peek() {
            match c {
                '[' => {
                    self.at += 1;
                    segments.push(self.brackets()?);
                }
                '.' => {
                    self.at += 1;
                    let is_deep = self.eat(".");
                    if is_deep {
                        segments.push(Segment::Deep);
                    }
                    match self.peek() {
                        Some('[') => {}
                        None if segments.is_empty() && is_first => {}
                        _ => segments.push(self.name(in_filter)?),
                    }
                }
                _ if in_filter => break,
                _ if is_first => segments.push(self.name(false)?),
                _ => return Err(self.wrong("a dot or a bracket is missing before this")),
            }
            is_first = false;
        }
        Ok(segments)
    }

    /// A name without quotes, or `*`.
    fn name(&mut self, in_filter: bool) -> Result<Segment, String> {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| !".[".contains(*c)) {
            if in_filter && (c.is_whitespace() || "()]=!<>&|~,'\"".contains(c)) {
                break;
            }
            if "])".contains(c) {
                return Err(self.wrong("this bracket was never opened; a name with it is written ['like this']"));
            }
            name.push(c);
            self.at += 1;
        }
        match name.trim() {
            "" => Err(self.wrong("a name is missing here")),
            "*" => Ok(Segment::Every),
            name => Ok(Segment::Names(vec![name.to_owned()])),
        }
    }

    /// What is between `[` and `]`.
    fn brackets(&mut self) -> Result<Segment, String> {
        self.skip_spaces();
        let segment = match self.peek() {
            Some('*') => {
                self.at += 1;
                Segment::Every
            }
            Some('?') => {
                self.at += 1;
                self.skip_spaces();
                let opened = self.eat("(");
                let filter = self.filter()?;
                self.skip_spaces();
                if opened && !self.eat(")") {
                    return Err(self.wrong("the filter's ) is missing"));
                }
                Segment::Filter(filter)
            }
            Some('\'' | '"') => Segment::Names(self.list(Self::quoted)?),
            Some('0'..='9' | '-' | ':') => self.numbers()?,
            _ => return Err(self.wrong("brackets take a number, a 'name' in quotes, * or ?(a filter)")),
        };
        self.skip_spaces();
        if self.eat("]") { Ok(segment) } else { Err(self.wrong("a ] is missing here")) }
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        loop {
            self.skip_spaces();
            items.push(read(self)?);
            self.skip_spaces();
            if !self.eat(",") {
                return Ok(items);
            }
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let Some(quote) = self.peek().filter(|c| "'\"".contains(*c)) else {
            return Err(self.wrong("a name in quotes is missing here"));
        };
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                c if c == quote => return Ok(text),
                '\\' => {
                    let escaped = self.peek().unwrap_or('\\');
                    self.at += 1;
                    text.push(match escaped {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        other => other,
                    });
                }
                c => text.push(c),
            }
        }
        Err(self.wrong("the quote is never closed"))
    }

    fn numbers(&mut self) -> Result<Segment, String> {
        let first = self.number()?;
        self.skip_spaces();
        if self.eat(":") {
            let end = self.number()?;
            let step = if self.eat(":") { self.number()? } else { None }.unwrap_or(1);
            if step == 0 {
                return Err(self.wrong("the step cannot be 0"));
            }
            return Ok(Segment::Slice { first, end, step });
        }
        let more = if self.eat(",") { self.list(Self::number)? } else { Vec::new() };
        let indexes =
            std::iter::once(first).chain(more).map(|index| index.and_then(|index| usize::try_from(index).ok()));
        let indexes: Option<Vec<_>> = indexes.collect();
        indexes.map(Segment::Indexes).ok_or_else(|| self.wrong("an item's number is 0 or more"))
    }

    fn number(&mut self) -> Result<Option<i64>, String> {
        self.skip_spaces();
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '-');
        self.skip_spaces();
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| self.wrong(&format!("{digits} is no whole number")))
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            taken.push(c);
            self.at += 1;
        }
        taken
    }

    fn filter(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(self.wrong("filters are nested too deep"));
        }
        let mut any = Vec::new();
        loop {
            let mut all = Vec::new();
            loop {
                all.push(self.condition()?);
                self.skip_spaces();
                if !self.eat("&&") {
                    break;
                }
            }
            any.push(Filter::All(all));
            if !self.eat("||") {
                break;
            }
        }
        self.depth -= 1;
        Ok(Filter::Any(any))
    }

    fn condition(&mut self) -> Result<Filter, String> {
        self.skip_spaces();
        if self.eat("(") {
            let filter = self.filter()?;
            self.skip_spaces();
            return if self.eat(")") { Ok(filter) } else { Err(self.wrong("a ) is missing here")) };
        }
        let left = self.operand()?;
        self.skip_spaces();
        if self.eat("=~") {
            self.skip_spaces();
            return Ok(Filter::Matches(left, Box::new(self.pattern()?)));
        }
        let comparisons = [
            ("===", Comparison::StrictlyEqual),
            ("!==", Comparison::StrictlyUnequal),
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<>", Comparison::Unequal),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ];
        match comparisons.into_iter().find(|(sign, _)| self.eat(sign)) {
            Some((_, comparison)) => {
                self.skip_spaces();
                Ok(Filter::Compares(left, comparison, self.operand()?))
            }
            None => Ok(Filter::Exists(left)),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.peek() {
            Some('@') => {
                self.at += 1;
                Ok(Operand::FromHere(JsonPath { segments: self.segments(true)? }))
            }
            Some('$') => {
                self.at += 1;
                Ok(Operand::FromRoot(JsonPath { segments: self.segments(true)? }))
            }
            Some('\'' | '"') => Ok(Operand::Literal(Value::String(self.quoted()?))),
            Some(c) if c.is_ascii_alphanumeric() || c == '-' => {
                let word = self.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
                let value: Result<Value, _> = serde_json::from_str(&word);
                value.map(Operand::Literal).map_err(|_| {
                    self.wrong(&format!("“{word}” is no number; a text is written 'in quotes', a value @.like.this"))
                })
            }
            _ => Err(self.wrong("the filter needs @.a.path, a number or a 'text' here")),
        }
    }

    /// `/pattern/i`
    fn pattern(&mut self) -> Result<Pattern, String> {
        if self.peek().is_some_and(|c| "'\"".contains(c)) {
            return Pattern::new_linear(&self.quoted()?);
        }
        if !self.eat("/") {
            return Err(self.wrong("=~ takes a pattern, as in =~ /png|jpg/i"));
        }
        let mut pattern = String::new();
        loop {
            match self.peek() {
                None => return Err(self.wrong("the pattern's / is missing")),
                Some('/') => break,
                Some('\\') if self.peek_at(1) == Some('/') => {
                    pattern.push('/');
                    self.at += 2;
                }
                Some('\\') => {
                    pattern.push('\\');
                    pattern.extend(self.peek_at(1));
                    self.at += 2;
                }
                Some(c) => {
                    pattern.push(c);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let flags = self.take_while(|c| "imsx".contains(c));
        let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
        Pattern::new_linear(&format!("{flags}{pattern}"))
    }
}
