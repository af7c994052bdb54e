//! Columns that get another name: PostgreSQL writes it wherever they are mentioned, but in queries, where a reader
//! may have to find the former name still.
//!
//! Source: PostgreSQL manual, ALTER TABLE (RENAME COLUMN), ALTER TYPE (RENAME ATTRIBUTE).

use std::collections::BTreeSet;

use model::{Address, Catalog, Map, Object, PartRename, Statement, Value};

use crate::complete::sequence_name;
use crate::kinds::table::{SINCE, default_part, generated_part, not_null_part, texts, usual_name};
use crate::naming::{column_part, written};
use crate::text::quote::ident;
use crate::text::rename::{Offer, Use, rename};

/// Attributes that are, or list, names of columns.
const NAMES: [&str; 5] = ["column", "columns", "include", "of", "on_delete_columns"];

/// Attributes that are, or list, expressions over columns.
const EXPRESSIONS: [&str; 7] = [
    "definition",
    "expression",
    "expressions",
    "using",
    "when",
    "where",
    "with_check",
];

/// Returns the blocks whose parts are columns of a kind.
pub(crate) fn blocks(kind: &str) -> &'static [&'static str] {
    match kind {
        "table" | "foreign_table" => &["column"],
        "composite_type" => &["attribute"],
        _ => &[],
    }
}

/// Returns the statements that give a column of a live object another name, where it has one of the former name and
/// none of the next.
pub(crate) fn rename_column(object: &Object, part: &PartRename) -> Option<Vec<Statement>> {
    let kind = object.address.kind();
    let block = blocks(kind).iter().find(|block| **block == part.kind)?;
    let Some(Value::List(columns)) = object.attributes.get(block) else {
        return None;
    };
    let has = |name: &str| columns.iter().any(|column| named(column) == Some(name));
    (has(&part.from) && !has(&part.to)).then(|| {
        let name = written(&object.address);
        let (from, to) = (ident(&part.from), ident(&part.to));
        let (noun, cascade) = match kind {
            "composite_type" => ("type", " cascade"),
            "foreign_table" => ("foreign table", ""),
            _ => ("table", ""),
        };
        vec![Statement::new(format!(
            "alter {noun} {name} rename {block} {from} to {to}{cascade}"
        ))]
    })
}

/// Returns what a part is called.
pub(crate) fn named(column: &Value) -> Option<&str> {
    match column {
        Value::Map(column) => column.get("name")?.as_text(),
        _ => None,
    }
}

/// Returns the sequence of a serial column, which is called after it, with its next name: another one would count
/// from the beginning.
pub(crate) fn sequence(
    live: &Catalog,
    desired: &Catalog,
    of: &Address,
    part: &PartRename,
) -> Option<(Address, Address)> {
    let [from, to] = [&part.from, &part.to].map(|column| {
        let name = sequence_name(of.name(), column);
        of.sibling("sequence", [of.part(0), of.part(1), &name])
    });
    let is_meant = live.contains(&from) && !desired.contains(&from);
    (is_meant && desired.contains(&to) && !live.contains(&to)).then_some((from, to))
}

/// Writes live objects as PostgreSQL will once a column has another name.
pub(crate) fn reword(live: &mut Catalog, of: &Address, part: &PartRename, version: u32) {
    let holders = holders(live, of);
    for object in live.iter_mut() {
        let is_holder = holders.contains(&object.address);
        let is_attached = object
            .attached
            .as_ref()
            .is_some_and(|on| holders.contains(on));
        let stands = object.edges.iter().any(|edge| holders.contains(&edge.on));
        if !is_holder && !is_attached && !stands {
            continue;
        }
        let reword = Reword {
            part,
            holders: &holders,
        };
        if is_holder && version >= SINCE {
            reword.keep_name(object);
        }
        for (name, value) in &mut object.attributes {
            if is_holder && name == part.kind {
                reword.columns(value);
            } else if is_holder || is_attached {
                reword.own(name, value);
            }
            reword.foreign(name, value);
        }
        let forms = [column_part, default_part, generated_part, not_null_part];
        reword_edges(object, &holders, &forms, part);
    }
}

/// Writes a part with its next name where edges have it, in one of some forms.
pub(crate) fn reword_edges(
    object: &mut Object,
    holders: &BTreeSet<Address>,
    forms: &[fn(&str) -> String],
    part: &PartRename,
) {
    let next = |name: String| {
        let form = forms.iter().find(|form| form(&part.from) == name);
        form.map_or(name, |form| form(&part.to))
    };
    let is_holder = holders.contains(&object.address);
    let edges = std::mem::take(&mut object.edges);
    let reworded = edges.into_iter().map(|mut edge| {
        if holders.contains(&edge.on) {
            edge.part = edge.part.map(next);
        }
        if is_holder {
            edge.by = edge.by.map(next);
        }
        edge
    });
    object.edges = reworded.collect();
}

/// Returns a table with everything below that has its columns.
pub(crate) fn holders(live: &Catalog, of: &Address) -> BTreeSet<Address> {
    let mut holders = BTreeSet::from([of.clone()]);
    loop {
        let is_below = |object: &&Object| {
            let above = ["inherits", "of", "partition_of"];
            let mut above = above.iter().filter_map(|name| object.attributes.get(name));
            !holders.contains(&object.address)
                && above.any(|above| {
                    let mut found = false;
                    above.references(&mut |address| found |= holders.contains(address));
                    found
                })
        };
        let below: Vec<_> = live
            .iter()
            .filter(|object| !blocks(object.address.kind()).is_empty())
            .filter(is_below)
            .map(|object| object.address.clone())
            .collect();
        if below.is_empty() {
            return holders;
        }
        holders.extend(below);
    }
}

struct Reword<'a> {
    part: &'a PartRename,
    holders: &'a BTreeSet<Address>,
}

impl Reword<'_> {
    /// The constraint that refuses null keeps its name, which is then none that PostgreSQL would give.
    fn keep_name(&self, object: &mut Object) {
        let table = object.address.name().to_owned();
        let is_keyed = match object.attributes.get("primary_key") {
            Some(Value::Map(key)) => texts(key.get("columns")).contains(&self.part.from),
            _ => false,
        };
        let Some(Value::List(columns)) = object.attributes.get_mut(&self.part.kind) else {
            return;
        };
        let is_it = |column: &&mut Value| named(column) == Some(&self.part.from);
        let Some(Value::Map(column)) = columns.iter_mut().find(is_it) else {
            return;
        };
        let refuses =
            is_keyed || column.contains_key("not_null") || column.contains_key("identity");
        if refuses {
            let constraint =
                column.get_or_insert_with("not_null_constraint", || Value::Map(Map::new()));
            if let Value::Map(constraint) = constraint {
                let name = usual_name(&table, &self.part.from);
                constraint.get_or_insert_with("name", || Value::Text(name));
            }
            column.insert("not_null".to_owned(), true.into());
        }
    }

    /// Renames the column itself, and what its neighbours are computed from.
    fn columns(&self, value: &mut Value) {
        let Value::List(columns) = value else {
            return;
        };
        for column in columns {
            let is_it = named(column) == Some(&self.part.from);
            let Value::Map(column) = column else {
                continue;
            };
            for (name, value) in column.iter_mut() {
                match value {
                    Value::Text(text) if is_it && name == "name" => self.part.to.clone_into(text),
                    value => self.own(name, value),
                }
            }
        }
    }

    /// Rewords what belongs to a table that has the column.
    fn own(&self, attribute: &str, value: &mut Value) {
        match value {
            Value::Text(text) if NAMES.contains(&attribute) => self.name(text),
            Value::Text(text) if EXPRESSIONS.contains(&attribute) => {
                *text = self.expression(text);
            }
            Value::List(items) => {
                for item in items {
                    self.own(attribute, item);
                }
            }
            Value::Map(map) => {
                for (name, value) in map.iter_mut() {
                    self.own(name, value);
                }
            }
            _ => {}
        }
    }

    /// Rewords what names columns of a table beside a reference to it.
    fn foreign(&self, attribute: &str, value: &mut Value) {
        match value {
            Value::Text(text) if attribute == "referenced_columns" => self.name(text),
            Value::List(items) => {
                for item in items {
                    self.foreign(attribute, item);
                }
            }
            Value::Map(map) => {
                let is_about = |value: &Value| match value {
                    Value::Reference(on) => self.holders.contains(on),
                    _ => false,
                };
                if map.values().any(is_about) {
                    for (name, value) in map.iter_mut() {
                        self.own(name, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn name(&self, text: &mut String) {
        if *text == self.part.from {
            self.part.to.clone_into(text);
        }
    }

    fn expression(&self, text: &str) -> String {
        rename(text, Offer::Every, &|row, name, used| {
            let is_it = name == self.part.from && matches!(used, Use::Plain | Use::Called);
            match row {
                None => is_it.then(|| ident(&self.part.to)),
                // In conditions of triggers.
                Some("new" | "old") if is_it => {
                    row.map(|row| format!("{row}.{}", ident(&self.part.to)))
                }
                Some(_) => None,
            }
        })
    }
}
