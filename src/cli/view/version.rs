//! A version: who, when, what ran; and how two of them differ.

use state::{StepOutcome, StepRecord, VersionSummary};

use super::change;
use crate::report::{DiffReport, Difference};
use crate::screen::Style;

/// Says how many objects an apply changed; of one that never ended well, what was planned: nobody counted how much
/// of it was done.
#[must_use]
pub fn counts(version: &VersionSummary) -> String {
    let [added, changed, destroyed] = version.summary;
    match version.outcome.as_deref() {
        Some("succeeded") => format!("{added} added, {changed} changed, {destroyed} destroyed"),
        _ => format!("planned {added} to add, {changed} to change, {destroyed} to destroy"),
    }
}

/// Returns how an apply ended, in a word.
#[must_use]
pub fn outcome(version: &VersionSummary) -> &str {
    version.outcome.as_deref().unwrap_or("unfinished")
}

/// Writes a version with its statements, cut to a line each unless they are wanted whole.
#[must_use]
pub fn write(version: &VersionSummary, steps: &[StepRecord], whole: bool, color: bool) -> String {
    let by = &version.by;
    let mut lines = vec![Style::Bold.paint(
        color,
        format!(
            "Version {}: {}, {}",
            version.serial,
            by.command,
            outcome(version)
        ),
    )];
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {name:<9}{value}"));
        }
    };
    fact("began", by.since.clone());
    fact("ended", version.ended.clone().unwrap_or_default());
    let login = version.login.as_ref();
    let login = login.map_or_else(String::new, |login| format!(", as login {login}"));
    fact("by", format!("{} on {}{login}", by.user, by.host));
    let dirty = if version.dirty {
        ", with changes that were not committed"
    } else {
        ""
    };
    if !version.commit.is_empty() {
        fact("commit", format!("{}{dirty}", version.commit));
    }
    fact("estate", version.estate.clone());
    fact("plan", version.digest.clone());
    fact("approved", version.approvals.join(", "));
    fact("objects", counts(version));
    if !steps.is_empty() {
        lines.push(String::new());
    }
    for step in steps {
        lines.push(line(step, whole, color));
    }
    lines.join("\n")
}

fn line(step: &StepRecord, whole: bool, color: bool) -> String {
    let took = format!(
        "{}.{:01} ms",
        step.took_us / 1000,
        step.took_us % 1000 / 100
    );
    let rows = match step.rows {
        Some(1) => "  1 row".to_owned(),
        Some(rows) => format!("  {rows} rows"),
        None => String::new(),
    };
    let outcome = match step.outcome {
        StepOutcome::Done => String::new(),
        StepOutcome::Failed => format!("  {}", Style::Red.paint(color, "failed")),
        StepOutcome::TakenBack => format!("  {}", Style::Yellow.paint(color, "taken back")),
    };
    let mut sql = step.sql.lines();
    let first = sql.next().unwrap_or_default();
    let sql = match sql.next() {
        Some(_) if !whole => format!("{first} ..."),
        _ => step.sql.replace('\n', "\n              "),
    };
    format!("  {took:>10}  {sql}{rows}{outcome}")
}

/// Writes how what was managed after two versions differs.
#[must_use]
pub fn diff(report: &DiffReport, color: bool) -> String {
    let (version, other) = (report.version, report.other);
    if report.objects.is_empty() {
        return format!(
            "What was managed after version {version} is as it was after version {other}."
        );
    }
    let mut parts = vec![format!("From version {other} to version {version}:")];
    for one in &report.objects {
        let title = Style::Bold.paint(color, format!("  # {} ({})", one.declaration, one.name));
        let verdict = match one.what {
            Difference::Added => "is new",
            Difference::Removed => "is gone",
            Difference::Changed => "has changed",
        };
        let mut lines = vec![format!("{title} {verdict}")];
        lines.extend(one.attributes.iter().map(|attribute| {
            let (old, new) = (attribute.before.as_ref(), attribute.after.as_ref());
            change::attribute(&attribute.name, old, new, color)
        }));
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}
