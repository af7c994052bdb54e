//! What objects stand on without any text that says so in so many words: operators, collations, text
//! search, and what belongs to a type.
//!
//! A text that has `===` in it may mean any operator called so; a string constant may be the name of a
//! text search configuration; an index, a `distinct` or a comparison of values of a type may take its
//! operator classes, its operators or its casts. All of these are only likely, so they come first unless
//! that would close a circle.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings};

use super::mentions::{Relations, types_under};
use super::texts::texts;
use crate::naming::{called, is_called, names_in, split};
use crate::text::names::{Form, Name, all_mentions};
use crate::text::symbols::symbols;

/// Kinds that texts name in other ways than relations, functions and types.
const NAMED: [&str; 6] = [
    "operator",
    "collation",
    "text_search_configuration",
    "text_search_dictionary",
    "operator_class",
    "operator_family",
];

/// Kinds that belong to the types they are for.
const OF_TYPES: [&str; 3] = ["operator", "operator_class", "cast"];

/// Kinds that are made before what belongs to their types.
const BEFORE: [&str; 10] = [
    "schema",
    "function",
    "procedure",
    "operator",
    "operator_class",
    "operator_family",
    "cast",
    "base_type",
    "shell",
    "shell_type",
];

/// Declared objects by kind, database, schema and bare name.
type Named = BTreeMap<(&'static str, String, String, String), Vec<Address>>;

/// Adds the edges.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let mut named = Named::new();
    let mut of_types = Vec::new();
    for address in desired.catalog.addresses() {
        if address.provider() != around.provider {
            continue;
        }
        if let Some(kind) = NAMED.into_iter().find(|kind| *kind == address.kind()) {
            let key = (
                kind,
                address.part(0).to_owned(),
                address.part(1).to_owned(),
                bare(address).to_owned(),
            );
            named.entry(key).or_default().push(address.clone());
        }
        if OF_TYPES.contains(&address.kind()) {
            of_types.push(address.clone());
        }
    }
    let mut likely: Vec<(Address, Address)> = Vec::new();
    if !named.is_empty() {
        let ours = desired.catalog.iter();
        for object in ours.filter(|one| one.address.provider() == around.provider) {
            let found = meant(object, &named).into_iter();
            likely.extend(found.map(|on| (object.address.clone(), on)));
        }
    }
    if !of_types.is_empty() {
        let relations = Relations::of(desired, around.provider);
        let mut members: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
        for member in &of_types {
            let object = desired.catalog.get(member);
            let types = object.map(|object| types_under(object, &relations));
            for of in types.into_iter().flatten() {
                members.entry(of).or_default().push(member);
            }
        }
        let users = desired.catalog.iter();
        for user in users.filter(|user| !BEFORE.contains(&user.address.kind())) {
            let found = user.edges.iter().filter_map(|edge| members.get(&edge.on));
            let found = found.flatten().map(|member| (*member).clone());
            likely.extend(found.map(|member| (user.address.clone(), member)));
        }
    }
    for (from, to) in likely {
        if from != to
            && !desired.catalog.stands_on(&to, &from)
            && let Some(object) = desired.catalog.get_mut(&from)
        {
            object.edges.insert(Edge::to(to));
        }
    }
}

fn bare(address: &Address) -> &str {
    match is_called(address.kind()) {
        true => called(address.name()).0,
        false => address.name(),
    }
}

/// Returns the declared objects that an object may mention.
fn meant(object: &Object, named: &Named) -> BTreeSet<Address> {
    let address = &object.address;
    let schemas = names_in(address);
    let mut all = BTreeSet::new();
    let mut add = |kind: &'static str, name: &Name| {
        let own = name.schema.as_ref().map(std::slice::from_ref);
        let found = own.unwrap_or(&schemas).iter().find_map(|schema| {
            let key = (
                kind,
                address.part(0).to_owned(),
                schema.clone(),
                name.name.clone(),
            );
            named.get(&key)
        });
        all.extend(found.into_iter().flatten().cloned());
    };
    for (text, _) in texts(object) {
        let found = symbols(text);
        for name in &found.operators {
            add("operator", name);
        }
        for name in &found.collations {
            add("collation", name);
        }
        for name in &found.constants {
            add("text_search_configuration", name);
            add("text_search_dictionary", name);
        }
    }
    for (attribute, value) in &object.attributes {
        named_in(attribute, value, &mut |attribute, text| match attribute {
            "collation" => {
                if let Some(name) = name_of(text) {
                    add("collation", &name);
                }
            }
            "operator_class" => {
                // Parameters may follow it.
                let end = text.find(['(', ' ']).unwrap_or(text.len());
                if let Some(name) = name_of(&text[..end]) {
                    add("operator_class", &name);
                }
            }
            // The whole definition of an exclusion constraint: any name in it may be that of a class.
            "definition" => {
                for found in all_mentions(&[(text, Form::Statements)]) {
                    for name in &found.relations {
                        add("operator_class", name);
                    }
                }
            }
            "with" => {
                for name in &symbols(text).operators {
                    add("operator", name);
                }
            }
            _ => {}
        });
    }
    all
}

/// Calls `visit` for every text in a value, with the name of its attribute.
fn named_in<'a>(attribute: &'a str, value: &'a Value, visit: &mut impl FnMut(&'a str, &'a str)) {
    match value {
        Value::Text(text) => visit(attribute, text),
        Value::List(items) => {
            for item in items {
                named_in(attribute, item, visit);
            }
        }
        Value::Map(map) => {
            for (name, value) in map {
                named_in(name, value, visit);
            }
        }
        _ => {}
    }
}

fn name_of(text: &str) -> Option<Name> {
    match split(text).ok()?.as_slice() {
        [name] => Some(Name {
            schema: None,
            name: name.clone(),
        }),
        [schema, name] => Some(Name {
            schema: Some(schema.clone()),
            name: name.clone(),
        }),
        _ => None,
    }
}
