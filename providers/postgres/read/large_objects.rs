//! Large objects, for the grants on them: only those that are asked for by their numbers, for they are data.

use model::Address;
use provider::Error;
use sqlx::Executor;
use sqlx::postgres::types::Oid as PgOid;

use super::privileges::{self, Acls};
use super::{Cells, Reader, rows};
use crate::acl::Class;
use crate::error::explain;
use crate::kinds::given::{Given, LargeObject};
use crate::trace::traced;

/// Those that are there; `$1` are their numbers.
const FOUND: &str = "select oid, lomowner from pg_largeobject_metadata where oid = any($1)";

impl Reader<'_> {
    /// Adds those that are called by one of some addresses.
    pub(super) async fn read_large_objects(&mut self, asked: &[Address]) -> Result<(), Error> {
        let asked = asked
            .iter()
            .filter(|address| address.kind() == "large_object" && address.part(0) == self.place);
        let numbers: Vec<u32> = asked.filter_map(|one| one.name().parse().ok()).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let oids: Vec<PgOid> = numbers.iter().copied().map(PgOid).collect();
        let found = self.connection.fetch_all(sqlx::query(FOUND).bind(oids));
        let found = traced("", FOUND, async { found.await.map_err(explain) }).await?;
        let list: Vec<_> = numbers.iter().map(u32::to_string).collect();
        let acls = format!(
            "select 'pg_largeobject_metadata', oid, 0, lomacl from pg_largeobject_metadata \
             where lomacl is not null and oid in ({})",
            list.join(", ")
        );
        let acls = rows(self.connection, &privileges::query(&acls)).await?;
        let acls = Acls::decode(acls, self.role_addresses());
        for row in found {
            let (oid, owner) = (row.oid(0), self.owner(row.oid(1)));
            let class = Class::LargeObject;
            let catalog = "pg_largeobject_metadata";
            let privileges = acls.of(class, catalog, oid, owner.as_ref(), self.version);
            let found = LargeObject(Given {
                owner,
                grants: None,
                privileges,
            });
            let address = self.address("large_object", [oid.to_string()]);
            self.add(catalog, oid, address.clone(), &found);
            let database = self.database();
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(model::Edge::to(database));
                object.facts.notes.insert("builtin".to_owned(), true.into());
            }
        }
        Ok(())
    }
}
