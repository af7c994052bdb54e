//! Reading the first words of a statement: what it locks, and how.

use super::Mode;
use crate::text::lexer::Token;

/// The tokens of a statement.
pub(super) struct Text<'a> {
    pub(super) tokens: &'a [Token<'a>],
}

impl Text<'_> {
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.text.eq_ignore_ascii_case(word))
    }

    pub(super) fn are(&self, at: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(number, word)| self.is(at + number, word))
    }

    pub(super) fn starts(&self, words: &[&str]) -> bool {
        self.are(0, words)
    }

    /// Returns where some words stand next to one another.
    pub(super) fn find(&self, words: &[&str]) -> Option<usize> {
        (0..self.tokens.len()).find(|at| self.are(*at, words))
    }

    /// Skips a word, if it stands there.
    pub(super) fn past(&self, at: usize, words: &[&str]) -> usize {
        if self.are(at, words) {
            at + words.len()
        } else {
            at
        }
    }

    /// Returns the parts of the name that begins at a token.
    pub(super) fn name(&self, at: usize) -> Vec<String> {
        let mut parts = Vec::new();
        let mut at = at;
        while let Some(part) = self.tokens.get(at).and_then(Token::name) {
            parts.push(part);
            if !self.is(at + 1, ".") {
                break;
            }
            at += 2;
        }
        parts
    }

    /// Returns where the name after the one at a token begins.
    fn after_name(&self, at: usize) -> usize {
        at + (self.name(at).len() * 2).saturating_sub(1)
    }

    /// Returns every lock, with the token at which the name of what is locked begins.
    pub(super) fn locks(&self) -> Vec<(Mode, usize)> {
        let first = self
            .tokens
            .first()
            .map(|token| token.text.to_ascii_lowercase());
        match first.as_deref() {
            Some("create") => self.create(),
            Some("alter") => self.alter(),
            Some("drop") => self.drop(),
            Some("comment") => self.comment(),
            Some("refresh") => {
                let at = self.past(3, &["concurrently"]);
                let mode = if at > 3 {
                    Mode::Exclusive
                } else {
                    Mode::AccessExclusive
                };
                vec![(mode, at)]
            }
            Some("truncate") => vec![(Mode::AccessExclusive, self.past(1, &["table"]))],
            Some("cluster") => vec![(Mode::AccessExclusive, 1)],
            Some("analyze") => vec![(Mode::ShareUpdateExclusive, 1)],
            Some("vacuum") => self.vacuum(),
            Some("insert" | "merge") => vec![(Mode::RowExclusive, 2)],
            Some("update") => vec![(Mode::RowExclusive, self.past(1, &["only"]))],
            Some("delete") => vec![(Mode::RowExclusive, self.past(2, &["only"]))],
            _ => Vec::new(),
        }
    }

    fn vacuum(&self) -> Vec<(Mode, usize)> {
        let full = self.find(&["full"]).is_some();
        let end = self.find(&[")"]).map_or(1, |at| at + 1);
        let mode = if full {
            Mode::AccessExclusive
        } else {
            Mode::ShareUpdateExclusive
        };
        vec![(mode, end)]
    }

    fn create(&self) -> Vec<(Mode, usize)> {
        let at = self.past(1, &["or", "replace"]);
        let after = |words: &[&str], mode: Mode| {
            let found = self.find(words);
            found.map(|at| (mode, self.past(at + words.len(), &["only"])))
        };
        let found = if self.is(at, "view") || self.is(at + 1, "view") && self.is(at, "recursive") {
            Some((Mode::AccessExclusive, at + 1))
        } else if self.is(at, "index") || self.is(at + 1, "index") {
            let mode = match self.find(&["concurrently"]) {
                Some(_) => Mode::ShareUpdateExclusive,
                None => Mode::Share,
            };
            after(&["on"], mode)
        } else if self.is(at, "trigger") || self.are(at, &["constraint", "trigger"]) {
            after(&["on"], Mode::ShareRowExclusive)
        } else if self.is(at, "rule") {
            after(&["to"], Mode::AccessExclusive)
        } else if self.is(at, "policy") {
            after(&["on"], Mode::AccessExclusive)
        } else if self.is(at, "statistics") {
            after(&["from"], Mode::ShareUpdateExclusive)
        } else if self.is(at, "publication") {
            after(&["for", "table"], Mode::ShareUpdateExclusive)
        } else {
            let of = after(&["partition", "of"], Mode::AccessExclusive);
            of.or_else(|| after(&["inherits", "("], Mode::ShareUpdateExclusive))
        };
        found.into_iter().collect()
    }

    fn alter(&self) -> Vec<(Mode, usize)> {
        let is_table = |at: usize| {
            ["table", "view", "index", "sequence"]
                .iter()
                .any(|word| self.is(at, word))
        };
        let keyword = match () {
            () if is_table(1) => 1,
            () if self.is(1, "materialized") || self.is(1, "foreign") && self.is(2, "table") => 2,
            () => {
                let is_on = ["trigger", "policy", "rule"]
                    .iter()
                    .any(|word| self.is(1, word));
                let on = self.find(&["on"]).filter(|_| is_on);
                return on
                    .map(|at| (Mode::AccessExclusive, at + 1))
                    .into_iter()
                    .collect();
            }
        };
        let name = self.past(keyword + 1, &["if", "exists"]);
        let name = self.past(name, &["only"]);
        let clause = self.after_name(name);
        let mode = self.clause(keyword, clause);
        let mut locks = vec![(mode, name)];
        // What else is named: the other side of a foreign key, or of a partition.
        if self.is(clause, "add")
            && let Some(at) = self
                .find(&["references"])
                .filter(|_| mode == Mode::ShareRowExclusive)
        {
            locks.push((mode, at + 1));
        } else if self.are(clause + 1, &["partition"]) {
            locks.push((Mode::AccessExclusive, clause + 2));
        } else if self.is(clause, "inherit") {
            locks.push((Mode::ShareUpdateExclusive, clause + 1));
        }
        locks
    }

    /// Returns the lock that a clause takes on what is altered.
    fn clause(&self, keyword: usize, at: usize) -> Mode {
        let is_renamed = self.are(at, &["rename", "to"]);
        if self.is(keyword, "index") && !self.are(at, &["set", "tablespace"]) {
            return Mode::ShareUpdateExclusive;
        }
        if self.is(keyword, "sequence") && !is_renamed && !self.is(at, "owner") {
            return Mode::ShareRowExclusive;
        }
        if self.is(keyword, "view") {
            return Mode::AccessExclusive;
        }
        let column = match self.is(at, "alter") {
            true => {
                let name = self.past(at + 1, &["column"]);
                self.after_name(name)
            }
            false => at,
        };
        let is_option = self.are(column, &["set", "("]) || self.are(column, &["reset", "("]);
        let is_light = self.are(at, &["validate"])
            || self.are(column, &["set", "statistics"]) && column != at
            || self.are(at, &["cluster", "on"])
            || self.are(at, &["set", "without", "cluster"])
            || self.are(at, &["attach", "partition"])
            || self.are(at, &["detach", "partition"]) && self.find(&["concurrently"]).is_some()
            || is_option && self.find(&["user_catalog_table"]).is_none();
        let is_switch = self.is(at, "enable") || self.is(at, "disable");
        let is_trigger = is_switch && self.find(&["trigger"]).is_some();
        let is_key = self.is(at, "add") && self.find(&["foreign", "key"]).is_some();
        match () {
            () if is_light => Mode::ShareUpdateExclusive,
            () if is_trigger || is_key => Mode::ShareRowExclusive,
            () => Mode::AccessExclusive,
        }
    }

    fn drop(&self) -> Vec<(Mode, usize)> {
        let is_on = ["trigger", "policy", "rule"]
            .iter()
            .any(|word| self.is(1, word));
        if is_on {
            let on = self.find(&["on"]);
            return on
                .map(|at| (Mode::AccessExclusive, at + 1))
                .into_iter()
                .collect();
        }
        let keyword = match () {
            () if self.is(1, "materialized") || self.is(1, "foreign") && self.is(2, "table") => 2,
            () if ["table", "view", "index", "sequence"]
                .iter()
                .any(|word| self.is(1, word)) =>
            {
                1
            }
            () => return Vec::new(),
        };
        let at = self.past(keyword + 1, &["concurrently"]);
        let mode = if at > keyword + 1 {
            Mode::ShareUpdateExclusive
        } else {
            Mode::AccessExclusive
        };
        vec![(mode, self.past(at, &["if", "exists"]))]
    }

    fn comment(&self) -> Vec<(Mode, usize)> {
        let mode = Mode::ShareUpdateExclusive;
        if self.starts(&["comment", "on", "column"]) || self.starts(&["comment", "on", "table"]) {
            return vec![(mode, 3)];
        }
        let on = (3..self.tokens.len()).find(|at| self.is(*at, "on"));
        match () {
            () if self.is(2, "constraint") && !self.is(5, "domain") => {
                on.map(|at| (mode, at + 1)).into_iter().collect()
            }
            () if self.is(2, "view") || self.is(2, "index") || self.is(2, "sequence") => {
                vec![(mode, 3)]
            }
            () if self.are(2, &["materialized", "view"]) || self.are(2, &["foreign", "table"]) => {
                vec![(mode, 4)]
            }
            () => Vec::new(),
        }
    }
}
