//! Composite types: rows without a table.
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_attribute`.

use std::collections::BTreeSet;

use model::{Address, Hazard, Reference, Statement};
use provider::{Alter, At, Disturbance, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{goes_alone, like_every_type, succeed};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::{Handle, comment_on};
use crate::kinds::table::{collation_name, narrows, normalize_collation};
use crate::naming::{column_part, names_in, written};
use crate::text::quote::ident;

/// The note of a live type that tables are of.
pub(crate) const HAS_TABLES: &str = "has_tables";

/// A part of a composite type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Attribute {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Its collation; that of the type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Attribute {
    fn is_retyped(&self, next: &Self) -> bool {
        self.data_type != next.data_type || self.collation != next.collation
    }

    fn written(&self) -> String {
        let collation = self.collation.as_ref();
        let collation =
            collation.map(|collation| format!(" collate {}", collation_name(collation)));
        format!(
            "{} {}{}",
            ident(&self.name),
            self.data_type,
            collation.unwrap_or_default()
        )
    }
}

/// A type whose values are rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompositeType {
    /// Its parts, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub attribute: Vec<Attribute>,
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

impl CompositeType {
    const WORD: &'static str = "type";

    goes_alone!();

    fn settle_rest(&mut self, live: &Self, _with: &provider::Settling<'_>) {
        // The order of attributes is never a reason for anything: those that are live keep theirs.
        let place = |name: &str| live.attribute.iter().position(|one| one.name == name);
        self.attribute
            .sort_by_key(|one| place(&one.name).unwrap_or(usize::MAX));
    }

    /// Returns what changes under what stands on columns of tables of the type.
    fn shaken(&self, next: &Self, at: &At<'_>) -> BTreeSet<Disturbance> {
        if !at.facts.notes.contains_key(HAS_TABLES) {
            return BTreeSet::new();
        }
        let shaken = self.attribute.iter().filter_map(|old| {
            let new = next.attribute.iter().find(|new| new.name == old.name);
            let part = column_part(&old.name);
            match new {
                Some(new) => old
                    .is_retyped(new)
                    .then_some(Disturbance { part, gone: false }),
                None => Some(Disturbance { part, gone: true }),
            }
        });
        shaken.collect()
    }

    fn define(&self, name: &str, at: &At<'_>) -> Vec<Statement> {
        let attributes: Vec<_> = self.attribute.iter().map(Attribute::written).collect();
        let sql = format!("create type {name} as ({})", attributes.join(", "));
        let mut statements = vec![Statement::new(sql).names_in(names_in(at.address))];
        let commented = self.attribute.iter().filter(|one| one.comment.is_some());
        statements.extend(commented.map(|one| remark(one, name)));
        statements
    }

    fn redefine(
        &self,
        next: &Self,
        handle: &Handle,
        at: &At<'_>,
    ) -> Result<Vec<Statement>, &'static str> {
        let of = |one: &Self, name: &str| {
            let found = one.attribute.iter().find(|other| other.name == name);
            found.cloned()
        };
        // Tables of the type have its attributes as columns.
        let has_tables = at.facts.notes.contains_key(HAS_TABLES);
        let cascade = if has_tables { " cascade" } else { "" };
        let mut statements = Vec::new();
        for old in &self.attribute {
            if of(next, &old.name).is_none() {
                let drop = format!("drop attribute {}{cascade}", ident(&old.name));
                statements.push(handle.alter(&drop).hazard(loses(&old.name, at)));
            }
        }
        let mut remarks = Vec::new();
        for new in &next.attribute {
            let old = of(self, &new.name);
            let alter = match &old {
                None => Some(format!("add attribute {}{cascade}", new.written())),
                Some(old) if old.is_retyped(new) && !has_tables => {
                    return Err("what uses an attribute keeps it from changing its type");
                }
                Some(old) if old.is_retyped(new) => {
                    let written = new.written();
                    let rest = &written[ident(&new.name).len()..];
                    Some(format!(
                        "alter attribute {} type{rest}{cascade}",
                        ident(&new.name)
                    ))
                }
                Some(_) => None,
            };
            let alter = alter.map(|alter| handle.alter(&alter).names_in(names_in(at.address)));
            statements.extend(alter);
            if old.and_then(|old| old.comment) != new.comment {
                remarks.push(remark(new, &handle.name));
            }
        }
        statements.extend(remarks);
        Ok(statements)
    }
}

fn loses(attribute: &str, at: &At<'_>) -> Hazard {
    Hazard::DeletesData {
        what: format!(
            "attribute {attribute} of type {}",
            at.address.qualified_name()
        ),
        rows: None,
    }
}

fn remark(attribute: &Attribute, name: &str) -> Statement {
    comment_on(
        &format!("column {name}.{}", ident(&attribute.name)),
        attribute.comment.as_deref(),
    )
}

impl Kind for CompositeType {
    const NAME: &'static str = "composite_type";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const MAKES_ROOM: bool = true;
    const RENDERED: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        for attribute in &mut self.attribute {
            normalize_collation(&mut attribute.collation);
        }
        Vec::new()
    }

    fn aside(&self, next: Option<&Self>, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        let alter = next.map(|next| self.alter(next, at));
        super::room(alter.as_ref(), is_on_aside, at)
    }

    fn succeed(&self, former: Option<&Self>, from: &Address, at: &At<'_>) -> Vec<Statement> {
        let mut statements = self.create(at);
        let (from, to) = (written(from), written(at.address));
        let Some(former) = former else {
            statements.extend(succeed::assign(&from, &to));
            return statements;
        };
        let mut lost = Vec::new();
        let mut assignments = Vec::new();
        for old in &former.attribute {
            let Some(new) = self.attribute.iter().find(|one| one.name == old.name) else {
                lost.push(loses(&old.name, at));
                continue;
            };
            assignments.push(succeed::assignment(
                &old.name,
                &old.data_type,
                &new.data_type,
            ));
            if narrows(&old.data_type, &new.data_type) {
                lost.push(loses(&format!("{}, digits of it", old.name), at));
            }
        }
        let mut conversions = succeed::assign_row(&from, &to, &assignments);
        if let Some(first) = conversions.first_mut() {
            first.hazards.extend(lost);
        }
        statements.extend(conversions);
        statements
    }

    fn leave(&self, successor: &Address, at: &At<'_>) -> Vec<Statement> {
        let from = written(at.address);
        let mut statements = match successor.kind() == Self::NAME {
            true => succeed::forget_row(&from, &written(successor)),
            false => vec![succeed::forget(&from)],
        };
        statements.extend(self.remove(at));
        statements
    }

    like_every_type!(Self::shaken);
}
