//! Indexes built, replaced and dropped while rows are written.
//!
//! `CREATE INDEX CONCURRENTLY` cannot be part of a transaction, and leaves an index that is not valid behind
//! when it fails. Where that is seen later, by the next plan, such an index is dropped and built again.
//!
//! Source: PostgreSQL manual, CREATE INDEX (Building Indexes Concurrently), DROP INDEX.

use model::{Address, Hazard, Map, Reference, Statement, Value};
use provider::At;

use super::attached::Handle;
use super::index::Index;
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
    /// The name PostgreSQL gives it.
    pub(crate) name: String,
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

    pub(crate) fn note(&self) -> Value {
        let table = |address: &Address| Value::Reference(address.clone());
        let mut note = Map::from([
            ("table".to_owned(), table(&self.table)),
            ("name".to_owned(), Value::Text(self.name.clone())),
            ("is_partitioned".to_owned(), self.is_partitioned.into()),
        ]);
        note.extend(
            self.above
                .iter()
                .map(|above| ("above".to_owned(), table(above))),
        );
        Value::Map(note)
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

/// Says how a statement runs that builds an index concurrently for some object, and what takes the index away where
/// it is left behind; `left` tells more about one that is.
pub(crate) fn concurrently(build: Statement, index: &str, left: &str, on: &Address) -> Statement {
    let when = format!(
        "select 1 from pg_catalog.pg_index where indexrelid = to_regclass({}){left}",
        literal(index)
    );
    build
        .alone(on)
        .later()
        .patient()
        .undone_by(when, format!("drop index concurrently if exists {index}"))
}

impl Index {
    /// Returns the statement that builds it under a name while rows are written.
    fn built(&self, name: &str, undo: &str, at: &At<'_>) -> Statement {
        let qualified = qualified(name, at);
        let mut build = self.definition(name, true, at);
        build.promises = self.unique;
        let build = build.hazard(Hazard::scans(&self.table.0));
        concurrently(build, &qualified, undo, at.address)
    }

    /// Returns the statements that build it while rows are written, where there is such a way.
    pub(super) fn built_online(&self, at: &At<'_>) -> Option<Vec<Statement>> {
        let name = at.address.name();
        match at.facts.notes.get(PARTS) {
            Some(Value::List(parts)) if !at.platform.notes.contains_key(EMBEDDED) => {
                let parts: Option<Vec<Part>> = parts.iter().map(Part::of).collect();
                Some(self.built_by_parts(&parts?, at))
            }
            _ => has_a_way(self, at).then(|| vec![self.built(name, " and not indisvalid", at)]),
        }
    }

    /// Returns the statements that build it one partition after the other. On the partitioned tables themselves it is
    /// not valid until all partitions have theirs.
    fn built_by_parts(&self, parts: &[Part], at: &At<'_>) -> Vec<Statement> {
        let of = |part: &Part| Self {
            table: Reference(part.table.clone()),
            only: part.is_partitioned,
            ..self.clone()
        };
        let whole = Self {
            only: true,
            ..self.clone()
        };
        let mut begin = whole.begun(at.address.name(), at);
        begin.promises = self.unique;
        let mut statements = vec![begin];
        for part in parts {
            let one = of(part);
            statements.push(match part.is_partitioned {
                true => one.begun(&part.name, at),
                false => {
                    let build = one.definition(&part.name, true, at);
                    let build = build.hazard(Hazard::scans(&part.table));
                    let left = " and not exists (select from pg_catalog.pg_inherits \
                        where inhrelid = indexrelid)";
                    concurrently(build, &part.written(), left, at.address)
                }
            });
        }
        let top = qualified(at.address.name(), at);
        // What is above becomes valid with the last of its parts.
        for part in parts.iter().rev() {
            let above = part.above.as_ref();
            let above = above.and_then(|above| parts.iter().find(|one| one.table == *above));
            let above = above.map_or_else(|| top.clone(), Part::written);
            let sql = format!("alter index {above} attach partition {}", part.written());
            statements.push(Statement::new(sql).apart());
        }
        statements
    }

    /// Returns the statement that makes it on a partitioned table alone, where it is not valid yet.
    fn begun(&self, name: &str, at: &At<'_>) -> Statement {
        let written = format!("{}.{}", ident(self.table.0.part(1)), ident(name));
        let when = format!(
            "select 1 from pg_catalog.pg_index where indexrelid = to_regclass({}) and not indisvalid",
            literal(&written)
        );
        self.definition(name, false, at)
            .hazard(Hazard::blocks_writes(&self.table.0))
            .later()
            .undone_by(when, format!("drop index if exists {written}"))
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
        if !has_a_way(self, at) || live.part_of.is_some() || live.table != self.table {
            return None;
        }
        let old = Handle::new("index", at.address);
        let new = Handle {
            keyword: "index",
            name: qualified(name, at),
        };
        let mut statements = vec![self.built(name, "", at)];
        let swap = [old.drop(), new.rename(at.address.name())];
        statements.extend(swap.map(|one| one.hazard(Hazard::blocks_reads(&self.table.0)).later()));
        statements.extend(self.dressed(at));
        Some(statements)
    }
}

fn qualified(name: &str, at: &At<'_>) -> String {
    format!("{}.{}", ident(at.address.part(1)), ident(name))
}
