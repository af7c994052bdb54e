//! Extended statistics.

use model::{Edge, Reference};
use provider::Error;

use super::relations::Columns;
use super::{Cells, Reader, rows_in};
use crate::kinds::statistics::{Sort, Statistics};

const STATISTICS: &str = "\
select s.oid, s.stxname::text, s.stxnamespace, s.stxrelid, s.stxowner,
  array_to_string(s.stxkind, ''), string_to_array(s.stxkeys::text, ' ')::int2[],
  case when s.stxexprs is not null then pg_get_statisticsobjdef_expressions(s.oid) end,
  s.stxstattarget::int8
from pg_statistic_ext s
where s.stxnamespace = any($1)";

impl Reader<'_> {
    pub(super) async fn read_statistics(&mut self, columns: &Columns) -> Result<(), Error> {
        for row in rows_in(self.connection, STATISTICS, &self.schema_oids).await? {
            let (oid, table) = (row.oid(0), row.oid(3));
            let (Some(on), Some(schema)) = (
                self.addresses.get(&("pg_class", table)).cloned(),
                self.schemas.get(&row.oid(2)).cloned(),
            ) else {
                continue;
            };
            if self.is_member("pg_statistic_ext", oid) {
                continue;
            }
            let mut kinds = Sort::of(&row.text(5));
            if kinds.len() == 3 {
                kinds.clear();
            }
            let statistics = Statistics {
                table: Reference(on.clone()),
                kinds,
                columns: columns.names(table, &row.shorts(6)),
                expressions: row.texts(7),
                // Up to PostgreSQL 16 -1 stands for none.
                target: row.maybe_long(8).filter(|target| *target >= 0),
                owner: self.owner(row.oid(4)),
                comment: self.comment("pg_statistic_ext", oid, 0),
            };
            let address = self.address("statistics", [schema, row.text(1)]);
            self.add("pg_statistic_ext", oid, address.clone(), &statistics);
            self.stands_in_schema(&address);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(on.clone()));
                object.attached = Some(on);
            }
        }
        Ok(())
    }
}
