//! Text search dictionaries: what becomes of a word.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::{Handle, dress, redress};
use crate::naming::written;
use crate::text::quote::{ident, literal};

/// An option of a dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DictionaryOption {
    /// Its name, as the template calls it: `stopwords`.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether a number is given as a text, which means the same to most templates.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quoted: bool,
}

impl DictionaryOption {
    /// Makes an option as the server has it.
    pub(crate) fn new(name: String, value: String, quoted: bool) -> Self {
        let quoted = quoted && is_number(&value);
        Self {
            name,
            value,
            quoted,
        }
    }

    fn written(&self) -> String {
        let value = if is_number(&self.value) && !self.quoted {
            self.value.clone()
        } else {
            literal(&self.value)
        };
        format!("{} = {value}", ident(&self.name))
    }
}

/// Reports whether a value can be written without quotes.
fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(fraction)
}

/// A text search dictionary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextSearchDictionary {
    /// The template it is made of: `pg_catalog.snowball`.
    #[schemars(extend("x-reference" = ["text_search_template"]), with = "String")]
    pub template: Reference,
    /// Options of the template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub option: Vec<DictionaryOption>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

const KEYWORD: &str = "text search dictionary";

impl TextSearchDictionary {
    fn find(&self, name: &str) -> Option<&DictionaryOption> {
        self.option.iter().find(|one| one.name == name)
    }
}

impl Kind for TextSearchDictionary {
    const NAME: &'static str = "text_search_dictionary";
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        for option in &mut self.option {
            option.quoted &= is_number(&option.value);
        }
        Vec::new()
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        for option in &mut self.option {
            let theirs = live.find(&option.name);
            if let Some(theirs) = theirs.filter(|theirs| theirs.value == option.value) {
                option.quoted = theirs.quoted;
            }
        }
        if self.template != live.template {
            return;
        }
        // The order of options means nothing: those that are live keep theirs.
        let place = |name: &str| live.option.iter().position(|one| one.name == name);
        self.option
            .sort_by_key(|one| place(&one.name).unwrap_or(usize::MAX));
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new(KEYWORD, at.address);
        let mut options = vec![format!("template = {}", written(&self.template.0))];
        options.extend(self.option.iter().map(DictionaryOption::written));
        let mut statements = vec![Statement::new(format!(
            "create text search dictionary {} ({})",
            handle.name,
            options.join(", ")
        ))];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.template != next.template {
            return Alter::replace("a text search dictionary cannot get another template");
        }
        let handle = Handle::new(KEYWORD, at.address);
        let mut options = Vec::new();
        for old in &self.option {
            if next.find(&old.name).is_none() {
                // Without a value it goes.
                options.push(ident(&old.name));
            }
        }
        for new in &next.option {
            if self.find(&new.name) != Some(new) {
                options.push(new.written());
            }
        }
        let mut statements = Vec::new();
        if !options.is_empty() {
            statements.push(handle.alter(&format!("({})", options.join(", "))));
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
