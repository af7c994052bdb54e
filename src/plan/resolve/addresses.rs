//! The address of every declaration, parents before children.

use std::collections::BTreeMap;
use std::ops::Bound;

use model::diagnostic::with_article;
use model::{Address, Content, DeclarationId, Diagnostic, Span};

use provider::Within;

use super::items::Item;

/// Where a declared object stands.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) address: Address,
    /// What it stands in.
    pub(super) parent: Option<Address>,
}

/// The sites of all declarations that could be given one.
pub(super) struct Addresses<'a> {
    /// `None` for a block with a mistake already reported; clauses are missing.
    by_id: BTreeMap<&'a DeclarationId, Option<Site>>,
    declared: Vec<Address>,
}

impl<'a> Addresses<'a> {
    /// Finds the addresses of all items and reports impossible ones.
    pub(super) fn find(items: &'a [Item<'a>], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let index = items.iter().map(|item| (&item.id, item)).collect();
        let mut finder = Finder {
            index,
            found: Self {
                by_id: BTreeMap::new(),
                declared: Vec::new(),
            },
            way: Vec::new(),
            diagnostics,
        };
        // Those that stand on the platform itself come first: defaults are looked up among them.
        let (roots, inner): (Vec<_>, Vec<_>) =
            items.iter().partition(|item| item.rules.within().is_none());
        for item in roots
            .into_iter()
            .chain(inner)
            .filter(|item| !item.rules.is_clause())
        {
            finder.visit(item);
        }
        finder.found
    }

    /// Returns the site of a declaration, `Some(None)` for one with a mistake already reported, and
    /// `None` for what is no object.
    pub(super) fn get(&self, id: &DeclarationId) -> Option<Option<&Site>> {
        self.by_id.get(id).map(Option::as_ref)
    }

    /// Returns every declared address found so far.
    pub(super) fn declared(&self) -> &[Address] {
        &self.declared
    }

    /// Returns the addresses of all instances of a declaration; of one, if the id has a key.
    pub(super) fn instances(&self, id: &DeclarationId) -> impl Iterator<Item = &Address> {
        self.by_id
            .range::<DeclarationId, _>((Bound::Included(id), Bound::Unbounded))
            .take_while(|(other, _)| {
                other.module == id.module && other.kind == id.kind && other.label == id.label
            })
            .filter(|(other, _)| id.key.is_none() || other.key == id.key)
            .filter_map(|(_, site)| site.as_ref().map(|site| &site.address))
    }
}

struct Finder<'a, 'd> {
    index: BTreeMap<&'a DeclarationId, &'a Item<'a>>,
    found: Addresses<'a>,
    way: Vec<&'a DeclarationId>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a> Finder<'a, '_> {
    fn visit(&mut self, item: &'a Item<'a>) -> Option<Site> {
        if let Some(known) = self.found.by_id.get(&item.id) {
            return known.clone();
        }
        if let Some(start) = self.way.iter().position(|id| **id == item.id) {
            let circle = self.way[start..].iter().fold(
                Diagnostic::error("plan::cycle", "objects stand on one another in a circle"),
                |diagnostic, id| diagnostic.at(self.index[id].span, format!("`{id}`")),
            );
            self.diagnostics.push(circle);
            return None;
        }
        self.way.push(&item.id);
        let site = self.site(item);
        self.way.pop();
        self.found
            .declared
            .extend(site.as_ref().map(|site| site.address.clone()));
        self.found.by_id.insert(&item.id, site.clone());
        site
    }

    fn site(&mut self, item: &'a Item<'a>) -> Option<Site> {
        let parent = self.parent(item)?;
        let (name, span) = self.name(item)?;
        let is_given = item.rules.own_name(&item.body).is_none();
        let problem = item.ground.provider.name_problem(&name);
        if let Some(problem) = problem.filter(|_| is_given) {
            self.diagnostics
                .push(Diagnostic::error("plan::bad_name", "impossible name").at(span, problem));
            return None;
        }
        let provider = parent
            .as_ref()
            .map_or(item.provider.as_str(), Address::provider);
        if let (Some((chosen, span)), Some(parent)) = (&item.declaration.provider, &parent)
            && chosen != parent.provider()
        {
            self.diagnostics.push(
                Diagnostic::error("plan::unknown_provider", "unknown provider")
                    .at(
                        *span,
                        format!("what it stands in belongs to `{}`", parent.provider()),
                    )
                    .help("Leave `provider` out here."),
            );
            return None;
        }
        let name = match item.rules.signature(&item.body) {
            Some(signature) => format!("{name}({signature})"),
            None => name,
        };
        let container = match item.rules.named_in() {
            Some(within) => self.written(item, within)?,
            None => None,
        };
        let path = item
            .rules
            .path(container.as_ref().or(parent.as_ref()), &name);
        Some(Site {
            address: Address::new(provider, item.rules.name(), path),
            parent,
        })
    }

    fn name(&mut self, item: &'a Item<'a>) -> Option<(String, Span)> {
        if let Some(name) = item.rules.own_name(&item.body) {
            return Some((name, item.span));
        }
        if let Some(by) = item.rules.named_by() {
            return self.name_by(item, by);
        }
        let Some(attribute) = item.attribute("name") else {
            return Some((item.label.clone(), item.span));
        };
        let span = attribute.value.span;
        match &attribute.value.content {
            Content::Text(name) => Some((name.clone(), span)),
            Content::Integer(number) => Some((number.to_string(), span)),
            _ => {
                self.diagnostics.push(
                    Diagnostic::error("declaration::wrong_type", "wrong type")
                        .at(span, "a name must be a text"),
                );
                None
            }
        }
    }

    /// Returns the name of an item that is called like what one of its attributes says.
    fn name_by(&mut self, item: &'a Item<'a>, by: &'static str) -> Option<(String, Span)> {
        if let Some(name) = item.attribute("name") {
            self.diagnostics.push(
                Diagnostic::error("declaration::unknown_attribute", "unknown attribute")
                    .at(
                        name.name_span,
                        format!("a {} has no name", item.rules.name().replace('_', " ")),
                    )
                    .help(format!("`{by}` says which one it is.")),
            );
            return None;
        }
        let Some(written) = item.attribute(by) else {
            self.diagnostics.push(
                Diagnostic::error("declaration::missing_attribute", "missing attribute")
                    .at(item.span, format!("`{by}` is missing")),
            );
            return None;
        };
        let span = written.value.span;
        match &written.value.content {
            Content::Reference(id) => {
                let named = self.index.get(id).copied()?;
                let site = self.visit(named)?;
                Some((site.address.name().to_owned(), span))
            }
            Content::Text(name) => Some((name.clone(), span)),
            _ => {
                self.wrong_type(span, "this must be a reference, or a name");
                None
            }
        }
    }

    /// Returns what an item stands in, `Some(None)` for the platform itself, and `None` after a
    /// mistake.
    fn parent(&mut self, item: &'a Item<'a>) -> Option<Option<Address>> {
        let Some(within) = item.rules.within() else {
            return Some(None);
        };
        if let Some(outer) = &item.outer {
            let outer = *self.index.get(outer)?;
            return self.visit(outer).map(|site| Some(site.address));
        }
        if item.attribute(within.attribute).is_none() {
            let default = if within.required {
                Err(format!(
                    "Say what it stands in: `{} = {}.label`, or its name.",
                    within.attribute, within.kinds[0]
                ))
            } else {
                let declared = self.found.declared();
                item.ground
                    .provider
                    .default_parent(item.rules.name(), &item.provider, declared)
            };
            return default
                .map_err(|help| {
                    self.diagnostics.push(
                        Diagnostic::error("declaration::missing_attribute", "missing attribute")
                            .at(item.span, format!("`{}` is missing", within.attribute))
                            .help(help),
                    );
                })
                .ok();
        }
        self.written(item, within)
    }

    /// Returns what an attribute that says where an item stands or lies leads to, `Some(None)` where it
    /// is not written, and `None` after a mistake.
    fn written(&mut self, item: &'a Item<'a>, within: Within) -> Option<Option<Address>> {
        let Some(written) = item.attribute(within.attribute) else {
            return Some(None);
        };
        let span = written.value.span;
        let wanted: Vec<_> = within.kinds.iter().map(|kind| with_article(kind)).collect();
        let wanted = wanted.join(" or ");
        let found = match &written.value.content {
            Content::Reference(id) => {
                let parent = self.index.get(id).copied();
                let kind = parent.map_or(id.kind.as_str(), |parent| parent.rules.name());
                if !within.kinds.contains(&kind) {
                    self.wrong_type(
                        span,
                        &format!("this is {}, but must be {wanted}", with_article(kind)),
                    );
                    return None;
                }
                self.visit(parent?)?.address
            }
            Content::Text(text) => {
                let declared = self.found.declared();
                let provider = item.ground.provider;
                match provider.named(&item.provider, within.kinds, text, declared) {
                    Ok(address) => address,
                    Err(reason) => {
                        self.diagnostics.push(
                            Diagnostic::error("plan::bad_name", "impossible name").at(span, reason),
                        );
                        return None;
                    }
                }
            }
            _ => {
                self.wrong_type(
                    span,
                    &format!("this must be a reference to {wanted}, or its name"),
                );
                return None;
            }
        };
        Some(Some(found))
    }

    fn wrong_type(&mut self, span: Span, text: &str) {
        self.diagnostics
            .push(Diagnostic::error("declaration::wrong_type", "wrong type").at(span, text));
    }
}
