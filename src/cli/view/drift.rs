//! What somebody changed.

use model::Value;
use plan::{Changed, Drift, What};
use similar::{ChangeTag, TextDiff};

use super::value::{element, inline, is_long};
use crate::screen::Style;

/// Writes drift for people.
#[must_use]
pub fn write(drift: &[Drift], color: bool) -> String {
    if drift.is_empty() {
        return format!(
            "{} Everything is as the last apply left it.",
            Style::Green.paint(color, "No drift.")
        );
    }
    let mut parts = Vec::new();
    for one in drift {
        let name = format!("{} ({})", one.id, one.address.qualified_name());
        let title = Style::Bold.paint(color, format!("  # {name}"));
        match &one.what {
            What::Lost => {
                parts.push(format!(
                    "{title} {}",
                    Style::Red.paint(color, "has been deleted")
                ));
            }
            What::Changed(changed) => {
                let mut lines = vec![format!("{title} has changed")];
                lines.extend(changed.iter().map(|one| attribute(one, color)));
                parts.push(lines.join("\n"));
            }
        }
    }
    let (noun, them) = match drift.len() {
        1 => ("object is", "it"),
        _ => ("objects are", "them"),
    };
    parts.push(format!(
        "{} {} {noun} not as the last apply left {them}. `estate plan` shows how that would be put back.",
        Style::Yellow.paint(color, "Drift:"),
        drift.len()
    ));
    parts.join("\n\n")
}

fn attribute(changed: &Changed, color: bool) -> String {
    let mark = Style::Yellow.paint(color, "~");
    let name = &changed.attribute;
    match (&changed.recorded, &changed.live) {
        (Some(Value::List(old)), Some(Value::List(new))) => {
            let mut lines = vec![format!("    {mark} {name}")];
            for item in old.iter().filter(|item| !new.contains(item)) {
                lines.push(format!(
                    "      {} {}",
                    Style::Red.paint(color, "-"),
                    element(name, item)
                ));
            }
            for item in new.iter().filter(|item| !old.contains(item)) {
                lines.push(format!(
                    "      {} {}",
                    Style::Green.paint(color, "+"),
                    element(name, item)
                ));
            }
            lines.join("\n")
        }
        (Some(Value::Text(old)), Some(Value::Text(new)))
            if old.contains('\n') || new.contains('\n') =>
        {
            let mut lines = vec![format!("    {mark} {name} = <<-EOT")];
            for change in TextDiff::from_lines(old.as_str(), new.as_str()).iter_all_changes() {
                let mark = match change.tag() {
                    ChangeTag::Equal => " ".to_owned(),
                    ChangeTag::Delete => Style::Red.paint(color, "-"),
                    ChangeTag::Insert => Style::Green.paint(color, "+"),
                };
                let line = change.value().trim_end_matches('\n');
                lines.push(format!("      {mark} {line}"));
            }
            lines.push("        EOT".to_owned());
            lines.join("\n")
        }
        (old, new) => {
            let words = |value: &Option<Value>| match value {
                None => "nothing".to_owned(),
                Some(Value::Text(text)) if is_long(&Value::Text(text.clone())) => {
                    format!("\n      {}", text.replace('\n', "\n      "))
                }
                Some(value) => inline(value),
            };
            format!("    {mark} {name} = {} -> {}", words(old), words(new))
        }
    }
}
