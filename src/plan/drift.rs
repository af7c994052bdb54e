//! What somebody changed on the platform since the last apply.
//!
//! Drift is what is live against what was recorded. What the files say meanwhile is the business of a
//! plan, with one exception: an attribute that the declaration leaves open is nobody's promise, so a
//! change to it is no drift. To whom an object belongs is never open in that sense: the owner may do everything.
//!
//! What nobody declares and follows from other declarations is recorded where there is something to record. Where
//! there was nothing and somebody gave rights by hand, on things yet to be made in a schema or on the sequence of a
//! column, that is drift of what they follow from.

use std::collections::BTreeSet;

use model::{Address, DeclarationId, Map, Object, Record, Value};
use provider::Origin;

use crate::right::RIGHTS;
use crate::settle::settle;
use crate::situation::{Situation, differing};

/// One attribute that was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Its name.
    pub attribute: String,
    /// What was recorded.
    pub recorded: Option<Value>,
    /// What is live.
    pub live: Option<Value>,
}

/// What happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It is gone.
    Lost,
    /// It looks different.
    Changed(Vec<Changed>),
}

/// An object that is not as the last apply left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The object.
    pub address: Address,
    /// Its declaration.
    pub id: DeclarationId,
    /// What happened to it.
    pub what: What,
}

/// Returns everything that is not as the last apply left it, by address. Records of objects that look
/// different must have their contents.
#[must_use]
pub fn drift(situation: &Situation<'_>) -> Vec<Drift> {
    let recorded = situation
        .records
        .values()
        .filter(|record| !record.in_doubt)
        .filter_map(|record| {
            let what = match situation.live.get(&record.address) {
                None if situation.hidden(&record.address).is_some() => return None,
                None => What::Lost,
                Some(live) => What::Changed(changed(situation, record, live)?),
            };
            let Record { address, claim, .. } = record.clone();
            Some(Drift {
                address,
                id: claim.id,
                what,
            })
        });
    let mut all: Vec<Drift> = recorded.chain(arrived(situation)).collect();
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all
}

/// The attribute that says to whom an object belongs.
pub const OWNER: &str = "owner";

/// Returns rights that somebody gave by hand where nothing was recorded, because there was nothing.
fn arrived(situation: &Situation<'_>) -> impl Iterator<Item = Drift> {
    let records = situation.records.values();
    let ours: BTreeSet<&DeclarationId> = records
        .filter(|record| !record.in_doubt && !record.claim.partial)
        .map(|record| &record.claim.id)
        .collect();
    let origins = situation.desired.origins.iter();
    origins.filter_map(move |(address, origin)| {
        let follows_from = DeclarationId {
            part: None,
            ..origin.id.clone()
        };
        let rules = situation.grounds.rules(address)?;
        let is_new = rules.is_internal()
            && !origin.partial
            && origin.id.part.is_some()
            && ours.contains(&follows_from)
            && !situation.records.contains_key(address);
        let live = situation.live.get(address).filter(|_| is_new)?;
        let desired = situation.desired.catalog.get(address)?;
        let platform = situation.grounds.of(address)?.platform;
        let settled = settle(rules, platform, desired, origin, live, None, None).shown;
        let name = RIGHTS;
        let is_given = settled.get(name) != live.attributes.get(name);
        is_given.then(|| Drift {
            address: address.clone(),
            id: origin.id.clone(),
            what: What::Changed(vec![Changed {
                attribute: name.to_owned(),
                recorded: None,
                live: live.attributes.get(name).cloned(),
            }]),
        })
    })
}

fn changed(situation: &Situation<'_>, record: &Record, live: &Object) -> Option<Vec<Changed>> {
    let recorded = record.content.as_ref()?;
    let mut names = differing(recorded, &live.attributes);
    if let Some(share) = &record.claim.share {
        if record.claim.partial {
            names.retain(|name| share.contains_key(name));
        }
        names
            .retain(|name| !share.contains_key(name) || !is_settled(situation, record, live, name));
    }
    let open = left_open(situation, record, live);
    names.retain(|name| !open.contains(name));
    let changed: Vec<_> = names
        .into_iter()
        .map(|attribute| Changed {
            recorded: recorded.get(&attribute).cloned(),
            live: live.attributes.get(&attribute).cloned(),
            attribute,
        })
        .collect();
    (!changed.is_empty()).then_some(changed)
}

/// Returns the live object as the declaration would settle it.
fn settled(situation: &Situation<'_>, record: &Record, live: &Object) -> Option<Map> {
    let desired = situation.desired.catalog.get(&record.address)?;
    let origin = situation.desired.origins.get(&record.address)?;
    let rules = situation.grounds.rules(&record.address)?;
    let platform = situation.grounds.of(&record.address)?.platform;
    Some(settle(rules, platform, desired, origin, live, Some(record), None).shown)
}

/// Reports whether our share of an attribute is live.
fn is_settled(situation: &Situation<'_>, record: &Record, live: &Object, name: &str) -> bool {
    settled(situation, record, live).is_some_and(|map| map.get(name) == live.attributes.get(name))
}

/// Reports whether it is open to whom an object belongs: it belongs to something else, or the files want no part in it.
fn is_owner_open(situation: &Situation<'_>, address: &Address, origin: &Origin) -> bool {
    let rules = situation.grounds.rules(address);
    let mut ignored = origin.lifecycle.ignore_changes.iter();
    rules.is_none_or(provider::Rules::is_internal)
        || origin.partial
        || ignored.any(|(name, _)| name == OWNER || name == "all")
}

/// Reports whether a declaration says to whom its object belongs.
#[must_use]
pub fn says_owner(situation: &Situation<'_>, address: &Address) -> bool {
    let desired = situation.desired.catalog.get(address);
    desired.is_some_and(|object| object.attributes.contains_key(OWNER))
}

/// Returns the attributes that the declaration takes as they are live.
fn left_open(situation: &Situation<'_>, record: &Record, live: &Object) -> BTreeSet<String> {
    let Some(settled) = settled(situation, record, live) else {
        return BTreeSet::new();
    };
    let differs = differing(&settled, &live.attributes);
    let address = &record.address;
    let origin = situation.desired.origins.get(address);
    // What belonged to a column has the owner of its table, and none of its own is recorded.
    let had_owner = |content: &Map| content.contains_key(OWNER);
    let is_owner_open = says_owner(situation, address)
        || !record.content.as_ref().is_some_and(had_owner)
        || origin.is_none_or(|origin| is_owner_open(situation, address, origin));
    live.attributes
        .keys()
        .chain(settled.keys())
        .filter(|name| !differs.contains(*name))
        .filter(|name| *name != OWNER || is_owner_open)
        .map(str::to_owned)
        .collect()
}
