//! Tables that leave what is above them or join something else, and partitions whose columns stand in an
//! order of their own: what they have and will have from above, which their own contents do not say.

use std::collections::BTreeSet;

use model::{Address, Edge, Object, Value};
use provider::{Desired, Kind, Surroundings, encode};

use super::declared;
use crate::kinds::foreign::table::{ForeignTable, as_table, with_table};
use crate::kinds::table::{
    self, AFTER, BEFORE, Column, GONE, MERGED, SINCE, Table, alike, has_moved, plain_column,
    take_key_names, take_not_null_names, texts, texts_value, whole,
};

/// The attributes that say what is above a table.
const ABOVE: [&str; 3] = ["partition_of", "inherits", "of"];

/// Notes what declared tables that move have before and after.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let tables = declared(desired, around.provider, "table");
    let foreign = declared(desired, around.provider, "foreign_table");
    for address in tables.into_iter().chain(foreign) {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        let present = live.get(&address);
        if has_order(object) || present.is_some_and(has_order) {
            let find = |above: &_| {
                desired
                    .catalog
                    .get(above)
                    .or_else(|| live.get(above))
                    .cloned()
            };
            let table = as_table(object);
            let mut alone = whole(&table, &find);
            if around.platform.version >= SINCE {
                take_not_null_names(&mut alone, &table, &find);
            }
            let whole = Value::Map(encode(&alone));
            if let Some(object) = desired.catalog.get_mut(&address) {
                object.facts.notes.insert(AFTER.to_owned(), whole);
            }
        }
        let (Some(present), Some(object)) = (present, desired.catalog.get(&address)) else {
            continue;
        };
        let may_have_moved = ABOVE.iter().any(|name| {
            let (old, next) = (&present.attributes, &object.attributes);
            old.get(name) != next.get(name)
        });
        if !may_have_moved {
            continue;
        }
        let (old, next) = (as_table(present), as_table(object));
        if !has_moved(&old, &next) {
            continue;
        }
        // What is above is altered first, and with it what is below.
        let find = |above: &_| -> Option<Object> {
            let found = desired.catalog.get(above).or_else(|| live.get(above));
            found.cloned()
        };
        let mut before = whole(&without_merged(&old, present, &find), &find);
        if old.partition_of.is_some() {
            take_key_names(&mut before, &old, &present.facts.notes);
        }
        table::take_names(&mut before, address.name(), &present.facts.notes);
        let mut after = whole(&next, &find);
        alike(&before, &mut after, &next);
        let above = old.above().into_iter().chain(&old.of);
        let above = above.filter(|above| desired.catalog.contains(&above.0));
        let edges: Vec<_> = above.map(|above| Edge::to(above.0.clone())).collect();
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.edges.extend(edges);
            for (name, table) in [(BEFORE, before), (AFTER, after)] {
                let note = Value::Map(encode(&table));
                object.facts.notes.insert(name.to_owned(), note);
            }
        }
    }
}

/// Leaves out that a column refuses null where that comes from above, and nothing else is said of it: before
/// PostgreSQL 18 it says so nowhere.
pub(super) fn inherit_not_null(desired: &mut Desired, around: Surroundings<'_>) {
    if around.platform.version >= SINCE {
        return;
    }
    for kind in [Table::NAME, ForeignTable::NAME] {
        for address in declared(desired, around.provider, kind) {
            let Some(object) = desired.catalog.get(&address) else {
                continue;
            };
            if !ABOVE
                .iter()
                .any(|name| object.attributes.contains_key(name))
            {
                continue;
            }
            let mut table = as_table(object);
            let bare = Table {
                column: Vec::new(),
                ..table.clone()
            };
            let find = |above: &_| {
                let found = desired.catalog.get(above);
                found.or_else(|| around.live?.get(above)).cloned()
            };
            let above = whole(&bare, &find);
            let is_from_above = |column: &Column| {
                let plain = Column {
                    not_null: true,
                    ..plain_column(&column.name)
                };
                *column == plain && above.find(&column.name).is_some_and(|one| one.not_null)
            };
            let before = table.column.len();
            table.column.retain(|column| !is_from_above(column));
            if table.column.len() != before
                && let Some(object) = desired.catalog.get_mut(&address)
            {
                object.attributes = with_table(object, table);
            }
        }
    }
}

/// Notes columns of live tables that others have rights on, and that will not come from above any more: with them,
/// those rights go.
pub(super) fn note_gone(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for kind in [Table::NAME, ForeignTable::NAME] {
        for address in declared(desired, around.provider, kind) {
            let (Some(object), Some(present)) = (desired.catalog.get(&address), live.get(&address))
            else {
                continue;
            };
            let old = as_table(present);
            let mut given = old.privileges.iter().filter_map(|one| one.column.as_ref());
            if !ABOVE
                .iter()
                .any(|name| present.attributes.contains_key(name))
                || given.clone().next().is_none()
            {
                continue;
            }
            let find = |above: &_| {
                let found = desired.catalog.get(above);
                found.or_else(|| live.get(above)).cloned()
            };
            let next = whole(&as_table(object), &find);
            let gone: BTreeSet<_> = given
                .by_ref()
                .filter(|name| next.find(name).is_none())
                .cloned()
                .collect();
            if let Some(object) = desired
                .catalog
                .get_mut(&address)
                .filter(|_| !gone.is_empty())
            {
                object
                    .facts
                    .notes
                    .insert(GONE.to_owned(), texts_value(gone));
            }
        }
    }
}

/// Reports whether something is a partition whose columns stand in an order of their own.
fn has_order(object: &Object) -> bool {
    match object.attributes.get("partition_of") {
        Some(Value::Map(partition)) => partition.contains_key("columns"),
        _ => false,
    }
}

/// Returns a live table whose columns have their types from above, where they are from there as well.
fn without_merged(old: &Table, live: &Object, find: &dyn Fn(&Address) -> Option<Object>) -> Table {
    let merged = texts(live.facts.notes.get(MERGED));
    let bare = Table {
        column: Vec::new(),
        ..old.clone()
    };
    let above = whole(&bare, find);
    let mut table = old.clone();
    for column in &mut table.column {
        if merged.contains(&column.name) && above.find(&column.name).is_some() {
            column.data_type.clear();
        }
    }
    table
}
