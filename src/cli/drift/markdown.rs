//! A comment for a merge request: the same hidden line begins it each time, so that it can be found and updated.

use super::{Found, Told, acceptance, expiry};

/// What a comment on GitHub may be long at most, and some room: GitLab takes more.
const COMMENT: usize = 60_000;

/// Writes the comment.
pub(super) fn write(found: &Found) -> String {
    within(found, COMMENT)
}

/// Writes the comment, of about as many bytes at most; what is left out is said.
pub(super) fn within(found: &Found, most: usize) -> String {
    let mut text = format!("<!-- estate drift: {} -->\n", hidden(&found.realm()));
    let realm = code(&found.realm());
    let objects = found.objects();
    let (managed, now) = (found.managed.len(), &found.now);
    match objects {
        0 => text.push_str(&format!("### No drift in {realm}\n\n")),
        1 => text.push_str(&format!("### 1 object of {realm} has drifted\n\n")),
        _ => text.push_str(&format!(
            "### {objects} objects of {realm} have drifted\n\n"
        )),
    }
    text.push_str(&format!("{managed} managed, looked at {now}.\n"));
    let mut left_out = 0;
    let mut add = |text: &mut String, part: &str| {
        if text.len() + part.len() > most.saturating_sub(500) {
            left_out += 1;
        } else {
            text.push_str(part);
        }
    };
    let counted: Vec<&Told> = found.counted().collect();
    if !counted.is_empty() {
        text.push_str("\n| | What | Declared at | Who |\n|---|---|---|---|\n");
        for told in &counted {
            add(&mut text, &row(found, told));
        }
        let mut last = None;
        for told in &counted {
            let address = &told.deviation.address;
            if last == Some(address) || told.remedy.is_empty() {
                continue;
            }
            last = Some(address);
            add(&mut text, &remedy(told));
        }
    }
    let accepted: Vec<_> = found.accepted().collect();
    if !accepted.is_empty() {
        text.push_str("\n**Accepted**\n\n");
        for (told, ignore) in accepted {
            let part = format!(
                "- {}: {}\n",
                words(&told.sentence()),
                words(&acceptance(ignore))
            );
            add(&mut text, &part);
        }
    }
    let unmanaged: Vec<_> = found.unmanaged_only().collect();
    if !unmanaged.is_empty() {
        text.push_str("\n**Not managed**\n\n");
        for told in unmanaged {
            add(&mut text, &format!("- {}\n", words(&told.object())));
        }
    }
    if left_out > 0 {
        text.push_str(&format!(
            "\n{left_out} more lines are left out: `estate drift` shows all.\n"
        ));
    }
    text.trim_end().to_owned()
}

fn row(found: &Found, told: &Told) -> String {
    let place = told.place.as_ref();
    let place = place.map_or_else(String::new, |place| {
        code(&format!("{}:{}", place.file, place.line))
    });
    let mut who = told.who.clone();
    who.extend(found.expired(told).map(expiry));
    format!(
        "| {} | {} | {place} | {} |\n",
        told.severity().name(),
        words(&told.sentence()),
        words(&who.join("; "))
    )
}

fn remedy(told: &Told) -> String {
    let sql: Vec<String> = told.remedy.iter().map(|sql| format!("{sql};")).collect();
    let sql = sql.join("\n");
    let fence = "`".repeat(longest(&sql).max(2) + 1);
    format!(
        "\n<details><summary>What would put {} right</summary>\n\n{fence}sql\n{sql}\n{fence}\n\n</details>\n",
        html(&told.object())
    )
}

/// Writes words so that nothing in them means anything to Markdown, tables and HTML included.
fn words(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // Nobody is called by the name of a role.
            '@' => safe.push_str("&#64;"),
            '#' => safe.push_str("&#35;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '`' | '$' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

fn html(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace(['\n', '\r'], " ")
}

/// Writes a text as code on one line, in a table or outside of one.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let fence = "`".repeat(longest(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Returns how many backticks stand in a row at most.
fn longest(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Writes a text so that it ends no comment of HTML.
fn hidden(text: &str) -> String {
    text.replace("--", "- -")
        .replace('>', " ")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_means_anything() {
        assert_eq!(words("a|b\n<script>@all"), "a\\|b &lt;script&gt;&#64;all");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(hidden("a-->b"), "a- - b");
    }
}
