//! What happens to live objects that no file declares: they are dropped, given back, made as they came, or let go.

use model::{Action, Address, Object, Record};
use provider::Alter;

use crate::draft::{Draft, draft};
use crate::situation::{Prune, Situation};

/// Drops what was ours and is declared no more, gives our share of it back, or lets it go.
pub(crate) fn no_longer_declared(
    situation: &Situation<'_>,
    live: &Object,
    record: &Record,
) -> Draft {
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

/// Drops a live object.
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
pub(crate) fn is_given(situation: &Situation<'_>, live: &Object) -> bool {
    live.facts.notes.contains_key("builtin")
        && is_reached(situation, live)
        && situation
            .grounds
            .rules(&live.address)
            .is_some_and(|rules| rules.as_given(live).attributes != live.attributes)
}

/// Makes what the platform brought along be as it came.
pub(crate) fn restore(
    situation: &Situation<'_>,
    live: &Object,
    record: Option<&Record>,
) -> Option<Draft> {
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

/// Returns what something goes along with where pruning takes that: it is neither declared nor brought along by the
/// platform.
fn carrier<'o>(situation: &Situation<'_>, live: &'o Object) -> Option<&'o Address> {
    let rules = situation.grounds.rules(&live.address)?;
    let on = live.attached.as_ref().filter(|_| !rules.is_left_behind())?;
    let holder = situation.live.get(on);
    let stays = holder.is_some_and(|holder| holder.facts.notes.contains_key("builtin"));
    (!stays && !situation.desired.catalog.contains(on)).then_some(on)
}

/// Reports whether something goes with what it is attached to, which is dropped because nobody declares it.
pub(crate) fn goes_by_itself(situation: &Situation<'_>, live: &Object) -> bool {
    let on = carrier(situation, live).and_then(|on| situation.live.get(on));
    on.is_some_and(|on| prune(situation, on).is_some() || goes_by_itself(situation, on))
}

/// Drops what nobody declares, as far as pruning reaches, unless it goes along with something else.
pub(crate) fn prune(situation: &Situation<'_>, live: &Object) -> Option<Draft> {
    let rules = situation.grounds.rules(&live.address)?;
    let platform = situation.grounds.of(&live.address)?.platform;
    let reached = carrier(situation, live).is_none()
        && is_reached(situation, live)
        && !live.facts.notes.contains_key("builtin")
        && !rules.remove(live, platform).is_empty()
        && live.facts.used_in.is_empty();
    reached.then(|| delete(live, "it is not declared (--prune)", false))
}
