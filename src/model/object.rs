//! One thing on a platform: its address and its canonical attributes.

use std::collections::BTreeSet;

use crate::address::Address;
use crate::fingerprint::Fingerprint;
use crate::map::Map;

/// What an object stands on: another object, or one part of it.
///
/// An edge without a part means the whole of the other object. Parts are named by the kind that has
/// them, for example `column day` or `constraint videos_pkey`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The object stood on.
    pub on: Address,
    /// The part of it, where only a part is meant.
    pub part: Option<String>,
    /// The part of the object itself that stands on it, where that is one which can be taken away and
    /// given back, such as `default price`: everything else of the object can be there without.
    pub by: Option<String>,
}

impl Edge {
    /// Makes an edge to a whole object.
    #[must_use]
    pub fn to(on: Address) -> Self {
        Self {
            on,
            part: None,
            by: None,
        }
    }
}

/// The part of an object that is its place under another one, as edges name it: a partition can be taken away
/// from its table and given back. An edge by it says all that a reference in the attributes to the same object
/// would.
pub const PLACE: &str = "place";

/// What a platform tells about a live object beside its contents.
///
/// Never compared, fingerprinted or stored: for words shown to people and for settling questions
/// that contents cannot answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Estimated number of rows; `None` where unknown.
    pub rows: Option<u64>,
    /// Size on disk in bytes; `None` where unknown.
    pub bytes: Option<u64>,
    /// Databases outside of what was read that it is used in, so that it cannot be dropped.
    pub used_in: BTreeSet<String>,
    /// What only the provider understands, by name.
    pub notes: Map,
}

impl Facts {
    /// Returns what is known of a live object that becomes a desired one.
    #[must_use]
    pub fn becoming(&self, desired: &Self) -> Self {
        let mut facts = self.clone();
        facts.notes.extend(desired.notes.clone());
        facts
    }
}

/// One object: what it is called and what it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Identity.
    pub address: Address,
    /// Canonical contents, pruned of everything empty.
    pub attributes: Map,
    /// What it stands on, beside what references in the attributes already say.
    pub edges: BTreeSet<Edge>,
    /// The live object that takes it along when it is dropped, as a table does its indexes.
    pub attached: Option<Address>,
    /// What the platform tells beside the contents; empty for desired objects.
    pub facts: Facts,
}

impl Object {
    /// Makes an object without edges or facts.
    #[must_use]
    pub fn new(address: Address, attributes: Map) -> Self {
        Self {
            address,
            attributes,
            edges: BTreeSet::new(),
            attached: None,
            facts: Facts::default(),
        }
    }

    /// Returns the fingerprint of the contents.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.attributes.fingerprint()
    }

    /// Reports whether its attributes name an address.
    #[must_use]
    pub fn refers_to(&self, address: &Address) -> bool {
        let mut values = self.attributes.values();
        values.any(|value| value.refers_to(address))
    }

    /// Returns everything the object stands on: its edges and the references in its attributes,
    /// without the object itself.
    #[must_use]
    pub fn stands_on(&self) -> BTreeSet<Edge> {
        let mut all = self.edges.clone();
        let is_placed = |edge: &Edge| edge.part.is_none() && edge.by.as_deref() == Some(PLACE);
        let places: BTreeSet<&Address> = self
            .edges
            .iter()
            .filter(|edge| is_placed(edge))
            .map(|edge| &edge.on)
            .collect();
        for value in self.attributes.values() {
            value.references(&mut |address| {
                if !places.contains(address) {
                    all.insert(Edge::to(address.clone()));
                }
            });
        }
        all.retain(|edge| edge.on != self.address);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn a_place_takes_the_place_of_the_reference_and_nothing_else_does() {
        let address = |name: &str| Address::new("fake", "table", [name]);
        let mut attributes = Map::new();
        for name in ["above", "other"] {
            attributes.insert(name.to_owned(), Value::Reference(address(name)));
        }
        let mut object = Object::new(address("below"), attributes);
        let by = |on: &str, by: &str| Edge {
            by: Some(by.to_owned()),
            ..Edge::to(address(on))
        };
        let place = by("above", PLACE);
        object.edges = [place.clone(), by("other", "check positive")].into();
        let wanted = [
            place,
            by("other", "check positive"),
            Edge::to(address("other")),
        ];
        assert_eq!(object.stands_on(), BTreeSet::from(wanted));
    }
}
