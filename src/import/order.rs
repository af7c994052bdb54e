//! The order in which people expect attributes and blocks.

/// Attributes that come first, in this order.
const FIRST: &[&str] = &[
    "name",
    "database",
    "schema",
    "table",
    "to",
    "role",
    "on",
    "all",
    "in",
    "level",
    "privileges",
    "columns",
    "future",
    "made_by",
    "owner",
    "type",
    "mode",
    "returns",
    "language",
    "timing",
    "events",
    "of",
    "function",
    "subtype",
    "values",
    "comment",
    "not_null",
    "default",
    "references",
    "referenced_columns",
    "expression",
    "schedule",
];

/// Attributes that come last: long texts.
const LAST: &[&str] = &["query", "sql", "sql_body", "body"];

/// Blocks that come first, in this order.
const BLOCKS: &[&str] = &[
    "argument",
    "column",
    "primary_key",
    "unique",
    "check",
    "exclude",
    "partition_by",
    "partition_of",
    "foreign_key",
    "index",
    "statistics",
    "trigger",
    "rule",
    "policy",
];

/// Returns where an attribute comes.
pub(crate) fn of_attribute(name: &str) -> (usize, &str) {
    let middle = FIRST.len();
    let last = LAST.iter().position(|last| *last == name);
    let at = match FIRST.iter().position(|first| *first == name) {
        Some(at) => at,
        None => last.map_or(middle, |at| middle + 1 + at),
    };
    (at, name)
}

/// Returns where a block comes.
pub(crate) fn of_block(kind: &str) -> (usize, &str) {
    let at = BLOCKS.iter().position(|block| *block == kind);
    (at.unwrap_or(BLOCKS.len()), kind)
}
