//! Spaces between two tokens of a line, as `terraform fmt` puts them.

use crate::format::Piece;
use crate::token::TokenKind;

/// Returns by how much a piece changes the number of open brackets.
pub(crate) fn bracket_change(piece: &Piece<'_>) -> i32 {
    match piece.kind {
        TokenKind::Open | TokenKind::TemplateOpen => 1,
        TokenKind::Close | TokenKind::TemplateClose => -1,
        _ => 0,
    }
}

/// Returns how many spaces stand between two pieces.
pub(crate) fn spaces_between(
    before: Option<&Piece<'_>>,
    left: &Piece<'_>,
    right: &Piece<'_>,
) -> usize {
    usize::from(is_spaced(before, left, right))
}

fn is_spaced(before: Option<&Piece<'_>>, left: &Piece<'_>, right: &Piece<'_>) -> bool {
    use TokenKind::{Number, QuoteClose, QuoteOpen, TemplateClose, TemplateOpen, Text, Word};

    // Nothing is ever added to a text.
    if matches!(left.kind, Text | QuoteOpen) || matches!(right.kind, Text | QuoteClose) {
        return false;
    }
    if left.kind == TemplateClose && right.kind == TemplateOpen {
        return false;
    }
    match (left.text, right.text) {
        (_, "." | "," | "...") | ("." | "!", _) => return false,
        (",", _) => return true,
        ("::", _) | (_, "::") => return false,
        ("{", "}") => return false,
        ("{", _) | (_, "}") if right.kind != TemplateClose && left.kind != TemplateOpen => {
            return true;
        }
        _ => {}
    }
    // `f(x)` and `a[0]`, but `in [a]` in a `for`.
    if left.kind == Word && right.text == "(" {
        return false;
    }
    if left.text == "in" && before.is_some_and(|before| before.kind == Word) {
        return true;
    }
    if right.text == "[" && (matches!(left.kind, Word | Number) || bracket_change(left) < 0) {
        return false;
    }
    if left.text == "-" {
        return before.is_some_and(ends_operand);
    }
    // An object in a template: `${ {} }`.
    if left.kind == TemplateOpen && right.text == "{"
        || left.text == "}" && right.kind == TemplateClose
    {
        return true;
    }
    bracket_change(left) <= 0 && bracket_change(right) >= 0
}

/// Reports whether a minus after this piece subtracts; otherwise it is a sign.
fn ends_operand(piece: &Piece<'_>) -> bool {
    matches!(
        piece.kind,
        TokenKind::Word
            | TokenKind::Number
            | TokenKind::QuoteClose
            | TokenKind::Close
            | TokenKind::TemplateClose
            | TokenKind::HeredocOpen
    )
}
