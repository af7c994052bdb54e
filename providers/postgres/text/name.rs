//! A name as a text mentions it.

use std::borrow::Borrow;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::content::qualified_name;
use super::lexer::lex;

/// A name as it stands in a text: folded to lower case where it is not quoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema, where it is given. A database in front of it is left out.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// Reads the name of something.
    pub(super) fn of(name: &ObjectName) -> Option<Self> {
        let idents: Option<Vec<_>> = name.0.iter().map(ObjectNamePart::as_ident).collect();
        Self::of_idents(&idents?)
    }

    /// Reads identifiers with dots between them.
    pub(super) fn of_idents<I: Borrow<Ident>>(idents: &[I]) -> Option<Self> {
        let parts = idents.iter().map(|ident| folded(ident.borrow())).collect();
        Self::of_parts(parts)
    }

    /// Makes a name of one to three parts; the first of three is a database.
    fn of_parts(mut parts: Vec<String>) -> Option<Self> {
        if parts.len() > 3 {
            return None;
        }
        let name = parts.pop()?;
        let schema = parts.pop();
        Some(Self { schema, name })
    }

    /// Reads the name in a constant of `regclass`. A number is no name: it is an object identifier.
    pub(super) fn written(text: &str) -> Option<Self> {
        if text.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let parts = qualified_name(text)?;
        Self::of_parts(parts.into_iter().map(|part| part.name).collect())
    }

    /// Reads the names in a constant of `regproc`, `regprocedure` or `regtype`: what it names, then
    /// the types of arguments, as in `'raw.f(integer, raw.kind[])'`.
    pub(super) fn with_arguments(text: &str) -> Vec<Self> {
        let tokens = lex(text);
        tokens
            .split(|token| token.is("(") || token.is(","))
            .filter_map(|tokens| {
                let parts = tokens.chunks(2).map_while(|pair| pair[0].name());
                let dots = tokens.iter().skip(1).step_by(2);
                let length = 1 + dots.take_while(|token| token.is(".")).count();
                Self::of_parts(parts.take(length).collect())
            })
            .collect()
    }

    /// Tells whether a name that is built in is meant by this one, as far as one can see.
    pub(super) fn is_built_in(&self) -> bool {
        self.schema
            .as_deref()
            .is_none_or(|schema| schema == "pg_catalog")
    }
}

/// Returns a part of a name as the server keeps it.
pub(super) fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}
