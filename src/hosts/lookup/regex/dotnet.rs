//! What .NET writes differently in patterns: braces and brackets that stand for themselves, `$` before a last line break,
//! names in quotes, subtracted classes.

/// In front of names that are numbers, which the engines do not take.
const NUMBERED: &str = "_number_";

/// The name as it was in the pattern.
pub(super) fn written_name(name: &str) -> &str {
    name.strip_prefix(NUMBERED).unwrap_or(name)
}

/// What `$` stands for where it is not the end of any line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As in .NET.
    BeforeLineBreak,
    /// As in the engines.
    VeryEnd,
}

/// How much work one attempt may be for each character that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// Little.
    Plain,
    /// A look-around that repeats something, or that is repeated: as much as there are characters.
    Repeated,
    /// A look-around within a look-around: the square of it.
    Nested,
}

/// The pattern as the engines take it, and how much work it makes.
///
/// # Errors
/// What only .NET can do.
pub(super) fn translate(pattern: &str, end: End) -> Result<(String, Work), String> {
    let mut translation = Translation {
        rest: pattern.chars().collect(),
        out: String::new(),
        at: 0,
        keeps_end: end == End::VeryEnd || has_flag_m(pattern),
        open: Vec::new(),
        work: Work::Plain,
    };
    translation.run()?;
    Ok((translation.out, translation.work))
}

/// `(?m)`, `(?im)`, `(?m:…)`: then `$` is the end of any line, as in the engines.
fn has_flag_m(pattern: &str) -> bool {
    let flags = pattern.split("(?").skip(1).map(|rest| rest.split([':', ')', '-']).next().unwrap_or_default());
    let mut flags = flags.filter(|flags| flags.chars().all(|c| "imnsx".contains(c)));
    flags.any(|flags| flags.contains('m'))
}

struct Translation {
    rest: Vec<char>,
    out: String,
    at: usize,
    keeps_end: bool,
    /// The groups that are open.
    open: Vec<Group>,
    work: Work,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    looks_around: bool,
    /// It has a group that looks around.
    has_look: bool,
}

impl Translation {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0);
        self.at += 1;
        c
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.peek(n) == Some(c))
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class(0)?,
                '{' if !self.is_counted() => self.out.push_str("\\{"),
                '{' => {
                    self.repeats();
                    self.copy_counted();
                }
                '*' | '+' => {
                    self.repeats();
                    self.out.push(c);
                }
                '}' => self.out.push_str("\\}"),
                '$' if !self.keeps_end => self.out.push_str("(?=\\n?\\z)"),
                '(' => self.group()?,
                ')' => {
                    self.close();
                    self.out.push(')');
                }
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    /// At the sign that repeats what stands before it.
    fn repeats(&mut self) {
        if self.open.iter().any(|group| group.looks_around) {
            self.work = self.work.max(Work::Repeated);
        }
    }

    fn close(&mut self) {
        let Some(group) = self.open.pop() else { return };
        if group.has_look && self.peek(0).is_some_and(|c| "*+{".contains(c)) {
            self.work = self.work.max(Work::Repeated);
        }
        if let Some(around) = self.open.last_mut() {
            around.has_look |= group.has_look || group.looks_around;
        }
    }

    /// Behind a `\`.
    fn escape(&mut self) -> Result<(), String> {
        match self.next() {
            None => self.out.push_str("\\\\"),
            Some(c @ ('g' | 'K' | 'h' | 'R' | 'X')) => {
                return Err(format!("the pattern uses \\{c}, which .NET does not know"));
            }
            Some('e') => self.out.push_str("\\x1b"),
            Some(c @ ('<' | '>')) => self.out.push(c),
            Some(c) if !c.is_ascii() => self.out.push(c),
            Some('k') if self.peek(0) == Some('\'') => {
                self.at += 1;
                self.out.push_str("\\k<");
                self.name('\'');
            }
            Some('k') if self.peek(0) == Some('<') => {
                self.at += 1;
                self.out.push_str("\\k<");
                self.name('>');
            }
            Some(c) => {
                self.out.push('\\');
                self.out.push(c);
            }
        }
        Ok(())
    }

    /// Behind a `(`.
    fn group(&mut self) -> Result<(), String> {
        if self.starts("?#") {
            while self.next().is_some_and(|c| c != ')') {}
            return Ok(());
        }
        let is_look_behind = self.starts("?<=") || self.starts("?<!");
        let looks_around = is_look_behind || self.starts("?=") || self.starts("?!");
        // Each level multiplies the time by the length of the text.
        match self.open.iter().filter(|group| group.looks_around).count() {
            1 if looks_around => self.work = Work::Nested,
            2.. if looks_around => {
                return Err("the pattern looks around (?=…) within a look-around of a look-around".to_owned());
            }
            _ => {}
        }
        let kind = if self.peek(0) == Some('?') { self.peek(1) } else { None };
        if kind.is_some_and(|kind| !":=!<'>-imnsx".contains(kind)) {
            return Err(format!("the pattern uses a group (?{}…) that is not known here", kind.unwrap_or_default()));
        }
        self.out.push('(');
        self.open.push(Group { looks_around, has_look: false });
        let close = match (self.peek(0), self.peek(1)) {
            (Some('?'), Some('\'')) => '\'',
            (Some('?'), Some('<')) if !is_look_behind => '>',
            _ => return Ok(()),
        };
        self.at += 2;
        let name: String = self.rest.iter().skip(self.at).take_while(|c| **c != close).collect();
        if name.contains('-') {
            return Err(format!("the pattern uses balancing groups (?<{name}>…), which only .NET has"));
        }
        self.out.push_str("?<");
        self.name(close);
        Ok(())
    }

    /// Up to `close`, which becomes `>`.
    fn name(&mut self, close: char) {
        if self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            self.out.push_str(NUMBERED);
        }
        while let Some(c) = self.next().filter(|c| *c != close) {
            self.out.push(c);
        }
        self.out.push('>');
    }

    /// Whether `3}`, `3,}` or `3,5}` follows.
    fn is_counted(&self) -> bool {
        let inner: String = self.rest.iter().skip(self.at).take(24).take_while(|c| **c != '}').collect();
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let closes = self.peek(inner.chars().count()) == Some('}');
        let counts = match inner.split_once(',') {
            Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
            None => is_number(&inner),
        };
        closes && counts
    }

    fn copy_counted(&mut self) {
        self.out.push('{');
        while let Some(c) = self.next() {
            self.out.push(c);
            if c == '}' {
                return;
            }
        }
    }

    /// Behind a `[`: up to the `]` that belongs to it.
    fn class(&mut self, depth: usize) -> Result<(), String> {
        if depth > 4 {
            return Err("the pattern has too many brackets in each other".to_owned());
        }
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        if self.peek(0) == Some(']') {
            self.at += 1;
            self.out.push_str("\\]");
        }
        while let Some(c) = self.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape()?,
                '-' if self.peek(0) == Some('[') => {
                    self.at += 1;
                    self.out.push_str("--");
                    self.class(depth + 1)?;
                }
                '[' | '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '-' if self.peek(0) == Some('-') => self.out.push_str("\\-"),
                c => self.out.push(c),
            }
        }
        Err("the pattern has a [ that is never closed".to_owned())
    }
}
