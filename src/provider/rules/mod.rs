//! A kind with its types erased: what the engine calls.
//!
//! Objects go in and out as canonical attributes. The engine holds `&'static dyn Rules` from a
//! constant list and never sees a struct.

mod erased;

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Address, Map, Object, Record, Statement, Value, transcode};
use serde_json::Value as Json;

use crate::kind::{Alter, Capabilities, Kind, Nested, Problem, Standing, Suspension, Swap, Within};

pub use erased::rules;

/// The knowledge of one kind, on plain objects.
///
/// All methods but [`Rules::decode`] expect canonical attributes, as decode or a session made them;
/// anything else is a bug of the caller and panics with the kind and the reason.
pub trait Rules: Send + Sync {
    /// Returns the block name.
    fn name(&self) -> &'static str;
    /// Returns the namespace.
    fn namespace(&self) -> &'static str;
    /// Returns what objects stand inside of.
    fn within(&self) -> Option<Within>;
    /// Returns the attribute that says what names lie in, where that need not be what objects stand in.
    fn named_in(&self) -> Option<Within>;
    /// Returns the blocks inside that are objects of their own.
    fn nested(&self) -> &'static [Nested];
    /// Reports whether blocks of this kind are no objects but say something about others.
    fn is_clause(&self) -> bool;
    /// Reports whether objects of this kind are never declared but follow from other declarations.
    fn is_internal(&self) -> bool;
    /// Reports whether the platform rewrites expressions of this kind.
    fn is_rendered(&self) -> bool;
    /// Reports whether the platform carries objects along when a column they stand on is retyped, and may
    /// be left to do so.
    fn follows(&self, is_declared: bool) -> bool;
    /// Reports whether objects stay when one of another kind that they mention is dropped.
    fn outlives(&self, kind: &str) -> bool;
    /// Reports whether what is attached to an object, of the given kind, goes to another container with it.
    fn takes_along(&self, kind: &str) -> bool;
    /// Reports whether dropping and making again loses nothing.
    fn is_rebuildable(&self) -> bool;
    /// Returns whether objects are swapped.
    fn swap(&self) -> Swap;
    /// Returns the attributes that the platform does not show.
    fn kept(&self) -> &'static [&'static str];
    /// Returns what comes along with an object and has a name of its own that others could want.
    fn companions(&self, object: &Object, platform: &Capabilities) -> Vec<Address>;
    /// Returns the statements by which an object that was made beside its place takes it.
    fn publish(&self, object: &Object, made: &Object, platform: &Capabilities) -> Vec<Statement>;
    /// Returns the statements that get an object ready.
    fn ready(&self, object: &Object, platform: &Capabilities) -> Vec<Statement>;
    /// Returns what takes an object away where it is not to be.
    fn undo(&self, object: &Object, platform: &Capabilities) -> Option<model::Undo>;
    /// Returns how a live object that runs by itself is kept from it; `None` for what does not run.
    fn suspended(
        &self,
        live: &Object,
        declared: Option<&Object>,
        usual: Duration,
        platform: &Capabilities,
    ) -> Option<Suspension<Map>>;
    /// Returns a query that returns a row unless an object is live as it is.
    fn unlike(&self, object: &Object, platform: &Capabilities) -> Option<String>;
    /// Reports whether objects are best made last and dropped first.
    fn watches(&self) -> bool;
    /// Computes the JSON Schema of the attributes, without references to other schemas.
    fn schema(&self) -> Json;
    /// Returns the qualified name inside a parent.
    fn path(&self, parent: Option<&Address>, name: &str) -> Vec<String>;
    /// Returns the name that a declared object has by its contents.
    fn own_name(&self, body: &model::Body) -> Option<String>;
    /// Reports whether an object is called by its contents.
    fn is_by_contents(&self) -> bool;
    /// Returns the attribute whose value names an object, where it has no name of its own.
    fn named_by(&self) -> Option<&'static str>;
    /// Returns what tells a declared object from others with the same name.
    fn signature(&self, body: &model::Body) -> Option<String>;
    /// Turns attributes that satisfy the schema into an object in normal form.
    ///
    /// # Errors
    /// What is wrong with the object beyond what the schema says.
    fn decode(
        &self,
        address: &Address,
        attributes: Map,
        platform: &Capabilities,
    ) -> Result<Object, Vec<Problem>>;
    /// Settles a declared object against its live form.
    fn settle(
        &self,
        desired: &mut Object,
        live: &Object,
        standing: Standing<'_>,
        platform: &Capabilities,
    );
    /// Reports whether objects stay when what they are attached to is dropped.
    fn is_left_behind(&self) -> bool;
    /// Returns a live object as the platform brought it along.
    fn as_given(&self, live: &Object) -> Object;
    /// Takes our share out of a live object that is declared nowhere.
    fn give_back(&self, object: &mut Object, record: &Record, platform: &Capabilities);
    /// Returns an object without parts that can be taken away and given back.
    fn loosened(&self, object: &Object, parts: &BTreeSet<String>) -> Object;
    /// Returns an object out of its place under another one, with everything that it has from there. `find`
    /// finds what is above; `live` is the live form out of its place, where this is the desired one.
    fn out_of_place(
        &self,
        object: &Object,
        live: Option<&Object>,
        find: &dyn Fn(&Address) -> Option<Object>,
        platform: &Capabilities,
    ) -> Object;
    /// Returns the statements that make an object, without any row.
    fn create(&self, object: &Object, platform: &Capabilities) -> Vec<Statement>;
    /// Returns the statements that make an object with the rows that it is to have from others.
    fn fill(&self, object: &Object, platform: &Capabilities) -> Vec<Statement>;
    /// Returns how a live object becomes the desired one.
    fn alter(&self, live: &Object, desired: &Object, platform: &Capabilities) -> Alter;
    /// Returns the statements that drop a live object.
    fn remove(&self, object: &Object, platform: &Capabilities) -> Vec<Statement>;
    /// Reports whether live forms can make room for desired ones.
    fn makes_room(&self) -> bool;
    /// Returns the address of a live form that makes room for the desired one, or for one of another kind.
    fn aside(
        &self,
        live: &Object,
        desired: Option<&Object>,
        is_on_aside: bool,
        platform: &Capabilities,
    ) -> Option<Address>;
    /// Returns what else gets another name where a live object is called `to`, or becomes the desired one.
    fn along(
        &self,
        live: &Object,
        desired: Option<&Object>,
        to: &Address,
        platform: &Capabilities,
    ) -> Vec<(Address, Address)>;
    /// Returns the statements that make an object for which a live one made room.
    fn succeed(&self, desired: &Object, former: &Object, platform: &Capabilities)
    -> Vec<Statement>;
    /// Returns the statements that make an object beside its live form, and let it take its place.
    fn beside(
        &self,
        live: &Object,
        desired: &Object,
        name: &str,
        platform: &Capabilities,
    ) -> Option<Vec<Statement>>;
    /// Returns the statements that drop a live object that made room.
    fn leave(
        &self,
        object: &Object,
        successor: &Address,
        platform: &Capabilities,
    ) -> Vec<Statement>;
    /// Returns the statements that rename a live object, or `None` when that is not possible.
    fn rename(
        &self,
        object: &Object,
        to: &Address,
        platform: &Capabilities,
    ) -> Option<Vec<Statement>>;
}

/// Turns a typed object into canonical attributes.
///
/// # Panics
/// When the kind has no form as a map, which is a bug of the kind.
#[must_use]
pub fn encode<K: Kind>(typed: &K) -> Map {
    match transcode::to_value(typed) {
        Ok(Value::Map(map)) => model::value::prune(map),
        other => panic!("{} is a struct, not {other:?}", K::NAME),
    }
}

/// Turns canonical attributes into a typed object.
///
/// # Panics
/// When the attributes are not canonical, which is a bug of the caller.
#[must_use]
pub fn typed<K: Kind>(attributes: &Map) -> K {
    transcode::from_map(attributes).unwrap_or_else(|error| {
        panic!(
            "attributes of a {} are canonical: {error}: {attributes:?}",
            K::NAME
        )
    })
}

/// Puts the secrets of `from` back into `to`: a typed object knows only their fingerprints.
pub fn keep_secrets(from: &Map, to: &mut Map) {
    for (name, value) in from {
        match (value, to.get_mut(name)) {
            (Value::Secret(secret), Some(Value::Secret(kept))) if secret == kept => {
                *kept = secret.clone();
            }
            (Value::Map(from), Some(Value::Map(to))) => keep_secrets(from, to),
            _ => {}
        }
    }
}
