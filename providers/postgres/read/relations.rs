//! What stands in `pg_class`, and its columns.

use std::collections::{BTreeMap, HashMap};

use provider::Error;
use sqlx::postgres::PgRow;

use super::{Cells, Coming, Oid, Reader, rows_in};
use crate::kinds::table::SINCE;

/// One row of `pg_class`.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) oid: Oid,
    pub(super) name: String,
    pub(super) schema: Oid,
    pub(super) kind: char,
    pub(super) owner: Oid,
    pub(super) persistence: char,
    pub(super) tablespace: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) rows: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) is_populated: bool,
    pub(super) partition_key: Option<String>,
    pub(super) bound: Option<String>,
    /// What it inherits from, in order; of a partition, the table it belongs to.
    pub(super) parents: Vec<Oid>,
    /// Schema and name of the type it is of.
    pub(super) of_type: Vec<String>,
    pub(super) row_security: bool,
    pub(super) force_row_security: bool,
    pub(super) replica_identity: char,
    /// How many partitions it has, wherever they are.
    pub(super) partitions: usize,
    /// The access method, where it is not `heap`, or where the table above has one for its partitions.
    pub(super) access_method: Option<String>,
}

/// One row of `pg_attribute`.
#[derive(Debug, Clone)]
pub(super) struct ColumnRow {
    pub(super) number: i64,
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) not_null: bool,
    /// Whether it says so itself, and not only a table above it.
    pub(super) not_null_here: bool,
    /// Whether the server knows the difference.
    pub(super) not_null_is_known: bool,
    /// The constraint behind it, where the server keeps one.
    pub(super) not_null_constraint: Option<NotNullRow>,
    /// Whether it was declared here, and did not only come from a table above.
    pub(super) is_local: bool,
    /// Whether it came from a table above.
    pub(super) is_inherited: bool,
    pub(super) identity: String,
    pub(super) generated: String,
    pub(super) expression: Option<String>,
    /// The collation, where it is not that of the type.
    pub(super) collation: Option<String>,
    pub(super) collation_oid: Oid,
    /// The storage, where it is not that of the type.
    pub(super) storage: Option<String>,
    pub(super) compression: String,
    pub(super) statistics: Option<i64>,
    pub(super) options: Vec<String>,
    /// The options of a column of a foreign table.
    pub(super) foreign_options: Vec<String>,
    /// Of a type that hardly any other is cast to, such as an enum: its sort, and the types that it can be
    /// cast to.
    pub(super) casts: Vec<String>,
}

/// The row of `pg_constraint` by which a column refuses null.
#[derive(Debug, Clone)]
pub(super) struct NotNullRow {
    pub(super) oid: Oid,
    pub(super) name: String,
    /// Whether it came from a table above.
    pub(super) is_inherited: bool,
    pub(super) no_inherit: bool,
    pub(super) validated: bool,
}

/// Columns by relation and number.
#[derive(Debug, Default)]
pub(super) struct Columns(HashMap<Oid, BTreeMap<i64, ColumnRow>>);

impl Columns {
    fn decode(rows: Vec<PgRow>) -> Self {
        let mut columns = Self::default();
        for row in rows {
            let column = ColumnRow {
                number: row.long(1),
                name: row.text(2),
                data_type: row.text(3),
                not_null: row.flag(4),
                is_local: row.flag(15),
                is_inherited: row.flag(16),
                not_null_here: row.flag(17),
                not_null_is_known: row.flag(18),
                not_null_constraint: row.maybe_text(20).map(|name| NotNullRow {
                    oid: row.oid(21),
                    name,
                    is_inherited: row.flag(22),
                    no_inherit: row.flag(23),
                    validated: row.flag(24),
                }),
                identity: row.text(5),
                generated: row.text(6),
                expression: row.maybe_text(7),
                collation: row.maybe_text(8),
                collation_oid: row.oid(9),
                storage: row.maybe_text(10),
                compression: row.text(11),
                statistics: row.maybe_long(12).filter(|target| *target >= 0),
                options: row.texts(13),
                foreign_options: row.texts(14),
                casts: row.texts(19),
            };
            columns
                .0
                .entry(row.oid(0))
                .or_default()
                .insert(column.number, column);
        }
        columns
    }

    pub(super) fn of(&self, relation: Oid) -> impl Iterator<Item = &ColumnRow> {
        self.0.get(&relation).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn get(&self, relation: Oid, number: i64) -> Option<&ColumnRow> {
        self.0.get(&relation)?.get(&number)
    }

    /// Returns the names of columns by number.
    pub(super) fn names(&self, relation: Oid, numbers: &[i16]) -> Vec<String> {
        numbers
            .iter()
            .filter_map(|number| self.get(relation, i64::from(*number)))
            .map(|column| column.name.clone())
            .collect()
    }
}

const RELATIONS: &str = "\
select c.oid, c.relname::text, c.relnamespace, c.relkind::text, c.relowner, c.relpersistence::text,
  s.spcname::text,
  c.reloptions || (select array_agg('toast.' || o) from unnest(t.reloptions) o),
  c.reltuples::int8, c.relpages::int8 * current_setting('block_size')::int8, c.relispopulated,
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
  case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end,
  i.parents,
  c.relrowsecurity, c.relforcerowsecurity, c.relreplident::text,
  case when c.relkind in ('r', 'm', 'p') then
    (select m.amname::text from pg_am m where m.oid = c.relam and (m.amname <> 'heap'
      or c.relkind = 'p' or c.relispartition and exists (select from pg_inherits h
        join pg_class q on q.oid = h.inhparent where h.inhrelid = c.oid and q.relam <> 0))) end,
  case when c.reloftype <> 0 then
    (select array[n.nspname::text, y.typname::text]
     from pg_type y join pg_namespace n on n.oid = y.typnamespace where y.oid = c.reloftype) end,
  case when c.relkind = 'p' then
    (select count(*) from pg_inherits h where h.inhparent = c.oid) else 0 end
from pg_class c
left join (select inhrelid, array_agg(inhparent order by inhseqno) as parents
  from pg_inherits group by inhrelid) i on i.inhrelid = c.oid
left join pg_class t on t.oid = c.reltoastrelid and t.reloptions is not null
left join pg_tablespace s on s.oid = c.reltablespace
where c.relnamespace = any($1)
  and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')";

fn columns_query(version: u32) -> String {
    // Constraints say where it comes from; before they did not, any table above is taken to be it.
    let knows = version >= SINCE;
    let (not_null_here, constraint, constraints) = match knows {
        true => (
            "coalesce(n.conislocal, false)",
            "n.conname::text, n.oid, n.coninhcount > 0, n.connoinherit, n.convalidated",
            "left join pg_constraint n on n.conrelid = a.attrelid and n.contype = 'n'
  and n.conkey = array[a.attnum]",
        ),
        false => ("a.attnotnull", "null::text, 0::oid, false, false, true", ""),
    };
    format!(
        "\
select a.attrelid, a.attnum::int8, a.attname::text, format_type(a.atttypid, a.atttypmod),
  a.attnotnull, a.attidentity::text, a.attgenerated::text,
  pg_get_expr(d.adbin, d.adrelid),
  case when a.attcollation <> t.typcollation then
    (select case when n.nspname = 'pg_catalog' then quote_ident(l.collname)
       else quote_ident(n.nspname) || '.' || quote_ident(l.collname) end
     from pg_collation l join pg_namespace n on n.oid = l.collnamespace
     where l.oid = a.attcollation) end,
  a.attcollation,
  case when a.attstorage <> t.typstorage then a.attstorage::text end,
  a.attcompression::text, a.attstattarget::int8, a.attoptions, a.attfdwoptions, a.attislocal,
  a.attinhcount > 0, case when a.attinhcount > 0 then {not_null_here} else a.attnotnull end,
  {knows},
  case when v.typtype in ('e', 'r', 'm', 'c') or (v.typtype = 'b' and v.oid >= 16384)
    then array[v.typtype::text] || array(
      select format_type(k.casttarget, null) from pg_cast k where k.castsource = v.oid)
    when t.typtype = 'd' then array['d', format_type(t.typbasetype, t.typtypmod)]
    when v.typtype = 'd' then array['d', format_type(v.typbasetype, v.typtypmod) || '[]'] end,
  {constraint}
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_type t on t.oid = a.atttypid
left join pg_type v on v.oid = case
  when t.typcategory = 'A' and t.typelem <> 0 then t.typelem
  when t.typbasetype <> 0 then t.typbasetype else t.oid end
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
{constraints}
where c.relnamespace = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and a.attnum > 0 and not a.attisdropped"
    )
}

fn first(text: &str) -> char {
    text.chars().next().unwrap_or(' ')
}

impl Reader<'_> {
    pub(super) async fn read_relations(&mut self) -> Result<(), Error> {
        let rows = rows_in(self.connection, RELATIONS, &self.schema_oids).await?;
        self.relations = rows
            .iter()
            .map(|row| Relation {
                oid: row.oid(0),
                name: row.text(1),
                schema: row.oid(2),
                kind: first(&row.text(3)),
                owner: row.oid(4),
                persistence: first(&row.text(5)),
                tablespace: row.maybe_text(6),
                options: row.texts(7),
                // What was empty when it was looked at, or never was looked at, may have rows by now.
                rows: u64::try_from(row.long(8)).ok().filter(|rows| *rows > 0),
                bytes: u64::try_from(row.long(9)).ok().filter(|bytes| *bytes > 0),
                is_populated: row.flag(10),
                partition_key: row.maybe_text(11),
                bound: row.maybe_text(12),
                parents: row.oids(13),
                of_type: row.texts(18),
                row_security: row.flag(14),
                force_row_security: row.flag(15),
                replica_identity: first(&row.text(16)),
                access_method: row.maybe_text(17),
                partitions: usize::try_from(row.long(19)).unwrap_or_default(),
            })
            .filter(|relation| !self.is_member("pg_class", relation.oid))
            .map(|relation| (relation.oid, relation))
            .collect();
        for relation in self.relations.values() {
            for parent in &relation.parents {
                self.children.entry(*parent).or_default().push(relation.oid);
            }
        }
        self.children
            .values_mut()
            .for_each(|all| all.sort_unstable());
        for relation in self.relations.values() {
            if let Some(address) = self.relation_address(relation) {
                self.addresses.insert(("pg_class", relation.oid), address);
            }
        }
        Ok(())
    }

    /// Returns the address of a relation of a kind that is managed, or a foreign table.
    pub(super) fn relation_address(&self, relation: &Relation) -> Option<model::Address> {
        let kind = match relation.kind {
            'r' | 'p' => "table",
            'v' => "view",
            'm' => "materialized_view",
            'S' => "sequence",
            'f' => "foreign_table",
            _ => return None,
        };
        let schema = self.schemas.get(&relation.schema)?;
        Some(self.address(kind, [schema.clone(), relation.name.clone()]))
    }

    /// Returns the relations of some kinds, by number.
    pub(super) fn relations_of(&self, kinds: &[char]) -> Vec<Relation> {
        let mut relations: Vec<_> = self
            .relations
            .values()
            .filter(|relation| kinds.contains(&relation.kind))
            .cloned()
            .collect();
        relations.sort_by_key(|relation| relation.oid);
        relations
    }

    pub(super) async fn read_columns(&mut self) -> Result<Coming<Columns>, Error> {
        let rows = rows_in(
            self.connection,
            &columns_query(self.version),
            &self.schema_oids,
        )
        .await?;
        Ok(Coming::of(rows, Columns::decode))
    }
}
