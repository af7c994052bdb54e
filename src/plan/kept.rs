//! What is declared and no platform shows, such as the query that filled a table: what was applied of it is
//! recorded, and a live object is taken to have that. Where nothing is recorded, the object was there before, and
//! what it holds may be its own.

use std::borrow::Cow;

use model::{Map, Object};

use crate::situation::Situation;

/// Returns what of a declared object its platform does not show.
pub(crate) fn of(situation: &Situation<'_>, desired: &Object) -> Map {
    let rules = situation.grounds.rules(&desired.address);
    let names = rules.map(provider::Rules::kept).unwrap_or_default();
    let kept = names.iter().filter_map(|name| {
        let value = desired.attributes.get(name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    kept.collect()
}

/// Returns a live object with what its platform does not show of what is declared.
pub(crate) fn completed<'a>(
    situation: &Situation<'_>,
    desired: &Object,
    live: &'a Object,
) -> Cow<'a, Object> {
    let declared = of(situation, desired);
    let record = situation.records.get(&desired.address);
    let kept = record.map(|record| &record.claim.kept);
    let Some(kept) = kept.filter(|kept| !kept.is_empty() && !declared.is_empty()) else {
        return Cow::Borrowed(live);
    };
    let mut live = live.clone();
    for (name, _) in &declared {
        if let Some(value) = kept.get(name) {
            live.attributes.insert(name.to_owned(), value.clone());
        }
    }
    Cow::Owned(live)
}
