//! The functions of the language: one table per family, one entry per function.
//!
//! Names and meanings are Terraform's. All are pure: none reads a clock or draws a random number;
//! files and environment variables come from the evaluator. To add a function, write it in its family
//! and add one entry to the table there; checks, documentation and errors follow from the entry.

mod arguments;
mod collections;
mod conversion;
mod encoding;
mod environment;
mod files;
mod formatting;
mod hashing;
mod json;
mod lists;
mod network;
mod numbers;
mod pattern;
mod picking;
mod sets;
mod templates;
mod text;
mod time;
mod yaml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::Span;

pub(crate) use self::arguments::{Arguments, Failure};
use crate::evaluator::{Evaluator, Outcome};
use crate::files::Files;
use crate::value::Value;

/// What a parameter takes; arguments are converted before a function sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Anything, null too.
    Any,
    /// Anything but null.
    Given,
    /// Plain text.
    Text,
    /// Text in which declarations may be mentioned.
    Pieces,
    /// A number.
    Number,
    /// A whole number of 64 bits.
    Whole,
    /// A list, tuple or set.
    List,
    /// A list or tuple.
    Ordered,
    /// A list of plain texts.
    Texts,
    /// A set of anything.
    Set,
    /// A map or an object.
    Map,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) takes: Takes,
}

/// What happens to sensitive marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// A mark anywhere in the arguments marks the result.
    Spread,
    /// Marks of elements stay with the elements; marks of whole arguments mark the result.
    Kept,
    /// The function decides.
    Own,
}

type Pure = fn(&Arguments) -> Result<Value, Failure>;
type FromFiles = fn(&Files, &Arguments) -> Result<Value, Failure>;
type FromTemplate = for<'p> fn(&Evaluator<'p>, &Arguments, &[Span]) -> Outcome;

/// How a function does its work.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// From its arguments alone.
    Pure(Pure),
    /// From files too.
    Files(FromFiles),
    /// By rendering a template.
    Template(FromTemplate),
    /// From the environment of the process.
    Environment,
    /// `try`: arguments are computed one after the other.
    Try,
    /// `can`: a failing argument is an answer.
    Can,
}

/// A function.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its parameters.
    pub(crate) parameters: &'static [Parameter],
    /// How many of them, from the end, may be left out.
    pub(crate) optional: usize,
    /// What any number of further arguments must be.
    pub(crate) rest: Option<Parameter>,
    /// What it does, in one line.
    pub(crate) doc: &'static str,
    /// What happens to marks.
    pub(crate) marks: Marks,
    /// How it does its work.
    pub(crate) action: Action,
}

impl Function {
    const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        doc: &'static str,
        action: Action,
    ) -> Self {
        Self {
            name,
            parameters,
            optional: 0,
            rest: None,
            doc,
            marks: Marks::Spread,
            action,
        }
    }

    const fn pure(
        name: &'static str,
        parameters: &'static [Parameter],
        doc: &'static str,
        apply: Pure,
    ) -> Self {
        Self::new(name, parameters, doc, Action::Pure(apply))
    }

    const fn optional(mut self, optional: usize) -> Self {
        self.optional = optional;
        self
    }

    const fn rest(mut self, rest: Parameter) -> Self {
        self.rest = Some(rest);
        self
    }

    const fn marks(mut self, marks: Marks) -> Self {
        self.marks = marks;
        self
    }

    /// Returns the parameter an argument belongs to.
    pub(crate) fn parameter(&self, argument: usize) -> Option<Parameter> {
        self.parameters.get(argument).copied().or(self.rest)
    }

    /// Returns the call as people write it: `lookup(map, key, default?)`.
    pub(crate) fn signature(&self) -> String {
        let required = self.parameters.len() - self.optional;
        let names = self.parameters.iter().enumerate().map(|(at, parameter)| {
            let mark = if at < required { "" } else { "?" };
            format!("{}{mark}", parameter.name)
        });
        let rest = self
            .rest
            .iter()
            .map(|parameter| format!("{}...", parameter.name));
        format!(
            "{}({})",
            self.name,
            names.chain(rest).collect::<Vec<_>>().join(", ")
        )
    }
}

const fn parameter(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes }
}

const FAMILIES: [&[Function]; 16] = [
    numbers::FUNCTIONS,
    text::FUNCTIONS,
    pattern::FUNCTIONS,
    formatting::FUNCTIONS,
    lists::FUNCTIONS,
    picking::FUNCTIONS,
    collections::FUNCTIONS,
    sets::FUNCTIONS,
    conversion::FUNCTIONS,
    encoding::FUNCTIONS,
    hashing::FUNCTIONS,
    files::FUNCTIONS,
    templates::FUNCTIONS,
    network::FUNCTIONS,
    time::FUNCTIONS,
    environment::FUNCTIONS,
];

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    FAMILIES
        .into_iter()
        .flatten()
        .map(|function| (function.name, function))
        .collect()
});

/// A function as its users see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReference {
    /// Its name.
    pub name: &'static str,
    /// How it is called: `lookup(map, key, default?)`.
    pub signature: String,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// Returns every function of the language, sorted by name.
#[must_use]
pub fn functions() -> Vec<FunctionReference> {
    let reference = |function: &Function| FunctionReference {
        name: function.name,
        signature: function.signature(),
        doc: function.doc,
    };
    all().map(reference).collect()
}

/// Returns every function, sorted by name.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    BY_NAME.values().copied()
}

/// Returns the function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// Says what to use instead of a function that is known elsewhere and left out here on purpose.
pub(crate) fn instead_of(name: &str) -> Option<String> {
    let reason = match name {
        "timestamp" | "plantimestamp" => {
            "There is no clock here: a plan must mean the same whenever it is made. Pass the time in \
             as a variable."
        }
        "uuid" | "bcrypt" => {
            "There are no random numbers here: a plan must mean the same whenever it is made. \
             `uuidv5` makes stable identifiers of names."
        }
        "list" => "Write the list in brackets: `[a, b]`.",
        "map" => "Write the map in braces: `{ a = b }`.",
        "rsadecrypt" | "base64gzip" | "abspath" | "pathexpand" => {
            "Its result depends on where it is computed, so it is left out."
        }
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Returns a text that is different for every value, for fingerprints.
pub(crate) fn identity_text(value: &Value) -> String {
    json::encode(value).unwrap_or_else(|_| format!("{:?}", value.as_pieces()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_documented_once() {
        let count: usize = FAMILIES.iter().map(|family| family.len()).sum();
        assert_eq!(all().count(), count);
        for function in all() {
            assert!(function.doc.ends_with('.'), "{}", function.name);
            assert!(function.optional <= function.parameters.len());
        }
        assert_eq!(
            find("lookup").unwrap().signature(),
            "lookup(map, key, default?)"
        );
    }
}
