//! Templates: whitespace stripped at `~`, and `<<-` heredocs dedented, exactly as HCL does it.
//!
//! HCL reads a heredoc line by line, so `~}` eats the rest of its own line and nothing of the next
//! one, and a line whose beginning was eaten no longer counts when the common indentation is found.
//! Both work on the flat sequence of literals and markers, before anything is nested; so the
//! template is flattened, edited and nested again.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, IfDirective, Interpolation, Strip, Template};

use crate::expression::Part;
use crate::lower::Lower;

enum Token<'a> {
    Literal(String),
    Interpolation(&'a Interpolation),
    If(&'a IfDirective),
    Else,
    EndIf,
    For(&'a hcl_edit::template::ForDirective),
    EndFor,
}

/// A token and whether it strips the literal before and after it.
type Marked<'a> = (Token<'a>, Strip);

/// Makes the parts of a quoted template.
pub(crate) fn quoted(lower: &mut Lower<'_>, template: &Template) -> Vec<Part> {
    parts(lower, template, Literals::Quoted, false)
}

/// Makes the parts of a heredoc; `dedents` for `<<-`.
pub(crate) fn heredoc(lower: &mut Lower<'_>, template: &Template, dedents: bool) -> Vec<Part> {
    parts(lower, template, Literals::Lines, dedents)
}

/// Makes the parts of a template file.
pub(crate) fn file(lower: &mut Lower<'_>, template: &Template) -> Vec<Part> {
    parts(lower, template, Literals::Lines, false)
}

/// How literals are written.
#[derive(Clone, Copy)]
enum Literals {
    /// Between quotes, in one piece, with escape sequences.
    Quoted,
    /// Line by line; only `$${` and `%%{` are escapes.
    Lines,
}

fn parts(
    lower: &mut Lower<'_>,
    template: &Template,
    literals: Literals,
    dedents: bool,
) -> Vec<Part> {
    let mut tokens = Vec::new();
    flatten(lower, template, literals, &mut tokens);
    strip(&mut tokens);
    if dedents {
        dedent(&mut tokens);
    }
    nest(lower, &mut tokens.into_iter())
}

fn flatten<'a>(
    lower: &mut Lower<'_>,
    template: &'a Template,
    literals: Literals,
    tokens: &mut Vec<Marked<'a>>,
) {
    for element in template {
        match element {
            Element::Literal(literal) => match literals {
                Literals::Quoted => {
                    let text = lower.quoted_text(lower.span(literal.span()));
                    tokens.push((Token::Literal(text), Strip::None));
                }
                Literals::Lines => {
                    let raw = lower.written(lower.span(literal.span()));
                    let text = raw.replace("$${", "${").replace("%%{", "%{");
                    tokens.extend(
                        text.split_inclusive('\n')
                            .map(|line| (Token::Literal(line.to_owned()), Strip::None)),
                    );
                }
            },
            Element::Interpolation(inner) => {
                tokens.push((Token::Interpolation(inner), inner.strip));
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => {
                    tokens.push((Token::If(directive), directive.if_expr.strip));
                    flatten(lower, &directive.if_expr.template, literals, tokens);
                    if let Some(otherwise) = &directive.else_expr {
                        tokens.push((Token::Else, otherwise.strip));
                        flatten(lower, &otherwise.template, literals, tokens);
                    }
                    tokens.push((Token::EndIf, directive.endif_expr.strip));
                }
                Directive::For(directive) => {
                    tokens.push((Token::For(directive), directive.for_expr.strip));
                    flatten(lower, &directive.for_expr.template, literals, tokens);
                    tokens.push((Token::EndFor, directive.endfor_expr.strip));
                }
            },
        }
    }
}

/// Removes whitespace from the literal right before `${~` and right after `~}`.
fn strip(tokens: &mut [Marked<'_>]) {
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).is_some_and(|at| tokens[at].1.strip_end());
        let after = tokens.get(at + 1).is_some_and(|next| next.1.strip_start());
        if let Token::Literal(text) = &mut tokens[at].0 {
            if before {
                *text = text.trim_start().to_owned();
            }
            if after {
                text.truncate(text.trim_end().len());
            }
        }
    }
}

/// Removes the indentation that all lines share, blank lines left out of the count.
fn dedent(tokens: &mut [Marked<'_>]) {
    let mut shared = usize::MAX;
    let mut begins_line = true;
    let mut heads = Vec::new();
    for (at, (token, _)) in tokens.iter().enumerate() {
        let Token::Literal(text) = token else {
            if begins_line {
                shared = 0;
            }
            begins_line = false;
            continue;
        };
        if begins_line {
            let is_blank = text.trim_start().is_empty() && text.ends_with('\n');
            if !is_blank {
                shared = shared.min(text.chars().take_while(|c| c.is_whitespace()).count());
                heads.push(at);
            }
        }
        begins_line = text.ends_with('\n');
    }
    for at in heads {
        if let Token::Literal(text) = &mut tokens[at].0 {
            *text = text.chars().skip(shared).collect();
        }
    }
}

/// Nests the tokens again, up to the end of the enclosing directive.
fn nest<'a>(lower: &mut Lower<'_>, tokens: &mut impl Iterator<Item = Marked<'a>>) -> Vec<Part> {
    block(lower, tokens).0
}

/// Returns the parts of one block and whether an `else` ended it.
fn block<'a>(
    lower: &mut Lower<'_>,
    tokens: &mut impl Iterator<Item = Marked<'a>>,
) -> (Vec<Part>, bool) {
    let mut parts: Vec<Part> = Vec::new();
    let mut pending = String::new();
    loop {
        let token = tokens.next().map(|(token, _)| token);
        if let Some(Token::Literal(text)) = &token {
            pending.push_str(text);
            continue;
        }
        if !pending.is_empty() {
            parts.push(Part::Text(Arc::from(std::mem::take(&mut pending))));
        }
        match token {
            Some(Token::Interpolation(inner)) => {
                parts.push(Part::Value(lower.expression(&inner.expr)));
            }
            Some(Token::If(directive)) => {
                let condition = lower.expression(&directive.if_expr.cond_expr);
                let (yes, has_else) = block(lower, tokens);
                let no = if has_else {
                    nest(lower, tokens)
                } else {
                    Vec::new()
                };
                parts.push(Part::If(Box::new(condition), yes, no));
            }
            Some(Token::For(directive)) => {
                let intro = &directive.for_expr;
                let intro = lower.intro(
                    intro.key_var.as_ref(),
                    &intro.value_var,
                    &intro.collection_expr,
                );
                parts.push(Part::For(Box::new(intro), nest(lower, tokens)));
            }
            Some(Token::Else) => return (parts, true),
            Some(Token::EndIf | Token::EndFor | Token::Literal(_)) | None => {
                return (parts, false);
            }
        }
    }
}
