//! Indexes of partitioned tables that partitions have only where they say so: as soon as all of them do, such
//! an index is like any other, and PostgreSQL makes no difference any more. And indexes of partitions that leave:
//! they are their own from then on.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Edge, Object, Value};
use provider::{Desired, Surroundings, encode, typed};

use super::declared;
use crate::kinds::foreign_key::ForeignKey;
use crate::kinds::index::online::PARTITIONED;
use crate::kinds::index::{ALONE, Index};

/// Notes what live indexes of partitions are when their table has left.
pub(super) fn leave(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for address in declared(desired, around.provider, "index") {
        let (Some(object), Some(present)) = (desired.catalog.get(&address), live.get(&address))
        else {
            continue;
        };
        if !present.attributes.contains_key("part_of") || object.attributes.contains_key("part_of")
        {
            continue;
        }
        let part: Index = typed(&present.attributes);
        let is_partition = |catalog: &Catalog| {
            let table = catalog.get(&part.table.0);
            table.map(|table| table.attributes.contains_key("partition_of"))
        };
        let top = part.part_of.as_ref().and_then(|top| live.get(&top.0));
        let Some(top) = top.filter(|_| is_partition(&desired.catalog) == Some(false)) else {
            continue;
        };
        let whole: Index = typed(&top.attributes);
        let alone = Index {
            table: part.table.clone(),
            only: false,
            part_of: None,
            options: if part.options.is_empty() {
                whole.options.clone()
            } else {
                part.options.clone()
            },
            tablespace: part.tablespace.clone().or_else(|| whole.tablespace.clone()),
            cluster: part.cluster,
            replica_identity: part.replica_identity,
            depends_on_extensions: part.depends_on_extensions.clone(),
            comment: part.comment.clone(),
            ..whole
        };
        if let Some(object) = desired.catalog.get_mut(&address) {
            let note = Value::Map(encode(&alone));
            object.facts.notes.insert(ALONE.to_owned(), note);
        }
    }
}

/// Notes which indexes and foreign keys are on partitioned tables.
pub(super) fn note_partitioned(desired: &mut Desired, around: Surroundings<'_>) {
    let indexes = declared(desired, around.provider, "index").into_iter();
    let keys = declared(desired, around.provider, "foreign_key").into_iter();
    let tables: Vec<_> = indexes
        .filter_map(
            |address| match desired.catalog.get(&address)?.attributes.get("table")? {
                Value::Reference(table) => Some((address, table.clone())),
                _ => None,
            },
        )
        .chain(keys.map(|key| {
            let table = ForeignKey::table(&key);
            (key, table)
        }))
        .collect();
    for (address, table) in tables {
        let is_partitioned = |table: &Object| table.attributes.contains_key("partition_by");
        let declared = desired.catalog.get(&table).map(is_partitioned);
        let live = || around.live?.get(&table).map(is_partitioned);
        if declared.or_else(live) == Some(true)
            && let Some(object) = desired.catalog.get_mut(&address)
        {
            object
                .facts
                .notes
                .insert(PARTITIONED.to_owned(), true.into());
        }
    }
}

/// Returns the table that something is a partition of.
pub(super) fn table_above(object: &Object) -> Option<Address> {
    match object.attributes.get("partition_of")? {
        Value::Map(partition) => match partition.get("table")? {
            Value::Reference(above) => Some(above.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Makes the indexes of partitions of partitions stand on that of the partition, where there is one: they are
/// attached to it.
pub(super) fn stand_on_parts(desired: &mut Desired, provider: &str) {
    let reference =
        |address: &Address, name: &str| match desired.catalog.get(address)?.attributes.get(name)? {
            Value::Reference(found) => Some(found.clone()),
            _ => None,
        };
    let above = |table: &Address| desired.catalog.get(table).and_then(table_above);
    let mut parts = BTreeMap::new();
    for address in declared(desired, provider, "index") {
        if let (Some(top), Some(table)) =
            (reference(&address, "part_of"), reference(&address, "table"))
        {
            parts.insert((top, table), address);
        }
    }
    let found: Vec<_> = parts
        .iter()
        .filter_map(|((top, table), part)| {
            let on = parts.get(&(top.clone(), above(table)?))?;
            Some((part.clone(), on.clone()))
        })
        .collect();
    for (part, on) in found {
        if let Some(object) = desired.catalog.get_mut(&part) {
            object.edges.insert(Edge::to(on));
        }
    }
}

/// Makes the indexes that are not on all partitions come after these: PostgreSQL gives every index that is there
/// to a new partition.
pub(super) fn come_last(desired: &mut Desired, provider: &str) {
    let mut partitions: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for kind in ["table", "foreign_table"] {
        for address in declared(desired, provider, kind) {
            if let Some(above) = desired.catalog.get(&address).and_then(table_above) {
                partitions.entry(above).or_default().push(address);
            }
        }
    }
    let only: Vec<_> = desired
        .catalog
        .iter()
        .filter(|object| object.address.kind() == "index" && object.address.provider() == provider)
        .filter(|object| object.attributes.contains_key("only"))
        .filter_map(|object| match object.attributes.get("table")? {
            Value::Reference(table) => Some((object.address.clone(), table.clone())),
            _ => None,
        })
        .collect();
    for (index, table) in only {
        let below = partitions.get(&table).into_iter().flatten().cloned();
        if let Some(object) = desired.catalog.get_mut(&index) {
            object.edges.extend(below.map(Edge::to));
        }
    }
}

/// Takes `only` off declared indexes that are live like any other, where nothing of them is missing.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let reference = |address: &Address, name: &str| -> Option<Address> {
        match desired.catalog.get(address)?.attributes.get(name)? {
            Value::Reference(found) => Some(found.clone()),
            _ => None,
        }
    };
    let indexes = declared(desired, around.provider, "index");
    let is_only = |catalog: &Catalog, address: &Address| {
        let index = catalog.get(address);
        index.is_some_and(|index| index.attributes.contains_key("only"))
    };
    let whole: Vec<&Address> = indexes
        .iter()
        .filter(|address| is_only(&desired.catalog, address))
        .filter(|address| live.contains(address) && !is_only(live, address))
        .filter(|address| reference(address, "part_of").is_none())
        .collect();
    if whole.is_empty() {
        return;
    }
    let mut partitions: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for kind in ["table", "foreign_table"] {
        for address in declared(desired, around.provider, kind) {
            if let Some(above) = desired.catalog.get(&address).and_then(table_above) {
                partitions.entry(above).or_default().insert(address);
            }
        }
    }
    let mut having: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for address in &indexes {
        if let (Some(above), Some(table)) =
            (reference(address, "part_of"), reference(address, "table"))
        {
            having.entry(above).or_default().insert(table);
        }
    }
    let none = BTreeSet::new();
    let is_on_all = |address: &&&Address| {
        let table = reference(address, "table");
        let all = table
            .and_then(|table| partitions.get(&table))
            .unwrap_or(&none);
        all.is_subset(having.get(**address).unwrap_or(&none))
    };
    let done: Vec<Address> = whole
        .iter()
        .filter(is_on_all)
        .map(|one| (*one).clone())
        .collect();
    for address in done {
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.attributes.remove("only");
        }
    }
}
