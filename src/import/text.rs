//! Texts in HCL.

/// Reports whether a text is a name that needs no quotes.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// Writes a text between quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Writes a text of several lines as a heredoc, where that says exactly the same.
pub(crate) fn heredoc(text: &str, indent: usize) -> Option<String> {
    let body = text.strip_suffix('\n')?;
    let plain = |c: char| !c.is_control() || c == '\n';
    let lines = || body.split('\n');
    let at_margin = lines().any(|line| line.starts_with(|c: char| !c.is_whitespace()));
    let is_exact = body.chars().all(plain)
        && !text.contains("${")
        && !text.contains("%{")
        && at_margin
        && lines().all(|line| line.is_empty() || !line.trim().is_empty())
        && lines().all(|line| line.trim() != "EOT");
    if !is_exact {
        return None;
    }
    let margin = " ".repeat(indent + 2);
    let mut out = String::from("<<-EOT\n");
    for line in lines() {
        if !line.is_empty() {
            out.push_str(&margin);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
    out.push_str("EOT");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_control_characters_are_escaped() {
        assert_eq!(
            quoted("a\"b\\${c}%{d}$e\u{1}\n"),
            "\"a\\\"b\\\\$${c}%%{d}$e\\u0001\\n\""
        );
    }

    #[test]
    fn only_what_a_heredoc_says_exactly_becomes_one() {
        assert_eq!(
            heredoc("a\n\n  b\n", 2).as_deref(),
            Some("<<-EOT\n    a\n\n      b\n  EOT")
        );
        for text in [
            "a\nb",
            "  a\n  b\n",
            "a\n \nb\n",
            "a ${b}\n",
            "a\nEOT\n",
            "a\tb\n",
        ] {
            assert_eq!(heredoc(text, 0), None, "{text:?}");
        }
    }
}
