//! What keeps a column from being copied while people write: something else that would not come along, or that would
//! take every copied row for a changed one.

use model::{Address, Catalog, Object, Value};
use provider::{Kind, typed};

use crate::kinds::identity_sequence::IdentitySequence;
use crate::kinds::index::Index;
use crate::kinds::table::{Exclusion, Table, carries, function_names, mentions};
use crate::naming::{column_part, schema_of};

/// Returns what stands in the way of copying a column of a table, in words.
pub(crate) fn hindrance(on: &Address, part: &str, catalogs: [&Catalog; 2]) -> Option<String> {
    let column = part.strip_prefix(&column_part(""))?;
    catalogs.iter().find_map(|catalog| {
        let table = catalog
            .get(on)
            .map(|object| typed::<Table>(&object.attributes));
        table
            .and_then(|table| in_table(&table, column))
            .map(|what| format!("{what} {}", on.qualified_name()))
            .or_else(|| {
                let mut others = catalog.iter();
                others.find_map(|object| {
                    let is_in_the_way = !comes_along(object, column, catalogs);
                    is_in_the_way.then(|| around(object, on, part))?
                })
            })
            .or_else(|| in_the_way(on, column, catalog))
    })
}

/// Reports whether an index stays as it is and can be built on the copy as well, or a sequence of an identity is nobody
/// else's.
fn comes_along(object: &Object, column: &str, [live, next]: [&Catalog; 2]) -> bool {
    let form = |of: Option<&Object>| of.map(|one| one.attributes.fingerprint());
    match object.address.kind() {
        Index::NAME => {
            let [live, next] = [live, next].map(|catalog| form(catalog.get(&object.address)));
            live == next && carries(&typed::<Index>(&object.attributes), column)
        }
        IdentitySequence::NAME => !object.attributes.contains_key("privileges"),
        _ => false,
    }
}

/// Returns what in the table itself does.
fn in_table(table: &Table, column: &str) -> Option<&'static str> {
    let mut excluded = table.exclude.iter();
    let mut generated = table.column.iter().filter_map(|one| one.generated.as_ref());
    let found = [
        (
            "an exclusion constraint mentions the column in",
            excluded.any(|one| excludes(one, column)),
        ),
        (
            "another column is computed from it in",
            generated.any(|generated| mentions(&generated.expression, column)),
        ),
        ("the owner sees only some rows of", table.force_row_security),
        ("a type says which columns there are in", table.of.is_some()),
        (
            "columns come from other tables in",
            !table.inherits.is_empty(),
        ),
    ];
    let mut found = found.into_iter().filter(|(_, is_there)| *is_there);
    found.next().map(|(what, _)| what)
}

/// Reports whether an exclusion constraint is about a column.
fn excludes(one: &Exclusion, column: &str) -> bool {
    let elements = one.element.iter();
    let columns = elements
        .clone()
        .filter_map(|element| element.column.as_ref());
    let texts = elements.filter_map(|element| element.expression.as_ref());
    let mut texts = texts.chain(&one.definition).chain(&one.condition);
    let mut columns = columns.chain(&one.include);
    columns.any(|name| name == column) || texts.any(|text| mentions(text, column))
}

/// Returns what another object has to do with the column.
fn around(object: &Object, on: &Address, part: &str) -> Option<String> {
    let address = &object.address;
    if address == on || address.provider() != on.provider() {
        return None;
    }
    let what = || {
        format!(
            "{} {}",
            address.kind().replace('_', " "),
            address.qualified_name()
        )
    };
    let stands_on = object.stands_on();
    let stands = stands_on
        .iter()
        .any(|edge| edge.on == *on && edge.part.as_deref() == Some(part));
    if stands {
        return Some(format!("{} stands on the column", what()));
    }
    match address.kind() {
        "trigger" | "rule" if stands_on.iter().any(|edge| edge.on == *on) => {
            Some(format!("{} would take every row for a changed one", what()))
        }
        "table" if names(object.attributes.get("inherits"), on) => {
            Some(format!("{} has its columns from there", what()))
        }
        "publication" => {
            publishes(object, on).then(|| format!("{} publishes every change", what()))
        }
        _ => None,
    }
}

fn names(value: Option<&Value>, wanted: &Address) -> bool {
    value.is_some_and(|value| value.refers_to(wanted))
}

fn publishes(publication: &Object, on: &Address) -> bool {
    let attribute = |name: &str| publication.attributes.get(name);
    publication.address.part(0) == on.part(0)
        && (attribute("all_tables") == Some(&Value::Bool(true))
            || names(attribute("tables"), on)
            || names(attribute("table"), on)
            || names(attribute("schemas"), &schema_of(on)))
}

/// Returns what is called as the functions that copy would be.
fn in_the_way(on: &Address, column: &str, catalog: &Catalog) -> Option<String> {
    let own = function_names(on.name(), column);
    let is_own = |address: &&Address| {
        matches!(address.kind(), "function" | "procedure" | "aggregate")
            && address.path()[..2] == on.path()[..2]
            && own
                .iter()
                .any(|name| crate::naming::called(address.name()).0 == name)
    };
    let found = catalog.addresses().find(is_own);
    found.map(|address| {
        format!(
            "there is already something called {}",
            address.qualified_name()
        )
    })
}
