//! What GitLab shows in a merge request: Code Quality, and the widget of Terraform.
//!
//! Source: GitLab, Code Quality, "Code Quality report format"; "Terraform integration in merge requests".

use std::collections::BTreeSet;

use plan::Status;
use serde_json::{Value as Json, json};

use super::{Found, Told, expiry};

/// Makes a Code Quality report: every deviation that counts, and what nobody manages.
pub(super) fn code_quality(found: &Found) -> Json {
    let told = found.counted().chain(found.unmanaged_only());
    told.map(|told| issue(found, told)).collect()
}

fn issue(found: &Found, told: &Told) -> Json {
    let mut description = told.sentence();
    if let Some(ignore) = found.expired(told) {
        description.push_str(&format!("; {}", expiry(ignore)));
    }
    if let Some(who) = told.who.first() {
        description.push_str(&format!("; {who}"));
    }
    let (path, line) = match &told.place {
        Some(place) => (place.file.as_str(), place.line),
        None => ("main.hcl", 1),
    };
    json!({
        "description": description,
        "check_name": format!("estate_drift_{}", told.deviation.status.name()),
        "fingerprint": told.fingerprint,
        "severity": told.severity().name(),
        "location": { "path": path, "lines": { "begin": line } },
    })
}

/// Counts the objects that would be made and changed to put everything right.
pub(super) fn terraform(found: &Found) -> Json {
    let lost = |told: &&Told| told.deviation.status == Status::Lost;
    let is_changed =
        |told: &&Told| !matches!(told.deviation.status, Status::Lost | Status::Unmanaged);
    let changed: BTreeSet<_> = found
        .counted()
        .filter(is_changed)
        .map(|told| &told.deviation.address)
        .collect();
    json!({ "create": found.counted().filter(lost).count(), "update": changed.len(), "delete": 0 })
}
