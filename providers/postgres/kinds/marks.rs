//! What a table remembers about one of its indexes: whether `CLUSTER` orders rows by it, and whether
//! replication knows rows by it.
//!
//! The index has the mark and the table has at most one of each, so a mark that moves is set on one
//! index and taken off another, in any order: it is taken off only where it still is.
//!
//! Source: PostgreSQL manual, ALTER TABLE (CLUSTER ON, REPLICA IDENTITY); `pg_index`.

use model::{Address, Hazard, Statement};

use crate::naming::written;
use crate::text::quote::{ident, literal};

/// The marks of one index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) cluster: bool,
    pub(crate) replica_identity: bool,
}

/// Returns the statements that turn the marks of an index, by its plain name, into others.
pub(crate) fn change(table: &Address, index: &str, from: Marks, to: Marks) -> Vec<Statement> {
    let on = written(table);
    let quoted = ident(index);
    let full = format!("{}.{quoted}", ident(table.part(1)));
    let locks = |statement: Statement| statement.hazard(Hazard::blocks_reads(table));
    let mut statements = Vec::new();
    match (from.cluster, to.cluster) {
        (false, true) => {
            let sql = format!("alter table {on} cluster on {quoted}");
            statements.push(Statement::new(sql));
        }
        (true, false) => {
            let reset = format!("alter table {on} set without cluster");
            statements.push(take_off(&full, "indisclustered", &reset));
        }
        _ => {}
    }
    match (from.replica_identity, to.replica_identity) {
        (false, true) => {
            let sql = format!("alter table {on} replica identity using index {quoted}");
            statements.push(locks(Statement::new(sql)));
        }
        (true, false) => {
            let reset = format!("alter table {on} replica identity default");
            statements.push(locks(take_off(&full, "indisreplident", &reset)));
        }
        _ => {}
    }
    statements
}

/// Returns the statements before an index goes. A table that replication knows by an index that is gone
/// would have no identity at all.
pub(crate) fn before_drop(table: &Address, index: &str, marks: Marks) -> Vec<Statement> {
    let from = Marks {
        cluster: false,
        ..marks
    };
    change(table, index, from, Marks::default())
}

fn take_off(index: &str, mark: &str, reset: &str) -> Statement {
    let body = format!(
        "begin if (select {mark} from pg_catalog.pg_index where indexrelid = {}::regclass) \
         then {reset}; end if; end",
        literal(index)
    );
    Statement::new(format!("do {}", literal(&body)))
}
