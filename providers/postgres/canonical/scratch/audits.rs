//! The queries of audits: whether PostgreSQL accepts them, of what is declared. None is run.
//!
//! `prepare` reads a query and looks its names up, and does nothing else. A second time it is read as a part of
//! another one, where nothing can stand that changes anything.

use std::collections::BTreeSet;

use model::Address;
use provider::{Error, ErrorKind};

use super::super::asked::Asked;
use super::super::extensions;
use super::reject::original_position;
use super::{Scratch, is_unknown};
use crate::error::is_about_text;
use crate::query::only_statement;
use crate::text::lexer::{Token, lex};
use crate::text::quote::ident;

/// What is put before a query to have it read, and after it.
pub(super) const ALONE: (&str, &str) = ("prepare estate_audit as ", "");

/// The same where it may only read.
const WITHIN: (&str, &str) = (
    "prepare estate_audit as select * from (",
    "\n) as estate_audit",
);

impl Scratch<'_> {
    /// Checks the queries of audits: all in one message, as long as none is refused.
    pub(super) async fn check_audits(&mut self, audits: &[Asked<'_>]) -> Result<(), Error> {
        let mut checks = Vec::new();
        let mut all = String::new();
        for audit in audits {
            if audit.named.iter().any(|name| self.broken.contains(name)) {
                continue;
            }
            match only_statement(&audit.statement.sql) {
                Ok(sql) => {
                    let text = self.in_scratch(sql);
                    for way in [ALONE, WITHIN] {
                        all.push_str(&self.reading(audit, true, way, &text).1);
                    }
                    checks.push((audit, sql, text));
                }
                Err(error) => self.refused.push((audit.number, error)),
            }
        }
        if checks.is_empty() {
            return Ok(());
        }
        all.push_str("set local search_path = pg_catalog; release savepoint audits");
        // By itself: a message that cannot be parsed does not even make the savepoint in it.
        self.link.run(&self.at, "savepoint audits").await?;
        if self.link.run(&self.at, &all).await.is_ok() {
            return Ok(());
        }
        self.link
            .run(&self.at, "rollback to savepoint audits")
            .await?;
        for (audit, sql, text) in checks {
            self.check_audit(audit, sql, &text).await?;
        }
        Ok(())
    }

    /// Returns a message that has a query read, and how many characters stand before the query. `next` says that it is
    /// about what is declared, not what is there.
    fn reading(
        &self,
        asked: &Asked<'_>,
        next: bool,
        way: (&str, &str),
        text: &str,
    ) -> (usize, String) {
        let schemas = asked.statement.names_in.iter().flat_map(|name| {
            let scratch = self.schemas.get(name).filter(|_| next);
            let scratch = scratch.map(|name| ident(name));
            scratch.into_iter().chain([ident(name)])
        });
        let schemas: Vec<_> = schemas.collect();
        let (before, after) = way;
        let path = if schemas.is_empty() {
            "pg_catalog".to_owned()
        } else {
            schemas.join(", ")
        };
        let head = format!("set local search_path = {path};\n{before}");
        let position = head.chars().count();
        let message = format!("{head}{text}{after}\n;\ndeallocate estate_audit;\n");
        (position, message)
    }

    async fn check_audit(&mut self, audit: &Asked<'_>, sql: &str, text: &str) -> Result<(), Error> {
        let mut failure = self.read(audit, true, ALONE, text).await?;
        if failure.as_ref().is_some_and(is_unknown) && self.extensions.is_none() {
            let complete =
                extensions::bring(self.link, &self.place, &self.at, self.question).await?;
            self.extensions = Some(complete);
            failure = self.read(audit, true, ALONE, text).await?;
        }
        let refusal = match failure {
            Some(error) if is_unknown(&error) && self.may_come(sql) => return Ok(()),
            Some(mut error) => {
                let found = error.position.take();
                error.position = found.map(|position| original_position(sql, text, position));
                self.restore_words(&mut error);
                error
            }
            None => match self.read(audit, true, WITHIN, text).await? {
                None => return Ok(()),
                Some(error) => Error::new(
                    ErrorKind::Permanent,
                    "an audit is one query that only reads",
                )
                .note(error.message)
                .help("Write a `select` that finds what should not be there."),
            },
        };
        self.refused.push((audit.number, refusal));
        Ok(())
    }

    /// Has a query read, and returns what is wrong with it.
    pub(super) async fn read(
        &mut self,
        asked: &Asked<'_>,
        next: bool,
        way: (&str, &str),
        text: &str,
    ) -> Result<Option<Error>, Error> {
        let (before, mut message) = self.reading(asked, next, way, text);
        message.push_str("set local search_path = pg_catalog; release savepoint audit");
        self.link.run(&self.at, "savepoint audit").await?;
        let Err(mut error) = self.link.run(&self.at, &message).await else {
            return Ok(None);
        };
        self.link
            .run(&self.at, "rollback to savepoint audit")
            .await?;
        if error.kind == ErrorKind::NotPermitted {
            // Whoever runs it may well be allowed to.
            return Ok(None);
        }
        if !is_about_text(&error) {
            return Err(error.during(format!("cannot try out `{}`", asked.name)));
        }
        error.position = error.position.and_then(|at| at.checked_sub(before));
        Ok(Some(error))
    }

    /// Reports whether something that a query does not find may be there when it runs: declared, not there yet,
    /// and not made in scratch, or brought along by an extension.
    pub(super) fn may_come(&self, sql: &str) -> bool {
        let words: BTreeSet<String> = lex(sql).iter().filter_map(Token::name).collect();
        let is_to_come = |address: &&Address| {
            !self.question.live.contains(address) && !self.made.contains(*address)
        };
        self.extensions == Some(false)
            || self
                .question
                .desired
                .addresses()
                .filter(is_to_come)
                .any(|address| words.contains(crate::kinds::routine::bare_name(address)))
    }
}
