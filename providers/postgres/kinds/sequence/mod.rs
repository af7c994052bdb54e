//! Sequences that stand on their own; those of identity columns belong to their table.
//!
//! A sequence that is owned by a column goes with it. That tie is kept by the table, because it can
//! only be made once both exist: see `owns` there.
//!
//! Source: PostgreSQL manual, CREATE SEQUENCE; `pg_sequence`.

mod numbers;

use model::{Address, Facts, Reference, Statement, Value};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::numbers::Numbers;
pub(crate) use self::numbers::into_bounds;
use super::GrantsMode;
use super::attached::{self, Handle, dress};
use crate::acl::{Class, Privilege};
use crate::naming::{self, written};
use crate::text::quote::literal;

/// The note of a live sequence that makes room for that of an identity column, of its table with the names
/// of such ones, and of a declared sequence for which that of an identity column makes room.
pub(crate) const GIVES_WAY: &str = "gives_way";

/// The note of a live sequence that belongs to a column: the table, whose owner it has.
pub(crate) const BELONGS: &str = "belongs";

/// The same of a declared one, and that of a declared one that does not belong to any.
pub(crate) const WILL_BELONG: &str = "will_belong";

/// The note of a declared table: its sequences that are logged where it is not, or the other way round.
pub(crate) const PERSIST_APART: &str = "persist_apart";

/// A table that a sequence belongs to, with its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) table: Reference,
    pub(crate) owner: Reference,
}

impl Holder {
    /// Writes it as a note.
    pub(crate) fn note(self) -> Value {
        Value::List(vec![
            Value::Reference(self.table.0),
            Value::Reference(self.owner.0),
        ])
    }

    /// Reads a note.
    pub(crate) fn of(facts: &Facts, note: &str) -> Option<Self> {
        match facts.notes.get(note) {
            Some(Value::List(pair)) => match pair.as_slice() {
                [Value::Reference(table), Value::Reference(owner)] => Some(Self {
                    table: Reference(table.clone()),
                    owner: Reference(owner.clone()),
                }),
                _ => None,
            },
            _ => None,
        }
    }
}

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

    /// Returns the statements that change owner and privileges. One that belongs to a column has the owner of its
    /// table, and cannot get another one alone.
    fn hand_over(&self, next: &Self, handle: &Handle, at: &At<'_>) -> Vec<Statement> {
        let present = Holder::of(at.facts, BELONGS);
        let future = match at.facts.notes.contains_key(WILL_BELONG) {
            true => Holder::of(at.facts, WILL_BELONG),
            false => present.clone(),
        };
        let owner_of = |sequence: &Self, holder: Option<&Holder>| match holder {
            Some(holder) => Some(holder.owner.clone()),
            None => sequence.owner.clone(),
        };
        let old = owner_of(self, present.as_ref());
        let new = owner_of(next, future.as_ref()).or_else(|| old.clone());
        let mut statements = Vec::new();
        let stays = match (&present, &future) {
            (Some(present), Some(future)) => present.table == future.table,
            (None, Some(_)) => false,
            (Some(_), None) => {
                statements.push(handle.alter("owned by none"));
                true
            }
            (None, None) => true,
        };
        if !stays {
            let from = (old.as_ref(), self.privileges.as_slice());
            let to = (new.as_ref(), next.privileges.as_slice());
            return attached::regrant_before(Class::Sequence, from, to, at);
        }
        if let Some(owner) = new.as_ref().filter(|_| old != new) {
            statements.push(match &future {
                Some(future) => Handle::new("table", &future.table.0).owner(owner),
                None => handle.owner(owner),
            });
        }
        statements.extend(attached::regrant(
            Class::Sequence,
            (old.as_ref(), &self.privileges),
            (new.as_ref(), &next.privileges),
            at,
        ));
        statements
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
        let holder = Holder::of(with.facts, BELONGS).map(|holder| holder.owner);
        let owner = live.owner.as_ref().or(holder.as_ref());
        attached::settle_grants(
            Class::Sequence,
            &mut self.grants,
            &mut self.privileges,
            (owner, &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        let holder = Holder::of(with.facts, BELONGS).map(|holder| holder.owner);
        let owner = self.owner.as_ref().or(holder.as_ref());
        attached::give_back(Class::Sequence, owner, &mut self.privileges, with);
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
        let holder = Holder::of(at.facts, WILL_BELONG).map(|holder| holder.owner);
        let (class, privileges) = (Class::Sequence, &self.privileges);
        statements.extend(match &holder {
            Some(owner) => attached::grant_new_before(class, owner, privileges, at),
            None => attached::grant_new(class, self.owner.as_ref(), privileges, at),
        });
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
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        statements.extend(self.hand_over(next, &handle, at));
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
