//! The tables of the state, and how entries become rows.

use model::Map;
use provider::Error;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use state::{Begun, Done, Ended, Entry, Failed, Intended, Put, Realm};

use super::{SCHEMA, audits, moves, versions};
use crate::error::explain;
use crate::text::quote::literal;
use crate::trace::traced;

/// Everything there is, version 1 of the format.
const TABLES: &str = "\
create schema estate;
comment on schema estate is 'What Estate manages, and what it did. Safe to read, not to change.';
create table estate.meta (
  format integer not null,
  lineage text not null,
  created_at timestamptz not null default now()
);
comment on table estate.meta is 'One row: the format of these tables, and which history they hold.';
create table estate.version (
  project text not null,
  environment text not null,
  serial bigint not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text,
  login text not null default session_user,
  os_user text not null,
  host text not null,
  process bigint not null,
  command text not null,
  estate text not null,
  digest text not null,
  approvals text[] not null default '{}',
  git_commit text,
  git_dirty boolean not null default false,
  added bigint not null,
  changed bigint not null,
  destroyed bigint not null,
  primary key (project, environment, serial)
);
comment on table estate.version is 'One row an apply: who, when, from where, which plan, how it ended.';
comment on column estate.version.environment is 'Empty where the project has no environments.';
comment on column estate.version.outcome is 'succeeded or failed; null while it runs, or when it died.';
comment on column estate.version.digest is 'blake3 of the plan that was applied.';
comment on column estate.version.git_dirty is 'Whether files differed from that commit.';
create table estate.content (
  fingerprint text primary key,
  attributes jsonb not null
);
comment on table estate.content is 'What objects look like, by the blake3 of it.';
create table estate.record (
  project text not null,
  environment text not null,
  address text not null,
  kind text not null,
  name text not null,
  declaration text not null,
  declared text not null,
  live text not null references estate.content,
  prevent_destroy boolean not null,
  partial boolean not null,
  share jsonb,
  kept jsonb,
  serial bigint not null,
  primary key (project, environment, address)
);
comment on table estate.record is 'One row for each object that is managed.';
comment on column estate.record.address is 'Identity: provider/kind/qualified name.';
comment on column estate.record.declaration is 'Where the files declare it.';
comment on column estate.record.declared is 'Fingerprint of what was declared.';
comment on column estate.record.live is 'Fingerprint of what the server showed after the last apply.';
comment on column estate.record.partial is 'Whether only a share of it is managed, such as some grants.';
comment on column estate.record.kept is 'What was declared that the server does not show, such as a query.';
comment on column estate.record.serial is 'The apply that wrote this row.';
create table estate.journal (
  project text not null,
  environment text not null,
  serial bigint not null,
  position bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  event text not null,
  batch bigint,
  took_ms bigint,
  detail jsonb not null,
  primary key (project, environment, serial, position)
);
comment on table estate.journal is 'What every apply meant to do and did, in order.';
revoke all on schema estate from public;
";

/// Makes the tables.
pub(super) async fn create(connection: &mut PgConnection, lineage: &str) -> Result<(), Error> {
    let sql = format!(
        "begin; {TABLES} {} {} {} insert into {SCHEMA}.meta (format, lineage) values ({}, {}); commit",
        audits::TABLE,
        versions::TABLES,
        versions::VIEW,
        state::FORMAT,
        literal(lineage)
    );
    let made = connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.as_str())))
        .await;
    if made.is_err() {
        // Nothing of it stays; the first failure is the one that counts.
        let _ = connection.execute("rollback").await;
    }
    made.map(|_| ()).map_err(explain)
}

/// Adds what tables that were made before it do not have. Old and new tools can both use them.
const UPGRADE: &str = "\
do $$ begin
  if not exists (select from pg_catalog.pg_attribute where attrelid = 'estate.version'::regclass
      and attname = 'git_dirty' and not attisdropped) then
    alter table estate.version add column git_dirty boolean not null default false;
    comment on column estate.version.git_dirty is 'Whether files differed from that commit.';
  end if;
  if not exists (select from pg_catalog.pg_attribute where attrelid = 'estate.record'::regclass
      and attname = 'kept' and not attisdropped) then
    alter table estate.record add column kept jsonb;
    comment on column estate.record.kept is
      'What was declared that the server does not show, such as a query.';
  end if;
end $$";

/// Brings tables that an earlier Estate made up to date.
pub(super) async fn upgrade(connection: &mut PgConnection) -> Result<(), Error> {
    run(connection, UPGRADE.to_owned()).await?;
    versions::upgrade(connection).await
}

pub(super) async fn run(connection: &mut PgConnection, sql: String) -> Result<(), Error> {
    let ran = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.as_str())));
    traced("", &sql, async { ran.await.map(|_| ()).map_err(explain) }).await
}

pub(super) fn names(realm: &Realm) -> String {
    format!(
        "{}, {}",
        literal(&realm.project),
        literal(&realm.environment)
    )
}

fn which(realm: &Realm, serial: u64) -> String {
    format!(
        "where project = {} and environment = {} and serial = {serial}",
        literal(&realm.project),
        literal(&realm.environment)
    )
}

/// Writes an entry and folds it into the records.
pub(super) async fn append(
    connection: &mut PgConnection,
    realm: &Realm,
    entry: &Entry,
) -> Result<(), Error> {
    match entry {
        Entry::Begun(begun) => begin(connection, realm, begun).await,
        Entry::Intended(intended) => intend(connection, realm, intended).await,
        Entry::Done(done) => finish(connection, realm, done).await,
        Entry::Failed(failed) => fail(connection, realm, failed).await,
        Entry::Audited(audited) => audits::note(connection, realm, audited).await,
        Entry::Ended(ended) => end(connection, realm, ended).await,
        Entry::Brought(brought) => moves::bring(connection, realm, brought).await,
    }
}

async fn begin(connection: &mut PgConnection, realm: &Realm, begun: &Begun) -> Result<(), Error> {
    let Begun {
        serial,
        by,
        estate,
        digest,
        approvals,
        commit,
        dirty,
        summary,
    } = begun;
    let approvals: Vec<_> = approvals.iter().map(|one| literal(one)).collect();
    let commit = if commit.is_empty() {
        "null".to_owned()
    } else {
        literal(commit)
    };
    let sql = format!(
        "insert into {SCHEMA}.version (project, environment, serial, os_user, host, process, command, \
           estate, digest, approvals, git_commit, git_dirty, added, changed, destroyed) \
         values ({}, {serial}, {}, {}, {}, {}, {}, {}, array[{}]::text[], {commit}, {dirty}, {}, {}, {})",
        names(realm),
        literal(&by.user),
        literal(&by.host),
        by.process,
        literal(&by.command),
        literal(estate),
        literal(digest),
        approvals.join(", "),
        summary[0],
        summary[1],
        summary[2],
    );
    run(connection, sql).await
}

fn journal(
    realm: &Realm,
    serial: u64,
    event: &str,
    batch: Option<usize>,
    took_ms: Option<u64>,
    detail: &str,
) -> String {
    let number = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    format!(
        "insert into {SCHEMA}.journal (project, environment, serial, event, batch, took_ms, detail) \
         values ({}, {serial}, {}, {}, {}, {})",
        names(realm),
        literal(event),
        number(batch.map(|batch| batch.to_string())),
        number(took_ms.map(|took| took.to_string())),
        literal(detail),
    )
}

async fn intend(
    connection: &mut PgConnection,
    realm: &Realm,
    intended: &Intended,
) -> Result<(), Error> {
    let detail = serde_json::to_string(intended).unwrap_or_default();
    let batch = Some(intended.batch);
    run(
        connection,
        journal(realm, intended.serial, "intended", batch, None, &detail),
    )
    .await
}

/// Records what a batch made.
pub(super) async fn finish(
    connection: &mut PgConnection,
    realm: &Realm,
    done: &Done,
) -> Result<(), Error> {
    if !done.gone.is_empty() {
        let gone: Vec<_> = done.gone.iter().map(ToString::to_string).collect();
        let sql = format!(
            "delete from {SCHEMA}.record where project = {} and environment = {} \
             and address = any($1)",
            literal(&realm.project),
            literal(&realm.environment)
        );
        let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(gone);
        let ran = connection.execute(query);
        traced("", &sql, async { ran.await.map_err(explain) }).await?;
    }
    if !done.puts.is_empty() {
        put(connection, realm, done.serial, &done.puts).await?;
    }
    versions::keep(connection, realm, done).await?;
    versions::note(connection, realm, done.serial, &done.steps).await?;
    let detail = serde_json::json!({
        "recorded": done.puts.len(),
        "gone": done.gone.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let took = Some(done.took_ms);
    let sql = journal(
        realm,
        done.serial,
        "done",
        done.batch,
        took,
        &detail.to_string(),
    );
    run(connection, sql).await
}

/// Writes records, all in two statements.
async fn put(
    connection: &mut PgConnection,
    realm: &Realm,
    serial: u64,
    puts: &[Put],
) -> Result<(), Error> {
    let texts = |of: &dyn Fn(&Put) -> String| -> Vec<String> { puts.iter().map(of).collect() };
    let fingerprints = texts(&|put| put.live.to_string());
    let contents = texts(&|put| super::json(&put.content));
    let sql = format!(
        "insert into {SCHEMA}.content (fingerprint, attributes) \
         select distinct on (f) f, a::jsonb from unnest($1::text[], $2::text[]) as new(f, a) \
         on conflict do nothing"
    );
    let query = sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(fingerprints.clone())
        .bind(contents);
    let ran = connection.execute(query);
    traced("", &sql, async { ran.await.map_err(explain) }).await?;
    let sql = format!(
        "insert into {SCHEMA}.record (project, environment, address, kind, name, declaration, \
           declared, live, prevent_destroy, partial, share, kept, serial) \
         select {}, address, kind, name, declaration, declared, live, prevent_destroy, partial, \
           share::jsonb, kept::jsonb, {serial} \
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], \
           $7::bool[], $8::bool[], $9::text[], $10::text[]) \
           as new(address, kind, name, declaration, declared, live, prevent_destroy, partial, share, \
             kept) \
         on conflict (project, environment, address) do update set \
           declaration = excluded.declaration, declared = excluded.declared, live = excluded.live, \
           prevent_destroy = excluded.prevent_destroy, partial = excluded.partial, \
           share = excluded.share, kept = excluded.kept, serial = excluded.serial",
        names(realm)
    );
    let maps = |of: &dyn Fn(&Put) -> Option<&Map>| -> Vec<Option<String>> {
        let maps = puts.iter().map(|put| of(put).map(super::json));
        maps.collect()
    };
    let shares = maps(&|put| put.claim.share.as_ref());
    let kept = maps(&|put| Some(&put.claim.kept).filter(|kept| !kept.is_empty()));
    let query = sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(texts(&|put| put.address.to_string()))
        .bind(texts(&|put| put.address.kind().to_owned()))
        .bind(texts(&|put| put.address.qualified_name()))
        .bind(texts(&|put| put.claim.id.to_string()))
        .bind(texts(&|put| put.claim.declared.to_string()))
        .bind(fingerprints)
        .bind(
            puts.iter()
                .map(|put| put.claim.prevent_destroy)
                .collect::<Vec<_>>(),
        )
        .bind(puts.iter().map(|put| put.claim.partial).collect::<Vec<_>>())
        .bind(shares)
        .bind(kept);
    let ran = connection.execute(query);
    traced("", &sql, async { ran.await.map(|_| ()).map_err(explain) }).await
}

async fn fail(connection: &mut PgConnection, realm: &Realm, failed: &Failed) -> Result<(), Error> {
    // The statements have a table of their own.
    let entry = Failed {
        steps: Vec::new(),
        ..failed.clone()
    };
    let detail = serde_json::to_string(&entry).unwrap_or_default();
    let batch = Some(failed.batch);
    run(
        connection,
        journal(realm, failed.serial, "failed", batch, None, &detail),
    )
    .await?;
    versions::note(connection, realm, failed.serial, &failed.steps).await
}

async fn end(connection: &mut PgConnection, realm: &Realm, ended: &Ended) -> Result<(), Error> {
    let sql = format!(
        "update {SCHEMA}.version set ended_at = clock_timestamp(), outcome = {} {}",
        literal(ended.outcome.word()),
        which(realm, ended.serial)
    );
    run(connection, sql).await
}
