//! Composite types: rows without a table.
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_attribute`.

use model::{Address, Hazard, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{goes_alone, like_every_type};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::{Handle, comment_on};
use crate::kinds::table::{collation_name, normalize_collation};
use crate::naming::{aside, names_in};
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

    fn settle_rest(&mut self, live: &Self) {
        for mine in &mut self.attribute {
            let theirs = live.attribute.iter().find(|one| one.name == mine.name);
            if let Some(theirs) = theirs.filter(|_| mine.collation.is_none()) {
                mine.collation.clone_from(&theirs.collation);
            }
        }
        // The order of attributes is never a reason for anything: those that are live keep theirs.
        let place = |name: &str| live.attribute.iter().position(|one| one.name == name);
        self.attribute
            .sort_by_key(|one| place(&one.name).unwrap_or(usize::MAX));
    }

    fn define(&self, name: &str, at: &At<'_>) -> Vec<Statement> {
        let attributes: Vec<_> = self.attribute.iter().map(Attribute::written).collect();
        let sql = format!("create type {name} as ({})", attributes.join(", "));
        let mut statements = vec![Statement::new(sql).names_in(names_in(at.address))];
        let commented = self.attribute.iter().filter(|one| one.comment.is_some());
        statements.extend(commented.map(|one| remark(one, name)));
        statements
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "other types cannot always be altered"
    )]
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
                statements.push(handle.alter(&drop).hazard(Hazard::DeletesData {
                    what: format!(
                        "attribute {} of type {}",
                        old.name,
                        at.address.qualified_name()
                    ),
                    rows: None,
                }));
            }
        }
        let mut remarks = Vec::new();
        for new in &next.attribute {
            let old = of(self, &new.name);
            let alter = match &old {
                None => Some(format!("add attribute {}{cascade}", new.written())),
                Some(old) if old.data_type != new.data_type || old.collation != new.collation => {
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

    fn aside(&self, _next: &Self, is_on_aside: bool, at: &At<'_>) -> Option<Address> {
        is_on_aside.then(|| aside(at.address))
    }

    like_every_type!();
}
