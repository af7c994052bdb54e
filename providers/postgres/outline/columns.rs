//! Columns as a person would write them.

use model::{Map, Value};
use provider::{encode, typed};

use crate::kinds::view::{View, ViewColumn};

/// Leaves out what only says that columns from above, which are in the primary key, have no nulls.
pub(super) fn leave_out_key_columns(attributes: &mut Map) {
    let Some(Value::Map(key)) = attributes.get("primary_key") else {
        return;
    };
    let Some(Value::List(keyed)) = key.get("columns").cloned() else {
        return;
    };
    let Some(Value::List(columns)) = attributes.get_mut("column") else {
        return;
    };
    for column in columns.iter_mut() {
        if let Value::Map(column) = column
            && !column.contains_key("type")
            && column.get("name").is_some_and(|name| keyed.contains(name))
        {
            column.remove("not_null");
        }
    }
    columns.retain(|column| !matches!(column, Value::Map(column) if column.len() < 2));
    if columns.is_empty() {
        attributes.remove("column");
    }
}

/// Writes the keys of an index as columns, where they are nothing else.
pub(super) fn use_short_keys(attributes: &mut Map) {
    let Some(Value::List(keys)) = attributes.get("key") else {
        return;
    };
    let column = |key: &Value| match key {
        Value::Map(key) if key.len() == 1 => key.get("column").cloned(),
        _ => None,
    };
    if let Some(columns) = keys.iter().map(column).collect::<Option<Vec<_>>>() {
        attributes.remove("key");
        attributes.insert("columns".to_owned(), Value::List(columns));
    }
}

/// Says the types of the columns of a view that stands on what stands on it.
pub(super) fn say_types(attributes: &mut Map) {
    let mut view: View = typed(attributes);
    let said = std::mem::take(&mut view.column);
    let columns = view.output.iter().map(|output| {
        let said = said.iter().find(|column| column.name == output.name);
        ViewColumn {
            name: output.name.clone(),
            data_type: Some(output.data_type.clone()),
            collation: output.collation.clone(),
            ..said.cloned().unwrap_or_default()
        }
    });
    view.column = columns.collect();
    *attributes = encode(&view);
}
