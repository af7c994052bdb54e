//! Where one SQL statement ends and the next begins.

use super::lexer::{Kind, lex};

/// Returns where the first semicolon stands that is part of no string, name or comment, in bytes.
#[must_use]
pub fn end(sql: &str) -> Option<usize> {
    lex(sql)
        .iter()
        .find(|token| token.is(";"))
        .map(|token| token.start)
}

/// Reports whether there is anything but comments and semicolons.
#[must_use]
pub fn says_something(sql: &str) -> bool {
    lex(sql)
        .iter()
        .any(|token| token.kind != Kind::Comment && !token.is(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_within_a_string_a_name_or_a_comment_ends_nothing() {
        for sql in [
            "select ';'",
            "select 1 as \";\"",
            "select $$ ; $$",
            "select 1 -- ;",
            "select /* ; */ 1",
            "select e'\\';'",
        ] {
            assert_eq!(end(sql), None, "{sql}");
        }
        assert_eq!(end("select ';'; drop table x"), Some(10));
    }

    #[test]
    fn comments_and_semicolons_say_nothing() {
        assert!(!says_something(" ; -- x\n /* y */ ;"));
        assert!(says_something("; x"));
    }
}
