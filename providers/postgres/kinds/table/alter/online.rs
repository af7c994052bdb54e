//! Constraints added to a table with rows while people write: a key of an index that is built before, a check that
//! is made first and looks at the rows later.
//!
//! Source: PostgreSQL manual, ALTER TABLE (`ADD table_constraint_using_index`, `VALIDATE CONSTRAINT`).

use model::{Hazard, Statement, Undo};

use super::{Change, Form};
use crate::complete::made_name;
use crate::kinds::index_online::concurrently;
use crate::kinds::table::Table;
use crate::kinds::table::constraint::Constraint;
use crate::kinds::table::not_null::{SINCE, usual_name};
use crate::naming::written;
use crate::session::EMBEDDED;
use crate::text::quote::{ident, literal};

impl Change<'_> {
    /// Reports whether the table has rows for which others who can be connected would have to wait.
    fn is_busy(&self) -> bool {
        self.form != Form::Foreign && !self.at.platform.notes.contains_key(EMBEDDED)
    }

    /// Reports whether others can be connected who would have to wait, and the table is one of its own.
    pub(super) fn has_a_way(&self) -> bool {
        self.is_busy()
            && [self.old, self.next]
                .iter()
                .all(|table| table.partition_by.is_none() && table.partition_of.is_none())
    }

    /// Returns how a column refuses null from now on, where there is such a way. Before PostgreSQL 18 a check that has
    /// looked at all rows proves that none has one, so that nobody looks at them under a lock.
    pub(super) fn null_refused_online(&self, column: &str) -> Option<Vec<Statement>> {
        let is_native = self.at.platform.version >= SINCE;
        let table = self.at.address.name();
        let name = match is_native {
            true => usual_name(table, column),
            false => made_name(table, column, "has_no_null"),
        };
        let taken = |table: &Table| {
            let unique = table.unique.iter().map(|one| &one.name);
            let others = table.check.iter().map(|one| &one.name).chain(unique);
            others
                .chain(table.exclude.iter().map(|one| &one.name))
                .any(|other| *other == name)
        };
        if !self.is_busy() || taken(self.old) || taken(self.next) {
            return None;
        }
        let (raw, name, column) = (literal(&name), ident(&name), ident(column));
        let constraint = match is_native {
            true => format!("not null {column}"),
            false => format!("check ({column} is not null)"),
        };
        let add = self.altering(&format!("add constraint {name} {constraint} not valid"));
        let validate = self.altering(&format!("validate constraint {name}"));
        let mut statements = vec![
            add.hazard(self.locks()),
            validate.hazard(self.scans()).apart().patient(),
        ];
        if !is_native {
            let on = written(self.at.address);
            let drop = format!("alter table {on} drop constraint if exists {name}");
            let when = format!(
                "select 1 from pg_catalog.pg_constraint where conrelid = to_regclass({}) and conname = {raw}",
                literal(&on)
            );
            statements[0].undo = Some(Undo::new(when, drop));
            let refuse = format!("alter column {column} set not null");
            let rest = [refuse, format!("drop constraint {name}")];
            statements.extend(rest.map(|rest| self.altering(&rest).hazard(self.locks()).later()));
        }
        Some(statements)
    }

    /// Returns how a constraint that is not there in any form is added, where there is such a way.
    pub(super) fn added_online(&self, constraint: &Constraint) -> Option<Vec<Statement>> {
        if !self.is_busy() {
            return None;
        }
        if constraint.is_key {
            self.has_a_way().then(|| self.key_online(constraint))?
        } else {
            let is_check = constraint.body.starts_with("check (");
            let is_checked = !constraint.body.ends_with(" not enforced") && !constraint.not_valid;
            (is_check && is_checked).then(|| {
                let add = format!("add {} not valid", constraint.clause());
                vec![
                    self.altering(&add).hazard(self.locks()),
                    self.validation(constraint).apart().patient(),
                ]
            })
        }
    }

    /// Returns the statement that looks at all rows; others read and write meanwhile.
    pub(super) fn validation(&self, constraint: &Constraint) -> Statement {
        let validate = format!("validate constraint {}", ident(&constraint.name));
        self.altering(&validate).hazard(self.scans())
    }

    fn key_online(&self, constraint: &Constraint) -> Option<Vec<Statement>> {
        let by_index = constraint.by_index.as_ref()?;
        if by_index.sort == "primary key" && !self.could_be_primary() {
            return None;
        }
        let name = ident(&constraint.name);
        let index = format!("{}.{name}", ident(self.at.address.part(1)));
        let left =
            " and not exists (select from pg_catalog.pg_constraint where conindid = indexrelid)";
        let on = written(self.at.address);
        let build = Statement::new(format!(
            "create unique index concurrently {name} on {on} {}",
            by_index.index
        ));
        let add = format!(
            "add constraint {name} {} using index {name}{}",
            by_index.sort, by_index.rest
        );
        let build = build.hazard(Hazard::scans(self.at.address)).promise();
        Some(vec![
            concurrently(build, &index, left, self.at.address),
            self.altering(&add).hazard(self.locks()).later(),
        ])
    }

    /// Reports whether nothing else would have to be looked at: its columns have no nulls already.
    fn could_be_primary(&self) -> bool {
        let columns = self.next.primary_key.iter().flat_map(|key| &key.columns);
        self.old.primary_key.is_none()
            && columns.into_iter().all(|name| {
                let old = self.old.find(name);
                old.is_some_and(|column| column.not_null)
            })
    }
}
