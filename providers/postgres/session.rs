//! A live connection to a PostgreSQL server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Address, Catalog, Statement};
use provider::{
    Activity, Answer, BoxFuture, Capabilities, Error, ErrorKind, Failure, Interrupter, Population,
    Question, Ran, Reach, Reveal, Rows, Scope, Session, Snapshot,
};
use sqlx::Executor;
use tokio::sync::Mutex;
use tracing::{Instrument, debug_span};

use crate::error::explain;
use crate::interrupt::Interrupt;
use crate::link::Link;
use crate::read::{Cells, JOBS, Schemas, read_cluster, read_database, read_tasks, rows};
use crate::trace::traced;

/// The oldest version that is supported.
const OLDEST: u32 = 140_000;

/// A session. Its connections are shared with the store of the same server.
pub struct PgSession {
    link: Arc<Mutex<Link>>,
    provider: String,
    capabilities: Capabilities,
    /// The place of the open transaction, and whether it is one.
    open: Option<(String, bool)>,
    interrupt: Interrupt,
    /// Whether nothing can be changed in it.
    reads: bool,
}

impl PgSession {
    /// Connects and looks at the server.
    pub(crate) async fn open(link: Arc<Mutex<Link>>, provider: &str) -> Result<Self, Error> {
        let capabilities = look(&mut *link.lock().await).await?;
        let interrupt = link.lock().await.interrupt();
        Ok(Self {
            interrupt,
            link,
            provider: provider.to_owned(),
            capabilities,
            open: None,
            reads: false,
        })
    }

    /// Returns the connections, for the store.
    pub(crate) fn link(&self) -> Arc<Mutex<Link>> {
        Arc::clone(&self.link)
    }

    /// Closes all connections.
    pub async fn close(self) {
        self.link.lock().await.close().await;
    }

    fn is_open_at(&self, place: &str) -> bool {
        matches!(&self.open, Some((open, true)) if open == place)
    }

    async fn read_scope(&mut self, scope: &Scope) -> Result<Catalog, Error> {
        let mut link = self.link.lock().await;
        let home = link.home().to_owned();
        let unnamed = scope.places.contains("") && !scope.places.contains(&home);
        let at = self
            .open
            .as_ref()
            .map_or("", |(place, _)| place.as_str())
            .to_owned();
        let read: Vec<String> = scope
            .places
            .iter()
            .map(|place| link.database(place).to_owned())
            .collect();
        let named = scope.named.iter();
        let named: Vec<_> = named
            .filter(|address| address.provider() == self.provider)
            .cloned()
            .collect();
        let connection = link.at(&at).await?;
        let mut cluster =
            read_cluster(connection, &self.provider, &self.capabilities, unnamed).await?;
        cluster.read_uses(connection, &read).await?;
        let mut catalog: Catalog = std::mem::take(&mut cluster.objects).into_iter().collect();
        for place in &scope.places {
            let database = link.database(place).to_owned();
            if !cluster.databases.contains(&database) {
                continue;
            }
            let in_transaction = self.is_open_at(if database == home { "" } else { place });
            let connection = link.at(&database).await?;
            // Statements before may have looked names up elsewhere; what is written out depends on it.
            let opening = if in_transaction {
                "set local search_path = pg_catalog"
            } else {
                "begin isolation level repeatable read read only"
            };
            connection.execute(opening).await.map_err(explain)?;
            let found = read_database(
                connection,
                &cluster,
                &self.provider,
                place,
                &self.capabilities,
                Schemas::All(&named),
            )
            .instrument(debug_span!("read", database))
            .await?;
            if !in_transaction {
                connection.execute("commit").await.map_err(explain)?;
            }
            for object in found {
                catalog.insert(object);
            }
        }
        let cron = self
            .capabilities
            .notes
            .get(CRON_PLACE)
            .cloned()
            .unwrap_or_default();
        // A server with one connection cannot look elsewhere while a transaction is open.
        if link.is_embedded() && self.open.is_some() && !self.is_open_at(&cron) {
            return Ok(catalog);
        }
        let connection = link.at(&cron).await?;
        let unnamed = !scope.places.contains(&home);
        for task in read_tasks(connection, &self.provider, &self.capabilities, unnamed).await? {
            catalog.insert(task);
        }
        Ok(catalog)
    }
}

/// The note that says in which database pg_cron is installed.
pub(crate) const CRON_PLACE: &str = "cron_place";

/// The note that says that the server is the embedded one.
pub(crate) const EMBEDDED: &str = "embedded";

/// The note that says whether pg_cron could be made with `create extension`.
pub(crate) const CAN_CRON: &str = "can_cron";

/// The note that says whether pg_cron, or what stands for it, is there.
pub(crate) const HAS_CRON: &str = "has_cron";

/// The note that says how many locks there can be on the server at once.
pub(crate) const LOCKS: &str = "locks";

/// The note of a login that sees only its own tasks: how many others there are, as far as that is known.
pub(crate) const UNSEEN_TASKS: &str = "unseen_tasks";

/// Refuses a server that is too old.
fn check_age(version: u32, text: &str, server: &str) -> Result<(), Error> {
    if version >= OLDEST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("PostgreSQL {text} at {server} is too old"),
    )
    .help("Estate works with PostgreSQL 14 and later."))
}

/// Looks at the server: its version, who is logged in, where tasks are kept. That setting is not for everybody to
/// see; where pg_cron itself is connected to is.
async fn look(link: &mut Link) -> Result<Capabilities, Error> {
    let sql = "\
        select current_setting('server_version_num')::int8, current_setting('server_version'),
          current_database()::text, current_user::text,
          (select rolsuper from pg_roles where rolname = current_user),
          coalesce((select setting from pg_settings where name = 'cron.database_name'),
            (select datname from pg_stat_activity where application_name = 'pg_cron scheduler' limit 1)),
          exists (select from pg_available_extensions where name = 'pg_cron'),
          current_setting('max_locks_per_transaction')::int8 * (current_setting('max_connections')::int8
            + current_setting('max_prepared_transactions')::int8)";
    let server = link.describe();
    let connection = link.at("").await?;
    let row = rows(connection, sql)
        .await?
        .pop()
        .ok_or_else(|| Error::new(ErrorKind::Permanent, "the server says nothing of itself"))?;
    let version = u32::try_from(row.long(0)).unwrap_or_default();
    check_age(version, &row.text(1), &server)?;
    let identity = match rows(
        connection,
        "select system_identifier::text from pg_control_system()",
    )
    .await
    {
        Ok(found) => found.first().map(|row| row.text(0)).unwrap_or_default(),
        // Not everybody may ask; the address of the server is the next best thing.
        Err(_) => server,
    };
    let home = row.text(2);
    let cron = row.maybe_text(5).unwrap_or_else(|| home.clone());
    let cron_place = if cron == home { String::new() } else { cron };
    // The library is loaded where its settings are known; then its extension can be made.
    let can_cron = row.flag(6) && row.maybe_text(5).is_some();
    let (has_cron, unseen) = match link.at(&cron_place).await {
        Ok(connection) => look_for_tasks(connection).await?,
        Err(_) => (false, None),
    };
    let mut notes = std::collections::BTreeMap::from([
        (CRON_PLACE.to_owned(), cron_place),
        (HAS_CRON.to_owned(), has_cron.to_string()),
        (CAN_CRON.to_owned(), can_cron.to_string()),
        (LOCKS.to_owned(), row.long(7).to_string()),
    ]);
    notes.extend(unseen.map(|count| (UNSEEN_TASKS.to_owned(), count.to_string())));
    if link.is_embedded() {
        notes.insert(EMBEDDED.to_owned(), "true".to_owned());
    }
    Ok(Capabilities {
        identity,
        version,
        version_text: row.text(1),
        place: home,
        login: row.text(3),
        is_superuser: row.flag(4),
        notes,
    })
}

/// Reports whether there is pg_cron, or what stands for it, and how many tasks the login does not see, where it does
/// not see all.
async fn look_for_tasks(connection: &mut sqlx::PgConnection) -> Result<(bool, Option<i64>), Error> {
    let sql = format!(
        "select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'),
          row_security_active(c.oid), pg_stat_get_live_tuples(c.oid) {JOBS}"
    );
    let found = rows(connection, &sql).await?;
    let Some(row) = found.first() else {
        return Ok((false, None));
    };
    let (is_readable, is_partial, all) = (row.flag(0), row.flag(1), row.long(2));
    if !is_readable {
        return Ok((true, Some(all)));
    }
    if !is_partial {
        return Ok((true, None));
    }
    let seen = rows(connection, "select count(*)::int8 from cron.job").await?;
    let seen = seen.first().map_or(0, |row| row.long(0));
    Ok((true, Some((all - seen).max(0))))
}

impl Session for PgSession {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn read<'a>(&'a mut self, scope: &'a Scope) -> BoxFuture<'a, Result<Catalog, Error>> {
        Box::pin(self.read_scope(scope))
    }

    fn access<'a>(&'a mut self, reach: &'a Reach) -> BoxFuture<'a, Result<Population, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            crate::access::read(&mut link, &self.capabilities, reach).await
        })
    }

    fn canonicalize<'a>(
        &'a mut self,
        question: Question<'a>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            crate::canonical::answer(&mut link, &self.provider, &self.capabilities, question).await
        })
    }

    fn count<'a>(
        &'a mut self,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, u64>, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            crate::count::count(&mut link, of).await
        })
    }

    fn holders<'a>(
        &'a mut self,
        place: &'a str,
        on: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Vec<String>, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            crate::holders::holders(&mut link, place, on).await
        })
    }

    fn activities(&mut self) -> BoxFuture<'_, Result<Vec<Activity>, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            crate::activities::activities(&mut link).await
        })
    }

    fn begin<'a>(&'a mut self, place: &'a str, atomic: bool) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            let place = if link.database(place) == link.home() {
                ""
            } else {
                place
            };
            if place.is_empty() {
                // A database that somebody is connected to can be neither dropped nor renamed.
                link.leave_others().await;
            }
            let lock_limit = link.lock_limit(false);
            let timeouts = format!("set {lock_limit}; set statement_timeout = 0");
            link.run(place, &timeouts).await?;
            if atomic {
                link.run(place, "begin").await?;
            }
            link.pin(atomic.then_some(place));
            self.open = Some((place.to_owned(), atomic));
            Ok(())
        })
    }

    fn begin_reading<'a>(&'a mut self, place: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.begin(place, true).await?;
            self.reads = true;
            let (place, _) = self.open.clone().unwrap_or_default();
            let mut link = self.link.lock().await;
            link.run(&place, "set transaction read only").await
        })
    }

    fn execute<'a>(
        &'a mut self,
        statements: &'a [Statement],
        reveal: Reveal<'a>,
    ) -> BoxFuture<'a, Result<Vec<Ran>, Failure>> {
        Box::pin(async move {
            let (place, atomic) = self.open.clone().unwrap_or_default();
            let mut link = self.link.lock().await;
            crate::run::run(&mut link, (&place, atomic), statements, reveal).await
        })
    }

    fn query<'a>(
        &'a mut self,
        query: &'a Statement,
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Error>> {
        Box::pin(async move {
            let (place, atomic) = self.open.clone().unwrap_or_default();
            let mut link = self.link.lock().await;
            let found = crate::query::query(&mut link, (&place, atomic), query, limit).await;
            found.map_err(|error| match self.reads {
                true => crate::query::only_reads(error),
                false => error,
            })
        })
    }

    fn ready_snapshots(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let (place, _) = self.open.clone().unwrap_or_default();
            let mut link = self.link.lock().await;
            crate::snapshots::ready(link.at(&place).await?).await
        })
    }

    fn snapshots<'a>(
        &'a mut self,
        places: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<Vec<Snapshot>, Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            let mut found = Vec::new();
            for place in places {
                // What was recorded may be in one that has gone.
                if !link.exists(place).await? {
                    continue;
                }
                let connection = link.at(place).await?;
                found.extend(crate::snapshots::list(connection, place).await?);
            }
            Ok(found)
        })
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.end("commit"))
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.end("rollback"))
    }

    fn forget_connections(&mut self) -> BoxFuture<'_, ()> {
        self.open = None;
        Box::pin(async { self.link.lock().await.forget() })
    }

    fn interrupter(&self) -> Interrupter {
        let interrupt = self.interrupt.clone();
        Arc::new(move || {
            let interrupt = interrupt.clone();
            Box::pin(async move { interrupt.run().await })
        })
    }
}

impl PgSession {
    async fn end(&mut self, word: &'static str) -> Result<(), Error> {
        self.reads = false;
        let Some((place, atomic)) = self.open.take() else {
            return Ok(());
        };
        if !atomic {
            return Ok(());
        }
        let mut link = self.link.lock().await;
        link.pin(None);
        let database = link.database(&place).to_owned();
        let connection = link.at(&place).await?;
        let ran = connection.execute(word);
        let ran = async { ran.await.map(|_| ()).map_err(explain) };
        traced(&database, word, ran).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_older_than_14_is_refused_by_name() {
        assert!(check_age(140_000, "14.0", "there").is_ok());
        let error = check_age(130_023, "13.23", "there").expect_err("too old");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(error.message, "PostgreSQL 13.23 at there is too old");
        assert!(error.help.is_some());
    }
}
