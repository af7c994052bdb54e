//! Connections: one to the database of the url, one more to every other database on demand.
//!
//! Every session is set up the same way, so that what PostgreSQL writes out never depends on who
//! connects: names are always qualified (`search_path` holds only `pg_catalog`), times are UTC.
//!
//! An embedded server has one connection at a time: going to another database closes the present one.

use std::collections::BTreeMap;

use provider::{Error, ErrorKind, Usage};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::error::explain;
use crate::interrupt::Interrupt;
use crate::naming::MAX_NAME;
use crate::trace::traced;

/// What every session is set to. A login that makes roles without being a superuser (PostgreSQL 16 and
/// later) can give them what it makes.
const SETUP: &str = "\
    set search_path = pg_catalog; \
    set client_min_messages = warning; \
    set standard_conforming_strings = on; \
    set datestyle = 'ISO, YMD'; \
    set intervalstyle = 'postgres'; \
    set timezone = 'UTC'; \
    set extra_float_digits = 1; \
    set bytea_output = 'hex'; \
    set quote_all_identifiers = off; \
    set statement_timeout = 0; \
    set idle_in_transaction_session_timeout = 0; \
    set default_transaction_read_only = off; \
    set check_function_bodies = off; \
    select set_config('createrole_self_grant', 'set, inherit', false) \
      where current_setting('server_version_num')::int >= 160000 \
        and (select rolcreaterole and not rolsuper from pg_roles where rolname = current_user)";

/// Makes the server refuse every change, whatever is asked of it.
const ONLY_READ: &str = "set default_transaction_read_only = on";

/// The connections of one server.
pub(crate) struct Link {
    options: PgConnectOptions,
    /// The database of the url.
    home: String,
    open: BTreeMap<String, PgConnection>,
    /// Whether only one connection may be open.
    single: bool,
    /// The database with an open transaction, which must not be left meanwhile.
    pinned: Option<String>,
    /// What interrupts what the connections do.
    interrupt: Interrupt,
    /// What the connections are for.
    pub(crate) usage: Usage,
    /// What must live as long as the connections: the embedded server.
    _server: Option<Box<dyn Send + Sync>>,
}

impl Link {
    /// Prepares connections to a server; nothing is opened yet.
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        let home = options
            .get_database()
            .unwrap_or_else(|| options.get_username())
            .to_owned();
        let options = options.disable_statement_logging();
        Self {
            interrupt: Interrupt::new(options.clone().database(&home)),
            options,
            home,
            open: BTreeMap::new(),
            single: false,
            pinned: None,
            usage: Usage::default(),
            _server: None,
        }
    }

    /// Prepares connections to a server of our own that takes one at a time.
    #[cfg(feature = "embedded")]
    pub(crate) fn embedded(options: PgConnectOptions, server: Box<dyn Send + Sync>) -> Self {
        Self {
            single: true,
            interrupt: Interrupt::none(),
            _server: Some(server),
            ..Self::new(options)
        }
    }

    /// Returns the setting for how long a statement waits for a lock; one that nobody waits behind may wait any time.
    pub(crate) fn lock_limit(&self, patient: bool) -> String {
        let time = if patient {
            0
        } else {
            self.usage.timeouts.lock.as_millis()
        };
        format!("lock_timeout = {time}")
    }

    /// Returns how many milliseconds a statement that others wait for may take.
    pub(crate) fn statement_limit(&self) -> Option<u64> {
        let time = self.usage.timeouts.statement?;
        Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    /// Says that a transaction is open in a database, or in none.
    pub(crate) fn pin(&mut self, place: Option<&str>) {
        self.pinned = place.map(|place| self.database(place).to_owned());
    }

    /// Reports whether the server is the embedded one.
    pub(crate) fn is_embedded(&self) -> bool {
        self.single
    }

    /// Returns the database of the url.
    pub(crate) fn home(&self) -> &str {
        &self.home
    }

    /// Names the server for people, without any secret.
    pub(crate) fn describe(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => format!("{}", socket.display()),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    /// Returns the real name of a place: the empty name is that of the url's database.
    pub(crate) fn database<'a>(&'a self, place: &'a str) -> &'a str {
        if place.is_empty() { &self.home } else { place }
    }

    /// Returns the connection to a database, opening it where needed.
    pub(crate) async fn at(&mut self, place: &str) -> Result<&mut PgConnection, Error> {
        let database = self.database(place).to_owned();
        if !self.open.contains_key(&database) {
            if self.single {
                if let Some(pinned) = &self.pinned {
                    return Err(Error::new(
                        ErrorKind::Permanent,
                        format!("a bug in Estate: {database} is wanted while {pinned} is at work"),
                    ));
                }
                self.close().await;
            }
            let connection = self.connect(&database).await?;
            self.open.insert(database.clone(), connection);
        }
        Ok(self.open.get_mut(&database).expect("it was opened above"))
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, Error> {
        // The server would take another name, and everything asked for by this one would be missing.
        if database.len() > MAX_NAME {
            let text = format!(
                "the name of database `{database}` has {} bytes; PostgreSQL would cut it off after \
                 {MAX_NAME}",
                database.len()
            );
            return Err(
                Error::new(ErrorKind::Permanent, text).help("Write the name as the server has it.")
            );
        }
        let options = self.options.clone().database(database);
        let mut connection = options.connect().await.map_err(|error| {
            let mut error = explain(error);
            let server = self.describe();
            if error.code.is_none() {
                error.kind = ErrorKind::Unreachable;
                error.help.get_or_insert_with(|| {
                    "Check the host and port of the url, and that the server runs.".to_owned()
                });
            }
            error.during(format!(
                "cannot connect to database `{database}` at {server}"
            ))
        })?;
        let ran = connection.execute(SETUP);
        traced(database, SETUP, async { ran.await.map_err(explain) }).await?;
        if self.usage.only_reads {
            let ran = connection.execute(ONLY_READ);
            traced(database, ONLY_READ, async { ran.await.map_err(explain) }).await?;
        }
        self.interrupt.know(database, &mut connection).await?;
        Ok(connection)
    }

    /// Closes the connection to a database, for example before it is dropped.
    pub(crate) async fn leave(&mut self, database: &str) {
        if let Some(connection) = self.open.remove(database) {
            // A connection that cannot say goodbye is gone all the same.
            let _ = connection.close().await;
        }
    }

    /// Returns what interrupts what the connections do.
    pub(crate) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Forgets every connection, of which one is lost. The server in our own process loses none.
    pub(crate) fn forget(&mut self) {
        self.pinned = None;
        if !self.single {
            self.open.clear();
        }
    }

    /// Closes every connection.
    pub(crate) async fn close(&mut self) {
        for (_, connection) in std::mem::take(&mut self.open) {
            let _ = connection.close().await;
        }
    }

    /// Runs statements without looking at results.
    pub(crate) async fn run(&mut self, place: &str, sql: &str) -> Result<(), Error> {
        let database = self.database(place).to_owned();
        let connection = self.at(place).await?;
        let ran = connection.execute(AssertSqlSafe(sql));
        traced(&database, sql, async {
            ran.await.map(|_| ()).map_err(explain)
        })
        .await
    }
}

impl Link {
    /// Closes every connection but that to the database of the url.
    pub(crate) async fn leave_others(&mut self) {
        let others: Vec<_> = self
            .open
            .keys()
            .filter(|database| **database != self.home)
            .cloned()
            .collect();
        for database in others {
            self.leave(&database).await;
        }
    }
}

impl Link {
    /// Reports whether a database exists.
    pub(crate) async fn exists(&mut self, place: &str) -> Result<bool, Error> {
        if place.is_empty() || place == self.home {
            return Ok(true);
        }
        let connection = self.at("").await?;
        let query =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(place);
        query.fetch_one(connection).await.map_err(explain)
    }
}
