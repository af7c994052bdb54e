//! Writes out `dynamic "kind" { for_each, iterator, labels, content {} }`, at any depth.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Span;

use crate::blocks::DYNAMIC;
use crate::codes;
use crate::convert::plain_text;
use crate::document::Block;
use crate::evaluator::{Binding, Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Name};
use crate::reserved::{known, required};
use crate::value::Value;
use crate::value_type::describe;

/// A dynamic block, taken apart.
struct Dynamic<'b> {
    /// The type of the blocks it makes.
    kind: &'b Name,
    /// What is walked through.
    for_each: &'b Expression,
    /// The name of the element in the contents.
    iterator: String,
    /// What the labels of the blocks are.
    labels: Option<&'b Expression>,
    /// The contents of the blocks.
    content: &'b Block,
}

impl<'p> Evaluator<'p> {
    /// Adds the blocks that a dynamic block makes.
    pub(crate) fn dynamic(
        &self,
        block: &Block,
        scope: Scope<'_, 'p>,
        into: &mut Vec<model::Block>,
    ) -> Outcome<()> {
        let dynamic = self.take_apart(block)?;
        let collection = self.evaluate(dynamic.for_each, scope)?;
        let Some(pairs) = collection.pairs() else {
            return Err(self.report(codes::BAD_FOR_EACH.error().at(
                dynamic.for_each.span,
                format!("a collection is needed, this is {}", describe(&collection)),
            )));
        };
        let mut outcome = Ok(());
        for (key, value) in pairs {
            let mark = collection.sensitive;
            let element = BTreeMap::from([
                (Arc::from("key"), key.marked(mark)),
                (Arc::from("value"), value.marked(mark)),
            ]);
            let binding = Binding {
                name: &dynamic.iterator,
                value: Value::object(element),
                outer: scope.bindings,
            };
            let scope = Scope {
                bindings: Some(&binding),
                ..scope
            };
            let labels = match dynamic.labels {
                Some(labels) => self.labels(labels, scope),
                None => Ok(Vec::new()),
            };
            match (labels, self.body(&dynamic.content.body, scope)) {
                (Ok(labels), Ok(body)) => into.push(model::Block {
                    kind: dynamic.kind.text.to_string(),
                    kind_span: dynamic.kind.span,
                    labels,
                    body,
                }),
                _ => outcome = Err(Reported),
            }
        }
        outcome
    }

    fn take_apart<'b>(&self, block: &'b Block) -> Outcome<Dynamic<'b>> {
        let body = &block.body;
        let mut problems = Vec::new();
        known(body, "a dynamic block", &DYNAMIC, &mut problems);
        let for_each = required(body, block.header, &DYNAMIC, "for_each", &mut problems);
        let contents: Vec<&Block> = body
            .blocks
            .iter()
            .filter(|inner| &*inner.kind.text == "content")
            .collect();
        match contents.as_slice() {
            [] => problems.push(
                codes::MISSING_ATTRIBUTE
                    .error()
                    .at(block.header, "the `content` block is missing")
                    .help("What is repeated stands in a `content { ... }` block."),
            ),
            [_] => {}
            [first, second, ..] => problems.push(
                codes::DUPLICATE
                    .error()
                    .at(second.header, "a second `content` block")
                    .at(first.header, "the first one"),
            ),
        }
        if block.labels.len() != 1 {
            problems.push(
                codes::BAD_LABELS
                    .error()
                    .at(block.header, "a dynamic block has one label")
                    .help("The label is the type of the blocks it makes: dynamic \"column\" {"),
            );
        }
        let iterator = body.attribute("iterator").map(|attribute| &attribute.value);
        let iterator_name = match (iterator, block.labels.first()) {
            (Some(written), _) => match written.as_path().as_deref() {
                Some([name]) => Some((*name).to_owned()),
                _ => {
                    let label = "the iterator is a plain name without quotes";
                    problems.push(codes::NOT_A_NAME.error().at(written.span, label));
                    None
                }
            },
            (None, label) => label.map(|label| label.text.to_string()),
        };
        let failed = !problems.is_empty();
        for problem in problems {
            self.report(problem);
        }
        match (
            block.labels.first(),
            for_each,
            iterator_name,
            contents.first(),
        ) {
            (Some(kind), Some(for_each), Some(iterator), Some(content)) if !failed => Ok(Dynamic {
                kind,
                for_each,
                iterator,
                labels: body.attribute("labels").map(|attribute| &attribute.value),
                content,
            }),
            _ => Err(Reported),
        }
    }

    fn labels(&self, written: &Expression, scope: Scope<'_, 'p>) -> Outcome<Vec<(String, Span)>> {
        let value = self.evaluate(written, scope)?;
        let texts: Option<Vec<(String, Span)>> = value.as_items().and_then(|items| {
            let texts = items
                .iter()
                .map(|item| Some((plain_text(item)?, written.span)));
            texts.collect()
        });
        texts.ok_or_else(|| {
            self.report(codes::TYPE_MISMATCH.error().at(
                written.span,
                format!("a list of texts is needed, this is {}", describe(&value)),
            ))
        })
    }
}
