//! Columns of a table in normal form, and what a declaration leaves open about them.

use std::collections::BTreeSet;

use provider::{At, Problem, Settling};

use super::column::{Column, Generated, normalize_collation, number_type};
use super::{Table, default_name, default_storage, not_null};
use crate::kinds::{options, tablespace};

/// Brings columns into normal form and says what is wrong with them.
pub(super) fn normalize(table: &mut Table, at: &At<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let keyed = table.keyed_columns();
    let is_partition = table.partition_of.is_some();
    let has_more = table.has_more_columns();
    let is_built = table.query.is_some();
    let unlogged = table.unlogged;
    for column in &mut table.column {
        if let Some(problem) = crate::naming::problem(&column.name) {
            problems.push(Problem::new(
                ["column", &column.name],
                "impossible name",
                problem,
            ));
        }
        if column.data_type.trim().is_empty() && !has_more {
            problems.push(
                Problem::new(
                    ["column", &column.name],
                    "missing attribute",
                    "`type` is missing",
                )
                .help("Say the column's type, such as `type = \"text\"`."),
            );
        }
        problems.extend(exclusive(column));
        if table.of.is_some() && !column.data_type.is_empty() {
            problems.push(
                Problem::new(
                    ["column", &column.name, "type"],
                    "column with two types",
                    "the type that the table is of says the types of its columns",
                )
                .help("Leave `type` out."),
            );
        }
        if keyed.contains(&column.name) || (!is_partition && column.identity.is_some()) {
            column.not_null = true;
        }
        problems.extend(not_null::normalize(
            column,
            keyed.contains(&column.name),
            at,
        ));
        if let Some(identity) = column.identity.take() {
            let numbers = identity
                .numbers()
                .without_defaults(number_type(&column.data_type));
            let mut identity = identity.with_numbers(&numbers);
            identity.unlogged = identity.unlogged.filter(|one| *one != unlogged);
            if identity.unlogged.is_some() && at.platform.version < 150_000 {
                problems.push(Problem::new(
                    ["column", &column.name, "identity", "unlogged"],
                    "the server is too old for this",
                    "unlogged sequences need PostgreSQL 15",
                ));
            }
            column.identity = Some(identity);
        }
        let is_virtual = column
            .generated
            .as_ref()
            .is_some_and(|generated| generated.virtual_column);
        if is_virtual && at.platform.version < 180_000 {
            problems.push(Problem::new(
                ["column", &column.name, "generated", "virtual_column"],
                "the server is too old for this",
                "virtual generated columns need PostgreSQL 18",
            ));
        }
        normalize_collation(&mut column.collation);
        if let Some(storage) = &mut column.storage {
            *storage = storage.to_lowercase();
        }
        // What a query gives is not known yet.
        let is_usual = |storage: &String| storage == default_storage(&column.data_type);
        column.storage = column
            .storage
            .take()
            .filter(|storage| is_built || column.data_type.is_empty() || !is_usual(storage));
        column.statistics = column.statistics.filter(|target| *target >= 0);
        options::normalize(&mut column.options);
    }
    // Of a partition only what differs from the table it belongs to is kept.
    if is_partition {
        for column in &mut table.column {
            column.data_type.clear();
            column.collation = None;
        }
    }
    if has_more {
        for name in &keyed {
            if !table.column.iter().any(|column| column.name == *name) {
                table.column.push(Column {
                    not_null: true,
                    ..plain_column(name)
                });
            }
        }
        let says_something = |column: &Column| *column != plain_column(&column.name);
        table.column.retain(says_something);
    }
    problems
}

/// Returns a column that says nothing of its own, like one of a partition.
pub(crate) fn plain_column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        data_type: String::new(),
        collation: None,
        not_null: false,
        not_null_constraint: None,
        default: None,
        identity: None,
        generated: None,
        storage: None,
        compression: None,
        statistics: None,
        options: Default::default(),
        using: None,
        comment: None,
    }
}

fn exclusive(column: &Column) -> Option<Problem> {
    let ways = [
        column.default.as_ref().map(|_| "default"),
        column.identity.as_ref().map(|_| "identity"),
        column.generated.as_ref().map(|_| "generated"),
    ];
    let said: Vec<_> = ways.into_iter().flatten().collect();
    (said.len() > 1).then(|| {
        Problem::new(
            ["column", &column.name],
            "column with two sources of values",
            format!("`{}` exclude one another", said.join("` and `")),
        )
    })
}

/// Takes over what the declaration leaves open: the order of columns, names that PostgreSQL gives,
/// types that a partition inherits.
pub(super) fn settle(table: &mut Table, live: &Table, with: &Settling<'_>) {
    let around = not_null::Around {
        table: with.address.name(),
        notes: &with.facts.notes,
        is_partition: table.partition_of.is_some(),
        unchanged: with.standing.declared_unchanged,
    };
    for column in &mut table.column {
        let theirs = live.find(&column.name);
        not_null::settle(column, theirs, &around);
        let Some(theirs) = theirs else {
            continue;
        };
        if column.data_type.is_empty() {
            column.data_type.clone_from(&theirs.data_type);
        }
        if let (Some(mine), Some(theirs)) = (&mut column.identity, &theirs.identity)
            && mine.sequence.is_none()
        {
            mine.sequence.clone_from(&theirs.sequence);
        }
        column.using = column
            .using
            .take()
            .filter(|_| column.data_type != theirs.data_type);
    }
    // The order of columns is never a reason for anything: those that are live keep theirs.
    let place = |name: &str| live.column.iter().position(|column| column.name == name);
    table
        .column
        .sort_by_key(|column| place(&column.name).unwrap_or(usize::MAX));
    if let (Some(mine), Some(theirs)) = (&mut table.primary_key, &live.primary_key) {
        // A live name is left out where it is the usual one.
        let is_usual = |name: &String| *name == default_name(with.address.name());
        if theirs.name.is_none() && mine.name.as_ref().is_some_and(is_usual) {
            mine.name = None;
        }
    }
    if let (Some(mine), Some(theirs)) = (&mut table.primary_key, &live.primary_key) {
        tablespace::settle(&mut mine.tablespace, theirs.tablespace.as_ref(), with);
    }
    let unchecked = table.check.iter_mut().filter(|check| check.not_valid);
    for check in unchecked.filter(|_| with.standing.declared_unchanged) {
        // Rows that have been checked since need not be left unchecked again.
        check.not_valid = live
            .check
            .iter()
            .find(|other| other.name == check.name && other.expression == check.expression)
            .is_none_or(|one| one.not_valid);
    }
    for unique in &mut table.unique {
        if let Some(theirs) = live.unique.iter().find(|other| other.name == unique.name) {
            tablespace::settle(&mut unique.tablespace, theirs.tablespace.as_ref(), with);
        }
    }
}

/// Returns the columns of `next` that must be dropped and added again: a column they are computed from
/// changes its type, they become computed, or are computed in another way, which PostgreSQL 17 can
/// change in place.
pub(super) fn recomputed(old: &Table, next: &Table, version: u32) -> BTreeSet<String> {
    let retyped: BTreeSet<_> = next
        .column
        .iter()
        .filter(|column| {
            old.find(&column.name)
                .is_some_and(|before| before.data_type != column.data_type)
        })
        .map(|column| column.name.as_str())
        .collect();
    old.column
        .iter()
        .filter(|column| next.find(&column.name).is_some())
        // What is from above goes and comes there.
        .filter(|column| !column.data_type.is_empty())
        .filter(|column| {
            let after = next.find(&column.name);
            let after = after.and_then(|column| column.generated.as_ref());
            let Some(generated) = &column.generated else {
                return after.is_some();
            };
            let is_retyped = retyped.contains(column.name.as_str());
            let is_other = |after: &Generated| {
                let differs = after.expression != generated.expression;
                (differs && (is_retyped || version < 170_000))
                    || after.virtual_column != generated.virtual_column
            };
            after.is_some_and(is_other)
                || crate::text::lexer::lex(&generated.expression)
                    .iter()
                    .filter_map(crate::text::lexer::Token::name)
                    .any(|name| retyped.contains(name.as_str()))
        })
        .map(|column| column.name.clone())
        .collect()
}
