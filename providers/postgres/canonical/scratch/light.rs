//! What an object looks like in scratch: without what is attached to it, and by names in scratch.

use std::collections::BTreeMap;

use model::{Address, Map, Object, Value};
use provider::{Kind, encode, typed};

use super::Scratch;
use super::checked::lighten;
use crate::kinds::foreign::table::{ForeignTable, as_table, is_table, with_table};
use crate::kinds::references::is_bare;
use crate::kinds::replication::publication::Publication;
use crate::kinds::table::{Table, default_name};
use crate::kinds::types::TYPES;
use crate::kinds::types::range::RangeType;
use crate::kinds::view::QUERY;
use crate::naming::called;
use crate::text::quote::ident;
use crate::text::rename::{Offer, Use, rename};

/// What is only asked about, never about to be made, and so needs no owner, grants or comments, and
/// no roles, which may not be there yet.
const ATTACHED: [&str; 14] = [
    "partition",
    "only",
    "owner",
    "comment",
    "depends_on_extensions",
    "privileges",
    "grants",
    "owns",
    "to",
    "cluster",
    "replica_identity",
    "access_method",
    "tablespace",
    "with_data",
];

/// Whether a function runs as its owner: set in scratch, so that PostgreSQL does not put the body of one in
/// `LANGUAGE sql` in place of a call, and read names in it that are not there yet.
const APART: &str = "security_definer";

/// What texts name by schema and name alone, beside types. The functions of a type name its shell.
const NAMED: [&str; 11] = [
    "shell",
    "shell_type",
    "table",
    "foreign_table",
    "view",
    "materialized_view",
    "sequence",
    "collation",
    "text_search_configuration",
    "text_search_dictionary",
    "text_search_parser",
];

const MULTIRANGE: &str = "multirange_type_name";

impl Scratch<'_> {
    /// Changes the names in a text that are made in scratch.
    pub(super) fn in_scratch(&self, text: &str) -> String {
        let replace = |schema: Option<&str>, name: &str, used: Use| {
            let schema = schema?;
            let key = (schema.to_owned(), name.to_owned());
            if let Some(range) = self.multiranges.get(&key) {
                return Some(format!(
                    "{}.{}",
                    ident(self.schemas.get(range)?),
                    ident(name)
                ));
            }
            let is_mark = self.operators.contains(&key);
            let named: Vec<_> = NAMED
                .iter()
                .chain(&TYPES)
                .map(|kind| Address::new(self.provider, *kind, [self.place.as_str(), schema, name]))
                .filter(|address| {
                    self.made.contains(address) || self.question.desired.get(address).is_some()
                })
                .collect();
            let is_named_made = named.iter().any(|address| self.made.contains(address));
            let is_routine_made = self.routines.contains(&key);
            // A type and the function that makes its values often have one name.
            let is_made = match used {
                Use::Plain | Use::Constant | Use::Bound | Use::Collation if !named.is_empty() => {
                    is_named_made
                }
                _ => is_routine_made || is_named_made,
            } || is_mark;
            let scratch = self.schemas.get(schema).filter(|_| is_made)?;
            let name = if is_mark {
                name.to_owned()
            } else {
                ident(name)
            };
            Some(format!("{}.{name}", ident(scratch)))
        };
        rename(text, Offer::Qualified, &replace)
    }

    /// Returns an object as it is made in scratch.
    pub(super) fn light(&self, object: &Object) -> Object {
        let mut attributes = object.attributes.clone();
        for name in ATTACHED {
            attributes.remove(name);
        }
        set_keys(&mut attributes, None);
        if object.address.kind() == ForeignTable::NAME {
            attributes = encode(&as_table(&Object {
                attributes,
                ..Object::new(object.address.clone(), Map::new())
            }));
        }
        if object.address.kind() == Publication::NAME {
            attributes.retain(|name, _| name == "table");
            // Otherwise a partitioned table could not have a filter.
            attributes.insert("publish_via_partition_root", Value::Bool(true));
            if let Some(Value::List(tables)) = attributes.get_mut("table") {
                tables.retain(|table| filter_of(table).is_some());
            }
        }
        if object.address.kind() == "materialized_view" {
            attributes.insert("with_data".to_owned(), Value::Bool(false));
        }
        let mut value = Value::Map(attributes);
        value.rewrite(
            &mut |text| *text = self.in_scratch(text),
            &mut |reference| {
                let bare = called(reference.name()).0;
                let key = (reference.part(1).to_owned(), bare.to_owned());
                let is_named = self.routines.contains(&key) || self.operators.contains(&key);
                let is_made = self.made.contains(reference) || is_bare(reference) && is_named;
                if is_made {
                    *reference = self.scratch_address(reference);
                }
            },
        );
        let Value::Map(attributes) = value else {
            unreachable!("it was a map")
        };
        let mut light = Object::new(self.scratch_address(&object.address), attributes);
        match object.address.kind() {
            kind if kind == Table::NAME || kind == ForeignTable::NAME => {
                light.attributes = self.light_table(object, &light);
            }
            "range_type" => {
                // Beside the range, wherever it is to be.
                let range: RangeType = typed(&object.attributes);
                if range.multirange_type_name.is_some() {
                    let (_, name) = range.multirange(&object.address);
                    let name = Value::Text(ident(&name));
                    light.attributes.insert(MULTIRANGE.to_owned(), name);
                }
            }
            "operator_class" => {
                // A family that is real may have members like those of this class.
                let family = object.attributes.get("family");
                if !matches!(family, Some(Value::Reference(family)) if self.made.contains(family)) {
                    light.attributes.remove("family");
                }
                // One type has one default, and the real one is there.
                let of = object.attributes.get("type").and_then(Value::as_text);
                let is_there = self.question.live.contains(&object.address);
                if is_there && of.is_some_and(|of| self.in_scratch(of) == of) {
                    light.attributes.remove("default");
                }
            }
            "function" => {
                light.attributes.insert(APART.to_owned(), Value::Bool(true));
            }
            "operator" => {
                // These may not be made there, and nothing that is asked about needs them.
                light.attributes.remove("commutator");
                light.attributes.remove("negator");
            }
            "index"
                if object
                    .stands_on()
                    .iter()
                    .any(|edge| self.is_only_checked(&edge.on)) =>
            {
                // On a table without files only an index with its key could be unique.
                light.attributes.remove("unique");
                light.attributes.remove("nulls_not_distinct");
            }
            _ => {}
        }
        light
    }

    /// Reports whether a table is new, and nothing is asked about it and its indexes but whether
    /// PostgreSQL accepts their texts.
    fn is_only_checked(&self, address: &Address) -> bool {
        is_table(address)
            && self.question.check.contains(address)
            && !self.compared.contains(address)
    }

    /// Leaves comments of columns and constraints out of a table; partitions stand on their own where
    /// the table they belong to is real.
    fn light_table(&self, object: &Object, light: &Object) -> Map {
        let mut table: Table = typed(&light.attributes);
        for column in &mut table.column {
            // Whether a query gives what is said of it is seen by that.
            column.comment.take_if(|_| table.query.is_none());
            column.using = None;
        }
        if let Some(key) = &mut table.primary_key {
            key.comment = None;
            (key.cluster, key.replica_identity) = (false, false);
            key.index_comment = None;
            // The index of a key is called like the key, and stands in the same schema.
            key.name = Some(
                key.name
                    .clone()
                    .unwrap_or_else(|| default_name(object.address.name())),
            );
        }
        for unique in &mut table.unique {
            unique.comment = None;
            (unique.cluster, unique.replica_identity) = (false, false);
            unique.index_comment = None;
        }
        if self.is_only_checked(&object.address) && table.query.is_none() {
            lighten(
                &mut table,
                self.viewed.contains(&object.address),
                self.inherited.contains(&object.address),
            );
        }
        table.check.iter_mut().for_each(|one| one.comment = None);
        for exclude in &mut table.exclude {
            exclude.comment = None;
            exclude.index_comment = None;
            exclude.cluster = false;
        }
        encode(&table)
    }
}

/// Gives a form back what was left out of scratch.
pub(super) fn with_attached(mut form: Map, desired: &Object) -> Map {
    // It was a table there.
    if desired.address.kind() == ForeignTable::NAME {
        form = with_table(desired, typed(&form));
    }
    if desired.address.kind() == Publication::NAME {
        return with_filters(&form, desired);
    }
    for name in ATTACHED {
        match desired.attributes.get(name) {
            Some(value) => form.insert(name.to_owned(), value.clone()),
            None => form.remove(name),
        };
    }
    if desired.address.kind() == Table::NAME
        && let Some(query) = desired.attributes.get(QUERY)
    {
        form.insert(QUERY.to_owned(), query.clone());
    }
    set_keys(&mut form, keys(&desired.attributes).cloned());
    let own = match desired.address.kind() {
        "range_type" => Some(MULTIRANGE),
        "function" => Some(APART),
        _ => None,
    };
    if let Some(name) = own {
        match desired.attributes.get(name) {
            Some(value) => form.insert(name.to_owned(), value.clone()),
            None => form.remove(name),
        };
    }
    comments(&mut form, &desired.attributes);
    only_comments(&mut form, &desired.attributes);
    form
}

/// Returns what a partition says of its keys from above.
fn keys(attributes: &Map) -> Option<&Value> {
    match attributes.get("partition_of")? {
        Value::Map(partition) => partition.get("key"),
        _ => None,
    }
}

/// Says something else of the keys that a partition has from above.
fn set_keys(attributes: &mut Map, keys: Option<Value>) {
    if let Some(Value::Map(partition)) = attributes.get_mut("partition_of") {
        match keys {
            Some(keys) => partition.insert("key".to_owned(), keys),
            None => partition.remove("key"),
        };
    }
}

/// Adds the comments of columns from above that are otherwise as they are there.
fn only_comments(form: &mut Map, declared: &Map) {
    let Some(Value::List(columns)) = declared.get("column") else {
        return;
    };
    for column in columns {
        let Value::Map(column) = column else { continue };
        let (Some(name), Some(comment)) = (column.get("name"), column.get("comment")) else {
            continue;
        };
        if column.contains_key("type") {
            continue;
        }
        let none = || Value::List(Vec::new());
        if let Value::List(known) = form.get_or_insert_with("column", none) {
            let is_it =
                |one: &Value| matches!(one, Value::Map(one) if one.get("name") == Some(name));
            if !known.iter().any(is_it) {
                let only = [("name", name), ("comment", comment)];
                let only = only.map(|(key, value)| (key.to_owned(), value.clone()));
                known.push(Value::Map(Map::from(only)));
            }
        }
    }
}

/// Returns the name and the row filter of a table of a publication.
fn filter_of(table: &Value) -> Option<(&str, &Value)> {
    let Value::Map(table) = table else {
        return None;
    };
    Some((table.get("name")?.as_text()?, table.get("where")?))
}

/// Returns a publication with the row filters of a form, which are all that was asked about it.
fn with_filters(form: &Map, desired: &Object) -> Map {
    let mut attributes = desired.attributes.clone();
    if let (Some(Value::List(tables)), Some(Value::List(written))) =
        (attributes.get_mut("table"), form.get("table"))
    {
        let written: BTreeMap<_, _> = written.iter().filter_map(filter_of).collect();
        for table in tables {
            let filter = filter_of(table).and_then(|(name, _)| written.get(name));
            if let (Some(filter), Value::Map(table)) = (filter.copied(), table) {
                table.insert("where".to_owned(), filter.clone());
            }
        }
    }
    attributes
}

/// Copies comments, `using`, `not_valid` and marks of parts from what is declared: they were left out of
/// scratch, or mean nothing in a new table.
fn comments(form: &mut Map, declared: &Map) {
    for (name, value) in declared {
        match (form.get_mut(name), value) {
            (Some(Value::Map(form)), Value::Map(declared)) => comment(form, declared),
            (Some(Value::List(form)), Value::List(declared)) => {
                for (at, one) in form.iter_mut().enumerate() {
                    let Value::Map(one) = one else { continue };
                    let is_same = |other: &&Value| match other {
                        Value::Map(other) => other.get("name") == one.get("name"),
                        _ => false,
                    };
                    let other = match one.get("name") {
                        Some(_) => declared.iter().find(is_same),
                        None => declared.get(at).filter(is_same),
                    };
                    if let Some(Value::Map(other)) = other {
                        comment(one, other);
                    }
                }
            }
            _ => {}
        }
    }
}

fn comment(form: &mut Map, declared: &Map) {
    for name in [
        "comment",
        "index_comment",
        "using",
        "not_valid",
        "cluster",
        "replica_identity",
    ] {
        if let Some(value) = declared.get(name) {
            form.insert(name.to_owned(), value.clone());
        }
    }
}
