//! What PostgreSQL or an extension brought along in schemas: known only for the grants on it.
//!
//! Nobody declares objects of these kinds: they follow from grants. What was granted when they came
//! (`pg_init_privs`, or the built-in default) is how they are left where nothing is said about them.
//!
//! Source: PostgreSQL manual, GRANT; `pg_init_privs`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GrantsMode, attached};
use crate::acl::{Class, Privilege};

/// What is known of anything that was brought along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Reference>,
    /// How grants are to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
    /// Who might do what when it came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initial: Vec<Privilege>,
}

/// The kinds, with the class of objects that each is.
pub(crate) const KINDS: [(&str, Class); 5] = [
    (GivenTable::NAME, Class::Table),
    (GivenSequence::NAME, Class::Sequence),
    (GivenRoutine::NAME, Class::Routine),
    (GivenType::NAME, Class::Type),
    (GivenSchema::NAME, Class::Schema),
];

/// Returns the class that a kind of what was brought along is of.
pub(crate) fn class_of(kind: &str) -> Option<Class> {
    let found = KINDS.iter().find(|(name, _)| *name == kind);
    found.map(|(_, class)| *class)
}

/// Reports whether an address is that of something that was brought along.
pub(crate) fn is_given(address: &Address) -> bool {
    class_of(address.kind()).is_some()
}

macro_rules! given {
    ($name:ident, $kind:literal, $class:expr, $within:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Given);

        impl Kind for $name {
            const NAME: &'static str = $kind;
            const WITHIN: Option<Within> = Some($within);
            const INTERNAL: bool = true;

            fn settle(&mut self, live: &Self, with: &Settling<'_>) {
                if self.0.owner.is_none() {
                    self.0.owner.clone_from(&live.0.owner);
                }
                self.0.initial.clone_from(&live.0.initial);
                attached::settle_grants(
                    $class,
                    &mut self.0.grants,
                    &mut self.0.privileges,
                    (live.0.owner.as_ref(), &live.0.privileges),
                    with,
                );
            }

            fn as_given(&mut self) {
                self.0.privileges.clone_from(&self.0.initial);
            }

            fn give_back(&mut self, with: &Settling<'_>) {
                let owner = self.0.owner.clone();
                attached::give_back($class, owner.as_ref(), &mut self.0.privileges, with);
            }

            fn create(&self, at: &At<'_>) -> Vec<Statement> {
                let (owner, privileges) = (self.0.owner.as_ref(), &self.0.privileges);
                attached::grant_new($class, owner, privileges, at)
            }

            fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
                Alter::in_place(attached::regrant(
                    $class,
                    (self.0.owner.as_ref(), &self.0.privileges),
                    (next.0.owner.as_ref(), &next.0.privileges),
                    at,
                ))
            }

            fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
                Vec::new()
            }
        }
    };
}

given!(
    GivenTable,
    "given_table",
    Class::Table,
    super::IN_SCHEMA,
    "A table, view or foreign table that was brought along."
);
given!(
    GivenSequence,
    "given_sequence",
    Class::Sequence,
    super::IN_SCHEMA,
    "A sequence that was brought along."
);
given!(
    GivenRoutine,
    "given_routine",
    Class::Routine,
    super::IN_SCHEMA,
    "A function, procedure or aggregate that was brought along."
);
given!(
    GivenType,
    "given_type",
    Class::Type,
    super::IN_SCHEMA,
    "A type that was brought along."
);
given!(
    GivenSchema,
    "given_schema",
    Class::Schema,
    super::IN_DATABASE,
    "A schema that was brought along."
);
