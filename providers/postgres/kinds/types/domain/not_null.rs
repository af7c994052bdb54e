//! The constraint by which a domain refuses null: with a name and words of its own since PostgreSQL 17.
//!
//! Source: PostgreSQL manual, CREATE DOMAIN, ALTER DOMAIN; `pg_constraint.contype = 'n'`.

use model::{Address, Statement, Value};
use provider::{At, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Domain, remark};
use crate::kinds::table::{NAMES, SINCE_OF_DOMAINS, given_word};
use crate::naming::{with_end, written};
use crate::text::quote::{ident, literal};

/// The constraint behind `not_null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainNotNull {
    /// Its name; the one PostgreSQL gives when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl DomainNotNull {
    /// Leaves out a name that PostgreSQL gives. Returns what is left, if anything is.
    pub(crate) fn unless_usual(mut self, domain: &str) -> Option<Self> {
        self.name = self.name.filter(|name| !is_given(name, domain));
        self.unless_plain()
    }

    fn unless_plain(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// Returns the name PostgreSQL gives, with what it ends with.
fn made(domain: &str, word: &str) -> String {
    with_end(domain, &format!("_{word}"))
}

fn usual_name(domain: &str) -> String {
    made(domain, "not_null")
}

fn is_given(name: &str, domain: &str) -> bool {
    given_word(name).is_some_and(|(_, word)| name == made(domain, word))
}

/// Returns the statement after which the domain that made room for another one has not the name any more that
/// PostgreSQL would give the constraint of that.
pub(super) fn make_room(from: &Address, at: &At<'_>) -> Option<Statement> {
    if at.platform.version < SINCE_OF_DOMAINS {
        return None;
    }
    let (domain, usual) = (written(from), usual_name(at.address.name()));
    let body = format!(
        "begin if exists (select from pg_catalog.pg_constraint where contypid = {}::regtype \
         and contype = 'n' and conname = {}) then \
         alter domain {domain} rename constraint {} to {}; end if; end",
        literal(&domain),
        literal(&usual),
        ident(&usual),
        ident(&usual_name(from.name())),
    );
    Some(Statement::new(format!("do {}", literal(&body))))
}

/// Says what is wrong with the constraint of a domain, and leaves out what says nothing.
pub(super) fn normalize(domain: &mut Domain, at: &At<'_>) -> Vec<Problem> {
    let Some(constraint) = domain.not_null_constraint.take() else {
        return Vec::new();
    };
    domain.not_null = true;
    let mut problems = Vec::new();
    if let Some(problem) = constraint.name.as_deref().and_then(crate::naming::problem) {
        let path = ["not_null_constraint", "name"];
        problems.push(Problem::new(path, "impossible name", problem));
    }
    domain.not_null_constraint = constraint.unless_plain();
    if at.platform.version < SINCE_OF_DOMAINS && domain.not_null_constraint.is_some() {
        let problem = Problem::new(
            ["not_null_constraint"],
            "the server is too old for this",
            "not-null constraints of domains need PostgreSQL 17",
        );
        problems.push(problem.help("Write `not_null = true` instead of `not_null_constraint`."));
    }
    problems
}

/// Takes over a name that PostgreSQL gave, now or when the domain was called otherwise.
pub(super) fn settle(domain: &mut Domain, live: &Domain, name: &str) {
    let theirs = live.not_null_constraint.as_ref();
    let theirs = theirs.and_then(|one| one.name.clone());
    let mut mine = domain.not_null_constraint.take().unwrap_or_default();
    match (&mine.name, &theirs) {
        (Some(mine_name), None) if is_given(mine_name, name) => mine.name = None,
        (None, Some(former)) if given_word(former).is_some() => mine.name = theirs,
        _ => {}
    }
    domain.not_null_constraint = mine.unless_plain().filter(|_| domain.not_null);
}

impl Domain {
    fn not_null_name(&self) -> Option<&str> {
        self.not_null_constraint.as_ref()?.name.as_deref()
    }

    fn not_null_comment(&self) -> Option<&str> {
        self.not_null_constraint.as_ref()?.comment.as_deref()
    }

    /// Returns ` constraint NAME not null`, with a name where there is more to say about it.
    pub(super) fn not_null_clause(&self, domain: &str) -> String {
        let usual = || usual_name(domain);
        let name = self.not_null_name().map(str::to_owned);
        match name.or_else(|| self.not_null_comment().map(|_| usual())) {
            Some(name) => format!(" constraint {} not null", ident(&name)),
            None => " not null".to_owned(),
        }
    }

    /// Returns the statement about a new constraint.
    pub(super) fn remark_on_not_null(&self, written: &str, domain: &str) -> Option<Statement> {
        let comment = self.not_null_comment()?;
        let usual = || usual_name(domain);
        let name = self.not_null_name().map_or_else(usual, str::to_owned);
        Some(remark(&name, written, Some(comment)))
    }

    /// Returns what follows `alter domain NAME` to turn the constraint into that of the next form, and the
    /// statements about it.
    pub(super) fn change_not_null(
        &self,
        next: &Self,
        written: &str,
        at: &At<'_>,
    ) -> (Vec<String>, Vec<Statement>) {
        let domain = at.address.name();
        match (self.not_null, next.not_null) {
            (false, false) => (Vec::new(), Vec::new()),
            (true, false) => (vec!["drop not null".to_owned()], Vec::new()),
            (false, true) => {
                let clause = match &next.not_null_constraint {
                    Some(_) => format!("add{}", next.not_null_clause(domain)),
                    None => "set not null".to_owned(),
                };
                let remark = next.remark_on_not_null(written, domain);
                (vec![clause], remark.into_iter().collect())
            }
            (true, true) => {
                let read = at.facts.notes.get(NAMES).and_then(Value::as_text);
                let usual = usual_name(domain);
                let from = self.not_null_name().or(read).unwrap_or(&usual);
                let to = match (self.not_null_name(), next.not_null_name()) {
                    // It stays what it is called.
                    (None, None) => from,
                    (_, name) => name.unwrap_or(&usual),
                };
                let is_other = from != to;
                let rename =
                    is_other.then(|| format!("rename constraint {} to {}", ident(from), ident(to)));
                let differs = self.not_null_comment() != next.not_null_comment();
                let remark = differs.then(|| remark(to, written, next.not_null_comment()));
                (rename.into_iter().collect(), remark.into_iter().collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naming::MAX_NAME;

    #[test]
    fn names_that_postgresql_gives_are_not_said() {
        let called = |name: &str| DomainNotNull {
            name: Some(name.to_owned()),
            comment: None,
        };
        assert_eq!(called("nick_not_null").unless_usual("nick"), None);
        assert_eq!(called("nick_not_null3").unless_usual("nick"), None);
        let named = called("must be");
        assert_eq!(named.clone().unless_usual("nick"), Some(named));
        let long = "n".repeat(MAX_NAME);
        let cut = format!("{}_not_null", "n".repeat(MAX_NAME - 9));
        assert_eq!(called(&cut).unless_usual(&long), None);
    }
}
