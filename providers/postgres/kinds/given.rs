//! What is there without anybody having made it: known only for the grants on it.
//!
//! PostgreSQL and extensions bring tables, routines and types along, and parameters of the configuration
//! are simply there. Nobody declares objects of these kinds: they follow from grants. They come with
//! privileges of their own, so their privileges are written relative to those.
//!
//! Source: PostgreSQL manual, GRANT; `pg_init_privs`, `pg_parameter_acl` (PostgreSQL 15).

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GrantsMode, IN_DATABASE, IN_SCHEMA, attached};
use crate::acl::{Class, Privilege};

/// The note of an object that is yet to come with an extension: nobody knows with which privileges.
pub(crate) const TO_COME: &str = "to_come";

/// The kinds of what lies in the schemas of PostgreSQL and of extensions, with these schemas, each with the
/// word that `GRANT` has for it.
pub(crate) const KINDS: [(&str, &str); 5] = [
    (GivenTable::NAME, "table "),
    (GivenSequence::NAME, "sequence "),
    (GivenRoutine::NAME, "routine "),
    (GivenType::NAME, "type "),
    (GivenSchema::NAME, "schema "),
];

/// Reports whether objects of a kind come with PostgreSQL or an extension, into schemas.
pub(crate) fn is_given(kind: &str) -> bool {
    KINDS.iter().any(|(given, _)| *given == kind)
}

/// Who may do what with something that nobody made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Its owner; of a parameter, the first superuser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Reference>,
    /// How grants are to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what, where that differs from what it came with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

impl Given {
    fn change(&self, next: &Self, class: Class, at: &At<'_>) -> Vec<Statement> {
        if at.facts.notes.contains_key(TO_COME) {
            return attached::grant_whatever(class, &next.privileges, at);
        }
        attached::regrant(
            class,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        )
    }
}

macro_rules! given {
    ($type:ident, $kind:literal, $class:expr, $within:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $type(pub Given);

        impl Kind for $type {
            const NAME: &'static str = $kind;
            const WITHIN: Option<Within> = $within;
            const INTERNAL: bool = true;

            fn settle(&mut self, live: &Self, with: &Settling<'_>) {
                let (mine, live) = (&mut self.0, &live.0);
                if mine.owner.is_none() {
                    mine.owner.clone_from(&live.owner);
                }
                if with.facts.notes.contains_key(TO_COME) {
                    mine.grants = None;
                    return;
                }
                attached::settle_grants(
                    $class,
                    &mut mine.grants,
                    &mut mine.privileges,
                    (live.owner.as_ref(), &live.privileges),
                    with,
                );
            }

            fn as_given(&mut self) {
                self.0.privileges.clear();
            }

            fn give_back(&mut self, with: &Settling<'_>) {
                let owner = self.0.owner.clone();
                let privileges = &mut self.0.privileges;
                attached::give_back($class, owner.as_ref(), privileges, with);
            }

            fn create(&self, at: &At<'_>) -> Vec<Statement> {
                let came = Given {
                    owner: self.0.owner.clone(),
                    ..Given::default()
                };
                came.change(&self.0, $class, at)
            }

            fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
                Alter::in_place(self.0.change(&next.0, $class, at))
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
    Some(IN_SCHEMA),
    "A table or view of PostgreSQL or an extension."
);
given!(
    GivenSequence,
    "given_sequence",
    Class::Sequence,
    Some(IN_SCHEMA),
    "A sequence of an extension."
);
given!(
    GivenRoutine,
    "given_routine",
    Class::Routine,
    Some(IN_SCHEMA),
    "A function, procedure or aggregate of PostgreSQL or an extension."
);
given!(
    GivenType,
    "given_type",
    Class::Type,
    Some(IN_SCHEMA),
    "A type or domain of PostgreSQL or an extension."
);
given!(
    GivenSchema,
    "given_schema",
    Class::Schema,
    Some(IN_DATABASE),
    "A schema of PostgreSQL or an extension."
);
given!(
    LargeObject,
    "large_object",
    Class::LargeObject,
    Some(IN_DATABASE),
    "A large object, by its number: data, and known only where a grant names it."
);
given!(
    Parameter,
    "parameter",
    Class::Parameter,
    None,
    "A parameter of the configuration."
);
