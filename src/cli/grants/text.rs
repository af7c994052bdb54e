//! Who can do what, for people.

use access::{Group, Said, Status, counted};

use super::Answer;
use crate::screen::Style;

/// Writes an answer.
#[must_use]
pub fn write(answer: &Answer<'_>, color: bool) -> String {
    let mut parts = vec![head(answer, color)];
    if answer.is_difference() {
        parts.extend(differences(answer, color));
    } else {
        parts.extend(listing(answer, color));
    }
    parts.push(tail(answer, color));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn head(answer: &Answer<'_>, color: bool) -> String {
    let mut lines = vec![Style::Bold.paint(color, answer.title())];
    for side in &answer.sides {
        lines.push(format!("  {}: {}", side.label, side.origin()));
    }
    let names = answer.other_names();
    if !names.is_empty() {
        lines.push(format!("  The same by other names: {}", shortened(&names)));
    }
    for what in answer.unseen() {
        let word = Style::Yellow.paint(color, "Incomplete");
        lines.push(format!("  {word}, not seen is {what}"));
    }
    lines.join("\n")
}

/// Joins names, and counts those beyond a screenful.
fn shortened(names: &[String]) -> String {
    let most = 12;
    if names.len() <= most {
        return names.join(", ");
    }
    format!(
        "{}, and {} more",
        names[..most].join(", "),
        counted(names.len() - most)
    )
}

fn differences(answer: &Answer<'_>, color: bool) -> Vec<String> {
    let label = |at: usize| answer.sides.get(at).map_or("", |side| side.label.as_str());
    let sections = [
        (Status::OnlyA, format!("Only in {}:", label(0))),
        (Status::OnlyB, format!("Only in {}:", label(1))),
        (Status::Differs, "Not alike:".to_owned()),
        (Status::Same, "The same:".to_owned()),
    ];
    let mut parts = Vec::new();
    for (status, title) in sections {
        let of = |group: &&Group| group.status == status && group.accepted.is_none();
        let groups: Vec<&Group> = answer.groups.iter().filter(of).collect();
        if groups.is_empty() {
            continue;
        }
        let mut lines = vec![title];
        for group in groups {
            lines.push(line(group, answer, color));
        }
        parts.push(lines.join("\n"));
    }
    for (number, (accept, fared)) in answer.accepts.iter().enumerate() {
        if fared.count == 0 {
            continue;
        }
        let until = accept.expires.as_ref().map(|day| match fared.is_expired {
            true => format!(", and expired after {day}: it counts again"),
            false => format!(", until {day}"),
        });
        let ticket = accept.ticket.as_ref().map(|ticket| format!(" ({ticket})"));
        let mut lines = vec![format!(
            "Accepted as `{}`{}: {}{}",
            accept.name,
            until.unwrap_or_default(),
            accept.reason,
            ticket.unwrap_or_default(),
        )];
        let groups = answer.groups.iter();
        lines.extend(
            groups
                .filter(|group| group.accepted == Some(number))
                .map(|group| line(group, answer, color)),
        );
        parts.push(lines.join("\n"));
    }
    parts
}

/// Writes a group with how it is held.
fn line(group: &Group, answer: &Answer<'_>, color: bool) -> String {
    let (symbol, style) = match group.status {
        Status::OnlyA => ("-", Style::Red),
        Status::OnlyB => ("+", Style::Green),
        Status::Differs => ("~", Style::Yellow),
        Status::Same => ("=", Style::Dim),
    };
    let symbol = style.paint(color, symbol);
    let mut text = format!(
        "  {symbol} {}: {} on {}",
        group.who(),
        group.privileges.join(", "),
        group.on()
    );
    if group.count() > 3 {
        text = format!("{text} [{}]", counted(group.count()));
    }
    if let (Status::OnlyA | Status::OnlyB, Some(other)) = (group.status, missing(group, answer)) {
        text = format!("{text}; {other}");
    }
    match (group.status, &group.a, &group.b) {
        (Status::Differs, a, b) => {
            for (said, side) in [a, b].into_iter().zip(&answer.sides) {
                let said = said.as_ref().map(words).unwrap_or_default();
                text = format!("{text}\n      {}: {said}", side.label);
            }
        }
        (_, Some(said), _) | (_, None, Some(said)) => {
            for part in lines_of(said) {
                text = format!("{text}\n      {part}");
            }
        }
        (_, None, None) => {}
    }
    text
}

/// Says that the objects are not there on the other side.
fn missing(group: &Group, answer: &Answer<'_>) -> Option<String> {
    if group.kind.starts_with("future_") {
        return None;
    }
    let has = |at: usize| {
        let side = answer.sides.get(at);
        let is_recorded = side.is_some_and(|side| side.access.population().only_managed);
        let verb = if is_recorded { "records" } else { "has" };
        format!("{} {verb}", side.map_or("", |side| side.label.as_str()))
    };
    let (noun, kind) = match group.objects.len() {
        1 => ("no such", group.kind.replace('_', " ")),
        _ => ("no such", format!("{}s", group.kind.replace('_', " "))),
    };
    match group.is_on {
        (true, false) => Some(format!("{} {noun} {kind}", has(1))),
        (false, true) => Some(format!("{} {noun} {kind}", has(0))),
        _ => None,
    }
}

/// How many paths are told.
const PATHS: usize = 4;

fn lines_of(said: &Said) -> Vec<String> {
    let mut lines: Vec<String> = said.paths.iter().take(PATHS).cloned().collect();
    if said.paths.len() > PATHS {
        lines.push(format!("and by {} more paths", said.paths.len() - PATHS));
    }
    lines.extend(said.notes.iter().cloned());
    lines
}

/// Says how something is held, in one line.
#[must_use]
pub fn words(said: &Said) -> String {
    let mut parts = lines_of(said);
    if parts.is_empty() {
        parts.push("held".to_owned());
    }
    parts.join("; ")
}

fn listing(answer: &Answer<'_>, color: bool) -> Vec<String> {
    let mut parts = Vec::new();
    let mut last: Option<&[String]> = None;
    let mut lines: Vec<String> = Vec::new();
    for group in &answer.groups {
        if last != Some(&group.roles) {
            if !lines.is_empty() {
                parts.push(std::mem::take(&mut lines).join("\n"));
            }
            lines.push(Style::Bold.paint(color, group.who()));
            last = Some(&group.roles);
        }
        let mut text = format!("  {} on {}", group.privileges.join(", "), group.on());
        if let Some(said) = &group.a {
            for part in lines_of(said) {
                text = format!("{text}\n      {part}");
            }
        }
        lines.push(text);
    }
    if !lines.is_empty() {
        parts.push(lines.join("\n"));
    }
    parts
}

fn tail(answer: &Answer<'_>, color: bool) -> String {
    if answer.is_difference() {
        let style = match answer.comparison.differences() {
            0 => Style::Green,
            _ => Style::Yellow,
        };
        return style.paint(color, format!("{}.", answer.summary()));
    }
    let access = answer.comparison.a;
    let rows = answer.comparison.rows.iter();
    let superusers: Vec<&str> = rows
        .filter(|row| row.privilege == "superuser")
        .filter_map(|row| row.a.as_ref())
        .filter(|held| access.is_superuser(held.role))
        .map(|held| access.role_name(held.role))
        .collect();
    match superusers.len() {
        0 if answer.groups.is_empty() => "Nothing.".to_owned(),
        0 => String::new(),
        _ => format!(
            "Superuser, so that everything is permitted: {}.",
            superusers.join(", ")
        ),
    }
}
