//! The place in a person's file that a platform's error position means.

use model::Span;
use provider::{Origin, decode};

use crate::project::Project;

/// Returns the place of a text, or of a position in it. `position` counts characters from zero.
///
/// Texts stand in the files as they are, or come from a file of their own. Where the very text is
/// found, the place is exact; otherwise it is the whole expression.
#[must_use]
pub(crate) fn of_text(
    project: &Project,
    origin: &Origin,
    path: &[String],
    position: Option<usize>,
) -> Span {
    let span = decode::locate(origin.span, &origin.body, path);
    let (Some(position), Some(text)) = (position, decode::text_at(&origin.body, path)) else {
        return span;
    };
    let offset: usize = text.chars().take(position).map(char::len_utf8).sum();
    let length = text[offset..]
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len() - offset)
        .max(1);
    let inside = project.sources.slice(span);
    if let Some(at) = inside.find(text) {
        let start = span.start + at + offset;
        return Span::new(span.source, start, start + length);
    }
    // A heredoc with indentation: line by line the text is there.
    if let Some(start) = by_line(inside, text, offset) {
        return Span::new(span.source, span.start + start, span.start + start + length);
    }
    for (id, source) in project.sources.iter() {
        if let Some(at) = source.text.find(text).filter(|_| id != span.source) {
            return Span::new(id, at + offset, at + offset + length);
        }
    }
    span
}

/// Finds a position of an indented text by its line.
fn by_line(inside: &str, text: &str, offset: usize) -> Option<usize> {
    let line_number = text[..offset].matches('\n').count();
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let wanted = text.lines().nth(line_number)?;
    let first = text.lines().next()?;
    let mut lines = Vec::new();
    let mut start = 0;
    for line in inside.split_inclusive('\n') {
        lines.push((start, line.trim_end_matches(['\n', '\r'])));
        start += line.len();
    }
    let begin = lines
        .iter()
        .position(|(_, line)| line.trim_start() == first.trim_start())?;
    let (start, line) = lines.get(begin + line_number)?;
    let indent = line.find(wanted)?;
    Some(start + indent + offset - line_start)
}
