//! Steps grouped by what they can share: a place and a transaction.

use std::collections::BTreeSet;

use model::{Action, Address, Audit, Batch, Hazard, Object, Phase, Statement, Step, Turn};

use crate::draft::{Draft, Drafts};
use crate::graph::Graph;
use crate::loose;
use crate::online::Chooser;
use crate::situation::Situation;
use crate::snapshot;
use crate::suspend;
use crate::swap::Swap;

/// Returns the statements of one phase of a change.
pub(crate) fn statements(
    situation: &Situation<'_>,
    address: &Address,
    draft: &Draft,
    phase: Phase,
) -> Vec<Statement> {
    let (Some(rules), Some(ground)) = (
        situation.grounds.rules(address),
        situation.grounds.of(address),
    ) else {
        return Vec::new();
    };
    let platform = ground.platform;
    if let Some(statements) = loose::statements(situation, address, draft, phase) {
        return statements;
    }
    match (phase, &draft.live, &draft.desired) {
        (Phase::Rename, Some(live), _) => {
            let mut statements = Vec::new();
            if let Some(previous) = &draft.previous {
                let mut former = live.clone();
                former.address = previous.clone();
                statements.extend(rules.rename(&former, address, platform).unwrap_or_default());
            }
            let parts = draft.parts.iter();
            statements.extend(parts.flat_map(|part| part.statements.clone()));
            statements
        }
        (Phase::Drop, Some(live), _) => match situation.asides.get(address) {
            Some(successor) => rules.leave(live, successor, platform),
            None => rules.remove(&draft.leaving(live), platform),
        },
        (Phase::Build, _, _) if matches!(draft.action, Action::Update) => draft.alter.clone(),
        (Phase::Build, _, Some(desired)) => make(situation, desired),
        (Phase::Rename | Phase::Drop, None, _) | (Phase::Build, _, None) => Vec::new(),
        (Phase::Loosen | Phase::Finish | Phase::Suspend | Phase::Resume, ..) => Vec::new(),
    }
}

/// Returns the statements that make an object, for which another may have made room.
pub(crate) fn make(situation: &Situation<'_>, desired: &Object) -> Vec<Statement> {
    let address = &desired.address;
    let (Some(rules), Some(ground)) = (
        situation.grounds.rules(address),
        situation.grounds.of(address),
    ) else {
        return Vec::new();
    };
    match situation.predecessor(address) {
        Some(former) => rules.succeed(desired, former, ground.platform),
        None => rules.fill(desired, ground.platform),
    }
}

/// Batches in the making.
#[derive(Default)]
struct Stage {
    /// What is done first.
    main: Vec<Batch>,
    /// What is done online, after that.
    later: Vec<Batch>,
}

/// Groups ordered steps into batches and hangs every audit on the last batch that builds its object. What is
/// done online comes last, and what must wait for a swap after that.
#[must_use]
pub(crate) fn batch(
    situation: &Situation<'_>,
    drafts: &Drafts,
    graph: &Graph,
    order: Vec<(Address, Phase)>,
) -> Vec<Batch> {
    let mut swap = Swap::of(situation, drafts, graph);
    let mut stages = [Stage::default(), Stage::default()];
    let mut chooser = Chooser::new(situation, drafts);
    for (address, phase) in order {
        let Some(ground) = situation.grounds.of(&address) else {
            continue;
        };
        if swap.takes(&address, phase) {
            continue;
        }
        let place = ground.provider.place(&address, ground.platform);
        let draft = &drafts[&address];
        let all = chooser.beside(&address, phase, draft);
        let all = all.unwrap_or_else(|| statements(situation, &address, draft, phase));
        let all = snapshot::kept(situation, draft, (&address, phase), all);
        let all = snapshot::refilled(situation, draft, (&address, phase), all);
        let mut ways = chooser.choose(&address, phase, draft, all);
        for statement in ways.main.iter_mut().chain(&mut ways.later) {
            weigh(situation, chooser.made(), statement);
        }
        let stage = &mut stages[usize::from(swap.is_after(&address, phase))];
        for (all, into) in [(ways.main, &mut stage.main), (ways.later, &mut stage.later)] {
            add(into, &address, phase, &place, &all);
        }
    }
    let [before, after] = stages;
    let mut batches = [before.main, before.later].concat();
    let due: Vec<_> = due(situation, drafts)
        .into_iter()
        .filter(|audit| !swap.audits(audit))
        .collect();
    batches.extend(swap.batches());
    batches.extend([after.main, after.later].concat());
    for audit in due {
        let builds = |batch: &Batch| {
            batch.atomic
                && batch
                    .steps
                    .iter()
                    .any(|step| step.phase == Phase::Build && step.address == audit.on)
        };
        if let Some(batch) = batches.iter_mut().rev().find(|batch| builds(batch)) {
            batch.audits.push(audit.clone());
        }
    }
    suspend::around(situation, drafts, batches)
}

/// Adds the statements of a step to the last batch, or where they cannot share its transaction to new ones.
fn add(
    into: &mut Vec<Batch>,
    address: &Address,
    phase: Phase,
    place: &str,
    statements: &[Statement],
) {
    let is_apart = |one: &Statement| one.turn == Turn::Apart;
    let together =
        |a: &Statement, b: &Statement| ![a, b].iter().any(|one| one.alone || is_apart(one));
    for part in statements.chunk_by(together) {
        let atomic = !part[0].alone;
        let step = Step {
            address: address.clone(),
            phase,
            statements: part.to_vec(),
        };
        match into.last_mut() {
            Some(last)
                if last.atomic
                    && atomic
                    && !is_apart(&part[0])
                    && !last.statements().next().is_some_and(is_apart)
                    && last.place == place
                    && last.provider == address.provider() =>
            {
                last.steps.push(step);
            }
            _ => into.push(Batch {
                provider: address.provider().to_owned(),
                place: place.to_owned(),
                atomic,
                waits: Vec::new(),
                steps: vec![step],
                audits: Vec::new(),
            }),
        }
    }
}

/// Drops the dangers to what is only just made, and says how large the rest is.
fn weigh(situation: &Situation<'_>, new: &BTreeSet<Address>, statement: &mut Statement) {
    statement
        .hazards
        .retain_mut(|hazard| hazard.busy().is_none_or(|(on, _)| !new.contains(on)));
    for (on, [rows, bytes]) in statement.hazards.iter_mut().filter_map(Hazard::busy) {
        let facts = situation.live.get(on).map(|live| &live.facts);
        (*rows, *bytes) = facts.map_or((None, None), |facts| (facts.rows, facts.bytes));
    }
}

/// Returns the audits whose object is built or altered.
fn due<'a>(situation: &'a Situation<'_>, drafts: &Drafts) -> Vec<&'a Audit> {
    let built: BTreeSet<&Address> = drafts
        .iter()
        .filter(|(_, draft)| {
            matches!(
                draft.action,
                Action::Create | Action::Update | Action::Replace { .. }
            )
        })
        .map(|(address, _)| address)
        .collect();
    situation
        .desired
        .audits
        .iter()
        .filter(|audit| built.contains(&audit.on))
        .collect()
}
