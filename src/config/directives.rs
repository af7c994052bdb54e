//! Finds `%{ if }` and `%{ for }` without their ends, for which the parser has no words.

use crate::token::{Token, TokenKind};

/// Looks through the templates of a text; returns what is wrong first, and where.
pub(crate) fn check(text: &str, tokens: &[Token]) -> Option<(Token, String)> {
    // Directives that are open, texts in between as `None`.
    let mut open: Vec<Option<(Token, &str)>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::QuoteOpen | TokenKind::HeredocOpen => open.push(None),
            TokenKind::QuoteClose | TokenKind::HeredocClose => {
                if let Some(Some((start, word))) = open.pop() {
                    return Some((start, format!("this `{word}` has no `end{word}`")));
                }
            }
            TokenKind::TemplateOpen if token.text(text).starts_with('%') => {
                let mut rest = tokens[at + 1..].iter();
                let word = rest.find(|token| token.kind != TokenKind::Space)?;
                if let Some(problem) = directive(word.text(text), token, &mut open) {
                    return Some((*word, problem));
                }
            }
            _ => {}
        }
    }
    None
}

fn directive<'a>(
    word: &'a str,
    start: &Token,
    open: &mut Vec<Option<(Token, &'a str)>>,
) -> Option<String> {
    let last = open.last().copied().flatten().map(|(_, word)| word);
    match (word, last) {
        ("if" | "for", _) => open.push(Some((*start, word))),
        ("else", Some("if")) => {}
        ("endif", Some("if")) | ("endfor", Some("for")) => {
            open.pop();
        }
        ("else" | "endif" | "endfor", Some(last)) => {
            return Some(format!("`{word}` cannot end `{last}`"));
        }
        ("else" | "endif", None) => return Some(format!("`{word}` without an `if`")),
        ("endfor", None) => return Some("`endfor` without a `for`".to_owned()),
        _ => return Some("directives are `if`, `else`, `endif`, `for` and `endfor`".to_owned()),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::token::tokens;

    fn problem(text: &str) -> Option<String> {
        check(text, &tokens(text)).map(|(_, problem)| problem)
    }

    #[test]
    fn directives_must_be_closed_in_their_own_text() {
        assert_eq!(problem("\"%{ if a }x%{ else }y%{ endif }\""), None);
        assert_eq!(
            problem("\"%{ if a }${\"%{ for x in y }%{ endfor }\"}%{ endif }\""),
            None
        );
        assert_eq!(
            problem("\"%{ if a }\"").unwrap(),
            "this `if` has no `endif`"
        );
        assert_eq!(
            problem("\"%{ endfor }\"").unwrap(),
            "`endfor` without a `for`"
        );
        assert_eq!(
            problem("\"%{ for x in y }%{ endif }\"").unwrap(),
            "`endif` cannot end `for`"
        );
    }
}
