//! What new keys and foreign keys of partitioned tables will be on: every partition, so that they can be added to one
//! partition after the other.
//!
//! Source: `DefineIndex()`, `ChooseIndexName()`, `addFkRecurseReferencing()` and `tryAttachPartitionForeignKey()` of
//! PostgreSQL.

use std::collections::BTreeSet;

use model::{Address, Catalog, Map, Object, Reference, Value};
use provider::{Desired, typed};

use super::parts::{Forest, Wanted, parts};
use super::{declared, differing_tables, note};
use crate::kinds::foreign_key::ForeignKey;
use crate::kinds::index::online::{PARTITIONED, PARTS, Part};
use crate::kinds::index::{Index, Key};
use crate::kinds::table::{Table, default_name};

/// Returns partitioned tables that are there and to be otherwise, and foreign keys of them that are not.
pub(super) fn wanting(desired: &Desired, provider: &str, live: &Catalog) -> Vec<Address> {
    let is_partitioned = |address: &Address| {
        let table = live.get(address);
        table.is_some_and(|table| table.attributes.contains_key("partition_by"))
    };
    let mut tables = differing_tables(desired, provider, live);
    tables.retain(is_partitioned);
    let keys = declared(desired, provider, "foreign_key").into_iter();
    let keys = keys.filter(|address| {
        let key = desired.catalog.get(address);
        !live.contains(address) && key.is_some_and(|key| key.facts.notes.contains_key(PARTITIONED))
    });
    tables.extend(keys);
    tables
}

/// Notes the parts of their keys, by name, and of foreign keys.
pub(super) fn complete(
    desired: &mut Desired,
    wanting: &[Address],
    forest: &Forest<'_>,
    taken: &mut BTreeSet<String>,
) {
    for address in wanting {
        let Some(object) = desired.catalog.get(address) else {
            continue;
        };
        let parts = match address.kind() {
            "foreign_key" => of_foreign_key(object, forest),
            _ => of_table(object, forest, &desired.catalog, taken),
        };
        if let Some(parts) = parts {
            note(desired, address, PARTS, parts);
        }
    }
}

fn of_table(
    object: &Object,
    forest: &Forest<'_>,
    declared: &Catalog,
    taken: &mut BTreeSet<String>,
) -> Option<Value> {
    let address = &object.address;
    let next: Table = typed(&object.attributes);
    let live: Table = typed(&forest.live.get(address)?.attributes);
    let known = live.constraints(address.name());
    let primary = next.primary_key.iter().map(|key| {
        let name = key.name.clone();
        let name = name.unwrap_or_else(|| default_name(address.name()));
        (name, &key.columns, &key.include, "pkey")
    });
    let unique = next.unique.iter();
    let unique = unique.map(|key| (key.name.clone(), &key.columns, &key.include, "key"));
    let mut all = Map::new();
    for (name, columns, include, word) in primary.chain(unique) {
        if known.contains_key(&name) {
            continue;
        }
        let index = index(address, columns, include);
        let is_primary = word == "pkey";
        let mut named = columns.clone();
        named.extend(include.iter().cloned());
        let wanted = Wanted {
            index: &index,
            columns: if is_primary { Vec::new() } else { named },
            former: None,
            word,
        };
        let found = parts(&wanted, forest, taken);
        let has_other = |part: &Part| {
            let [live, next] = [forest.live, declared].map(|catalog| catalog.get(&part.table));
            let live = live.map(|table| typed::<Table>(&table.attributes));
            let is_keyed = live.is_some_and(|table| table.primary_key.is_some());
            is_primary && is_keyed || next.is_some_and(says_key)
        };
        if let Some(found) = found.filter(|found| !found.iter().any(has_other)) {
            taken.extend(found.iter().map(Part::written));
            let note = found.iter().map(Part::note).collect();
            all.insert(name, Value::List(note));
        }
    }
    (!all.is_empty()).then_some(Value::Map(all))
}

/// Reports whether a partition says anything of a key that it has from above.
fn says_key(partition: &Object) -> bool {
    match partition.attributes.get("partition_of") {
        Some(Value::Map(partition)) => partition.contains_key("key"),
        _ => false,
    }
}

fn index(table: &Address, columns: &[String], include: &[String]) -> Index {
    let keys = columns.iter().map(|column| Key {
        column: Some(column.clone()),
        ..Key::default()
    });
    Index {
        key: keys.collect(),
        unique: true,
        include: include.to_vec(),
        ..Index::on(Reference(table.clone()))
    }
}

/// Returns the partitions with rows that a foreign key can be added to one after the other: it is the same on each.
fn of_foreign_key(object: &Object, forest: &Forest<'_>) -> Option<Value> {
    let key: ForeignKey = typed(&object.attributes);
    let name = object.address.name();
    let mut queue = vec![ForeignKey::table(&object.address)];
    let mut leaves = Vec::new();
    while let Some(table) = queue.pop() {
        for partition in forest.partitions(&table)? {
            let address = &partition.address;
            let live: Table = typed(&partition.attributes);
            let is_taken = live.constraints(address.name()).contains_key(name);
            let own = forest.live.iter().filter(|object| {
                let other = &object.address;
                other.kind() == "foreign_key" && ForeignKey::table(other) == *address
            });
            let mut own = own.map(|one| (&one.address, typed::<ForeignKey>(&one.attributes)));
            let is_like = |(at, other): (&Address, ForeignKey)| {
                at.name() == name || other.columns == key.columns
            };
            if address.kind() != "table" || is_taken || own.any(is_like) {
                return None;
            }
            match live.partition_by {
                Some(_) => queue.push(address.clone()),
                None => leaves.push(Value::Reference(address.clone())),
            }
        }
    }
    Some(Value::List(leaves))
}
