//! XML, read by `roxmltree`.

use roxmltree::{Document, NodeType, ParsingOptions};

use super::tree::{Builder, NODES_MAX, NodeKind, Tree};
use super::{DEPTH_MAX, check_size};

/// Most attributes of one tag: each is compared with all others.
const ATTRIBUTES_MAX: usize = 256;
/// Most places that declare a namespace: each is compared with all that hold there.
const NAMESPACES_MAX: usize = 1_000;

/// Reads a document. One with a DTD is refused: a megabyte of it can stand for any amount of text.
///
/// # Errors
/// Says what is no XML, and where.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    check_size(text)?;
    check_shape(text)?;
    let nodes_limit = u32::try_from(NODES_MAX).unwrap_or(u32::MAX);
    let options = ParsingOptions { nodes_limit, ..ParsingOptions::default() };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let document =
        Document::parse_with_options(text, options).map_err(|error| format!("the answer is no XML: {error}"))?;
    let mut builder = Builder::new(false);
    let mut next = document.root().first_child();
    while let Some(node) = next {
        add(&mut builder, node)?;
        next = node.first_child().filter(|_| node.is_element());
        let mut last = node;
        if next.is_none() && node.is_element() {
            builder.close();
        }
        while next.is_none() {
            next = last.next_sibling();
            let Some(parent) = last.parent().filter(|_| next.is_none()) else { break };
            if parent.is_element() {
                builder.close();
            }
            last = parent;
        }
    }
    Ok(builder.finish())
}

fn add(builder: &mut Builder, node: roxmltree::Node<'_, '_>) -> Result<(), String> {
    let value = node.text().unwrap_or_default().to_owned();
    match node.node_type() {
        NodeType::Root => Ok(()),
        NodeType::Text => builder.push(NodeKind::Text, "", "", value),
        NodeType::Comment => builder.push(NodeKind::Comment, "", "", value),
        NodeType::PI => {
            let name = node.pi().map_or("", |instruction| instruction.target);
            builder.push(NodeKind::Instruction, "", name, value)
        }
        NodeType::Element => {
            let prefix =
                |namespace: Option<&str>| namespace.and_then(|uri| node.lookup_prefix(uri)).unwrap_or_default();
            builder.open(prefix(node.tag_name().namespace()), node.tag_name().name())?;
            for attribute in node.attributes() {
                let prefix = prefix(attribute.namespace());
                builder.push(NodeKind::Attribute, prefix, attribute.name(), attribute.value().to_owned())?;
            }
            Ok(())
        }
    }
}

/// A look beforehand at what the reader of XML has no limits for: depth, attributes of a tag, namespaces. It sees tags as the
/// reader does, as far as the text is XML; where it is none the reader stops.
fn check_shape(text: &str) -> Result<(), String> {
    if text.matches("xmlns").count() > NAMESPACES_MAX {
        return Err(format!("the answer has more than {NAMESPACES_MAX} namespaces"));
    }
    let mut depth: usize = 0;
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        let aside =
            [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")].into_iter().find(|(begin, _)| tag.starts_with(begin));
        rest = match aside {
            Some((_, end)) => tag.split_once(end).map_or("", |(_, behind)| behind),
            None if tag.starts_with('!') => return Err("the answer has a DTD, which is not read".to_owned()),
            None => {
                let (inner, behind) = split_tag(tag)?;
                if inner.starts_with('/') {
                    depth = depth.saturating_sub(1);
                } else if !inner.ends_with('/') {
                    depth = depth.saturating_add(1);
                }
                behind
            }
        };
        if depth > DEPTH_MAX {
            return Err(format!("the answer is nested deeper than {DEPTH_MAX} elements"));
        }
    }
    Ok(())
}

/// What stands in a tag, and behind it.
fn split_tag(tag: &str) -> Result<(&str, &str), String> {
    let (mut quote, mut attributes) = (None, 0_usize);
    for (at, c) in tag.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            ('>', None) => {
                return Ok((tag.get(..at).unwrap_or_default(), tag.get(at.saturating_add(1)..).unwrap_or_default()));
            }
            ('=', None) => attributes = attributes.saturating_add(1),
            _ => {}
        }
        if attributes > ATTRIBUTES_MAX {
            return Err(format!("the answer has a tag with more than {ATTRIBUTES_MAX} attributes"));
        }
    }
    Ok((tag, ""))
}
