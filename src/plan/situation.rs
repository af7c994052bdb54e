//! Everything a plan is made from, side by side.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{
    Address, Catalog, DeclarationId, Import, Map, Moved, PartRename, Records, Removed, Selector,
    Statement, Strategy,
};
use provider::Desired;

use crate::ground::Grounds;
use crate::kept;
use crate::snapshot::{Keeping, Refills};

/// How far "ours" reaches beyond what is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prune {
    /// No further.
    #[default]
    Nothing,
    /// To everything inside the databases and schemas that the files declare.
    Declared,
    /// To what belongs to the server as a whole, too.
    Cluster,
}

/// What the person asked for.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// How far "ours" reaches.
    pub prune: Prune,
    /// Whether everything that is ours goes.
    pub destroy: bool,
    /// What is made anew though nothing has changed.
    pub rebuild: Vec<Selector>,
    /// Only these and what they need; empty for everything.
    pub targets: Vec<Selector>,
    /// Declared renames.
    pub moved: Vec<Moved>,
    /// Declared ends of interest.
    pub removed: Vec<Removed>,
    /// Declared take-overs.
    pub imports: Vec<Import>,
    /// How changes run, where an object does not say so itself.
    pub strategy: Option<Strategy>,
    /// How long what runs may take to end before it changes, where it does not say so itself.
    pub drain_timeout: Option<Duration>,
    /// What becomes of what would be lost; nothing is kept when absent.
    pub snapshots: Option<Keeping>,
    /// Snapshots whose rows come back.
    pub refills: Refills,
}

/// A part of a live object that gets another name.
#[derive(Debug, Clone)]
pub struct RenamedPart {
    /// What it is, and its names.
    pub rename: PartRename,
    /// What gives it the other one.
    pub statements: Vec<Statement>,
}

/// Who else declares an object that several projects share.
pub type Others = BTreeMap<Address, Vec<String>>;

/// The three catalogs and what the person asked for.
#[derive(Clone)]
pub struct Situation<'a> {
    /// The platforms.
    pub grounds: &'a Grounds<'a>,
    /// What should be.
    pub desired: &'a Desired,
    /// What is.
    pub live: Cow<'a, Catalog>,
    /// What is ours.
    pub records: Cow<'a, Records>,
    /// What the person asked for.
    pub wishes: &'a Wishes,
    /// Who else declares shared objects.
    pub others: &'a Others,
    /// Former addresses of objects that a declared rename gives another, by their next address.
    pub renames: BTreeMap<Address, Address>,
    /// Parts that a declared rename gives other names, by the next address of their objects.
    pub parts: BTreeMap<Address, Vec<RenamedPart>>,
    /// Live objects that make room for what is declared under the name they had, and that name.
    pub asides: BTreeMap<Address, Address>,
    /// The addresses that records had, by those they were carried over to.
    pub carried: BTreeMap<Address, Address>,
}

impl Situation<'_> {
    /// Returns the parts of an object that get other names.
    #[must_use]
    pub fn parts_of(&self, address: &Address) -> Vec<RenamedPart> {
        self.parts.get(address).cloned().unwrap_or_default()
    }

    /// Returns the declaration of an object, present or former.
    #[must_use]
    pub fn id(&self, address: &Address) -> Option<&DeclarationId> {
        let declared = self.desired.origins.get(address).map(|origin| &origin.id);
        declared.or_else(|| self.records.get(address).map(|record| &record.claim.id))
    }

    /// Names an object as the person who wrote the files knows it.
    #[must_use]
    pub fn name(&self, address: &Address) -> String {
        match self.id(address) {
            Some(id) => format!("`{id}` ({} {})", address.kind(), address.qualified_name()),
            None => format!("{} {}", address.kind(), address.qualified_name()),
        }
    }

    /// Returns the live object that makes room for a declared one.
    #[must_use]
    pub fn predecessor(&self, address: &Address) -> Option<&model::Object> {
        let mut asides = self.asides.iter();
        let (aside, _) = asides.find(|(_, former)| *former == address)?;
        self.live.get(aside)
    }

    /// Says why an object is not seen even where it is live; `None` where it is or would be.
    #[must_use]
    pub fn hidden(&self, address: &Address) -> Option<String> {
        if self.live.contains(address) {
            return None;
        }
        let ground = self.grounds.of(address)?;
        let record = self.records.get(address);
        let recorded = record.and_then(|record| record.content.as_ref());
        let declared = self.desired.catalog.get(address);
        let known = [recorded, declared.map(|declared| &declared.attributes)];
        let mut known = known.into_iter().flatten();
        known.find_map(|attributes| ground.provider.hides(address, attributes, ground.platform))
    }

    /// Reports whether declaration and live object are both as they were after the last apply; and where an object
    /// is made of others that it does not stand on when it is live, whether these are, too.
    #[must_use]
    pub fn is_settled(&self, address: &Address) -> bool {
        self.is_as_recorded(address) && self.is_made_of_settled(address)
    }

    fn is_made_of_settled(&self, address: &Address) -> bool {
        let catalog = &self.desired.catalog;
        let Some(object) = catalog.get(address) else {
            return true;
        };
        if kept::of(self, object).is_empty() {
            return true;
        }
        let mut seen = BTreeSet::from([address.clone()]);
        let mut queue = vec![object];
        while let Some(object) = queue.pop() {
            for edge in object.stands_on() {
                let Some(under) = catalog.get(&edge.on).filter(|_| !seen.contains(&edge.on)) else {
                    continue;
                };
                if !self.is_as_recorded(&edge.on) {
                    return false;
                }
                seen.insert(edge.on);
                queue.push(under);
            }
        }
        true
    }

    /// Reports whether declaration and live object are both as they were after the last apply.
    #[must_use]
    pub fn is_as_recorded(&self, address: &Address) -> bool {
        let (Some(origin), Some(live), Some(record)) = (
            self.desired.origins.get(address),
            self.live.get(address),
            self.records.get(address),
        ) else {
            return false;
        };
        !record.in_doubt
            && record.claim.declared == origin.declared
            && record.live == live.fingerprint()
    }

    /// Reports whether an object was ours before, or an `import` block says that it is.
    #[must_use]
    pub fn is_ours(&self, address: &Address) -> bool {
        let origin = self.desired.origins.get(address);
        self.records.contains_key(address)
            || origin.is_some_and(|origin| {
                self.wishes
                    .imports
                    .iter()
                    .any(|import| import.to == origin.id)
            })
    }

    /// Returns the objects whose texts the platform must be asked about: those to compare with a
    /// live object, and those that are new.
    #[must_use]
    pub fn questions(&self) -> (BTreeSet<Address>, BTreeSet<Address>) {
        let rendered = |address: &&Address| {
            self.grounds
                .rules(address)
                .is_some_and(provider::Rules::is_rendered)
                && !self.desired.origins[*address].partial
        };
        if self.wishes.destroy {
            return Default::default();
        }
        let mut compare = BTreeSet::new();
        let mut check = BTreeSet::new();
        for address in self.desired.catalog.addresses().filter(rendered) {
            if !self.live.contains(address) {
                check.insert(address.clone());
            } else if !self.is_settled(address) {
                compare.insert(address.clone());
            }
        }
        (compare, check)
    }
}

/// Returns the names of attributes in which two contents differ.
#[must_use]
pub fn differing(a: &Map, b: &Map) -> BTreeSet<String> {
    a.keys()
        .chain(b.keys())
        .filter(|name| a.get(name) != b.get(name))
        .map(str::to_owned)
        .collect()
}
