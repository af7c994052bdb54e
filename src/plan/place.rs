//! Objects that have their place under another one, as partitions have under their table.
//!
//! Where that is made anew, they leave it before and come back after: out of its place such an object is one
//! like any other, with everything that it had from above, and loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Object, PLACE, Value};
use provider::COMES_BACK;

use crate::draft::{Draft, Drafts};
use crate::situation::Situation;

/// Notes, on something that leaves its place and comes back, what will be above it, and there, that it does.
/// Until then it stands on all that they stand on.
pub(crate) fn keep_place(situation: &Situation<'_>, drafts: &mut Drafts, dependent: &Address) {
    let next = |drafts: &Drafts, address: &Address| {
        let draft = drafts.get(address).and_then(|draft| draft.desired.clone());
        let live = || situation.live.get(address).cloned();
        draft.or_else(|| match situation.is_settled(address) {
            true => live(),
            false => situation.desired.catalog.get(address).cloned(),
        })
    };
    let Some(object) = next(drafts, dependent) else {
        return;
    };
    let mut above = BTreeMap::new();
    let mut edges = BTreeSet::new();
    let mut queue = places(&object);
    while let Some(address) = queue.pop() {
        let Some(found) = next(drafts, &address).filter(|_| !above.contains_key(&address)) else {
            continue;
        };
        queue.extend(places(&found));
        let own = found.stands_on().into_iter();
        edges.extend(own.filter(|edge| edge.by.as_deref() != Some(PLACE) && edge.on != *dependent));
        if let Some(one) = drafts
            .get_mut(&address)
            .and_then(|one| one.desired.as_mut())
        {
            let none = || Value::List(Vec::new());
            let note = one.facts.notes.get_or_insert_with(COMES_BACK, none);
            let reference = Value::Reference(dependent.clone());
            if let Value::List(all) = note
                && !all.contains(&reference)
            {
                all.push(reference);
            }
        }
        above.insert(address, found);
    }
    if let Some(draft) = drafts.get_mut(dependent) {
        draft.above = above;
        if let Some(desired) = &mut draft.desired {
            desired.edges.extend(edges);
        }
    }
}

/// Returns the live and the desired object of a draft, out of their place where that is loose.
pub(crate) fn out_of_place(
    situation: &Situation<'_>,
    address: &Address,
    draft: &Draft,
) -> (Option<Object>, Option<Object>) {
    let (live, desired) = (draft.live.clone(), draft.desired.clone());
    let rules = situation.grounds.rules(address);
    let Some((rules, ground)) = rules.zip(situation.grounds.of(address)) else {
        return (live, desired);
    };
    if !draft.loose.contains(PLACE) {
        return (live, desired);
    }
    let platform = ground.platform;
    let find_live = |above: &Address| situation.live.get(above).cloned();
    let find_next = |above: &Address| draft.above.get(above).cloned();
    let live = live.map(|live| rules.out_of_place(&live, None, &find_live, platform));
    let desired =
        desired.map(|next| rules.out_of_place(&next, live.as_ref(), &find_next, platform));
    (live, desired)
}

/// Returns what is loosened from its place, by everything it is under.
pub(crate) fn leaving(drafts: &Drafts) -> BTreeMap<Address, Vec<&Address>> {
    let mut leaving: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (address, draft) in drafts {
        if draft.loose.contains(PLACE) {
            for above in draft.above.keys() {
                leaving.entry(above.clone()).or_default().push(address);
            }
        }
    }
    leaving
}

/// Returns what an object has its place under.
fn places(object: &Object) -> Vec<Address> {
    let edges = object.edges.iter();
    let places = edges.filter(|edge| edge.by.as_deref() == Some(PLACE));
    places.map(|edge| edge.on.clone()).collect()
}
