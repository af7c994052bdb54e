//! Whose state it is, and who is changing it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One project in one environment. Everything that is ours belongs to exactly one.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Realm {
    /// Project name.
    pub project: String,
    /// Environment name; empty where a project has none.
    pub environment: String,
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.environment.is_empty() {
            write!(f, "project `{}`", self.project)
        } else {
            write!(
                f,
                "environment `{}` of project `{}`",
                self.environment, self.project
            )
        }
    }
}

/// Who holds the lock of a realm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// User of the operating system.
    pub user: String,
    /// Host name.
    pub host: String,
    /// Process number.
    pub process: u32,
    /// Since when, in RFC 3339, UTC.
    pub since: String,
    /// What it does: `apply`.
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`estate {}` of {} on {} (process {}), since {}",
            self.command, self.user, self.host, self.process, self.since
        )
    }
}

/// Names who holds a lock, where that is known.
#[must_use]
pub fn who(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "somebody".to_owned(), ToString::to_string)
}

/// Returns the present time as states write it: in RFC 3339, UTC, to the second.
#[must_use]
pub fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
