//! XML, read by `roxmltree`.

use roxmltree::{Document, NodeType, ParsingOptions};

use super::tree::{Builder, NODES_MAX, NodeKind, Tree};
use super::{DEPTH_MAX, check_size};

/// Reads a document.
///
/// # Errors
/// Says what is no XML, and where.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    check_size(text)?;
    check_depth(text)?;
    let nodes_limit = u32::try_from(NODES_MAX).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: true, nodes_limit, ..ParsingOptions::default() };
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

/// A rough look beforehand: the reader of XML must never be led deeper than we would follow.
fn check_depth(text: &str) -> Result<(), String> {
    let mut depth: usize = 0;
    for tag in text.split('<').skip(1) {
        let is_self_closing = tag.split('>').next().is_some_and(|inner| inner.ends_with('/'));
        match tag.chars().next() {
            Some('/') => depth = depth.saturating_sub(1),
            Some('!' | '?') | None => {}
            Some(_) if is_self_closing => {}
            Some(_) => depth += 1,
        }
        // Tags in comments, in CDATA or with > in an attribute are counted, too, so there is room for some.
        if depth > 4 * DEPTH_MAX {
            return Err(format!("the answer is nested deeper than {DEPTH_MAX} elements"));
        }
    }
    Ok(())
}
