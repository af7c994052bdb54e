//! Edges that only names tell: subscriptions come after the tables they fill, functions after the
//! language they are written in, what has files after the tablespace they are in.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Object, Value};
use provider::{Desired, Surroundings};

use super::declared;
use crate::kinds::table::ACCESS_METHOD;

/// Adds the edges.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    stand_on_types_of_tables(desired, around.provider);
    let of_kind = |kind: &str| -> BTreeSet<Address> {
        declared(desired, around.provider, kind)
            .into_iter()
            .collect()
    };
    let languages = of_kind("language");
    let tablespaces = of_kind("tablespace");
    let methods = of_kind("access_method");
    let transforms_declared = of_kind("transform");
    let classes = classes(desired, around.provider);
    let tables = if of_kind("subscription").is_empty() {
        BTreeSet::new()
    } else {
        of_kind("table")
    };
    for object in desired.catalog.iter_mut() {
        let address = &object.address;
        if address.provider() != around.provider {
            continue;
        }
        if address.kind() == "subscription" {
            // The publisher is asked at once which tables there are.
            let here = tables
                .iter()
                .filter(|table| table.part(0) == address.part(0));
            object.edges.extend(here.cloned().map(Edge::to));
        }
        let text = |name: &str| object.attributes.get(name).and_then(Value::as_text);
        // One of them may be the default of a column.
        let classes = match address.kind() {
            "index" => classes.get(&(
                address.part(0).to_owned(),
                text("method").unwrap_or("btree").to_owned(),
            )),
            _ => None,
        };
        // Those that come with PostgreSQL are written in capitals, too.
        let language = text("language").and_then(|name| {
            let names = [name.to_owned(), name.to_lowercase()];
            let mut found = names
                .map(|name| address.sibling("language", [address.part(0), &name]))
                .into_iter();
            found.find(|language| languages.contains(language))
        });
        let tablespace = text("tablespace").map(|name| address.sibling("tablespace", [name]));
        let method = method(object).map(|method| match methods.contains(&method.on) {
            true => method,
            false => Edge {
                on: method.on.sibling(
                    method.on.kind(),
                    [method.on.part(0), &method.on.name().to_lowercase()],
                ),
                ..method
            },
        });
        let method = method.filter(|method| methods.contains(&method.on));
        let transforms = transforms_of(object);
        let transforms: Vec<_> = transforms
            .into_iter()
            .filter(|transform| transforms_declared.contains(transform))
            .collect();
        let tablespace = tablespace.filter(|tablespace| tablespaces.contains(tablespace));
        object.edges.extend(
            [language, tablespace]
                .into_iter()
                .flatten()
                .chain(transforms)
                .chain(classes.into_iter().flatten().cloned())
                .map(Edge::to)
                .chain(method),
        );
    }
}

/// Lets what stands on a table of a type come after that: its columns change with the type.
fn stand_on_types_of_tables(desired: &mut Desired, provider: &str) {
    let types: BTreeMap<Address, Address> = declared(desired, provider, "table")
        .into_iter()
        .filter_map(
            |table| match desired.catalog.get(&table)?.attributes.get("of")? {
                Value::Reference(of) => Some((table, of.clone())),
                _ => None,
            },
        )
        .collect();
    if types.is_empty() {
        return;
    }
    for object in desired.catalog.iter_mut() {
        let on_types: Vec<_> = object
            .edges
            .iter()
            .filter_map(|edge| types.get(&edge.on))
            .filter(|of| **of != object.address)
            .map(|of| Edge::to(of.clone()))
            .collect();
        object.edges.extend(on_types);
    }
}

/// Returns the declared classes of operators by database and access method.
fn classes(desired: &Desired, provider: &str) -> BTreeMap<(String, String), Vec<Address>> {
    let mut classes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for address in declared(desired, provider, "operator_class") {
        let object = desired.catalog.get(&address);
        let using = object.and_then(|object| object.attributes.get("using")?.as_text());
        let Some(using) = using else { continue };
        let key = (address.part(0).to_owned(), using.to_owned());
        classes.entry(key).or_default().push(address);
    }
    classes
}

/// Returns what a table, an index, a class of operators or a family says of its access method. A table can
/// have another one meanwhile.
pub(crate) fn method(object: &Object) -> Option<Edge> {
    let text = |name: &str| object.attributes.get(name).and_then(Value::as_text);
    let address = &object.address;
    let (name, by) = match address.kind() {
        "operator_class" | "operator_family" => (text("using"), None),
        "table" => (text("access_method"), Some(ACCESS_METHOD.to_owned())),
        "materialized_view" => (text("access_method"), None),
        _ => (text("method"), None),
    };
    Some(Edge {
        by,
        ..Edge::to(address.sibling("access_method", [address.part(0), name?]))
    })
}

/// Returns the transforms that a routine uses.
fn transforms_of(object: &Object) -> Vec<Address> {
    let (Some(Value::List(types)), Some(language)) = (
        object.attributes.get("transform"),
        object.attributes.get("language"),
    ) else {
        return Vec::new();
    };
    let language = match language {
        Value::Text(name) => name.to_lowercase(),
        Value::Reference(language) => language.name().to_owned(),
        _ => return Vec::new(),
    };
    let address = &object.address;
    let types = types.iter().filter_map(Value::as_text);
    types
        .map(|name| address.sibling("transform", [address.part(0), &language, name]))
        .collect()
}
