//! Policies of row level security.

use model::{Edge, Reference};
use provider::Error;

use super::{Cells, Reader, rows_in};
use crate::kinds::policy::{Command, Policy};

const POLICIES: &str = "\
select p.oid, p.polname::text, p.polrelid, p.polcmd::text, not p.polpermissive, p.polroles,
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
from pg_policy p join pg_class c on c.oid = p.polrelid
where c.relnamespace = any($1)";

impl Reader<'_> {
    pub(super) async fn read_policies(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, POLICIES, &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(on) = self.addresses.get(&("pg_class", row.oid(2))).cloned() else {
                continue;
            };
            if self.is_member("pg_policy", oid) {
                continue;
            }
            // Everybody is the role with number 0.
            let roles = row.oids(5).into_iter().filter_map(|role| self.owner(role));
            let mut to: Vec<_> = roles.collect();
            to.sort();
            let policy = Policy {
                on: Reference(on.clone()),
                restrictive: row.flag(4),
                command: match row.text(3).as_str() {
                    "r" => Command::Select,
                    "a" => Command::Insert,
                    "w" => Command::Update,
                    "d" => Command::Delete,
                    _ => Command::All,
                },
                to,
                using: row.maybe_text(6),
                with_check: row.maybe_text(7),
                comment: self.comment("pg_policy", oid, 0),
            };
            let path = on.path().iter().cloned().chain([row.text(1)]);
            let address = on.sibling("policy", path);
            self.add("pg_policy", oid, address.clone(), &policy);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(on.clone()));
                object.attached = Some(on);
            }
        }
        Ok(())
    }
}
