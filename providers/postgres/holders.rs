//! Who holds what a statement waits for.
//!
//! Source: PostgreSQL manual, `pg_locks`, `pg_stat_activity`. What others run is seen by superusers, members of
//! `pg_read_all_stats`, and themselves.

use std::collections::BTreeSet;

use model::Address;
use provider::Error;

use crate::link::Link;
use crate::naming::written;
use crate::read::{Cells, rows};
use crate::text::quote::literal;

/// How many are told.
const SHOWN: usize = 3;

/// Returns who holds locks on relations, in words, those whose transactions began first.
pub(crate) async fn holders(
    link: &mut Link,
    place: &str,
    on: &BTreeSet<Address>,
) -> Result<Vec<String>, Error> {
    let in_schema = on.iter().filter(|address| address.path().len() > 2);
    let names: Vec<_> = in_schema
        .map(|address| format!("to_regclass({})", literal(&written(address))))
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select pid::int8, coalesce(usename::text, backend_type), application_name, coalesce(state, ''), \
           coalesce(extract(epoch from clock_timestamp() - xact_start), 0)::int8, coalesce(query, '') \
         from pg_stat_activity where pid <> pg_backend_pid() and pid in ( \
           select pid from pg_locks where granted and locktype = 'relation' \
             and database = (select oid from pg_database where datname = current_database()) \
             and relation in ({})) \
         order by xact_start nulls last, pid limit {SHOWN}",
        names.join(", ")
    );
    let connection = link.at(place).await?;
    let found = rows(connection, &sql).await?;
    let told = found.iter().map(|row| {
        let (who, program, state) = (row.text(1), row.text(2), row.text(3));
        let program = match program.as_str() {
            "" => String::new(),
            program => format!(" with {program}"),
        };
        let seconds = row.long(4);
        let state = match state.as_str() {
            "" | "active" => String::new(),
            state => format!(", {state}"),
        };
        let query = first_line(&row.text(5));
        let query = match query.as_str() {
            "" => String::new(),
            query => format!(": {query}"),
        };
        format!(
            "session {} of {who}{program}{state}, in a transaction for {seconds} s{query}",
            row.long(0)
        )
    });
    Ok(told.collect())
}

/// Returns the beginning of a statement, on one line.
fn first_line(sql: &str) -> String {
    let words: Vec<_> = sql.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}
