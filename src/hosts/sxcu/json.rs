//! JSON as `ShareX`'s reader takes it, with the place of every key: comments, single quotes, names without quotes, line breaks
//! in texts and commas too many are fine, and what follows the object is nobody's business.

/// Objects and lists in each other.
const DEPTH_MAX: usize = 64;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub at: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// As it is written: `true`, `12`, `1.50`.
    Bare(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    /// Of the key.
    pub at: Place,
    pub node: Node,
}

/// Counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub const START: Self = Self { line: 1, column: 1 };
}

impl Value {
    /// What it is, for a person.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bare(_) => "a number, true or false",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}

/// Reads the first value in `text`.
///
/// # Errors
/// Where it is wrong, and in words what.
pub(super) fn parse(text: &str) -> Result<Node, (Place, String)> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, place: Place::START, depth: 0 };
    reader.skip()?;
    reader.node()
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    place: Place,
    depth: usize,
}

type Read<T> = Result<T, (Place, String)>;

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else {
            self.place.column += 1;
        }
        Some(c)
    }

    fn wrong<T>(&self, words: &str) -> Read<T> {
        Err((self.place, words.to_owned()))
    }

    /// Passes over white space and comments.
    fn skip(&mut self) -> Read<()> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(c), _) if c.is_whitespace() || c == '\u{feff}' || c == '\0' => {
                    self.next();
                }
                (Some('/'), Some('/')) => while self.next().is_some_and(|c| c != '\n') {},
                (Some('/'), Some('*')) => {
                    let begin = self.place;
                    self.next();
                    self.next();
                    while !(self.peek(0) == Some('*') && self.peek(1) == Some('/')) {
                        if self.next().is_none() {
                            return Err((begin, "this comment is never closed".to_owned()));
                        }
                    }
                    self.next();
                    self.next();
                }
                _ => return Ok(()),
            }
        }
    }

    fn node(&mut self) -> Read<Node> {
        let at = self.place;
        let value = match self.peek(0) {
            None => return self.wrong("the file ends where a value should be"),
            Some('{') => self.nested(Self::map)?,
            Some('[') => self.nested(Self::list)?,
            Some('"' | '\'') => Value::Text(self.quoted()?),
            Some(c) if is_bare(c) => match self.bare().as_str() {
                "null" | "undefined" => Value::Null,
                word => Value::Bare(word.to_owned()),
            },
            Some(c) => return self.wrong(&format!("“{c}” is no value; a text stands in \"quotes\"")),
        };
        Ok(Node { at, value })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.wrong("objects and lists are nested too deep");
        }
        self.next();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn map(&mut self) -> Read<Value> {
        let mut entries = Vec::new();
        while !self.closes('}')? {
            let at = self.place;
            let key = match self.peek(0) {
                Some('"' | '\'') => self.quoted()?,
                Some(c) if is_bare(c) => self.bare(),
                _ => return self.wrong("a \"name\" or } is missing here"),
            };
            self.skip()?;
            if self.peek(0) != Some(':') {
                return self.wrong(&format!("a : is missing behind \"{key}\""));
            }
            self.next();
            self.skip()?;
            let node = self.node()?;
            entries.push(Entry { key, at, node });
            self.separator('}')?;
        }
        Ok(Value::Map(entries))
    }

    fn list(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        while !self.closes(']')? {
            items.push(self.node()?);
            self.separator(']')?;
        }
        Ok(Value::List(items))
    }

    /// Whether `close` comes next; it is passed over.
    fn closes(&mut self, close: char) -> Read<bool> {
        self.skip()?;
        let closes = self.peek(0) == Some(close);
        if closes {
            self.next();
        }
        Ok(closes)
    }

    fn separator(&mut self, close: char) -> Read<()> {
        self.skip()?;
        match self.peek(0) {
            Some(',') => {
                self.next();
                Ok(())
            }
            Some(c) if c == close => Ok(()),
            None => self.wrong(&format!("the file ends before its {close}")),
            Some(_) => self.wrong(&format!("a comma or {close} is missing before this")),
        }
    }

    fn bare(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|c| is_bare(*c)) {
            word.push(c);
            self.next();
        }
        word
    }

    fn quoted(&mut self) -> Read<String> {
        let begin = self.place;
        let quote = self.next();
        let mut text = String::new();
        loop {
            let place = self.place;
            match self.next() {
                None => return Err((begin, "this text is never closed".to_owned())),
                c if c == quote => return Ok(text),
                Some('\\') => match self.escaped() {
                    Some(c) => text.push(c),
                    None => return Err((place, "this escape is unknown; a \\ itself is written \\\\".to_owned())),
                },
                Some(c) => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            c @ ('"' | '\'' | '\\' | '/') => c,
            'u' => {
                let first = self.hex()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Some(char::from_u32(first).unwrap_or('\u{fffd}'));
                }
                // The second half of a character beyond the first 65,536.
                if self.peek(0) != Some('\\') || self.peek(1) != Some('u') {
                    return Some('\u{fffd}');
                }
                self.next();
                self.next();
                let second = self.hex()?;
                let whole = second.checked_sub(0xdc00).map(|low| 0x1_0000 + ((first - 0xd800) << 10) + low);
                whole.and_then(char::from_u32).unwrap_or('\u{fffd}')
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + self.next()?.to_digit(16)?;
        }
        Some(number)
    }
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || "_$+-.".contains(c)
}
