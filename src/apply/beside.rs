//! What looks different after an apply because something next to it changed.

use std::collections::BTreeSet;

use model::{Address, Catalog, Change, Object, Plan, Records};
use state::Put;

/// Returns new records of settled objects that no step was about, but that a finished change made look
/// different, such as a sequence whose table was given to another owner.
pub(crate) fn renewed(
    live: &Catalog,
    finished: &[&Change],
    plan: &Plan,
    settled: &Records,
) -> Vec<Put> {
    // What does not run meanwhile has steps without a change, and is going to look as it did.
    let steps = plan.batches.iter().flat_map(|batch| &batch.steps);
    let changed: BTreeSet<&Address> = plan
        .changes
        .iter()
        .map(|change| &change.address)
        .chain(steps.map(|step| &step.address))
        .collect();
    let finished: BTreeSet<&Address> = finished.iter().map(|change| &change.address).collect();
    let under: BTreeSet<Address> = live
        .iter()
        .filter(|object| finished.contains(&object.address))
        .flat_map(Object::stands_on)
        .map(|edge| edge.on)
        .collect();
    let is_beside = |object: &Object| {
        let mut edges = object.stands_on().into_iter();
        under.contains(&object.address) || edges.any(|edge| finished.contains(&edge.on))
    };
    live.iter()
        .filter(|object| !changed.contains(&object.address))
        .filter_map(|object| Some((object, settled.get(&object.address)?)))
        .filter(|(object, record)| is_beside(object) && object.fingerprint() != record.live)
        .map(|(object, record)| {
            Put::new(
                object.address.clone(),
                record.claim.clone(),
                object.attributes.clone(),
            )
        })
        .collect()
}
