//! Edges found in texts: what a view, a default, a check or a task mentions.
//!
//! Exact where the text can be parsed. Where it cannot, every identifier that is the name of
//! something declared counts, unless that would close a circle: a column may well be called like a
//! table.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings};

use crate::text::names::{Form, Mentions, all_mentions};

/// Declared relations by database, schema and name.
type Relations = BTreeMap<(String, String, String), Address>;

/// Adds the edges of every text.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let relations: Relations = desired
        .catalog
        .addresses()
        .filter(|address| {
            address.provider() == around.provider
                && matches!(
                    address.kind(),
                    "table" | "view" | "materialized_view" | "sequence"
                )
        })
        .map(|address| {
            let key = (address.part(0), address.part(1), address.part(2));
            (
                (key.0.to_owned(), key.1.to_owned(), key.2.to_owned()),
                address.clone(),
            )
        })
        .collect();
    let ours = || {
        let objects = desired.catalog.iter();
        objects.filter(|object| object.address.provider() == around.provider)
    };
    // Many columns have the same default.
    let all: HashSet<_> = ours().flat_map(texts).collect();
    let all: Vec<_> = all.into_iter().collect();
    let found: HashMap<_, _> = all.iter().copied().zip(all_mentions(&all)).collect();
    let mut exact: Vec<(Address, BTreeSet<Address>)> = Vec::new();
    let mut vague: Vec<(Address, Address)> = Vec::new();
    for object in ours() {
        let address = &object.address;
        let mut sure = BTreeSet::new();
        for found in texts(object).iter().filter_map(|text| found.get(text)) {
            let targets = targets(found, object, &relations, around);
            if found.exact {
                sure.extend(targets);
            } else {
                vague.extend(targets.into_iter().map(|target| (address.clone(), target)));
            }
        }
        sure.remove(address);
        exact.push((address.clone(), sure));
    }
    for (address, targets) in exact {
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.edges.extend(targets.into_iter().map(Edge::to));
        }
    }
    for (from, to) in vague {
        if from != to
            && !stands_on(desired, &to, &from)
            && let Some(object) = desired.catalog.get_mut(&from)
        {
            object.edges.insert(Edge::to(to));
        }
    }
}

/// Returns the texts of an object that may mention others.
fn texts(object: &Object) -> Vec<(&str, Form)> {
    let mut texts = Vec::new();
    match object.address.kind() {
        "view" | "materialized_view" => {
            texts.extend(text_at(&object.attributes, "query").map(|text| (text, Form::Query)));
        }
        "task" => {
            texts.extend(text_at(&object.attributes, "sql").map(|text| (text, Form::Statements)));
        }
        "index" => {
            texts.extend(text_at(&object.attributes, "where").map(|text| (text, Form::Expression)));
            texts.extend(in_list(&object.attributes, "key", "expression"));
        }
        "table" => {
            texts.extend(in_list(&object.attributes, "column", "default"));
            texts.extend(in_list(&object.attributes, "check", "expression"));
            if let Some(Value::List(columns)) = object.attributes.get("column") {
                for column in columns {
                    if let Value::Map(column) = column
                        && let Some(Value::Map(generated)) = column.get("generated")
                    {
                        let text = text_at(generated, "expression");
                        texts.extend(text.map(|text| (text, Form::Expression)));
                    }
                }
            }
        }
        _ => {}
    }
    texts
}

fn text_at<'a>(map: &'a model::Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_text)
}

fn in_list<'a>(map: &'a model::Map, list: &str, name: &str) -> Vec<(&'a str, Form)> {
    let Some(Value::List(items)) = map.get(list) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| match item {
            Value::Map(item) => text_at(item, name),
            _ => None,
        })
        .map(|text| (text, Form::Expression))
        .collect()
}

/// Returns the declared relations that a text mentions.
fn targets(
    found: &Mentions,
    object: &Object,
    relations: &Relations,
    around: Surroundings<'_>,
) -> BTreeSet<Address> {
    let (database, schemas) = if object.address.kind() == "task" {
        let database = match object.attributes.get("database") {
            Some(Value::Reference(database)) => database.name().to_owned(),
            _ if relations.keys().any(|(database, ..)| database.is_empty()) => String::new(),
            _ => around.platform.place.clone(),
        };
        (database, vec!["public".to_owned()])
    } else {
        (
            object.address.part(0).to_owned(),
            crate::naming::names_in(&object.address),
        )
    };
    let find = |schema: &str, name: &str| {
        relations
            .get(&(database.clone(), schema.to_owned(), name.to_owned()))
            .cloned()
    };
    found
        .relations
        .iter()
        .filter_map(|mention| match &mention.schema {
            Some(schema) => find(schema, &mention.name),
            None => schemas
                .iter()
                .find_map(|schema| find(schema, &mention.name)),
        })
        .collect()
}

/// Reports whether one object stands on another, however indirectly.
fn stands_on(desired: &Desired, from: &Address, on: &Address) -> bool {
    let mut queue = vec![from.clone()];
    let mut seen = BTreeSet::new();
    while let Some(address) = queue.pop() {
        if address == *on {
            return true;
        }
        if seen.insert(address.clone())
            && let Some(object) = desired.catalog.get(&address)
        {
            queue.extend(object.stands_on().into_iter().map(|edge| edge.on));
        }
    }
    false
}
