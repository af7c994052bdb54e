//! Names of functions and operators that were written without arguments: which declared ones they mean.
//!
//! One that fits is taken. Of several, PostgreSQL takes the one that fits by rules of its own; what is
//! known here is that all of them must come first.

use std::collections::BTreeMap;

use model::{Address, Edge};
use provider::{Desired, Surroundings};

use crate::kinds::references::is_bare;
use crate::naming::{called, is_called};

/// Declared objects by kind, the path of what they stand in, and the name without arguments.
type Named<'a> = BTreeMap<(&'a str, &'a [String], &'a str), Vec<&'a Address>>;

/// Finds what bare names mean.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let mut named = Named::new();
    let ours = |address: &&Address| address.provider() == around.provider;
    for address in desired.catalog.addresses().filter(ours) {
        if is_called(address.kind()) {
            named.entry(key(address)).or_default().push(address);
        }
    }
    let mut found: Vec<(Address, Address, Vec<Address>)> = Vec::new();
    for object in desired.catalog.iter().filter(|one| ours(&&one.address)) {
        // A trigger calls the function that has no arguments.
        if object.address.kind() == "trigger" {
            continue;
        }
        for value in object.attributes.values() {
            value.references(&mut |name| {
                if !is_bare(name) || desired.catalog.contains(name) {
                    return;
                }
                if let Some(meant) = named.get(&key(name)) {
                    let meant = meant.iter().map(|one| (*one).clone()).collect();
                    found.push((object.address.clone(), name.clone(), meant));
                }
            });
        }
    }
    for (address, name, meant) in found {
        let Some(object) = desired.catalog.get_mut(&address) else {
            continue;
        };
        if let [only] = meant.as_slice() {
            for value in object.attributes.values_mut() {
                value.rewrite(&mut |_| {}, &mut |reference| {
                    if *reference == name {
                        reference.clone_from(only);
                    }
                });
            }
        } else {
            object.edges.extend(meant.into_iter().map(Edge::to));
        }
    }
}

fn key(address: &Address) -> (&str, &[String], &str) {
    let path = address.path();
    let outer = &path[..path.len().saturating_sub(1)];
    (address.kind(), outer, called(address.name()).0)
}
