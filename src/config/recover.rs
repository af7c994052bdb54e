//! Where reading goes on after a syntax error.
//!
//! The parser stops at its first error. So a text that does not parse is cut into its top-level
//! blocks; and in a block that does not parse, every statement with an error is put out of the way,
//! so that the rest can be read.

use std::ops::Range;

use crate::token::{Token, TokenKind, tokens};

/// Cuts a text into its top-level items.
///
/// A new item begins with a name at the beginning of a line where no bracket is open; and, because
/// a bracket may have been forgotten, with what looks like the first line of a block and is not
/// indented.
pub(crate) fn parts(text: &str) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut from = 0;
    while let Some(open) = scan(text, from, &mut starts) {
        // A heredoc that never ends would swallow the rest of the file.
        from = open;
    }
    if starts.is_empty() {
        starts.push(0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// Finds beginnings of items from a place on; returns where to go on after an endless heredoc.
fn scan(text: &str, from: usize, starts: &mut Vec<usize>) -> Option<usize> {
    let tokens = tokens(&text[from..]);
    let mut depth = 0_usize;
    let mut heredoc = None;
    let mut line_begins = true;
    // What follows an endless heredoc may be its text; only the beginning of a block ends that.
    let mut is_lost = from > 0;
    for (at, token) in tokens.iter().enumerate() {
        let place = from + token.start;
        let is_blank = matches!(
            token.kind,
            TokenKind::Newline | TokenKind::Space | TokenKind::Comment
        );
        if line_begins && !is_blank && heredoc.is_none() {
            let is_header = is_unindented(text, place) && looks_like_header(&tokens[at..]);
            if is_header || (depth == 0 && !is_lost) {
                depth = 0;
                is_lost = false;
                starts.push(place);
            }
        }
        match token.kind {
            TokenKind::Open | TokenKind::TemplateOpen => depth += 1,
            TokenKind::Close | TokenKind::TemplateClose => depth = depth.saturating_sub(1),
            TokenKind::HeredocOpen => heredoc = Some(from + token.end),
            TokenKind::HeredocClose => heredoc = None,
            _ => {}
        }
        line_begins = token.kind == TokenKind::Newline || (line_begins && is_blank);
    }
    heredoc
}

fn is_unindented(text: &str, at: usize) -> bool {
    at == 0 || text[..at].ends_with('\n')
}

/// Reports whether a line looks like `word "label" {`.
fn looks_like_header(line: &[Token]) -> bool {
    let mut line = line
        .iter()
        .filter(|token| token.kind != TokenKind::Space)
        .skip(1);
    let end = line.find(|token| {
        !matches!(
            token.kind,
            TokenKind::Word | TokenKind::QuoteOpen | TokenKind::Text | TokenKind::QuoteClose
        )
    });
    end.is_some_and(|token| token.kind == TokenKind::Open)
        && line.next().is_none_or(|token| {
            matches!(
                token.kind,
                TokenKind::Newline | TokenKind::Close | TokenKind::Comment
            )
        })
}

/// Returns type and labels of a block that could not be parsed.
pub(crate) fn header(text: &str) -> Vec<String> {
    tokens(text)
        .iter()
        .take_while(|token| {
            !matches!(
                token.kind,
                TokenKind::Open | TokenKind::Operator | TokenKind::Newline
            )
        })
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Text))
        .map(|token| token.text(text).to_owned())
        .collect()
}

/// An attribute or block inside a block, as far as tokens tell.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// From its first token to the beginning of the next one.
    pub(crate) range: Range<usize>,
    /// Where the value of an attribute begins.
    pub(crate) value: Option<usize>,
}

/// Puts a statement out of the way, without moving anything behind it.
///
/// An attribute gets a value that stands for none, and the place of that value is returned, so that
/// its name stays known. Anything else, and an attribute that is `unwanted` itself, becomes space.
pub(crate) fn repair(text: &mut String, statement: &Statement, unwanted: bool) -> Option<usize> {
    let Range { start, end } = statement.range;
    let kept = statement.value.filter(|value| !unwanted && *value < end);
    let from = kept.unwrap_or(start);
    let mut repaired = String::with_capacity(text.len());
    repaired.push_str(&text[..from]);
    for (offset, byte) in text[from..end].bytes().enumerate() {
        repaired.push(match byte {
            _ if offset == 0 && kept.is_some() => '0',
            b'\n' => '\n',
            _ => ' ',
        });
    }
    repaired.push_str(&text[end..]);
    *text = repaired;
    kept
}

/// Finds the statements of a block and of the blocks in it, inner ones before the one around them.
pub(crate) fn statements(text: &str) -> Vec<Statement> {
    let mut finder = Finder {
        text,
        open: Vec::new(),
        under_way: Vec::new(),
        found: Vec::new(),
    };
    let tokens = tokens(text);
    let mut line_begins = true;
    for (number, token) in tokens.iter().enumerate() {
        let is_blank = is_blank(token);
        if line_begins && !is_blank && token.kind != TokenKind::Close {
            finder.line(&tokens[number..]);
        }
        finder.token(token);
        line_begins = token.kind == TokenKind::Newline || (line_begins && is_blank);
    }
    while !finder.under_way.is_empty() {
        finder.end(text.len());
    }
    finder.found
}

fn is_blank(token: &Token) -> bool {
    matches!(
        token.kind,
        TokenKind::Newline | TokenKind::Space | TokenKind::Comment
    )
}

/// A bracket that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// The brace of a block.
    Block,
    /// The brace of an object or a template.
    Brace,
    /// Any other one.
    Other,
}

/// A statement that has begun.
struct UnderWay {
    start: usize,
    /// Where the value begins, once there was an equals sign.
    value: Option<usize>,
    /// Whether it may still be the header of a block.
    is_header: bool,
}

struct Finder<'a> {
    text: &'a str,
    open: Vec<Bracket>,
    /// The statement of the top level, then that of every open block.
    under_way: Vec<UnderWay>,
    found: Vec<Statement>,
}

impl Finder<'_> {
    /// Begins a statement where a line does, unless a value goes on there.
    fn line(&mut self, line: &[Token]) {
        match self.open.last() {
            Some(Bracket::Brace) => return,
            Some(Bracket::Other) if !looks_like_attribute(self.text, line) => return,
            _ => {}
        }
        // A bracket that an attribute follows was never closed.
        while self.open.last().is_some_and(|open| *open != Bracket::Block) {
            self.open.pop();
        }
        let depth = self.open.len();
        if self.under_way.len() > depth {
            let start = line.first().map_or(0, |token| token.start);
            self.end(start);
        }
        self.begin(line.first().map_or(0, |token| token.start));
    }

    fn begin(&mut self, start: usize) {
        self.under_way.push(UnderWay {
            start,
            value: None,
            is_header: true,
        });
    }

    /// Ends the innermost statement; that of the top level is the block itself and does not count.
    fn end(&mut self, end: usize) {
        if let Some(UnderWay { start, value, .. }) = self.under_way.pop()
            && !self.under_way.is_empty()
        {
            let range = start..end;
            self.found.push(Statement { range, value });
        }
    }

    fn token(&mut self, token: &Token) {
        let text = token.text(self.text);
        match (token.kind, text) {
            (TokenKind::Open, "{") => {
                let in_value = self.open.iter().any(|open| *open != Bracket::Block);
                let is_block = !in_value && self.under_way.last().is_some_and(|it| it.is_header);
                self.open.push(if is_block {
                    Bracket::Block
                } else {
                    Bracket::Brace
                });
                if is_block {
                    self.begin(token.end);
                }
            }
            (TokenKind::TemplateOpen, _) => self.open.push(Bracket::Brace),
            (TokenKind::Open, _) => self.open.push(Bracket::Other),
            (TokenKind::Close, "}") | (TokenKind::TemplateClose, _) => {
                self.close_brace(token.start);
            }
            (TokenKind::Close, _) if self.open.last() == Some(&Bracket::Other) => {
                self.open.pop();
            }
            _ => self.note(token, text),
        }
    }

    /// Closes the innermost brace; what was left open inside it is closed as well.
    fn close_brace(&mut self, at: usize) {
        while let Some(bracket) = self.open.pop() {
            match bracket {
                Bracket::Block => return self.end(at),
                Bracket::Brace => return,
                Bracket::Other => {}
            }
        }
    }

    /// Notes what a token says about the statement it belongs to.
    fn note(&mut self, token: &Token, text: &str) {
        let Some(statement) = self.under_way.last_mut() else {
            return;
        };
        if statement.is_header && token.kind == TokenKind::Operator && text == "=" {
            statement.value = Some(token.end);
        }
        let is_label = matches!(
            token.kind,
            TokenKind::Word | TokenKind::QuoteOpen | TokenKind::Text | TokenKind::QuoteClose
        );
        statement.is_header &= is_label || is_blank(token);
    }
}

/// Reports whether a line looks like `word =`.
fn looks_like_attribute(text: &str, line: &[Token]) -> bool {
    let mut line = line.iter().filter(|token| token.kind != TokenKind::Space);
    line.next()
        .is_some_and(|token| token.kind == TokenKind::Word)
        && line.next().is_some_and(|token| token.text(text) == "=")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repairs the statement around the first `!`; space at ends of lines is left out.
    fn repaired(text: &str) -> Option<String> {
        let at = text.find('!').unwrap();
        let mut repaired = text.to_owned();
        let all = statements(text);
        let statement = all.iter().find(|statement| statement.range.contains(&at))?;
        repair(&mut repaired, statement, false);
        assert_eq!(repaired.len(), text.len());
        Some(
            repaired
                .lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }

    #[test]
    fn only_the_statement_with_the_error_goes() {
        let cases = [
            (
                "t {\n  a = 1 !\n  b = 2\n}",
                Some("t {\n  a =0\n  b = 2\n}"),
            ),
            (
                "t {\n  c \"x\" {\n    a = [1, !\n    b = 2\n  }\n}",
                Some("t {\n  c \"x\" {\n    a =0\n    b = 2\n  }\n}"),
            ),
            ("t {\n  c !\n  b = 2\n}", Some("t {\n\n  b = 2\n}")),
            ("t { a = ! }", Some("t { a =0  }")),
            ("t ! {\n}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(repaired(text).as_deref(), expected);
        }
    }

    #[test]
    fn a_value_of_several_lines_is_one_statement() {
        let text = "t {\n  a = {\n    x = !\n    y = 1\n  }\n  b = 2\n}";
        assert_eq!(repaired(text).unwrap(), "t {\n  a =0\n\n\n\n  b = 2\n}");
    }
}
