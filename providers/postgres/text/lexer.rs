//! Cuts SQL text into tokens as the scanner of PostgreSQL does.
//!
//! For any text at all: it never fails, tokens are in order and do not overlap, and between two of
//! them there is nothing but white space. What is cut off by the end of the text becomes a token
//! marked as such. Comments are tokens; most readers skip them.
//!
//! Strings are read with `standard_conforming_strings` on, as it is by default since 9.1. The rules
//! are those of `scan.l` of PostgreSQL 18. One thing is taken from the parser, because nobody wants
//! it apart: the clause `UESCAPE 'c'` belongs to the token that it explains. What a token says, once
//! quotes and escapes are taken off, is in `content`.

use std::ops::Range;

use super::cut::{first, is_space};

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
