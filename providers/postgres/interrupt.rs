//! Interrupting a statement while its connection waits for it: from another connection, as the same login.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use provider::Error;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::error::explain;
use crate::read::{Cells, rows};

/// The processes behind connections, and how to reach their server.
#[derive(Clone)]
pub(crate) struct Interrupt {
    /// Absent where the server takes one connection at a time.
    options: Option<PgConnectOptions>,
    /// By database.
    processes: Arc<Mutex<BTreeMap<String, i64>>>,
}

impl Interrupt {
    /// Makes one for a server.
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self {
            options: Some(options),
            processes: Arc::default(),
        }
    }

    /// Makes one that interrupts nothing.
    pub(crate) fn none() -> Self {
        Self {
            options: None,
            processes: Arc::default(),
        }
    }

    /// Takes note of the process behind a new connection.
    pub(crate) async fn know(
        &self,
        database: &str,
        connection: &mut PgConnection,
    ) -> Result<(), Error> {
        if self.options.is_none() {
            return Ok(());
        }
        let found = rows(connection, "select pg_backend_pid()::int8").await?;
        let process = found.first().map(|row| row.long(0));
        let mut processes = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        processes.extend(process.map(|process| (database.to_owned(), process)));
        Ok(())
    }

    /// Interrupts whatever the connections do. Where that is not possible, it goes on.
    pub(crate) async fn run(&self) {
        let processes: Vec<String> = {
            let known = self
                .processes
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            known.values().map(ToString::to_string).collect()
        };
        let Some(options) = &self.options else {
            return;
        };
        let sql = format!(
            "select pg_cancel_backend(pid) from pg_stat_activity \
             where pid in ({}) and usename = current_user and application_name like 'estate%'",
            processes.join(", ")
        );
        let _ = self.cancel(options, &sql).await;
    }

    async fn cancel(&self, options: &PgConnectOptions, sql: &str) -> Result<(), Error> {
        let mut connection = options.connect().await.map_err(explain)?;
        connection
            .execute(AssertSqlSafe(sql))
            .await
            .map_err(explain)?;
        connection.close().await.map_err(explain)
    }
}
