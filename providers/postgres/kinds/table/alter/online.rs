//! Constraints added to a table with rows while people write: a key of an index that is built before, a check that
//! is made first and looks at the rows later.
//!
//! Source: PostgreSQL manual, ALTER TABLE (`ADD table_constraint_using_index`, `VALIDATE CONSTRAINT`).

use model::{Address, Hazard, Statement, Undo, Value};

use super::{Change, Form};
use crate::complete::made_name;
use crate::kinds::index::online::{PARTS, Part, attached, concurrently};
use crate::kinds::table::Table;
use crate::kinds::table::constraint::{ByIndex, Constraint, NOT_JOINED, undo};
use crate::kinds::table::not_null::{SINCE, usual_name};
use crate::naming::written;
use crate::session::EMBEDDED;
use crate::text::quote::{ident, literal};

impl ByIndex {
    /// Returns the statements that build the index of a key, and make the key of it.
    pub(super) fn built(&self, table: &Address, name: &str, about: &Address) -> [Statement; 2] {
        let (on, name) = (written(table), ident(name));
        let index = format!("{}.{name}", ident(table.part(1)));
        let left =
            " and not exists (select from pg_catalog.pg_constraint where conindid = indexrelid)";
        let build = Statement::new(format!(
            "create unique index concurrently {name} on {on} {}",
            self.index
        ));
        let build = build.hazard(Hazard::scans(table));
        let add = Statement::new(format!(
            "alter table {on} add constraint {name} {} using index {name}{}",
            self.sort, self.rest
        ));
        [concurrently(build, (&index, table), left, about), add]
    }
}

impl Change<'_> {
    /// Reports whether the table has rows for which others who can be connected would have to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.form != Form::Foreign
            && !self.at.platform.notes.contains_key(EMBEDDED)
            && !self.is_torn()
    }

    /// Reports whether columns can refuse null after everything else: what a partition says of them depends on what
    /// the table above says at that moment.
    pub(super) fn may_refuse_later(&self) -> bool {
        let is_part = |table: &Table| table.partition_of.is_some() || !table.inherits.is_empty();
        self.is_busy() && !is_part(self.old) && !is_part(self.next)
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
        if !self.may_refuse_later() || taken(self.old) || taken(self.next) {
            return None;
        }
        let (raw, name, column) = (&name, ident(&name), ident(column));
        let constraint = match is_native {
            true => format!("not null {column}"),
            false => format!("check ({column} is not null)"),
        };
        let add = self.altering(&format!("add constraint {name} {constraint} not valid"));
        let mut statements = vec![add.hazard(self.locks()), self.checking(&name)];
        if !is_native {
            statements[0].undo = Some(undo(self.at.address, raw, ""));
            let refuse = format!("alter column {column} set not null");
            let rest = [refuse, format!("drop constraint {name}")];
            statements.extend(rest.map(|rest| self.altering(&rest).hazard(self.locks()).later()));
        }
        Some(statements)
    }

    /// Returns the statement that looks at all rows for a constraint.
    pub(super) fn validation(&self, name: &str) -> Statement {
        let validate = self.altering(&format!("validate constraint {name}"));
        validate.hazard(self.scans())
    }

    /// Returns the same in a transaction of its own, while others read and write.
    pub(super) fn checking(&self, name: &str) -> Statement {
        self.validation(name).apart().patient()
    }

    /// Returns how a constraint that is not there in any form is added, where there is such a way.
    pub(super) fn added_online(&self, constraint: &Constraint) -> Option<Vec<Statement>> {
        if !self.is_busy() {
            return None;
        }
        if constraint.is_key && self.next.partition_by.is_some() {
            self.key_by_parts(constraint)
        } else if constraint.is_key {
            self.key_online(constraint)
        } else {
            let is_check = constraint.body.starts_with("check (");
            let is_checked = !constraint.body.ends_with(" not enforced") && !constraint.not_valid;
            (is_check && is_checked).then(|| {
                let add = format!("add {} not valid", constraint.clause());
                vec![
                    self.altering(&add).hazard(self.locks()),
                    self.checking(&ident(&constraint.name)),
                ]
            })
        }
    }

    /// Returns why a constraint is added under a lock for as long as all rows are looked at.
    pub(super) fn why_direct(&self, constraint: &Constraint) -> Option<&'static str> {
        if constraint.body.starts_with("exclude ") || constraint.body.contains(" without overlaps")
        {
            Some("PostgreSQL builds what keeps rows from overlapping only in one go")
        } else if constraint.is_key && self.is_taken(&constraint.name) {
            Some("somebody else has the name")
        } else if constraint.is_key && self.next.partition_by.is_some() {
            Some("PostgreSQL would not make its parts anew, or the partitions change as well")
        } else {
            None
        }
    }

    fn key_online(&self, constraint: &Constraint) -> Option<Vec<Statement>> {
        let by_index = constraint.by_index.as_ref()?;
        let is_possible = by_index.sort != "primary key" || self.could_be_primary();
        if !is_possible || self.is_taken(&constraint.name) {
            return None;
        }
        let address = self.at.address;
        let [build, add] = by_index.built(address, &constraint.name, address);
        Some(vec![build.promise(), add.hazard(self.locks()).later()])
    }

    /// Returns how a key of a partitioned table is added, one partition after the other. On the partitioned tables
    /// themselves it is not valid until all partitions have theirs.
    fn key_by_parts(&self, constraint: &Constraint) -> Option<Vec<Statement>> {
        let by_index = constraint.by_index.as_ref()?;
        let Some(Value::Map(parts)) = self.at.facts.notes.get(PARTS) else {
            return None;
        };
        let parts = Part::all(parts.get(&constraint.name)?)?;
        let is_primary = by_index.sort == "primary key";
        // Not-null constraints of partitions would be their own from then on.
        let is_apart = is_primary && self.at.platform.version >= SINCE;
        let is_possible = !is_primary || self.could_be_primary();
        if is_apart || !is_possible || self.is_taken(&constraint.name) {
            return None;
        }
        let address = self.at.address;
        let begin = |table: &Address, name: &str| {
            let (on, written) = (written(table), ident(name));
            let sql = format!(
                "alter table only {on} add constraint {written} {}",
                constraint.body
            );
            let when = format!(
                "select 1 from pg_catalog.pg_constraint c join pg_catalog.pg_index i \
                 on i.indexrelid = c.conindid where c.conrelid = to_regclass({}) \
                 and c.conname = {} and not i.indisvalid",
                literal(&on),
                literal(name)
            );
            let drop = format!("alter table {on} drop constraint if exists {written}");
            Statement::new(sql)
                .hazard(Hazard::blocks_reads(table))
                .later()
                .undone_by(Undo::new(when, drop))
        };
        let mut statements = vec![begin(address, &constraint.name).promise()];
        for part in &parts {
            if part.is_partitioned {
                statements.push(begin(&part.table, &part.name));
                continue;
            }
            let [build, add] = by_index.built(&part.table, &part.name, address);
            let add = add.hazard(Hazard::blocks_reads(&part.table)).later();
            statements.push(build);
            statements.push(add.undone_by(undo(&part.table, &part.name, NOT_JOINED)));
        }
        let top = format!("{}.{}", ident(address.part(1)), ident(&constraint.name));
        statements.extend(attached(&parts, &top));
        Some(statements)
    }

    /// Reports whether nothing else would have to be looked at: its columns have no nulls already.
    fn could_be_primary(&self) -> bool {
        let columns = self.next.primary_key.iter().flat_map(|key| &key.columns);
        self.old.primary_key.is_none()
            && columns.into_iter().all(|name| {
                let [old, next] = [self.old, self.next].map(|table| table.find(name));
                // One that allows null now refuses it by the time the key is made.
                old.is_some() && next.or(old).is_some_and(|column| column.not_null)
            })
    }
}
