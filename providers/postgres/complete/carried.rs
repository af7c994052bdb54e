//! Indexes of tables with columns that get another type: where such a column is copied, they come along.

use std::collections::BTreeMap;

use model::{Address, Map, Object, Value};
use provider::{Desired, Surroundings, typed};

use super::declared;
use crate::kinds::table::{CARRIED, Table};

/// Notes the live indexes of these tables, by name.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let retyped = |address: &Address| {
        let (next, old) = (desired.catalog.get(address)?, live.get(address)?);
        if next.attributes == old.attributes {
            return None;
        }
        let [next, old] = [next, old].map(|one| typed::<Table>(&one.attributes));
        let mut columns = next.column.iter();
        columns.find(|column| {
            let old = old.find(&column.name);
            old.is_some_and(|old| old.data_type != column.data_type)
        })?;
        Some(())
    };
    let tables = declared(desired, around.provider, "table").into_iter();
    let tables: Vec<Address> = tables.filter(|at| retyped(at).is_some()).collect();
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
        let note: Map = indexes
            .map(|index| {
                let name = index.address.name().to_owned();
                (name, Value::Map(index.attributes.clone()))
            })
            .collect();
        if let Some(object) = desired
            .catalog
            .get_mut(&address)
            .filter(|_| !note.is_empty())
        {
            object
                .facts
                .notes
                .insert(CARRIED.to_owned(), Value::Map(note));
        }
    }
}
