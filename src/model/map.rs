//! Named values in the order of their names: small, and shared until one of the owners changes them.
//!
//! What an object looks like is held by the live catalog, the desired one, the recorded one and the
//! plan at once, mostly with equal contents. So cloning costs nothing, comparing clones costs nothing,
//! and a map is as large as its entries.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;
use std::sync::{Arc, OnceLock};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fingerprint::Fingerprint;
use crate::value::Value;

/// Names are mostly those of fields, which need no room of their own.
type Name = Cow<'static, str>;

type Entry = (Name, Value);

/// An ordered map of attribute names to values.
#[derive(Clone, Default)]
pub struct Map(Option<Arc<Shared>>);

/// What the clones of a map have in common.
#[derive(Default)]
struct Shared {
    entries: Vec<Entry>,
    /// Computed when it is first asked for.
    fingerprint: OnceLock<Box<Fingerprint>>,
}

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            // It is cloned to be changed.
            fingerprint: OnceLock::new(),
        }
    }
}

impl Map {
    /// Makes an empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    fn entries(&self) -> &[Entry] {
        self.0.as_deref().map_or(&[], |shared| &shared.entries)
    }

    fn entries_mut(&mut self) -> &mut Vec<Entry> {
        let shared = Arc::make_mut(self.0.get_or_insert_default());
        shared.fingerprint.take();
        &mut shared.entries
    }

    /// Returns its fingerprint, which is computed once for all clones.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let compute = || Box::new(Fingerprint::of_map(self));
        match &self.0 {
            Some(shared) => **shared.fingerprint.get_or_init(compute),
            None => Fingerprint::of_map(self),
        }
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.entries()
            .binary_search_by(|(other, _)| other.as_ref().cmp(name))
    }

    /// Returns the value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).ok().map(|at| &self.entries()[at].1)
    }

    /// Returns the value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.find(name).ok()?;
        Some(&mut self.entries_mut()[at].1)
    }

    /// Returns the value of a name, to be changed; it is made where there is none.
    pub fn get_or_insert_with(
        &mut self,
        name: impl Into<Name>,
        make: impl FnOnce() -> Value,
    ) -> &mut Value {
        let name = name.into();
        let at = match self.find(&name) {
            Ok(at) => at,
            Err(at) => {
                let value = make();
                self.entries_mut().insert(at, (name, value));
                at
            }
        };
        &mut self.entries_mut()[at].1
    }

    /// Reports whether there is such a name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Sets the value of a name; returns the one it had.
    pub fn insert(&mut self, name: impl Into<Name>, value: Value) -> Option<Value> {
        let name = name.into();
        match self.find(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.entries_mut()[at].1, value)),
            Err(at) => {
                self.entries_mut().insert(at, (name, value));
                None
            }
        }
    }

    /// Takes a name out; returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.find(name).ok()?;
        Some(self.entries_mut().remove(at).1)
    }

    /// Keeps the entries that a function approves of.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        if !self.is_empty() {
            self.entries_mut()
                .retain_mut(|(name, value)| keep(name.as_ref(), value));
        }
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Reports whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Goes through the entries in the order of their names.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// Goes through the entries in the order of their names; the values may be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_> {
        self.into_iter()
    }

    /// Goes through the names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator + Clone {
        self.entries().iter().map(|(name, _)| name.as_ref())
    }

    /// Goes through the values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator + Clone {
        self.entries().iter().map(|(_, value)| value)
    }

    /// Goes through the values in the order of their names; they may be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.iter_mut().map(|(_, value)| value)
    }
}

/// The entries of a map in the order of their names.
pub type Iter<'a> =
    std::iter::Map<std::slice::Iter<'a, Entry>, fn(&'a Entry) -> (&'a str, &'a Value)>;

/// The entries of a map in the order of their names; the values may be changed.
pub type IterMut<'a> =
    std::iter::Map<std::slice::IterMut<'a, Entry>, fn(&'a mut Entry) -> (&'a str, &'a mut Value)>;

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries()
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        let shared = self.0.map(Arc::unwrap_or_clone).unwrap_or_default();
        shared.entries.into_iter()
    }
}

impl<N: Into<Name>> FromIterator<(N, Value)> for Map {
    /// The last value of a name counts.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Self {
        let named = |(name, value): (N, Value)| (name.into(), value);
        let mut entries: Vec<Entry> = entries.into_iter().map(named).collect();
        if entries.is_empty() {
            return Self::new();
        }
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            // Sorting keeps the order of equal names, and of these the first one stays.
            entries.reverse();
            entries.sort_by(|(one, _), (next, _)| one.cmp(next));
            entries.dedup_by(|(one, _), (kept, _)| one == kept);
        }
        entries.shrink_to_fit();
        Self(Some(Arc::new(Shared {
            entries,
            fingerprint: OnceLock::new(),
        })))
    }
}

impl<K: Into<Name>, const N: usize> From<[(K, Value); N]> for Map {
    fn from(entries: [(K, Value); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<N: Into<Name>> Extend<(N, Value)> for Map {
    fn extend<I: IntoIterator<Item = (N, Value)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl Index<&str> for Map {
    type Output = Value;

    /// # Panics
    /// Where there is no such name.
    fn index(&self, name: &str) -> &Value {
        let at = self.find(name);
        &self.entries()[at.unwrap_or_else(|_| panic!("no attribute `{name}`"))].1
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(another)) if Arc::ptr_eq(one, another) => true,
            _ => self.entries() == other.entries(),
        }
    }
}

impl Eq for Map {}

impl PartialOrd for Map {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Map {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.entries().cmp(other.entries())
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a str, &'a mut Value);
    type IntoIter = IterMut<'a>;

    fn into_iter(self) -> Self::IntoIter {
        let entries = match self.is_empty() {
            true => &mut [],
            false => self.entries_mut().as_mut_slice(),
        };
        let shown: fn(&'a mut Entry) -> _ = |entry| (entry.0.as_ref(), &mut entry.1);
        entries.iter_mut().map(shown)
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = BTreeMap::<String, Value>::deserialize(deserializer)?;
        Ok(entries.into_iter().collect())
    }
}

impl JsonSchema for Map {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Map".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Value>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::Map;
    use crate::fingerprint::Fingerprint;
    use crate::value::Value;

    #[derive(Debug, Clone)]
    enum Act {
        Insert(String, i64),
        Remove(String),
        Change(String, i64),
        Default(String, i64),
        RetainBelow(i64),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let name = || "[a-e]{0,2}";
        let act = prop_oneof![
            (name(), 0..9_i64).prop_map(|(name, value)| Act::Insert(name, value)),
            name().prop_map(Act::Remove),
            (name(), 0..9_i64).prop_map(|(name, value)| Act::Change(name, value)),
            (name(), 0..9_i64).prop_map(|(name, value)| Act::Default(name, value)),
            (0..9_i64).prop_map(Act::RetainBelow),
        ];
        proptest::collection::vec(act, 0..40)
    }

    fn entries(map: &BTreeMap<String, Value>) -> Vec<(Cow<'static, str>, Value)> {
        let owned = |(name, value): (&String, &Value)| (name.clone().into(), value.clone());
        map.iter().map(owned).collect()
    }

    proptest! {
        /// Whatever happens to it, it holds what the map of the standard library holds, and what was
        /// cloned before does not change with it.
        #[test]
        fn is_a_map(acts in acts()) {
            let (mut map, mut model) = (Map::new(), BTreeMap::new());
            for act in acts {
                let (cloned, before) = (map.clone(), entries(&model));
                match act {
                    Act::Insert(name, value) => prop_assert_eq!(
                        map.insert(name.clone(), Value::Integer(value)),
                        model.insert(name, Value::Integer(value))
                    ),
                    Act::Remove(name) => prop_assert_eq!(map.remove(&name), model.remove(&name)),
                    Act::Change(name, value) => {
                        let (one, other) = (map.get_mut(&name), model.get_mut(&name));
                        prop_assert_eq!(&one, &other);
                        one.into_iter().chain(other).for_each(|it| *it = Value::Integer(value));
                    }
                    Act::Default(name, value) => prop_assert_eq!(
                        map.get_or_insert_with(name.clone(), || Value::Integer(value)),
                        model.entry(name).or_insert(Value::Integer(value))
                    ),
                    Act::RetainBelow(bound) => {
                        let keep = |value: &Value| *value < Value::Integer(bound);
                        map.retain(|_, value| keep(value));
                        model.retain(|_, value| keep(value));
                    }
                }
                prop_assert_eq!(map.clone().into_iter().collect::<Vec<_>>(), entries(&model));
                prop_assert_eq!(map.fingerprint(), Fingerprint::of_map(&map));
                prop_assert_eq!(cloned.into_iter().collect::<Vec<_>>(), before);
            }
        }

        /// The last value of a name counts, as in the map of the standard library.
        #[test]
        fn collects_as_a_map(pairs in proptest::collection::vec(("[a-c]{0,2}", 0..9_i64), 0..20)) {
            let pairs = pairs.into_iter().map(|(name, value)| (name, Value::Integer(value)));
            let map: Map = pairs.clone().collect();
            prop_assert_eq!(map.into_iter().collect::<Vec<_>>(), entries(&pairs.collect()));
        }
    }
}
