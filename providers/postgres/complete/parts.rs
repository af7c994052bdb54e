//! What a new index of a partitioned table will be on, or one that replaces another: every partition, with the name of
//! its part of the index, so that it can be built one partition after the other.
//!
//! Nothing is noted where PostgreSQL would do it otherwise than by making every part anew under the usual name, or
//! where the partitions are not the same before and after: then it is built in one go. The same of keys and of foreign
//! keys is in `parts_of_keys`.
//!
//! Source: `DefineIndex()`, `ChooseIndexColumnNames()`, `FigureIndexColname()` of PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Catalog, Object, Value};
use provider::{Desired, Surroundings, typed};

use super::only::table_above;
use super::{declared, note, parts_of_keys};
use crate::kinds::index::online::{PARTITIONED, PARTS, Part};
use crate::kinds::index::part::part_name;
use crate::kinds::index::{Index, Key};
use crate::kinds::table::{HIDDEN, INDEXES, Table, default_name, texts};
use crate::text::keywords::is_plain;
use crate::text::lexer::{Kind, lex};
use crate::text::quote::ident;

/// Tables by what they are partitions of.
type Tree<'a> = BTreeMap<Address, Vec<&'a Object>>;

/// All partitions.
pub(super) struct Forest<'a> {
    pub(super) live: &'a Catalog,
    /// As they are.
    tree: Tree<'a>,
    /// As they will be.
    next: BTreeMap<Address, BTreeSet<Address>>,
}

impl Forest<'_> {
    /// Returns the partitions of a table where all of them are there, and stay.
    pub(super) fn partitions(&self, table: &Address) -> Option<&[&Object]> {
        let has_all = |object: &Object| !object.facts.notes.contains_key(HIDDEN);
        let partitions = self.tree.get(table).map_or(&[][..], Vec::as_slice);
        let members: BTreeSet<_> = partitions.iter().map(|one| one.address.clone()).collect();
        let is_same = members == self.next.get(table).cloned().unwrap_or_default();
        let is_whole = is_same && self.live.get(table).is_some_and(has_all);
        is_whole.then_some(partitions)
    }
}

/// What is to be on all partitions.
pub(super) struct Wanted<'a> {
    pub(super) index: &'a Index,
    /// What PostgreSQL calls its columns; none for a primary key, whose parts are called without them.
    pub(super) columns: Vec<String>,
    /// The same of the index that it replaces.
    pub(super) former: Option<Vec<String>>,
    /// What the names of its parts end with.
    pub(super) word: &'a str,
}

/// Notes the parts of indexes that are new or different.
pub(super) fn complete(desired: &mut Desired, around: Surroundings<'_>) {
    let Some(live) = around.live else {
        return;
    };
    let is_new = |address: &Address| {
        let wanted = desired.catalog.get(address).map(|one| &one.attributes);
        live.get(address).map(|one| &one.attributes) != wanted
    };
    let new: Vec<Address> = declared(desired, around.provider, "index")
        .into_iter()
        .filter(|address| is_new(address) && is_on_all(desired, address))
        .collect();
    let keyed = parts_of_keys::wanting(desired, around.provider, live);
    if new.is_empty() && keyed.is_empty() {
        return;
    }
    let forest = Forest {
        live,
        tree: tree(live, around.provider),
        next: tree_of(desired, around, live),
    };
    let mut taken = names(live, around.provider);
    taken.extend(names(&desired.catalog, around.provider));
    parts_of_keys::complete(desired, &keyed, &forest, &mut taken);
    for address in new {
        let Some(index) = desired.catalog.get(&address) else {
            continue;
        };
        let index: Index = typed(&index.attributes);
        let replaced = live.get(&address).map(|old| typed(&old.attributes));
        let wanted = column_names(&index).map(|columns| Wanted {
            index: &index,
            former: replaced.as_ref().and_then(column_names),
            columns,
            word: "idx",
        });
        let found = wanted.and_then(|wanted| parts(&wanted, &forest, &taken));
        let has_others = [&desired.catalog, live]
            .iter()
            .any(|catalog| has_other_parts(catalog, &address));
        let Some(found) = found.filter(|_| !has_others) else {
            continue;
        };
        taken.extend(found.iter().map(Part::written));
        let found = found.iter().map(Part::note).collect();
        note(desired, &address, PARTS, Value::List(found));
    }
}

/// Reports whether a declared index is to be on all partitions of its table.
fn is_on_all(desired: &Desired, address: &Address) -> bool {
    desired.catalog.get(address).is_some_and(|index| {
        index.facts.notes.contains_key(PARTITIONED)
            && !index.attributes.contains_key("part_of")
            && !index.attributes.contains_key("only")
    })
}

/// Reports whether an index has parts that are not what PostgreSQL would make.
fn has_other_parts(catalog: &Catalog, address: &Address) -> bool {
    catalog.iter().any(|other| {
        let above = other.attributes.get("part_of");
        matches!(above, Some(Value::Reference(above)) if above == address)
    })
}

fn is_table(object: &Object, provider: &str) -> bool {
    object.address.provider() == provider
        && matches!(object.address.kind(), "table" | "foreign_table")
}

/// Returns the live partitions.
fn tree<'a>(live: &'a Catalog, provider: &str) -> Tree<'a> {
    let mut tree = Tree::new();
    for object in live.iter().filter(|object| is_table(object, provider)) {
        if let Some(above) = table_above(object) {
            tree.entry(above).or_default().push(object);
        }
    }
    tree
}

/// Returns the partitions as they will be.
fn tree_of(
    desired: &Desired,
    around: Surroundings<'_>,
    live: &Catalog,
) -> BTreeMap<Address, BTreeSet<Address>> {
    let mut all: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    let stays = |object: &&Object| {
        let is_declared = desired.catalog.contains(&object.address);
        !is_declared && around.records.get(&object.address).is_none()
    };
    let others = live.iter().filter(stays);
    for object in desired.catalog.iter().chain(others) {
        let above = table_above(object).filter(|_| is_table(object, around.provider));
        if let Some(above) = above {
            all.entry(above).or_default().insert(object.address.clone());
        }
    }
    all
}

/// Returns the names that relations have, as they are written.
pub(super) fn names(catalog: &Catalog, provider: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let ours = catalog.iter();
    for object in ours.filter(|object| object.address.provider() == provider) {
        let address = &object.address;
        let written = |name: &str| format!("{}.{}", ident(address.part(1)), ident(name));
        match address.kind() {
            "table" => {
                let table: Table = typed(&object.attributes);
                let key = table.primary_key.map(|key| {
                    let usual = || default_name(address.name());
                    key.name.unwrap_or_else(usual)
                });
                let unique = table.unique.into_iter().map(|one| one.name);
                let exclude = table.exclude.into_iter().map(|one| one.name);
                let own = key.into_iter().chain(unique).chain(exclude);
                names.extend(own.map(|name| written(&name)));
                names.insert(written(address.name()));
                names.extend(texts(object.facts.notes.get(INDEXES)));
            }
            "view" | "materialized_view" | "foreign_table" | "sequence" | "identity_sequence"
            | "index" | "composite_type" => {
                names.insert(written(address.name()));
            }
            _ => {}
        }
    }
    names
}

/// Returns the parts of what is new, or replaces another, those above first.
pub(super) fn parts(
    wanted: &Wanted<'_>,
    forest: &Forest<'_>,
    taken: &BTreeSet<String>,
) -> Option<Vec<Part>> {
    let Wanted {
        index,
        columns,
        former,
        word,
    } = wanted;
    let mut parts: Vec<Part> = Vec::new();
    let mut queue = vec![(index.table.0.clone(), None::<usize>)];
    while let Some((table, above)) = queue.pop() {
        for partition in forest.partitions(&table)? {
            let address = &partition.address;
            if address.kind() != "table" || has_like(index, partition, forest.live) {
                return None;
            }
            let name = |columns: &[String], word: &str| match columns {
                [] => default_name(address.name()),
                columns => part_name(address.name(), columns, word),
            };
            let usual = name(columns, word);
            let goes = former.as_ref().map(|columns| name(columns, word));
            let is_taken = goes.as_ref() == Some(&usual);
            let part = Part {
                table: address.clone(),
                name: match is_taken {
                    true => name(columns, &format!("{word}_new")),
                    false => usual.clone(),
                },
                usual: is_taken.then_some(usual),
                is_partitioned: partition.attributes.contains_key("partition_by"),
                above: above.map(|at| parts[at].table.clone()),
            };
            let written = part.written();
            if taken.contains(&written) || parts.iter().any(|other| other.written() == written) {
                return None;
            }
            if part.is_partitioned {
                queue.push((address.clone(), Some(parts.len())));
            }
            parts.push(part);
        }
    }
    Some(parts)
}

/// Reports whether a partition has an index of its own that PostgreSQL would perhaps make part of a new one above.
fn has_like(index: &Index, partition: &Object, live: &Catalog) -> bool {
    let keyed = |keys: &[Key]| -> Vec<(Option<String>, Option<String>)> {
        let one = |key: &Key| {
            (
                key.column.clone(),
                key.expression.clone().map(|_| String::new()),
            )
        };
        keys.iter().map(one).collect()
    };
    let wanted = keyed(&index.key);
    let has_index = live.iter().any(|object| {
        object.address.kind() == "index"
            && object.attached.as_ref() == Some(&partition.address)
            && !object.attributes.contains_key("part_of")
            && keyed(&typed::<Index>(&object.attributes).key) == wanted
    });
    let table: Table = typed(&partition.attributes);
    let key = table.primary_key.iter().map(|key| &key.columns);
    let mut keys = key.chain(table.unique.iter().map(|one| &one.columns));
    let columns: Option<Vec<String>> = index.key.iter().map(|key| key.column.clone()).collect();
    has_index || index.unique && keys.any(|one| Some(one) == columns.as_ref())
}

/// Returns what PostgreSQL calls the columns of an index; `None` where only PostgreSQL knows.
fn column_names(index: &Index) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let keys = index
        .key
        .iter()
        .map(|key| match (&key.column, &key.expression) {
            (Some(column), _) => Some(column.clone()),
            (None, expression) => call(expression.as_deref()?),
        });
    for name in keys.chain(index.include.iter().cloned().map(Some)) {
        let name = name?;
        let mut free = name.clone();
        let mut number = 0;
        while names.contains(&free) {
            number += 1;
            free = format!("{name}{number}");
        }
        names.push(free);
    }
    Some(names)
}

/// Returns the name of the function that an expression calls, where it is nothing but one plain call.
fn call(expression: &str) -> Option<String> {
    let tokens = lex(expression);
    let (first, rest) = tokens.split_first()?;
    let (last, inner) = rest.split_last()?;
    let (open, inner) = inner.split_first()?;
    if !matches!(first.kind, Kind::Word | Kind::QuotedName) || open.text != "(" || last.text != ")"
    {
        return None;
    }
    let mut depth = 0_i32;
    for token in inner {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    let is_function = first.kind != Kind::Word || is_plain(&first.text.to_lowercase());
    first.name().filter(|_| is_function && depth == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_calls_have_a_name() {
        assert_eq!(call("lower(kind)").as_deref(), Some("lower"));
        assert_eq!(call("lower(trim(kind))").as_deref(), Some("lower"));
        for other in [
            "(a + b)",
            "lower(a) || lower(b)",
            "a::date",
            "lower(a)::date",
            "coalesce(a, b)",
        ] {
            assert_eq!(call(other), None, "{other}");
        }
    }
}
