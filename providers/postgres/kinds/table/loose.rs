//! A table without some of its parts: those that stand on others and can be taken away and given back.

use std::collections::BTreeSet;

use super::Table;
use crate::text::lexer::{Token, lex};

/// The default of a column, as edges name it.
pub(crate) fn default_part(column: &str) -> String {
    format!("default {column}")
}

/// A column that is computed, as edges name it.
pub(crate) fn generated_part(column: &str) -> String {
    format!("generated {column}")
}

/// A check, as edges name it.
pub(crate) fn check_part(name: &str) -> String {
    format!("check {name}")
}

/// An exclusion constraint, as edges name it.
pub(crate) fn exclude_part(name: &str) -> String {
    format!("exclude {name}")
}

/// That a column has no nulls, as edges name it.
pub(crate) fn not_null_part(column: &str) -> String {
    format!("not null {column}")
}

/// That a table has an access method, as edges name it.
pub(crate) const ACCESS_METHOD: &str = "access method";

/// Returns a table without some parts.
pub(crate) fn loosened(table: &Table, parts: &BTreeSet<String>) -> Table {
    let mut table = table.clone();
    let is_computed = |name: &String| parts.contains(&generated_part(name));
    let names = table.column.iter().map(|column| column.name.clone());
    for name in names.filter(is_computed).collect::<Vec<_>>() {
        without_column(&mut table, &name);
    }
    if parts.contains(ACCESS_METHOD) {
        // A partitioned table has no rows to keep.
        let is_own = table.partition_by.is_none();
        table.access_method = is_own.then(|| "heap".to_owned());
    }
    for column in &mut table.column {
        column
            .default
            .take_if(|_| parts.contains(&default_part(&column.name)));
    }
    table
        .check
        .retain(|check| !parts.contains(&check_part(&check.name)));
    table
        .exclude
        .retain(|exclusion| !parts.contains(&exclude_part(&exclusion.name)));
    table
}

/// Takes a column out, with everything of the table that goes along when it is dropped.
pub(crate) fn without_column(table: &mut Table, name: &str) {
    let has = |columns: &[String]| columns.iter().any(|column| column == name);
    table.column.retain(|column| column.name != name);
    table.primary_key.take_if(|key| has(&key.columns));
    table.unique.retain(|unique| !has(&unique.columns));
    table
        .check
        .retain(|check| !mentions(&check.expression, name));
    table.exclude.retain(|exclusion| {
        let parts = exclusion.element.iter();
        !parts
            .clone()
            .any(|part| part.column.as_deref() == Some(name))
            && !parts
                .filter_map(|part| part.expression.as_deref())
                .chain(exclusion.condition.as_deref())
                .any(|text| mentions(text, name))
    });
    let on_it = |column: &Option<String>| column.as_deref() == Some(name);
    table
        .privileges
        .retain(|privilege| !on_it(&privilege.column));
}

/// Reports whether an expression has a name in it.
pub(crate) fn mentions(expression: &str, column: &str) -> bool {
    lex(expression)
        .iter()
        .filter_map(Token::name)
        .any(|name| name == column)
}
