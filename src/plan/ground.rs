//! The platforms of a project, as far as planning needs them.

use std::collections::BTreeMap;

use model::Address;
use provider::{Capabilities, Provider, Rules};

/// One platform.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Its pure knowledge.
    pub provider: &'a dyn Provider,
    /// What is known of the server.
    pub platform: &'a Capabilities,
}

/// The platforms of a project, by provider name with alias.
#[derive(Clone, Default)]
pub struct Grounds<'a> {
    by_name: BTreeMap<String, Ground<'a>>,
    kinds: BTreeMap<(&'static str, &'static str), &'static dyn Rules>,
}

impl<'a> Grounds<'a> {
    /// Adds a platform under its provider name with alias.
    pub fn add(&mut self, name: impl Into<String>, ground: Ground<'a>) {
        for rules in ground.provider.kinds() {
            self.kinds
                .insert((ground.provider.name(), rules.name()), *rules);
        }
        self.by_name.insert(name.into(), ground);
    }

    /// Returns the platform with a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Ground<'a>> {
        self.by_name.get(name).copied()
    }

    /// Returns the names of all platforms, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Returns all platforms with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Ground<'a>)> {
        self.by_name
            .iter()
            .map(|(name, ground)| (name.as_str(), *ground))
    }

    /// Returns the name of the platform that objects of a kind belong to by default, with the rules
    /// of the kind.
    #[must_use]
    pub fn default_for(&self, kind: &str) -> Option<(&str, Ground<'a>, &'static dyn Rules)> {
        self.iter().find_map(|(name, ground)| {
            self.kinds
                .get(&(ground.provider.name(), kind))
                .filter(|rules| !rules.is_internal())
                .map(|rules| (name, ground, *rules))
        })
    }

    /// Returns the rules of an object's kind; `None` for kinds that nobody manages.
    #[must_use]
    pub fn rules(&self, address: &Address) -> Option<&'static dyn Rules> {
        let ground = self.by_name.get(address.provider())?;
        self.kinds
            .get(&(ground.provider.name(), address.kind()))
            .copied()
    }

    /// Returns the platform an object belongs to.
    #[must_use]
    pub fn of(&self, address: &Address) -> Option<Ground<'a>> {
        self.get(address.provider())
    }

    /// Returns the names of all kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().map(|(_, kind)| *kind)
    }
}
