//! Where one SQL statement ends and the next begins.

use super::lexer::{Kind, lex};

/// Returns where the first semicolon stands that ends a statement, in bytes: one that is part of no
/// string, name, comment, or body between `begin atomic` and its `end`.
#[must_use]
pub fn end(sql: &str) -> Option<usize> {
    let tokens = lex(sql);
    let is_word = |at: usize, word: &str| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word))
    };
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let opens = is_word(at, "begin") && is_word(at + 1, "atomic");
        if opens || depth > 0 && is_word(at, "case") {
            depth += 1;
        } else if depth > 0 && is_word(at, "end") {
            depth -= 1;
        } else if depth == 0 && token.is(";") {
            return Some(token.start);
        }
    }
    None
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
    fn a_body_is_part_of_its_statement() {
        let body =
            "create function f() returns int begin atomic select case 1 when 1 then 2 end; end";
        assert_eq!(end(body), None);
        assert_eq!(end(&format!("{body}; select 1")), Some(body.len()));
    }

    #[test]
    fn comments_and_semicolons_say_nothing() {
        assert!(!says_something(" ; -- x\n /* y */ ;"));
        assert!(says_something("; x"));
    }
}
