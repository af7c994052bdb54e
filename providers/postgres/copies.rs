//! What keeps a column from being copied while people write: something else that would not come along, or that would
//! take every copied row for a changed one.

use model::{Address, Catalog, Object, Value};
use provider::{Kind, typed};

use crate::kinds::identity_sequence::IdentitySequence;
use crate::kinds::index::Index;
use crate::kinds::table::{Table, carries, function_names, mentions};
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
                let others = catalog
                    .iter()
                    .filter(|one| !comes_along(one, column, catalogs));
                others
                    .into_iter()
                    .find_map(|object| around(object, on, part))
            })
            .or_else(|| in_the_way(on, column, catalog))
    })
}

/// Reports whether an index stays as it is and can be built on the copy as well, or a sequence of an identity is nobody
/// else's.
fn comes_along(object: &Object, column: &str, catalogs: [&Catalog; 2]) -> bool {
    let address = &object.address;
    let form = |catalog: &'_ Catalog| catalog.get(address).map(|one| one.attributes.clone());
    let [live, next] = catalogs.map(form);
    match address.kind() {
        Index::NAME => live == next && carries(&typed::<Index>(&object.attributes), column),
        IdentitySequence::NAME => !object.attributes.contains_key("privileges"),
        _ => false,
    }
}

/// Returns what in the table itself does.
fn in_table(table: &Table, column: &str) -> Option<&'static str> {
    let mentions = |text: &str| mentions(text, column);
    let excluded = table.exclude.iter().flat_map(|one| {
        let columns = one
            .element
            .iter()
            .filter_map(|element| element.column.as_ref());
        let texts = one
            .element
            .iter()
            .filter_map(|element| element.expression.as_ref());
        let texts = texts.chain(&one.definition).chain(&one.condition);
        let is_in_text = texts.map(|text| mentions(text));
        let is_column = columns.chain(&one.include).map(|name| name == column);
        is_in_text.chain(is_column).collect::<Vec<_>>()
    });
    let mut generated = table.column.iter().filter_map(|one| one.generated.as_ref());
    let found = [
        (
            "an exclusion constraint mentions the column in",
            excluded.into_iter().any(|is_in| is_in),
        ),
        (
            "another column is computed from it in",
            generated.any(|generated| mentions(&generated.expression)),
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
    let mut found = false;
    if let Some(value) = value {
        value.references(&mut |address| found |= address == wanted);
    }
    found
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
