//! What `pg_dump --schema-only` says of a database, without what differs from run to run.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use regex::Regex;

/// Dumps a database: statements only, without the schemas of the state and of tasks.
///
/// # Errors
/// What `pg_dump` says.
pub(crate) fn dump(program: &Path, url: &str) -> Result<String, String> {
    let output = Command::new(program)
        .args([
            "--schema-only",
            "--exclude-schema=estate",
            "--exclude-schema=estate_snapshots",
            "--exclude-schema=cron",
            "--dbname",
            url,
        ])
        .output()
        .map_err(|error| format!("{} does not run: {error}", program.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(statements(&String::from_utf8_lossy(&output.stdout)))
}

/// Leaves out comments, settings of the session, lines that carry a random word, and the versions that
/// recent minor releases of the server keep among the parameters of columns.
fn statements(dump: &str) -> String {
    static VERSION: OnceLock<[Regex; 2]> = OnceLock::new();
    let [alone, among] = VERSION.get_or_init(|| {
        [
            r"(?m)^ALTER .* ALTER COLUMN .* SET \(pg_attver=\d+\);$\n\n?",
            r"(, )?\bpg_attver=\d+",
        ]
        .map(|pattern| Regex::new(pattern).expect("a pattern of ours"))
    });
    let dump = alone.replace_all(dump, "");
    let dump = among.replace_all(&dump, "");
    let is_noise = |line: &str| {
        let starts = [
            "--",
            "SET ",
            "\\restrict",
            "\\unrestrict",
            "SELECT pg_catalog.set_config(",
        ];
        starts.iter().any(|start| line.starts_with(start))
    };
    let mut text = String::new();
    let dump = with_grantors(&with_places(&dump));
    for line in dump.lines().filter(|line| !is_noise(line)) {
        if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let paragraphs: Vec<_> = text.trim_end().split("\n\n").map(sorted).collect();
    paragraphs.join("\n\n")
}

/// Says behind the name of what has rows or an index how it keeps them and where, in the place of statements
/// around it.
fn with_places(dump: &str) -> String {
    const KEPT: [&str; 5] = [
        "CREATE TABLE ",
        "CREATE UNLOGGED TABLE ",
        "CREATE MATERIALIZED VIEW ",
        "CREATE INDEX ",
        "CREATE UNIQUE INDEX ",
    ];
    const KEYS: [&str; 3] = [" PRIMARY KEY ", " UNIQUE ", " EXCLUDE "];
    let (mut method, mut tablespace) = ("heap", "''");
    let mut text = String::new();
    for line in dump.lines() {
        let setting = |name: &str| line.strip_prefix(name)?.strip_suffix(';');
        if let Some(value) = setting("SET default_table_access_method = ") {
            method = value;
        }
        if let Some(value) = setting("SET default_tablespace = ") {
            tablespace = value;
        }
        let is_key =
            line.starts_with("    ADD CONSTRAINT ") && KEYS.iter().any(|word| line.contains(word));
        text.push_str(line);
        if is_key || KEPT.iter().any(|start| line.starts_with(start)) {
            let is_index = is_key || line.contains(" INDEX ");
            if !is_index && method != "heap" {
                text.push_str(&format!(" /* {method} */"));
            }
            if tablespace != "''" {
                text.push_str(&format!(" /* in {tablespace} */"));
            }
        }
        text.push('\n');
    }
    text
}

/// Says behind each grant of a delegate whose it is, in the place of statements around it.
fn with_grantors(dump: &str) -> String {
    let mut text = String::new();
    let mut grantor = None;
    for line in dump.lines() {
        let begins = line.strip_prefix("SET SESSION AUTHORIZATION ");
        if begins.is_some() || line == "RESET SESSION AUTHORIZATION;" {
            grantor = begins.map(|name| name.trim_end_matches(';'));
            continue;
        }
        text.push_str(line);
        if let Some(name) = grantor.filter(|_| !line.is_empty()) {
            text.push_str(&format!(" -- by {name}"));
        }
        text.push('\n');
    }
    text
}

/// Sorts the rights on one object: they stand in the order in which they were granted.
fn sorted(paragraph: &str) -> String {
    let mut lines: Vec<_> = paragraph.lines().collect();
    let is_right = |line: &&str| line.starts_with("GRANT ") || line.starts_with("REVOKE ");
    if lines.iter().all(is_right) {
        lines.sort_unstable();
    }
    lines.join("\n")
}
