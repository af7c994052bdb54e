//! What a renamed type or collation takes along: PostgreSQL writes its new name wherever it is mentioned,
//! and that of a type in the names of routines.

use std::collections::BTreeMap;

use model::{Address, Object, Value};

use crate::kinds::types::TYPES;
use crate::naming::{called, is_called, split};
use crate::text::quote::qualified;
use crate::text::rename::{Offer, Use, rename};

/// What is kept as a person wrote it, names and all.
const AS_WRITTEN: [&str; 5] = ["body", "comment", "multirange_type_name", "sql", "values"];

/// New names of types or collations, by schema and name.
type Names<'a> = BTreeMap<(&'a str, &'a str), &'a Address>;

/// What is renamed in one database.
struct Renamed<'a> {
    types: Names<'a>,
    collations: Names<'a>,
}

impl<'a> Renamed<'a> {
    fn of(place: &str, renames: &'a [(Address, Address)]) -> Option<Self> {
        let names = |kinds: &[&str]| -> Names<'a> {
            renames
                .iter()
                .filter(|(from, _)| kinds.contains(&from.kind()) && from.part(0) == place)
                .map(|(from, to)| ((from.part(1), from.name()), to))
                .collect()
        };
        let found = Self {
            types: names(&TYPES),
            collations: names(&["collation"]),
        };
        let is_empty = found.types.is_empty() && found.collations.is_empty();
        (!is_empty).then_some(found)
    }

    fn text(&self, text: &str) -> String {
        rename(text, Offer::Qualified, &|schema, name, used| {
            let names = match used {
                Use::Plain => &self.types,
                Use::Collation => &self.collations,
                // A constant stays what it is, and a function may be called like the type.
                Use::Called | Use::Constant | Use::Bound => return None,
            };
            let to = names.get(&(schema?, name))?;
            Some(qualified(&[to.part(1), to.name()]))
        })
    }

    /// Writes the name of a collation that stands alone.
    fn collation(&self, text: &str) -> String {
        let parts = split(text).unwrap_or_default();
        let found = match parts.as_slice() {
            [schema, name] => self.collations.get(&(schema.as_str(), name.as_str())),
            _ => None,
        };
        match found {
            Some(to) => qualified(&[to.part(1), to.name()]),
            None => text.to_owned(),
        }
    }

    fn value(&self, attribute: &str, value: &mut Value) {
        match value {
            Value::Text(text) if attribute == "collation" => *text = self.collation(text),
            Value::Text(text) if !AS_WRITTEN.contains(&attribute) => *text = self.text(text),
            Value::List(items) => {
                for item in items {
                    self.value(attribute, item);
                }
            }
            Value::Map(map) => {
                for (name, value) in map {
                    self.value(name, value);
                }
            }
            _ => {}
        }
    }
}

/// Returns the address that something has once types in its name have been renamed.
pub(crate) fn readdressed(address: &Address, renames: &[(Address, Address)]) -> Option<Address> {
    let is_cast = address.kind() == "cast";
    if !is_cast && !is_called(address.kind()) {
        return None;
    }
    let renamed = Renamed::of(address.part(0), renames)?;
    let (bare, types) = match is_cast {
        true => ("", address.name()),
        false => called(address.name()),
    };
    let next = renamed.text(types);
    let mut path = address.path().to_vec();
    *path.last_mut()? = format!("{bare}{next}");
    (next != types).then(|| address.sibling(address.kind(), path))
}

/// Writes the texts of a live object as PostgreSQL will once others have been renamed.
pub(crate) fn reword(object: &mut Object, renames: &[(Address, Address)]) {
    if object.address.path().len() < 2 {
        return;
    }
    let Some(renamed) = Renamed::of(object.address.part(0), renames) else {
        return;
    };
    for (attribute, value) in &mut object.attributes {
        renamed.value(attribute, value);
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
