//! What tables have from others: from those they inherit from or are partitions of, and from a type.
//!
//! Of a column from above only what differs is in the contents of a table, so that a column that comes to
//! the table above is no change of those below.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Map, PLACE, Value};
use provider::encode;

use super::constraints::Constraints;
use super::relations::{ColumnRow, Columns, Relation};
use super::tables::{constraints, storage_name};
use super::{Oid, Reader};
use crate::kinds::table::{
    ALONG, BELOW, CASTS, Column, HIDDEN, KEYS, MERGED, NotNull, STORED_BELOW, Table,
    default_storage, plain_column,
};
use crate::kinds::types::composite::HAS_TABLES;
use crate::naming::written;
use crate::text::lexer::{Token, lex};
use crate::text::quote::ident;

/// What the tables above say of a column, as far as they agree.
#[derive(Debug, Default)]
struct Said {
    not_null: bool,
    /// What the constraints behind that are called.
    not_null_names: BTreeSet<String>,
    expression: Option<String>,
    is_generated: bool,
    storage: Option<String>,
    compression: String,
}

/// What is above a table.
#[derive(Debug, Default)]
pub(super) struct Above {
    columns: BTreeMap<String, Said>,
    is_partition: bool,
    is_typed: bool,
}

impl Above {
    pub(super) fn of(relation: &Relation, columns: &Columns) -> Self {
        let mut above = Self {
            columns: BTreeMap::new(),
            is_partition: relation.bound.is_some(),
            is_typed: !relation.of_type.is_empty(),
        };
        for row in relation.parents.iter().flat_map(|oid| columns.of(*oid)) {
            let constraint = row.not_null_constraint.as_ref();
            let constraint = constraint.filter(|one| !one.no_inherit);
            let is_known = row.not_null_is_known;
            let said = Said {
                not_null: row.not_null && (!is_known || constraint.is_some()),
                not_null_names: constraint.map(|one| one.name.clone()).into_iter().collect(),
                expression: row.expression.clone(),
                is_generated: !row.generated.is_empty(),
                storage: row.storage.clone(),
                compression: row.compression.clone(),
            };
            let Some(known) = above.columns.get_mut(&row.name) else {
                above.columns.insert(row.name.clone(), said);
                continue;
            };
            known.not_null |= said.not_null;
            known.not_null_names.extend(said.not_null_names);
            known.is_generated |= said.is_generated;
            if known.expression != said.expression {
                known.expression = None;
            }
            if known.storage != said.storage {
                known.storage = None;
            }
        }
        if above.is_typed {
            let rows = columns.of(relation.oid);
            above.columns = rows
                .map(|row| (row.name.clone(), Said::default()))
                .collect();
        }
        above
    }
}

/// Leaves out of a column what the tables above it, or the type, say as well; nothing may be left.
pub(super) fn own_part(column: Column, row: &ColumnRow, above: &Above) -> Option<Column> {
    let Some(said) = above.columns.get(&row.name) else {
        return Some(column);
    };
    let has_type = row.is_local && !above.is_partition && !above.is_typed;
    let plain = plain_column(&column.name);
    let default = match (&column.default, &said.expression) {
        _ if said.is_generated => None,
        (own, theirs) if own == theirs => None,
        // Without a default, where the table above has one.
        (None, Some(_)) if column.generated.is_none() => Some("null".to_owned()),
        (own, _) => own.clone(),
    };
    let differs = |text: &String| said.expression.as_ref() != Some(text);
    let (not_null, not_null_constraint) = own_not_null(&column, row, said, above.is_partition);
    let own = Column {
        data_type: if has_type {
            column.data_type
        } else {
            String::new()
        },
        collation: column.collation.filter(|_| has_type),
        identity: column.identity.filter(|_| !above.is_partition),
        generated: column
            .generated
            .filter(|generated| !said.is_generated || differs(&generated.expression)),
        not_null,
        not_null_constraint,
        default,
        storage: own_storage(column.storage, row, said, has_type),
        compression: own_compression(column.compression, row, said, has_type),
        ..column
    };
    (own != plain).then_some(own)
}

/// Returns how a column from above is stored where that is otherwise than above. The usual way is said only of one that
/// says no type: whoever reads a type knows how it is usually stored.
fn own_storage(
    storage: Option<String>,
    row: &ColumnRow,
    said: &Said,
    has_type: bool,
) -> Option<String> {
    match (storage, said.storage.as_deref().map(storage_name)) {
        (None, Some(_)) if !has_type => Some(default_storage(&row.data_type).to_owned()),
        (own, theirs) => own.filter(|own| theirs != Some(own.as_str())),
    }
}

/// Returns how a column from above is compressed where that is otherwise than above; the server's choice is said only of
/// one that says no type, as the usual storage is.
fn own_compression(
    compression: Option<String>,
    row: &ColumnRow,
    said: &Said,
    has_type: bool,
) -> Option<String> {
    let differs = said.compression != row.compression;
    let choice = (!has_type && compression.is_none()).then(|| "default".to_owned());
    compression.or(choice).filter(|_| differs)
}

/// Returns whether a column from above refuses null by itself, and by what. A partition has the constraint of the
/// table above only once, and yet with a name of its own.
fn own_not_null(
    column: &Column,
    row: &ColumnRow,
    said: &Said,
    is_partition: bool,
) -> (bool, Option<NotNull>) {
    let mut constraint = column.not_null_constraint.clone();
    if is_partition && said.not_null {
        // A new partition takes the name above: any other is its own, even one that PostgreSQL gives to tables.
        let name = row.not_null_constraint.as_ref().map(|one| one.name.clone());
        constraint = Some(NotNull {
            name: name.filter(|name| !said.not_null_names.contains(name)),
            not_valid: false,
            ..constraint.unwrap_or_default()
        });
    }
    let constraint = constraint.and_then(NotNull::unless_plain);
    let not_null = match said.not_null {
        true => {
            (row.not_null_here && row.not_null_is_known) || (is_partition && constraint.is_some())
        }
        false => column.not_null,
    };
    (not_null, constraint.filter(|_| not_null))
}

fn list(texts: impl IntoIterator<Item = String>) -> Value {
    Value::List(texts.into_iter().map(Value::Text).collect())
}

impl Reader<'_> {
    /// Returns what is known beside the contents: names of what a partition has from the table above, which
    /// columns and checks are from above and its own at once, and what tables below say otherwise.
    pub(super) fn notes_above(
        &self,
        relation: &Relation,
        columns: &Columns,
        all_constraints: &Constraints,
    ) -> Map {
        let mut notes = Map::new();
        let merged: Vec<_> = columns
            .of(relation.oid)
            .filter(|row| row.is_local && row.is_inherited)
            .map(|row| row.name.clone())
            .collect();
        if !merged.is_empty() {
            notes.insert(MERGED.to_owned(), list(merged));
        }
        let rows: Vec<_> = all_constraints.inherited(relation.oid).collect();
        let along: Vec<_> = rows
            .iter()
            .filter(|row| row.kind == 'f')
            .map(|row| row.name.clone())
            .collect();
        if !along.is_empty() {
            notes.insert(ALONG.to_owned(), list(along));
        }
        if rows.iter().any(|row| row.kind != 'f') {
            let parts = constraints(relation, columns, &rows, self);
            let keys = Table {
                primary_key: parts.primary_key,
                unique: parts.unique,
                exclude: parts.exclude,
                ..Table::default()
            };
            notes.insert(KEYS.to_owned(), Value::Map(encode(&keys)));
        }
        let known = self.children.get(&relation.oid).map_or(0, Vec::len);
        if known < relation.partitions {
            notes.insert(HIDDEN.to_owned(), true.into());
        }
        let below = self.defaults_below(relation, columns);
        if !below.is_empty() {
            notes.insert(BELOW.to_owned(), Value::List(below));
        }
        let stored = self.storage_below(relation, columns);
        if !stored.is_empty() {
            notes.insert(STORED_BELOW.to_owned(), Value::List(stored));
        }
        notes.extend(self.not_null_notes(relation, columns, all_constraints));
        let cast = columns.of(relation.oid).filter(|row| !row.casts.is_empty());
        let casts: Map = cast
            .map(|row| (row.name.clone(), list(row.casts.iter().cloned())))
            .collect();
        if !casts.is_empty() {
            notes.insert(CASTS.to_owned(), Value::Map(casts));
        }
        notes
    }

    /// Returns the edges of a partition to the table it belongs to: one by its place, and, where it is
    /// partitioned itself, those of the columns in its key.
    pub(super) fn places(&self, relation: &Relation, columns: &Columns) -> Vec<Edge> {
        let mut edges = Vec::new();
        let parent = relation
            .parents
            .first()
            .filter(|_| relation.bound.is_some());
        let Some(on) = parent.and_then(|oid| self.addresses.get(&("pg_class", *oid))) else {
            return edges;
        };
        edges.push(Edge {
            by: Some(PLACE.to_owned()),
            ..Edge::to(on.clone())
        });
        let key = relation.partition_key.as_deref().unwrap_or_default();
        let names: BTreeSet<String> = lex(key).iter().filter_map(Token::name).collect();
        let keyed = columns
            .of(relation.oid)
            .filter(|row| names.contains(&row.name));
        for row in keyed {
            edges.extend(self.above(relation.oid, row.number, columns));
        }
        edges
    }

    /// Notes of which types tables are.
    pub(super) fn note_typed_tables(&mut self) {
        let relations = self.relations.values();
        let typed = relations.filter(|relation| !relation.of_type.is_empty());
        let types: Vec<_> = typed
            .map(|relation| self.address("composite_type", relation.of_type.clone()))
            .collect();
        for address in types {
            if let Some(object) = self.objects.get_mut(&address) {
                object
                    .facts
                    .notes
                    .insert(HAS_TABLES.to_owned(), true.into());
            }
        }
    }

    /// Makes what stands on columns of tables of a type stand on the attributes of that: they change with it.
    pub(super) fn stand_on_types_of_tables(&mut self) {
        let relations = self.relations.values();
        let typed = relations.filter(|relation| !relation.of_type.is_empty());
        let types: BTreeMap<Address, Address> = typed
            .filter_map(|relation| {
                let table = self.addresses.get(&("pg_class", relation.oid))?;
                let of = self.address("composite_type", relation.of_type.clone());
                Some((table.clone(), of))
            })
            .collect();
        if types.is_empty() {
            return;
        }
        for object in self.objects.values_mut() {
            let on_types = object.edges.iter().filter(|edge| edge.part.is_some());
            let on_types = on_types.filter_map(|edge| {
                let on = types.get(&edge.on)?.clone();
                Some(Edge { on, ..edge.clone() })
            });
            let on_types: Vec<_> = on_types.collect();
            object.edges.extend(on_types);
        }
    }

    /// Returns the tables below one that are read, each after one that it is below.
    pub(super) fn below(&self, top: Oid) -> Vec<(Oid, &Address)> {
        let mut found = Vec::new();
        let mut todo = vec![top];
        let mut seen = BTreeSet::new();
        while let Some(above) = todo.pop() {
            for oid in self.children.get(&above).into_iter().flatten() {
                if !seen.insert(*oid) {
                    continue;
                }
                todo.push(*oid);
                let address = self.addresses.get(&("pg_class", *oid));
                found.extend(address.map(|address| (*oid, address)));
            }
        }
        found
    }

    /// Returns the statements that give tables below the defaults they have otherwise than this one:
    /// changing a default changes it below, too.
    fn defaults_below(&self, relation: &Relation, columns: &Columns) -> Vec<Value> {
        self.said_below(relation, columns, |theirs, row| {
            let is_generated = !theirs.generated.is_empty();
            if theirs.expression == row.expression
                || is_generated == row.generated.is_empty()
                || (is_generated && self.version < 170_000)
            {
                return None;
            }
            Some(match &row.expression {
                Some(expression) if is_generated => format!("set expression as ({expression})"),
                Some(expression) => format!("set default {expression}"),
                None => "drop default".to_owned(),
            })
        })
    }

    /// Returns how tables below store columns otherwise, each with the statement after which they do again.
    fn storage_below(&self, relation: &Relation, columns: &Columns) -> Vec<Value> {
        self.said_below(relation, columns, |theirs, row| {
            let usual = || default_storage(&row.data_type);
            let storage = row.storage.as_deref().map_or_else(usual, storage_name);
            (theirs.storage != row.storage).then(|| format!("set storage {storage}"))
        })
    }

    /// Returns the columns of tables below of which something is to be said, each with the statement that says it.
    /// `clause` gets the column here and the one below.
    fn said_below(
        &self,
        relation: &Relation,
        columns: &Columns,
        clause: impl Fn(&ColumnRow, &ColumnRow) -> Option<String>,
    ) -> Vec<Value> {
        let mut found = Vec::new();
        for (oid, address) in self.below(relation.oid) {
            for row in columns.of(oid) {
                let theirs = columns.of(relation.oid).find(|one| one.name == row.name);
                let Some(clause) = theirs.and_then(|theirs| clause(theirs, row)) else {
                    continue;
                };
                let sql = format!(
                    "alter table if exists only {} alter column {} {clause}",
                    written(address),
                    ident(&row.name)
                );
                found.push(list([row.name.clone(), sql]));
            }
        }
        found
    }
}
