//! Which right a statement lacked: PostgreSQL says on what, and seldom which.
//!
//! Source: `aclcheck_error()` in `src/backend/catalog/aclchk.c`, and the pages of the manual about the
//! statements.

use crate::text::quote::ident;

/// Says what to do about a statement that was not permitted; `None` where the message tells no more
/// than that.
pub(crate) fn remedy(message: &str, sql: &str) -> Option<String> {
    let attribute = match message {
        "permission denied to create database" => Some("createdb"),
        "permission denied to create role" => Some("createrole"),
        _ => None,
    };
    if let Some(attribute) = attribute {
        return Some(format!(
            "Give the login the right to (`alter role ... {attribute}`), or use another login."
        ));
    }
    let (rest, is_owner) = match message.strip_prefix("must be owner of ") {
        Some(rest) => (rest, true),
        None => (message.strip_prefix("permission denied for ")?, false),
    };
    let words = [
        "materialized view",
        "foreign-data wrapper",
        "foreign server",
    ];
    let two = words
        .into_iter()
        .find_map(|kind| Some((kind, rest.strip_prefix(kind)?.strip_prefix(' ')?)));
    let (kind, name) = match two {
        Some(found) => found,
        None => rest.split_once(' ')?,
    };
    let kind = kind.replace('-', " ");
    let kind = kind.as_str();
    let on = format!("{kind} {}", ident(name));
    if is_owner {
        return Some(format!(
            "Only the owner of {on} may do that: make the login a member of the owning role, or use \
             another login."
        ));
    }
    let mut words = sql.split_whitespace().map(str::to_lowercase);
    let verb = words.next().unwrap_or_default();
    let right = match (kind, verb.as_str()) {
        ("database", "create") => "create",
        ("schema", "create" | "alter") => "usage, create",
        ("schema", _) => "usage",
        (_, "grant" | "revoke") => {
            return Some(format!(
                "Only who owns {on}, or may grant its rights to others, may do that: make the login \
                 a member of the owning role, or use another login."
            ));
        }
        // Views, foreign keys and indexes read what they stand on.
        ("table" | "view" | "materialized view", "create" | "refresh") => "select",
        ("table", "alter") if sql.contains("references") => "references",
        ("sequence", _) => "usage, select",
        ("function" | "procedure" | "routine", _) => "execute",
        ("type" | "language" | "foreign data wrapper" | "foreign server", _) => "usage",
        _ => return None,
    };
    Some(format!(
        "Grant it to the login (`grant {right} on {on} to ...`), or use another login."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let help = |message: &str, sql: &str| remedy(message, sql).unwrap_or_default();
        let create = help(
            "permission denied for schema shop",
            "create table shop.a ()",
        );
        assert!(
            create.contains("grant usage, create on schema shop to"),
            "{create}"
        );
        let read = help(
            "permission denied for table items",
            "create view v as select 1",
        );
        assert!(read.contains("grant select on table items to"), "{read}");
        let owner = help(
            "must be owner of materialized view sums",
            "alter table x add y text",
        );
        assert!(owner.contains("owner of materialized view sums"), "{owner}");
        let role = help("permission denied to create role", "create role x");
        assert!(role.contains("createrole"), "{role}");
        assert_eq!(remedy("permission denied", "reset all"), None);
    }
}
