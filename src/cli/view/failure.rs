//! What went wrong, and what has become of the world.

use apply::Stage;

use super::{diagnostics, plan};
use crate::failure::{Failure, Plain};
use crate::screen::Style;

/// Writes a failure for people.
#[must_use]
pub fn write(failure: &Failure, color: bool) -> String {
    match failure {
        Failure::Diagnostics {
            sources,
            diagnostics,
        } => diagnostics::write(diagnostics, sources, color),
        Failure::Findings(findings) => {
            let parts: Vec<_> = findings
                .iter()
                .map(|one| plan::finding(one, color))
                .collect();
            parts.join("\n\n")
        }
        Failure::Platform(error) => {
            words(&error.message, &error.notes, error.help.as_deref(), color)
        }
        Failure::State(error) => {
            let notes: Vec<_> = sources(error);
            words(&error.to_string(), &notes, Some(error.help()), color)
        }
        Failure::Apply { failure, declared } => of_apply(failure, declared.as_deref(), color),
        Failure::Other(Plain {
            message,
            notes,
            help,
            ..
        }) => words(message, notes, help.as_deref(), color),
    }
}

/// Returns what lies beneath an error, outermost first.
fn sources(error: &dyn std::error::Error) -> Vec<String> {
    let mut notes = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        notes.push(source.to_string());
        next = source.source();
    }
    notes
}

fn words(message: &str, notes: &[String], help: Option<&str>, color: bool) -> String {
    let mut lines = vec![format!("{} {message}", Style::Red.paint(color, "Error:"))];
    lines.extend(notes.iter().map(|note| format!("  {note}")));
    if let Some(help) = help {
        lines.push(format!("\n  {help}"));
    }
    lines.join("\n")
}

fn of_apply(failure: &apply::Failure, declared: Option<&str>, color: bool) -> String {
    let (notes, help) = facts(failure, declared);
    let mut text = words(&failure.error.to_string(), &notes, help.as_deref(), color);
    text.push_str("\n\n");
    text.push_str(&world(failure));
    text
}

/// Returns what is known of the failure of an apply beside its message, and what to do.
#[must_use]
pub fn facts(failure: &apply::Failure, declared: Option<&str>) -> (Vec<String>, Option<String>) {
    let mut notes = Vec::new();
    let mut help = None;
    if let Some(error) = failure.error.downcast_ref::<provider::Error>() {
        notes.extend(error.notes.clone());
        help.clone_from(&error.help);
    } else if let Some(error) = failure.error.downcast_ref::<state::Error>() {
        notes.extend(sources(error));
        help = Some(error.help().to_owned());
    }
    let place = declared.map_or_else(String::new, |place| format!(", declared at {place}"));
    match &failure.stage {
        Stage::Statement { address, statement } => {
            let kind = address.kind().replace('_', " ");
            let name = format!("{kind} {}", address.qualified_name());
            notes.push(format!("while working on {name}{place}:"));
            let mut sql = statement.sql.clone();
            for secret in &statement.secrets {
                sql = sql.replace(&secret.marker, "'(sensitive value)'");
            }
            notes.extend(sql.lines().map(|line| format!("  {line}")));
        }
        Stage::Audit(audit) => {
            let rows = super::audit::rows(&audit.rows);
            let colon = if rows.is_empty() { "" } else { ":" };
            notes.push(format!("about {}{place}{colon}", audit.on.qualified_name()));
            notes.extend(rows.into_iter().map(|line| format!("  {line}")));
        }
        Stage::Wait(wait) => {
            let kind = wait.on.kind().replace('_', " ");
            notes.push(format!("about {kind} {}{place}", wait.on.qualified_name()));
        }
        Stage::Stopped | Stage::Batch | Stage::Commit => {}
    }
    (notes, help)
}

/// Says what is done and what is not.
fn world(failure: &apply::Failure) -> String {
    let objects = failure.finished.len();
    let noun = if objects == 1 {
        "object is"
    } else {
        "objects are"
    };
    if failure.as_before {
        return "Nothing was changed.".to_owned();
    }
    let done = format!("{objects} {noun} done and recorded.");
    let part = format!("Part {} of {}", failure.done + 1, failure.all);
    let verb = if failure.is_stopped {
        "was stopped"
    } else {
        "failed"
    };
    let mut text = match (&failure.stage, failure.taken_back) {
        (Stage::Stopped, true) => {
            format!("{part} was not begun; {done} Run `apply` again to continue.")
        }
        (Stage::Commit, _) => format!(
            "{part} may be done, and is not recorded; {done} Run `apply` again: it looks at what is there and \
             continues."
        ),
        (_, true) => {
            format!("{part} {verb} and was taken back; {done} Run `apply` again to continue.")
        }
        (_, false) => format!(
            "{part} {verb} outside a transaction, so some of it may be done; {done} Run `apply` again: it \
             looks at what is there and continues."
        ),
    };
    for left in &failure.left {
        text.push_str(&format!(
            "\nThat {left} cannot be taken back now: the next `apply` does it."
        ));
    }
    text
}
