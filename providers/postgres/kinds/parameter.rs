//! Parameters of the configuration: known only for the grants on them.
//!
//! Source: PostgreSQL manual, GRANT; `pg_parameter_acl` (PostgreSQL 15).

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GrantsMode, attached};
use crate::acl::{Class, Privilege};

/// A parameter of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameter {
    /// Who may do everything with it: the first superuser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Reference>,
    /// How grants are to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

impl Kind for Parameter {
    const NAME: &'static str = "parameter";
    const INTERNAL: bool = true;

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::Parameter,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        let owner = self.owner.clone();
        attached::give_back(Class::Parameter, owner.as_ref(), &mut self.privileges, with);
    }

    fn create(&self, _at: &At<'_>) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(attached::regrant(
            Class::Parameter,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ))
    }

    fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
        Vec::new()
    }
}
