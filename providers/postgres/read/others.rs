//! What no kind manages yet: read so that it is counted, named, and in nobody's way.

use model::{Edge, Map, Object};
use provider::Error;

use super::{Cells, Reader, rows, rows_in};

/// Kind, catalog, number, schema, name, the relation it belongs to.
const IN_SCHEMAS: &str = "\
select 'policy', 'pg_policy', p.oid, c.relnamespace, p.polname::text, c.oid
from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = any($1)
union all
select 'rule', 'pg_rewrite', r.oid, c.relnamespace, r.rulename::text, c.oid
from pg_rewrite r join pg_class c on c.oid = r.ev_class
where c.relnamespace = any($1) and r.rulename <> '_RETURN'
union all
select 'statistics', 'pg_statistic_ext', s.oid, s.stxnamespace, s.stxname::text, s.stxrelid
from pg_statistic_ext s where s.stxnamespace = any($1)
union all
select 'foreign_table', 'pg_class', c.oid, c.relnamespace, c.relname::text, 0
from pg_class c where c.relnamespace = any($1) and c.relkind = 'f'";

/// Kind, catalog, number, name: what lies in a database but in no schema.
const IN_DATABASE: &str = "\
select 'publication', 'pg_publication', oid, pubname::text from pg_publication
union all
select 'event_trigger', 'pg_event_trigger', oid, evtname::text from pg_event_trigger
union all
select 'foreign_data_wrapper', 'pg_foreign_data_wrapper', oid, fdwname::text
from pg_foreign_data_wrapper
union all
select 'foreign_server', 'pg_foreign_server', oid, srvname::text from pg_foreign_server";

impl Reader<'_> {
    pub(super) async fn read_others(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, IN_SCHEMAS, &self.schema_oids).await? {
            let (kind, catalog, oid) = (row.text(0), row.text(1), row.oid(2));
            if self.is_member(&catalog, oid) {
                continue;
            }
            let Some(schema) = self.schemas.get(&row.oid(3)).cloned() else {
                continue;
            };
            let relation = self.addresses.get(&("pg_class", row.oid(5))).cloned();
            let path = match (&relation, kind.as_str()) {
                (Some(relation), "policy" | "rule") => {
                    vec![schema.clone(), relation.name().to_owned(), row.text(4)]
                }
                _ => vec![schema.clone(), row.text(4)],
            };
            let address = self.address(&kind, path);
            let mut object = Object::new(address.clone(), Map::new());
            object
                .edges
                .insert(Edge::to(self.address("schema", [schema])));
            object.edges.extend(relation.clone().map(Edge::to));
            object.attached = relation;
            if let Some(catalog) = super::edges::catalog(&catalog) {
                self.addresses.insert((catalog, oid), address.clone());
            }
            self.objects.insert(address, object);
        }
        for row in rows(self.connection, IN_DATABASE).await? {
            if self.is_member(&row.text(1), row.oid(2)) {
                continue;
            }
            let address = self.address(&row.text(0), [row.text(3)]);
            let mut object = Object::new(address.clone(), Map::new());
            object
                .edges
                .insert(Edge::to(address.sibling("database", [self.place])));
            self.objects.insert(address, object);
        }
        Ok(())
    }

    pub(super) fn stands_in_schema(&mut self, address: &model::Address) {
        let schema = crate::naming::schema_of(address);
        if let Some(object) = self.objects.get_mut(address) {
            object.edges.insert(Edge::to(schema));
        }
    }
}
