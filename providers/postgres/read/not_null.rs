//! What not-null constraints are called where no contents say it: here, and in tables below.

use model::{Map, Value};

use super::Reader;
use super::relations::{Columns, Relation};
use crate::kinds::table::{NAMED_BELOW, NAMES, texts_value};
use crate::naming::written;
use crate::text::quote::ident;

impl Reader<'_> {
    /// Returns the names of the constraints of a table by column, and those that tables below have for the same
    /// columns.
    pub(super) fn not_null_notes(&self, relation: &Relation, columns: &Columns) -> Map {
        let named = columns.of(relation.oid).filter_map(|row| {
            let name = row.not_null_constraint.as_ref()?.name.clone();
            Some((row.name.clone(), Value::Text(name)))
        });
        let names: Map = named.collect();
        let mut notes = Map::new();
        let below = self.named_below(relation, &names, columns);
        if !names.is_empty() {
            notes.insert(NAMES.to_owned(), Value::Map(names));
        }
        if !below.is_empty() {
            notes.insert(NAMED_BELOW.to_owned(), Value::List(below));
        }
        notes
    }

    /// Returns columns whose constraint has another name below, the lowest first, each with the statement that
    /// makes it where it goes with the one above.
    fn named_below(&self, relation: &Relation, names: &Map, columns: &Columns) -> Vec<Value> {
        let mut found = Vec::new();
        for (oid, address) in self.below(relation.oid) {
            for row in columns.of(oid) {
                let constraint = row.not_null_constraint.as_ref();
                let Some(constraint) = constraint.filter(|one| one.is_inherited) else {
                    continue;
                };
                let theirs = names.get(&row.name).and_then(Value::as_text);
                if theirs.is_none_or(|theirs| theirs == constraint.name) {
                    continue;
                }
                let stays = row.not_null_here;
                let make = || {
                    format!(
                        "alter table {} add constraint {} not null {}",
                        written(address),
                        ident(&constraint.name),
                        ident(&row.name)
                    )
                };
                let sql = if stays { String::new() } else { make() };
                found.push(texts_value([row.name.clone(), sql]));
            }
        }
        found.reverse();
        found
    }
}
