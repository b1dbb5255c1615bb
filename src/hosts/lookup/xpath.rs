//! `XPath` 1.0 over XML and HTML. Every step is counted, so no path and no document can keep it busy for long.

use super::tree::{NodeKind, Tree};
use super::xpath_parse::{self, Axis, Expr, Start, Step, Test};
use super::xpath_value::{Value, compare, text_number};
use super::{Budget, Document, Kind, TIME_MAX, check_path};

/// Longest text that a path may give, all values together.
const FOUND_BYTES_MAX: usize = 4 << 20;

/// A path, read and ready.
#[derive(Clone, Debug)]
pub struct XPath(Expr);

impl XPath {
    /// Reads a path. Names without prefix find elements of every namespace; `id('x')` finds attributes called `id`.
    ///
    /// # Errors
    /// Says what is wrong at which character, counted from 1.
    pub fn new(path: &str) -> Result<Self, String> {
        check_path("XPath", path)?;
        xpath_parse::parse(path).map(Self)
    }

    /// The text of the first node that is found in `text`; empty when there is none.
    ///
    /// # Errors
    /// What is wrong with the text, or that the search takes too long.
    pub fn find(&self, text: &str, kind: Kind) -> Result<String, String> {
        let document = Document::read(text, kind, TIME_MAX)?;
        self.search(&document, 1).map(|found| found.into_iter().next().unwrap_or_default())
    }

    /// The texts of all nodes that are found in `text`, in the order of the document. A number, a text, true or false is one.
    ///
    /// # Errors
    /// As [`XPath::find`].
    pub fn find_all(&self, text: &str, kind: Kind) -> Result<Vec<String>, String> {
        self.find_all_in(&Document::read(text, kind, TIME_MAX)?)
    }

    /// As [`XPath::find_all`], in what was read before.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn find_all_in(&self, document: &Document) -> Result<Vec<String>, String> {
        self.search(document, usize::MAX)
    }

    fn search(&self, Document(tree): &Document, most: usize) -> Result<Vec<String>, String> {
        let mut search = Search { tree, budget: Budget::new() };
        let value = search.value(&self.0, &Place { node: 0, position: 1, last: 1 })?;
        let Value::Nodes(nodes) = value else { return Ok(vec![value.text(tree, &mut search.budget)?]) };
        let mut texts = Vec::new();
        let mut left = FOUND_BYTES_MAX;
        for node in nodes.into_iter().take(most) {
            search.budget.spend(tree.size(node))?;
            let text = tree.text(node);
            left = left.checked_sub(text.len()).ok_or("the XPath finds more text than can be used")?;
            texts.push(text);
        }
        Ok(texts)
    }
}

/// Where an expression is asked.
struct Place {
    node: usize,
    position: usize,
    last: usize,
}

struct Search<'a> {
    tree: &'a Tree,
    budget: Budget,
}

impl Search<'_> {
    fn value(&mut self, expression: &Expr, place: &Place) -> Result<Value, String> {
        self.budget.spend(1)?;
        Ok(match expression {
            Expr::Or(sides) => Value::Boolean(self.any(sides, place, true)?),
            Expr::And(sides) => Value::Boolean(!self.any(sides, place, false)?),
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, place)?, self.value(right, place)?);
                if ["+", "-", "*", "div", "mod"].contains(operator) {
                    let left = left.number(self.tree, &mut self.budget)?;
                    let right = right.number(self.tree, &mut self.budget)?;
                    Value::Number(calculate(operator, left, right))
                } else {
                    Value::Boolean(compare(operator, &left, &right, self.tree, &mut self.budget)?)
                }
            }
            Expr::Negated(inner) => {
                let value = self.value(inner, place)?;
                Value::Number(-value.number(self.tree, &mut self.budget)?)
            }
            Expr::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.nodes(part, place)?);
                }
                Value::Nodes(in_order(all))
            }
            Expr::Path(start, steps) => Value::Nodes(self.path(start, steps, place)?),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Number(number) => Value::Number(*number),
            Expr::Call(name, arguments) => self.call(name, arguments, place)?,
        })
    }

    /// Whether one of `sides` is worth `wanted`.
    fn any(&mut self, sides: &[Expr], place: &Place, wanted: bool) -> Result<bool, String> {
        for side in sides {
            if self.value(side, place)?.boolean() == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn nodes(&mut self, expression: &Expr, place: &Place) -> Result<Vec<usize>, String> {
        match self.value(expression, place)? {
            Value::Nodes(nodes) => Ok(nodes),
            _ => Err("the XPath asks for nodes where it has a text or a number".to_owned()),
        }
    }

    fn path(&mut self, start: &Start, steps: &[Step], place: &Place) -> Result<Vec<usize>, String> {
        let mut nodes = match start {
            Start::Root => vec![0],
            Start::Here => vec![place.node],
            Start::At(expression, predicates) => {
                let nodes = self.nodes(expression, place)?;
                self.filter(nodes, predicates)?
            }
        };
        for step in steps {
            let mut found = Vec::new();
            for node in nodes {
                let candidates = self.candidates(node, step)?;
                found.extend(self.filter(candidates, &step.predicates)?);
            }
            self.budget.spend(found.len())?;
            nodes = in_order(found);
        }
        Ok(nodes)
    }

    /// What the axis of `step` reaches from `node`, nearest first, as far as its test takes it.
    fn candidates(&mut self, node: usize, step: &Step) -> Result<Vec<usize>, String> {
        let tree = self.tree;
        let Some(here) = tree.nodes.get(node) else { return Ok(Vec::new()) };
        let no_attribute = |at: &usize| tree.nodes.get(*at).is_some_and(|node| node.kind != NodeKind::Attribute);
        let parent = |at: &usize| tree.nodes.get(*at).filter(|_| *at > 0).map(|node| node.parent);
        let siblings = || {
            let is_child = here.kind != NodeKind::Attribute && node > 0;
            is_child.then(|| tree.children(here.parent)).into_iter().flatten()
        };
        let reached: Vec<usize> = match step.axis {
            Axis::Child => tree.children(node).collect(),
            Axis::Descendant => (node + 1..here.end).filter(no_attribute).collect(),
            Axis::DescendantOrSelf => std::iter::once(node).chain((node + 1..here.end).filter(no_attribute)).collect(),
            Axis::Parent => parent(&node).into_iter().collect(),
            Axis::Ancestor => std::iter::successors(parent(&node), parent).collect(),
            Axis::AncestorOrSelf => std::iter::successors(Some(node), parent).collect(),
            Axis::FollowingSibling => siblings().filter(|at| *at > node).collect(),
            Axis::PrecedingSibling => {
                let mut before: Vec<_> = siblings().take_while(|at| *at < node).collect();
                before.reverse();
                before
            }
            Axis::Following => (here.end..tree.nodes.len()).filter(no_attribute).collect(),
            Axis::Preceding => {
                let is_before = |at: &usize| tree.nodes.get(*at).is_some_and(|other| other.end <= node);
                (1..node).rev().filter(no_attribute).filter(is_before).collect()
            }
            Axis::Attribute => tree.attributes(node).collect(),
            Axis::Itself => vec![node],
        };
        let looked_at = match step.axis {
            Axis::Preceding | Axis::Following => tree.nodes.len(),
            Axis::Descendant | Axis::DescendantOrSelf => here.end.saturating_sub(node),
            Axis::FollowingSibling | Axis::PrecedingSibling => siblings().count(),
            _ => 0,
        };
        self.budget.spend(looked_at.max(reached.len()) + 1)?;
        Ok(reached.into_iter().filter(|at| self.passes(*at, step)).collect())
    }

    fn passes(&self, at: usize, step: &Step) -> bool {
        let Some(node) = self.tree.nodes.get(at) else { return false };
        let has_name = if step.axis == Axis::Attribute {
            node.kind == NodeKind::Attribute
        } else {
            node.kind == NodeKind::Element
        };
        let same = |one: &str, other: &str| {
            if self.tree.is_html { one.eq_ignore_ascii_case(other) } else { one == other }
        };
        match &step.test {
            Test::Node => true,
            Test::Text => node.kind == NodeKind::Text,
            Test::Comment => node.kind == NodeKind::Comment,
            Test::Instruction => node.kind == NodeKind::Instruction,
            Test::AnyName => has_name,
            Test::Prefix(prefix) => has_name && node.prefix == *prefix,
            Test::Name(None, name) => has_name && same(&node.name, name),
            Test::Name(Some(prefix), name) => has_name && node.prefix == *prefix && same(&node.name, name),
        }
    }

    fn filter(&mut self, mut nodes: Vec<usize>, predicates: &[Expr]) -> Result<Vec<usize>, String> {
        for predicate in predicates {
            let last = nodes.len();
            let mut kept = Vec::new();
            for (n, node) in nodes.into_iter().enumerate() {
                let place = Place { node, position: n + 1, last };
                let holds = match self.value(predicate, &place)? {
                    Value::Number(number) => count(place.position).eq(&number),
                    value => value.boolean(),
                };
                if holds {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    /// The text of an argument, or of the place when it is left out.
    fn text(&mut self, argument: Option<&Expr>, place: &Place) -> Result<String, String> {
        let value = match argument {
            Some(argument) => self.value(argument, place)?,
            None => Value::Nodes(vec![place.node]),
        };
        value.text(self.tree, &mut self.budget)
    }

    fn number(&mut self, argument: Option<&Expr>, place: &Place) -> Result<f64, String> {
        match argument {
            Some(argument) => self.value(argument, place)?.number(self.tree, &mut self.budget),
            None => Ok(text_number(&self.text(None, place)?)),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr], place: &Place) -> Result<Value, String> {
        let (first, second) = (arguments.first(), arguments.get(1));
        Ok(match name {
            "true" | "false" => Value::Boolean(name == "true"),
            "not" | "boolean" => Value::Boolean(self.any(arguments, place, true)? != (name == "not")),
            "last" => Value::Number(count(place.last)),
            "position" => Value::Number(count(place.position)),
            "count" => Value::Number(count(self.node_argument(first, place)?.len())),
            "sum" => {
                let mut sum = 0.0;
                for node in self.node_argument(first, place)? {
                    sum += Value::Nodes(vec![node]).number(self.tree, &mut self.budget)?;
                }
                Value::Number(sum)
            }
            "number" => Value::Number(self.number(first, place)?),
            "floor" => Value::Number(self.number(first, place)?.floor()),
            "ceiling" => Value::Number(self.number(first, place)?.ceil()),
            "round" => Value::Number((self.number(first, place)? + 0.5).floor()),
            "id" => Value::Nodes(self.with_id(first, place)?),
            "string-length" => Value::Number(count(self.text(first, place)?.chars().count())),
            "starts-with" => Value::Boolean(self.text(first, place)?.starts_with(&self.text(second, place)?)),
            "contains" => {
                let (text, part) = (self.text(first, place)?, self.text(second, place)?);
                self.budget.spend(text.len() / 64)?;
                Value::Boolean(text.contains(&part))
            }
            _ => Value::Text(self.text_call(name, arguments, place)?),
        })
    }

    /// The functions that give a text.
    fn text_call(&mut self, name: &str, arguments: &[Expr], place: &Place) -> Result<String, String> {
        let (first, second, third) = (arguments.first(), arguments.get(1), arguments.get(2));
        Ok(match name {
            "name" | "local-name" => {
                let node = match first {
                    None => Some(place.node),
                    Some(argument) => self.nodes(argument, place)?.first().copied(),
                };
                let node = node.and_then(|node| self.tree.nodes.get(node));
                self.budget.spend(node.map_or(0, |node| node.name.len() / 64))?;
                node.map_or(String::new(), |node| match node.prefix.as_str() {
                    prefix if name == "name" && !prefix.is_empty() => format!("{prefix}:{}", node.name),
                    _ => node.name.clone(),
                })
            }
            "concat" => {
                let mut text = String::new();
                for argument in arguments {
                    text.push_str(&self.text(Some(argument), place)?);
                    if text.len() > FOUND_BYTES_MAX {
                        return Err("the XPath makes more text than can be used".to_owned());
                    }
                }
                text
            }
            "substring" => {
                let (text, from) = (self.text(first, place)?, self.number(second, place)?);
                let length = if third.is_some() { self.number(third, place)? } else { f64::INFINITY };
                substring(&text, from, length)
            }
            "substring-before" | "substring-after" => {
                let (text, part) = (self.text(first, place)?, self.text(second, place)?);
                let (before, after) = text.split_once(&part).unwrap_or_default();
                if name == "substring-before" { before } else { after }.to_owned()
            }
            "normalize-space" => {
                let text = self.text(first, place)?;
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            }
            "translate" => {
                let text = self.text(first, place)?;
                let (from, to) = (self.text(second, place)?, self.text(third, place)?);
                self.budget.spend((text.len() / 16).saturating_mul(from.len() + 1))?;
                let to: Vec<char> = to.chars().collect();
                let translated = text.chars().filter_map(|c| match from.chars().position(|from| from == c) {
                    Some(at) => to.get(at).copied(),
                    None => Some(c),
                });
                translated.collect()
            }
            // `string`, the only one left.
            _ => self.text(first, place)?,
        })
    }

    fn node_argument(&mut self, argument: Option<&Expr>, place: &Place) -> Result<Vec<usize>, String> {
        argument.map_or(Ok(Vec::new()), |argument| self.nodes(argument, place))
    }

    fn with_id(&mut self, argument: Option<&Expr>, place: &Place) -> Result<Vec<usize>, String> {
        let wanted = self.text(argument, place)?;
        let wanted: Vec<_> = wanted.split_whitespace().collect();
        self.budget.spend(self.tree.nodes.len().saturating_mul(wanted.len()))?;
        let is_id = |name: &str| name.eq_ignore_ascii_case("id");
        let attributes = self.tree.nodes.iter().filter(|node| {
            node.kind == NodeKind::Attribute && is_id(&node.name) && wanted.contains(&node.value.as_str())
        });
        Ok(attributes.map(|attribute| attribute.parent).collect())
    }
}

fn in_order(mut nodes: Vec<usize>) -> Vec<usize> {
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn calculate(operator: &str, left: f64, right: f64) -> f64 {
    match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "div" => left / right,
        _ => left % right,
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Characters from `from` on, counted from 1; both numbers are rounded first.
fn substring(text: &str, from: f64, length: f64) -> String {
    let from = (from + 0.5).floor();
    let end = from + (length + 0.5).floor();
    let is_inside = |position: usize| count(position) >= from && count(position) < end;
    text.chars().enumerate().filter(|(n, _)| is_inside(n + 1)).map(|(_, c)| c).collect()
}
