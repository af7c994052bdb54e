//! What runs on a server, for `--log debug`: every statement with its place and how long it took.
//!
//! No secret is ever traced: statements are given as planned, with markers where secrets go, and values
//! that are bound to a query are left out.

use std::time::Instant;

use provider::Error;
use tracing::{Level, debug, enabled};

/// The target of the events, for filters.
const TARGET: &str = "sql";

/// Reports whether anybody reads what is traced.
pub(crate) fn is_on() -> bool {
    enabled!(target: TARGET, Level::DEBUG)
}

/// Waits for a statement and traces it. `place` is empty where a span around says it.
pub(crate) async fn traced<T>(
    place: &str,
    sql: &str,
    ran: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let began = Instant::now();
    let result = ran.await;
    note(place, sql, began, result.as_ref().err());
    result
}

/// Traces a statement that began some time ago and has now succeeded or failed.
pub(crate) fn note(place: &str, sql: &str, began: Instant, error: Option<&Error>) {
    if !is_on() {
        return;
    }
    let took = began.elapsed();
    let sql = one_line(sql);
    let place = (!place.is_empty()).then_some(place);
    match error {
        None => debug!(target: TARGET, place, ?took, "{sql}"),
        Some(error) => debug!(target: TARGET, place, ?took, %error, "{sql}"),
    }
}

/// Writes a statement on one line.
fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}
