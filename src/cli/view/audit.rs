//! What audits found.

use apply::AuditResult;
use provider::Rows;
use state::AuditOutcome;

use crate::screen::Style;

/// Writes a line for each audit, with the rows that should not be there, and how many came to what.
#[must_use]
pub fn write(results: &[AuditResult], color: bool) -> String {
    if results.is_empty() {
        return "There are no audits.".to_owned();
    }
    let mut lines: Vec<String> = results.iter().map(|one| result(one, color)).collect();
    let count = |outcome| {
        results
            .iter()
            .filter(|one| one.outcome() == outcome)
            .count()
    };
    let mut counts = vec![format!("{} passed", count(AuditOutcome::Passed))];
    for (outcome, words) in [
        (AuditOutcome::Warned, "warned"),
        (AuditOutcome::Failed, "failed"),
        (AuditOutcome::Broken, "could not run"),
    ] {
        let count = count(outcome);
        counts.extend((count > 0).then(|| format!("{count} {words}")));
    }
    let head = Style::Bold.paint(color, "Audits:");
    lines.push(format!("\n{head} {}.", counts.join(", ")));
    lines.join("\n")
}

fn result(one: &AuditResult, color: bool) -> String {
    let (style, words) = match one.outcome() {
        AuditOutcome::Passed => (Style::Green, "passed".to_owned()),
        AuditOutcome::Warned => (Style::Yellow, format!("warns of {}", many(&one.rows))),
        AuditOutcome::Failed => (Style::Red, format!("failed, {}", many(&one.rows))),
        AuditOutcome::Broken => (Style::Red, "could not run".to_owned()),
    };
    let words = style.paint(color, words);
    let kind = one.on.kind().replace('_', " ");
    let mut lines = vec![format!(
        "{} on {kind} {}: {words}",
        one.name,
        one.on.qualified_name()
    )];
    lines.extend(
        rows(&one.rows)
            .into_iter()
            .map(|line| format!("    {line}")),
    );
    if let Some(error) = &one.error {
        lines.push(format!("    {error}"));
        lines.extend(error.notes.iter().map(|note| format!("    {note}")));
        lines.extend(error.help.iter().map(|help| format!("    {help}")));
    }
    lines.join("\n")
}

fn many(rows: &Rows) -> String {
    match rows.found {
        1 => "1 row".to_owned(),
        found => format!("{found} rows"),
    }
}

/// Writes rows as lines, the names of the columns first, and how many are left out.
#[must_use]
pub fn rows(rows: &Rows) -> Vec<String> {
    if rows.columns.is_empty() && rows.rows.is_empty() {
        return Vec::new();
    }
    let cells = |row: &Vec<Option<String>>| -> String {
        let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("null"));
        cells.collect::<Vec<_>>().join(" | ")
    };
    let mut lines = vec![rows.columns.join(" | ")];
    lines.extend(rows.rows.iter().map(cells));
    let more = rows.found.saturating_sub(rows.rows.len() as u64);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}
