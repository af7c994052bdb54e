//! Pictures in words, for programs that draw: Graphviz and Mermaid.
//!
//! Sources: Graphviz, "The DOT Language"; Mermaid, "Flowcharts Syntax".

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A line from what stands to what it stands on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// The name of what stands.
    pub from: String,
    /// The name of what it stands on.
    pub to: String,
    /// What is written at it; empty where nothing is.
    pub label: String,
    /// Whether it is drawn with dashes.
    pub is_dashed: bool,
}

impl Line {
    /// Makes a line that says no more than that it is there.
    pub(crate) fn plain(from: String, to: String) -> Self {
        Self {
            from,
            to,
            label: String::new(),
            is_dashed: false,
        }
    }
}

/// What is drawn.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    /// Kinds and names.
    pub nodes: Vec<(String, String)>,
    /// The lines between them, by name.
    pub lines: Vec<Line>,
}

fn shape(kind: &str) -> &'static str {
    match kind {
        "role" | "login role" | "superuser" => "ellipse",
        "database" | "schema" => "folder",
        "task" => "cds",
        _ => "box",
    }
}

impl Drawing {
    /// Writes it for Graphviz.
    pub(crate) fn dot(&self) -> String {
        let mut text = "digraph estate {\n  rankdir = \"RL\"\n".to_owned();
        for (kind, id) in &self.nodes {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "  {id:?} [shape = {:?}]", shape(kind));
        }
        for line in &self.lines {
            let label =
                Some(format!("label = {:?}", line.label)).filter(|_| !line.label.is_empty());
            let style = line.is_dashed.then(|| "style = \"dashed\"".to_owned());
            let all: Vec<_> = label.into_iter().chain(style).collect();
            let _ = write!(text, "  {:?} -> {:?}", line.from, line.to);
            if !all.is_empty() {
                let _ = write!(text, " [{}]", all.join(", "));
            }
            text.push('\n');
        }
        text.push('}');
        text
    }

    /// Writes it for Mermaid.
    pub(crate) fn mermaid(&self) -> String {
        let mut text = "flowchart RL\n".to_owned();
        let mut numbers = BTreeMap::new();
        for (number, (_, id)) in self.nodes.iter().enumerate() {
            numbers.insert(id.as_str(), number);
            let _ = writeln!(text, "  n{number}[\"{}\"]", escaped(id));
        }
        let number = |id: &str| numbers.get(id).copied().unwrap_or_default();
        for line in &self.lines {
            let arrow = if line.is_dashed { "-.->" } else { "-->" };
            let label = match line.label.as_str() {
                "" => String::new(),
                label => format!("|\"{}\"|", escaped(label)),
            };
            let (from, to) = (number(&line.from), number(&line.to));
            let _ = writeln!(text, "  n{from} {arrow}{label} n{to}");
        }
        text
    }
}

fn escaped(text: &str) -> String {
    text.replace('"', "#quot;")
}
