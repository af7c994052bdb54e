//! Running a query and keeping the first of its rows: an audit, or what tells whether something is there.

use std::time::Instant;

use model::Statement;
use provider::{Error, Rows};
use sqlx::{AssertSqlSafe, Executor, Row, ValueRef};

use crate::error::{explain, remedy_for};
use crate::link::Link;
use crate::run::several_statements;
use crate::text::quote::ident;
use crate::text::statements;
use crate::trace;

/// Runs a query at a place, where its names are looked up, and no longer than it may run.
pub(crate) async fn query(
    link: &mut Link,
    (place, atomic): (&str, bool),
    query: &Statement,
    limit: usize,
) -> Result<Rows, Error> {
    let sql = only_statement(&query.sql)?;
    let local = if atomic { "local " } else { "" };
    let mut set = Vec::new();
    let mut reset = Vec::new();
    if !query.names_in.is_empty() {
        let schemas: Vec<_> = query.names_in.iter().map(|name| ident(name)).collect();
        set.push(format!("set {local}search_path = {}", schemas.join(", ")));
        reset.push(format!("set {local}search_path = pg_catalog"));
    }
    if let Some(timeout) = query.timeout_ms {
        set.push(format!("set {local}statement_timeout = {timeout}"));
        reset.push(format!("set {local}statement_timeout = 0"));
    }
    if !set.is_empty() {
        link.run(place, &set.join("; ")).await?;
    }
    let began = Instant::now();
    let found = fetch(link.at(place).await?, sql, limit).await;
    let found = found.map_err(|mut error| {
        if query.repeat {
            error.help = remedy_for(&error, sql).or(error.help.take());
        }
        error
    });
    trace::note(place, sql, began, found.as_ref().err());
    // What has failed in a transaction takes its settings along.
    if !reset.is_empty() && (found.is_ok() || !atomic) {
        link.run(place, &reset.join("; ")).await?;
    }
    found
}

/// Returns a text that is one statement for the server, without the semicolon at its end.
pub(crate) fn only_statement(sql: &str) -> Result<&str, Error> {
    match statements::end(sql) {
        None => Ok(sql),
        Some(end) if statements::says_something(&sql[end..]) => Err(several_statements()),
        Some(end) => Ok(&sql[..end]),
    }
}

/// Says of something that would change rows where nothing can be changed what to do about it.
pub(crate) fn only_reads(error: Error) -> Error {
    match error.code.as_deref() {
        Some("25006") => error.help("It runs where nothing can be changed: let it only read."),
        _ => error,
    }
}

/// Runs a query and keeps the first of its rows.
async fn fetch(
    connection: &mut sqlx::PgConnection,
    sql: &str,
    limit: usize,
) -> Result<Rows, Error> {
    use futures_util::TryStreamExt;
    let mut found = Rows::default();
    let mut stream = connection.fetch(sqlx::raw_sql(AssertSqlSafe(sql)));
    while let Some(row) = stream.try_next().await.map_err(explain)? {
        found.found += 1;
        if found.rows.len() >= limit {
            continue;
        }
        if found.columns.is_empty() {
            use sqlx::Column;
            found.columns = row
                .columns()
                .iter()
                .map(|column| column.name().to_owned())
                .collect();
        }
        let values = (0..row.len()).map(|at| {
            let value = row.try_get_raw(at).ok()?;
            if value.is_null() {
                None
            } else {
                value.as_str().ok().map(str::to_owned)
            }
        });
        found.rows.push(values.collect());
    }
    Ok(found)
}
