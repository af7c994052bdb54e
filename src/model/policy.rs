//! Policies: what a plan must not do, and the plan as data for conditions about it.
//!
//! A policy names hazards by their words, and has rules, whose conditions the front language computes from the
//! facts made here. Everything in them stands in [`PLAN`], [`CHANGE`] and [`STATEMENT`].

use std::collections::BTreeMap;

use crate::address::Address;
use crate::change::{Action, Change, Phase};
use crate::declaration::DeclarationId;
use crate::diagnostic::Severity;
use crate::effects::{Effects, Lock};
use crate::hazard::Hazard;
use crate::map::Map;
use crate::plan::{Batch, Step};
use crate::statement::Statement;
use crate::syntax::Argument;
use crate::value::Value;

/// A policy, as far as a plan can be held against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Words of hazards that no statement may have.
    pub deny: Vec<String>,
    /// Words of hazards that are told.
    pub warn: Vec<String>,
    /// What to do about it, for people.
    pub message: Option<String>,
    /// Conditions, in source order.
    pub rules: Vec<Rule>,
}

/// A condition of a policy. The front language keeps the condition itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Whether the plan is refused where it does not hold, or only told.
    pub severity: Severity,
    /// What to do about it, for people.
    pub message: Option<String>,
}

/// A rule that does not hold of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The policy, by its number among those that count.
    pub policy: usize,
    /// The rule, by its number in the policy.
    pub rule: usize,
    /// What it is about.
    pub about: About,
    /// The numbers of the changes or statements of which it does not hold.
    pub of: Vec<usize>,
}

/// What a condition is about: it is computed once for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The plan as a whole.
    Plan,
    /// Each change.
    Change,
    /// Each statement.
    Statement,
}

impl About {
    /// All of them, the widest first.
    pub const ALL: [Self; 3] = [Self::Plan, Self::Change, Self::Statement];

    /// Returns the name that expressions know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Change => "change",
            Self::Statement => "statement",
        }
    }

    /// Returns what there is to know of it.
    #[must_use]
    pub fn fields(self) -> &'static [Argument] {
        match self {
            Self::Plan => PLAN,
            Self::Change => CHANGE,
            Self::Statement => STATEMENT,
        }
    }
}

/// What there is to know of a plan.
pub const PLAN: &[Argument] = &[
    Argument::new("changes", "list", "All changes; see `change`."),
    Argument::new(
        "statements",
        "list",
        "All statements, in order; see `statement`.",
    ),
];

/// What there is to know of a change.
pub const CHANGE: &[Argument] = &[
    Argument::new(
        "declaration",
        "text",
        "Its declaration, such as `table.videos`.",
    ),
    Argument::new("kind", "text", "The kind of the object."),
    Argument::new("name", "text", "The qualified name of the object."),
    Argument::new(
        "action",
        "text",
        "`create`, `update`, `replace`, `delete`, `adopt` or `forget`.",
    ),
    Argument::new(
        "because",
        "list of texts",
        "Why it is replaced, deleted or forgotten.",
    ),
    Argument::new("before", "object or null", "The live attributes."),
    Argument::new("after", "object or null", "The next attributes."),
    Argument::new(
        "drift",
        "list of texts",
        "Attributes that somebody changed since the last apply.",
    ),
];

/// What there is to know of a statement.
pub const STATEMENT: &[Argument] = &[
    Argument::new("sql", "text", "Its text."),
    Argument::new("declaration", "text", "The declaration it is for."),
    Argument::new(
        "kind",
        "text",
        "The kind of the object; `hook` for that of a hook.",
    ),
    Argument::new("name", "text", "The qualified name of the object."),
    Argument::new(
        "phase",
        "text",
        "`rename`, `loosen`, `drop`, `build` or `finish`.",
    ),
    Argument::new(
        "hazards",
        "list of texts",
        "The words of its hazards, as in `deny`.",
    ),
    Argument::new(
        "rows",
        "number",
        "About how many rows it locks, reads, writes anew or deletes; 0 where that is not known.",
    ),
    Argument::new(
        "bytes",
        "number",
        "About how large that is, in bytes; 0 where that is not known.",
    ),
    Argument::new(
        "locks",
        "list",
        "What it locks: `mode`, such as `ACCESS EXCLUSIVE`, `kind` and `name`.",
    ),
    Argument::new(
        "rewrites",
        "true or false",
        "Whether it writes all rows anew.",
    ),
    Argument::new(
        "loses_data",
        "true or false",
        "Whether it deletes rows or columns.",
    ),
    Argument::new(
        "reversible",
        "true or false",
        "Whether a later plan can bring back what was.",
    ),
    Argument::new(
        "in_transaction",
        "true or false",
        "Whether a failure takes it back.",
    ),
];

/// A plan as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The plan as a whole.
    pub plan: Map,
    /// The changes.
    pub changes: Vec<Map>,
    /// The statements in order, each with the number of its change; one of a hook has none.
    pub statements: Vec<(Map, Option<usize>)>,
}

impl Facts {
    /// Makes the facts of a plan.
    #[must_use]
    pub fn of(changes: &[Change], batches: &[Batch]) -> Self {
        let numbers: BTreeMap<&Address, usize> = changes
            .iter()
            .enumerate()
            .map(|(number, change)| (&change.address, number))
            .collect();
        let mut statements = Vec::new();
        for batch in batches {
            for step in &batch.steps {
                let number = numbers.get(&step.address).copied();
                let change = number.map(|number| &changes[number]);
                statements.extend(
                    step.statements
                        .iter()
                        .map(|one| (of_statement(step, change, one), number)),
                );
            }
        }
        let changes: Vec<Map> = changes.iter().map(of_change).collect();
        let list = |maps: &mut dyn Iterator<Item = &Map>| {
            Value::List(maps.map(|map| Value::Map(map.clone())).collect())
        };
        let plan = Map::from([
            ("changes", list(&mut changes.iter())),
            (
                "statements",
                list(&mut statements.iter().map(|(one, _)| one)),
            ),
        ]);
        Self {
            plan,
            changes,
            statements,
        }
    }
}

impl Facts {
    /// Makes the facts of a plan that is made up, to try conditions out: a table is made.
    #[must_use]
    pub fn sample() -> Self {
        let address = Address::new("postgres", "table", ["", "sample", "sample"]);
        let change = Change {
            address: address.clone(),
            id: Some(DeclarationId::root("table", "sample")),
            action: Action::Create,
            previous: None,
            parts: Vec::new(),
            recorded: None,
            importing: None,
            before: None,
            after: Some(Map::new()),
            drift: Vec::new(),
            claim: None,
        };
        let step = Step {
            address,
            phase: Phase::Build,
            statements: vec![Statement::new("create table sample.sample ()")],
        };
        let batch = Batch {
            provider: "postgres".to_owned(),
            place: String::new(),
            atomic: true,
            waits: Vec::new(),
            steps: vec![step],
            audits: Vec::new(),
        };
        Self::of(&[change], &[batch])
    }
}

fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(
        items
            .into_iter()
            .map(|one| Value::Text(one.into()))
            .collect(),
    )
}

fn declaration(change: Option<&Change>) -> Value {
    let id = change.and_then(|change| change.id.as_ref());
    id.map_or_else(String::new, ToString::to_string).into()
}

fn of_change(change: &Change) -> Map {
    let (action, because) = match &change.action {
        Action::Create => ("create", Vec::new()),
        Action::Update => ("update", Vec::new()),
        Action::Replace { because } => ("replace", because.clone()),
        Action::Delete { because } => ("delete", vec![because.clone()]),
        Action::Adopt => ("adopt", Vec::new()),
        Action::Forget { because } => ("forget", vec![because.clone()]),
    };
    let side = |map: &Option<Map>| map.clone().map_or(Value::Null, Value::Map);
    Map::from([
        ("declaration", declaration(Some(change))),
        ("kind", change.address.kind().into()),
        ("name", change.address.qualified_name().into()),
        ("action", action.into()),
        ("because", texts(because)),
        ("before", side(&change.before)),
        ("after", side(&change.after)),
        ("drift", texts(change.drift.clone())),
    ])
}

fn of_statement(step: &Step, change: Option<&Change>, one: &Statement) -> Map {
    let Step { address, phase, .. } = step;
    let phase = match phase {
        Phase::Suspend => "suspend",
        Phase::Resume => "resume",
        Phase::Rename => "rename",
        Phase::Loosen => "loosen",
        Phase::Drop => "drop",
        Phase::Build => "build",
        Phase::Finish => "finish",
    };
    let number =
        |number: Option<u64>| Value::Integer(number.unwrap_or(0).try_into().unwrap_or(i64::MAX));
    let words = one.hazards.iter().filter_map(Hazard::word);
    let Effects {
        locks,
        rewrites,
        loses_data,
        reversible,
        in_transaction,
    } = &one.effects;
    let sizes = || {
        let hazards = one.hazards.iter().map(Hazard::size);
        hazards.chain(locks.iter().map(|lock| [lock.rows, lock.bytes]))
    };
    let lock = |lock: &Lock| {
        Value::Map(Map::from([
            ("mode", lock.mode.as_str().into()),
            ("kind", lock.on.kind().into()),
            ("name", lock.on.qualified_name().into()),
        ]))
    };
    Map::from([
        ("sql", one.sql.as_str().into()),
        ("declaration", declaration(change)),
        ("kind", address.kind().into()),
        ("name", address.qualified_name().into()),
        ("phase", phase.into()),
        ("hazards", texts(words)),
        ("rows", number(sizes().filter_map(|[rows, _]| rows).max())),
        (
            "bytes",
            number(sizes().filter_map(|[_, bytes]| bytes).max()),
        ),
        ("locks", Value::List(locks.iter().map(lock).collect())),
        ("rewrites", (*rewrites).into()),
        ("loses_data", (*loses_data).into()),
        ("reversible", (*reversible).into()),
        ("in_transaction", (*in_transaction).into()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_known_is_known_and_nothing_else() {
        let facts = Facts::sample();
        let keys = |map: &Map| map.keys().map(str::to_owned).collect::<Vec<_>>();
        let found = [&facts.plan, &facts.changes[0], &facts.statements[0].0].map(keys);
        for (about, found) in About::ALL.into_iter().zip(found) {
            let names = about.fields().iter().map(|field| field.name.to_owned());
            let mut names: Vec<_> = names.collect();
            names.sort();
            assert_eq!(found, names, "{about:?}");
        }
    }
}
