//! One file: its blocks and attributes, with the place of everything.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::parser::parse_body;
use hcl_edit::structure as hcl;
use model::{Diagnostic, SourceId, Sources, Span};

use crate::expression::{Expression, Name};
use crate::lower::Lower;
use crate::{recover, syntax};

/// The contents of a block, or of a file.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The whole block.
    pub(crate) span: Span,
    /// Whether a statement was left out because of an error, which has been told. What is missing then
    /// may be missing only because of that.
    pub(crate) torn: bool,
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

impl Block {
    /// Says of the block and of those in it that a statement was left out.
    fn tear(&mut self) {
        self.body.torn = true;
        self.body.blocks.iter_mut().for_each(Self::tear);
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
            torn: false,
            attributes: Vec::new(),
            blocks: Vec::new(),
        },
        broken: Vec::new(),
    };
    let mut lower = Lower {
        source,
        text,
        offset: 0,
        unreadable: Vec::new(),
        diagnostics,
    };
    match parse_body(text) {
        Ok(body) => lower.contents(&body, &mut document.body),
        Err(_) => {
            for part in recover::parts(text) {
                lower.part(part, &mut document);
            }
        }
    }
    document
}

/// How many wrong headers of blocks in one top-level block are told.
const MOST_ERRORS: usize = 20;

impl Lower<'_> {
    /// Reads one top-level block, statements with errors left out.
    fn part(&mut self, part: Range<usize>, document: &mut Document) {
        self.offset = part.start;
        let original = &self.text[part.clone()];
        if let Ok(body) = parse_body(original) {
            return self.contents(&body, &mut document.body);
        }
        let mut text = original.to_owned();
        let mut repaired = Vec::new();
        for statement in recover::statements(original) {
            // Blocks are looked at statement by statement.
            if statement.value.is_none() {
                continue;
            }
            // At the end of a text the parser would point at its beginning.
            let inside = format!("{}\n", &original[statement.range.clone()]);
            if let Err(error) = parse_body(&inside) {
                let start = part.start + statement.range.start;
                let mut problem = syntax::explain(self.source, &inside, start, &error);
                for label in &mut problem.labels {
                    label.span.start = label.span.start.min(self.text.len());
                    label.span.end = label.span.end.min(self.text.len());
                }
                self.diagnostics.push(problem);
                let value = recover::repair(&mut text, &statement, false);
                self.unreadable
                    .extend(value.map(|value| part.start + value));
                repaired.push(statement.range);
            }
        }
        self.repaired(part.start, text, &repaired, document);
    }

    /// Reads a block in which some statements have been put out of the way.
    fn repaired(
        &mut self,
        start: usize,
        mut text: String,
        repaired: &[Range<usize>],
        document: &mut Document,
    ) {
        let mut last = None;
        let mut torn = false;
        for _ in 0..MOST_ERRORS {
            let error = match parse_body(&text) {
                Ok(body) => {
                    let known = document.body.blocks.len();
                    self.contents(&body, &mut document.body);
                    let blocks = document.body.blocks[known..].iter_mut();
                    return blocks.filter(|_| torn).for_each(Block::tear);
                }
                Err(error) => error,
            };
            let problem = syntax::explain(self.source, &text, start, &error);
            let place = problem
                .labels
                .first()
                .map_or(0, |label| label.span.start - start);
            // What a repair took away, such as closing brackets, is missing only because of it.
            let is_consequence = last.is_some_and(|last| place <= last)
                || repaired
                    .iter()
                    .any(|range| range.end == text.len() || range.contains(&place));
            if is_consequence {
                break;
            }
            last = Some(place);
            self.diagnostics.push(problem);
            let all = recover::statements(&text);
            let around = all
                .iter()
                .find(|statement| statement.range.contains(&place));
            let Some(statement) = around else {
                break;
            };
            recover::repair(&mut text, statement, true);
            torn = true;
            if !error.message().contains("redefined attribute") {
                // What is gone may have declared something.
                document.broken.push(recover::header(&text));
            }
        }
        document.broken.push(recover::header(&text));
    }

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
            torn: false,
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
