//! The journal: what an apply meant to do, what it did, how it ended.

use model::{Address, Claim, Fingerprint, Map, PartRename, Record, Undo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::realm::Holder;
use crate::store::VersionSummary;

/// One entry. Entries of one apply share its serial and come in this order: begun, then for each batch
/// intended and done or failed, then ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Entry {
    /// An apply begins.
    Begun(Begun),
    /// A batch is about to run.
    Intended(Intended),
    /// A batch ran.
    Done(Done),
    /// A batch failed and was taken back as far as it could be.
    Failed(Failed),
    /// Audits ran: before a batch became permanent, or it failed.
    Audited(Audited),
    /// The apply is over.
    Ended(Ended),
    /// An apply whose version another store kept until now.
    Brought(Brought),
}

/// An apply begins: a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// Its number, one more than the last.
    pub serial: u64,
    /// Who runs it.
    pub by: Holder,
    /// Version of the tool.
    pub estate: String,
    /// Digest of the plan.
    pub digest: String,
    /// Who approved the plan, where somebody had to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
    /// Commit of the project's files; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Whether files of the project differed from that commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// What it adds, changes, destroys.
    pub summary: [usize; 3],
}

/// A batch is about to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intended {
    /// The apply.
    pub serial: u64,
    /// Position of the batch in the plan, from zero.
    pub batch: usize,
    /// What it will make or change, with what will be recorded of it.
    pub claims: Vec<(Address, Claim)>,
    /// What stays behind when it is cut off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
}

/// What may stay behind when an apply is cut off, and takes no part in anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leftover {
    /// The provider whose platform it is on.
    pub provider: String,
    /// Where there, such as a database.
    pub place: String,
    /// The object whose steps leave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// How it is recognised and taken away.
    pub undo: Undo,
}

/// What is recorded of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// The object.
    pub address: Address,
    /// How it was declared.
    pub claim: Claim,
    /// Fingerprint of what the platform shows.
    pub live: Fingerprint,
    /// What the platform shows.
    #[schemars(with = "std::collections::BTreeMap<String, model::Value>")]
    pub content: Map,
    /// The name it had before this apply, where a declared rename gave it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Address>,
    /// Parts of it that a declared rename gave other names in this apply, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRename>,
}

impl Put {
    /// Makes the record of an object from what is live, where that is not what only the claim keeps.
    #[must_use]
    pub fn new(address: Address, claim: Claim, mut content: Map) -> Self {
        content.retain(|name, _| !claim.kept.contains_key(name));
        Self {
            live: Fingerprint::of_map(&content),
            address,
            claim,
            content,
            previous: None,
            parts: Vec::new(),
        }
    }

    /// Returns the record.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            address: self.address.clone(),
            claim: self.claim.clone(),
            live: self.live,
            content: Some(self.content.clone()),
            in_doubt: false,
        }
    }
}

/// A batch ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// The apply.
    pub serial: u64,
    /// Position of the batch in the plan, from zero; absent for what needed no batch.
    pub batch: Option<usize>,
    /// Objects recorded as ours.
    pub puts: Vec<Put>,
    /// Objects that are no longer ours.
    pub gone: Vec<Address>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The statements that ran, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
}

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It did what it should.
    Done,
    /// It failed.
    Failed,
    /// It ran, and was taken back with its transaction.
    TakenBack,
}

impl StepOutcome {
    /// Returns the word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::TakenBack => "taken back",
        }
    }

    /// Reads the word for it.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Done, Self::Failed, Self::TakenBack]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// One statement that an apply ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// Position of the batch in the plan, from zero.
    pub batch: usize,
    /// The object it is for.
    pub address: Address,
    /// Its text, with markers where secrets go.
    pub sql: String,
    /// When it began, in milliseconds since 1970, UTC.
    pub began_ms: u64,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How many rows it wrote or moved; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How it ended.
    pub outcome: StepOutcome,
}

/// A batch failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The apply.
    pub serial: u64,
    /// Position of the batch in the plan, from zero.
    pub batch: usize,
    /// The object whose step failed.
    pub address: Option<Address>,
    /// Whether the batch was taken back as a whole.
    pub taken_back: bool,
    /// Why, in words, without any secret.
    pub error: String,
    /// The statements that ran, in order; the last is the one that failed, where one did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
}

/// What an audit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It found nothing.
    Passed,
    /// It found rows, which is only told.
    Warned,
    /// It found rows, which stops an apply.
    Failed,
    /// It could not be run.
    Broken,
}

impl AuditOutcome {
    /// Returns the word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Broken => "broken",
        }
    }
}

/// What one audit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Its declaration.
    pub audit: String,
    /// The object it is about.
    pub on: Address,
    /// What it came to.
    pub outcome: AuditOutcome,
    /// How many rows it found.
    pub found: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Why it could not be run, without any secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Audits ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audited {
    /// The apply; absent where they ran by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// Who ran them.
    pub by: Holder,
    /// What they found.
    pub audits: Vec<AuditRecord>,
}

/// How an apply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything is done.
    Succeeded,
    /// Something failed.
    Failed,
}

impl Outcome {
    /// Returns the word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// An apply is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// The apply.
    pub serial: u64,
    /// How.
    pub outcome: Outcome,
    /// When, in RFC 3339, UTC; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A version that another store kept until now, with what it changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Brought {
    /// The version.
    pub version: VersionSummary,
    /// What it recorded.
    pub puts: Vec<Put>,
    /// What was no longer ours after it.
    pub gone: Vec<Address>,
    /// The statements that it ran, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
}

impl Entry {
    /// Returns the apply an entry belongs to, where it belongs to one.
    #[must_use]
    pub fn serial(&self) -> Option<u64> {
        match self {
            Self::Begun(entry) => Some(entry.serial),
            Self::Intended(entry) => Some(entry.serial),
            Self::Done(entry) => Some(entry.serial),
            Self::Failed(entry) => Some(entry.serial),
            Self::Audited(entry) => entry.serial,
            Self::Ended(entry) => Some(entry.serial),
            Self::Brought(entry) => Some(entry.version.serial),
        }
    }

    /// Returns the word for the event.
    #[must_use]
    pub fn event(&self) -> &'static str {
        match self {
            Self::Begun(_) => "begun",
            Self::Intended(_) => "intended",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Audited(_) => "audited",
            Self::Ended(_) => "ended",
            Self::Brought(_) => "brought",
        }
    }
}
