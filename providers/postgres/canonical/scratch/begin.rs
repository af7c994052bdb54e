//! How a round begins in which objects are made only to be read back: its transaction, and what its names have in them.
//!
//! Source: PostgreSQL manual, `session_replication_role`, `event_triggers` (17), `has_parameter_privilege()` (15).

use provider::{Error, ErrorKind};

/// Returns what begins it: nobody is waited for long, and no event trigger fires where the login may say so.
/// Before PostgreSQL 17, those that fire in replicas, too, do here as well.
pub(super) fn begin(version: u32) -> String {
    let (setting, value) = match version {
        170_000.. => ("event_triggers", "off"),
        _ => ("session_replication_role", "replica"),
    };
    let may = match version {
        150_000.. => format!("pg_catalog.has_parameter_privilege('{setting}', 'set')"),
        _ => "(select rolsuper from pg_catalog.pg_roles where rolname = current_user)".to_owned(),
    };
    format!(
        "begin; set local lock_timeout = '5s'; \
         select pg_catalog.set_config('{setting}', '{value}', true) where {may}"
    )
}

/// Makes a name that occurs nowhere by chance.
pub(super) fn nonce() -> Result<String, Error> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(
            ErrorKind::Permanent,
            format!("there are no random numbers: {error}"),
        )
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
