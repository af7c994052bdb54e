//! Rows of tables: one right in each.

use super::Answer;
use super::report::{GrantsReport, HeldReport, RowReport};

/// What the columns are called.
pub const COLUMNS: [&str; 20] = [
    "status",
    "role",
    "role_in_b",
    "role_kind",
    "privileged",
    "object_kind",
    "database",
    "schema",
    "object",
    "column",
    "privilege",
    "path_a",
    "facts_a",
    "path_b",
    "facts_b",
    "accepted",
    "reason",
    "reviewer",
    "decision",
    "date",
];

/// Returns the rows of an answer. The last three columns are for whoever reviews it.
#[must_use]
pub fn of(answer: &Answer<'_>) -> Vec<[String; COLUMNS.len()]> {
    let report = GrantsReport::of(answer);
    let rows = report.rows.iter();
    rows.map(|row| cells(row, &report)).collect()
}

fn cells(row: &RowReport, report: &GrantsReport) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let path = |held: &Option<HeldReport>| {
        let held = held.as_ref();
        held.map_or_else(String::new, |held| held.paths.join("; "))
    };
    let accept = row
        .accepted
        .as_ref()
        .and_then(|name| report.accepted.iter().find(|one| one.name == *name));
    let status = match report.question {
        "difference" => match row.status {
            access::Status::OnlyA => "only_a",
            access::Status::OnlyB => "only_b",
            access::Status::Differs => "differs",
            access::Status::Same => "same",
        },
        _ => "",
    };
    [
        status.to_owned(),
        row.role.clone(),
        text(&row.role_in_b),
        row.role_kind.to_owned(),
        if row.privileged { "yes" } else { "" }.to_owned(),
        row.object_kind.clone(),
        text(&row.database),
        text(&row.schema),
        row.object.clone(),
        text(&row.column),
        row.privilege.clone(),
        path(&row.a),
        facts(row.a.as_ref()),
        path(&row.b),
        facts(row.b.as_ref()),
        text(&row.accepted),
        accept.map_or_else(String::new, |one| one.reason.clone()),
        String::new(),
        String::new(),
        String::new(),
    ]
}

fn facts(held: Option<&HeldReport>) -> String {
    let Some(held) = held else {
        return String::new();
    };
    let mut facts = Vec::new();
    if held.after_set_role {
        facts.push("after set role".to_owned());
    }
    if held.grant_option {
        facts.push("with grant option".to_owned());
    }
    if let Some(lacks) = &held.lacks {
        facts.push(format!("out of reach: no {lacks}"));
    }
    if held.by_policy {
        facts.push("policies decide about which rows".to_owned());
    }
    facts.join("; ")
}
