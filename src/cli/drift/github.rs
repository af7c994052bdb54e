//! Annotations of a GitHub workflow: one for every object that drifted, up to what GitHub shows.
//!
//! Source: GitHub, "Workflow commands for GitHub Actions"; it shows ten annotations of each level in a step.

use super::{Found, Told, expiry};

/// How many annotations of one level are shown in a step.
const MOST: usize = 10;

/// Writes the annotations; what does not fit is said in the last one.
pub(super) fn annotations(found: &Found) -> String {
    let mut objects: Vec<(&Told, Vec<String>)> = Vec::new();
    for told in found.counted() {
        let mut words = told.sentence();
        if let Some(ignore) = found.expired(told) {
            words.push_str(&format!(" ({})", expiry(ignore)));
        }
        for who in &told.who {
            words.push_str(&format!(" ({who})"));
        }
        match objects.last_mut() {
            Some((last, lines)) if last.deviation.address == told.deviation.address => {
                lines.push(words);
            }
            _ => objects.push((told, vec![words])),
        }
    }
    let shown = if objects.len() > MOST { MOST - 1 } else { MOST };
    let mut lines: Vec<String> = objects
        .iter()
        .take(shown)
        .map(|(told, words)| {
            let mut words = words.clone();
            if !told.remedy.is_empty() {
                words.push("put right by:".to_owned());
                words.extend(told.remedy.iter().cloned());
            }
            annotation(
                "error",
                Some(told),
                &format!("Drift: {}", told.object()),
                &words.join("\n"),
            )
        })
        .collect();
    if objects.len() > shown {
        let text = format!(
            "{} more objects have drifted; the summary has all.",
            objects.len() - shown
        );
        lines.push(annotation("error", None, "Drift", &text));
    }
    let accepted = found.accepted().count();
    let unmanaged = found.unmanaged_only().count();
    if objects.is_empty() {
        lines.push(annotation("notice", None, "Drift", "No drift."));
    }
    if accepted + unmanaged > 0 {
        let text = format!("{accepted} accepted, {unmanaged} not managed; the summary has all.");
        lines.push(annotation("notice", None, "Drift", &text));
    }
    lines.join("\n")
}

fn annotation(level: &str, told: Option<&Told>, title: &str, text: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = told.and_then(|told| told.place.as_ref()) {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}", properties.join(","), data(text))
}

/// Writes a text so that it ends where its line ends.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Writes a text so that it ends where its property ends.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_it() {
        assert_eq!(data("100%\r\n:,"), "100%25%0D%0A:,");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
