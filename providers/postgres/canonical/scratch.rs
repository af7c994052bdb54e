//! Scratch schemas: making declared objects in them, and reading them back.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Map, Object, Statement, Value};
use provider::{Capabilities, Error, ErrorKind, Provider, Question, Rejection, encode, typed};
use sqlx::{AssertSqlSafe, Executor};

use super::SCRATCH;
use super::light::lighten;
use crate::Postgres;
use crate::error::{explain, is_about_text};
use crate::kinds::table::Table;
use crate::link::Link;
use crate::naming::names_in;
use crate::read::{Schemas, read_cluster, read_database};
use crate::text::quote::ident;
use crate::text::rename::{Offer, rename};
use crate::text::restore::restore;

/// What is only asked about, never about to be made, and so needs no owner, grants or comments.
const ATTACHED: [&str; 7] = [
    "owner",
    "comment",
    "privileges",
    "grants",
    "owns",
    "tablespace",
    "with_data",
];

/// Objects that are made in one message, as long as none is refused.
const TOGETHER: usize = 50;

/// One round of scratch work in one database.
pub(super) struct Scratch<'a> {
    link: &'a mut Link,
    provider: &'a str,
    platform: &'a Capabilities,
    /// The database that the objects belong to.
    place: String,
    /// The database in which they are tried out.
    at: String,
    question: Question<'a>,
    /// Scratch schemas by the schema they stand for.
    schemas: BTreeMap<String, String>,
    /// What is made in scratch.
    made: BTreeSet<Address>,
    /// What views in scratch stand on.
    viewed: BTreeSet<Address>,
    /// What compared indexes stand on.
    compared: BTreeSet<Address>,
    /// What could not be made; whatever stands on it is not tried.
    broken: BTreeSet<Address>,
    pub(super) rejections: Vec<Rejection>,
    pub(super) forms: BTreeMap<Address, Map>,
}

impl<'a> Scratch<'a> {
    pub(super) fn new(
        link: &'a mut Link,
        provider: &'a str,
        platform: &'a Capabilities,
        place: &str,
        at: &str,
        question: Question<'a>,
    ) -> Self {
        Self {
            link,
            provider,
            platform,
            place: place.to_owned(),
            at: at.to_owned(),
            question,
            schemas: BTreeMap::new(),
            made: BTreeSet::new(),
            viewed: BTreeSet::new(),
            compared: BTreeSet::new(),
            broken: BTreeSet::new(),
            rejections: Vec::new(),
            forms: BTreeMap::new(),
        }
    }

    /// Makes objects, reads them back, and takes everything back.
    pub(super) async fn run(&mut self, objects: &[Address]) -> Result<(), Error> {
        let at = self.at.clone();
        self.link
            .run(&at, "begin; set local lock_timeout = '5s'")
            .await?;
        let done = self.work(objects).await;
        // The first failure is the one that counts; a connection that is gone has taken it back.
        let taken_back = self.link.run(&at, "rollback").await;
        done.and(taken_back)
    }

    async fn work(&mut self, objects: &[Address]) -> Result<(), Error> {
        self.make_schemas(objects).await?;
        self.made = objects.iter().cloned().collect();
        let under = |kinds: &[&str], addresses: &mut dyn Iterator<Item = &Address>| {
            addresses
                .filter(|address| kinds.contains(&address.kind()))
                .filter_map(|address| self.question.desired.get(address))
                .flat_map(Object::stands_on)
                .map(|edge| edge.on)
                .collect()
        };
        self.viewed = under(&["view", "materialized_view"], &mut objects.iter());
        self.compared = under(&["index"], &mut self.question.compare.iter());
        for group in objects.chunks(TOGETHER) {
            if !self.make_together(group).await? {
                for address in group {
                    self.make(address).await?;
                }
            }
        }
        let wanted = self
            .question
            .compare
            .iter()
            .any(|address| self.made.contains(address));
        if wanted {
            self.read_back().await
        } else {
            Ok(())
        }
    }

    async fn make_schemas(&mut self, objects: &[Address]) -> Result<(), Error> {
        let nonce = nonce()?;
        let names: BTreeSet<&str> = objects.iter().map(|address| address.part(1)).collect();
        for (number, name) in names.into_iter().enumerate() {
            let scratch = format!("{SCRATCH}{nonce}_{number}");
            let made = self
                .link
                .run(&self.at, &format!("create schema {scratch}"))
                .await;
            made.map_err(|error| match error.kind {
                ErrorKind::NotPermitted => Error::new(
                    ErrorKind::NotPermitted,
                    format!(
                        "the login may not try out SQL in database {}: it lacks CREATE on it",
                        self.link.database(&self.at)
                    ),
                )
                .help(
                    "Texts that changed, such as the query of a view, are compared by letting \
                     PostgreSQL write them in a transaction that is rolled back. Grant CREATE on the \
                     database to the login, or plan with one that has it.",
                ),
                _ => error,
            })?;
            self.schemas.insert(name.to_owned(), scratch);
        }
        Ok(())
    }

    /// Returns the address of an object in scratch.
    fn scratch_address(&self, address: &Address) -> Address {
        let mut path = address.path().to_vec();
        if let Some(scratch) = path.get(1).and_then(|schema| self.schemas.get(schema)) {
            path[1].clone_from(scratch);
        }
        address.sibling(address.kind(), path)
    }

    /// Changes the names in a text that are made in scratch.
    fn in_scratch(&self, text: &str) -> String {
        let replace = |schema: Option<&str>, name: &str| {
            let schema = schema?;
            let is_made = ["table", "view", "materialized_view", "sequence"]
                .iter()
                .any(|kind| {
                    let path = [self.place.as_str(), schema, name];
                    self.made
                        .contains(&Address::new(self.provider, *kind, path))
                });
            let scratch = self.schemas.get(schema).filter(|_| is_made)?;
            Some(format!("{}.{}", ident(scratch), ident(name)))
        };
        rename(text, Offer::Qualified, &replace)
    }

    /// Returns an object as it is made in scratch.
    fn light(&self, object: &Object) -> Object {
        let mut attributes = object.attributes.clone();
        for name in ATTACHED {
            attributes.remove(name);
        }
        if object.address.kind() == "materialized_view" {
            attributes.insert("with_data".to_owned(), Value::Bool(false));
        }
        let mut value = Value::Map(attributes);
        value.rewrite(
            &mut |text| *text = self.in_scratch(text),
            &mut |reference| {
                if self.made.contains(reference) {
                    *reference = self.scratch_address(reference);
                }
            },
        );
        let Value::Map(attributes) = value else {
            unreachable!("it was a map")
        };
        let mut light = Object::new(self.scratch_address(&object.address), attributes);
        match object.address.kind() {
            "table" => light.attributes = self.light_table(object, &light),
            "index"
                if object
                    .stands_on()
                    .iter()
                    .any(|edge| self.is_only_checked(&edge.on)) =>
            {
                // On a table without files only an index with its key could be unique.
                light.attributes.remove("unique");
                light.attributes.remove("nulls_not_distinct");
            }
            _ => {}
        }
        light
    }

    /// Reports whether a table is new, and nothing is asked about it and its indexes but whether
    /// PostgreSQL accepts their texts.
    fn is_only_checked(&self, address: &Address) -> bool {
        address.kind() == "table"
            && self.question.check.contains(address)
            && !self.compared.contains(address)
    }

    /// Leaves comments of columns and constraints out of a table; partitions stand on their own where
    /// the table they belong to is real.
    fn light_table(&self, object: &Object, light: &Object) -> Map {
        let mut table: Table = typed(&light.attributes);
        for column in &mut table.column {
            column.comment = None;
            column.using = None;
        }
        if let Some(key) = &mut table.primary_key {
            key.comment = None;
            // The index of a key is called like the key, and stands in the same schema.
            key.name = Some(
                key.name
                    .clone()
                    .unwrap_or_else(|| crate::kinds::table::default_name(object.address.name())),
            );
        }
        table.unique.iter_mut().for_each(|one| one.comment = None);
        table.check.iter_mut().for_each(|one| one.comment = None);
        table.exclude.iter_mut().for_each(|one| one.comment = None);
        if self.is_only_checked(&object.address) {
            lighten(&mut table, self.viewed.contains(&object.address));
        }
        encode(&table)
    }

    /// Makes objects in one message; reports whether they are all made. If not, none is.
    async fn make_together(&mut self, group: &[Address]) -> Result<bool, Error> {
        let mut sql = "set local search_path = pg_catalog".to_owned();
        for address in group {
            let Some(object) = self.question.desired.get(address) else {
                continue;
            };
            if self.is_on_broken(object) {
                return Ok(false);
            }
            let Some(statements) = self.statements(object) else {
                continue;
            };
            sql.push_str(&format!(
                ";\nset local search_path = {}",
                self.search_path(address)
            ));
            for statement in &statements {
                sql.push_str(";\n");
                sql.push_str(&statement.sql);
            }
        }
        sql.push_str(";\nset local search_path = pg_catalog; release savepoint many");
        // Of a message that cannot be parsed nothing runs, so the savepoint is one of its own.
        self.link.run(&self.at, "savepoint many").await?;
        let connection = self.link.at(&self.at).await?;
        let ran = connection
            .execute(sqlx::raw_sql(AssertSqlSafe(sql.as_str())))
            .await;
        if ran.is_err() {
            self.link
                .run(&self.at, "rollback to savepoint many")
                .await?;
        }
        Ok(ran.is_ok())
    }

    fn is_on_broken(&self, object: &Object) -> bool {
        let edges = object.stands_on();
        edges.iter().any(|edge| self.broken.contains(&edge.on))
    }

    /// Returns the statements that make an object in scratch.
    fn statements(&self, object: &Object) -> Option<Vec<Statement>> {
        let rules = Postgres
            .kinds()
            .iter()
            .find(|rules| rules.name() == object.address.kind())?;
        Some(rules.create(&self.light(object), self.platform))
    }

    fn search_path(&self, address: &Address) -> String {
        let names = self.names_in(address);
        let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
        names.join(", ")
    }

    async fn make(&mut self, address: &Address) -> Result<(), Error> {
        let Some(object) = self.question.desired.get(address) else {
            return Ok(());
        };
        if self.is_on_broken(object) {
            self.broken.insert(address.clone());
            return Ok(());
        }
        let Some(statements) = self.statements(object) else {
            return Ok(());
        };
        let mut sql = format!("set local search_path = {}", self.search_path(address));
        let before = sql.chars().count();
        let first = statements
            .first()
            .map(|statement| statement.sql.clone())
            .unwrap_or_default();
        for statement in &statements {
            sql.push_str(";\n");
            sql.push_str(&statement.sql);
        }
        sql.push_str(";\nset local search_path = pg_catalog; release savepoint one");
        // Of a message that cannot be parsed nothing runs, so the savepoint is one of its own.
        self.link.run(&self.at, "savepoint one").await?;
        let connection = self.link.at(&self.at).await?;
        let ran = connection
            .execute(sqlx::raw_sql(AssertSqlSafe(sql.as_str())))
            .await;
        let Err(error) = ran.map_err(explain) else {
            return Ok(());
        };
        self.link.run(&self.at, "rollback to savepoint one").await?;
        self.broken.insert(address.clone());
        if !is_about_text(&error) {
            return Err(error.during(format!(
                "cannot try out {} {}",
                address.kind(),
                address.qualified_name()
            )));
        }
        if self.is_waiting(&error) {
            return Ok(());
        }
        let position = error
            .position
            .and_then(|at| at.checked_sub(before + ";\n".len()));
        self.reject(address, object, &first, position, error);
        Ok(())
    }

    /// Returns the schemas in which unqualified names of a text are looked up: scratch before real.
    fn names_in(&self, address: &Address) -> Vec<String> {
        names_in(address)
            .into_iter()
            .flat_map(|name| {
                let scratch = self.schemas.get(&name).cloned();
                scratch.into_iter().chain([name])
            })
            .collect()
    }

    /// Reports whether a failure may be due to an extension that is yet to be made.
    fn is_waiting(&self, error: &Error) -> bool {
        let unknown = error.code.as_deref().is_some_and(|code| {
            // Undefined function, object (type, operator class), schema.
            matches!(code, "42883" | "42704" | "3F000" | "42P01")
        });
        unknown
            && self.question.desired.iter().any(|object| {
                object.address.kind() == "extension"
                    && !self.question.live.contains(&object.address)
            })
    }

    /// Finds out which attribute a failure is about, and where in it.
    fn reject(
        &mut self,
        address: &Address,
        object: &Object,
        sql: &str,
        position: Option<usize>,
        mut error: Error,
    ) {
        let mut path = Vec::new();
        error.position = None;
        let found = position.and_then(|position| {
            texts(object).into_iter().find_map(|(path, text)| {
                let scratch = self.in_scratch(&text);
                let start = sql.find(&scratch).map(|at| sql[..at].chars().count())?;
                let inside = position.checked_sub(start)?;
                (inside <= scratch.chars().count())
                    .then(|| (path, original_position(&text, &scratch, inside)))
            })
        });
        if let Some((found, inside)) = found {
            path = found;
            error.position = Some(inside);
        } else if let Some((only, _)) = texts(object)
            .into_iter()
            .next()
            .filter(|(path, _)| *path == ["query"])
        {
            path = only;
        }
        for scratch in self.schemas.clone() {
            let (schema, name) = scratch;
            error.message = error.message.replace(&name, &schema);
            error
                .notes
                .iter_mut()
                .for_each(|note| *note = note.replace(&name, &schema));
        }
        self.rejections.push(Rejection {
            address: address.clone(),
            path,
            error,
        });
    }

    async fn read_back(&mut self) -> Result<(), Error> {
        let at = self.at.clone();
        let names: BTreeSet<String> = self.schemas.values().cloned().collect();
        let connection = self.link.at(&at).await?;
        let cluster = read_cluster(connection, self.provider, self.platform, false).await?;
        let found = read_database(
            connection,
            &cluster,
            self.provider,
            &self.place,
            self.platform,
            Schemas::Named(&names),
        )
        .await?;
        let real: BTreeMap<String, String> = self
            .schemas
            .iter()
            .map(|(real, scratch)| (scratch.clone(), real.clone()))
            .collect();
        for address in self.question.compare {
            if self.broken.contains(address) || !self.made.contains(address) {
                continue;
            }
            let (Some(object), Some(desired)) = (
                found.get(&self.scratch_address(address)),
                self.question.desired.get(address),
            ) else {
                continue;
            };
            let mut value = Value::Map(object.attributes.clone());
            value.rewrite(
                &mut |text| {
                    for (scratch, real) in &real {
                        if text.contains(scratch.as_str()) {
                            *text = restore(text, scratch, real);
                        }
                    }
                },
                &mut |reference| {
                    if let Some(schema) = real.get(reference.part(1)) {
                        let mut path = reference.path().to_vec();
                        path[1].clone_from(schema);
                        *reference = reference.sibling(reference.kind(), path);
                    }
                },
            );
            let Value::Map(form) = value else {
                unreachable!("it was a map")
            };
            self.forms
                .insert(address.clone(), with_attached(form, desired));
        }
        Ok(())
    }
}

/// Gives a form back what was left out of scratch.
fn with_attached(mut form: Map, desired: &Object) -> Map {
    for name in ATTACHED {
        match desired.attributes.get(name) {
            Some(value) => form.insert(name.to_owned(), value.clone()),
            None => form.remove(name),
        };
    }
    comments(&mut form, &desired.attributes);
    form
}

/// Copies comments and `using` of parts from what is declared: they were left out of scratch.
fn comments(form: &mut Map, declared: &Map) {
    for (name, value) in declared {
        match (form.get_mut(name), value) {
            (Some(Value::Map(form)), Value::Map(declared)) => comment(form, declared),
            (Some(Value::List(form)), Value::List(declared)) => {
                for (one, other) in form.iter_mut().zip(declared) {
                    if let (Value::Map(one), Value::Map(other)) = (one, other)
                        && one.get("name") == other.get("name")
                    {
                        comment(one, other);
                    }
                }
            }
            _ => {}
        }
    }
}

fn comment(form: &mut Map, declared: &Map) {
    for name in ["comment", "using"] {
        if let Some(value) = declared.get(name) {
            form.insert(name.to_owned(), value.clone());
        }
    }
}

/// Returns the texts of an object with their paths, as a person wrote them.
fn texts(object: &Object) -> Vec<(Vec<String>, String)> {
    let mut texts = Vec::new();
    for (name, value) in &object.attributes {
        match value {
            Value::Text(text) if matches!(name.as_str(), "query" | "where") => {
                texts.push((vec![name.clone()], text.clone()));
            }
            Value::List(items) => {
                for item in items {
                    let Value::Map(map) = item else { continue };
                    let label = map.get("name").and_then(Value::as_text).map(str::to_owned);
                    let path = |rest: &[&str]| {
                        std::iter::once(name.clone())
                            .chain(label.clone())
                            .chain(rest.iter().map(|part| (*part).to_owned()))
                            .collect::<Vec<_>>()
                    };
                    for field in ["default", "expression", "type", "where"] {
                        if let Some(text) = map.get(field).and_then(Value::as_text) {
                            texts.push((path(&[field]), text.to_owned()));
                        }
                    }
                    if let Some(Value::Map(generated)) = map.get("generated")
                        && let Some(text) = generated.get("expression").and_then(Value::as_text)
                    {
                        texts.push((path(&["generated", "expression"]), text.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    texts
}

/// Finds the position in the original text that a position in the changed text means: names are
/// changed token by token, so tokens can be counted.
fn original_position(original: &str, changed: &str, position: usize) -> usize {
    let offset: usize = changed.chars().take(position).map(char::len_utf8).sum();
    let changed_tokens = crate::text::lexer::lex(changed);
    let at = changed_tokens
        .iter()
        .take_while(|token| token.start < offset)
        .count();
    let tokens = crate::text::lexer::lex(original);
    let exact = changed_tokens
        .get(at)
        .is_some_and(|token| token.start == offset);
    match tokens.get(if exact { at } else { at.saturating_sub(1) }) {
        Some(token) => original[..token.start].chars().count(),
        None => original.chars().count(),
    }
}

/// Makes a name that occurs nowhere by chance.
fn nonce() -> Result<String, Error> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(
            ErrorKind::Permanent,
            format!("there are no random numbers: {error}"),
        )
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
