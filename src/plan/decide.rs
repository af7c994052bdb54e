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

use model::{Action, Address, Claim, DeclarationId, Map, Object, Phase, Record, Statement};
use provider::{Alter, Disturbance, Origin};

use crate::settle::settle;
use crate::situation::{Prune, RenamedPart, Situation, differing};
use crate::{kept, loose, rebuild};

/// A change in the making.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What happens.
    pub action: Action,
    /// Its declaration, where it is or was declared.
    pub id: Option<DeclarationId>,
    /// The live object, under its next address.
    pub live: Option<Object>,
    /// The desired object, settled.
    pub desired: Option<Object>,
    /// How the platform would write what is declared, where it was asked.
    pub form: Option<Map>,
    /// The desired attributes as they are shown.
    pub shown: Option<Map>,
    /// Its former address, when it is renamed.
    pub previous: Option<Address>,
    /// Parts of it that get other names.
    pub parts: Vec<RenamedPart>,
    /// The address it is recorded under, where that is another.
    pub recorded: Option<Address>,
    /// The name under which an `import` block takes it over.
    pub importing: Option<String>,
    /// Statements of an update.
    pub alter: Vec<Statement>,
    /// Parts that an update changes under others.
    pub disturbs: BTreeSet<Disturbance>,
    /// Parts of its own that are taken away before anything else happens, and given back at the end.
    pub loose: BTreeSet<String>,
    /// What is above the desired object, where its place under it is loose.
    pub above: BTreeMap<Address, Object>,
    /// What is recorded when it is done.
    pub claim: Option<Claim>,
    /// Attributes changed on the platform since the last apply.
    pub drift: BTreeSet<String>,
    /// Whether it was ours before.
    pub is_ours: bool,
}

impl Draft {
    /// Reports whether it, or a part of it, gets another name before anything else happens to it.
    pub(crate) fn is_renamed(&self) -> bool {
        self.live.is_some() && (self.previous.is_some() || !self.parts.is_empty())
    }

    /// Turns an update into dropping and making again.
    pub(crate) fn replace(&mut self, because: &str) {
        self.action = Action::Replace {
            because: vec![because.to_owned()],
        };
        self.alter.clear();
        self.disturbs.clear();
    }

    /// Takes a part away before and gives it back after. Returns whether that is new.
    pub(crate) fn loosen(
        &mut self,
        situation: &Situation<'_>,
        address: &Address,
        part: &str,
    ) -> bool {
        if !self.loose.insert(part.to_owned()) {
            return false;
        }
        if self.action == Action::Adopt {
            self.action = Action::Update;
        }
        if self.action == Action::Update {
            let steps = [Phase::Loosen, Phase::Build, Phase::Finish];
            for phase in steps {
                if let Some(Alter::InPlace { disturbs, .. }) =
                    loose::alter(situation, address, self, phase)
                {
                    self.disturbs.extend(disturbs);
                }
            }
        }
        true
    }

    /// Turns an update into dropping the record alone.
    pub(crate) fn forget(&mut self, because: &str) {
        self.action = Action::Forget {
            because: because.to_owned(),
        };
        self.desired = None;
        self.shown = None;
        self.alter.clear();
        self.disturbs.clear();
    }

    /// Makes an object that has not changed, and of which only a part stands in the way, stay, with
    /// everything it has live that its declaration leaves open.
    pub(crate) fn stay(situation: &Situation<'_>, desired: &Object, live: &Object) -> Self {
        let origin = &situation.desired.origins[&desired.address];
        let record = situation.records.get(&desired.address);
        let live = &*kept::completed(situation, desired, live);
        let settled = situation
            .grounds
            .rules(&desired.address)
            .zip(situation.grounds.of(&desired.address))
            .map(|(rules, ground)| {
                settle(rules, ground.platform, desired, origin, live, record, None).object
            });
        Self {
            live: Some(live.clone()),
            desired: settled.or_else(|| Some(desired.clone())),
            shown: Some(live.attributes.clone()),
            previous: situation.renames.get(&desired.address).cloned(),
            parts: situation.parts_of(&desired.address),
            id: situation.id(&desired.address).cloned(),
            claim: Some(claim(situation, desired, origin)),
            is_ours: situation.is_ours(&desired.address),
            ..draft(Action::Adopt)
        }
    }

    /// Makes an object that has not changed be dropped and made again.
    pub(crate) fn rebuild(
        situation: &Situation<'_>,
        desired: &Object,
        live: &Object,
        because: &str,
    ) -> Self {
        Self {
            action: Action::Replace {
                because: vec![because.to_owned()],
            },
            ..Self::stay(situation, desired, live)
        }
    }
}

/// All changes, by address.
pub type Drafts = BTreeMap<Address, Draft>;

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

fn draft(action: Action) -> Draft {
    Draft {
        action,
        id: None,
        live: None,
        desired: None,
        form: None,
        shown: None,
        previous: None,
        parts: Vec::new(),
        recorded: None,
        importing: None,
        alter: Vec::new(),
        disturbs: BTreeSet::new(),
        loose: BTreeSet::new(),
        above: BTreeMap::new(),
        claim: None,
        drift: BTreeSet::new(),
        is_ours: false,
    }
}

fn claim(situation: &Situation<'_>, desired: &Object, origin: &Origin) -> Claim {
    Claim {
        id: origin.id.clone(),
        declared: origin.declared,
        prevent_destroy: origin.lifecycle.prevent_destroy.is_some(),
        partial: origin.partial,
        share: origin.share.clone(),
        kept: kept::of(situation, desired),
    }
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

fn no_longer_declared(situation: &Situation<'_>, live: &Object, record: &Record) -> Draft {
    let address = &live.address;
    let forget = |because: String| Draft {
        is_ours: true,
        ..draft(Action::Forget { because })
    };
    let removed = situation
        .wishes
        .removed
        .iter()
        .find(|removed| removed.from.matches(&record.claim.id));
    if removed.is_some_and(|removed| !removed.destroy) {
        return forget("a `removed` block says so".to_owned());
    }
    if let Some(others) = situation.others.get(address)
        && !record.claim.partial
    {
        return forget(format!("{} still declares it", others.join(" and ")));
    }
    if let Some(places) = used_elsewhere(live) {
        return forget(format!(
            "it is still used in {places}, which this project does not manage"
        ));
    }
    // What the platform brought along is not ours to drop.
    if record.claim.partial || live.facts.notes.contains_key("builtin") {
        return give_back(situation, live, record);
    }
    let because = if situation.wishes.destroy {
        "everything that is ours goes"
    } else {
        "it is no longer declared"
    };
    delete(live, because, true)
}

/// Names the databases outside of this project that an object is used in.
fn used_elsewhere(live: &Object) -> Option<String> {
    let places: Vec<&str> = live.facts.used_in.iter().map(String::as_str).collect();
    (!places.is_empty()).then(|| places.join(", "))
}

pub(crate) fn delete(live: &Object, because: &str, is_ours: bool) -> Draft {
    Draft {
        live: Some(live.clone()),
        is_ours,
        ..draft(Action::Delete {
            because: because.to_owned(),
        })
    }
}

/// Takes our share out of an object that is declared nowhere.
fn give_back(situation: &Situation<'_>, live: &Object, record: &Record) -> Draft {
    let (Some(rules), Some(ground)) = (
        situation.grounds.rules(&live.address),
        situation.grounds.of(&live.address),
    ) else {
        unreachable!("a recorded object has a kind that is managed")
    };
    let mut desired = live.clone();
    rules.give_back(&mut desired, record, ground.platform);
    let alter = rules.alter(live, &desired, ground.platform);
    put_back(live, desired, alter, true)
}

/// Makes what is no longer declared be as it was before, where that takes anything.
fn put_back(live: &Object, desired: Object, alter: Alter, is_ours: bool) -> Draft {
    let (action, alter) = match alter {
        Alter::InPlace { statements, .. } if !statements.is_empty() => (Action::Update, statements),
        _ => (
            Action::Forget {
                because: "it is no longer declared".to_owned(),
            },
            Vec::new(),
        ),
    };
    Draft {
        live: Some(live.clone()),
        shown: Some(desired.attributes.clone()),
        desired: Some(desired),
        alter,
        is_ours,
        ..draft(action)
    }
}

/// Reports whether a live object lies where pruning says that the files are the whole truth.
fn is_reached(situation: &Situation<'_>, live: &Object) -> bool {
    let reach = situation.wishes.prune;
    reach > Prune::Nothing
        && situation.grounds.of(&live.address).is_some_and(|ground| {
            let cluster = reach == Prune::Cluster;
            ground
                .provider
                .is_prunable(live, situation.desired, cluster)
        })
        && !situation.others.contains_key(&live.address)
}

/// Reports whether the platform brought a live object along that is no longer as it came, where only the
/// files have a say in that.
fn is_given(situation: &Situation<'_>, live: &Object) -> bool {
    live.facts.notes.contains_key("builtin")
        && is_reached(situation, live)
        && situation
            .grounds
            .rules(&live.address)
            .is_some_and(|rules| rules.as_given(live).attributes != live.attributes)
}

/// Makes what the platform brought along be as it came.
fn restore(situation: &Situation<'_>, live: &Object, record: Option<&Record>) -> Option<Draft> {
    let rules = situation.grounds.rules(&live.address)?;
    let platform = situation.grounds.of(&live.address)?.platform;
    let mut desired = rules.as_given(live);
    if let Some(record) = record {
        rules.give_back(&mut desired, record, platform);
        desired = rules.as_given(&desired);
    }
    let alter = rules.alter(live, &desired, platform);
    let draft = put_back(live, desired, alter, record.is_some());
    (record.is_some() || draft.action == Action::Update).then_some(draft)
}

/// Reports whether pruning takes an object, and with it what is attached to that: it is neither declared nor brought
/// along by the platform.
fn goes_along_with(situation: &Situation<'_>, on: &Address) -> bool {
    let live = situation.live.get(on);
    let stays = live.is_some_and(|live| live.facts.notes.contains_key("builtin"));
    !stays && !situation.desired.catalog.contains(on)
}

/// Reports whether something goes with what it is attached to, which is dropped because nobody declares it.
fn goes_by_itself(situation: &Situation<'_>, live: &Object) -> bool {
    let rules = situation.grounds.rules(&live.address);
    let stays = rules.is_none_or(provider::Rules::is_left_behind);
    let on = live.attached.as_ref();
    let on = on.filter(|on| !stays && goes_along_with(situation, on));
    let on = on.and_then(|on| situation.live.get(on));
    on.is_some_and(|on| prune(situation, on).is_some() || goes_by_itself(situation, on))
}

fn prune(situation: &Situation<'_>, live: &Object) -> Option<Draft> {
    let rules = situation.grounds.rules(&live.address)?;
    let platform = situation.grounds.of(&live.address)?.platform;
    let goes = live
        .attached
        .as_ref()
        .is_none_or(|on| rules.is_left_behind() || !goes_along_with(situation, on));
    let reached = goes
        && is_reached(situation, live)
        && !live.facts.notes.contains_key("builtin")
        && !rules.remove(live, platform).is_empty()
        && live.facts.used_in.is_empty();
    reached.then(|| delete(live, "it is not declared (--prune)", false))
}
