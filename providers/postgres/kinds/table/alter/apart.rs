//! Not-null constraints that a table has from above as well: by themselves for a moment, because PostgreSQL
//! refuses to give them another name, or to drop them, as long as they are also from above.
//!
//! A partition leaves the table it belongs to, a table its type. Of a table that inherits only this constraint
//! is no longer from above, and those of other tables that had it only from there go and come again.
//!
//! Source: `RenameConstraint()`, `dropconstraint_internal()`, `ATExecAlterConstrInheritability()`.

use model::{Hazard, Statement};

use super::{Change, Form};
use crate::kinds::table::column::Column;
use crate::kinds::table::not_null::{NotNull, not_inherited};
use crate::naming::{names_in, written};
use crate::text::quote::{ident, literal};

/// What a statement declares: the constraint as it is, those above, and those beside.
const VARIABLES: &str = "former text; is_here boolean; is_from_above boolean; \
    above text[] := '{}'; names text[] := '{}'; beside text[]; one text; ";

/// Tables, and the constraints of columns that are there in one below as well.
const CONSTRAINTS: &str = "pg_catalog.pg_inherits i join pg_catalog.pg_constraint n \
    on n.contype = 'n' join pg_catalog.pg_attribute a \
    on a.attrelid = n.conrelid and n.conkey = array[a.attnum]";

impl Change<'_> {
    /// Gives the constraint of a column a name; where there is none yet, makes one where that is wanted.
    pub(super) fn call(&mut self, column: &Column, name: &str, made: Option<&NotNull>) {
        let table = &self.handle.name;
        let (leave, join) = self.apart(&column.name);
        let otherwise = match made {
            Some(made) => {
                let named = NotNull {
                    name: Some(name.to_owned()),
                    ..made.clone()
                };
                format!("alter table {table} {}; ", named.addition(&column.name))
            }
            None => "return; ".to_owned(),
        };
        let rename = literal(&format!(
            "alter table {} rename constraint %I to %I",
            table.replace('%', "%%")
        ));
        // One that was only there from above is its own from now on.
        let own = match made {
            // Where rows need not be checked, this would check them.
            Some(made) if made.not_valid && !self.next.inherits.is_empty() => otherwise.clone(),
            Some(_) if !self.next.inherits.is_empty() => {
                let column = ident(&column.name);
                format!("alter table {table} alter column {column} set not null; ")
            }
            _ => String::new(),
        };
        let name = literal(name);
        let body = format!(
            "if former is null then {otherwise}elsif former <> {name} then {leave}\
             execute pg_catalog.format({rename}, former, {name}); {join}end if; {own}"
        );
        let scans = made.is_some().then(|| self.scans());
        self.look(column, &body, scans);
    }

    /// Makes the constraint of a column, unless there is one, whatever it is called.
    pub(super) fn have(&mut self, column: &Column, name: &str, made: &NotNull) {
        let named = NotNull {
            name: Some(name.to_owned()),
            ..made.clone()
        };
        let table = &self.handle.name;
        let add = format!("alter table {table} {}; ", named.addition(&column.name));
        let body = format!("if former is null then {add}end if; ");
        let scans = self.scans();
        self.look(column, &body, Some(scans));
    }

    /// Leaves a constraint to the tables above that have it as well.
    pub(super) fn leave_to_above(&mut self, column: &Column) {
        let (leave, join) = self.apart(&column.name);
        let drop = format!(
            "alter table {} alter column {} drop not null; ",
            self.handle.name,
            ident(&column.name)
        );
        let body = format!("if is_here and is_from_above then {leave}{drop}{join}end if; ");
        self.look(column, &body, None);
    }

    /// Lets tables below no longer have the constraint of a column, where it cannot be made anew: PostgreSQL would
    /// leave it to them as their own.
    pub(super) fn keep_from_below(&mut self, column: &Column, name: &str) {
        let (table, label) = (&self.handle.name, literal(&column.name));
        let body = format!(
            "declare below text[] := array(select i.inhrelid::regclass::text from {CONSTRAINTS} \
             where n.conrelid = i.inhrelid and i.inhparent = {}::regclass and a.attname = {label} \
             and not n.conislocal); one text; begin alter table {table} {}; \
             foreach one in array below loop \
             execute pg_catalog.format('alter table %s alter column %I drop not null', \
             one, {label}); end loop; end",
            literal(table),
            not_inherited(name),
        );
        let statement = Statement::new(format!("do {}", literal(&body)));
        self.statements.push(statement.hazard(self.locks()));
    }

    /// Gives a constraint that cannot be made anew another name, where tables below have it by a name of their own.
    pub(super) fn rename_held(&mut self, column: &Column, from: &str, to: &str) {
        if self.next.partition_by.is_none() {
            self.keep_from_below(column, from);
            self.rename_not_null(from, to);
            self.alter(
                &format!("alter constraint {} inherit", ident(to)),
                Vec::new(),
            );
            return;
        }
        let table = &self.handle.name;
        let parts = |what: &str| {
            format!(
                "text[] := array(select {what} from {CONSTRAINTS} \
                 join pg_catalog.pg_class c on c.oid = i.inhrelid where n.conrelid = i.inhrelid \
                 and i.inhparent = {}::regclass and a.attname = {} and n.conname <> {} \
                 order by i.inhrelid); ",
                literal(table),
                literal(&column.name),
                literal(from),
            )
        };
        let (parts, bounds) = (
            parts("i.inhrelid::regclass::text"),
            parts("pg_catalog.pg_get_expr(c.relpartbound, c.oid)"),
        );
        let written = literal(table);
        let (from, to) = (ident(from), ident(to));
        let body = format!(
            "declare parts {parts}bounds {bounds}begin \
             for i in 1..pg_catalog.cardinality(parts) loop execute pg_catalog.format(\
             'alter table %s detach partition %s', {written}, parts[i]); end loop; \
             alter table {table} rename constraint {from} to {to}; \
             for i in 1..pg_catalog.cardinality(parts) loop execute pg_catalog.format(\
             'alter table %s attach partition %s %s', {written}, parts[i], bounds[i]); end loop; end",
        );
        let mut statement = Statement::new(format!("do {}", literal(&body)));
        statement.hazards = vec![self.locks(), self.scans()];
        self.statements.push(statement);
    }

    /// Runs something that knows a constraint as it is then.
    fn look(&mut self, column: &Column, body: &str, hazard: Option<Hazard>) {
        let sql = format!(
            "declare {VARIABLES}begin \
             select n.conname, n.conislocal, n.coninhcount > 0 into former, is_here, is_from_above \
             from pg_catalog.pg_constraint n join pg_catalog.pg_attribute a \
             on a.attrelid = n.conrelid and n.conkey = array[a.attnum] \
             where n.conrelid = {}::regclass and n.contype = 'n' and a.attname = {}; {body}end",
            literal(&self.handle.name),
            literal(&column.name),
        );
        let mut statement = Statement::new(format!("do {}", literal(&sql)));
        let partitioned = self.next.partition_of.as_ref();
        let partitioned = partitioned.map(|partition| Hazard::blocks_reads(&partition.table.0));
        statement.hazards.push(self.locks());
        statement.hazards.extend(partitioned);
        if self.form == Form::Own {
            statement.hazards.extend(hazard);
        }
        self.statements
            .push(statement.names_in(names_in(self.at.address)));
    }

    /// Returns what takes the constraint of a column away from what is above it, and what gives it back.
    fn apart(&self, column: &str) -> (String, String) {
        let table = &self.handle.name;
        let only = |sql: String| format!("if is_from_above then {sql}end if; ");
        if let Some(partition) = &self.next.partition_of {
            let (above, bound) = (written(&partition.table.0), partition.bound());
            return (
                only(format!("alter table {above} detach partition {table}; ")),
                only(format!(
                    "alter table {above} attach partition {table} {bound}; "
                )),
            );
        }
        if let Some(of) = &self.next.of {
            return (
                format!("alter table {table} not of; "),
                format!("alter table {table} of {}; ", written(&of.0)),
            );
        }
        if self.next.inherits.is_empty() {
            return Default::default();
        }
        let (relation, column) = (literal(table), literal(column));
        let leave = format!(
            "select pg_catalog.array_agg(i.inhparent::regclass::text), \
             pg_catalog.array_agg(n.conname::text) into above, names from {CONSTRAINTS} \
             where n.conrelid = i.inhparent and i.inhrelid = {relation}::regclass \
             and a.attname = {column} and not n.connoinherit; \
             beside := array(select distinct i.inhrelid::regclass::text from {CONSTRAINTS} \
             where n.conrelid = i.inhrelid and i.inhrelid <> {relation}::regclass \
             and i.inhparent::regclass::text = any(above) and a.attname = {column} \
             and not n.conislocal); \
             for i in 1..pg_catalog.cardinality(above) loop \
             execute pg_catalog.format('alter table %s alter constraint %I no inherit', \
             above[i], names[i]); end loop; \
             foreach one in array beside loop \
             execute pg_catalog.format('alter table %s alter column %I drop not null', \
             one, {column}); end loop; "
        );
        let join = "for i in 1..pg_catalog.cardinality(above) loop \
             execute pg_catalog.format('alter table %s alter constraint %I inherit', \
             above[i], names[i]); end loop; ";
        (only(leave), only(join.to_owned()))
    }
}
