//! What somebody did on a platform, as its audit log tells it.

use std::collections::BTreeSet;

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The login; empty where the log does not say.
    pub login: String,
    /// The program, as it calls itself; empty where the log does not say.
    pub program: String,
    /// The place they were connected to; empty where the log does not say.
    pub place: String,
    /// When that was, as the log has it: `2026-05-01 12:03:04.567 UTC`.
    pub when: String,
    /// The command: `GRANT`, `ALTER TABLE`.
    pub command: String,
    /// What it does.
    pub does: Does,
    /// The qualified name of what it is about, without the place; empty where the log does not say.
    pub object: String,
    /// The words of the statement, in lower case: what else it may be about.
    pub words: BTreeSet<String>,
}

/// What a deed does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Gives or takes rights.
    Grants,
    /// Makes something.
    Makes,
    /// Changes something.
    Changes,
    /// Drops something.
    Drops,
}

/// Returns the words of a text, in lower case.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
