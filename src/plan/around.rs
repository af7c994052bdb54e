//! What is around a change: what else a plan does that it could hinder, and which names are free.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{Action, Address, Object, Value};

use crate::draft::Drafts;
use crate::situation::Situation;

/// The longest name that every platform keeps, in bytes.
const LONGEST: usize = 63;

/// Returns what something is called that is made beside something else: with `_new`, cut where that is too long.
fn beside_name(name: &str, number: usize) -> String {
    let end = match number {
        1 => "_new".to_owned(),
        number => format!("_new{number}"),
    };
    let length = name.floor_char_boundary(LONGEST - end.len());
    format!("{}{end}", &name[..length])
}

/// What a plan does, by what it could hinder.
pub(crate) struct Around<'a> {
    /// The names of what is made or changed, and every text in it that could be one, in their schemas.
    pub(crate) names: HashSet<(&'a [String], &'a str)>,
    /// What is made or changed, by what it will stand on.
    pub(crate) dependents: HashMap<Address, Vec<&'a Address>>,
    /// What stands under something that goes, if only to be made anew.
    pub(crate) under_what_goes: HashSet<Address>,
}

/// Returns the path of what an object lies in.
pub(crate) fn schema(address: &Address) -> &[String] {
    let path = address.path();
    &path[..path.len().saturating_sub(1)]
}

impl<'a> Around<'a> {
    pub(crate) fn of(drafts: &'a Drafts) -> Self {
        let mut around = Self {
            names: HashSet::new(),
            dependents: HashMap::new(),
            under_what_goes: HashSet::new(),
        };
        for (address, draft) in drafts {
            let goes = matches!(draft.action, Action::Replace { .. } | Action::Delete { .. });
            let live = draft.live.as_ref().filter(|_| goes);
            let under = live.map(Object::stands_on).into_iter().flatten();
            around.under_what_goes.extend(under.map(|edge| edge.on));
            if let Some(desired) = &draft.desired {
                around.add(address, desired);
            }
        }
        around
    }

    fn add(&mut self, address: &'a Address, desired: &'a Object) {
        self.names.insert((schema(address), address.name()));
        for value in desired.attributes.values() {
            each_text(value, &mut |text| {
                self.names.insert((schema(address), text));
            });
        }
        for edge in desired.stands_on() {
            self.dependents.entry(edge.on).or_default().push(address);
        }
    }
}

fn each_text<'a>(value: &'a Value, tell: &mut impl FnMut(&'a str)) {
    match value {
        Value::Text(text) => tell(text),
        Value::List(values) => values.iter().for_each(|value| each_text(value, tell)),
        Value::Map(map) => map.values().for_each(|value| each_text(value, tell)),
        _ => {}
    }
}

/// Returns a name that nothing live or declared has, nor what is made beside something already, for what is made
/// beside an object.
pub(crate) fn free_name(
    situation: &Situation<'_>,
    address: &Address,
    taken: &BTreeSet<Vec<String>>,
) -> Option<String> {
    let namespace = situation.grounds.rules(address)?.namespace();
    let kinds = situation.grounds.of(address)?.provider.kinds().iter();
    let kinds: Vec<_> = kinds
        .filter(|rules| rules.namespace() == namespace)
        .collect();
    let mut names = (1..100).map(|number| beside_name(address.name(), number));
    names.find(|name| {
        let mut path = address.path().to_vec();
        path.pop();
        path.push(name.clone());
        !taken.contains(&path)
            && kinds.iter().all(|rules| {
                let other = address.sibling(rules.name(), &path);
                !situation.live.contains(&other) && !situation.desired.catalog.contains(&other)
            })
    })
}

/// Returns the names that live objects have without being called so, such as those of the indexes of their keys.
pub(crate) fn taken(situation: &Situation<'_>) -> BTreeSet<Vec<String>> {
    let grounds = situation.grounds;
    let companions = situation.live.iter().filter_map(|live| {
        let rules = grounds.rules(&live.address)?;
        Some(rules.companions(live, grounds.of(&live.address)?.platform))
    });
    let companions = companions.flatten();
    companions.map(|one| one.path().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_beside_has_a_name_that_fits() {
        assert_eq!(beside_name("orders", 1), "orders_new");
        assert_eq!(beside_name("orders", 2), "orders_new2");
        let long = beside_name(&"\u{e9}".repeat(40), 1);
        assert!(
            long.len() <= LONGEST && long.ends_with("\u{e9}_new"),
            "{long}"
        );
    }
}
