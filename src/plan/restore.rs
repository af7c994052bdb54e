//! How what drifted could be put back as the last apply left it: a plan whose files are the records.
//!
//! What is recorded takes the place of what is declared, and everything that did not drift is as it is live, so that
//! whatever such a change forces around it is found as in any plan. Files that were edited since have no part in it,
//! and no platform is asked: what is recorded is written as the platform writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Lifecycle, Map, Object, Record, Span};
use provider::{Desired, Origin};

use crate::drift::{Changed, Drift, What};
use crate::situation::{Situation, Wishes};
use crate::{Planned, former, plan};

/// Plans back to what was recorded. Records of what drifted must have their contents; `nowhere` is a place for what
/// no file declares any more.
#[must_use]
pub fn restore(situation: &Situation<'_>, drift: &[Drift], nowhere: Span) -> Planned {
    let drifted: BTreeMap<_, _> = drift.iter().map(|one| (&one.address, one)).collect();
    let mut desired = Desired::default();
    let mut forms = BTreeMap::new();
    for record in situation.records.values().filter(|record| !record.in_doubt) {
        let address = &record.address;
        let live = situation.live.get(address);
        let object = match (drifted.get(address), live, &record.content) {
            (None, Some(live), _) => live.clone(),
            (None, None, _) | (Some(_), _, None) => continue,
            (Some(drift), live, Some(content)) => {
                let object = recorded(situation, record, content, (live, drift));
                if !record.claim.partial {
                    forms.insert(address.clone(), object.attributes.clone());
                }
                object
            }
        };
        desired
            .origins
            .insert(address.clone(), origin(situation, record, nowhere));
        desired.catalog.insert(object);
    }
    for drift in drift {
        let address = &drift.address;
        let known = situation
            .desired
            .origins
            .get(address)
            .zip(situation.live.get(address));
        let (false, Some((origin, live)), What::Changed(changed)) =
            (situation.records.contains_key(address), known, &drift.what)
        else {
            continue;
        };
        // Nothing was recorded of it, because there was nothing.
        let mut object = live.clone();
        undo(&mut object.attributes, changed);
        let origin = Origin {
            lifecycle: Lifecycle::default(),
            ..origin.clone()
        };
        forms.insert(address.clone(), object.attributes.clone());
        desired.origins.insert(address.clone(), origin);
        desired.catalog.insert(object);
    }
    let wishes = Wishes {
        strategy: situation.wishes.strategy,
        drain_timeout: situation.wishes.drain_timeout,
        ..Wishes::default()
    };
    // Nothing in it is renamed, and nothing that is recorded goes.
    let back = Situation {
        grounds: situation.grounds,
        desired: &desired,
        live: Cow::Borrowed(&*situation.live),
        records: Cow::Borrowed(&*situation.records),
        wishes: &wishes,
        others: situation.others,
        renames: BTreeMap::new(),
        parts: BTreeMap::new(),
        asides: BTreeMap::new(),
        carried: BTreeMap::new(),
    };
    plan(&back, &forms)
}

/// Returns an object as it was recorded, standing on what it stands on now or is declared to. What changed and is no
/// drift stays as it is.
fn recorded(
    situation: &Situation<'_>,
    record: &Record,
    content: &Map,
    (live, drift): (Option<&Object>, &Drift),
) -> Object {
    let address = &record.address;
    let declared = situation.desired.catalog.get(address);
    let attributes = match (live, &drift.what, &record.claim.share) {
        (Some(_), _, Some(share)) if record.claim.partial => share.clone(),
        (Some(live), What::Changed(changed), _) => {
            let mut attributes = live.attributes.clone();
            undo(&mut attributes, changed);
            attributes
        }
        _ => content.clone(),
    };
    let mut object = Object::new(address.clone(), attributes);
    for known in live.into_iter().chain(declared) {
        object.edges.extend(known.edges.iter().cloned());
        object.attached = object.attached.or_else(|| known.attached.clone());
    }
    let known = declared.or(live);
    object.facts = known.map(|known| known.facts.clone()).unwrap_or_default();
    object
}

/// Takes changes of attributes back.
fn undo(attributes: &mut Map, changed: &[Changed]) {
    for one in changed {
        match &one.recorded {
            Some(value) => drop(attributes.insert(one.attribute.clone(), value.clone())),
            None => drop(attributes.remove(&one.attribute)),
        }
    }
}

fn origin(situation: &Situation<'_>, record: &Record, nowhere: Span) -> Origin {
    let recorded = former::origin(record, nowhere);
    let known = situation.desired.origins.get(&record.address);
    Origin {
        span: known.map_or(recorded.span, |known| known.span),
        body: known.map_or(recorded.body, |known| Arc::clone(&known.body)),
        lifecycle: Lifecycle::default(),
        ..recorded
    }
}
