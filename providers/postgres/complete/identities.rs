//! Sequences behind identity columns, for the grants on them.

use std::collections::BTreeSet;

use model::{Address, Catalog, Edge, Object, Reference, Value};
use provider::{Desired, Origin, Surroundings, encode};

use super::{declared, owner_of, sequence_name};
use crate::initial;
use crate::kinds::attached::INITIAL;
use crate::kinds::foreign::table::as_table;
use crate::kinds::identity_sequence::IdentitySequence;
use crate::kinds::sequence::GIVES_WAY;
use crate::naming::column_part;

const KIND: &str = "identity_sequence";

/// Returns the columns of a table whose numbers come from a sequence of their own, with its address. Looks
/// at the attributes as they are: most tables have such a column, and nothing else of them matters here.
fn sequences(table: &Object) -> Vec<(&str, Address)> {
    let Some(Value::List(columns)) = table.attributes.get("column") else {
        return Vec::new();
    };
    let address = &table.address;
    let with_identity = columns.iter().filter_map(|column| match column {
        Value::Map(column) => match column.get("identity")? {
            Value::Map(identity) => Some((column.get("name")?.as_text()?, identity)),
            _ => None,
        },
        _ => None,
    });
    with_identity
        .map(|(column, identity)| {
            let said = identity.get("sequence").and_then(Value::as_text);
            let name = said.map_or_else(|| sequence_name(address.name(), column), str::to_owned);
            let path = [address.part(0), address.part(1), &name];
            (column, address.sibling(KIND, path))
        })
        .collect()
}

/// Adds the sequences of identity columns of declared tables.
pub(super) fn add(desired: &mut Desired, around: Surroundings<'_>) {
    let tables = declared(desired, around.provider, "table");
    let foreign = declared(desired, around.provider, "foreign_table");
    for address in tables.into_iter().chain(foreign) {
        let (Some(object), Some(origin)) = (
            desired.catalog.get(&address),
            desired.origins.get(&address).cloned(),
        ) else {
            continue;
        };
        if origin.partial {
            continue;
        }
        let found = sequences(object).into_iter();
        let found: Vec<_> = found
            .map(|(column, sequence)| (column_part(column), sequence))
            .collect();
        if found.is_empty() {
            continue;
        }
        let grants = as_table(object).grants;
        let owner = owner_of(&address, &desired.catalog, None);
        for (column, sequence) in found {
            let contents = IdentitySequence {
                owner: owner.clone().map(Reference),
                grants,
                privileges: Vec::new(),
            };
            let edges = [None, Some(column.clone())].map(|part| Edge {
                on: address.clone(),
                part,
                by: None,
            });
            // Where what should be is what was once, it is there already.
            if let Some(there) = desired.catalog.get_mut(&sequence) {
                there.edges.extend(edges);
                continue;
            }
            let mut object = Object::new(sequence.clone(), encode(&contents));
            object.edges.extend(edges);
            let origin = Origin {
                id: origin.id.inside(KIND, sequence.name()),
                share: None,
                ..origin.clone()
            };
            desired.origins.insert(sequence, origin);
            desired.catalog.insert(object);
        }
    }
}

/// Notes what sequences that get another name with their column bring along, and leaves out those which
/// have what they are to have without any grant of ours.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    take_over(desired, around);
    let mut idle = BTreeSet::new();
    for address in declared(desired, around.provider, KIND) {
        let former = former(&address, desired, around).and_then(|former| live.get(&former));
        let is_new = !live.contains(&address);
        let given = is_new.then(|| given_by_default(&address, desired, around));
        let Some(object) = desired.catalog.get_mut(&address) else {
            continue;
        };
        let privileges = |object: &Object| object.attributes.get("privileges").cloned();
        if let Some(former) = former {
            let brought = privileges(former).unwrap_or_default();
            object.facts.notes.insert(INITIAL.to_owned(), brought);
        }
        let begins_with = match live.get(&address) {
            Some(live) => privileges(live),
            None => object.facts.notes.get(INITIAL).cloned().or(given.flatten()),
        };
        let begins_with = begins_with.filter(|privileges| !privileges.is_empty());
        if begins_with == privileges(object) && !around.records.contains_key(&address) {
            idle.insert(address);
        }
    }
    for address in idle {
        desired.catalog.remove(&address);
        desired.origins.remove(&address);
    }
}

/// Returns what default privileges give a new sequence, where those there are and those there will be agree.
fn given_by_default(
    address: &Address,
    desired: &Desired,
    around: Surroundings<'_>,
) -> Option<Value> {
    let object = desired.catalog.get(address)?;
    let given = |catalogs: &[&Catalog]| {
        let found = |address: &Address| {
            let mut found = catalogs.iter().filter_map(|catalog| catalog.get(address));
            Some(found.next()?.attributes.clone())
        };
        initial::privileges(object, &found, around.platform)
    };
    let then = given(&[&desired.catalog]);
    let now = around.live.map(|live| given(&[&desired.catalog, live]));
    now.is_none_or(|now| now == then).then_some(then)
}

/// Notes which live sequences make room for those of columns that get an identity, on them and on their
/// tables. Their positions are taken over.
pub(crate) fn foresee(desired: &Desired, provider: &str, live: &mut Catalog) {
    let mut ways = Vec::new();
    for object in desired.catalog.iter() {
        let address = &object.address;
        let is_table = matches!(address.kind(), "table" | "foreign_table");
        if address.provider() != provider || !is_table {
            continue;
        }
        for (_, identity) in sequences(object) {
            let sequence = identity.sibling("sequence", identity.path());
            let belongs =
                live.get(&sequence).and_then(|one| one.attached.as_ref()) == Some(address);
            if belongs && !desired.catalog.contains(&sequence) {
                ways.push((address.clone(), sequence));
            }
        }
    }
    for (table, sequence) in ways {
        if let Some(object) = live.get_mut(&sequence) {
            object.facts.notes.insert(GIVES_WAY.to_owned(), true.into());
        }
        if let Some(object) = live.get_mut(&table) {
            let none = || Value::List(Vec::new());
            if let Value::List(all) = object.facts.notes.get_or_insert_with(GIVES_WAY, none) {
                all.push(sequence.name().into());
            }
        }
    }
}

/// Notes which declared sequences take the name and the position of the one of a live identity column.
fn take_over(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for address in declared(desired, around.provider, "sequence") {
        let identity = address.sibling(KIND, address.path());
        if !live.contains(&address)
            && live.contains(&identity)
            && let Some(object) = desired.catalog.get_mut(&address)
        {
            object.facts.notes.insert(GIVES_WAY.to_owned(), true.into());
        }
    }
}

/// Returns the live sequence of the column that a declared one belongs to, where it has another name.
fn former(address: &Address, desired: &Desired, around: Surroundings<'_>) -> Option<Address> {
    let edges = &desired.catalog.get(address)?.edges;
    let edge = edges.iter().find(|edge| edge.part.is_some())?;
    let table = around.live?.get(&edge.on)?;
    let column = edge.part.as_deref()?;
    sequences(table)
        .into_iter()
        .find(|(name, sequence)| column_part(name) == column && sequence != address)
        .map(|(_, sequence)| sequence)
}
