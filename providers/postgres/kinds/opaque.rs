//! Aggregates and types: objects that are not managed yet, but whose privileges are.
//!
//! They are read with their owner and privileges, so that grants on them work and their default
//! privileges can be seen. Nobody declares them.
//!
//! Source: `pg_proc`, `pg_type`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GrantsMode, attached};
use crate::acl::{self, Class, Privilege, Target};

/// What is known of an object that is not managed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opaque {
    /// Its name as statements have it, with argument types where it has any.
    pub signature: String,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Reference>,
    /// How grants are to be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

impl Opaque {
    fn settle(&mut self, live: &Self, class: Class, with: &Settling<'_>) {
        attached::settle_grants(
            class,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn alter(&self, next: &Self, class: Class, at: &At<'_>) -> Alter {
        let version = at.platform.version;
        let owner = self.owner.as_ref().map(|owner| &owner.0);
        let target = Target {
            on: format!("{} {}", class.keyword(), self.signature),
            prefix: String::new(),
            words: format!("{} {}", class.keyword(), self.signature),
        };
        Alter::in_place(acl::change(
            &acl::whole(&self.privileges, class, owner, version),
            &acl::whole(&next.privileges, class, owner, version),
            &target,
        ))
    }
}

macro_rules! opaque {
    ($name:ident, $kind:literal, $class:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Opaque);

        impl Kind for $name {
            const NAME: &'static str = $kind;
            const INTERNAL: bool = true;
            const WITHIN: Option<Within> = Some(super::IN_SCHEMA);

            fn settle(&mut self, live: &Self, with: &Settling<'_>) {
                self.0.settle(&live.0, $class, with);
            }

            fn give_back(&mut self, with: &Settling<'_>) {
                let owner = self.0.owner.clone();
                attached::give_back($class, owner.as_ref(), &mut self.0.privileges, with);
            }

            fn create(&self, _at: &At<'_>) -> Vec<Statement> {
                Vec::new()
            }

            fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
                self.0.alter(&next.0, $class, at)
            }

            fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
                Vec::new()
            }
        }
    };
}

opaque!(
    Aggregate,
    "aggregate",
    Class::Routine,
    "A function, procedure or aggregate."
);
opaque!(DataType, "type", Class::Type, "A type or domain.");
