//! Who was given what on a platform, as it is stored there: what effective privileges are computed from.
//!
//! Names, not numbers: what is read on one server is compared with what was read on another one, or a
//! quarter ago. Nothing is added up here. What a platform does unasked is data, too: what it takes for
//! granted where nothing is stored ([`Class::public`]), rights over everything of a kind
//! ([`Everywhere`]), what must be passed on the way to a thing ([`Pass`]).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everybody and everything, with what was given to whom. Sorted: two readings of the same have the same text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// What there is to know of each kind of thing, by the name of the kind.
    pub classes: BTreeMap<String, Class>,
    /// Attributes that hold, too, for whoever has become the role that has them.
    pub assumable: Vec<String>,
    /// All roles, by name.
    pub roles: Vec<Role>,
    /// Who is in which role.
    pub memberships: Vec<Membership>,
    /// All things that rights are given on.
    pub things: Vec<Thing>,
    /// What is given on things that are yet to be made.
    pub future: Vec<Future>,
    /// What the login could not see, one sentence each. Where there is any, the population is incomplete.
    pub unseen: Vec<String>,
    /// Whether it is what a project managed, and not all there was: what is not in it is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_managed: bool,
}

impl Population {
    /// Sorts memberships, things and what is given on things that are yet to be made.
    pub fn sort(&mut self) {
        self.memberships.sort();
        self.things
            .sort_by(|a, b| (&a.kind, &a.path).cmp(&(&b.kind, &b.path)));
        self.future
            .sort_by(|a, b| (&a.kind, &a.path, &a.creator).cmp(&(&b.kind, &b.path, &b.creator)));
    }
}

/// A kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Every privilege there is on such a thing.
    pub privileges: Vec<String>,
    /// Those that can be given on single columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub column_privileges: Vec<String>,
    /// What everybody has where nothing is stored; the owner has all then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<String>,
    /// What must be passed on the way to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<Pass>,
    /// Privileges that row level security narrows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_row: Vec<String>,
}

/// What must be passed on the way to a thing: whoever lacks the privilege there cannot use what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// The kind of the container.
    pub kind: String,
    /// How many parts of the path of the thing are the path of the container.
    pub parts: usize,
    /// The privilege.
    pub privilege: String,
    /// Whether only those need it that log in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logins_only: bool,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it may do on the server as a whole, such as `login` and `createdb`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// Whether it can log in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub login: bool,
    /// Whether everything is permitted to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superuser: bool,
    /// Whether row level security does not hold for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypasses_rows: bool,
    /// Whether the platform brought it along.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub predefined: bool,
    /// Until when its password holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// What it may do with everything of some kinds, whatever is stored there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everywhere: Vec<Everywhere>,
    /// Whether nothing else is known of it than its name, and what was given to it: it was not managed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_named: bool,
}

/// A right on everything of some kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// The privilege.
    pub privilege: String,
    /// The kinds.
    pub kinds: Vec<String>,
}

/// Being in a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The role.
    pub role: String,
    /// Who is in it.
    pub member: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the member has its rights at once.
    pub inherit: bool,
    /// Whether the member can become it.
    pub set: bool,
    /// Whether the member can take others in.
    pub admin: bool,
    /// The database inside of which alone this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// Something that rights are given on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// Its kind.
    pub kind: String,
    /// Its name, from the outermost container.
    pub path: Vec<String>,
    /// The role that it belongs to.
    pub owner: String,
    /// What was given; nothing stored is what [`Class`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<Given>>,
    /// What was given on columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnGiven>,
    /// Whether policies narrow its rows, and for whom.
    #[serde(default, skip_serializing_if = "RowSecurity::is_off")]
    pub row_security: RowSecurity,
}

/// Row level security of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowSecurity {
    /// There is none.
    #[default]
    Off,
    /// For everybody but the owner.
    On,
    /// For everybody.
    Forced,
}

impl RowSecurity {
    /// Reports whether there is none.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

/// Privileges that somebody gave to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// To whom; nothing is everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Who gave them.
    pub by: String,
    /// Whether they may be passed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub option: bool,
    /// Which.
    pub privileges: Vec<String>,
}

/// Privileges on one column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnGiven {
    /// The column.
    pub column: String,
    /// What was given.
    pub grants: Vec<Given>,
}

/// What is given on things that are yet to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Future {
    /// Who makes them.
    pub creator: String,
    /// The kind of the things.
    pub kind: String,
    /// Where: a database, or a schema of one.
    pub path: Vec<String>,
    /// Whether this takes the place of what [`Class`] says, or adds to it.
    pub replaces: bool,
    /// What is given.
    pub grants: Vec<Given>,
}

/// Which part of a platform is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Names of databases; the empty name is that of the connection.
    pub places: std::collections::BTreeSet<String>,
    /// Whether all others are looked at, too.
    pub all: bool,
}
