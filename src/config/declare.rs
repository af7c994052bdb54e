//! Makes declarations of blocks: every instance, its contents computed, dynamic blocks written out.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::{Declaration, DeclarationId, Located, Span};

use crate::codes;
use crate::document::{Block, Body};
use crate::evaluator::{Binding, Evaluator, Outcome, Reported, Scope, Uses};
use crate::expression::Expression;
use crate::folder::Declared;
use crate::instance::{BlockInstance, Instance, Repeated};
use crate::locate::locate;
use crate::value::{Data, Value};
use crate::value_type::{describe, plain_text};

/// What something stands on, with the place that says so.
pub(crate) type Needs = Vec<(DeclarationId, Span)>;

impl<'p> Evaluator<'p> {
    /// Makes the declarations of an instance and of all modules in it. `inherited` is what all of
    /// them stand on because of the modules around.
    pub(crate) fn declarations(
        &self,
        instance: &Rc<Instance<'p>>,
        inherited: &Needs,
        into: &mut Vec<Declaration>,
    ) {
        let folder = instance.folder;
        for (number, declared) in folder.declarations.iter().enumerate() {
            let Ok(repeated) = self.block(instance, number, declared.label.span) else {
                continue;
            };
            // What a declaration stands on may be wrong; its contents are still looked at.
            let depends_on = self.depends_on(declared.depends_on.as_ref(), instance);
            let mut needs = depends_on.unwrap_or_default();
            needs.extend(inherited.iter().cloned());
            for at in 0..repeated.members.len() {
                let declaration = self.declaration(instance, number, &repeated, at, &needs);
                into.extend(declaration);
            }
        }
        for (number, call) in folder.modules.iter().enumerate() {
            let Ok(repeated) = self.module(instance, number, call.name.span) else {
                continue;
            };
            let depends_on = self.depends_on(call.depends_on.as_ref(), instance);
            let mut needs = depends_on.unwrap_or_default();
            needs.extend(inherited.iter().cloned());
            needs.extend(repeated.uses.iter().map(|(id, span)| (id.clone(), *span)));
            for (_, member) in &repeated.members {
                self.declarations(&self.instance(*member), &needs, into);
            }
        }
    }

    fn declaration(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        repeated: &Repeated<BlockInstance>,
        at: usize,
        needs: &Needs,
    ) -> Outcome<Declaration> {
        let declared: &'p Declared = &instance.folder.declarations[number];
        let (repetition, block) = &repeated.members[at];
        let scope = Scope {
            repetition: repetition.as_ref(),
            this: Some(&block.target),
            ..Scope::of(instance)
        };
        let (parts, uses) = self.with_uses(|| {
            let attributes: Vec<Outcome<model::Attribute>> = (0..declared.body.attributes.len())
                .map(|at| {
                    let attribute = &declared.body.attributes[at];
                    let span = attribute.name.span;
                    let value = self.declared_attribute(&block.target, at, span)?;
                    Ok(self.attribute_of(attribute, locate(&value, &attribute.value)))
                })
                .collect();
            let blocks = self.blocks(&declared.body, scope);
            let provider = self.chosen_provider(declared.provider.as_ref());
            let lifecycle = self.lifecycle(&declared.lifecycle, scope);
            Ok((
                attributes.into_iter().collect::<Outcome<Vec<_>>>()?,
                blocks?,
                provider?,
                lifecycle?,
            ))
        });
        let (attributes, blocks, provider, lifecycle) = parts?;
        Ok(Declaration {
            id: block.target.id.clone(),
            span: declared.header,
            provider,
            body: model::Body {
                span: declared.body.span,
                attributes,
                blocks,
            },
            lifecycle,
            depends_on: merge(&block.target.id, needs, &[&repeated.uses, &uses]),
        })
    }

    fn attribute_of(
        &self,
        attribute: &crate::document::Attribute,
        value: Located,
    ) -> model::Attribute {
        model::Attribute {
            name: attribute.name.text.to_string(),
            name_span: attribute.name.span,
            value,
        }
    }

    /// Computes the contents of a block that has no memos of its own.
    pub(crate) fn body(&self, body: &Body, scope: Scope<'_, 'p>) -> Outcome<model::Body> {
        let attributes: Vec<Outcome<model::Attribute>> = body
            .attributes
            .iter()
            .map(|attribute| {
                let value = self.evaluate(&attribute.value, scope)?;
                Ok(self.attribute_of(attribute, locate(&value, &attribute.value)))
            })
            .collect();
        let blocks = self.blocks(body, scope);
        Ok(model::Body {
            span: body.span,
            attributes: attributes.into_iter().collect::<Outcome<_>>()?,
            blocks: blocks?,
        })
    }

    fn blocks(&self, body: &Body, scope: Scope<'_, 'p>) -> Outcome<Vec<model::Block>> {
        let mut blocks = Vec::new();
        let mut outcome = Ok(());
        for block in &body.blocks {
            let made = match &*block.kind.text {
                "dynamic" => self.dynamic(block, scope, &mut blocks),
                _ => self.body(&block.body, scope).map(|body| {
                    blocks.push(model::Block {
                        kind: block.kind.text.to_string(),
                        kind_span: block.kind.span,
                        labels: block
                            .labels
                            .iter()
                            .map(|label| (label.text.to_string(), label.span))
                            .collect(),
                        body,
                    });
                }),
            };
            outcome = outcome.and(made);
        }
        outcome.map(|()| blocks)
    }

    /// Writes out `dynamic "kind" { for_each, iterator, labels, content {} }`.
    fn dynamic(
        &self,
        block: &Block,
        scope: Scope<'_, 'p>,
        into: &mut Vec<model::Block>,
    ) -> Outcome<()> {
        let Some((kind, content, for_each)) = self.dynamic_parts(block)? else {
            return Err(Reported);
        };
        let iterator = match block.body.attribute("iterator") {
            None => kind.text.to_string(),
            Some(attribute) => match attribute.value.as_path().as_deref() {
                Some([name]) => (*name).to_owned(),
                _ => {
                    return Err(self.report(codes::NOT_A_NAME.error().at(
                        attribute.value.span,
                        "the iterator is a plain name without quotes",
                    )));
                }
            },
        };
        let collection = self.evaluate(for_each, scope)?;
        let mut outcome = Ok(());
        for (key, value) in self.dynamic_elements(&collection, for_each)? {
            let mark = collection.sensitive;
            let element = BTreeMap::from([
                (Rc::from("key"), key.marked(mark)),
                (Rc::from("value"), value.marked(mark)),
            ]);
            let binding = Binding {
                name: &iterator,
                value: Value::object(element),
                outer: scope.bindings,
            };
            let scope = Scope {
                bindings: Some(&binding),
                ..scope
            };
            let labels = match block.body.attribute("labels") {
                Some(labels) => self.labels(&labels.value, scope),
                None => Ok(Vec::new()),
            };
            let body = self.body(&content.body, scope);
            match (labels, body) {
                (Ok(labels), Ok(body)) => into.push(model::Block {
                    kind: kind.text.to_string(),
                    kind_span: kind.span,
                    labels,
                    body,
                }),
                _ => outcome = Err(Reported),
            }
        }
        outcome
    }

    #[expect(
        clippy::type_complexity,
        reason = "three parts of one block, taken apart at once"
    )]
    fn dynamic_parts<'b>(
        &self,
        block: &'b Block,
    ) -> Outcome<Option<(&'b crate::expression::Name, &'b Block, &'b Expression)>> {
        let mut problems = Vec::new();
        let names = ["for_each", "iterator", "labels"];
        crate::folder::known(
            &block.body,
            "a dynamic block",
            Some(&names),
            &["content"],
            &mut problems,
        );
        let for_each =
            crate::folder::required(&block.body, block.header, "for_each", &mut problems);
        let mut contents = block
            .body
            .blocks
            .iter()
            .filter(|inner| &*inner.kind.text == "content");
        let content = contents.next();
        if content.is_none() {
            problems.push(
                codes::MISSING_ATTRIBUTE
                    .error()
                    .at(block.header, "the `content` block is missing")
                    .help("What is repeated stands in a `content { ... }` block."),
            );
        }
        if let Some(second) = contents.next() {
            problems.push(
                codes::DUPLICATE
                    .error()
                    .at(second.header, "a second `content` block"),
            );
        }
        if block.labels.len() != 1 {
            problems.push(
                codes::BAD_LABELS
                    .error()
                    .at(block.header, "a dynamic block has one label")
                    .help("The label is the type of the blocks it makes: dynamic \"column\" {"),
            );
        }
        let failed = !problems.is_empty();
        for problem in problems {
            self.report(problem);
        }
        match (block.labels.first(), content, for_each) {
            (Some(kind), Some(content), Some(for_each)) if !failed => {
                Ok(Some((kind, content, for_each)))
            }
            _ => Err(Reported),
        }
    }

    fn dynamic_elements(
        &self,
        collection: &Value,
        written: &Expression,
    ) -> Outcome<Vec<(Value, Value)>> {
        Ok(match &collection.data {
            Data::List(_, items) | Data::Tuple(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| (at.into(), item.clone()))
                .collect(),
            Data::Set(_, items) => items
                .iter()
                .map(|item| (item.clone(), item.clone()))
                .collect(),
            Data::Map(_, entries) | Data::Object(entries) => entries
                .iter()
                .map(|(key, value)| (Data::Text(key.clone()).into(), value.clone()))
                .collect(),
            _ => {
                return Err(self.report(codes::BAD_FOR_EACH.error().at(
                    written.span,
                    format!("a collection is needed, this is {}", describe(collection)),
                )));
            }
        })
    }

    fn labels(&self, written: &Expression, scope: Scope<'_, 'p>) -> Outcome<Vec<(String, Span)>> {
        let value = self.evaluate(written, scope)?;
        let texts: Option<Vec<_>> = value
            .as_items()
            .map(|items| {
                items
                    .iter()
                    .map(|item| plain_text(item).map(|text| (text, written.span)))
                    .collect()
            })
            .unwrap_or_default();
        texts.ok_or_else(|| {
            self.report(codes::TYPE_MISMATCH.error().at(
                written.span,
                format!("a list of texts is needed, this is {}", describe(&value)),
            ))
        })
    }
}

/// Puts together what a declaration stands on, each once, never itself.
fn merge(id: &DeclarationId, needs: &Needs, uses: &[&Uses]) -> Needs {
    let mut all: BTreeMap<DeclarationId, Span> = needs.iter().cloned().collect();
    for uses in uses {
        for (id, span) in *uses {
            all.entry(id.clone()).or_insert(*span);
        }
    }
    all.remove(id);
    all.into_iter().collect()
}
