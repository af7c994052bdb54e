//! What PostgreSQL does unasked: privileges of each kind of object, defaults, what roles that came along may do.
//!
//! Source: PostgreSQL manual, "Privileges" (5.8) and "Predefined Roles" (22.5); `pg_class_aclmask_ext()` and
//! `pg_namespace_aclmask_ext()` in `src/backend/catalog/aclchk.c`.

use std::collections::BTreeMap;

use provider::access::{Class as Facts, Everywhere, Pass};

use crate::acl::{COLUMN_PRIVILEGES, Class};

/// Attributes that hold for whoever has become the role. Logging in and replication are asked of who connects.
pub(super) const ASSUMABLE: [&str; 4] = ["superuser", "createrole", "createdb", "bypassrls"];

/// What can be read and written like a table.
const TABLES: [&str; 4] = ["table", "view", "materialized_view", "foreign_table"];

/// Kinds by class, and how many parts of their paths are a schema's; none is one of the server.
const KINDS: [(Class, usize, &[&str]); 12] = [
    (Class::Table, 2, &TABLES),
    (Class::Sequence, 2, &["sequence"]),
    (
        Class::Routine,
        2,
        &["function", "procedure", "aggregate", "routine"],
    ),
    (
        Class::Type,
        2,
        &[
            "base_type",
            "domain",
            "enum",
            "range_type",
            "composite_type",
            "type",
        ],
    ),
    (Class::Schema, 1, &["schema"]),
    (Class::Language, 1, &["language"]),
    (Class::ForeignDataWrapper, 1, &["foreign_data_wrapper"]),
    (Class::ForeignServer, 1, &["foreign_server"]),
    (Class::LargeObject, 1, &["large_object"]),
    (Class::Database, 0, &["database"]),
    (Class::Tablespace, 0, &["tablespace"]),
    (Class::Parameter, 0, &["parameter"]),
];

/// Returns what there is to know of every kind.
pub(super) fn classes(version: u32) -> BTreeMap<String, Facts> {
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let connect = Pass {
        kind: "database".to_owned(),
        parts: 1,
        privilege: "connect".to_owned(),
        logins_only: true,
    };
    let usage = Pass {
        kind: "schema".to_owned(),
        parts: 2,
        privilege: "usage".to_owned(),
        logins_only: false,
    };
    let mut classes = BTreeMap::from([
        (
            "server".to_owned(),
            Facts {
                privileges: words(&[
                    "bypassrls",
                    "createdb",
                    "createrole",
                    "login",
                    "replication",
                    "superuser",
                ]),
                ..Facts::default()
            },
        ),
        (
            "role".to_owned(),
            Facts {
                privileges: words(&["admin", "inherit", "set"]),
                ..Facts::default()
            },
        ),
    ]);
    for (class, containers, kinds) in KINDS {
        for kind in kinds {
            let is_table = class == Class::Table;
            let passes = [connect.clone(), usage.clone()];
            let facts = Facts {
                privileges: words(&class.privileges(version)),
                column_privileges: match is_table {
                    true => words(&COLUMN_PRIVILEGES),
                    false => Vec::new(),
                },
                public: words(class.public(version)),
                passes: passes.into_iter().take(containers).collect(),
                by_row: match is_table {
                    true => words(&["delete", "insert", "select", "update"]),
                    false => Vec::new(),
                },
            };
            classes.insert((*kind).to_owned(), facts);
        }
    }
    classes
}

/// Roles that came along with rights over everything of some kinds.
pub(super) const OVER_EVERYTHING: [&str; 3] =
    ["pg_read_all_data", "pg_write_all_data", "pg_maintain"];

/// Returns what a role that came along may do with everything of some kinds.
pub(super) fn everywhere(role: &str, version: u32) -> Vec<Everywhere> {
    let right = |privilege: &str, kinds: &[&str]| Everywhere {
        privilege: privilege.to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    let relations = [&TABLES[..], &["sequence"]].concat();
    match role {
        "pg_read_all_data" => vec![right("select", &relations), right("usage", &["schema"])],
        "pg_write_all_data" => vec![
            right("delete", &TABLES),
            right("insert", &TABLES),
            right("update", &relations),
            right("usage", &["schema"]),
        ],
        "pg_maintain" if version >= 170_000 => vec![right("maintain", &TABLES)],
        _ => Vec::new(),
    }
}
