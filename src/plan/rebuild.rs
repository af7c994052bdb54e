//! `--rebuild`: what is declared is made anew though nothing has changed, in the same way as if it had.

use std::collections::BTreeMap;

use model::{Action, Address, Finding, Object, Selector, Severity};

use crate::draft::Draft;
use crate::kept;
use crate::situation::Situation;

/// Reports whether somebody asked for an object to be made anew: for itself, not for what it is part of, with which
/// it is made anew where that takes it.
fn is_asked(situation: &Situation<'_>, address: &Address) -> bool {
    let Some(origin) = situation.desired.origins.get(address) else {
        return false;
    };
    let means = |one: &Selector| {
        let is_whole = one.part.is_some() || origin.id.part.is_none();
        is_whole && one.matches(&origin.id)
    };
    situation.wishes.rebuild.iter().any(means)
}

/// Reports whether making an object anew loses nothing: it has no rows, or only those that it has from others.
fn is_possible(situation: &Situation<'_>, object: &Object) -> bool {
    let rules = situation.grounds.rules(&object.address);
    rules.is_some_and(provider::Rules::is_rebuildable) || !kept::of(situation, object).is_empty()
}

/// Turns what happens to an object into making it anew, where somebody asked for that.
pub(crate) fn asked(
    situation: &Situation<'_>,
    address: &Address,
    draft: Option<Draft>,
) -> Option<Draft> {
    let is_asked = !situation.wishes.destroy && is_asked(situation, address);
    if !is_asked {
        return draft;
    }
    let (Some(desired), Some(live)) = (
        situation.desired.catalog.get(address),
        situation.live.get(address),
    ) else {
        return draft;
    };
    if !is_possible(situation, desired) {
        return draft;
    }
    let because = "`--rebuild` asks for it";
    match draft {
        None => Some(Draft::rebuild(situation, desired, live, because)),
        Some(mut draft) => {
            if matches!(draft.action, Action::Update | Action::Adopt) {
                draft.replace(because);
            }
            Some(draft)
        }
    }
}

/// Says what cannot be made anew, though somebody asked for it.
pub(crate) fn refused(situation: &Situation<'_>) -> Vec<Finding> {
    if situation.wishes.rebuild.is_empty() {
        return Vec::new();
    }
    let objects = situation.desired.catalog.iter();
    let refused = objects
        .filter(|object| is_asked(situation, &object.address) && !is_possible(situation, object));
    let by_address: BTreeMap<_, _> = refused.map(|one| (&one.address, one)).collect();
    let finding = |address: &Address| {
        let what = match address.kind() {
            "table" => "it has rows of its own, which would be lost".to_owned(),
            kind => format!("a {} is not made of anything else", kind.replace('_', " ")),
        };
        Finding {
            severity: Severity::Error,
            code: "plan::not_rebuildable".to_owned(),
            subject: Some(address.clone()),
            message: format!("{} cannot be rebuilt: {what}", situation.name(address)),
            statements: Vec::new(),
            help: Some(
                "Rebuild views, materialized views, indexes, and tables with a `query`.".to_owned(),
            ),
        }
    };
    by_address.into_keys().map(finding).collect()
}
