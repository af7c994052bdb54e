//! Tables that are only asked about: whether PostgreSQL takes their texts, not how it writes them.
//!
//! What no text is about is left out, and so are files: a table, its TOAST table and every index and
//! sequence have one each, and making and removing them is most of what trying out costs. A
//! partitioned table is the same to every default, check and generated column, and has none.

use crate::kinds::table::{PartitionBy, Strategy, Table};
use crate::text::quote::ident;

/// Leaves out what no text is about. Views need the key to tell which columns depend on which.
pub(super) fn lighten(table: &mut Table, is_viewed: bool, is_inherited: bool) {
    for column in &mut table.column {
        column.identity = None;
    }
    table.unique.clear();
    if !is_viewed {
        table.primary_key = None;
    }
    if let Some(key) = key(table).filter(|_| can_be_partitioned(table) && !is_inherited) {
        table.unlogged = false;
        table.partition_by = Some(key);
    }
}

fn can_be_partitioned(table: &Table) -> bool {
    table.partition_by.is_none()
        && !table.has_more_columns()
        && table.exclude.is_empty()
        && table.options.is_empty()
        && !table.check.iter().any(|check| check.no_inherit)
}

/// Returns a partition key that any table takes: the primary key must contain it, and computed
/// columns cannot be in it.
fn key(table: &Table) -> Option<PartitionBy> {
    let is_stored = |name: &String| {
        table
            .find(name)
            .is_some_and(|column| column.generated.is_none())
    };
    let by = PartitionBy {
        strategy: Some(Strategy::List),
        ..PartitionBy::default()
    };
    if let Some(key) = &table.primary_key {
        let column = key.columns.first().filter(|name| is_stored(name))?;
        return Some(PartitionBy {
            columns: vec![column.clone()],
            ..by
        });
    }
    let column = table.column.iter().find(|one| one.generated.is_none())?;
    Some(PartitionBy {
        expressions: vec![format!("{} is null", ident(&column.name))],
        ..by
    })
}
