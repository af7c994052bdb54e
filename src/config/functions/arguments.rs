//! What a function is given, already converted, and how it says that it cannot.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Piece;

use crate::number::Number;
use crate::value::Value;

/// Why a function has no result.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Which argument is to blame.
    pub(crate) argument: Option<usize>,
    /// What is wrong with it.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) help: Option<String>,
    /// Whether a file is to blame.
    pub(crate) is_file: bool,
}

/// Blames an argument.
pub(crate) fn refuse(argument: usize, reason: impl Into<String>) -> Failure {
    Failure {
        argument: Some(argument),
        reason: reason.into(),
        help: None,
        is_file: false,
    }
}

/// Blames the call as a whole.
pub(crate) fn fail(reason: impl Into<String>) -> Failure {
    Failure {
        argument: None,
        reason: reason.into(),
        help: None,
        is_file: false,
    }
}

/// Arguments of a call, converted to what the parameters take.
///
/// The accessors give an empty value where the conversion did not promise what they ask for, which
/// would be a mistake in the table of the function.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<Value>);

impl Arguments {
    /// Makes arguments of converted values.
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// Returns all arguments.
    pub(crate) fn all(&self) -> &[Value] {
        &self.0
    }

    /// Returns all arguments from one on.
    pub(crate) fn from(&self, at: usize) -> &[Value] {
        self.0.get(at..).unwrap_or_default()
    }

    /// Returns an argument, or null where an optional one was left out.
    pub(crate) fn value(&self, at: usize) -> Value {
        self.0.get(at).cloned().unwrap_or_else(Value::null)
    }

    /// Returns an argument that may have been left out.
    pub(crate) fn given(&self, at: usize) -> Option<&Value> {
        self.0.get(at)
    }

    /// Returns a text.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.0.get(at).and_then(Value::as_text).unwrap_or_default()
    }

    /// Returns the pieces of a text.
    pub(crate) fn pieces(&self, at: usize) -> Vec<Piece> {
        self.0
            .get(at)
            .and_then(Value::as_pieces)
            .unwrap_or_default()
    }

    /// Returns a number.
    pub(crate) fn number(&self, at: usize) -> Number {
        self.0
            .get(at)
            .and_then(Value::as_number)
            .cloned()
            .unwrap_or_else(Number::zero)
    }

    /// Returns a whole number.
    pub(crate) fn whole(&self, at: usize) -> i64 {
        self.number(at).as_i64().unwrap_or_default()
    }

    /// Returns the elements of a list, set or tuple.
    pub(crate) fn items(&self, at: usize) -> &[Value] {
        self.0.get(at).and_then(Value::as_items).unwrap_or_default()
    }

    /// Returns the texts of a list of texts.
    pub(crate) fn texts(&self, at: usize) -> Vec<&str> {
        self.items(at).iter().filter_map(Value::as_text).collect()
    }

    /// Returns the entries of a map or object.
    pub(crate) fn entries(&self, at: usize) -> BTreeMap<Arc<str>, Value> {
        self.0
            .get(at)
            .and_then(Value::as_entries)
            .cloned()
            .unwrap_or_default()
    }
}
