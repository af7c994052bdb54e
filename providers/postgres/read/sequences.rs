//! Sequences: those on their own, those that belong to a column, those of identity columns.

use std::collections::{BTreeMap, BTreeSet};

use model::{Edge, Object, Reference};
use provider::{Error, encode};

use super::privileges::Acls;
use super::relations::Columns;
use super::{Cells, Oid, Reader, rows_in};
use crate::acl::Class;
use crate::kinds::identity_sequence::IdentitySequence;
use crate::kinds::sequence::{BELONGS, Holder, Numbers, Sequence};
use crate::naming::column_part;

/// One row of `pg_sequence`.
#[derive(Debug, Clone)]
pub(super) struct SequenceRow {
    pub(super) oid: Oid,
    pub(super) data_type: String,
    pub(super) numbers: Numbers,
    /// The relation and column it belongs to; 0 for none.
    pub(super) owner: (Oid, i64),
    pub(super) is_identity: bool,
}

/// Sequences by number, and by the column they belong to.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    all: BTreeMap<Oid, SequenceRow>,
    /// Relation, column, sequence.
    by_owner: BTreeSet<(Oid, i64, Oid)>,
}

impl Sequences {
    /// Returns the sequence of an identity column.
    pub(super) fn identity(&self, relation: Oid, column: i64) -> Option<&SequenceRow> {
        self.of(relation)
            .find(|one| one.is_identity && one.owner.1 == column)
    }

    /// Returns the sequences that belong to columns of a relation.
    pub(super) fn of(&self, relation: Oid) -> impl Iterator<Item = &SequenceRow> {
        self.by_owner
            .range((relation, i64::MIN, 0)..=(relation, i64::MAX, Oid::MAX))
            .filter_map(|(_, _, oid)| self.all.get(oid))
    }
}

const SEQUENCES: &str = "\
select s.seqrelid, format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
  s.seqcache, s.seqcycle, d.refobjid, d.refobjsubid::int8, d.deptype::text
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.seqrelid
  and d.objsubid = 0 and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
where c.relnamespace = any($1)";

impl Reader<'_> {
    pub(super) async fn read_sequences(&mut self) -> Result<Sequences, Error> {
        let mut sequences = Sequences::default();
        for row in rows_in(self.connection, SEQUENCES, &self.schema_oids).await? {
            let data_type = row.text(1);
            let numbers = Numbers {
                start: row.maybe_long(2),
                increment: row.maybe_long(3),
                min: row.maybe_long(4),
                max: row.maybe_long(5),
                cache: row.maybe_long(6),
                cycle: row.flag(7),
            };
            let sequence = SequenceRow {
                oid: row.oid(0),
                numbers: numbers.without_defaults(&data_type),
                data_type,
                owner: (row.oid(8), row.long(9)),
                is_identity: row.text(10) == "i",
            };
            let (relation, column) = sequence.owner;
            sequences.by_owner.insert((relation, column, sequence.oid));
            sequences.all.insert(sequence.oid, sequence);
        }
        Ok(sequences)
    }

    /// Adds the sequences of identity columns: what is granted on them, for everything else is said by their
    /// tables.
    pub(super) fn make_identity_sequences(
        &mut self,
        sequences: &Sequences,
        columns: &Columns,
        acls: &Acls,
    ) {
        for row in sequences.all.values().filter(|row| row.is_identity) {
            let (table, column) = row.owner;
            let (Some(relation), Some(on)) = (
                self.relations.get(&row.oid),
                self.addresses.get(&("pg_class", table)).cloned(),
            ) else {
                continue;
            };
            let Some(schema) = self.schemas.get(&relation.schema).cloned() else {
                continue;
            };
            let owner = self.owner(relation.owner);
            let class = Class::Sequence;
            let privileges = acls.of(class, "pg_class", row.oid, owner.as_ref(), self.version);
            let sequence = IdentitySequence {
                owner,
                grants: None,
                privileges,
            };
            let address = self.address("identity_sequence", [schema, relation.name.clone()]);
            let mut object = Object::new(address.clone(), encode(&sequence));
            let part = columns.get(table, column);
            let part = part.map(|column| column_part(&column.name));
            object.edges.insert(Edge::to(on.clone()));
            object.edges.insert(Edge {
                on: on.clone(),
                part,
                by: None,
            });
            object.attached = Some(on.clone());
            object.facts.notes.insert("builtin".to_owned(), true.into());
            // A role cannot be dropped before the table whose sequence it may use.
            let mut roles = object.stands_on();
            roles.retain(|edge| edge.on.kind() == "role");
            if let Some(table) = self.objects.get_mut(&on) {
                table.edges.extend(roles);
            }
            self.objects.insert(address, object);
        }
    }

    pub(super) fn make_sequences(&mut self, sequences: &Sequences, acls: &Acls) {
        for row in sequences.all.values().filter(|row| !row.is_identity) {
            let Some(relation) = self.relations.get(&row.oid).cloned() else {
                continue;
            };
            let Some(address) = self.relation_address(&relation) else {
                continue;
            };
            let owner = self.owner(relation.owner);
            let owned = row.owner.0 != 0;
            let mut sequence = Sequence {
                kind: Some(row.data_type.clone()),
                unlogged: relation.persistence == 'u',
                comment: self.comment("pg_class", row.oid, 0),
                privileges: acls.of(
                    Class::Sequence,
                    "pg_class",
                    row.oid,
                    owner.as_ref(),
                    self.version,
                ),
                // One that belongs to a column has the table's owner.
                owner: owner.clone().filter(|_| !owned),
                ..Sequence::default()
            };
            sequence.set_numbers(&row.numbers);
            sequence.normalize_numbers();
            let table = self.addresses.get(&("pg_class", row.owner.0)).cloned();
            self.add("pg_class", row.oid, address.clone(), &sequence);
            let schema = crate::naming::schema_of(&address);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(schema));
                if let (true, Some(table), Some(owner)) = (owned, &table, owner) {
                    let table = Reference(table.clone());
                    let holder = Holder { table, owner };
                    object.facts.notes.insert(BELONGS.to_owned(), holder.note());
                }
                object.attached = table.filter(|_| owned);
            }
        }
    }
}
