//! The filters of JSON paths: `?(@.type == 'thumb' && @.width > 100)`.

use serde_json::Value;

use super::json::{JsonPath, text};
use super::{Budget, Pattern};

/// A condition on a value.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    /// Something is there.
    Exists(Operand),
    Compares(Operand, Comparison, Operand),
    Matches(Operand, Box<Pattern>),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// `@…`
    FromHere(JsonPath),
    /// `$…`
    FromRoot(JsonPath),
    Literal(Value),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    /// As equal, but a text never equals a number.
    StrictlyEqual,
    StrictlyUnequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    pub fn holds(&self, here: &Value, root: &Value, budget: &mut Budget) -> Result<bool, String> {
        budget.spend(1)?;
        match self {
            Self::Any(filters) => any(filters, |filter| filter.holds(here, root, budget)),
            Self::All(filters) => Ok(!any(filters, |filter| filter.holds(here, root, budget).map(|holds| !holds))?),
            Self::Exists(operand) => Ok(!operand.values(here, root, budget)?.is_empty()),
            Self::Compares(left, comparison, right) => {
                let (left, right) = (left.values(here, root, budget)?, right.values(here, root, budget)?);
                any(&left, |left| {
                    budget.spend(right.len())?;
                    Ok(right.iter().any(|right| comparison.holds(left, right)))
                })
            }
            Self::Matches(operand, pattern) => any(&operand.values(here, root, budget)?, |value| match value {
                Value::String(text) => {
                    // A pattern may go through the text many times.
                    budget.spend(text.len().saturating_add(1000))?;
                    pattern.is_in(text)
                }
                _ => Ok(false),
            }),
        }
    }
}

fn any<T>(items: &[T], mut holds: impl FnMut(&T) -> Result<bool, String>) -> Result<bool, String> {
    for item in items {
        if holds(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Operand {
    fn values<'a>(&'a self, here: &'a Value, root: &'a Value, budget: &mut Budget) -> Result<Vec<&'a Value>, String> {
        match self {
            Self::FromHere(path) => path.select(here, root, budget),
            Self::FromRoot(path) => path.select(root, root, budget),
            Self::Literal(value) => Ok(vec![value]),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::StrictlyEqual => left == right,
            Self::StrictlyUnequal => left != right,
            Self::Equal => is_equal(left, right),
            Self::Unequal => !is_equal(left, right),
            Self::Less => order(left, right).is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order(left, right).is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order(left, right).is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order(left, right).is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

/// `1`, `1.0` and `'1'` are equal.
fn is_equal(left: &Value, right: &Value) -> bool {
    if left == right {
        return true;
    }
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::String(_), other) | (other, Value::String(_)) if !other.is_null() => {
            text(left).is_some_and(|left| text(right).is_some_and(|right| left == right))
        }
        _ => false,
    }
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    if let (Value::String(left), Value::String(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number(left)?.partial_cmp(&number(right)?)
}
