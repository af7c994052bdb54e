//! What stands on the fake platform, and what it refuses.

use model::{Address, Catalog, Map, Object, Value};
use serde::{Deserialize, Serialize};

use super::kinds::{edges_of, parts_of};
use super::provider::Fake;
use crate::provider::Provider;

/// One statement of the fake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Makes an object.
    Make {
        /// Its address.
        address: Address,
        /// Its attributes.
        attributes: Value,
    },
    /// Gives an object other attributes.
    Change {
        /// Its address.
        address: Address,
        /// Its attributes.
        attributes: Value,
    },
    /// Drops an object.
    Drop {
        /// Its address.
        address: Address,
    },
    /// Gives an object, and everything inside it, another name.
    Rename {
        /// The present address.
        from: Address,
        /// The next address.
        to: Address,
    },
}

impl Operation {
    /// Writes the operation as a statement.
    ///
    /// # Panics
    /// Never: every operation has a JSON form.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("every operation has a JSON form")
    }
}

/// The objects of the fake platform.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct World {
    objects: Catalog,
}

/// Rewrites an address that is or lies inside `from`.
fn rebase(address: &mut Address, from: &Address, to: &Address) {
    if address == from {
        *address = to.clone();
    } else if from.kind() == "area"
        && address.path().len() > from.path().len()
        && address.path().starts_with(from.path())
    {
        let rest = &address.path()[from.path().len()..];
        *address = address.sibling(address.kind(), to.path().iter().chain(rest).cloned());
    }
}

impl World {
    /// Returns everything there is.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.objects
    }

    /// Puts objects there, whatever they are.
    #[must_use]
    pub fn of(objects: Catalog) -> Self {
        Self { objects }
    }

    /// Carries out a statement.
    ///
    /// # Errors
    /// Why the platform refuses it.
    pub fn run(&mut self, text: &str) -> Result<(), String> {
        match serde_json::from_str(text).map_err(|error| format!("syntax error: {error}"))? {
            Operation::Make {
                address,
                attributes: Value::Map(attributes),
            } => self.make(&address, attributes),
            Operation::Change {
                address,
                attributes: Value::Map(attributes),
            } => self.change(&address, attributes),
            Operation::Make { .. } | Operation::Change { .. } => Err("syntax error".to_owned()),
            Operation::Drop { address } => self.drop(&address),
            Operation::Rename { from, to } => self.rename(&from, &to),
        }
    }

    fn take_name(&self, address: &Address) -> Result<(), String> {
        let namespace = |kind: &str| {
            Fake.kinds()
                .iter()
                .find(|rules| rules.name() == kind)
                .map(|rules| rules.namespace())
        };
        let taken = self.objects.addresses().find(|other| {
            other.path() == address.path() && namespace(other.kind()) == namespace(address.kind())
        });
        taken.map_or(Ok(()), |other| Err(format!("{other} already exists")))
    }

    fn find_ground(&self, object: &Object) -> Result<(), String> {
        for edge in object.stands_on() {
            let Some(ground) = self.objects.get(&edge.on) else {
                return Err(format!("{} does not exist", edge.on));
            };
            if let Some(part) = &edge.part
                && !parts_of(&ground.address, &ground.attributes).contains_key(part)
            {
                return Err(format!("{} has no {part}", edge.on));
            }
        }
        Ok(())
    }

    fn canonical(address: &Address, mut attributes: Map) -> Object {
        if let Some(Value::Text(body)) = attributes.get_mut("body") {
            *body = body.to_lowercase();
        }
        let edges = edges_of(address, &attributes);
        Object {
            edges,
            ..Object::new(address.clone(), attributes)
        }
    }

    fn make(&mut self, address: &Address, attributes: Map) -> Result<(), String> {
        self.take_name(address)?;
        let object = Self::canonical(address, attributes);
        self.find_ground(&object)?;
        self.objects.insert(object);
        Ok(())
    }

    fn change(&mut self, address: &Address, attributes: Map) -> Result<(), String> {
        let Some(old) = self.objects.get(address) else {
            return Err(format!("{address} does not exist"));
        };
        if old.attributes.get("shape") != attributes.get("shape") {
            return Err(format!("the shape of {address} cannot be changed"));
        }
        let new = Self::canonical(address, attributes);
        self.find_ground(&new)?;
        let after = parts_of(address, &new.attributes);
        for (part, sort) in parts_of(address, &old.attributes) {
            let change = after.get(&part);
            if change == Some(&sort) {
                continue;
            }
            for other in self.objects.iter() {
                let stands = other
                    .edges
                    .iter()
                    .any(|edge| edge.on == *address && edge.part.as_ref() == Some(&part));
                if stands && (change.is_none() || other.address.kind() != "badge") {
                    return Err(format!("{} stands on {part} of {address}", other.address));
                }
            }
        }
        self.objects.insert(new);
        Ok(())
    }

    fn drop(&mut self, address: &Address) -> Result<(), String> {
        if !self.objects.contains(address) {
            return Err(format!("{address} does not exist"));
        }
        for other in self.objects.iter() {
            if other.stands_on().iter().any(|edge| edge.on == *address) {
                return Err(format!("{address} is still needed by {}", other.address));
            }
        }
        self.objects.remove(address);
        Ok(())
    }

    fn rename(&mut self, from: &Address, to: &Address) -> Result<(), String> {
        if !self.objects.contains(from) {
            return Err(format!("{from} does not exist"));
        }
        self.take_name(to)?;
        self.objects = std::mem::take(&mut self.objects)
            .into_iter()
            .map(|object| {
                let mut address = object.address;
                rebase(&mut address, from, to);
                let mut attributes = Value::Map(object.attributes);
                attributes.rewrite(&mut |_| {}, &mut |reference| rebase(reference, from, to));
                let Value::Map(attributes) = attributes else {
                    unreachable!("it was a map")
                };
                Self::canonical(&address, attributes)
            })
            .collect();
        Ok(())
    }
}
