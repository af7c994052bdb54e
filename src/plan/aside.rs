//! Live forms that make room: what cannot be altered, and what much stands on.
//!
//! A type that tables use cannot be dropped, and often not be altered. So its live form gets another name,
//! the next one is made beside it, everything that stands on it is altered to stand on the next one, and
//! then it goes. What stands on something that makes room may have to make room in turn.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Map, Object};

use crate::settle::settle;
use crate::situation::Situation;

impl Situation<'_> {
    /// Gives the live forms that must make room for the declared ones another name. What has their names
    /// in it may have to make room in turn. `forms` is how the platform would write declared texts; where
    /// that must be known, and is not yet, nothing makes room.
    #[must_use]
    pub fn with_asides(mut self, forms: &BTreeMap<Address, Map>) -> Self {
        if self.wishes.destroy {
            return self;
        }
        loop {
            let mut asides = self.aside(forms);
            asides.extend(self.aside_for_others());
            if asides.is_empty() {
                return self;
            }
            let successors: Vec<_> = asides
                .iter()
                .map(|(former, _)| self.successor(former).unwrap_or_else(|| former.clone()))
                .collect();
            let mut renamed = asides.clone();
            renamed.extend(self.along(&asides));
            let followers = self.called_by(&renamed);
            let own: Vec<_> = asides.iter().map(|(_, aside)| aside.clone()).collect();
            let own = own.into_iter().zip(successors);
            self.carry(asides, Vec::new(), &BTreeMap::new());
            let is_declared = |former: &Address| self.desired.catalog.contains(former);
            let followers = followers.into_iter().map(|(former, aside)| (aside, former));
            let followers: Vec<_> = followers
                .filter(|(_, former)| is_declared(former))
                .collect();
            self.asides.extend(own.chain(followers));
        }
    }

    /// Returns what is declared under the name of a live object that is not declared any more, and is of
    /// another kind.
    fn successor(&self, live: &Address) -> Option<Address> {
        if self.desired.catalog.contains(live) {
            return None;
        }
        let namespace = self.grounds.rules(live)?.namespace();
        let kinds = self.grounds.of(live)?.provider.kinds().iter();
        let mut kinds = kinds.filter(|rules| rules.namespace() == namespace && rules.makes_room());
        kinds.find_map(|rules| {
            let successor = live.sibling(rules.name(), live.path());
            let origin = self.desired.origins.get(&successor)?;
            let is_new = !origin.partial && !self.live.contains(&successor);
            is_new.then_some(successor)
        })
    }

    /// Returns the live objects that must make room for what is of another kind, with the names they get.
    fn aside_for_others(&self) -> Vec<(Address, Address)> {
        let moved = |live: &Object| {
            let (rules, ground) = (
                self.grounds.rules(&live.address)?,
                self.grounds.of(&live.address)?,
            );
            if !rules.makes_room() || self.asides.contains_key(&live.address) {
                return None;
            }
            self.successor(&live.address)?;
            let aside = rules.aside(live, None, false, ground.platform)?;
            let is_free = !self.live.contains(&aside) && !self.desired.catalog.contains(&aside);
            let stands = |object: &Object| {
                let mut under = object.stands_on().into_iter();
                under.any(|edge| edge.on == live.address)
            };
            (is_free && self.live.iter().any(stands)).then(|| (live.address.clone(), aside))
        };
        self.live.iter().filter_map(moved).collect()
    }

    /// Returns the live objects that must make room, with the names they get.
    fn aside(&self, forms: &BTreeMap<Address, Map>) -> Vec<(Address, Address)> {
        let mut beneath = None;
        let moved = self.desired.catalog.iter().filter_map(|object| {
            let address = &object.address;
            let (rules, ground) = (self.grounds.rules(address)?, self.grounds.of(address)?);
            if !rules.makes_room() {
                return None;
            }
            let live = self.live.get(address)?;
            let origin = self.desired.origins.get(address)?;
            if origin.partial || self.is_settled(address) {
                return None;
            }
            let mut under = live.stands_on().into_iter();
            let is_on_aside = under.any(|edge| self.asides.contains_key(&edge.on));
            let form = forms.get(address);
            if rules.is_rendered() && form.is_none() && !is_on_aside {
                return None;
            }
            let platform = ground.platform;
            let record = self.records.get(address);
            let next = settle(rules, platform, object, origin, live, record, form).object;
            let aside = rules.aside(live, Some(&next), is_on_aside, platform)?;
            let is_free = !self.live.contains(&aside) && !self.desired.catalog.contains(&aside);
            // What nothing stands on can be dropped first.
            let beneath = beneath.get_or_insert_with(|| {
                let objects = self.live.iter();
                let edges = objects.flat_map(Object::stands_on);
                edges.map(|edge| edge.on).collect::<BTreeSet<_>>()
            });
            (is_free && beneath.contains(address)).then(|| (address.clone(), aside))
        });
        moved.collect()
    }
}
