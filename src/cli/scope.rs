//! Where to look: the places that declarations and records speak of, and what in them others may have a part in.

use std::collections::BTreeSet;

use model::{Address, Catalog, Records};
use plan::Grounds;
use provider::{Desired, Scope};

/// Returns the places to read: those of everything declared or recorded, or that of the connection; with what
/// is recorded, what grants name, and what only grants are declared of.
pub(crate) fn scope(
    key: &str,
    desired: &Desired,
    records: &Records,
    grounds: &Grounds<'_>,
) -> Scope {
    let Some(ground) = grounds.get(key) else {
        return Scope::default();
    };
    let addresses = desired.catalog.addresses().chain(records.keys());
    let mut places: BTreeSet<String> = addresses
        .filter(|address| address.provider() == key)
        .filter_map(|address| ground.provider.holds(address))
        .collect();
    if places.is_empty() {
        places.insert(String::new());
    }
    let mut named: BTreeSet<Address> = records.keys().cloned().collect();
    for value in desired
        .clauses
        .iter()
        .flat_map(|clause| clause.attributes.values())
    {
        value.references(&mut |address| {
            named.insert(address.clone());
        });
    }
    let partial = desired.origins.iter().filter(|(_, origin)| origin.partial);
    let partial: BTreeSet<&Address> = partial.map(|(address, _)| address).collect();
    named.extend(partial.iter().map(|address| (*address).clone()));
    named.retain(|address| {
        address.provider() == key
            && ground.provider.holds(address).is_some()
            && (partial.contains(address) || !desired.catalog.contains(address))
    });
    Scope { places, named }
}

/// Returns the shared objects that may be dropped or changed.
pub(crate) fn shared(
    desired: &Desired,
    live: &Catalog,
    records: &Records,
    grounds: &Grounds<'_>,
) -> BTreeSet<Address> {
    let is_shared = |address: &&Address| {
        grounds
            .of(address)
            .is_some_and(|ground| ground.provider.is_shared(address))
    };
    let changed = desired
        .catalog
        .iter()
        .map(|object| &object.address)
        .filter(is_shared)
        .filter(|address| {
            let settled =
                records
                    .get(*address)
                    .zip(live.get(address))
                    .is_some_and(|(record, live)| {
                        record.live == live.fingerprint()
                            && desired.origins.get(*address).map(|origin| origin.declared)
                                == Some(record.claim.declared)
                    });
            !settled && live.contains(address)
        });
    records
        .keys()
        .filter(is_shared)
        .chain(changed)
        .cloned()
        .collect()
}
