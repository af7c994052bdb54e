//! The plan: ordered statements, what they were made from, and a digest that names the whole.
//!
//! A plan is plain data. It holds exactly the text that will run; executing it decides nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::change::{Action, Change, Phase};
use crate::diagnostic::Severity;
use crate::fingerprint::Fingerprint;
use crate::statement::Statement;

/// The version of the plan file that this tool writes and reads.
pub const FORMAT: u32 = 1;

/// The statements of one phase of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The object.
    pub address: Address,
    /// The half of its change.
    pub phase: Phase,
    /// What runs, in order.
    pub statements: Vec<Statement>,
}

/// A query that must return no row before a batch commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Name of the audit as declared.
    pub name: String,
    /// The object it is about.
    pub on: Address,
    /// The query.
    pub query: Statement,
    /// Whether a row stops the apply (`error`) or is only reported (`warning`).
    pub blocks: bool,
}

/// Something that must be over before a batch begins, such as a run of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// The object it is about.
    pub on: Address,
    /// What must be over, in words: `a run of task tidy`.
    pub what: String,
    /// A query that returns a row as long as it is not; its first column says more, in words.
    pub query: String,
    /// How long that may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long the query must have returned nothing, in milliseconds: what only just begins cannot be seen yet.
    pub quiet_ms: u64,
    /// What to do when it takes longer, for people.
    pub help: String,
}

/// Steps that share a transaction, or one that cannot have any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The provider with its alias.
    pub provider: String,
    /// Where on the platform it runs: the database, empty for that of the connection.
    pub place: String,
    /// Whether all of it commits or none.
    pub atomic: bool,
    /// What must be over before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// What runs, in order.
    pub steps: Vec<Step>,
    /// What must hold before it commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audits: Vec<Audit>,
}

impl Batch {
    /// Returns its statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.steps.iter().flat_map(|step| &step.statements)
    }
}

/// Which server a plan was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// What tells this server from every other, such as PostgreSQL's system identifier.
    pub identity: String,
    /// Version as the platform says it.
    pub version: String,
    /// The place of the connection: the database of the url.
    pub place: String,
}

/// What a plan was made from. When any of it has changed, the plan is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Fingerprint of all files and inputs.
    pub files: Fingerprint,
    /// Which history of state.
    pub lineage: String,
    /// Position in it.
    pub serial: u64,
    /// The servers, by provider.
    pub platforms: BTreeMap<String, Platform>,
    /// Live fingerprints of every object the plan touches; null for one that did not exist.
    #[schemars(with = "BTreeMap<String, Option<Fingerprint>>")]
    pub live: BTreeMap<Address, Option<Fingerprint>>,
}

/// What a checker says of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Warnings are shown, errors refuse the plan.
    #[schemars(with = "String")]
    pub severity: Severity,
    /// Stable name, such as `plan::not_ours`.
    pub code: String,
    /// The object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Address>,
    /// What is wrong, in a sentence that names everything concerned.
    pub message: String,
    /// The statements it is about, where it is about statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Concerned>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A statement that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concerned {
    /// The object it is for.
    pub address: Address,
    /// Its text.
    pub sql: String,
    /// What is wrong with it, in words; empty where that is said of all of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// Live objects of one kind that are neither declared nor ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmanaged {
    /// Kind.
    pub kind: String,
    /// Whether this version of Estate can manage the kind at all.
    pub supported: bool,
    /// Qualified names, sorted.
    pub names: Vec<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// Version of the tool.
    pub estate: String,
    /// Project.
    pub project: String,
    /// Environment; empty where a project has none.
    pub environment: String,
    /// When it was made, in RFC 3339, UTC.
    pub created: String,
    /// What it was made from.
    pub basis: Basis,
    /// What happens, object by object.
    pub changes: Vec<Change>,
    /// What runs, in order.
    pub batches: Vec<Batch>,
    /// What checkers say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What is live and not ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<Unmanaged>,
    /// blake3 of everything above but `created`, and what an approver approves.
    pub digest: String,
}

/// How many objects a plan imports, adds, changes and destroys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Objects that an `import` block takes over, changed on the way or not.
    pub import: usize,
    /// Objects made, replaced ones included.
    pub add: usize,
    /// Objects altered in place.
    pub change: usize,
    /// Objects dropped, replaced ones included.
    pub destroy: usize,
    /// Objects that are as declared and will be recorded as ours.
    pub adopt: usize,
    /// Objects that will no longer be recorded as ours.
    pub forget: usize,
}

impl Plan {
    /// Counts what the plan does. A replaced object counts as added and as destroyed, an imported one
    /// that changes as both.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            summary.import += usize::from(change.importing.is_some());
            match change.action {
                Action::Create => summary.add += 1,
                Action::Update => summary.change += 1,
                Action::Replace { .. } => {
                    summary.add += 1;
                    summary.destroy += 1;
                }
                Action::Delete { .. } => summary.destroy += 1,
                Action::Adopt if change.importing.is_some() => {}
                Action::Adopt => summary.adopt += 1,
                Action::Forget { .. } => summary.forget += 1,
            }
        }
        summary
    }

    /// Reports whether anything on a platform changes.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.action.touches_platform())
    }

    /// Reports whether a finding refuses the plan.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// Returns the findings that refuse the plan.
    #[must_use]
    pub fn refusals(&self) -> Vec<Finding> {
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        self.findings.iter().filter(is_error).cloned().collect()
    }

    /// Returns every statement in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.batches.iter().flat_map(Batch::statements)
    }

    /// Computes the digest of everything but the digest itself and the time.
    ///
    /// # Panics
    /// Never: every part of a plan has a JSON form.
    #[must_use]
    pub fn compute_digest(&self) -> String {
        let named = Self {
            digest: String::new(),
            created: String::new(),
            ..self.clone()
        };
        let bytes = serde_json::to_vec(&named).expect("every part of a plan has a JSON form");
        Fingerprint::of_bytes(&bytes).to_string()
    }
}
