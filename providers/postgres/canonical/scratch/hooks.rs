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

/// How a statement fails that nothing can help which runs before it: its grammar, a column that its table does not
/// have, a value of another type.
const HOPELESS: [&str; 3] = ["42601", "42703", "42804"];

impl Scratch<'_> {
    pub(super) async fn check_hooks(&mut self, hooks: &[Asked<'_>]) -> Result<(), Error> {
        for hook in hooks {
            let makes = |other: &Asked<'_>| {
                other.name != hook.name && words(&other.statement.sql).any(|word| word == "create")
            };
            let is_alone = !hooks.iter().any(makes);
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
        let is_there = hook.is_after || self.place == self.at;
        let first = words(sql).next();
        let is_about_rows = first.is_some_and(|word| {
            ["insert", "update", "delete", "merge", "select", "with"].contains(&word.as_str())
        });
        if !is_about_rows || !is_there {
            return Ok(None);
        }
        let text = match hook.is_after {
            true => self.in_scratch(sql),
            false => sql.to_owned(),
        };
        let Some(mut error) = self.read(hook, ALONE, &text).await? else {
            return Ok(None);
        };
        let code = error.code.as_deref().unwrap_or_default();
        let is_missing = is_unknown(&error) && is_alone && !self.may_come(sql);
        if !is_missing && !HOPELESS.contains(&code) {
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
        if code.is_none_or(|code| !HOPELESS.contains(&code)) {
            return Err(error.during("cannot try out the statement of a hook".to_owned()));
        }
        let position = error.position;
        error.position = position.and_then(|at| at.checked_sub(STOP.chars().count()));
        Ok(Some(error))
    }
}

/// Returns the words of a statement.
fn words(sql: &str) -> impl Iterator<Item = String> {
    let words: Vec<_> = lex(sql).iter().filter_map(Token::name).collect();
    words.into_iter()
}
