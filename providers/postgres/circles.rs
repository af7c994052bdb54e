//! Views that stand on what stands on them: a view calls a function that returns its rows.
//!
//! Such a view is there without its query first, with columns and no rows, as `pg_dump` makes it. The edges
//! that close the circle are those of its query.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Address, Edge, Object};

use crate::kinds::view::QUERY;

/// Kinds that nothing a view stands on ever stands on.
const OUTSIDE: [&str; 8] = [
    "index",
    "foreign_key",
    "trigger",
    "policy",
    "rule",
    "statistics",
    "schema",
    "role",
];

/// Returns the edges of views that lead in a circle, by view.
pub(crate) fn find<'a>(objects: impl Iterator<Item = &'a Object>) -> BTreeMap<Address, Vec<Edge>> {
    let mut circles = BTreeMap::new();
    let objects = objects.filter(|one| !OUTSIDE.contains(&one.address.kind()));
    let objects: Vec<&Object> = objects.collect();
    let is_view = |object: &&&Object| object.address.kind() == "view";
    if !objects.iter().any(|object| is_view(&object)) {
        return circles;
    }
    let inside = circular(&objects);
    let views = objects.iter().filter(is_view);
    for view in views.filter(|view| inside.contains(&view.address)) {
        let edges = view.edges.iter();
        let edges = edges.filter(|edge| edge.by.is_none() && inside.contains(&edge.on));
        circles.insert(view.address.clone(), edges.cloned().collect());
    }
    circles
}

/// Notes on edges of a view that they are those of a part which can be taken away.
pub(crate) fn open(view: &mut Object, edges: Vec<Edge>) {
    for edge in edges {
        view.edges.remove(&edge);
        let by = Some(QUERY.to_owned());
        view.edges.insert(Edge { by, ..edge });
    }
}

/// Returns what stands in a circle, or between two: all that is left when what stands on nothing is taken away,
/// and then what nothing stands on, as long as there is any.
fn circular(objects: &[&Object]) -> BTreeSet<Address> {
    let edges: HashMap<&Address, BTreeSet<Address>> = objects
        .iter()
        .map(|object| {
            // A table stands on nothing else than its edges say, and there are many.
            let edges = match object.address.kind() {
                "table" => object.edges.clone(),
                _ => object.stands_on(),
            };
            let edges = edges.into_iter().filter(|edge| edge.by.is_none());
            (&object.address, edges.map(|edge| edge.on).collect())
        })
        .collect();
    let mut forth: HashMap<&Address, BTreeSet<&Address>> = HashMap::new();
    let mut back: HashMap<&Address, BTreeSet<&Address>> = HashMap::new();
    for (from, to) in &edges {
        for to in to.iter().filter(|to| edges.contains_key(to)) {
            forth.entry(from).or_default().insert(to);
            back.entry(to).or_default().insert(from);
        }
    }
    take_ends(&mut forth, &mut back);
    take_ends(&mut back, &mut forth);
    forth.into_keys().cloned().collect()
}

/// Takes away what leads nowhere, as long as there is any.
fn take_ends<'a>(
    forth: &mut HashMap<&'a Address, BTreeSet<&'a Address>>,
    back: &mut HashMap<&'a Address, BTreeSet<&'a Address>>,
) {
    let mut ends: Vec<&Address> = back.keys().copied().collect();
    ends.retain(|one| !forth.contains_key(one));
    while let Some(end) = ends.pop() {
        for from in back.remove(end).unwrap_or_default() {
            if let Some(to) = forth.get_mut(from) {
                to.remove(end);
                if to.is_empty() {
                    forth.remove(from);
                    ends.push(from);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, on: &[(&str, &str)]) -> Object {
        let address = |kind: &str, name: &str| Address::new("postgres", kind, ["", "s", name]);
        let mut object = Object::new(address(kind, name), model::Map::new());
        let edges = on.iter().map(|(kind, name)| Edge::to(address(kind, name)));
        object.edges = edges.collect();
        object
    }

    #[test]
    fn only_what_leads_back_to_a_view_is_a_circle() {
        let objects = [
            object("table", "t", &[]),
            object("view", "v", &[("table", "t"), ("function", "f()")]),
            object("function", "f()", &[("view", "v")]),
            object("view", "above", &[("view", "v")]),
            object("view", "below", &[("table", "t")]),
        ];
        let circles = find(objects.iter());
        assert_eq!(circles.len(), 1);
        let edges = &circles[&objects[1].address];
        assert_eq!(*edges, [Edge::to(objects[2].address.clone())]);
    }
}
