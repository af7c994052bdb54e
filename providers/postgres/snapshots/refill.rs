//! Bringing rows and values of snapshots back.

use std::collections::BTreeSet;

use model::{Map, Object, Statement};
use provider::{Alter, At, Capabilities, Kind, Snapshot, encode, typed};

use super::SCHEMA;
use crate::kinds::table::{Column, Table, goes_by_words, narrows};
use crate::naming::written;
use crate::text::quote::{ident, literal};

/// Returns the statements that make a table with the rows of a snapshot, or give a live one the values of it.
pub(crate) fn refill(
    live: Option<&Object>,
    next: &Object,
    snapshot: &Snapshot,
    platform: &Capabilities,
) -> Option<Vec<Statement>> {
    if next.address.kind() != "table" || snapshot.address.kind() != "table" {
        return None;
    }
    let table: Table = typed(&next.attributes);
    let at = At {
        address: &next.address,
        platform,
        facts: &next.facts,
    };
    let name = written(&next.address);
    match live {
        None if snapshot.is_whole && table.partition_by.is_none() => {
            let mut statements = table.create(&at);
            let (filled, rest) = rows(&name, &table, snapshot)?;
            // Words and grants come last, and so does everything else that needs no row.
            statements.push(filled);
            statements.extend(rest);
            Some(statements)
        }
        Some(live) if !snapshot.is_whole => {
            let present: Table = typed(&live.attributes);
            let facts = live.facts.becoming(&next.facts);
            let at = At {
                facts: &facts,
                ..at
            };
            values(&present, &table, snapshot, &at)
        }
        _ => None,
    }
}

/// Returns the expression that gives a value of a snapshot the type of a column.
fn value(column: &Column, of: &str, kept: &str) -> String {
    let value = format!("{of}{}", ident(&column.name));
    if kept == column.data_type || column.data_type.is_empty() {
        value
    } else {
        format!("{value}::{}", column.data_type)
    }
}

/// Returns what puts rows into a new table, and sequences where they were.
fn rows(name: &str, table: &Table, snapshot: &Snapshot) -> Option<(Statement, Vec<Statement>)> {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for (kept, data_type) in &snapshot.columns {
        match table.find(kept) {
            Some(column) if column.generated.is_some() => {}
            Some(column) => {
                columns.push(ident(kept));
                values.push(value(column, "", data_type));
            }
            // A partition and a table that inherits say only what is their own.
            None if table.has_columns_from_above() => {
                columns.push(ident(kept));
                values.push(ident(kept));
            }
            None => {}
        }
    }
    if columns.is_empty() {
        return None;
    }
    let filled = Statement::new(format!(
        "insert into {name} ({}) overriding system value select {} from {SCHEMA}.{}",
        columns.join(", "),
        values.join(", "),
        ident(&snapshot.id)
    ));
    let numbered = table.column.iter().filter(|one| one.identity.is_some());
    let numbers = numbered.map(|column| {
        Statement::new(format!(
            "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}), \
             pg_catalog.max({column})) from {name} having pg_catalog.max({column}) is not null",
            literal(name),
            literal(&column.name),
            column = ident(&column.name),
        ))
    });
    Some((filled, numbers.collect()))
}

/// Returns what changes a live table into the next, with the values of a snapshot in columns that it gets back or
/// that become wider again.
fn values(
    present: &Table,
    next: &Table,
    snapshot: &Snapshot,
    at: &At<'_>,
) -> Option<Vec<Statement>> {
    let kept = |name: &str| snapshot.columns.iter().find(|(kept, _)| kept == name);
    let back = next.column.iter().filter(|column| {
        let before = present.find(&column.name);
        let is_wider = |before: &Column| {
            let (from, to) = (&before.data_type, &column.data_type);
            // Without a cast there is no telling what somebody has written since.
            narrows(to, from) && !goes_by_words(from, to)
        };
        column.generated.is_none() && kept(&column.name).is_some() && before.is_none_or(is_wider)
    });
    let back: Vec<&Column> = back.collect();
    if back.is_empty() {
        return None;
    }
    let names: BTreeSet<&str> = back.iter().map(|column| column.name.as_str()).collect();
    let (from, told) = apart((present, next), snapshot, &names, at)?;
    let between = before_values(present, next, &names);
    let Alter::InPlace {
        statements: first, ..
    } = present.alter(&between, at)
    else {
        return None;
    };
    let Alter::InPlace {
        statements: last, ..
    } = between.alter(next, at)
    else {
        return None;
    };
    let name = written(at.address);
    let update = back.into_iter().map(|column| {
        let (_, data_type) = kept(&column.name).expect("it was found before");
        let mut matches = told.clone();
        // What somebody has written since stays.
        if let Some(before) = present.find(&column.name) {
            matches.push(format!(
                "t.{name} is not distinct from s.{name}::{}::{}",
                before.data_type,
                column.data_type,
                name = ident(&column.name)
            ));
        }
        Statement::new(format!(
            "update {name} as t set {} = {} from {from} where {}",
            ident(&column.name),
            value(column, "s.", data_type),
            matches.join(" and ")
        ))
    });
    Some(first.into_iter().chain(update).chain(last).collect())
}

/// Returns where values come from, and what tells which row each is of: the key, or else everything in it that
/// neither comes back nor has gone, and the place among those that have all of that alike.
fn apart(
    (present, next): (&Table, &Table),
    snapshot: &Snapshot,
    back: &BTreeSet<&str>,
    at: &At<'_>,
) -> Option<(String, Vec<String>)> {
    let id = ident(&snapshot.id);
    if !snapshot.key.is_empty() {
        let keys = snapshot.key.iter().map(|key| ident(key));
        let told = keys.map(|key| format!("t.{key} = s.{key}"));
        return Some((format!("{SCHEMA}.{id} as s"), told.collect()));
    }
    let names = snapshot.columns.iter().map(|(name, _)| name);
    let names = names.filter(|name| !back.contains(name.as_str()));
    let names: Vec<_> = names
        .filter(|name| present.find(name).is_some() && next.find(name).is_some())
        .map(|name| ident(name))
        .collect();
    if names.is_empty() {
        return None;
    }
    // Not every type has an equality.
    let texts = names.iter().map(|name| format!("{name}::text"));
    let texts = texts.collect::<Vec<_>>().join(", ");
    let counted = |of: &str| {
        format!(
            "(select *, {of}row_number() over (partition by {texts} order by ctid) as estate_number"
        )
    };
    let name = written(at.address);
    let from = format!(
        "{} from {SCHEMA}.{id}) as s, {} from {name}) as estate_row",
        counted(""),
        counted("ctid as estate_place, ")
    );
    let same = names
        .iter()
        .map(|name| format!("estate_row.{name}::text is not distinct from s.{name}::text"));
    let place = [
        "t.ctid = estate_row.estate_place".to_owned(),
        "estate_row.estate_number = s.estate_number".to_owned(),
    ];
    Some((from, place.into_iter().chain(same).collect()))
}

/// Returns a table as it is to be while values come back: with nothing that they would have to fulfil.
fn before_values(present: &Table, next: &Table, back: &BTreeSet<&str>) -> Table {
    let mut between = next.clone();
    for column in &mut between.column {
        if present.find(&column.name).is_none() && back.contains(column.name.as_str()) {
            column.not_null = false;
            column.not_null_constraint = None;
        }
    }
    let is_about = |columns: &[String]| columns.iter().any(|one| back.contains(one.as_str()));
    if next
        .primary_key
        .as_ref()
        .is_some_and(|key| is_about(&key.columns))
    {
        between.primary_key = present.primary_key.clone();
    }
    between.unique.retain(|unique| !is_about(&unique.columns));
    between
}

/// Returns contents of a table with the columns that a snapshot keeps as they were, and with the keys, checks and
/// grants that were about them.
pub(crate) fn with_parts(now: Map, then: &Map, snapshot: &Snapshot) -> Map {
    if snapshot.address.kind() != "table" {
        return now;
    }
    let mut table: Table = typed(&now);
    let former: Table = typed(then);
    let is_back = |name: &str| snapshot.columns.iter().any(|(kept, _)| kept == name);
    for column in former.column.iter().filter(|column| is_back(&column.name)) {
        match table.column.iter_mut().find(|one| one.name == column.name) {
            Some(present) => *present = column.clone(),
            None => table.column.push(column.clone()),
        }
    }
    let has = |name: &str| table.find(name).is_some();
    let returns = |columns: &[String]| {
        columns.iter().all(|one| has(one)) && columns.iter().any(|one| is_back(one))
    };
    let key = former.primary_key.filter(|key| returns(&key.columns));
    let uniques = former.unique.into_iter();
    let uniques: Vec<_> = uniques.filter(|one| returns(&one.columns)).collect();
    let checks = former.check.into_iter();
    let checks: Vec<_> = checks
        .filter(|one| mentions(&one.expression, &is_back))
        .collect();
    let of_columns = former.privileges.into_iter();
    let privileges = of_columns.filter(|one| one.column.as_deref().is_some_and(is_back));
    table.privileges.extend(privileges);
    table.privileges.sort();
    table.privileges.dedup();
    table.primary_key = table.primary_key.or(key);
    for unique in uniques {
        if table.unique.iter().all(|one| one.name != unique.name) {
            table.unique.push(unique);
        }
    }
    for check in checks {
        if table.check.iter().all(|one| one.name != check.name) {
            table.check.push(check);
        }
    }
    encode(&table)
}

/// Reports whether an expression has one of some names in it.
fn mentions(expression: &str, is_name: &dyn Fn(&str) -> bool) -> bool {
    let apart = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    expression.split(apart).any(is_name)
}
