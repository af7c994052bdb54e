//! Declarations with their rules, blocks that are objects of their own taken apart.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{
    Attribute, Block, Body, Content, Declaration, DeclarationId, Diagnostic, Located, Span,
    diagnostic,
};
use provider::{Rules, Within};

use super::{audits, hooks};
use crate::ground::{Ground, Grounds};

/// One block that a kind knows.
pub(super) struct Item<'a> {
    pub(super) id: DeclarationId,
    /// The header, or the label of a block inside another.
    pub(super) span: Span,
    /// Contents without the blocks that are objects of their own.
    pub(super) body: Arc<Body>,
    /// The top-level block it is or lies in.
    pub(super) declaration: &'a Declaration,
    pub(super) rules: &'static dyn Rules,
    pub(super) ground: Ground<'a>,
    /// The provider it belongs to unless what it stands in says otherwise.
    pub(super) provider: String,
    /// The label, which is the name unless `name` says otherwise.
    pub(super) label: String,
    /// The declaration it is a block of.
    pub(super) outer: Option<DeclarationId>,
}

impl Item<'_> {
    /// Returns the attribute with a name, unless it is null.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.body
            .attributes
            .iter()
            .find(|attribute| attribute.name == name && attribute.value.content != Content::Null)
    }

    /// Returns what the kind itself decodes: without the name and, unless the kind keeps it, without
    /// what the object stands in.
    pub(super) fn own_body(&self) -> Body {
        let mut body = Body::clone(&self.body);
        if self.rules.is_clause() {
            return body;
        }
        let within = self.rules.within();
        body.attributes.retain(|attribute| {
            attribute.name != "name"
                && !within.is_some_and(|within| {
                    !within.kept && self.outer.is_none() && within.attribute == attribute.name
                })
                && self
                    .rules
                    .named_in()
                    .is_none_or(|within| within.attribute != attribute.name)
        });
        if let (
            Some(Within {
                attribute,
                kept: true,
                ..
            }),
            Some(outer),
        ) = (within, &self.outer)
        {
            body.attributes.push(Attribute {
                name: attribute.to_owned(),
                name_span: self.span,
                value: Located {
                    content: Content::Reference(outer.clone()),
                    span: self.span,
                    sensitive: false,
                },
            });
        }
        body
    }

    /// Returns the names that may be written beside what the kind itself decodes.
    pub(super) fn taken(&self) -> Vec<&'static str> {
        if self.rules.is_clause() {
            return Vec::new();
        }
        let within = self.rules.within().filter(|_| self.outer.is_none());
        std::iter::once("name")
            .chain(within.map(|within| within.attribute))
            .chain(self.rules.named_in().map(|within| within.attribute))
            .chain(self.rules.nested().iter().map(|nested| nested.block))
            .collect()
    }
}

/// Finds the rules of every declaration and takes blocks that are objects of their own apart.
pub(super) fn flatten<'a>(
    declarations: &'a [Declaration],
    grounds: &'a Grounds<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut reported = BTreeSet::new();
    for declaration in declarations
        .iter()
        .filter(|one| ![audits::KIND, hooks::KIND].contains(&one.id.kind.as_str()))
    {
        let Some((provider, ground, rules)) = grounds.default_for(&declaration.id.kind) else {
            if reported.insert(declaration.span) {
                diagnostics.push(unknown_kind(declaration, grounds));
            }
            continue;
        };
        let (provider, ground) = match &declaration.provider {
            None => (provider, ground),
            Some((name, span)) => match grounds.get(name) {
                Some(chosen) => (name.as_str(), chosen),
                None => {
                    diagnostics.push(unknown_provider(name, *span, grounds));
                    continue;
                }
            },
        };
        let outer = Item {
            id: declaration.id.clone(),
            span: declaration.span,
            body: Arc::clone(&declaration.body),
            declaration,
            rules,
            ground,
            provider: provider.to_owned(),
            label: declaration.id.label.clone(),
            outer: None,
        };
        take_apart(outer, grounds, diagnostics, &mut items);
    }
    items
}

fn take_apart<'a>(
    mut outer: Item<'a>,
    grounds: &Grounds<'a>,
    diagnostics: &mut Vec<Diagnostic>,
    items: &mut Vec<Item<'a>>,
) {
    let mut inner = Vec::new();
    for nested in outer.rules.nested() {
        let Some((_, _, rules)) = grounds.default_for(nested.kind) else {
            continue;
        };
        let is_nested = |block: &Block| block.kind == nested.block;
        if !outer.body.blocks.iter().any(is_nested) {
            continue;
        }
        let body = Arc::make_mut(&mut outer.body);
        let blocks = std::mem::take(&mut body.blocks);
        let (blocks, rest): (Vec<_>, _) = blocks.into_iter().partition(is_nested);
        body.blocks = rest;
        for block in blocks {
            let [(label, span)] = block.labels.as_slice() else {
                diagnostics.push(
                    Diagnostic::error("declaration::wrong_label", "wrong number of labels")
                        .at(
                            block.kind_span,
                            format!("`{}` needs exactly one label", block.kind),
                        )
                        .help(format!("Write `{} \"name\" {{ ... }}`.", block.kind)),
                );
                continue;
            };
            let id = outer.id.inside(&block.kind, label);
            if let Some(first) = inner.iter().find(|item: &&Item<'_>| item.id == id) {
                diagnostics.push(
                    Diagnostic::error("declaration::duplicate_block", "duplicate block")
                        .at(*span, format!("a second `{}`", block.kind))
                        .at(first.span, "the first is here")
                        .help("Remove one of them or give it another label."),
                );
                continue;
            }
            inner.push(Item {
                id,
                span: *span,
                declaration: outer.declaration,
                rules,
                ground: outer.ground,
                provider: outer.provider.clone(),
                label: label.clone(),
                outer: Some(outer.id.clone()),
                body: Arc::new(block.body),
            });
        }
    }
    items.push(outer);
    items.append(&mut inner);
}

fn unknown_kind(declaration: &Declaration, grounds: &Grounds<'_>) -> Diagnostic {
    let kind = &declaration.id.kind;
    let help = diagnostic::did_you_mean(kind, grounds.kinds().chain([audits::KIND, hooks::KIND]));
    Diagnostic::error("plan::unknown_kind", "unknown block")
        .at(declaration.span, format!("there is no block `{kind}`"))
        .help(help.unwrap_or_else(|| "`estate explain` lists every block there is.".to_owned()))
}

pub(super) fn unknown_provider(name: &str, span: Span, grounds: &Grounds<'_>) -> Diagnostic {
    let known: Vec<_> = grounds.names().map(|name| format!("`{name}`")).collect();
    Diagnostic::error("plan::unknown_provider", "unknown provider")
        .at(span, format!("there is no provider `{name}`"))
        .help_some(diagnostic::did_you_mean(name, grounds.names()).or_else(|| {
            (!known.is_empty()).then(|| format!("The project has {}.", known.join(", ")))
        }))
}
