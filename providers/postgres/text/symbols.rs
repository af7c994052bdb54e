//! Names in a text of what is neither relation, function nor type: operators, collations, and what string
//! constants name, such as a text search configuration.
//!
//! All that may be such a name is found, at the cost of some that are none.

use std::collections::BTreeSet;

use super::content::qualified_name;
use super::lexer::{Kind, Token, lex};
use super::name::Name;

/// What a text mentions beside relations, functions and types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symbols {
    /// Operators, as `+` or `operator(app.+)`.
    pub operators: BTreeSet<Name>,
    /// Collations.
    pub collations: BTreeSet<Name>,
    /// String constants that may be names.
    pub constants: BTreeSet<Name>,
}

/// Returns what a text mentions beside relations, functions and types.
#[must_use]
pub fn symbols(sql: &str) -> Symbols {
    let mut tokens = lex(sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let mut found = Symbols::default();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Operator => {
                found.operators.insert(Name {
                    schema: schema_before(&tokens[..at]),
                    name: said(token.text).to_owned(),
                });
            }
            Kind::Word if token.text.eq_ignore_ascii_case("collate") => {
                found.collations.extend(chain(&tokens[at + 1..]));
            }
            Kind::Text | Kind::EscapeText | Kind::UnicodeText => {
                let content = token.content().filter(|_| token.terminated);
                let parts = content.as_deref().and_then(qualified_name);
                let parts = parts.unwrap_or_default();
                found
                    .constants
                    .extend(of_parts(parts.into_iter().map(|part| part.name).collect()));
            }
            _ => {}
        }
    }
    found
}

/// Returns an operator as PostgreSQL keeps it.
fn said(mark: &str) -> &str {
    if mark == "!=" { "<>" } else { mark }
}

/// Returns the schema that stands, with a dot, before an operator.
fn schema_before(tokens: &[Token<'_>]) -> Option<String> {
    match tokens {
        [.., schema, dot] if dot.is(".") => schema.name(),
        _ => None,
    }
}

/// Returns the name that tokens begin with.
fn chain(tokens: &[Token<'_>]) -> Option<Name> {
    let mut parts = vec![tokens.first()?.name()?];
    let mut rest = &tokens[1..];
    while let [dot, token, tail @ ..] = rest
        && dot.is(".")
        && let Some(name) = token.name()
    {
        parts.push(name);
        rest = tail;
    }
    of_parts(parts)
}

fn of_parts(mut parts: Vec<String>) -> Option<Name> {
    if parts.len() > 2 {
        return None;
    }
    let name = parts.pop()?;
    let schema = parts.pop();
    Some(Name { schema, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_collations_and_constants_are_found() {
        let found = symbols(
            "select a === b, c operator(\"My s\".@@) d, e != 'app.english'::regconfig \
             from t /* + */ order by f collate app.\"De\" collate \"C\"",
        );
        let name = |schema: Option<&str>, name: &str| Name {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(
            found.operators,
            [
                name(None, "<>"),
                name(None, "==="),
                name(Some("My s"), "@@")
            ]
            .into()
        );
        assert_eq!(
            found.collations,
            [name(None, "C"), name(Some("app"), "De")].into()
        );
        assert_eq!(found.constants, [name(Some("app"), "english")].into());
    }
}
