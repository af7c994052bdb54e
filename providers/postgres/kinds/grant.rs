//! `grant` and `access` blocks: what is said about privileges, before it is worked into the objects.

use model::{Reference, Statement};
use provider::{Alter, At, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// Tables, views, materialized views.
    Tables,
    /// Sequences.
    Sequences,
    /// Functions, procedures, aggregates.
    Routines,
    /// Types and domains.
    Types,
    /// Schemas of a database.
    Schemas,
    /// Large objects of a database, together with `future = "only"`: those that are there are data, and left
    /// alone. PostgreSQL 18.
    LargeObjects,
}

/// Whether a grant speaks of what will be made later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Future {
    /// Only of what is there.
    #[default]
    False,
    /// Of what is there, and of what will be made.
    True,
    /// Only of what will be made.
    Only,
}

impl Future {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The exact form: these privileges, for these roles, on these objects.
///
/// Whoever is named by grants on an object has exactly what they say; everybody else has what
/// PostgreSQL gives by default: the owner everything, PUBLIC what the kind of object gives everybody.
/// So a grant to `"public"` with `privileges = []` takes the default away.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grant {
    /// Who: a role, a list of roles, or `"public"` for everybody.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    pub to: Vec<Reference>,
    /// On what: an object, a list of objects, or their names. A name with a dot is that of a table,
    /// view, sequence, routine or type; one without is that of a schema; other kinds are said in
    /// front: `"parameter work_mem"`, `"language plpgsql"`, `"tablespace fast"`,
    /// `"foreign server files"`, `"foreign data wrapper postgres_fdw"`, `"large object 4711"`.
    #[schemars(extend("x-reference" = ["*"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Reference>,
    /// On everything of a sort, together with `in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<All>,
    /// The schemas, or databases, that `all` looks in; the database of the project when absent.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["schema", "database"], "x-one-or-many" = true), with = "Vec<String>")]
    pub inside: Vec<Reference>,
    /// Whether `all` also means what will be made later, or means `only` that.
    #[serde(skip_serializing_if = "Future::is_default")]
    pub future: Future,
    /// Who will make it, for `future`: default privileges hold for what certain roles make. By
    /// default whoever applies, the owners, and all roles that may create there.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_by: Vec<Reference>,
    /// Privileges, such as `select`; `all` for all there are.
    #[schemars(extend("x-one-or-many" = true))]
    pub privileges: Vec<String>,
    /// Only on these columns.
    #[schemars(extend("x-one-or-many" = true))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Whether they may grant it to others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub grant_option: bool,
    /// The role that grants it, where it is not the owner.
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<Reference>,
}

/// A level of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// See everything.
    Read,
    /// See and change all rows.
    ReadWrite,
    /// Everything an owner grants: change rows, make objects.
    Full,
}

/// The short form: a level of access to databases or schemas, to everything in them, and to everything
/// that will ever be made in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Who: a role or a list of roles.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    pub role: Vec<Reference>,
    /// On what: databases and schemas.
    #[schemars(extend("x-reference" = ["schema", "database"], "x-one-or-many" = true), with = "Vec<String>")]
    pub on: Vec<Reference>,
    /// How much.
    pub level: Level,
    /// Who will make things there; see `made_by` of `grant`.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_by: Vec<Reference>,
}

macro_rules! clause {
    ($name:ident, $kind:literal) => {
        impl Kind for $name {
            const NAME: &'static str = $kind;
            const CLAUSE: bool = true;

            fn create(&self, _at: &At<'_>) -> Vec<Statement> {
                Vec::new()
            }

            fn alter(&self, _next: &Self, _at: &At<'_>) -> Alter {
                Alter::in_place(Vec::new())
            }

            fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
                Vec::new()
            }
        }
    };
}

clause!(Grant, "grant");
clause!(Access, "access");
