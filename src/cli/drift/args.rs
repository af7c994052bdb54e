//! Arguments of `estate drift`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// How to say it.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DriftFormat,
    /// Writes what `--format` says to a file, and the text for people to the screen.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Writes counts to a file in the text format of Prometheus, all at once.
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// A log of the server in which `pgaudit` writes, as CSV, JSON or plain lines: who did something is told by it. May be
    /// repeated, in the order of time; times in UTC tell what was before the last apply.
    #[arg(long, value_name = "FILE")]
    pub audit_log: Vec<PathBuf>,
    /// Counts as drift, too, what is live in managed places and not managed.
    #[arg(long)]
    pub unmanaged: bool,
}

/// How to say drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// JUnit XML: a test for every managed object.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of a GitHub workflow, and its summary where GITHUB_STEP_SUMMARY names one.
    Github,
    /// Code Quality of GitLab.
    Gitlab,
    /// What GitLab shows of Terraform in a merge request: how many objects a plan would change.
    GitlabTerraform,
    /// A comment for a merge request.
    Markdown,
}
