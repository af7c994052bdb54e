//! Records of the database of the url, under the name that the project calls it by now.
//!
//! A project without a `database` block calls it by no name. When it later declares that very database,
//! or the other way round, what is recorded is the same thing under another address.

use std::collections::BTreeMap;

use model::{Address, Records};
use provider::Desired;

use crate::ground::Grounds;

/// Returns the records under their present addresses, and the former address of those that moved.
#[must_use]
pub fn at_home(
    records: Records,
    desired: &Desired,
    grounds: &Grounds<'_>,
) -> (Records, BTreeMap<Address, Address>) {
    let mut carried = BTreeMap::new();
    let mut homes = BTreeMap::new();
    for (key, ground) in grounds.iter() {
        let home = ground.platform.place.as_str();
        let uses = |place: &str| {
            desired.catalog.addresses().any(|address| {
                address.provider() == key
                    && ground.provider.holds(address).as_deref() == Some(place)
            })
        };
        let renamed = match (uses(""), uses(home)) {
            (false, true) => ("", home),
            (true, false) => (home, ""),
            _ => continue,
        };
        homes.insert(key, (ground.provider, renamed));
    }
    let records = records
        .into_values()
        .map(|mut record| {
            let address = &record.address;
            if let Some((provider, (from, to))) = homes.get(address.provider())
                && provider.holds(address).as_deref() == Some(*from)
            {
                let path =
                    std::iter::once((*to).to_owned()).chain(address.path().iter().skip(1).cloned());
                let next = address.sibling(address.kind(), path);
                carried.insert(next.clone(), std::mem::replace(&mut record.address, next));
            }
            (record.address.clone(), record)
        })
        .collect();
    (records, carried)
}
