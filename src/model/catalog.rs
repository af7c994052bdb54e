//! A set of objects, one per address: what should be, what is, or what is ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::object::Object;

/// Objects by address, in the order of their addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    objects: BTreeMap<Address, Object>,
}

impl Catalog {
    /// Adds an object and returns the one that had its address before.
    pub fn insert(&mut self, object: Object) -> Option<Object> {
        self.objects.insert(object.address.clone(), object)
    }

    /// Takes an object out.
    pub fn remove(&mut self, address: &Address) -> Option<Object> {
        self.objects.remove(address)
    }

    /// Returns the object at an address.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&Object> {
        self.objects.get(address)
    }

    /// Returns the object at an address, to be changed. Its address must stay as it is.
    pub fn get_mut(&mut self, address: &Address) -> Option<&mut Object> {
        self.objects.get_mut(address)
    }

    /// Reports whether there is an object at an address.
    #[must_use]
    pub fn contains(&self, address: &Address) -> bool {
        self.objects.contains_key(address)
    }

    /// Returns the objects in the order of their addresses.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Returns the objects, to be changed, in the order of their addresses.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.objects.values_mut()
    }

    /// Returns the addresses in order.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.objects.keys()
    }

    /// Reports whether one object stands on another, however indirectly, or is that object.
    #[must_use]
    pub fn stands_on(&self, from: &Address, on: &Address) -> bool {
        let mut queue = vec![from.clone()];
        let mut seen = BTreeSet::new();
        while let Some(address) = queue.pop() {
            if address == *on {
                return true;
            }
            if let Some(object) = self.get(&address)
                && seen.insert(address)
            {
                queue.extend(object.stands_on().into_iter().map(|edge| edge.on));
            }
        }
        false
    }

    /// Returns the number of objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Reports whether there are no objects.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl FromIterator<Object> for Catalog {
    fn from_iter<T: IntoIterator<Item = Object>>(objects: T) -> Self {
        Self {
            objects: objects
                .into_iter()
                .map(|object| (object.address.clone(), object))
                .collect(),
        }
    }
}

impl IntoIterator for Catalog {
    type Item = Object;
    type IntoIter = std::collections::btree_map::IntoValues<Address, Object>;

    fn into_iter(self) -> Self::IntoIter {
        self.objects.into_values()
    }
}
