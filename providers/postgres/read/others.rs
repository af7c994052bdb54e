//! What no kind manages yet: read so that it is counted, named, and in nobody's way.

use model::{Edge, Map, Object};
use provider::Error;

use super::{Cells, Reader, rows};

/// Kind, catalog, number, name: what lies in a database but in no schema.
const IN_DATABASE: &str = "\
select 'event_trigger', 'pg_event_trigger', oid, evtname::text from pg_event_trigger";

impl Reader<'_> {
    pub(super) async fn read_others(&mut self) -> Result<(), Error> {
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
