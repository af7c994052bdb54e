//! A plan, as people read it before they say yes.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Action, Change, Concerned, Finding, Plan, Severity, Statement, Step, duration, hook};

use super::change;
use crate::screen::Style;

/// What is shown of a plan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether colours are used.
    pub color: bool,
    /// Whether statements are shown.
    pub sql: bool,
}

/// Writes a plan.
#[must_use]
pub fn write(plan: &Plan, options: Options) -> String {
    let color = options.color;
    let mut parts = Vec::new();
    if plan.has_changes() {
        parts.extend(legend(plan, color));
        parts.push("Estate will perform the following actions:".to_owned());
    }
    for one in plan.changes.iter().filter(|one| is_shown(one)) {
        parts.push(change::write(one, color));
    }
    if options.sql && !plan.batches.is_empty() {
        parts.push(statements(plan, color));
    }
    parts.extend(hooks(plan));
    let hazards = hazards(plan, color);
    if !hazards.is_empty() {
        parts.push(hazards);
    }
    // What stops the plan is said as the errors of the command.
    let warnings = plan
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Error);
    parts.extend(warnings.map(|one| finding(one, color)));
    parts.extend(unmanaged(plan));
    parts.push(closing(plan, color));
    parts.join("\n\n")
}

pub(crate) fn is_shown(change: &Change) -> bool {
    change.is_substantial() || matches!(change.action, Action::Forget { .. })
}

fn legend(plan: &Plan, color: bool) -> Option<String> {
    let has = |wanted: fn(&Action) -> bool| plan.changes.iter().any(|one| wanted(&one.action));
    let mut lines = vec![
        "Estate used the selected providers to make the following plan. Actions are indicated with \
         these symbols:"
            .to_owned(),
    ];
    if has(|action| matches!(action, Action::Create)) {
        lines.push(format!("  {} create", Style::Green.paint(color, "+")));
    }
    if has(|action| matches!(action, Action::Update)) {
        lines.push(format!(
            "  {} update in-place",
            Style::Yellow.paint(color, "~")
        ));
    }
    if has(|action| matches!(action, Action::Delete { .. })) {
        lines.push(format!("  {} destroy", Style::Red.paint(color, "-")));
    }
    if has(|action| matches!(action, Action::Replace { .. })) {
        let (minus, plus) = (Style::Red.paint(color, "-"), Style::Green.paint(color, "+"));
        lines.push(format!(
            "{minus}/{plus} destroy and then create replacement"
        ));
    }
    // What is imported as it is has no symbol.
    (lines.len() > 1).then(|| lines.join("\n"))
}

/// Writes the statements as they will run, transaction by transaction.
#[must_use]
pub fn statements(plan: &Plan, color: bool) -> String {
    let mut lines = Vec::new();
    for batch in &plan.batches {
        let place = if batch.place.is_empty() {
            plan.basis
                .platforms
                .get(&batch.provider)
                .map(|platform| platform.place.clone())
                .unwrap_or_default()
        } else {
            batch.place.clone()
        };
        let note = if batch.atomic {
            "one transaction"
        } else {
            "outside a transaction"
        };
        lines.push(Style::Dim.paint(
            color,
            format!("-- {}, database {place}: {note}", batch.provider),
        ));
        for wait in &batch.waits {
            let timeout = duration::write(Duration::from_millis(wait.timeout_ms));
            let words = format!("-- waits up to {timeout} for {} to end", wait.what);
            lines.push(Style::Dim.paint(color, words));
        }
        if batch.atomic {
            lines.push("begin;".to_owned());
        }
        let mut names_in: &[String] = &[];
        for Step {
            address,
            statements,
            ..
        } in &batch.steps
        {
            for statement in statements {
                if !statement.names_in.is_empty() && statement.names_in != names_in {
                    names_in = &statement.names_in;
                    let schemas: Vec<_> = names_in
                        .iter()
                        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
                        .collect();
                    let local = if batch.atomic { "local " } else { "" };
                    lines.push(format!("set {local}search_path = {};", schemas.join(", ")));
                }
                let sql = shown(statement);
                let mut effects = statement.effects.clone();
                // Nobody expects a plan to take back what a hook does.
                effects.reversible |= address.kind() == hook::KIND;
                if let Some(words) = effects.words() {
                    lines.push(Style::Dim.paint(color, format!("-- {words}")));
                }
                if let Some(because) = &statement.because {
                    lines.push(Style::Dim.paint(color, format!("-- {because}")));
                }
                if statement.repeat {
                    let again = "-- again and again, until it returns no row";
                    lines.push(Style::Dim.paint(color, again.to_owned()));
                }
                lines.push(format!("{sql};"));
            }
        }
        for audit in &batch.audits {
            lines.push(format!("-- {}: must return no row", audit.name));
            lines.push(format!(
                "{};",
                audit.query.sql.trim_end().trim_end_matches(';')
            ));
        }
        if batch.atomic {
            lines.push("commit;".to_owned());
        }
    }
    lines.join("\n")
}

/// Returns a statement as it may be shown: without secrets.
#[must_use]
pub fn shown(statement: &Statement) -> String {
    let mut sql = statement.sql.clone();
    for secret in &statement.secrets {
        sql = sql.replace(&secret.marker, "'(sensitive value)'");
    }
    sql
}

/// Says which hooks run, in their order.
fn hooks(plan: &Plan) -> Option<String> {
    let steps = plan.batches.iter().flat_map(|batch| &batch.steps);
    let hooks = steps.filter(|step| step.address.kind() == hook::KIND);
    let reasons = hooks.flat_map(|step| &step.statements);
    let reasons = reasons.filter_map(|statement| statement.because.as_ref());
    let lines: Vec<_> = reasons.map(|because| format!("  - {because}")).collect();
    (!lines.is_empty()).then(|| format!("Hooks that run:\n{}", lines.join("\n")))
}

/// Says in words what the plan endangers, each thing once.
fn hazards(plan: &Plan, color: bool) -> String {
    let words: BTreeSet<String> = plan.statements().flat_map(Statement::dangers).collect();
    if words.is_empty() {
        return String::new();
    }
    let mut lines = vec![Style::Yellow.paint(color, "What to know before applying:")];
    lines.extend(words.into_iter().map(|words| format!("  - it {words}")));
    lines.join("\n")
}

/// Writes a finding.
#[must_use]
pub fn finding(finding: &Finding, color: bool) -> String {
    let (style, word) = match finding.severity {
        Severity::Error => (Style::Red, "Error"),
        Severity::Warning => (Style::Yellow, "Warning"),
    };
    let mut text = format!("{}: {}", style.paint(color, word), finding.message);
    for one in &finding.statements {
        text.push_str(&concerned(one));
    }
    if !finding.statements.is_empty() && finding.help.is_some() {
        text.push('\n');
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n  {help}"));
    }
    text.push_str(&Style::Dim.paint(color, format!("\n  ({})", finding.code)));
    text
}

/// Writes a statement that a finding is about, as much of it as fits on a line.
fn concerned(one: &Concerned) -> String {
    let kind = one.address.kind().replace('_', " ");
    let name = one.address.qualified_name();
    let words = match one.words.as_str() {
        "" => String::new(),
        words => format!(": it {words}"),
    };
    let mut lines = one.sql.lines();
    let first = lines.next().unwrap_or_default();
    let more = if lines.next().is_some() { " ..." } else { "" };
    format!("\n  - {kind} {name}{words}\n      {first}{more}")
}

/// Names what is live and not ours.
fn unmanaged(plan: &Plan) -> Option<String> {
    if plan.unmanaged.is_empty() {
        return None;
    }
    let mut lines = vec![
        "Not managed by this project, and left alone (--prune removes what is supported):"
            .to_owned(),
    ];
    for group in &plan.unmanaged {
        let shown: Vec<_> = group.names.iter().take(5).map(String::as_str).collect();
        let more = group.names.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let unsupported = if group.supported {
            ""
        } else {
            ", not supported by this version"
        };
        lines.push(format!(
            "  - {} {}{unsupported}: {}{more}",
            group.names.len(),
            kinds(&group.kind, group.names.len()),
            shown.join(", ")
        ));
    }
    Some(lines.join("\n"))
}

/// Writes a kind in the number that fits: `table`, `tables`, `indexes`, `policies`.
pub(crate) fn kinds(kind: &str, count: usize) -> String {
    let words = kind.replace('_', " ");
    if count == 1 {
        return words;
    }
    match words.as_bytes() {
        [.., b's' | b'x'] if words != "statistics" && words != "default privileges" => {
            format!("{words}es")
        }
        [.., b's'] => words,
        [stem @ .., before, b'y'] if !b"aeiou".contains(before) => {
            format!("{}ies", &words[..=stem.len()])
        }
        _ => format!("{words}s"),
    }
}

fn closing(plan: &Plan, color: bool) -> String {
    let summary = plan.summary();
    let mut lines = Vec::new();
    if plan.has_changes() {
        let import = match summary.import {
            0 => String::new(),
            count => format!("{count} to import, "),
        };
        lines.push(format!(
            "{} {import}{} to add, {} to change, {} to destroy.",
            Style::Bold.paint(color, "Plan:"),
            summary.add,
            summary.change,
            summary.destroy
        ));
    } else {
        lines.push(format!(
            "{} The platform is as the files say.",
            Style::Green.paint(color, "No changes.")
        ));
    }
    let imports = if plan.has_changes() {
        0
    } else {
        summary.import
    };
    let recorded = summary.adopt + imports;
    if recorded > 0 {
        let noun = if recorded == 1 {
            "object that is"
        } else {
            "objects that are"
        };
        lines.push(format!(
            "The next apply records {recorded} {noun} as declared as ours."
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_as_people_count() {
        let cases = [
            ("table", 1, "table"),
            ("table", 2, "tables"),
            ("index", 2, "indexes"),
            ("operator_class", 2, "operator classes"),
            ("text_search_dictionary", 2, "text search dictionaries"),
            ("foreign_key", 2, "foreign keys"),
            ("statistics", 2, "statistics"),
            ("default_privileges", 2, "default privileges"),
        ];
        for (kind, count, expected) in cases {
            assert_eq!(kinds(kind, count), expected);
        }
    }
}
