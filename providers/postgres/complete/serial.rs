//! Serial columns and sequences that belong to columns.
//!
//! `type = "bigserial"` is short for a sequence, a default that takes numbers from it, and the tie
//! that makes the sequence go with the column. That tie is kept by the table, since it can only be
//! made once both exist.

use model::{Diagnostic, Edge, Object, Reference, Value};
use provider::{Desired, Origin, Surroundings, encode, typed};

use super::declared;
use crate::kinds::foreign::table::{as_table, with_table};
use crate::kinds::sequence::{PERSIST_APART, Sequence};
use crate::kinds::table::Owns;
use crate::naming::{MAX_NAME, schema_of, written};
use crate::text::quote::literal;

/// Returns the integer type behind a serial type.
fn behind(data_type: &str) -> Option<&'static str> {
    match data_type.trim().to_lowercase().as_str() {
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        "smallserial" | "serial2" => Some("smallint"),
        _ => None,
    }
}

fn has_serial(object: &Object) -> bool {
    let Some(Value::List(columns)) = object.attributes.get("column") else {
        return false;
    };
    columns.iter().any(|column| match column {
        Value::Map(column) => column
            .get("type")
            .and_then(Value::as_text)
            .is_some_and(|name| behind(name).is_some()),
        _ => false,
    })
}

/// Expands serial columns and moves ownership of sequences to tables.
pub(super) fn expand(
    desired: &mut Desired,
    around: Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let tables = declared(desired, around.provider, "table");
    let foreign = declared(desired, around.provider, "foreign_table");
    for address in tables.into_iter().chain(foreign) {
        let Some(object) = desired
            .catalog
            .get(&address)
            .filter(|object| has_serial(object))
        else {
            continue;
        };
        let mut table = as_table(object);
        let origin = desired.origins[&address].clone();
        let mut sequences = Vec::new();
        for column in &mut table.column {
            let Some(kind) = behind(&column.data_type) else {
                continue;
            };
            let name = sequence_name(address.name(), &column.name);
            let sequence = address.sibling("sequence", [address.part(0), address.part(1), &name]);
            column.data_type = kind.to_owned();
            column.not_null = true;
            column.default = Some(format!(
                "nextval({}::regclass)",
                literal(&written(&sequence))
            ));
            table.owns.push(Owns {
                column: column.name.clone(),
                sequence: Reference(sequence.clone()),
            });
            let mut contents = Sequence {
                kind: Some(kind.to_owned()),
                unlogged: table.unlogged && around.platform.version >= 150_000,
                ..Sequence::default()
            };
            contents.normalize_numbers();
            let mut object = Object::new(sequence.clone(), encode(&contents));
            object.edges.insert(Edge::to(schema_of(&sequence)));
            sequences.push((object, origin.id.inside("sequence", name)));
        }
        table.owns.sort();
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.attributes = with_table(object, table);
        }
        for (object, id) in sequences {
            let origin = Origin {
                id,
                ..origin.clone()
            };
            desired.origins.insert(object.address.clone(), origin);
            desired.catalog.insert(object);
        }
    }
    for address in declared(desired, around.provider, "sequence") {
        move_ownership(&address, desired, diagnostics);
    }
    persist_apart(desired, around.provider);
}

/// Notes at tables which of their sequences are logged where they are not, or the other way round: sequences
/// change along with the tables that own them.
fn persist_apart(desired: &mut Desired, provider: &str) {
    let unlogged = |object: Option<&Object>| {
        object.is_some_and(|object| object.attributes.contains_key("unlogged"))
    };
    for address in declared(desired, provider, "table") {
        let Some(table) = desired.catalog.get(&address) else {
            continue;
        };
        if !table.attributes.contains_key("owns") {
            continue;
        }
        let own = unlogged(Some(table));
        let sequences = as_table(table).owns.into_iter().map(|owns| owns.sequence.0);
        let apart = sequences
            .filter(|sequence| {
                let sequence = desired.catalog.get(sequence);
                sequence.is_some() && unlogged(sequence) != own
            })
            .map(|sequence| Value::Text(written(&sequence)));
        let apart: Vec<_> = apart.collect();
        if let Some(table) = desired.catalog.get_mut(&address)
            && !apart.is_empty()
        {
            let notes = &mut table.facts.notes;
            notes.insert(PERSIST_APART.to_owned(), Value::List(apart));
        }
    }
}

/// Returns the name PostgreSQL gives the sequence of a serial column (`makeObjectName()`): where it
/// would be too long, the longer of the two names is cut first.
pub(crate) fn sequence_name(table: &str, column: &str) -> String {
    made_name(table, column, "seq")
}

/// Returns the name PostgreSQL makes of two names and a word (`makeObjectName()`).
pub(crate) fn made_name(table: &str, column: &str, word: &str) -> String {
    let room = MAX_NAME - "__".len() - word.len();
    let (mut table_end, mut column_end) = (table.len(), column.len());
    while table_end + column_end > room {
        if table_end > column_end {
            table_end -= 1;
        } else {
            column_end -= 1;
        }
    }
    let table = &table[..table.floor_char_boundary(table_end)];
    let column = &column[..column.floor_char_boundary(column_end)];
    format!("{table}_{column}_{word}")
}

fn move_ownership(
    address: &model::Address,
    desired: &mut Desired,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(object) = desired.catalog.get(address) else {
        return;
    };
    if !object.attributes.contains_key("owned_by") {
        return;
    }
    let mut sequence: Sequence = typed(&object.attributes);
    let Some(owned_by) = sequence.owned_by.take() else {
        return;
    };
    sequence.owner = None;
    let table_address = owned_by.table.0.clone();
    let problem = |text: String, help: &str| {
        let origin = &desired.origins[address];
        let path = ["owned_by".to_owned(), "column".to_owned()];
        Diagnostic::error("plan::wrong_contents", "impossible owner of a sequence")
            .at(
                provider::decode::locate(origin.span, &origin.body, &path),
                text,
            )
            .help(help)
    };
    let Some(table) = desired.catalog.get(&table_address) else {
        diagnostics.push(problem(
            format!("table {} is not declared", table_address.qualified_name()),
            "Declare the table, or leave `owned_by` out.",
        ));
        return;
    };
    let mut table = as_table(table);
    if table.find(&owned_by.column).is_none() && !table.has_more_columns() {
        diagnostics.push(problem(
            format!("the table has no column `{}`", owned_by.column),
            "Name a column of the table.",
        ));
        return;
    }
    table.owns.push(Owns {
        column: owned_by.column,
        sequence: Reference(address.clone()),
    });
    table.owns.sort();
    table.owns.dedup();
    if let Some(object) = desired.catalog.get_mut(&table_address) {
        object.attributes = with_table(object, table);
    }
    if let Some(object) = desired.catalog.get_mut(address) {
        object.attributes = encode(&sequence);
        object.edges.retain(|edge| edge.on != table_address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_as_postgresql_cuts_them() {
        assert_eq!(sequence_name("videos", "id"), "videos_id_seq");
        let name = sequence_name(&"t".repeat(60), "identifier");
        assert_eq!(name, format!("{}_identifier_seq", "t".repeat(48)));
        assert_eq!(name.len(), MAX_NAME);
    }
}
