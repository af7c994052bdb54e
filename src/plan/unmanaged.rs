//! What is live in managed places and not ours: reported, never touched.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Unmanaged};

use crate::decide::Drafts;
use crate::situation::Situation;

/// Returns the live objects that are neither declared, recorded nor about to be dropped, inside containers that are
/// declared, by kind. What lies attached to another unmanaged object is not said again.
#[must_use]
pub fn unmanaged(situation: &Situation<'_>, drafts: &Drafts) -> Vec<Unmanaged> {
    let mut by_kind: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for (address, supported) in strangers(situation, drafts) {
        let names = by_kind.entry((address.kind(), supported)).or_default();
        names.push(address.qualified_name());
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

/// Returns the same objects one by one, each with whether this version can manage it at all.
#[must_use]
pub fn strangers<'a>(situation: &'a Situation<'_>, drafts: &Drafts) -> Vec<(&'a Address, bool)> {
    // What is partial only bears our grants.
    let is_known = |address: &Address| {
        let origin = situation.desired.origins.get(address);
        let record = situation.records.get(address);
        origin.is_some_and(|origin| !origin.partial)
            || record.is_some_and(|record| !record.claim.partial)
            || drafts
                .get(address)
                .is_some_and(|draft| matches!(draft.action, Action::Delete { .. }))
    };
    let containers: BTreeSet<&[String]> = situation
        .desired
        .catalog
        .addresses()
        .map(Address::path)
        .collect();
    let mut strangers = Vec::new();
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
        strangers.push((address, supported));
    }
    strangers
}
