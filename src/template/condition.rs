//! Conditions: `[if name]`, `[if not name]`, `[if name = value]` and the other operators.

use std::fmt;

use super::names::{self, Entry, Kind};

/// What stands in an `[if …]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub is_negated: bool,
    pub subject: Subject,
    pub test: Test,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Known(&'static Entry),
    /// Reported; empty.
    Unknown(String),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// There is something, and it is not the number 0.
    Present,
    /// It compares like that with the value.
    Compare(Operator, String),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    NotEqual,
    AtMost,
    AtLeast,
    Equal,
    Less,
    Greater,
    Contains,
}

impl Operator {
    /// Longer ones first: `<=` is not `<` with the value `=`.
    pub const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::NotEqual),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("contains", Self::Contains),
    ];

    fn sign(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, known)| *known == self).map_or("", |(sign, _)| sign)
    }

    /// Whether it compares numbers.
    pub const fn is_of_numbers(self) -> bool {
        matches!(self, Self::AtMost | Self::AtLeast | Self::Less | Self::Greater)
    }
}

/// A value to compare with.
#[derive(Clone, Debug)]
pub(super) struct Operand<'v> {
    pub text: &'v str,
    /// What a number is compared by; `None`: what the text says.
    pub number: Option<u64>,
}

impl Condition {
    /// Reads what stands between `[if` and `]`.
    ///
    /// # Errors
    /// In words, when it is no condition at all.
    pub fn parse(written: &str) -> Result<Self, String> {
        let written = written.trim();
        let (is_negated, rest) = match written.strip_prefix("not") {
            Some(rest) if rest.starts_with(char::is_whitespace) => (true, rest.trim_start()),
            _ => (false, written),
        };
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if name.is_empty() {
            let words = if rest.starts_with('#') {
                "In [if …] names stand without #, like this: [if folderName]"
            } else {
                "[if …] needs a name, like this: [if galleryLink]"
            };
            return Err(words.to_owned());
        }
        let tail = tail.trim();
        let test = if tail.is_empty() { Some(Test::Present) } else { comparison(tail) };
        let subject = names::find_in_condition(name);
        match test {
            Some(test) => Ok(Self {
                is_negated,
                subject: subject.map_or_else(|| Subject::Unknown(name.to_owned()), Subject::Known),
                test,
            }),
            None => Err(format!(
                "“{tail}” is no comparison. There are = != < > <= >= and contains, like this: [if pictureCount > 20]"
            )),
        }
    }

    /// Whether it holds for its subject's value.
    pub fn holds(&self, value: &Operand<'_>) -> bool {
        let holds = match &self.test {
            Test::Present => value.number.unwrap_or(1) > 0 && !value.text.trim().is_empty(),
            Test::Compare(operator, with) => compare(*operator, value, with),
        };
        holds != self.is_negated
    }

    /// What will not do what its writer expects.
    pub fn flaw(&self) -> Option<String> {
        let Test::Compare(operator, with) = &self.test else { return None };
        match &self.subject {
            Subject::Known(entry) if entry.kind == Kind::Markup => {
                Some(format!("{} can only be asked whether it is there: [if {}]", entry.name, entry.name))
            }
            _ if operator.is_of_numbers() && number(with).is_none() => {
                Some(format!("“{with}” is no number; {} compares numbers.", operator.sign()))
            }
            _ => None,
        }
    }
}

fn comparison(tail: &str) -> Option<Test> {
    let (sign, operator) = Operator::ALL.into_iter().find(|(sign, _)| tail.starts_with(sign))?;
    let value = tail.strip_prefix(sign)?;
    if operator == Operator::Contains && !value.starts_with(char::is_whitespace) {
        return None;
    }
    Some(Test::Compare(operator, value.trim().to_owned()))
}

fn compare(operator: Operator, value: &Operand<'_>, with: &str) -> bool {
    let text = value.text.trim();
    match operator {
        Operator::Equal => text == with,
        Operator::NotEqual => text != with,
        Operator::Contains => text.contains(with),
        Operator::Less | Operator::Greater | Operator::AtMost | Operator::AtLeast => {
            #[expect(clippy::cast_precision_loss, reason = "counts and sizes; nobody compares the last of 16 digits")]
            let exact = value.number.map(|number| number as f64);
            let order = exact.or_else(|| number(text)).zip(number(with)).and_then(|(a, b)| a.partial_cmp(&b));
            order.is_some_and(|order| match operator {
                Operator::Less => order.is_lt(),
                Operator::Greater => order.is_gt(),
                Operator::AtMost => order.is_le(),
                _ => order.is_ge(),
            })
        }
    }
}

/// A number, also with a unit of size: `20`, `1.5 MiB`, `2MB`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return None,
    };
    digits.trim().parse::<f64>().ok().map(|number| number * factor)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.is_negated { "not " } else { "" };
        let name = match &self.subject {
            Subject::Known(entry) => entry.name,
            Subject::Unknown(name) => name,
        };
        write!(f, "{not}{name}")?;
        match &self.test {
            Test::Present => Ok(()),
            Test::Compare(Operator::Contains, value) => write!(f, " contains {value}"),
            // `< =5` is not `<= 5`.
            Test::Compare(operator, value) if operator.is_of_numbers() => write!(f, " {} {value}", operator.sign()),
            Test::Compare(operator, value) => write!(f, "{}{value}", operator.sign()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, text: &str, number: Option<u64>) -> bool {
        let parsed = Condition::parse(condition).expect(condition);
        assert_eq!(Condition::parse(&parsed.to_string()), Ok(parsed.clone()), "{condition}");
        parsed.holds(&Operand { text, number })
    }

    #[test]
    fn every_operator() {
        for (condition, text, number, expected) in [
            ("custom1", "x", None, true),
            ("custom1", " ", None, false),
            ("custom1", "0", None, true),
            ("pictureCount", "0", Some(0), false),
            ("not pictureCount", "0", Some(0), true),
            ("not custom1", "x", None, false),
            ("custom1=a b", " a b ", None, true),
            (" custom1 = a b ", "a b", None, true),
            ("custom1=A", "a", None, false),
            ("custom1=", "", None, true),
            ("custom1!=a", "b", None, true),
            ("not custom1=a", "b", None, true),
            ("custom1 contains ell", "hello", None, true),
            ("custom1 contains =", "a=b", None, true),
            ("custom1 contains z", "hello", None, false),
            ("pictureCount>20", "21", Some(21), true),
            ("pictureCount > 21", "21", Some(21), false),
            ("pictureCount >= 21", "21", Some(21), true),
            ("pictureCount<9", "10", Some(10), false),
            ("pictureCount<=10", "10", Some(10), true),
            ("folderSize>1 MiB", "1.5 MiB", Some(1_572_864), true),
            ("folderSize>1500KB", "1.5 MiB", Some(1_572_864), true),
            ("custom1>5", "10.5", None, true),
            ("custom1>5", "ten", None, false),
            ("custom1<five", "1", None, false),
            ("custom1 < =5", "1", None, false),
        ] {
            assert_eq!(holds(condition, text, number), expected, "{condition} of “{text}”");
        }
    }

    #[test]
    fn what_is_no_condition_is_explained() {
        for (written, words) in [
            ("", "needs a name"),
            ("#folderName#", "without #"),
            ("folderName ~ x", "is no comparison"),
            ("you like it", "is no comparison"),
            ("custom1 containsx", "is no comparison"),
        ] {
            let said = Condition::parse(written).expect_err(written);
            assert!(said.contains(words), "{said}");
        }
        let flaw = |written| Condition::parse(written).expect(written).flaw();
        assert!(flaw("pictureCount>many").is_some_and(|words| words.contains("no number")));
        assert!(flaw("allImages=x").is_some_and(|words| words.contains("whether it is there")));
        assert_eq!((flaw("pictureCount>5"), flaw("allImages"), flaw("custom1=x")), (None, None, None));
    }
}
