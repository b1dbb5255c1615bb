//! A document as `XPath` sees it: nodes in the order of the document, each with the end of what is below it.

use super::DEPTH_MAX;

/// Most nodes of one document.
pub(super) const NODES_MAX: usize = 200_000;

/// A document. Node 0 is the document itself.
#[derive(Debug)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    /// Names are compared without regard to case.
    pub is_html: bool,
}

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub kind: NodeKind,
    pub parent: usize,
    /// The first node that is not below this one.
    pub end: usize,
    /// Without prefix; empty for what has no name.
    pub name: String,
    pub prefix: String,
    /// Of attributes, texts and comments.
    pub value: String,
}

/// The kinds of nodes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Document,
    Element,
    /// Follows its element, before the element's children.
    Attribute,
    Text,
    Comment,
    Instruction,
}

/// Puts a tree together from beginning to end.
pub(super) struct Builder {
    tree: Tree,
    open: Vec<usize>,
}

impl Tree {
    /// All nodes but attributes directly below `node`.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(node).map_or(0, |node| node.end);
        let skip_attributes = move |mut at: usize| {
            while self.nodes.get(at).is_some_and(|node| node.kind == NodeKind::Attribute) {
                at += 1;
            }
            (at < end).then_some(at)
        };
        std::iter::successors(skip_attributes(node + 1), move |at| {
            skip_attributes(self.nodes.get(*at).map_or(usize::MAX, |node| node.end))
        })
    }

    /// The attributes of `node`.
    pub fn attributes(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(node).map_or(0, |node| node.end);
        (node + 1..end).take_while(|at| self.nodes.get(*at).is_some_and(|node| node.kind == NodeKind::Attribute))
    }

    /// What `node` is worth as text: its value, or all texts below it.
    pub fn text(&self, node: usize) -> String {
        let Some(Node { kind, end, value, .. }) = self.nodes.get(node) else { return String::new() };
        if !matches!(kind, NodeKind::Document | NodeKind::Element) {
            return value.clone();
        }
        let below = self.nodes.get(node..*end).unwrap_or_default();
        below.iter().filter(|node| node.kind == NodeKind::Text).map(|node| node.value.as_str()).collect()
    }

    /// How many nodes there are at and below `node`: what asking for its text costs.
    pub fn size(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(1, |found| found.end.saturating_sub(node).max(1) + found.value.len() / 64)
    }
}

impl Builder {
    pub fn new(is_html: bool) -> Self {
        let document = Node {
            kind: NodeKind::Document,
            parent: 0,
            end: usize::MAX,
            name: String::new(),
            prefix: String::new(),
            value: String::new(),
        };
        Self { tree: Tree { nodes: vec![document], is_html }, open: vec![0] }
    }

    /// Begins an element.
    ///
    /// # Errors
    /// When the document is too deep or too large.
    pub fn open(&mut self, prefix: &str, name: &str) -> Result<(), String> {
        if self.open.len() > DEPTH_MAX {
            return Err(format!("the answer is nested deeper than {DEPTH_MAX} elements"));
        }
        let at = self.tree.nodes.len();
        self.push(NodeKind::Element, prefix, name, String::new())?;
        self.open.push(at);
        Ok(())
    }

    /// Adds to the element that was begun last.
    ///
    /// # Errors
    /// When the document is too large.
    pub fn push(&mut self, kind: NodeKind, prefix: &str, name: &str, value: String) -> Result<(), String> {
        if self.tree.nodes.len() >= NODES_MAX {
            return Err(format!("the answer has more than {NODES_MAX} elements, attributes and texts"));
        }
        let at = self.tree.nodes.len();
        let parent = self.open.last().copied().unwrap_or(0);
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        self.tree.nodes.push(Node { kind, parent, end: at + 1, name, prefix, value });
        Ok(())
    }

    /// Ends the element that was begun last.
    pub fn close(&mut self) {
        let end = self.tree.nodes.len();
        if self.open.len() > 1
            && let Some(node) = self.open.pop().and_then(|at| self.tree.nodes.get_mut(at))
        {
            node.end = end;
        }
    }

    pub fn finish(mut self) -> Tree {
        while self.open.len() > 1 {
            self.close();
        }
        let end = self.tree.nodes.len();
        if let Some(document) = self.tree.nodes.first_mut() {
            document.end = end;
        }
        self.tree
    }
}
