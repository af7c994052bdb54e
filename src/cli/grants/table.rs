//! Who can do what as CSV and as Markdown.

use access::{Group, Status};

use super::Answer;
use super::rows::{COLUMNS, of};
use super::text::words;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes an answer as CSV (RFC 4180), one right in each line. No cell is a formula for a spreadsheet: what would begin
/// like one begins with an apostrophe.
#[must_use]
pub fn csv(answer: &Answer<'_>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory does not fail, and every line has the same number of cells.
    let _ = writer.write_record(COLUMNS);
    for row in of(answer) {
        let _ = writer.write_record(row.iter().map(|cell| safe(cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes)
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

fn safe(cell: &str) -> String {
    match cell.starts_with(FORMULA) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// Writes an answer as Markdown, what is alike in one line.
#[must_use]
pub fn markdown(answer: &Answer<'_>) -> String {
    let mut lines = vec![format!("## {}", escape(&answer.title())), String::new()];
    for side in &answer.sides {
        lines.push(format!(
            "* **{}**: {}, digest `{}`",
            escape(&side.label),
            escape(&side.origin()),
            &side.head.digest.get(..12).unwrap_or_default()
        ));
    }
    for what in answer.unseen() {
        lines.push(format!("* **Incomplete**, not seen is {}", escape(&what)));
    }
    if answer.is_difference() {
        lines.push(String::new());
        lines.push(format!("{}.", escape(&answer.summary())));
    }
    lines.push(String::new());
    let heads: &[&str] = match answer.is_difference() {
        true => &["", "Role", "Privileges", "On", "Path", "Accepted"],
        false => &["Role", "Privileges", "On", "Path"],
    };
    lines.push(format!("| {} |", heads.join(" | ")));
    lines.push(format!("|{}", "---|".repeat(heads.len())));
    for group in &answer.groups {
        let cells = cells(group, answer);
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    lines.join("\n")
}

fn cells(group: &Group, answer: &Answer<'_>) -> Vec<String> {
    let mut cells = vec![
        group.who(),
        group.privileges.join(", "),
        group.on(),
        how(group, answer),
    ];
    if answer.is_difference() {
        cells.insert(0, status(group, answer));
        let accept = group.accepted.and_then(|number| answer.accepts.get(number));
        cells.push(accept.map_or_else(String::new, |(accept, _)| {
            format!("{}: {}", accept.name, accept.reason)
        }));
    }
    cells
}

/// Says how the sides stand to each other.
#[must_use]
pub fn status(group: &Group, answer: &Answer<'_>) -> String {
    let label = |at: usize| answer.sides.get(at).map_or("", |side| side.label.as_str());
    match group.status {
        Status::OnlyA => format!("only {}", label(0)),
        Status::OnlyB => format!("only {}", label(1)),
        Status::Differs => "not alike".to_owned(),
        Status::Same => "same".to_owned(),
    }
}

/// Says how a group is held.
#[must_use]
pub fn how(group: &Group, answer: &Answer<'_>) -> String {
    match (group.status, &group.a, &group.b) {
        (Status::Differs, Some(a), Some(b)) => {
            let labels: Vec<&str> = answer
                .sides
                .iter()
                .map(|side| side.label.as_str())
                .collect();
            let [one, other] = labels[..] else {
                return words(a);
            };
            format!("{one}: {} / {other}: {}", words(a), words(b))
        }
        (_, Some(said), _) | (_, None, Some(said)) if said.paths.len() + said.notes.len() > 0 => {
            words(said)
        }
        _ => String::new(),
    }
}

/// Takes the meaning of signs away that Markdown would read.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1"] {
            assert!(safe(cell).starts_with('\''), "{cell}");
        }
        assert_eq!(safe("orders"), "orders");
        assert_eq!(safe("a=b"), "a=b");
    }

    #[test]
    fn markdown_reads_no_signs_in_names() {
        assert_eq!(escape("a|b_c"), "a\\|b\\_c");
        assert_eq!(escape("<script>"), "\\<script\\>");
    }
}
