//! What blocks that are no objects have in common: which attributes they know, the objects they are about,
//! texts with names in them.

use std::time::Duration;

use model::diagnostic::{self, with_article};
use model::syntax::Syntax;
use model::{
    Address, Attribute, Body, Content, Declaration, Diagnostic, Located, Piece, duration, hook,
};

use super::addresses::Addresses;
use crate::ground::Grounds;

/// One such block, and where problems with it go.
pub(super) struct Reader<'a> {
    pub(super) syntax: &'static Syntax,
    pub(super) declaration: &'a Declaration,
    pub(super) grounds: &'a Grounds<'a>,
    pub(super) addresses: &'a Addresses<'a>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn body(&self) -> &'a Body {
        &self.declaration.body
    }

    /// Returns the value of an attribute, unless it is null.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a Located> {
        self.body()
            .attributes
            .iter()
            .find(|attribute| attribute.name == name && attribute.value.content != Content::Null)
            .map(|attribute| &attribute.value)
    }

    /// Reports attributes and blocks that it does not know, and those it cannot do without.
    pub(super) fn check_names(&mut self) {
        let (syntax, kind) = (self.syntax, with_article(self.syntax.kind));
        for Attribute {
            name, name_span, ..
        } in &self.body().attributes
        {
            if !syntax.takes(name) {
                let known: Vec<_> = syntax.names().map(|name| format!("`{name}`")).collect();
                let help = diagnostic::did_you_mean(name, syntax.names());
                self.diagnostics.push(
                    Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                        .at(*name_span, format!("{kind} has no attribute `{name}`"))
                        .help(help.unwrap_or_else(|| format!("Known here: {}.", known.join(", ")))),
                );
            }
        }
        for block in &self.body().blocks {
            self.diagnostics.push(
                Diagnostic::error("declaration::unknown_block", "unknown block").at(
                    block.kind_span,
                    format!("{kind} has no block `{}`", block.kind),
                ),
            );
        }
    }

    /// Returns an attribute that must be there.
    pub(super) fn required(&mut self, name: &str, help: &str) -> Option<&'a Located> {
        let found = self.attribute(name);
        if found.is_none() {
            self.diagnostics.push(
                Diagnostic::error("declaration::missing_attribute", "missing attribute")
                    .at(self.declaration.span, format!("`{name}` is missing"))
                    .help(help),
            );
        }
        found
    }

    /// Returns the objects that an attribute refers to: one, or a list. `done` is what cannot be done to what is
    /// no object.
    pub(super) fn objects(&mut self, on: &'a Located, done: &str) -> Vec<Address> {
        let items = match &on.content {
            Content::List(items) => items.iter().collect(),
            _ => vec![on],
        };
        let mut found = Vec::new();
        for item in items {
            match &item.content {
                Content::Reference(id) => match self.addresses.get(id) {
                    Some(site) => found.extend(site.map(|site| site.address.clone())),
                    None => self
                        .diagnostics
                        .push(super::not_an_object(item.span, id, done)),
                },
                _ => self.wrong_type(item, "this must be a reference to an object"),
            }
        }
        found
    }

    /// Returns which of some words an attribute has, by its number; the first when absent.
    pub(super) fn choice(&mut self, name: &str, words: &[&str]) -> usize {
        let Some(written) = self.attribute(name) else {
            return 0;
        };
        let text = match &written.content {
            Content::Text(text) => text.as_str(),
            _ => "",
        };
        words
            .iter()
            .position(|word| *word == text)
            .unwrap_or_else(|| {
                let listed: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                self.diagnostics.push(
                    Diagnostic::error("declaration::unknown_choice", "unknown choice")
                        .at(
                            written.span,
                            format!("this must be one of {}", listed.join(", ")),
                        )
                        .help_some(diagnostic::did_you_mean(text, words.iter().copied())),
                );
                0
            })
    }

    /// Returns true or false, or what it is when absent.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.attribute(name) {
            None => default,
            Some(Located {
                content: Content::Bool(value),
                ..
            }) => *value,
            Some(other) => {
                self.wrong_type(other, "this must be true or false");
                default
            }
        }
    }

    /// Returns a span of time.
    pub(super) fn time(&mut self, name: &str) -> Option<Duration> {
        let written = self.attribute(name)?;
        let found = match &written.content {
            Content::Text(text) => duration::parse(text).filter(|time| !time.is_zero()),
            _ => None,
        };
        if found.is_none() {
            self.diagnostics.push(
                Diagnostic::error("declaration::wrong_type", "wrong type")
                    .at(written.span, "this is no span of time")
                    .help("Write a whole number with its unit: `500ms`, `30s`, `5m`, `1h`."),
            );
        }
        found
    }

    /// Returns a text as the platform of `on` reads it, with names written as it writes them. `this` is what
    /// `${self}` means; without it, that means nothing.
    pub(super) fn text(
        &mut self,
        written: &'a Located,
        on: &Address,
        this: Option<&Address>,
    ) -> Option<String> {
        let provider = self.grounds.of(on)?.provider;
        let pieces = match &written.content {
            Content::Text(text) => return Some(text.clone()),
            Content::Composed(pieces) => pieces,
            _ => {
                self.wrong_type(written, "this must be a text");
                return None;
            }
        };
        if this.is_none() && pieces.contains(&Piece::This) {
            self.diagnostics.push(
                Diagnostic::error(
                    "plan::not_an_object",
                    "reference to something that is no object",
                )
                .at(written.span, "`self` means nothing without `on`")
                .help("Say what it is about: `on = table.label`."),
            );
            return None;
        }
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.clone()),
                Piece::This => this.map(|this| provider.written(this)),
                Piece::Reference(id) => {
                    let site = self.addresses.get(id).flatten();
                    site.map(|site| provider.written(&site.address))
                }
            })
            .collect()
    }

    /// Returns where unqualified names in a text about an object are looked up.
    pub(super) fn names_in(&self, on: &Address) -> Vec<String> {
        let ground = self.grounds.of(on);
        ground.map_or_else(Vec::new, |ground| ground.provider.names_in(on))
    }

    /// Returns what a statement of the files about an object takes away for good.
    pub(super) fn loss(&self, on: &Address, sql: &str) -> Option<String> {
        let ground = self.grounds.of(on)?;
        ground.provider.loss(sql)
    }

    /// Returns what stands for the block itself where it is about nothing: it belongs to the provider that it
    /// chooses, or to the first.
    pub(super) fn itself(&mut self) -> Option<Address> {
        let id = &self.declaration.id;
        match &self.declaration.provider {
            None => {
                let provider = self.grounds.names().next()?;
                Some(hook::address(provider, id))
            }
            Some((name, _)) if self.grounds.get(name).is_some() => Some(hook::address(name, id)),
            Some((name, span)) => {
                let problem = super::items::unknown_provider(name, *span, self.grounds);
                self.diagnostics.push(problem);
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, written: &Located, label: &str) {
        self.diagnostics.push(
            Diagnostic::error("declaration::wrong_type", "wrong type").at(written.span, label),
        );
    }
}
