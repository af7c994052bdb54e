//! What a statement of the project's own takes away for good: rows, and what holds rows.
//!
//! Told from its words, wherever in it they stand; of a `do` block, from what it runs.

use crate::text::lexer::{Kind, lex};

use super::text::Text;

/// What holds rows or values, as `DROP` calls it.
const HOLDERS: [&[&str]; 7] = [
    &["table"],
    &["materialized", "view"],
    &["schema"],
    &["database"],
    &["column"],
    &["attribute"],
    &["owned", "by"],
];

/// Returns what is lost, as people call it.
pub(crate) fn loss(sql: &str) -> Option<String> {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let text = Text { tokens: &tokens };
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        before.is_none_or(|token| {
            let words = ["begin", "then", "else", "loop"];
            token.is(";")
                || words
                    .iter()
                    .any(|word| token.text.eq_ignore_ascii_case(word))
        })
    };
    let rows_of = |at: usize| format!("rows of {}", text.name(at).join("."));
    for at in 0..tokens.len() {
        if text.are(at, &["delete", "from"]) {
            return Some(rows_of(text.past(at + 2, &["only"])));
        }
        if text.are(at, &["then", "delete"]) && !text.are(at + 2, &["from"]) {
            return Some("rows".to_owned());
        }
        if text.are(at, &["truncate"]) && begins(at) {
            let named = text.past(at + 1, &["table"]);
            return Some(rows_of(text.past(named, &["only"])));
        }
        if text.are(at, &["drop"])
            && let Some(words) = HOLDERS.iter().find(|words| text.are(at + 1, words))
        {
            let named = text.past(at + 1 + words.len(), &["if", "exists"]);
            return Some(format!(
                "{} {}",
                words.join(" "),
                text.name(named).join(".")
            ));
        }
    }
    if !text.starts(&["do"]) {
        return None;
    }
    let bodies = tokens.iter().filter(|token| token.kind == Kind::DollarText);
    bodies
        .filter_map(|token| {
            let tag = token.text[1..].find('$')? + 2;
            token.text.get(tag..token.text.len().checked_sub(tag)?)
        })
        .find_map(loss)
}

#[cfg(test)]
mod tests {
    use super::loss;

    #[test]
    fn what_is_lost_is_found_wherever_it_stands() {
        for (sql, lost) in [
            (
                "delete from only shop.\"Old Orders\" where x",
                "rows of shop.Old Orders",
            ),
            (
                "with gone as (delete from a returning *) insert into b select * from gone",
                "rows of a",
            ),
            ("truncate table only a", "rows of a"),
            (
                "merge into a using b on true when matched then delete",
                "rows",
            ),
            ("alter table a drop column if exists b", "column b"),
            ("drop materialized view s.m", "materialized view s.m"),
            (
                "do $x$ begin if true then truncate a; end if; end $x$",
                "rows of a",
            ),
        ] {
            assert_eq!(loss(sql).as_deref(), Some(lost), "{sql}");
        }
        for sql in [
            "update a set b = 'delete from c'",
            "grant truncate on a to b",
            "refresh materialized view m -- drop table a",
            "create function f() returns int language sql as $$ delete from a returning 1 $$",
            "alter table a drop constraint b",
        ] {
            assert_eq!(loss(sql), None, "{sql}");
        }
    }
}
