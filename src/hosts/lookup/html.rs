//! HTML as browsers read it, by `html5ever`; what it builds becomes a [`Tree`].

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::time::Instant;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ParseOpts, QualName};

use super::tree::{Builder, NODES_MAX, NodeKind, Tree};
use super::{DEPTH_MAX, check_size};

/// After so many bytes it is looked whether the document has become too large or too deep, or takes too long: some constructs
/// repeat what is open again and again, and each attribute of a tag is compared with all before it, so a few bytes can mean much.
const PIECE_BYTES: usize = 1 << 10;

/// Reads a document. There is no text that is no HTML.
///
/// # Errors
/// When it is too large or too deep, or not read by `until`.
pub(super) fn parse(text: &str, until: Instant) -> Result<Tree, String> {
    check_size(text)?;
    let mut parser = html5ever::parse_document(Sink::new(), ParseOpts::default());
    let mut rest = text;
    while !rest.is_empty() {
        let end = (0..=PIECE_BYTES.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        let (piece, more) = rest.split_at(end);
        parser.process(StrTendril::from(piece));
        parser.tokenizer.sink.sink.check()?;
        if Instant::now() > until {
            return Err("the answer takes too long to read".to_owned());
        }
        rest = more;
    }
    let sink = parser.finish();
    sink.check()?;
    sink.tree()
}

/// What is being built. Handles are places in `nodes`; 0 is the document.
struct Sink {
    nodes: RefCell<Vec<Made>>,
    depth: Cell<usize>,
}

struct Made {
    what: What,
    parent: Option<usize>,
    children: Vec<usize>,
    depth: usize,
}

enum What {
    Document,
    Element(QualName, Vec<Attribute>),
    Text(String),
    Comment(String),
}

impl Sink {
    fn new() -> Self {
        let document = Made { what: What::Document, parent: None, children: Vec::new(), depth: 0 };
        Self { nodes: RefCell::new(vec![document]), depth: Cell::new(0) }
    }

    fn check(&self) -> Result<(), String> {
        if self.depth.get() > DEPTH_MAX {
            return Err(format!("the answer is nested deeper than {DEPTH_MAX} elements"));
        }
        if self.nodes.borrow().len() > NODES_MAX {
            return Err(format!("the answer has more than {NODES_MAX} elements and texts"));
        }
        Ok(())
    }

    fn make(&self, what: What) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Made { what, parent: None, children: Vec::new(), depth: 0 });
        nodes.len() - 1
    }

    /// Puts `child` below `parent`, at the end or before one that is there.
    fn put(&self, parent: usize, before: Option<usize>, child: NodeOrText<usize>) {
        let mut nodes = self.nodes.borrow_mut();
        let siblings = nodes.get(parent).map_or(&[] as &[_], |parent| parent.children.as_slice());
        let at = before.and_then(|before| siblings.iter().rposition(|sibling| *sibling == before));
        let at = at.unwrap_or(siblings.len());
        let previous = at.checked_sub(1).and_then(|previous| siblings.get(previous)).copied();
        let child = match child {
            NodeOrText::AppendNode(child) => child,
            NodeOrText::AppendText(more) => {
                let previous = previous.and_then(|previous| nodes.get_mut(previous));
                if let Some(Made { what: What::Text(text), .. }) = previous {
                    text.push_str(&more);
                    return;
                }
                nodes.push(Made { what: What::Text(more.into()), parent: None, children: Vec::new(), depth: 0 });
                nodes.len() - 1
            }
        };
        let depth = nodes.get(parent).map_or(0, |parent| parent.depth) + 1;
        self.depth.set(self.depth.get().max(depth));
        if let Some(node) = nodes.get_mut(child) {
            node.parent = Some(parent);
            node.depth = depth;
        }
        if let Some(parent) = nodes.get_mut(parent) {
            parent.children.insert(at, child);
        }
    }

    fn parent_of(&self, node: usize) -> Option<usize> {
        self.nodes.borrow().get(node).and_then(|node| node.parent)
    }

    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        let parent = nodes.get_mut(node).and_then(|node| node.parent.take());
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            // Mostly it is one of the last.
            if let Some(at) = parent.children.iter().rposition(|child| *child == node) {
                parent.children.remove(at);
            }
        }
    }

    /// The document in order. What lost its place on the way is left out.
    fn tree(self) -> Result<Tree, String> {
        enum Turn {
            Enter(usize),
            Leave,
        }
        let mut nodes = self.nodes.into_inner();
        let mut builder = Builder::new(true);
        let mut turns = vec![Turn::Enter(0)];
        while let Some(turn) = turns.pop() {
            let Turn::Enter(at) = turn else {
                builder.close();
                continue;
            };
            let Some(node) = nodes.get_mut(at) else { continue };
            match &mut node.what {
                What::Document => {}
                What::Text(text) => builder.push(NodeKind::Text, "", "", std::mem::take(text))?,
                What::Comment(text) => builder.push(NodeKind::Comment, "", "", std::mem::take(text))?,
                What::Element(name, attributes) => {
                    builder.open("", &name.local)?;
                    for attribute in attributes {
                        let value = attribute.value.to_string();
                        builder.push(NodeKind::Attribute, "", &attribute.name.local, value)?;
                    }
                    turns.push(Turn::Leave);
                }
            }
            turns.extend(node.children.iter().rev().map(|child| Turn::Enter(*child)));
        }
        Ok(builder.finish())
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Self;
    type ElemName<'a> = OwnedName;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> OwnedName {
        match self.nodes.borrow().get(*target).map(|node| &node.what) {
            Some(What::Element(name, _)) => OwnedName { namespace: name.ns.clone(), local: name.local.clone() },
            _ => OwnedName { namespace: html5ever::Namespace::from(""), local: html5ever::LocalName::from("") },
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.make(What::Element(name, attributes))
    }

    fn create_comment(&self, text: StrTendril) -> usize {
        self.make(What::Comment(text.into()))
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> usize {
        self.make(What::Comment(data.into()))
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.put(*parent, None, child);
    }

    fn append_based_on_parent_node(&self, element: &usize, previous: &usize, child: NodeOrText<usize>) {
        match self.parent_of(*element) {
            Some(parent) => self.put(parent, Some(*element), child),
            None => self.put(*previous, None, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// The contents of a template are its children, so that paths find them.
    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &usize, node: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &node {
            self.detach(*node);
        }
        if let Some(parent) = self.parent_of(*sibling) {
            self.put(parent, Some(*sibling), node);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, more: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(Made { what: What::Element(_, attributes), .. }) = nodes.get_mut(*target) {
            for attribute in more {
                if !attributes.iter().any(|there| there.name == attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let children = self.nodes.borrow_mut().get_mut(*node).map(|node| std::mem::take(&mut node.children));
        for child in children.unwrap_or_default() {
            self.put(*new_parent, None, NodeOrText::AppendNode(child));
        }
    }
}

/// An element's name, as `html5ever` asks for it.
#[derive(Debug)]
struct OwnedName {
    namespace: html5ever::Namespace,
    local: html5ever::LocalName,
}

impl html5ever::interface::ElemName for OwnedName {
    fn ns(&self) -> &html5ever::Namespace {
        &self.namespace
    }

    fn local_name(&self) -> &html5ever::LocalName {
        &self.local
    }
}
