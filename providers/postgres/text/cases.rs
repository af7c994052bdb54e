//! Texts and what they mention, from the files in `cases/`.
//!
//! A case is SQL followed by a line `-->` with what is expected. The files are valid SQL, so that a
//! server can be asked what it thinks of them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::names::{Form, Mentions, Name, mentions};
use super::quote::ident;

/// Returns the cases of a file: the SQL and the expectation.
fn cases(file: &str) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let mut sql = String::new();
    for line in file.lines() {
        if let Some(expected) = line.strip_prefix("-->") {
            cases.push((std::mem::take(&mut sql), expected.trim().to_owned()));
        } else if !(line.is_empty() || sql.is_empty() && line.starts_with("--")) {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    cases
}

fn written(names: &BTreeSet<Name>) -> BTreeSet<String> {
    names
        .iter()
        .map(|name| match &name.schema {
            Some(schema) => format!("{}.{}", ident(schema), ident(&name.name)),
            None => ident(&name.name),
        })
        .collect()
}

/// Splits names at spaces outside of quotes.
fn listed(text: &str) -> BTreeSet<String> {
    let mut quoted = false;
    let mut split = |c: char| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    };
    let names = text.split(&mut split);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn check(file: &str, form: Form) -> usize {
    let cases = cases(file);
    for (sql, expected) in &cases {
        let found = mentions(sql, form);
        assert!(found.exact, "not exact: {sql}");
        let mut sets = expected.split('|').map(listed);
        for (names, what) in [
            (&found.relations, "relations"),
            (&found.functions, "functions"),
            (&found.types, "types"),
        ] {
            let expected = sets.next().unwrap_or_default();
            assert_eq!(written(names), expected, "{what} of {sql}");
        }
    }
    cases.len()
}

#[test]
fn queries_mention_what_they_say() {
    assert!(check(include_str!("cases/queries.sql"), Form::Query) > 80);
}

#[test]
fn expressions_mention_what_they_say() {
    check(include_str!("cases/expressions.sql"), Form::Expression);
}

#[test]
fn statements_mention_what_they_say() {
    check(include_str!("cases/statements.sql"), Form::Statements);
}

#[test]
fn what_cannot_be_read_exactly_misses_nothing() {
    for (sql, expected) in cases(include_str!("cases/unknown.sql")) {
        let found = mentions(&sql, Form::Statements);
        assert!(!found.exact, "exact: {sql}");
        let names = written(&found.relations);
        for name in listed(&expected) {
            assert!(
                names.contains(&name),
                "{name} is missing in {names:?} of {sql}"
            );
        }
    }
}

/// Long chains and deep nests: the parser library recurses over all of them.
#[test]
fn no_text_is_too_deep() {
    for (begin, repeated, end) in [
        ("select a", " + a", ""),
        ("select 1", " union all select 1", ""),
        ("select * from a", " join b", ""),
        ("select * from a", " join b on true", ""),
        ("select * from a", " join (b", ""),
        ("select", " (", ""),
        ("select", " (select", ""),
        ("select", " not", " a"),
        ("select a", "::text", ""),
        ("select a", "[1]", ""),
        ("select", " case when a then", ""),
        ("select", " f(a,", ""),
        ("select * from", " (select * from", ""),
        ("", "explain ", ""),
        ("", "with a as (", ""),
        ("", "insert into a ", ""),
        ("", "$a$ $b$", ""),
        ("select", "/*", ""),
        ("select ", "+", ""),
    ] {
        for times in [100, 1_000, 20_000] {
            let sql = format!("{begin}{}{end}", repeated.repeat(times));
            let _ = mentions(&sql, Form::Statements);
        }
    }
}

#[test]
fn a_chain_of_sixty_concatenations_is_not_too_deep() {
    let sql = format!("{}a{}", "(".repeat(60), " || raw.f())".repeat(60));
    assert!(mentions(&sql, Form::Expression).exact);
}

/// Returns texts that look like SQL, most of them nonsense.
fn soup() -> impl Strategy<Value = String> {
    let words = [
        "select",
        "from",
        "join",
        "on",
        "where",
        "with",
        "recursive",
        "as",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "*",
        "::",
        "a",
        "b",
        "raw.a",
        "\"Q\"",
        "'x'",
        "'raw.s'",
        "$$ b $$",
        "$1",
        "1",
        "1.5",
        "insert",
        "into",
        "values",
        "update",
        "set",
        "delete",
        "merge",
        "using",
        "when",
        "matched",
        "then",
        "table",
        "only",
        "union",
        "all",
        "case",
        "else",
        "end",
        "cast",
        "interval",
        "array",
        "row",
        "not",
        "null",
        "in",
        "exists",
        "between",
        "and",
        "or",
        "is",
        "like",
        "=",
        "-",
        "->>",
        "operator",
        "lateral",
        "unnest",
        "filter",
        "over",
        "window",
        "partition",
        "by",
        "order",
        "group",
        "search",
        "depth",
        "first",
        "cycle",
        "rows",
        "exclude",
        "for",
        "key",
        "share",
        "truncate",
        "call",
        "refresh",
        "materialized",
        "view",
        "time",
        "zone",
        "at",
        "U&\"x\"",
        ";",
        "--x\n",
        "/* y */",
        "'open",
        "\"open",
        "nextval",
        "json_table",
        "substring",
        "extract",
        "é",
    ];
    let word = proptest::sample::select(words.to_vec());
    proptest::collection::vec(word, 0..25).prop_map(|words| words.join(" "))
}

fn form() -> impl Strategy<Value = Form> {
    proptest::sample::select(vec![Form::Query, Form::Expression, Form::Statements])
}

/// Tells whether every name of one answer is in the coarse one, which has them in all sets.
fn is_within(found: &Mentions, coarse: &Mentions) -> bool {
    [&found.relations, &found.functions, &found.types]
        .into_iter()
        .all(|names| names.is_subset(&coarse.relations))
}

proptest! {
    #[test]
    fn any_text_is_read(sql in "\\PC{0,60}", form in form()) {
        let _ = mentions(&sql, form);
    }

    #[test]
    fn what_is_found_exactly_is_a_part_of_what_is_found_coarsely(sql in soup(), form in form()) {
        let exact = mentions(&sql, form);
        let coarse = super::coarse::mentions(&super::lexer::lex(&sql));
        prop_assert!(is_within(&exact, &coarse), "{exact:?} {coarse:?}");
    }
}
