//! What to tell people about a text that does not parse.
//!
//! The parser points far from the cause where a quote, bracket or heredoc was left open. So the text
//! is searched for those first, and the parser's own message is used where none is found.

use hcl_edit::parser::Error;
use model::{Diagnostic, SourceId, Span};

use crate::codes;
use crate::directives;
use crate::escape;
use crate::token::{Token, TokenKind, tokens};

/// Says what is wrong with a part of a text that does not parse.
///
/// `start` is where the part begins in its file.
pub(crate) fn explain(source: SourceId, inside: &str, start: usize, error: &Error) -> Diagnostic {
    let tokens = tokens(inside);
    let span = |token: &Token| Span::new(source, start + token.start, start + token.end);
    if let Some(problem) = left_open(inside, &tokens, span) {
        return problem;
    }
    if let Some((token, label)) = directives::check(inside, &tokens) {
        return codes::SYNTAX.error().at(span(&token), label);
    }
    let at = error.location().offset();
    let here = tokens
        .iter()
        .find(|token| token.end > at)
        .or(tokens.last())
        .copied()
        .unwrap_or(Token {
            kind: TokenKind::Newline,
            start: 0,
            end: 0,
        });
    let message = error.message();
    if message.contains("redefined") {
        let first = first_definition(inside, &tokens, &here);
        return codes::DUPLICATE
            .error()
            .at(span(&here), "set again here")
            .at_some(first.as_ref().map(span), "set here first")
            .help("Remove one of the two.");
    }
    if message.starts_with("invalid nesting depth") || message.contains("chained binary") {
        let limit = message.rsplit("at most ").next().unwrap_or_default();
        return codes::NESTING
            .error()
            .at(span(&here), format!("more than {limit}"))
            .help("Give names to parts of it in a `locals` block.");
    }
    let (label, help) = words(message, inside, &here);
    codes::SYNTAX.error().at(span(&here), label).help_some(help)
}

/// Translates the messages of the parser.
fn words(message: &str, text: &str, here: &Token) -> (String, Option<String>) {
    let found = match here.kind {
        TokenKind::Newline => "the line ends here".to_owned(),
        _ => format!("`{}` cannot stand here", here.text(text)),
    };
    let is_one_line = text[..here.start]
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.contains('{'));
    if message.starts_with("invalid expression") {
        return (found, Some("A value is expected.".to_owned()));
    }
    if message == "expected newline or eof" && here.text(text) == "," {
        return (
            found,
            Some("Attributes stand on lines of their own, without commas.".to_owned()),
        );
    }
    if message == "expected newline or eof" || message.starts_with("invalid block body") {
        let help = if is_one_line {
            "A block on one line holds at most one attribute; put every attribute on a line of its \
             own."
        } else {
            "Every attribute and every block stands on a line of its own."
        };
        return (found, Some(help.to_owned()));
    }
    if message.starts_with("invalid structure") || message.starts_with("invalid attribute or block")
    {
        return (
            found,
            Some(
                "Write `name = value` for an attribute, `kind \"label\" {` for a block.".to_owned(),
            ),
        );
    }
    let expected = message
        .rsplit("; ")
        .next()
        .unwrap_or(message)
        .replace('\n', "end of line");
    match expected.strip_prefix("expected ") {
        Some(close @ ("`]`" | "`)`")) => (found, Some(format!("Expected here: `,` or {close}."))),
        Some(expected) => (found, Some(format!("Expected here: {expected}."))),
        None => (found, None),
    }
}

/// Finds the first thing that was opened and not closed, or closed and not opened.
fn left_open(text: &str, tokens: &[Token], span: impl Fn(&Token) -> Span) -> Option<Diagnostic> {
    let error = || codes::SYNTAX.error();
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens {
        let last = open.last().copied();
        let in_quote = last.is_some_and(|last| last.kind == TokenKind::QuoteOpen);
        let stays = matches!(
            token.kind,
            TokenKind::Text | TokenKind::TemplateOpen | TokenKind::QuoteClose
        );
        if let (true, false, Some(quote)) = (in_quote, stays, last) {
            return Some(unclosed_quote(&open, quote, token, &span));
        }
        if in_quote
            && token.kind == TokenKind::Text
            && let Err(place) = escape::decode(token.text(text))
        {
            let whole = span(token);
            let (start, end) = (whole.start + place.start, whole.start + place.end);
            let escape = Span::new(whole.source, start, end);
            return Some(bad_escape(escape, &token.text(text)[place]));
        }
        match token.kind {
            TokenKind::QuoteOpen
            | TokenKind::TemplateOpen
            | TokenKind::HeredocOpen
            | TokenKind::Open => open.push(token),
            TokenKind::QuoteClose | TokenKind::HeredocClose | TokenKind::TemplateClose => {
                open.pop();
            }
            TokenKind::Close => match last {
                Some(last) if closes(last.text(text), token.text(text)) => {
                    open.pop();
                }
                Some(last) => {
                    return Some(
                        error()
                            .at(
                                span(token),
                                format!("`{}` closes nothing", token.text(text)),
                            )
                            .at(span(last), format!("`{}` is still open", last.text(text))),
                    );
                }
                None => {
                    return Some(error().at(
                        span(token),
                        format!("`{}` closes nothing", token.text(text)),
                    ));
                }
            },
            TokenKind::Comment
                if text[token.start..].starts_with("/*") && !token.text(text).ends_with("*/") =>
            {
                return Some(error().at(span(token), "this comment is never closed by `*/`"));
            }
            TokenKind::Invalid => return Some(invalid(text, token, &span)),
            _ => {}
        }
    }
    let last = open.last()?;
    Some(match last.kind {
        TokenKind::QuoteOpen => unclosed_quote(&open, last, tokens.last()?, &span),
        TokenKind::HeredocOpen => {
            let delimiter = last.text(text).trim_start_matches(['<', '-']).trim_end();
            error().at(span(last), "this text never ends").help(format!(
                "End it with a line that holds `{delimiter}` and nothing else."
            ))
        }
        _ => error().at(span(last), format!("`{}` is never closed", last.text(text))),
    })
}

fn closes(open: &str, close: &str) -> bool {
    matches!((open, close), ("(", ")") | ("[", "]") | ("{", "}"))
}

fn unclosed_quote(
    open: &[&Token],
    quote: &Token,
    end: &Token,
    span: &impl Fn(&Token) -> Span,
) -> Diagnostic {
    // A template that is still open turns the quote after it into an opening one.
    if let [.., template, _] = open
        && template.kind == TokenKind::TemplateOpen
    {
        return codes::SYNTAX
            .error()
            .at(span(template), "this template is never closed by `}`");
    }
    let mut whole = span(quote);
    whole.end = span(end).start.max(whole.end);
    unclosed_line(whole)
}

/// Says that a quoted text does not end on its line.
pub(crate) fn unclosed_line(line: Span) -> Diagnostic {
    codes::SYNTAX
        .error()
        .at(line, "this text is not closed on its line")
        .help("Close it with a double quote; texts of several lines are written as `<<EOT`.")
}

/// Says that a backslash or quote inside quotes, as it is `written`, means nothing.
pub(crate) fn bad_escape(place: Span, written: &str) -> Diagnostic {
    let label = match written {
        "\"" => "a quote inside quotes is written `\\\"`",
        _ => "this escape sequence means nothing",
    };
    codes::SYNTAX
        .error()
        .at(place, label)
        .help("A backslash itself is written `\\\\`; others are \\n \\r \\t \\\" \\u1234.")
}

fn invalid(text: &str, token: &Token, span: &impl Fn(&Token) -> Span) -> Diagnostic {
    let help = match token.text(text) {
        "'" | "‘" | "’" | "“" | "”" => Some("Texts stand in double quotes: \"text\"."),
        ";" => Some("Every attribute stands on a line of its own, without a semicolon."),
        "$" => Some("Templates stand inside quotes: \"${name}\"; or leave the braces out."),
        "&" => Some("The operator is `&&`."),
        "|" => Some("The operator is `||`."),
        _ => None,
    };
    codes::SYNTAX
        .error()
        .at(span(token), "this character means nothing here")
        .help_some(help.map(str::to_owned))
}

/// Finds where the attribute or key at `here` was set before, on the same level.
fn first_definition(text: &str, tokens: &[Token], here: &Token) -> Option<Token> {
    let at = tokens.iter().position(|token| token == here)?;
    let name = here.text(text);
    let mut depth = 0_usize;
    let mut found = None;
    for token in tokens[..at].iter().rev() {
        match token.kind {
            TokenKind::Close | TokenKind::TemplateClose => depth += 1,
            TokenKind::Open | TokenKind::TemplateOpen if depth == 0 => break,
            TokenKind::Open | TokenKind::TemplateOpen => depth -= 1,
            TokenKind::Word if depth == 0 && token.text(text) == name && is_key(text, token) => {
                found = Some(*token);
            }
            _ => {}
        }
    }
    found
}

fn is_key(text: &str, token: &Token) -> bool {
    let after = text[token.end..].trim_start();
    (after.starts_with('=') && !after.starts_with("==")) || after.starts_with(':')
}
