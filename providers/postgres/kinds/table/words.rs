//! Columns whose values become others by way of their words: there is hardly a cast from an enum, a range or
//! a composite type.
//!
//! Source: `pg_cast`.

use model::{Map, Value};

use super::{above, types};

/// The note of a live table: columns of a type that hardly any other is cast to, each with the sort of that
/// type and the types that it can be cast to; and columns of a domain, with its base.
pub(crate) const CASTS: &str = "casts";

/// The note of a declared table: columns of a type that is declared, each with its sort and the types that are
/// cast to it, and with the base of a domain.
pub(crate) const MADE: &str = "made_types";

/// What the notes call a domain.
pub(crate) const DOMAIN: &str = "d";

/// Returns the base of the domain that a column is of, by one of the notes.
pub(super) fn base(notes: &Map, note: &str, column: &str) -> Option<String> {
    let Some(Value::Map(columns)) = notes.get(note) else {
        return None;
    };
    match above::texts(columns.get(column)).as_slice() {
        [sort, base] if sort == DOMAIN => Some(base.clone()),
        _ => None,
    }
}

/// Returns whether there is a cast to the type of a column, where that is declared and no domain.
pub(super) fn is_cast(notes: &Map, column: &str, from: &str) -> Option<bool> {
    let Some(Value::Map(columns)) = notes.get(MADE) else {
        return None;
    };
    let said = above::texts(columns.get(column));
    let (sort, casts) = said.split_first()?;
    (sort != DOMAIN).then(|| casts.iter().any(|cast| cast == from))
}

/// Returns how values of such a column become those of another type; `None` for any other column, and where
/// PostgreSQL needs not be told.
pub(super) fn using(
    notes: &Map,
    column: &str,
    value: &str,
    from: &str,
    to: &str,
) -> Option<String> {
    let Some(Value::Map(columns)) = notes.get(CASTS) else {
        return None;
    };
    let casts = above::texts(columns.get(column));
    let (sort, casts) = casts.split_first()?;
    if sort == DOMAIN {
        return None;
    }
    let is_array = |text: &str| text.ends_with("[]");
    let element = |text: &str| text.trim_end_matches("[]").to_owned();
    if types::is_text(to) {
        return None;
    }
    if casts.iter().any(|cast| *cast == element(to)) && is_array(from) == is_array(to) {
        return Some(format!("{value}::{to}"));
    }
    match sort.as_str() {
        // What is in a multirange stands there as it is, in an array it is quoted.
        "m" if is_array(to) && !is_array(from) => Some(format!(
            "regexp_replace(replace({value}::text, '\"', '\\\"'), '([[(][^])]*[])])', '\"\\1\"', 'g')::{to}"
        )),
        "r" if is_array(from) && is_multirange_of(to, &element(from)) => {
            Some(format!("{to}(variadic {value})"))
        }
        _ => Some(format!("{value}::text::{to}")),
    }
}

fn is_multirange_of(text: &str, range: &str) -> bool {
    crate::kinds::types::range::usual_multirange(range) == text
}
