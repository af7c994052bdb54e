//! Everything in a text that may be a name.
//!
//! Names come from identifiers, alone and in pairs, and from string constants, read both as a name and
//! as SQL: the body of a block is a string, and so is a statement that it executes. Key words that can
//! be no name are left out, unless a dot stands before or behind. Each name is in all three sets,
//! because nothing here knows what it is of.

use super::content::qualified_name;
use super::keywords::{self, Category};
use super::lexer::{Kind, Token, lex};
use super::name::Name;
use super::names::Mentions;

/// Returns all that may be a name.
pub(super) fn mentions(tokens: &[Token<'_>]) -> Mentions {
    let mut found = Mentions::none();
    let mut names = Vec::new();
    let mut bodies = Vec::new();
    read(tokens, &mut names, &mut bodies);
    while let Some(body) = bodies.pop() {
        read(&lex(&body), &mut names, &mut bodies);
    }
    found.relations.extend(names);
    found.functions = found.relations.clone();
    found.types = found.relations.clone();
    found.exact = false;
    found
}

fn read(tokens: &[Token<'_>], names: &mut Vec<Name>, bodies: &mut Vec<String>) {
    let mut chain: Vec<Token<'_>> = Vec::new();
    let mut dotted = false;
    for token in tokens.iter().filter(|token| token.kind != Kind::Comment) {
        if token.is(".") {
            dotted = true;
            continue;
        }
        if !dotted {
            add(&chain, names);
            chain.clear();
        }
        dotted = false;
        match token.kind {
            Kind::Word | Kind::QuotedName | Kind::UnicodeName => chain.push(*token),
            _ => {
                let content = token.content();
                if let Some(parts) = content.as_deref().and_then(qualified_name) {
                    let parts: Vec<_> = parts.into_iter().map(|part| part.name).collect();
                    pairs(&parts, names);
                }
                bodies.extend(content.filter(|_| token.terminated));
            }
        }
    }
    add(&chain, names);
}

/// Adds the names of identifiers with dots between them.
fn add(chain: &[Token<'_>], names: &mut Vec<Name>) {
    let is_keyword = |token: &Token<'_>| {
        token.kind == Kind::Word
            && keywords::category(&token.text.to_ascii_lowercase()) == Some(Category::Reserved)
    };
    if !matches!(chain, [token] if is_keyword(token)) {
        let parts: Vec<_> = chain.iter().filter_map(Token::name).collect();
        pairs(&parts, names);
    }
}

/// Adds every name of a chain alone, and with the one in front of it.
fn pairs(parts: &[String], names: &mut Vec<Name>) {
    let mut schema: Option<&String> = None;
    for name in parts {
        for schema in [None, schema] {
            names.push(Name {
                schema: schema.cloned(),
                name: name.clone(),
            });
        }
        schema = Some(name);
    }
}
