//! State that moves from one store to another.

use provider::Error;
use sqlx::postgres::PgConnection;
use state::{Brought, Done, Realm};

use super::{PgStore, SCHEMA, tables, which};
use crate::text::quote::literal;

/// Writes down a version that another store kept until now.
pub(super) async fn bring(
    connection: &mut PgConnection,
    realm: &Realm,
    brought: &Brought,
) -> Result<(), Error> {
    let Brought {
        version,
        puts,
        gone,
        steps,
    } = brought;
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), literal);
    let approvals: Vec<_> = version.approvals.iter().map(|one| literal(one)).collect();
    let commit = Some(version.commit.as_str()).filter(|commit| !commit.is_empty());
    let [added, changed, destroyed] = version.summary;
    let sql = format!(
        "insert into {SCHEMA}.version (project, environment, serial, started_at, ended_at, outcome, login, \
           os_user, host, process, command, estate, digest, approvals, git_commit, git_dirty, added, changed, \
           destroyed) \
         values ({}, {}, {}, {}, {}, coalesce({}, session_user), {}, {}, {}, {}, {}, {}, array[{}]::text[], {}, \
           {}, {added}, {changed}, {destroyed})",
        tables::names(realm),
        version.serial,
        literal(&version.by.since),
        text(version.ended.as_deref()),
        text(version.outcome.as_deref()),
        text(version.login.as_deref()),
        literal(&version.by.user),
        literal(&version.by.host),
        version.by.process,
        literal(&version.by.command),
        literal(&version.estate),
        literal(&version.digest),
        approvals.join(", "),
        text(commit),
        version.dirty,
    );
    tables::run(connection, sql).await?;
    let done = Done {
        serial: version.serial,
        batch: None,
        puts: puts.clone(),
        gone: gone.clone(),
        took_ms: 0,
        steps: steps.clone(),
    };
    tables::finish(connection, realm, &done).await
}

/// What belongs to a realm; contents are shared by all.
const TABLES: [&str; 6] = ["step", "object", "journal", "audit", "record", "version"];

impl PgStore {
    /// Removes all that is kept of a realm.
    pub(super) async fn remove_realm(&self, realm: &Realm) -> Result<(), state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("written"))?;
        if self.format(connection).await?.is_none() {
            return Ok(());
        }
        tables::upgrade(connection)
            .await
            .map_err(self.wrap("written"))?;
        let which = which(realm);
        let deletes = TABLES.map(|table| format!("delete from {SCHEMA}.{table} {which};"));
        let sql = format!(
            "begin; {} delete from {SCHEMA}.content c where not exists (select from {SCHEMA}.record r \
               where r.live = c.fingerprint) and not exists (select from {SCHEMA}.object o \
               where o.live = c.fingerprint); commit",
            deletes.join(" ")
        );
        let removed = tables::run(connection, sql).await;
        if removed.is_err() {
            // Nothing of it stays; the first failure is the one that counts.
            let _ = tables::run(connection, "rollback".to_owned()).await;
        }
        removed.map_err(self.wrap("written"))
    }
}
