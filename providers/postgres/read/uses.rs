//! Which roles are used in databases that are not read: owners there, or named in privileges.
//!
//! `DROP ROLE` fails on them, and says so only after everything before it was dropped.

use std::collections::BTreeMap;

use provider::Error;
use sqlx::{Executor as _, PgConnection};

use super::Cells;
use super::cluster::Cluster;
use crate::error::explain;

/// pg_shdepend counts for every database whose objects name a role; from what is shared, such as a
/// database itself, privileges are taken before.
const USES: &str = "\
select distinct r.rolname::text, d.datname::text
from pg_shdepend s
  join pg_database d on d.oid = s.dbid
  join pg_roles r on r.oid = s.refobjid
where s.refclassid = 'pg_authid'::regclass and d.datname <> all($1)";

impl Cluster {
    /// Notes with every role the databases, beside those that are `read`, that it is used in.
    pub(crate) async fn read_uses(
        &mut self,
        connection: &mut PgConnection,
        read: &[String],
    ) -> Result<(), Error> {
        let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let found = connection.fetch_all(sqlx::query(USES).bind(read)).await;
        for row in found.map_err(explain)? {
            uses.entry(row.text(0)).or_default().push(row.text(1));
        }
        for object in &mut self.objects {
            if object.address.kind() == "role"
                && let Some(databases) = uses.remove(object.address.name())
            {
                object.facts.used_in = databases.into_iter().collect();
            }
        }
        Ok(())
    }
}
