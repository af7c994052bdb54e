//! Indexes that are not behind a constraint.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Edge, Reference, Value};
use provider::{Error, typed};

use super::constraints::Constraints;
use super::relations::Columns;
use super::{Cells, Oid, Reader, rows, rows_in};
use crate::kinds::index::online::PARTITIONED;
use crate::kinds::index::part::part_name;
use crate::kinds::index::{Index, Key, Nulls};
use crate::kinds::table::INDEXES;
use crate::kinds::{order, read_options};
use crate::text::quote::ident;

fn indexes_query(version: u32) -> String {
    let nulls = if version >= 150_000 {
        "i.indnullsnotdistinct"
    } else {
        "false"
    };
    format!(
        "\
select i.indexrelid, c.relname::text, c.relnamespace, i.indrelid, i.indisunique, {nulls},
  string_to_array(i.indkey::text, ' ')::int2[], i.indnkeyatts::int8, string_to_array(i.indoption::text, ' ')::int2[], string_to_array(i.indclass::text, ' ')::oid[],
  string_to_array(i.indcollation::text, ' ')::oid[], pg_get_expr(i.indpred, i.indrelid), m.amname::text, c.reloptions,
  s.spcname::text, i.indisvalid,
  case when i.indexprs is not null then
    array(select pg_get_indexdef(i.indexrelid, k, false) from generate_series(1, i.indnkeyatts) k)
  end,
  case when i.indexprs is not null then
    array(select coalesce(a.attstattarget, -1)::int2 from pg_attribute a
      where a.attrelid = i.indexrelid order by a.attnum)
  end,
  (select array_agg(array_to_string(a.attoptions, ', ') order by a.attnum) from pg_attribute a
    where a.attrelid = i.indexrelid and a.attoptions is not null),
  array(select a.attnum from pg_attribute a
    where a.attrelid = i.indexrelid and a.attoptions is not null order by a.attnum),
  i.indisclustered, i.indisreplident,
  case when c.relispartition then
    (select h.inhparent from pg_inherits h where h.inhrelid = i.indexrelid) end,
  c.relkind = 'I',
  array(select a.attname::text from pg_attribute a
    where a.attrelid = i.indexrelid and c.relispartition order by a.attnum)
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_am m on m.oid = c.relam
left join pg_tablespace s on s.oid = c.reltablespace
where c.relnamespace = any($1)
order by i.indexrelid"
    )
}

/// One operator class.
struct OperatorClass {
    name: String,
    is_default: bool,
}

impl Reader<'_> {
    pub(super) async fn read_indexes(
        &mut self,
        columns: &Columns,
        constraints: &Constraints,
    ) -> Result<(), Error> {
        let sql = indexes_query(self.version);
        let all = rows_in(self.connection, &sql, &self.schema_oids).await?;
        let classes = self.read_operator_classes().await?;
        let collations = self
            .read_collations(all.iter().flat_map(|row| row.oids(10)).collect())
            .await?;
        let parents: HashMap<Oid, Oid> = all
            .iter()
            .map(|row| (row.oid(0), row.oid(22)))
            .filter(|(_, parent)| *parent != 0)
            .collect();
        let (whole, parts): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|row| !parents.contains_key(&row.oid(0)));
        for row in whole {
            let (oid, name, table) = (row.oid(0), row.text(1), row.oid(3));
            if constraints.behind(oid).is_some() || self.is_member("pg_class", oid) {
                continue;
            }
            let (Some(on), Some(schema)) = (
                self.addresses.get(&("pg_class", table)).cloned(),
                self.schemas.get(&row.oid(2)).cloned(),
            ) else {
                continue;
            };
            if !matches!(on.kind(), "table" | "materialized_view") {
                continue;
            }
            let numbers = row.shorts(6);
            let count = usize::try_from(row.long(7)).unwrap_or_default();
            let (flags, class_oids, collation_oids) = (row.shorts(8), row.oids(9), row.oids(10));
            let (expressions, targets) = (row.texts(16), row.shorts(17));
            let parameters: HashMap<i16, String> =
                row.shorts(19).into_iter().zip(row.texts(18)).collect();
            let mut key = Vec::new();
            for at in 0..count {
                let number = numbers.get(at).copied().unwrap_or_default();
                let column = columns.get(table, i64::from(number));
                let flag = flags.get(at).copied().unwrap_or_default();
                let class = class_oids.get(at).and_then(|oid| classes.get(oid));
                let own_parameters = parameters.get(&i16::try_from(at + 1).unwrap_or_default());
                let collation = collation_oids.get(at).copied().unwrap_or_default();
                let inherited = column.map_or(DEFAULT_COLLATION, |column| column.collation_oid);
                let (descending, nulls_first) = (flag & 1 != 0, flag & 2 != 0);
                key.push(Key {
                    column: column.map(|column| column.name.clone()),
                    expression: expressions.get(at).filter(|_| number == 0).cloned(),
                    collation: collations
                        .get(&collation)
                        .filter(|_| collation != 0 && collation != inherited)
                        .cloned(),
                    operator_class: operator_class(class, own_parameters),
                    descending,
                    nulls: match (nulls_first, descending) {
                        (true, false) => Some(Nulls::First),
                        (false, true) => Some(Nulls::Last),
                        _ => None,
                    },
                    statistics: targets
                        .get(at)
                        .filter(|target| **target >= 0)
                        .map(|target| i64::from(*target)),
                });
            }
            let index = Index {
                table: Reference(on.clone()),
                columns: Vec::new(),
                key,
                unique: row.flag(4),
                nulls_not_distinct: row.flag(5),
                method: Some(row.text(12)).filter(|method| method != "btree"),
                include: columns.names(table, numbers.get(count..).unwrap_or_default()),
                condition: row.maybe_text(11),
                // Valid as soon as all partitions have it.
                only: row.flag(23) && !row.flag(15),
                part_of: None,
                options: read_options(&row.texts(13)),
                options_order: order::read(&row.texts(13)),
                tablespace: row.maybe_text(14),
                cluster: row.flag(20),
                replica_identity: row.flag(21),
                depends_on_extensions: self.goes_with("pg_class", oid),
                comment: self.comment("pg_class", oid, 0),
                invalid: !row.flag(15) && !row.flag(23),
            };
            let address = self.address("index", [schema, name]);
            let rows = self
                .relations
                .get(&table)
                .and_then(|relation| relation.rows);
            let is_valid = !index.invalid;
            self.add("pg_class", oid, address.clone(), &index);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(on.clone()));
                object.edges.extend(index.identity_edges());
                object.attached = Some(on);
                object.facts.rows = rows;
                if !is_valid {
                    object.facts.notes.insert("invalid".to_owned(), true.into());
                }
                if row.flag(23) {
                    let notes = &mut object.facts.notes;
                    notes.insert(PARTITIONED.to_owned(), true.into());
                }
            }
        }
        for row in parts {
            self.make_part(&row, &parents, constraints);
        }
        Ok(())
    }

    /// Adds the index of a partition that is part of one above, where it is not as PostgreSQL makes it.
    fn make_part(
        &mut self,
        row: &sqlx::postgres::PgRow,
        parents: &HashMap<Oid, Oid>,
        constraints: &Constraints,
    ) {
        let (oid, name, table) = (row.oid(0), row.text(1), row.oid(3));
        let mut top = oid;
        while let Some(parent) = parents.get(&top) {
            top = *parent;
        }
        let addresses = &self.addresses;
        let (Some(on), Some(above), Some(schema)) = (
            addresses.get(&("pg_class", table)).cloned(),
            addresses.get(&("pg_class", top)).cloned(),
            self.schemas.get(&row.oid(2)).cloned(),
        ) else {
            return;
        };
        if constraints.behind(oid).is_some() || above.kind() != "index" {
            return;
        }
        let root = self.objects.get(&above).map(|one| &one.attributes);
        let root: Index = root.map_or_else(|| unreachable!("it was just made"), typed);
        let index = Index {
            only: row.flag(23) && !row.flag(15),
            part_of: Some(Reference(above)),
            options: Some(read_options(&row.texts(13)))
                .filter(|options| *options != root.options)
                .unwrap_or_default(),
            tablespace: row
                .maybe_text(14)
                .filter(|name| Some(name) != root.tablespace.as_ref()),
            cluster: row.flag(20),
            replica_identity: row.flag(21),
            depends_on_extensions: self.goes_with("pg_class", oid),
            comment: self.comment("pg_class", oid, 0),
            ..Index::on(Reference(on.clone()))
        };
        let plain = Index {
            options: BTreeMap::new(),
            tablespace: None,
            cluster: false,
            replica_identity: false,
            depends_on_extensions: Vec::new(),
            comment: None,
            ..index.clone()
        };
        // Without an index that all partitions have, each must say that it has it.
        let is_usual = name == part_name(on.name(), &row.texts(24), "idx") && !root.only;
        if index == plain && is_usual {
            let written = format!("{}.{}", ident(&schema), ident(&name));
            if let Some(object) = self.objects.get_mut(&on) {
                let none = || Value::List(Vec::new());
                let note = object.facts.notes.get_or_insert_with(INDEXES, none);
                if let Value::List(names) = note {
                    names.push(Value::Text(written));
                }
            }
            return;
        }
        let address = self.address("index", [schema, name]);
        self.add("pg_class", oid, address.clone(), &index);
        if let Some(object) = self.objects.get_mut(&address) {
            object.edges.insert(Edge::to(on.clone()));
            object.attached = Some(on);
        }
    }

    async fn read_operator_classes(&mut self) -> Result<HashMap<Oid, OperatorClass>, Error> {
        let sql = "\
            select o.oid, o.opcname::text, n.nspname::text, o.opcdefault
            from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace";
        Ok(rows(self.connection, sql)
            .await?
            .iter()
            .map(|row| {
                let (name, schema) = (row.text(1), row.text(2));
                let name = if schema == "pg_catalog" {
                    ident(&name)
                } else {
                    format!("{}.{}", ident(&schema), ident(&name))
                };
                (
                    row.oid(0),
                    OperatorClass {
                        name,
                        is_default: row.flag(3),
                    },
                )
            })
            .collect())
    }

    async fn read_collations(
        &mut self,
        oids: BTreeSet<Oid>,
    ) -> Result<HashMap<Oid, String>, Error> {
        let sql = "\
            select l.oid, case when n.nspname = 'pg_catalog' then quote_ident(l.collname)
              else quote_ident(n.nspname) || '.' || quote_ident(l.collname) end
            from pg_collation l join pg_namespace n on n.oid = l.collnamespace
            where l.oid = any($1)";
        let oids: Vec<_> = oids.into_iter().collect();
        let rows = rows_in(self.connection, sql, &oids).await?;
        Ok(rows.iter().map(|row| (row.oid(0), row.text(1))).collect())
    }
}

/// `pg_collation.oid` of "default" (pg_collation.dat).
const DEFAULT_COLLATION: Oid = 100;

/// Writes an operator class, unless it is the default of its type.
fn operator_class(class: Option<&OperatorClass>, parameters: Option<&String>) -> Option<String> {
    let class = class?;
    match parameters {
        Some(parameters) => Some(format!("{} ({parameters})", class.name)),
        None if class.is_default => None,
        None => Some(class.name.clone()),
    }
}
