//! The lock of a realm: an advisory lock of the server, which goes with its connection.

use state::{Holder, Lock, Realm};

use super::PgStore;
use crate::read::{Cells, rows};
use crate::text::quote::literal;

impl PgStore {
    pub(super) async fn try_lock(
        &self,
        realm: &Realm,
        holder: &Holder,
    ) -> Result<Lock, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("written"))?;
        let key = key(realm);
        let sql = format!("select pg_try_advisory_lock({key})");
        let found = rows(connection, &sql).await.map_err(self.wrap("written"))?;
        if found.first().is_some_and(|row| row.flag(0)) {
            // Seen by whoever wants the lock meanwhile; gone with the connection.
            let name = format!(
                "estate {} by {}@{} ({}) since {}",
                holder.command, holder.user, holder.host, holder.process, holder.since
            );
            let sql = format!("set application_name = {}", literal(&shortened(&name)));
            link.run("", &sql).await.map_err(self.wrap("written"))?;
            return Ok(Lock::Held);
        }
        let sql = format!(
            "select a.application_name, a.usename::text, coalesce(host(a.client_addr), 'the server'), \
               a.pid::int8, to_char(a.backend_start, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
             from pg_locks l join pg_stat_activity a on a.pid = l.pid \
             where {}",
            holds(key)
        );
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        Ok(Lock::Busy(found.first().map(holder_of)))
    }

    pub(super) async fn end_holder(&self, realm: &Realm) -> Result<bool, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("written"))?;
        let sql = format!(
            "select pg_terminate_backend(l.pid, 5000) from pg_locks l where {} \
               and l.pid <> pg_backend_pid()",
            holds(key(realm))
        );
        let ended = rows(connection, &sql).await.map_err(self.wrap("written"))?;
        Ok(ended.iter().all(|row| row.flag(0)))
    }
}

/// Cuts a text to what fits into `application_name`.
fn shortened(text: &str) -> String {
    crate::naming::with_end(text, "")
}

/// Reads who holds the lock from the name its connection has.
fn holder_of(row: &sqlx::postgres::PgRow) -> Holder {
    let name = row.text(0);
    let parsed = (|| {
        let (command, rest) = name.strip_prefix("estate ")?.split_once(" by ")?;
        let (user, rest) = rest.split_once('@')?;
        let (host, rest) = rest.split_once(" (")?;
        let (process, since) = rest.split_once(") since ")?;
        Some(Holder {
            user: user.to_owned(),
            host: host.to_owned(),
            process: process.parse().ok()?,
            since: since.to_owned(),
            command: command.to_owned(),
        })
    })();
    parsed.unwrap_or_else(|| Holder {
        user: format!("login {}", row.text(1)),
        host: row.text(2),
        process: u32::try_from(row.long(3)).unwrap_or_default(),
        since: row.text(4),
        command: "apply".to_owned(),
    })
}

/// Returns the condition on `pg_locks l` that somebody holds an advisory lock of this database.
fn holds(key: i64) -> String {
    format!(
        "l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
           and l.database = (select oid from pg_database where datname = current_database()) \
           and (l.classid::int8 << 32 | l.objid::int8) = {key}"
    )
}

/// Returns the number of the advisory lock of a realm.
pub(super) fn key(realm: &Realm) -> i64 {
    let text = format!("estate\0{}\0{}", realm.project, realm.environment);
    let hash = model::Fingerprint::of_bytes(text.as_bytes()).to_string();
    // Sixty bits: always positive, and the same in both halves of pg_locks.
    i64::from_str_radix(&hash[..15], 16).unwrap_or_default()
}
