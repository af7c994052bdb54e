//! What stands on what, from `pg_depend`, down to columns.

use std::collections::BTreeSet;

use model::{Address, Edge, Value};
use provider::Error;

use super::constraints::Constraints;
use super::relations::Columns;
use super::{Cells, Oid, Reader, rows_in};
use crate::naming::{column_part, constraint_part};

/// Dependencies of what people made, with the object that a person would name: the view of a rule,
/// the table of a default; and its part, where only one that can be taken away and given back stands there.
const DEPENDENCIES: &str = "\
with mine as (select oid, relkind from pg_class where relnamespace = any($1))
select distinct 'pg_class' as catalog, r.ev_class as oid, d.refclassid::regclass::text, d.refobjid,
  d.refobjsubid::int8, null as by
from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
join mine on mine.oid = r.ev_class
where d.refobjid <> r.ev_class and d.deptype = 'n' and r.ev_type = '1'
union
select 'pg_rewrite', r.oid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
join mine on mine.oid = r.ev_class
where d.deptype = 'n' and r.ev_type <> '1'
union
select 'pg_class', a.adrelid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8,
  case when c.attgenerated = '' then 'default ' else 'generated ' end || c.attname
from pg_depend d join pg_attrdef a on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
join mine on mine.oid = a.adrelid
join pg_attribute c on c.attrelid = a.adrelid and c.attnum = a.adnum
where d.refobjid <> a.adrelid and d.deptype = 'n'
union
select case when o.contype = 'f' then 'pg_constraint' else 'pg_class' end,
  case when o.contype = 'f' then o.oid else o.conrelid end,
  d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8,
  case o.contype when 'c' then 'check ' || o.conname when 'x' then 'exclude ' || o.conname end
from pg_depend d
join pg_constraint o on d.classid = 'pg_constraint'::regclass and d.objid = o.oid
join mine on mine.oid = o.conrelid
where d.deptype in ('n', 'a') and (o.contype = 'f' or d.refobjid <> o.conrelid)
union
select 'pg_class', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8,
  'exclude ' || o.conname
from pg_depend d join mine on d.classid = 'pg_class'::regclass and d.objid = mine.oid
left join pg_constraint o on mine.relkind in ('i', 'I') and o.conindid = mine.oid and o.contype = 'x'
where d.deptype in ('n', 'a')
  and (mine.relkind in ('i', 'I', 'm') or d.refclassid in ('pg_type'::regclass, 'pg_proc'::regclass, 'pg_collation'::regclass,
      'pg_opclass'::regclass, 'pg_operator'::regclass))
union
select 'pg_trigger', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_trigger t on d.classid = 'pg_trigger'::regclass and d.objid = t.oid
join mine on mine.oid = t.tgrelid
where not t.tgisinternal
union
select 'pg_policy', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_policy p on d.classid = 'pg_policy'::regclass and d.objid = p.oid
join mine on mine.oid = p.polrelid
union
select 'pg_statistic_ext', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_statistic_ext s on d.classid = 'pg_statistic_ext'::regclass
  and d.objid = s.oid
where s.stxnamespace = any($1) and d.deptype in ('n', 'a')
union
select 'pg_proc', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_proc p on d.classid = 'pg_proc'::regclass and d.objid = p.oid
where p.pronamespace = any($1) and d.deptype = 'n'
union
select 'pg_type', o.contypid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8,
  'check ' || o.conname
from pg_depend d
join pg_constraint o on d.classid = 'pg_constraint'::regclass and d.objid = o.oid
join pg_type t on t.oid = o.contypid
where t.typnamespace = any($1) and d.deptype = 'n' and d.refobjid <> o.contypid
union
select 'pg_type', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d join pg_type t on d.classid = 'pg_type'::regclass and d.objid = t.oid
where t.typnamespace = any($1) and d.deptype = 'n'
union
select d.classid::regclass::text, d.objid, d.refclassid::regclass::text, d.refobjid,
  d.refobjsubid::int8, null
from pg_depend d
where d.deptype = 'n' and d.classid in ('pg_foreign_data_wrapper'::regclass,
  'pg_foreign_server'::regclass, 'pg_publication_rel'::regclass, 'pg_language'::regclass,
  'pg_transform'::regclass, 'pg_am'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass,
  'pg_cast'::regclass, 'pg_conversion'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass)
union
select 'pg_extension', d.objid, d.refclassid::regclass::text, d.refobjid, d.refobjsubid::int8, null
from pg_depend d
where d.classid = 'pg_extension'::regclass and d.refclassid = 'pg_extension'::regclass";

/// The relation that a type, or the elements of an array type, are rows of; the type of the elements;
/// the range that one of them is the multirange of.
const ROW_TYPES: &str = "\
select t.oid, coalesce(nullif(t.typrelid, 0), e.typrelid), t.typelem, r.rngtypid
from pg_type t left join pg_type e on e.oid = t.typelem
left join pg_range r on r.rngmultitypid in (t.oid, e.oid)
where t.oid = any($1)";

/// The catalogs whose objects are remembered by number.
const CATALOGS: [&str; 29] = [
    "pg_class",
    "pg_constraint",
    "pg_proc",
    "pg_type",
    "pg_namespace",
    "pg_extension",
    "pg_rewrite",
    "pg_trigger",
    "pg_policy",
    "pg_statistic_ext",
    "pg_collation",
    "pg_conversion",
    "pg_cast",
    "pg_operator",
    "pg_opfamily",
    "pg_opclass",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_user_mapping",
    "pg_publication",
    "pg_publication_rel",
    "pg_subscription",
    "pg_language",
    "pg_transform",
    "pg_am",
];

pub(super) fn catalog(name: &str) -> Option<&'static str> {
    CATALOGS.into_iter().find(|known| *known == name)
}

impl Reader<'_> {
    pub(super) async fn read_edges(
        &mut self,
        columns: &Columns,
        constraints: &Constraints,
    ) -> Result<(), Error> {
        let found = rows_in(self.connection, DEPENDENCIES, &self.schema_oids).await?;
        self.read_row_types(&found).await?;
        for row in found {
            let Some(from) = self.holder(&row.text(0), row.oid(1), constraints).cloned() else {
                continue;
            };
            let edge = self.edge(&row.text(2), row.oid(3), row.long(4), columns, constraints);
            let Some(edge) = edge else {
                continue;
            };
            let by = row.maybe_text(5);
            let edge = Edge { by, ..edge };
            let mut edges = vec![edge];
            if row.text(2) == "pg_class" {
                edges.extend(self.above(row.oid(3), row.long(4), columns));
            }
            if row.text(2) == "pg_type" {
                edges.extend(self.whole_rows(&from, &edges[0]));
            }
            edges.retain(|edge| edge.on != from);
            if !edges.is_empty()
                && let Some(object) = self.objects.get_mut(&from)
            {
                object.edges.extend(edges);
            }
        }
        Ok(())
    }

    /// Returns edges to the columns that a column is there from: what changes them changes it.
    pub(super) fn above(&self, table: Oid, column: i64, columns: &Columns) -> Vec<Edge> {
        let Some(row) = columns.get(table, column).filter(|row| row.is_inherited) else {
            return Vec::new();
        };
        let mut edges = Vec::new();
        let mut todo = vec![table];
        while let Some(below) = todo.pop() {
            let parents = self.relations.get(&below).map(|one| one.parents.clone());
            for parent in parents.into_iter().flatten() {
                if !columns.of(parent).any(|one| one.name == row.name) {
                    continue;
                }
                todo.push(parent);
                edges.extend(self.addresses.get(&("pg_class", parent)).map(|on| Edge {
                    on: on.clone(),
                    part: Some(column_part(&row.name)),
                    by: None,
                }));
            }
        }
        edges
    }

    /// Returns edges to the columns of a table whose rows a body takes whole that PostgreSQL has read: it does not
    /// let their types change meanwhile (`find_composite_type_dependencies`).
    fn whole_rows(&self, from: &Address, edge: &Edge) -> Vec<Edge> {
        let is_read = self
            .objects
            .get(from)
            .is_some_and(|object| object.attributes.contains_key("sql_body"));
        let table = self.objects.get(&edge.on).filter(|_| is_read);
        let columns = table.and_then(|table| match table.attributes.get("column") {
            Some(Value::List(columns)) if edge.on.kind() == "table" => Some(columns),
            _ => None,
        });
        let names = columns
            .into_iter()
            .flatten()
            .filter_map(|column| match column {
                Value::Map(column) => column.get("name")?.as_text(),
                _ => None,
            });
        names
            .map(|name| Edge {
                on: edge.on.clone(),
                part: Some(column_part(name)),
                by: None,
            })
            .collect()
    }

    /// Finds out what types stand for that no object is: the rows of a table, arrays, multiranges.
    async fn read_row_types(&mut self, found: &[sqlx::postgres::PgRow]) -> Result<(), Error> {
        let unknown: BTreeSet<Oid> = found
            .iter()
            .filter(|row| row.text(2) == "pg_type")
            .map(|row| row.oid(3))
            .filter(|oid| !self.addresses.contains_key(&("pg_type", *oid)))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> = unknown.into_iter().collect();
        for row in rows_in(self.connection, ROW_TYPES, &unknown).await? {
            let relation = self.addresses.get(&("pg_class", row.oid(1)));
            let element = self.addresses.get(&("pg_type", row.oid(2)));
            let range = self.addresses.get(&("pg_type", row.oid(3)));
            if let Some(address) = relation.or(element).or(range).cloned() {
                self.addresses.insert(("pg_type", row.oid(0)), address);
            }
        }
        Ok(())
    }

    /// Returns what depends, as people know it: the table for the index behind its constraint.
    fn holder(&self, name: &str, oid: Oid, constraints: &Constraints) -> Option<&Address> {
        let catalog = catalog(name)?;
        let known = self.addresses.get(&(catalog, oid));
        known.or_else(|| {
            let (table, _) = constraints.behind(oid).filter(|_| catalog == "pg_class")?;
            self.addresses.get(&("pg_class", *table))
        })
    }

    /// Returns what a dependency leads to, as people know it: the extension for what it brought along.
    fn edge(
        &self,
        name: &str,
        oid: Oid,
        part: i64,
        columns: &Columns,
        constraints: &Constraints,
    ) -> Option<Edge> {
        let behind = match name {
            "pg_class" => constraints.behind(oid),
            "pg_constraint" => constraints.get(oid),
            _ => None,
        };
        if let Some((table, constraint)) = behind {
            let on: Address = self.addresses.get(&("pg_class", *table))?.clone();
            return Some(Edge {
                on,
                part: Some(constraint_part(constraint)),
                by: None,
            });
        }
        if let Some(extension) = self.members.get(&(name.to_owned(), oid)) {
            let on = self.addresses.get(&("pg_extension", *extension))?.clone();
            return Some(Edge {
                on,
                part: None,
                by: None,
            });
        }
        let on = self.addresses.get(&(catalog(name)?, oid))?.clone();
        let part = columns
            .get(oid, part)
            .filter(|_| part > 0 && name == "pg_class");
        Some(Edge {
            on,
            part: part.map(|column| column_part(&column.name)),
            by: None,
        })
    }
}
