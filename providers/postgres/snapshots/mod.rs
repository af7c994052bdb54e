//! Snapshots in PostgreSQL: schema `estate_snapshots` of the database of what they are of.
//!
//! A table that is dropped moves there with its rows, without anything that others may need or that could run, and
//! values of types that are not PostgreSQL's own as texts: what is kept must never keep anything else from going.
//! Columns that are dropped or narrowed are copied there, with the key of their rows, in the same transaction.
//! Functions do it, because what has to be taken off a table is best known to the server when it happens.

mod list;
mod refill;

use std::time::Duration;

use model::{Address, Object, Statement};
use provider::{Error, Snapshot, Taking, typed};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

pub(crate) use self::list::list;
pub(crate) use self::refill::{refill, with_parts};
use crate::error::explain;
use crate::kinds::table::{Table, narrows};
use crate::naming::written;
use crate::read::{Cells, rows};
use crate::text::quote::{ident, literal};
use crate::trace::traced;

/// The schema of snapshots.
pub(crate) const SCHEMA: &str = "estate_snapshots";

/// What makes the schema, where it is not there, and everything in it.
const FUNCTIONS: &str = include_str!("functions.sql");

/// Makes what taking snapshots needs, where it is not there.
pub(crate) async fn ready(connection: &mut PgConnection) -> Result<(), Error> {
    let sql = format!("select to_regclass('{SCHEMA}.snapshot') is not null");
    let found = rows(connection, &sql).await?;
    if found.first().is_some_and(|row| row.flag(0)) {
        return Ok(());
    }
    let made = connection.execute(sqlx::raw_sql(AssertSqlSafe(FUNCTIONS)));
    let made = async { made.await.map(|_| ()).map_err(explain) };
    let made = traced(
        "",
        "create schema estate_snapshots, with what is in it",
        made,
    )
    .await;
    made.map_err(|error| {
        error.help(
            "The login needs `create` on the database to keep what is dropped. `--no-snapshot` \
             drops without keeping anything.",
        )
    })
}

/// Returns what moves a table away in place of dropping it.
pub(crate) fn keep_whole(live: &Object, taking: &Taking<'_>) -> Option<Statement> {
    (live.address.kind() == "table").then(|| {
        Statement::new(format!(
            "select {SCHEMA}.take({}, {})",
            literal(&written(&live.address)),
            arguments(&live.address, taking)
        ))
    })
}

/// Returns what copies the columns of a table that it will not have, or not as precisely.
pub(crate) fn keep_parts(live: &Object, next: &Object, taking: &Taking<'_>) -> Option<Statement> {
    if live.address.kind() != "table" {
        return None;
    }
    let present: Table = typed(&live.attributes);
    let next: Table = typed(&next.attributes);
    let stored = present.column.iter().filter(|one| one.generated.is_none());
    let lost = stored.filter(|one| {
        let kept = next.find(&one.name);
        kept.is_none_or(|kept| narrows(&one.data_type, &kept.data_type))
    });
    let lost: Vec<_> = lost.map(|one| literal(&one.name)).collect();
    (!lost.is_empty()).then(|| {
        Statement::new(format!(
            "select {SCHEMA}.copy({}, array[{}], {})",
            literal(&written(&live.address)),
            lost.join(", "),
            arguments(&live.address, taking)
        ))
    })
}

/// Returns what is said of every snapshot.
fn arguments(address: &Address, taking: &Taking<'_>) -> String {
    format!(
        "{}, array[{}, {}], {}, {}, {}",
        literal(taking.id),
        literal(taking.project),
        literal(taking.environment),
        taking.serial,
        literal(&address.to_string()),
        interval(taking.keep)
    )
}

/// Writes a span of time.
fn interval(time: Duration) -> String {
    format!("interval '{} seconds'", time.as_secs())
}

/// Returns the statements that drop a snapshot.
pub(crate) fn drop_snapshot(snapshot: &Snapshot) -> Vec<Statement> {
    vec![
        Statement::new(format!(
            "drop table if exists {SCHEMA}.{}",
            ident(&snapshot.id)
        )),
        Statement::new(format!(
            "delete from {SCHEMA}.snapshot where id = {}",
            literal(&snapshot.id)
        )),
    ]
}
