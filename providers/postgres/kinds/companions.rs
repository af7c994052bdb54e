//! Extensions that something goes with: PostgreSQL drops it when it drops one of them.
//!
//! Source: PostgreSQL manual, ALTER FUNCTION, ALTER INDEX, ALTER TRIGGER (DEPENDS ON EXTENSION);
//! `pg_depend.deptype = 'x'`.

use model::{Reference, Statement};

use super::attached::Handle;
use crate::text::quote::ident;

/// Returns the statements that turn the extensions that something goes with into others.
pub(crate) fn change(handle: &Handle, from: &[Reference], to: &[Reference]) -> Vec<Statement> {
    let on = |verb: &str, extension: &Reference| {
        let name = ident(extension.0.name());
        handle.alter(&format!("{verb} on extension {name}"))
    };
    let gone = from.iter().filter(|one| !to.contains(one));
    let gone = gone.map(|one| on("no depends", one));
    let come = to.iter().filter(|one| !from.contains(one));
    gone.chain(come.map(|one| on("depends", one))).collect()
}
