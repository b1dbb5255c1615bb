//! The % codes: `%y`, `%rn{6}`, `%guid`. `ShareX` replaces them one after another over the whole text; since each begins with a
//! `%` and none becomes one, the first that fits at a place is the one that would have been replaced there.

use super::context::Moment;

/// Most characters that one code may give.
const COUNT_MAX: usize = 1000;

const DIGITS: &str = "0123456789";
const UPPER_FIRST: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOWER_FIRST: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
/// Without what is mistaken for something else.
const UNAMBIGUOUS: &str = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";
const ADJECTIVES: [&str; 16] = [
    "Able", "Brave", "Calm", "Daring", "Eager", "Fair", "Gentle", "Happy", "Idle", "Jolly", "Kind", "Lively", "Mild",
    "Noble", "Proud", "Quiet",
];
const ANIMALS: [&str; 16] = [
    "Badger", "Crane", "Dolphin", "Eagle", "Falcon", "Gecko", "Heron", "Ibis", "Jaguar", "Koala", "Lynx", "Marten",
    "Newt", "Otter", "Puffin", "Quail",
];
const EMOJI: [&str; 16] =
    ["😀", "😎", "🐱", "🐶", "🦊", "🐸", "🌵", "🍀", "🍎", "🍋", "🍩", "⚽", "🎲", "🚀", "🌈", "⭐"];

/// One code, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A part of the date or the time, by the code's name without `%`.
    Now(&'static str),
    /// The counter, in this base, with at least so many digits.
    Counter {
        alphabet: &'static str,
        base: usize,
        width: usize,
    },
    /// So many characters by chance.
    Random {
        alphabet: &'static str,
        count: usize,
    },
    /// An identifier by chance.
    Guid {
        is_upper: bool,
    },
    /// A word by chance.
    Word(&'static [&'static str], usize),
    LineBreak,
    /// The size of a picture, which `ShareX` does not know here either.
    Nothing,
}

/// What a text has where a `%` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A code, and how many characters it takes.
    Code(Code, usize),
    /// A code that would give away something of this computer: it stays as it is, so many characters.
    Private(usize),
}

/// In the order in which they are replaced; those with `{` take a number (or two) behind it.
const NAMES: [&str; 55] = [
    "width",
    "height",
    "mon2",
    "mon",
    "yy",
    "y",
    "mo",
    "d",
    "h",
    "mi",
    "s",
    "ms",
    "wy",
    "w2",
    "w",
    "pm",
    "unix",
    "ib{",
    "iB{",
    "iAa{",
    "iAa",
    "iaA{",
    "iaA",
    "ia{",
    "ia",
    "iA{",
    "iA",
    "ix{",
    "ix",
    "iX{",
    "iX",
    "i{",
    "i",
    "un",
    "uln",
    "cn",
    "n",
    "radjective",
    "ranimal",
    "rf{",
    "rna{",
    "rn{",
    "ra{",
    "rx{",
    "rX{",
    "remoji{",
    "rna",
    "rn",
    "ra",
    "rx",
    "rX",
    "guid",
    "GUID",
    "remoji",
    "",
];

/// The code at the beginning of `text`, which starts with `%`.
pub(super) fn find(text: &[char]) -> Option<Found> {
    let text = text.get(1..)?;
    NAMES.into_iter().find_map(|name| {
        if !name.chars().enumerate().all(|(n, c)| text.get(n) == Some(&c)) {
            return None;
        }
        let length = name.chars().count() + 1;
        let Some(bare) = name.strip_suffix('{') else { return found(name, length, [None; 2]) };
        let inner: String = text.iter().skip(length - 1).take(200).take_while(|c| **c != '}').collect();
        let length = length + inner.chars().count() + 1;
        if text.get(length - 2) != Some(&'}') {
            return None;
        }
        // What is no number counts as 0, as in ShareX.
        let mut numbers = inner.split(',').map(|number| number.trim().parse().unwrap_or(0).min(COUNT_MAX));
        let first = numbers.next().unwrap_or(0);
        found(bare, length, [Some(first), Some(numbers.next().unwrap_or(0))])
    })
}

fn found(name: &'static str, length: usize, [first, second]: [Option<usize>; 2]) -> Option<Found> {
    let count = first.unwrap_or(1);
    let width = first.unwrap_or(0);
    let counter = |alphabet, base| Code::Counter { alphabet, base, width };
    let random = |alphabet| Code::Random { alphabet, count };
    let code = match name {
        "" => return None,
        "un" | "uln" | "cn" | "rf" => return Some(Found::Private(length)),
        "width" | "height" => Code::Nothing,
        "ib" | "iB" => {
            let base = width;
            if !(2..=62).contains(&base) {
                return None;
            }
            let alphabet = if name == "ib" { LOWER_FIRST } else { UPPER_FIRST };
            Code::Counter { alphabet, base, width: second.unwrap_or(0) }
        }
        "iAa" => counter(UPPER_FIRST, 62),
        "iaA" => counter(LOWER_FIRST, 62),
        "ia" => counter(LOWER, 36),
        "iA" => counter(UPPER_FIRST, 36),
        "ix" => counter(LOWER, 16),
        "iX" => counter(UPPER_FIRST, 16),
        "i" => counter(DIGITS, 10),
        "rna" => random(UNAMBIGUOUS),
        "rn" => random(DIGITS),
        "ra" => random(UPPER_FIRST),
        "rx" => random("0123456789abcdef"),
        "rX" => random("0123456789ABCDEF"),
        "guid" | "GUID" => Code::Guid { is_upper: name == "GUID" },
        "radjective" => Code::Word(&ADJECTIVES, 1),
        "ranimal" => Code::Word(&ANIMALS, 1),
        "remoji" => Code::Word(&EMOJI, count),
        "n" => Code::LineBreak,
        name => Code::Now(name),
    };
    Some(Found::Code(code, length))
}

impl Code {
    /// What the code gives. With `in_halves` the hour goes from 1 to 12.
    pub(super) fn render(self, moment: &Moment<'_>, in_halves: bool) -> String {
        match self {
            Self::Now(name) => moment.now(name, in_halves),
            Self::Counter { alphabet, base, width } => {
                let digits = in_base(moment.counter, alphabet, base);
                format!("{}{digits}", "0".repeat(width.saturating_sub(digits.len())))
            }
            Self::Random { alphabet, count } => (0..count).filter_map(|_| pick_char(alphabet, moment)).collect(),
            Self::Guid { is_upper } => guid(moment, is_upper),
            Self::Word(words, count) => (0..count).filter_map(|_| moment.pick(words)).copied().collect(),
            Self::LineBreak => "\r\n".to_owned(),
            Self::Nothing => String::new(),
        }
    }
}

fn pick_char(alphabet: &str, moment: &Moment<'_>) -> Option<char> {
    alphabet.chars().nth(moment.below(alphabet.len()))
}

fn in_base(mut number: u64, alphabet: &str, base: usize) -> String {
    let base = u64::try_from(base).unwrap_or(10).max(2);
    let mut digits = Vec::new();
    loop {
        let digit = usize::try_from(number % base).unwrap_or(0);
        digits.extend(alphabet.chars().nth(digit));
        number /= base;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// Version 4 (RFC 9562).
fn guid(moment: &Moment<'_>, is_upper: bool) -> String {
    let guid: String = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"
        .chars()
        .filter_map(|c| match c {
            'x' => pick_char("0123456789abcdef", moment),
            'y' => pick_char("89ab", moment),
            c => Some(c),
        })
        .collect();
    if is_upper { guid.to_uppercase() } else { guid }
}
