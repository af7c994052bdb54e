//! Text search parsers and templates: C functions that superusers put together. They have no owner, and
//! nothing of them but their names can be altered.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::Handle;
use crate::kinds::references::{called_in, settle_called};

/// A text search parser: functions that cut texts into words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextSearchParser {
    /// The function that begins with a text.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub start: Reference,
    /// The function that gives the next word.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub gettoken: Reference,
    /// The function that ends with a text.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub end: Reference,
    /// The function that tells which sorts of words there are.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub lextypes: Reference,
    /// The function that makes headlines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub headline: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A text search template: functions that dictionaries are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextSearchTemplate {
    /// The function that begins with a dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub init: Option<Reference>,
    /// The function that looks words up.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub lexize: Reference,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl TextSearchParser {
    const WORD: &'static str = "text search parser";
    const FIXED: &'static str = "the functions of a text search parser cannot be altered";

    fn functions(&mut self) -> Vec<(&'static str, &mut Reference)> {
        let mut all = vec![
            ("start", &mut self.start),
            ("gettoken", &mut self.gettoken),
            ("end", &mut self.end),
            ("lextypes", &mut self.lextypes),
        ];
        all.extend(self.headline.as_mut().map(|one| ("headline", one)));
        all
    }
}

impl TextSearchTemplate {
    const WORD: &'static str = "text search template";
    const FIXED: &'static str = "the functions of a text search template cannot be altered";

    fn functions(&mut self) -> Vec<(&'static str, &mut Reference)> {
        let init = self.init.as_mut().map(|one| ("init", one));
        init.into_iter()
            .chain([("lexize", &mut self.lexize)])
            .collect()
    }
}

macro_rules! machinery {
    ($name:ident, $kind:literal) => {
        impl Kind for $name {
            const NAME: &'static str = $kind;
            const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
            const REBUILDABLE: bool = true;

            fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
                let mut live = live.clone();
                let theirs = live.functions();
                for (name, mine) in self.functions() {
                    if let Some((_, theirs)) = theirs.iter().find(|(other, _)| *other == name) {
                        settle_called(mine, theirs);
                    }
                }
            }

            fn create(&self, at: &At<'_>) -> Vec<Statement> {
                let handle = Handle::new(Self::WORD, at.address);
                let mut all = self.clone();
                let functions: Vec<_> = all
                    .functions()
                    .into_iter()
                    .map(|(name, function)| format!("{name} = {}", called_in(function)))
                    .collect();
                let mut statements = vec![Statement::new(format!(
                    "create {} {} ({})",
                    Self::WORD,
                    handle.name,
                    functions.join(", ")
                ))];
                if self.comment.is_some() {
                    statements.push(handle.comment(self.comment.as_deref()));
                }
                statements
            }

            fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
                let definition = |one: &Self| Self {
                    comment: None,
                    ..one.clone()
                };
                if definition(self) != definition(next) {
                    return Alter::replace(Self::FIXED);
                }
                let mut statements = Vec::new();
                if self.comment != next.comment {
                    let handle = Handle::new(Self::WORD, at.address);
                    statements.push(handle.comment(next.comment.as_deref()));
                }
                Alter::in_place(statements)
            }

            fn remove(&self, at: &At<'_>) -> Vec<Statement> {
                vec![Handle::new(Self::WORD, at.address).drop()]
            }

            fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
                Handle::new(Self::WORD, at.address).relocate(at.address, to)
            }
        }
    };
}

machinery!(TextSearchParser, "text_search_parser");
machinery!(TextSearchTemplate, "text_search_template");
