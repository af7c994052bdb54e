//! Text search configurations: which dictionaries see which sorts of words.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::{Handle, dress, redress};
use crate::naming::written;
use crate::text::quote::ident;

/// The dictionaries that see a sort of words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The sort of words, as the parser calls it: `asciiword`.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// The dictionaries, in the order in which they are asked.
    #[schemars(extend("x-reference" = ["text_search_dictionary"]), with = "Vec<String>")]
    pub dictionaries: Vec<Reference>,
}

impl Mapping {
    fn with(&self) -> String {
        let names: Vec<_> = self
            .dictionaries
            .iter()
            .map(|one| written(&one.0))
            .collect();
        format!("for {} with {}", ident(&self.name), names.join(", "))
    }
}

/// A text search configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextSearchConfiguration {
    /// The parser that cuts texts into words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["text_search_parser"]), with = "Option<String>")]
    pub parser: Option<Reference>,
    /// The configuration that it is made from, with its parser and its mappings; those below are put in
    /// their place, the others are then left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["text_search_configuration"]), with = "Option<String>")]
    pub copy: Option<Reference>,
    /// Which dictionaries see which words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub mapping: Vec<Mapping>,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

const KEYWORD: &str = "text search configuration";

impl TextSearchConfiguration {
    fn find(&self, name: &str) -> Option<&Mapping> {
        self.mapping.iter().find(|one| one.name == name)
    }
}

impl Kind for TextSearchConfiguration {
    const NAME: &'static str = "text_search_configuration";
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.mapping.sort_by(|a, b| a.name.cmp(&b.name));
        let mut problems = Vec::new();
        if self.parser.is_some() == self.copy.is_some() {
            problems.push(
                Problem::new(
                    [],
                    "unclear text search configuration",
                    "this must have either `parser` or `copy`",
                )
                .help("The parser of PostgreSQL is `pg_catalog.default`."),
            );
        }
        for one in self
            .mapping
            .iter()
            .filter(|one| one.dictionaries.is_empty())
        {
            problems.push(Problem::new(
                ["mapping", one.name.as_str(), "dictionaries"],
                "mapping to nothing",
                "`dictionaries` must name at least one",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        if self.copy.take().is_some() {
            self.parser.clone_from(&live.parser);
            let mut left = live.mapping.clone();
            left.retain(|one| self.find(&one.name).is_none());
            self.mapping.extend(left);
            self.mapping.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new(KEYWORD, at.address);
        let from = match (&self.copy, &self.parser) {
            (Some(copy), _) => format!("copy = {}", written(&copy.0)),
            (None, Some(parser)) => format!("parser = {}", written(&parser.0)),
            (None, None) => "parser = pg_catalog.\"default\"".to_owned(),
        };
        let mut statements = vec![Statement::new(format!(
            "create text search configuration {} ({from})",
            handle.name
        ))];
        for one in &self.mapping {
            if self.copy.is_some() {
                let drop = format!("drop mapping if exists for {}", ident(&one.name));
                statements.push(handle.alter(&drop));
            }
            statements.push(handle.alter(&format!("add mapping {}", one.with())));
        }
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.parser != next.parser {
            return Alter::replace("a text search configuration cannot get another parser");
        }
        let handle = Handle::new(KEYWORD, at.address);
        let mut statements = Vec::new();
        for old in &self.mapping {
            if next.find(&old.name).is_none() {
                statements.push(handle.alter(&format!("drop mapping for {}", ident(&old.name))));
            }
        }
        for new in &next.mapping {
            match self.find(&new.name) {
                None => statements.push(handle.alter(&format!("add mapping {}", new.with()))),
                Some(old) if old != new => {
                    statements.push(handle.alter(&format!("alter mapping {}", new.with())));
                }
                Some(_) => {}
            }
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new(KEYWORD, at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new(KEYWORD, at.address).relocate(at.address, to)
    }
}
