//! Edges found in texts: what a view, a default, a check or a task mentions.
//!
//! Exact where the text can be parsed. Where it cannot, every identifier that is the name of
//! something declared counts, unless that would close a circle: a column may well be called like a
//! table.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings, typed};

use crate::kinds::routine::bare_name;
use crate::kinds::table::{check_part, default_part, generated_part};
use crate::kinds::types::TYPES;
use crate::kinds::types::range::RangeType;
use crate::naming::ROUTINES;
use crate::text::names::{Form, Mentions, all_mentions};

/// Declared relations and types by database, schema and name; ranges by the names of their multirange
/// types as well.
pub(super) type Relations = BTreeMap<(String, String, String), Address>;

/// Declared routines by database, schema and name without arguments.
type Routines = BTreeMap<(String, String, String), Vec<Address>>;

/// Adds the edges of every text.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let relations = relations(desired, around.provider);
    let mut routines = Routines::new();
    for address in desired.catalog.addresses() {
        if address.provider() == around.provider && ROUTINES.contains(&address.kind()) {
            let key = (
                address.part(0).to_owned(),
                address.part(1).to_owned(),
                bare_name(address).to_owned(),
            );
            routines.entry(key).or_default().push(address.clone());
        }
    }
    let ours = || {
        let objects = desired.catalog.iter();
        objects.filter(|object| object.address.provider() == around.provider)
    };
    // Many columns have the same default.
    let all: HashSet<_> = ours().flat_map(texts).collect();
    let all: Vec<_> = all.into_iter().collect();
    let found: HashMap<_, _> = all.iter().copied().zip(all_mentions(&all)).collect();
    let mut exact: Vec<(Address, BTreeSet<Edge>)> = Vec::new();
    let mut vague: Vec<(Address, Address)> = Vec::new();
    for object in ours() {
        let address = &object.address;
        let mut sure = BTreeSet::new();
        let of_parts = texts_of_parts(object);
        for (text, by) in &of_parts {
            let Some(found) = found.get(text) else {
                continue;
            };
            let targets = targets(found, object, (&relations, &routines), around).into_iter();
            if found.exact {
                sure.extend(targets.map(|on| Edge {
                    by: by.clone(),
                    ..Edge::to(on)
                }));
            } else {
                vague.extend(targets.map(|target| (address.clone(), target)));
            }
        }
        let types = types_under(object, &relations).into_iter();
        sure.extend(types.map(Edge::to));
        sure.retain(|edge| edge.on != *address);
        exact.push((address.clone(), sure));
    }
    for (address, targets) in exact {
        if let Some(object) = desired.catalog.get_mut(&address) {
            object.edges.extend(targets);
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

/// Returns the declared relations and types by what they are called.
pub(super) fn relations(desired: &Desired, provider: &str) -> Relations {
    let mut relations: Relations = desired
        .catalog
        .addresses()
        .filter(|address| {
            address.provider() == provider
                && (matches!(
                    address.kind(),
                    "table" | "foreign_table" | "view" | "materialized_view" | "sequence"
                ) || TYPES.contains(&address.kind()))
        })
        .map(|address| {
            let key = (address.part(0), address.part(1), address.part(2));
            (
                (key.0.to_owned(), key.1.to_owned(), key.2.to_owned()),
                address.clone(),
            )
        })
        .collect();
    for object in desired.catalog.iter() {
        let address = &object.address;
        if address.provider() == provider && address.kind() == "range_type" {
            let range: RangeType = typed(&object.attributes);
            let (schema, name) = range.multirange(address);
            let key = (address.part(0).to_owned(), schema, name);
            relations.entry(key).or_insert_with(|| address.clone());
        }
    }
    relations
}

/// Returns the declared types and relations that an object is made of.
pub(super) fn types_under(object: &Object, relations: &Relations) -> Vec<Address> {
    let address = &object.address;
    let named = types(object).into_iter().filter_map(named_type);
    named
        .filter_map(|(schema, name)| {
            // What is called like a type of PostgreSQL is that type, unless its schema is said.
            let is_qualified = schema.is_some();
            let schemas = match schema {
                Some(schema) => vec![schema],
                None => crate::naming::names_in(address),
            };
            let found = schemas.into_iter().find_map(|schema| {
                let key = (address.part(0).to_owned(), schema, name.clone());
                relations.get(&key)
            });
            let found = found.filter(|found| is_qualified || TYPES.contains(&found.kind()));
            found.cloned()
        })
        .collect()
}

/// Returns the texts of an object that may mention others, each with the part of the object that it is,
/// where that can be taken away and given back.
fn texts_of_parts(object: &Object) -> Vec<((&str, Form), Option<String>)> {
    let mut loose: BTreeMap<*const str, String> = BTreeMap::new();
    let items = |list: &str| match object.attributes.get(list) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    let mut note = |text: Option<&str>, part: String| {
        loose.extend(text.map(|text| (std::ptr::from_ref(text), part)));
    };
    if matches!(object.address.kind(), "table" | "foreign_table" | "domain") {
        for check in items("check") {
            if let Value::Map(check) = check {
                let name = text_at(check, "name").unwrap_or_default();
                note(text_at(check, "expression"), check_part(name));
            }
        }
        for column in items("column") {
            let Value::Map(column) = column else { continue };
            let name = text_at(column, "name").unwrap_or_default();
            note(text_at(column, "default"), default_part(name));
            if let Some(Value::Map(generated)) = column.get("generated") {
                note(text_at(generated, "expression"), generated_part(name));
            }
        }
    }
    let part = |text: &str| loose.get(&std::ptr::from_ref(text)).cloned();
    let texts = texts(object).into_iter();
    texts.map(|text| (text, part(text.0))).collect()
}

/// Returns the texts of an object that may mention others.
pub(super) fn texts(object: &Object) -> Vec<(&str, Form)> {
    let mut texts = Vec::new();
    match object.address.kind() {
        "view" | "materialized_view" => {
            texts.extend(text_at(&object.attributes, "query").map(|text| (text, Form::Query)));
        }
        "domain" => {
            texts.extend(
                text_at(&object.attributes, "default").map(|text| (text, Form::Expression)),
            );
            texts.extend(in_list(&object.attributes, "check", "expression"));
        }
        "function" | "procedure" => {
            texts.extend(text_at(&object.attributes, "sql_body").map(inside));
            texts.extend(in_list(&object.attributes, "argument", "default"));
        }
        "trigger" => {
            texts.extend(text_at(&object.attributes, "when").map(|text| (text, Form::Expression)));
        }
        "policy" => {
            let expressions = ["using", "with_check"].into_iter();
            let expressions = expressions.filter_map(|name| text_at(&object.attributes, name));
            texts.extend(expressions.map(|text| (text, Form::Expression)));
        }
        "statistics" => {
            if let Some(Value::List(expressions)) = object.attributes.get("expressions") {
                let expressions = expressions.iter().filter_map(Value::as_text);
                texts.extend(expressions.map(|text| (text, Form::Expression)));
            }
        }
        "rule" => {
            texts.extend(text_at(&object.attributes, "where").map(|text| (text, Form::Expression)));
            if let Some(Value::List(commands)) = object.attributes.get("commands") {
                let commands = commands.iter().filter_map(Value::as_text);
                texts.extend(commands.map(|text| (text, Form::Statements)));
            }
        }
        "task" => {
            texts.extend(text_at(&object.attributes, "sql").map(|text| (text, Form::Statements)));
        }
        "index" => {
            texts.extend(text_at(&object.attributes, "where").map(|text| (text, Form::Expression)));
            texts.extend(in_list(&object.attributes, "key", "expression"));
        }
        "table" | "foreign_table" => {
            texts.extend(in_list(&object.attributes, "column", "default"));
            texts.extend(in_list(&object.attributes, "check", "expression"));
            texts.extend(in_list(&object.attributes, "exclude", "where"));
            if let Some(Value::List(exclusions)) = object.attributes.get("exclude") {
                for exclusion in exclusions {
                    if let Value::Map(exclusion) = exclusion {
                        texts.extend(in_list(exclusion, "element", "expression"));
                        let whole = text_at(exclusion, "definition");
                        texts.extend(whole.map(|text| (text, Form::Statements)));
                    }
                }
            }
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

/// Returns what is inside of the body of a routine: `begin atomic ... end`, or `return ...`.
fn inside(body: &str) -> (&str, Form) {
    let body = body.trim();
    let after = |text: &'_ str, word: &str| {
        let is_word = text.get(..word.len())?.eq_ignore_ascii_case(word);
        is_word.then_some(word.len())
    };
    if let Some(at) = after(body, "return") {
        return (&body[at..], Form::Expression);
    }
    let inner = after(body, "begin").and_then(|at| {
        let rest = body[at..].trim_start();
        Some(&rest[after(rest, "atomic")?..])
    });
    let inner = inner.unwrap_or(body);
    let end = inner.len().saturating_sub("end".len());
    let is_closed = inner
        .get(end..)
        .is_some_and(|word| word.eq_ignore_ascii_case("end"));
    (
        if is_closed { &inner[..end] } else { inner },
        Form::Statements,
    )
}

fn text_at<'a>(map: &'a model::Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_text)
}

/// Returns the types that an object is made of, as they are written.
fn types(object: &Object) -> Vec<&str> {
    let map = &object.attributes;
    let in_list = |list: &str| {
        let texts = in_list(map, list, "type").into_iter();
        texts.map(|(text, _)| text).collect::<Vec<_>>()
    };
    let texts_at = |names: &[&str]| -> Vec<&str> {
        let texts = names.iter().filter_map(|name| text_at(map, name));
        texts.collect()
    };
    match object.address.kind() {
        "table" | "foreign_table" => in_list("column"),
        "composite_type" => in_list("attribute"),
        "domain" | "transform" => text_at(map, "type").into_iter().collect(),
        "range_type" => text_at(map, "subtype").into_iter().collect(),
        "base_type" => text_at(map, "element").into_iter().collect(),
        "operator" => texts_at(&["left", "right"]),
        "operator_class" => texts_at(&["type", "storage"]),
        "cast" => texts_at(&["source", "target"]),
        "function" | "procedure" => {
            let mut types = in_list("argument");
            types.extend(text_at(map, "returns"));
            types
        }
        "aggregate" => {
            let mut types = in_list("argument");
            types.extend(in_list("order_by"));
            types.extend(
                ["stype", "mstype"]
                    .map(|name| text_at(map, name))
                    .into_iter()
                    .flatten(),
            );
            types
        }
        _ => Vec::new(),
    }
}

/// Returns the schema and the name of a type: `setof app.mood[]` is `mood` in `app`.
fn named_type(text: &str) -> Option<(Option<String>, String)> {
    let text = text.trim();
    let text = match text.get(..6) {
        Some(word) if word.eq_ignore_ascii_case("setof ") => &text[6..],
        _ => text,
    };
    let end = text.find(['[', '(']).unwrap_or(text.len());
    let fold = |part: &str| {
        let part = part.trim();
        if part.starts_with('"') {
            part.trim_matches('"').replace("\"\"", "\"")
        } else {
            part.to_lowercase()
        }
    };
    match text[..end].split('.').collect::<Vec<_>>().as_slice() {
        [name] => Some((None, fold(name))),
        [schema, name] => Some((Some(fold(schema)), fold(name))),
        _ => None,
    }
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

/// Returns the declared relations and routines that a text mentions. Of routines with one name, all: the
/// types of arguments are not known.
fn targets(
    found: &Mentions,
    object: &Object,
    (relations, routines): (&Relations, &Routines),
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
    let mut targets: BTreeSet<Address> = found
        .relations
        .union(&found.types)
        .filter_map(|mention| match &mention.schema {
            Some(schema) => find(schema, &mention.name),
            None => schemas
                .iter()
                .find_map(|schema| find(schema, &mention.name)),
        })
        .collect();
    for mention in &found.functions {
        let places = mention
            .schema
            .as_ref()
            .map_or(schemas.as_slice(), std::slice::from_ref);
        let called = places.iter().find_map(|schema| {
            routines.get(&(database.clone(), schema.clone(), mention.name.clone()))
        });
        targets.extend(called.into_iter().flatten().cloned());
    }
    targets
}

/// Reports whether one object stands on another, however indirectly.
pub(super) fn stands_on(desired: &Desired, from: &Address, on: &Address) -> bool {
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
