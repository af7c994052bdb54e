//! Constraints of partitions that the table above gets as well: PostgreSQL makes those of the partitions part of it,
//! instead of new ones, and drops them no more by themselves.
//!
//! Source: PostgreSQL manual, ALTER TABLE (ADD CONSTRAINT on partitioned tables); `DefineIndex()`,
//! `MergeWithExistingConstraint()`.

use std::collections::BTreeMap;

use model::{Address, Catalog, Map, Value};
use provider::{Desired, Surroundings, typed};

use super::only::table_above;
use super::{declared, note};
use crate::kinds::index::part::part_name;
use crate::kinds::table::{JOINED, Table, default_name};

/// Notes those that partitions do not declare any more, each with the name that it gets then.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    for address in declared(desired, around.provider, "table") {
        let Some(above) = desired.catalog.get(&address).and_then(table_above) else {
            continue;
        };
        let joined = joined(&address, &above, &desired.catalog, live);
        if !joined.is_empty() {
            note(desired, &address, JOINED, Value::Map(joined));
        }
    }
}

fn joined(address: &Address, above: &Address, next: &Catalog, live: &Catalog) -> Map {
    let table = |catalog: &Catalog, of: &Address| {
        catalog.get(of).map(|one| typed::<Table>(&one.attributes))
    };
    let tables = [
        (next, address),
        (live, address),
        (next, above),
        (live, above),
    ];
    let [Some(next), Some(old), Some(next_above), Some(old_above)] =
        tables.map(|(catalog, of)| table(catalog, of))
    else {
        return Map::new();
    };
    let known = next.constraints(address.name());
    let known_above = old_above.constraints(above.name());
    let says_key = next
        .partition_of
        .is_some_and(|partition| !partition.key.is_empty());
    // Names of keys that come above, by what they are of.
    let mut keys: BTreeMap<(bool, &[String]), String> = BTreeMap::new();
    if let Some(key) = next_above
        .primary_key
        .as_ref()
        .filter(|_| old_above.primary_key.is_none())
    {
        keys.insert((true, &key.columns), default_name(address.name()));
    }
    for key in &next_above.unique {
        if !known_above.contains_key(&key.name) {
            let mut columns = key.columns.clone();
            columns.extend(key.include.iter().cloned());
            let usual = part_name(address.name(), &columns, "key");
            keys.insert((false, &key.columns), usual);
        }
    }
    let primary = old.primary_key.iter().map(|key| {
        let usual = || default_name(address.name());
        (key.name.clone().unwrap_or_else(usual), true, &key.columns)
    });
    let unique = old
        .unique
        .iter()
        .map(|key| (key.name.clone(), false, &key.columns));
    let joined = primary
        .chain(unique)
        .filter_map(|(name, is_primary, columns)| {
            let usual = keys.get(&(is_primary, columns.as_slice()))?;
            let to = if says_key {
                name.clone()
            } else {
                usual.clone()
            };
            Some((name, Value::Text(to)))
        });
    let checks = old.check.iter().filter(|check| {
        let mut above = next_above.check.iter();
        above.any(|one| one.name == check.name) && !known_above.contains_key(&check.name)
    });
    let checks = checks.map(|check| (check.name.clone(), Value::Text(check.name.clone())));
    let all = joined.chain(checks);
    all.filter(|(name, _)| !known.contains_key(name)).collect()
}
