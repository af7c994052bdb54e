//! Indexes built, replaced and dropped while rows are written.
//!
//! `CREATE INDEX CONCURRENTLY` cannot be part of a transaction, and leaves an index that is not valid behind
//! when it fails. Where that is seen later, by the next plan, such an index is dropped and built again.
//!
//! Source: PostgreSQL manual, CREATE INDEX (Building Indexes Concurrently), DROP INDEX.

use model::{Address, Hazard, Map, Reference, Statement, Undo, Value};
use provider::At;

use super::Index;
use crate::kinds::attached::Handle;
use crate::naming::written;
use crate::session::EMBEDDED;
use crate::text::quote::{ident, literal};

/// The note of an index, declared or live, that is on a partitioned table: it has no rows of its own.
pub(crate) const PARTITIONED: &str = "partitioned";

/// The note of a new index of a partitioned table: its parts, those above first.
pub(crate) const PARTS: &str = "parts";

/// The part that a partition has of an index of a partitioned table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The partition.
    pub(crate) table: Address,
    /// The name it is built under: what PostgreSQL calls it, unless that is taken by what it replaces.
    pub(crate) name: String,
    /// What PostgreSQL calls it, where it is built under another name.
    pub(crate) usual: Option<String>,
    /// Whether the partition has partitions itself.
    pub(crate) is_partitioned: bool,
    /// The partition whose part it is part of, where that is not the table that the whole index is on.
    pub(crate) above: Option<Address>,
}

impl Part {
    /// Returns its name as it is written.
    pub(crate) fn written(&self) -> String {
        format!("{}.{}", ident(self.table.part(1)), ident(&self.name))
    }

    /// Returns the statement that gives it the name that PostgreSQL would have chosen.
    fn takes_its_name(&self) -> Option<Statement> {
        let usual = ident(self.usual.as_ref()?);
        let sql = format!("alter index {} rename to {usual}", self.written());
        Some(Statement::new(sql))
    }

    pub(crate) fn note(&self) -> Value {
        let table = |address: &Address| Value::Reference(address.clone());
        let mut note = Map::from([
            ("table".to_owned(), table(&self.table)),
            ("name".to_owned(), Value::Text(self.name.clone())),
            ("is_partitioned".to_owned(), self.is_partitioned.into()),
        ]);
        let usual = self.usual.iter();
        note.extend(usual.map(|name| ("usual".to_owned(), Value::Text(name.clone()))));
        let above = self.above.iter();
        note.extend(above.map(|above| ("above".to_owned(), table(above))));
        Value::Map(note)
    }

    /// Returns those that a note lists.
    pub(crate) fn all(note: &Value) -> Option<Vec<Self>> {
        let Value::List(parts) = note else {
            return None;
        };
        parts.iter().map(Self::of).collect()
    }

    fn of(note: &Value) -> Option<Self> {
        let Value::Map(note) = note else {
            return None;
        };
        let table = |name: &str| match note.get(name) {
            Some(Value::Reference(address)) => Some(address.clone()),
            _ => None,
        };
        Some(Self {
            table: table("table")?,
            name: note.get("name")?.as_text()?.to_owned(),
            usual: note
                .get("usual")
                .and_then(Value::as_text)
                .map(str::to_owned),
            is_partitioned: note.get("is_partitioned") == Some(&Value::Bool(true)),
            above: table("above"),
        })
    }
}

/// Reports whether anybody else can be connected who would have to wait, and the index is one that can be worked
/// on meanwhile.
fn has_a_way(index: &Index, at: &At<'_>) -> bool {
    !at.platform.notes.contains_key(EMBEDDED)
        && !at.facts.notes.contains_key(PARTITIONED)
        && index.part_of.is_none()
        && !index.only
}

/// Returns the statements by which parts join what is above them, `top` at last. That becomes valid with the last of its
/// parts.
pub(crate) fn attached(parts: &[Part], top: &str) -> Vec<Statement> {
    let attach = |part: &Part| {
        let above = part.above.as_ref();
        let above = above.and_then(|above| parts.iter().find(|one| one.table == *above));
        let above = above.map_or_else(|| top.to_owned(), Part::written);
        let sql = format!("alter index {above} attach partition {}", part.written());
        Statement::new(sql).apart()
    };
    parts.iter().rev().map(attach).collect()
}

/// Returns the parts that are built one after the other, where somebody can be connected who would have to wait.
fn parts(at: &At<'_>) -> Option<Vec<Part>> {
    let note = at.facts.notes.get(PARTS)?;
    Part::all(note).filter(|_| !at.platform.notes.contains_key(EMBEDDED))
}

/// Says how a statement runs that builds an index concurrently for some object, and what takes the index away where
/// it is left behind; `left` tells more about one that is.
pub(crate) fn concurrently(
    build: Statement,
    (index, table): (&str, &Address),
    left: &str,
    on: &Address,
) -> Statement {
    let when = format!(
        "select 1 from pg_catalog.pg_index where indexrelid = to_regclass({}) \
         and indrelid = to_regclass({}){left}",
        literal(index),
        literal(&written(table))
    );
    let drop = format!("drop index concurrently if exists {index}");
    build
        .alone(on)
        .later()
        .patient()
        .undone_by(Undo::new(when, drop).patient())
}

impl Index {
    /// Returns the statement that builds it under a name while rows are written.
    fn built(&self, name: &str, undo: &str, at: &At<'_>) -> Statement {
        let qualified = qualified(name, at);
        let mut build = self.definition(name, true, at);
        build.promises = self.unique;
        let build = build.hazard(Hazard::scans(&self.table.0));
        concurrently(build, (&qualified, &self.table.0), undo, at.address)
    }

    /// Returns the statements that build it while rows are written, where there is such a way.
    pub(super) fn built_online(&self, at: &At<'_>) -> Option<Vec<Statement>> {
        let (name, left) = (at.address.name(), " and not indisvalid");
        match parts(at) {
            Some(parts) => Some(self.built_by_parts(name, left, &parts, at)),
            None => has_a_way(self, at).then(|| vec![self.built(name, left, at)]),
        }
    }

    /// Returns the statements that build it under a name, one partition after the other. On the partitioned tables
    /// themselves it is not valid until all partitions have theirs.
    fn built_by_parts(
        &self,
        name: &str,
        left: &str,
        parts: &[Part],
        at: &At<'_>,
    ) -> Vec<Statement> {
        let of = |part: &Part| Self {
            table: Reference(part.table.clone()),
            only: part.is_partitioned,
            ..self.clone()
        };
        let whole = Self {
            only: true,
            ..self.clone()
        };
        let mut begin = whole.begun(name, left, at);
        begin.promises = self.unique;
        let mut statements = vec![begin];
        for part in parts {
            let one = of(part);
            statements.push(match part.is_partitioned {
                true => one.begun(&part.name, " and not indisvalid", at),
                false => {
                    let build = one.definition(&part.name, true, at);
                    let build = build.hazard(Hazard::scans(&part.table));
                    let left = " and not exists (select from pg_catalog.pg_inherits \
                        where inhrelid = indexrelid)";
                    concurrently(build, (&part.written(), &part.table), left, at.address)
                }
            });
        }
        statements.extend(attached(parts, &qualified(name, at)));
        statements
    }

    /// Returns the statement that makes it on a partitioned table alone, where it is not valid yet.
    fn begun(&self, name: &str, left: &str, at: &At<'_>) -> Statement {
        let index = format!("{}.{}", ident(self.table.0.part(1)), ident(name));
        let when = format!(
            "select 1 from pg_catalog.pg_index where indexrelid = to_regclass({}) \
             and indrelid = to_regclass({}){left}",
            literal(&index),
            literal(&written(&self.table.0))
        );
        self.definition(name, false, at)
            .hazard(Hazard::blocks_writes(&self.table.0))
            .later()
            .undone_by(Undo::new(when, format!("drop index if exists {index}")))
    }

    /// Returns the statements that drop it while rows are written, where there is such a way.
    pub(super) fn dropped_online(&self, at: &At<'_>) -> Option<Vec<Statement>> {
        let name = qualified(at.address.name(), at);
        has_a_way(self, at).then(|| {
            // Where its column went meanwhile, it went along.
            vec![
                Statement::new(format!("drop index concurrently if exists {name}"))
                    .hazard(Hazard::scans(&self.table.0))
                    .alone(at.address)
                    .later()
                    .patient(),
            ]
        })
    }

    /// Returns the statements that build it beside its live form while rows are written, and let it take the
    /// place of that in one short transaction.
    pub(super) fn replaced_online(
        &self,
        live: &Self,
        name: &str,
        at: &At<'_>,
    ) -> Option<Vec<Statement>> {
        if live.part_of.is_some() || live.table != self.table {
            return None;
        }
        let parts = parts(at);
        let mut statements = match &parts {
            Some(parts) => self.built_by_parts(name, "", parts, at),
            None if has_a_way(self, at) => vec![self.built(name, "", at)],
            None => return None,
        };
        let old = Handle::new("index", at.address);
        let new = Handle {
            keyword: "index",
            name: qualified(name, at),
        };
        let swap = [old.drop(), new.rename(at.address.name())];
        statements.extend(swap.map(|one| one.hazard(Hazard::blocks_reads(&self.table.0)).later()));
        let moved = parts.iter().flatten().filter_map(Part::takes_its_name);
        statements.extend(moved.map(Statement::later));
        statements.extend(self.dressed(at));
        Some(statements)
    }
}

fn qualified(name: &str, at: &At<'_>) -> String {
    format!("{}.{}", ident(at.address.part(1)), ident(name))
}
