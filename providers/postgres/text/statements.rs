//! Where one SQL statement ends and the next begins.

use super::lexer::{Kind, lex};

/// Returns where the first semicolon stands that ends a statement, in bytes: one that is part of no
/// string, name, comment, body between `begin atomic` and its `end`, or bracketed list of commands of a
/// rule.
#[must_use]
pub fn end(sql: &str) -> Option<usize> {
    let tokens = lex(sql);
    let is_word = |at: usize, word: &str| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word))
    };
    let is_rule = is_word(0, "create")
        && (is_word(1, "rule") || is_word(1, "or") && is_word(2, "replace") && is_word(3, "rule"));
    let (mut depth, mut brackets) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let opens = is_word(at, "begin") && is_word(at + 1, "atomic");
        if opens || depth > 0 && is_word(at, "case") {
            depth += 1;
        } else if depth > 0 && is_word(at, "end") {
            depth -= 1;
        } else if depth == 0 && token.is(";") && brackets == 0 {
            return Some(token.start);
        } else if is_rule && token.is("(") {
            brackets += 1;
        } else if is_rule && token.is(")") {
            brackets = brackets.saturating_sub(1);
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
    fn the_commands_of_a_rule_are_part_of_its_statement() {
        let rule = "create or replace rule r as on insert to t do also (select (1); select 2)";
        assert_eq!(end(rule), None);
        assert_eq!(end(&format!("{rule}; select 1")), Some(rule.len()));
        let broken = "create rule r as on insert to t do also (select 1); drop table x; (select 1)";
        assert_eq!(end(broken), broken.find(';'));
        assert_eq!(end("select (1; 2)"), Some(9));
    }

    #[test]
    fn comments_and_semicolons_say_nothing() {
        assert!(!says_something(" ; -- x\n /* y */ ;"));
        assert!(says_something("; x"));
    }
}
