//! What is live in managed places and not ours: reported, never touched.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Unmanaged};

use crate::situation::Situation;

/// Returns the live objects that are neither declared nor recorded, inside containers that are
/// declared, by kind. What lies attached to another unmanaged object is not said again.
#[must_use]
pub fn unmanaged(situation: &Situation<'_>) -> Vec<Unmanaged> {
    besides(situation, |_| false)
}

/// Leaves out what is dealt with in a plan.
pub(crate) fn besides(
    situation: &Situation<'_>,
    is_planned: impl Fn(&Address) -> bool,
) -> Vec<Unmanaged> {
    let is_known = |address: &Address| {
        situation.desired.catalog.contains(address)
            || situation.records.contains_key(address)
            || is_planned(address)
    };
    let containers: BTreeSet<&[String]> = situation
        .desired
        .catalog
        .addresses()
        .map(Address::path)
        .collect();
    let mut by_kind: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for object in situation.live.iter() {
        let address = &object.address;
        let path = address.path();
        let inside = path.len() > 1 && containers.contains(&path[..path.len() - 1]);
        let hidden = object.attached.as_ref().is_some_and(|on| !is_known(on));
        let builtin = object.facts.notes.contains_key("builtin");
        if is_known(address) || hidden || !inside || builtin {
            continue;
        }
        let rules = situation.grounds.rules(address);
        let supported = rules.is_some_and(|rules| !rules.is_internal());
        by_kind
            .entry((address.kind(), supported))
            .or_default()
            .push(address.qualified_name());
    }
    by_kind
        .into_iter()
        .map(|((kind, supported), names)| Unmanaged {
            kind: kind.to_owned(),
            supported,
            names,
        })
        .collect()
}
