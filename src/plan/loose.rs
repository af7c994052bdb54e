//! Objects of which only a part stands in the way of others: a default that calls a function which is
//! made anew, a check over the rows of its own table.
//!
//! Such a part is taken away first (*loosen*) and given back at the end (*finish*), and everything
//! between happens to the object without it. So no table is ever dropped for what its defaults call,
//! and objects can stand on one another in a circle.
//!
//! One such part is the place of an object under another one, see [`crate::place`].

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Object, Phase, Statement};
use provider::Alter;

use crate::batch;
use crate::draft::{Draft, Drafts};
use crate::place::out_of_place;
use crate::situation::Situation;

/// Returns how one phase of a change of something that stays, or is given back, alters it; `None` for a
/// phase in which nothing is altered.
pub(crate) fn alter(
    situation: &Situation<'_>,
    address: &Address,
    draft: &Draft,
    phase: Phase,
) -> Option<Alter> {
    let rules = situation.grounds.rules(address)?;
    let platform = situation.grounds.of(address)?.platform;
    let without = |object: &Object| rules.loosened(object, &draft.loose);
    let (live, desired) = (draft.live.as_ref(), draft.desired.as_ref());
    let (present, next) = out_of_place(situation, address, draft);
    let (present, next) = (present.as_ref(), next.as_ref());
    match phase {
        Phase::Loosen => {
            let (live, present) = (live?, present?);
            let leave = rules.alter(live, present, platform);
            Some(leave.and(rules.alter(present, &without(present), platform)))
        }
        Phase::Build if draft.action == Action::Update => {
            Some(rules.alter(&without(present?), &without(next?), platform))
        }
        Phase::Finish => {
            let (next, desired) = (next?, desired?);
            let finish = rules.alter(&without(next), next, platform);
            Some(finish.and(rules.alter(next, desired, platform)))
        }
        Phase::Rename | Phase::Drop | Phase::Build | Phase::Suspend | Phase::Resume => None,
    }
}

/// Returns the statements of a phase of something that is loosened; `None` where that makes no
/// difference to the phase.
pub(crate) fn statements(
    situation: &Situation<'_>,
    address: &Address,
    draft: &Draft,
    phase: Phase,
) -> Option<Vec<Statement>> {
    if draft.loose.is_empty() {
        return None;
    }
    if phase == Phase::Build && draft.action != Action::Update {
        let rules = situation.grounds.rules(address)?;
        let (_, desired) = out_of_place(situation, address, draft);
        let desired = rules.loosened(&desired?, &draft.loose);
        return Some(batch::make(situation, &desired));
    }
    match alter(situation, address, draft, phase)? {
        Alter::InPlace { statements, .. } => Some(statements),
        Alter::Replace(_) => None,
    }
}

/// Everything that must be there before the parts of an object are given back: it cannot wait for that.
pub(crate) type Before<'a> = BTreeMap<&'a Address, BTreeSet<Address>>;

/// Returns, for each object that is loosened, what its loose parts stand on, however indirectly. `side`
/// is the live or the desired object of a draft.
pub(crate) fn before<'a>(
    drafts: &'a Drafts,
    side: impl Fn(&'a Draft) -> Option<&'a Object>,
) -> Before<'a> {
    let loosened = drafts.iter().filter(|(_, draft)| !draft.loose.is_empty());
    loosened
        .map(|(address, draft)| {
            let own = side(draft).map(Object::stands_on).unwrap_or_default();
            let is_loose =
                |by: &Option<String>| by.as_ref().is_some_and(|by| draft.loose.contains(by));
            let mut queue: Vec<_> = own
                .into_iter()
                .filter(|edge| is_loose(&edge.by))
                .map(|edge| edge.on)
                .collect();
            let mut seen = BTreeSet::new();
            while let Some(on) = queue.pop() {
                if on == *address || !seen.insert(on.clone()) {
                    continue;
                }
                if let Some(object) = drafts.get(&on).and_then(&side) {
                    queue.extend(object.stands_on().into_iter().map(|edge| edge.on));
                }
            }
            (address, seen)
        })
        .collect()
}
