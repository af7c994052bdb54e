//! What is live in managed places and not ours: reported, never touched.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Unmanaged, Value};

use crate::draft::Drafts;
use crate::right::{MEMBERSHIP, Right, rights};
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

/// Returns what nobody manages and is a member of what is ours, each with the rights it has by that. Who runs the
/// applies is left out, and whoever may do everything anyway.
#[must_use]
pub fn members(situation: &Situation<'_>) -> Vec<(Address, Vec<Right>)> {
    let is_ours = |address: &Address| situation.records.contains_key(address);
    let mut members = Vec::new();
    for object in situation.live.iter() {
        let address = &object.address;
        let Some(Value::List(memberships)) = object.attributes.get(MEMBERSHIP) else {
            continue;
        };
        let login = situation.grounds.of(address);
        let is_expected = is_ours(address)
            || situation.desired.catalog.contains(address)
            || object.attributes.get("superuser") == Some(&Value::Bool(true))
            || object.facts.notes.contains_key("builtin")
            || login.is_none_or(|ground| ground.platform.login == address.name());
        if is_expected {
            continue;
        }
        let in_ours = memberships.iter().filter(|one| match one {
            Value::Map(one) => matches!(one.get("of"), Some(Value::Reference(of)) if is_ours(of)),
            _ => false,
        });
        let in_ours = Value::List(in_ours.cloned().collect());
        let rights = rights(&in_ours, &address.qualified_name());
        if !rights.is_empty() {
            members.push((address.clone(), rights));
        }
    }
    members
}
