//! Failures of PostgreSQL and of the way to it, sorted and put in words.
//!
//! Source: PostgreSQL manual, appendix A (error codes).

use crate::rights;
use crate::text::quote::ident;
use provider::{Error, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

/// Turns a failure into words.
pub(crate) fn explain(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(inner) => match inner.try_downcast::<PgDatabaseError>() {
            Ok(inner) => from_server(&inner),
            Err(inner) => Error::new(ErrorKind::Permanent, inner.message()),
        },
        sqlx::Error::Io(inner) if inner.to_string().contains("peer certificate") => {
            encrypted(&inner)
        }
        sqlx::Error::Io(inner) => Error {
            source: None,
            ..Error::new(
                ErrorKind::Unreachable,
                format!("the connection failed: {inner}"),
            )
        },
        sqlx::Error::Tls(inner) => encrypted(&*inner),
        sqlx::Error::Configuration(inner) => Error::new(
            ErrorKind::Permanent,
            format!("the url cannot be used: {inner}"),
        ),
        sqlx::Error::Protocol(inner) => Error::new(
            ErrorKind::Unreachable,
            format!("the connection broke off: {inner}"),
        ),
        other => Error::new(ErrorKind::Permanent, other.to_string()),
    }
}

fn encrypted(inner: &dyn std::error::Error) -> Error {
    Error::new(
        ErrorKind::Unreachable,
        format!("the encrypted connection failed: {inner}"),
    )
    .help("Check `sslmode` and the certificates in the url.")
}

/// Sorts a failure by its SQLSTATE.
fn kind_of(code: &str, message: &str) -> ErrorKind {
    match code {
        // Deadlock, serialization failure, lock not available, cancelled by a timeout.
        "40P01" | "40001" | "55P03" => ErrorKind::Retryable,
        // Two sessions that grant on one object collide like this.
        "XX000" if message.contains("concurrently") => ErrorKind::Retryable,
        "42501" => ErrorKind::NotPermitted,
        "57014" if message.contains("statement timeout") => ErrorKind::TimedOut,
        "57P01" | "57P02" | "57P03" | "57P05" => ErrorKind::Unreachable,
        "0A000" => ErrorKind::Unsupported,
        code if code.starts_with("08") || code.starts_with("28") => ErrorKind::Unreachable,
        _ => ErrorKind::Permanent,
    }
}

/// Returns what to do about the failure of a statement.
pub(crate) fn remedy_for(error: &Error, sql: &str) -> Option<String> {
    if error.kind == ErrorKind::NotPermitted {
        return rights::remedy(&error.message, sql);
    }
    let is_value = error.code.as_deref() == Some("22P02");
    let retypes = sql.starts_with("alter table") && sql.contains(" alter column ")
        || sql.ends_with("_fill()");
    (is_value && retypes).then(|| {
        "A row has a value that the new type does not take. Change the row first, or say with `using` \
         in the block of the column what becomes of the value."
            .to_owned()
    })
}

fn from_server(inner: &PgDatabaseError) -> Error {
    let code = inner.code();
    let mut error = Error::new(kind_of(code, inner.message()), inner.message());
    error.code = Some(code.to_owned());
    error.position = match inner.position() {
        Some(PgErrorPosition::Original(position)) => Some(position.saturating_sub(1)),
        _ => None,
    };
    error.notes.extend(inner.detail().map(str::to_owned));
    error.help = inner
        .hint()
        .filter(|_| !is_about_slot(inner.message()))
        .map(str::to_owned)
        .or_else(|| is_about_slot(inner.message()).then(|| SLOT.to_owned()))
        .or_else(|| membership(inner.message()))
        .or_else(|| {
            let is_ours = inner.message().ends_with("due to statement timeout");
            is_ours.then(|| TOO_LONG.to_owned())
        })
        .or_else(|| remedy(code).map(str::to_owned));
    error
}

/// What to do when a statement took longer than it may.
const TOO_LONG: &str = "Give `statement_timeout` in the provider block more time, or leave it out.";

/// What to do when the publisher cannot be asked to drop a slot.
const SLOT: &str = "Make the publisher reachable, or give its slot up: declare the subscription with \
    `enabled = false` and `slot_name = \"none\"`, apply that, and then remove it. Drop the slot on the \
    publisher, too: it keeps all changes until then.";

fn is_about_slot(message: &str) -> bool {
    message.starts_with("could not connect to publisher when attempting to drop")
}

/// Says what to do when the login would have to be a member of a role, as to give it something.
fn membership(message: &str) -> Option<String> {
    // PostgreSQL 15 and older; 16 and newer.
    let rest = message
        .strip_prefix("must be member of role ")
        .or_else(|| message.strip_prefix("must be able to SET ROLE "))?;
    let role = rest.strip_prefix('"')?.strip_suffix('"')?;
    Some(format!(
        "Make the login of the url a member of it: grant {} to the login.",
        ident(role)
    ))
}

/// Says what to do about failures that PostgreSQL gives no hint for.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "28P01" | "28000" => {
            "Check the user and the password of the url, and what pg_hba.conf allows."
        }
        "3D000" => "Check the name of the database, in the url or wherever it is mentioned.",
        "42501" => "Give the login of the url that right, or use another login.",
        "55P03" => "Something holds a lock on it for long; try again when it has finished.",
        "55006" => "Close the sessions that use it, and try again.",
        "57P03" => "The server is starting or stopping; try again in a moment.",
        "53300" => "The server has no connections left; close some, or raise `max_connections`.",
        "53200" => "The server ran out of memory for locks: raise `max_locks_per_transaction`.",
        "25006" => "The server is read-only, such as a hot standby; use its primary.",
        _ => return None,
    })
}

/// Reports whether a failure says that a text is wrong, and not that something else went wrong.
pub(crate) fn is_about_text(error: &Error) -> bool {
    error.code.as_deref().is_some_and(|code| {
        // Syntax and access rule violations, but for missing privileges; data exceptions in constants;
        // feature not supported; an unknown schema.
        (code.starts_with("42") && code != "42501")
            || code.starts_with("22")
            || matches!(code, "0A000" | "3F000")
    })
}
