//! Where a token ends: the rules of the scanner of PostgreSQL, one sort of token after the other.

use super::lexer::Kind;

/// The kind of a token, its length in bytes (never zero), and whether it is whole.
pub(super) type Cut = (Kind, usize, bool);

/// Cuts off the token that a text begins with; the text begins with one.
pub(super) fn first(text: &str) -> Cut {
    let mut chars = text.chars();
    let (here, next) = (chars.next(), chars.next());
    match (here, next) {
        (Some('-'), Some('-')) => (Kind::Comment, line(text), true),
        (Some('/'), Some('*')) => block_comment(text),
        (Some('\''), _) => string(Kind::Text, 1, text),
        (Some('"'), _) => name(Kind::QuotedName, 1, text),
        (Some('e' | 'E'), Some('\'')) => string(Kind::EscapeText, 2, text),
        (Some('n' | 'N'), Some('\'')) => string(Kind::NationalText, 2, text),
        (Some('b' | 'B' | 'x' | 'X'), Some('\'')) => string(Kind::Bits, 2, text),
        (Some('u' | 'U'), Some('&')) if text[2..].starts_with('\'') => {
            with_uescape(text, string(Kind::UnicodeText, 3, text))
        }
        (Some('u' | 'U'), Some('&')) if text[2..].starts_with('"') => {
            with_uescape(text, name(Kind::UnicodeName, 3, text))
        }
        (Some('$'), _) => dollar(text),
        (Some(c), _) if c.is_ascii_digit() => (Kind::Number, number(text), true),
        (Some('.'), Some(c)) if c.is_ascii_digit() => (Kind::Number, number(text), true),
        (Some('.'), Some('.')) | (Some(':'), Some(':' | '=')) => (Kind::Punctuation, 2, true),
        (Some('(' | ')' | '[' | ']' | ',' | ';' | '.' | ':'), _) => (Kind::Punctuation, 1, true),
        (Some(c), _) if begins_word(c) => (Kind::Word, length_while(text, continues_word), true),
        (Some(c), _) if is_operator(c) => (Kind::Operator, operator(text), true),
        (here, _) => (Kind::Unknown, here.map_or(1, char::len_utf8), true),
    }
}

/// Tells whether PostgreSQL takes a character for white space.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Tells whether an unquoted name may begin with a character; any letter beyond ASCII may, and so
/// may anything else beyond ASCII, white space included.
pub(super) fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Tells whether an unquoted name may go on with a character.
pub(super) fn continues_word(c: char) -> bool {
    begins_word(c) || c.is_ascii_digit() || c == '$'
}

fn is_operator(c: char) -> bool {
    "~!@#^&|`?+-*/%<>=".contains(c)
}

fn length_while(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

fn line(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// Comments nest.
fn block_comment(text: &str) -> Cut {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(mark) = text.as_bytes().get(at..at + 2) {
        match mark {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return (Kind::Comment, at, true);
        }
    }
    (Kind::Comment, text.len(), false)
}

/// Cuts off a string constant, whose contents begin after `prefix` bytes.
fn string(kind: Kind, prefix: usize, text: &str) -> Cut {
    let (_, end) = pieces(kind, prefix, text);
    end.map_or((kind, text.len(), false), |end| (kind, end, true))
}

/// Returns what stands between the quotes of a string constant, and where the last quote ends, if it
/// does. A further `'...'` after white space with a line break in it belongs to the same constant.
pub(super) fn pieces(kind: Kind, prefix: usize, text: &str) -> (Vec<&str>, Option<usize>) {
    let mut pieces = Vec::new();
    let mut at = prefix;
    loop {
        let Some(length) = closing_quote('\'', kind == Kind::EscapeText, &text[at..]) else {
            pieces.push(&text[at..]);
            return (pieces, None);
        };
        pieces.push(&text[at..at + length]);
        at += length + 1;
        match continuation(&text[at..]) {
            Some(next) => at += next,
            None => return (pieces, Some(at)),
        }
    }
}

/// Returns the length of contents up to their closing quote; a doubled quote does not close.
pub(super) fn closing_quote(quote: char, backslashes: bool, text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, c)| *c == quote).is_none() {
            return Some(at);
        } else if c == '\\' && backslashes {
            chars.next();
        }
    }
    None
}

/// Returns the distance to the contents of the next piece of a string constant, if there is one.
fn continuation(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut broken = false;
    loop {
        let space = length_while(&text[at..], is_space);
        broken |= text[at..at + space].contains(['\n', '\r']);
        at += space;
        if text[at..].starts_with("--") {
            at += line(&text[at..]);
        } else {
            return (broken && text[at..].starts_with('\'')).then_some(at + 1);
        }
    }
}

/// Cuts off a quoted name, which begins after `prefix` bytes.
fn name(kind: Kind, prefix: usize, text: &str) -> Cut {
    match closing_quote('"', false, &text[prefix..]) {
        Some(length) => (kind, prefix + length + 1, true),
        None => (kind, text.len(), false),
    }
}

/// Adds the clause `UESCAPE 'c'` to a token, where it follows.
fn with_uescape(text: &str, (kind, length, terminated): Cut) -> Cut {
    let unchanged = (kind, length, terminated);
    let word = length + blank(&text[length..]);
    if !terminated || length_while(&text[word..], continues_word) != "uescape".len() {
        return unchanged;
    }
    if !text[word..].to_ascii_lowercase().starts_with("uescape") {
        return unchanged;
    }
    let after = word + "uescape".len();
    let quote = after + blank(&text[after..]);
    if !text[quote..].starts_with('\'') {
        return unchanged;
    }
    let (_, string, terminated) = string(Kind::Text, 1, &text[quote..]);
    (kind, quote + string, terminated)
}

/// Returns the length of white space and comments.
fn blank(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let length = match length_while(rest, is_space) {
            0 if rest.starts_with("--") => line(rest),
            0 if rest.starts_with("/*") => block_comment(rest).1,
            length => length,
        };
        if length == 0 {
            return at;
        }
        at += length;
    }
}

/// Cuts off what begins with a dollar: a parameter, a string, or nothing that SQL knows.
fn dollar(text: &str) -> Cut {
    let digits = length_while(&text[1..], |c| c.is_ascii_digit());
    if digits > 0 {
        return (Kind::Parameter, 1 + digits, true);
    }
    let tag = 1 + length_while(&text[1..], |c| continues_word(c) && c != '$');
    if !text[tag..].starts_with('$') {
        return (Kind::Unknown, 1, true);
    }
    let quote = &text[..=tag];
    match text[quote.len()..].find(quote) {
        Some(found) => (Kind::DollarText, found + 2 * quote.len(), true),
        None => (Kind::DollarText, text.len(), false),
    }
}

/// Returns the length of a number: `42`, `1_000`, `3.5`, `.5`, `1e-6`, `0xff`.
fn number(text: &str) -> usize {
    let radix = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if radix > 0 && text[2..].starts_with(|c: char| c == '_' || c.is_digit(radix)) {
        return 2 + length_while(&text[2..], |c| c == '_' || c.is_digit(radix));
    }
    let mut at = digits(text);
    let fraction = text[at..].strip_prefix('.');
    if let Some(fraction) = fraction.filter(|rest| !rest.starts_with('.')) {
        at += 1 + digits(fraction);
    }
    if text[at..].starts_with(['e', 'E']) {
        let sign = usize::from(text[at + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[at + 1 + sign..]);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

/// Returns the length of decimal digits, with single underscores between them.
fn digits(text: &str) -> usize {
    let mut at = 0;
    for (next, c) in text.char_indices() {
        match c {
            '0'..='9' => at = next + 1,
            '_' if at > 0 && at == next => {}
            _ => break,
        }
    }
    at
}

/// Returns the length of an operator. It ends before a comment, and it ends in `+` or `-` only if
/// something in it is no arithmetic. No operator is longer than a name may be.
fn operator(text: &str) -> usize {
    let length = text
        .chars()
        .take(64)
        .take_while(|c| is_operator(*c))
        .count();
    let all = &text[..length];
    let comment = all.find("--").into_iter().chain(all.find("/*")).min();
    let found = &all[..comment.unwrap_or(all.len())];
    let before = &found[..found.len() - 1];
    if before.contains(|c| "~!@#^&|`?%".contains(c)) {
        return found.len();
    }
    found.trim_end_matches(['+', '-']).len().max(1)
}
