//! Views, and tables with a query, as they are made beside their live forms, under another name, before they take
//! the place of those.
//!
//! Whatever else is made beside its live form is what they stand on then: so their texts say other names for as
//! long. PostgreSQL keeps a view by what it stands on and not by its text, and so it is as declared once all have
//! their own names.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Map, Object, Value};
use provider::{Disturbance, Kind, encode, typed};

use crate::kinds::table::{Table, beside};
use crate::kinds::view::QUERY;
use crate::text::twins::{Twins, mentions, mentions_all, with_twins};

/// Addresses of what is made beside its live form, with those that it has meanwhile.
pub(crate) type Names = BTreeMap<Address, Address>;

/// Kinds whose names stand in texts.
const RELATIONS: [&str; 3] = ["view", "materialized_view", Table::NAME];

/// Attributes with an expression about the columns of what they belong to, which may be named with them.
const EXPRESSIONS: [&str; 6] = [
    "using",
    "with_check",
    "when",
    "where",
    "expression",
    "definition",
];

fn is_relation(address: &Address) -> bool {
    RELATIONS.contains(&address.kind())
}

/// Returns the relations of one database that are made beside their live forms.
fn twins<'a>(place: &str, names: &'a Names) -> Twins<'a> {
    let here = names
        .iter()
        .filter(|(from, _)| is_relation(from) && from.part(0) == place);
    here.map(|(from, to)| ((from.part(1), from.name()), to.name()))
        .collect()
}

/// Returns an object as it is made beside its live form; `None` where its text does not tell enough. `form` is how
/// the server writes it.
pub(crate) fn twin(
    object: &Object,
    form: Option<&Map>,
    names: &Names,
    version: u32,
) -> Option<Object> {
    let is_table = object.address.kind() == Table::NAME;
    // It has rows of its own.
    if is_table && !object.attributes.contains_key(QUERY) {
        return None;
    }
    let address = names.get(&object.address)?.clone();
    let twins = twins(object.address.part(0), names);
    let stands_on = object.stands_on();
    let own = object.attributes.values();
    let mut named = BTreeSet::new();
    for value in own {
        value.references(&mut |on| {
            named.insert(on.clone());
        });
    }
    // What only the text says it stands on: the address says what it lies in.
    let path = object.address.path();
    let wanted: BTreeSet<_> = stands_on
        .iter()
        .map(|edge| &edge.on)
        .filter(|on| is_relation(on) && names.contains_key(on) && !named.contains(on))
        .filter(|on| !path.starts_with(on.path()))
        .map(|on| (on.part(1), on.name()))
        .collect();
    let mut attributes = object.attributes.clone();
    let mut refer = |on: &mut Address| {
        if let Some(twin) = names.get(on) {
            on.clone_from(twin);
        }
    };
    for value in attributes.values_mut() {
        value.rewrite(&mut |_| {}, &mut refer);
    }
    for (name, value) in &mut attributes {
        express(name, value, &twins)?;
    }
    if let Some(Value::Text(query)) = attributes.get_mut(QUERY) {
        // The query of a table is nowhere as the server would write it.
        let rendered = form.filter(|_| !is_table).and_then(|form| form.get(QUERY));
        let rendered = rendered.and_then(Value::as_text);
        // Where it mentions none of them it stays as it is, whatever it calls its columns.
        let is_other = is_table && wanted.is_empty();
        let twins = if is_other { &Twins::new() } else { &twins };
        let own = with_twins(query, false, twins, &wanted);
        *query = own.or_else(|| with_twins(rendered?, true, twins, &wanted))?;
    } else if let Some(Value::List(commands)) = attributes.get_mut("commands") {
        for command in commands {
            if let Value::Text(text) = command {
                *text = with_twins(text, false, &twins, &BTreeSet::new())?;
            }
        }
    } else if !wanted.is_empty() {
        return None;
    }
    if is_table {
        let mut table: Table = typed(&attributes);
        beside(&mut table, &object.address, names, version)?;
        attributes = encode(&table);
    }
    Some(Object {
        address,
        attributes,
        ..object.clone()
    })
}

/// Lets the expressions in a value mean the twins of relations; fails where that cannot be told.
fn express(name: &str, value: &mut Value, twins: &Twins<'_>) -> Option<()> {
    match value {
        Value::Text(text) if EXPRESSIONS.contains(&name) => {
            *text = with_twins(text, false, twins, &BTreeSet::new())?;
        }
        Value::List(items) => {
            for item in items {
                express(name, item, twins)?;
            }
        }
        Value::Map(map) => {
            for (name, value) in map {
                express(name, value, twins)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Returns a query about something as it is asked before that has taken the place of its live form.
pub(crate) fn twin_query(sql: &str, on: &Address, names: &Names) -> Option<String> {
    let twins = twins(on.part(0), names);
    let wanted = is_relation(on).then(|| (on.part(1), on.name()));
    with_twins(sql, false, &twins, &wanted.into_iter().collect())
}

/// Reports whether a view that will stand on a table can be made while that still has its live form: it names
/// none of the columns that are new or change there, and not all of them, and groups by the same key.
pub(crate) fn can_precede(
    view: &Object,
    live: &Object,
    next: &Object,
    disturbs: &BTreeSet<Disturbance>,
) -> bool {
    let Some(query) = view.attributes.get("query").and_then(Value::as_text) else {
        return false;
    };
    let is_column = |one: &Disturbance| one.gone && one.part.starts_with("column ");
    let key = |table: &Object| table.attributes.get("primary_key").cloned();
    if live.address.kind() != "table" || !disturbs.iter().all(is_column) || key(live) != key(next) {
        return false;
    }
    let (live, next) = (columns(live), columns(next));
    let other = next
        .iter()
        .filter(|(name, column)| live.get(*name) != Some(*column));
    let other: BTreeSet<&str> = other.map(|(name, _)| *name).collect();
    !mentions_all(query) && !mentions(query, &other)
}

/// Returns the columns of a table, by name.
fn columns(table: &Object) -> BTreeMap<&str, &Map> {
    let Some(Value::List(columns)) = table.attributes.get("column") else {
        return BTreeMap::new();
    };
    let columns = columns.iter().filter_map(|column| match column {
        Value::Map(column) => Some((column.get("name")?.as_text()?, column)),
        _ => None,
    });
    columns.collect()
}
