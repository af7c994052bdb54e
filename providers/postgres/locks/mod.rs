//! Which locks a statement takes on relations that are there, as PostgreSQL calls them.
//!
//! Told from the text of the statement, of which the first words are enough: nearly all of them are written here,
//! one clause each. `ACCESS SHARE` and `ROW SHARE`, which only keep others from dropping something, are left out.
//!
//! Source: PostgreSQL manual, 13.3 Explicit Locking, and the pages of the statements; `AlterTableGetLockLevel()`
//! and `AlterTableGetRelOptionsLockLevel()` of PostgreSQL 18.

mod loss;
mod text;

use model::{Address, Catalog, Hazard, Lock, Statement};

pub(crate) use self::loss::loss;
use self::text::Text;
use crate::naming::{self, RELATIONS};
use crate::text::lexer::{Kind, lex};

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
    // A table that is moved away is locked as one that is dropped.
    if statement.snapshot.is_some() && statement.hazards.iter().any(Hazard::loses_data) {
        found.push((Mode::AccessExclusive, about.clone()));
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
