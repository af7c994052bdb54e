//! Names that a change of a table would like to use meanwhile and that others have: those of keys that are to come, and of
//! what is built beside keys, indexes and sequences.

use std::collections::{BTreeMap, BTreeSet};

use model::Value;
use provider::{Desired, Surroundings, typed};

use super::parts::names;
use super::{differing_tables, note};
use crate::kinds::table::{CARRIED, TAKEN, Table, names_beside};
use crate::text::quote::ident;

/// Notes them.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let tables = differing_tables(desired, around.provider, live);
    if tables.is_empty() {
        return;
    }
    let taken = names(live, around.provider);
    for address in tables {
        let (Some(object), Some(old)) = (desired.catalog.get(&address), live.get(&address)) else {
            continue;
        };
        let [next, old] = [&object.attributes, &old.attributes].map(typed::<Table>);
        let known = old.constraints(address.name());
        let keys = next.constraints(address.name());
        let keys: BTreeMap<_, _> = keys.into_iter().filter(|(_, one)| one.is_key).collect();
        let indexes = match object.facts.notes.get(CARRIED) {
            Some(Value::Map(indexes)) => indexes.iter().map(|(name, _)| name.to_owned()).collect(),
            _ => Vec::new(),
        };
        let mut wanted: BTreeSet<String> = keys.keys().cloned().collect();
        wanted.retain(|name| !known.contains_key(name));
        for name in keys.keys().chain(&indexes) {
            wanted.extend(names_beside(name, "_new"));
        }
        for column in &next.column {
            let Some(identity) = &column.identity else {
                continue;
            };
            let usual = || super::sequence_name(address.name(), &column.name);
            let name = identity.sequence.clone().unwrap_or_else(usual);
            wanted.extend(names_beside(&name, "_old"));
        }
        wanted
            .retain(|name| taken.contains(&format!("{}.{}", ident(address.part(1)), ident(name))));
        if !wanted.is_empty() {
            let wanted = wanted.into_iter().map(Value::Text).collect();
            note(desired, &address, TAKEN, Value::List(wanted));
        }
    }
}
