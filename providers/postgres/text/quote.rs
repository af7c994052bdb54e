//! Names and texts as PostgreSQL would write them in SQL.
//!
//! What is written here reads back as the same name or text on every supported version. The rules are
//! those of `quote_identifier` and `quote_literal` of the server, so that statements look like what
//! the server itself prints; a word that is a key word in only some versions is always quoted.
//!
//! PostgreSQL has no names or texts with a zero byte. They pass through here unchanged and the server
//! refuses them.

use std::borrow::Borrow;

use super::keywords::{self, Category};

/// Returns a name as an SQL identifier, quoted only where it must be.
#[must_use]
pub fn ident(name: &str) -> String {
    if is_safe(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Returns a name as a quoted SQL identifier, whether it must be quoted or not.
#[must_use]
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a qualified name, outermost part first, each part quoted only where it must be.
#[must_use]
pub fn qualified<S: Borrow<str>>(parts: &[S]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| ident(part.borrow())).collect();
    parts.join(".")
}

/// Returns a text as an SQL string constant, in the form `E'...'` where it has a backslash.
#[must_use]
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// Tells whether a name stands for itself without quotes, wherever a name may stand.
fn is_safe(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        && matches!(keywords::category(name), None | Some(Category::Unreserved))
}

/// Returns an expression that writes a time in RFC 3339, UTC, to the second.
pub(crate) fn rfc_3339(time: &str) -> String {
    format!("to_char({time} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::lexer::lex;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in [
            ("videos", "videos"),
            ("_v1", "_v1"),
            ("1v", "\"1v\""),
            ("Videos", "\"Videos\""),
            ("a$b", "\"a$b\""),
            ("a b", "\"a b\""),
            ("a\nb", "\"a\nb\""),
            ("a\"b", "\"a\"\"b\""),
            ("größe", "\"größe\""),
            ("🎬", "\"🎬\""),
            ("'; drop table x; --", "\"'; drop table x; --\""),
            ("", "\"\""),
            ("user", "\"user\""),
            ("values", "\"values\""),
            ("left", "\"left\""),
            ("json_value", "\"json_value\""),
            ("system_user", "\"system_user\""),
            ("zone", "zone"),
        ] {
            assert_eq!(ident(name), expected);
        }
    }

    #[test]
    fn texts_with_a_backslash_take_the_escape_form() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(literal(""), "''");
    }

    #[test]
    fn each_part_of_a_qualified_name_is_quoted_on_its_own() {
        assert_eq!(
            qualified(&["raw", "Q 1", "select"]),
            "raw.\"Q 1\".\"select\""
        );
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(text in "[a-zA-Z_0-9$'\"\\\\ \n\u{e9}\u{1f3ac};-]{0,12}") {
            let name = ident(&text);
            let tokens = lex(&name);
            prop_assert_eq!(tokens.len(), 1);
            prop_assert_eq!(tokens[0].name(), Some(text.clone()));
            let constant = literal(&text);
            let tokens = lex(&constant);
            prop_assert_eq!(tokens.len(), 1);
            prop_assert_eq!(tokens[0].content(), Some(text));
        }
    }
}
