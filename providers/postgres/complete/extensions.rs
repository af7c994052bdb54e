//! New extensions beside default privileges: what they bring along is to have what everything has, and no more.
//!
//! So they come before default privileges that add anything, and after those that only take away. Those that go as a
//! whole go first in any case.

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings};

use super::declared;

/// Puts new extensions in order with default privileges that change.
pub(super) fn order(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let mut extensions = declared(desired, around.provider, "extension");
    extensions.retain(|address| !live.contains(address));
    if extensions.is_empty() {
        return;
    }
    let mut edges: Vec<(Address, Address)> = Vec::new();
    for defaults in declared(desired, around.provider, "default_privileges") {
        let (next, before) = (
            entries(desired.catalog.get(&defaults), &around.platform.login),
            entries(live.get(&defaults), &around.platform.login),
        );
        if next == before {
            continue;
        }
        let adds = next.iter().any(|one| !before.contains(one));
        let mine = extensions
            .iter()
            .filter(|extension| extension.part(0) == defaults.part(0));
        for extension in mine {
            let (later, first) = match adds {
                true => (&defaults, extension),
                false => (extension, &defaults),
            };
            if !desired.catalog.stands_on(first, later) {
                edges.push((later.clone(), first.clone()));
            }
        }
    }
    for (later, first) in edges {
        if let Some(object) = desired.catalog.get_mut(&later) {
            object.edges.insert(Edge::to(first));
        }
    }
}

/// Returns the default privileges of what the login makes: extensions are made by it.
fn entries(object: Option<&Object>, login: &str) -> Vec<Value> {
    let Some(Value::List(entries)) = object.and_then(|object| object.attributes.get("privileges"))
    else {
        return Vec::new();
    };
    let is_ours = |entry: &&Value| match entry {
        Value::Map(entry) => {
            let creator = entry.get("creator");
            matches!(creator, Some(Value::Reference(creator)) if creator.name() == login)
        }
        _ => false,
    };
    entries.iter().filter(is_ours).cloned().collect()
}
