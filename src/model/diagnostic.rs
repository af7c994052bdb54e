//! Problems in what a person wrote, with the places they are at.
//!
//! A diagnostic has a title that is the same words every time, labels that point, and a remedy.
//! All problems of a run are collected before any is shown.

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth saying; nothing is refused.
    Warning,
    /// Nothing goes on from here.
    Error,
}

/// A stable name for a sort of problem, with what it means, for `estate explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable name, such as `config::unknown_attribute`.
    pub name: &'static str,
    /// What it means and what to do, in a few sentences.
    pub explanation: &'static str,
}

/// A place with a few words beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One problem in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable name, such as `config::unknown_attribute`.
    pub code: &'static str,
    /// What is wrong: lower case, no period, no names.
    pub title: String,
    /// Where; the first label is the main place.
    pub labels: Vec<Label>,
    /// Further facts, one sentence each.
    pub notes: Vec<String>,
    /// What to do: full sentences.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Makes an error.
    #[must_use]
    pub fn error(code: &'static str, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            title: title.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Makes a warning.
    #[must_use]
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, title)
        }
    }

    /// Points at a place.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Points at a place if there is one.
    #[must_use]
    pub fn at_some(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.at(span, text),
            None => self.note(text),
        }
    }

    /// Adds a further fact; an empty one is left out.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.notes.push(text);
        }
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to do, if anything is known.
    #[must_use]
    pub fn help_some(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Reports whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts by place, so that people read from the top of a file down, and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.labels.first().map(|label| label.span), a.code, &a.title).cmp(&(
            b.labels.first().map(|label| label.span),
            b.code,
            &b.title,
        ))
    });
    diagnostics.dedup();
}

/// Returns the known name that is nearest to a misspelt one, if one is near enough.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // Changing every character of a short name gives any other short name.
    let limit = (length / 3).clamp(1, 4).min(length.saturating_sub(1));
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *candidate != name)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns a word with its article: `a table`, `an index`.
#[must_use]
pub fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

/// Returns "did you mean `x`?" for the nearest known name.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|nearest| format!("Did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("colunm", ["column", "comment"]), Some("column"));
        assert_eq!(nearest("shcema", ["schema", "table"]), Some("schema"));
        assert_eq!(nearest("x", ["schema", "table", "y"]), None);
    }
}
