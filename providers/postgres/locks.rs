//! Which locks a statement takes on relations that are there, as PostgreSQL calls them.
//!
//! Told from the text of the statement, of which the first words are enough: nearly all of them are written here,
//! one clause each. `ACCESS SHARE` and `ROW SHARE`, which only keep others from dropping something, are left out.
//!
//! Source: PostgreSQL manual, 13.3 Explicit Locking, and the pages of the statements; `AlterTableGetLockLevel()`
//! and `AlterTableGetRelOptionsLockLevel()` of PostgreSQL 18.

use model::{Address, Catalog, Hazard, Lock, Statement};

use crate::naming::{self, RELATIONS};
use crate::text::lexer::{Kind, Token, lex};

/// A lock mode, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Reports whether whoever reads or writes rows waits for it.
    fn hinders(self) -> bool {
        self >= Self::Share
    }
}

/// Returns what a statement about an object locks, each once, by the strongest lock.
pub(crate) fn locks(statement: &Statement, about: &Address, live: &Catalog) -> Vec<Lock> {
    let mut tokens = lex(&statement.sql);
    tokens.retain(|token| token.kind != Kind::Comment);
    let text = Text { tokens: &tokens };
    let mut found: Vec<(Mode, Address)> = Vec::new();
    for (mode, at) in text.locks() {
        let mut named = text.name(at);
        if text.starts(&["comment", "on", "column"]) {
            named.pop();
        }
        found.extend(relation(&named, statement, about, live).map(|on| (mode, on)));
    }
    // What no single name says, such as the table of an index that is dropped.
    for hazard in &statement.hazards {
        let (mode, on) = match hazard {
            Hazard::BlocksReads { on, .. } => (Mode::AccessExclusive, on),
            Hazard::BlocksWrites { on, .. } => (Mode::ShareRowExclusive, on),
            _ => continue,
        };
        if !found.iter().any(|(_, known)| known == on) {
            found.push((mode, on.clone()));
        }
    }
    found.sort_by(|(a, one), (b, other)| one.cmp(other).then(b.cmp(a)));
    found.dedup_by(|(_, one), (_, other)| one == other);
    let lock = |(mode, on): (Mode, Address)| Lock {
        mode: mode.name().to_owned(),
        on,
        rows: None,
        bytes: None,
        hinders: mode.hinders(),
    };
    found.into_iter().map(lock).collect()
}

/// Reports whether a later statement can bring back what was before one that loses no rows: a word that an enum got
/// stays.
pub(crate) fn is_reversible(statement: &Statement) -> bool {
    let tokens = lex(&statement.sql);
    let text = Text { tokens: &tokens };
    !(text.starts(&["alter", "type"]) && text.find(&["add", "value"]).is_some())
}

/// Returns the live relation that a name stands for.
fn relation(
    named: &[String],
    statement: &Statement,
    about: &Address,
    live: &Catalog,
) -> Option<Address> {
    let place = naming::database(about).unwrap_or_default();
    let schemas = match named {
        [schema, _] => vec![schema.clone()],
        _ if statement.names_in.is_empty() => naming::names_in(about),
        _ => statement.names_in.clone(),
    };
    let name = named.last()?;
    let kinds = RELATIONS.into_iter().chain(["index", "sequence"]);
    let kinds: Vec<_> = kinds.collect();
    let addresses = schemas.iter().flat_map(|schema| {
        let path = [place, schema.as_str(), name.as_str()];
        kinds.iter().map(move |kind| about.sibling(kind, path))
    });
    addresses.into_iter().find(|address| live.contains(address))
}

/// The tokens of a statement.
struct Text<'a> {
    tokens: &'a [Token<'a>],
}

impl Text<'_> {
    fn is(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.text.eq_ignore_ascii_case(word))
    }

    fn are(&self, at: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(number, word)| self.is(at + number, word))
    }

    fn starts(&self, words: &[&str]) -> bool {
        self.are(0, words)
    }

    /// Returns where some words stand next to one another.
    fn find(&self, words: &[&str]) -> Option<usize> {
        (0..self.tokens.len()).find(|at| self.are(*at, words))
    }

    /// Skips a word, if it stands there.
    fn past(&self, at: usize, words: &[&str]) -> usize {
        if self.are(at, words) {
            at + words.len()
        } else {
            at
        }
    }

    /// Returns the parts of the name that begins at a token.
    fn name(&self, at: usize) -> Vec<String> {
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
    fn locks(&self) -> Vec<(Mode, usize)> {
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

#[cfg(test)]
mod tests {
    use model::{Map, Object};

    use super::*;

    fn shown(sql: &str) -> String {
        let address = |kind: &str, name: &str| Address::new("postgres", kind, ["", "shop", name]);
        let all = [
            address("table", "orders"),
            address("table", "people"),
            address("view", "Names"),
            address("materialized_view", "daily"),
            address("index", "by_day"),
            address("sequence", "numbers"),
        ];
        let objects = all.iter().map(|one| Object::new(one.clone(), Map::new()));
        let live: Catalog = objects.collect();
        let statement = Statement::new(sql);
        let found = locks(&statement, &all[0], &live);
        let found = found
            .iter()
            .map(|lock| format!("{} {}", lock.on.name(), lock.mode));
        found.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn locks_are_those_of_the_manual() {
        let cases = [
            ("create table shop.new (id int)", ""),
            (
                "create table shop.p partition of shop.orders default",
                "orders ACCESS EXCLUSIVE",
            ),
            (
                "create table shop.b (id int) inherits (shop.orders)",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "create unique index i on only shop.orders (id)",
                "orders SHARE",
            ),
            (
                "create index concurrently i on shop.orders (id)",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "create trigger t after insert on shop.orders execute function shop.f()",
                "orders SHARE ROW EXCLUSIVE",
            ),
            ("create policy p on shop.orders", "orders ACCESS EXCLUSIVE"),
            (
                "create or replace view shop.\"Names\" as select 1",
                "Names ACCESS EXCLUSIVE",
            ),
            (
                "create statistics shop.s on a, b from shop.orders",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "alter table shop.orders add column a int",
                "orders ACCESS EXCLUSIVE",
            ),
            (
                "alter table orders alter column a set statistics 7",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "alter table shop.orders alter column a set not null",
                "orders ACCESS EXCLUSIVE",
            ),
            (
                "alter table shop.orders set (fillfactor = 70)",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "alter table shop.orders validate constraint c",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "alter table only shop.orders add constraint k foreign key (a) references shop.people (id)",
                "orders SHARE ROW EXCLUSIVE, people SHARE ROW EXCLUSIVE",
            ),
            (
                "alter table shop.orders disable trigger t",
                "orders SHARE ROW EXCLUSIVE",
            ),
            (
                "alter table shop.orders attach partition shop.people default",
                "orders SHARE UPDATE EXCLUSIVE, people ACCESS EXCLUSIVE",
            ),
            (
                "alter table shop.orders detach partition shop.people",
                "orders ACCESS EXCLUSIVE, people ACCESS EXCLUSIVE",
            ),
            (
                "alter index shop.by_day rename to x",
                "by_day SHARE UPDATE EXCLUSIVE",
            ),
            (
                "alter sequence shop.numbers cache 5",
                "numbers SHARE ROW EXCLUSIVE",
            ),
            (
                "alter materialized view shop.daily rename to x",
                "daily ACCESS EXCLUSIVE",
            ),
            (
                "drop index concurrently shop.by_day",
                "by_day SHARE UPDATE EXCLUSIVE",
            ),
            (
                "drop materialized view shop.daily",
                "daily ACCESS EXCLUSIVE",
            ),
            ("drop trigger t on shop.orders", "orders ACCESS EXCLUSIVE"),
            (
                "refresh materialized view concurrently shop.daily",
                "daily EXCLUSIVE",
            ),
            (
                "refresh materialized view shop.daily",
                "daily ACCESS EXCLUSIVE",
            ),
            (
                "comment on column shop.orders.id is 'x'",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "comment on table shop.orders is 'x'",
                "orders SHARE UPDATE EXCLUSIVE",
            ),
            (
                "vacuum (full, analyze) shop.orders",
                "orders ACCESS EXCLUSIVE",
            ),
            ("update shop.orders set a = 1", "orders ROW EXCLUSIVE"),
            ("grant select on shop.orders to public", ""),
        ];
        for (sql, expected) in cases {
            assert_eq!(shown(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_word_of_an_enum_stays() {
        let reversible = |sql: &str| is_reversible(&Statement::new(sql));
        assert!(!reversible("alter type shop.mood add value 'glad'"));
        assert!(reversible(
            "alter type shop.mood rename value 'glad' to 'sad'"
        ));
    }
}
