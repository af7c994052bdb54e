//! Applying plans to the fake platform, step by step.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Address, Body, Catalog, DeclarationId, Lifecycle, Moved, Phase, Record, Records, Selector,
    SourceId, Sources, Span, Strategy,
};
use plan::{Ground, Grounds, Others, Prune, Situation, Wishes};
use proptest::prelude::*;
use provider::fake::{Clock, Fake, FakeSession, World};
use provider::{Capabilities, Desired, Origin, Provider, Question, Session};

use crate::world::{Drawn, grow, parse, seeds, without_clocks};

fn span() -> Span {
    let source: SourceId = Sources::default().add("a.hcl", "");
    Span::new(source, 0, 0)
}

fn id(address: &Address) -> DeclarationId {
    DeclarationId::root(address.kind(), address.path().join("_"))
}

fn declare(catalog: Catalog) -> Desired {
    let origins = catalog
        .iter()
        .map(|object| {
            let body = Body {
                span: span(),
                attributes: Vec::new(),
                blocks: Vec::new(),
            };
            let origin = Origin {
                id: id(&object.address),
                span: span(),
                body: Arc::new(body),
                lifecycle: Lifecycle::default(),
                declared: object.fingerprint(),
                partial: false,
                swept: false,
                exact: false,
                share: None,
            };
            (object.address.clone(), origin)
        })
        .collect();
    Desired {
        catalog,
        origins,
        ..Desired::default()
    }
}

/// Runs a future that is ready at once, as those of the fake are.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("the fake never waits"),
    }
}

/// Plans, walks the steps in a drawn order, stops after `stop` of them, and records what is done.
/// Returns how many steps there were and ran.
fn round(
    session: &mut FakeSession,
    desired: &Desired,
    records: &mut Records,
    wishes: &Wishes,
    draw: &[u16],
    stop: usize,
) -> Result<(usize, usize), String> {
    let platform = Fake::capabilities();
    let mut grounds = Grounds::default();
    grounds.add(
        "fake",
        Ground {
            provider: &Fake,
            platform: &platform,
        },
    );
    let others = Others::new();
    let live = session.world.catalog().clone();
    let situation = Situation {
        grounds: &grounds,
        desired,
        live: Cow::Borrowed(&live),
        records: Cow::Borrowed(records),
        wishes,
        others: &others,
        renames: BTreeMap::new(),
        parts: BTreeMap::new(),
        asides: BTreeMap::new(),
        carried: BTreeMap::new(),
    }
    .with_renames();
    let (compare, check) = situation.questions();
    let question = Question {
        desired: &desired.catalog,
        live: &situation.live,
        compare: &compare,
        check: &check,
        audits: &[],
        hooks: &[],
    };
    let answer = now(session.canonicalize(question)).map_err(|error| error.to_string())?;
    let mut drafts = plan::decide(&situation, &answer.forms);
    let (graph, findings) = plan::arrange(&situation, &mut drafts);
    if let Some(finding) = findings.first() {
        return Err(format!("finding: {}", finding.message));
    }
    let cycles = graph.cycles();
    if !cycles.is_empty() {
        return Err(format!("circles: {cycles:?}"));
    }
    let batches = plan::steps(&situation, &drafts, &graph, &mut Drawn::new(draw));
    let steps: Vec<_> = batches.into_iter().flat_map(|batch| batch.steps).collect();
    let mut ran = 0;
    let mut undos = Vec::new();
    for step in steps.iter().take(stop) {
        ticking(session.world.catalog(), &situation, step)?;
        for statement in &step.statements {
            session
                .world
                .run(&statement.sql)
                .map_err(|error| format!("{step:?}: {error}"))?;
            undos.extend(statement.undo.clone().map(|undo| (&step.address, undo)));
        }
        ran += 1;
    }
    // What unfinished changes have left behind is taken away; what has its own name by now is not there any more.
    let is_unfinished = |of: &Address| steps[ran..].iter().any(|step| step.address == *of);
    for (_, undo) in undos.iter().rev().filter(|(of, _)| is_unfinished(of)) {
        let _ = session.world.run(&undo.sql);
    }
    // Every object that was meant to be touched is ours from now on, whether or not it is done: that
    // is what the journal says of an apply that never finished.
    let done = ran == steps.len();
    let carried = situation.records.into_owned();
    if done {
        *records = carried;
    }
    for (address, draft) in drafts {
        match (draft.claim, session.world.catalog().get(&address)) {
            (Some(claim), Some(live)) if done => {
                let live = live.fingerprint();
                records.insert(
                    address.clone(),
                    Record {
                        address,
                        claim,
                        live,
                        content: None,
                        in_doubt: false,
                    },
                );
            }
            (Some(claim), _) if !done => {
                let live = model::Fingerprint::of_bytes(b"in doubt");
                records.entry(address.clone()).or_insert(Record {
                    address,
                    claim,
                    live,
                    content: None,
                    in_doubt: true,
                });
            }
            (None, _) if done => {
                records.remove(&address);
            }
            _ => {}
        }
    }
    Ok((steps.len(), ran))
}

/// A clock that is ours does not tick while it changes, or what it looks at.
fn ticking(world: &Catalog, situation: &Situation<'_>, step: &model::Step) -> Result<(), String> {
    let is_new = !situation.live.contains(&step.address);
    if is_new || matches!(step.phase, Phase::Suspend | Phase::Resume) {
        return Ok(());
    }
    for clock in world.iter().filter(|one| one.address.kind() == "clock") {
        let runs: Clock = provider::typed(&clock.attributes);
        let is_ticking = runs.ticks && runs.rate != "never";
        let is_ours = situation.desired.catalog.contains(&clock.address);
        let sees = runs.text.iter().any(|on| parse(on) == step.address);
        if is_ticking && is_ours && (sees || clock.address == step.address) {
            return Err(format!("{} ticks while {step:?}", clock.address));
        }
    }
    Ok(())
}

fn ours(catalog: &Catalog) -> Records {
    declare(catalog.clone())
        .origins
        .into_iter()
        .map(|(address, origin)| {
            let live = catalog
                .get(&address)
                .expect("declared from it")
                .fingerprint();
            let claim = model::Claim {
                id: origin.id,
                declared: origin.declared,
                prevent_destroy: false,
                partial: false,
                share: None,
                kept: Default::default(),
            };
            (
                address.clone(),
                Record {
                    address,
                    claim,
                    live,
                    content: None,
                    in_doubt: false,
                },
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_world_becomes_any_other_in_any_order_after_any_stop(
        before in seeds(),
        after in seeds(),
        draw in proptest::collection::vec(any::<u16>(), 1..40),
        stop in 0..20usize,
        is_direct in any::<bool>(),
    ) {
        let live = grow(&before, true);
        let mut records = ours(&live);
        let mut session = FakeSession::new(World::of(live));
        let desired = declare(grow(&after, false));
        let strategy = if is_direct { Strategy::Direct } else { Strategy::Online };
        let wishes = Wishes { strategy: Some(strategy), ..Wishes::default() };
        round(&mut session, &desired, &mut records, &wishes, &draw, stop)
            .map_err(TestCaseError::fail)?;
        let back: Vec<u16> = draw.iter().rev().copied().collect();
        round(&mut session, &desired, &mut records, &wishes, &back, usize::MAX)
            .map_err(TestCaseError::fail)?;
        prop_assert_eq!(session.world.catalog(), &grow(&after, true));
        let (steps, _) = round(&mut session, &desired, &mut records, &wishes, &draw, usize::MAX)
            .map_err(TestCaseError::fail)?;
        prop_assert_eq!(steps, 0);
    }

    #[test]
    fn everything_that_is_ours_goes_and_nothing_else(
        seeds in seeds(),
        draw in proptest::collection::vec(any::<u16>(), 1..40),
    ) {
        let live = grow(&seeds, true);
        let mut records = ours(&live);
        let mut session = FakeSession::new(World::of(live));
        let foreign = grow(&[], true);
        let wishes = Wishes { destroy: true, ..Wishes::default() };
        round(&mut session, &Desired::default(), &mut records, &wishes, &draw, usize::MAX)
            .map_err(TestCaseError::fail)?;
        prop_assert_eq!(session.world.catalog(), &foreign);
        prop_assert!(records.is_empty());
    }

    #[test]
    fn what_is_live_and_not_ours_is_adopted_or_left_alone(
        before in seeds(),
        draw in proptest::collection::vec(any::<u16>(), 1..40),
    ) {
        let live = grow(&before, true);
        let mut session = FakeSession::new(World::of(live.clone()));
        let mut records = Records::new();
        let (steps, _) = round(
            &mut session, &Desired::default(), &mut records, &Wishes::default(), &draw, usize::MAX,
        ).map_err(TestCaseError::fail)?;
        prop_assert_eq!(steps, 0);
        let desired = declare(grow(&before, false));
        let (steps, _) = round(
            &mut session, &desired, &mut records, &Wishes::default(), &draw, usize::MAX,
        ).map_err(TestCaseError::fail)?;
        prop_assert_eq!(steps, 0);
        prop_assert_eq!(records.len(), live.len());
    }

    #[test]
    fn a_moved_container_takes_everything_inside_along(
        before in seeds(),
        draw in proptest::collection::vec(any::<u16>(), 1..40),
        stop in 0..4usize,
    ) {
        let live = grow(&without_clocks(before), true);
        let mut records = ours(&live);
        let mut session = FakeSession::new(World::of(live.clone()));
        // The same world in which area a0 is called b0.
        let rename = |text: &str| text.replace("a0", "b0");
        let renamed: Catalog = serde_json::from_str::<Vec<(Address, model::Value)>>(&rename(
            &serde_json::to_string(
                &live
                    .iter()
                    .map(|object| (&object.address, model::Value::Map(object.attributes.clone())))
                    .collect::<Vec<_>>(),
            ).expect("objects have a JSON form"),
        ))
        .expect("they are objects still")
        .into_iter()
        .map(|(address, attributes)| {
            let model::Value::Map(attributes) = attributes else { unreachable!("it was a map") };
            let rules = Fake.kinds().iter().find(|rules| rules.name() == address.kind());
            let platform = Capabilities::offline();
            let mut object = rules.expect("a kind of the fake")
                .decode(&address, attributes, &platform)
                .expect("canonical");
            if address.path().len() > 1 {
                object.edges.insert(model::Edge::to(address.sibling("area", [address.part(0)])));
            }
            object
        })
        .collect();
        let desired = declare(renamed.clone());
        let moved = desired
            .origins
            .values()
            .filter(|origin| origin.id.label.starts_with("b0"))
            .map(|origin| Moved {
                from: Selector::from(&DeclarationId::root(
                    origin.id.kind.clone(),
                    origin.id.label.replacen("b0", "a0", 1),
                )),
                to: Selector::from(&origin.id),
                span: span(),
            })
            .collect();
        let wishes = Wishes { moved, prune: Prune::Nothing, ..Wishes::default() };
        let expected = usize::from(live.contains(&crate::world::area(0)));
        let (steps, _) = round(&mut session, &desired, &mut records, &wishes, &draw, stop)
            .map_err(TestCaseError::fail)?;
        prop_assert!(steps <= expected, "one rename, not {steps} steps");
        round(&mut session, &desired, &mut records, &wishes, &draw, usize::MAX)
            .map_err(TestCaseError::fail)?;
        prop_assert_eq!(
            session.world.catalog().iter().map(|o| (&o.address, &o.attributes)).collect::<Vec<_>>(),
            renamed.iter().map(|o| (&o.address, &o.attributes)).collect::<Vec<_>>()
        );
    }
}
