//! A live connection to a platform: everything that can fail for reasons outside the tool.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use model::hook::Hook;
use model::{Address, Audit, Catalog, Map, Secret, SecretUse, Statement};

use crate::access::{Population, Reach};
use crate::error::{Error, ErrorKind};
use crate::kind::Capabilities;
use crate::snapshot::Snapshot;

/// A future behind a pointer, so that sessions can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which places of a platform are read, beside what belongs to the platform as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of databases; the empty name is that of the connection. Those that do not exist are
    /// left out of the result.
    pub places: BTreeSet<String>,
    /// Objects that are read even where nobody would miss them: of what the platform itself brought along,
    /// only what has been changed is read unasked.
    pub named: BTreeSet<Address>,
}

impl Scope {
    /// Reports whether all that another scope asks for is read, and nothing else.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn paths(scope: &Scope) -> BTreeSet<&[String]> {
            scope.named.iter().map(Address::path).collect()
        }
        self.places == other.places && paths(other).is_subset(&paths(self))
    }
}

/// What the platform is asked about texts that it would rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Everything declared.
    pub desired: &'a Catalog,
    /// Everything live, by the names it has now.
    pub live: &'a Catalog,
    /// Declared objects whose form is wanted as the platform would write it.
    pub compare: &'a BTreeSet<Address>,
    /// Declared objects that do not exist yet and whose texts are only checked.
    pub check: &'a BTreeSet<Address>,
    /// Audits whose queries are checked against what is declared; none is run.
    pub audits: &'a [Audit],
    /// Hooks whose statements are checked against what is there when they run; none is run. Where there are some,
    /// `check` is what will be otherwise by then, and only that is asked.
    pub hooks: &'a [Hook],
}

/// A text that the platform does not accept.
#[derive(Debug)]
pub struct Rejection {
    /// The object.
    pub address: Address,
    /// The attribute, as a path; empty for the object as a whole.
    pub path: Vec<String>,
    /// What the platform said; its position is relative to the text of the attribute.
    pub error: Error,
}

/// What the platform answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// Attributes as the platform would write them, for the objects that were to be compared. One
    /// that could not be determined is missing.
    pub forms: BTreeMap<Address, Map>,
    /// Texts it does not accept.
    pub rejections: Vec<Rejection>,
    /// Audits whose queries it does not accept, by their number; the position is one in the query.
    pub refused: Vec<(usize, Error)>,
    /// Hooks whose statements it does not accept, by their number; the position is one in the statement.
    pub refused_hooks: Vec<(usize, Error)>,
}

/// What became of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// How many rows it wrote or moved, where the platform says so.
    pub rows: Option<u64>,
}

/// A failure within a list of statements.
#[derive(Debug)]
pub struct Failure {
    /// How many statements were done before the one that failed.
    pub done: usize,
    /// What became of these, in order, and of the one that failed, where it came to that.
    pub ran: Vec<Ran>,
    /// Why.
    pub error: Error,
}

/// Rows of a query as people read them: column names and values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Column names.
    pub columns: Vec<String>,
    /// Values; `None` is null.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows there were, with those that are left out.
    pub found: u64,
}

/// Finds the text of a secret that a statement needs.
pub type Reveal<'a> = &'a (dyn Fn(&SecretUse) -> Option<Secret> + Sync);

/// Interrupts what a session is doing, from outside of it: a running statement ends soon, with an error. It may come
/// too early or too late, and does nothing then.
pub type Interrupter = std::sync::Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// How long the statements of an apply may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long one waits for a lock.
    pub lock: Duration,
    /// How long one that others wait for may run; `None` is as long as it takes.
    pub statement: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(3),
            statement: None,
        }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How long statements may take.
    pub timeouts: Timeouts,
    /// Whether it only looks: the platform itself is told to refuse every change.
    pub only_reads: bool,
}

/// Somebody who has a connection to a platform, and what they last did there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The login.
    pub login: String,
    /// The program, as it calls itself; may be empty.
    pub program: String,
    /// The place they are connected to.
    pub place: String,
    /// When that was, as people write it: `2026-05-01 12:03 UTC`.
    pub when: String,
    /// The words of their last statement, in lower case: what it may have been about.
    pub words: BTreeSet<String>,
}

/// A live connection.
///
/// At most one transaction is open at a time, between [`Session::begin`] and [`Session::commit`] or
/// [`Session::rollback`]; reads in between see what it has done.
pub trait Session: Send {
    /// Returns what is known of the platform.
    fn capabilities(&self) -> &Capabilities;

    /// Reads everything in scope, in a number of queries that does not depend on how much there is.
    fn read<'a>(&'a mut self, scope: &'a Scope) -> BoxFuture<'a, Result<Catalog, Error>>;

    /// Reads who was given what, changing nothing, in a number of queries that does not depend on how much there is.
    /// What the login cannot see is named in the result.
    fn access<'a>(&'a mut self, _reach: &'a Reach) -> BoxFuture<'a, Result<Population, Error>> {
        let error = Error::new(
            ErrorKind::Unsupported,
            "this platform does not say who was given what",
        );
        Box::pin(std::future::ready(Err(error)))
    }

    /// Asks the platform how it would write the texts of declared objects, leaving nothing behind.
    fn canonicalize<'a>(
        &'a mut self,
        question: Question<'a>,
    ) -> BoxFuture<'a, Result<Answer, Error>>;

    /// Counts rows of live objects: exact up to 1,000, estimated beyond. What the login may not read
    /// is missing from the result.
    fn count<'a>(
        &'a mut self,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, u64>, Error>>;

    /// Returns who holds objects at a place that others wait for, in words.
    fn holders<'a>(
        &'a mut self,
        _place: &'a str,
        _on: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<Vec<String>, Error>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Makes what taking snapshots needs at the place of the open transaction.
    fn ready_snapshots(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Returns the snapshots that there are at some places, oldest first.
    fn snapshots<'a>(
        &'a mut self,
        _places: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<Vec<Snapshot>, Error>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Returns who is connected and last changed what there is on the platform, as far as the login may see that.
    fn activities(&mut self) -> BoxFuture<'_, Result<Vec<Activity>, Error>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Opens a transaction at a place; with `atomic` false, statements there run on their own.
    fn begin<'a>(&'a mut self, place: &'a str, atomic: bool) -> BoxFuture<'a, Result<(), Error>>;

    /// Opens a transaction at a place in which nothing can be changed.
    fn begin_reading<'a>(&'a mut self, place: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Runs statements in order, and says of each what became of it.
    fn execute<'a>(
        &'a mut self,
        statements: &'a [Statement],
        reveal: Reveal<'a>,
    ) -> BoxFuture<'a, Result<Vec<Ran>, Failure>>;

    /// Runs a query and returns at most `limit` of its rows.
    fn query<'a>(
        &'a mut self,
        query: &'a Statement,
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Error>>;

    /// Makes the open transaction permanent.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), Error>>;

    /// Takes the open transaction back.
    fn rollback(&mut self) -> BoxFuture<'_, Result<(), Error>>;

    /// Forgets its connections, of which one is lost: whoever needs one next makes a new one.
    fn forget_connections(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Returns what interrupts a statement.
    fn interrupter(&self) -> Interrupter {
        std::sync::Arc::new(|| Box::pin(std::future::ready(())))
    }
}
