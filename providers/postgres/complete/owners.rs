//! The owner of what does not say otherwise, where the project names one.

use std::collections::BTreeMap;

use model::{Address, Reference, Value};
use provider::{Desired, Surroundings};

use super::{declared, owner_of};
use crate::kinds::KINDS;
use crate::kinds::foreign::table::as_table;
use crate::kinds::sequence::{Holder, WILL_BELONG};

/// Reports whether the owner of the project is that of an object, unless it says otherwise: of
/// everything in a database but schema `public`, which belongs to whoever owns the database, and event
/// triggers, which only superusers may own.
pub(crate) fn takes_usual_owner(address: &Address) -> bool {
    let is_inside = address.path().len() > 1;
    let is_public = address.kind() == "schema" && address.name() == "public";
    is_inside && !is_public && address.kind() != "event_trigger" && has_owner(address.kind())
}

fn has_owner(kind: &str) -> bool {
    use std::collections::BTreeSet;
    use std::sync::OnceLock;
    static OWNED: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let owned = OWNED.get_or_init(|| {
        let kinds = KINDS.iter().filter(|rules| !rules.is_internal());
        kinds
            .filter(|rules| rules.schema()["properties"].get("owner").is_some())
            .map(|rules| rules.name())
            .collect()
    });
    owned.contains(kind)
}

/// Gives everything that does not say otherwise the owner of the project.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(owner) = desired.owner.clone() else {
        return;
    };
    for object in desired.catalog.iter_mut() {
        if object.address.provider() == around.provider && takes_usual_owner(&object.address) {
            let owner = || Value::Reference(object.address.sibling("role", [owner.as_str()]));
            object.attributes.get_or_insert_with("owner", owner);
        }
    }
}

/// Notes the owners of declared sequences that belong to columns: those of their tables.
pub(super) fn of_sequences(desired: &mut Desired, around: Surroundings<'_>) {
    let sequences = declared(desired, around.provider, "sequence");
    if sequences.is_empty() {
        return;
    }
    let mut holders: BTreeMap<Address, Holder> = BTreeMap::new();
    for kind in ["table", "foreign_table"] {
        for address in declared(desired, around.provider, kind) {
            let object = desired.catalog.get(&address);
            let owns = object.filter(|object| object.attributes.contains_key("owns"));
            let Some(table) = owns.map(as_table) else {
                continue;
            };
            let login = address.sibling("role", [around.platform.login.as_str()]);
            let owner = owner_of(&address, &desired.catalog, around.live).unwrap_or(login);
            for owns in table.owns {
                let holder = Holder {
                    table: Reference(address.clone()),
                    owner: Reference(owner.clone()),
                };
                holders.insert(owns.sequence.0, holder);
            }
        }
    }
    for address in sequences {
        let holder = holders.remove(&address);
        let note = holder.map_or(Value::Bool(false), Holder::note);
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.facts.notes.insert(WILL_BELONG.to_owned(), note);
        }
    }
}
