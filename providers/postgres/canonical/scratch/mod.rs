//! Scratch schemas: making declared objects in them, and reading them back.

mod audits;
mod begin;
mod checked;
mod hooks;
mod light;
mod read_back;
mod reject;
mod stand_in;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Fingerprint, Map, Object, Statement};
use provider::{Alter, Capabilities, Error, ErrorKind, Kind, Provider, Question, Rejection, typed};

use self::begin::{begin, nonce};
use super::asked::Asked;
use super::order::Making;
use super::{SCRATCH, extensions};
use crate::Postgres;
use crate::error::is_about_text;
use crate::kinds::foreign::table::ForeignTable;
use crate::kinds::replication::publication::Publication;
use crate::kinds::routine::bare_name;
use crate::kinds::table::Table;
use crate::kinds::types::range::RangeType;
use crate::kinds::view::QUERY;
use crate::link::Link;
use crate::naming::{self, ROUTINES, called, is_called, names_in};
use crate::run::several_statements;
use crate::text::quote::ident;
use crate::text::statements;

/// Kinds that can have a query.
const QUERIED: [&str; 3] = ["view", "materialized_view", Table::NAME];

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
    /// What the names of this round have in them.
    nonce: String,
    /// Scratch schemas by the schema they stand for.
    schemas: BTreeMap<String, String>,
    /// What is made in scratch.
    made: BTreeSet<Address>,
    /// Routines and operator classes that are made in scratch, by schema and bare name.
    routines: BTreeSet<(String, String)>,
    /// Operators that are made in scratch, by schema and name without operands.
    operators: BTreeSet<(String, String)>,
    /// Multirange types that are made in scratch with a range, and the schema of that.
    multiranges: BTreeMap<(String, String), String>,
    /// What views in scratch stand on.
    viewed: BTreeSet<Address>,
    /// What tables in scratch inherit from.
    inherited: BTreeSet<Address>,
    /// What compared indexes, and all triggers, policies, rules and publications, stand on.
    compared: BTreeSet<Address>,
    /// What could not be made; whatever stands on it is not tried.
    broken: BTreeSet<Address>,
    /// Whether all declared extensions are there; unknown before they are needed.
    extensions: Option<bool>,
    pub(super) rejections: Vec<Rejection>,
    pub(super) refused: Vec<(usize, Error)>,
    pub(super) refused_hooks: Vec<(usize, Error)>,
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
            nonce: String::new(),
            schemas: BTreeMap::new(),
            made: BTreeSet::new(),
            routines: BTreeSet::new(),
            operators: BTreeSet::new(),
            multiranges: BTreeMap::new(),
            viewed: BTreeSet::new(),
            inherited: BTreeSet::new(),
            compared: BTreeSet::new(),
            broken: BTreeSet::new(),
            extensions: None,
            rejections: Vec::new(),
            refused: Vec::new(),
            refused_hooks: Vec::new(),
            forms: BTreeMap::new(),
        }
    }

    /// Makes objects, reads them back, checks the queries of audits and the statements of hooks, and takes
    /// everything back.
    pub(super) async fn run(
        &mut self,
        steps: &[Making],
        audits: &[Asked<'_>],
        hooks: &[Asked<'_>],
    ) -> Result<(), Error> {
        let at = self.at.clone();
        self.link.run(&at, &begin(self.platform.version)).await?;
        let done = self.work(steps, audits, hooks).await;
        // The first failure is the one that counts; a connection that is gone has taken it back.
        let taken_back = self.link.run(&at, "rollback").await;
        done.and(taken_back)
    }

    async fn work(
        &mut self,
        steps: &[Making],
        audits: &[Asked<'_>],
        hooks: &[Asked<'_>],
    ) -> Result<(), Error> {
        let begun = steps.iter().filter(|step| !step.finishes);
        let objects: Vec<_> = begun.map(|step| step.address.clone()).collect();
        let objects = objects.as_slice();
        let undeclared = self.undeclared(objects);
        let relations = undeclared.iter().map(|(address, _)| address);
        self.make_schemas(objects.iter().chain(relations)).await?;
        self.made = objects.iter().cloned().collect();
        self.make_stand_ins(undeclared).await?;
        self.routines = objects
            .iter()
            .filter(|address| ROUTINES.contains(&address.kind()) || is_class(address))
            .map(|address| (address.part(1).to_owned(), bare_name(address).to_owned()))
            .collect();
        self.operators = objects
            .iter()
            .filter(|address| address.kind() == "operator")
            .map(|address| (address.part(1).to_owned(), bare_name(address).to_owned()))
            .collect();
        self.multiranges = objects
            .iter()
            .filter(|address| address.kind() == "range_type")
            .filter_map(|address| {
                let range: RangeType = typed(&self.question.desired.get(address)?.attributes);
                Some((range.multirange(address), address.part(1).to_owned()))
            })
            .collect();
        let under =
            |kinds: &[&str], addresses: &mut dyn Iterator<Item = &Address>| -> BTreeSet<_> {
                addresses
                    .filter(|address| kinds.contains(&address.kind()))
                    .filter_map(|address| self.question.desired.get(address))
                    .flat_map(Object::stands_on)
                    .map(|edge| edge.on)
                    .collect()
            };
        self.inherited = under(&[Table::NAME, ForeignTable::NAME], &mut objects.iter());
        let is_of_query = |address: &&Address| {
            let object = self.question.desired.get(address);
            object.is_some_and(|object| object.attributes.contains_key(QUERY))
        };
        self.viewed = under(&QUERIED, &mut objects.iter().filter(is_of_query));
        let asked = audits.iter().chain(hooks);
        let named = asked.flat_map(|asked| &asked.named);
        self.viewed.extend(named.cloned());
        self.compared = under(&["index"], &mut self.question.compare.iter());
        self.compared.extend(under(
            &["trigger", "policy", "rule", "publication"],
            &mut objects.iter(),
        ));
        for group in steps.chunks(TOGETHER) {
            if !self.make_together(group).await? {
                for step in group {
                    self.make(step).await?;
                }
            }
        }
        let wanted = self
            .question
            .compare
            .iter()
            .any(|address| self.made.contains(address));
        if wanted {
            self.read_back().await?;
        }
        self.check_audits(audits).await?;
        self.check_hooks(hooks).await
    }

    async fn make_schemas(&mut self, objects: impl Iterator<Item = &Address>) -> Result<(), Error> {
        let nonce = nonce()?;
        let names: BTreeSet<&str> = objects
            .filter(|address| naming::IN_SCHEMA.contains(&address.kind()))
            .map(|address| address.part(1))
            .collect();
        self.nonce.clone_from(&nonce);
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
        if address.kind() == Publication::NAME {
            // It is in no schema, and the real one may be there.
            let digest = Fingerprint::of_bytes(address.name().as_bytes()).to_string();
            let name = format!("{SCRATCH}{}_{}", self.nonce, &digest[..16]);
            return address.sibling(Publication::NAME, [address.part(0), name.as_str()]);
        }
        if address.kind() == "cast" {
            let name = self.in_scratch(address.name());
            return address.sibling("cast", [address.part(0), name.as_str()]);
        }
        if address.kind() == "transform" {
            let data_type = self.in_scratch(address.name());
            let path = [address.part(0), address.part(1), data_type.as_str()];
            return address.sibling("transform", path);
        }
        if !naming::IN_SCHEMA.contains(&address.kind()) {
            return address.clone();
        }
        let mut path = address.path().to_vec();
        if let Some(scratch) = path.get(1).and_then(|schema| self.schemas.get(schema)) {
            path[1].clone_from(scratch);
        }
        if is_called(address.kind())
            && let Some(name) = path.last_mut()
        {
            let (bare, arguments) = called(name);
            *name = format!("{bare}{}", self.in_scratch(arguments));
        }
        // Rows of a foreign table lie elsewhere in scratch, too: its texts are those of a table.
        let kind = match address.kind() {
            ForeignTable::NAME => Table::NAME,
            kind => kind,
        };
        address.sibling(kind, path)
    }

    /// Makes objects in one message; reports whether they are all made. If not, none is.
    async fn make_together(&mut self, group: &[Making]) -> Result<bool, Error> {
        let mut sql = "set local search_path = pg_catalog".to_owned();
        for step in group {
            let address = &step.address;
            let Some(object) = self.question.desired.get(address) else {
                continue;
            };
            if self.is_on_broken(object) {
                return Ok(false);
            }
            let Some(statements) = self.statements(object, step) else {
                continue;
            };
            if statements.iter().any(is_several) {
                return Ok(false);
            }
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
        // By itself: a message that cannot be parsed does not even make the savepoint in it.
        self.link.run(&self.at, "savepoint many").await?;
        let is_made = self.link.run(&self.at, &sql).await.is_ok();
        if !is_made {
            self.link
                .run(&self.at, "rollback to savepoint many")
                .await?;
        }
        Ok(is_made)
    }

    fn is_on_broken(&self, object: &Object) -> bool {
        let edges = object.stands_on();
        edges.iter().any(|edge| self.broken.contains(&edge.on))
    }

    /// Returns the statements that make an object in scratch.
    fn statements(&self, object: &Object, step: &Making) -> Option<Vec<Statement>> {
        let light = self.light(object);
        let rules = Postgres
            .kinds()
            .iter()
            .find(|rules| rules.name() == light.address.kind())?;
        if step.loose.is_empty() {
            return Some(rules.create(&light, self.platform));
        }
        let first = rules.loosened(&light, &step.loose);
        if !step.finishes {
            return Some(rules.create(&first, self.platform));
        }
        match rules.alter(&first, &light, self.platform) {
            Alter::InPlace { statements, .. } => Some(statements),
            Alter::Replace(_) => None,
        }
    }

    fn search_path(&self, address: &Address) -> String {
        let names = self.names_in(address);
        let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
        names.join(", ")
    }

    async fn make(&mut self, step: &Making) -> Result<(), Error> {
        let address = &step.address;
        let Some(object) = self.question.desired.get(address) else {
            return Ok(());
        };
        if self.is_on_broken(object) {
            self.broken.insert(address.clone());
            return Ok(());
        }
        let Some(statements) = self.statements(object, step) else {
            return Ok(());
        };
        let mut failure = self.attempt(address, &statements).await?;
        if failure.as_ref().is_some_and(is_unknown) && self.extensions.is_none() {
            let complete =
                extensions::bring(self.link, &self.place, &self.at, self.question).await?;
            self.extensions = Some(complete);
            failure = self.attempt(address, &statements).await?;
        }
        let Some(error) = failure else {
            return Ok(());
        };
        self.broken.insert(address.clone());
        // It may be due to an extension that could not be had.
        if !(is_unknown(&error) && self.extensions == Some(false)) {
            let first = statements.first().map(|statement| statement.sql.as_str());
            self.reject(address, object, first.unwrap_or_default(), error);
        }
        Ok(())
    }

    /// Runs the statements that make an object; returns what is wrong with its texts.
    async fn attempt(
        &mut self,
        address: &Address,
        statements: &[Statement],
    ) -> Result<Option<Error>, Error> {
        if statements.iter().any(is_several) {
            return Ok(Some(several_statements()));
        }
        let mut sql = format!("set local search_path = {}", self.search_path(address));
        let before = sql.chars().count() + ";\n".len();
        for statement in statements {
            sql.push_str(";\n");
            sql.push_str(&statement.sql);
        }
        sql.push_str(";\nset local search_path = pg_catalog; release savepoint one");
        // By itself: a message that cannot be parsed does not even make the savepoint in it.
        self.link.run(&self.at, "savepoint one").await?;
        let Err(mut error) = self.link.run(&self.at, &sql).await else {
            return Ok(None);
        };
        self.link.run(&self.at, "rollback to savepoint one").await?;
        if !is_about_text(&error) {
            return Err(error.during(format!(
                "cannot try out {} {}",
                address.kind(),
                address.qualified_name()
            )));
        }
        error.position = error.position.and_then(|at| at.checked_sub(before));
        Ok(Some(error))
    }

    /// Returns the schemas in which unqualified names of a text are looked up: scratch before real.
    fn names_in(&self, address: &Address) -> Vec<String> {
        if address.kind() == "cast" {
            return vec!["pg_catalog".to_owned()];
        }
        names_in(address)
            .into_iter()
            .flat_map(|name| {
                let scratch = self.schemas.get(&name).cloned();
                scratch.into_iter().chain([name])
            })
            .collect()
    }
}

fn is_class(address: &Address) -> bool {
    matches!(address.kind(), "operator_class" | "operator_family")
}

fn is_several(statement: &Statement) -> bool {
    statements::end(&statement.sql).is_some()
}

/// Reports whether something that a text mentions is not there: a function, another object, a schema, a
/// table.
fn is_unknown(error: &Error) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| matches!(code, "42883" | "42704" | "3F000" | "42P01"))
}
