//! The state inside PostgreSQL: tables in schema `estate` of the database of the url.
//!
//! They are made by the first apply, have comments, and may be queried by people. While a transaction
//! is open in that database, what is appended is part of it: a batch and its record commit together.

mod audits;
mod locks;
mod moves;
mod others;
mod tables;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Address, Claim, Map, Record, Records, Value};
use provider::Error;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use state::{
    Audited, BoxFuture, Entry, FORMAT, Holder, Intended, Leftover, Loaded, Lock, Others, Realm,
    Recorded, Renamed, StepRecord, Store, VersionSummary,
};
use tokio::sync::Mutex;

use crate::error::explain;
use crate::link::Link;
use crate::read::{Cells, rows};
use crate::text::quote::literal;

/// The schema that holds the state, in the database of the url.
pub const SCHEMA: &str = "estate";

/// What a state is called that was put aside, with a number.
pub(crate) const DAMAGED: &str = "estate_damaged";

/// What the server says of tables and columns that are not there.
const MISSING: [&str; 2] = ["42P01", "42703"];

/// A store in PostgreSQL.
pub struct PgStore {
    link: Arc<Mutex<Link>>,
    provider: String,
    home: String,
    place: String,
    /// Makes the lineage of a new state.
    lineage: String,
}

impl PgStore {
    /// Makes a store that shares the connections of a session; `lineage` names the state if it is new.
    pub async fn new(session: &crate::PgSession, provider: &str, lineage: &str) -> Self {
        let link = session.link();
        let (home, server) = {
            let link = link.lock().await;
            (link.home().to_owned(), link.describe())
        };
        Self {
            link,
            provider: provider.to_owned(),
            place: format!("schema {SCHEMA} of database {home} at {server}"),
            home,
            lineage: lineage.to_owned(),
        }
    }

    fn wrap(&self, verb: &'static str) -> impl Fn(Error) -> state::Error + '_ {
        move |error| match error.code.as_deref() {
            Some(code) if MISSING.contains(&code) => self.damaged(&error.message),
            _ => state::Error::Unreachable {
                place: self.place.clone(),
                verb,
                source: Box::new(error),
            },
        }
    }

    fn damaged(&self, reason: impl std::fmt::Display) -> state::Error {
        state::Error::Damaged {
            place: self.place.clone(),
            reason: reason.to_string(),
        }
    }

    /// Returns the format of the state there is; `None` where there is none.
    async fn format(&self, connection: &mut PgConnection) -> Result<Option<u32>, state::Error> {
        let exists = format!("select to_regclass('{SCHEMA}.meta') is not null");
        let found = rows(connection, &exists).await.map_err(self.wrap("read"))?;
        if !found.first().is_some_and(|row| row.flag(0)) {
            return Ok(None);
        }
        let sql = format!("select format::int8 from {SCHEMA}.meta");
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        let Some(row) = found.first() else {
            return Err(self.damaged("its table `meta` is empty"));
        };
        let format = u32::try_from(row.long(0)).unwrap_or(u32::MAX);
        if format > FORMAT {
            return Err(state::Error::Newer {
                place: self.place.clone(),
                format,
            });
        }
        Ok(Some(format))
    }

    async fn load_realm(&self, realm: &Realm) -> Result<Loaded, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if self.format(connection).await?.is_none() {
            return Ok(Loaded::default());
        }
        let which = which(realm);
        let sql = format!(
            "select m.lineage, coalesce((select max(serial) from {SCHEMA}.version {which}), 0)::int8 \
             from {SCHEMA}.meta m"
        );
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        let Some(head) = found.first() else {
            return Ok(Loaded::default());
        };
        let sql = format!(
            "select address, declaration, declared, live, prevent_destroy, partial, share::text, \
               (to_jsonb(r) -> 'kept')::text from {SCHEMA}.record r {which}"
        );
        let mut records = Records::new();
        for row in rows(connection, &sql).await.map_err(self.wrap("read"))? {
            let record = self.record(&row)?;
            records.insert(record.address.clone(), record);
        }
        let mut loaded = Loaded {
            lineage: head.text(0),
            serial: u64::try_from(head.long(1)).unwrap_or_default(),
            records,
            leftovers: Vec::new(),
        };
        loaded.add_unfinished(self.unfinished(connection, realm).await?);
        Ok(loaded)
    }

    /// Reads what was meant and never heard of again.
    async fn unfinished(
        &self,
        connection: &mut PgConnection,
        realm: &Realm,
    ) -> Result<Vec<Intended>, state::Error> {
        let which = which(realm);
        let sql = format!(
            "select i.detail::text from {SCHEMA}.journal i {} and i.event = 'intended' \
             and i.serial > coalesce((select max(serial) from {SCHEMA}.version {which} \
               and outcome = 'succeeded'), 0) \
             and not exists (select from {SCHEMA}.journal e {} and e.serial = i.serial \
               and e.batch = i.batch and (e.event = 'done' \
               or e.event = 'failed' and (e.detail ->> 'taken_back')::bool)) \
             order by i.serial, i.position",
            qualified(realm, "i"),
            qualified(realm, "e"),
        );
        let mut intended = Vec::new();
        for row in rows(connection, &sql).await.map_err(self.wrap("read"))? {
            let one: Intended =
                serde_json::from_str(&row.text(0)).map_err(|error| self.damaged(error))?;
            intended.push(one);
        }
        Ok(intended)
    }

    async fn leftovers_of(&self, realm: &Realm) -> Result<Vec<Leftover>, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        if self.format(connection).await?.is_none() {
            return Ok(Vec::new());
        }
        let unfinished = self.unfinished(connection, realm).await?;
        Ok(unfinished
            .into_iter()
            .flat_map(|one| one.leftovers)
            .collect())
    }

    /// Reads a map from its JSON.
    fn map(&self, text: Option<String>, what: &str) -> Result<Option<Map>, state::Error> {
        let text = text.filter(|text| text != "null");
        let map = text.map(
            |text| match serde_json::from_str(&text).map(Value::from_json) {
                Ok(Ok(Value::Map(map))) => Ok(map),
                _ => Err(self.damaged(format!("{what} is not a map"))),
            },
        );
        map.transpose()
    }

    fn record(&self, row: &sqlx::postgres::PgRow) -> Result<Record, state::Error> {
        let share = self.map(row.maybe_text(6), "a share")?;
        // States that were made before this was kept have no such column.
        let kept = self
            .map(row.maybe_text(7), "what is kept")?
            .unwrap_or_default();
        let parse = |text: String| text.parse().map_err(|error| self.damaged(error));
        Ok(Record {
            address: row.text(0).parse().map_err(|error| self.damaged(error))?,
            claim: Claim {
                id: row.text(1).parse().map_err(|error| self.damaged(error))?,
                declared: parse(row.text(2))?,
                prevent_destroy: row.flag(4),
                partial: row.flag(5),
                share,
                kept,
            },
            live: parse(row.text(3))?,
            content: None,
            in_doubt: false,
        })
    }

    /// Gives the schema of the state another name.
    async fn rename_away(&self) -> Result<String, state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("read"))?;
        let sql = format!(
            "select n::int8 from generate_series(1, 1000) n where to_regnamespace('{DAMAGED}' || n) is null \
             order by n limit 1"
        );
        let found = rows(connection, &sql).await.map_err(self.wrap("read"))?;
        let number = found.first().map_or(0, |row| row.long(0));
        let aside = format!("{DAMAGED}{number}");
        let sql = format!("alter schema {SCHEMA} rename to {aside}");
        link.run("", &sql).await.map_err(self.wrap("moved"))?;
        Ok(format!("schema {aside}"))
    }

    async fn append_entry(&self, realm: &Realm, entry: &Entry) -> Result<(), state::Error> {
        let mut link = self.link.lock().await;
        let connection = link.at("").await.map_err(self.wrap("written"))?;
        if matches!(entry, Entry::Begun(_) | Entry::Brought(_)) {
            let made = match self.format(connection).await? {
                None => tables::create(connection, &self.lineage).await,
                Some(_) => tables::upgrade(connection).await,
            };
            made.map_err(self.wrap("written"))?;
        }
        tables::append(connection, realm, entry)
            .await
            .map_err(self.wrap("written"))
    }
}

fn which(realm: &Realm) -> String {
    format!(
        "where project = {} and environment = {}",
        literal(&realm.project),
        literal(&realm.environment)
    )
}

fn qualified(realm: &Realm, table: &str) -> String {
    format!(
        "where {table}.project = {} and {table}.environment = {}",
        literal(&realm.project),
        literal(&realm.environment)
    )
}

impl Store for PgStore {
    fn describe(&self) -> String {
        self.place.clone()
    }

    fn load<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<Loaded, state::Error>> {
        Box::pin(self.load_realm(realm))
    }

    fn leftovers<'a>(
        &'a mut self,
        realm: &'a Realm,
    ) -> BoxFuture<'a, Result<Vec<Leftover>, state::Error>> {
        Box::pin(self.leftovers_of(realm))
    }

    fn contents<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, Map>, state::Error>> {
        Box::pin(async move {
            let mut contents = BTreeMap::new();
            if of.is_empty() {
                return Ok(contents);
            }
            let mut link = self.link.lock().await;
            let connection = link.at("").await.map_err(self.wrap("read"))?;
            let addresses: Vec<_> = of.iter().map(ToString::to_string).collect();
            let sql = format!(
                "select r.address, c.attributes::text from {SCHEMA}.record r \
                 join {SCHEMA}.content c on c.fingerprint = r.live {} and r.address = any($1)",
                qualified(realm, "r")
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(addresses);
            let found = connection
                .fetch_all(query)
                .await
                .map_err(|error| self.wrap("read")(explain(error)))?;
            for row in found {
                let json =
                    serde_json::from_str(&row.text(1)).map_err(|error| self.damaged(error))?;
                if let (Ok(address), Ok(Value::Map(map))) =
                    (row.text(0).parse(), Value::from_json(json))
                {
                    contents.insert(address, map);
                }
            }
            Ok(contents)
        })
    }

    fn others<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Others, state::Error>> {
        Box::pin(self.find_others(realm, of))
    }

    fn lock<'a>(
        &'a mut self,
        realm: &'a Realm,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Lock, state::Error>> {
        Box::pin(self.try_lock(realm, holder))
    }

    fn unlock<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<(), state::Error>> {
        Box::pin(async move {
            let mut link = self.link.lock().await;
            let sql = format!("select pg_advisory_unlock({})", locks::key(realm));
            link.run("", &sql).await.map_err(self.wrap("written"))
        })
    }

    fn break_lock<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<bool, state::Error>> {
        Box::pin(self.end_holder(realm))
    }

    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, state::Error>> {
        Box::pin(self.rename_away())
    }

    fn remove<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<(), state::Error>> {
        Box::pin(self.remove_realm(realm))
    }

    fn append<'a>(
        &'a mut self,
        realm: &'a Realm,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), state::Error>> {
        Box::pin(self.append_entry(realm, entry))
    }

    fn note_audits<'a>(
        &'a mut self,
        realm: &'a Realm,
        audited: &'a Audited,
    ) -> BoxFuture<'a, Result<Option<String>, state::Error>> {
        Box::pin(self.note(realm, audited))
    }

    fn joins(&self, provider: &str, place: &str) -> bool {
        provider == self.provider && (place.is_empty() || place == self.home)
    }

    fn history<'a>(
        &'a mut self,
        realm: &'a Realm,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<VersionSummary>, state::Error>> {
        Box::pin(self.versions(realm, limit))
    }

    fn recorded<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Option<Recorded>, state::Error>> {
        Box::pin(self.recorded_at(realm, serial))
    }

    fn renamed<'a>(
        &'a mut self,
        realm: &'a Realm,
        since: u64,
    ) -> BoxFuture<'a, Result<Vec<Renamed>, state::Error>> {
        Box::pin(self.renamed_since(realm, since))
    }

    fn steps<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Vec<StepRecord>, state::Error>> {
        Box::pin(self.steps_of(realm, serial))
    }
}

/// Encodes a map as JSON text.
fn json(map: &Map) -> String {
    Value::Map(map.clone()).to_json().to_string()
}
