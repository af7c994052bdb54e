//! What other projects record, in this database and in the others of the server.

use std::collections::BTreeSet;

use model::Address;
use sqlx::postgres::PgConnection;
use state::{Others, Realm};

use super::{PgStore, SCHEMA};
use crate::link::Link;
use crate::read::{Cells, rows};
use crate::text::quote::literal;

impl PgStore {
    /// Finds other realms that record some of these objects.
    pub(super) async fn find_others(
        &self,
        realm: &Realm,
        of: &BTreeSet<Address>,
    ) -> Result<Others, state::Error> {
        let mut others = Others::new();
        if of.is_empty() {
            return Ok(others);
        }
        let kinds: BTreeSet<&str> = of.iter().map(Address::kind).collect();
        let kinds: Vec<_> = kinds.into_iter().map(literal).collect();
        let kinds = kinds.join(", ");
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        let sql = "select datname::text from pg_database \
            where datallowconn and has_database_privilege(oid, 'connect') order by datname";
        let databases: Vec<String> = rows(connection, sql)
            .await
            .map_err(self.wrap("read"))?
            .iter()
            .map(|row| row.text(0))
            .collect();
        for database in databases {
            let mut found = self.records_in(&mut link, &database, &kinds).await;
            for _ in 0..LOOKS {
                // It may be going just now: whoever drops it may end connections before.
                if !matches!(found, Err(state::Error::Unreachable { .. }))
                    || !is_there(&mut link, &database).await
                {
                    break;
                }
                link.leave(&database).await;
                tokio::time::sleep(PAUSE).await;
                found = self.records_in(&mut link, &database, &kinds).await;
            }
            // One connection at a time: a server may have more databases than connections.
            if database != self.home {
                link.leave(&database).await;
            }
            let found = match found {
                Err(_) if !is_there(&mut link, &database).await => continue,
                found => found?,
            };
            for (address, other) in found {
                let is_mine = database == self.home && other == *realm;
                if !is_mine && of.contains(&address) {
                    others.entry(address).or_default().push(other);
                }
            }
        }
        Ok(others)
    }

    /// Returns what the state in one database records of some kinds.
    async fn records_in(
        &self,
        link: &mut Link,
        database: &str,
        kinds: &str,
    ) -> Result<Vec<(Address, Realm)>, state::Error> {
        // A database or a state that cannot be looked into may be another project's: it hides
        // nothing that the server itself would not refuse to drop.
        let Ok(connection) = link.at(database).await else {
            return Ok(Vec::new());
        };
        if !is_readable(connection).await.map_err(self.wrap("read"))? {
            return Ok(Vec::new());
        }
        let format = self.format(connection).await;
        if format.map_err(|error| at_other(error, database))?.is_none() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select address, project, environment from {SCHEMA}.record \
             where kind in ({kinds}) and not partial"
        );
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        Ok(found
            .iter()
            .filter_map(|row| {
                let address = row.text(0).parse::<Address>().ok()?;
                let mut path = address.path().to_vec();
                // Without a name: the database of that project's url, which the state is in.
                if path.first().is_some_and(String::is_empty) && database != self.home {
                    database.clone_into(&mut path[0]);
                }
                let realm = Realm {
                    project: row.text(1),
                    environment: row.text(2),
                };
                Some((Address::new(&self.provider, address.kind(), path), realm))
            })
            .collect())
    }
}

/// Says of a state that is too new where it lies: in another database than ours.
fn at_other(error: state::Error, database: &str) -> state::Error {
    match error {
        state::Error::Newer { format, place: _ } => state::Error::Newer {
            place: format!("schema {SCHEMA} of database {database}, which shares this server,"),
            format,
        },
        other => other,
    }
}

/// Reports whether there still is a database; one that cannot be told of is taken to be there.
async fn is_there(link: &mut Link, database: &str) -> bool {
    link.exists(database).await.unwrap_or(true)
}

/// Reports whether there is a state that the login may read.
async fn is_readable(connection: &mut PgConnection) -> Result<bool, provider::Error> {
    let sql = format!(
        "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = '{SCHEMA}' and c.relname = 'record' \
           and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
    );
    Ok(!rows(connection, &sql).await?.is_empty())
}

/// How often a database is looked into again that cannot be read.
const LOOKS: usize = 3;

/// How long to wait before that.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(300);
