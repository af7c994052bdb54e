//! Extended statistics: what `ANALYZE` finds out about several columns together, or an expression.
//!
//! Only the target can be altered. What was found out goes with them, and comes back with the next
//! `ANALYZE`.
//!
//! Source: PostgreSQL manual, CREATE STATISTICS, ALTER STATISTICS; `pg_statistic_ext`.

use std::collections::BTreeSet;

use model::{Address, Edge, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{Handle, dress, redress};
use super::trigger::settle_relation;
use crate::naming::{column_part, names_in, schema_of, written};
use crate::text::quote::ident;

/// What is found out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// How many different combinations of values there are.
    Ndistinct,
    /// Which values follow from which others.
    Dependencies,
    /// The most common combinations of values.
    Mcv,
}

impl Sort {
    /// All of them, in order.
    const ALL: [Self; 3] = [Self::Ndistinct, Self::Dependencies, Self::Mcv];

    fn words(self) -> &'static str {
        match self {
            Self::Ndistinct => "ndistinct",
            Self::Dependencies => "dependencies",
            Self::Mcv => "mcv",
        }
    }

    /// Reads codes of `pg_statistic_ext.stxkind`; what stands for expressions is no sort.
    pub(crate) fn of(codes: &str) -> Vec<Self> {
        let code = |sort: &Self| match sort {
            Self::Ndistinct => 'd',
            Self::Dependencies => 'f',
            Self::Mcv => 'm',
        };
        let all = Self::ALL.into_iter();
        all.filter(|sort| codes.contains(code(sort))).collect()
    }
}

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The table, materialized view or foreign table they are about.
    #[schemars(extend("x-reference" = ["table", "materialized_view", "foreign_table"]), with = "String")]
    pub table: Reference,
    /// What is found out; everything when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub kinds: Vec<Sort>,
    /// The columns they are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub columns: Vec<String>,
    /// SQL expressions they are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub expressions: Vec<String>,
    /// How closely `ANALYZE` looks; as closely as at the columns when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<i64>,
    /// Their owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Statistics {
    fn create_statement(&self, at: &At<'_>) -> Statement {
        let mut sql = format!("create statistics {}", written(at.address));
        if !self.kinds.is_empty() {
            let kinds: Vec<_> = self.kinds.iter().map(|sort| sort.words()).collect();
            sql.push_str(&format!(" ({})", kinds.join(", ")));
        }
        let columns = self.columns.iter().map(|column| ident(column));
        let expressions = self.expressions.iter().map(|text| format!("({text})"));
        let on: Vec<_> = columns.chain(expressions).collect();
        sql.push_str(&format!(
            " on {} from {}",
            on.join(", "),
            written(&self.table.0)
        ));
        Statement::new(sql).names_in(names_in(at.address))
    }
}

impl Kind for Statistics {
    const NAME: &'static str = "statistics";
    const SWAP: Swap = Swap::Along;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "table",
        kinds: &["table", "materialized_view", "foreign_table"],
        required: true,
        kept: true,
    });
    const NAMED_IN: Option<Within> = Some(Within {
        required: false,
        ..super::IN_SCHEMA
    });
    const RENDERED: bool = true;
    const FOLLOWS: bool = true;
    // Most servers make them anew without their owner.
    const FOLLOWS_ROUGHLY: bool = true;
    const REBUILDABLE: bool = true;

    fn path(parent: Option<&Address>, name: &str) -> Vec<String> {
        parent
            .map(|parent| {
                let schema = parent.path().iter().take(2).cloned();
                schema.chain([name.to_owned()]).collect()
            })
            .unwrap_or_default()
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.kinds.sort();
        self.kinds.dedup();
        let is_one_expression = self.columns.is_empty() && self.expressions.len() == 1;
        if is_one_expression && !self.kinds.is_empty() {
            problems.push(
                Problem::new(
                    ["kinds"],
                    "unclear statistics",
                    "of a single expression nothing is found out but how its values are spread",
                )
                .help("Leave `kinds` out, or name more columns or expressions."),
            );
        }
        if self.kinds == Sort::ALL {
            self.kinds.clear();
        }
        if self.expressions.is_empty() && self.columns.len() < 2 {
            problems.push(
                Problem::new(
                    ["columns"],
                    "statistics about too little",
                    "extended statistics are about two columns at least, or an expression",
                )
                .help("For one column, set `statistics` in its block."),
            );
        }
        let mut seen = BTreeSet::new();
        for column in self.columns.iter().filter(|one| !seen.insert(*one)) {
            problems.push(Problem::new(
                ["columns"],
                "unclear statistics",
                format!("column `{column}` is named twice"),
            ));
        }
        self.target = self.target.filter(|target| *target >= 0);
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_relation(&mut self.table, &live.table);
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        // PostgreSQL keeps columns in the order of the table.
        let sorted = |columns: &[String]| -> BTreeSet<String> { columns.iter().cloned().collect() };
        if sorted(&self.columns) == sorted(&live.columns) {
            self.columns.clone_from(&live.columns);
        }
    }

    fn edges(&self, at: &At<'_>) -> BTreeSet<Edge> {
        let columns = self.columns.iter().map(|column| Edge {
            on: self.table.0.clone(),
            part: Some(column_part(column)),
            by: None,
        });
        columns.chain([Edge::to(schema_of(at.address))]).collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("statistics", at.address);
        let mut statements = vec![self.create_statement(at)];
        if let Some(target) = self.target {
            statements.push(handle.alter(&format!("set statistics {target}")));
        }
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| {
            let (table, kinds) = (one.table.clone(), one.kinds.clone());
            (table, kinds, one.columns.clone(), one.expressions.clone())
        };
        if definition(self) != definition(next) {
            return Alter::replace("what statistics are about cannot be altered");
        }
        let handle = Handle::new("statistics", at.address);
        let mut statements = Vec::new();
        if self.target != next.target {
            let target = next.target.unwrap_or(-1);
            statements.push(handle.alter(&format!("set statistics {target}")));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("statistics", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("statistics", at.address).relocate(at.address, to)
    }
}
