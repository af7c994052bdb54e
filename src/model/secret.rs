//! A text that is used and never shown: passwords and whatever else opens doors.
//!
//! A secret has two faces. Its *text* exists only in memory, between the expression that gave it and
//! the statement that needs it. Its *fingerprint* is all that is compared, stored or shown. The
//! fingerprint is slow to compute on purpose: it lies in tables that people may query, and must not
//! be a quick way to guess a password.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::map::Map;
use crate::value::Value;

/// A text that is neither shown nor stored. It takes no more room than other texts do: every value
/// has room for one.
#[derive(Clone)]
pub struct Secret(Box<Parts>);

#[derive(Clone)]
struct Parts {
    text: Option<String>,
    fingerprint: String,
}

/// How many times the hash runs for one fingerprint.
const ROUNDS: u32 = 20_000;

impl Secret {
    /// Makes a secret of a text. `salt` should be what the secret belongs to, so that equal
    /// passwords of different roles have different fingerprints.
    #[must_use]
    pub fn new(text: impl Into<String>, salt: &str) -> Self {
        let text = text.into();
        let mut hash = blake3::Hasher::new_derive_key("estate secret v1")
            .update(&(salt.len() as u64).to_le_bytes())
            .update(salt.as_bytes())
            .update(text.as_bytes())
            .finalize();
        for _ in 0..ROUNDS {
            hash = blake3::keyed_hash(hash.as_bytes(), text.as_bytes());
        }
        Self(Box::new(Parts {
            text: Some(text),
            fingerprint: hash.to_hex().to_string(),
        }))
    }

    /// Makes a secret of which only the fingerprint is known.
    #[must_use]
    pub fn known(fingerprint: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            text: None,
            fingerprint: fingerprint.into(),
        }))
    }

    /// Returns the text, where it is known; for statements only.
    #[must_use]
    pub fn reveal(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Returns what may be stored.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }
}

/// Finds a secret among attributes: by the name of its attribute, or, where that holds a map, by both
/// names with a dot between.
#[must_use]
pub fn find<'a>(attributes: &'a Map, name: &str) -> Option<&'a Secret> {
    if let Some(Value::Secret(secret)) = attributes.get(name) {
        return Some(secret);
    }
    let (attribute, key) = name.split_once('.')?;
    match attributes.get(attribute)? {
        Value::Map(inner) => match inner.get(key)? {
            Value::Secret(secret) => Some(secret),
            _ => None,
        },
        _ => None,
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl Eq for Secret {}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Self) -> Ordering {
        self.fingerprint().cmp(other.fingerprint())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Secret(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Secret(secret) => Ok(secret),
            _ => Err(serde::de::Error::custom("not a secret")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_inside_a_map_by_both_names() {
        let secret = |text: &str| Value::Secret(Secret::known(text));
        let inner = Map::from([("a.b".to_owned(), secret("inner"))]);
        let attributes = Map::from([
            ("password".to_owned(), secret("outer")),
            ("secret_options".to_owned(), Value::Map(inner)),
        ]);
        let found = |name| find(&attributes, name).map(Secret::fingerprint);
        assert_eq!(found("password"), Some("outer"));
        assert_eq!(found("secret_options.a.b"), Some("inner"));
        assert_eq!(found("secret_options"), None);
        assert_eq!(found("password.a"), None);
    }
}
