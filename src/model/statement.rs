//! Text that a platform will run, with what it endangers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::effects::Effects;
use crate::hazard::Hazard;
use crate::map::Map;
use crate::strategy::Turn;

/// A place in a statement that a secret takes when it runs.
///
/// The statement itself holds only the marker, so plans, logs and errors never hold the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretUse {
    /// The text in the statement that is replaced.
    pub marker: String,
    /// The object the secret belongs to.
    pub address: Address,
    /// The attribute that holds it; where that is a map, with a dot and the name in the map.
    pub attribute: String,
}

/// What takes back what a statement leaves behind when it fails outside a transaction, such as an index that is
/// not valid; or when the change of its object does not come to an end, such as a task that does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// A query that returns a row when there is something left behind.
    pub when: String,
    /// The statement that takes it away.
    pub sql: String,
    /// What there is to see meanwhile, in words: `task tidy is suspended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Whether the statement may wait for locks as long as it takes: nobody waits behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
    /// Attributes that its object has again afterwards.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, crate::value::Value>")]
    pub was: Map,
}

impl Undo {
    /// Makes one that nothing else is known of.
    #[must_use]
    pub fn new(when: impl Into<String>, sql: impl Into<String>) -> Self {
        Self {
            when: when.into(),
            sql: sql.into(),
            found: None,
            patient: false,
            was: Map::new(),
        }
    }

    /// Says that the statement may wait for locks as long as it takes.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.patient = true;
        self
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The text, without a semicolon at its end.
    pub sql: String,
    /// What it endangers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// What it does to others.
    #[serde(default)]
    pub effects: Effects,
    /// Whether it must run outside a transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// Where unqualified names in it are looked up, first to last; empty where it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names_in: Vec<String>,
    /// Secrets to put in when it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretUse>,
    /// Whether it may wait for locks as long as it takes: nobody waits behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
    /// How long it may run, in milliseconds; as long as it takes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Whether it is a query that does a piece of the work and is run again until it returns no row; the row tells
    /// people how far it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// What takes back what it leaves behind when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// Why it runs this way and not another, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The snapshot that it takes of what would be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// Whether others may rely on what it makes, such as that rows differ.
    #[serde(skip)]
    pub promises: bool,
    /// Whether nobody who uses the object has to notice: words about it, and who may do what with it.
    #[serde(skip)]
    pub quiet: bool,
    /// When it runs. A plan says so by its batches.
    #[serde(skip)]
    pub turn: Turn,
    /// What does the same without holding a lock for long, where there is such a way; a plan holds only the
    /// way that is taken.
    #[serde(skip)]
    pub online: Option<Online>,
    /// Why there is no such way, where it would be wanted if there were rows: what follows "since".
    #[serde(skip)]
    pub no_way: Option<String>,
}

/// What does the same as a statement without holding a lock for long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Online {
    /// What runs instead.
    pub statements: Vec<Statement>,
    /// How many statements that come after that one are done by it as well.
    pub covers: usize,
    /// The part of the object that is copied by it, as edges name it. That takes long, and so it is only done where it
    /// is asked for.
    pub copies: Option<String>,
}

impl From<Vec<Statement>> for Online {
    fn from(statements: Vec<Statement>) -> Self {
        Self {
            statements,
            ..Self::default()
        }
    }
}

impl Statement {
    /// Makes a statement that may share a transaction and endangers nothing.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            hazards: Vec::new(),
            effects: Effects::default(),
            alone: false,
            names_in: Vec::new(),
            secrets: Vec::new(),
            snapshot: None,
            patient: false,
            timeout_ms: None,
            repeat: false,
            undo: None,
            because: None,
            promises: false,
            quiet: false,
            turn: Turn::Main,
            online: None,
            no_way: None,
        }
    }

    /// Says its dangers in words, each without a period.
    pub fn dangers(&self) -> impl Iterator<Item = String> + '_ {
        let effects = &self.effects;
        self.hazards.iter().map(|hazard| {
            let on = hazard.busy_on();
            hazard.words(on.and_then(|on| effects.mode(on)))
        })
    }

    /// Says what does the same without holding a lock for long.
    #[must_use]
    pub fn or_online(mut self, statements: Vec<Self>) -> Self {
        self.online = Some(statements.into());
        self
    }

    /// Says why nothing does the same without holding a lock for long.
    #[must_use]
    pub fn no_way(mut self, why: impl Into<String>) -> Self {
        self.no_way = Some(why.into());
        self
    }

    /// Says that it runs after everything else, together with its neighbours.
    #[must_use]
    pub fn later(mut self) -> Self {
        self.turn = Turn::Later;
        self
    }

    /// Says that it runs after everything else, in a transaction of its own.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.turn = Turn::Apart;
        self
    }

    /// Says that others may rely on what it makes.
    #[must_use]
    pub fn promise(mut self) -> Self {
        self.promises = true;
        self
    }

    /// Says that nobody who uses the object has to notice.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Says that it may wait for locks as long as it takes.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// Says that it is run again until it returns no row.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        self.repeat = true;
        self
    }

    /// Says what takes back what it leaves behind when it fails.
    #[must_use]
    pub fn undone_by(mut self, undo: Undo) -> Self {
        self.undo = Some(undo);
        self
    }

    /// Adds a danger.
    #[must_use]
    pub fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    /// Says that what it does to `on` cannot be part of a transaction.
    #[must_use]
    pub fn alone(mut self, on: &Address) -> Self {
        self.alone = true;
        let on = on.clone();
        self.hazards.push(Hazard::OutsideTransaction { on });
        self
    }

    /// Says where unqualified names are looked up.
    #[must_use]
    pub fn names_in(mut self, schemas: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names_in = schemas.into_iter().map(Into::into).collect();
        self
    }
}
