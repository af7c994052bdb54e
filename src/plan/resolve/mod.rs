//! From declarations to the desired catalog: addresses, decoded attributes, normal form.
//!
//! Two passes. The first gives every declaration its address, parents before children; the second
//! decodes attributes, in which references now have addresses. All mistakes of all declarations are
//! reported together.

mod addresses;
mod audits;
mod blocks;
mod hooks;
mod items;
mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::syntax::Syntax;
use model::{
    Address, Code, Declaration, DeclarationId, Diagnostic, Edge, Fingerprint, Object, Span,
    diagnostic,
};
use provider::{Clause, Desired, Origin, decode};
use serde_json::Value as Json;

use self::addresses::Addresses;
use self::blocks::Reader;
use self::items::Item;
use self::names::Scope;
use crate::ground::Grounds;

/// The blocks that are neither of the language nor objects.
pub const BLOCKS: &[Syntax] = &[audits::SYNTAX, hooks::SYNTAX];

/// Every code this module gives.
pub(crate) const CODES: &[Code] = &[
    Code {
        name: "plan::unknown_kind",
        explanation: "No provider of the project knows a block of this type. `estate explain` \
            without an argument lists all kinds.",
    },
    Code {
        name: "plan::unknown_provider",
        explanation: "The block chooses a provider that the project does not have. Providers are \
            chosen as `provider = postgres` or `provider = postgres.alias`.",
    },
    Code {
        name: "plan::not_an_object",
        explanation: "The reference leads to a block that is no object, such as a grant.",
    },
    Code {
        name: "plan::bad_name",
        explanation: "The platform cannot take this name, for example because it is too long.",
    },
    Code {
        name: "plan::duplicate_object",
        explanation: "Two declarations have the same live name. Give one of them another `name`; \
            with `for_each`, build it from `each.key`.",
    },
    Code {
        name: "plan::name_taken",
        explanation: "Two objects of different kinds have the same live name in a namespace that \
            both kinds share: in PostgreSQL tables, views, sequences and indexes of one schema do.",
    },
    Code {
        name: "plan::wrong_contents",
        explanation: "The attributes of the object do not fit together, or one of them has a value \
            that the platform would not take.",
    },
    Code {
        name: "plan::cycle",
        explanation: "Objects stand on one another in a circle, so there is no order in which they \
            could be made. Break the circle at one of the places shown.",
    },
    Code {
        name: "plan::unknown_lifecycle_attribute",
        explanation: "`ignore_changes` names an attribute that the kind does not have.",
    },
];

/// Turns declarations into the desired catalog.
///
/// Clauses, such as grants, are decoded and kept beside; providers work them in when they complete
/// the catalog. What is returned is whole only when no diagnostic is an error.
#[must_use]
pub fn resolve(declarations: &[Declaration], grounds: &Grounds<'_>) -> (Desired, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let items = items::flatten(declarations, grounds, &mut diagnostics);
    let addresses = Addresses::find(&items, &mut diagnostics);
    let mut resolver = Resolver {
        grounds,
        addresses,
        diagnostics,
        desired: Desired::default(),
    };
    let mut schemas: BTreeMap<&str, Json> = BTreeMap::new();
    for item in &items {
        let schema = schemas
            .entry(item.rules.name())
            .or_insert_with(|| item.rules.schema());
        resolver.item(item, schema);
    }
    resolver.check_namespaces();
    for declaration in declarations {
        let syntax = match declaration.id.kind.as_str() {
            audits::KIND => &audits::SYNTAX,
            hooks::KIND => &hooks::SYNTAX,
            _ => continue,
        };
        let mut reader = Reader {
            syntax,
            declaration,
            grounds,
            addresses: &resolver.addresses,
            diagnostics: &mut resolver.diagnostics,
        };
        match syntax.kind {
            audits::KIND => resolver.desired.audits.extend(audits::resolve(&mut reader)),
            _ => resolver.desired.hooks.extend(hooks::resolve(&mut reader)),
        }
    }
    (resolver.desired, resolver.diagnostics)
}

fn not_an_object(span: Span, id: &DeclarationId, done: &str) -> Diagnostic {
    Diagnostic::error(
        "plan::not_an_object",
        "reference to something that is no object",
    )
    .at(span, format!("`{id}` cannot be {done}"))
    .help("Refer to an object, such as a table, a schema or a role.")
}

struct Resolver<'a> {
    grounds: &'a Grounds<'a>,
    addresses: Addresses<'a>,
    diagnostics: Vec<Diagnostic>,
    desired: Desired,
}

impl Resolver<'_> {
    /// Decodes one block and puts it where it belongs.
    fn item(&mut self, item: &Item<'_>, schema: &Json) {
        let site = match self.addresses.get(&item.id) {
            Some(None) => return,
            found => found.flatten().cloned(),
        };
        let provider = site
            .as_ref()
            .map_or(item.provider.as_str(), |site| site.address.provider())
            .to_owned();
        let scope = Scope {
            addresses: &self.addresses,
            provider: &provider,
            ground: self.grounds.get(&provider).unwrap_or(item.ground),
            this: site.as_ref().map(|site| &site.address),
        };
        let before = self.diagnostics.len();
        let attributes = decode::decode(
            item.rules.name(),
            item.span,
            &item.own_body(),
            schema,
            &item.taken(),
            &scope,
            &mut self.diagnostics,
        );
        if self.diagnostics[before..].iter().any(Diagnostic::is_error) {
            return;
        }
        let ground = scope.ground;
        match &site {
            None => self.desired.clauses.push(Clause {
                id: item.id.clone(),
                span: item.span,
                body: Arc::clone(&item.body),
                provider,
                kind: item.rules.name(),
                attributes,
            }),
            Some(site) => {
                match item
                    .rules
                    .decode(&site.address, attributes, ground.platform)
                {
                    Ok(object) => self.object(item, object, site.parent.clone()),
                    Err(problems) => self.diagnostics.extend(problems.into_iter().map(|problem| {
                        Diagnostic::error("plan::wrong_contents", problem.title)
                            .at(
                                decode::locate(item.span, &item.body, &problem.path),
                                problem.text,
                            )
                            .help_some(problem.help)
                    })),
                }
            }
        }
    }

    fn object(&mut self, item: &Item<'_>, mut object: Object, parent: Option<Address>) {
        object.edges.extend(parent.map(Edge::to));
        for (id, _) in &item.declaration.depends_on {
            object
                .edges
                .extend(self.addresses.instances(id).cloned().map(Edge::to));
        }
        object.edges.retain(|edge| edge.on != object.address);
        let address = &object.address;
        if let Some(other) = self.desired.origins.get(address) {
            self.diagnostics.push(
                Diagnostic::error("plan::duplicate_object", "two declarations of one object")
                    .at(
                        item.span,
                        format!("`{}` is called {}", item.id, address.qualified_name()),
                    )
                    .at(other.span, format!("and so is `{}`", other.id))
                    .help("Give one of them another `name`, or remove it."),
            );
            return;
        }
        let lifecycle = item.declaration.lifecycle.clone();
        if item.outer.is_none() {
            self.check_ignored(item, &lifecycle.ignore_changes);
        }
        self.desired.origins.insert(
            address.clone(),
            Origin {
                id: item.id.clone(),
                span: item.span,
                body: Arc::clone(&item.body),
                lifecycle,
                declared: Fingerprint::of_map(&object.attributes),
                partial: false,
                swept: false,
                exact: false,
                share: None,
            },
        );
        self.desired.catalog.insert(object);
    }

    fn check_ignored(&mut self, item: &Item<'_>, ignored: &[(String, Span)]) {
        if ignored.is_empty() {
            return;
        }
        let schema = item.rules.schema();
        let Some(known) = schema["properties"].as_object() else {
            return;
        };
        for (name, span) in ignored {
            if name != "all" && !known.contains_key(name) {
                self.diagnostics.push(
                    Diagnostic::error("plan::unknown_lifecycle_attribute", "unknown attribute")
                        .at(
                            *span,
                            format!(
                                "{} has no attribute `{name}`",
                                diagnostic::with_article(item.rules.name())
                            ),
                        )
                        .help_some(diagnostic::did_you_mean(
                            name,
                            known.keys().map(String::as_str),
                        )),
                );
            }
        }
    }

    /// Reports objects of different kinds that would take the same name.
    fn check_namespaces(&mut self) {
        let mut taken: BTreeMap<(&str, &str, &[String]), &Address> = BTreeMap::new();
        for address in self.desired.catalog.addresses() {
            // What nobody declares may well be a part of what has the name.
            let rules = self.grounds.rules(address);
            let Some(rules) = rules.filter(|rules| !rules.is_internal()) else {
                continue;
            };
            let key = (address.provider(), rules.namespace(), address.path());
            let Some(other) = taken.insert(key, address) else {
                continue;
            };
            let (one, two) = (&self.desired.origins[address], &self.desired.origins[other]);
            self.diagnostics.push(
                Diagnostic::error("plan::name_taken", "two objects of one name")
                    .at(
                        one.span,
                        format!("`{}` is called {}", one.id, address.qualified_name()),
                    )
                    .at(two.span, format!("and so is `{}`", two.id))
                    .help(format!(
                        "Objects of the kinds {} and {} cannot have the same name there; rename \
                         one of them.",
                        address.kind(),
                        other.kind()
                    )),
            );
        }
    }
}
