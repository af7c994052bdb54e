//! The tables of versions: what was ours after each apply, which statements ran, and a view of all that happened.

use model::{Address, Map};
use provider::Error;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use state::{Done, Holder, Put, Realm, Recorded, Renamed, StepOutcome, StepRecord, VersionSummary};

use super::{PgStore, SCHEMA, qualified, tables, which};
use crate::error::explain;
use crate::read::{Cells, rows};
use crate::text::quote::rfc_3339;
use crate::trace::traced;

/// What is made with the other tables, and added to those that an earlier Estate made.
pub(super) const TABLES: &str = "\
create table estate.object (
  project text not null,
  environment text not null,
  address text not null,
  kind text not null,
  name text not null,
  since bigint not null,
  until bigint,
  previous text,
  parts jsonb,
  declaration text not null,
  declared text not null,
  live text not null references estate.content,
  prevent_destroy boolean not null,
  partial boolean not null,
  share jsonb,
  kept jsonb,
  primary key (project, environment, address, since)
);
comment on table estate.object is
  'What was managed in every version: a row holds from version `since` on, until before version `until`.';
comment on column estate.object.until is 'Null where it holds still.';
comment on column estate.object.previous is 'The name it had before version `since`, where that gave it another.';
comment on column estate.object.parts is 'Parts that got other names then, such as columns.';
comment on column estate.object.live is 'Fingerprint of what the server showed; its contents are in estate.content.';
create index object_present on estate.object (project, environment, address) where until is null;
create table estate.step (
  project text not null,
  environment text not null,
  serial bigint not null,
  position bigint generated always as identity,
  batch bigint not null,
  address text not null,
  statement text not null,
  started_at timestamptz not null,
  took_us bigint not null,
  rows bigint,
  outcome text not null,
  primary key (project, environment, serial, position)
);
comment on table estate.step is 'One row a statement that an apply ran, in order.';
comment on column estate.step.serial is 'The apply: its row in estate.version.';
comment on column estate.step.batch is 'Statements of a batch run in one transaction, where they can.';
comment on column estate.step.took_us is 'How long it took, in microseconds.';
comment on column estate.step.rows is 'How many rows it wrote or moved; null where the server does not say.';
comment on column estate.step.outcome is 'done, failed, or taken back with its transaction.';
";

/// The view of all that happened, which stands on what audits found as well.
pub(super) const VIEW: &str = "\
create view estate.pipeline_log as
select project, environment, serial as version, started_at as at, 'apply' as event, command as subject,
    coalesce(outcome, 'unfinished') as outcome,
    (extract(epoch from ended_at - started_at) * 1000000)::bigint as took_us,
    added + changed + destroyed as count, login, os_user, host, digest as detail
  from estate.version
union all
select s.project, s.environment, s.serial, s.started_at, 'step', s.address, s.outcome, s.took_us, s.rows,
    v.login, v.os_user, v.host, s.statement
  from estate.step s left join estate.version v using (project, environment, serial)
union all
select project, environment, serial, at, 'audit', audit, outcome, took_ms * 1000, found, login, os_user, host, error
  from estate.audit;
comment on view estate.pipeline_log is
  'All that happened, for dashboards: applies, their statements, audits. `count` is that of objects, rows written, rows found.';
";

/// Adds what tables that were made before it do not have. Old and new tools can both use them.
const PARTS: &str = "\
do $$ begin
  if not exists (select from pg_catalog.pg_attribute where attrelid = 'estate.object'::regclass
      and attname = 'parts' and not attisdropped) then
    alter table estate.object add column parts jsonb;
    comment on column estate.object.parts is 'Parts that got other names then, such as columns.';
  end if;
end $$";

/// Adds them to the tables of an earlier Estate. What was ours before is known from now on.
pub(super) async fn upgrade(connection: &mut PgConnection) -> Result<(), Error> {
    let exists = ["object", "audit", "pipeline_log"]
        .map(|name| format!("to_regclass('{SCHEMA}.{name}') is not null"));
    let found = rows(connection, &format!("select {}", exists.join(", "))).await?;
    let [has_objects, has_audits, has_view] =
        [0, 1, 2].map(|at| found.first().is_some_and(|row| row.flag(at)));
    if has_objects {
        tables::run(connection, PARTS.to_owned()).await?;
    }
    if has_view {
        return Ok(());
    }
    let objects = format!(
        "{TABLES} insert into {SCHEMA}.object (project, environment, address, kind, name, since, declaration, \
           declared, live, prevent_destroy, partial, share, kept) \
         select project, environment, address, kind, name, serial, declaration, declared, live, \
           prevent_destroy, partial, share, kept from {SCHEMA}.record;"
    );
    let objects = if has_objects { "" } else { &objects };
    let audits = if has_audits { "" } else { super::audits::TABLE };
    let sql = format!("begin; {audits} {objects} {VIEW} commit");
    let made = tables::run(connection, sql).await;
    if made.is_err() {
        // Nothing of it stays; the first failure is the one that counts.
        let _ = connection.execute("rollback").await;
    }
    made
}

/// Keeps what a batch has recorded as part of its version, and until when that held which it replaces. The records
/// themselves are written already.
pub(super) async fn keep(
    connection: &mut PgConnection,
    realm: &Realm,
    done: &Done,
) -> Result<(), Error> {
    let put: Vec<_> = done
        .puts
        .iter()
        .map(|put| put.address.to_string())
        .collect();
    let gone = done.gone.iter().map(ToString::to_string);
    let touched: Vec<_> = gone.chain(put.iter().cloned()).collect();
    if touched.is_empty() {
        return Ok(());
    }
    let serial = done.serial;
    let of = format!("{} and address = any($1)", which(realm));
    // What this very apply recorded before was never the end of a version.
    let again = format!("delete from {SCHEMA}.object {of} and since = {serial}");
    let close = format!("update {SCHEMA}.object set until = {serial} {of} and until is null");
    for sql in [again, close] {
        let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(touched.clone());
        let ran = connection.execute(query);
        traced("", &sql, async { ran.await.map_err(explain) }).await?;
    }
    let previous = done.puts.iter().map(|put| put.previous.as_ref());
    let previous: Vec<_> = previous.map(|one| one.map(ToString::to_string)).collect();
    let sql = format!(
        "insert into {SCHEMA}.object (project, environment, address, kind, name, since, previous, parts, \
           declaration, declared, live, prevent_destroy, partial, share, kept) \
         select project, environment, address, kind, name, {serial}, new.previous, new.parts::jsonb, declaration, \
           declared, live, prevent_destroy, partial, share, kept from {SCHEMA}.record \
           join unnest($1::text[], $2::text[], $3::text[]) as new(address, previous, parts) using (address) {}",
        which(realm)
    );
    let parts = done.puts.iter().map(|put| {
        let is_none = put.parts.is_empty();
        (!is_none).then(|| serde_json::to_string(&put.parts).unwrap_or_default())
    });
    let parts: Vec<Option<String>> = parts.collect();
    let query = sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(put)
        .bind(previous)
        .bind(parts);
    let ran = connection.execute(query);
    traced("", &sql, async { ran.await.map(|_| ()).map_err(explain) }).await
}

/// Writes down statements that ran.
pub(super) async fn note(
    connection: &mut PgConnection,
    realm: &Realm,
    serial: u64,
    steps: &[StepRecord],
) -> Result<(), Error> {
    if steps.is_empty() {
        return Ok(());
    }
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let numbers = |of: &dyn Fn(&StepRecord) -> u64| -> Vec<i64> {
        steps.iter().map(|step| number(of(step))).collect()
    };
    let texts =
        |of: &dyn Fn(&StepRecord) -> String| -> Vec<String> { steps.iter().map(of).collect() };
    let sql = format!(
        "insert into {SCHEMA}.step (project, environment, serial, batch, address, statement, started_at, \
           took_us, rows, outcome) \
         select {}, {serial}, batch, address, statement, to_timestamp(began / 1000.0), took, rows, outcome \
         from unnest($1::int8[], $2::text[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::text[]) \
           with ordinality as new(batch, address, statement, began, took, rows, outcome, position) \
         order by position",
        tables::names(realm)
    );
    let query = sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(numbers(&|step| step.batch as u64))
        .bind(texts(&|step| step.address.to_string()))
        .bind(texts(&|step| step.sql.clone()))
        .bind(numbers(&|step| step.began_ms))
        .bind(numbers(&|step| step.took_us))
        .bind(
            steps
                .iter()
                .map(|step| step.rows.map(number))
                .collect::<Vec<_>>(),
        )
        .bind(texts(&|step| step.outcome.word().to_owned()));
    let ran = connection.execute(query);
    traced("", &sql, async { ran.await.map(|_| ()).map_err(explain) }).await
}

impl PgStore {
    /// Returns the last applies, newest first.
    pub(super) async fn versions(
        &self,
        realm: &Realm,
        limit: usize,
    ) -> Result<Vec<VersionSummary>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if self.format(connection).await?.is_none() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!(
            "select serial::int8, os_user, host, process::int8, {}, command, estate, digest, added::int8, \
               changed::int8, destroyed::int8, outcome, {}, login, coalesce(git_commit, ''), \
               coalesce((to_jsonb(v) ->> 'git_dirty')::bool, false), to_jsonb(approvals)::text \
             from {SCHEMA}.version v {} order by serial desc limit {limit}",
            rfc_3339("started_at"),
            rfc_3339("ended_at"),
            which(realm)
        );
        let count = |number: i64| usize::try_from(number).unwrap_or_default();
        Ok(rows(connection, &sql)
            .await
            .map_err(self.wrap("read"))?
            .iter()
            .map(|row| VersionSummary {
                serial: u64::try_from(row.long(0)).unwrap_or_default(),
                by: Holder {
                    user: row.text(1),
                    host: row.text(2),
                    process: u32::try_from(row.long(3)).unwrap_or_default(),
                    since: row.text(4),
                    command: row.text(5),
                },
                estate: row.text(6),
                digest: row.text(7),
                summary: [count(row.long(8)), count(row.long(9)), count(row.long(10))],
                outcome: row.maybe_text(11),
                ended: row.maybe_text(12),
                login: row.maybe_text(13),
                commit: row.text(14),
                dirty: row.flag(15),
                approvals: serde_json::from_str(&row.text(16)).unwrap_or_default(),
            })
            .collect())
    }

    /// Reports whether versions are kept: an earlier Estate did not.
    async fn keeps_versions(&self, connection: &mut PgConnection) -> Result<bool, state::Error> {
        if self.format(connection).await?.is_none() {
            return Ok(false);
        }
        let exists = format!("select to_regclass('{SCHEMA}.object') is not null");
        let found = rows(connection, &exists).await.map_err(self.wrap("read"))?;
        Ok(found.first().is_some_and(|row| row.flag(0)))
    }

    /// Returns what was ours right after an apply.
    pub(super) async fn recorded_at(
        &self,
        realm: &Realm,
        serial: u64,
    ) -> Result<Option<Recorded>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if !self.keeps_versions(connection).await? {
            return Ok(None);
        }
        let which = which(realm);
        let sql = format!("select from {SCHEMA}.version {which} and serial = {serial}");
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        if found.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "select o.address, o.declaration, o.declared, o.live, o.prevent_destroy, o.partial, o.share::text, \
               o.kept::text, c.attributes::text \
             from {SCHEMA}.object o join {SCHEMA}.content c on c.fingerprint = o.live {} \
               and o.since <= {serial} and (o.until is null or o.until > {serial})",
            qualified(realm, "o")
        );
        let mut recorded = Recorded::new();
        for row in rows(connection, &sql).await.map_err(self.wrap("read"))? {
            let record = self.record(&row)?;
            let content = self.map(row.maybe_text(8), "the contents of an object")?;
            let put = Put {
                address: record.address.clone(),
                claim: record.claim,
                live: record.live,
                content: content.unwrap_or_else(Map::new),
                previous: None,
                parts: Vec::new(),
            };
            recorded.insert(record.address, put);
        }
        Ok(Some(recorded))
    }

    /// Returns the declared renames since an apply.
    pub(super) async fn renamed_since(
        &self,
        realm: &Realm,
        since: u64,
    ) -> Result<Vec<Renamed>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if !self.keeps_versions(connection).await? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select coalesce(previous, address), address, coalesce(to_jsonb(o) ->> 'parts', '[]') \
             from {SCHEMA}.object o {} and since > {since} \
               and (previous is not null or to_jsonb(o) ->> 'parts' is not null) \
             order by since, address",
            qualified(realm, "o")
        );
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        let address = |row: &sqlx::postgres::PgRow, at: usize| {
            let parsed = row.text(at).parse::<Address>();
            parsed.map_err(|error| self.damaged(error))
        };
        let renamed = found.iter().map(|row| {
            let parts = serde_json::from_str(&row.text(2));
            Ok(Renamed {
                from: address(row, 0)?,
                to: address(row, 1)?,
                parts: parts.map_err(|error| self.damaged(error))?,
            })
        });
        renamed.collect()
    }

    /// Returns the statements that an apply ran.
    pub(super) async fn steps_of(
        &self,
        realm: &Realm,
        serial: u64,
    ) -> Result<Vec<StepRecord>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if !self.keeps_versions(connection).await? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select batch::int8, address, statement, (extract(epoch from started_at) * 1000)::int8, \
               took_us::int8, rows::int8, outcome \
             from {SCHEMA}.step {} and serial = {serial} order by position",
            which(realm)
        );
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        let step = |row: &sqlx::postgres::PgRow| {
            let word = row.text(6);
            Ok(StepRecord {
                batch: usize::try_from(row.long(0)).unwrap_or_default(),
                address: row.text(1).parse().map_err(|error| self.damaged(error))?,
                sql: row.text(2),
                began_ms: count(row.long(3)),
                took_us: count(row.long(4)),
                rows: row.maybe_long(5).map(count),
                outcome: StepOutcome::of(&word)
                    .ok_or_else(|| self.damaged(format!("`{word}` is no outcome of a step")))?,
            })
        };
        found.iter().map(step).collect()
    }
}
