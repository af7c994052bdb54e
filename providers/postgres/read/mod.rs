//! Reading a catalog: a fixed number of set-based queries for the server and for each database.
//!
//! Rows come as they are and are put together here, by object number. What PostgreSQL itself or an
//! extension brought along is left out by provenance (`pg_depend`), what Estate keeps for itself by
//! name. Everything a person could have made is in the result, also what no kind manages yet: so it
//! can be counted and named, and so that nothing is dropped under it.

mod above;
mod aggregates;
mod cluster;
mod collations;
mod constraints;
mod edges;
mod event_triggers;
mod foreign;
mod given;
mod indexes;
mod languages;
mod large_objects;
mod named;
mod not_null;
mod operators;
mod policies;
mod present;
mod privileges;
pub(crate) mod ranges;
mod relations;
mod replication;
mod rest;
mod routines;
mod rules;
mod schemas;
mod sequences;
mod shared;
mod statistics;
mod tables;
mod text_search;
mod triggers;
mod types;
mod uses;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Address, Catalog, Edge, Object, Reference, Value};
use provider::{Capabilities, Error, ErrorKind, Kind, encode};
use sqlx::Executor;
use sqlx::postgres::{PgConnection, PgRow};

pub(crate) use cluster::{Cluster, JOBS, read_cluster, read_tasks};

use crate::circles;
use crate::error::explain;
use crate::trace::traced;

/// An object number of PostgreSQL.
pub(crate) type Oid = u32;

/// The first number of what people make (`FirstNormalObjectId`).
const FIRST_NORMAL: Oid = 16_384;

/// Reads a column of a row; the queries of this room say what type each has.
pub(crate) trait Cells {
    fn text(&self, at: usize) -> String;
    fn maybe_text(&self, at: usize) -> Option<String>;
    fn texts(&self, at: usize) -> Vec<String>;
    fn oid(&self, at: usize) -> Oid;
    fn flag(&self, at: usize) -> bool;
    fn long(&self, at: usize) -> i64;
    fn maybe_long(&self, at: usize) -> Option<i64>;
    fn shorts(&self, at: usize) -> Vec<i16>;
    fn oids(&self, at: usize) -> Vec<Oid>;
}

fn get<'r, T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(
    row: &'r PgRow,
    at: usize,
) -> T {
    use sqlx::Row;
    row.try_get(at)
        .unwrap_or_else(|error| panic!("column {at} of a catalog query: {error}"))
}

impl Cells for PgRow {
    fn text(&self, at: usize) -> String {
        get::<Option<String>>(self, at).unwrap_or_default()
    }

    fn maybe_text(&self, at: usize) -> Option<String> {
        get(self, at)
    }

    fn texts(&self, at: usize) -> Vec<String> {
        get::<Option<Vec<Option<String>>>>(self, at)
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .collect()
    }

    fn oid(&self, at: usize) -> Oid {
        get::<Option<sqlx::postgres::types::Oid>>(self, at).map_or(0, |oid| oid.0)
    }

    fn flag(&self, at: usize) -> bool {
        get::<Option<bool>>(self, at).unwrap_or_default()
    }

    fn long(&self, at: usize) -> i64 {
        get::<Option<i64>>(self, at).unwrap_or_default()
    }

    fn maybe_long(&self, at: usize) -> Option<i64> {
        get(self, at)
    }

    fn shorts(&self, at: usize) -> Vec<i16> {
        get::<Option<Vec<i16>>>(self, at).unwrap_or_default()
    }

    fn oids(&self, at: usize) -> Vec<Oid> {
        get::<Option<Vec<sqlx::postgres::types::Oid>>>(self, at)
            .unwrap_or_default()
            .into_iter()
            .map(|oid| oid.0)
            .collect()
    }
}

/// Runs a catalog query.
pub(crate) async fn rows(connection: &mut PgConnection, sql: &str) -> Result<Vec<PgRow>, Error> {
    let found = connection.fetch_all(sqlx::query(sqlx::AssertSqlSafe(sql)));
    traced("", sql, async { found.await.map_err(explain) }).await
}

/// Runs a catalog query over some schemas.
async fn rows_in(
    connection: &mut PgConnection,
    sql: &str,
    schemas: &[Oid],
) -> Result<Vec<PgRow>, Error> {
    let schemas: Vec<_> = schemas
        .iter()
        .map(|oid| sqlx::postgres::types::Oid(*oid))
        .collect();
    let found = connection.fetch_all(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(schemas));
    traced("", sql, async { found.await.map_err(explain) }).await
}

/// What rows are made into on another thread, while the server is busy with the next query.
struct Coming<T>(tokio::task::JoinHandle<T>);

impl<T: Send + 'static> Coming<T> {
    fn of(rows: Vec<PgRow>, decode: impl FnOnce(Vec<PgRow>) -> T + Send + 'static) -> Self {
        Self(tokio::task::spawn_blocking(move || decode(rows)))
    }

    async fn arrive(self) -> Result<T, Error> {
        self.0.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Error::new(ErrorKind::Permanent, error.to_string()),
        })
    }
}

/// Which schemas of a database are read.
#[derive(Debug, Clone)]
pub(crate) enum Schemas<'a> {
    /// All that people made, and what nobody made, as far as it has other privileges than it came with or is
    /// among these.
    All(&'a [Address]),
    /// These, by name.
    Named(&'a BTreeSet<String>),
}

/// What is read of one database, in the making.
struct Reader<'a> {
    connection: &'a mut PgConnection,
    cluster: &'a Cluster,
    /// The first part of every path.
    place: &'a str,
    provider: &'a str,
    version: u32,
    /// Whether schema `cron` stands for pg_cron.
    hides_cron: bool,
    schemas: BTreeMap<Oid, String>,
    schema_oids: Vec<Oid>,
    schema_rows: Vec<schemas::SchemaRow>,
    /// What extensions brought along, by catalog and object number.
    members: HashMap<(String, Oid), Oid>,
    /// Names of the extensions that something goes with, by catalog and object number.
    companions: HashMap<(String, Oid), Vec<String>>,
    comments: HashMap<(String, Oid, i64), String>,
    relations: HashMap<Oid, relations::Relation>,
    /// Tables by those they inherit from or are partitions of.
    children: HashMap<Oid, Vec<Oid>>,
    objects: BTreeMap<Address, Object>,
    /// The address of whatever others may stand on, by catalog and object number.
    addresses: HashMap<(&'static str, Oid), Address>,
}

/// Reads one database. The connection must be one to it.
pub(crate) async fn read_database(
    connection: &mut PgConnection,
    cluster: &Cluster,
    provider: &str,
    place: &str,
    platform: &Capabilities,
    schemas: Schemas<'_>,
) -> Result<Catalog, Error> {
    let mut reader = Reader {
        connection,
        cluster,
        place,
        provider,
        version: platform.version,
        hides_cron: platform.notes.contains_key(crate::session::EMBEDDED),
        schemas: BTreeMap::new(),
        schema_oids: Vec::new(),
        schema_rows: Vec::new(),
        members: HashMap::new(),
        companions: HashMap::new(),
        comments: HashMap::new(),
        relations: HashMap::new(),
        children: HashMap::new(),
        objects: BTreeMap::new(),
        addresses: HashMap::new(),
    };
    let present = reader.read_present().await?;
    reader.read_members().await?;
    reader.read_schemas(&schemas).await?;
    reader.read_comments().await?;
    reader.read_relations().await?;
    let acls = reader.read_privileges().await?;
    let columns = reader.read_columns().await?;
    let constraints = reader.read_constraints().await?;
    let sequences = reader.read_sequences().await?;
    let acls = acls.arrive().await?;
    let columns = columns.arrive().await?;
    let constraints = constraints.arrive().await?;
    reader.make_sequences(&sequences, &acls);
    reader.make_tables(&columns, &constraints, &sequences, &acls);
    if present.has("foreign tables") {
        reader
            .read_foreign_tables(&columns, &constraints, &sequences, &acls)
            .await?;
    }
    reader.make_identity_sequences(&sequences, &columns, &acls);
    reader.read_views(&columns, &acls).await?;
    reader.read_indexes(&columns, &constraints).await?;
    reader.make_foreign_keys(&columns, &constraints);
    reader.make_schemas(&acls);
    if present.has("routines") {
        reader.read_routines(&acls).await?;
    }
    if present.has("aggregates") {
        reader.read_aggregates(&acls).await?;
    }
    if present.has("types") {
        reader.read_types(&acls).await?;
    }
    if present.has("collations") {
        reader.read_collations_of_schemas().await?;
    }
    if present.has("conversions") {
        reader.read_conversions().await?;
    }
    if present.has("operators") {
        reader.read_operators().await?;
    }
    if present.has("text search") {
        reader.read_text_search().await?;
    }
    reader.note_typed_tables();
    if present.has("triggers") {
        reader.read_triggers(&columns).await?;
    }
    if present.has("policies") {
        reader.read_policies().await?;
    }
    if present.has("rules") {
        reader.read_rules().await?;
    }
    if present.has("statistics") {
        reader.read_statistics(&columns).await?;
    }
    let is_scratch = matches!(schemas, Schemas::Named(_));
    if present.has("publications") {
        reader.read_publications(&columns, is_scratch).await?;
    }
    if let Schemas::All(asked) = schemas {
        reader.read_extensions().await?;
        if present.has("casts") {
            reader.read_casts().await?;
        }
        reader.read_languages(&acls).await?;
        if present.has("event triggers") {
            reader.read_event_triggers().await?;
        }
        if present.has("foreign data") {
            reader.read_foreign(&acls, platform.is_superuser).await?;
        }
        reader.read_subscriptions(platform.is_superuser).await?;
        if present.has("rest") {
            reader.read_rest(&columns).await?;
        }
        reader.read_default_privileges().await?;
        reader.read_given(asked).await?;
        reader.read_large_objects(asked).await?;
    }
    reader.read_edges(&columns, &constraints).await?;
    reader.stand_on_types_of_tables();
    reader.untie_types();
    reader.stand_on_tablespaces();
    reader.stand_on_methods();
    for (view, edges) in circles::find(reader.objects.values()) {
        if let Some(view) = reader.objects.get_mut(&view) {
            circles::open(view, edges);
        }
    }
    Ok(reader.objects.into_values().collect())
}

impl Reader<'_> {
    fn address(&self, kind: &str, path: impl IntoIterator<Item = String>) -> Address {
        let place = std::iter::once(self.place.to_owned());
        Address::new(self.provider, kind, place.chain(path))
    }

    fn role(&self, oid: Oid) -> Option<Address> {
        self.cluster
            .roles
            .get(&oid)
            .map(|name| Address::new(self.provider, "role", [name]))
    }

    fn owner(&self, oid: Oid) -> Option<Reference> {
        self.role(oid).map(Reference)
    }

    /// Returns what a row names by schema and name.
    fn named(&self, kind: &str, names: Vec<String>) -> Option<Reference> {
        (!names.is_empty()).then(|| Reference(self.address(kind, names)))
    }

    fn comment(&self, catalog: &str, oid: Oid, part: i64) -> Option<String> {
        self.comments.get(&(catalog.to_owned(), oid, part)).cloned()
    }

    fn stands_in_schema(&mut self, address: &Address) {
        let schema = crate::naming::schema_of(address);
        if let Some(object) = self.objects.get_mut(address) {
            object.edges.insert(Edge::to(schema));
        }
    }

    fn is_member(&self, catalog: &str, oid: Oid) -> bool {
        self.members.contains_key(&(catalog.to_owned(), oid))
    }

    /// Returns the database that is read.
    fn database(&self) -> Address {
        Address::new(self.provider, "database", [self.place])
    }

    /// Says what an object stands on that may be PostgreSQL's own or have come with an extension: such
    /// ones are in the catalog only for the grants on them, and go with what they came with.
    fn lies_in_database(&mut self, address: &Address, catalog: &str, oid: Oid) {
        let database = self.database();
        let (on, is_given) = match self.members.get(&(catalog.to_owned(), oid)) {
            Some(extension) => {
                let extension = self.addresses.get(&("pg_extension", *extension));
                (extension.cloned().unwrap_or(database), true)
            }
            None => (database, oid < FIRST_NORMAL),
        };
        if let Some(object) = self.objects.get_mut(address) {
            object.edges.insert(Edge::to(on.clone()));
            if is_given {
                object.attached = Some(on);
                object.facts.notes.insert("builtin".to_owned(), true.into());
            }
        }
    }

    fn stands_on(&mut self, address: &Address, on: Address) {
        if let Some(object) = self.objects.get_mut(address) {
            object.edges.insert(Edge::to(on));
        }
    }

    /// Makes what has files stand on the tablespace they are in.
    fn stand_on_tablespaces(&mut self) {
        for object in self.objects.values_mut() {
            if let Some(name) = object.attributes.get("tablespace").and_then(Value::as_text) {
                let tablespace = Address::new(self.provider, "tablespace", [name]);
                object.edges.insert(Edge::to(tablespace));
            }
        }
    }

    /// Adds an object and remembers its number.
    fn add<K: Kind>(&mut self, catalog: &'static str, oid: Oid, address: Address, kind: &K) {
        let object = Object::new(address.clone(), encode(kind));
        self.addresses.insert((catalog, oid), address.clone());
        self.objects.insert(address, object);
    }

    async fn read_members(&mut self) -> Result<(), Error> {
        let sql = "\
            select d.classid::regclass::text, d.objid, d.refobjid,
              case when d.deptype = 'x' then e.extname::text end
            from pg_depend d left join pg_extension e on e.oid = d.refobjid
            where d.deptype in ('e', 'x')";
        for row in rows(self.connection, sql).await? {
            let object = (row.text(0), row.oid(1));
            match row.maybe_text(3) {
                None => {
                    self.members.insert(object, row.oid(2));
                }
                Some(name) => self.companions.entry(object).or_default().push(name),
            }
        }
        Ok(())
    }

    /// Returns the extensions that something goes with.
    fn goes_with(&self, catalog: &str, oid: Oid) -> Vec<Reference> {
        let found = self.companions.get(&(catalog.to_owned(), oid));
        let names = found.into_iter().flatten();
        let mut all: Vec<_> = names
            .map(|name| Reference(self.address("extension", [name.clone()])))
            .collect();
        all.sort();
        all
    }

    async fn read_comments(&mut self) -> Result<(), Error> {
        let sql = "\
            select classoid::regclass::text, objoid, objsubid::int8, description
            from pg_description
            where (objoid >= 16384 or classoid = 'pg_namespace'::regclass)
              and classoid in ('pg_class'::regclass, 'pg_namespace'::regclass,
                'pg_constraint'::regclass, 'pg_extension'::regclass, 'pg_proc'::regclass,
                'pg_type'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
                'pg_rewrite'::regclass, 'pg_foreign_data_wrapper'::regclass,
                'pg_foreign_server'::regclass, 'pg_publication'::regclass,
                'pg_language'::regclass, 'pg_transform'::regclass, 'pg_am'::regclass,
                'pg_statistic_ext'::regclass, 'pg_collation'::regclass,
                'pg_conversion'::regclass, 'pg_cast'::regclass, 'pg_operator'::regclass,
                'pg_opfamily'::regclass, 'pg_opclass'::regclass, 'pg_ts_config'::regclass,
                'pg_ts_dict'::regclass, 'pg_ts_parser'::regclass, 'pg_ts_template'::regclass,
                'pg_event_trigger'::regclass)";
        self.comments = rows(self.connection, sql)
            .await?
            .iter()
            .map(|row| ((row.text(0), row.oid(1), row.long(2)), row.text(3)))
            .collect();
        Ok(())
    }
}
