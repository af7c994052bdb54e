//! Constraints: those that are part of a table, and foreign keys.

use std::collections::{BTreeMap, HashMap};

use model::{Edge, Reference};
use provider::Error;
use sqlx::postgres::PgRow;

use super::relations::{Columns, Relation};
use super::{Cells, Coming, Oid, Reader, rows_in};
use crate::kinds::foreign_key::{ForeignKey, ReferentialAction};
use crate::naming::column_part;

/// One row of `pg_constraint`.
#[derive(Debug, Clone)]
pub(super) struct ConstraintRow {
    pub(super) oid: Oid,
    pub(super) name: String,
    /// `p`, `u`, `c`, `x` or `f`.
    pub(super) kind: char,
    pub(super) relation: Oid,
    /// The constraint of the table above that it comes from.
    pub(super) parent: Oid,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) no_inherit: bool,
    pub(super) columns: Vec<i16>,
    pub(super) referenced: Oid,
    pub(super) referenced_columns: Vec<i16>,
    on_update: String,
    on_delete: String,
    on_delete_columns: Vec<i16>,
    is_full: bool,
    /// A check's expression, an exclusion's whole definition.
    pub(super) text: Option<String>,
    pub(super) period: bool,
    pub(super) enforced: bool,
    pub(super) index: Oid,
    pub(super) index_options: Vec<String>,
    pub(super) index_tablespace: Option<String>,
    pub(super) include: Vec<i16>,
    pub(super) nulls_not_distinct: bool,
    pub(super) cluster: bool,
    pub(super) replica_identity: bool,
}

/// Constraints by table, and by the index behind them.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    by_relation: BTreeMap<Oid, Vec<ConstraintRow>>,
    /// Those of partitions that come from the table above, by partition.
    inherited: BTreeMap<Oid, Vec<ConstraintRow>>,
    by_index: HashMap<Oid, (Oid, String)>,
    by_number: HashMap<Oid, (Oid, String)>,
}

impl Constraints {
    fn decode(rows: Vec<PgRow>) -> Self {
        let mut constraints = Self::default();
        for row in rows {
            let constraint = ConstraintRow {
                oid: row.oid(0),
                name: row.text(1),
                kind: row.text(2).chars().next().unwrap_or(' '),
                relation: row.oid(3),
                deferrable: row.flag(4),
                deferred: row.flag(5),
                validated: row.flag(6),
                no_inherit: row.flag(7),
                columns: row.shorts(8),
                referenced: row.oid(9),
                referenced_columns: row.shorts(10),
                on_update: row.text(11),
                on_delete: row.text(12),
                on_delete_columns: row.shorts(13),
                is_full: row.flag(14),
                text: row.maybe_text(15),
                period: row.flag(16),
                enforced: row.flag(17),
                index: row.oid(18),
                index_options: row.texts(19),
                index_tablespace: row.maybe_text(20),
                include: row.shorts(21),
                nulls_not_distinct: row.flag(22),
                cluster: row.flag(23),
                replica_identity: row.flag(24),
                parent: row.oid(25),
            };
            let named = (constraint.relation, constraint.name.clone());
            if constraint.kind != 'f' {
                constraints.by_index.insert(constraint.index, named.clone());
            }
            constraints.by_number.insert(constraint.oid, named);
            let by_relation = if constraint.parent == 0 {
                &mut constraints.by_relation
            } else {
                &mut constraints.inherited
            };
            by_relation
                .entry(constraint.relation)
                .or_default()
                .push(constraint);
        }
        constraints
    }

    pub(super) fn of(&self, relation: Oid) -> impl Iterator<Item = &ConstraintRow> {
        self.by_relation.get(&relation).into_iter().flatten()
    }

    /// Returns those of a partition that come from the table above.
    pub(super) fn inherited(&self, relation: Oid) -> impl Iterator<Item = &ConstraintRow> {
        let mine = self.inherited.get(&relation).into_iter().flatten();
        // One that points at a partitioned table has another for each partition of that, on the same
        // table.
        mine.filter(move |row| {
            self.by_number
                .get(&row.parent)
                .is_none_or(|(on, _)| *on != relation)
        })
    }

    /// Returns the table and name of the constraint that an index is behind.
    pub(super) fn behind(&self, index: Oid) -> Option<&(Oid, String)> {
        self.by_index.get(&index)
    }

    /// Returns the table and name of a constraint.
    pub(super) fn get(&self, oid: Oid) -> Option<&(Oid, String)> {
        self.by_number.get(&oid)
    }

    /// Returns a constraint.
    pub(super) fn row(&self, oid: Oid) -> Option<&ConstraintRow> {
        let (relation, _) = self.by_number.get(&oid)?;
        let own = self.by_relation.get(relation).into_iter();
        let mut all = own.chain(self.inherited.get(relation)).flatten();
        all.find(|row| row.oid == oid)
    }

    fn foreign_keys(&self) -> impl Iterator<Item = &ConstraintRow> {
        self.by_relation
            .values()
            .flatten()
            .filter(|one| one.kind == 'f')
    }
}

/// Columns that only newer versions have are replaced by what older ones mean.
fn constraints_query(version: u32) -> String {
    let since = |newest: u32, column: &'static str, before: &'static str| {
        if version >= newest { column } else { before }
    };
    format!(
        "\
select o.oid, o.conname::text, o.contype::text, o.conrelid, o.condeferrable, o.condeferred,
  o.convalidated, o.connoinherit, o.conkey, o.confrelid, o.confkey, o.confupdtype::text,
  o.confdeltype::text, {delete_columns}, o.confmatchtype = 'f',
  case o.contype when 'c' then pg_get_expr(o.conbin, o.conrelid)
    when 'x' then pg_get_constraintdef(o.oid) end,
  {period}, {enforced}, o.conindid, x.reloptions, s.spcname::text,
  case when i.indnatts > i.indnkeyatts
    then (string_to_array(i.indkey::text, ' ')::int2[])[i.indnkeyatts + 1 : i.indnatts] end,
  {nulls}, i.indisclustered, i.indisreplident, o.conparentid
from pg_constraint o
join pg_class c on c.oid = o.conrelid
left join pg_index i on i.indexrelid = o.conindid and o.contype in ('p', 'u', 'x')
left join pg_class x on x.oid = i.indexrelid
left join pg_tablespace s on s.oid = x.reltablespace
where c.relnamespace = any($1) and o.contype in ('p', 'u', 'c', 'x', 'f')
  and (o.conislocal or o.contype <> 'c')",
        delete_columns = since(150_000, "o.confdelsetcols", "null::int2[]"),
        period = since(180_000, "o.conperiod", "false"),
        enforced = since(180_000, "o.conenforced", "true"),
        nulls = since(150_000, "coalesce(i.indnullsnotdistinct, false)", "false"),
    )
}

fn action(code: &str) -> ReferentialAction {
    match code {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

impl Reader<'_> {
    pub(super) async fn read_constraints(&mut self) -> Result<Coming<Constraints>, Error> {
        let sql = constraints_query(self.version);
        let rows = rows_in(self.connection, &sql, &self.schema_oids).await?;
        Ok(Coming::of(rows, Constraints::decode))
    }

    pub(super) fn make_foreign_keys(&mut self, columns: &Columns, constraints: &Constraints) {
        for row in constraints.foreign_keys() {
            let (Some(table), Some(referenced)) = (
                self.addresses.get(&("pg_class", row.relation)).cloned(),
                self.referenced_table(row.referenced),
            ) else {
                continue;
            };
            let key = ForeignKey {
                columns: columns.names(row.relation, &row.columns),
                references: Reference(referenced),
                referenced_columns: columns.names(row.referenced, &row.referenced_columns),
                on_delete: action(&row.on_delete),
                on_delete_columns: columns.names(row.relation, &row.on_delete_columns),
                on_update: action(&row.on_update),
                match_full: row.is_full,
                deferrable: row.deferrable,
                initially_deferred: row.deferred,
                not_valid: !row.validated && row.enforced,
                period: row.period,
                not_enforced: !row.enforced,
                comment: self.comment("pg_constraint", row.oid, 0),
            };
            let path = table.path().iter().cloned().chain([row.name.clone()]);
            let address = table.sibling("foreign_key", path);
            self.add("pg_constraint", row.oid, address.clone(), &key);
            let rows = self
                .relations
                .get(&row.relation)
                .and_then(|relation| relation.rows);
            // Each partition of the other table holds it, too.
            let partitions = self.partitions_under(row.referenced);
            if let Some(object) = self.objects.get_mut(&address) {
                object.facts.rows = rows;
                object.edges.extend(partitions.into_iter().map(Edge::to));
                object.edges.extend(key.columns.iter().map(|column| Edge {
                    on: table.clone(),
                    part: Some(column_part(column)),
                    by: None,
                }));
                object.edges.insert(Edge::to(table.clone()));
                object.attached = Some(table);
            }
        }
    }

    /// Returns the partitions of a table, at every level.
    fn partitions_under(&self, table: Oid) -> Vec<model::Address> {
        let mut found = Vec::new();
        let mut queue = vec![table];
        while let Some(table) = queue.pop() {
            let is_partitioned = |one: &Relation| one.partition_key.is_some();
            if self.relations.get(&table).is_some_and(is_partitioned) {
                queue.extend(self.children.get(&table).into_iter().flatten());
            }
            found.push(table);
        }
        let address = |oid: &Oid| self.addresses.get(&("pg_class", *oid)).cloned();
        found.iter().skip(1).filter_map(address).collect()
    }

    fn referenced_table(&self, oid: Oid) -> Option<model::Address> {
        self.addresses.get(&("pg_class", oid)).cloned()
    }
}
