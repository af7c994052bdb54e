//! Running plans on the fake platform, with the state in a file.

use std::collections::BTreeMap;

use model::{
    Action, Address, Basis, Batch, Change, Claim, DeclarationId, Fingerprint, Map, Phase, Plan,
    Records, Statement, Step, Value,
};
use provider::fake::{FakeSession, Operation, World};
use provider::{
    Answer, BoxFuture, Capabilities, Error, ErrorKind, Question, Reveal, Rows, Scope, Session,
};
use state::{FileStore, Holder, Realm, Store};

use crate::{Failure, Run, Sessions, Silent, Success, execute};

fn area(name: &str) -> Address {
    Address::new("fake", "area", [name])
}

fn claim(address: &Address) -> Claim {
    Claim {
        id: DeclarationId::root("area", address.name()),
        declared: Fingerprint::of_bytes(b"declared"),
        prevent_destroy: false,
        partial: false,
        share: None,
        kept: Default::default(),
    }
}

fn make(address: &Address) -> Statement {
    let operation = Operation::Make {
        address: address.clone(),
        attributes: Value::Map(Map::new()),
    };
    Statement::new(operation.to_text())
}

fn batch(atomic: bool, steps: &[(&Address, Vec<Statement>)]) -> Batch {
    Batch {
        provider: "fake".to_owned(),
        place: String::new(),
        atomic,
        steps: steps
            .iter()
            .map(|(address, statements)| Step {
                address: (*address).clone(),
                phase: Phase::Build,
                statements: statements.clone(),
            })
            .collect(),
        audits: Vec::new(),
    }
}

/// Makes a plan that creates what its batches are about.
fn plan(batches: Vec<Batch>) -> Plan {
    let mut addresses: Vec<Address> = batches
        .iter()
        .flat_map(|batch| batch.steps.iter().map(|step| step.address.clone()))
        .collect();
    addresses.sort();
    addresses.dedup();
    let changes = addresses
        .into_iter()
        .map(|address| Change {
            id: None,
            action: Action::Create,
            previous: None,
            recorded: None,
            importing: None,
            before: None,
            after: Some(Map::new()),
            drift: Vec::new(),
            claim: Some(claim(&address)),
            address,
        })
        .collect();
    Plan {
        format: 1,
        estate: "0.1.0".to_owned(),
        project: "shop".to_owned(),
        environment: String::new(),
        created: String::new(),
        basis: Basis {
            files: Fingerprint::of_bytes(b""),
            lineage: String::new(),
            serial: 0,
            platforms: BTreeMap::new(),
            live: BTreeMap::new(),
        },
        changes,
        batches,
        findings: Vec::new(),
        unmanaged: Vec::new(),
        digest: String::new(),
    }
}

/// A fake session that fails a number of times before it works.
struct Flaky {
    inner: FakeSession,
    failures: usize,
}

impl Session for Flaky {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn read<'a>(&'a mut self, scope: &'a Scope) -> BoxFuture<'a, Result<model::Catalog, Error>> {
        self.inner.read(scope)
    }

    fn canonicalize<'a>(
        &'a mut self,
        question: Question<'a>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        self.inner.canonicalize(question)
    }

    fn count<'a>(
        &'a mut self,
        of: &'a std::collections::BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, u64>, Error>> {
        self.inner.count(of)
    }

    fn begin<'a>(&'a mut self, place: &'a str, atomic: bool) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.begin(place, atomic)
    }

    fn begin_reading<'a>(&'a mut self, place: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.begin_reading(place)
    }

    fn execute<'a>(
        &'a mut self,
        statements: &'a [Statement],
        reveal: Reveal<'a>,
    ) -> BoxFuture<'a, Result<(), provider::Failure>> {
        if self.failures == 0 {
            return self.inner.execute(statements, reveal);
        }
        self.failures -= 1;
        let error = Error::new(ErrorKind::Retryable, "somebody holds a lock");
        Box::pin(std::future::ready(Err(provider::Failure {
            done: 0,
            error,
        })))
    }

    fn query<'a>(
        &'a mut self,
        query: &'a Statement,
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Error>> {
        self.inner.query(query, limit)
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.commit()
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.rollback()
    }
}

/// Runs a plan on an empty world that fails some times, and returns how it ended and what is recorded.
async fn run(plan: &Plan, failures: usize) -> (Result<Success, Box<Failure>>, Records) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = FileStore::new(folder.path().join("state.json"), "lineage");
    let realm = Realm {
        project: "shop".to_owned(),
        environment: String::new(),
    };
    let inner = FakeSession::new(World::default());
    let session: Box<dyn Session> = Box::new(Flaky { inner, failures });
    let mut sessions = Sessions::from([("fake".to_owned(), session)]);
    let ended = execute(
        plan,
        &mut Run {
            sessions: &mut sessions,
            store: &mut store,
            realm: &realm,
            settled: &Records::new(),
            holder: Holder {
                user: "ann".to_owned(),
                host: "desk".to_owned(),
                process: 1,
                since: String::new(),
                command: "apply".to_owned(),
            },
            approvals: Vec::new(),
            commit: String::new(),
            serial: 1,
            reveal: &|_| None,
            progress: &mut Silent,
            jitter: &mut || 0.0,
        },
    )
    .await;
    let records = store.load(&realm).await.expect("readable").records;
    (ended, records)
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_recorded() {
    let (a, b) = (area("a"), area("b"));
    let batches = vec![
        batch(true, &[(&a, vec![make(&a)])]),
        batch(true, &[(&b, vec![make(&b)])]),
    ];
    let (ended, records) = run(&plan(batches), 0).await;
    assert!(ended.is_ok());
    assert_eq!(records.keys().collect::<Vec<_>>(), [&a, &b]);
    assert!(records.values().all(|record| !record.in_doubt));
}

#[tokio::test(start_paused = true)]
async fn a_failure_leaves_what_was_done_before_and_nothing_of_its_batch() {
    let (a, b, c) = (area("a"), area("b"), area("c"));
    let batches = vec![
        batch(true, &[(&a, vec![make(&a)])]),
        batch(true, &[(&b, vec![make(&b)]), (&c, vec![make(&a)])]),
    ];
    let (ended, records) = run(&plan(batches), 0).await;
    let failure = ended.expect_err("`a` exists already");
    assert!(failure.taken_back);
    assert_eq!((failure.done, failure.all), (1, 2));
    assert_eq!(failure.finished, std::slice::from_ref(&a));
    assert_eq!(records.keys().collect::<Vec<_>>(), [&a]);
}

#[tokio::test(start_paused = true)]
async fn what_is_half_made_is_ours_and_in_doubt() {
    let (a, b) = (area("a"), area("b"));
    let batches = vec![
        batch(false, &[(&a, vec![make(&a)])]),
        batch(true, &[(&b, vec![make(&b)]), (&a, vec![make(&a)])]),
    ];
    let (ended, records) = run(&plan(batches), 0).await;
    assert!(ended.is_err(), "the second half of `a` is refused");
    assert!(records[&a].in_doubt);
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_tried_again_but_not_outside_a_transaction() {
    let a = area("a");
    let atomic = plan(vec![batch(true, &[(&a, vec![make(&a)])])]);
    let (ended, records) = run(&atomic, 2).await;
    assert!(ended.is_ok());
    assert_eq!(records.len(), 1);
    let alone = plan(vec![batch(false, &[(&a, vec![make(&a)])])]);
    let (ended, _) = run(&alone, 1).await;
    assert!(!ended.expect_err("it may be half done").taken_back);
}
