//! Canonical contents of objects: what is compared, fingerprinted and stored.
//!
//! There are no floats, so equality is exact; maps are ordered, so encodings are stable. A text that
//! must never be shown or stored is a [`Secret`], which is its own variant.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::address::Address;
use crate::map::Map;
use crate::secret::Secret;

/// One canonical value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or beyond 64 bits, in plain decimal notation.
    Decimal(String),
    /// Text.
    Text(String),
    /// Values in an order that matters, or sorted where it does not.
    List(Vec<Value>),
    /// Named values.
    Map(Map),
    /// The name of another object.
    Reference(Address),
    /// A text that is neither shown nor stored.
    Secret(Secret),
}

const REFERENCE: &str = "$reference";
const DECIMAL: &str = "$decimal";
const SECRET: &str = "$secret";

impl Value {
    /// Reports whether this is null, an empty list or an empty map.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// Returns the text of a text value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Calls `visit` for every reference inside, in order.
    pub fn references<'a>(&'a self, visit: &mut impl FnMut(&'a Address)) {
        match self {
            Self::Reference(address) => visit(address),
            Self::List(items) => items.iter().for_each(|item| item.references(visit)),
            Self::Map(map) => map.values().for_each(|value| value.references(visit)),
            _ => {}
        }
    }

    /// Reports whether a reference inside is to an address.
    #[must_use]
    pub fn refers_to(&self, address: &Address) -> bool {
        let mut refers = false;
        self.references(&mut |on| refers |= on == address);
        refers
    }

    /// Rewrites every text and every reference inside, in place.
    pub fn rewrite(
        &mut self,
        text: &mut impl FnMut(&mut String),
        reference: &mut impl FnMut(&mut Address),
    ) {
        match self {
            Self::Text(value) => text(value),
            Self::Reference(address) => reference(address),
            Self::List(items) => items
                .iter_mut()
                .for_each(|item| item.rewrite(text, reference)),
            Self::Map(map) => map
                .values_mut()
                .for_each(|value| value.rewrite(text, reference)),
            _ => {}
        }
    }

    /// Returns the value in normal form: nulls, empty lists and empty maps inside maps are left out.
    #[must_use]
    pub fn pruned(self) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(Self::pruned).collect()),
            Self::Map(map) => Self::Map(prune(map)),
            other => other,
        }
    }

    /// Reports whether this is in normal form already.
    fn is_pruned(&self) -> bool {
        match self {
            Self::List(items) => items.iter().all(Self::is_pruned),
            Self::Map(map) => map
                .values()
                .all(|value| !value.is_empty() && value.is_pruned()),
            _ => true,
        }
    }

    /// Returns the value as JSON; references, decimals and secrets become marked objects.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Integer(value) => Json::Number((*value).into()),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(map) => Json::Object(
                map.iter()
                    .map(|(name, value)| (name.to_owned(), value.to_json()))
                    .collect(),
            ),
            Self::Decimal(_) | Self::Reference(_) | Self::Secret(_) => Json::Object(
                self.mark()
                    .map(|(mark, text)| (mark.to_owned(), Json::String(text)))
                    .into_iter()
                    .collect(),
            ),
        }
    }

    /// Returns the mark and the text of a value that JSON has no form for.
    pub(crate) fn mark(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Decimal(text) => Some((DECIMAL, text.clone())),
            Self::Reference(address) => Some((REFERENCE, address.to_string())),
            Self::Secret(secret) => Some((SECRET, secret.fingerprint().to_owned())),
            _ => None,
        }
    }

    /// Makes a map, or what it is the marked form of.
    pub(crate) fn marked(map: Map) -> Result<Self, String> {
        if map.len() == 1
            && let Some((mark, Self::Text(text))) = map.iter().next()
        {
            match mark {
                REFERENCE => return Ok(Self::Reference(text.parse()?)),
                DECIMAL => return Ok(Self::Decimal(text.clone())),
                SECRET => return Ok(Self::Secret(Secret::known(text.clone()))),
                _ => {}
            }
        }
        Ok(Self::Map(map))
    }

    /// Reads what [`Value::to_json`] wrote. A secret comes back as its fingerprint alone.
    ///
    /// # Errors
    /// When a marked object does not hold what its mark promises.
    pub fn from_json(json: Json) -> Result<Self, String> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => match number.as_i64() {
                Some(value) => Self::Integer(value),
                None => Self::Decimal(number.to_string()),
            },
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(
                items
                    .into_iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()?,
            ),
            Json::Object(object) => Self::marked(
                object
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::from_json(value)?)))
                    .collect::<Result<_, String>>()?,
            )?,
        })
    }
}

/// Leaves out nulls, empty lists and empty maps, at every level.
#[must_use]
pub fn prune(map: Map) -> Map {
    let is_pruned = |value: &Value| !value.is_empty() && value.is_pruned();
    if map.values().all(is_pruned) {
        return map;
    }
    map.into_iter()
        .map(|(name, value)| (name, value.pruned()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Address> for Value {
    fn from(address: Address) -> Self {
        Self::Reference(address)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(map) => serializer.collect_map(map),
            Self::Decimal(_) | Self::Reference(_) | Self::Secret(_) => {
                serializer.collect_map(self.mark())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads what serialising a value gives.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number)
            .map_or_else(|_| Value::Decimal(number.to_string()), Value::Integer))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        let json = Json::from(number);
        Value::from_json(json).map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or_default());
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries =
            Vec::<(String, Value)>::with_capacity(access.size_hint().unwrap_or_default());
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Value::marked(entries.into_iter().collect()).map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A canonical value. References are {\"$reference\": address}, numbers \
                beyond 64 bits or with a fraction {\"$decimal\": text}, secrets {\"$secret\": \
                fingerprint}; everything else is itself."
        })
    }
}
