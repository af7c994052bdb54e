//! Conversions between encodings.
//!
//! Source: PostgreSQL manual, CREATE CONVERSION, ALTER CONVERSION; `pg_conversion`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{Handle, dress, redress};
use super::references::{called_in, settle_called};
use crate::text::quote::literal;

/// A conversion of texts from one encoding to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The encoding it takes: `LATIN1`.
    pub source: String,
    /// The encoding it gives: `UTF8`.
    pub target: String,
    /// The function that does it.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub function: Reference,
    /// Whether the server takes it where nothing says which one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Returns the name of an encoding as the server compares it (`clean_encoding_name()`).
fn plain(encoding: &str) -> String {
    let letters = encoding.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

impl Kind for Conversion {
    const NAME: &'static str = "conversion";
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        settle_called(&mut self.function, &live.function);
        for (mine, theirs) in [
            (&mut self.source, &live.source),
            (&mut self.target, &live.target),
        ] {
            if plain(mine) == plain(theirs) {
                mine.clone_from(theirs);
            }
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("conversion", at.address);
        let default = if self.default { "default " } else { "" };
        let mut statements = vec![Statement::new(format!(
            "create {default}conversion {} for {} to {} from {}",
            handle.name,
            literal(&self.source),
            literal(&self.target),
            called_in(&self.function)
        ))];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| Self {
            owner: None,
            comment: None,
            ..one.clone()
        };
        if definition(self) != definition(next) {
            return Alter::replace("the definition of a conversion cannot be altered");
        }
        Alter::in_place(redress(
            &Handle::new("conversion", at.address),
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("conversion", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("conversion", at.address).relocate(at.address, to)
    }
}
