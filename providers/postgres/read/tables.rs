//! Tables, put together from their rows.

use std::collections::BTreeMap;

use model::{Edge, Reference};

use super::Reader;
use super::above::{Above, own_part};
use super::constraints::{ConstraintRow, Constraints};
use super::privileges::Acls;
use super::relations::{ColumnRow, Columns, Relation};
use super::sequences::Sequences;
use crate::acl::Class;
use crate::kinds::index::part::part_name;
use crate::kinds::table::{
    Check, Column, Exclusion, Generated, Generation, Identity, NotNull, Owns, PartKey, PartitionBy,
    PartitionOf, PrimaryKey, ReplicaIdentity, Table, Unique, default_name, is_given,
};
use crate::kinds::{order, read_options};

/// Returns how a storage code of the catalog is called.
pub(super) fn storage_name(code: &str) -> &'static str {
    match code {
        "p" => "plain",
        "e" => "external",
        "m" => "main",
        _ => "extended",
    }
}

/// Returns how a compression code of the catalog is called; `None` for the server's choice.
pub(super) fn compression_name(code: &str) -> Option<&'static str> {
    match code {
        "p" => Some("pglz"),
        "l" => Some("lz4"),
        _ => None,
    }
}

fn column(
    row: &ColumnRow,
    relation: &Relation,
    sequences: &Sequences,
    reader: &Reader<'_>,
) -> Column {
    let identity = (!row.identity.is_empty()).then(|| {
        let sequence = sequences.identity(relation.oid, row.number);
        let behind = sequence.and_then(|sequence| reader.relations.get(&sequence.oid));
        let name = behind.map(|sequence| sequence.name.clone());
        let unlogged = behind
            .filter(|behind| behind.persistence != relation.persistence)
            .filter(|_| reader.version >= 150_000)
            .map(|behind| behind.persistence == 'u');
        let usual = usual_sequence(&relation.name, &row.name);
        let numbers = sequence
            .map(|sequence| sequence.numbers.clone())
            .unwrap_or_default();
        Identity {
            generated: if row.identity == "a" {
                Generation::Always
            } else {
                Generation::ByDefault
            },
            start: None,
            increment: None,
            min: None,
            max: None,
            cache: None,
            cycle: false,
            sequence: name.filter(|name| *name != usual),
            unlogged,
            comment: sequence.and_then(|one| reader.comment("pg_class", one.oid, 0)),
        }
        .with_numbers(&numbers)
    });
    let generated = (!row.generated.is_empty()).then(|| Generated {
        expression: row.expression.clone().unwrap_or_default(),
        virtual_column: row.generated == "v",
    });
    Column {
        name: row.name.clone(),
        data_type: row.data_type.clone(),
        collation: row.collation.clone(),
        not_null: row.not_null,
        not_null_constraint: not_null(row, relation, reader),
        default: row.expression.clone().filter(|_| row.generated.is_empty()),
        identity,
        generated,
        storage: row
            .storage
            .as_deref()
            .map(|code| storage_name(code).to_owned()),
        compression: compression_name(&row.compression).map(str::to_owned),
        statistics: row.statistics,
        options: read_options(&row.options),
        using: None,
        comment: reader.comment("pg_class", relation.oid, row.number),
    }
}

/// Returns what the constraint behind a column that refuses null is otherwise than PostgreSQL makes it.
fn not_null(row: &ColumnRow, relation: &Relation, reader: &Reader<'_>) -> Option<NotNull> {
    let constraint = row.not_null_constraint.as_ref()?;
    let name = Some(constraint.name.clone());
    NotNull {
        name: name.filter(|name| !is_given(name, &relation.name, &row.name)),
        no_inherit: constraint.no_inherit,
        not_valid: !constraint.validated,
        comment: reader.comment("pg_constraint", constraint.oid, 0),
    }
    .unless_plain()
}

/// Returns the name PostgreSQL gives the sequence of a column, as `makeObjectName()` makes it where
/// both names fit.
fn usual_sequence(table: &str, column: &str) -> String {
    format!("{table}_{column}_seq")
}

pub(super) struct Parts {
    pub(super) primary_key: Option<PrimaryKey>,
    pub(super) unique: Vec<Unique>,
    check: Vec<Check>,
    pub(super) exclude: Vec<Exclusion>,
}

pub(super) fn constraints(
    relation: &Relation,
    columns: &Columns,
    rows: &[&ConstraintRow],
    reader: &Reader<'_>,
) -> Parts {
    let mut parts = Parts {
        primary_key: None,
        unique: Vec::new(),
        check: Vec::new(),
        exclude: Vec::new(),
    };
    for row in rows {
        let comment = reader.comment("pg_constraint", row.oid, 0);
        let index_comment = reader.comment("pg_class", row.index, 0);
        let keys = || columns.names(relation.oid, &row.columns);
        let include = || columns.names(relation.oid, &row.include);
        match row.kind {
            'p' => {
                let usual = default_name(&relation.name);
                parts.primary_key = Some(PrimaryKey {
                    name: Some(row.name.clone()).filter(|name| *name != usual),
                    columns: keys(),
                    include: include(),
                    deferrable: row.deferrable,
                    initially_deferred: row.deferred,
                    without_overlaps: row.period,
                    options: read_options(&row.index_options),
                    tablespace: row.index_tablespace.clone(),
                    cluster: row.cluster,
                    replica_identity: row.replica_identity,
                    comment,
                    index_comment,
                });
            }
            'u' => parts.unique.push(Unique {
                name: row.name.clone(),
                columns: keys(),
                include: include(),
                nulls_not_distinct: row.nulls_not_distinct,
                deferrable: row.deferrable,
                initially_deferred: row.deferred,
                without_overlaps: row.period,
                options: read_options(&row.index_options),
                tablespace: row.index_tablespace.clone(),
                cluster: row.cluster,
                replica_identity: row.replica_identity,
                comment,
                index_comment,
            }),
            'c' => parts.check.push(Check {
                name: row.name.clone(),
                expression: row.text.clone().unwrap_or_default(),
                no_inherit: row.no_inherit,
                not_valid: !row.validated && row.enforced,
                not_enforced: !row.enforced,
                comment,
            }),
            'x' => parts.exclude.push(Exclusion {
                name: row.name.clone(),
                definition: row.text.clone(),
                cluster: row.cluster,
                comment,
                index_comment,
                ..Exclusion::default()
            }),
            _ => {}
        }
    }
    parts.unique.sort_by(|a, b| a.name.cmp(&b.name));
    parts.check.sort_by(|a, b| a.name.cmp(&b.name));
    parts.exclude.sort_by(|a, b| a.name.cmp(&b.name));
    parts
}

/// Returns the keys that a partition has from above, where they are not as PostgreSQL makes them.
fn part_keys(
    relation: &Relation,
    columns: &Columns,
    all_constraints: &Constraints,
    reader: &Reader<'_>,
) -> Vec<PartKey> {
    let mut keys = Vec::new();
    for row in all_constraints.inherited(relation.oid) {
        let numbers = [row.columns.clone(), row.include.clone()].concat();
        let parts = columns.names(relation.oid, &numbers);
        let usual = match row.kind {
            'p' => default_name(&relation.name),
            'u' => part_name(&relation.name, &parts, "key"),
            'x' => part_name(&relation.name, &parts, "excl"),
            _ => continue,
        };
        let Some(above) = all_constraints.row(row.parent) else {
            continue;
        };
        let tablespace = row.index_tablespace.clone();
        keys.push(PartKey {
            name: above.name.clone(),
            called: Some(row.name.clone()).filter(|name| *name != usual),
            options: match row.index_options == above.index_options {
                true => BTreeMap::new(),
                false => read_options(&row.index_options),
            },
            tablespace: tablespace.filter(|_| row.index_tablespace != above.index_tablespace),
            cluster: row.cluster,
            replica_identity: row.replica_identity,
            comment: reader.comment("pg_constraint", row.oid, 0),
            index_comment: reader.comment("pg_class", row.index, 0),
        });
    }
    keys.retain(|key| !key.is_usual());
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys
}

/// Returns the names of the columns of a partition, where they stand in another order than in the table above.
fn other_order(relation: &Relation, columns: &Columns) -> Vec<String> {
    let names = |of| -> Vec<String> { columns.of(of).map(|column| column.name.clone()).collect() };
    let own = names(relation.oid);
    let above = relation.parents.first().map(|above| names(*above));
    match above.is_some_and(|above| above == own) {
        true => Vec::new(),
        false => own,
    }
}

impl Reader<'_> {
    pub(super) fn make_tables(
        &mut self,
        columns: &Columns,
        all_constraints: &Constraints,
        sequences: &Sequences,
        acls: &Acls,
    ) {
        for relation in self.relations_of(&['r', 'p']) {
            let Some(address) = self.relation_address(&relation) else {
                continue;
            };
            let table = self.table(&relation, columns, all_constraints, sequences, acls);
            let places = self.places(&relation, columns);
            let notes = self.notes_above(&relation, columns, all_constraints);
            self.add("pg_class", relation.oid, address.clone(), &table);
            let schema = crate::naming::schema_of(&address);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(schema));
                object.edges.extend(places);
                object.facts.rows = relation.rows;
                object.facts.bytes = relation.bytes;
                object.facts.notes.extend(notes);
            }
        }
    }

    /// Puts a table together, or what a foreign table has in common with one.
    pub(super) fn table(
        &self,
        relation: &Relation,
        columns: &Columns,
        all_constraints: &Constraints,
        sequences: &Sequences,
        acls: &Acls,
    ) -> Table {
        let rows: Vec<_> = all_constraints.of(relation.oid).collect();
        let parts = constraints(relation, columns, &rows, self);
        let above = Above::of(relation, columns);
        let parents: Vec<_> = relation
            .parents
            .iter()
            .filter_map(|oid| self.addresses.get(&("pg_class", *oid)).cloned())
            .map(Reference)
            .collect();
        let (partition_of, inherits) = match relation.bound.clone() {
            Some(bound) => {
                let table = parents.into_iter().next();
                let partition_of = table.map(|table| PartitionOf {
                    bound: Some(bound),
                    key: part_keys(relation, columns, all_constraints, self),
                    columns: other_order(relation, columns),
                    ..PartitionOf::of(table)
                });
                (partition_of, Vec::new())
            }
            None => (None, parents),
        };
        let column = columns
            .of(relation.oid)
            .filter_map(|row| {
                let column = column(row, relation, sequences, self);
                own_part(column, row, &above)
            })
            .collect();
        let owns = sequences
            .of(relation.oid)
            .filter(|sequence| !sequence.is_identity)
            .filter_map(|sequence| {
                Some(Owns {
                    column: columns.get(relation.oid, sequence.owner.1)?.name.clone(),
                    sequence: Reference(self.addresses.get(&("pg_class", sequence.oid))?.clone()),
                })
            })
            .collect();
        let owner = self.owner(relation.owner);
        Table {
            query: None,
            column,
            primary_key: parts.primary_key,
            unique: parts.unique,
            check: parts.check,
            exclude: parts.exclude,
            partition_by: relation
                .partition_key
                .clone()
                .map(|definition| PartitionBy {
                    definition: Some(definition),
                    ..PartitionBy::default()
                }),
            partition_of,
            inherits,
            of: self.named("composite_type", relation.of_type.clone()),
            unlogged: relation.persistence == 'u',
            tablespace: relation.tablespace.clone(),
            access_method: relation.access_method.clone(),
            options: read_options(&relation.options),
            options_order: order::read(&relation.options),
            replica_identity: match relation.replica_identity {
                'f' => Some(ReplicaIdentity::Full),
                'n' => Some(ReplicaIdentity::Nothing),
                _ => None,
            },
            row_security: relation.row_security,
            force_row_security: relation.force_row_security,
            comment: self.comment("pg_class", relation.oid, 0),
            privileges: acls.of(
                Class::Table,
                "pg_class",
                relation.oid,
                owner.as_ref(),
                self.version,
            ),
            owner,
            grants: None,
            owns,
        }
    }
}
