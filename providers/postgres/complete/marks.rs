//! What a table can remember of its indexes, checked where table and index are both declared: each mark
//! once, and no order of rows for a table that has none itself.

use std::collections::BTreeSet;

use model::{Address, Diagnostic, Map, Value};
use provider::{Desired, Surroundings, typed};

use super::declared;
use crate::kinds::index::Index;
use crate::kinds::table::Table;

/// The attributes that are marks.
const MARKS: [&str; 2] = ["cluster", "replica_identity"];

/// Adds what is wrong with the marks of declared indexes and keys.
pub(super) fn check(
    desired: &Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut taken: BTreeSet<(Address, &str)> = BTreeSet::new();
    for address in declared(desired, around.provider, "table") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        if !is_marked(&object.attributes) {
            continue;
        }
        let table: Table = typed(&object.attributes);
        let constraints = table.constraints(address.name());
        let parts = table.partition_of.iter().flat_map(|one| &one.key);
        if table.replica_identity.is_some()
            || constraints.values().any(|one| one.marks.replica_identity)
            || parts.clone().any(|key| key.replica_identity)
        {
            taken.insert((address.clone(), "replica_identity"));
        }
        if parts.clone().any(|key| key.cluster) {
            taken.insert((address.clone(), "cluster"));
        }
        if let Some(one) = constraints.values().find(|one| one.marks.cluster) {
            taken.insert((address.clone(), "cluster"));
            if table.partition_by.is_some() {
                let path = path_of(&table, &one.name);
                diagnostics.push(partitioned(desired, &address, &path));
            }
        }
    }
    for address in declared(desired, around.provider, "index") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        if !is_marked(&object.attributes) {
            continue;
        }
        let index: Index = typed(&object.attributes);
        let table = &index.table.0;
        let is_partitioned = [Some(&desired.catalog), around.live]
            .into_iter()
            .flatten()
            .find_map(|catalog| catalog.get(table))
            .is_some_and(|table| table.attributes.contains_key("partition_by"));
        if index.cluster && is_partitioned {
            diagnostics.push(partitioned(desired, &address, &["cluster".to_owned()]));
        }
        for (name, is_set) in [
            ("cluster", index.cluster),
            ("replica_identity", index.replica_identity),
        ] {
            if is_set && !taken.insert((table.clone(), name)) {
                let text = format!("a table has one `{name}` at most");
                diagnostics.push(
                    problem(desired, &address, &[name.to_owned()], "said twice", text).help(
                        format!(
                            "Leave `{name}` to one of the indexes and keys of table {}.",
                            table.qualified_name()
                        ),
                    ),
                );
            }
        }
    }
}

/// Reports whether a table, one of its keys or an index has a mark.
fn is_marked(attributes: &Map) -> bool {
    let has_mark = |map: &Map| MARKS.iter().any(|mark| map.contains_key(mark));
    let parts = match attributes.get("partition_of") {
        Some(Value::Map(partition)) => partition.get("key"),
        _ => None,
    };
    let constraints = ["primary_key", "unique", "exclude"].into_iter();
    let mut constraints = constraints
        .filter_map(|name| attributes.get(name))
        .chain(parts);
    has_mark(attributes)
        || constraints.any(|value| match value {
            Value::Map(one) => has_mark(one),
            Value::List(all) => all
                .iter()
                .any(|one| matches!(one, Value::Map(one) if has_mark(one))),
            _ => false,
        })
}

/// Returns where the mark of a constraint is written.
fn path_of(table: &Table, name: &str) -> Vec<String> {
    let block = if table.unique.iter().any(|one| one.name == name) {
        vec!["unique", name]
    } else if table.exclude.iter().any(|one| one.name == name) {
        vec!["exclude", name]
    } else {
        vec!["primary_key"]
    };
    block
        .into_iter()
        .chain(["cluster"])
        .map(str::to_owned)
        .collect()
}

fn partitioned(desired: &Desired, address: &Address, path: &[String]) -> Diagnostic {
    let text = "a partitioned table has no rows of its own to order".to_owned();
    problem(desired, address, path, "no rows to order", text)
        .help("Leave it out, and say it of indexes of the partitions.")
}

/// Returns what is wrong with an attribute.
pub(super) fn problem(
    desired: &Desired,
    address: &Address,
    path: &[String],
    title: &str,
    text: String,
) -> Diagnostic {
    let origin = &desired.origins[address];
    let span = provider::decode::locate(origin.span, &origin.body, path);
    Diagnostic::error("plan::wrong_contents", title).at(span, text)
}
