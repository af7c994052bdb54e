//! Classes of objects that privileges are granted on.
//!
//! Source: PostgreSQL manual, "Privileges" (5.8), tables of privileges and defaults; `acldefault()`.

use model::Address;

/// A class of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Tables, views, materialized views.
    Table,
    /// Sequences.
    Sequence,
    /// Databases.
    Database,
    /// Schemas.
    Schema,
    /// The schema `public`, which a new database has, with privileges of its own.
    PublicSchema,
    /// Functions, procedures, aggregates.
    Routine,
    /// Types and domains.
    Type,
    /// Languages of functions.
    Language,
    /// Foreign data wrappers.
    ForeignDataWrapper,
    /// Foreign servers.
    ForeignServer,
    /// Tablespaces.
    Tablespace,
    /// Parameters of the configuration.
    Parameter,
    /// Large objects: those that a grant names by their numbers, and those that will be made.
    LargeObject,
}

/// Privileges that columns have, too.
pub const COLUMN_PRIVILEGES: [&str; 4] = ["insert", "references", "select", "update"];

impl Class {
    /// All classes.
    pub const ALL: [Self; 12] = [
        Self::Table,
        Self::Sequence,
        Self::Database,
        Self::Schema,
        Self::Routine,
        Self::Type,
        Self::Language,
        Self::ForeignDataWrapper,
        Self::ForeignServer,
        Self::Tablespace,
        Self::Parameter,
        Self::LargeObject,
    ];

    /// Returns every privilege of the class on a server version, sorted.
    #[must_use]
    pub fn privileges(self, version: u32) -> Vec<&'static str> {
        let all: &[_] = match self {
            Self::Table => &[
                "delete",
                "insert",
                "maintain",
                "references",
                "select",
                "trigger",
                "truncate",
                "update",
            ],
            Self::Sequence => &["select", "update", "usage"],
            Self::Database => &["connect", "create", "temporary"],
            Self::Schema | Self::PublicSchema => &["create", "usage"],
            Self::Routine => &["execute"],
            Self::Type | Self::Language | Self::ForeignDataWrapper | Self::ForeignServer => {
                &["usage"]
            }
            Self::Tablespace => &["create"],
            Self::Parameter => &["alter system", "set"],
            Self::LargeObject => &["select", "update"],
        };
        all.iter()
            .copied()
            .filter(|name| *name != "maintain" || version >= 170_000)
            .collect()
    }

    /// Returns what everybody may do by default.
    #[must_use]
    pub fn public(self, version: u32) -> &'static [&'static str] {
        match self {
            Self::PublicSchema if version < 150_000 => &["create", "usage"],
            Self::PublicSchema => &["usage"],
            Self::Database => &["connect", "temporary"],
            Self::Routine => &["execute"],
            Self::Type | Self::Language => &["usage"],
            Self::Table
            | Self::Sequence
            | Self::Schema
            | Self::ForeignDataWrapper
            | Self::ForeignServer
            | Self::Tablespace
            | Self::Parameter
            | Self::LargeObject => &[],
        }
    }

    fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "table" | "foreign_table" | "view" | "materialized_view" | "given_table" => Self::Table,
            "sequence" | "identity_sequence" | "given_sequence" => Self::Sequence,
            "database" => Self::Database,
            "schema" | "given_schema" => Self::Schema,
            "function" | "procedure" | "aggregate" | "given_routine" => Self::Routine,
            "enum" | "domain" | "composite_type" | "range_type" | "base_type" | "given_type" => {
                Self::Type
            }
            "language" => Self::Language,
            "foreign_data_wrapper" => Self::ForeignDataWrapper,
            "foreign_server" => Self::ForeignServer,
            "tablespace" => Self::Tablespace,
            "parameter" => Self::Parameter,
            "large_object" => Self::LargeObject,
            _ => return None,
        })
    }

    /// Returns the class of a schema.
    #[must_use]
    pub fn of_schema(name: &str) -> Self {
        if name == "public" {
            Self::PublicSchema
        } else {
            Self::Schema
        }
    }

    /// Returns the class of an object; `None` for objects without privileges.
    #[must_use]
    pub fn of(address: &Address) -> Option<Self> {
        match Self::of_kind(address.kind())? {
            Self::Schema => Some(Self::of_schema(address.name())),
            class => Some(class),
        }
    }

    /// Returns the word for the class in `GRANT ... ON`.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Sequence => "sequence",
            Self::Database => "database",
            Self::Schema | Self::PublicSchema => "schema",
            Self::Routine => "routine",
            Self::Type => "type",
            Self::Language => "language",
            Self::ForeignDataWrapper => "foreign data wrapper",
            Self::ForeignServer => "foreign server",
            Self::Tablespace => "tablespace",
            Self::Parameter => "parameter",
            Self::LargeObject => "large object",
        }
    }

    /// Returns the word for many of the class: in `ALTER DEFAULT PRIVILEGES` and in `all = ...`.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Table => "tables",
            Self::Sequence => "sequences",
            Self::Database => "databases",
            Self::Schema | Self::PublicSchema => "schemas",
            Self::Routine => "routines",
            Self::Type => "types",
            Self::Language => "languages",
            Self::ForeignDataWrapper => "foreign data wrappers",
            Self::ForeignServer => "foreign servers",
            Self::Tablespace => "tablespaces",
            Self::Parameter => "parameters",
            Self::LargeObject => "large objects",
        }
    }

    /// Returns the class with a plural name.
    #[must_use]
    pub fn from_plural(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.plural() == name)
    }
}
