//! Tables that leave what is above them or join something else, and partitions whose columns stand in an
//! order of their own: what they have and will have from above, which their own contents do not say.

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings, encode};

use super::declared;
use crate::kinds::foreign::table::as_table;
use crate::kinds::table::{
    self, AFTER, BEFORE, MERGED, Table, alike, has_moved, take_key_names, texts, whole,
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
            let whole = Value::Map(encode(&whole(&as_table(object), &find)));
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
