//! Makes declarations of blocks: every instance, its contents computed, dynamic blocks written out.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use model::{Declaration, DeclarationId, Span};

use crate::declared::Declared;
use crate::document::{Attribute, Body};
use crate::evaluator::{Evaluator, Outcome, Reported, Scope, Uses};
use crate::instance::{BlockInstance, Instance, Repeated};
use crate::locate::locate;
use crate::value::Value;

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
        // What was left out would be missed by the rules of the kind.
        if declared.body.torn {
            return Err(Reported);
        }
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
                    Ok(located(attribute, &value))
                })
                .collect();
            let blocks = self.blocks(&declared.body, scope);
            let provider = self.chosen_provider(declared.provider.as_ref());
            let lifecycle = self.lifecycle(&declared.lifecycle, scope);
            let strategy = self.strategy(declared.strategy.as_ref(), scope);
            Ok((
                attributes.into_iter().collect::<Outcome<Vec<_>>>()?,
                blocks?,
                provider?,
                model::Lifecycle {
                    strategy: strategy?,
                    ..lifecycle?
                },
            ))
        });
        let (attributes, blocks, provider, lifecycle) = parts?;
        Ok(Declaration {
            id: block.target.id.clone(),
            span: declared.header,
            provider,
            body: Arc::new(model::Body {
                span: declared.body.span,
                attributes,
                blocks,
            }),
            lifecycle,
            depends_on: merge(&block.target.id, needs, &[&repeated.uses, &uses]),
        })
    }

    /// Computes the contents of a block that has no memos of its own.
    pub(crate) fn body(&self, body: &Body, scope: Scope<'_, 'p>) -> Outcome<model::Body> {
        let attributes: Vec<Outcome<model::Attribute>> = body
            .attributes
            .iter()
            .map(|attribute| {
                let value = self.evaluate(&attribute.value, scope)?;
                Ok(located(attribute, &value))
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
}

fn located(attribute: &Attribute, value: &Value) -> model::Attribute {
    model::Attribute {
        name: attribute.name.text.to_string(),
        name_span: attribute.name.span,
        value: locate(value, &attribute.value),
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
