//! Partitions of one table whose bounds change together: in between, what one gives up and another gets may
//! not be in two places.

use std::collections::BTreeMap;

use model::{Address, Value};
use provider::{Desired, Surroundings};

use super::declared;
use crate::kinds::foreign::table::as_table;
use crate::kinds::table::{SIBLINGS, texts_value};
use crate::naming::written;

/// Notes, on declared partitions whose bounds are written differently than they are live, the others like
/// them, with the bounds that they get.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    // By the table above: partitions with the bounds they have and get.
    let mut changing: BTreeMap<Address, Vec<(Address, String)>> = BTreeMap::new();
    for kind in ["table", "foreign_table"] {
        for address in declared(desired, around.provider, kind) {
            let of = |catalog: &model::Catalog| {
                let object = catalog.get(&address)?;
                let is_partition = object.attributes.contains_key("partition_of");
                is_partition.then(|| as_table(object).partition_of)?
            };
            let (Some(next), Some(old)) = (of(&desired.catalog), of(live)) else {
                continue;
            };
            let (from, to) = (old.bound(), next.bound());
            if old.table == next.table && !from.eq_ignore_ascii_case(&to) {
                let all = changing.entry(next.table.0).or_default();
                all.push((address, to));
            }
        }
    }
    for all in changing.into_values().filter(|all| all.len() > 1) {
        for (address, _) in &all {
            let others = all.iter().filter(|(other, _)| other != address);
            let others = others.map(|(other, to)| texts_value([written(other), to.clone()]));
            let note = Value::List(others.collect());
            if let Some(object) = desired.catalog.get_mut(address) {
                object.facts.notes.insert(SIBLINGS.to_owned(), note);
            }
        }
    }
}
