//! What no kind manages yet: read so that it is counted, named, and in nobody's way.

use model::{Edge, Map, Object};
use provider::Error;

use super::{Cells, Reader, rows, rows_in};

/// Kind, catalog, number, schema, name, the relation it belongs to.
const IN_SCHEMAS: &str = "\
select 'operator', 'pg_operator', o.oid, o.oprnamespace, o.oid::regoperator::text, 0
from pg_operator o where o.oprnamespace = any($1)
union all
select 'operator_class', 'pg_opclass', o.oid, o.opcnamespace, o.opcname::text, 0
from pg_opclass o where o.opcnamespace = any($1)
union all
select 'collation', 'pg_collation', o.oid, o.collnamespace, o.collname::text, 0
from pg_collation o where o.collnamespace = any($1)
union all
select 'conversion', 'pg_conversion', o.oid, o.connamespace, o.conname::text, 0
from pg_conversion o where o.connamespace = any($1)
union all
select 'text_search_configuration', 'pg_ts_config', o.oid, o.cfgnamespace, o.cfgname::text, 0
from pg_ts_config o where o.cfgnamespace = any($1)
union all
select 'text_search_dictionary', 'pg_ts_dict', o.oid, o.dictnamespace, o.dictname::text, 0
from pg_ts_dict o where o.dictnamespace = any($1)";

/// Kind, catalog, number, name: what lies in a database but in no schema.
const IN_DATABASE: &str = "\
select 'cast', 'pg_cast', oid, castsource::regtype || ' as ' || casttarget::regtype from pg_cast
where oid >= 16384 and not exists (select from pg_depend d
  where d.classid = 'pg_cast'::regclass and d.objid = pg_cast.oid and d.deptype = 'i')";

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
                (Some(relation), "rule") => {
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
