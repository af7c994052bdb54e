//! Types of columns that are declared as well: there is hardly a cast to them, so a column that becomes one of
//! them must be told how.

use model::{Address, Edge, Map, Object, Value};
use provider::{Desired, Kind, Surroundings, typed};

use super::declared;
use super::mentions::Relations;
use super::texts::named_type;
use crate::kinds::cast::{Cast, Method};
use crate::kinds::table::{DOMAIN, MADE};
use crate::kinds::types::TYPES;
use crate::naming::names_in;

/// Lets casts by function come after those by bytes that they may stand on: the function may take or give a type
/// that is the same in bytes.
pub(super) fn order(desired: &mut Desired, provider: &str) {
    let casts: Vec<(Address, Cast)> = declared(desired, provider, Cast::NAME)
        .into_iter()
        .filter_map(|address| {
            let cast = desired.catalog.get(&address)?;
            let cast = typed(&cast.attributes);
            Some((address, cast))
        })
        .collect();
    for (address, cast) in casts.iter().filter(|(_, cast)| cast.function.is_some()) {
        let by_bytes = casts.iter().filter(|(_, other)| {
            other.method == Some(Method::Binary)
                && (other.target == cast.target || other.source == cast.source)
        });
        let edges: Vec<_> = by_bytes.map(|(other, _)| Edge::to(other.clone())).collect();
        if let Some(object) = desired.catalog.get_mut(address) {
            object.edges.extend(edges);
        }
    }
}

/// Notes the sorts of the types of columns at tables that change.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let tables = declared(desired, around.provider, "table");
    // One that is not live may be so under another name.
    let is_renamed = around
        .records
        .keys()
        .any(|address| address.kind() == "table" && !desired.catalog.contains(address));
    let changed: Vec<_> = tables
        .into_iter()
        .filter(|address| {
            let next = desired.catalog.get(address);
            let columns = |table: &Object| table.attributes.get("column").cloned();
            live.get(address).map_or(is_renamed, |live| {
                next.is_some_and(|next| columns(next) != columns(live))
            })
        })
        .collect();
    if changed.is_empty() {
        return;
    }
    let relations = Relations::of(desired, around.provider);
    for address in changed {
        let Some(table) = desired.catalog.get(&address) else {
            continue;
        };
        let made = made(table, desired, &relations);
        if let Some(table) = desired.catalog.get_mut(&address)
            && !made.is_empty()
        {
            table.facts.notes.insert(MADE.to_owned(), Value::Map(made));
        }
    }
}

/// Returns the types from which there is a declared cast to another.
fn sources(to: &Address, desired: &Desired, relations: &Relations) -> Vec<String> {
    let casts = desired.catalog.iter().filter(|object| {
        object.address.kind() == "cast" && object.address.provider() == to.provider()
    });
    let found = casts.filter_map(|cast| {
        let text = |name: &str| cast.attributes.get(name).and_then(Value::as_text);
        let (schema, called) = named_type(text("target")?)?;
        let schemas = names_in(&cast.address);
        let own = schema.as_ref().map(std::slice::from_ref);
        let target = relations.find(to.part(0), own.unwrap_or(&schemas), &called)?;
        (target == to).then(|| text("source").map(str::to_owned))?
    });
    found.collect()
}

fn made(table: &Object, desired: &Desired, relations: &Relations) -> Map {
    let Some(Value::List(columns)) = table.attributes.get("column") else {
        return Map::new();
    };
    let schemas = names_in(&table.address);
    let found = columns.iter().filter_map(|column| {
        let Value::Map(column) = column else {
            return None;
        };
        let text = |name: &str| column.get(name).and_then(Value::as_text);
        let (name, data_type) = (text("name")?, text("type")?);
        let (schema, called) = named_type(data_type)?;
        let own = schema.as_ref().map(std::slice::from_ref);
        let found = relations.find(table.address.part(0), own.unwrap_or(&schemas), &called)?;
        if !TYPES.contains(&found.kind()) {
            return None;
        }
        let mut sort = vec![found.kind().to_owned()];
        sort.extend(sources(found, desired, relations));
        if found.kind() == "domain" {
            let domain = desired.catalog.get(found)?;
            let base = domain.attributes.get("type").and_then(Value::as_text)?;
            let array = if data_type.trim_end().ends_with("[]") {
                "[]"
            } else {
                ""
            };
            sort = vec![DOMAIN.to_owned(), format!("{base}{array}")];
        }
        let sort = sort.into_iter().map(Value::Text).collect();
        Some((name.to_owned(), Value::List(sort)))
    });
    found.collect()
}
