//! What grants may name though it cannot be seen before an apply.

use std::collections::BTreeSet;

use model::{Address, Catalog, Edge, Map, Object, Value};
use provider::{Clause, Desired, Kind};

use crate::complete::candidates;
use crate::kinds::given::{GivenRoutine, GivenSchema, GivenTable, GivenType};
use crate::platform::ANY_RELATION;

/// Returns what grants name and neither is declared nor was read.
pub(crate) fn spoken_of(desired: &Desired, provider: &str, live: &Catalog) -> BTreeSet<Address> {
    let is_there = |address: &Address| live.contains(address) || desired.catalog.contains(address);
    let named = grants_of(desired, provider).flat_map(targets);
    named
        .filter(|address| match address.kind() {
            ANY_RELATION => !candidates(address).iter().any(is_there),
            "schema" => ![address.clone(), given_schema(address)]
                .iter()
                .any(is_there),
            _ => false,
        })
        .collect()
}

fn grants_of<'a>(desired: &'a Desired, provider: &'a str) -> impl Iterator<Item = &'a Clause> {
    let clauses = desired.clauses.iter();
    clauses.filter(move |clause| clause.provider == provider && clause.kind == "grant")
}

/// Returns what a grant is on.
fn targets(grant: &Clause) -> Vec<Address> {
    let mut addresses = Vec::new();
    if let Some(on) = grant.attributes.get("on") {
        on.references(&mut |address| addresses.push(address.clone()));
    }
    addresses
}

/// Returns the address of a schema where it was brought along.
pub(crate) fn given_schema(schema: &Address) -> Address {
    schema.sibling(GivenSchema::NAME, schema.path())
}

/// Adds what grants may name though it cannot be seen yet: parameters on which nothing was granted,
/// and what an extension will bring along.
pub(crate) fn grants(desired: &Desired, provider: &str, live: &mut Catalog) {
    for grant in grants_of(desired, provider) {
        for address in targets(grant) {
            foresee(address, grant, desired, live);
        }
    }
}

fn foresee(address: Address, grant: &Clause, desired: &Desired, live: &mut Catalog) {
    let brought_by: Vec<Address> = match address.kind() {
        "parameter" => Vec::new(),
        "foreign_data_wrapper" | "language" | "schema" | ANY_RELATION => desired
            .catalog
            .addresses()
            .filter(|other| {
                other.kind() == "extension"
                    && other.part(0) == address.part(0)
                    && !live.contains(other)
            })
            .cloned()
            .collect(),
        _ => return,
    };
    let is_there = |address: &Address| live.contains(address) || desired.catalog.contains(address);
    let address = match address.kind() {
        ANY_RELATION if candidates(&address).iter().any(is_there) => return,
        "schema" if is_there(&address) => return,
        ANY_RELATION => address.sibling(likely_kind(&address, grant), address.path()),
        "schema" => given_schema(&address),
        _ => address,
    };
    let is_brought = address.kind() == "parameter" || !brought_by.is_empty();
    if is_brought && !is_there(&address) {
        let mut object = Object::new(address, Map::new());
        object.edges.extend(brought_by.into_iter().map(Edge::to));
        object.facts.notes.insert("builtin".to_owned(), true.into());
        live.insert(object);
    }
}

/// Returns the kind that something must be of which an extension will bring along, by its name and by what is
/// granted on it. A sequence can be named as a table.
fn likely_kind(address: &Address, grant: &Clause) -> &'static str {
    let privileges = match grant.attributes.get("privileges") {
        Some(Value::List(names)) => names.as_slice(),
        _ => &[],
    };
    let is_usage = |name: &Value| {
        name.as_text()
            .is_some_and(|name| name.eq_ignore_ascii_case("usage"))
    };
    if address.name().contains('(') {
        GivenRoutine::NAME
    } else if !privileges.is_empty() && privileges.iter().all(is_usage) {
        GivenType::NAME
    } else {
        GivenTable::NAME
    }
}
