//! Drift in the text format of Prometheus, for a collector that reads files.
//!
//! Source: Prometheus, "Exposition formats", text format 0.0.4.

use std::fmt::Write as _;

use plan::Status;

use super::Found;

/// Writes the metrics, each with the project and the environment, without the last line break.
#[must_use]
pub fn write(found: &Found, seconds: i64) -> String {
    let realm = format!(
        "project=\"{}\",environment=\"{}\"",
        label(&found.project),
        label(&found.environment)
    );
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, samples: &[(String, i64)]| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{{{realm}{labels}}} {value}");
        }
    };
    let one = |count: usize| vec![(String::new(), i64::try_from(count).unwrap_or(i64::MAX))];
    metric(
        "estate_managed_objects",
        "Objects that the project manages.",
        &one(found.managed.len()),
    );
    metric(
        "estate_drifted_objects",
        "Objects that are not as the last apply left them.",
        &one(found.objects()),
    );
    let by_status: Vec<(String, i64)> = Status::ALL
        .iter()
        .map(|status| {
            let of_this = found
                .counted()
                .filter(|told| told.deviation.status == *status);
            let count = i64::try_from(of_this.count()).unwrap_or(i64::MAX);
            (format!(",status=\"{}\"", status.name()), count)
        })
        .collect();
    metric(
        "estate_drift_deviations",
        "Single things that drifted, by what they are.",
        &by_status,
    );
    metric(
        "estate_drift_accepted",
        "Single things that drifted and are accepted.",
        &one(found.accepted().count()),
    );
    metric(
        "estate_unmanaged_objects",
        "Objects in managed places that are neither declared nor recorded.",
        &one(found.unmanaged.iter().map(|group| group.names.len()).sum()),
    );
    metric(
        "estate_drift_looked_at_seconds",
        "When drift was last looked for, in seconds since 1970.",
        &[(String::new(), seconds)],
    );
    text.trim_end().to_owned()
}

/// Writes the value of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
