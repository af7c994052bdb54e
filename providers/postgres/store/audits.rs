//! The table of what audits found.

use provider::{Error, ErrorKind};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use state::{AuditRecord, Audited, NO_STATE, Realm};

use super::{PgStore, SCHEMA, tables};
use crate::error::explain;
use crate::read::{Cells, rows};
use crate::text::quote::literal;
use crate::trace::traced;

/// What audits found. States that were made before there was this table get it when it is first written to.
pub(super) const TABLE: &str = "\
create table estate.audit (
  position bigint generated always as identity primary key,
  project text not null,
  environment text not null,
  at timestamptz not null default clock_timestamp(),
  serial bigint,
  login text not null default session_user,
  os_user text not null,
  host text not null,
  process bigint not null,
  command text not null,
  audit text not null,
  address text not null,
  outcome text not null,
  found bigint not null,
  took_ms bigint not null,
  error text
);
comment on table estate.audit is 'What audits found, one row an audit and object each time it ran.';
comment on column estate.audit.position is 'Order in which they were written down.';
comment on column estate.audit.project is 'The project.';
comment on column estate.audit.environment is 'Empty where the project has no environments.';
comment on column estate.audit.at is 'When it was written down.';
comment on column estate.audit.serial is 'The apply it ran in; null where `estate audit` ran it.';
comment on column estate.audit.login is 'The login at the server.';
comment on column estate.audit.os_user is 'Who ran it, on the machine where it was run.';
comment on column estate.audit.host is 'That machine.';
comment on column estate.audit.process is 'The number of the process there.';
comment on column estate.audit.command is 'What it did: apply or audit.';
comment on column estate.audit.audit is 'The declaration of the audit.';
comment on column estate.audit.address is 'The object it is about: provider/kind/qualified name.';
comment on column estate.audit.outcome is
  'passed; warned or failed where it found rows; broken where it could not be run.';
comment on column estate.audit.found is 'How many rows it found that should not be there.';
comment on column estate.audit.took_ms is 'How long it took, in milliseconds.';
comment on column estate.audit.error is 'Why it could not be run.';
";

/// Writes down what audits found.
pub(super) async fn note(
    connection: &mut PgConnection,
    realm: &Realm,
    audited: &Audited,
) -> Result<(), Error> {
    let Audited { serial, by, audits } = audited;
    let exists = format!("select to_regclass('{SCHEMA}.audit') is not null");
    let found = rows(connection, &exists).await?;
    if !found.first().is_some_and(|row| row.flag(0)) {
        tables::run(connection, TABLE.to_owned()).await?;
    }
    let serial = serial.map_or_else(|| "null".to_owned(), |serial| serial.to_string());
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let sql = format!(
        "insert into {SCHEMA}.audit (project, environment, serial, os_user, host, process, command, \
           audit, address, outcome, found, took_ms, error) \
         select {}, {serial}, {}, {}, {}, {}, audit, address, outcome, found, took, error \
         from unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[], $6::text[]) \
           as new(audit, address, outcome, found, took, error)",
        tables::names(realm),
        literal(&by.user),
        literal(&by.host),
        by.process,
        literal(&by.command),
    );
    let texts = |of: &dyn Fn(&AuditRecord) -> String| audits.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: &dyn Fn(&AuditRecord) -> u64| -> Vec<i64> {
        audits.iter().map(|one| number(of(one))).collect()
    };
    let errors: Vec<_> = audits.iter().map(|one| one.error.clone()).collect();
    let query = sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(texts(&|one| one.audit.clone()))
        .bind(texts(&|one| one.on.to_string()))
        .bind(texts(&|one| one.outcome.word().to_owned()))
        .bind(numbers(&|one| one.found))
        .bind(numbers(&|one| one.took_ms))
        .bind(errors);
    let ran = connection.execute(query);
    traced("", &sql, async { ran.await.map(|_| ()).map_err(explain) }).await
}

impl PgStore {
    /// Writes down what audits found that ran by themselves; returns why not, where the login may not.
    pub(super) async fn note(
        &self,
        realm: &Realm,
        audited: &Audited,
    ) -> Result<Option<String>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("written"))?;
        let format = match self.format(connection).await {
            Err(state::Error::Unreachable { source, .. })
                if source.downcast_ref().is_some_and(is_refusal) =>
            {
                return Ok(Some(source.to_string()));
            }
            format => format?,
        };
        if format.is_none() {
            return Ok(Some(NO_STATE.to_owned()));
        }
        match note(connection, realm, audited).await {
            Ok(()) => Ok(None),
            Err(error) if is_refusal(&error) => Ok(Some(error.message)),
            Err(error) => Err(self.wrap("written")(error)),
        }
    }
}

/// Reports whether a failure says that the login may not, or that nobody may at this server.
fn is_refusal(error: &Error) -> bool {
    error.kind == ErrorKind::NotPermitted || error.code.as_deref() == Some("25006")
}
