//! Sequences of identity columns: who may do what with them.
//!
//! They are made, altered and dropped with their column, which says everything else about them. Nobody
//! declares objects of this kind: they follow from tables with identity columns, and from grants.
//!
//! Source: PostgreSQL manual, CREATE TABLE, GRANT; `pg_depend.deptype = 'i'`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GrantsMode;
use super::attached;
use crate::acl::{Class, Privilege};

/// The sequence of an identity column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySequence {
    /// The owner of its table.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

impl Kind for IdentitySequence {
    const NAME: &'static str = "identity_sequence";
    const NAMESPACE: &'static str = super::RELATION;
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const INTERNAL: bool = true;
    const FOLLOWS: bool = true;

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::Sequence,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let (owner, privileges) = (self.owner.as_ref(), &self.privileges);
        attached::grant_new(Class::Sequence, owner, privileges, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(attached::regrant(
            Class::Sequence,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ))
    }

    fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
        Vec::new()
    }
}
