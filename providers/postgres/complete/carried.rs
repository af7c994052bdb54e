//! Indexes of tables with columns that get another type: where such a column is copied, they come along.

use std::collections::BTreeMap;

use model::{Address, Map, Object, Value};
use provider::{Desired, Surroundings, typed};

use super::{differing_tables, note};
use crate::kinds::table::{CARRIED, Table};

/// Notes the live indexes of these tables, by name.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let is_retyped = |address: &Address| {
        let forms = [&desired.catalog, live].map(|catalog| catalog.get(address));
        let [Some(next), Some(old)] = forms else {
            return false;
        };
        let [next, old] = [next, old].map(|one| typed::<Table>(&one.attributes));
        next.column.iter().any(|column| {
            let old = old.find(&column.name);
            old.is_some_and(|old| old.data_type != column.data_type)
        })
    };
    let mut tables = differing_tables(desired, around.provider, live);
    tables.retain(is_retyped);
    if tables.is_empty() {
        return;
    }
    let mut by_table: BTreeMap<&Address, Vec<&Object>> = BTreeMap::new();
    for index in live.iter().filter(|one| one.address.kind() == "index") {
        if let Some(Value::Reference(table)) = index.attributes.get("table") {
            by_table.entry(table).or_default().push(index);
        }
    }
    for address in tables {
        let indexes = by_table.get(&address).into_iter().flatten();
        let indexes: Map = indexes
            .map(|index| {
                let name = index.address.name().to_owned();
                (name, Value::Map(index.attributes.clone()))
            })
            .collect();
        if !indexes.is_empty() {
            note(desired, &address, CARRIED, Value::Map(indexes));
        }
    }
}
