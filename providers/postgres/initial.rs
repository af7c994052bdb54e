//! What a new object begins with: default privileges that hold where it is made.
//!
//! PostgreSQL gives them to it at once. Its statements start from there, so that in the end it has
//! exactly what is declared.

use model::{Address, Map, Object, Value};
use provider::{Capabilities, typed};

use crate::acl::{self, Atoms, Class};
use crate::complete::owner_to_be;
use crate::kinds::attached::{INITIAL, privileges_value};
use crate::kinds::default_privileges::{DefaultPrivileges, address_for, whole};

/// Returns the class of what default privileges may give something.
fn class_of(address: &Address) -> Option<Class> {
    Class::of(address).filter(|class| *class != Class::Database)
}

/// Returns the default privileges that hold where something is made.
pub(crate) fn under(address: &Address) -> Vec<Address> {
    let path = address.path();
    if class_of(address).is_none() {
        return Vec::new();
    }
    (1..path.len().min(3))
        .map(|length| {
            let kind = if length == 1 { "database" } else { "schema" };
            address_for(&address.sibling(kind, &path[..length]))
        })
        .collect()
}

/// Returns what a new object begins with as a note, where that is anything.
pub(crate) fn notes(
    object: &Object,
    will_be: &dyn Fn(&Address) -> Option<Map>,
    platform: &Capabilities,
) -> Map {
    // The sequence of a column that takes another's place brings along what that has.
    if platform.login.is_empty() || object.facts.notes.contains_key(INITIAL) {
        return Map::default();
    }
    let privileges = privileges(object, will_be, platform);
    let note = (!privileges.is_empty()).then(|| (INITIAL.to_owned(), privileges));
    note.into_iter().collect()
}

/// Returns the privileges that a new object begins with.
pub(crate) fn privileges(
    object: &Object,
    will_be: &dyn Fn(&Address) -> Option<Map>,
    platform: &Capabilities,
) -> Value {
    let (address, version) = (&object.address, platform.version);
    let Some(class) = class_of(address) else {
        return Value::Null;
    };
    let made_as = if class == Class::PublicSchema {
        Class::Schema
    } else {
        class
    };
    let login = address.sibling("role", [platform.login.as_str()]);
    let owner = owner_to_be(object).unwrap_or_else(|| login.clone());
    // A schema is made for its owner, and everything else given to it afterwards.
    let maker = match made_as {
        Class::Schema => &owner,
        _ => &login,
    };
    let in_force = |defaults: &Address| -> Option<Atoms> {
        let found: DefaultPrivileges = typed(&will_be(defaults)?);
        let global = defaults.path().len() == 1;
        whole(&found.privileges, global, version).remove(&(maker.clone(), made_as))
    };
    let mut under = under(address).into_iter();
    let default = || acl::default_atoms(made_as, Some(maker), version);
    let global = under.next().and_then(|defaults| in_force(&defaults));
    let mut atoms = global.unwrap_or_else(default);
    for (atom, option) in under.filter_map(|defaults| in_force(&defaults)).flatten() {
        *atoms.entry(atom).or_default() |= option;
    }
    let atoms = acl::with_owner(&atoms, Some(maker), Some(&owner));
    let default = acl::default_atoms(made_as, Some(&owner), version);
    privileges_value(&acl::normal(&atoms, &default))
}
