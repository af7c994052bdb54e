//! One declared object against its live form: what remains is a real difference.
//!
//! Three things are taken out of the way. Where the platform was asked how it would write a text and
//! the answer equals what is live, the live text is taken. What the declaration leaves open is taken
//! from the live object, by the kind. What `ignore_changes` names is taken from it, too.

use std::collections::{BTreeMap, BTreeSet};

use model::{Map, Object, Record, Value};
use provider::{Capabilities, Origin, Rules, Standing};

/// A declared object, settled.
pub(crate) struct Settled {
    /// For statements: differing texts as they were declared.
    pub(crate) object: Object,
    /// For display: differing texts as the platform would write them, where that is known.
    pub(crate) shown: Map,
}

/// Settles a declared object against its live form. `form` is how the platform would write it.
pub(crate) fn settle(
    rules: &dyn Rules,
    platform: &Capabilities,
    desired: &Object,
    origin: &Origin,
    live: &Object,
    record: Option<&Record>,
    form: Option<&Map>,
) -> Settled {
    let mut object = desired.clone();
    if origin.partial {
        let declared = std::mem::replace(&mut object.attributes, live.attributes.clone());
        object.attributes.extend(declared);
        object.edges.clone_from(&live.edges);
        object.facts.clone_from(&live.facts);
    }
    let standing = Standing {
        record,
        declared_unchanged: record.is_some_and(|record| record.claim.declared == origin.declared),
        exact: origin.exact,
    };
    let mut shown = object.clone();
    if let Some(form) = form {
        object.attributes = nearest_map(&object.attributes, form, &live.attributes);
        shown.attributes = form.clone();
    }
    for side in [&mut object, &mut shown] {
        rules.settle(side, live, standing, platform);
        for (name, _) in &origin.lifecycle.ignore_changes {
            if name == "all" {
                side.attributes.clone_from(&live.attributes);
            } else if let Some(value) = live.attributes.get(name) {
                side.attributes.insert(name.clone(), value.clone());
            } else {
                side.attributes.remove(name);
            }
        }
    }
    Settled {
        object,
        shown: shown.attributes,
    }
}

/// Takes what is live wherever the platform's form of the declared value equals it.
fn nearest(declared: Option<&Value>, form: Option<&Value>, live: Option<&Value>) -> Option<Value> {
    match (declared, form, live) {
        (_, form, live) if form == live => live.cloned(),
        (Some(Value::Map(declared)), Some(Value::Map(form)), Some(Value::Map(live))) => {
            Some(Value::Map(nearest_map(declared, form, live)))
        }
        (Some(Value::List(declared)), Some(Value::List(form)), Some(Value::List(live)))
            if are_named(declared) && are_named(form) =>
        {
            let [declared_as, form_as, live_as] = [declared, form, live].map(|list| by_name(list));
            let names = form.iter().chain(declared).filter_map(name_of);
            let mut seen = BTreeSet::new();
            let items = names.filter(|name| seen.insert(*name)).filter_map(|name| {
                let [declared, form, live] =
                    [&declared_as, &form_as, &live_as].map(|items| items.get(name).copied());
                nearest(declared, form, live)
            });
            Some(Value::List(items.collect()))
        }
        (Some(Value::List(declared)), Some(Value::List(form)), Some(Value::List(live)))
            if declared.len() == form.len() =>
        {
            let items = declared
                .iter()
                .zip(form)
                .enumerate()
                .filter_map(|(at, (one, form))| nearest(Some(one), Some(form), live.get(at)));
            Some(Value::List(items.collect()))
        }
        (Some(declared), _, _) => Some(declared.clone()),
        (None, form, _) => form.cloned(),
    }
}

fn nearest_map(declared: &Map, form: &Map, live: &Map) -> Map {
    declared
        .keys()
        .chain(form.keys())
        .filter_map(|name| {
            let value = nearest(declared.get(name), form.get(name), live.get(name))?;
            Some((name.to_owned(), value))
        })
        .collect()
}

/// Reports whether each item of a list has a name of its own.
fn are_named(list: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    list.iter()
        .all(|item| name_of(item).is_some_and(|name| seen.insert(name)))
}

/// Returns the items of a list by name.
fn by_name(list: &[Value]) -> BTreeMap<&str, &Value> {
    list.iter()
        .filter_map(|item| Some((name_of(item)?, item)))
        .collect()
}

fn name_of(value: &Value) -> Option<&str> {
    match value {
        Value::Map(map) => map.get("name")?.as_text(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Value)]) -> Map {
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    #[test]
    fn a_text_that_the_platform_writes_as_it_is_live_is_no_difference() {
        let declared = map(&[("type", "int".into()), ("default", "1+1".into())]);
        let form = map(&[("type", "integer".into()), ("default", "(1 + 1)".into())]);
        let live = map(&[("type", "integer".into()), ("default", "2".into())]);
        assert_eq!(
            nearest_map(&declared, &form, &live),
            map(&[("type", "integer".into()), ("default", "1+1".into())])
        );
    }

    #[test]
    fn items_of_a_list_are_paired_by_name() {
        let item = |name: &str, kind: &str| {
            Value::Map(map(&[("name", name.into()), ("type", kind.into())]))
        };
        let pick = nearest(
            Some(&Value::List(vec![item("b", "int"), item("a", "int")])),
            Some(&Value::List(vec![
                item("b", "integer"),
                item("a", "integer"),
            ])),
            Some(&Value::List(vec![item("a", "integer"), item("b", "text")])),
        );
        assert_eq!(
            pick,
            Some(Value::List(vec![item("b", "int"), item("a", "integer")]))
        );
    }
}
