//! What somebody changed on the platform since the last apply.
//!
//! Drift is what is live against what was recorded. What the files say meanwhile is the business of a
//! plan, with one exception: an attribute that the declaration leaves open is nobody's promise, so a
//! change to it is no drift.

use std::collections::BTreeSet;

use model::{Address, DeclarationId, Map, Object, Record, Value};

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
    situation
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
        })
        .collect()
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

/// Returns the attributes that the declaration takes as they are live.
fn left_open(situation: &Situation<'_>, record: &Record, live: &Object) -> BTreeSet<String> {
    let Some(settled) = settled(situation, record, live) else {
        return BTreeSet::new();
    };
    let differs = differing(&settled, &live.attributes);
    live.attributes
        .keys()
        .chain(settled.keys())
        .filter(|name| !differs.contains(*name))
        .map(str::to_owned)
        .collect()
}
