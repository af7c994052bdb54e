//! Shells of declared types whose functions name them, and what stands on these instead of the type.

use model::{Address, Edge, Object};
use provider::{Desired, Origin, Surroundings, encode};

use super::declared;
use crate::kinds::types::shell::Shell;
use crate::naming::schema_of;
use crate::read::ranges::is_tied;

/// Adds a shell for every type that needs one, and returns these types.
pub(super) fn add(desired: &mut Desired, around: Surroundings<'_>) -> Vec<Address> {
    let kinds = ["base_type", "range_type"];
    let tied: Vec<Address> = kinds
        .into_iter()
        .flat_map(|kind| declared(desired, around.provider, kind))
        .filter(|address| {
            let object = desired.catalog.get(address);
            object.is_some_and(|object| is_tied(address.kind(), &object.attributes))
        })
        .collect();
    for address in &tied {
        let shell = shell_of(address);
        let mut object = Object::new(shell.clone(), encode(&Shell::default()));
        object.edges.insert(Edge::to(schema_of(address)));
        let origin = &desired.origins[address];
        let origin = Origin {
            id: origin.id.inside("shell", "type"),
            share: None,
            ..origin.clone()
        };
        desired.origins.insert(shell.clone(), origin);
        desired.catalog.insert(object);
        if let Some(object) = desired.catalog.get_mut(address) {
            object.edges.insert(Edge::to(shell));
        }
    }
    tied
}

/// Lets the functions of types stand on the shells of these, not on the types.
pub(super) fn untie(desired: &mut Desired, tied: &[Address]) {
    for address in tied {
        let Some(object) = desired.catalog.get(address) else {
            continue;
        };
        let functions: Vec<Address> = object
            .stands_on()
            .into_iter()
            .map(|edge| edge.on)
            .filter(|on| on.kind() == "function")
            .collect();
        let whole = Edge::to(address.clone());
        for function in functions {
            if let Some(function) = desired.catalog.get_mut(&function)
                && function.edges.remove(&whole)
            {
                function.edges.insert(Edge::to(shell_of(address)));
            }
        }
    }
}

fn shell_of(address: &Address) -> Address {
    address.sibling("shell", address.path())
}
