//! The fake's kinds, each there for one trait of real ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{Address, Edge, Map, Reference, Statement, Undo, Value, Wait};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::world::Operation;
use crate::kind::{Alter, At, Disturbance, Kind, Suspension, Swap, Within};
use crate::rules::encode;

fn statement(operation: &Operation) -> Statement {
    Statement::new(operation.to_text())
}

fn make<K: Kind>(kind: &K, at: &At<'_>) -> Vec<Statement> {
    vec![statement(&Operation::Make {
        address: at.address.clone(),
        attributes: Value::Map(encode(kind)),
    })]
}

fn change<K: Kind>(kind: &K, at: &At<'_>) -> Vec<Statement> {
    vec![statement(&Operation::Change {
        address: at.address.clone(),
        attributes: Value::Map(encode(kind)),
    })]
}

fn drop(at: &At<'_>) -> Vec<Statement> {
    vec![statement(&Operation::Drop {
        address: at.address.clone(),
    })]
}

fn undo(at: &At<'_>) -> Option<Undo> {
    let drop = Operation::Drop {
        address: at.address.clone(),
    };
    Some(Undo::new(at.address.to_string(), drop.to_text()))
}

fn rename(at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
    Some(vec![statement(&Operation::Rename {
        from: at.address.clone(),
        to: to.clone(),
    })])
}

/// A container, as a schema is: never replaced, renamed with everything inside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Area {
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Kind for Area {
    const NAME: &'static str = "area";

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        make(self, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(change(next, at))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        drop(at)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        rename(at, to)
    }
}

/// A part of a thing, as a column is of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Part {
    /// Name.
    pub name: String,
    /// What sort of part it is.
    pub sort: String,
}

/// An object with parts, as a table is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thing {
    /// Changes in place.
    pub size: i64,
    /// Changes only by making it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Its parts.
    #[schemars(extend("x-block" = "labelled"))]
    pub part: Vec<Part>,
    /// Other objects it stands on.
    #[schemars(extend("x-reference" = ["*"]), with = "Vec<String>")]
    pub uses: Vec<Reference>,
}

/// The fake's name of a part, in edges.
fn part_name(part: &str) -> String {
    format!("part {part}")
}

impl Kind for Thing {
    const NAME: &'static str = "thing";
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Whole;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "area",
        kinds: &["area"],
        required: true,
        kept: false,
    });

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        make(self, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.shape != next.shape {
            return Alter::replace("its shape changes");
        }
        let sorts = |parts: &[Part]| -> BTreeMap<String, String> {
            parts
                .iter()
                .map(|part| (part.name.clone(), part.sort.clone()))
                .collect()
        };
        let after = sorts(&next.part);
        let disturbs = sorts(&self.part)
            .into_iter()
            .filter(|(name, sort)| after.get(name) != Some(sort))
            .map(|(name, _)| Disturbance {
                gone: !after.contains_key(&name),
                part: part_name(&name),
            })
            .collect();
        Alter::InPlace {
            statements: change(next, at),
            disturbs,
        }
    }

    fn undo(&self, at: &At<'_>) -> Option<Undo> {
        undo(at)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        drop(at)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        rename(at, to)
    }
}

/// One part of another object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lean {
    /// The other object.
    #[schemars(extend("x-reference" = ["*"]), with = "String")]
    pub on: Reference,
    /// Its part.
    pub part: String,
}

fn lean_edges(leans: &[Lean]) -> BTreeSet<Edge> {
    leans
        .iter()
        .map(|lean| Edge {
            on: lean.on.0.clone(),
            part: Some(part_name(&lean.part)),
            by: None,
        })
        .collect()
}

/// An object with a text that the platform rewrites, as a view is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lens {
    /// A text; the platform keeps it in lower case.
    pub body: String,
    /// Parts of other objects it stands on.
    pub leans: Vec<Lean>,
}

impl Kind for Lens {
    const NAME: &'static str = "lens";
    const NAMESPACE: &'static str = Thing::NAME;
    const WITHIN: Option<Within> = Thing::WITHIN;
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Whole;

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        lean_edges(&self.leans)
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        make(self, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(change(next, at))
    }

    fn undo(&self, at: &At<'_>) -> Option<Undo> {
        undo(at)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        drop(at)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        rename(at, to)
    }
}

/// An object that the platform carries along when a part it stands on changes, as an index is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Badge {
    /// Changes only by making it anew.
    pub motto: String,
    /// Parts of other objects it stands on.
    pub leans: Vec<Lean>,
}

impl Kind for Badge {
    const NAME: &'static str = "badge";
    const NAMESPACE: &'static str = Thing::NAME;
    const WITHIN: Option<Within> = Thing::WITHIN;
    const FOLLOWS: bool = true;
    const REBUILDABLE: bool = true;

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        lean_edges(&self.leans)
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        make(self, at)
    }

    fn alter(&self, _next: &Self, _at: &At<'_>) -> Alter {
        Alter::replace("a badge cannot be altered")
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        drop(at)
    }
}

/// An object that runs by itself, as a task does. The platform knows nothing of what its text names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// Whether it runs.
    pub ticks: bool,
    /// When it runs.
    pub rate: String,
    /// Addresses of what it looks at.
    pub text: Vec<String>,
}

/// The end of the query that finds a clock which is suspended; before it is the address.
pub(super) const NEVER_TICKS: &str = " never ticks";

impl Clock {
    /// When a clock runs that must not.
    pub(super) const NEVER: &'static str = "never";
}

impl Kind for Clock {
    const NAME: &'static str = "clock";
    const RUNS: bool = true;

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        let on = self.text.iter().filter_map(|address| address.parse().ok());
        on.map(Edge::to).collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        make(self, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(change(next, at))
    }

    fn suspended(
        &self,
        _declared: Option<&Self>,
        usual: Duration,
        at: &At<'_>,
    ) -> Option<Suspension<Self>> {
        if !self.ticks || self.rate == Self::NEVER {
            return None;
        }
        let parked = Self {
            rate: Self::NEVER.to_owned(),
            ..self.clone()
        };
        let stopped = Self {
            ticks: false,
            ..parked.clone()
        };
        let wait = Wait {
            on: at.address.clone(),
            what: format!("the tick of clock {}", at.address.name()),
            query: "a tick".to_owned(),
            timeout_ms: u64::try_from(usual.as_millis()).unwrap_or(u64::MAX),
            quiet_ms: 0,
            help: "Wait.".to_owned(),
        };
        Some(Suspension {
            parked: Some((parked, wait)),
            stopped,
            when: format!("{}{NEVER_TICKS}", at.address),
        })
    }

    fn unlike(&self, at: &At<'_>) -> Option<String> {
        Some(format!("{} is otherwise", at.address))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        drop(at)
    }
}

/// Returns what an object of one of these kinds stands on, beside the references it holds.
pub(super) fn edges_of(address: &Address, attributes: &Map) -> BTreeSet<Edge> {
    let mut edges = match address.kind() {
        "lens" => lean_edges(&crate::typed::<Lens>(attributes).leans),
        "badge" => lean_edges(&crate::typed::<Badge>(attributes).leans),
        _ => BTreeSet::new(),
    };
    if let [area, _] = address.path() {
        edges.insert(Edge::to(address.sibling(Area::NAME, [area])));
    }
    edges
}

/// Returns the parts of an object, by name as edges have it, with what sort they are.
pub(super) fn parts_of(address: &Address, attributes: &Map) -> BTreeMap<String, String> {
    match address.kind() {
        "thing" => crate::typed::<Thing>(attributes)
            .part
            .into_iter()
            .map(|part| (part_name(&part.name), part.sort))
            .collect(),
        _ => BTreeMap::new(),
    }
}
