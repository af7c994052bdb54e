//! The place of an attribute in the text, for problems found after decoding.

use model::{Body, Content, Located, Span};

/// Returns the place of an attribute: a path of attribute names, block types and labels. What is not
/// written gives the nearest thing around it that is.
#[must_use]
pub fn locate(header: Span, body: &Body, path: &[String]) -> Span {
    let Some((first, rest)) = path.split_first() else {
        return header;
    };
    if let Some(attribute) = body
        .attributes
        .iter()
        .find(|attribute| attribute.name == *first)
    {
        return locate_value(&attribute.value, rest);
    }
    let mut blocks = body.blocks.iter().filter(|block| block.kind == *first);
    if let Some((label, rest)) = rest.split_first()
        && let Some(block) = blocks
            .clone()
            .find(|block| block.labels.first().is_some_and(|(text, _)| text == label))
    {
        return locate(block.labels[0].1, &block.body, rest);
    }
    match blocks.next() {
        Some(block) => locate(block.kind_span, &block.body, rest),
        None => header,
    }
}

fn locate_value(value: &Located, path: &[String]) -> Span {
    let Some((first, rest)) = path.split_first() else {
        return value.span;
    };
    match &value.content {
        Content::Map(entries) => entries
            .iter()
            .find(|(name, _)| name == first)
            .map_or(value.span, |(_, inner)| locate_value(inner, rest)),
        Content::List(items) => first
            .parse::<usize>()
            .ok()
            .and_then(|at| items.get(at))
            .map_or(value.span, |inner| locate_value(inner, rest)),
        _ => value.span,
    }
}

/// Returns the text that an attribute came out as, where it is one.
#[must_use]
pub fn text_at<'a>(body: &'a Body, path: &[String]) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    if let Some(attribute) = body
        .attributes
        .iter()
        .find(|attribute| attribute.name == *first)
    {
        return match &attribute.value.content {
            Content::Text(text) if rest.is_empty() => Some(text),
            _ => None,
        };
    }
    let mut blocks = body.blocks.iter().filter(|block| block.kind == *first);
    if let Some((label, rest)) = rest.split_first()
        && let Some(block) = blocks
            .clone()
            .find(|block| block.labels.first().is_some_and(|(text, _)| text == label))
    {
        return text_at(&block.body, rest);
    }
    text_at(&blocks.next()?.body, rest)
}
