//! Transactions that would need more locks than the server has room for, such as one that makes thousands of tables:
//! they are split where nothing is under way that somebody would miss.

use std::collections::BTreeMap;

use model::{Address, Audit, Batch, Object, Phase, Step};

use crate::around::schema;
use crate::draft::Drafts;
use crate::situation::Situation;

/// Splits them.
pub(crate) fn split(situation: &Situation<'_>, drafts: &Drafts, batches: Vec<Batch>) -> Vec<Batch> {
    let mut all = Vec::with_capacity(batches.len());
    for batch in batches {
        let room = room(situation, &batch);
        let cuts = match room {
            Some(room) if batch.atomic => cuts(&batch, room, |step| locks(situation, drafts, step)),
            _ => Vec::new(),
        };
        match room.filter(|_| !cuts.is_empty()) {
            Some(room) => {
                let mut parts = cut(batch, &cuts, room);
                finish_late(drafts, &mut parts);
                all.extend(parts);
            }
            None => all.push(batch),
        }
    }
    all
}

/// Returns how many locks a batch may take, where that is bounded.
fn room(situation: &Situation<'_>, batch: &Batch) -> Option<usize> {
    let first = &batch.steps.first()?.address;
    let ground = situation.grounds.of(first)?;
    ground.provider.room(ground.platform)
}

/// Returns how many locks a step takes, about.
fn locks(situation: &Situation<'_>, drafts: &Drafts, step: &Step) -> usize {
    let draft = drafts.get(&step.address);
    let object = draft.and_then(|draft| match step.phase {
        Phase::Drop => draft.live.as_ref(),
        _ => draft.desired.as_ref(),
    });
    let ground = situation.grounds.of(&step.address);
    let locks = object.zip(ground);
    locks.map_or(1, |(object, ground)| ground.provider.room_for(object))
}

/// Returns before which steps a batch is cut, so that no part takes many more locks than there is room for: never
/// between the first and the last step of something, nor while what had its name is gone.
fn cuts(batch: &Batch, room: usize, locks: impl Fn(&Step) -> usize) -> Vec<usize> {
    let weights: Vec<usize> = batch.steps.iter().map(locks).collect();
    if weights.iter().sum::<usize>() <= room {
        return Vec::new();
    }
    let name = |address: &Address| (schema(address).to_vec(), address.name().to_owned());
    let mut last = BTreeMap::new();
    for (at, step) in batch.steps.iter().enumerate() {
        last.insert(name(&step.address), at);
    }
    let (mut cuts, mut taken, mut busy_until) = (Vec::new(), 0, 0);
    for (at, (step, weight)) in batch.steps.iter().zip(weights).enumerate() {
        if taken > 0 && taken + weight > room && busy_until < at {
            cuts.push(at);
            taken = 0;
        }
        taken += weight;
        busy_until = busy_until.max(last[&name(&step.address)]);
    }
    cuts
}

fn cut(batch: Batch, cuts: &[usize], room: usize) -> Vec<Batch> {
    let Batch {
        provider,
        place,
        atomic,
        mut waits,
        mut steps,
        mut audits,
    } = batch;
    let mut parts = Vec::new();
    for at in cuts.iter().rev() {
        parts.push(steps.split_off(*at));
    }
    parts.push(steps);
    parts.reverse();
    let count = parts.len();
    let parts = parts.into_iter().enumerate().map(|(number, mut steps)| {
        let builds = |audit: &Audit| {
            let mut steps = steps.iter();
            steps.any(|step| step.phase == Phase::Build && step.address == audit.on)
        };
        // What no part builds is looked at in the last.
        let is_last = number + 1 == count;
        let (own, rest) = std::mem::take(&mut audits)
            .into_iter()
            .partition(|audit| is_last || builds(audit));
        audits = rest;
        let mut statements = steps.iter_mut().flat_map(|step| &mut step.statements);
        if let Some(first) = statements.next() {
            first.because.get_or_insert_with(|| {
                format!(
                    "part {} of {count}, since the server has room for {room} locks at once",
                    number + 1
                )
            });
        }
        Batch {
            provider: provider.clone(),
            place: place.clone(),
            atomic,
            waits: std::mem::take(&mut waits),
            steps,
            audits: own,
        }
    });
    parts.collect()
}

/// Lets what something in a later part stands on be finished with that: it may look otherwise by then, such as a
/// sequence that belongs to a column.
fn finish_late(drafts: &Drafts, parts: &mut [Batch]) {
    let mut last: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        let steps = part.steps.iter();
        last.extend(steps.map(|step| (step.address.clone(), number)));
    }
    let mut late: BTreeMap<Address, usize> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        let drafts = part
            .steps
            .iter()
            .filter_map(|step| drafts.get(&step.address));
        let desired = drafts.filter_map(|draft| draft.desired.as_ref());
        for on in desired.flat_map(Object::stands_on).map(|edge| edge.on) {
            if last.get(&on).is_some_and(|before| *before < number) {
                late.insert(on, number);
            }
        }
    }
    for (address, number) in late {
        parts[number].steps.push(Step {
            address,
            phase: Phase::Finish,
            statements: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, phase: Phase) -> Step {
        Step {
            address: Address::new("fake", "gear", ["", name]),
            phase,
            statements: Vec::new(),
        }
    }

    fn batch(steps: Vec<Step>) -> Batch {
        Batch {
            provider: "fake".to_owned(),
            place: String::new(),
            atomic: true,
            waits: Vec::new(),
            steps,
            audits: Vec::new(),
        }
    }

    #[test]
    fn what_fits_is_not_cut() {
        let steps = (0..4).map(|at| step(&format!("g{at}"), Phase::Build));
        assert_eq!(cuts(&batch(steps.collect()), 4, |_| 1), [0_usize; 0]);
    }

    #[test]
    fn what_does_not_fit_is_cut_where_nothing_is_under_way() {
        let steps = vec![
            step("a", Phase::Build),
            step("b", Phase::Drop),
            step("c", Phase::Build),
            step("b", Phase::Build),
            step("d", Phase::Build),
            step("e", Phase::Build),
        ];
        let all = batch(steps);
        assert_eq!(cuts(&all, 2, |_| 1), [4]);
        let parts = cut(all.clone(), &[4], 2);
        let steps: Vec<_> = parts.iter().map(|part| part.steps.len()).collect();
        assert_eq!(steps, [4, 2]);
        let rejoined: Vec<_> = parts.into_iter().flat_map(|part| part.steps).collect();
        assert_eq!(rejoined, all.steps);
    }
}
