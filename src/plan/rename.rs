//! Declared renames: live objects and records move to their next addresses before anything is
//! compared.
//!
//! A rename is declared by a `moved` block, or by giving a declaration that is already ours another
//! `name` or another container. Nothing is ever guessed to be a rename. Whatever lies inside a
//! renamed container follows it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{
    Address, Catalog, DeclarationId, Import, Moved, Object, PartRename, Records, Selector, Value,
};

use crate::situation::{RenamedPart, Situation};

/// Follows `moved` blocks from a former name to the present one.
fn present_name(id: &DeclarationId, moved: &[Moved]) -> DeclarationId {
    let mut name = id.clone();
    for _ in 0..=moved.len() {
        let Some(step) = moved.iter().find(|step| step.from.matches(&name)) else {
            break;
        };
        let next = step.from.moved(&step.to, &name);
        if next == name {
            break;
        }
        name = next;
    }
    name
}

/// Rewrites an address that is `from` or lies inside it.
fn rebase(address: &Address, renames: &[(Address, Address)]) -> Option<Address> {
    let mut rebased: Option<Address> = None;
    for (from, to) in renames {
        let present = rebased.as_ref().unwrap_or(address);
        if present == from {
            rebased = Some(to.clone());
        } else if present.provider() == from.provider()
            && present.path().len() > from.path().len()
            && present.path().starts_with(from.path())
            && to.path().len() == from.path().len()
        {
            let rest = &present.path()[from.path().len()..];
            rebased = Some(present.sibling(present.kind(), to.path().iter().chain(rest).cloned()));
        }
    }
    rebased
}

impl Situation<'_> {
    /// Finds declared renames and carries live objects and records over to their next addresses.
    #[must_use]
    pub fn with_renames(mut self) -> Self {
        let by_id: BTreeMap<&DeclarationId, &Address> = self
            .desired
            .origins
            .iter()
            .filter(|(_, origin)| !origin.partial)
            .map(|(address, origin)| (&origin.id, address))
            .collect();
        let mut candidates = Vec::new();
        let mut names = BTreeMap::new();
        for record in self.records.values() {
            let id = present_name(&record.claim.id, &self.wishes.moved);
            if let Some(next) = by_id.get(&id)
                && **next != record.address
                && !record.claim.partial
            {
                candidates.push((record.address.clone(), (*next).clone()));
            }
            if id != record.claim.id {
                names.insert(record.address.clone(), id);
            }
        }
        for import in &self.wishes.imports {
            if let Some(to) = by_id.get(&import.to)
                && let Some(from) = self.imported(import, to)
                && from != **to
            {
                candidates.push((from, (*to).clone()));
            }
        }
        // Containers first: what lies inside a renamed one follows without a rename of its own. What has
        // the names of others in its own comes after them.
        let readdressed = |address: &Address, renames: &[(Address, Address)]| {
            let ground = self.grounds.of(address)?;
            ground.provider.readdressed(address, renames)
        };
        let all = candidates.clone();
        candidates.sort_by_cached_key(|(from, _)| {
            let goes_along = self.holder(from).is_some();
            (
                from.path().len(),
                goes_along,
                readdressed(from, &all).is_some(),
            )
        });
        let mut renames: Vec<(Address, Address)> = Vec::new();
        let mut taken: Vec<(Address, Address)> = Vec::new();
        for (from, to) in candidates {
            let rebased = rebase(&from, &renames).unwrap_or_else(|| from.clone());
            let rebased = rebase(&rebased, &taken).unwrap_or(rebased);
            let called = readdressed(&rebased, &renames);
            let present = called.clone().unwrap_or_else(|| rebased.clone());
            if present != to && self.can_rename(&from, &present, &to) {
                taken.extend(self.taken_along(&from, &present, &to));
                renames.extend(called.map(|called| (rebased, called)));
                renames.push((present, to));
            }
        }
        self.carry(renames, taken, &names);
        self.rename_parts();
        self.with_new_names();
        self.with_asides(&BTreeMap::new())
    }

    /// Gives parts of live objects the names that `moved` blocks say, where they have them not yet.
    fn rename_parts(&mut self) {
        let mut along = Vec::new();
        for moved in &self.wishes.moved {
            let (Some((kind, from)), Some((next_kind, to))) = (&moved.from.part, &moved.to.part)
            else {
                continue;
            };
            if kind != next_kind {
                continue;
            }
            let whole = Selector {
                part: None,
                ..moved.to.clone()
            };
            let [there, back] = [(from, to), (to, from)].map(|(from, to)| PartRename {
                kind: kind.clone(),
                from: from.clone(),
                to: to.clone(),
            });
            let origins = self.desired.origins.iter();
            let meant = origins.filter(|(_, origin)| {
                !origin.partial && origin.id.part.is_none() && whole.matches(&origin.id)
            });
            for (address, _) in meant {
                let (Some(live), Some(desired), Some(ground)) = (
                    self.live.get(address),
                    self.desired.catalog.get(address),
                    self.grounds.of(address),
                ) else {
                    continue;
                };
                // The former name is live and no longer declared, the next one declared and not live.
                let (provider, platform) = (&ground.provider, ground.platform);
                let is_declared = provider.rename_part(desired, &back).is_some();
                let Some(statements) = provider.rename_part(live, &there).filter(|_| is_declared)
                else {
                    continue;
                };
                let live = &*self.live;
                along.extend(provider.along_part(live, &self.desired.catalog, address, &there));
                provider.reword_part(self.live.to_mut(), address, &there, platform);
                self.parts
                    .entry(address.clone())
                    .or_default()
                    .push(RenamedPart {
                        rename: there.clone(),
                        statements,
                    });
            }
        }
        if !along.is_empty() {
            self.carry(along, Vec::new(), &BTreeMap::new());
        }
    }

    /// Carries live objects and records over to their next addresses.
    pub(crate) fn carry(
        &mut self,
        mut renames: Vec<(Address, Address)>,
        taken: Vec<(Address, Address)>,
        names: &BTreeMap<Address, DeclarationId>,
    ) {
        let own = renames.len();
        renames.extend(taken);
        renames.extend(self.along(&renames[..own]));
        self.carry_all(renames, own, names);
    }

    /// Returns what a live object is attached to and goes to another container with.
    fn holder(&self, address: &Address) -> Option<&Address> {
        let holder = self.live.get(address)?.attached.as_ref()?;
        let rules = self.grounds.rules(holder)?;
        rules.takes_along(address.kind()).then_some(holder)
    }

    /// Returns what goes along where a live object that is called `present` by then goes to another container.
    fn taken_along(
        &self,
        from: &Address,
        present: &Address,
        to: &Address,
    ) -> Vec<(Address, Address)> {
        let (Some((_, left)), Some((_, into))) =
            (present.path().split_last(), to.path().split_last())
        else {
            return Vec::new();
        };
        if left == into {
            return Vec::new();
        }
        let along = self.live.addresses().filter(|address| {
            self.holder(address) == Some(from) && address.path().len() == from.path().len()
        });
        let next = |address: &Address| {
            let name = [address.name().to_owned()];
            let [before, after] =
                [left, into].map(|place| place.iter().chain(&name).cloned().collect::<Vec<_>>());
            let [before, after] = [before, after].map(|path| address.sibling(address.kind(), path));
            (before, after)
        };
        along.map(next).collect()
    }

    /// Writes the texts of live objects with the names that what stays where it is gives to others.
    fn with_new_names(&mut self) {
        if self.wishes.destroy {
            return;
        }
        let stays = |object: &Object| {
            let address = &object.address;
            let makes_room = self.grounds.rules(address)?.makes_room();
            let stays = makes_room && self.live.contains(address) && !self.is_settled(address);
            stays.then(|| (address.clone(), address.clone()))
        };
        let stays: Vec<_> = self.desired.catalog.iter().filter_map(stays).collect();
        let renames = self.along(&stays);
        if !renames.is_empty() {
            self.carry_all(renames, 0, &BTreeMap::new());
        }
    }

    /// Returns what else gets another name where live objects get theirs, or become what is declared.
    pub(crate) fn along(&self, renames: &[(Address, Address)]) -> Vec<(Address, Address)> {
        let along = |(from, to): &(Address, Address)| {
            let (rules, ground) = (self.grounds.rules(from)?, self.grounds.of(from)?);
            // What only bears our grants says nothing else.
            let is_whole = |_: &&Object| {
                let origin = self.desired.origins.get(to);
                origin.is_some_and(|origin| !origin.partial)
            };
            let desired = self.desired.catalog.get(to).filter(is_whole);
            Some(rules.along(self.live.get(from)?, desired, to, ground.platform))
        };
        renames.iter().filter_map(along).flatten().collect()
    }

    /// Carries over what the first `own` renames are of, with a step of its own, and what follows.
    fn carry_all(
        &mut self,
        mut renames: Vec<(Address, Address)>,
        own: usize,
        names: &BTreeMap<Address, DeclarationId>,
    ) {
        renames.extend(self.namesakes(&renames));
        renames.extend(self.called_by(&renames));
        if !names.is_empty() || !renames.is_empty() {
            let records = std::mem::take(self.records.to_mut());
            self.records = Cow::Owned(carry_records(records, names, &renames, &mut self.carried));
        }
        if renames.is_empty() {
            return;
        }
        let live = std::mem::take(self.live.to_mut());
        let reword = |object: &mut Object| {
            if let Some(ground) = self.grounds.of(&object.address) {
                ground.provider.reword(object, &renames);
            }
        };
        let live = carry_live(live, &renames, own, &mut self.renames, reword);
        self.live = Cow::Owned(live);
    }

    /// Returns the renames of live objects whose names have those of renamed ones in them.
    pub(crate) fn called_by(&self, renames: &[(Address, Address)]) -> Vec<(Address, Address)> {
        if renames.is_empty() {
            return Vec::new();
        }
        let next = |address: &Address| {
            let ground = self.grounds.of(address)?;
            let address = rebase(address, renames).unwrap_or_else(|| address.clone());
            let next = ground.provider.readdressed(&address, renames)?;
            Some((address, next))
        };
        self.live.addresses().filter_map(next).collect()
    }

    /// Returns the name under which an `import` block takes over a live object that is not ours yet.
    #[must_use]
    pub fn importing(&self, address: &Address) -> Option<&str> {
        let origin = self.desired.origins.get(address)?;
        if self.wishes.destroy || self.records.contains_key(address) || !self.live.contains(address)
        {
            return None;
        }
        let present = self.renames.get(address).unwrap_or(address);
        let import = self.wishes.imports.iter().find(|import| {
            import.to == origin.id && self.imported(import, address).as_ref() == Some(present)
        });
        import.map(|import| import.id.as_str())
    }

    /// Returns the live object that an `import` block means.
    fn imported(&self, import: &Import, to: &Address) -> Option<Address> {
        let declared: Vec<Address> = self.desired.catalog.addresses().cloned().collect();
        let ground = self.grounds.of(to)?;
        let kinds = [to.kind()];
        ground
            .provider
            .named(to.provider(), &kinds, &import.id, &declared)
            .ok()
    }

    /// Returns the renames of live objects that are called like something that is renamed.
    fn namesakes(&self, renames: &[(Address, Address)]) -> Vec<(Address, Address)> {
        if renames.is_empty() {
            return Vec::new();
        }
        let named = |object: &Object| {
            let by = self.grounds.rules(&object.address)?.named_by()?;
            let Some(Value::Reference(namer)) = object.attributes.get(by) else {
                return None;
            };
            let (_, next) = renames.iter().find(|(from, _)| from == namer)?;
            let present = rebase(&object.address, renames).unwrap_or(object.address.clone());
            let mut path = present.path().to_vec();
            *path.last_mut()? = next.name().to_owned();
            let next = present.sibling(present.kind(), path);
            (!self.live.contains(&next)).then_some((present, next))
        };
        self.live.iter().filter_map(named).collect()
    }

    /// Reports whether the platform can call the live object at `from` by its next address. It will
    /// be called `present` by then.
    fn can_rename(&self, from: &Address, present: &Address, to: &Address) -> bool {
        let (Some(live), Some(ground)) = (self.live.get(from), self.grounds.of(from)) else {
            return false;
        };
        let live = Object {
            address: present.clone(),
            ..live.clone()
        };
        !self.live.contains(to)
            && from.kind() == to.kind()
            && from.provider() == to.provider()
            && self
                .grounds
                .rules(to)
                .and_then(|rules| rules.rename(&live, to, ground.platform))
                .is_some()
    }
}

fn carry_records(
    records: Records,
    names: &BTreeMap<Address, DeclarationId>,
    renames: &[(Address, Address)],
    carried: &mut BTreeMap<Address, Address>,
) -> Records {
    records
        .into_values()
        .map(|mut record| {
            if let Some(id) = names.get(&record.address) {
                record.claim.id = id.clone();
            }
            if let Some(next) = rebase(&record.address, renames) {
                let first = carried.remove(&record.address);
                carried.insert(next.clone(), first.unwrap_or(record.address));
                record.address = next;
            }
            (record.address.clone(), record)
        })
        .collect()
}

/// Only the first `own` renames have a step of their own.
fn carry_live(
    live: Catalog,
    renames: &[(Address, Address)],
    own: usize,
    former: &mut BTreeMap<Address, Address>,
    reword: impl Fn(&mut Object),
) -> Catalog {
    live.into_iter()
        .map(|mut object| {
            if let Some(next) = rebase(&object.address, renames) {
                if let Some((from, _)) = renames[..own].iter().find(|(_, to)| *to == next) {
                    let first = former.remove(from);
                    former.insert(next.clone(), first.unwrap_or_else(|| from.clone()));
                }
                object.address = next;
            }
            let mut attributes = Value::Map(object.attributes);
            attributes.rewrite(&mut |_| {}, &mut |reference| {
                if let Some(next) = rebase(reference, renames) {
                    *reference = next;
                }
            });
            let Value::Map(attributes) = attributes else {
                unreachable!("it was a map")
            };
            object.attributes = attributes;
            object.edges = object
                .edges
                .into_iter()
                .map(|mut edge| {
                    if let Some(next) = rebase(&edge.on, renames) {
                        edge.on = next;
                    }
                    edge
                })
                .collect();
            if let Some(next) = object.attached.as_ref().and_then(|on| rebase(on, renames)) {
                object.attached = Some(next);
            }
            reword(&mut object);
            object
        })
        .collect()
}
