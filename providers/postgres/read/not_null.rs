//! What not-null constraints are called where no contents say it: here, and in tables below.

use std::collections::BTreeSet;

use model::{Map, Value};

use super::Reader;
use super::constraints::Constraints;
use super::relations::{ColumnRow, Columns, Relation};
use crate::kinds::table::{KEYED_BELOW, NAMED_BELOW, NAMES, texts_value};
use crate::naming::written;
use crate::text::quote::ident;

impl Reader<'_> {
    /// Returns the names of the constraints of a table by column, and those that tables below have for the same
    /// columns.
    pub(super) fn not_null_notes(
        &self,
        relation: &Relation,
        columns: &Columns,
        constraints: &Constraints,
    ) -> Map {
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
        let keyed = self.keyed_below(relation, columns, constraints);
        if !keyed.is_empty() {
            notes.insert(KEYED_BELOW.to_owned(), Value::List(keyed));
        }
        notes
    }

    /// Returns columns that are in the primary key of a table below, and refuse null in others: each of these with
    /// the statement after which it does not.
    fn keyed_below(
        &self,
        relation: &Relation,
        columns: &Columns,
        constraints: &Constraints,
    ) -> Vec<Value> {
        let is_keyed = |oid, row: &ColumnRow| {
            let mut keys = constraints.of(oid).filter(|one| one.kind == 'p');
            keys.any(|key| {
                key.columns
                    .iter()
                    .any(|column| i64::from(*column) == row.number)
            })
        };
        let below = self.below(relation.oid).into_iter();
        let below = below.flat_map(|(oid, address)| {
            let rows = columns.of(oid).filter(|row| row.not_null);
            rows.map(move |row| (row, is_keyed(oid, row), address))
        });
        let (keyed, others): (Vec<_>, Vec<_>) = below.partition(|(_, is_keyed, _)| *is_keyed);
        let keyed: BTreeSet<&str> = keyed.iter().map(|(row, ..)| row.name.as_str()).collect();
        let others = others.into_iter().map(|(row, _, address)| {
            let (table, column) = (written(address), ident(&row.name));
            let sql = format!("alter table only {table} alter column {column} drop not null");
            (row.name.as_str(), sql)
        });
        let keys = keyed.iter().map(|name| (*name, String::new()));
        let all = keys.chain(others.filter(|(name, _)| keyed.contains(name)));
        all.map(|(name, sql)| texts_value([name.to_owned(), sql]))
            .collect()
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
