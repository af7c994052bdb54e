//! `--target`: only the chosen objects and what they need.

use std::collections::BTreeSet;

use model::{Action, Address};

use crate::draft::Drafts;
use crate::situation::Situation;

/// Leaves out every draft that is neither chosen nor needed by a chosen one.
pub(crate) fn restrict(situation: &Situation<'_>, drafts: &mut Drafts) {
    let targets = &situation.wishes.targets;
    if targets.is_empty() {
        return;
    }
    let mut wanted: BTreeSet<Address> = drafts
        .keys()
        .filter(|address| {
            situation
                .id(address)
                .is_some_and(|id| targets.iter().any(|one| one.matches(id)))
        })
        .cloned()
        .collect();
    let mut queue: Vec<Address> = wanted.iter().cloned().collect();
    while let Some(address) = queue.pop() {
        let Some(draft) = drafts.get(&address) else {
            continue;
        };
        let needs: Vec<Address> = match draft.action {
            // What stands on something that goes must go before it.
            Action::Delete { .. } => drafts
                .iter()
                .filter(|(_, other)| {
                    other
                        .live
                        .as_ref()
                        .is_some_and(|live| live.stands_on().iter().any(|edge| edge.on == address))
                })
                .map(|(other, _)| other.clone())
                .collect(),
            _ => draft
                .desired
                .as_ref()
                .map(|object| object.stands_on().into_iter().map(|edge| edge.on).collect())
                .unwrap_or_default(),
        };
        for need in needs {
            if drafts.contains_key(&need) && wanted.insert(need.clone()) {
                queue.push(need);
            }
        }
    }
    drafts.retain(|address, _| wanted.contains(address));
}
