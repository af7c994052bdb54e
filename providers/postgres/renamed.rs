//! What a renamed type takes along: PostgreSQL writes its new name wherever it is mentioned, and in the
//! names of routines.

use std::collections::BTreeMap;

use model::{Address, Object, Value};

use crate::kinds::types::TYPES;
use crate::naming::{called, is_called};
use crate::text::quote::qualified;
use crate::text::rename::{Offer, Use, rename};

/// What is kept as a person wrote it, names and all.
const AS_WRITTEN: [&str; 4] = ["body", "comment", "sql", "values"];

/// New names of types, by schema and name.
type Names<'a> = BTreeMap<(&'a str, &'a str), &'a Address>;

/// Returns the names of types in one database that change.
fn names<'a>(place: &str, renames: &'a [(Address, Address)]) -> Names<'a> {
    renames
        .iter()
        .filter(|(from, _)| TYPES.contains(&from.kind()) && from.part(0) == place)
        .map(|(from, to)| ((from.part(1), from.name()), to))
        .collect()
}

fn renamed(text: &str, names: &Names<'_>) -> String {
    rename(text, Offer::Qualified, &|schema, name, used| {
        // A constant stays what it is, and a function may be called like the type.
        if used != Use::Plain {
            return None;
        }
        let to = names.get(&(schema?, name))?;
        Some(qualified(&[to.part(1), to.name()]))
    })
}

/// Returns the address that something has once types in its name have been renamed.
pub(crate) fn readdressed(address: &Address, renames: &[(Address, Address)]) -> Option<Address> {
    let is_cast = address.kind() == "cast";
    if !is_cast && !is_called(address.kind()) {
        return None;
    }
    let names = names(address.part(0), renames);
    if names.is_empty() {
        return None;
    }
    let (bare, types) = match is_cast {
        true => ("", address.name()),
        false => called(address.name()),
    };
    let next = renamed(types, &names);
    let mut path = address.path().to_vec();
    *path.last_mut()? = format!("{bare}{next}");
    (next != types).then(|| address.sibling(address.kind(), path))
}

/// Writes the texts of a live object as PostgreSQL will once types have been renamed.
pub(crate) fn reword(object: &mut Object, renames: &[(Address, Address)]) {
    if object.address.path().len() < 2 {
        return;
    }
    let names = names(object.address.part(0), renames);
    if names.is_empty() {
        return;
    }
    for (attribute, value) in &mut object.attributes {
        reword_value(attribute, value, &names);
    }
}

fn reword_value(attribute: &str, value: &mut Value, names: &Names<'_>) {
    match value {
        Value::Text(text) if !AS_WRITTEN.contains(&attribute) => *text = renamed(text, names),
        Value::List(items) => {
            for item in items {
                reword_value(attribute, item, names);
            }
        }
        Value::Map(map) => {
            for (name, value) in map {
                reword_value(name, value, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use model::Map;

    use super::*;

    fn address(kind: &str, name: &str) -> Address {
        Address::new("postgres", kind, ["d", "app", name])
    }

    #[test]
    fn types_are_renamed_where_they_are_types() {
        let renames = [(address("enum", "mood"), address("enum", "The mood"))];
        let function = address("function", "mood(app.mood[],integer)");
        assert_eq!(
            readdressed(&function, &renames),
            Some(address("function", "mood(app.\"The mood\"[],integer)"))
        );
        assert_eq!(
            readdressed(&address("function", "mood(text)"), &renames),
            None
        );
        let mut attributes = Map::new();
        for name in ["default", "comment"] {
            let text = "'app.mood'::app.mood || app.mood(1)";
            attributes.insert(name.to_owned(), Value::Text(text.to_owned()));
        }
        let mut object = Object::new(address("domain", "x"), attributes);
        reword(&mut object, &renames);
        let text = |name: &str| {
            object.attributes[name]
                .as_text()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(
            text("default"),
            "'app.mood'::app.\"The mood\" || app.mood(1)"
        );
        assert_eq!(text("comment"), "'app.mood'::app.mood || app.mood(1)");
    }
}
