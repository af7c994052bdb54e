//! Constraints of a table in normal form, and what is wrong with them.

use std::collections::BTreeSet;

use provider::{At, Problem};

use super::Table;
use crate::kinds::options;

/// Says what is wrong with the constraints of a table.
pub(super) fn normalize(table: &mut Table, at: &At<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let has_more = table.has_more_columns();
    let known: BTreeSet<String> = table
        .column
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let mut check_columns = |path: &[&str], columns: &[String]| {
        if columns.is_empty() {
            problems.push(Problem::new(
                path.iter().copied().chain(["columns"]),
                "constraint without columns",
                "`columns` must name at least one column",
            ));
        }
        for column in columns
            .iter()
            .filter(|column| !has_more && !known.contains(*column))
        {
            let near = model::diagnostic::did_you_mean(column, known.iter().map(String::as_str));
            problems.push(Problem {
                help: near,
                ..Problem::new(
                    path.iter().copied().chain(["columns"]),
                    "unknown column",
                    format!("the table has no column `{column}`"),
                )
            });
        }
    };
    if let Some(key) = &table.primary_key {
        check_columns(&["primary_key"], &key.columns);
    }
    for unique in &table.unique {
        check_columns(&["unique", &unique.name], &unique.columns);
    }
    let mut needs = |wanted: bool, version: u32, path: Vec<&str>, what: &str| {
        if wanted && at.platform.version < version * 10_000 {
            problems.push(Problem::new(
                path,
                "the server is too old for this",
                format!("{what} needs PostgreSQL {version}"),
            ));
        }
    };
    for unique in &table.unique {
        let path = |field| vec!["unique", unique.name.as_str(), field];
        needs(
            unique.nulls_not_distinct,
            15,
            path("nulls_not_distinct"),
            "`nulls_not_distinct`",
        );
        needs(
            unique.without_overlaps,
            18,
            path("without_overlaps"),
            "`without_overlaps`",
        );
    }
    for check in &table.check {
        let path = vec!["check", check.name.as_str(), "not_enforced"];
        needs(check.not_enforced, 18, path, "`not_enforced`");
    }
    let temporal = table
        .primary_key
        .as_ref()
        .is_some_and(|key| key.without_overlaps);
    needs(
        temporal,
        18,
        vec!["primary_key", "without_overlaps"],
        "`without_overlaps`",
    );
    if let Some(key) = &mut table.primary_key {
        options::normalize(&mut key.options);
    }
    table
        .unique
        .iter_mut()
        .for_each(|unique| options::normalize(&mut unique.options));
    for (deferrable, deferred) in table
        .unique
        .iter_mut()
        .map(|unique| (&mut unique.deferrable, unique.initially_deferred))
        .chain(
            table
                .primary_key
                .iter_mut()
                .map(|key| (&mut key.deferrable, key.initially_deferred)),
        )
    {
        *deferrable |= deferred;
    }
    problems.extend(marked_twice(table));
    problems.extend(names(table));
    problems
}

/// Says which names cannot be, and which there are twice.
fn names(table: &Table) -> Vec<Problem> {
    let unique = table.unique.iter().map(|one| ("unique", &one.name));
    let checks = table.check.iter().map(|one| ("check", &one.name));
    let exclude = table.exclude.iter().map(|one| ("exclude", &one.name));
    let labelled = unique.chain(checks).chain(exclude);
    let labelled = labelled.map(|(kind, name)| (vec![kind, name.as_str()], name));
    let not_null = table.column.iter().filter_map(|column| {
        let constraint = column.not_null_constraint.as_ref()?;
        let path = vec!["column", &column.name, "not_null_constraint", "name"];
        Some((path, constraint.name.as_ref()?))
    });
    let mut problems = Vec::new();
    let mut taken = BTreeSet::new();
    for (path, name) in labelled.chain(not_null) {
        if let Some(problem) = crate::naming::problem(name) {
            problems.push(Problem::new(path.clone(), "impossible name", problem));
        }
        if !taken.insert(name) {
            problems.push(Problem::new(
                path,
                "two constraints of one name",
                format!("another constraint of the table is called `{name}`"),
            ));
        }
    }
    problems
}

/// Says where more than one thing has a mark that a table gives only once.
fn marked_twice(table: &Table) -> Vec<Problem> {
    let key = table.primary_key.iter();
    let keys = key
        .map(|key| (vec!["primary_key"], key.cluster, key.replica_identity))
        .chain(table.unique.iter().map(|one| {
            let path = vec!["unique", one.name.as_str()];
            (path, one.cluster, one.replica_identity)
        }))
        .chain(table.exclude.iter().map(|one| {
            let path = vec!["exclude", one.name.as_str()];
            (path, one.cluster, false)
        }));
    let mut problems = Vec::new();
    let (mut clusters, mut identities) = (0, usize::from(table.replica_identity.is_some()));
    for (path, cluster, identity) in keys {
        let marks = [
            ("cluster", cluster, &mut clusters),
            ("replica_identity", identity, &mut identities),
        ];
        for (name, _, count) in marks.into_iter().filter(|(_, set, _)| *set) {
            *count += 1;
            if *count > 1 {
                problems.push(Problem::new(
                    path.iter().copied().chain([name]),
                    "said twice",
                    format!("a table has one `{name}` at most"),
                ));
            }
        }
    }
    problems
}
