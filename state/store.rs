//! The one way to state, wherever it lies.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

use model::{Address, Claim, Map, PartRename, Record, Records};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::entry::{Audited, Entry, Intended, Leftover, Put, StepRecord};
use crate::error::Error;
use crate::realm::{Holder, Realm};

/// A future behind a pointer, so that stores can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Other realms that record an object, by object.
pub type Others = BTreeMap<Address, Vec<Realm>>;

/// The state of a realm.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// Which history; empty where nothing was ever written.
    pub lineage: String,
    /// Number of the last apply; 0 where there was none.
    pub serial: u64,
    /// What is ours. Contents are not loaded.
    pub records: Records,
    /// What applies that were cut off may have left behind.
    pub leftovers: Vec<Leftover>,
}

/// Whether the lock was got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// It is ours now, until [`Store::unlock`] or the end of the connection.
    Held,
    /// Somebody else has it; who, where that is known.
    Busy(Option<Holder>),
}

/// One line of history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionSummary {
    /// Number.
    pub serial: u64,
    /// Who ran it, and since when.
    pub by: Holder,
    /// Version of the tool.
    pub estate: String,
    /// Digest of the plan.
    pub digest: String,
    /// What it added, changed, destroyed; what was planned where the outcome is not `succeeded`.
    pub summary: [usize; 3],
    /// How it ended; absent for one that never did.
    pub outcome: Option<String>,
    /// When it ended, in RFC 3339, UTC; absent for one that never did, or where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The login at the server that keeps the state; absent where a file does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Commit of the project's files; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Whether files of the project differed from that commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// Who approved the plan, where somebody had to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
}

/// What a version left: everything that was ours then, as the platform showed it.
pub type Recorded = BTreeMap<Address, Put>;

/// What a declared rename did in an apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Renamed {
    /// The former name of an object.
    pub from: Address,
    /// The name it got; the same where only parts of it got others.
    pub to: Address,
    /// Parts of it that got other names, in order.
    pub parts: Vec<PartRename>,
}

/// A place where state is kept.
pub trait Store: Send {
    /// Names the place for people.
    fn describe(&self) -> String;

    /// Reads the state of a realm. Writes nothing, not even where nothing is there yet.
    fn load<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<Loaded, Error>>;

    /// Reads what applies that were cut off may have left behind.
    fn leftovers<'a>(&'a mut self, realm: &'a Realm)
    -> BoxFuture<'a, Result<Vec<Leftover>, Error>>;

    /// Reads what some objects looked like after the last apply.
    fn contents<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, Map>, Error>>;

    /// Finds other realms that record some of these objects.
    fn others<'a>(
        &'a mut self,
        realm: &'a Realm,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Others, Error>>;

    /// Tries to take the lock of a realm, without waiting. A dead holder holds nothing.
    fn lock<'a>(
        &'a mut self,
        realm: &'a Realm,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Lock, Error>>;

    /// Gives the lock back.
    fn unlock<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<(), Error>>;

    /// Ends whoever holds the lock of a realm. Its work is taken back as far as that is possible, as when
    /// its connection is lost. Returns false where only its own machine can end it.
    fn break_lock<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<bool, Error>>;

    /// Puts a state that cannot be used out of the way, where it can be looked at, and says where that is.
    fn set_aside(&mut self) -> BoxFuture<'_, Result<String, Error>>;

    /// Removes all that is kept of a realm: it is kept elsewhere by now.
    fn remove<'a>(&'a mut self, realm: &'a Realm) -> BoxFuture<'a, Result<(), Error>>;

    /// Writes an entry and folds it in. When [`Store::joins`] says so of the open transaction, it
    /// becomes permanent with that; otherwise at once.
    fn append<'a>(
        &'a mut self,
        realm: &'a Realm,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Writes down what audits found that ran by themselves. Needs no lock. Returns why it did not, where nothing
    /// was ever applied, or the login may not write there, or somebody else is writing.
    fn note_audits<'a>(
        &'a mut self,
        realm: &'a Realm,
        audited: &'a Audited,
    ) -> BoxFuture<'a, Result<Option<String>, Error>>;

    /// Reports whether what is appended while a transaction is open at a place of a provider commits
    /// together with it.
    fn joins(&self, provider: &str, place: &str) -> bool;

    /// Returns the last applies, newest first.
    fn history<'a>(
        &'a mut self,
        realm: &'a Realm,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<VersionSummary>, Error>>;

    /// Returns what was ours right after an apply; `None` where that is not kept, or there was no such apply.
    fn recorded<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Option<Recorded>, Error>>;

    /// Returns the declared renames since an apply, in order.
    fn renamed<'a>(
        &'a mut self,
        realm: &'a Realm,
        since: u64,
    ) -> BoxFuture<'a, Result<Vec<Renamed>, Error>>;

    /// Returns the statements that an apply ran, in order.
    fn steps<'a>(
        &'a mut self,
        realm: &'a Realm,
        serial: u64,
    ) -> BoxFuture<'a, Result<Vec<StepRecord>, Error>>;
}

/// Why nothing is noted in a state that is not there.
pub const NO_STATE: &str = "nothing was applied yet, so there is no state";

impl Loaded {
    /// Adds what unfinished applies meant to make to the records, where it counts as ours and is in doubt, and what
    /// they may have left behind.
    pub fn add_unfinished(&mut self, intended: impl IntoIterator<Item = Intended>) {
        for one in intended {
            self.leftovers.extend(one.leftovers);
            for (address, claim) in one.claims {
                match self.records.get_mut(&address) {
                    Some(record) => record.in_doubt = true,
                    None => {
                        self.records.insert(address.clone(), doubt(address, claim));
                    }
                }
            }
        }
    }
}

fn doubt(address: Address, claim: Claim) -> Record {
    let live = model::Fingerprint::of_bytes(b"never seen");
    Record {
        address,
        claim,
        live,
        content: None,
        in_doubt: true,
    }
}
