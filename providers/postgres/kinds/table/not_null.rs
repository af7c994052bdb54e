//! The constraint by which a column refuses null: with a name and words of its own since PostgreSQL 18.
//!
//! Names that PostgreSQL would give are never said. One that it gave when the table was called otherwise stays,
//! as those of keys and sequences do.
//!
//! Source: PostgreSQL manual, CREATE TABLE (NOT NULL), ALTER TABLE; `pg_constraint.contype = 'n'`;
//! `ChooseConstraintName()`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{Address, Map, Statement, Value};
use provider::{At, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Column, Table};
use crate::complete::made_name;
use crate::kinds::attached::comment_on;
use crate::naming::{MAX_NAME, written};
use crate::text::quote::{ident, literal};

/// The note of a live table or domain: what its not-null constraints are called, by column.
pub(crate) const NAMES: &str = "not_null_names";

/// The note of a live table: columns whose constraint has another name in a table below. Each with the statement
/// that makes it there, or with none where it stays when the one above goes.
pub(crate) const NAMED_BELOW: &str = "not_null_named_below";

/// The note of a live table: columns that are in the primary key of a table below, each with nothing, and with the
/// statements after which other tables below do not refuse null in them.
pub(crate) const KEYED_BELOW: &str = "not_null_keyed_below";

/// The first version that keeps the constraints of tables.
pub(crate) const SINCE: u32 = 180_000;

/// The first version that keeps the constraints of domains.
pub(crate) const SINCE_OF_DOMAINS: u32 = 170_000;

/// The constraint behind `not_null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotNull {
    /// Its name; the one PostgreSQL gives when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether inheriting tables do not have it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    /// Whether rows that were there before are not checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl NotNull {
    /// Returns it unless it says nothing.
    pub(crate) fn unless_plain(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Returns what a column says, if it refuses null.
    pub(super) fn of(column: &Column) -> Option<Self> {
        let constraint = column.not_null_constraint.clone();
        column.not_null.then(|| constraint.unwrap_or_default())
    }

    /// Returns ` constraint NAME not null ON no inherit`; `on` is empty or a column.
    pub(super) fn clause(&self, on: &str) -> String {
        let name = self.name.as_ref();
        let name = name.map(|name| format!(" constraint {}", ident(name)));
        let space = if on.is_empty() { "" } else { " " };
        let inherit = if self.no_inherit { " no inherit" } else { "" };
        format!("{} not null{space}{on}{inherit}", name.unwrap_or_default())
    }

    /// Returns what follows `alter table NAME` to add it.
    pub(super) fn addition(&self, column: &str) -> String {
        let valid = if self.not_valid { " not valid" } else { "" };
        format!("add{}{valid}", self.clause(&ident(column)))
    }
}

/// Returns the name PostgreSQL gives, as long as nothing else has it.
pub(crate) fn usual_name(table: &str, column: &str) -> String {
    made_name(table, column, "not_null")
}

/// Returns what a name ends with where PostgreSQL gave it, and what stands before.
pub(crate) fn given_word(name: &str) -> Option<(&str, &str)> {
    let digits = name.trim_end_matches(|last: char| last.is_ascii_digit());
    let stem = digits.strip_suffix("_not_null")?;
    let number = &name[digits.len()..];
    (!number.starts_with('0')).then(|| (stem, &name[stem.len() + 1..]))
}

/// Reports whether PostgreSQL gives a name to the constraint of a column, where others may have been there
/// first.
pub(crate) fn is_given(name: &str, table: &str, column: &str) -> bool {
    given_word(name).is_some_and(|(_, word)| name == made_name(table, column, word))
}

/// Reports whether PostgreSQL gave a name when the table was called otherwise.
pub(super) fn was_given(name: &str, column: &str) -> bool {
    given_word(name).is_some_and(|(stem, _)| {
        stem.strip_suffix(column)
            .is_some_and(|table| table.ends_with('_'))
            || name.len() >= MAX_NAME - 3
    })
}

/// Says what is wrong with the constraint of a column but its name, and leaves out what says nothing.
pub(super) fn normalize(column: &mut Column, is_keyed: bool, at: &At<'_>) -> Vec<Problem> {
    let Some(constraint) = column.not_null_constraint.take() else {
        return Vec::new();
    };
    column.not_null = true;
    let path = |field: &'static str| ["column", &column.name, "not_null_constraint", field];
    let mut problems = Vec::new();
    if at.platform.version < SINCE && constraint != NotNull::default() {
        problems.push(
            Problem::new(
                ["column", &column.name, "not_null_constraint"],
                "the server is too old for this",
                "not-null constraints of their own need PostgreSQL 18",
            )
            .help("Write `not_null = true` instead of `not_null_constraint`."),
        );
    }
    if constraint.not_valid && (is_keyed || column.identity.is_some()) {
        let what = match is_keyed {
            true => "a column of the primary key",
            false => "an identity column",
        };
        problems.push(Problem::new(
            path("not_valid"),
            "column with unchecked rows",
            format!("{what} has no row with null in it"),
        ));
    }
    column.not_null_constraint = constraint.unless_plain();
    problems
}

/// What a declaration is settled with.
pub(super) struct Around<'a> {
    /// The name of the table.
    pub(super) table: &'a str,
    /// Notes of the live table.
    pub(super) notes: &'a Map,
    /// Whether it is a partition.
    pub(super) is_partition: bool,
    /// Whether the declaration is as it was at the last apply.
    pub(super) unchanged: bool,
}

impl Around<'_> {
    /// Returns what the live constraint of a column is called.
    fn called(&self, column: &str) -> Option<&str> {
        match self.notes.get(NAMES) {
            Some(Value::Map(names)) => names.get(column).and_then(Value::as_text),
            _ => None,
        }
    }
}

/// Takes over what a declaration leaves open: names that PostgreSQL gives, and rows that have been checked since.
pub(super) fn settle(column: &mut Column, live: Option<&Column>, around: &Around<'_>) {
    let theirs = live.and_then(NotNull::of).unwrap_or_default();
    let mut mine = column.not_null_constraint.take().unwrap_or_default();
    let (table, unchanged) = (around.table, around.unchanged);
    match (&mine.name, &theirs.name) {
        (Some(name), None) if around.called(&column.name) == Some(name) => mine.name = None,
        // What a partition does not call otherwise is called as in the table above.
        (Some(name), None) if !around.is_partition && is_given(name, table, &column.name) => {
            mine.name = None;
        }
        (None, Some(name)) if was_given(name, &column.name) => mine.name = theirs.name.clone(),
        _ => {}
    }
    if unchanged && live.is_some() {
        mine.not_valid &= theirs.not_valid;
    }
    column.not_null_constraint = mine.unless_plain().filter(|_| column.not_null);
}

/// Returns what a live constraint is called: as its column says, as it was read, or as PostgreSQL gives it.
pub(super) fn name_of(column: &Column, at: &At<'_>) -> String {
    let said = column.not_null_constraint.as_ref();
    let read = match at.facts.notes.get(NAMES) {
        Some(Value::Map(names)) => names.get(&column.name).and_then(Value::as_text),
        _ => None,
    };
    said.and_then(|one| one.name.clone())
        .or_else(|| read.map(str::to_owned))
        .unwrap_or_else(|| usual_name(at.address.name(), &column.name))
}

/// Gives columns from above the names that their constraints have in a live table.
pub(crate) fn take_names(table: &mut Table, name: &str, notes: &Map) {
    let Some(Value::Map(names)) = notes.get(NAMES) else {
        return;
    };
    for column in table.column.iter_mut().filter(|column| column.not_null) {
        let read = names.get(&column.name).and_then(Value::as_text);
        let mut constraint = column.not_null_constraint.take().unwrap_or_default();
        if constraint.name.is_none() {
            let read = read.filter(|read| !is_given(read, name, &column.name));
            constraint.name = read.map(str::to_owned);
        }
        column.not_null_constraint = constraint.unless_plain();
    }
}

/// Returns a column as its definition can have it, and what follows `alter table NAME` to make the rest.
pub(super) fn at_first(column: &Column, is_keyed: bool, table: &str) -> (Column, Vec<String>) {
    let mut first = column.clone();
    let Some(constraint) = first.not_null_constraint.as_mut() else {
        return (first, Vec::new());
    };
    // The constraint must be called something where there is more to say about it.
    let is_fixed = is_keyed || column.identity.is_some();
    let is_late = constraint.no_inherit && is_fixed;
    if constraint.name.is_none() && (constraint.comment.is_some() || is_late) {
        constraint.name = Some(usual_name(table, &column.name));
    }
    let mut later = Vec::new();
    if is_late {
        constraint.no_inherit = false;
        later.extend(constraint.name.as_deref().map(not_inherited));
    }
    if constraint.not_valid {
        later.push(constraint.addition(&column.name));
        first.not_null = false;
        first.not_null_constraint = None;
    }
    (first, later)
}

/// Returns what follows `alter table NAME` so that tables below do not have a constraint.
pub(super) fn not_inherited(name: &str) -> String {
    format!("alter constraint {} no inherit", ident(name))
}

/// Returns a table as `CREATE TABLE` can make it, and what follows `alter table NAME` to make the rest.
pub(super) fn table_at_first<'a>(table: &'a Table, name: &str) -> (Cow<'a, Table>, Vec<String>) {
    let mut columns = table.column.iter();
    if columns.all(|column| column.not_null_constraint.is_none()) {
        return (Cow::Borrowed(table), Vec::new());
    }
    let keyed: BTreeSet<String> = table.keyed_columns();
    let mut later = Vec::new();
    let columns = table.column.iter().map(|column| {
        let (first, rest) = at_first(column, keyed.contains(&column.name), name);
        later.extend(rest);
        first
    });
    let table = Table {
        column: columns.collect(),
        ..table.clone()
    };
    (Cow::Owned(table), later)
}

/// Returns the statement that sets or removes the comment of a constraint.
pub(super) fn comment(name: &str, table: &Address, text: Option<&str>) -> Statement {
    let what = format!("constraint {} on {}", ident(name), written(table));
    comment_on(&what, text)
}

/// Returns the statement that sets or removes the comment of the constraint of a column from above, which may be
/// called as it is there.
pub(super) fn comment_from_above(table: &Address, column: &str, text: Option<&str>) -> Statement {
    let name = written(table);
    let set = literal(&format!(
        "comment on constraint %I on {} is {}",
        name.replace('%', "%%"),
        text.map_or_else(
            || "null".to_owned(),
            |text| literal(text).replace('%', "%%")
        )
    ));
    let body = format!(
        "declare one text; begin select n.conname into one \
         from pg_catalog.pg_constraint n join pg_catalog.pg_attribute a \
         on a.attrelid = n.conrelid and n.conkey = array[a.attnum] \
         where n.conrelid = {}::regclass and n.contype = 'n' and a.attname = {}; \
         if one is not null then execute pg_catalog.format({set}, one); end if; end",
        literal(&name),
        literal(column)
    );
    Statement::new(format!("do {}", literal(&body))).quiet()
}

/// Returns the statements that set the comments of the constraints of a new table.
pub(super) fn comments(table: &Table, at: &At<'_>) -> Vec<Statement> {
    let columns = table.column.iter();
    columns
        .filter_map(|column| {
            let text = column.not_null_constraint.as_ref()?.comment.as_deref()?;
            let said = column.not_null_constraint.as_ref()?.name.clone();
            if said.is_none() && column.data_type.is_empty() {
                return Some(comment_from_above(at.address, &column.name, Some(text)));
            }
            let name = said.unwrap_or_else(|| usual_name(at.address.name(), &column.name));
            Some(comment(&name, at.address, Some(text)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::plain_column;
    use super::*;

    #[test]
    fn names_that_postgresql_gives_are_known_by_their_cut_and_number() {
        assert_eq!(usual_name("t", "name"), "t_name_not_null");
        assert!(is_given("t_name_not_null", "t", "name"));
        assert!(is_given("t_name_not_null12", "t", "name"));
        for other in ["t_name_not_null0", "t_name_not_nul", "s_name_not_null", ""] {
            assert!(!is_given(other, "t", "name"), "{other}");
        }
        let (table, column) = ("t".repeat(60), "identifier");
        let cut = format!("{}_identifier_not_null1", "t".repeat(42));
        assert_eq!(cut.len(), MAX_NAME);
        assert!(is_given(&cut, &table, column));
    }

    #[test]
    fn names_that_postgresql_gave_stay_when_a_table_is_renamed() {
        assert!(was_given("before_name_not_null", "name"));
        assert!(!was_given("name_is_known", "name"));
        assert!(!was_given("before_name_not_null", "word"));
        let live = Column {
            not_null: true,
            not_null_constraint: Some(NotNull {
                name: Some("before_name_not_null".to_owned()),
                ..NotNull::default()
            }),
            ..plain_column("name")
        };
        let mut declared = Column {
            not_null: true,
            ..plain_column("name")
        };
        let around = Around {
            table: "after",
            notes: &Map::default(),
            is_partition: false,
            unchanged: false,
        };
        settle(&mut declared, Some(&live), &around);
        assert_eq!(declared, live);
    }

    #[test]
    fn what_a_definition_has_no_room_for_comes_later() {
        let column = |constraint: NotNull| Column {
            not_null: true,
            not_null_constraint: Some(constraint),
            ..plain_column("a")
        };
        let unchecked = column(NotNull {
            name: Some("there".to_owned()),
            not_valid: true,
            ..NotNull::default()
        });
        let (first, later) = at_first(&unchecked, false, "t");
        assert_eq!(first, plain_column("a"));
        assert_eq!(later, ["add constraint there not null a not valid"]);
        let keyed = column(NotNull {
            no_inherit: true,
            ..NotNull::default()
        });
        let (first, later) = at_first(&keyed, true, "t");
        assert_eq!(
            NotNull::of(&first).map(|one| one.clause("")),
            Some(" constraint t_a_not_null not null".to_owned())
        );
        assert_eq!(later, ["alter constraint t_a_not_null no inherit"]);
        let (first, later) = at_first(&keyed, false, "t");
        assert_eq!(
            NotNull::of(&first).map(|one| one.clause("")),
            Some(" not null no inherit".to_owned())
        );
        assert!(later.is_empty());
    }
}
