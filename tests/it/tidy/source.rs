//! A Rust file as tidy sees it: tokens without comments, paths with their imports resolved. Understands just enough Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::CharIndices;

/// Words that no path begins with, and after which `::` begins one.
const KEYWORDS: [&str; 8] = ["as", "dyn", "for", "impl", "in", "mut", "return", "use"];

/// One file of the project.
pub struct Source {
    /// From the project's root, with forward slashes.
    pub path: String,
    /// What is in it, as written.
    pub text: String,
    /// What is in it, without comments and white space.
    pub tokens: Vec<Token>,
}

/// One token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// From 1.
    pub line: usize,
    /// Inside something that is only compiled for tests.
    pub is_test: bool,
    /// In how many `mod name { … }` of this file.
    pub depth: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    Number(String),
    /// The contents of a string literal.
    Text(String),
    /// `::`
    Colons,
    Sign(char),
}

/// `a::b::c`, wherever it stands, imports resolved and groups taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
    pub is_test: bool,
    depth: usize,
}

impl Path {
    /// Whether it leads to `name` (or into it), `std::fs` for example.
    pub fn leads_to(&self, name: &str) -> bool {
        let path = self.segments.join("::");
        let globbed = path.strip_suffix('*').is_some_and(|opened| name.starts_with(opened));
        globbed || path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"))
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let mut tokens = tokens(text);
        mark_modules(&mut tokens);
        if is_test_file(path) {
            for token in &mut tokens {
                token.is_test = true;
            }
        } else {
            mark_tests(&mut tokens);
        }
        Self { path: path.to_owned(), text: text.to_owned(), tokens }
    }

    /// Its place in the module tree below `src`: `["ui", "theme"]`.
    pub fn module(&self) -> Vec<&str> {
        let place = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        place.split('/').filter(|part| !["mod", "lib"].contains(part)).collect()
    }

    /// The word, when the token is one.
    pub fn word(&self, index: usize) -> Option<&str> {
        match &self.tokens.get(index)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn is_sign(&self, index: usize, sign: char) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    /// Lines that are in the program, not only in its tests. Files of tests count as a whole.
    pub fn lines_of_code(&self) -> usize {
        let mut lines: BTreeSet<_> = (1..=self.text.lines().count()).collect();
        if !is_test_file(&self.path) {
            let neighbours = self.tokens.iter().zip(self.tokens.iter().skip(1));
            for (first, second) in neighbours.filter(|(first, second)| first.is_test && second.is_test) {
                lines.retain(|line| !(first.line..=second.line).contains(line));
            }
        }
        lines.len()
    }

    /// Every path of at least two segments, and every import.
    pub fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        let mut imports = BTreeMap::new();
        let mut index = 0;
        while index < self.tokens.len() {
            let starts = self.word(index).is_some_and(|word| !KEYWORDS.contains(&word)) && !self.continues(index);
            if !starts {
                index += 1;
                continue;
            }
            let imported = self.is_imported(index);
            let mut found = Vec::new();
            let end = self.tree(index, &[], &mut found);
            for (path, name) in found {
                if imported && path.segments.len() > 1 {
                    imports.insert(name, path.segments.clone());
                }
                if imported || path.segments.len() > 1 {
                    paths.push((imported, path));
                }
            }
            index = end.max(index + 1);
        }
        let resolve = |(imported, path): (bool, Path)| match path.segments.split_first() {
            Some((first, rest)) if !imported && imports.contains_key(first) => {
                let start = imports.get(first).into_iter().flatten();
                Path { segments: start.chain(rest).cloned().collect(), ..path }
            }
            _ => path,
        };
        paths.into_iter().map(resolve).map(|path| self.absolute(path)).collect()
    }

    /// The modules this file declares: their names hide crates of the same name.
    pub fn declared_modules(&self) -> Vec<&str> {
        let declares = |index: &usize| self.word(*index) == Some("mod");
        (0..self.tokens.len()).filter(declares).filter_map(|index| self.word(index + 1)).collect()
    }

    /// Whether the word goes on with what stands before it: `.method`, `path::word`.
    fn continues(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        match self.tokens.get(before).map(|token| &token.kind) {
            Some(Kind::Sign('.')) => true,
            // A leading `::` only says that what follows is a crate.
            Some(Kind::Colons) => before.checked_sub(1).is_some_and(|earlier| self.ends_path(earlier)),
            _ => false,
        }
    }

    /// Whether the path that starts here is that of a `use`.
    fn is_imported(&self, start: usize) -> bool {
        let before = start.checked_sub(1);
        let leading = before.filter(|index| self.tokens.get(*index).is_some_and(|token| token.kind == Kind::Colons));
        let before = if leading.is_some() { start.checked_sub(2) } else { before };
        before.and_then(|index| self.word(index)) == Some("use")
    }

    fn ends_path(&self, index: usize) -> bool {
        self.word(index).is_some_and(|word| !KEYWORDS.contains(&word)) || self.is_sign(index, '>')
    }

    /// Reads `a::b::{c, d as e}` from `index` on; returns where it ends. Each path comes with the name it gets.
    fn tree(&self, mut index: usize, prefix: &[String], found: &mut Vec<(Path, String)>) -> usize {
        let mut segments = prefix.to_vec();
        let start = self.tokens.get(index);
        let (line, is_test, depth) = start.map_or((0, false, 0), |token| (token.line, token.is_test, token.depth));
        loop {
            match self.tokens.get(index).map(|token| &token.kind) {
                Some(Kind::Word(word)) => segments.push(word.clone()),
                Some(Kind::Sign('*')) if !segments.is_empty() => segments.push("*".to_owned()),
                Some(Kind::Sign('{')) if !segments.is_empty() => return self.group(index, &segments, found),
                _ => break,
            }
            index += 1;
            if self.tokens.get(index).map(|token| &token.kind) != Some(&Kind::Colons) {
                break;
            }
            index += 1;
        }
        let mut name = segments.last().cloned().unwrap_or_default();
        if self.word(index) == Some("as") {
            self.word(index + 1).unwrap_or_default().clone_into(&mut name);
            index += 2;
        }
        if segments.last().is_some_and(|last| last == "self") && segments.len() > 1 {
            segments.pop();
            name = segments.last().cloned().unwrap_or_default();
        }
        found.push((Path { segments, line, is_test, depth }, name));
        index
    }

    fn group(&self, open: usize, prefix: &[String], found: &mut Vec<(Path, String)>) -> usize {
        let mut index = open + 1;
        while index < self.tokens.len() && !self.is_sign(index, '}') {
            let end = if self.is_sign(index, ',') { index } else { self.tree(index, prefix, found) };
            index = end.max(index + 1);
        }
        index + 1
    }

    /// `super::x` as `crate::…::x`.
    fn absolute(&self, mut path: Path) -> Path {
        let mut place = self.module();
        place.extend(std::iter::repeat_n("inline", path.depth));
        let mut climbed = false;
        while path.segments.first().is_some_and(|first| first == "super") {
            path.segments.remove(0);
            place.pop();
            climbed = true;
        }
        if climbed {
            let start = std::iter::once("crate").chain(place).map(str::to_owned);
            path.segments = start.chain(path.segments).collect();
        }
        path
    }
}

/// Files that hold nothing but tests.
pub fn is_test_file(path: &str) -> bool {
    !path.starts_with("src/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

fn mark_modules(tokens: &mut [Token]) {
    let source = Source { path: String::new(), text: String::new(), tokens: tokens.to_vec() };
    for start in (0..tokens.len()).filter(|index| source.word(*index) == Some("mod")) {
        if source.is_sign(start + 2, '{') {
            let end = end_of_brackets(&source, start + 2);
            tokens.iter_mut().take(end).skip(start + 2).for_each(|token| token.depth += 1);
        }
    }
}

fn mark_tests(tokens: &mut [Token]) {
    let source = Source { path: String::new(), text: String::new(), tokens: tokens.to_vec() };
    for start in 0..tokens.len() {
        if let Some(end) = end_of_test_attribute(&source, start).map(|after| end_of_item(&source, after)) {
            tokens.iter_mut().take(end).skip(start).for_each(|token| token.is_test = true);
        }
    }
}

/// Where `#[cfg(test)]` or `#[test]` ends.
fn end_of_test_attribute(source: &Source, start: usize) -> Option<usize> {
    let end = end_of_attribute(source, start)?;
    let words: Vec<_> = (start..end).filter_map(|index| source.word(index)).collect();
    let tests = matches!(words.as_slice(), ["test"]) || words.first() == Some(&"cfg") && words.contains(&"test");
    (tests && !words.contains(&"not")).then_some(end)
}

fn end_of_attribute(source: &Source, start: usize) -> Option<usize> {
    (source.is_sign(start, '#') && source.is_sign(start + 1, '[')).then(|| end_of_brackets(source, start + 1))
}

/// From an item's start (attributes or not) to behind its `;` or `}`.
fn end_of_item(source: &Source, start: usize) -> usize {
    let mut index = start;
    while let Some(end) = end_of_attribute(source, index) {
        index = end;
    }
    while index < source.tokens.len() {
        match source.tokens.get(index).map(|token| &token.kind) {
            Some(Kind::Sign('{')) => return end_of_brackets(source, index),
            Some(Kind::Sign('(' | '[')) => index = end_of_brackets(source, index),
            Some(Kind::Sign(';')) => return index + 1,
            Some(Kind::Sign('}' | ')' | ']')) => return index,
            _ => index += 1,
        }
    }
    index
}

/// Behind the bracket that closes the one at `open`.
pub fn end_of_brackets(source: &Source, open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in source.tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    source.tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    Lexer { text, chars: text.char_indices().peekable(), line: 1, tokens: Vec::new() }.run()
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some((at, c)) = self.next() {
            let rest = self.text.get(at..).unwrap_or_default();
            let line = self.line;
            let kind = match c {
                '\n' | ' ' | '\t' | '\r' => continue,
                '/' if rest.starts_with("//") => {
                    self.skip_while(|c| c != '\n');
                    continue;
                }
                '/' if rest.starts_with("/*") => {
                    self.skip_block_comment();
                    continue;
                }
                '"' => Kind::Text(self.text_until_quote()),
                'r' | 'b' | 'c' if raw_hashes(rest).is_some() => self.raw_text(rest),
                'b' | 'c' if rest.get(1..2) == Some("\"") => {
                    self.next();
                    Kind::Text(self.text_until_quote())
                }
                '\'' => {
                    self.skip_char_or_lifetime(rest);
                    continue;
                }
                ':' if rest.starts_with("::") => {
                    self.next();
                    Kind::Colons
                }
                c if c.is_ascii_digit() => Kind::Number(self.word_from(at)),
                c if c.is_alphabetic() || c == '_' => Kind::Word(self.word_from(at)),
                c => Kind::Sign(c),
            };
            self.tokens.push(Token { kind, line, is_test: false, depth: 0 });
        }
        self.tokens
    }

    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.chars.next();
        self.line += usize::from(next.is_some_and(|(_, c)| c == '\n'));
        next
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.chars.peek().is_some_and(|(_, c)| wanted(*c)) {
            self.next();
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 1;
        let mut last = ' ';
        self.next();
        while let Some((_, c)) = self.next() {
            match (last, c) {
                ('*', '/') => depth -= 1,
                ('/', '*') => depth += 1,
                _ => {
                    last = c;
                    continue;
                }
            }
            last = ' ';
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_char_or_lifetime(&mut self, rest: &str) {
        let mut following = rest.chars().skip(1);
        let (first, second) = (following.next(), following.next());
        if first == Some('\\') {
            self.next();
            self.next();
            self.skip_while(|c| c != '\'');
            self.next();
        } else if second == Some('\'') {
            self.next();
            self.next();
        }
    }

    fn text_until_quote(&mut self) -> String {
        let mut text = String::new();
        while let Some((_, c)) = self.next() {
            match c {
                '"' => break,
                '\\' => drop(self.next()),
                c => text.push(c),
            }
        }
        text
    }

    fn raw_text(&mut self, rest: &str) -> Kind {
        let (open, hashes) = raw_hashes(rest).unwrap_or_default();
        let close = format!("\"{}", "#".repeat(hashes));
        let inner = rest.get(open..).unwrap_or_default();
        let text = inner.split(close.as_str()).next().unwrap_or_default().to_owned();
        let whole = open + text.len() + close.len();
        for _ in rest.chars().skip(1).take(rest.get(..whole).unwrap_or(rest).chars().count() - 1) {
            self.next();
        }
        Kind::Text(text)
    }

    fn word_from(&mut self, at: usize) -> String {
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        let end = self.chars.peek().map_or(self.text.len(), |(end, _)| *end);
        self.text.get(at..end).unwrap_or_default().to_owned()
    }
}

/// For `r"`, `br##"` and the like: bytes up to the text, and how many `#`.
fn raw_hashes(rest: &str) -> Option<(usize, usize)> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let opened = after.trim_start_matches('#').starts_with('"');
    opened.then(|| (rest.len() - after.len() + hashes + 1, hashes))
}
