//! What differs from run to run, replaced by what it is.

use std::path::Path;
use std::sync::OnceLock;

use regex::Regex;

/// Patterns and what they become, in order.
const PATTERNS: &[(&str, &str)] = &[
    (r"\b[0-9a-f]{64}\b", "[digest]"),
    (r"\b[0-9a-f]{32}\b", "[id]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
    (
        r" of \S+ on \S+ \(process \d+\)",
        " of [user] on [host] (process [n])",
    ),
    (r"\bprocess \d+, since", "process [n], since"),
    (r"(\[time\]  \w+ +)\S+@\S+", "${1}[user]@[host]"),
    (r"after \d+s\b", "after [n]s"),
    (r"in \d+ ms\b", "in [n] ms"),
];

/// Returns what a command showed without what differs from run to run: its folder, the name of the
/// page's database, the server's socket and port, digests, times, durations, processes.
#[must_use]
pub(crate) fn normal(
    text: &str,
    folder: &Path,
    database: &str,
    socket: Option<(&Path, u16)>,
) -> String {
    static COMPILED: OnceLock<Vec<(Regex, &str)>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let compile = |(pattern, becomes): &(&str, &'static str)| {
            (Regex::new(pattern).expect("a pattern of ours"), *becomes)
        };
        PATTERNS.iter().map(compile).collect()
    });
    let mut text = text.replace(&folder.display().to_string(), "[folder]");
    if let Some((socket, port)) = socket {
        text = text.replace(&socket.display().to_string(), "[socket]");
        text = text.replace(&format!(":{port}"), ":[port]");
        text = text.replace(&format!(".{port}"), ".[port]");
    }
    for quote in ["", "`"] {
        let named = format!("database {quote}{database}{quote}");
        text = text.replace(&named, &format!("database {quote}[database]{quote}"));
    }
    for (pattern, becomes) in compiled {
        text = pattern.replace_all(&text, *becomes).into_owned();
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
