//! Storage parameters: `WITH (fillfactor = 70)`.
//!
//! Source: `pg_class.reloptions`, `pg_attribute.attoptions`.

use std::collections::{BTreeMap, BTreeSet};

use super::order;
use crate::text::quote::{ident, literal};

/// Writes parameter names; those of the toast table have a dot inside.
fn parameter(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

fn list<'a>(options: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let items: Vec<_> = options
        .into_iter()
        .map(|(name, value)| format!("{} = {}", parameter(name), literal(value)))
        .collect();
    items.join(", ")
}

/// Returns ` with (...)`, or nothing where there are no parameters.
pub(crate) fn with(options: &BTreeMap<String, String>) -> String {
    if options.is_empty() {
        String::new()
    } else {
        format!(" with ({})", list(options))
    }
}

/// Returns ` with (...)` in an order of its own, or nothing where there are no parameters.
pub(crate) fn with_order(options: &BTreeMap<String, String>, order: &[String]) -> String {
    if options.is_empty() {
        String::new()
    } else {
        format!(" with ({})", list(order::in_order(options, order)))
    }
}

/// Returns the clauses `reset (...)` and `set (...)` that turn one set into another.
pub(crate) fn change(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> Vec<String> {
    let gone: BTreeSet<_> = from.keys().filter(|name| !to.contains_key(*name)).collect();
    let set: BTreeMap<_, _> = to
        .iter()
        .filter(|(name, value)| from.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut clauses = Vec::new();
    if !gone.is_empty() {
        let names: Vec<_> = gone.into_iter().map(|name| parameter(name)).collect();
        clauses.push(format!("reset ({})", names.join(", ")));
    }
    if !set.is_empty() {
        clauses.push(format!("set ({})", list(&set)));
    }
    clauses
}

/// Returns the clauses that turn one set into another, so that the server has them in the order that is given
/// with them: what is set anew comes last.
pub(crate) fn change_in_order(
    from: (&BTreeMap<String, String>, &[String]),
    to: (&BTreeMap<String, String>, &[String]),
) -> Vec<String> {
    let mut clauses = change(from.0, to.0);
    let stays = |name: &String| to.0.get(name) == from.0.get(name);
    let wanted = order::in_order(to.0, to.1);
    let kept = order::in_order(from.0, from.1).into_iter();
    let kept = kept.map(|(name, _)| name).filter(|name| stays(name));
    let new = wanted.iter().filter(|(name, _)| !stays(name));
    let is_reached = kept
        .chain(new.clone().map(|(name, _)| *name))
        .eq(wanted.iter().map(|(name, _)| *name));
    if let Some(last) = clauses.last_mut().filter(|last| last.starts_with("set ")) {
        *last = match is_reached {
            true => format!("set ({})", list(new.copied())),
            false => format!("set ({})", list(wanted)),
        };
    }
    clauses
}

/// The version of a column, which recent minor releases keep among its parameters. It is the server's
/// own: `pg_dump` of the same release leaves it out.
const VERSION_OF_COLUMN: &str = "pg_attver";

/// Reads parameters as the catalog has them: `name=value`.
pub(crate) fn read(options: &[String]) -> BTreeMap<String, String> {
    options
        .iter()
        .filter_map(|option| option.split_once('='))
        .filter(|(name, _)| *name != VERSION_OF_COLUMN)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Brings parameters into normal form: names in lower case.
pub(crate) fn normalize(options: &mut BTreeMap<String, String>) {
    *options = std::mem::take(options)
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
}
