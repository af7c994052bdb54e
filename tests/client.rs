//! A client that knows nothing of Estate: what tests do to databases by hand, and see there.

use std::str::FromStr;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Either, Executor, Row, ValueRef};

/// Runs SQL and returns what it shows as a table: column names on a line, then one line for each row.
///
/// # Errors
/// What the server says.
pub(crate) fn run(url: &str, sql: &str) -> Result<String, String> {
    let options = PgConnectOptions::from_str(url).map_err(|error| error.to_string())?;
    wait(async {
        let mut connection = options
            .disable_statement_logging()
            .connect()
            .await
            .map_err(|error| format!("no connection: {error}"))?;
        let mut lines = Vec::new();
        let ran = fetch(&mut connection, sql, &mut lines).await;
        // It ends either way; what it did is done.
        let _ = connection.close().await;
        ran.map(|()| lines.join("\n")).map_err(|error| match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        })
    })
}

/// Runs statements one by one in a new database, which is gone afterwards, and says which of them the
/// server took. `maintenance` is the url of another database.
///
/// # Errors
/// What the server says of the database itself.
pub(crate) fn try_all(
    maintenance: &str,
    url: &str,
    database: &str,
    statements: &[String],
) -> Result<Vec<bool>, String> {
    run(
        maintenance,
        &format!("create database \"{database}\" template template0"),
    )?;
    let options = PgConnectOptions::from_str(url).map_err(|error| error.to_string())?;
    let taken = wait(async {
        let mut connection = options.disable_statement_logging().connect().await?;
        let mut taken = Vec::new();
        for statement in statements {
            let ran = connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.as_str())));
            taken.push(ran.await.is_ok());
        }
        connection.close().await?;
        Ok(taken)
    });
    // To save room; where the connection is still going away, it stays.
    let _ = run(maintenance, &format!("drop database \"{database}\""));
    taken.map_err(|error: sqlx::Error| error.to_string())
}

/// A connection that stays open.
pub(crate) struct Open {
    runtime: tokio::runtime::Runtime,
    connection: sqlx::PgConnection,
}

impl Open {
    /// Connects.
    ///
    /// # Errors
    /// Why it cannot.
    pub(crate) fn to(url: &str) -> Result<Self, String> {
        let options = PgConnectOptions::from_str(url).map_err(|error| error.to_string())?;
        let runtime = runtime();
        let connection = runtime
            .block_on(options.disable_statement_logging().connect())
            .map_err(|error| format!("no connection: {error}"))?;
        Ok(Self {
            runtime,
            connection,
        })
    }

    /// Runs SQL and returns what it shows, as [`run`] does.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<String, String> {
        let mut lines = Vec::new();
        let ran = fetch(&mut self.connection, sql, &mut lines);
        let ran = self.runtime.block_on(ran);
        ran.map_err(|error| error.to_string())?;
        Ok(lines.join("\n"))
    }
}

/// Waits for something on a runtime of its own.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn fetch(
    connection: &mut sqlx::PgConnection,
    sql: &str,
    lines: &mut Vec<String>,
) -> Result<(), sqlx::Error> {
    let mut results = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
    let mut begun = false;
    while let Some(result) = results.try_next().await? {
        match result {
            // The end of one statement's rows.
            Either::Left(_) => begun = false,
            Either::Right(row) => {
                if !begun {
                    let names = row.columns().iter().map(Column::name);
                    lines.push(names.collect::<Vec<_>>().join(" | "));
                    begun = true;
                }
                lines.push(line(&row));
            }
        }
    }
    if lines.is_empty() && sql.trim_start().starts_with("select") {
        lines.push("(no rows)".to_owned());
    }
    Ok(())
}

fn line(row: &PgRow) -> String {
    let cell = |at: usize| match row.try_get_raw(at) {
        Ok(value) if !value.is_null() => value.as_str().unwrap_or("(binary)").to_owned(),
        _ => "null".to_owned(),
    };
    (0..row.len()).map(cell).collect::<Vec<_>>().join(" | ")
}
