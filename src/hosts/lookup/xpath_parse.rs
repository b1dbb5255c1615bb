//! Reads `XPath` 1.0 (<https://www.w3.org/TR/xpath-10/>).

/// Parentheses, predicates and arguments in each other.
const DEPTH_MAX: usize = 32;
/// Most parts of one path.
const TOKENS_MAX: usize = 500;

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    /// `=`, `!=`, `<`, `+`, `div` … and their sides.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Negated(Box<Expr>),
    Union(Vec<Expr>),
    Path(Start, Vec<Step>),
    Text(String),
    Number(f64),
    Call(&'static str, Vec<Expr>),
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub(super) enum Start {
    Root,
    Here,
    /// `(…)[1]`, `id('x')`
    At(Box<Expr>, Vec<Expr>),
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub axis: Axis,
    pub test: Test,
    pub predicates: Vec<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Parent,
    Ancestor,
    AncestorOrSelf,
    FollowingSibling,
    PrecedingSibling,
    Following,
    Preceding,
    Attribute,
    Itself,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    /// `*`
    AnyName,
    /// Prefix, when one is written, and name.
    Name(Option<String>, String),
    /// `p:*`
    Prefix(String),
    Node,
    Text,
    Comment,
    Instruction,
}

const AXES: [(&str, Axis); 12] = [
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("parent", Axis::Parent),
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("following-sibling", Axis::FollowingSibling),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("following", Axis::Following),
    ("preceding", Axis::Preceding),
    ("attribute", Axis::Attribute),
    ("self", Axis::Itself),
];

/// Name, fewest and most arguments.
const FUNCTIONS: [(&str, usize, usize); 25] = [
    ("last", 0, 0),
    ("position", 0, 0),
    ("count", 1, 1),
    ("id", 1, 1),
    ("name", 0, 1),
    ("local-name", 0, 1),
    ("string", 0, 1),
    ("concat", 2, usize::MAX),
    ("starts-with", 2, 2),
    ("contains", 2, 2),
    ("substring-before", 2, 2),
    ("substring-after", 2, 2),
    ("substring", 2, 3),
    ("string-length", 0, 1),
    ("normalize-space", 0, 1),
    ("translate", 3, 3),
    ("boolean", 1, 1),
    ("not", 1, 1),
    ("true", 0, 0),
    ("false", 0, 0),
    ("number", 0, 1),
    ("sum", 1, 1),
    ("floor", 1, 1),
    ("round", 1, 1),
    ("ceiling", 1, 1),
];

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    /// `/`, `//`, `::`, `!=` …
    Sign(&'static str),
}

const SIGNS: [&str; 21] =
    ["//", "::", "..", "!=", "<=", ">=", "/", "|", "+", "-", "=", "<", ">", "(", ")", "[", "]", ".", "@", ",", "*"];

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens, at: 0, depth: 0, end: text.chars().count() };
    let expression = reader.or()?;
    if reader.at < reader.tokens.len() { Err(reader.wrong("this does not belong here")) } else { Ok(expression) }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let rest = chars.get(at..).unwrap_or_default();
        let run = |wanted: fn(char) -> bool| rest.iter().take_while(|c| wanted(**c)).collect::<String>();
        let starts = |sign: &str| sign.chars().enumerate().all(|(n, c)| rest.get(n) == Some(&c));
        let is_number = c.is_ascii_digit() || (c == '.' && rest.get(1).is_some_and(char::is_ascii_digit));
        let (token, length) = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c == '"' || c == '\'' {
            let inner: String = rest.iter().skip(1).take_while(|end| **end != c).collect();
            let length = inner.chars().count() + 2;
            if length > rest.len() {
                return Err(format!("XPath, character {}: the quote is never closed", at + 1));
            }
            (Token::Text(inner), length)
        } else if is_number {
            let digits = run(|c| c.is_ascii_digit() || c == '.');
            let number = digits.parse().map_err(|_| format!("XPath, character {}: {digits} is no number", at + 1))?;
            (Token::Number(number), digits.len())
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| starts(sign)) {
            (Token::Sign(sign), sign.len())
        } else if c.is_alphabetic() || c == '_' {
            let name = name(rest);
            let length = name.chars().count();
            (Token::Name(name), length)
        } else {
            return Err(format!("XPath, character {}: “{c}” does not belong here", at + 1));
        };
        tokens.push((at, token));
        at += length;
        if tokens.len() > TOKENS_MAX {
            return Err(format!("the XPath has more than {TOKENS_MAX} parts"));
        }
    }
    Ok(tokens)
}

/// A name with its prefix; `::` ends it.
fn name(rest: &[char]) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let mut name = String::new();
    for (n, c) in rest.iter().copied().enumerate() {
        let next = rest.get(n + 1).copied();
        let is_prefix = c == ':' && !name.contains(':') && next.is_some_and(|next| next.is_alphabetic() || next == '*');
        if !is_part(c) && !is_prefix {
            break;
        }
        name.push(c);
        if is_prefix && next == Some('*') {
            name.push('*');
            break;
        }
    }
    name
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn is(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some((_, Token::Sign(there))) if *there == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let there = self.is(0, sign);
        self.at += usize::from(there);
        there
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.at += usize::from(there);
        there
    }

    fn need(&mut self, sign: &str) -> Result<(), String> {
        if self.eat(sign) { Ok(()) } else { Err(self.wrong(&format!("{sign} is missing here"))) }
    }

    fn wrong(&self, words: &str) -> String {
        let at = self.tokens.get(self.at).map_or(self.end, |(at, _)| *at);
        format!("XPath, character {}: {words}", at + 1)
    }

    fn or(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong("too many brackets in each other"));
        }
        let mut sides = vec![self.and()?];
        while self.eat_word("or") {
            sides.push(self.and()?);
        }
        self.depth -= 1;
        Ok(only(sides, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut sides = vec![self.binary(0)?];
        while self.eat_word("and") {
            sides.push(self.binary(0)?);
        }
        Ok(only(sides, Expr::And))
    }

    /// Comparisons, sums and products, each binding closer than the one before.
    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        const LEVELS: [&[&str]; 4] = [&["=", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "div", "mod"]];
        let Some(operators) = LEVELS.get(level) else { return self.negated() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.eat(operator) || self.eat_word(operator)) {
            left = Expr::Binary(operator, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn negated(&mut self) -> Result<Expr, String> {
        let mut is_negated = false;
        while self.eat("-") {
            is_negated = !is_negated;
        }
        let mut parts = vec![self.path()?];
        while self.eat("|") {
            parts.push(self.path()?);
        }
        let expression = only(parts, Expr::Union);
        Ok(if is_negated { Expr::Negated(Box::new(expression)) } else { expression })
    }

    fn path(&mut self) -> Result<Expr, String> {
        let mut steps = Vec::new();
        let start = if self.eat("//") {
            steps.push(Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() });
            steps.push(self.step()?);
            Start::Root
        } else if self.eat("/") {
            if self.begins_step() {
                steps.push(self.step()?);
            }
            Start::Root
        } else if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            if predicates.is_empty() && !self.is(0, "/") && !self.is(0, "//") {
                return Ok(primary);
            }
            Start::At(Box::new(primary), predicates)
        } else {
            steps.push(self.step()?);
            Start::Here
        };
        loop {
            if self.eat("//") {
                steps.push(Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() });
            } else if !self.eat("/") {
                return Ok(Expr::Path(start, steps));
            }
            steps.push(self.step()?);
        }
    }

    fn begins_step(&self) -> bool {
        let signs = [".", "..", "@", "*"];
        matches!(self.peek(), Some(Token::Name(_))) || signs.into_iter().any(|sign| self.is(0, sign))
    }

    /// A text, a number, a call or something in parentheses.
    fn primary(&mut self) -> Result<Option<Expr>, String> {
        let expression = match self.peek() {
            Some(Token::Text(text)) => Expr::Text(text.clone()),
            Some(Token::Number(number)) => Expr::Number(*number),
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.or()?;
                self.need(")")?;
                return Ok(Some(inner));
            }
            Some(Token::Name(name)) if self.is(1, "(") && !is_node_test(name) => {
                return self.call(&name.clone()).map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(expression))
    }

    fn call(&mut self, name: &str) -> Result<Expr, String> {
        let function = FUNCTIONS.into_iter().find(|(known, ..)| *known == name);
        let Some((known, fewest, most)) = function else {
            return Err(self.wrong(&format!("there is no function {name}()")));
        };
        self.at += 2;
        let mut arguments = Vec::new();
        while !self.is(0, ")") {
            arguments.push(self.or()?);
            if !self.eat(",") {
                break;
            }
        }
        self.need(")")?;
        if !(fewest..=most).contains(&arguments.len()) {
            return Err(self.wrong(&format!("{name}() does not take {} values", arguments.len())));
        }
        Ok(Expr::Call(known, arguments))
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, String> {
        let mut predicates = Vec::new();
        while self.eat("[") {
            predicates.push(self.or()?);
            self.need("]")?;
        }
        Ok(predicates)
    }

    fn step(&mut self) -> Result<Step, String> {
        let (axis, test) = if self.eat("..") {
            (Axis::Parent, Test::Node)
        } else if self.eat(".") {
            (Axis::Itself, Test::Node)
        } else if self.eat("@") {
            (Axis::Attribute, self.test()?)
        } else if self.is(1, "::") {
            let axis = match self.peek() {
                Some(Token::Name(name)) => AXES.into_iter().find(|(known, _)| known == name),
                _ => None,
            };
            let Some((_, axis)) = axis else { return Err(self.wrong("there is no such axis")) };
            self.at += 2;
            (axis, self.test()?)
        } else {
            (Axis::Child, self.test()?)
        };
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.eat("*") {
            return Ok(Test::AnyName);
        }
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(self.wrong("a name, * or a function is missing here"));
        };
        self.at += 1;
        if is_node_test(&name) && self.eat("(") {
            if matches!(self.peek(), Some(Token::Text(_))) {
                self.at += 1;
            }
            self.need(")")?;
            return Ok(match name.as_str() {
                "text" => Test::Text,
                "comment" => Test::Comment,
                "node" => Test::Node,
                _ => Test::Instruction,
            });
        }
        Ok(match name.split_once(':') {
            None => Test::Name(None, name),
            Some((prefix, "*")) => Test::Prefix(prefix.to_owned()),
            Some((prefix, name)) => Test::Name(Some(prefix.to_owned()), name.to_owned()),
        })
    }
}

fn is_node_test(name: &str) -> bool {
    ["text", "node", "comment", "processing-instruction"].contains(&name)
}

fn only(mut sides: Vec<Expr>, several: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match sides.pop() {
        Some(side) if sides.is_empty() => side,
        last => {
            sides.extend(last);
            several(sides)
        }
    }
}
