//! Storage parameters: `WITH (fillfactor = 70)`.
//!
//! Source: `pg_class.reloptions`, `pg_attribute.attoptions`.

use std::collections::BTreeMap;

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
    let new = to
        .iter()
        .filter(|(name, value)| from.get(*name) != Some(value));
    clauses(from, to, new.collect())
}

/// Returns the clauses that turn one set into another, so that the server has them in the order that is given
/// with them: what is set anew comes last.
pub(crate) fn change_in_order(
    (from, former): (&BTreeMap<String, String>, &[String]),
    (to, order): (&BTreeMap<String, String>, &[String]),
) -> Vec<String> {
    let stays = |name: &String| to.get(name) == from.get(name);
    let wanted = order::in_order(to, order);
    let (kept, new): (Vec<_>, Vec<_>) = wanted.iter().partition(|(name, _)| stays(name));
    let left = order::in_order(from, former);
    let left = left.into_iter().filter(|(name, _)| stays(name));
    let is_reached = left.eq(kept.iter().copied()) && wanted.starts_with(&kept);
    let set = if is_reached || new.is_empty() {
        new
    } else {
        wanted
    };
    clauses(from, to, set)
}

fn clauses(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
    set: Vec<(&String, &String)>,
) -> Vec<String> {
    let gone = from.keys().filter(|name| !to.contains_key(*name));
    let gone: Vec<_> = gone.map(|name| parameter(name)).collect();
    let reset = (!gone.is_empty()).then(|| format!("reset ({})", gone.join(", ")));
    let set = (!set.is_empty()).then(|| format!("set ({})", list(set)));
    reset.into_iter().chain(set).collect()
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
