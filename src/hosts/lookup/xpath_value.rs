//! What `XPath` expressions are worth, and how their values become each other.

use super::Budget;
use super::tree::Tree;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// In the order of the document, each once.
    Nodes(Vec<usize>),
    Text(String),
    Number(f64),
    Boolean(bool),
}

impl Value {
    pub fn boolean(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Boolean(value) => *value,
        }
    }

    /// Of nodes it is the text of the first.
    pub fn text(&self, tree: &Tree, budget: &mut Budget) -> Result<String, String> {
        Ok(match self {
            Self::Nodes(nodes) => match nodes.first() {
                Some(node) => {
                    budget.spend(tree.size(*node))?;
                    tree.text(*node)
                }
                None => String::new(),
            },
            Self::Text(text) => {
                budget.spend(text.len() / 64)?;
                text.clone()
            }
            Self::Number(number) => number_text(*number),
            Self::Boolean(value) => value.to_string(),
        })
    }

    pub fn number(&self, tree: &Tree, budget: &mut Budget) -> Result<f64, String> {
        Ok(match self {
            Self::Nodes(_) | Self::Text(_) => text_number(&self.text(tree, budget)?),
            Self::Number(number) => *number,
            Self::Boolean(value) => f64::from(u8::from(*value)),
        })
    }
}

fn number_text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    // Adding 0 turns -0 into 0.
    (number + 0.0).to_string()
}

pub(super) fn text_number(text: &str) -> f64 {
    let text = text.trim();
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || "-.".contains(c));
    text.parse().ok().filter(|_| is_plain).unwrap_or(f64::NAN)
}

/// `=`, `!=`, `<` and the others: of nodes, one that fits is enough.
pub(super) fn compare(
    operator: &str,
    left: &Value,
    right: &Value,
    tree: &Tree,
    budget: &mut Budget,
) -> Result<bool, String> {
    let is_equality = operator == "=" || operator == "!=";
    match (left, right) {
        (Value::Nodes(_), Value::Boolean(_)) | (Value::Boolean(_), Value::Nodes(_)) => {
            let number = |value: &Value| f64::from(u8::from(value.boolean()));
            Ok(numbers(operator, number(left), number(right)))
        }
        (Value::Nodes(nodes), other) => {
            for node in nodes {
                budget.spend(tree.size(*node))?;
                if compare(operator, &Value::Text(tree.text(*node)), &as_single(other, is_equality), tree, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (other, Value::Nodes(nodes)) => {
            for node in nodes {
                budget.spend(tree.size(*node))?;
                if compare(operator, other, &Value::Text(tree.text(*node)), tree, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Value::Boolean(_), _) | (_, Value::Boolean(_)) if is_equality => {
            Ok((left.boolean() == right.boolean()) == (operator == "="))
        }
        (Value::Text(left), Value::Text(right)) if is_equality => {
            budget.spend(1 + left.len().min(right.len()) / 64)?;
            Ok((left == right) == (operator == "="))
        }
        _ => Ok(numbers(operator, left.number(tree, budget)?, right.number(tree, budget)?)),
    }
}

/// The other side as it is; only here so that a text is not copied for every node when it is compared as a number.
fn as_single(value: &Value, is_equality: bool) -> Value {
    match value {
        Value::Text(text) if !is_equality => Value::Number(text_number(text)),
        other => other.clone(),
    }
}

#[expect(clippy::float_cmp, reason = "XPath compares numbers exactly")]
fn numbers(operator: &str, left: f64, right: f64) -> bool {
    match operator {
        "=" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}
