//! Event triggers.

use model::{Edge, Reference};
use provider::Error;

use super::{Cells, Reader, rows};
use crate::kinds::event_trigger::{Event, EventTrigger};
use crate::kinds::trigger::Firing;

const EVENT_TRIGGERS: &str = "\
select t.oid, t.evtname::text, t.evtevent::text, t.evttags, t.evtenabled::text, t.evtowner,
  p.oid, n.nspname::text, p.proname || '()'
from pg_event_trigger t
join pg_proc p on p.oid = t.evtfoid
join pg_namespace n on n.oid = p.pronamespace";

impl Reader<'_> {
    pub(super) async fn read_event_triggers(&mut self) -> Result<(), Error> {
        for row in rows(self.connection, EVENT_TRIGGERS).await? {
            let oid = row.oid(0);
            if self.is_member("pg_event_trigger", oid) {
                continue;
            }
            let Some(event) = Event::of(&row.text(2)) else {
                continue;
            };
            let trigger = EventTrigger {
                event,
                tags: row.texts(3),
                function: Reference(self.function(row.oid(6), [row.text(7), row.text(8)])),
                enabled: Firing::of(&row.text(4)),
                owner: self.owner(row.oid(5)),
                comment: self.comment("pg_event_trigger", oid, 0),
            };
            let address = self.address("event_trigger", [row.text(1)]);
            self.add("pg_event_trigger", oid, address.clone(), &trigger);
            if let Some(object) = self.objects.get_mut(&address) {
                let database = address.sibling("database", [self.place]);
                object.edges.insert(Edge::to(database));
            }
        }
        Ok(())
    }
}
