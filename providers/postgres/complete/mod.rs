//! What follows from what is declared: sequences behind serial columns, the keys that foreign keys
//! point at, what texts mention, and who may do what with all of it.

mod above;
mod bodies;
mod bounds;
mod by_hand;
mod called;
mod carried;
mod casts;
mod connections;
mod creators;
mod delegates;
mod expand;
mod extensions;
mod families;
mod grants;
mod identities;
mod keys;
pub(crate) mod late;
mod likely;
mod marks;
mod mentions;
mod merged;
mod only;
mod operators;
mod owners;
mod parts;
mod parts_of_keys;
mod serial;
mod settings;
mod shells;
mod taken;
mod tasks;
mod texts;
mod wishes;

pub(crate) use expand::of_level;
pub(crate) use identities::foresee as foresee_identities;
pub(crate) use owners::takes_usual_owner;
pub(crate) use serial::{made_name, sequence_name};

use model::{Address, Catalog, Diagnostic, Object, Value};
use provider::{Desired, Surroundings};

use crate::circles;
use crate::kinds::sequence::{BELONGS, Holder, WILL_BELONG};

/// Completes the desired objects of one PostgreSQL provider.
pub(crate) fn complete(desired: &mut Desired, around: Surroundings<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    owners::complete(desired, around);
    settings::expand(desired, around);
    serial::expand(desired, around, &mut diagnostics);
    keys::complete(desired, around, &mut diagnostics);
    above::inherit_not_null(desired, around);
    above::note_gone(desired, around);
    above::complete(desired, around);
    only::complete(desired, around);
    only::leave(desired, around);
    only::note_partitioned(desired, around);
    only::stand_on_parts(desired, around.provider);
    only::come_last(desired, around.provider);
    parts::complete(desired, around);
    merged::complete(desired, around);
    by_hand::complete(desired, around);
    carried::complete(desired, around);
    taken::complete(desired, around);
    bounds::complete(desired, around);
    marks::check(desired, around, &mut diagnostics);
    connections::check(desired, around, &mut diagnostics);
    families::complete(desired, around);
    called::complete(desired, around);
    operators::complete(desired, around);
    let shells = shells::add(desired, around);
    mentions::complete(desired, around);
    casts::order(desired, around.provider);
    casts::complete(desired, around);
    bodies::complete(desired, around);
    shells::untie(desired, &shells);
    likely::complete(desired, around);
    identities::add(desired, around);
    owners::of_sequences(desired, around);
    grants::complete(desired, around, &mut diagnostics);
    delegates::complete(desired, around);
    extensions::order(desired, around);
    identities::complete(desired, around);
    tasks::complete(desired, around, &mut diagnostics);
    late::complete(desired, around);
    open_circles(desired, around);
    diagnostics
}

/// Lets views in circles be there first without their queries, where it is said which columns they have.
fn open_circles(desired: &mut Desired, around: Surroundings<'_>) {
    let ours = desired.catalog.iter();
    let ours = ours.filter(|object| object.address.provider() == around.provider);
    for (view, edges) in circles::find(ours) {
        if let Some(view) = desired.catalog.get_mut(&view)
            && view.attributes.contains_key("output")
        {
            circles::open(view, edges);
        }
    }
}

/// Returns the declared addresses of a kind, of this provider.
fn declared(desired: &Desired, provider: &str, kind: &str) -> Vec<Address> {
    desired
        .catalog
        .addresses()
        .filter(|address| address.kind() == kind && address.provider() == provider)
        .cloned()
        .collect()
}

/// Returns the declared tables, of this provider, that are there and to be otherwise.
fn differing_tables(desired: &Desired, provider: &str, live: &Catalog) -> Vec<Address> {
    let differs = |address: &Address| {
        let next = desired.catalog.get(address).map(|one| &one.attributes);
        live.get(address)
            .is_some_and(|old| Some(&old.attributes) != next)
    };
    let mut tables = declared(desired, provider, "table");
    tables.retain(differs);
    tables
}

/// Notes something about a declared object.
fn note(desired: &mut Desired, address: &Address, name: &str, value: Value) {
    if let Some(object) = desired.catalog.get_mut(address) {
        object.facts.notes.insert(name.to_owned(), value);
    }
}

/// Returns the owner of an object: as declared, or else as it is live.
fn owner_of(address: &Address, desired: &Catalog, live: Option<&Catalog>) -> Option<Address> {
    let owner = |catalog: &Catalog, note: &str| said_owner(catalog.get(address)?, note);
    owner(desired, WILL_BELONG).or_else(|| owner(live?, BELONGS))
}

/// Returns the owner that an object says it has, or that what it belongs to has.
fn said_owner(object: &Object, note: &str) -> Option<Address> {
    match object.attributes.get("owner") {
        Some(model::Value::Reference(owner)) => Some(owner.clone()),
        _ => Holder::of(&object.facts, note).map(|holder| holder.owner.0),
    }
}

/// Returns the owner that an object is to have, where that is said.
pub(crate) fn owner_to_be(object: &Object) -> Option<Address> {
    said_owner(object, WILL_BELONG)
}
