//! One file: its blocks and attributes, with the place of everything.

use hcl_edit::Span as _;
use hcl_edit::structure as hcl;
use model::{Diagnostic, SourceId, Sources, Span};

use crate::expression::{Expression, Name};
use crate::lower::Lower;
use crate::recover;

/// The contents of a block, or of a file.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The whole block.
    pub(crate) span: Span,
    /// Attributes in source order.
    pub(crate) attributes: Vec<Attribute>,
    /// Blocks in source order.
    pub(crate) blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    /// The name.
    pub(crate) name: Name,
    /// The value.
    pub(crate) value: Expression,
}

/// `kind "label" { ... }`.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The type.
    pub(crate) kind: Name,
    /// The labels.
    pub(crate) labels: Vec<Name>,
    /// Type and labels.
    pub(crate) header: Span,
    /// The contents.
    pub(crate) body: Body,
}

impl Body {
    /// Returns the attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name.text == name)
    }
}

/// A file that was read, whether or not all of it could be parsed.
#[derive(Debug)]
pub(crate) struct Document {
    /// What could be parsed.
    pub(crate) body: Body,
    /// Headers of top-level blocks that could not: the type and the labels.
    pub(crate) broken: Vec<Vec<String>>,
}

/// Reads one text. After a syntax error reading goes on with the next top-level block.
pub(crate) fn parse(
    sources: &Sources,
    source: SourceId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Document {
    let text = &sources.get(source).text;
    // A byte order mark is no part of the text; spaces in its place keep all positions.
    let unmarked = text
        .strip_prefix('\u{feff}')
        .map(|rest| format!("   {rest}"));
    let text = unmarked.as_deref().unwrap_or(text);
    let mut document = Document {
        body: Body {
            span: Span::new(source, 0, text.len()),
            attributes: Vec::new(),
            blocks: Vec::new(),
        },
        broken: Vec::new(),
    };
    let mut lower = Lower {
        source,
        text,
        offset: 0,
        diagnostics,
    };
    match hcl_edit::parser::parse_body(text) {
        Ok(body) => lower.contents(&body, &mut document.body),
        Err(_) => {
            for part in recover::parts(text) {
                lower.offset = part.start;
                match hcl_edit::parser::parse_body(&text[part.clone()]) {
                    Ok(body) => lower.contents(&body, &mut document.body),
                    Err(error) => {
                        let problem = recover::explain(source, text, part.clone(), &error);
                        lower.diagnostics.push(problem);
                        document.broken.push(recover::header(&text[part]));
                    }
                }
            }
        }
    }
    document
}

impl Lower<'_> {
    fn contents(&mut self, body: &hcl::Body, into: &mut Body) {
        for structure in body {
            match structure {
                hcl::Structure::Attribute(attribute) => into.attributes.push(Attribute {
                    name: self.name(&attribute.key),
                    value: self.expression(&attribute.value),
                }),
                hcl::Structure::Block(block) => {
                    let block = self.block(block);
                    into.blocks.push(block);
                }
            }
        }
    }

    fn block(&mut self, block: &hcl::Block) -> Block {
        let kind = self.name(&block.ident);
        let labels: Vec<_> = block
            .labels
            .iter()
            .map(|label| Name {
                text: label.as_str().into(),
                span: self.span(label.span()),
            })
            .collect();
        for label in &labels {
            self.refuse_newline(label.span);
        }
        let span = self.span(block.span());
        let end = labels.last().map_or(kind.span.end, |label| label.span.end);
        let mut body = Body {
            span,
            attributes: Vec::new(),
            blocks: Vec::new(),
        };
        self.contents(&block.body, &mut body);
        Block {
            header: Span::new(self.source, kind.span.start, end),
            kind,
            labels,
            body,
        }
    }
}
