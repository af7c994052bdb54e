//! Delegates who may not be able to enter a schema while their grants on what lies in it are changed.
//!
//! What a delegate granted only the delegate can take back, and for that it must be able to enter the schema. The
//! privileges on the schema change in the same apply, before or after.

use std::collections::BTreeSet;

use model::{Address, Object, Value};
use provider::{Desired, Surroundings};

use super::owner_of;
use crate::acl::{self, Class, Privilege};
use crate::kinds::attached::LOCKED_OUT;
use crate::naming::schema_of;

fn privileges(object: &Object) -> Vec<Privilege> {
    let value = object.attributes.get("privileges");
    let read = |value| serde::Deserialize::deserialize(value).ok();
    value.and_then(read).unwrap_or_default()
}

/// Notes them on everything that delegates granted something on.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let mut notes: Vec<(Address, Value)> = Vec::new();
    for object in desired.catalog.iter() {
        let address = &object.address;
        if address.provider() != around.provider || address.path().len() < 3 {
            continue;
        }
        let sides = [Some(object), live.get(address)];
        let granted = sides.into_iter().flatten().flat_map(privileges);
        let delegates: BTreeSet<Address> = granted.filter_map(|one| Some(one.by?.0)).collect();
        if delegates.is_empty() {
            continue;
        }
        let schema = schema_of(address);
        let sides = [desired.catalog.get(&schema), live.get(&schema)];
        let sides: Vec<&Object> = sides.into_iter().flatten().collect();
        let owner = owner_of(&schema, &desired.catalog, Some(live));
        let enters = |role: &Address, schema: &&Object| {
            let class = Class::of_schema(schema.address.name());
            let default = acl::default_atoms(class, owner.as_ref(), around.platform.version);
            let atoms = acl::whole(&privileges(schema), &default);
            atoms.keys().any(|atom| {
                atom.privilege == "usage" && atom.to.as_ref().is_none_or(|to| to == role)
            })
        };
        let locked_out = delegates
            .into_iter()
            .filter(|role| !sides.iter().all(|schema| enters(role, schema)));
        let locked_out: Vec<_> = locked_out.map(Value::Reference).collect();
        if !locked_out.is_empty() {
            notes.push((address.clone(), Value::List(locked_out)));
        }
    }
    for (address, note) in notes {
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.facts.notes.insert(LOCKED_OUT.to_owned(), note);
        }
    }
}
