//! Indexes built, replaced and dropped while rows are written.
//!
//! `CREATE INDEX CONCURRENTLY` cannot be part of a transaction, and leaves an index that is not valid behind
//! when it fails. Where that is seen later, by the next plan, such an index is dropped and built again.
//!
//! Source: PostgreSQL manual, CREATE INDEX (Building Indexes Concurrently), DROP INDEX.

use model::{Address, Hazard, Statement};
use provider::At;

use super::attached::Handle;
use super::index::Index;
use crate::session::EMBEDDED;
use crate::text::quote::{ident, literal};

/// The note of an index, declared or live, that is on a partitioned table: it has no rows of its own.
pub(crate) const PARTITIONED: &str = "partitioned";

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
        has_a_way(self, at).then(|| vec![self.built(name, " and not indisvalid", at)])
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
