//! What a run is given from outside.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that decides what a project means, beside its files.
///
/// Nothing else is consulted: no clock, no random numbers, no environment of the process.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The project folder.
    pub dir: PathBuf,
    /// The chosen environment.
    pub environment: Option<String>,
    /// Values of variables, each as `NAME=VALUE`; later ones win.
    pub vars: Vec<String>,
    /// Files with values of variables, relative to the project folder; later ones win.
    pub var_files: Vec<PathBuf>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Version of the tool, for `required_version`; not checked when empty.
    pub version: String,
}
