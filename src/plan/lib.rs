//! Declarations, live objects and records in; a plan out.
//!
//! The way, in order: [`resolve`] turns declarations into the desired catalog, [`complete`] lets the
//! providers add what follows, [`Situation`] puts the three catalogs side by side, [`decide`] says
//! what happens to each object, `spread` adds what must be rebuilt along the way, [`Graph`] and
//! [`order`] find an order, `batch` groups it by transaction (`online` and `swap` find ways in which nobody waits,
//! `suspend` keeps tasks from running meanwhile), `hooks` puts in what the project runs in between, `check` looks at the
//! whole, and [`policy`] says what the project thinks of it.
//!
//! Everything here is pure: no connection, no clock, no randomness, nothing asynchronous.

mod around;
mod aside;
mod batch;
mod begin;
mod check;
mod cycles;
mod decide;
pub mod deviation;
mod draft;
mod drift;
mod effects;
mod former;
mod graph;
mod ground;
mod home;
mod hooks;
mod kept;
mod likely;
mod loose;
mod moves;
mod online;
pub mod order;
mod place;
pub mod policy;
mod rebuild;
mod rename;
mod resolve;
mod restore;
mod right;
mod room;
mod settle;
mod situation;
mod snapshot;
mod spread;
mod suspend;
mod swap;
mod target;
mod undeclared;
mod unmanaged;

use std::collections::BTreeMap;

use model::{
    Address, Batch, Catalog, Change, Code, Diagnostic, Finding, Map, Phase, Records, Unmanaged,
};
use provider::{Desired, Surroundings};

pub use cycles::cycles;
pub use decide::decide;
pub use deviation::{Deviation, Status, accept, deviations};
pub use draft::{Draft, Drafts};
pub use drift::{Changed, Drift, OWNER, What, drift, says_owner};
pub use former::{Find, Former, former};
pub use graph::{Cycle, Graph};
pub use ground::{Ground, Grounds};
pub use home::at_home;
pub use moves::vain_moves;
pub use resolve::{BLOCKS, resolve};
pub use restore::restore;
pub use right::Right;
pub use situation::{Others, Prune, Situation, Wishes, differing};
pub use snapshot::{KEEP, Keeping, Refills};
pub use suspend::DRAIN_TIMEOUT;
pub use unmanaged::{members, strangers, unmanaged};

/// Every code that planning gives, with its explanation.
#[must_use]
pub fn codes() -> Vec<Code> {
    [
        provider::decode::CODES,
        resolve::CODES,
        moves::CODES,
        check::CODES,
        policy::CODES,
    ]
    .concat()
}

/// Lets every provider complete what is declared with what follows from it.
///
/// `live` is missing when nothing is connected; then only what needs no live object is completed.
#[must_use]
pub fn complete(
    desired: &mut Desired,
    grounds: &Grounds<'_>,
    live: Option<&Catalog>,
    records: &Records,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (name, ground) in grounds.iter() {
        let around = Surroundings {
            provider: name,
            live,
            records,
            platform: ground.platform,
        };
        diagnostics.extend(ground.provider.complete(desired, around));
    }
    for object in desired.catalog.iter() {
        if let Some(origin) = desired.origins.get_mut(&object.address) {
            origin.declared = object.fingerprint();
        }
    }
    diagnostics
}

/// What planning yields; the plan without who, when and where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Planned {
    /// What happens, object by object, in the order of their addresses.
    pub changes: Vec<Change>,
    /// What runs, in order.
    pub batches: Vec<Batch>,
    /// What checkers say.
    pub findings: Vec<Finding>,
    /// What is live and not ours.
    pub unmanaged: Vec<Unmanaged>,
}

/// Makes the plan. `forms` is how the platform would write declared texts.
#[must_use]
pub fn plan(situation: &Situation<'_>, forms: &BTreeMap<Address, Map>) -> Planned {
    let mut drafts = decide(situation, forms);
    target::restrict(situation, &mut drafts);
    let (graph, mut findings) = arrange(situation, &mut drafts);
    findings.extend(check::check(situation, &drafts, &graph.cycles()));
    findings.extend(likely::renames(situation, &drafts));
    let order = order::walk(&graph, &mut shipped(situation, &drafts, &graph));
    let batches = batch::batch(situation, &drafts, &graph, order);
    let batches = room::split(situation, &drafts, batches);
    let mut batches = hooks::with_hooks(situation, &drafts, batches);
    effects::weigh(situation, &mut batches);
    let unmanaged = unmanaged(situation, &drafts);
    Planned {
        changes: changes(drafts),
        batches,
        findings,
        unmanaged,
    }
}

/// Adds the rebuilds that the drafts force and finds what must run before what. Findings say what
/// stands in the way; circles that remain in the graph are for the checker.
#[must_use]
pub fn arrange(situation: &Situation<'_>, drafts: &mut Drafts) -> (Graph, Vec<Finding>) {
    loop {
        let findings = spread::spread(situation, drafts);
        let graph = Graph::of(situation, drafts);
        if !spread::untangle(situation, drafts, &graph.cycles()) {
            begin::note(situation, drafts);
            return (graph, findings);
        }
    }
}

fn shipped(situation: &Situation<'_>, drafts: &Drafts, graph: &Graph) -> order::Readable {
    let place = |address: &Address, phase: Phase| {
        let place = situation
            .grounds
            .of(address)
            .map(|ground| ground.provider.place(address, ground.platform));
        let alone = batch::statements(situation, address, &drafts[address], phase)
            .iter()
            .any(|statement| statement.alone);
        (
            address.provider().to_owned(),
            place.unwrap_or_default(),
            alone,
        )
    };
    let kind = |address: &Address, phase: Phase| {
        let kinds = situation
            .grounds
            .of(address)
            .map(|ground| ground.provider.kinds())
            .unwrap_or_default();
        let found = kinds
            .iter()
            .zip(1..)
            .find(|(rules, _)| rules.name() == address.kind());
        match found {
            Some((rules, _)) if rules.watches() && phase == Phase::Drop => 0,
            Some((rules, position)) if !rules.watches() => position,
            _ => usize::MAX,
        }
    };
    order::Readable::new(graph, place, kind)
}

/// Returns the steps of a plan in an order that `choose` decides: for tests that any order is right.
#[must_use]
pub fn steps(
    situation: &Situation<'_>,
    drafts: &Drafts,
    graph: &Graph,
    choose: &mut dyn order::Choose,
) -> Vec<Batch> {
    batch::batch(situation, drafts, graph, order::walk(graph, choose))
}

fn changes(drafts: Drafts) -> Vec<Change> {
    drafts
        .into_iter()
        .map(|(address, draft)| Change {
            address,
            id: draft.id,
            action: draft.action,
            previous: draft.previous,
            parts: draft.parts.into_iter().map(|part| part.rename).collect(),
            recorded: draft.recorded,
            importing: draft.importing,
            before: draft.live.map(|live| live.attributes),
            after: draft.shown,
            drift: draft.drift.into_iter().collect(),
            claim: draft.claim,
        })
        .collect()
}
