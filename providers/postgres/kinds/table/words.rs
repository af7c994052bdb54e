//! Columns whose values become others by way of their words: there is hardly a cast from an enum, a range or
//! a composite type.
//!
//! Source: `pg_cast`.

use model::{Map, Value};

use super::{above, types};

/// The note of a live table: columns of a type that hardly any other is cast to, each with the sort of that
/// type and the types that it can be cast to.
pub(crate) const CASTS: &str = "casts";

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
