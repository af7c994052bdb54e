//! The graph of what a plan touches: every object that changes, and what stands next to it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Catalog, Plan};
use provider::Desired;

use super::{Graph, Mark, Node, home};

/// Makes the graph of a plan. What it stands on and what stands on it is taken from what is declared and, where
/// something goes, from what is live.
#[must_use]
pub fn of_plan(plan: &Plan, desired: &Desired, live: &Catalog) -> Graph {
    let marks: BTreeMap<&Address, Mark> = plan
        .changes
        .iter()
        .filter_map(|change| Some((&change.address, mark(&change.action)?)))
        .collect();
    let mut edges: BTreeSet<(Address, Address)> = BTreeSet::new();
    for object in desired.catalog.iter().chain(live.iter()) {
        let is_gone = marks.get(&object.address) == Some(&Mark::Delete);
        let is_declared = desired.catalog.contains(&object.address);
        // What is live of what is declared may stand elsewhere in a moment.
        if !is_gone
            && is_declared
            && !desired
                .catalog
                .get(&object.address)
                .is_some_and(|one| std::ptr::eq(one, object))
        {
            continue;
        }
        for edge in object.stands_on() {
            let touches = marks.contains_key(&object.address) || marks.contains_key(&edge.on);
            // The database of the url holds everything, and says nothing.
            let is_known = desired.catalog.contains(&edge.on)
                || live.contains(&edge.on) && !edge.on.path().iter().all(String::is_empty);
            if touches && is_known {
                edges.insert((object.address.clone(), edge.on));
            }
        }
    }
    let mut addresses: BTreeSet<&Address> = marks.keys().copied().collect();
    addresses.extend(edges.iter().flat_map(|(from, on)| [from, on]));
    let numbers: BTreeMap<&Address, usize> = addresses.iter().copied().zip(0..).collect();
    let ids: BTreeMap<&Address, String> = plan
        .changes
        .iter()
        .filter_map(|change| Some((&change.address, change.id.as_ref()?.to_string())))
        .collect();
    let node = |address: &&Address| {
        let declared = desired
            .origins
            .get(*address)
            .map(|origin| origin.id.to_string());
        let name = declared.or_else(|| ids.get(*address).cloned());
        Node {
            name: name
                .unwrap_or_else(|| format!("{}.{}", address.kind(), address.qualified_name())),
            kind: address.kind().to_owned(),
            home: home(address),
            mark: marks.get(*address).copied(),
            folded: Vec::new(),
        }
    };
    Graph {
        nodes: addresses.iter().map(node).collect(),
        edges: edges
            .iter()
            .map(|(from, on)| (numbers[from], numbers[on]))
            .collect(),
        ..Graph::default()
    }
}

fn mark(action: &Action) -> Option<Mark> {
    match action {
        Action::Create => Some(Mark::Create),
        Action::Update => Some(Mark::Update),
        Action::Replace { .. } => Some(Mark::Replace),
        Action::Delete { .. } => Some(Mark::Delete),
        Action::Adopt | Action::Forget { .. } => None,
    }
}
