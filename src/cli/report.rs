//! What commands say to programs: the same facts as to people.

mod versions;

use std::collections::BTreeMap;

use model::{Change, Finding, Map, Plan, Sources, Summary};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::versions::{
    AttributeDiff, DiffReport, Difference, ObjectDiff, ShownVersion, SnapshotsReport,
};
pub use crate::drift::report::{ChangedReport, DeviationReport, DriftReport, DriftedReport};
use crate::failure::Failure;
use crate::view;

/// The version of everything in this room.
pub const FORMAT: u32 = 1;

/// A place in a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to the project.
    pub file: String,
    /// Line of the beginning, from one.
    pub line: usize,
    /// Column of the beginning in characters, from one.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column of the end.
    pub end_column: usize,
    /// What is to be seen there.
    pub text: String,
}

/// One problem in the files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiagnosticReport {
    /// `error` or `warning`.
    #[schemars(with = "String")]
    pub severity: model::Severity,
    /// Stable name.
    pub code: String,
    /// What is wrong: the same words every time.
    pub title: String,
    /// Where; the first is the main place.
    pub places: Vec<Place>,
    /// Further facts.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

/// Says diagnostics with lines and columns.
#[must_use]
pub fn diagnostics(found: &[model::Diagnostic], sources: &Sources) -> Vec<DiagnosticReport> {
    found
        .iter()
        .map(|one| DiagnosticReport {
            severity: one.severity,
            code: one.code.to_owned(),
            title: one.title.clone(),
            places: one
                .labels
                .iter()
                .map(|label| {
                    let source = sources.get(label.span.source);
                    let (start, end) = (
                        source.position(label.span.start),
                        source.position(label.span.end),
                    );
                    Place {
                        file: source.name.clone(),
                        line: start.line,
                        column: start.column,
                        end_line: end.line,
                        end_column: end.column,
                        text: label.text.clone(),
                    }
                })
                .collect(),
            notes: one.notes.clone(),
            help: one.help.clone(),
        })
        .collect()
}

/// Why a command failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorReport {
    /// Version of this format.
    pub format: u32,
    /// The failure.
    pub error: ErrorBody,
}

/// A failure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorBody {
    /// Stable name.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Further facts.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Problems in the files.
    pub diagnostics: Vec<DiagnosticReport>,
    /// Problems of the plan.
    pub findings: Vec<Finding>,
}

impl ErrorReport {
    /// Says a failure to programs.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        let mut body = ErrorBody {
            code: String::new(),
            message: String::new(),
            notes: Vec::new(),
            help: None,
            diagnostics: Vec::new(),
            findings: Vec::new(),
        };
        match failure {
            Failure::Diagnostics {
                sources,
                diagnostics: found,
            } => {
                body.code = "cli::wrong_files".to_owned();
                body.message = "the files are wrong".to_owned();
                body.diagnostics = diagnostics(found, sources);
            }
            Failure::Findings(findings) => {
                body.code = findings
                    .first()
                    .map(|one| one.code.clone())
                    .unwrap_or_default();
                body.message = "the plan must not be carried out".to_owned();
                body.findings.clone_from(findings);
            }
            Failure::Platform(error) => {
                body.code = "cli::platform".to_owned();
                body.message.clone_from(&error.message);
                body.notes.clone_from(&error.notes);
                body.help.clone_from(&error.help);
            }
            Failure::State(error) => {
                body.code = "cli::state".to_owned();
                body.message = error.to_string();
                body.help = Some(error.help().to_owned());
            }
            Failure::Apply { failure, declared } => {
                body.code = "cli::apply_failed".to_owned();
                body.message = failure.error.to_string();
                (body.notes, body.help) = view::failure::facts(failure, declared.as_deref());
                body.notes.push(if failure.as_before && failure.done > 0 {
                    "nothing was changed".to_owned()
                } else {
                    let (done, all) = (failure.done, failure.all);
                    format!("{done} of {all} parts are done and recorded")
                });
                let left = failure.left.iter();
                body.notes.extend(left.cloned());
            }
            Failure::Other(plain) => {
                body.code = plain.code.to_owned();
                body.message.clone_from(&plain.message);
                body.notes.clone_from(&plain.notes);
                body.help.clone_from(&plain.help);
            }
        }
        Self {
            format: FORMAT,
            error: body,
        }
    }
}

/// What `validate` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ValidateReport {
    /// Version of this format.
    pub format: u32,
    /// Whether there is no error.
    pub valid: bool,
    /// Number of errors.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// All of them.
    pub diagnostics: Vec<DiagnosticReport>,
}

/// What `plan` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanReport {
    /// Version of this format.
    pub format: u32,
    /// How many objects it adds, changes, destroys.
    pub summary: Summary,
    /// Whether anything on the platform changes, or an `import` block takes something over.
    pub has_changes: bool,
    /// The plan, exactly as `--out` writes it.
    pub plan: Plan,
}

impl PlanReport {
    /// Says a plan to programs.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            format: FORMAT,
            summary: plan.summary(),
            has_changes: plan.has_changes(),
            plan: plan.clone(),
        }
    }
}

/// What `apply` did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ApplyReport {
    /// Version of this format.
    pub format: u32,
    /// The number of the apply; absent when there was nothing to do.
    pub version: Option<u64>,
    /// How many objects it added, changed, destroyed.
    pub summary: Summary,
    /// What was done to each object.
    pub changes: Vec<Change>,
    /// What else to know.
    pub notes: Vec<String>,
}

/// What one audit found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditedReport {
    /// Its declaration.
    pub audit: String,
    /// The object it is about.
    pub on: model::Address,
    /// `error` or `warning`: whether a row stops an apply.
    #[schemars(with = "String")]
    pub severity: model::Severity,
    /// What it came to.
    pub outcome: state::AuditOutcome,
    /// How many rows it found.
    pub found: u64,
    /// Names of the columns of the rows.
    pub columns: Vec<String>,
    /// The first ten rows, as texts; null is null.
    pub rows: Vec<Vec<Option<String>>>,
    /// Why it could not be run.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What `audit` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditReport {
    /// Version of this format.
    pub format: u32,
    /// Each audit and object.
    pub audits: Vec<AuditedReport>,
    /// Why the results are not written down, where they are not.
    pub not_recorded: Option<String>,
}

impl AuditReport {
    /// Says what audits found to programs.
    #[must_use]
    pub fn of(results: &[apply::AuditResult], not_recorded: Option<String>) -> Self {
        let audits = results.iter().map(|one| {
            let state::AuditRecord {
                audit,
                on,
                outcome,
                found,
                took_ms,
                error,
            } = one.record();
            AuditedReport {
                audit,
                on,
                severity: match one.blocks {
                    true => model::Severity::Error,
                    false => model::Severity::Warning,
                },
                outcome,
                found,
                columns: one.rows.columns.clone(),
                rows: one.rows.rows.clone(),
                error,
                took_ms,
            }
        });
        Self {
            format: FORMAT,
            audits: audits.collect(),
            not_recorded,
        }
    }
}

/// One object that is ours.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecordReport {
    /// Identity.
    pub address: model::Address,
    /// Its declaration.
    pub declaration: model::DeclarationId,
    /// Fingerprint of what was declared.
    pub declared: model::Fingerprint,
    /// Fingerprint of what the platform showed after the last apply.
    pub live: model::Fingerprint,
    /// Whether it must not be dropped.
    pub prevent_destroy: bool,
    /// Whether only a share of it is ours.
    pub partial: bool,
    /// What it looked like, where that was asked for.
    pub attributes: Option<Map>,
}

/// What `state` shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StateReport {
    /// Version of this format.
    pub format: u32,
    /// Project.
    pub project: String,
    /// Environment; empty where there is none.
    pub environment: String,
    /// Which history; empty where nothing was ever applied.
    pub lineage: String,
    /// Number of the last apply.
    pub serial: u64,
    /// What is ours.
    pub records: Vec<RecordReport>,
}

/// One task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub schedule: String,
    /// The database it runs in.
    pub database: String,
    /// The role it runs as.
    pub run_as: String,
    /// Whether it runs at all.
    pub enabled: bool,
    /// What it runs.
    pub sql: String,
    /// Whether this project manages it, in this environment.
    pub managed: bool,
    /// Other projects and environments that manage it.
    pub managed_by: Vec<String>,
}

/// What `version` says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionReport {
    /// Version of the tool.
    pub estate: String,
    /// Platforms this build knows.
    pub platforms: Vec<String>,
    /// Version of plan files.
    pub plan_format: u32,
    /// Version of the state.
    pub state_format: u32,
}

/// Something live that is not in the files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LeftOutReport {
    /// What it is: `table sales.orders`.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
    /// Whether something is wrong with it.
    pub is_broken: bool,
}

impl From<&provider::outline::LeftOut> for LeftOutReport {
    fn from(one: &provider::outline::LeftOut) -> Self {
        Self {
            what: one.what.clone(),
            why: one.why.clone(),
            is_broken: one.is_broken,
        }
    }
}

/// What `import` wrote.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImportReport {
    /// Version of this format.
    pub format: u32,
    /// The files, relative to the folder they are in.
    pub files: Vec<String>,
    /// Their contents, where they were not written anywhere.
    pub texts: Option<Vec<String>>,
    /// How many blocks of each kind there are.
    pub blocks: BTreeMap<String, usize>,
    /// What is not in them.
    pub left_out: Vec<LeftOutReport>,
}
