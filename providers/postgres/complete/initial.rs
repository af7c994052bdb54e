//! What a new object begins with: default privileges that hold where it is made.
//!
//! PostgreSQL gives them to it at once. Its statements start from there, so that in the end it has
//! exactly what is declared.

use model::{Address, Catalog, Value};
use provider::{Desired, Surroundings, typed};

use super::owner_of;
use crate::acl::{self, Atoms, Class};
use crate::kinds::attached::{INITIAL, privileges_value};
use crate::kinds::default_privileges::{DefaultPrivileges, address_for, whole};

/// Notes the initial privileges of everything that does not exist yet.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    if around.platform.login.is_empty() {
        return;
    }
    let addresses: Vec<Address> = desired
        .catalog
        .addresses()
        .filter(|address| address.provider() == around.provider && Class::of(address).is_some())
        .cloned()
        .collect();
    for address in addresses {
        let note = initial(&address, desired, around);
        if let Some(object) = desired.catalog.get_mut(&address)
            && !note.is_empty()
        {
            object.facts.notes.insert(INITIAL.to_owned(), note);
        }
    }
}

fn initial(address: &Address, desired: &Desired, around: Surroundings<'_>) -> Value {
    let version = around.platform.version;
    let Some(class) = Class::of(address).filter(|class| *class != Class::Database) else {
        return Value::Null;
    };
    let made_as = if class == Class::PublicSchema {
        Class::Schema
    } else {
        class
    };
    let login = address.sibling("role", [around.platform.login.as_str()]);
    let owner = owner_of(address, &desired.catalog, None).unwrap_or_else(|| login.clone());
    // A schema is made for its owner, and everything else given to it afterwards.
    let maker = match made_as {
        Class::Schema => &owner,
        _ => &login,
    };
    let in_force = |container: Address| -> Option<Atoms> {
        let address = address_for(&container);
        // What is declared of the container holds by then; else what is live.
        let find = |catalog: &Catalog| {
            catalog
                .get(&address)
                .map(|object| typed::<DefaultPrivileges>(&object.attributes))
        };
        let found = find(&desired.catalog).or_else(|| around.live.and_then(find))?;
        let global = container.kind() == "database";
        whole(&found.privileges, global, version).remove(&(maker.clone(), made_as))
    };
    let database = address.sibling("database", &address.path()[..1]);
    let default = || acl::default_atoms(made_as, Some(maker), version);
    let mut atoms = in_force(database).unwrap_or_else(default);
    if address.path().len() > 2 {
        let schema = address.sibling("schema", &address.path()[..2]);
        for (atom, option) in in_force(schema).unwrap_or_default() {
            *atoms.entry(atom).or_default() |= option;
        }
    }
    let atoms = acl::with_owner(&atoms, Some(maker), Some(&owner));
    let default = acl::default_atoms(made_as, Some(&owner), version);
    privileges_value(&acl::normal(&atoms, &default))
}
