//! From clauses to wishes: which objects a clause means.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::diagnostic::with_article;
use model::{Address, Catalog, Diagnostic, Object, Records};
use provider::{Clause, Desired, Kind, Surroundings, typed};

use super::wishes::{FutureWish, Place, Wish, Wishes, grantee, privileges};
use crate::acl::Class;
use crate::kinds::given::{self, is_given};
use crate::kinds::grant::{Access, All, Future, Grant, Level};
use crate::kinds::identity_sequence::IdentitySequence;

/// The kinds of objects that privileges are granted on inside schemas.
const INSIDE: [&str; 14] = [
    "table",
    "foreign_table",
    "view",
    "materialized_view",
    "sequence",
    "identity_sequence",
    "function",
    "procedure",
    "aggregate",
    "enum",
    "domain",
    "composite_type",
    "range_type",
    "base_type",
];

/// Expands clauses.
pub(super) struct Expander<'a> {
    pub(super) desired: &'a Desired,
    pub(super) around: Surroundings<'a>,
    pub(super) wishes: Wishes,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Expander<'_> {
    pub(super) fn clause(&mut self, clause: &Clause) {
        match clause.kind {
            "grant" => self.grant(clause),
            "access" => self.access(clause),
            _ => {}
        }
    }

    fn version(&self) -> u32 {
        self.around.platform.version
    }

    fn grant(&mut self, clause: &Clause) {
        let grant: Grant = typed(&clause.attributes);
        let place = Arc::new(Place::of(clause));
        if grant.on.is_empty() == grant.all.is_none()
            || (grant.all.is_none() && !grant.inside.is_empty())
        {
            self.diagnostics.push(
                Diagnostic::error("postgres::unclear_grant", "unclear grant")
                    .at(
                        place.span,
                        "this must say either `on`, or `all` together with `in`",
                    )
                    .help("Write `on = table.x`, or `all = \"tables\"` and `in = schema.x`."),
            );
            return;
        }
        let Some(containers) = self.containers(&grant, &place) else {
            return;
        };
        let wish = |class: Class, this: &mut Self| -> Vec<Wish> {
            let columns = !grant.columns.is_empty();
            let version = this.version();
            let privileges = Arc::new(privileges(
                &grant.privileges,
                class,
                columns,
                version,
                &place,
                &mut this.diagnostics,
            ));
            let of_columns: Arc<[String]> = grant.columns.as_slice().into();
            grant
                .to
                .iter()
                .map(|to| Wish {
                    to: grantee(&to.0),
                    privileges: Arc::clone(&privileges),
                    columns: Arc::clone(&of_columns),
                    option: grant.grant_option,
                    by: grant.granted_by.as_ref().map(|by| by.0.clone()),
                    exact: !columns,
                    place: Arc::clone(&place),
                })
                .collect()
        };
        for on in &grant.on {
            let Some(target) = self.target(&on.0, &place) else {
                continue;
            };
            let Some(class) = Class::of(&target) else {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant").at(
                        place.at("on"),
                        format!(
                            "{} has no privileges",
                            with_article(&target.kind().replace('_', " "))
                        ),
                    ),
                );
                continue;
            };
            if class == Class::Parameter && self.version() < 150_000 {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant").at(
                        place.at("on"),
                        "the server is too old for this: grants on parameters need PostgreSQL 15",
                    ),
                );
                continue;
            }
            if !grant.columns.is_empty() && class != Class::Table {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant").at(
                        place.at("columns"),
                        format!("{} has no columns", with_article(target.kind())),
                    ),
                );
                continue;
            }
            let wishes = wish(class, self);
            self.wishes.named.insert(target.clone());
            self.wishes
                .present
                .entry(target)
                .or_default()
                .extend(wishes);
        }
        let Some(all) = grant.all else { return };
        let class = match all {
            All::Tables => Class::Table,
            All::Sequences => Class::Sequence,
            All::Routines => Class::Routine,
            All::Types => Class::Type,
            All::Schemas => Class::Schema,
            All::LargeObjects => Class::LargeObject,
        };
        if class == Class::LargeObject && !self.may_speak_of_large_objects(&grant, &place) {
            return;
        }
        let wishes = wish(class, self);
        let made_by: BTreeSet<_> = grant.made_by.iter().map(|role| role.0.clone()).collect();
        for container in &containers {
            if matches!(class, Class::Schema | Class::LargeObject) && container.kind() == "schema" {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant").at(
                        place.at("in"),
                        format!("{} lie in databases", class.plural()),
                    ),
                );
                continue;
            }
            if grant.future != Future::Only {
                for target in self.inside(container, class) {
                    let present = self.wishes.present.entry(target).or_default();
                    present.extend(wishes.iter().cloned());
                }
            }
            if grant.future != Future::False {
                self.future(container, class, &made_by, &wishes);
            }
        }
    }

    /// Reports whether a grant on all large objects can hold: only on what will be made, and not everywhere.
    fn may_speak_of_large_objects(&mut self, grant: &Grant, place: &Place) -> bool {
        let unclear = Diagnostic::error("postgres::unclear_grant", "unclear grant");
        let diagnostic = if grant.future != Future::Only {
            unclear
                .at(place.at("all"), "large objects are data, and left alone")
                .help("Write `future = \"only\"` to say what holds for those that will be made.")
        } else if self.version() < 180_000 {
            unclear.at(
                place.at("all"),
                "the server is too old for this: default privileges on large objects need \
                 PostgreSQL 18",
            )
        } else {
            return true;
        };
        self.diagnostics.push(diagnostic);
        false
    }

    /// Returns the schemas and databases that `all` looks in.
    fn containers(&mut self, grant: &Grant, place: &Place) -> Option<Vec<Address>> {
        if grant.all.is_none() || !grant.inside.is_empty() {
            return Some(grant.inside.iter().map(|one| one.0.clone()).collect());
        }
        let declared: Vec<Address> = self.desired.catalog.addresses().cloned().collect();
        match crate::platform::default_database(self.around.provider, &declared) {
            Ok(name) => Some(vec![Address::new(self.around.provider, "database", [name])]),
            Err(help) => {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant")
                        .at(place.span, "`in` is missing")
                        .help(help),
                );
                None
            }
        }
    }

    fn future(
        &mut self,
        container: &Address,
        class: Class,
        made_by: &BTreeSet<Address>,
        wishes: &[Wish],
    ) {
        for wish in wishes {
            let takes_away = wish.exact && wish.to.is_none() && wish.privileges.is_empty();
            if takes_away
                && container.kind() == "schema"
                && !class.public(self.version()).is_empty()
            {
                self.diagnostics.push(
                    Diagnostic::warning("postgres::no_effect", "default privilege without effect")
                        .at(
                            wish.place.span,
                            "default privileges of a schema only add to what everybody may do",
                        )
                        .help(
                            "To take the built-in default away from PUBLIC for future objects, say \
                             it of the whole database: `in = database.x`.",
                        ),
                );
                continue;
            }
            self.wishes
                .future
                .entry(container.clone())
                .or_default()
                .push(FutureWish {
                    class,
                    made_by: made_by.clone(),
                    wish: wish.clone(),
                });
        }
    }

    fn access(&mut self, clause: &Clause) {
        let access: Access = typed(&clause.attributes);
        let place = Arc::new(Place::of(clause));
        let made_by: BTreeSet<_> = access.made_by.iter().map(|role| role.0.clone()).collect();
        for role in &access.role {
            let Some(to) = grantee(&role.0) else {
                self.diagnostics.push(
                    Diagnostic::error("postgres::unclear_grant", "unclear grant")
                        .at(place.at("role"), "`access` is for roles, not for everybody")
                        .help("Use `grant` with `to = \"public\"` to say what everybody may do."),
                );
                continue;
            };
            for container in &access.on {
                self.wishes.named.insert(container.0.clone());
                self.access_to(&to, &container.0, access.level, &made_by, &place);
            }
        }
    }

    fn access_to(
        &mut self,
        to: &Address,
        container: &Address,
        level: Level,
        made_by: &BTreeSet<Address>,
        place: &Arc<Place>,
    ) {
        let version = self.version();
        let wish = |class: Class| Wish {
            to: Some(to.clone()),
            privileges: Arc::new(of_level(level, class, version)),
            columns: Arc::default(),
            option: false,
            by: None,
            exact: false,
            place: Arc::clone(place),
        };
        let mut schemas = vec![container.clone()];
        if container.kind() == "database" {
            let database = wish(Class::Database);
            self.wishes
                .present
                .entry(container.clone())
                .or_default()
                .push(database);
            schemas = self.inside(container, Class::Schema);
            self.future(container, Class::Schema, made_by, &[wish(Class::Schema)]);
        }
        for schema in &schemas {
            let wish = wish(Class::of_schema(schema.name()));
            self.wishes
                .present
                .entry(schema.clone())
                .or_default()
                .push(wish);
        }
        for class in [Class::Table, Class::Sequence, Class::Routine, Class::Type] {
            let wish = wish(class);
            if wish.privileges.is_empty() {
                continue;
            }
            for target in self.inside(container, class) {
                self.wishes
                    .present
                    .entry(target)
                    .or_default()
                    .push(wish.clone());
            }
            self.future(container, class, made_by, &[wish]);
        }
    }

    /// Returns the object that a name means, looking at what is declared first, then at what is live. What
    /// is said in front of the name is what `GRANT` would say.
    fn target(&mut self, on: &Address, place: &Place) -> Option<Address> {
        let is_given = is_given(on.kind());
        if on.kind() != crate::platform::ANY_RELATION && !is_given {
            return Some(on.clone());
        }
        let given = given::KINDS.iter().map(|(kind, _)| *kind);
        let kinds = INSIDE.into_iter().chain(["schema"]).chain(given);
        let candidates: Vec<_> = kinds
            .map(|kind| on.sibling(kind, on.path()))
            .filter(|one| !is_given || Class::of(one) == Class::of(on))
            .collect();
        let find = |catalog: &Catalog| {
            candidates
                .iter()
                .find(|candidate| catalog.contains(candidate))
                .cloned()
        };
        let found = find(&self.desired.catalog).or_else(|| self.around.live.and_then(find));
        if found.is_none() && self.around.live.is_none() {
            return is_given.then(|| on.clone());
        }
        if found.is_none() {
            let mut diagnostic = Diagnostic::error("postgres::unknown_object", "unknown object")
                .at(
                    place.at("on"),
                    format!("there is no {}", on.qualified_name()),
                );
            diagnostic = diagnostic.help(match is_given {
                true => "Check the name, or declare it.",
                false => {
                    "Check the name, or declare it. What is yet to come with an extension is said with \
                     its sort in front: `\"table x.y\"`, `\"routine x.y(integer)\"`, `\"type x.y\"`."
                }
            });
            self.diagnostics.push(diagnostic);
        }
        found
    }

    /// Returns the objects of a class in a schema or a database, declared or live, without those that
    /// are about to go.
    fn inside(&self, container: &Address, class: Class) -> Vec<Address> {
        let matches = |address: &Address| {
            address.provider() == container.provider()
                && !is_given(address.kind())
                && address.path().len() > container.path().len()
                && address.path().starts_with(container.path())
                && match Class::of(address) {
                    Some(Class::Schema | Class::PublicSchema) => class == Class::Schema,
                    Some(other) => other == class,
                    None => false,
                }
        };
        let stays = |live: &&Object| !is_going(live, self.desired, self.around.records);
        let live = self.around.live.into_iter().flat_map(Catalog::iter);
        let live = live.filter(stays).map(|live| &live.address);
        let all: BTreeSet<Address> = self
            .desired
            .catalog
            .addresses()
            .chain(live)
            .filter(|address| matches(address))
            .cloned()
            .collect();
        all.into_iter().collect()
    }
}

/// Reports whether a live object is ours and no longer declared, or a sequence of an identity that a declared table has
/// no more.
fn is_going(live: &Object, desired: &Desired, records: &Records) -> bool {
    let is_whole = |table: &Address| {
        let origin = desired.origins.get(table);
        origin.is_some_and(|origin| !origin.partial)
    };
    let record = records.get(&live.address);
    let is_ours = record.is_some_and(|record| !record.claim.partial);
    let is_of_table = live.address.kind() == IdentitySequence::NAME
        && live.attached.as_ref().is_some_and(is_whole);
    (is_ours || is_of_table) && !desired.catalog.contains(&live.address)
}

/// Returns what a level of access gives on a class of objects.
pub(crate) fn of_level(level: Level, class: Class, version: u32) -> BTreeSet<String> {
    let names: Vec<&str> = match (level, class) {
        (Level::Full, class) => class.privileges(version),
        (Level::Read, Class::Database) => vec!["connect"],
        (Level::ReadWrite, Class::Database) => vec!["connect", "temporary"],
        (_, Class::Schema | Class::PublicSchema) => vec!["usage"],
        (Level::Read, Class::Table | Class::Sequence) => vec!["select"],
        (Level::ReadWrite, Class::Table) => vec!["delete", "insert", "select", "update"],
        (Level::ReadWrite, Class::Sequence) => vec!["select", "usage"],
        (Level::Read, Class::Routine | Class::Type) => Vec::new(),
        (Level::ReadWrite, Class::Routine) => vec!["execute"],
        (Level::ReadWrite, Class::Type) => vec!["usage"],
        (
            Level::Read | Level::ReadWrite,
            Class::Language
            | Class::ForeignDataWrapper
            | Class::ForeignServer
            | Class::Tablespace
            | Class::Parameter
            | Class::LargeObject,
        ) => Vec::new(),
    };
    names.into_iter().map(str::to_owned).collect()
}
