//! Running plans on the fake platform, with the state in a file.

use std::collections::BTreeMap;

use model::{
    Action, Address, Basis, Batch, Catalog, Change, Claim, DeclarationId, Fingerprint, Map, Object,
    Phase, Plan, Records, Statement, Step, Undo, Value, Wait,
};
use provider::encode;
use provider::fake::{Clock, FakeSession, Operation, World};
use provider::{
    Answer, BoxFuture, Capabilities, Error, ErrorKind, Question, Ran, Reveal, Rows, Scope, Session,
};
use state::{FileStore, Holder, Loaded, Realm, Store};

use crate::{Failure, Run, Sessions, Silent, Stopper, Success, execute, stop};

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
        waits: Vec::new(),
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
            parts: Vec::new(),
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

/// A fake session that fails a number of times before it works, and in which a clock ticks for a number of looks.
struct Flaky {
    inner: FakeSession,
    failures: usize,
    ticks: usize,
    /// Stops the apply when a clock ticks.
    stopper: Option<Stopper>,
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
    ) -> BoxFuture<'a, Result<Vec<Ran>, provider::Failure>> {
        if self.failures == 0 {
            return self.inner.execute(statements, reveal);
        }
        self.failures -= 1;
        let error = Error::new(ErrorKind::Retryable, "somebody holds a lock");
        Box::pin(std::future::ready(Err(provider::Failure {
            done: 0,
            ran: Vec::new(),
            error,
        })))
    }

    fn query<'a>(
        &'a mut self,
        query: &'a Statement,
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Error>> {
        if query.sql != "a tick" || self.ticks == 0 {
            return self.inner.query(query, limit);
        }
        self.ticks -= 1;
        if let Some(stopper) = &self.stopper {
            stopper.stop("SIGINT");
        }
        let rows = vec![vec![Some("since noon".to_owned())]];
        let columns = vec!["words".to_owned()];
        Box::pin(std::future::ready(Ok(Rows {
            columns,
            rows,
            found: 1,
        })))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.commit()
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.rollback()
    }
}

/// What a plan runs on.
#[derive(Default)]
struct Scene {
    world: World,
    failures: usize,
    ticks: usize,
    /// Whether somebody stops the apply when a clock ticks.
    is_stopped: bool,
}

/// What has become of it.
struct Scenery {
    ended: Result<Success, Box<Failure>>,
    loaded: Loaded,
    world: Catalog,
}

/// Runs a plan on an empty world that fails some times, and returns how it ended and what is recorded.
async fn run(plan: &Plan, failures: usize) -> (Result<Success, Box<Failure>>, Records) {
    let scene = Scene {
        failures,
        ..Scene::default()
    };
    let Scenery { ended, loaded, .. } = play(plan, scene).await;
    (ended, loaded.records)
}

async fn play(plan: &Plan, scene: Scene) -> Scenery {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = FileStore::new(folder.path().join("state.json"), "lineage");
    let realm = Realm {
        project: "shop".to_owned(),
        environment: String::new(),
    };
    let (stopper, stop) = stop();
    let session: Box<dyn Session> = Box::new(Flaky {
        inner: FakeSession::new(scene.world),
        failures: scene.failures,
        ticks: scene.ticks,
        stopper: scene.is_stopped.then_some(stopper),
    });
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
            dirty: false,
            serial: 1,
            reveal: &|_| None,
            progress: &mut Silent,
            jitter: &mut || 0.0,
            stop,
        },
    )
    .await;
    let loaded = store.load(&realm).await.expect("readable");
    let session = sessions.get_mut("fake").expect("it was put there");
    let world = session.read(&Scope::default()).await.expect("never fails");
    Scenery {
        ended,
        loaded,
        world,
    }
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

fn clock(rate: &str, ticks: bool) -> Object {
    let attributes = encode(&Clock {
        ticks,
        rate: rate.to_owned(),
        text: Vec::new(),
    });
    Object::new(Address::new("fake", "clock", ["c"]), attributes)
}

fn turn(to: &Object) -> Statement {
    let operation = Operation::Change {
        address: to.address.clone(),
        attributes: Value::Map(to.attributes.clone()),
    };
    Statement::new(operation.to_text())
}

/// Makes a plan that makes areas while a clock does not tick, and a world in which it ticks.
fn around(areas: &[&Address]) -> (Plan, World) {
    let before = clock("hourly", true);
    let at = before.address.clone();
    let park = turn(&clock("never", true))
        .undone_by(Undo::new(format!("{at} never ticks"), turn(&before).sql));
    let mut suspend = batch(true, &[(&at, vec![park])]);
    let mut stop = batch(true, &[(&at, vec![turn(&clock("never", false))])]);
    for batch in [&mut suspend, &mut stop] {
        batch.steps[0].phase = Phase::Suspend;
    }
    stop.waits.push(Wait {
        on: at.clone(),
        what: "the tick of clock c".to_owned(),
        query: "a tick".to_owned(),
        timeout_ms: 2_000,
        quiet_ms: 500,
        help: "Wait.".to_owned(),
    });
    let mut resume = batch(true, &[(&at, vec![turn(&before)])]);
    resume.steps[0].phase = Phase::Resume;
    let made = areas
        .iter()
        .map(|area| batch(true, &[(area, vec![make(area)])]));
    let batches = [suspend, stop].into_iter().chain(made).chain([resume]);
    let mut plan = plan(batches.collect());
    plan.changes.retain(|change| change.address != at);
    (plan, World::of(Catalog::from_iter([before])))
}

#[tokio::test(start_paused = true)]
async fn what_does_not_run_meanwhile_runs_again() {
    let (plan, world) = around(&[&area("a")]);
    let scene = Scene {
        world,
        ticks: 3,
        ..Scene::default()
    };
    let began = tokio::time::Instant::now();
    let played = play(&plan, scene).await;
    assert!(played.ended.is_ok());
    assert!(
        began.elapsed().as_millis() >= 1_100,
        "it waits until nothing ticks"
    );
    let clock = clock("hourly", true);
    assert_eq!(played.world.get(&clock.address), Some(&clock));
    assert!(played.loaded.leftovers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_changes_nothing() {
    let (plan, world) = around(&[&area("a")]);
    let scene = Scene {
        world: world.clone(),
        ticks: usize::MAX,
        ..Scene::default()
    };
    let played = play(&plan, scene).await;
    let failure = played.ended.expect_err("it ticks on");
    assert_eq!(
        failure.to_string(),
        "the tick of clock c has not ended after 2s (since noon)"
    );
    assert!(failure.as_before && failure.finished.is_empty());
    assert_eq!(played.world, *world.catalog());
}

#[tokio::test(start_paused = true)]
async fn what_was_suspended_comes_back_after_a_failure() {
    let (a, b) = (area("a"), area("b"));
    // The second time, `a` exists already.
    let (plan, world) = around(&[&a, &b, &a]);
    let scene = Scene {
        world,
        ..Scene::default()
    };
    let played = play(&plan, scene).await;
    let failure = played.ended.expect_err("`a` exists already");
    assert!(!failure.as_before && failure.left.is_empty());
    assert_eq!(failure.finished, std::slice::from_ref(&b));
    let clock = clock("hourly", true);
    assert_eq!(played.world.get(&clock.address), Some(&clock));
}

#[tokio::test(start_paused = true)]
async fn who_stops_it_gets_everything_back() {
    let (plan, world) = around(&[&area("a")]);
    let scene = Scene {
        world: world.clone(),
        ticks: 1,
        is_stopped: true,
        ..Scene::default()
    };
    let played = play(&plan, scene).await;
    let failure = played.ended.expect_err("it is stopped");
    assert_eq!(failure.to_string(), "stopped by SIGINT");
    assert!(failure.as_before && failure.is_stopped);
    assert_eq!(played.world, *world.catalog());
}
