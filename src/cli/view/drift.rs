//! What somebody changed.

use plan::{Changed, What};

use super::change;
use crate::drift::{Found, OPEN, Told, acceptance, expiry};
use crate::screen::Style;

/// Writes drift for people.
#[must_use]
pub fn write(found: &Found, color: bool) -> String {
    let mut parts = Vec::new();
    let counted: Vec<&Told> = found.counted().collect();
    let mut last = None;
    for told in &counted {
        let address = &told.deviation.address;
        if last == Some(address) {
            continue;
        }
        last = Some(address);
        let of_this = counted
            .iter()
            .filter(|other| other.deviation.address == *address);
        let of_this: Vec<&Told> = of_this.copied().collect();
        parts.push(object(found, &of_this, color));
    }
    let accepted: Vec<_> = found.accepted().collect();
    if !accepted.is_empty() {
        let mut lines = vec!["Accepted:".to_owned()];
        lines.extend(accepted.iter().map(|(told, ignore)| {
            let line = format!("  - {} ({})", told.sentence(), acceptance(ignore));
            Style::Dim.paint(color, line)
        }));
        parts.push(lines.join("\n"));
    }
    if !counted.is_empty() {
        let is_planned = counted.iter().any(|told| !told.is_open);
        parts.push(summary(found.objects(), is_planned, color));
    } else {
        let rest = match accepted.is_empty() {
            true => "Everything is as the last apply left it.",
            false => "Everything else is as the last apply left it.",
        };
        parts.push(format!("{} {rest}", Style::Green.paint(color, "No drift.")));
    }
    parts.join("\n\n")
}

fn summary(objects: usize, is_planned: bool, color: bool) -> String {
    let (noun, them) = match objects {
        1 => ("object is", "it"),
        _ => ("objects are", "them"),
    };
    let next = match is_planned {
        true => " `estate plan` shows how that would be put back.",
        false => "",
    };
    format!(
        "{} {objects} {noun} not as the last apply left {them}.{next}",
        Style::Yellow.paint(color, "Drift:"),
    )
}

/// Writes what happened to one object, and what is known of it.
fn object(found: &Found, told: &[&Told], color: bool) -> String {
    let Some(first) = told.first() else {
        return String::new();
    };
    let title = Style::Bold.paint(color, format!("  # {}", first.object()));
    let address = &first.deviation.address;
    let drift = found.drift.iter().find(|one| one.address == *address);
    let mut lines = Vec::new();
    match drift.map(|one| &one.what) {
        None => {
            lines.push(format!("{title} is not managed"));
            let rights = first.deviation.rights.iter();
            lines.extend(rights.map(|right| format!("      + {}", right.words())));
        }
        Some(What::Lost) => {
            lines.push(format!(
                "{title} {}",
                Style::Red.paint(color, "has been deleted")
            ));
        }
        Some(What::Changed(changed)) => {
            lines.push(format!("{title} has changed"));
            let counts = |one: &&Changed| {
                let mut told = told.iter();
                told.any(|told| told.deviation.attribute() == Some(&*one.attribute))
            };
            lines.extend(changed.iter().filter(counts).map(|one| {
                let Changed {
                    attribute,
                    recorded,
                    live,
                } = one;
                change::attribute(attribute, recorded.as_ref(), live.as_ref(), color)
            }));
        }
    }
    let mut notes: Vec<String> = Vec::new();
    for told in told {
        notes.extend(told.who.iter().cloned());
        notes.extend(told.is_open.then(|| OPEN.to_owned()));
        notes.extend(found.expired(told).map(expiry));
    }
    notes.dedup();
    if let Some(place) = &first.place
        && drift.is_some()
    {
        notes.insert(0, format!("declared at {}:{}", place.file, place.line));
    }
    let notes = notes.into_iter().map(|note| format!("    # {note}"));
    lines.extend(notes.map(|note| Style::Dim.paint(color, note)));
    if !first.remedy.is_empty() {
        lines.push(Style::Dim.paint(color, "    # put right by:"));
        let sql = first.remedy.iter().map(|sql| format!("{sql};"));
        let sql: Vec<String> = sql.collect();
        let sql = sql.iter().flat_map(|sql| sql.lines());
        lines.extend(sql.map(|line| Style::Dim.paint(color, format!("    #   {line}").trim_end())));
    }
    lines.join("\n")
}
