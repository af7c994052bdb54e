//! Locks that transactions take. Whatever is made or dropped stays locked until its transaction ends, and the server has
//! room for so many locks: where there is none left, the transaction fails.
//!
//! Source: PostgreSQL manual, Lock Management (`max_locks_per_transaction`).

use model::{Object, Value};
use provider::Capabilities;

use crate::session::LOCKS;

/// Returns how many locks one transaction may take: others need some, too.
pub(crate) fn of(platform: &Capabilities) -> Option<usize> {
    let all: usize = platform.notes.get(LOCKS)?.parse().ok()?;
    Some(all / 10 * 6)
}

/// Returns how many locks an object takes, about: a table one for itself, its large values, their index, and each of
/// its keys and sequences.
pub(crate) fn for_object(object: &Object) -> usize {
    let count = |name: &str| match object.attributes.get(name) {
        Some(Value::List(all)) => all.len(),
        Some(_) => 1,
        None => 0,
    };
    let numbered = || match object.attributes.get("column") {
        Some(Value::List(columns)) => {
            let is_numbered = |column: &&Value| match column {
                Value::Map(column) => column.contains_key("identity"),
                _ => false,
            };
            columns.iter().filter(is_numbered).count()
        }
        _ => 0,
    };
    match object.address.kind() {
        "table" => {
            let keys: usize = ["primary_key", "unique", "exclude"].map(count).iter().sum();
            3 + keys + numbered()
        }
        "materialized_view" => 3,
        "foreign_key" => 2,
        _ => 1,
    }
}
