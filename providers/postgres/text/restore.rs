//! Puts the name of a schema back where a scratch schema stood in for it.
//!
//! The server renders an object that was made in a scratch schema, and every mention of that schema
//! in the result is one that came from there: its name is chosen so that it cannot occur by chance.

use super::edit::Edit;
use super::lexer::lex;
use super::quote::ident;
use super::rename::{constant, constant_like};

/// Returns rendered SQL with the identifier `from`, in lower case, replaced by the schema `to`.
///
/// It is replaced inside string constants, too: `'scratch.f(scratch.t)'::regprocedure`. There the
/// server reads a name, which is quoted like one; but a constant that is `from` and nothing else, and
/// no cast follows, is the bare name, as in `SET search_path TO 'scratch'`.
#[must_use]
pub fn restore(rendered: &str, from: &str, to: &str) -> String {
    let tokens = lex(rendered);
    let mut edit = Edit::new(rendered);
    for (at, token) in tokens.iter().enumerate() {
        if token.terminated && token.name().is_some_and(|name| name == from) {
            edit.replace(token.span(), &ident(to));
        } else if let Some(content) = constant(token).filter(|content| content.contains(from)) {
            let is_cast = tokens.get(at + 1).is_some_and(|token| token.is("::"));
            let text = if content == from && !is_cast {
                to.to_owned()
            } else {
                restore(&content, from, to)
            };
            if text != content {
                edit.replace(token.span(), &constant_like(token, &text));
            }
        }
    }
    edit.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_comes_back_wherever_it_was() {
        let restored = |sql, to| restore(sql, "estate_x1", to);
        for (rendered, plain, odd) in [
            (
                "SELECT a FROM estate_x1.t, estate_x1.estate_x12 e",
                "SELECT a FROM raw.t, raw.estate_x12 e",
                "SELECT a FROM \"A b\".t, \"A b\".estate_x12 e",
            ),
            (
                "nextval('estate_x1.s'::regclass)",
                "nextval('raw.s'::regclass)",
                "nextval('\"A b\".s'::regclass)",
            ),
            (
                "'estate_x1.f(estate_x1.\"T\")'::regprocedure",
                "'raw.f(raw.\"T\")'::regprocedure",
                "'\"A b\".f(\"A b\".\"T\")'::regprocedure",
            ),
            (
                "E'estate_x1.\"a\\\\b\"'::regclass",
                "E'raw.\"a\\\\b\"'::regclass",
                "E'\"A b\".\"a\\\\b\"'::regclass",
            ),
            (
                "SET search_path TO 'estate_x1', 'public'",
                "SET search_path TO 'raw', 'public'",
                "SET search_path TO 'A b', 'public'",
            ),
            (
                "'estate_x1'::regnamespace",
                "'raw'::regnamespace",
                "'\"A b\"'::regnamespace",
            ),
        ] {
            assert_eq!(restored(rendered, "raw"), plain);
            assert_eq!(restored(rendered, "A b"), odd);
        }
    }

    #[test]
    fn texts_without_the_schema_stay_as_they_are() {
        for sql in [
            "select 'estate_x12' from raw.estate_x",
            "-- estate_x1\n$$estate_x1$$",
        ] {
            assert_eq!(restore(sql, "estate_x1", "raw"), sql);
        }
    }
}
