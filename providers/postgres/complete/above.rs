//! Tables that leave what is above them or join something else, and partitions whose columns stand in an
//! order of their own: what they have and will have from above, which their own contents do not say.

use std::collections::BTreeSet;

use model::{Address, Catalog, Edge, Object, Value};
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
    for address in tables(desired, around) {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        let present = live.get(&address);
        if has_order(object) || present.is_some_and(has_order) {
            let find = |above: &_| found(desired, around.live, above);
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
        let find = |above: &_| found(desired, around.live, above);
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
    let says_only_that = |column: &Column| {
        *column
            == Column {
                not_null: true,
                ..plain_column(&column.name)
            }
    };
    for address in tables(desired, around) {
        let Some(object) = desired.catalog.get(&address).filter(|one| is_below(one)) else {
            continue;
        };
        let mut table = as_table(object);
        if !table.column.iter().any(says_only_that) {
            continue;
        }
        let columns = std::mem::take(&mut table.column);
        let above = whole(&table, &|above| found(desired, around.live, above));
        let is_refused = |name: &str| above.find(name).is_some_and(|one| one.not_null);
        table.column = columns;
        table
            .column
            .retain(|column| !(says_only_that(column) && is_refused(&column.name)));
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.attributes = with_table(object, table);
        }
    }
}

/// Notes columns of live tables that others have rights on, and that will not come from above any more: with them,
/// those rights go.
pub(super) fn note_gone(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for address in tables(desired, around) {
        let present = live.get(&address).filter(|one| is_below(one));
        let (Some(present), Some(object)) = (present, desired.catalog.get(&address)) else {
            continue;
        };
        let privileges = as_table(present).privileges.into_iter();
        let mut gone: BTreeSet<String> = privileges.filter_map(|one| one.column).collect();
        if gone.is_empty() {
            continue;
        }
        let next = whole(&as_table(object), &|above| {
            found(desired, around.live, above)
        });
        gone.retain(|name| next.find(name).is_none());
        if let Some(object) = desired.catalog.get_mut(&address)
            && !gone.is_empty()
        {
            let notes = &mut object.facts.notes;
            notes.insert(GONE.to_owned(), texts_value(gone));
        }
    }
}

/// Returns the declared tables, foreign ones among them.
fn tables(desired: &Desired, around: Surroundings<'_>) -> Vec<Address> {
    let tables = declared(desired, around.provider, Table::NAME);
    let foreign = declared(desired, around.provider, ForeignTable::NAME);
    tables.into_iter().chain(foreign).collect()
}

/// Finds what is above a table: as it is declared, or else as it is live.
fn found(desired: &Desired, live: Option<&Catalog>, above: &Address) -> Option<Object> {
    let found = desired.catalog.get(above);
    found.or_else(|| live?.get(above)).cloned()
}

/// Reports whether something is above a table.
fn is_below(table: &Object) -> bool {
    let mut above = ABOVE.iter();
    above.any(|name| table.attributes.contains_key(name))
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
