//! The place in a person's file that a failure of a platform means.

use apply::Stage;
use model::{Body, Content, Hook, Piece, Span, hook};
use provider::{Desired, Origin, decode};

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
    match (position, decode::text_at(&origin.body, path)) {
        (Some(position), Some(text)) => inside(project, span, text, position),
        _ => span,
    }
}

/// Returns the place of what failed in a statement: inside the one text of the declaration that the
/// statement has there, or else the declaration.
fn of_failure(project: &Project, origin: &Origin, sql: &str, position: Option<usize>) -> Span {
    let mut texts = Vec::new();
    collect(&origin.body, &mut texts);
    match position.and_then(|position| text_around(&texts, sql, position)) {
        Some((span, text, position)) => inside(project, span, text, position),
        None => origin.span,
    }
}

/// Returns the place of a position of a text that a declaration has in an attribute, with names in it as the
/// platform writes them.
#[must_use]
pub(crate) fn of_declared(
    project: &Project,
    declaration: &str,
    attribute: &str,
    sql: &str,
    position: Option<usize>,
) -> Option<Span> {
    let mut declarations = project.config.declarations.iter();
    let declared = declarations.find(|one| one.id.to_string() == declaration)?;
    let mut attributes = declared.body.attributes.iter();
    let Some(written) = attributes.find(|one| one.name == attribute) else {
        return Some(declared.span);
    };
    let span = written.value.span;
    Some(match (&written.value.content, position) {
        (Content::Text(text), Some(position)) => inside(project, span, text, position),
        (Content::Composed(pieces), Some(position)) => {
            let offset: usize = sql.chars().take(position).map(char::len_utf8).sum();
            let found = among(project.sources.slice(span), pieces, sql, offset);
            found.map_or(span, |(start, length)| {
                Span::new(span.source, span.start + start, span.start + start + length)
            })
        }
        _ => span,
    })
}

/// Finds an offset of a text that was put together of pieces in what was written, and how much to mark there.
fn among(written: &str, pieces: &[Piece], sql: &str, offset: usize) -> Option<(usize, usize)> {
    let (mut read, mut at) = (0, 0);
    for (number, piece) in pieces.iter().enumerate() {
        let Piece::Text(text) = piece else {
            // A name ends where the next text begins.
            let next = pieces[number + 1..].iter().find_map(|next| match next {
                Piece::Text(text) => Some(text.as_str()),
                _ => None,
            });
            let end = next.map_or(Some(sql.len() - read), |next| sql[read..].find(next))?;
            let start = at + written[at..].find("${")?;
            let stop = start + written[start..].find('}')? + 1;
            if offset < read + end {
                return Some((start, stop - start));
            }
            (read, at) = (read + end, stop);
            continue;
        };
        // Line by line: a heredoc may have been indented.
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            let start = at + written[at..].find(content)?;
            if offset < read + line.len() {
                let within = (offset - read).min(content.len());
                return Some((start + within, word_length(&content[within..])));
            }
            (read, at) = (read + line.len(), start + content.len());
        }
    }
    None
}

/// Returns how much of a text to mark: its first word, or a character.
fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
        .max(text.chars().next().map_or(1, char::len_utf8))
}

/// Says where the files declare what an apply failed at, as `main.hcl:12`.
#[must_use]
pub(crate) fn of_apply(
    project: &Project,
    desired: &Desired,
    failure: &apply::Failure,
) -> Option<String> {
    let span = match &failure.stage {
        Stage::Statement { address, statement } => {
            let error = failure.error.downcast_ref::<provider::Error>();
            let position = error.and_then(|error| error.position);
            if address.kind() == hook::KIND {
                let of = |one: &&Hook| one.address() == *address;
                let id = desired.hooks.iter().find(of)?.id.to_string();
                let span = of_declared(project, &id, "sql", &statement.sql, position)?;
                return Some(line(project, span));
            }
            let origin = desired.origins.get(address)?;
            of_failure(project, origin, &statement.sql, position)
        }
        Stage::Audit(audit) => {
            let declarations = project.config.declarations.iter();
            let mut audits = declarations.filter(|one| one.id.kind == "audit");
            audits.find(|one| one.id.to_string() == audit.name)?.span
        }
        Stage::Wait(wait) => desired.origins.get(&wait.on)?.span,
        Stage::Stopped | Stage::Batch | Stage::Commit => return None,
    };
    Some(line(project, span))
}

fn line(project: &Project, span: Span) -> String {
    let source = project.sources.get(span.source);
    format!("{}:{}", source.name, source.position(span.start).line)
}

/// Collects the texts of a block and of the blocks in it, with their places.
fn collect<'a>(body: &'a Body, into: &mut Vec<(Span, &'a str)>) {
    for attribute in &body.attributes {
        if let Content::Text(text) = &attribute.value.content {
            into.push((attribute.value.span, text));
        }
    }
    for block in &body.blocks {
        collect(&block.body, into);
    }
}

/// Finds the text that a position of a statement lies in, and its position in that. Where two
/// attributes have the same text, nobody can say which it is.
fn text_around<'a>(
    texts: &[(Span, &'a str)],
    sql: &str,
    position: usize,
) -> Option<(Span, &'a str, usize)> {
    let at = sql.char_indices().nth(position)?.0;
    let around = |text: &str| {
        sql.match_indices(text)
            .map(|(start, _)| start)
            .find(|start| (*start..start + text.len()).contains(&at))
    };
    let (span, text, start) = texts
        .iter()
        .filter_map(|(span, text)| {
            let text = text.trim();
            Some((*span, text, around(text)?))
        })
        .max_by_key(|(_, text, _)| text.len())?;
    let same = texts.iter().filter(|(_, other)| other.trim() == text);
    (same.count() == 1).then(|| (span, text, sql[start..at].chars().count()))
}

/// Returns the place of a position of a text that came from `span`.
fn inside(project: &Project, span: Span, text: &str, position: usize) -> Span {
    let offset: usize = text.chars().take(position).map(char::len_utf8).sum();
    let length = word_length(&text[offset..]);
    let written = project.sources.slice(span);
    if let Some(at) = written.find(text) {
        let start = span.start + at + offset;
        return Span::new(span.source, start, start + length);
    }
    // A heredoc with indentation: line by line the text is there.
    if let Some(start) = by_line(written, text, offset) {
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

#[cfg(test)]
mod tests {
    use model::Sources;

    use super::*;

    #[test]
    fn a_position_among_names_is_found_in_what_was_written() {
        let pieces = [
            Piece::Text("select *\nfrom ".to_owned()),
            Piece::This,
            Piece::Text("\nwhere agee < 18\n".to_owned()),
        ];
        let sql = "select *\nfrom shop.people\nwhere agee < 18\n";
        let written = "<<-EOT\n    select *\n    from ${self}\n    where agee < 18\n  EOT";
        let marked = |word: &str| {
            let (start, length) = among(written, &pieces, sql, sql.find(word)?)?;
            Some(&written[start..start + length])
        };
        assert_eq!(marked("select"), Some("select"));
        assert_eq!(marked("people"), Some("${self}"));
        assert_eq!(marked("agee"), Some("agee"));
        assert_eq!(marked("< 18"), Some("<"));
    }

    #[test]
    fn a_position_of_a_statement_is_one_of_the_text_it_lies_in() {
        let mut sources = Sources::default();
        let span = Span::new(sources.add("main.hcl", ""), 0, 0);
        let texts = ["integer", "date", "é > nosuch()\n", "date"].map(|text| (span, text));
        let sql = "alter table p.a add check (é > nosuch()), add b date";
        let at = |word: &str| sql[..sql.find(word).unwrap()].chars().count();
        let found = |position| {
            let found = text_around(&texts, sql, position);
            found.map(|(_, text, position)| (text, position))
        };
        assert_eq!(found(at("nosuch")), Some(("é > nosuch()", 4)));
        assert_eq!(found(at("table")), None);
        assert_eq!(found(at("date")), None, "two columns are dates");
        assert_eq!(found(1_000), None);
    }
}
