//! The statement that makes or replaces a routine.

use model::Statement;
use provider::At;

use super::{Mode, Parallel, Routine, Volatility};
use crate::kinds::references::called_in;
use crate::kinds::{order, settings};
use crate::naming::{names_in, schema_of, written};
use crate::text::quote::{ident, literal};

impl Routine {
    /// Writes the definition; `verb` is `create` or `create or replace`.
    pub(super) fn define(&self, verb: &str, kind: &str, at: &At<'_>) -> Statement {
        let arguments: Vec<_> = self
            .argument
            .iter()
            .filter(|one| one.mode != Mode::Table)
            .map(super::Argument::written)
            .collect();
        let mut sql = format!(
            "{verb} {kind} {}.{}({})",
            written(&schema_of(at.address)),
            ident(super::bare_name(at.address)),
            arguments.join(", ")
        );
        if kind == "function" {
            sql.push_str(&format!(" returns {}", self.result()));
        }
        sql.push_str(&format!("\nlanguage {}", ident(&self.language)));
        for clause in self.clauses() {
            sql.push(' ');
            sql.push_str(&clause);
        }
        for (name, value) in order::in_order(&self.settings, &self.settings_order) {
            sql.push_str(&format!("\nset {}", settings::assignment(name, value)));
        }
        if let Some(text) = &self.sql_body {
            sql.push('\n');
            sql.push_str(text);
        } else if let Some(text) = &self.body {
            match &self.library {
                Some(library) => {
                    sql.push_str(&format!("\nas {}, {}", literal(library), literal(text)));
                }
                None => sql.push_str(&format!("\nas {}", dollars(text))),
            }
        }
        Statement::new(sql).names_in(names_in(at.address))
    }

    fn result(&self) -> String {
        let columns: Vec<_> = self
            .argument
            .iter()
            .filter(|one| one.mode == Mode::Table)
            .map(super::Argument::written)
            .collect();
        if !columns.is_empty() {
            return format!("table({})", columns.join(", "));
        }
        let implied = || self.implied_result();
        self.returns.clone().or_else(implied).unwrap_or_default()
    }

    fn clauses(&self) -> Vec<String> {
        let mut clauses = Vec::new();
        if !self.transform.is_empty() {
            let types = self.transform.iter().map(|name| format!("for type {name}"));
            clauses.push(format!(
                "transform {}",
                types.collect::<Vec<_>>().join(", ")
            ));
        }
        let mut word = |condition: bool, word: &str| {
            if condition {
                clauses.push(word.to_owned());
            }
        };
        word(self.window, "window");
        word(self.volatility == Volatility::Immutable, "immutable");
        word(self.volatility == Volatility::Stable, "stable");
        word(self.strict, "strict");
        word(self.security_definer, "security definer");
        word(self.leakproof, "leakproof");
        word(self.parallel == Parallel::Restricted, "parallel restricted");
        word(self.parallel == Parallel::Safe, "parallel safe");
        clauses.extend(self.cost.as_ref().map(|cost| format!("cost {cost}")));
        clauses.extend(self.rows.as_ref().map(|rows| format!("rows {rows}")));
        let support = self.support.as_ref();
        clauses.extend(support.map(|function| format!("support {}", called_in(function))));
        clauses
    }
}

/// Writes a text between dollar quotes that do not occur in it.
fn dollars(text: &str) -> String {
    let mut tag = "body".to_owned();
    while text.contains(&format!("${tag}")) {
        tag.push('_');
    }
    format!("${tag}${text}${tag}$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotes_of_a_text_do_not_occur_in_it() {
        assert_eq!(dollars("select 1"), "$body$select 1$body$");
        assert_eq!(dollars("$body$"), "$body_$$body$$body_$");
        assert_eq!(dollars("x$body"), "$body_$x$body$body_$");
    }
}
