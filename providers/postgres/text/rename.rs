//! Puts other names in the place of names in an SQL text.
//!
//! The text is read as tokens, not as statements, so this works on any text, and does not know what a
//! name is of. What is offered is what can be told from tokens: every chain of identifiers with dots
//! between them, first as schema and name by its first two parts, then by its first part alone, which
//! in `orders.id` is a table, or an alias that hides one. String constants that are a qualified name as
//! a whole are offered in the same way, as `'raw.s'` in `nextval('raw.s')`; that a constant is a value
//! like any other, which happens to look like a name of `map`, cannot be told.
//!
//! Not offered: what follows a dot that follows no identifier, as in `(row).field`; names inside dollar
//! quotes; strings that have more in them than a name, such as `'raw.f(integer)'::regprocedure`; a name
//! with its database in front. Everything that is not replaced stays byte for byte.

use super::content::qualified_name;
use super::edit::Edit;
use super::keywords::{self, Category};
use super::lexer::{Kind, Token, lex};
use super::quote::literal;

/// Which names are offered for replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Names of two parts or more, `name.*` among them.
    Qualified,
    /// Names of one part as well, key words left out. Columns, aliases and labels look the same. Of
    /// string constants with one part, only those where the server looks for a name.
    Every,
}

/// How a name is used: a type and a function may have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A parenthesis follows: a call, a list of columns, the modifiers of a type.
    Called,
    /// None does.
    Plain,
    /// It is a string constant.
    Constant,
    /// It is a string constant that becomes what it names at once, such as `'orders'::regclass`.
    Bound,
    /// It follows `collate`.
    Collation,
}

/// Returns the replacement of a schema, if there is one, and a name: SQL, quoted where it must be.
pub type Map<'a> = dyn Fn(Option<&str>, &str, Use) -> Option<String> + 'a;

/// Returns a text with names replaced wherever `map` gives something for them.
#[must_use]
pub fn rename(sql: &str, offer: Offer, map: &Map<'_>) -> String {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let mut edit = Edit::new(sql);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let chain = chain(&tokens[at..]);
        if let Some(content) = constant(token) {
            let single = offer == Offer::Every && is_sure_name(&tokens, at);
            let used = match is_bound(&tokens, at) {
                true => Use::Bound,
                false => Use::Constant,
            };
            if let Some(text) = renamed(&content, single, used, map) {
                edit.replace(token.span(), &constant_like(token, &text));
            }
        } else if let Some((schema, mark)) = operator(&tokens[at..]) {
            if let Some(text) = map(schema.name().as_deref(), mark.text, Use::Plain) {
                edit.replace(schema.start..mark.end(), &text);
            }
            at += 4;
        } else if let [first, rest @ ..] = chain.as_slice() {
            let after_dot = at > 0 && tokens[at - 1].is(".");
            let starred = tokens[at + 2 * rest.len()..]
                .get(1)
                .is_some_and(|token| token.is("."));
            let alone = rest.is_empty() && !starred;
            if !after_dot && !(alone && (offer == Offer::Qualified || is_keyword(first))) {
                let names: Vec<_> = chain.iter().filter_map(|token| token.name()).collect();
                let after = tokens.get(at + 2 * rest.len() + 1);
                let before = at.checked_sub(1).map(|before| tokens[before].text);
                let last = match after.is_some_and(|token| token.is("(")) {
                    _ if before.is_some_and(|word| word.eq_ignore_ascii_case("collate")) => {
                        Use::Collation
                    }
                    true => Use::Called,
                    false => Use::Plain,
                };
                if let Some((parts, text)) = look_up(&names, last, map) {
                    edit.replace(first.start..chain[parts - 1].end(), &text);
                }
            }
        }
        at += 2 * chain.len().max(1) - 1;
    }
    edit.finish()
}

/// Offers two names of a chain, then one, and returns how many were replaced by what. `last` is how the
/// whole chain is used.
fn look_up(names: &[String], last: Use, map: &Map<'_>) -> Option<(usize, String)> {
    let used = |parts: usize| match last {
        Use::Called if names.len() > parts => Use::Plain,
        last => last,
    };
    let pair = match names {
        [schema, name, ..] => map(Some(schema), name, used(2)),
        _ => None,
    };
    match pair {
        Some(text) => Some((2, text)),
        None => Some((1, map(None, names.first()?, used(1))?)),
    }
}

/// Returns the schema and the operator where tokens begin with `operator(schema.+`.
fn operator<'t>(tokens: &'t [Token<'t>]) -> Option<(&'t Token<'t>, &'t Token<'t>)> {
    match tokens {
        [word, open, schema, dot, mark, ..]
            if word.text.eq_ignore_ascii_case("operator")
                && open.is("(")
                && is_identifier(schema)
                && dot.is(".")
                && mark.kind == Kind::Operator =>
        {
            Some((schema, mark))
        }
        _ => None,
    }
}

/// Returns the identifiers with dots between them that tokens begin with.
fn chain<'t>(tokens: &'t [Token<'t>]) -> Vec<&'t Token<'t>> {
    let is_name = |at: usize| tokens.get(at).is_some_and(is_identifier);
    let mut chain: Vec<&Token<'_>> = Vec::new();
    let mut at = 0;
    while is_name(at) {
        chain.push(&tokens[at]);
        if !tokens.get(at + 1).is_some_and(|token| token.is(".")) {
            break;
        }
        at += 2;
    }
    chain
}

fn is_identifier(token: &Token<'_>) -> bool {
    token.terminated && token.name().is_some()
}

/// Reports whether a word cannot be a name by itself.
pub(super) fn is_keyword(token: &Token<'_>) -> bool {
    let word = token.text.to_ascii_lowercase();
    !matches!(
        keywords::category(&word),
        None | Some(Category::Unreserved | Category::LaterColumnName)
    )
}

/// Returns the content of a constant in single quotes.
pub(super) fn constant(token: &Token<'_>) -> Option<String> {
    if token.kind == Kind::DollarText || !token.terminated {
        return None;
    }
    token.content()
}

/// Writes a constant in the place of another. One with a prefix keeps one, or else it would become a
/// continuation of a constant on the line before.
pub(super) fn constant_like(token: &Token<'_>, text: &str) -> String {
    let written = literal(text);
    match token.kind {
        Kind::Text => written,
        _ if written.starts_with('E') => written,
        _ => format!("E{written}"),
    }
}

/// Tells whether a constant stands where the server looks for a name: `nextval('s')`, `'t'::regclass`.
fn is_sure_name(tokens: &[Token<'_>], at: usize) -> bool {
    let is_first = at > 0 && tokens[at - 1].is("(");
    let called = word(tokens, at.checked_sub(2));
    is_bound(tokens, at)
        || is_first
            && matches!(
                called.as_str(),
                "nextval" | "currval" | "setval" | "to_regclass"
            )
}

/// Tells whether a constant is cast to what the server keeps by its identity.
fn is_bound(tokens: &[Token<'_>], at: usize) -> bool {
    let is_cast = tokens.get(at + 1).is_some_and(|token| token.is("::"));
    is_cast && word(tokens, Some(at + 2)).starts_with("reg")
        || word(tokens, at.checked_sub(1)).starts_with("reg")
}

fn word(tokens: &[Token<'_>], at: Option<usize>) -> String {
    let token = at.and_then(|at| tokens.get(at));
    token.and_then(Token::name).unwrap_or_default()
}

fn renamed(content: &str, single: bool, used: Use, map: &Map<'_>) -> Option<String> {
    let parts = qualified_name(content)?;
    if parts.len() == 1 && !single {
        return None;
    }
    let ends: Vec<_> = parts.iter().map(|part| part.end).collect();
    let names: Vec<_> = parts.into_iter().map(|part| part.name).collect();
    let (parts, text) = look_up(&names, used, map)?;
    Some(text + &content[ends[parts - 1]..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::quote::qualified;

    fn moved(schema: Option<&str>, name: &str, used: Use) -> Option<String> {
        match (schema, name) {
            (Some("raw"), "f") => Some(format!("new.{used:?}")),
            (Some("raw"), "orders") => Some("new.\"Orders 2\"".to_owned()),
            (Some("raw"), "@@") => Some("new.@@".to_owned()),
            (Some("raw"), "s") => Some("new.\"it's\\\"".to_owned()),
            (None, "orders") => Some("o2".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn qualified_names_are_replaced_and_nothing_else() {
        for (sql, expected) in [
            ("select * from raw.orders", "select * from new.\"Orders 2\""),
            ("from RAW . /* x */ \"orders\"o", "from new.\"Orders 2\"o"),
            (
                "raw.orders.id, orders.id, orders.*",
                "new.\"Orders 2\".id, o2.id, o2.*",
            ),
            (
                "select orders from raw.other",
                "select orders from raw.other",
            ),
            (
                "raw.orders.a operator(raw.@@) b, OPERATOR(x.+)",
                "new.\"Orders 2\".a operator(new.@@) b, OPERATOR(x.+)",
            ),
            (
                "(x).raw.orders, db.raw.orders",
                "(x).raw.orders, db.raw.orders",
            ),
            (
                "'raw.orders', ' Raw.\"orders\".id '",
                "'new.\"Orders 2\"', 'new.\"Orders 2\".id '",
            ),
            (
                "nextval('raw.s'::regclass)",
                "nextval(E'new.\"it''s\\\\\"'::regclass)",
            ),
            (
                "'see raw.orders', $$raw.orders$$",
                "'see raw.orders', $$raw.orders$$",
            ),
            (
                "-- raw.orders\n/* raw.orders */",
                "-- raw.orders\n/* raw.orders */",
            ),
            (
                "a::raw.orders[], raw.orders(1)",
                "a::new.\"Orders 2\"[], new.\"Orders 2\"(1)",
            ),
            ("\"raw\".\"orders", "\"raw\".\"orders"),
            (
                "raw.f /* x */ (1)::raw.f, raw.f.a(1)",
                "new.Called /* x */ (1)::new.Plain, new.Plain.a(1)",
            ),
        ] {
            assert_eq!(rename(sql, Offer::Qualified, &moved), expected);
        }
    }

    #[test]
    fn single_names_are_replaced_if_asked_for() {
        let map = |schema: Option<&str>, name: &str, _: Use| {
            let known = schema.is_none() && matches!(name, "orders" | "select" | "values");
            known.then(|| format!("\"{name} 2\""))
        };
        for (sql, expected) in [
            (
                "select orders from orders",
                "select \"orders 2\" from \"orders 2\"",
            ),
            (
                "\"select\" values \"values\"",
                "\"select 2\" values \"values 2\"",
            ),
            ("'orders', 'orders'::text", "'orders', 'orders'::text"),
            (
                "nextval('orders'), 'orders'::regclass",
                "nextval('\"orders 2\"'), '\"orders 2\"'::regclass",
            ),
            ("raw.orders", "raw.orders"),
        ] {
            assert_eq!(rename(sql, Offer::Every, &map), expected);
        }
    }

    #[test]
    fn a_replacement_does_not_grow_together_with_its_neighbours() {
        for (sql, expected) in [
            ("raw.\"s\"x", "new.\"it's\\\"x"),
            ("select'raw.s'", "select E'new.\"it''s\\\\\"'"),
            ("orders.\"a\"b", "o2.\"a\"b"),
            ("u&raw.orders", "u&new.\"Orders 2\""),
        ] {
            assert_eq!(rename(sql, Offer::Qualified, &moved), expected);
        }
        let quoted = |_: Option<&str>, _: &str, _: Use| Some("\"q\"".to_owned());
        assert_eq!(
            rename("u&raw.a\"b\"1a.b", Offer::Qualified, &quoted),
            "u& \"q\" \"b\"1 \"q\""
        );
        let plain = |_: Option<&str>, _: &str, _: Use| Some("q".to_owned());
        assert_eq!(rename("a.\"b\"c 1a.b", Offer::Qualified, &plain), "q c 1 q");
    }

    proptest! {
        #[test]
        fn a_map_that_gives_nothing_changes_nothing(
            sql in "([a-z.'\"\\\\ \n$&*;-]|raw\\.a|'raw\\.a'|U&|\u{e9}){0,40}"
        ) {
            for offer in [Offer::Qualified, Offer::Every] {
                prop_assert_eq!(&rename(&sql, offer, &|_, _, _| None), &sql);
            }
        }

        #[test]
        fn names_stay_names_and_the_rest_stays(
            sql in "([a-z.'\"\\\\ \n$&*;-]|raw\\.a|'raw\\.a'|U&|\u{e9}){0,40}"
        ) {
            let again = |schema: Option<&str>, name: &str, _: Use| {
                let parts: Vec<_> = schema.into_iter().chain([name]).collect();
                Some(qualified(&parts))
            };
            let texts = |sql: &str| -> Vec<_> {
                let words = |text: String| match qualified_name(&text) {
                    Some(parts) => parts.into_iter().map(|part| part.name).collect(),
                    None => vec![text],
                };
                let tokens = lex(sql);
                let texts = tokens.iter().map(|token| (token.name(), token.content().map(words)));
                texts.collect()
            };
            prop_assert_eq!(texts(&rename(&sql, Offer::Every, &again)), texts(&sql));
        }
    }
}
