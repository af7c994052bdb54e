//! Sequences that stand on their own; those of identity columns belong to their table.
//!
//! A sequence that is owned by a column goes with it. That tie is kept by the table, because it can
//! only be made once both exist: see `owns` there.
//!
//! Source: PostgreSQL manual, CREATE SEQUENCE; `pg_sequence`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GrantsMode;
use super::attached::{self, Handle, dress, redress};
use crate::acl::{Class, Privilege};
use crate::naming::{self, written};
use crate::text::quote::literal;

/// Numbers of a sequence. Absent ones are PostgreSQL's defaults, which depend on type and direction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Numbers {
    /// The first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The step; negative counts down. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How many numbers a session takes at once. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it begins anew at its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
}

impl Numbers {
    /// Leaves out what is the default for a type.
    pub(crate) fn without_defaults(mut self, kind: &str) -> Self {
        let full = self.filled(kind);
        let plain = Self {
            increment: self.increment,
            ..Self::default()
        }
        .filled(kind);
        let keep = |mine: Option<i64>, default: Option<i64>| mine.filter(|_| mine != default);
        self.min = keep(full.min, plain.min);
        self.max = keep(full.max, plain.max);
        let bounds = Self {
            min: self.min,
            max: self.max,
            ..plain
        }
        .filled(kind);
        self.start = keep(
            full.start,
            Self {
                start: None,
                ..bounds
            }
            .filled(kind)
            .start,
        );
        self.increment = keep(full.increment, Some(1));
        self.cache = keep(full.cache, Some(1));
        self
    }

    /// Fills in the defaults for a type.
    pub(crate) fn filled(&self, kind: &str) -> Self {
        let increment = self.increment.unwrap_or(1);
        let (least, most) = range(kind);
        let min = self.min.unwrap_or(if increment < 0 { least } else { 1 });
        let max = self.max.unwrap_or(if increment < 0 { -1 } else { most });
        Self {
            start: Some(self.start.unwrap_or(if increment < 0 { max } else { min })),
            increment: Some(increment),
            min: Some(min),
            max: Some(max),
            cache: Some(self.cache.unwrap_or(1)),
            cycle: self.cycle,
        }
    }

    /// Returns the options that make it, as `CREATE SEQUENCE` writes them: the defaults of the others follow
    /// from the increment.
    pub(crate) fn definition(&self, kind: &str) -> Vec<String> {
        let increment = self.increment.filter(|increment| *increment != 1);
        let plain = Self {
            increment,
            ..Self::default()
        };
        let first = increment.map(|increment| format!("increment by {increment}"));
        first
            .into_iter()
            .chain(self.options(&plain, kind))
            .collect()
    }

    /// Returns what becomes of it when its sequence gets another type: a bound that was that of the old type
    /// is that of the new one.
    fn retyped(&self, from: &str, to: &str) -> Self {
        let (old, new) = (range(from), range(to));
        let full = self.filled(from);
        let carried = |bound: Option<i64>, old, new| {
            bound.map(|bound| if bound == old { new } else { bound })
        };
        Self {
            min: carried(full.min, old.0, new.0),
            max: carried(full.max, old.1, new.1),
            ..full
        }
    }

    /// Returns the options in which it differs from another form, as `ALTER SEQUENCE` writes them.
    pub(crate) fn options(&self, from: &Self, kind: &str) -> Vec<String> {
        let (new, old) = (self.filled(kind), from.filled(kind));
        let mut options = Vec::new();
        for (word, new, old) in [
            ("increment by", new.increment, old.increment),
            ("minvalue", new.min, old.min),
            ("maxvalue", new.max, old.max),
            ("start with", new.start, old.start),
            ("cache", new.cache, old.cache),
        ] {
            if let Some(new) = new.filter(|_| new != old) {
                options.push(format!("{word} {new}"));
            }
        }
        if new.cycle != old.cycle {
            options.push(if new.cycle { "cycle" } else { "no cycle" }.to_owned());
        }
        options
    }
}

/// Returns the least and the greatest number of a type.
fn range(kind: &str) -> (i64, i64) {
    match kind {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Returns the statements that let a sequence begin anew whose position is outside of its new bounds, which
/// PostgreSQL would refuse. `name` is quoted; both forms come with their type.
pub(crate) fn into_bounds(
    name: &str,
    old: (&Numbers, &str),
    new: (&Numbers, &str),
) -> Vec<Statement> {
    let ((old, old_type), (new, new_type)) =
        ((old.0.filled(old.1), old.1), (new.0.filled(new.1), new.1));
    let (Some(old_min), Some(old_max), Some(min), Some(max), Some(start)) =
        (old.min, old.max, new.min, new.max, new.start)
    else {
        unreachable!("filled numbers have bounds and a start")
    };
    if min <= old_min && old_max <= max {
        return Vec::new();
    }
    let mut statements = Vec::new();
    if !(old_min..=old_max).contains(&start) {
        let (least, most) = (min.min(old_min), max.max(old_max));
        let kind = if old_type == new_type {
            String::new()
        } else {
            // Of the two types the one that holds both bounds.
            let fits = Numbers::default().filled(old_type);
            let fits = fits.max >= Some(most);
            format!("as {} ", if fits { old_type } else { new_type })
        };
        statements.push(Statement::new(format!(
            "alter sequence {name} {kind}minvalue {least} maxvalue {most}"
        )));
    }
    statements.push(Statement::new(format!(
        "select pg_catalog.setval({}, {start}, false) from {name} \
         where last_value not between {min} and {max}",
        literal(name)
    )));
    statements
}

/// The note of a live sequence that makes room for that of an identity column, of its table with the names
/// of such ones, and of a declared sequence for which that of an identity column makes room.
pub(crate) const GIVES_WAY: &str = "gives_way";

/// Returns the statement that takes over the position of a sequence. Names are quoted.
pub(crate) fn take_position(to: &str, from: &str) -> Statement {
    Statement::new(format!(
        "select pg_catalog.setval({}, last_value, is_called) from {from}",
        literal(to)
    ))
}

/// The column that a sequence belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnedBy {
    /// The table.
    #[schemars(extend("x-reference" = ["table", "foreign_table"]), with = "String")]
    pub table: Reference,
    /// The column.
    pub column: String,
}

/// A sequence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sequence {
    /// Its type: `smallint`, `integer` or `bigint`, which is the default.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The step; negative counts down. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How many numbers a session takes at once. 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it begins anew at its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// Whether it is not written to the write-ahead log. PostgreSQL 15.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// The column it belongs to and goes with.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<OwnedBy>,
    /// Its owner; left alone when absent. A sequence that belongs to a column has the table's owner.
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

impl Sequence {
    fn numbers(&self) -> Numbers {
        let Self {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
            ..
        } = *self;
        Numbers {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
        }
    }

    pub(crate) fn set_numbers(&mut self, numbers: &Numbers) {
        let Numbers {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
        } = *numbers;
        (
            self.start,
            self.increment,
            self.min,
            self.max,
            self.cache,
            self.cycle,
        ) = (start, increment, min, max, cache, cycle);
    }

    pub(crate) fn type_name(&self) -> &str {
        self.kind.as_deref().unwrap_or("bigint")
    }

    /// Brings type and numbers into normal form.
    pub(crate) fn normalize_numbers(&mut self) {
        let kind = match self.type_name().to_lowercase().as_str() {
            "int" | "int4" | "integer" => "integer",
            "int2" | "smallint" => "smallint",
            "int8" | "bigint" => "bigint",
            _ => return,
        };
        self.kind = (kind != "bigint").then(|| kind.to_owned());
        let numbers = self.numbers().without_defaults(kind);
        self.set_numbers(&numbers);
    }
}

impl Kind for Sequence {
    const NAME: &'static str = "sequence";
    const NAMESPACE: &'static str = super::RELATION;
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const LEFT_BEHIND: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let known = [
            "int", "int2", "int4", "int8", "integer", "smallint", "bigint",
        ];
        if !known.contains(&self.type_name().to_lowercase().as_str()) {
            problems.push(Problem::new(
                ["type"],
                "impossible type",
                "the type of a sequence is `smallint`, `integer` or `bigint`",
            ));
        }
        if self.increment == Some(0) {
            problems.push(Problem::new(
                ["increment"],
                "impossible step",
                "this must not be 0",
            ));
        }
        if self.unlogged && at.platform.version < 150_000 {
            problems.push(Problem::new(
                ["unlogged"],
                "the server is too old for this",
                "unlogged sequences need PostgreSQL 15",
            ));
        }
        self.normalize_numbers();
        problems
    }

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

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Sequence,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("sequence", at.address);
        let unlogged = if self.unlogged { "unlogged " } else { "" };
        let mut sql = format!("create {unlogged}sequence {}", handle.name);
        if let Some(kind) = &self.kind {
            sql.push_str(&format!(" as {kind}"));
        }
        let kind = self.type_name();
        for option in self.numbers().definition(kind) {
            sql.push(' ');
            sql.push_str(&option);
        }
        let mut statements = vec![Statement::new(sql)];
        if at.facts.notes.contains_key(GIVES_WAY) {
            let former = naming::aside(at.address);
            statements.insert(0, handle.rename(former.name()));
            statements.push(take_position(&handle.name, &written(&former)));
        }
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        let (owner, privileges) = (self.owner.as_ref(), &self.privileges);
        statements.extend(attached::grant_new(Class::Sequence, owner, privileges, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("sequence", at.address);
        let mut statements = Vec::new();
        let kind = next.type_name();
        let before = if self.type_name() == kind {
            self.numbers()
        } else {
            self.numbers().retyped(self.type_name(), kind)
        };
        let mut options = next.numbers().options(&before, kind);
        if self.type_name() != kind {
            options.insert(0, format!("as {kind}"));
        }
        if !options.is_empty() {
            statements.extend(into_bounds(
                &handle.name,
                (&self.numbers(), self.type_name()),
                (&next.numbers(), kind),
            ));
            statements.push(handle.alter(&options.join(" ")));
        }
        if self.unlogged != next.unlogged {
            let word = if next.unlogged { "unlogged" } else { "logged" };
            statements.push(handle.alter(&format!("set {word}")));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(attached::regrant(
            Class::Sequence,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        // One that belongs to a column may have gone with it.
        let name = if at.facts.notes.contains_key(GIVES_WAY) {
            written(&naming::aside(at.address))
        } else {
            written(at.address)
        };
        vec![Statement::new(format!("drop sequence if exists {name}"))]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("sequence", at.address).relocate(at.address, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_the_default_are_left_out() {
        let written = Numbers {
            start: Some(-1),
            increment: Some(-1),
            min: Some(i64::MIN),
            max: Some(-1),
            cache: Some(1),
            cycle: false,
        };
        let plain = Numbers {
            increment: Some(-1),
            ..Numbers::default()
        };
        assert_eq!(written.without_defaults("bigint"), plain);
        assert_eq!(plain.filled("bigint").start, Some(-1));
    }
}
