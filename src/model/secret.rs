//! A text that is used and never shown: passwords and whatever else opens doors.
//!
//! A secret has two faces. Its *text* exists only in memory, between the expression that gave it and
//! the statement that needs it. Its *fingerprint* is all that is compared, stored or shown. The
//! fingerprint is slow to compute on purpose: it lies in tables that people may query, and must not
//! be a quick way to guess a password.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
        crate::value::Value::Secret(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::value::Value::deserialize(deserializer)? {
            crate::value::Value::Secret(secret) => Ok(secret),
            _ => Err(serde::de::Error::custom("not a secret")),
        }
    }
}
