//! What will be there once something that brings it along is made.

use model::{Address, Catalog, Edge, Map, Object};
use provider::Desired;

use crate::acl::Class;
use crate::kinds::KINDS;
use crate::kinds::given::{TO_COME, is_given};

/// Adds what grants may name though it cannot be seen yet: parameters on which nothing was granted,
/// and what an extension will bring along.
pub(crate) fn grants(desired: &Desired, provider: &str, live: &mut Catalog) {
    let named = desired.clauses.iter().filter_map(|clause| {
        let ours = clause.provider == provider && clause.kind == "grant";
        ours.then(|| clause.attributes.get("on"))?
    });
    let mut addresses = Vec::new();
    for on in named {
        on.references(&mut |address| addresses.push(address.clone()));
    }
    for address in addresses {
        let is_given = is_given(address.kind());
        let brought_by: Vec<Address> = match address.kind() {
            "parameter" => Vec::new(),
            kind if is_given || matches!(kind, "foreign_data_wrapper" | "language") => desired
                .catalog
                .addresses()
                .filter(|other| {
                    other.kind() == "extension"
                        && other.part(0) == address.part(0)
                        && !live.contains(other)
                })
                .cloned()
                .collect(),
            _ => continue,
        };
        let is_brought = address.kind() == "parameter" || !brought_by.is_empty();
        if !is_brought || is_known(&address, live) || is_known(&address, &desired.catalog) {
            continue;
        }
        let mut object = Object::new(address, Map::new());
        object.edges.extend(brought_by.into_iter().map(Edge::to));
        let notes = &mut object.facts.notes;
        notes.insert("builtin".to_owned(), true.into());
        if is_given {
            notes.insert(TO_COME.to_owned(), true.into());
        }
        live.insert(object);
    }
}

/// Reports whether there is something that a grant names, whatever its kind.
fn is_known(address: &Address, catalog: &Catalog) -> bool {
    let class = Class::of(address).filter(|_| is_given(address.kind()));
    catalog.contains(address)
        || class.is_some_and(|class| {
            let kinds = KINDS.iter().map(|rules| rules.name());
            kinds
                .map(|kind| address.sibling(kind, address.path()))
                .any(|one| Class::of(&one) == Some(class) && catalog.contains(&one))
        })
}
