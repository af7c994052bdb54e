//! Domains: types with conditions.
//!
//! Source: PostgreSQL manual, CREATE DOMAIN, ALTER DOMAIN; `pg_type`, `pg_constraint`.

mod not_null;

use std::collections::BTreeSet;

use model::{Address, Hazard, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{goes_alone, like_every_type, succeed};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::{Handle, comment_on};
use crate::kinds::table::{check_part, collation_name, narrows, normalize_collation};
use crate::naming::{names_in, written};
use crate::text::quote::ident;

pub use self::not_null::DomainNotNull;

/// The note of a live domain that columns use inside of something else: arrays, ranges, rows. PostgreSQL
/// cannot look at their values there.
pub(crate) const IS_INSIDE: &str = "is_inside";

/// A condition on the values of a domain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainCheck {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// The SQL expression that must not be false; `value` is what is checked.
    pub expression: String,
    /// Whether values that were there before are not checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl DomainCheck {
    fn written(&self) -> String {
        let valid = if self.not_valid { " not valid" } else { "" };
        format!(
            "constraint {} check ({}){valid}",
            ident(&self.name),
            self.expression
        )
    }
}

/// A type that is another one with conditions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Domain {
    /// The type it is made of.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Its collation; that of the type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// An SQL expression for columns without a default of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether null is no value of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// The constraint behind `not_null`, where it is not called as PostgreSQL would call it, or there are words
    /// about it. PostgreSQL 17.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub not_null_constraint: Option<DomainNotNull>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub check: Vec<DomainCheck>,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

impl Domain {
    const WORD: &'static str = "domain";

    goes_alone!();

    fn settle_rest(&mut self, live: &Self, with: &Settling<'_>) {
        not_null::settle(self, live, with.address.name());
    }

    fn define(&self, name: &str, at: &At<'_>) -> Vec<Statement> {
        let mut sql = format!("create domain {name} as {}", self.data_type);
        let collation = self.collation.as_ref();
        sql.extend(collation.map(|collation| format!(" collate {}", collation_name(collation))));
        sql.extend(self.default.as_ref().map(|text| format!(" default {text}")));
        if self.not_null {
            sql.push_str(&self.not_null_clause(at.address.name()));
        }
        let (checked, unchecked): (Vec<_>, Vec<_>) =
            self.check.iter().partition(|check| !check.not_valid);
        for check in checked {
            sql.push_str(&format!("\n  {}", check.written()));
        }
        let mut statements = vec![Statement::new(sql).names_in(names_in(at.address))];
        statements.extend(unchecked.into_iter().map(|check| {
            Statement::new(format!("alter domain {name} add {}", check.written()))
                .names_in(names_in(at.address))
        }));
        for check in &self.check {
            if check.comment.is_some() {
                statements.push(remark(&check.name, name, check.comment.as_deref()));
            }
        }
        statements.extend(self.remark_on_not_null(name, at.address.name()));
        statements
    }

    fn redefine(
        &self,
        next: &Self,
        handle: &Handle,
        at: &At<'_>,
    ) -> Result<Vec<Statement>, &'static str> {
        if self.data_type != next.data_type {
            return Err("a domain cannot get another type");
        }
        if self.collation != next.collation {
            return Err("a domain cannot get another collation");
        }
        let is_inside = at.facts.notes.contains_key(IS_INSIDE);
        let is_stricter = |check: &DomainCheck| {
            let same =
                |one: &&DomainCheck| one.name == check.name && one.expression == check.expression;
            let before = self.check.iter().find(same);
            before.is_none_or(|before| before.not_valid && !check.not_valid)
        };
        if is_inside && (next.not_null && !self.not_null || next.check.iter().any(is_stricter)) {
            return Err("values inside of others keep a domain from becoming stricter");
        }
        let mut statements = Vec::new();
        let mut alter = |rest: &str| {
            statements.push(handle.alter(rest).names_in(names_in(at.address)));
        };
        for check in &self.check {
            let same =
                |one: &&DomainCheck| one.name == check.name && one.expression == check.expression;
            if next.check.iter().find(same).is_none() {
                alter(&format!("drop constraint {}", ident(&check.name)));
            }
        }
        if self.default != next.default {
            match &next.default {
                Some(text) => alter(&format!("set default {text}")),
                None => alter("drop default"),
            }
        }
        let (clauses, mut remarks) = self.change_not_null(next, &handle.name, at);
        for clause in clauses {
            alter(&clause);
        }
        for check in &next.check {
            let before = self
                .check
                .iter()
                .find(|one| one.name == check.name && one.expression == check.expression);
            match before {
                None => alter(&format!("add {}", check.written())),
                Some(before) if before.not_valid && !check.not_valid => {
                    alter(&format!("validate constraint {}", ident(&check.name)));
                }
                Some(before) if !before.not_valid && check.not_valid => {
                    alter(&format!("drop constraint {}", ident(&check.name)));
                    alter(&format!("add {}", check.written()));
                }
                Some(_) => {}
            }
            if before.and_then(|one| one.comment.as_ref()) != check.comment.as_ref() {
                remarks.push(remark(&check.name, &handle.name, check.comment.as_deref()));
            }
        }
        statements.extend(remarks);
        Ok(statements)
    }
}

/// Returns the statement that sets or removes the comment of a constraint.
fn remark(constraint: &str, domain: &str, comment: Option<&str>) -> Statement {
    comment_on(
        &format!("constraint {} on domain {domain}", ident(constraint)),
        comment,
    )
}

impl Kind for Domain {
    const NAME: &'static str = "domain";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const MAKES_ROOM: bool = true;
    const RENDERED: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        normalize_collation(&mut self.collation);
        let mut problems = not_null::normalize(self, at);
        self.check.sort_by(|a, b| a.name.cmp(&b.name));
        if self.data_type.trim().is_empty() {
            problems.push(Problem::new([], "missing type", "`type` is missing"));
        }
        problems
    }

    fn loosened(&self, parts: &BTreeSet<String>) -> Self {
        let mut loosened = self.clone();
        loosened
            .check
            .retain(|check| !parts.contains(&check_part(&check.name)));
        loosened
    }

    fn aside(&self, next: Option<&Self>, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        let alter = next.map(|next| self.alter(next, at));
        crate::kinds::types::room(alter.as_ref(), is_on_aside, at)
    }

    fn succeed(&self, former: Option<&Self>, from: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut conversions = succeed::assign(&written(from), &written(at.address));
        if former.is_some_and(|former| narrows(&former.data_type, &self.data_type)) {
            let name = at.address.qualified_name();
            let what = format!("digits of values of domain {name}");
            let hazard = Hazard::DeletesData { what, rows: None };
            conversions[0].hazards.push(hazard);
        }
        let made_room = former.filter(|former| former.not_null && self.not_null);
        let room = made_room.and_then(|_| not_null::make_room(from, at));
        let mut statements: Vec<_> = room.into_iter().collect();
        statements.extend(self.create(at));
        statements.extend(conversions);
        statements
    }

    fn leave(&self, _successor: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![succeed::forget(&written(at.address))];
        statements.extend(self.remove(at));
        statements
    }

    like_every_type!();
}
