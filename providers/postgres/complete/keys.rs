//! The columns that foreign keys point at, where the declaration leaves them to the primary key.

use model::{Address, Catalog, Diagnostic, Edge, Reference, Value};
use provider::{Desired, Surroundings};

use super::declared;
use crate::naming::column_part;

/// Returns the columns of the primary key of a table.
fn primary_key(table: &Address, catalog: &Catalog) -> Option<Vec<Value>> {
    let Value::Map(key) = catalog.get(table)?.attributes.get("primary_key")? else {
        return None;
    };
    match key.get("columns")? {
        Value::List(columns) => Some(columns.clone()),
        _ => None,
    }
}

/// Fills in referenced columns.
pub(super) fn complete(
    desired: &mut Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for address in declared(desired, around.provider, "foreign_key") {
        let Some(object) = desired.catalog.get(&address) else {
            continue;
        };
        if object.attributes.contains_key("referenced_columns") {
            continue;
        }
        let Some(Value::Reference(table)) = object.attributes.get("references").cloned() else {
            continue;
        };
        let key = if desired.catalog.contains(&table) {
            primary_key(&table, &desired.catalog)
        } else {
            around.live.and_then(|live| primary_key(&table, live))
        };
        let is_known = desired.catalog.contains(&table) || around.live.is_some();
        match key {
            Some(columns) => set(desired, &address, Reference(table), columns),
            None if is_known => {
                let Some(origin) = desired.origins.get(&address) else {
                    continue;
                };
                diagnostics.push(
                    Diagnostic::error("plan::wrong_contents", "foreign key to no key")
                        .at(
                            origin.span,
                            format!("table {} has no primary key", table.qualified_name()),
                        )
                        .help("Say which columns it points at: `referenced_columns = [...]`."),
                );
            }
            None => {}
        }
    }
}

fn set(desired: &mut Desired, address: &Address, table: Reference, columns: Vec<Value>) {
    let Some(object) = desired.catalog.get_mut(address) else {
        return;
    };
    object.edges.extend(
        columns
            .iter()
            .filter_map(Value::as_text)
            .map(|column| Edge {
                on: table.0.clone(),
                part: Some(column_part(column)),
                by: None,
            }),
    );
    object
        .attributes
        .insert("referenced_columns".to_owned(), Value::List(columns));
}
