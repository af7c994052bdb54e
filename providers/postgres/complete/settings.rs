//! Settings of roles in databases, which are written on the role and stand on both.

use std::collections::BTreeMap;

use model::Catalog;
use provider::{Desired, Origin, Surroundings, encode, typed};

use super::declared;
use crate::kinds::database_settings::object;
use crate::kinds::role::Role;

/// Moves the settings that roles have in databases into objects of their own. What a declared role has
/// live and does not mention becomes empty.
pub(super) fn expand(desired: &mut Desired, around: Surroundings<'_>) {
    let mut live: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let found = around.live.into_iter().flat_map(Catalog::addresses);
    for address in found.filter(|address| address.kind() == "database_settings") {
        live.entry(address.name())
            .or_default()
            .push(address.part(0));
    }
    for address in declared(desired, around.provider, "role") {
        let Some(declared) = desired.catalog.get(&address) else {
            continue;
        };
        let mut role: Role = typed(&declared.attributes);
        let mut settings = std::mem::take(&mut role.database_settings);
        if !settings.is_empty() {
            let mut without = declared.clone();
            without.attributes = encode(&role);
            desired.catalog.insert(without);
        }
        for database in live.get(address.name()).into_iter().flatten() {
            settings.entry((*database).to_owned()).or_default();
        }
        let origin = desired.origins[&address].clone();
        for (database, settings) in settings {
            let mut object = object(&address, &database, settings);
            object.attached = None;
            let origin = Origin {
                id: origin.id.inside("database_settings", &database),
                share: None,
                ..origin.clone()
            };
            desired.origins.insert(object.address.clone(), origin);
            desired.catalog.insert(object);
        }
    }
}
