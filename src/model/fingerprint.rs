//! The identity of contents: blake3 over an encoding of our own.
//!
//! The encoding gives every value a tag, every text and list its length, and every map its order, so
//! two different contents never have the same bytes, and no serialiser's mood can change them. It may
//! only change together with the version of every stored format.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::map::Map;
use crate::value::Value;

/// A blake3 hash of canonical contents; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of an attribute map.
    #[must_use]
    pub fn of_map(map: &Map) -> Self {
        let mut encoder = Encoder::default();
        encoder.map(map);
        encoder.finish()
    }

    /// Returns the fingerprint of plain bytes, such as a file.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

/// Feeds a hash with values, unambiguously.
#[derive(Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    fn length(&mut self, length: usize) {
        self.bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }

    /// Adds a text with its length.
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds another fingerprint.
    pub fn fingerprint(&mut self, fingerprint: &Fingerprint) {
        self.bytes.extend_from_slice(&fingerprint.0);
    }

    /// Adds a map in the order of its keys.
    pub fn map(&mut self, map: &Map) {
        self.tag(7);
        self.length(map.len());
        for (name, value) in map {
            self.text(name);
            self.value(value);
        }
    }

    /// Adds a value with its tag.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.tag(0),
            Value::Bool(false) => self.tag(1),
            Value::Bool(true) => self.tag(2),
            Value::Integer(value) => {
                self.tag(3);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            Value::Decimal(text) => {
                self.tag(4);
                self.text(text);
            }
            Value::Text(text) => {
                self.tag(5);
                self.text(text);
            }
            Value::List(items) => {
                self.tag(6);
                self.length(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Map(map) => self.map(map),
            Value::Reference(address) => {
                self.tag(8);
                self.text(address.provider());
                self.text(address.kind());
                self.length(address.path().len());
                for part in address.path() {
                    self.text(part);
                }
            }
            Value::Secret(secret) => {
                self.tag(9);
                self.text(secret.fingerprint());
            }
        }
    }

    /// Returns the fingerprint of everything added.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        Fingerprint::of_bytes(&self.bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || format!("`{text}` is not a fingerprint");
        if text.len() != 64 || !text.is_ascii() {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| malformed())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Fingerprint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "blake3 of canonical contents, in hexadecimal."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_what_it_was() {
        let map = Map::from([
            (
                "a".to_owned(),
                Value::List(vec![Value::Integer(1), Value::Bool(true)]),
            ),
            ("b".to_owned(), Value::Text("é".to_owned())),
        ]);
        assert_eq!(
            Fingerprint::of_map(&map).to_string(),
            "25fb511c95c95d66c79bee4a030d353c694e3cee8a2095c07d458c715480e4ea"
        );
    }

    #[test]
    fn the_text_of_a_fingerprint_parses_back() {
        let fingerprint = Fingerprint::of_bytes(b"x");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert!("é".repeat(32).parse::<Fingerprint>().is_err());
    }
}
