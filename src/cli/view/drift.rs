//! What somebody changed.

use plan::{Changed, Drift, What};

use super::change;
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
                lines.extend(changed.iter().map(|one| {
                    let Changed {
                        attribute,
                        recorded,
                        live,
                    } = one;
                    change::attribute(attribute, recorded.as_ref(), live.as_ref(), color)
                }));
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
