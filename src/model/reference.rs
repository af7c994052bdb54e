//! The name of another object inside a typed kind.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::Address;
use crate::value::Value;

/// The name of another object, as a field of a kind. Becomes an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference(pub Address);

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Reference(self.0.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Reference(address) => Ok(Self(address)),
            _ => Err(serde::de::Error::custom("not a reference")),
        }
    }
}
