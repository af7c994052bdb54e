//! What happens to each object: one exhaustive match on three options.
//!
//! | desired | live | recorded | change |
//! |:--:|:--:|:--:|---|
//! | yes | yes | yes | none, or Update, or Replace |
//! | yes | yes | no  | Adopt, or Update or Replace of something that is not yet ours |
//! | yes | no  | yes | Create; it has vanished |
//! | yes | no  | no  | Create |
//! | no  | yes | yes | Delete; or Forget, when a `removed` block or another owner says so |
//! | no  | yes | no  | nothing, unless pruning reaches it |
//! | no  | no  | yes | Forget |
//! | any | not seen here | any | nothing; the checker says so |
//! | no  | no  | no  | cannot happen |

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Map, Object, Record};
use provider::{Alter, Origin};

use crate::draft::{Draft, Drafts, claim, draft};
use crate::settle::settle;
use crate::situation::{Prune, Situation, differing};
use crate::undeclared::{delete, goes_by_itself, is_given, no_longer_declared, prune, restore};
use crate::{kept, rebuild};

/// Decides what happens to every object. Total: it cannot fail.
#[must_use]
pub fn decide(situation: &Situation<'_>, forms: &BTreeMap<Address, Map>) -> Drafts {
    let addresses: BTreeSet<&Address> = situation
        .desired
        .catalog
        .addresses()
        .filter(|_| !situation.wishes.destroy)
        .chain(situation.records.keys())
        .chain(situation.asides.keys())
        .chain(
            situation
                .live
                .addresses()
                .filter(|_| situation.wishes.prune > Prune::Nothing),
        )
        .collect();
    addresses
        .into_iter()
        .filter_map(|address| {
            let draft = one(situation, address, forms);
            let mut draft = rebuild::asked(situation, address, draft)?;
            draft.recorded = situation.carried.get(address).cloned();
            if situation.asides.contains_key(address) {
                // What takes its place takes its record.
                draft.recorded = None;
                draft.previous = situation.renames.get(address).cloned();
                draft.parts = situation.parts_of(address);
            }
            draft.importing = situation.importing(address).map(str::to_owned);
            let is_pruned = matches!(draft.action, Action::Delete { .. }) && !draft.is_ours;
            draft.id = situation.id(address).filter(|_| !is_pruned).cloned();
            Some((address.clone(), draft))
        })
        .collect()
}

fn one(
    situation: &Situation<'_>,
    address: &Address,
    forms: &BTreeMap<Address, Map>,
) -> Option<Draft> {
    let desired = (!situation.wishes.destroy)
        .then(|| {
            Some((
                situation.desired.catalog.get(address)?,
                situation.desired.origins.get(address)?,
            ))
        })
        .flatten();
    let live = situation.live.get(address);
    let record = situation.records.get(address);
    if let (Some(former), Some(live)) = (situation.asides.get(address), live) {
        let because = format!("a new {} {} takes its place", former.kind(), former.name());
        let is_ours = situation.is_ours(address) || situation.is_ours(former);
        return Some(delete(live, &because, is_ours));
    }
    if let (Some((_, origin)), Some(live)) = (desired, live)
        && origin.swept
    {
        let draft = prune(situation, live);
        if draft.is_some() || goes_by_itself(situation, live) {
            return draft;
        }
    }
    match (desired, live, record) {
        (_, None, _) if situation.hidden(address).is_some() => None,
        (Some(_), Some(_), Some(record)) if situation.is_settled(address) => {
            reclaim(situation, address, record)
        }
        (Some((object, origin)), Some(live), record) => {
            let whole = whole_truth(situation, object, origin, live);
            let claim = whole.is_some().then(|| claim(situation, object, origin));
            let (object, origin) = whole
                .as_ref()
                .map_or((object, origin), |(object, origin)| (object, origin));
            let form = forms.get(address);
            let mut draft = compare(situation, object, origin, live, record, form);
            // What is ours of it is what the files say, whether others keep theirs or not.
            draft.claim = claim.or(draft.claim);
            let is_open = draft.action != Action::Adopt
                || !situation.is_as_recorded(address)
                || record.is_none_or(|record| draft.claim.as_ref() != Some(&record.claim))
                || situation.carried.contains_key(address);
            is_open.then_some(draft)
        }
        // What only follows from declarations is there as soon as anything is said about it.
        (Some((_, origin)), None, _) if origin.partial && !is_internal(situation, address) => None,
        (Some((object, origin)), None, _) => {
            let desired = inherited(situation, object, origin).unwrap_or_else(|| object.clone());
            Some(Draft {
                shown: Some(desired.attributes.clone()),
                claim: Some(claim(situation, &desired, origin)),
                desired: Some(desired),
                ..draft(Action::Create)
            })
        }
        (None, Some(live), record) if is_given(situation, live) => restore(situation, live, record),
        (None, Some(live), Some(record)) => Some(no_longer_declared(situation, live, record)),
        (None, Some(live), None) => prune(situation, live),
        (None, None, Some(record)) => Some(Draft {
            is_ours: true,
            ..draft(Action::Forget {
                because: if record.in_doubt {
                    "an unfinished apply never made it".to_owned()
                } else {
                    "it no longer exists and is no longer declared".to_owned()
                },
            })
        }),
        (None, None, None) => None,
    }
}

/// Returns what is declared with everything that its declaration leaves open as it is on the live object
/// whose place it takes.
fn inherited(situation: &Situation<'_>, object: &Object, origin: &Origin) -> Option<Object> {
    let live = situation.predecessor(&object.address)?;
    if live.address.kind() != object.address.kind() {
        return None;
    }
    let rules = situation.grounds.rules(&object.address)?;
    let platform = situation.grounds.of(&object.address)?.platform;
    let record = situation.records.get(&live.address);
    Some(settle(rules, platform, object, origin, live, record, None).object)
}

fn is_internal(situation: &Situation<'_>, address: &Address) -> bool {
    let rules = situation.grounds.rules(address);
    rules.is_some_and(provider::Rules::is_internal)
}

/// Returns what is declared of an object that only follows from declarations, as all there is to it:
/// where pruning says that the files are the whole truth, others have no share in it.
fn whole_truth(
    situation: &Situation<'_>,
    object: &Object,
    origin: &Origin,
    live: &Object,
) -> Option<(Object, Origin)> {
    let address = &object.address;
    if origin.partial && is_given(situation, live) {
        let given = situation.grounds.rules(address)?.as_given(live);
        let mut object = object.clone();
        let declared = std::mem::replace(&mut object.attributes, given.attributes);
        object.attributes.extend(declared);
        object.attributes.remove("grants");
        return Some((object, origin.clone()));
    }
    let is_whole = origin.partial
        && situation.wishes.prune > Prune::Nothing
        && is_internal(situation, address)
        && prune(situation, live).is_some();
    is_whole.then(|| {
        let mut object = object.clone();
        object.attributes.remove("grants");
        let origin = Origin {
            partial: false,
            share: None,
            ..origin.clone()
        };
        (object, origin)
    })
}

/// A settled object whose record still says something else about the declaration, such as its name.
fn reclaim(situation: &Situation<'_>, address: &Address, record: &Record) -> Option<Draft> {
    let object = situation.desired.catalog.get(address)?;
    let claim = claim(situation, object, &situation.desired.origins[address]);
    let renamed = situation.renames.get(address);
    if claim == record.claim && !situation.carried.contains_key(address) {
        return None;
    }
    let live = situation.live.get(address);
    let live = live.map(|live| kept::completed(situation, object, live).into_owned());
    // A renamed one may stand in another container.
    let desired = live.clone().map(|live| Object {
        edges: object.edges.clone(),
        ..live
    });
    Some(Draft {
        desired,
        shown: live.as_ref().map(|live| live.attributes.clone()),
        live,
        previous: renamed.cloned(),
        claim: Some(claim),
        is_ours: true,
        ..draft(if renamed.is_some() {
            Action::Update
        } else {
            Action::Adopt
        })
    })
}

fn compare(
    situation: &Situation<'_>,
    object: &Object,
    origin: &Origin,
    live: &Object,
    record: Option<&Record>,
    form: Option<&Map>,
) -> Draft {
    let (Some(rules), Some(ground)) = (
        situation.grounds.rules(&object.address),
        situation.grounds.of(&object.address),
    ) else {
        unreachable!("a desired object was resolved by the rules of its kind")
    };
    let shows = &live.attributes;
    let live = &*kept::completed(situation, object, live);
    let settled = settle(rules, ground.platform, object, origin, live, record, form);
    let previous = situation.renames.get(&object.address).cloned();
    let parts = situation.parts_of(&object.address);
    let (action, alter, disturbs) = match rules.alter(live, &settled.object, ground.platform) {
        Alter::Replace(because) => (Action::Replace { because }, Vec::new(), BTreeSet::new()),
        Alter::InPlace {
            statements,
            disturbs,
        } if !statements.is_empty() => (Action::Update, statements, disturbs),
        Alter::InPlace { .. } if previous.is_some() || !parts.is_empty() => {
            (Action::Update, Vec::new(), BTreeSet::new())
        }
        Alter::InPlace { .. } => (Action::Adopt, Vec::new(), BTreeSet::new()),
    };
    let drift = record
        .and_then(|record| record.content.as_ref())
        .map(|content| differing(content, shows))
        .unwrap_or_default()
        .intersection(&differing(&settled.shown, &live.attributes))
        .cloned()
        .collect();
    Draft {
        live: Some(live.clone()),
        desired: Some(settled.object),
        form: form.cloned(),
        shown: Some(settled.shown),
        previous,
        parts,
        alter,
        disturbs,
        claim: Some(claim(situation, object, origin)),
        drift,
        is_ours: situation.is_ours(&object.address),
        ..draft(action)
    }
}
