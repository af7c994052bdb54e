//! Running statements: texts with their secrets and settings, sent together or one by one.

use std::time::{Instant, SystemTime};

use futures_util::TryStreamExt;
use model::Statement;
use provider::{Error, ErrorKind, Failure, Ran, Reveal};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::error::{explain, remedy_for};
use crate::link::Link;
use crate::secrets::{hide, with_secrets};
use crate::text::quote::ident;
use crate::text::statements;
use crate::trace;

/// Statements that are sent together.
const TOGETHER: usize = 100;

/// What to do when a statement took longer than it says itself.
const OWN_TIMEOUT: &str = "Give it more time with `timeout` in its block, or make it faster.";

/// Runs statements at a place, in its open transaction or each on its own.
pub(crate) async fn run(
    link: &mut Link,
    (place, atomic): (&str, bool),
    statements: &[Statement],
    reveal: Reveal<'_>,
) -> Result<Vec<Ran>, Failure> {
    let mut all: Vec<Ran> = Vec::new();
    let fail = |all: &[Ran], done: usize, error: Error| Failure {
        done,
        ran: all.to_vec(),
        error,
    };
    let database = link.database(place).to_owned();
    let local = if atomic { "local " } else { "" };
    let lock_limits = [false, true].map(|patient| link.lock_limit(patient));
    let usual = link.statement_limit();
    let connection = link.at(place).await.map_err(|error| fail(&all, 0, error))?;
    let mut names_in: &[String] = &[];
    let mut patient = false;
    let mut timeout = None;
    let mut done = 0;
    for group in statements.chunks(TOGETHER) {
        let mut texts: Vec<Text> = Vec::new();
        // Position in `texts` of the last text of each statement.
        let mut ends = Vec::new();
        for statement in group {
            if !statement.names_in.is_empty() && statement.names_in != names_in {
                names_in = &statement.names_in;
                let schemas: Vec<_> = names_in.iter().map(|name| ident(name)).collect();
                let sql = format!("set {local}search_path = {}", schemas.join(", "));
                texts.push(Text {
                    sql,
                    shown: None,
                    hidden: Vec::new(),
                });
            }
            let usual = usual.filter(|_| !statement.patient);
            let wanted = statement.timeout_ms.or(usual);
            if wanted != timeout {
                timeout = wanted;
                texts.push(Text {
                    sql: format!("set {local}statement_timeout = {}", timeout.unwrap_or(0)),
                    shown: None,
                    hidden: Vec::new(),
                });
            }
            if statement.patient != patient {
                patient = statement.patient;
                texts.push(Text {
                    sql: format!("set {local}{}", lock_limits[usize::from(patient)]),
                    shown: None,
                    hidden: Vec::new(),
                });
            }
            let (sql, hidden) = with_secrets(statement, reveal)
                .and_then(|(sql, hidden)| Ok((one_statement(sql)?, hidden)))
                .map_err(|error| fail(&all, done + ends.len(), error))?;
            let shown = (!statement.secrets.is_empty()).then_some(statement.sql.as_str());
            texts.push(Text { sql, shown, hidden });
            ends.push(texts.len());
        }
        let (ran, ended) = if atomic {
            run_together(&database, connection, &texts).await
        } else {
            run_singly(&database, connection, &texts).await
        };
        all.extend(ends.iter().filter_map(|end| ran.get(end - 1)));
        if let Err(mut error) = ended {
            // The last one is the one that failed.
            let finished = ran.len().saturating_sub(1);
            let index = ends.iter().filter(|end| **end <= finished).count();
            if let Some(statement) = group.get(index) {
                let own = statement.timeout_ms.map(|_| OWN_TIMEOUT.to_owned());
                let own = own.filter(|_| error.kind == ErrorKind::TimedOut);
                error.help = own
                    .or_else(|| remedy_for(&error, &statement.sql))
                    .or(error.help);
            }
            return Err(fail(&all, done + index, error));
        }
        done += group.len();
    }
    // A transaction takes its own settings back when it ends.
    let mut settings = Vec::new();
    if !names_in.is_empty() && !atomic {
        settings.push("set search_path = pg_catalog".to_owned());
    }
    if patient && !atomic {
        settings.push(format!("set {}", lock_limits[0]));
    }
    if timeout.is_some() {
        // In a transaction, too: there more may follow, and a batch has only one.
        settings.push(format!("set {local}statement_timeout = 0"));
    }
    for setting in settings {
        let set = connection.execute(AssertSqlSafe(setting)).await;
        set.map_err(|error| fail(&all, done, explain(error)))?;
    }
    Ok(all)
}

/// Refuses a text that would be several statements for the server.
fn one_statement(sql: String) -> Result<String, Error> {
    match statements::end(&sql) {
        None => Ok(sql),
        Some(_) => Err(several_statements()),
    }
}

/// What is said about a text that ends the statement it is put into.
pub(crate) fn several_statements() -> Error {
    let mut error = Error::new(
        ErrorKind::Permanent,
        "a text goes on after a semicolon: it would be more than one statement",
    )
    .help("Write one expression or query there.");
    error.code = Some("42601".to_owned());
    error
}

/// A text that is sent.
struct Text<'a> {
    /// What is sent, with secrets.
    sql: String,
    /// What may be shown of it, where there are secrets in it.
    shown: Option<&'a str>,
    /// The secrets in it.
    hidden: Vec<String>,
}

impl Text<'_> {
    /// Traces that it succeeded or failed.
    fn note(&self, place: &str, began: Instant, error: Option<&Error>) {
        trace::note(place, self.shown.unwrap_or(&self.sql), began, error);
    }
}

/// What became of texts that ran, in order; the last one failed where there is a failure.
type Ended = (Vec<Ran>, Result<(), Error>);

/// Measures what runs.
struct Stopwatch {
    began: SystemTime,
    clock: Instant,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            began: SystemTime::now(),
            clock: Instant::now(),
        }
    }

    fn stop(&self, rows: Option<u64>) -> Ran {
        Ran {
            began: self.began,
            took: self.clock.elapsed(),
            rows,
        }
    }
}

/// Returns how many rows a statement wrote or moved: what answers a query with rows says nothing of that.
fn rows_of(done: &sqlx::postgres::PgQueryResult) -> Option<u64> {
    Some(done.rows_affected()).filter(|rows| *rows > 0)
}

/// Runs texts in one message.
async fn run_together(place: &str, connection: &mut PgConnection, texts: &[Text<'_>]) -> Ended {
    let sqls: Vec<_> = texts.iter().map(|text| text.sql.as_str()).collect();
    let sql = sqls.join("\n;\n");
    let mut watch = Stopwatch::start();
    let mut stream = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql.as_str())));
    let mut ran = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(sqlx::Either::Left(done))) => {
                if let Some(text) = texts.get(ran.len()) {
                    text.note(place, watch.clock, None);
                }
                ran.push(watch.stop(rows_of(&done)));
                watch = Stopwatch::start();
            }
            Ok(Some(sqlx::Either::Right(_))) => {}
            Ok(None) => return (ran, Ok(())),
            Err(error) => {
                let mut error = explain(error);
                // The position is one in the whole message.
                let before: usize = texts
                    .iter()
                    .take(ran.len())
                    .map(|text| text.sql.chars().count() + "\n;\n".len())
                    .sum();
                error.position = error
                    .position
                    .and_then(|position| position.checked_sub(before));
                if let Some(text) = texts.get(ran.len()) {
                    hide(&mut error, &text.hidden);
                    text.note(place, watch.clock, Some(&error));
                }
                ran.push(watch.stop(None));
                return (ran, Err(error));
            }
        }
    }
}

/// Runs texts one by one, each on its own.
async fn run_singly(place: &str, connection: &mut PgConnection, texts: &[Text<'_>]) -> Ended {
    let mut ran = Vec::new();
    for text in texts {
        let watch = Stopwatch::start();
        let done = connection
            .execute(sqlx::raw_sql(AssertSqlSafe(text.sql.as_str())))
            .await
            .map_err(|error| {
                let mut error = explain(error);
                hide(&mut error, &text.hidden);
                error
            });
        text.note(place, watch.clock, done.as_ref().err());
        ran.push(watch.stop(done.as_ref().ok().and_then(rows_of)));
        if let Err(error) = done {
            return (ran, Err(error));
        }
    }
    (ran, Ok(()))
}
