//! SARIF 2.1.0: one result for every deviation, at the block it belongs to.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0; GitHub, SARIF support for code scanning, for what
//! it takes at most and that it tells results apart by `partialFingerprints`.

use plan::Status;
use serde_json::{Value as Json, json};

use super::{Found, Severity, Told, acceptance, expiry};

/// How many results code scanning takes.
const MOST: usize = 25_000;

/// Makes the log.
pub(super) fn log(found: &Found) -> Json {
    let rules: Vec<Json> = Status::ALL.into_iter().map(rule).collect();
    let left_out = found.told.len().saturating_sub(MOST);
    let mut told: Vec<&Told> = found.told.iter().collect();
    told.sort_by_key(|told| told.severity());
    let results: Vec<Json> = told
        .into_iter()
        .take(MOST)
        .map(|told| result(found, told))
        .collect();
    let mut invocation = json!({ "executionSuccessful": true, "endTimeUtc": found.now });
    if left_out > 0 {
        invocation["toolExecutionNotifications"] = json!([{
            "level": "warning",
            "message": { "text": format!("{left_out} more are left out: no log may have more than {MOST} results") },
        }]);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Estate",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": { "id": format!("estate/drift/{}/", found.realm()) },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    })
}

fn rule(status: Status) -> Json {
    let level = match status {
        Status::Unmanaged => "note",
        _ => "error",
    };
    json!({
        "id": format!("drift/{}", status.name()),
        "name": status.name(),
        "shortDescription": { "text": status.meaning() },
        "help": { "text": "`estate drift` shows it, and the statements that would put it right." },
        "defaultConfiguration": { "level": level },
    })
}

fn result(found: &Found, told: &Told) -> Json {
    let status = told.deviation.status;
    let index = Status::ALL.iter().position(|one| *one == status);
    let level = match told.severity() {
        Severity::Critical | Severity::Major => "error",
        Severity::Info => "note",
    };
    let mut text = format!("{}.", told.sentence());
    if let Some(ignore) = found.expired(told) {
        text.push_str(&format!(" {}.", expiry(ignore)));
    }
    let mut result = json!({
        "ruleId": format!("drift/{}", status.name()),
        "ruleIndex": index,
        "level": level,
        "message": { "text": text },
        "partialFingerprints": { "estateDrift/v1": told.fingerprint },
        "properties": { "severity": told.severity().name(), "who": told.who, "remedy": told.remedy },
    });
    let address = &told.deviation.address;
    let logical =
        json!([{ "fullyQualifiedName": address.qualified_name(), "kind": address.kind() }]);
    if let Some(place) = &told.place {
        result["locations"] = json!([{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&place.file), "uriBaseId": "%SRCROOT%" },
                "region": {
                    "startLine": place.line,
                    "startColumn": place.column,
                    "endLine": place.end_line,
                    "endColumn": place.end_column,
                },
            },
            "logicalLocations": logical,
        }]);
    }
    if let Some(number) = told.deviation.accepted {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": acceptance(&found.ignores[number]),
        }]);
    }
    result
}

/// Writes a path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/ü#1.hcl"), "a%20b/%C3%BC%231.hcl");
    }
}
