//! PostgreSQL inside the process, for machines where nothing is installed.
//!
//! The data lies in a folder of the project. There is one connection at a time, so one Estate at a
//! time; the folder is locked while it is open. pg_cron cannot be inside: a schema `cron` offers the
//! same tables and functions, so that tasks are planned, applied, suspended and resumed by the same
//! code. Nothing runs by itself.

use std::path::Path;
use std::str::FromStr;

use pglite_oxide::PgliteServer;
use provider::{Error, ErrorKind};
use sqlx::postgres::PgConnectOptions;

use crate::link::Link;
use crate::read::{Cells, rows};

/// Where the data lies inside the project's own folder.
const FOLDER: &str = "postgres";

/// What stands for pg_cron.
const CRON_SQL: &str = include_str!("cron.sql");

/// Starts the embedded server.
pub(crate) async fn start(folder: &Path) -> Result<Link, Error> {
    let data = folder.join(FOLDER);
    std::fs::create_dir_all(&data).map_err(|error| failed(&data, &error))?;
    let server = PgliteServer::builder()
        .path(&data)
        .database("postgres")
        .start()
        .map_err(|error| busy_or_failed(&data, &error))?;
    let options = PgConnectOptions::from_str(&server.database_url())
        .map_err(|error| failed(&data, &error))?;
    let mut link = Link::embedded(options, Box::new(server));
    let exists = "select to_regclass('cron.job') is not null";
    let found = rows(link.at("").await?, exists).await?;
    if !found.first().is_some_and(|row| row.flag(0)) {
        link.run("", CRON_SQL).await?;
    }
    Ok(link)
}

fn failed(data: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Unreachable,
        format!(
            "the embedded PostgreSQL cannot be started in {}: {error}",
            data.display()
        ),
    )
    .help("Check that the folder can be written to, or give the provider a `url`.")
}

/// The folder is locked while another Estate works on it.
fn busy_or_failed(data: &Path, error: &impl std::fmt::Display) -> Error {
    let words = format!("{error:#}");
    if words.contains("lock") || words.contains("in use") {
        return Error::new(
            ErrorKind::Retryable,
            format!(
                "another Estate is using the embedded PostgreSQL in {}",
                data.display()
            ),
        )
        .note(words)
        .help("Wait until it has finished.");
    }
    failed(data, &words)
}
