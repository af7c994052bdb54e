//! The statements of hooks: whether PostgreSQL accepts them, of what is there when they run. None is run.
//!
//! A message is parsed as a whole before anything in it runs, so that a statement that follows one that fails has its
//! grammar checked and nothing else. What reads or writes rows is prepared as well, which looks its names up.
//! Another hook may make what is not found; nothing is said then.

use provider::Error;

use super::super::asked::Asked;
use super::audits::ALONE;
use super::reject::original_position;
use super::{Scratch, is_unknown};
use crate::query::only_statement;
use crate::text::lexer::{Token, lex};

/// Fails, after everything that follows in the same message has been parsed.
const STOP: &str = "select 1/0;\n";

/// How that fails.
const STOPPED: &str = "22012";

/// How a statement fails whose grammar is wrong.
const TORN: &str = "42601";

/// How a statement fails that names what is not there, or has a value of another type: a table, a column, a function.
const AMISS: [&str; 5] = ["42P01", "3F000", "42703", "42883", "42804"];

/// What reads and writes rows.
const ROWS: [&str; 7] = [
    "insert", "update", "delete", "merge", "select", "with", "values",
];

/// What else makes nothing that others could use.
const UPKEEP: [&str; 10] = [
    "vacuum", "analyze", "analyse", "refresh", "reindex", "cluster", "truncate", "grant", "revoke",
    "comment",
];

/// Functions that make nothing.
const FUNCTIONS: [&str; 10] = [
    "avg", "coalesce", "count", "max", "min", "nextval", "now", "pg_sleep", "setval", "sum",
];

impl Scratch<'_> {
    pub(super) async fn check_hooks(&mut self, hooks: &[Asked<'_>]) -> Result<(), Error> {
        for hook in hooks {
            let mut others = hooks.iter().filter(|other| other.name != hook.name);
            let is_alone = !others.any(|other| may_make(&other.statement.sql));
            if let Some(error) = self.check_hook(hook, is_alone).await? {
                self.refused_hooks.push((hook.number, error));
            }
        }
        Ok(())
    }

    /// Returns what is wrong with a hook; `is_alone` says that no other makes anything.
    async fn check_hook(
        &mut self,
        hook: &Asked<'_>,
        is_alone: bool,
    ) -> Result<Option<Error>, Error> {
        let sql = match only_statement(&hook.statement.sql) {
            Ok(sql) => sql,
            Err(error) => return Ok(Some(error)),
        };
        if let Some(error) = self.parse(sql).await? {
            return Ok(Some(error));
        }
        if !begins_with(sql, &ROWS) || !is_alone {
            return Ok(None);
        }
        // In the middle of everything, some is as it was and some as it will be.
        let mut refusal = None;
        for next in [true, false] {
            let is_there = match next {
                true => hook.runs.sees_next,
                false => hook.runs.sees_live && self.place == self.at,
            };
            if !is_there {
                continue;
            }
            let Some(error) = self.check_names(hook, sql, next).await? else {
                return Ok(None);
            };
            refusal = refusal.or(Some(error));
        }
        Ok(refusal)
    }

    /// Returns which name in a statement means nothing, as everything will be or as it is.
    async fn check_names(
        &mut self,
        hook: &Asked<'_>,
        sql: &str,
        next: bool,
    ) -> Result<Option<Error>, Error> {
        let text = match next {
            true => self.in_scratch(sql),
            false => sql.to_owned(),
        };
        let Some(mut error) = self.read(hook, next, ALONE, &text).await? else {
            return Ok(None);
        };
        let code = error.code.as_deref().unwrap_or_default();
        if !AMISS.contains(&code) || is_unknown(&error) && self.may_come(sql) {
            return Ok(None);
        }
        let found = error.position.take();
        error.position = found.map(|position| original_position(sql, &text, position));
        self.restore_words(&mut error);
        Ok(Some(error))
    }

    /// Has a statement parsed, and returns what is wrong with it.
    async fn parse(&mut self, sql: &str) -> Result<Option<Error>, Error> {
        self.link.run(&self.at, "savepoint hook").await?;
        let tried = self.link.run(&self.at, &format!("{STOP}{sql}\n;")).await;
        self.link
            .run(&self.at, "rollback to savepoint hook")
            .await?;
        let Err(mut error) = tried else {
            return Ok(None);
        };
        let code = error.code.as_deref();
        if code == Some(STOPPED) {
            return Ok(None);
        }
        if code != Some(TORN) {
            return Err(error.during("cannot try out the statement of a hook".to_owned()));
        }
        let position = error.position;
        error.position = position.and_then(|at| at.checked_sub(STOP.chars().count()));
        Ok(Some(error))
    }
}

/// Reports whether a statement could make something that another one uses, if only by a function that it calls.
fn may_make(sql: &str) -> bool {
    if begins_with(sql, &UPKEEP) {
        return false;
    }
    let tokens = lex(sql);
    let calls = tokens.windows(2).any(|pair| {
        let name = pair[0].name();
        name.is_some_and(|name| pair[1].text == "(" && !FUNCTIONS.contains(&name.as_str()))
    });
    let mut names = tokens.iter().filter_map(Token::name);
    let is_query = begins_with(sql, &["select", "with", "values"]);
    !begins_with(sql, &ROWS) || is_query && (calls || names.any(|name| name == "into"))
}

/// Reports whether a statement begins with one of some words.
fn begins_with(sql: &str, words: &[&str]) -> bool {
    let first = lex(sql).iter().find_map(Token::name);
    first.is_some_and(|first| words.contains(&first.as_str()))
}
