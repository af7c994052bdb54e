//! What is kept of rows and columns before a step that would lose them.

use std::time::Duration;

use model::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A snapshot that is to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking<'a> {
    /// Its name.
    pub id: &'a str,
    /// The project.
    pub project: &'a str,
    /// The environment; empty where the project has none.
    pub environment: &'a str,
    /// The apply that takes it.
    pub serial: u64,
    /// How long it is kept.
    pub keep: Duration,
}

/// A snapshot that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// Its name.
    pub id: String,
    /// Where on the platform it is, such as a database.
    pub place: String,
    /// The project that took it.
    pub project: String,
    /// The environment; empty where the project has none.
    pub environment: String,
    /// The apply that took it.
    pub serial: u64,
    /// The object whose rows or columns they are.
    pub address: Address,
    /// Whether it is all of the object, or only columns.
    pub is_whole: bool,
    /// Its columns, without those that only tell rows apart, with their types.
    pub columns: Vec<(String, String)>,
    /// The columns that tell rows apart, where only columns were kept; empty where nothing does.
    pub key: Vec<String>,
    /// When it was taken, in RFC 3339, UTC.
    pub taken_at: String,
    /// Until when it is kept, in RFC 3339, UTC.
    pub keep_until: String,
    /// Whether that is over.
    pub is_expired: bool,
    /// Estimated number of rows; absent where nobody has counted yet.
    pub rows: Option<u64>,
    /// Size on disk, in bytes.
    pub bytes: u64,
}
