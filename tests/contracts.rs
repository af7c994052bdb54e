//! Contracts: JSON Schemas of everything that is stored or that programs read, in `schemas/`. Made of
//! the types; `UPDATE=1` rewrites them. What the tool really writes is held against them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cli::report;
use libtest_mimic::Trial;
use provider::Provider;
use schemars::{Schema, schema_for};
use serde_json::Value as Json;

use crate::folder::files;
use crate::pages::difference;

/// Returns the tests of this file.
pub(crate) fn tests() -> Vec<Trial> {
    vec![crate::test(
        "contracts::schemas_are_those_of_the_types",
        schemas_are_those_of_the_types,
    )]
}

/// Returns the folder of the schemas.
#[must_use]
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

/// Returns every schema by its file.
fn schemas() -> BTreeMap<String, Json> {
    let fixed: [(&str, Schema); 20] = [
        ("plan.v1", schema_for!(model::Plan)),
        ("state.v1", state::file_schema()),
        ("journal.v1", schema_for!(state::Entry)),
        ("cli/approval", schema_for!(cli::approval::Approval)),
        ("cli/apply", schema_for!(report::ApplyReport)),
        ("cli/audit", schema_for!(report::AuditReport)),
        ("cli/import", schema_for!(report::ImportReport)),
        ("cli/drift", schema_for!(report::DriftReport)),
        ("cli/error", schema_for!(report::ErrorReport)),
        ("cli/grants", schema_for!(cli::grants::report::GrantsReport)),
        ("grants.v1", schema_for!(access::Snapshot)),
        ("cli/history", schema_for!(Vec<state::VersionSummary>)),
        ("cli/plan", schema_for!(report::PlanReport)),
        ("cli/show_diff", schema_for!(report::DiffReport)),
        ("cli/snapshots", schema_for!(report::SnapshotsReport)),
        ("cli/state", schema_for!(report::StateReport)),
        ("cli/tasks", schema_for!(Vec<report::TaskReport>)),
        ("cli/validate", schema_for!(report::ValidateReport)),
        ("cli/version", schema_for!(report::VersionReport)),
        ("cli/show", schema_for!(report::ShownVersion)),
    ];
    let fixed = fixed.map(|(name, schema)| (name.to_owned(), schema.to_value()));
    let kinds = postgres::Postgres
        .kinds()
        .iter()
        .map(|rules| (format!("postgres/{}", rules.name()), rules.schema()));
    fixed
        .into_iter()
        .chain(kinds)
        .map(|(name, schema)| (format!("{name}.json"), schema))
        .collect()
}

fn schemas_are_those_of_the_types() -> Result<(), String> {
    let schemas = schemas();
    let mut wrong = Vec::new();
    for (name, schema) in &schemas {
        let path = root().join(name);
        let text = serde_json::to_string_pretty(schema).map_err(|error| error.to_string())? + "\n";
        let written = fs::read_to_string(&path).unwrap_or_default();
        if crate::is_update() {
            path.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("{name}: {error}"))?;
        } else if written != text {
            wrong.push(difference(
                &format!("schemas/{name}"),
                "the types",
                &written,
                &text,
            ));
        }
    }
    let mut paths = Vec::new();
    files(&root(), &mut paths)?;
    let found: BTreeSet<_> = paths
        .iter()
        .filter_map(|path| path.strip_prefix(root()).ok())
        .map(|path| path.display().to_string())
        .collect();
    for name in found.iter().filter(|name| !schemas.contains_key(*name)) {
        wrong.push(format!("schemas/{name} belongs to nothing"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nIf the change is meant, and old files can still be read: UPDATE=1 cargo test -p tests",
        wrong.join("\n")
    ))
}

/// Says how a text breaks a contract.
///
/// # Errors
/// Each way in which it does.
pub(crate) fn keeps(schema: &str, text: &str) -> Result<(), String> {
    let path = root().join(format!("{schema}.json"));
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let schema = fs::read_to_string(&path).map_err(|error| wrong(&error))?;
    let schema: Json = serde_json::from_str(&schema).map_err(|error| wrong(&error))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| wrong(&error))?;
    let instance: Json =
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let errors: Vec<_> = validator
        .iter_errors(&instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(errors.join("\n"))
}
