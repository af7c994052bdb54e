//! What must be rebuilt along the way: whatever stands on something that is replaced, dropped or
//! changed under it.
//!
//! Platforms refuse to drop what something stands on, and to change a column under a view. So every
//! live object that stands there is dropped before and made again after, transitively. It may only
//! be something that is ours and stays declared: what is somebody else's is named in a finding, and
//! the plan stops there. Neither this nor a cascade ever reaches it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Address, Finding, Object, PLACE, Severity};

use crate::draft::{Draft, Drafts};
use crate::graph::Cycle;
use crate::place::keep_place;
use crate::situation::Situation;
use crate::undeclared::delete;

/// A live object that stands on another one, or on a part of it, or only a part of which does.
#[derive(Clone, Copy)]
struct Dependent<'a> {
    address: &'a Address,
    part: Option<&'a str>,
    by: Option<&'a str>,
}

/// Live objects by what they stand on.
struct Dependents<'a>(BTreeMap<&'a Address, Vec<Dependent<'a>>>);

impl<'a> Dependents<'a> {
    fn of(situation: &'a Situation<'_>, edges: &'a [(Address, model::Edge)]) -> Self {
        let mut map: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (object, edge) in edges {
            if situation.live.contains(&edge.on) {
                map.entry(&edge.on).or_default().push(Dependent {
                    address: object,
                    part: edge.part.as_deref(),
                    by: edge.by.as_deref(),
                });
            }
        }
        for object in situation.live.iter() {
            if let Some(holder) = &object.attached
                && object.facts.notes.contains_key(provider::GOES_ALONG)
            {
                map.entry(holder).or_default().push(Dependent {
                    address: &object.address,
                    part: None,
                    by: None,
                });
            }
        }
        Self(map)
    }

    fn on(&self, address: &Address) -> &[Dependent<'a>] {
        self.0.get(address).map_or(&[], Vec::as_slice)
    }
}

/// Adds the rebuilds that the drafts force, and returns what stands in the way.
#[must_use]
pub(crate) fn spread(situation: &Situation<'_>, drafts: &mut Drafts) -> Vec<Finding> {
    let shakes = |draft: &Draft| {
        matches!(draft.action, Action::Replace { .. } | Action::Delete { .. })
            || !draft.disturbs.is_empty()
    };
    let mut queue: Vec<Address> = drafts
        .iter()
        .filter(|(_, draft)| shakes(draft))
        .map(|(address, _)| address.clone())
        .collect();
    queue.extend(watched(situation, drafts));
    if queue.is_empty() {
        return Vec::new();
    }
    let edges: Vec<_> = situation
        .live
        .iter()
        .flat_map(|object| {
            object
                .stands_on()
                .into_iter()
                .map(|edge| (object.address.clone(), edge))
        })
        .collect();
    let dependents = Dependents::of(situation, &edges);
    let mut findings = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // What has no draft of its own, with the draft of what it is attached to.
    let mut carried: BTreeMap<Address, Draft> = BTreeMap::new();
    while let Some(address) = queue.pop() {
        if !seen.insert(address.clone()) {
            continue;
        }
        let Some(base) = drafts
            .get(&address)
            .or_else(|| carried.get(&address))
            .cloned()
        else {
            continue;
        };
        for Dependent {
            address: dependent,
            part,
            by,
        } in dependents.on(&address)
        {
            let Some(because) = reason(situation, &base, &address, dependent, *part) else {
                continue;
            };
            let is_place = *by == Some(PLACE);
            if let Some(by) = by
                && !(is_place && matches!(base.action, Action::Delete { .. }))
                && let Some(is_new) = loosen(situation, drafts, dependent, by)
            {
                if is_new {
                    seen.remove(*dependent);
                    queue.push((*dependent).clone());
                }
                continue;
            }
            match rebuild(situation, drafts, &base, &address, dependent, &because) {
                Ok(Effect::Rebuilt) => {
                    seen.remove(*dependent);
                    queue.push((*dependent).clone());
                }
                Ok(Effect::Carried) => {
                    carried.insert((*dependent).clone(), base.clone());
                    queue.push((*dependent).clone());
                }
                Ok(Effect::None) => {}
                Err(finding) => {
                    findings.entry((*dependent).clone()).or_insert(finding);
                }
            }
        }
    }
    findings.into_values().collect()
}

/// Lets a part of a dependent go before what it stands on, and come back after; `None` where that is no
/// answer, because the dependent goes as a whole or is not declared.
fn loosen(
    situation: &Situation<'_>,
    drafts: &mut Drafts,
    dependent: &Address,
    by: &str,
) -> Option<bool> {
    let is_kept = |draft: &Draft| matches!(draft.action, Action::Update | Action::Adopt);
    if by == PLACE && drafts.get(dependent).is_some_and(is_kept) {
        keep_place(situation, drafts, dependent);
    }
    if let Some(draft) = drafts.get_mut(dependent) {
        return match draft.action {
            Action::Update | Action::Adopt => Some(draft.loosen(situation, dependent, by)),
            // Its drop comes first in any case.
            Action::Replace { .. } | Action::Delete { .. } => Some(false),
            Action::Create | Action::Forget { .. } => None,
        };
    }
    let origin = situation.desired.origins.get(dependent)?;
    if situation.wishes.destroy || origin.partial {
        return None;
    }
    let desired = situation.desired.catalog.get(dependent)?;
    let draft = Draft::stay(situation, desired, situation.live.get(dependent)?);
    drafts.insert(dependent.clone(), draft);
    if by == PLACE {
        keep_place(situation, drafts, dependent);
    }
    let draft = drafts.get_mut(dependent)?;
    draft.loosen(situation, dependent, by);
    Some(true)
}

/// Breaks circles of steps. Parts that can be taken away and given back are; what would otherwise be
/// altered is made anew, where that loses nothing.
///
/// An altered view that leaves one dropped thing for another may have to run both before the first
/// goes and after the second changes; dropped early and made again late it is in nobody's way.
/// Returns whether anything was changed.
pub(crate) fn untangle(situation: &Situation<'_>, drafts: &mut Drafts, cycles: &[Cycle]) -> bool {
    let mut loosened = false;
    for Cycle(members) in cycles {
        for address in members {
            let Some(draft) = drafts.get_mut(address) else {
                continue;
            };
            let sides = [&draft.live, &draft.desired].into_iter().flatten();
            let parts: BTreeSet<_> = sides
                .flat_map(Object::stands_on)
                .filter(|edge| members.contains(&edge.on))
                .filter_map(|edge| edge.by.filter(|by| by != PLACE))
                .collect();
            for part in parts {
                loosened |= draft.loosen(situation, address, &part);
            }
        }
    }
    if loosened {
        return true;
    }
    for address in cycles.iter().flat_map(|cycle| &cycle.0) {
        let rebuildable = situation
            .grounds
            .rules(address)
            .is_some_and(provider::Rules::is_rebuildable);
        if let Some(draft) = drafts.get_mut(address)
            && rebuildable
            && draft.action == Action::Update
        {
            draft.replace("what it stands on before and after cannot be changed around it");
            loosened = true;
        }
    }
    loosened
}

/// Says why a dependent cannot stay as it stands, or `None` when it can.
fn reason(
    situation: &Situation<'_>,
    base: &Draft,
    address: &Address,
    dependent: &Address,
    part: Option<&str>,
) -> Option<String> {
    let name = address.qualified_name();
    let kind = address.kind();
    let rules = situation.grounds.rules(dependent);
    let is_declared = situation.desired.catalog.get(dependent).is_some();
    if !is_declared && rules.is_some_and(|rules| rules.outlives(kind)) {
        return None;
    }
    match &base.action {
        Action::Update if is_declared && rules.is_some_and(provider::Rules::watches) => Some(
            format!("it watches what is done, by {kind} {name}, which changes"),
        ),
        Action::Delete { .. } => Some(format!("it stands on {kind} {name}, which is dropped")),
        Action::Replace { .. } => Some(format!("it stands on {kind} {name}, which is rebuilt")),
        Action::Update => base.disturbs.iter().find_map(|disturbance| {
            let touched = part.is_none_or(|part| part == disturbance.part);
            let follows =
                !disturbance.gone && rules.is_some_and(|rules| rules.follows(is_declared));
            (touched && !follows && part.is_some()).then(|| {
                let verb = if disturbance.gone { "goes" } else { "changes" };
                format!(
                    "it stands on {} of {kind} {name}, which {verb}",
                    disturbance.part
                )
            })
        }),
        Action::Create | Action::Adopt | Action::Forget { .. } => None,
    }
}

/// Returns what changes and is run by what watches statements, such as an event trigger: nothing must be watched by it
/// while only some of the change is done.
fn watched(situation: &Situation<'_>, drafts: &Drafts) -> Vec<Address> {
    let mut all = drafts.values();
    if !all.any(|draft| draft.action == Action::Update) {
        return Vec::new();
    }
    let watchers = situation.live.iter().filter(|live| {
        let rules = situation.grounds.rules(&live.address);
        let is_declared = situation.desired.catalog.contains(&live.address);
        is_declared && rules.is_some_and(provider::Rules::watches)
    });
    let under = watchers.flat_map(Object::stands_on).map(|edge| edge.on);
    let changes = |address: &Address| {
        let draft = drafts.get(address);
        draft.is_some_and(|draft| draft.action == Action::Update && !draft.alter.is_empty())
    };
    under.filter(changes).collect()
}

/// What a change means for a dependent.
enum Effect {
    /// Nothing new.
    None,
    /// It is rebuilt, too.
    Rebuilt,
    /// It goes with what it is attached to, and may come back with it.
    Carried,
}

/// Makes a dependent be rebuilt.
fn rebuild(
    situation: &Situation<'_>,
    drafts: &mut Drafts,
    base: &Draft,
    address: &Address,
    dependent: &Address,
    because: &str,
) -> Result<Effect, Finding> {
    let base_is_dropped = matches!(base.action, Action::Delete { .. });
    let desired = (!situation.wishes.destroy)
        .then(|| situation.desired.catalog.get(dependent))
        .flatten()
        .filter(|_| !situation.desired.origins[dependent].partial);
    let declared = desired.is_some();
    let live = situation.live.get(dependent);
    let goes_along = live.is_some_and(|live| live.attached.as_ref() == Some(address));
    // What a platform brings along goes with what it is attached to, and comes back with it.
    let comes_back = goes_along
        && !declared
        && live.is_some_and(|live| live.facts.notes.contains_key("builtin"));
    if comes_back && !drafts.contains_key(dependent) {
        return Ok(Effect::Carried);
    }
    let has_namesake = base_is_dropped && has_namesake(address, drafts);
    // What makes room is left by all that stood on it: a partition with the table it belongs to. Where only
    // its name has that of something else in it, nobody need have noticed.
    let makes_room =
        situation.asides.contains_key(address) && situation.renames.contains_key(address);
    if let Some(draft) = drafts.get_mut(dependent) {
        match &mut draft.action {
            Action::Update | Action::Adopt if makes_room && declared => return Ok(Effect::None),
            Action::Delete { .. } => return Ok(Effect::None),
            Action::Replace { because: reasons } => {
                if !reasons.iter().any(|known| known == because) {
                    reasons.push(because.to_owned());
                }
                return Ok(Effect::None);
            }
            Action::Update | Action::Adopt => {
                let stays = draft
                    .desired
                    .as_ref()
                    .is_some_and(|next| is_on(next, address));
                let rebuildable = situation
                    .grounds
                    .rules(dependent)
                    .is_some_and(provider::Rules::is_rebuildable);
                if base_is_dropped && !stays && draft.action == Action::Update {
                    // Altered away from it before it goes, unless it could be taken for what comes.
                    if !rebuildable || !has_namesake {
                        return Ok(Effect::None);
                    }
                }
                if base_is_dropped && stays {
                    if declared {
                        return Err(stays_on(address, dependent));
                    }
                    if !goes_along {
                        return Err(not_ours(dependent, because));
                    }
                    if situation.records.contains_key(dependent) {
                        draft.forget(because);
                    } else {
                        drafts.remove(dependent);
                    }
                    return Ok(Effect::Carried);
                }
                draft.replace(because);
                return Ok(Effect::Rebuilt);
            }
            Action::Create | Action::Forget { .. } => {}
        }
    }
    let Some(live) = live else {
        return Ok(Effect::None);
    };
    let gone = base_is_dropped || base.disturbs.iter().any(|disturbance| disturbance.gone);
    match desired {
        Some(_) if makes_room => Ok(Effect::None),
        // What it is to stand on may be called the same and be another.
        Some(desired) if base_is_dropped && is_on(desired, address) => {
            Err(stays_on(address, dependent))
        }
        Some(desired) => {
            let draft = Draft::rebuild(situation, desired, live, because);
            drafts.insert(dependent.clone(), draft);
            Ok(Effect::Rebuilt)
        }
        None if gone && goes_along => Ok(Effect::Carried),
        // It is nobody's, and gone with what it is attached to.
        None if is_given(live) && holder_is_dropped(live, drafts) => Ok(Effect::None),
        // It goes in any case, but earlier than what it is attached to.
        None if holder_is_dropped(live, drafts) => {
            drafts.insert(dependent.clone(), delete(live, because, false));
            Ok(Effect::Rebuilt)
        }
        None => Err(not_ours(dependent, because)),
    }
}

/// Reports whether something is made that differs from what goes by its signature alone. As long as both are
/// there, a text that calls one may mean the other.
pub(crate) fn has_namesake(address: &Address, drafts: &Drafts) -> bool {
    let path = |address: &Address| -> Option<Vec<String>> {
        let (bare, _) = address.name().split_once('(')?;
        let mut path = address.path().to_vec();
        path.pop();
        path.push(bare.to_owned());
        Some(path)
    };
    let Some(wanted) = path(address) else {
        return false;
    };
    drafts.iter().any(|(other, draft)| {
        draft.action == Action::Create
            && other.kind() == address.kind()
            && path(other).as_ref() == Some(&wanted)
    })
}

fn is_on(object: &Object, address: &Address) -> bool {
    object.stands_on().iter().any(|edge| edge.on == *address)
}

fn is_given(live: &Object) -> bool {
    let notes = &live.facts.notes;
    notes.contains_key("builtin") && !notes.contains_key(provider::GOES_ALONG)
}

fn holder_is_dropped(live: &Object, drafts: &Drafts) -> bool {
    live.attached
        .as_ref()
        .and_then(|holder| drafts.get(holder))
        .is_some_and(|draft| matches!(draft.action, Action::Delete { .. }))
}

fn not_ours(dependent: &Address, because: &str) -> Finding {
    Finding {
        severity: Severity::Error,
        code: "plan::not_ours".to_owned(),
        subject: Some(dependent.clone()),
        message: format!(
            "{} {} is not managed by this project, and {because}",
            dependent.kind(),
            dependent.qualified_name()
        ),
        statements: Vec::new(),
        help: Some("Declare it, drop it yourself, or leave what it stands on as it is.".to_owned()),
    }
}

fn stays_on(address: &Address, dependent: &Address) -> Finding {
    Finding {
        severity: Severity::Error,
        code: "plan::still_needed".to_owned(),
        subject: Some(dependent.clone()),
        message: format!(
            "{} {} is no longer declared, but {} {} still stands on it",
            address.kind(),
            address.qualified_name(),
            dependent.kind(),
            dependent.qualified_name()
        ),
        statements: Vec::new(),
        help: Some("Declare it again, or change what stands on it.".to_owned()),
    }
}
