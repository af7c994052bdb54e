//! From typed structs to values and back, as their JSON would have it, without making that.
//!
//! Kinds are structs with a JSON form; catalogs hold values. Every object goes from one to the other
//! several times in a plan, so this is worth a way of its own. What comes out is exactly what
//! [`Value::from_json`] makes of the JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{self, Serialize, Serializer};

use crate::map::Map;
use crate::value::Value;

/// Why something has no form as a value, or a value no form as something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl ser::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Turns something typed into a value.
///
/// # Errors
/// When it holds bytes, or a map whose keys are no texts.
pub fn to_value<T: Serialize + ?Sized>(typed: &T) -> Result<Value, Mismatch> {
    typed.serialize(ToValue)
}

/// Turns a map into something typed.
///
/// # Errors
/// When its contents are not those of the type.
pub fn from_map<T: DeserializeOwned>(map: &Map) -> Result<T, Mismatch> {
    T::deserialize(MapDeserializer::new(map.iter()))
}

struct ToValue;

/// A list in the making, of a variant where it has a name.
struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

/// A map in the making, of a variant where it has a name.
struct Entries {
    variant: Option<&'static str>,
    key: Option<String>,
    entries: Vec<(Cow<'static, str>, Value)>,
}

fn in_variant(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::Map(Map::from([(variant.to_owned(), value)])),
        None => value,
    }
}

impl Items {
    fn new(variant: Option<&'static str>, length: usize) -> Self {
        Self {
            variant,
            items: Vec::with_capacity(length),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Mismatch> {
        self.items.push(item.serialize(ToValue)?);
        Ok(())
    }

    fn finish(self) -> Value {
        in_variant(self.variant, Value::List(self.items))
    }
}

impl Entries {
    fn new(variant: Option<&'static str>, length: usize) -> Self {
        Self {
            variant,
            key: None,
            entries: Vec::with_capacity(length),
        }
    }

    fn insert<T: Serialize + ?Sized>(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        value: &T,
    ) -> Result<(), Mismatch> {
        self.entries.push((key.into(), value.serialize(ToValue)?));
        Ok(())
    }

    fn finish(self) -> Result<Value, Mismatch> {
        let map = Value::marked(self.entries.into_iter().collect()).map_err(Mismatch)?;
        Ok(in_variant(self.variant, map))
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, number: $type) -> Result<Value, Mismatch> {
            Ok(i64::try_from(number)
                .map_or_else(|_| Value::Decimal(number.to_string()), Value::Integer))
        }
    )*};
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = Mismatch;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
    }

    fn serialize_bool(self, value: bool) -> Result<Value, Mismatch> {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, _: f32) -> Result<Value, Mismatch> {
        Err(ser::Error::custom("there are no floats among values"))
    }

    fn serialize_f64(self, _: f64) -> Result<Value, Mismatch> {
        Err(ser::Error::custom("there are no floats among values"))
    }

    fn serialize_char(self, value: char) -> Result<Value, Mismatch> {
        Ok(Value::Text(value.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Value, Mismatch> {
        Ok(Value::Text(text.to_owned()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Mismatch> {
        Err(ser::Error::custom("there are no bytes among values"))
    }

    fn serialize_none(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Mismatch> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Mismatch> {
        Ok(Value::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Mismatch> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Mismatch> {
        Ok(in_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Mismatch> {
        Ok(Items::new(None, length.unwrap_or_default()))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, Mismatch> {
        Ok(Items::new(None, length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, Mismatch> {
        Ok(Items::new(None, length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Items, Mismatch> {
        Ok(Items::new(Some(variant), length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries, Mismatch> {
        Ok(Entries::new(None, length.unwrap_or_default()))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Entries, Mismatch> {
        Ok(Entries::new(None, length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Entries, Mismatch> {
        Ok(Entries::new(Some(variant), length))
    }
}

macro_rules! items {
    ($($part:ident $method:ident,)*) => {$(
        impl ser::$part for Items {
            type Ok = Value;
            type Error = Mismatch;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Mismatch> {
                self.push(item)
            }

            fn end(self) -> Result<Value, Mismatch> {
                Ok(self.finish())
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! fields {
    ($($part:ident,)*) => {$(
        impl ser::$part for Entries {
            type Ok = Value;
            type Error = Mismatch;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Mismatch> {
                self.insert(name, value)
            }

            fn end(self) -> Result<Value, Mismatch> {
                self.finish()
            }
        }
    )*};
}

fields! { SerializeStruct, SerializeStructVariant, }

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Mismatch> {
        self.key = match key.serialize(ToValue)? {
            Value::Text(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => return Err(ser::Error::custom("a key of a map must be a text")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        let key = self.key.take().unwrap_or_default();
        self.insert(key, value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        self.finish()
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn one_entry<'de, V: Visitor<'de>>(
    mark: &'static str,
    text: String,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    visitor.visit_map(MapDeserializer::new(std::iter::once((mark, text))))
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Value::Map(map) => visitor.visit_map(MapDeserializer::new(map.iter())),
            Value::Decimal(_) | Value::Reference(_) | Value::Secret(_) => {
                let (mark, text) = self.mark().unwrap_or_default();
                one_entry(mark, text, visitor)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Map(map) => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(map.iter())))
            }
            _ => Err(de::Error::custom("neither a word nor a map with one")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::address::Address;
    use crate::reference::Reference;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Wrapped(i64),
        Named { at: u32 },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<i64>,
        on: Option<Reference>,
        words: Vec<Word>,
        options: BTreeMap<String, String>,
        value: Value,
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            "[0-9]{20,22}".prop_map(Value::Decimal),
            "[a-z$]{0,3}".prop_map(Value::Text),
            "[a-z.\"]{1,3}".prop_map(|name| Value::Reference(Address::new("p", "k", [name]))),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                    .prop_map(|map| Value::Map(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_is_what_its_json_would_be(
            text in ".{0,5}", number in any::<Option<i64>>(), on in any::<bool>(),
            words in proptest::collection::vec(any::<u32>(), 0..4), value in values()
        ) {
            let words = words.into_iter().map(|at| match at % 3 {
                0 => Word::One,
                1 => Word::Wrapped(at.into()),
                _ => Word::Named { at },
            });
            let sample = Sample {
                on: on.then(|| Reference(Address::new("p", "k", [text.as_str()]))),
                options: BTreeMap::from([(text.clone(), text.clone())]),
                words: words.collect(),
                text,
                number,
                value,
            };
            let through_json = Value::from_json(serde_json::to_value(&sample).unwrap()).unwrap();
            let direct = to_value(&sample).unwrap();
            prop_assert_eq!(&direct, &through_json);
            let Value::Map(map) = direct else { unreachable!("it is a struct") };
            prop_assert_eq!(from_map::<Sample>(&map).unwrap(), sample);
        }
    }
}
