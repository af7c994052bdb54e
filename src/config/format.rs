//! Lays out text as `terraform fmt` does: two spaces per level, aligned `=`, spaces around operators.
//!
//! Only whitespace between tokens changes, so no value ever does: what stands inside quotes,
//! heredocs and comments is kept to the byte. Lines stay lines; several blank lines become one.

use std::ops::Range;

use model::{Diagnostic, SourceId, Sources};

use crate::document;
use crate::spacing::{bracket_change, spaces_between};
use crate::token::{Token, TokenKind, tokens};

/// Lays out one text.
///
/// # Errors
/// When the text is not valid; such a text is better left as it is.
pub fn format(sources: &Sources, source: SourceId) -> Result<String, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    document::parse(sources, source, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let text = &sources.get(source).text;
    Ok(lay_out(text.strip_prefix('\u{feff}').unwrap_or(text)))
}

/// A piece of text that is moved as a whole, and the spaces before it.
pub(crate) struct Piece<'a> {
    /// What it is; a heredoc as a whole is [`TokenKind::HeredocOpen`].
    pub(crate) kind: TokenKind,
    /// Its text.
    pub(crate) text: &'a str,
    /// The spaces before it.
    pub(crate) spaces: usize,
}

/// A line: what comes first, what follows the equals sign, and the comment at the end.
struct Line {
    lead: Range<usize>,
    assign: Range<usize>,
    comment: Range<usize>,
}

fn lay_out(text: &str) -> String {
    let mut pieces = pieces(text);
    let lines = lines(&pieces);
    indent(&mut pieces, &lines);
    space(&mut pieces, &lines);
    align(&mut pieces, &lines, |line| {
        (line.lead.clone(), line.assign.clone())
    });
    align(&mut pieces, &lines, |line| {
        (
            line.lead.start..line.assign.end.max(line.lead.end),
            line.comment.clone(),
        )
    });
    print(&pieces)
}

/// Joins heredocs, drops spaces.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let tokens = tokens(text);
    let mut pieces = Vec::with_capacity(tokens.len());
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        let end = match token.kind {
            TokenKind::Space => continue,
            TokenKind::HeredocOpen => heredoc_end(&mut rest).unwrap_or(text.len()),
            _ => token.end,
        };
        pieces.push(Piece {
            kind: token.kind,
            text: &text[token.start..end],
            spaces: 0,
        });
    }
    pieces
}

/// Skips to the end of a heredoc; templates in it may hold heredocs of their own.
fn heredoc_end(rest: &mut std::slice::Iter<'_, Token>) -> Option<usize> {
    let mut depth = 1;
    for token in rest {
        match token.kind {
            TokenKind::HeredocOpen => depth += 1,
            TokenKind::HeredocClose => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(token.end);
        }
    }
    None
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if piece.kind == TokenKind::Newline || at + 1 == pieces.len() {
            let end = if piece.kind == TokenKind::Newline {
                at
            } else {
                at + 1
            };
            lines.push(line(pieces, start..end));
            start = at + 1;
        }
    }
    lines
}

fn line(pieces: &[Piece<'_>], all: Range<usize>) -> Line {
    let ends_with_comment = all.len() > 1 && is_line_comment(&pieces[all.end - 1]);
    let end = if ends_with_comment {
        all.end - 1
    } else {
        all.end
    };
    let equals = (all.start..end)
        .skip(1)
        .find(|at| pieces[*at].kind == TokenKind::Operator && pieces[*at].text == "=");
    // A value that goes on in further lines is not aligned.
    let is_whole = |at: &usize| pieces[*at..end].iter().map(bracket_change).sum::<i32>() == 0;
    let split = equals.filter(is_whole).unwrap_or(end);
    Line {
        lead: all.start..split,
        assign: split..end,
        comment: end..all.end,
    }
}

fn is_line_comment(piece: &Piece<'_>) -> bool {
    piece.kind == TokenKind::Comment && !piece.text.starts_with("/*")
}

/// Indents every line by the brackets that are open where it begins.
///
/// Brackets opened on one line count as one level, however many they are.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let all = line.lead.start..line.comment.end;
        let Some(first) = all.clone().next() else {
            continue;
        };
        let change: i32 = pieces[all].iter().map(bracket_change).sum();
        let mut closed = -change;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            let taken = closed.min(*last);
            *last -= taken;
            closed -= taken;
            if *last == 0 {
                open.pop();
            }
        }
        pieces[first].spaces = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

fn space(pieces: &mut [Piece<'_>], lines: &[Line]) {
    for line in lines {
        for at in line.lead.start + 1..line.comment.end.max(line.lead.start + 1) {
            let before = (at >= line.lead.start + 2).then(|| &pieces[at - 2]);
            let spaces = spaces_between(before, &pieces[at - 1], &pieces[at]);
            pieces[at].spaces = spaces;
        }
    }
}

/// Aligns one cell of consecutive lines that have it, by what stands before it.
fn align(
    pieces: &mut [Piece<'_>],
    lines: &[Line],
    cells: impl Fn(&Line) -> (Range<usize>, Range<usize>),
) {
    let width = |pieces: &[Piece<'_>], cell: Range<usize>| -> usize {
        pieces[cell]
            .iter()
            .map(|piece| piece.spaces + piece.text.chars().count())
            .sum()
    };
    let has_cell = |line: &Line| !cells(line).1.is_empty();
    for chain in lines.chunk_by(|left, right| has_cell(left) && has_cell(right)) {
        let widest = chain
            .iter()
            .map(|line| width(pieces, cells(line).0))
            .max()
            .unwrap_or(0);
        for line in chain.iter().filter(|line| has_cell(line)) {
            let (before, cell) = cells(line);
            pieces[cell.start].spaces = widest - width(pieces, before) + 1;
        }
    }
}

/// Writes the pieces; at most one blank line in a row, none at either end.
fn print(pieces: &[Piece<'_>]) -> String {
    let mut out = String::new();
    let mut newlines = 2;
    for piece in pieces {
        if piece.kind == TokenKind::Newline {
            newlines += 1;
            if newlines <= 2 {
                out.push('\n');
            }
            continue;
        }
        newlines = 0;
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(piece.text);
    }
    let end = out.trim_end_matches('\n').len();
    if end == 0 {
        return String::new();
    }
    out.truncate(end);
    out.push('\n');
    out
}
