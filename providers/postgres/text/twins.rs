//! Lets a text mean other relations, which are called otherwise for as long as they stand beside the ones it
//! names.
//!
//! A name with its schema is sure. A name alone is one of many things, an alias or a column among them, so a text
//! in which the name of such a relation stands alone is left to another way; but in a text as the server writes
//! it, what follows `AS` is always the label of a column. `relation.column` is the column of that relation, where
//! nothing else is called so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{Kind, Token, lex};
use super::quote::{ident, qualified};
use super::rename::{Offer, Use, is_keyword, rename};

/// Names of relations, by schema and name, and what these are called instead.
pub(crate) type Twins<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

/// Returns a text that means the twins of some relations, where that can be told; `wanted` are those that it must
/// mention. `rendered` is whether the server wrote it.
#[must_use]
pub(crate) fn with_twins(
    sql: &str,
    rendered: bool,
    twins: &Twins<'_>,
    wanted: &BTreeSet<(&str, &str)>,
) -> Option<String> {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let is_twin = |name: &str| twins.keys().any(|(_, known)| *known == name);
    let is_unsure = |at: usize| {
        let token = &tokens[at];
        let is_plain = !(token.kind == Kind::Word && is_keyword(token));
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let after = tokens.get(at + 1);
        let is_dot = |token: Option<&Token<'_>>| token.is_some_and(|token| token.is("."));
        let is_label = rendered && before.is_some_and(|word| word.text.eq_ignore_ascii_case("as"));
        let is_alone = !is_dot(before) && !is_dot(after) && !is_label;
        is_plain && is_alone && token.name().is_some_and(|name| is_twin(&name))
    };
    if (0..tokens.len()).any(is_unsure) {
        return None;
    }
    let seen = RefCell::new(BTreeSet::new());
    let renamed = rename(sql, Offer::Qualified, &|schema, name, used| {
        // A text is no name before it is cast, or taken for one when it is run.
        if matches!(used, Use::Called | Use::Collation | Use::Constant) {
            return None;
        }
        match schema {
            Some(schema) => {
                let (key, twin) = twins.iter().find(|(key, _)| **key == (schema, name))?;
                seen.borrow_mut().insert(*key);
                Some(qualified(&[key.0, *twin]))
            }
            None => {
                let mut found = twins.iter().filter(|((_, known), _)| *known == name);
                let (_, twin) = found.next()?;
                Some(ident(twin))
            }
        }
    });
    wanted.is_subset(&seen.borrow()).then_some(renamed)
}

/// Reports whether a text has one of some names in it, of whatever.
#[must_use]
pub(crate) fn mentions(sql: &str, names: &BTreeSet<&str>) -> bool {
    let tokens = lex(sql);
    let mut found = tokens.iter().filter_map(Token::name);
    found.any(|name| names.contains(&*name))
}

/// Reports whether a text may mean all columns of something: a star in it is none that counts rows, or the rows
/// themselves are a value.
#[must_use]
pub(crate) fn mentions_all(sql: &str) -> bool {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let is_all = |at: usize| {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
        let after = tokens.get(at + 1).map_or("", |token| token.text);
        let is_counted = before == "(" && after == ")";
        let is_factor = tokens[at].kind == Kind::Operator
            && at > 0
            && before != ","
            && before != "."
            && !is_word(&tokens[at - 1], &["select", "distinct", "all", "returning"]);
        tokens[at].is("*") && !is_counted && !is_factor
    };
    (0..tokens.len()).any(is_all)
}

fn is_word(token: &Token<'_>, words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| token.text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(sql: &str, rendered: bool) -> Option<String> {
        let twins = Twins::from([
            (("marts", "daily"), "daily_new"),
            (("raw", "Odd"), "Odd_new"),
        ]);
        with_twins(sql, rendered, &twins, &BTreeSet::from([("marts", "daily")]))
    }

    #[test]
    fn a_text_means_the_twins_where_that_is_sure() {
        for (sql, expected) in [
            ("select * from marts.daily", "select * from marts.daily_new"),
            (
                "select daily.day, marts.daily.n from marts.daily join raw.\"Odd\" o using (day)",
                "select daily_new.day, marts.daily_new.n from marts.daily_new join raw.\"Odd_new\" o using (day)",
            ),
            (
                "select d.day, 'marts.daily'::regclass, (x).daily from marts.daily d, other.daily_new",
                "select d.day, 'marts.daily_new'::regclass, (x).daily from marts.daily_new d, other.daily_new",
            ),
            (
                "select 'marts.daily', to_regclass('marts.daily'), 'marts.daily'::text from marts.daily",
                "select 'marts.daily', to_regclass('marts.daily'), 'marts.daily'::text from marts.daily_new",
            ),
            (
                "select (daily.*)::marts.daily from marts.daily",
                "select (daily_new.*)::marts.daily_new from marts.daily_new",
            ),
            (
                "select marts.daily(1) from marts.daily",
                "select marts.daily(1) from marts.daily_new",
            ),
        ] {
            assert_eq!(with(sql, false).as_deref(), Some(expected));
        }
    }

    #[test]
    fn all_columns_are_meant_by_a_star() {
        for (sql, expected) in [
            ("select * from t", true),
            ("select a, t.* from t", true),
            ("select distinct * from t", true),
            ("select count(*), a * 2, (a) * b from t", false),
            ("select '*' from t /* * */", false),
        ] {
            assert_eq!(mentions_all(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_text_is_left_alone_where_a_name_could_be_anything() {
        for sql in [
            "select * from daily",
            "select daily from marts.daily",
            "select daily.x from raw.other daily, marts.daily d",
            "with daily as (select 1) select * from marts.daily",
            "select 1 as daily from marts.daily",
            "select * from other.daily",
        ] {
            assert_eq!(with(sql, false), None, "{sql}");
        }
        assert_eq!(
            with("SELECT count(*) AS daily FROM marts.daily", true).as_deref(),
            Some("SELECT count(*) AS daily FROM marts.daily_new")
        );
        assert_eq!(with("SELECT 1 FROM marts.daily, raw.x daily", true), None);
    }
}
