//! Tables that are made of a query: `CREATE TABLE AS`. The query says their columns; what else is said of these, of
//! constraints and of everything that lies on a table is added to it.
//!
//! PostgreSQL does not keep the query. What was applied of it is recorded, and a live table is taken to have it.
//!
//! Source: PostgreSQL manual, CREATE TABLE AS.

use std::collections::BTreeMap;

use model::{Address, Record, Statement};
use provider::{At, Problem, typed};

use super::column::Column;
use super::constraint::default_name;
use super::not_null::{NotNull, SINCE, usual_name};
use super::{Handle, Table, options, plain_column};
use crate::kinds::access_method;
use crate::kinds::view::{query_problem, trim_query};
use crate::naming::{names_in, written};
use crate::text::lexer::{Kind, lex};
use crate::text::quote::ident;

/// Brings the query into normal form, and says what cannot be said beside it.
pub(super) fn normalize(table: &mut Table) -> Vec<Problem> {
    let Some(query) = &mut table.query else {
        return Vec::new();
    };
    trim_query(query);
    let mut problems: Vec<_> = query_problem(query).into_iter().collect();
    let title = "not beside a query";
    let mut refuse = |wrong: bool, path: &[&str], text: &str, help: &str| {
        if wrong {
            problems.push(Problem::new(path.iter().copied(), title, text).help(help));
        }
    };
    let own = "the columns and rows of the table are those that its query gives";
    let apart = "Leave it out, or leave `query` out and fill the table yourself.";
    refuse(table.partition_by.is_some(), &["partition_by"], own, apart);
    refuse(table.partition_of.is_some(), &["partition_of"], own, apart);
    refuse(!table.inherits.is_empty(), &["inherits"], own, apart);
    refuse(table.of.is_some(), &["of"], own, apart);
    for column in &table.column {
        let name = column.name.as_str();
        let value = "the values of the column are those that the query gives";
        let path = |field| ["column", name, field];
        refuse(
            !column.data_type.is_empty(),
            &path("type"),
            "the query says the types of its columns",
            "Leave `type` out, and cast in the query where it should be another: `amount::numeric`.",
        );
        refuse(
            column.collation.is_some(),
            &path("collation"),
            "the query says the collations of its columns",
            "Leave it out, and write `collate` in the query.",
        );
        let compute = "Leave it out, and let the query compute it.";
        refuse(column.default.is_some(), &path("default"), value, compute);
        refuse(column.identity.is_some(), &path("identity"), value, compute);
        let is_generated = column.generated.is_some();
        refuse(is_generated, &path("generated"), value, compute);
    }
    problems
}

/// Reports whether two queries differ in nothing but comments and white space.
fn is_same(one: &str, other: &str) -> bool {
    let words = |query| {
        let tokens = lex(query).into_iter();
        let tokens = tokens.filter(|token| token.kind != Kind::Comment);
        tokens.map(|token| token.text).collect::<Vec<_>>()
    };
    one == other || words(one) == words(other)
}

/// Takes over the query where it only looks different, and the columns that it gives where PostgreSQL was not asked:
/// then they are those that are there, or where somebody has changed these, those that were there.
pub(super) fn settle(table: &mut Table, live: &Table, record: Option<&Record>) {
    let Some(query) = &table.query else {
        return;
    };
    if let Some(kept) = live.query.as_ref().filter(|kept| is_same(query, kept)) {
        table.query = Some(kept.clone());
    }
    let mut columns = table.column.iter();
    if columns.any(|column| !column.data_type.is_empty()) {
        return;
    }
    let recorded = record.and_then(|record| record.content.as_ref());
    let recorded: Option<Table> = recorded.map(typed);
    for theirs in &recorded.as_ref().unwrap_or(live).column {
        if table.find(&theirs.name).is_none() {
            table.column.push(plain_column(&theirs.name));
        }
        let mut columns = table.column.iter_mut();
        if let Some(mine) = columns.find(|mine| mine.name == theirs.name) {
            mine.data_type.clone_from(&theirs.data_type);
            mine.collation.clone_from(&theirs.collation);
        }
    }
}

/// Returns why a table must be made anew of its query, if it must.
pub(super) fn outdated(old: &Table, next: &Table) -> Option<&'static str> {
    let query = next.query.as_ref()?;
    if old.query.as_ref().is_some_and(|old| old != query) {
        return Some("its query changes");
    }
    let differs = shape(old) != shape(next);
    differs.then_some("its query gives other columns than it has")
}

/// Returns the types and collations of columns, whose order never means anything.
fn shape(table: &Table) -> BTreeMap<&str, (&str, Option<&str>)> {
    let columns = table.column.iter();
    let shape = columns.map(|column| {
        let shape = (column.data_type.as_str(), column.collation.as_deref());
        (column.name.as_str(), shape)
    });
    shape.collect()
}

/// Returns the statement that makes a table of its query, with its rows or without any.
pub(super) fn definition(table: &Table, query: &str, at: &At<'_>, filled: bool) -> Statement {
    let unlogged = if table.unlogged { "unlogged " } else { "" };
    let method = access_method::using(table.access_method.as_ref());
    let tablespace = table.tablespace.as_ref();
    let tablespace = tablespace.map(|name| format!(" tablespace {}", ident(name)));
    let data = if filled { "" } else { "\nwith no data" };
    Statement::new(format!(
        "create {unlogged}table {}{method}{}{} as\n{query}{data}",
        written(at.address),
        options::with_order(&table.options, &table.options_order),
        tablespace.unwrap_or_default(),
    ))
    .names_in(names_in(at.address))
}

/// Returns the statements by which the columns of a new table refuse null; those of its primary key do anyway.
pub(super) fn not_null(table: &Table, handle: &Handle) -> Vec<Statement> {
    let keyed = table.keyed_columns();
    let clauses = table.column.iter().filter_map(|column| {
        let constraint = NotNull::of(column)?;
        if constraint != NotNull::default() {
            return Some(constraint.addition(&column.name));
        }
        let is_keyed = keyed.contains(&column.name);
        (!is_keyed).then(|| format!("alter column {} set not null", ident(&column.name)))
    });
    clauses.map(|clause| handle.alter(&clause)).collect()
}

/// The names of the constraints of a table that have an index, and with it a name in the schema.
fn indexed<'a>(table: &'a mut Table, name: &str) -> Vec<&'a mut String> {
    let key = table.primary_key.iter_mut();
    let key = key.map(|key| key.name.get_or_insert_with(|| default_name(name)));
    let unique = table.unique.iter_mut().map(|one| &mut one.name);
    let exclude = table.exclude.iter_mut().map(|one| &mut one.name);
    key.chain(unique).chain(exclude).collect()
}

fn index_address(table: &Address, name: &str) -> Address {
    table.sibling("index", [table.part(0), table.part(1), name])
}

/// Returns the indexes that come along with the constraints of a table.
pub(super) fn companions(table: &Table, at: &At<'_>) -> Vec<Address> {
    let mut table = table.clone();
    let names = indexed(&mut table, at.address.name()).into_iter();
    names.map(|name| index_address(at.address, name)).collect()
}

/// Gives a table that is made beside `address` the names that are free as long as that is there. What others cannot
/// have the name of gets its own at once, which PostgreSQL would make of the name that the table has meanwhile.
pub(crate) fn beside(
    table: &mut Table,
    address: &Address,
    names: &BTreeMap<Address, Address>,
    version: u32,
) -> Option<()> {
    for name in indexed(table, address.name()) {
        *name = names.get(&index_address(address, name))?.name().to_owned();
    }
    if version < SINCE {
        return Some(());
    }
    let refuses = |column: &&mut Column| column.not_null;
    for column in table.column.iter_mut().filter(refuses) {
        let constraint = column.not_null_constraint.get_or_insert_default();
        let usual = || usual_name(address.name(), &column.name);
        constraint.name.get_or_insert_with(usual);
    }
    Some(())
}

/// Returns the statements by which a table that was made beside another one, and its constraints, get their names.
pub(super) fn publish(next: &Table, made: &Table, at: &At<'_>, to: &Address) -> Vec<Statement> {
    let handle = Handle::new("table", at.address);
    let (mut next, mut made) = (next.clone(), made.clone());
    let wanted = indexed(&mut next, to.name()).into_iter();
    let renames = indexed(&mut made, at.address.name())
        .into_iter()
        .zip(wanted);
    let renames = renames.filter(|(from, to)| from != to).map(|(from, to)| {
        let rest = format!("rename constraint {} to {}", ident(from), ident(to));
        handle.alter(&rest)
    });
    let mut statements: Vec<_> = renames.collect();
    statements.extend(handle.relocate(at.address, to).unwrap_or_default());
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(query: &str, columns: &[(&str, &str)]) -> Table {
        let columns = columns.iter().map(|(name, data_type)| Column {
            data_type: (*data_type).to_owned(),
            ..plain_column(name)
        });
        Table {
            query: Some(query.to_owned()),
            column: columns.collect(),
            ..Table::default()
        }
    }

    #[test]
    fn a_query_that_only_looks_different_changes_nothing() {
        let live = table("select a\n  from t", &[("a", "integer")]);
        let mut next = table("select a from t -- all of them", &[]);
        settle(&mut next, &live, None);
        assert_eq!(next, live);
        assert_eq!(outdated(&live, &next), None);
    }

    #[test]
    fn another_query_and_other_columns_make_a_table_outdated() {
        let live = table("select a from t", &[("a", "integer"), ("b", "text")]);
        let other = table("select 'x' from t", &[("a", "integer"), ("b", "text")]);
        assert_eq!(outdated(&live, &other), Some("its query changes"));
        let retyped = table("select a from t", &[("b", "text"), ("a", "bigint")]);
        let words = Some("its query gives other columns than it has");
        assert_eq!(outdated(&live, &retyped), words);
        let turned = table("select a from t", &[("b", "text"), ("a", "integer")]);
        assert_eq!(outdated(&live, &turned), None);
    }

    #[test]
    fn what_a_query_says_cannot_be_said_beside_it() {
        let mut wrong = table("select 1 as a;", &[("a", "integer")]);
        wrong.column[0].default = Some("1".to_owned());
        wrong.unique.clear();
        let problems = normalize(&mut wrong);
        let paths: Vec<_> = problems.iter().map(|one| one.path.join(".")).collect();
        assert_eq!(paths, ["column.a.type", "column.a.default"]);
        assert_eq!(wrong.query.as_deref(), Some("select 1 as a"));
    }
}
