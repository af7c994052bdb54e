//! What lists of grants say about who may do what, one right at a time, so that two of them can be compared.
//!
//! The shapes are those that every provider gives to `privileges` and `membership`: an item names who by `to`, what
//! by `privileges`, and further by `column`, `grant_option` and `by`; an item of future objects has that in `grant`.

use model::{Map, Value};

use crate::drift::Changed;

/// One right of one grantee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Who has it; `public` for everybody.
    pub to: String,
    /// What it is: `select`, `member of owners`.
    pub what: String,
    /// Where in the object, or on what future objects: `column email`.
    pub within: String,
    /// Whether it may be passed on.
    pub grant_option: bool,
    /// Who granted it, where that is not the owner.
    pub by: String,
}

impl Right {
    /// Returns the rights of one side that the other has not. One that can be passed on is more than one that cannot;
    /// who granted it does not matter.
    fn beyond(side: &[Self], other: &[Self]) -> Vec<Self> {
        let covers = |mine: &Self, theirs: &Self| {
            mine.to == theirs.to
                && mine.what == theirs.what
                && mine.within == theirs.within
                && (theirs.grant_option || !mine.grant_option)
        };
        let mut all: Vec<Self> = side
            .iter()
            .filter(|mine| !other.iter().any(|theirs| covers(mine, theirs)))
            .cloned()
            .collect();
        all.sort();
        all
    }

    /// Says it in words, without who has it: `select (email), with grant option, granted by bob`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = self.what.clone();
        if !self.within.is_empty() {
            words.push_str(&format!(" ({})", self.within));
        }
        if self.grant_option {
            words.push_str(", with grant option");
        }
        if !self.by.is_empty() {
            words.push_str(&format!(", granted by {}", self.by));
        }
        words
    }
}

/// The attribute that says who may do what with an object.
pub(crate) const RIGHTS: &str = "privileges";

/// The attribute that says what a role is a member of.
pub(crate) const MEMBERSHIP: &str = "membership";

/// What a right says that everybody has until it is taken away.
const BY_DEFAULT: &str = "what is so by default";

/// Returns what was gained and what was lost. An entry that takes a default away is the opposite of a right.
pub(crate) fn gains(before: &[Right], after: &[Right]) -> (Vec<Right>, Vec<Right>) {
    let is_taken = |right: &Right| right.what == BY_DEFAULT;
    let (taken, mut more): (Vec<_>, Vec<_>) =
        Right::beyond(after, before).into_iter().partition(is_taken);
    let (given, mut less): (Vec<_>, Vec<_>) =
        Right::beyond(before, after).into_iter().partition(is_taken);
    more.extend(given);
    less.extend(taken);
    (more, less)
}

/// Reports whether what changed is a list of grants.
pub(crate) fn is_of_grants(changed: &Changed) -> bool {
    let is_list = |value: &Option<Value>| match value {
        None => true,
        Some(Value::List(items)) => items.iter().all(|item| matches!(item, Value::Map(_))),
        Some(_) => false,
    };
    [RIGHTS, MEMBERSHIP].contains(&changed.attribute.as_str())
        && is_list(&changed.recorded)
        && is_list(&changed.live)
}

/// Returns the rights in a list of grants. `whose` is the object: a membership is its own.
pub(crate) fn rights(list: &Value, whose: &str) -> Vec<Right> {
    let Value::List(items) = list else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for item in items {
        let Value::Map(map) = item else { continue };
        match (map.get("of"), map.get("grant")) {
            (Some(of), _) => all.extend(of_membership(map, whose, &name(of))),
            (None, Some(Value::Map(grant))) => {
                let on = map.get("on").and_then(Value::as_text).unwrap_or_default();
                let creator = map.get("creator").map(name).unwrap_or_default();
                of_grant(grant, &format!("future {on} of {creator}"), &mut all);
            }
            (None, _) if map.contains_key("on") => {
                let on = map.get("on").and_then(Value::as_text).unwrap_or_default();
                let creator = map.get("creator").map(name).unwrap_or_default();
                of_grant(&Map::new(), &format!("future {on} of {creator}"), &mut all);
            }
            (None, _) => {
                let column = map.get("column").and_then(Value::as_text);
                of_grant(map, column.unwrap_or_default(), &mut all);
            }
        }
    }
    all
}

fn of_grant(map: &Map, within: &str, all: &mut Vec<Right>) {
    let to = map.get("to").map_or_else(|| "public".to_owned(), name);
    let by = map.get("by").map(name).unwrap_or_default();
    let right = |what: &str| Right {
        to: to.clone(),
        what: what.to_owned(),
        within: within.to_owned(),
        grant_option: map.get("grant_option") == Some(&Value::Bool(true)),
        by: by.clone(),
    };
    match map.get("privileges") {
        Some(Value::List(names)) => {
            all.extend(names.iter().filter_map(Value::as_text).map(right));
        }
        // What it has by default is taken away.
        _ => all.push(right(BY_DEFAULT)),
    }
}

fn of_membership(map: &Map, whose: &str, of: &str) -> Vec<Right> {
    let by = map.get("granted_by").map(name).unwrap_or_default();
    let is = |option: &str, wanted: bool| map.get(option) == Some(&Value::Bool(wanted));
    let right = |what: String| Right {
        to: whose.to_owned(),
        what,
        within: String::new(),
        grant_option: false,
        by: by.clone(),
    };
    let mut all = vec![right(format!("member of {of}"))];
    if is("admin", true) {
        all.push(right(format!("making others members of {of}")));
    }
    if !is("inherit", false) {
        all.push(right(format!("the rights of {of}")));
    }
    if !is("set", false) {
        all.push(right(format!("becoming {of}")));
    }
    all
}

fn name(value: &Value) -> String {
    match value {
        Value::Reference(address) => address.qualified_name(),
        value => value.as_text().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Address;

    use super::*;

    #[test]
    fn a_grant_option_is_more_than_the_right_alone() {
        let right = |grant_option| Right {
            to: "a".to_owned(),
            what: "select".to_owned(),
            within: String::new(),
            grant_option,
            by: String::new(),
        };
        let (with, without) = ([right(true)], [right(false)]);
        assert_eq!(Right::beyond(&with, &without), with);
        assert_eq!(Right::beyond(&without, &with), []);
    }

    #[test]
    fn memberships_and_grants_on_future_objects_are_rights_as_well() {
        let role = |name: &str| Value::Reference(Address::new("fake", "role", [name]));
        let member = Value::Map(Map::from([
            ("of", role("owners")),
            ("set", Value::Bool(false)),
        ]));
        let grant = Map::from([
            ("to", role("a")),
            (
                "privileges",
                Value::List(vec![Value::Text("select".to_owned())]),
            ),
        ]);
        let future = Value::Map(Map::from([
            ("creator", role("b")),
            ("on", Value::Text("tables".to_owned())),
            ("grant", Value::Map(grant)),
        ]));
        let words: Vec<_> = rights(&Value::List(vec![member, future]), "c")
            .iter()
            .map(|right| format!("{}: {}", right.to, right.words()))
            .collect();
        let expected = [
            "c: member of owners",
            "c: the rights of owners",
            "a: select (future tables of b)",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn taking_a_default_away_is_a_loss_and_giving_it_back_a_gain() {
        let nothing = rights(&Value::List(vec![Value::Map(Map::new())]), "f");
        let (more, less) = gains(&[], &nothing);
        assert_eq!((more, &less), (Vec::new(), &nothing));
        assert_eq!(gains(&nothing, &[]), (nothing, Vec::new()));
    }
}
