//! What checks stand on by way of the functions they call: PostgreSQL runs a check, and so the body of its
//! function, as soon as it is there. The body of a function itself is only a text until then, so a function
//! stands on nothing that its body mentions.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge};
use provider::{Desired, Surroundings};

use super::mentions::{Relations, routines, targets};
use crate::naming::ROUTINES;
use crate::text::names::{Form, all_mentions};

/// Adds the edges, unless one would close a circle.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let checks: Vec<(Address, Edge)> = desired
        .catalog
        .iter()
        .filter(|object| object.address.provider() == around.provider)
        .flat_map(|object| {
            let edges = object.edges.iter().filter(|edge| runs(edge));
            edges.map(|edge| (object.address.clone(), edge.clone()))
        })
        .collect();
    if checks.is_empty() {
        return;
    }
    let relations = Relations::of(desired, around.provider);
    let routines = routines(desired, around.provider);
    let mut known: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    let mut mentioned = |desired: &Desired, function: &Address| {
        let found = known.entry(function.clone()).or_insert_with(|| {
            let object = desired.catalog.get(function);
            let body = object.and_then(|one| Some((one, one.attributes.get("body")?.as_text()?)));
            let Some((object, body)) = body else {
                return BTreeSet::new();
            };
            let all = all_mentions(&[(body, Form::Statements)]);
            let names = (&relations, &routines);
            let found = all.iter();
            found
                .flat_map(|one| targets(one, object, names, around))
                .collect()
        });
        found.clone()
    };
    for (address, check) in checks {
        let mut seen = BTreeSet::new();
        let mut queue = vec![check.on.clone()];
        while let Some(function) = queue.pop() {
            for on in mentioned(desired, &function) {
                if on == address || !seen.insert(on.clone()) {
                    continue;
                }
                if ROUTINES.contains(&on.kind()) {
                    queue.push(on.clone());
                }
                if !desired.catalog.stands_on(&on, &address)
                    && let Some(object) = desired.catalog.get_mut(&address)
                {
                    let by = check.by.clone();
                    object.edges.insert(Edge { by, ..Edge::to(on) });
                }
            }
        }
    }
}

/// Reports whether an edge is that of a check which calls a function.
fn runs(edge: &Edge) -> bool {
    let is_check = edge.by.as_ref().is_some_and(|by| by.starts_with("check "));
    is_check && ROUTINES.contains(&edge.on.kind())
}
