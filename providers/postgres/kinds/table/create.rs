//! The statements that make a table.

use std::collections::{BTreeMap, BTreeSet};

use model::Statement;
use provider::At;

use super::column::{Column, Identity, Owns, identity_clause};
use super::constraint::Constraint;
use super::not_null::{self, NotNull};
use super::{Form, Handle, Table, above, attached, built, options, place, replica_identity};
use crate::acl::Class;
use crate::complete::sequence_name;
use crate::kinds::access_method;
use crate::kinds::attached::comment_on;
use crate::kinds::marks::{self, Marks};
use crate::naming::{names_in, written};
use crate::text::quote::ident;

/// Returns the statements that make a table with everything that belongs to it. `finish` makes a
/// statement of `create table ...`; `filled` is whether a table with a query gets its rows.
pub(crate) fn create(
    table: &Table,
    at: &At<'_>,
    form: Form,
    filled: bool,
    finish: impl FnOnce(String) -> Statement,
) -> Vec<Statement> {
    let handle = Handle::new(form.keyword(), at.address);
    if let Some(alone) = above::in_own_order(table, &at.facts.notes) {
        let mut statements = create(&alone, at, form, filled, finish);
        let joined = above::join(&alone, table, &handle.name, (at.address, &at.facts.notes));
        // It has no rows yet that anybody could wait for.
        statements.extend(joined.into_iter().map(|one| Statement {
            hazards: Vec::new(),
            ..one
        }));
        return statements;
    }
    let named = place::named(table, at);
    let (first, later) = not_null::table_at_first(&named, at.address.name());
    let mut statements = match &table.query {
        Some(query) => vec![built::definition(&first, query, at, filled)],
        None => vec![finish(definition(&first, at, form)).names_in(names_in(at.address))],
    };
    if table.query.is_some() {
        statements.extend(built::not_null(&first, &handle));
    }
    if let Some(partition) = &table.partition_of {
        statements.extend(partition.dress_keys(&[], at.address));
    }
    statements.extend(place::positions(table, at));
    for column in &table.column {
        if !table.inherits.is_empty() && column.data_type.is_empty() {
            statements.extend(from_above(column, &handle, at));
        }
        statements.extend(column_details(column, &handle, at));
    }
    statements.extend(later.iter().map(|rest| handle.alter(rest)));
    let constraints = table.constraints(at.address.name());
    let apart = apart(table, &constraints);
    let apart = apart.iter().filter_map(|name| constraints.get(name));
    let add = |one: &Constraint| handle.alter(&one.addition()).names_in(names_in(at.address));
    statements.extend(apart.map(add));
    for owns in &table.owns {
        statements.push(own(owns, &handle));
    }
    statements.extend(table.owner.as_ref().map(|owner| handle.owner(owner)));
    if table.comment.is_some() {
        statements.push(handle.comment(table.comment.as_deref()));
    }
    for constraint in constraints.values() {
        statements.extend(constraint.comments(None, at.address));
    }
    statements.extend(not_null::comments(table, at));
    if table.replica_identity.is_some() {
        statements.push(handle.alter(replica_identity(table.replica_identity)));
    }
    for constraint in constraints.values() {
        let (none, marks) = (Marks::default(), constraint.marks);
        statements.extend(marks::change(at.address, &constraint.name, none, marks));
    }
    let switches = row_security(&Table::default(), table);
    statements.extend(switches.into_iter().map(|rest| handle.alter(rest)));
    let (owner, privileges) = (table.owner.as_ref(), &table.privileges);
    statements.extend(attached::grant_new(Class::Table, owner, privileges, at));
    statements
}

/// Returns the constraints that must be added to the new table: those that leave rows unchecked, of which
/// there are none yet, and keys on the same columns, of which `CREATE TABLE` makes only one; and where it is made
/// of a query all of them.
fn apart(table: &Table, constraints: &BTreeMap<String, Constraint>) -> BTreeSet<String> {
    if table.query.is_some() {
        return constraints.keys().cloned().collect();
    }
    let unchecked = constraints.values().filter(|one| one.not_valid);
    let mut apart: BTreeSet<_> = unchecked.map(|one| one.name.clone()).collect();
    let primary = table.primary_key.iter().map(|key| &key.columns);
    let mut seen: BTreeSet<&Vec<String>> = primary.collect();
    for unique in &table.unique {
        if !seen.insert(&unique.columns) {
            apart.insert(unique.name.clone());
        }
    }
    apart
}

fn definition(table: &Table, at: &At<'_>, form: Form) -> String {
    let constraints = table.constraints(at.address.name());
    let apart = apart(table, &constraints);
    let clauses = constraints
        .values()
        .filter(|constraint| !apart.contains(&constraint.name))
        .map(Constraint::clause);
    let unlogged = if table.unlogged { "unlogged " } else { "" };
    let keyword = form.keyword();
    let mut sql = format!("create {unlogged}{keyword} {}", written(at.address));
    match &table.partition_of {
        None if table.of.is_none() => {
            let own = table.column.iter().filter(|one| !one.data_type.is_empty());
            let columns = own.map(Column::definition);
            let items: Vec<_> = columns
                .chain(not_null_above(table, at))
                .chain(clauses)
                .map(|item| format!("\n  {item}"))
                .collect();
            sql.push_str(&format!(" ({}\n)", items.join(",")));
            if !table.inherits.is_empty() {
                let above: Vec<_> = table.inherits.iter().map(|one| written(&one.0)).collect();
                sql.push_str(&format!(" inherits ({})", above.join(", ")));
            }
        }
        partition => {
            let columns = table.column.iter().map(|column| {
                format!(
                    "{} with options{}",
                    ident(&column.name),
                    column.constraints()
                )
            });
            let columns = columns.filter(|column| !column.ends_with("with options"));
            let items: Vec<_> = columns
                .chain(clauses)
                .map(|item| format!("\n  {item}"))
                .collect();
            let above = match (partition, &table.of) {
                (Some(partition), _) => format!(" partition of {}", written(&partition.table.0)),
                (None, Some(of)) => format!(" of {}", written(&of.0)),
                (None, None) => String::new(),
            };
            sql.push_str(&above);
            if !items.is_empty() {
                sql.push_str(&format!(" ({}\n)", items.join(",")));
            }
            if let Some(partition) = partition {
                sql.push_str(&format!(" {}", partition.bound()));
            }
        }
    }
    if let Some(key) = &table.partition_by {
        sql.push_str(&key.clause());
    }
    sql.push_str(&access_method::using(table.access_method.as_ref()));
    sql.push_str(&options::with_order(&table.options, &table.options_order));
    if let Some(tablespace) = &table.tablespace {
        sql.push_str(&format!(" tablespace {}", ident(tablespace)));
    }
    sql
}

/// Returns the constraints by which columns refuse null that are there from above.
fn not_null_above<'a>(table: &'a Table, at: &At<'_>) -> impl Iterator<Item = String> + 'a {
    let is_known = at.platform.version >= not_null::SINCE;
    let columns = table.column.iter();
    let columns = columns.filter(move |column| is_known && column.data_type.is_empty());
    columns.filter_map(|column| {
        let clause = NotNull::of(column)?.clause(&ident(&column.name));
        Some(clause.trim_start().to_owned())
    })
}

/// Returns the statements that make a column, which is there from above, what it is here.
fn from_above(column: &Column, handle: &Handle, at: &At<'_>) -> Vec<Statement> {
    let name = ident(&column.name);
    let default = column.default.as_ref();
    let default = default.map(|default| format!("set default {default}"));
    let generated = column.generated.as_ref();
    let generated = generated.map(|one| format!("set expression as ({})", one.expression));
    let identity = column.identity.as_ref();
    let identity = identity.map(|identity| format!("add{}", identity_clause(identity, "bigint")));
    let is_late = column.not_null && at.platform.version < not_null::SINCE;
    let not_null = is_late.then(|| "set not null".to_owned());
    let clauses = [default, generated, not_null, identity];
    let alter = |clause: String| {
        let statement = handle.alter(&format!("alter column {name} {clause}"));
        statement.names_in(names_in(at.address))
    };
    clauses.into_iter().flatten().map(alter).collect()
}

/// Returns the clauses that switch row level security on or off.
pub(super) fn row_security(old: &Table, next: &Table) -> Vec<&'static str> {
    let mut clauses = Vec::new();
    if old.row_security != next.row_security {
        clauses.push(if next.row_security {
            "enable row level security"
        } else {
            "disable row level security"
        });
    }
    if old.force_row_security != next.force_row_security {
        clauses.push(if next.force_row_security {
            "force row level security"
        } else {
            "no force row level security"
        });
    }
    clauses
}

/// Returns the statements about a column that its definition has no room for.
pub(super) fn column_details(column: &Column, handle: &Handle, at: &At<'_>) -> Vec<Statement> {
    let name = ident(&column.name);
    let mut statements = Vec::new();
    let alter = |rest: String| handle.alter(&format!("alter column {name} {rest}"));
    if let Some(storage) = &column.storage {
        statements.push(alter(format!("set storage {storage}")));
    }
    if let Some(compression) = &column.compression {
        statements.push(alter(format!("set compression {}", ident(compression))));
    }
    if let Some(statistics) = column.statistics {
        statements.push(alter(format!("set statistics {statistics}")));
    }
    for clause in options::change(&Default::default(), &column.options) {
        statements.push(alter(clause));
    }
    if column.comment.is_some() {
        statements.push(column_comment(column, handle));
    }
    if let Some(identity) = &column.identity {
        let unlogged = identity.unlogged;
        statements.extend(
            unlogged.map(|unlogged| persist(&sequence_of(identity, &column.name, at), unlogged)),
        );
        if identity.comment.is_some() {
            statements.push(sequence_comment(identity, &column.name, at));
        }
    }
    statements
}

/// Returns the statement that says whether a sequence is logged; its name is quoted.
pub(super) fn persist(sequence: &str, unlogged: bool) -> Statement {
    let word = if unlogged { "unlogged" } else { "logged" };
    Statement::new(format!("alter sequence {sequence} set {word}"))
}

/// Names the sequence of an identity column.
pub(super) fn sequence_of(identity: &Identity, column: &str, at: &At<'_>) -> String {
    let usual = || sequence_name(at.address.name(), column);
    let name = identity.sequence.clone().unwrap_or_else(usual);
    format!("{}.{}", ident(at.address.part(1)), ident(&name))
}

/// Returns the statement that sets or removes the comment of the sequence of an identity column.
pub(super) fn sequence_comment(identity: &Identity, column: &str, at: &At<'_>) -> Statement {
    let what = format!("sequence {}", sequence_of(identity, column, at));
    comment_on(&what, identity.comment.as_deref())
}

/// Returns the statement that sets or removes the comment of a column.
pub(super) fn column_comment(column: &Column, handle: &Handle) -> Statement {
    let what = format!("column {}.{}", handle.name, ident(&column.name));
    comment_on(&what, column.comment.as_deref())
}

/// Returns the statement that ties a sequence to a column.
pub(super) fn own(owns: &Owns, handle: &Handle) -> Statement {
    Statement::new(format!(
        "alter sequence {} owned by {}.{}",
        written(&owns.sequence.0),
        handle.name,
        ident(&owns.column)
    ))
}
