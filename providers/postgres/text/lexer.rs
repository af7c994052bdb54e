//! Cuts SQL text into tokens as the scanner of PostgreSQL does.
//!
//! For any text at all: it never fails, tokens are in order and do not overlap, and between two of
//! them there is nothing but white space. What is cut off by the end of the text becomes a token
//! marked as such. Comments are tokens; most readers skip them.
//!
//! Strings are read with `standard_conforming_strings` on, as it is by default since 9.1. The rules
//! are those of `scan.l` of PostgreSQL 18. One thing is taken from the parser, because nobody wants
//! it apart: the clause `UESCAPE 'c'` belongs to the token that it explains. What a token says, once
//! quotes and escapes are taken off, is in [`super::content`].

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A key word or a name without quotes.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A name in double quotes with Unicode escapes: `U&"..."`.
    UnicodeName,
    /// A string constant: `'...'`.
    Text,
    /// A string constant with backslash escapes: `E'...'`.
    EscapeText,
    /// A string constant with Unicode escapes: `U&'...'`.
    UnicodeText,
    /// A string constant of a national character set: `N'...'`.
    NationalText,
    /// A string constant between dollar quotes: `$tag$...$tag$`.
    DollarText,
    /// A string of bits: `B'...'` or `X'...'`.
    Bits,
    /// A number.
    Number,
    /// A parameter: `$1`.
    Parameter,
    /// An operator.
    Operator,
    /// One of `( ) [ ] , ; . : .. :: :=`.
    Punctuation,
    /// A comment: `-- ...` or `/* ... */`.
    Comment,
    /// A character that is no part of SQL.
    Unknown,
}

/// A piece of SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, as it stands there.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Whether it is whole: not cut off by the end of the text.
    pub terminated: bool,
}

impl Token<'_> {
    /// Returns where it stands, in bytes.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// Returns where it ends, in bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Tells whether it is a given operator or punctuation.
    #[must_use]
    pub fn is(&self, mark: &str) -> bool {
        matches!(self.kind, Kind::Operator | Kind::Punctuation) && self.text == mark
    }
}

/// Cuts a text into tokens.
#[must_use]
pub fn lex(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(skipped) = sql[start..].find(|c: char| !is_space(c)) {
        start += skipped;
        let rest = &sql[start..];
        let (kind, length, terminated) = first(rest);
        tokens.push(Token {
            kind,
            text: &rest[..length],
            start,
            terminated,
        });
        start += length;
    }
    tokens
}

/// The kind of a token, its length in bytes (never zero), and whether it is whole.
type Cut = (Kind, usize, bool);

/// Cuts off the token that a text begins with; the text begins with one.
fn first(text: &str) -> Cut {
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
/// something in it is no arithmetic.
fn operator(text: &str) -> usize {
    let all = &text[..length_while(text, is_operator)];
    let comment = all.find("--").into_iter().chain(all.find("/*")).min();
    let found = &all[..comment.unwrap_or(all.len())];
    let before = &found[..found.len() - 1];
    if before.contains(|c| "~!@#^&|`?%".contains(c)) {
        return found.len();
    }
    found.trim_end_matches(['+', '-']).len().max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(sql: &str) -> String {
        let tokens: Vec<_> = lex(sql).iter().map(|token| token.text).collect();
        tokens.join("¦")
    }

    #[test]
    fn tokens_end_where_they_end_in_postgresql() {
        for (sql, expected) in [
            ("select a.b", "select¦a¦.¦b"),
            ("a$1 $1a $a", "a$1¦$1¦a¦$¦a"),
            ("x::int[1:2]", "x¦::¦int¦[¦1¦:¦2¦]"),
            ("f(a:=1,b=>2)", "f¦(¦a¦:=¦1¦,¦b¦=>¦2¦)"),
            (
                "1..10 1.5 .5 1. 1e-3 1e 0xFf 1_000 1__0",
                "1¦..¦10¦1.5¦.5¦1.¦1e-3¦1¦e¦0xFf¦1_000¦1¦__0",
            ),
            ("a*-b @- c --d", "a¦*¦-¦b¦@-¦c¦--d"),
            ("a<-b+--c\n-/*d*/e", "a¦<¦-¦b¦+¦--c¦-¦/*d*/¦e"),
            ("/* a /* b */ c */d", "/* a /* b */ c */¦d"),
            ("'a''b' E'a\\'b' n'x' x'f'", "'a''b'¦E'a\\'b'¦n'x'¦x'f'"),
            ("'a' --c\n 'b' 'd'", "'a' --c\n 'b'¦'d'"),
            ("'a\\'b", "'a\\'¦b"),
            ("$$a$b$$ $t$ $$ $t$x", "$$a$b$$¦$t$ $$ $t$¦x"),
            ("a$$b", "a$$b"),
            ("\"a\"\"b\"c", "\"a\"\"b\"¦c"),
            ("U&\"!0061\" uescape '!' x", "U&\"!0061\" uescape '!'¦x"),
            ("u&'\\0061'/**/UESCAPE\n'!'", "u&'\\0061'/**/UESCAPE\n'!'"),
            ("u&'a' uescapes u & 'b'", "u&'a'¦uescapes¦u¦&¦'b'"),
            ("größe\u{a0}x\u{0}\\", "größe\u{a0}x¦\u{0}¦\\"),
        ] {
            assert_eq!(cut(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_the_end_cuts_off_is_marked() {
        for sql in [
            "'a''",
            "E'a\\'",
            "\"a",
            "$x$a$$",
            "/* a /* b */",
            "U&'a",
            "b'0",
            "'a'\n'b",
        ] {
            let tokens = lex(sql);
            assert_eq!(tokens.len(), 1, "{sql}");
            assert!(!tokens[0].terminated, "{sql}");
        }
    }

    proptest! {
        #[test]
        fn between_tokens_there_is_only_white_space(
            sql in "([a-zA-Z_0-9$'\"\\\\ \n\u{e9}\u{1f3ac};:.+*/&-]|uescape|\\$a\\$|\\PC){0,60}"
        ) {
            let mut end = 0;
            for token in lex(&sql) {
                prop_assert!(sql[end..token.start].chars().all(is_space));
                prop_assert!(!token.text.is_empty());
                prop_assert_eq!(&sql[token.span()], token.text);
                end = token.end();
            }
            prop_assert!(sql[end..].chars().all(is_space));
        }
    }
}
